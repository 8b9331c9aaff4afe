# What Python cannot see: files that readers written in C open by themselves, and whatever children do.
# The engine has the kernel tell it, from when it is first asked for: before a child is started, or such
# a reader is loaded. How it is asked is drawn in src/engine/process/openings/linux.rs.
import os
import sys
from _thread import allocate_lock

# Of the standard library, what opens files without a word; also where it is part of the interpreter.
READERS = frozenset(("_dbm", "_gdbm", "_sqlite3"))
# Extensions that open nothing, or have Python open it, by the names of their packages.
INERT = frozenset(
    "_yaml aiohttp bottleneck charset_normalizer frozenlist google greenlet markupsafe "
    "msgpack multidict numexpr numpy orjson pandas propcache psutil pydantic_core regex rpds scipy "
    "sklearn sqlalchemy ujson wrapt xxhash yaml yarl".split()
)
# pandas loads these for whoever may need them; what reads files by them is named.
INERT_MODULES = frozenset(("pyarrow.lib", "pyarrow._compute"))
# Names in the user's code: of what such modules read by, and what Pivot or a library has loaded before.
READING = frozenset(
    "OSFile input_stream lmdb memory_map open_file open_stream "
    "create_default_context load_cert_chain load_verify_locations read_history_file read_init_file".split()
)
# Names that may come before a reader or a child: the engine may begin beside us.
HINTS = READING | frozenset(
    "Popen _sqlite3 dask datasets duckdb fiona geopandas git h5py joblib loky multiprocessing "
    "netCDF4 osgeo parquet polars pyogrio pyreadr rasterio sqlite3 subprocess system tables tensorflow "
    "torch xarray".split()
)
AWAITED = READERS | HINTS
# Most descriptors that are looked at.
MOST_HELD = 1024
# What C has the environment by.
VARIABLES = frozenset(("getenv", "secure_getenv", "environ", "__environ"))


