# The working directory, where the pipeline used it before it went to one of its own; and what was
# asked about the machine.
import os
import sys

# What a question about the machine is about: its name, the user, the processors.
MACHINE = {
    "n": ("uname",),
    "u": ("getuid", "geteuid", "getgid", "getegid", "getgroups", "getresuid", "getresgid", "getlogin"),
    "c": ("cpu_count", "process_cpu_count", "sched_getaffinity"),
}
# Of whom the system knows, and where: what C reads it from.
USERS = {
    "pwd": ("/etc/passwd", ("getpwnam", "getpwuid", "getpwall")),
    "grp": ("/etc/group", ("getgrnam", "getgrgid", "getgrall")),
}
# Read files in C by paths that may be relative. (pandas, which Pivot needs, imports pyarrow itself.)
NATIVE_READERS = (
    "polars", "duckdb", "h5py", "netCDF4", "tables", "lxml", "fastparquet", "pyarrow.parquet",
    "pyarrow.dataset", "pyarrow.csv", "pyarrow.json", "pyarrow.feather", "pyarrow.orc", "pyarrow.fs",
)  # fmt: skip
# How many work at once, of these, decides about no name.
POOLS = ("concurrent.", "multiprocessing.pool")
# Of `platform`: what the interpreter itself was made for, and what asks for all others.
SAME_AS_PYTHON = frozenset(("system", "uname"))

# What the system shows of this process, as psutil asks for it.
OWN_VIEWS = "/proc/self/", "/proc/thread-self/", f"/proc/{os.getpid()}/"

# How `contextlib.chdir` goes and comes back.
ENTERS, LEAVES = ("contextlib", "__enter__"), ("contextlib", "__exit__")


class Place(Recorder):
    def __init__(self, seen):
        super().__init__(seen)
        # Before the pipeline could leave it.
        self.here = None
        self.is_used = self.is_settled = False
        # Whether it was, before each `contextlib.chdir` that has not ended.
        self.within = []
        self.machine = set()

    def events(self):
        return {
            "os.chdir": self.changed,
            "socket.gethostname": lambda arguments: self.ask("n"),
            **dict.fromkeys(CHILDREN, self.started),
        }

    def used(self):
        self.is_used = self.is_used or not self.is_settled

    def started(self, arguments):
        """A child begins where this process is."""
        place = arguments[2] if len(arguments) > 3 else None
        if not (place and os.path.isabs(place)) and self.asker():
            self.used()

    def changed(self, arguments):
        try:
            if self.asker():
                path, by = arguments[0], self.calls()[:2]
                if by == LEAVES and self.within:
                    # Back where it was.
                    self.is_settled = self.within.pop()
                    return
                if by == ENTERS:
                    self.within.append(self.is_settled)
                if isinstance(path, int):
                    self.is_settled = True
                    return
                if not os.path.isabs(path):
                    self.used()
                with self.seen.alone():
                    path = normal(os.fsdecode(path))
                    self.seen.questions.refused(path, os.X_OK)
                    # Where it fails the pipeline stays where it was.
                    self.is_settled = self.is_settled or is_directory_at(path) and may_access(path, os.X_OK)
        except Exception:
            self.used()

    def through(self, path):
        """Where `path` leads, which may begin at what the system shows of this process: its working
        directory and its environment are looked at there too."""
        if path.startswith(OWN_VIEWS) and self.asker():
            name, _, below = path.split("/", 3)[3].partition("/")
            if name == "environ":
                self.seen.environment.read_all()
            elif name == "cwd":
                self.used()
                return f"{working_directory()}/{below}"
        return path

    def ask(self, letter):
        if self.seen.on and letter not in self.machine:
            asker = self.asker()
            module, function, frame = self.calls()
            while module == "os":
                # One of its functions calls another.
                module, function, frame = self.seen.askers.calls(frame.f_back)
            if not asker or asker[0] is IMPORT or module.startswith(POOLS):
                return
            if not (module == "platform" and function in SAME_AS_PYTHON):
                self.machine.add(letter)

    def stand_in(self, stand_ins):
        def make_place(real):
            def getcwd():
                if self.seen.on and not self.is_used and not self.is_settled and self.asker():
                    # Which goes there again, and no more.
                    if self.calls()[:2] != ENTERS:
                        self.used()
                return real()

            return getcwd

        for name in ("getcwd", "getcwdb"):
            stand_ins.put(os, name, make_place)
        for letter, names in MACHINE.items():
            for name in names:
                stand_ins.put(os, name, lambda real, letter=letter: self.asking(real, letter))
        for module, (path, names) in USERS.items():
            module = sys.modules.get(module)
            for name in names if module else ():
                stand_ins.put(module, name, lambda real, path=path: self.reading(real, path))
        platform = sys.modules.get("platform")
        for name in ("uname", "platform"):
            if platform:
                stand_ins.put(platform, name, lambda real: self.asking(real, "n"))

    def asking(self, real, letter):
        def ask(*arguments, **options):
            self.ask(letter)
            return real(*arguments, **options)

        return ask

    def reading(self, real, path):
        def read(*arguments):
            asker = self.asker() if self.seen.on else None
            if asker and asker[0] is not IMPORT:
                with self.seen.alone():
                    self.seen.files.open(path, os.O_RDONLY)
            return real(*arguments)

        return read

    def fields(self):
        if self.seen.search.is_relative or not sys.modules.keys().isdisjoint(NATIVE_READERS):
            self.used()
        if self.is_used and self.here:
            yield b"p", os.fsencode(self.here)
        if self.machine:
            yield b"h", "".join(sorted(self.machine)).encode()
