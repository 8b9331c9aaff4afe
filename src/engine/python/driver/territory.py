# Whose a file is: the user's, who may edit it, or that of the interpreter and of libraries.
import os
import sys

# Nobody's input: bytecode, and what Git and Pivot keep for themselves.
IGNORED = frozenset(("__pycache__", ".git", ".pivot"))
LIBRARIES = frozenset(("site-packages", "dist-packages"))
SYSTEM = frozenset(
    (
        "/proc",
        "/sys",
        "/dev",
        "/etc/localtime",
        "/etc/timezone",
        "/etc/zoneinfo",
        "/usr/share/zoneinfo",
        "/usr/lib/zoneinfo",
        "/usr/share/lib/zoneinfo",
        "/var/db/timezone",
    )
)


class Territory:
    """Tells the user's files from others by their absolute, normal paths.

    Below ROOT every file is the user's but for environments in there, since ROOT may itself lie
    inside an environment. Elsewhere it is as Pivot's `is_library_path` has it.
    """

    def __init__(self):
        prefixes = {sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix}
        self.prefixes = both(prefixes) - {"", "/"}
        self.standard = both({os.path.dirname(os.__file__)})
        self.packages = [entry for entry in sys.path if os.path.basename(entry) in LIBRARIES]
        self.claim(None, ())

    def claim(self, root, libraries):
        """Says where ROOT is, and which directories hold no code of the user, wherever."""
        self.root = root
        inside = {prefix for prefix in self.prefixes if root and prefix.startswith(root + "/")}
        self.own = (self.standard | both(libraries) | inside | set(self.packages)) - {root}
        self.elsewhere = self.own | self.prefixes | SYSTEM
        # Decides for most files that a discovery opens, without looking further.
        self.foreign = tuple(
            path + "/" for path in self.elsewhere if not f"{root or ''}/".startswith(path + "/")
        )
        self.known = {}

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
        if not self.root or f"{path}/".startswith(self.root + "/"):
            real = path
        else:
            real = os.path.realpath(path)
        if self.root and f"{real}/".startswith(self.root + "/"):
            return real == self.root or self.holds_inside(real)
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
            and not exists(path + "/pyvenv.cfg")
        )


def both(paths):
    """These paths, and the same with links followed."""
    return set(paths) | {os.path.realpath(path) for path in paths}


# A pipeline may put its own in the place of this while it is watched.
stat = os.stat


def exists(path):
    try:
        stat(path)
    except (OSError, ValueError):
        return False
    return True
