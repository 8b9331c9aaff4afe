# Questions: whether something exists, what it is and what a stat says of it, where a link leads. Who
# calls tells which fields are used: `exists` takes less than `stat`. Whether something may be read,
# written or executed, asked by `access` or found out by a refusal. Whether ROOT, found anew at each
# TAB, and what lies above it are there is no question.
import os
import sys

read_link = os.readlink
# With the inode; and `c`, the time of any change, for what else a status has: links, for one.
ALL = "tpsmic"

# Names of metadata in a directory, and no stat.
DISTRIBUTIONS = "n"

# What a function of the standard library uses of a stat; nothing: no question at all. Of a module
# that is not named here all may be used.
USED = {
    "genericpath": {
        "getsize": "s", "getmtime": "m", "samefile": "ti", "getatime": ALL, "getctime": ALL,
    },
    "posixpath": {"ismount": "ti"},
    "pathlib": {"owner": "tp", "group": "tp", "samefile": "ti", "stat": ALL, "lstat": ALL},
    "glob": {},
    "importlib.metadata": {"mtime": DISTRIBUTIONS},
    # Size and mtime tell it whether it has read the file.
    "linecache": {},
    "os": {},
    "pkgutil": {},
    "shutil": {"copymode": "tp", "copystat": "tpm", "_samefile": "ti", "rmtree": "", "_rmtree_safe_fd": "",
               "_rmtree_safe_fd_step": "", "_rmtree_unsafe": "", "make_archive": "tp"},
}  # fmt: skip
# Those that pass on what another of the same module asks for.
PASSES_ON = frozenset((("pathlib", "stat"), ("pathlib", "lstat"), ("shutil", "_stat")))


# What a status has by these names; by others it may be anything.
FIELDS = {
    "st_size": "s", "st_mtime": "m", "st_mtime_ns": "m", "st_mode": "tp", "st_uid": "p", "st_gid": "p",
    "st_ino": "ti", "st_dev": "ti",
}  # fmt: skip


# What code takes, by the code and the place in it that asked.
known_takers = {}


def taken(frame):
    """What the code that asked for a status takes of it: at once, as in `path.stat().st_size`, or
    from the variable of its own that it is kept in."""
    if not frame or sys.version_info < (3, 12):
        return ALL
    code = frame.f_code
    place = code, frame.f_lasti
    if place not in known_takers:
        known_takers[place] = taken_behind(code, frame.f_lasti)
    return known_takers[place]


def taken_behind(code, last):
    """What is taken of a status that the call at `last` gives."""
    from opcode import opname

    content = code.co_code
    places = [at for at in range(0, len(content), 2) if opname[content[at]] != "CACHE"]
    does = [(opname[content[at]], content[at + 1]) for at in places]
    first = next(number for number, at in enumerate(places) if at > last)
    names = {name for name, _ in does}
    if not does[first][0].startswith("STORE_FAST"):
        return attribute(code, does[first])
    if "EXTENDED_ARG" in names or not {"locals", "vars", "eval", "exec"}.isdisjoint(code.co_names):
        return ALL
    kept, used = variables(does[first])[0], set()
    for (name, argument), behind in zip(does, does[1:]):
        about = variables((name, argument))
        if "FAST" not in name or kept not in about or name in STORES:
            continue
        loaded = about[1:] if name == "STORE_FAST_LOAD_FAST" else about
        if name not in LOADS or kept in loaded[:-1]:
            return ALL
        if kept in loaded:
            used.update(attribute(code, behind))
    return "".join(used) or "t"


STORES = ("STORE_FAST", "STORE_FAST_STORE_FAST")
LOADS = (
    "LOAD_FAST", "LOAD_FAST_CHECK", "LOAD_FAST_BORROW", "LOAD_FAST_LOAD_FAST", "STORE_FAST_LOAD_FAST",
    "LOAD_FAST_BORROW_LOAD_FAST_BORROW",
)  # fmt: skip


