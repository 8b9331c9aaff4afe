# Who asks: an answer depends on what the user's code asked, and what a library asked for it. What the
# import system, Pivot and this driver ask for themselves is no input.
import os
import sys
from _thread import get_ident

# Modules of the standard library that ask for themselves, whoever calls them: where a log or a
# temporary file lies and what a traceback shows decides about no name.
FOR_THEMSELVES = frozenset(("logging", "tempfile", "traceback", "warnings", "inspect", "asyncio"))
# Packages that ask for themselves: whose a lock is decides about no name either.
LOCKS = ("/filelock/", "/portalocker/", "/fasteners/")
# Parts of such that pass on what they are given: `pool.map(os.path.exists, paths)`.
FOR_OTHERS = frozenset(("logging.config", "multiprocessing.context", "multiprocessing.pool"))
# Kinds of code. That of the standard library asks for whoever called it.
PASSES, NOBODY, IMPORT, PIVOT, LIBRARY, USER = range(6)
# The import system as its modules name it.
BOOTSTRAPS = ("/importlib/_bootstrap.py", "/importlib/_bootstrap_external.py")
# The events of a child's start, for all who count one.
CHILDREN = ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork", "os.forkpty", "pty.spawn")


class Askers:
    def __init__(self, territory):
        self.territory = territory
        self.standard = tuple(path + "/" for path in territory.python)
        self.pivot = ()
        # Kind and module by the file name in a code object, or of a module.
        self.known = {}

    def claim(self, packages):
        """Says where Pivot's own code lies."""
        self.pivot = tuple(path + "/" for path in both(packages))

    def look_up(self, file):
        found = self.known[file] = self.kind(file), self.module(file)
        return found

    def of(self, file):
        """Kind and module of code with this file name."""
        return self.known.get(file) or self.look_up(file)

    def module(self, file):
        """The module of the standard library: `glob`, `pathlib`, `importlib.metadata`."""
        if file.startswith("<frozen "):
            return file[8:-1]
        for place in self.standard:
            if file.startswith(place):
                parts = file[len(place) : -3].split("/")
                # `pathlib/_local.py` is a part of pathlib as it was.
                return ".".join(part for part in parts if part[0] != "_" or len(parts) == 1)
        return ""

    def kind(self, file):
        module = self.module(file)
        if file.startswith("<frozen importlib") or file.endswith(BOOTSTRAPS):
            return IMPORT
        if module not in FOR_OTHERS:
            if module.partition(".")[0] in FOR_THEMSELVES or module.startswith("multiprocessing"):
                return NOBODY
        if file.startswith(self.pivot):
            return PIVOT
        # Also what dataclasses and namedtuples make of a text.
        if file.startswith("<") or file.startswith(self.standard) and "/site-packages/" not in file:
            return PASSES
        if file.startswith(self.territory.foreign):
            return NOBODY if any(f"/site-packages{lock}" in file for lock in LOCKS) else LIBRARY
        return USER

    def at(self, frame):
        """Kind of code that runs there."""
        # By the module it belongs to: each look at a frame's code is an audit event.
        file = frame.f_globals.get("__file__")
        if type(file) is not str:
            file = frame.f_code.co_filename
        return (self.known.get(file) or self.look_up(file))[0]

    def asker(self, frame):
        """Who asks by `frame`, user or library, and where; else nothing. A library asks for the user
        who called it, or else for Pivot."""
        while frame:
            kind = self.at(frame)
            if kind is USER:
                return USER, frame
            if kind is LIBRARY:
                return self.library(frame)
            if kind is not PASSES:
                return None
            outermost, frame = frame, frame.f_back
        # This driver itself, or a thread that runs a function of the standard library for somebody.
        return None if outermost.f_globals is OURS else (USER, None)

    def library(self, frame):
        asks, known, kind = frame, self.known, LIBRARY
        while frame:
            outermost = frame
            # Mostly deep in an import: what `at` says, without a call.
            file = frame.f_globals.get("__file__")
            of_file = known.get(file) if type(file) is str else None
            of_frame = of_file[0] if of_file else self.at(frame)
            if of_frame is USER:
                break
            if of_frame is IMPORT:
                kind = IMPORT
            if of_frame is PIVOT and kind is IMPORT:
                return None
            frame = frame.f_back
        else:
            if outermost.f_globals is OURS:
                return None
        # `IMPORT`: a library that is imported asks how it shall work.
        return kind, frame or asks

    def calls(self, frame):
        """Module, function and frame of what runs there."""
        if not frame:
            return "", "", None
        code = frame.f_code
        return self.of(code.co_filename)[1], code.co_name, frame


class Recorder:
    """What every recorder has: its world, and a way to say what it could not tell."""

    def __init__(self, seen):
        self.seen = seen

    def asker(self):
        return self.seen.askers.asker(outside())

    def calls(self):
        return self.seen.askers.calls(outside())

    def forks(self, event):
        """The user, where multiprocessing forks for him, which else asks for itself: what runs there is his."""
        if event == "os.fork" and self.calls()[0].startswith("multiprocessing"):
            return USER, None
        return None
