# Listings: every directory that the pipeline listed, by the audit events. Where a pattern of `glob` or
# `pathlib` chose from it, only what it can choose counts: the caller's frame has the pattern. What
# cannot be told for certain is the whole listing.
import os
from binascii import crc32

scan_directory = os.scandir
# A pattern that no name matches: directories alone count, where it is recursive.
NO_NAME = "/"


class Choice:
    """What counts of a listing: the names that match one of `patterns`, or all of them."""

    def __init__(self, patterns=None, types=False, recursive=False, hidden=False, follows=False):
        self.patterns = patterns
        # Whether an entry's type counts; whether directories and links do, whatever their names.
        self.types, self.recursive = types, recursive
        # Whether a leading dot must be in the pattern; whether links are followed.
        self.hidden, self.follows = hidden, follows

    def add(self, other):
        whole = self.patterns is None or other.patterns is None
        self.patterns = None if whole else self.patterns | other.patterns
        self.types |= other.types
        self.recursive |= other.recursive
        self.hidden &= other.hidden

    def of(self, entries):
        """Those of the entries that count: name and, where it counts, type."""
        return {name: kind for name, kind in entries.items() if self.counts(name, kind)}

    def counts(self, name, kind):
        if self.patterns is None or self.recursive and kind in "dl":
            return True
        for pattern in self.patterns:
            if matches(pattern, name) and not (self.hidden and name[:1] == "." != pattern[:1]):
                return True
        return False

    def flags(self):
        patterns = self.patterns is not None
        flags = (self.types, "t"), (patterns and self.recursive, "r"), (patterns and self.hidden, "h")
        return "".join(letter for holds, letter in flags if holds) or "-"


class Listing:
    """A directory as it was when it was listed first."""

    def __init__(self, entries, choice):
        self.entries, self.choice = entries, choice


class Listings(Recorder):
    def __init__(self, seen):
        super().__init__(seen)
        self.listings = {}
        # Names of directories that do not matter while Pivot looks for every pipeline.
        self.skipped = frozenset()
        # What a thread listed last, for the entries that it is given.
        self.latest = {}

    def events(self):
        return {"os.listdir": self.listed, "os.scandir": self.listed}

    def listed(self, arguments):
        try:
            path = arguments[0]
            if type(path) is str and ".." not in path:
                path = self.seen.place.through(path)
                if f"{path}/".startswith(self.seen.territory.foreign):
                    return self.listed_of_packages(path)
            self.seen.native.lists(path)
            with self.seen.alone() as is_free:
                if is_free:
                    self.note(path)
        except Exception:
            self.seen.overlooked(arguments)

    def listed_of_packages(self, path):
        """Somebody lists where packages are: other distributions may add to it."""
        if self.seen.packages.holds(path) and not is_imported():
            asker = self.asker()
            if asker and asker[0] is not IMPORT:
                with self.seen.alone() as is_free:
                    choice = chosen(*self.calls()) if is_free else None
                    if choice:
                        self.choose(path, choice)

    def note(self, path):
        if is_imported():
            return
        module, function, frame = self.calls()
        choice = chosen(module, function, frame)
        if isinstance(path, int):
            path = self.seen.descriptors.path_of(path)
        path = "." if path is None else os.fsdecode(path)
        is_relative = not path.startswith("/")
        path = normal(path)
        territory = self.seen.territory
        if not choice or not territory.holds_directory(path):
            return
        if not self.skipped.isdisjoint(path[len(territory.root or "") :].split("/")):
            return
        if is_gits(path) and not self.asker():
            return
        if is_gits(path) and choice.patterns is not None:
            # Each commit makes directories there, in which no pattern finds anything.
            choice.recursive = False
        if is_relative:
            self.seen.place.used()
        self.seen.native.sees(path)
        listing = self.choose(path, choice)
        if not listing:
            if not may_access(path, os.R_OK):
                self.seen.questions.allowed(path, os.R_OK)
            elif not is_try(function, frame):
                self.seen.questions.ask(path, True, "tp")
            return
        if choice.follows:
            self.follow(path, listing, choice)
        self.latest[get_ident()] = listing

    def choose(self, path, choice):
        """Notes that `choice` of a directory counts; gives no listing of what is there and has none."""
        listing = self.listings.get(path)
        if listing:
            listing.choice.add(choice)
            return listing
        entries = entries_of(path)
        if entries is None and exists(path):
            return None
        return self.listings.setdefault(path, Listing(entries, choice))

    def note_whole(self, path):
        """Notes that whatever is in a directory counts."""
        if self.seen.territory.holds_directory(path):
            self.choose(path, Choice())

    def follow(self, path, listing, choice):
        for name, kind in (listing.entries or {}).items():
            if kind == "l" and choice.counts(name, kind):
                self.seen.questions.ask(f"{path}/{name}", True, "t")

    def fields(self):
        files = self.seen.files
        touched = {path.rpartition("/")[0] for path in files.changed}
        for path, listing in self.listings.items():
            if files.is_temporary(path) or path in self.seen.packages.sites:
                continue
            entries = listing.entries
            if path in touched or path in files.own:
                # As this discovery left it, where nobody else changed it.
                now = entries_of(path)
                differ = set(now or ()) ^ set(entries or ())
                if now is not None and all(f"{path}/{name}" in files.changed for name in differ):
                    entries = now
            told = describe_listing(path, entries, listing.choice)
            if entries is not listing.entries and told != describe_listing(path, listing.entries, listing.choice):
                yield b"B", os.fsencode(path)
            yield b"d", told