def variables(instruction):
    """The numbers of a function's variables that an instruction is about."""
    name, argument = instruction
    return [argument >> 4, argument & 15] if name.count("_FAST") == 2 else [argument]


def attribute(code, instruction):
    """What is taken of a status that is there before this instruction."""
    name, argument = instruction
    return FIELDS.get(code.co_names[argument >> 1], ALL) if name == "LOAD_ATTR" else ALL


class Question:
    def __init__(self, used, status):
        self.used, self.status = set(used), status


class Questions(Recorder):
    def __init__(self, seen):
        super().__init__(seen)
        # By path and whether links are followed.
        self.asked = {}
        self.links = {}
        # By path and mode.
        self.accesses = {}

    def note(self, path, used, follow, below, status=None):
        """Notes that the pipeline asks about `path`; `used` is told by the caller where it is empty."""
        if not self.seen.on:
            return
        try:
            if type(path) is str and path.startswith(self.seen.territory.foreign):
                path, given = self.seen.place.through(path), path
                if path == given and ".." not in path:
                    return self.seen.packages.asked(self, path, used, follow, status)
            if not self.asker():
                return
            used = used or self.used()
            if used:
                with self.seen.alone():
                    place = self.place_of(path, below)
                    if used is DISTRIBUTIONS and is_directory_at(place):
                        self.seen.packages.searched(self.calls()[2], place)
                    else:
                        self.ask(place, follow, "m" if used is DISTRIBUTIONS else used, status)
        except Exception:
            self.seen.overlooked((path,))

    def used(self):
        module, function, frame = self.calls()
        while (module, function) in PASSES_ON:
            caller = frame.f_back
            above = self.seen.askers.of(caller.f_code.co_filename)[1]
            if above != module:
                break
            frame, function = caller, caller.f_code.co_name
        known = USED.get(module)
        used = ALL if known is None else known.get(function, "t")
        if used is not ALL:
            return used
        # `Path.stat` hands on what it got.
        return taken(frame if known is None else frame.f_back)

    def place_of(self, path, below):
        if isinstance(path, int):
            # A pipe or a socket has no path.
            place = self.seen.descriptors.path_of(path)
            return place if place.startswith("/") else "/"
        path = self.seen.place.through(os.fsdecode(path))
        if below is None and not path.startswith("/"):
            self.seen.place.used()
        return normal(self.seen.descriptors.path(path, below))

    def ask(self, path, follow, used, status=None):
        territory = self.seen.territory
        if territory.above_root.startswith(path + "/"):
            # That it is there is no question; more of its status is.
            used = set(used) - {"t"}
            if not used or path != territory.root and not territory.holds(path):
                return
        elif path == "/" or not territory.holds(path):
            return
        if (path, follow) not in self.asked:
            if self.seen.files.is_own(path):
                return
            # A reader that is no Python may open it next.
            self.seen.native.sees(path.rpartition("/")[0] or "/")
        self.ask_anywhere(path, follow, used, status)

    def ask_anywhere(self, path, follow, used, status):
        question = self.asked.get((path, follow))
        if question:
            question.used.update(used)
        else:
            self.asked[path, follow] = Question(used, status or status_at(path, follow))

    def link(self, path, below):
        if not self.seen.on:
            return
        try:
            if not self.asker():
                return
            with self.seen.alone():
                path = self.place_of(path, below)
                try:
                    target = read_link(path)
                except OSError:
                    return self.ask(path, False, "t")
                if self.seen.territory.holds(path) and path not in self.links:
                    self.links[path] = target
        except Exception:
            self.seen.overlooked((path,))

    def access(self, path, mode, below, follow):
        if not mode:
            return self.note(path, "t", follow, below)
        if not self.seen.on:
            return
        try:
            if type(path) is str and path.startswith(self.seen.territory.foreign):
                path, given = self.seen.place.through(path), path
                if path == given and ".." not in path:
                    return
            if not self.asker():
                return
            with self.seen.alone():
                self.allowed(self.place_of(path, below), mode)
        except Exception:
            self.seen.overlooked((path,))

    def allowed(self, path, mode):
        """Notes whether this process may read, write or execute what is at `path`."""
        if (path, mode) not in self.accesses and self.seen.territory.holds(path):
            if not self.seen.files.is_own(path):
                self.accesses[path, mode] = answer_of_access(path, mode)

    def written(self, path):
        """Notes that `path` is opened to be written, where that is refused."""
        self.refused(path if exists(path) else path.rpartition("/")[0] or "/", os.W_OK)

    def placed(self, path):
        """Notes that something is made, moved or removed at `path`, where that is refused."""
        if path.rpartition("/")[2] not in IGNORED:
            self.refused(path.rpartition("/")[0] or "/", os.W_OK | os.X_OK)

    def refused(self, path, mode):
        if not may_access(path, mode):
            self.allowed(path, mode)

    def add_passed(self):
        """What paths led through before a `..`."""
        territory = self.seen.territory
        for path, target in PASSED_LINKS.items():
            if territory.holds(path):
                self.links.setdefault(path, target)
        for path, was_there in PASSED.items():
            is_above = territory.above_root.startswith(path + "/")
            if not is_above and territory.holds(path) and not self.seen.files.is_own(path):
                if was_there == exists(path):
                    self.ask_anywhere(path, True, "t", None)

    def is_asked(self, path):
        return (path, True) in self.asked or (path, False) in self.asked

    def was_missing(self, path):
        for follow in (True, False):
            question = self.asked.get((path, follow))
            if question and question.status is None:
                return True
        return False

    def fields(self, told):
        """What no other input tells: `told` are the other fields' values by kind and path."""
        files = self.seen.files
        self.add_passed()
        for (path, follow), question in self.asked.items():
            if files.is_temporary(path):
                continue
            status, used = question.status, question.used
            if path in files.changed and "w" not in used:
                # As this discovery left it.
                status = status_at(path, follow)
                if is_another(question, status):
                    yield b"B", os.fsencode(path)
            if follow and used <= {"t", "s"} and ("f", path) in told:
                if told["f", path] == (status is not None):
                    continue
            if follow and used == {"t"} and status and told.get(("d", path)):
                continue
            if not follow and used == {"t"} and path in self.links:
                continue
            yield b"q", describe_status(path, follow, used, status)
        for (path, mode), answer in self.accesses.items():
            if files.is_temporary(path):
                continue
            if path in files.changed:
                answer, before = answer_of_access(path, mode), answer
                if answer != before:
                    yield b"B", os.fsencode(path)
            yield b"A", f"{mode} {answer} ".encode() + os.fsencode(path)
        for path, target in self.links.items():
            if path in files.changed:
                before = target
                try:
                    target = read_link(path)
                except OSError:
                    target = None
                if target != before:
                    yield b"B", os.fsencode(path)
                if target is None:
                    continue
            yield b"y", os.fsencode(target) + b"\0" + os.fsencode(path)