class Native(Recorder):
    """Asks for what the kernel sees, once there is a reason, and tells where else to look."""

    def __init__(self, seen):
        super().__init__(seen)
        self.process = os.getpid()
        self.lock = allocate_lock()
        self.root = None
        # Whether the engine prepares itself, whether that counts, and whether all is over.
        self.prepares, self.on, self.ended = False, False, False
        # Messages that were not waited for.
        self.pending = 0
        # Places that were told.
        self.places = set()
        # The code of the user's modules, for the paths that it names.
        self.codes = []
        # How often Python listed a directory, or opened a file that it wrote, meanwhile.
        self.own = {}
        # How often it opened a file to write to it, or put one there.
        self.arrivals = {}
        self.patterns = NativePatterns(seen)

    def watch(self, root):
        """Begins to wait for a reason."""
        self.root = root
        self.named = Named(self.seen.territory, root)
        self.standard = tuple(f"{directory}/lib-dynload/" for directory in self.seen.territory.python)
        self.watch_spawn()

    def events(self):
        events = {}
        events["ctypes.dlopen"] = events["ctypes.dlsym"] = self.called_by_ctypes
        events["os.chdir"] = lambda arguments: self.sees(self.place_of(arguments[0]))
        for event in CHILDREN:
            events[event] = lambda arguments, event=event: self.started(event, arguments)
        events = {event: self.guarded(handler) for event, handler in events.items()}
        events["import"] = self.awaiting(self.guarded(self.imported))
        return events

    def awaiting(self, imported):
        """Hundreds are imported, most of them a name that no one waits for."""

        def awaited(arguments):
            try:
                if arguments[1] is None and arguments[0] not in AWAITED:
                    return
            except Exception:
                pass
            imported(arguments)

        return awaited

    def guarded(self, handler):
        """What we fail in is nothing that the pipeline may fail with; but nothing is cached then."""

        def guarded(arguments):
            try:
                handler(arguments)
            except Exception:
                self.seen.overlooked(("/",))

        return guarded

    def watch_spawn(self):
        """multiprocessing's way to start a child raises no event."""
        import _posixsubprocess

        fork_exec = _posixsubprocess.fork_exec

        started = self.guarded(lambda words: self.started("subprocess.Popen", (None, words, None)))
        quietly = starting_quietly(fork_exec)

        def audited(*arguments):
            started(arguments[0])
            return quietly(*arguments)

        self.spawn = _posixsubprocess, fork_exec, audited
        _posixsubprocess.fork_exec = audited

    def stop(self):
        module, fork_exec, audited = getattr(self, "spawn", (None, None, None))
        if module and module.fork_exec is audited:
            module.fork_exec = fork_exec
        if (self.on or self.arrivals) and not self.ended and os.getpid() == self.process:
            written = {real_path(path) for path in self.seen.files.written}
            fields = [(b"w", path) for path in written]
            self.own.update(dict.fromkeys(self.patterns.told(), ALL_LISTINGS))
            fields += [(b"c", f"{count} {path}") for path, count in list(self.own.items())]
            self.forget_held()
            fields += [(b"a", f"{count} {path}") for path, count in list(self.arrivals.items())]
            self.ask([*fields, (b"e", "")])
        self.ended = True

    def imported(self, arguments):
        name, file = arguments[:2]
        if file is None:
            if name in READERS:
                self.need(name)
            elif name in HINTS and not self.on:
                self.prepare()
        elif not file.startswith(self.standard) and name not in INERT_MODULES:
            if name.partition(".")[0] not in INERT:
                self.need(name)

    def called_by_ctypes(self, arguments):
        """A library is opened, or one of its functions is looked for; Python's own open nothing."""
        for argument in arguments:
            name = getattr(argument, "_name", argument)
            if isinstance(name, str) and name.startswith(("Py", "_Py", *self.seen.territory.foreign)):
                return
        if VARIABLES.intersection(arguments[1:]):
            self.seen.unprovable.say("unseen", f"variables that ctypes reads by {arguments[1]}")
        if arguments[0]:
            self.need(self.who_calls())

    def who_calls(self):
        """What calls by ctypes; polars asks what the processor can by it, and opens nothing so."""
        frame = self.calls()[2]
        while frame and self.seen.askers.of(frame.f_code.co_filename)[1].partition(".")[0] == "ctypes":
            frame = frame.f_back
        is_check = frame and frame.f_code.co_filename.endswith("/polars/_cpu_check.py")
        return "polars" if is_check else "ctypes"

    def executed(self, code, used):
        """Code of a file begins."""
        try:
            if self.seen.territory.holds(code.co_filename):
                self.read(code, used)
        except Exception:
            self.seen.overlooked(("/",))

    def read(self, code, names):
        self.codes.append(code)
        if self.on:
            self.tell(self.named.by([code]))
            return
        if not READING.isdisjoint(names):
            self.need(min(READING & names))
        elif not HINTS.isdisjoint(names):
            self.prepare()

    def started(self, event, arguments):
        if os.getpid() != self.process or self.ended:
            return
        words = [word for argument in arguments[:2] for word in texts(argument)]
        if event == "subprocess.Popen":
            # The words alone; and where it begins.
            words = list(texts(arguments[1]))
        self.need(None)
        here = arguments[2] if event == "subprocess.Popen" else None
        places = [place for word in words for place in self.named.paths_in(word)]
        if here:
            places.append((b"p", normal(os.fsdecode(here))))
        self.tell(places + self.gits())

    def gits(self):
        """What git is told by its user."""
        home = self.named.home
        settings = (f"{home}/.gitconfig", f"{home}/.config/git") if home else ()
        return [(b"p", path) for path in settings if exists(path)]

    def sees(self, path):
        """Has a directory watched that Python saw elsewhere."""
        if self.on:
            path = normal(os.fsdecode(path))
            if not self.named.is_below_root(path):
                self.tell([(b"o", path)])

    def place_of(self, path):
        return self.seen.descriptors.path_of(path) if isinstance(path, int) else path

    def lists(self, path):
        """The same of a directory, as an audit event names it."""
        if self.on:
            path = self.place_of(path)
            self.opens(normal("." if path is None else os.fsdecode(path)))

    def opens(self, path):
        """Counts that Python itself lists a directory, or opens a file that it wrote."""
        if self.on:
            path = real_path(path)
            self.own[path] = self.own.get(path, 0) + 1

    def writes(self, path, was_seen):
        """Counts that Python itself opens a file to write to it, or puts one there; has the kernel tell
        who else does, where something was seen of it."""
        if was_seen and self.root and not self.ended and os.getpid() == self.process:
            path = real_path(path)
            self.tell([(b"o", os.path.dirname(path))])
            self.arrivals[path] = self.arrivals.get(path, 0) + 1

    def forget_held(self):
        """What is held open to the end is not yet told by the kernel: that comes with its close."""
        for number in range(MOST_HELD if self.arrivals else 0):
            try:
                path = read_link(f"/proc/self/fd/{number}")
            except OSError:
                continue
            if self.arrivals.get(path):
                self.arrivals[path] -= 1

    def need(self, reader):
        """Has the kernel listened to; `reader` is the module that is the reason."""
        self.patterns.needed(reader)
        if reader and self.root:
            self.seen.missing.watch()
            # C code finds by itself where `~` is.
            self.seen.environment.need("HOME")
        if self.on or self.ended or not self.root or os.getpid() != self.process:
            return
        self.prepare()
        self.on = True
        seen = {os.path.dirname(path) for path in list(self.seen.files.files)}
        seen.update(self.seen.listings.listings, [working_directory()])
        fields = [(b"o", path) for path in seen if not self.named.is_below_root(path)]
        fields += self.named.by(self.codes)
        if not self.ask([*self.fresh(fields), (b"b", "")]) and reader:
            self.seen.unprovable.say("unseen", f"files that {reader} opens")

    def prepare(self):
        """Has the engine begin with what takes its time, and does not wait for that."""
        if not (self.prepares or self.ended) and self.root and os.getpid() == self.process:
            self.prepares = True
            self.ask([(b"r", self.root)], waits=False)

    def tell(self, fields):
        """Tells places that were not yet told; says whether they are watched."""
        fresh = self.fresh(fields)
        return not fresh or self.ask(fresh)

    def fresh(self, fields):
        fresh = [field for field in dict.fromkeys(fields) if field[1] not in self.places]
        self.places.update(path for _, path in fresh)
        return fresh

    def ask(self, fields, waits=True):
        """Has the engine do something, and waits until it is done; says whether it is."""
        if not WATCH or os.getpid() != self.process:
            return False
        payload = b"".join(
            kind + b"%08x" % len(value) + value
            for kind, value in ((kind, os.fsencode(value)) for kind, value in fields)
        )
        left = memoryview(b"%08x" % len(payload) + payload)
        fds = []
        try:
            with self.lock:
                for path, flags in zip(WATCH, (os.O_WRONLY, os.O_RDONLY)):
                    fds.append(open_file(path, flags | os.O_CLOEXEC))
                while left:
                    left = left[write_file(fds[0], left) :]
                self.pending += 1
                while waits and self.pending:
                    self.pending -= len(read_file(fds[1], self.pending)) or self.pending
                return True
        except OSError:
            return False
        finally:
            for fd in fds:
                close_file(fd)


write_file = os.write
