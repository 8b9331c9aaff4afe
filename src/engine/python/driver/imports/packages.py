# Which Python, which Pivot and which installed packages: those that were imported, those that were
# looked for, and those that the pipeline asked `importlib.metadata` for. Another one that comes or
# goes is no change.
import os
import sys

METADATA = (".dist-info", ".egg-info")
# What the interpreter imports by itself, where it is there.
CUSTOM = ("sitecustomize", "usercustomize")


class Packages(Recorder):
    def __init__(self, seen):
        super().__init__(seen)
        # The directories of packages and the names in them before the pipeline ran.
        self.sites, self.above = {}, ()
        # Distributions that were asked for by name; `None` stands for all of them.
        self.wanted = set()
        # Data of packages that was read.
        self.data = set()
        # Modules that Pivot itself imports; those that are packages' by now, and their files.
        self.before, self.installed = frozenset(), []

    def watch(self):
        import pivot

        places = [absolute_path(entry) for entry in self.seen.territory.packages]
        places.append(os.path.dirname(os.path.dirname(absolute_path(pivot.__file__))))
        for place in dict.fromkeys(places):
            try:
                self.sites[place] = os.listdir(place)
            except OSError:
                continue
        self.above = tuple(f"{place}/" for place in self.sites)
        self.before = frozenset(sys.modules)

    def holds(self, path):
        """Whether `path` lies where packages are."""
        return path in self.sites or path.startswith(self.above)

    def asked(self, recorder, path, used, follow, status):
        """Somebody asks about a directory of packages, or about what is in it."""
        if path in self.sites:
            _, _, frame = recorder.calls()
            if frame and is_search(frame) and recorder.asker():
                self.searched(frame, path)
        elif path.startswith(self.above):
            asker = recorder.asker()
            used = (used or recorder.used()) if asker and asker[0] is USER else None
            if used:
                # What a library asks about its own is the same until it is installed anew.
                with recorder.seen.alone():
                    recorder.ask_anywhere(path, follow, used, status)

    def searched(self, frame, path):
        """`importlib.metadata` looks into a directory, for one distribution or for all."""
        while frame and frame.f_code.co_name != "search":
            frame = frame.f_back
        prepared = frame.f_locals.get("name", frame.f_locals.get("prepared")) if frame else None
        wanted = getattr(prepared, "normalized", None)
        if path in self.sites:
            self.wanted.add(wanted)
        elif self.seen.territory.holds_directory(path):
            self.seen.listings.choose(path, Choice(patterns_of(wanted)))

    def opened(self, recorder, path):
        """Somebody reads a file that is not the user's."""
        if path.startswith(tuple(place + "/" for place in self.sites)):
            asker = recorder.asker()
            if asker and asker[0] is not IMPORT:
                self.data.add(path)

    def fields(self):
        # Ends in the versions, without which nothing is cached.
        stamps = {}
        if sys.executable:
            # With its links, which may lead to another interpreter one day.
            stamps[absolute_path(sys.executable)] = None
        if sys.prefix != sys.base_prefix:
            stamps[f"{sys.prefix}/pyvenv.cfg"] = None
        tops = self.imported(stamps)
        looked_for = self.seen.search.tops_below() | tops | set(CUSTOM)
        version = None
        for place, names in self.sites.items():
            links = {name: "f" for name in names if name.endswith(".pth")}
            # Each adds directories to `sys.path`.
            stamps.update(dict.fromkeys(f"{place}/{name}" for name in links))
            choice, entries = Choice({"*.pth"}), dict.fromkeys(names, "f")
            choice.patterns.update(*map(patterns_of, self.wanted))
            listing = self.seen.listings.listings.get(place)
            if listing:
                # The pipeline itself has listed it.
                choice.add(listing.choice)
                entries = listing.entries or entries
            yield b"d", describe_listing(place, entries, choice)
            known = self.distributions(names, tops)
            words = (place, *sorted(looked_for.union(known)))
            # Before them: which of them were there, whatever the import makes in them.
            there = (name for name in names if name.partition(".")[0] in tops)
            yield from ((b"a", os.fsencode(f"{place}/{name}")) for name in there)
            yield b"w", os.fsencode("\0".join(words))
            for name in names:
                if self.is_wanted(name):
                    stamps[record_of(f"{place}/{name}")] = None
                if not version and name.startswith("pivot-") and name.endswith(".dist-info"):
                    version = name.split("-")[1].removesuffix(".dist")
        yield from user_site()
        for path in self.data:
            if is_file(path):
                stamps[path] = None
            elif not exists(path):
                # Looked for in vain.
                yield b"f", b"- " + os.fsencode(path)
        for path in stamps:
            yield b"s", os.fsencode(path)
        yield b"v", versions(version)

    def imported(self, stamps):
        """The names of the packages that were imported; adds to `stamps` what tells of another
        installation of those that only the pipeline needed."""
        before = self.before.difference(("pivot", *CUSTOM))
        tops, package, is_bare = set(), ".", False
        for name, file in self.installed:
            # Mostly one of the same package as the one before it.
            is_top = not name.startswith(package)
            if is_top:
                top = name.partition(".")[0]
                tops.add(top)
                package, is_top = f"{top}.", name == top
                # One without an `__init__` is told by each of its modules.
                is_bare = not attributes(sys.modules.get(top)).get("__file__")
            if (is_top or is_bare) and name not in before:
                if is_bare or file.startswith(tuple(f"{place}/{name}" for place in self.sites)):
                    stamps[file] = None
        return tops

    def distributions(self, names, tops):
        """The metadata of what was imported: of those that are not certainly another's."""
        tops, there = {top.lower() for top in tops}, {name.lower() for name in names}
        for name in names:
            if name.endswith(METADATA):
                distribution = name.partition("-")[0].lower()
                is_other = distribution in there or f"{distribution}.py" in there
                if distribution in tops or not is_other or self.is_wanted(name):
                    yield name

    def is_wanted(self, name):
        if not self.wanted or not name.endswith(METADATA):
            return False
        return any(matches(pattern, name) for wanted in self.wanted for pattern in patterns_of(wanted))


