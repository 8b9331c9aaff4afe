"""A warmed Python that forks: a discovery by the driver, or by Pivot alone, in a project as it is now.

    python3 warm.py DRIVER CHECK WORK ...

DRIVER and CHECK are the files of the two scripts as the engine hands them out. Pivot is imported here,
a project is not.
"""

import importlib
import os
import pickle
import shutil
import sys
import traceback
from pathlib import Path

import pivot  # noqa: F401
from pivot import discovery, fingerprint  # noqa: F401
import pivot.compose  # noqa: F401


def scripts():
    """The driver's and the check's names, without their calls of their main functions."""
    found = []
    for path in sys.argv[1:3]:
        text = Path(path).read_text()
        head, call, _ = text.rpartition("\nmain()\n")
        assert call, path
        found.append(compile(head, f"<{Path(path).name}>", "exec"))
    return found


DRIVER, CHECK = scripts()
WORK = Path(sys.argv[3])


def forked(function, *arguments):
    """What `function` gives, or the exception's text, in a child of this process."""
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        os.close(reader)
        try:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            if not os.environ.get("LOUD"):
                os.dup2(1, 2)
            try:
                answer = function(*arguments)
            except BaseException:
                answer = traceback.format_exc()
            with os.fdopen(writer, "wb") as pipe:
                pickle.dump(answer, pipe)
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        content = pipe.read()
    os.waitpid(child, 0)
    return pickle.loads(content) if content else "ended"


def warm(directory):
    """Imports what a discovery there imports of libraries."""

    def modules():
        discover(directory)
        return list(sys.modules)

    for name in forked(modules):
        try:
            importlib.import_module(name)
        except ImportError:
            # The project's own.
            pass


def discover(directory):
    """The driver's fields for the project, as pairs of a kind and a value."""
    os.chdir(directory)
    scope = {"__name__": "__main__", "__builtins__": __builtins__}
    exec(DRIVER, scope)
    sys.argv[:] = ["pivot"]
    seen = scope["Observation"]("")
    fields, _ = scope["stages"](False, seen)
    fields += seen.fields()
    return [(kind, scope["encode"](value)) for kind, value in fields]


class Discovery:
    """The names, targets and blurbs, or the failure; and shapes by path."""

    def __init__(self, directory):
        fields = forked(discover, directory)
        self.shapes, self.why = {}, None
        if isinstance(fields, str):
            self.told = "failed"
            self.failure = fields
            return
        self.told = [field for field in fields if field[0] in (b"n", b"t", b"b")]
        for kind, value in fields:
            if kind == b"X":
                self.why = value.decode()
            elif kind == b"S":
                digest, started, path = value.split(b" ", 2)
                self.shapes[os.fsdecode(path)] = (digest, started.replace(b"-", b""))
        # A file that is an input in another way, too.
        self.others = {os.fsdecode(v.rpartition(b" ")[2]) for k, v in fields if k == b"q"}


SCOPE = {"__name__": "check"}
exec(CHECK, SCOPE)


def is_same(before, edited):
    """Whether the check says that the edited files, contents by path, give the names of `before`."""
    question = b""
    for path, content in edited.items():
        if path not in before.shapes:
            return False
        digest, started = before.shapes[path]
        words = (os.fsencode(path), digest, started, str(len(content)).encode())
        question += b"".join(word + b"\0" for word in words) + content
    import warnings

    with warnings.catch_warnings():
        return SCOPE["check"](question)


def project(name, files):
    """A directory with these files, contents by relative path."""
    directory = WORK / name
    shutil.rmtree(directory, ignore_errors=True)
    (directory / ".pivot").mkdir(parents=True)
    for path, content in files.items():
        write(directory / path, content)
    return directory


def write(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