def status_at(path, follow):
    try:
        return (stat if follow else lstat)(path)
    except (OSError, ValueError):
        return None


def is_another(question, now):
    """Whether `now` answers a question in another way; a file replaced by its like has another inode."""
    then = question.status
    if then is None or now is None:
        return then is not now
    values = {
        "t": lambda status: status.st_mode & FILE_TYPE,
        "p": lambda status: (status.st_mode, status.st_uid, status.st_gid),
        "s": lambda status: status.st_size,
        "m": lambda status: status.st_mtime_ns,
    }
    return any(value(then) != value(now) for field, value in values.items() if field in question.used)


def answer_of_access(path, mode):
    """`y`, `n`, or `-` where nothing is there."""
    if may_access(path, mode):
        return "y"
    try:
        stat(path)
    except PermissionError:
        return "n"
    except (OSError, ValueError):
        return "-"
    return "n"


def describe_status(path, follow, used, status):
    """The value of a `q` field."""
    letter = "s" if follow else "l"
    if "w" in used:
        # Nothing, or nothing in it.
        return f"{letter} w f 0:0:0 0 0:0:0 ".encode() + os.fsencode(path)
    if status is None:
        return f"{letter} - ".encode() + os.fsencode(path)
    mask = "".join(field for field in "tpsmic" if field in used)
    kinds = {REGULAR: "f", DIRECTORY: "d", LINK: "l"}
    kind = kinds.get(status.st_mode & FILE_TYPE, "o")
    mode = f"{status.st_mode & 0o7777}:{status.st_uid}:{status.st_gid}"
    times = f"{status.st_mtime_ns}:{status.st_ino}:{status.st_ctime_ns}"
    fields = f"{letter} {mask} {kind} {mode} {status.st_size} {times} "
    return fields.encode() + os.fsencode(path)


