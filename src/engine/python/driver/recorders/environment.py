# The environment: names that were read, `*` where it was read as a whole, whatever that then is. A
# name that the pipeline set itself before it read it is none. Values are told to nobody.
import os
import sys

# Read by C code without a trace: the interpreter's own variables.
ALWAYS = "PYTHON*"
# A library that reads these asks how to print, not what. (By other names that a terminal has it may ask
# for the user: `${oc.env:PWD}`, an option's `envvar="SSH_HOST"`.)
PRINTING = (
    "NO_COLOR FORCE_COLOR CLICOLOR* PY_COLORS TTY_* JUPYTER_* JPY_* TERM TERM_PROGRAM* TERMINAL_EMULATOR "
    "COLORTERM COLORFGBG COLUMNS LINES VTE_VERSION KITTY_* WEZTERM_* ITERM_* KONSOLE_* ZELLIJ* TMUX TMUX_PANE STY "
    "VSCODE_* INSIDE_EMACS DISPLAY WAYLAND_DISPLAY"
).split()
# One that is imported asks by these how to compute.
TUNING = (
    "NPY_* NUMPY_* PANDAS_* SCIPY_* SKLEARN_* OPENBLAS_* OMP_* KMP_* MKL_* BLIS_* NUMEXPR_* NUMBA_* "
    "JOBLIB_* LOKY_* POLARS_* ARROW_* PYARROW_* DUCKDB_* HDF5_* TORCH_* CUDA_*"
).split()
# Set or removed for this process by the engine.
ENGINES = frozenset(("PIVOT_COMPLETE", "_PIVOT_COMPLETE", "COMP_WORDS", "COMP_CWORD"))
# Where temporary files shall lie: tempfile asks once, and for itself.
TEMPORARY = ("TMPDIR", "TEMP", "TMP")
# What a child that inherits it reads is not known.
INHERITED = ("os.system", "os.fork", "os.forkpty", "pty.spawn")


class Environment(Recorder):
    def __init__(self, seen):
        super().__init__(seen)
        self.names = {ALWAYS}
        # Set or removed by the pipeline.
        self.own = set()
        # What terminals have that was read by its name when all had been read, by kind of asker and place.
        self.named = {}

    def events(self):
        events = {"os.putenv": self.set, "os.unsetenv": self.set, "subprocess.Popen": self.started}
        for event in INHERITED:
            events[event] = lambda arguments, event=event: self.inherited(event)
        return events

    def read(self, name):
        if not self.seen.on or name in self.names:
            return
        try:
            name, is_whole = os.fsdecode(name), "*" in self.names
            # What is read as a whole is without what terminals have.
            if is_whole and not is_one_of(name, OF_TERMINALS):
                return
            asker = self.asker()
            if not asker or not self.counts(name, asker[0]):
                return
            names = self.named.setdefault((asker[0], where_read()), set()) if is_whole else self.names
            names.add(name)
        except Exception:
            # No name at all.
            pass

    def counts(self, name, kind):
        return not (name in self.own or name in ENGINES or is_how(name, kind))

    def read_all(self):
        if self.seen.on and "*" not in self.names and self.asker():
            self.names.add("*")

    def need(self, *names):
        """Notes what C code reads of it."""
        self.names.update(name for name in names if name not in self.own)

    def set(self, arguments):
        try:
            name = os.fsdecode(arguments[0])
            if name not in self.names and os.fsencode(name) != QUIET:
                self.own.add(name)
        except Exception:
            pass

    def started(self, arguments):
        if len(arguments) > 3 and arguments[3] is None:
            self.inherited(arguments)

    def inherited(self, event):
        if self.forks(event) or self.asker():
            self.names.add("*")

    def stand_in(self, stand_ins):
        place = type(os.environ)

        def make_one(real):
            def __getitem__(environ, key):
                self.read(key)
                return real(environ, key)

            return __getitem__

        def make_all(real):
            def whole(environ, *arguments):
                self.read_all()
                return real(environ, *arguments)

            return whole

        def make_removed(real):
            def __delitem__(environ, key):
                # Which fails where it is not set.
                self.read(key)
                return real(environ, key)

            return __delitem__

        stand_ins.put(place, "__getitem__", make_one)
        stand_ins.put(place, "__delitem__", make_removed)
        for name in ("__iter__", "__len__", "__repr__", "copy", "__or__", "__ror__"):
            stand_ins.put(place, name, make_all)

        def make_place(real):
            def gettempdir():
                if self.seen.on and self.calls()[0] != "tempfile" and self.asker():
                    self.need(*TEMPORARY)
                return real()

            return gettempdir

        tempfile = sys.modules.get("tempfile")
        for name in ("gettempdir", "gettempdirb") if tempfile else ():
            stand_ins.put(tempfile, name, make_place)

    def fields(self):
        if "*" in self.names:
            self.names.update(*(names for (kind, _), names in self.named.items() if not self.are_all(names, kind)))
            self.names.update(spelled(self.seen.native.codes).difference(self.own))
        yield b"E", b"\0".join(sorted(map(os.fsencode, self.names)))


    def are_all(self, names, kind):
        """Whether one place read all that a terminal has: `dict(os.environ)` asks for each."""
        there = {name for name in os.environ if is_one_of(name, OF_TERMINALS) and self.counts(name, kind)}
        return len(names) > 1 and there <= names | self.names


def where_read():
    """Where somebody reads by a name: who called, and a few who called them."""
    frame, found = outside(), []
    while frame and len(found) < 4:
        found.append((frame.f_code, frame.f_lasti))
        frame = frame.f_back
    return tuple(found)


def is_how(name, kind):
    """Whether a library asks how to print or to compute, not what."""
    if kind is USER:
        return False
    return is_one_of(name, PRINTING if kind is LIBRARY else PRINTING + OF_TERMINALS + TUNING)


def is_one_of(name, known):
    return any(name.startswith(one[:-1]) if one[-1] == "*" else name == one for one in known)


def spelled(codes):
    """Variables that the user's code names, though they begin as a terminal's do: `ssh_host: str` in a
    class of settings, `startswith("PROMPT_")`. An environment as a whole is without them."""
    known = [one for one in OF_TERMINALS if one[-1] == "*"]
    starts = tuple(one[:-1] for one in known)
    found = set()
    for code in codes:
        for nested in nested_codes(code):
            texts = [value for value in nested.co_consts if type(value) is str]
            for text in (*nested.co_names, *texts):
                name = text.upper()
                if name.startswith(starts) and name.isidentifier() and (name[-1] == "_" or name not in starts):
                    # A beginning stands for all that begin so.
                    found.add(f"{name}*" if name[-1] == "_" else name)
    return found
