# Which files the answer was made from: every regular file opened for reading, every directory
# that the pipeline listed. An audit hook sees them all, whoever opens them and however.
import os
import sys
from _thread import get_ident
from binascii import crc32

# A longer file is compared by its stamp alone.
DIGESTED_BYTES = 64 << 20
# Stamps so close together prove no order.
RACY_NS = 2_000_000_000
FILE_TYPE, REGULAR = 0o170000, 0o100000
READ_QUIETLY = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC
NO_CONTENT = getattr(os, "O_PATH", 0) | getattr(os, "O_DIRECTORY", 0)
# A pipeline may put its own in the place of these while it is watched, and so do we.
open_file, read_file, close_file, list_directory = os.open, os.read, os.close, os.listdir


class Inputs:
    """The files and directories seen so far, each as it was when it was seen first."""

    def __init__(self, territory):
        self.territory = territory
        self.files = {}
        self.directories = {}
        # What this process wrote before it read it.
        self.written = set()
        # Directories that this process made.
        self.own = set()
        # Threads that read for us just now, not for the pipeline.
        self.busy = set()
        self.events = {}
        self.descriptors = Descriptors()
        # Whether a path was relative to the working directory.
        self.relative = False
        # Names of directories that do not matter while Pivot looks for every pipeline.
        self.skipped = frozenset()

    def watch(self):
        """Watches from now on; says whether another hook allowed it."""
        allowed = []
        events = self.events
        events["pivot-complete"] = allowed.append
        events["open"] = self.opened
        events["os.listdir"] = events["os.scandir"] = self.listed
        events["os.mkdir"] = self.made
        events["os.rename"] = self.renamed
        events["sqlite3.connect"] = self.connected

        # Called some 60,000 times, mostly for `builtins.id`. A plain function with one look-up
        # costs least of all: a slot of C with descriptors for these events takes twice as long.
        def hook(event, arguments):
            if event in events:
                events[event](arguments)

        sys.addaudithook(hook)
        sys.audit("pivot-complete")
        return bool(allowed)

    def stop(self):
        # A hook cannot be removed, and another thread may be in it.
        self.events.update(dict.fromkeys(self.events, len))

    def opened(self, arguments):
        thread = stale = None
        try:
            path, _, flags = arguments
            opening = self.descriptors.opening
            if opening and get_ident() in opening:
                path = opening.pop(get_ident())
            if type(path) is not str:
                if isinstance(path, int):
                    return
                path = os.fsdecode(path)
            if path.startswith(self.territory.foreign) and ".." not in path:
                return
            if get_ident() in self.busy:
                return
            thread = get_ident()
            self.busy.add(thread)
            self.relative = self.relative or not path.startswith("/")
            stale = self.open(normal(path), flags)
        except Exception:
            self.overlooked(arguments)
        finally:
            self.busy.discard(thread)
        if stale:
            # So that the import system compiles the source.
            raise OSError("bytecode that may be older than its source")

    def open(self, path, flags):
        """Notes that `path` is opened; says whether it is bytecode not to be believed."""
        if flags & NO_CONTENT:
            return False
        writes = flags & os.O_ACCMODE == os.O_WRONLY or flags & os.O_TRUNC
        source = source_of(path) if path.endswith(".pyc") else None
        if source:
            if writes or not self.territory.holds(source) or not exists(source):
                return False
            self.read(source)
            return is_imported() and is_stale(path, source)
        if self.territory.holds(path):
            makes = flags & os.O_CREAT and (flags & os.O_EXCL or not exists(path))
            if not writes and not makes:
                self.read(path)
            elif path not in self.files:
                self.written.add(path)
        return False

    def read(self, path):
        if path not in self.files and path not in self.written:
            described = describe_file(path)
            if described:
                self.files.setdefault(path, described)

    def listed(self, arguments):
        thread = None
        try:
            path = arguments[0]
            if type(path) is str and ".." not in path:
                if f"{path}/".startswith(self.territory.foreign):
                    return
            if get_ident() in self.busy:
                return
            thread = get_ident()
            self.busy.add(thread)
            if isinstance(path, int):
                path = self.descriptors.path_of(path)
            path = "." if path is None else os.fsdecode(path)
            is_relative = not path.startswith("/")
            path = normal(path)
            if path not in self.directories and self.is_pipelines_listing(path):
                self.relative = self.relative or is_relative
                self.directories.setdefault(path, describe_directory(path))
        except Exception:
            self.overlooked(arguments)
        finally:
            self.busy.discard(thread)

    def is_pipelines_listing(self, path):
        return (
            self.territory.holds_directory(path)
            and not is_search()
            and self.skipped.isdisjoint(path[len(self.territory.root or "") :].split("/"))
        )

    def connected(self, arguments):
        try:
            path = arguments[0]
            path = "" if isinstance(path, int) else os.fsdecode(path)
            if path.startswith("file:"):
                from urllib.parse import unquote

                path = unquote(path[5:].partition("?")[0].partition("#")[0])
                path = "/" + path[2:].partition("/")[2] if path.startswith("//") else path
        except Exception:
            return self.overlooked(arguments)
        if path and path != ":memory:":
            self.opened((path, None, os.O_RDWR | os.O_CREAT))
            # Pages that a writer has not moved into the database yet.
            if exists(path + "-wal"):
                self.opened((path + "-wal", None, os.O_RDONLY))

    def made(self, arguments):
        try:
            path, _, dir_fd = arguments
            path = normal(self.descriptors.path(path, dir_fd))
            if not exists(path):
                self.own.add(path)
        except Exception:
            self.overlooked(arguments)

    def renamed(self, arguments):
        try:
            ends = zip(arguments[:2], arguments[2:])
            source, target = (normal(self.descriptors.path(*end)) for end in ends)
            if source in self.written and target not in self.files:
                self.written.add(target)
        except Exception:
            self.overlooked(arguments)

    def overlooked(self, arguments):
        """Notes what cannot be true of the path, so that the answer is not cached."""
        try:
            path = os.path.abspath(os.fsdecode(arguments[0]))
        except Exception:
            path = "/"
        self.files[path] = b"0 0 0 0 0 "

    def fields(self):
        # A temporary directory held what the pipeline put there, and is gone by now.
        for path in self.own:
            if not exists(path):
                self.directories.pop(path, None)
        for kind, seen in ((b"f", self.files), (b"d", self.directories)):
            for path, described in seen.items():
                yield kind, described + os.fsencode(path)