def stand_in_for_questions(seen, stand_ins):
    """Stands in for what Python asks a file system by, and for the names bound to it before."""
    import pathlib
    import sys

    questions, fspath, foreign = seen.questions, os.fspath, seen.territory.foreign
    pivots = f"{seen.territory.root}/.pivot"

    def make_stat(real):
        def stat(path, *, dir_fd=None, follow_symlinks=True):
            try:
                status = real(path, dir_fd=dir_fd, follow_symlinks=follow_symlinks)
            except OSError:
                questions.note(path, "", follow_symlinks, dir_fd)
                raise
            questions.note(path, "", follow_symlinks, dir_fd, status)
            return status

        return stat

    def make_lstat(real):
        def lstat(path, *, dir_fd=None):
            try:
                status = real(path, dir_fd=dir_fd)
            except OSError:
                questions.note(path, "", False, dir_fd)
                raise
            questions.note(path, "", False, dir_fd, status)
            return status

        return lstat

    def make_access(real):
        def access(path, mode, *, dir_fd=None, effective_ids=False, follow_symlinks=True):
            questions.access(path, mode, dir_fd, follow_symlinks)
            return real(
                path, mode, dir_fd=dir_fd, effective_ids=effective_ids, follow_symlinks=follow_symlinks
            )

        return access

    def make_readlink(real):
        def readlink(path, *, dir_fd=None):
            questions.link(path, dir_fd)
            return real(path, dir_fd=dir_fd)

        return readlink

    def make_fstat(real):
        def fstat(fd):
            status = real(fd)
            # What the standard library asks of its own descriptors decides about no name.
            if seen.on and not questions.calls()[0]:
                questions.note(fd, "", True, None, status)
            return status

        return fstat

    def make_realpath(real):
        def realpath(filename, *, strict=False):
            # Pivot resolves thousands of paths, each by several questions: most are nobody's, unless
            # they lead elsewhere.
            path = fspath(filename)
            if type(path) is str and (path == pivots or path.startswith(foreign)):
                if real_path(path, strict=strict) == path:
                    return path
            is_quiet = not seen.on or not questions.asker()
            return (real_path if is_quiet else real)(filename, strict=strict)

        return realpath

    stand_ins.put(os.path, "realpath", make_realpath)
    for name, make in (
        ("stat", make_stat),
        ("lstat", make_lstat),
        ("access", make_access),
        ("readlink", make_readlink),
        ("fstat", make_fstat),
        ("scandir", stand_in_for_scandir(seen)),
    ):
        stand_ins.put(os, name, make)
    globber = getattr(sys.modules.get("glob"), "_StringGlobber", None)
    if "lstat" in vars(globber or object):
        stand_ins.place(globber, "lstat", os.lstat)
    accessor = getattr(pathlib, "_NormalAccessor", None)
    for name in ("stat", "readlink", "getcwd") if accessor else ():
        stand_ins.place(accessor, name, getattr(os, name))
