# Files: every regular file that was opened for reading, whoever opened it and however, by the audit
# events. One that the discovery made itself counts as it was left, where a second discovery would
# read it; logs that are only written, and temporary files, do not count. Where it was looked for before
# it was made, the next discovery sees what this one did not.
import os
import sys
from time import time

# What is imported.
MODULES = (".py", ".pyc", ".so")
NO_CONTENT = getattr(os, "O_PATH", 0) | getattr(os, "O_DIRECTORY", 0)


class Files(Recorder):
    def __init__(self, seen):
        super().__init__(seen)
        # What each was when it was opened first.
        self.files = {}
        # Those whose content is all this process's own, and those of them that it read, or would
        # have read, had they been there.
        self.written, self.made = set(), set()
        # All that this process made, wrote, moved or removed.
        self.changed = set()
        # What was not there before it, and the directories of that; places of temporary files.
        self.created, self.own, self.temporary = set(), set(), set()
        # Whether something was there when an attempt succeeded that it not being so would have failed.
        self.met = {}
        # What databases become by their logs: digest and log.
        self.expected = {}
        self.began = time()

    def events(self):
        return {
            "open": self.of_users(),
            "sqlite3.connect": self.connected,
            "ctypes.dlopen": self.loaded,
            "os.mkdir": self.directory_made,
            "os.rename": self.renamed,
            "os.remove": self.removed,
            "os.rmdir": self.directory_removed,
            "os.link": self.linked,
            "os.symlink": self.linked,
            "os.utime": self.touched,
            "os.chmod": self.touched,
            "os.truncate": lambda arguments: self.touched((arguments[0], None)),
        }

    def of_users(self):
        """Hears what is opened but for modules elsewhere, which are most."""
        foreign, opened = self.seen.territory.foreign, self.opened

        def heard(arguments):
            try:
                path = arguments[0]
                # A name without a root begins elsewhere.
                if type(path) is str and path.startswith(foreign) and path.endswith(MODULES):
                    if ".." not in path:
                        return
            except Exception:
                pass
            opened(arguments)

        return heard

    def opened(self, arguments):
        stale = None
        try:
            path, mode, flags = arguments
            opening = self.seen.descriptors.opening
            if opening and get_ident() in opening:
                path = opening.pop(get_ident())
            if type(path) is not str:
                if isinstance(path, int):
                    return
                path = os.fsdecode(path)
            path = self.seen.place.through(path)
            if path.startswith(self.seen.territory.foreign) and ".." not in path:
                if flags & os.O_ACCMODE == os.O_RDONLY:
                    self.seen.packages.opened(self, path)
                return
            with self.seen.alone() as is_free:
                if is_free:
                    if not path.startswith("/"):
                        self.seen.place.used()
                    path = normal(path)
                    if flags & os.O_ACCMODE != os.O_RDONLY and mode != "sqlite":
                        self.writes(path, not flags & (os.O_WRONLY | os.O_TRUNC))
                    stale = self.open(path, flags)
                    # SQLite opens it by itself, as nobody else does. Who else opens a module looks at its source.
                    if (path in self.written or path.endswith(".py")) and mode != "sqlite":
                        self.seen.native.opens(path)
        except Exception:
            self.seen.overlooked(arguments)
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
            if writes or not self.seen.territory.holds(source) or not exists(source):
                return False
            self.read(source)
            return is_imported() and is_stale(path, source)
        if not self.seen.territory.holds(path) or is_gits(path) and not self.asker():
            return False
        if flags & os.O_CREAT and flags & os.O_EXCL and is_there(path):
            # Which changes nothing there.
            self.tried(path)
            return False
        if flags & os.O_CREAT and (flags & os.O_EXCL or not exists(path)):
            if flags & os.O_EXCL and self.calls()[0] == "tempfile":
                self.temporary.add(path)
            if flags & os.O_EXCL:
                self.meets(path, False)
            elif not writes:
                # What it reads there is what an earlier discovery left.
                self.made.add(path)
                self.meets(path, False)
            self.written.add(path)
            self.created.add(path)
        elif flags & os.O_TRUNC:
            self.written.add(path)
        elif not writes:
            self.read(path)
        if flags & os.O_ACCMODE != os.O_RDONLY:
            self.changed.add(path)
            self.seen.questions.written(path)
        return False

    def writes(self, path, reads=False):
        """Notes that this process is about to write to a file, or to put one there."""
        was_seen = reads or path in self.files or self.seen.questions.is_asked(path)
        self.seen.native.writes(path, was_seen and self.seen.territory.holds(path))

    def read(self, path):
        if path in self.written:
            self.made.add(path)
        elif path not in self.files:
            described = describe_file(path)
            if described == DENIED:
                self.seen.questions.allowed(path, os.R_OK)
            elif described:
                self.files.setdefault(path, described)
                if path.endswith(".py"):
                    # By ourselves, just now.
                    self.seen.native.opens(path)
                self.seen.native.sees(os.path.dirname(path))

    def connected(self, arguments):
        try:
            # It may attach others.
            self.seen.native.need("sqlite3")
            path, flags = arguments[0], os.O_RDWR | os.O_CREAT
            path = "" if isinstance(path, int) else os.fsdecode(path)
            if path.startswith("file:"):
                from urllib.parse import parse_qs, unquote

                path, _, options = path[5:].partition("#")[0].partition("?")
                path = unquote(path)
                path = "/" + path[2:].partition("/")[2] if path.startswith("//") else path
                modes = parse_qs(options).get("mode", ["rwc"])
                if modes[-1] == "memory":
                    path = ""
                elif modes[-1] != "rwc" and not exists(path):
                    # It fails, and makes none.
                    flags = os.O_RDONLY
        except Exception:
            return self.seen.overlooked(arguments)
        if path and path != ":memory:":
            self.opened((path, "sqlite", flags))
            # Pages that a writer has not moved into the database yet, or must take back. Readers make
            # and remove them as well, but empty.
            for pages in (path + "-wal", path + "-journal"):
                if has_content(pages):
                    self.opened((pages, "sqlite", os.O_RDWR))
                    self.expect(path, pages)
                else:
                    self.seen.questions.note(pages, "w", True, None)

    def expect(self, database, pages):
        """Notes what a database becomes that takes in the pages beside it."""
        with self.seen.alone() as is_free:
            database, pages = normal(database), normal(pages)
            if is_free and database not in self.expected and pages.endswith("-wal"):
                self.expected[database] = digest_when_moved(database, pages), pages

    def settle(self):
        """Databases that became what they had to: this process changed them, and nobody else."""
        while self.expected:
            database, (expected, pages) = self.expected.popitem()
            with self.seen.alone():
                is_it = expected is not None and not has_content(pages) and digest_of(database) == expected
            if is_it:
                for path in (database, pages):
                    self.files.pop(path, None)
                    self.written.add(path)
                    self.changed.add(path)
                self.made.add(database)
                self.seen.questions.asked[pages, True] = Question("w", None)

    def loaded(self, arguments):
        if arguments and isinstance(arguments[0], str) and "/" in arguments[0]:
            self.opened((arguments[0], None, os.O_RDONLY))

    def directory_made(self, arguments):
        for path in self.paths(arguments, (0, 2)):
            if is_there(path):
                self.tried(path)
                continue
            self.meets(path, False)
            self.seen.questions.placed(path)
            for paths in (self.own, self.created, self.changed):
                paths.add(path)
            if self.calls()[0] == "tempfile" or is_of_process(path):
                self.temporary.add(path)

    def directory_removed(self, arguments):
        self.emptied(*self.paths(arguments, (0, 1)))
        self.removed(arguments)

    def renamed(self, arguments):
        source, target = self.paths(arguments, (0, 2), (1, 3)) or ("", "")
        for made in (self.written, self.own):
            if source in made and target not in self.files:
                made.add(target)
        if source in self.temporary:
            self.temporary.discard(source)
        self.emptied(target)
        if target:
            self.writes(target)
        self.there((source,))
        self.placed((source, target))

    def linked(self, arguments):
        for path in self.paths(arguments, (1, len(arguments) - 1)):
            if is_there(path):
                self.tried(path)
            else:
                self.meets(path, False)
                self.placed((path,))

    def removed(self, arguments):
        paths = self.paths(arguments, (0, 1))
        self.there(paths)
        self.placed(paths)

    def placed(self, paths):
        for path in filter(None, paths):
            self.seen.questions.placed(path)
        self.changed.update(paths)

    def touched(self, arguments):
        paths = self.paths(arguments, (0, len(arguments) - 1))
        self.there(paths)
        for path in paths:
            self.seen.questions.written(path)
        self.changed.update(paths)

    def there(self, paths):
        """Notes what an attempt fails by: that there is nothing."""
        for path in filter(None, paths):
            if is_there(path):
                self.meets(path, True)
            else:
                self.tried(path)

    def meets(self, path, is_there):
        """Notes that an attempt succeeds by something being at `path`, or by nothing being there."""
        try:
            asker = path not in self.changed and self.asker()
            if asker and asker[0] is not IMPORT and self.seen.territory.holds(path):
                self.met.setdefault(path, is_there)
        except Exception:
            self.seen.overlooked((path,))

    def emptied(self, *paths):
        """Notes what keeps directories from giving way: whatever is in them."""
        for path in paths:
            with self.seen.alone():
                is_full = bool(entries_of(path))
            if is_full:
                self.tried(path, self.seen.listings.note_whole)

    def tried(self, path, note=None):
        """Notes that an attempt fails by what is at `path`, or by nothing being there."""
        try:
            if self.asker():
                with self.seen.alone():
                    note(path) if note else self.seen.questions.ask(path, exists(path), "t")
        except Exception:
            self.seen.overlooked((path,))

    def paths(self, arguments, *ends):
        """The paths among the arguments, each with the directory that it begins at."""
        try:
            with self.seen.alone() as is_free:
                if not is_free:
                    return ()
                path_of = self.seen.descriptors.path
                paths = [
                    path_of(arguments[path], arguments[below])
                    for path, below in ends
                    if not isinstance(arguments[path], int)
                ]
                if not all(map(os.path.isabs, paths)):
                    self.seen.place.used()
                return list(map(normal, paths))
        except Exception:
            self.seen.overlooked(arguments)
            return ()

    def is_temporary(self, path):
        """Whether it lies where this process made a place for it that lasts no longer."""
        while len(path) > 1:
            if path in self.temporary or path in self.own and not exists(path):
                return True
            path = path.rpartition("/")[0]
        return False

    def is_own(self, path):
        """Whether it is there by this process alone."""
        while len(path) > 1:
            if path in self.created:
                return True
            path = path.rpartition("/")[0]
        return False

    def was_missing(self, path):
        return self.files.get(path) == b"- " or self.seen.questions.was_missing(path)

    def without_passing(self, fields):
        """The fields without what is overtaken under a name that only this run has."""
        for kind, value in fields:
            if kind != b"B" or not is_of_run(os.fsdecode(value), self.created, self.began):
                yield kind, value

    def fields(self):
        """Each as it was, or as this discovery left it."""
        missing = {path for path in self.changed if self.was_missing(path)}
        made = self.made | missing
        for path in made & self.changed | self.made:
            now = None if self.is_temporary(path) else describe_file(path)
            if now not in (None, b"- ", DENIED):
                self.files.pop(path, None)
                yield b"m", os.fsencode(path)
                if path in missing:
                    yield b"B", os.fsencode(path)
        for path, was_there in self.met.items():
            if is_there(path) != was_there and not self.is_temporary(path):
                yield b"B", os.fsencode(path)
        for path, described in self.files.items():
            if self.is_temporary(path):
                continue
            if path in self.changed:
                now = describe_file(path) or b"- "
                if now != described and is_same_content(described, now):
                    yield b"m", os.fsencode(path)
                    continue
                if now != described:
                    yield b"B", os.fsencode(path)
            yield b"f", described + os.fsencode(path)


def is_there(path):
    """Whether there is anything, be it a link that leads nowhere."""
    try:
        lstat(path)
    except (OSError, ValueError):
        return False
    return True


def has_content(path):
    try:
        return stat(path).st_size > 0
    except OSError:
        return False


def is_of_process(path):
    """Whether a library made it for this process, where files are temporary."""
    return path.startswith(("/tmp/", "/var/tmp/", "/dev/shm/")) and str(os.getpid()) in path


def is_gits(path):
    return "/.git/" in path or path.endswith("/.git")