def is_search(frame):
    """Whether this is `importlib.metadata`, or the project that it comes from, before a look."""
    is_ours = frame.f_code.co_filename.endswith(("/importlib/metadata/__init__.py", SEARCHES[0]))
    return is_ours and frame.f_code.co_name == "mtime"


def patterns_of(wanted):
    """What the metadata of a distribution with this normalised name may be called; of any without."""
    if not wanted:
        return {f"*{ending}" for ending in METADATA}
    # Its version comes behind a dash, where it has one.
    return {"".join(map(spelling_of, wanted)) + "[-.]*-info"}


def spelling_of(character):
    if character == "_":
        # Separators, of which there may be more.
        return "[._]*"
    letter = character.isascii() and character.isalnum()
    return f"[{character}{character.upper()}]" if letter else "?"


def record_of(metadata):
    """The file that every installation writes anew."""
    for name in ("RECORD", "METADATA", "PKG-INFO"):
        if exists(f"{metadata}/{name}"):
            return f"{metadata}/{name}"
    return metadata


def is_file(path):
    try:
        return stat(path).st_mode & FILE_TYPE == REGULAR
    except OSError:
        return False


def user_site():
    """The user's own packages, made by the first `pip install --user`."""
    site = sys.modules.get("site")
    place = getattr(site, "USER_SITE", None)
    if getattr(site, "ENABLE_USER_SITE", False) and place and not exists(place):
        yield b"d", b"- " + os.fsencode(absolute_path(place))


def versions(version):
    from pivot import fingerprint
    import pivot

    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    schema = getattr(fingerprint, "_CACHE_SCHEMA_VERSION", "-")
    return f"{python} {schema} {version or pivot.__version__}"