def entries_of(path):
    """The directory's entries that may count, and what each is: `d`, `f`, `l` or `o`."""
    try:
        with scan_directory(path) as entries:
            return {entry.name: kind_of(entry) for entry in entries if entry.name not in IGNORED}
    except (OSError, ValueError):
        return None


def kind_of(entry):
    if entry.is_file(follow_symlinks=False):
        return "f"
    if entry.is_dir(follow_symlinks=False):
        return "d"
    return "l" if entry.is_symlink() else "o"


def describe_listing(path, entries, choice):
    """The value of a `d` field."""
    if entries is None:
        return b"- " + os.fsencode(path)
    names = sorted(
        os.fsencode(f"{name}/{kind}" if choice.types else name)
        for name, kind in choice.of(entries).items()
    )
    head = f"{len(names)} {crc32(bytes(1).join(names))} {choice.flags()} "
    return head.encode() + b"\0".join(map(os.fsencode, (path, *sorted(choice.patterns or ()))))


def chosen(module, function, frame):
    """What of a directory its caller lists for; nothing where it is no question."""
    chooses = CHOOSE.get((module, function))
    if chooses:
        return chooses(frame)
    if module.startswith(("importlib", "zipimport", "tempfile")):
        return None
    if module == "shutil" and "rmtree" in function:
        return None
    if frame and frame.f_code.co_filename.endswith(SEARCHES):
        return None
    return Choice()


# Those of other projects that list directories to find distributions.
SEARCHES = ("/importlib_metadata/__init__.py", "/pkg_resources/__init__.py")


def by_glob(frame):
    """`glob._iterdir`, called by `_listdir`, called by whoever has the pattern."""
    caller = frame.f_back.f_back
    values = caller.f_locals
    hidden = not values.get("include_hidden", False)
    if caller.f_code.co_name in ("glob1", "_glob1"):
        return by_pattern(os.fsdecode(values["pattern"]), values["dironly"], hidden)
    if values.get("dironly"):
        return Choice({NO_NAME}, True, True, follows=True)
    return Choice({"*"}, True, True, hidden, True)


def is_try(function, frame):
    """Whether `glob` tries to list a file, of which the listing with its type tells that it is one."""
    return function == "_iterdir" and frame.f_back.f_back.f_code.co_name == "_rlistdir"


def by_pattern(pattern, directories, hidden=False):
    if pattern is None:
        return Choice(None, directories, follows=directories)
    if directories and pattern == "*":
        # A new file is no change.
        return Choice({NO_NAME}, True, True, follows=True)
    return Choice({pattern}, directories, False, hidden, directories)


def by_wildcard(frame):
    """A generator of Python 3.13's glob, for pathlib."""
    values = frame.f_locals
    match = values["match"]
    return by_pattern(pattern_of(match) if match else "*", values["dir_only"])


def by_recursion(frame):
    values = frame.f_locals
    if values["match"] is None and values["dir_only"]:
        return Choice({NO_NAME}, True, True, follows=values.get("follow_symlinks"))
    return Choice(None, True, follows=values.get("follow_symlinks"))


def by_selector(frame):
    """A selector of pathlib before Python 3.13."""
    selector = frame.f_locals["self"]
    match = getattr(selector, "match", None)
    return by_pattern(match and pattern_of(match), selector.dironly)


def by_walk(frame):
    if frame.f_back and frame.f_back.f_code.co_name == "_iterate_directories":
        return Choice({NO_NAME}, True, True)
    return Choice(None, True, follows=True)


def by_modules(frame):
    """`pkgutil` looks for modules, then for what makes a package of each directory."""
    if "filenames" in frame.f_locals:
        return Choice({"__init__.*"})
    return Choice({f"*{ending}" for ending in MODULES}, True, True)


def by_scandir(frame):
    """`pathlib.Path._scandir`."""
    caller = frame.f_back
    return chosen("pathlib", caller.f_code.co_name, caller)


CHOOSE = {
    ("glob", "_iterdir"): by_glob,
    ("glob", "select_wildcard"): by_wildcard,
    ("glob", "select_recursive_step"): by_recursion,
    ("pkgutil", "_iter_file_finder_modules"): by_modules,
    ("pathlib", "_select_from"): by_selector,
    ("pathlib", "_iterate_directories"): lambda frame: Choice({NO_NAME}, True, True),
    ("pathlib", "walk"): by_walk,
    ("pathlib", "_scandir"): by_scandir,
    ("os", "walk"): by_walk,
    ("os", "_walk"): by_walk,
    ("os", "_fwalk"): by_walk,
    ("shutil", "copytree"): by_walk,
}
