# Whose a file is: the user's, who may edit it, or that of the interpreter and of libraries.
import os
import sys
import types

# Nobody's input: bytecode, and what Pivot keeps for itself.
IGNORED = frozenset(("__pycache__", ".pivot"))
LIBRARIES = frozenset(("site-packages", "dist-packages"))
SYSTEM = frozenset(
    (
        "/proc",
        "/sys",
        "/etc/localtime",
        "/etc/timezone",
        "/etc/zoneinfo",
        "/usr/share/zoneinfo",
        "/usr/lib/zoneinfo",
        "/usr/share/lib/zoneinfo",
        "/var/db/timezone",
    )
)
# A pipeline may put its own in the place of these while it is watched, and so do we.
stat, lstat, working_directory = os.stat, os.lstat, os.getcwd


# What a path led through before a `..`, which is known without it then: whether that was there, and the
# links on the way.
PASSED, PASSED_LINKS = {}, {}


def read_and_note(path, *, read=os.readlink):
    target = read(path)
    PASSED_LINKS.setdefault(path, target)
    return target


def quiet(module, **instead):
    """The functions of a module about paths, as they are now: they call nothing that stands in for
    another later."""
    # A module, of which Python finds an attribute without a search.
    system = types.ModuleType(os.__name__)
    vars(system).update(vars(os), **instead)
    values = dict(vars(module), os=system)
    for name, value in vars(module).items():
        if isinstance(value, types.FunctionType) and value.__globals__ is vars(module):
            # A code of its own: one that runs among the names of two modules forgets, at each change, where
            # it found them.
            clone = types.FunctionType(value.__code__.replace(), values, name, value.__defaults__)
            clone.__kwdefaults__ = value.__kwdefaults__
            values[name] = clone
    return values["realpath"], values["abspath"]


real_path, absolute_path = quiet(os.path)
noted_real_path, _ = quiet(os.path, readlink=read_and_note)


class Territory:
    """Tells the user's files from others by their absolute, normal paths.

    Of an environment, and of the interpreter's own prefix, `lib/pythonX.Y` is not the user's; what
    else lies there is data. ROOT may itself lie inside an environment.
    """

    def __init__(self):
        prefixes = {sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix} - {"", "/"}
        major, minor = sys.version_info[:2]
        names = (f"python{major}.{minor}", f"python{major}{minor}.zip")
        places = {f"{prefix}/{lib}/{name}" for prefix in prefixes for lib in LIBS for name in names}
        # Where the standard library lies.
        self.python = both({os.path.dirname(os.__file__)})
        self.standard = both(places) | self.python
        self.packages = [entry for entry in sys.path if os.path.basename(entry) in LIBRARIES]
        self.claim(None, ())

    def claim(self, root, libraries):
        """Says where ROOT is, and which directories hold no code of the user, wherever."""
        self.root = root
        self.above_root = f"{root or ''}/"
        self.own = (self.standard | both(libraries) | set(self.packages)) - {root}
        self.elsewhere = self.own | SYSTEM
        # Decides for most files that a discovery opens, without looking further.
        self.foreign = (*self.likely_first(), "/dev/null", "/dev/urandom")
        self.known = {}

    def likely_first(self):
        """What paths elsewhere start with, and those first that most do."""
        starts = {path + "/" for path in self.elsewhere if not self.above_root.startswith(path + "/")}
        starts = [start for start in starts if not start.startswith(tuple(starts - {start}))]
        likely = [f"{place}/" for place in (*self.packages, os.path.dirname(os.__file__))]
        return sorted(starts, key=lambda start: (not any(place.startswith(start) for place in likely), start))

    def holds(self, path):
        """Whether `path` would be a file of the user."""
        directory, _, name = path.rpartition("/")
        return name not in IGNORED and path not in SYSTEM and self.holds_directory(directory)

    def holds_directory(self, path):
        known = self.known.get(path)
        if known is None:
            known = self.known[path] = self.decide(path)
        return known

    def decide(self, path):
        if not self.root or f"{path}/".startswith(self.above_root):
            real = path
        else:
            real = real_path(path)
        if self.root and f"{real}/".startswith(self.above_root):
            return real == self.root or self.holds_inside(real)
        # `/dev/fd` leads to what the system shows of this process.
        if f"{real}/".startswith(("/dev/", "/proc/")) and not f"{real}/".startswith("/dev/shm/"):
            return False
        return (IGNORED | LIBRARIES).isdisjoint(path.split("/")) and not any(
            f"{path}/".startswith(library + "/") for library in self.elsewhere
        )

    def holds_inside(self, path):
        parent, name = path.rsplit("/", 1)
        return (
            name not in IGNORED
            and name not in LIBRARIES
            and path not in self.own
            and self.holds_directory(parent)
            and not (name.startswith("python3") and is_environments(parent))
        )


# Where an environment has its libraries.
LIBS = ("lib", "lib64", "local/lib")


def is_environments(directory):
    """Whether a directory holds the libraries of an environment."""
    above, name = directory.rsplit("/", 1)
    return name in LIBS and exists(above + "/pyvenv.cfg")


def both(paths):
    """These paths, and the same with links followed."""
    return {real for path in paths for real in (path, followed(path))}


def followed(path):
    """Where links lead from a place of the installation."""
    if path not in FOLLOWED:
        FOLLOWED[path] = real_path(path) if exists(path) else path
    return FOLLOWED[path]


# Asked again and again, and always the same while one process runs.
FOLLOWED = {}


def exists(path):
    try:
        stat(path)
    except (OSError, ValueError):
        return False
    return True


def is_directory_at(path):
    try:
        return stat(path).st_mode & FILE_TYPE == DIRECTORY
    except (OSError, ValueError):
        return False


def passed(path):
    """Where a path leads that has a `..`, at its end at the latest."""
    above = absolute_path(f"{path}/".partition("/../")[0])
    if above not in PASSED:
        PASSED[above] = exists(above)
    return noted_real_path(path)


def normal(path):
    """The absolute path without `.` and `..`; links are followed where a `..` comes after."""
    if path[:1] == "/" != path[-1:] and "//" not in path and "/." not in path:
        return path
    if not path.startswith("/"):
        path = f"{working_directory()}/{path}"
    if ".." in path:
        above, back, below = path.rpartition("/../")
        if back:
            path = f"{passed(above + back)}/{below}"
        if path.endswith("/.."):
            path = passed(path)
    return absolute_path(path)
