"""Real click, in process: thousands of answers a second, one for each question on a line.

    oracle_click.py [SITE]

SITE is a directory with a "pivot" package and its dist-info (tests/click_oracle/applications.py
writes such); without it the interpreter's own Pivot answers. Questions, all fields in hexadecimal
digits but DIRECTORY of "complete", and SHELL:

    split TEXT                              the words of split_arg_string, each after a blank
    complete DIRECTORY SHELL WORDS CWORD    as "tab", of old
    tab DIRECTORY SHELL WORDS CWORD [VARIABLE]...
        what "pivot" prints there with _PIVOT_COMPLETE=SHELL_complete, COMP_WORDS=WORDS and
        COMP_CWORD=CWORD ("-": not set); VARIABLE is NAME=VALUE, or NAME: that one is not set.

An answer is the bytes on stdout; or "raised CODE EXCEPTION BYTES" where the program would not exit
with 0: its exit code, the exception's class, what stdout had got by then.

Every case starts with the state of a fresh process: environment, working directory, Pivot's and
click's caches. A TAB that would run discovery, and thus the user's code, is answered in a fork.
Run it with PYTHONHASHSEED=0 for click 8.1, which orders the names of a help option by hash.
"""

import contextlib
import importlib.metadata
import io
import os
import sys


class Discovers(BaseException):
    """Thrown where Pivot would run the user's pipeline."""


def bytes_of(digits):
    return bytes.fromhex(digits)


def text(digits):
    return os.fsdecode(bytes_of(digits))


class Program:
    """The console script "pivot" of one installation, to be run again and again."""

    def __init__(self):
        import click

        # The module that the script imports, and what it calls there.
        (script,) = importlib.metadata.entry_points(group="console_scripts", name="pivot")
        self.main = script.load()
        self.environment = dict(os.environ)
        self.directory = os.getcwd()
        self.commands = self.watch_help_options(click.Command)
        self.project = self.discovery = None
        with contextlib.suppress(ImportError):
            from pivot import discovery, project

            self.project, self.discovery = project, discovery
            self.discover = discovery.discover_pipeline

    @staticmethod
    def watch_help_options(command_class):
        """Lists the commands whose help option click has made and kept since the last reset."""
        commands, make = [], command_class.get_help_option

        def get_help_option(command, context):
            commands.append(command)
            return make(command, context)

        command_class.get_help_option = get_help_option
        return commands

    def reset(self):
        os.chdir(self.directory)
        os.environ.clear()
        os.environ.update(self.environment)
        for command in self.commands:
            command._help_option = None
        self.commands.clear()
        if self.project:
            self.project._project_root_cache = None

    def run(self):
        """Runs the script once; gives back (exit code, exception's name, stdout)."""
        streams = sys.stdout, sys.stderr
        printed = io.BytesIO()
        sys.stdout = io.TextIOWrapper(printed, streams[0].encoding, streams[0].errors)
        sys.stderr = io.TextIOWrapper(io.BytesIO(), streams[1].encoding, streams[1].errors)
        code, name = 0, None
        try:
            # As the script does: sys.exit(main()).
            sys.exit(self.main())
        except SystemExit as exit:
            code = exit.code if isinstance(exit.code, int) else int(exit.code is not None)
            name = "SystemExit"
        except Discovers:
            raise
        except BaseException as raised:
            # Ctrl-C kills by its signal, which shells count as 130.
            code = 130 if isinstance(raised, KeyboardInterrupt) else 1
            name = type(raised).__name__
        finally:
            sys.stdout.flush()
            said = printed.getvalue()
            sys.stdout, sys.stderr = streams
        return code & 0xFF, name, said

    def answer(self):
        code, name, said = self.run()
        return said.hex() if code == 0 else f"raised {code} {name} {said.hex()}"

    def answer_in_fork(self):
        memory = os.memfd_create("answer")
        child = os.fork()
        if child == 0:
            try:
                self.discovery.discover_pipeline = self.discover
                os.write(memory, self.answer().encode())
            finally:
                os._exit(0)
        os.waitpid(child, 0)
        said = os.pread(memory, 1 << 24, 0).decode()
        os.close(memory)
        return said

    def tab(self, directory, shell, words, cword, *variables):
        os.chdir(directory)
        variables = [text(variable) for variable in variables]
        variables += [f"_PIVOT_COMPLETE={shell}_complete"]
        for name, digits in (("COMP_WORDS", words), ("COMP_CWORD", cword)):
            variables.append(name if digits == "-" else f"{name}={text(digits)}")
        for variable in variables:
            name, equals, value = variable.partition("=")
            os.environ.pop(name, None)
            if equals:
                os.environ[name] = value
        try:
            if self.discovery:
                self.discovery.discover_pipeline = self.no_discovery
            return self.answer()
        except Discovers:
            return self.answer_in_fork()
        finally:
            self.reset()

    @staticmethod
    def no_discovery(*_, **__):
        raise Discovers


def split(digits):
    try:
        from click.shell_completion import split_arg_string
    except ImportError:  # click 8.1
        from click.parser import split_arg_string
    return "".join(" " + os.fsencode(word).hex() for word in split_arg_string(text(digits)))


def main():
    # As for the script itself: its own directory comes first, not this file's.
    sys.path[0] = os.path.dirname(sys.executable)
    sys.path[:0] = [os.path.abspath(site) for site in sys.argv[1:]]
    sys.argv = [os.path.join(os.path.dirname(sys.executable), "pivot")]
    # Nothing that the program writes past sys.stdout gets among the answers.
    answers = open(os.dup(1), "w")
    nothing = os.open(os.devnull, os.O_RDWR)
    questions = open(os.dup(0))
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    program = None
    for line in questions:
        what, *rest = line.rstrip("\n").split(" ")
        if what == "split":
            said = split(*rest)
        else:
            program = program or Program()
            directory = bytes_of(rest[0]) if what == "tab" else rest[0]
            said = program.tab(directory, *rest[1:])
        print(said, file=answers, flush=True)


main()
