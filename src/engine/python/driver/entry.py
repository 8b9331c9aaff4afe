# Finds the command that the program's script runs, and how it starts it: what a script passes to
# `main` decides about its completion too.
import os
import sys


class Started(BaseException):
    """Leaves a call of click's `main` before it does anything."""


class Entry:
    """The root command and the keyword arguments that its context is made with."""

    def __init__(self, command, extra, variable):
        self.command = command
        self.extra = extra
        # The variable that asks it to complete.
        self.variable = variable


def entry(program):
    """What the console script `program` starts; without one, what an installed one would."""
    # Whatever the script imports, it is about Pivot.
    from pivot import cli

    # The installed ones are looked for only where the script does not tell.
    function = (
        named_by(script_target(program)) or named_by(installed_target()) or named_by("pivot.cli:main")
    )
    found = start(function) if function else None
    return found or Entry(cli.cli, {}, "_PIVOT_COMPLETE")


def named_by(target):
    """What `module:name` names, if anything."""
    import importlib

    module, _, names = (target or "").partition(":")
    try:
        found = importlib.import_module(module)
        for name in names.split("."):
            found = getattr(found, name)
    except Exception:
        return None
    return found


def script_target(program):
    """What the script calls, as `module:name`."""
    import re

    try:
        with open(program, "rb") as script:
            text = script.read(1 << 16).decode("utf-8", "replace")
    except OSError:
        text = ""
    for module, name in re.findall(r"^[ \t]*from ([\w.]+) import (\w+)[ \t]*$", text, re.MULTILINE):
        if re.search(rf"\b{name}\(\)", text):
            return f"{module}:{name}"
    return None


def installed_target():
    """What a console script of the installed Pivot would call."""
    from importlib import metadata

    try:
        for point in metadata.distribution("pivot").entry_points:
            if (point.group, point.name) == ("console_scripts", "pivot"):
                return f"{point.module}:{point.attr}"
    except Exception:
        pass
    return None


def start(function):
    """What `function` would start, seen by calling it with a `main` that only takes notes."""
    from click import core

    if isinstance(function, core.Command):
        return Entry(function, {}, "_PIVOT_COMPLETE")
    found = []

    def main(
        self,
        args=None,
        prog_name=None,
        complete_var=None,
        standalone_mode=True,
        windows_expand_args=True,
        **extra,
    ):
        name = (prog_name or "pivot").replace("-", "_").replace(".", "_")
        found.append(Entry(self, extra, complete_var or f"_{name}_COMPLETE".upper()))
        raise Started

    base = vars(core).get("BaseCommand", core.Command)
    own = base.main
    os.environ.pop("_PIVOT_COMPLETE", None)
    arguments, sys.argv[:] = list(sys.argv), ["pivot"]
    base.main = main
    try:
        function()
    except (Started, Exception, SystemExit):
        pass
    finally:
        base.main = own
        sys.argv[:] = arguments
    return found[0] if found else None