def normal(path):
    """The absolute path without `.` and `..`; links are followed where a `..` comes after."""
    if ".." in path:
        path = os.path.join(os.getcwd(), path)
        above, back, below = path.rpartition("/../")
        path = os.path.join(os.path.realpath(above + back), below)
        if path.endswith("/.."):
            path = os.path.realpath(path)
    return os.path.abspath(path)


def describe_file(path):
    """What an `f` field says before the path; nothing for what is no regular file."""
    try:
        status = stat(path)
    except ValueError:
        return None
    except OSError:
        return b"- "
    if status.st_mode & FILE_TYPE != REGULAR:
        return None
    digest = "-" if status.st_size > DIGESTED_BYTES else digest_of(path)
    times = f"{status.st_mtime_ns} {status.st_ctime_ns}"
    return f"{times} {status.st_size} {status.st_ino} {digest} ".encode()


def digest_of(path):
    digest = 0
    try:
        fd = open_file(path, READ_QUIETLY)
    except OSError:
        return "-"
    try:
        for _ in range(0, DIGESTED_BYTES + 1, 1 << 20):
            piece = read_file(fd, 1 << 20)
            if not piece:
                return digest
            digest = crc32(piece, digest)
    except OSError:
        pass
    finally:
        close_file(fd)
    return "-"


def describe_directory(path):
    """What a `d` field says before the path."""
    path = os.fsencode(path)
    try:
        names = sorted(name for name in list_directory(path) if counts(name))
    except (OSError, ValueError):
        return b"- "
    return f"{len(names)} {crc32(b'\0'.join(names))} - ".encode()


def counts(name):
    return os.fsdecode(name) not in IGNORED - {".git"}


def source_of(bytecode):
    """The source of bytecode that lies where the import system keeps it."""
    from _frozen_importlib_external import source_from_cache

    try:
        return os.path.abspath(source_from_cache(bytecode))
    except (ValueError, NotImplementedError):
        return None


def caller():
    """The file of the code that did what is audited."""
    frame = sys._getframe(1)
    while frame and frame.f_globals is globals():
        frame = frame.f_back
    return frame.f_code.co_filename if frame else ""


def is_imported():
    return caller() == "<frozen importlib._bootstrap_external>"


def is_search():
    """Whether a directory is listed to find a module or a distribution."""
    name = caller()
    return name.startswith("<frozen importlib") or name.endswith(
        (
            "/importlib/metadata/__init__.py",
            "/importlib_metadata/__init__.py",
            "/pkg_resources/__init__.py",
        )
    )


def is_stale(bytecode, source):
    """Whether `source` may have changed since its bytecode was written.

    Python compares its size and mtime, which an edit can keep. Bytecode that is checked by the
    source's content, or never (PEP 552), is left to Python.
    """
    try:
        written = stat(bytecode).st_mtime_ns
        status = stat(source)
        fd = open_file(bytecode, READ_QUIETLY)
    except OSError:
        return False
    try:
        header = read_file(fd, 8)
    finally:
        close_file(fd)
    changed = max(status.st_mtime_ns, status.st_ctime_ns)
    return header[4:5] == b"\0" and changed >= written - RACY_NS
