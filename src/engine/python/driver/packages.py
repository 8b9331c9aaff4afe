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
        self.sites = {}
        # Distributions that were asked for by name; `None` stands for all of them.
        self.wanted = set()
        # Data of packages that was read.
        self.data = set()
        # Modules that Pivot itself imports.
        self.before = frozenset()

    def watch(self):
        import pivot

        places = [absolute_path(entry) for entry in self.seen.territory.packages]
        places.append(os.path.dirname(os.path.dirname(absolute_path(pivot.__file__))))
        for place in dict.fromkeys(places):
            try:
                self.sites[place] = os.listdir(place)
            except OSError:
                continue
        self.before = frozenset(sys.modules)

    def asked(self, recorder):
        """`importlib.metadata` looks into a directory, for one distribution or for all."""
        module, function, frame = recorder.calls()
        if module != "importlib.metadata" or not recorder.asker():
            return
        while frame and frame.f_code.co_name != "search":
            frame = frame.f_back
        prepared = frame.f_locals.get("name", frame.f_locals.get("prepared")) if frame else None
        self.wanted.add(getattr(prepared, "normalized", None))

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
            if None in self.wanted:
                choice.patterns.update(f"*{ending}" for ending in METADATA)
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
        stamps.update(dict.fromkeys(path for path in self.data if is_file(path)))
        for path in stamps:
            yield b"s", os.fsencode(path)
        yield b"v", versions(version)

    def imported(self, stamps):
        """The names of the packages that were imported; adds to `stamps` what tells of another
        installation of those that only the pipeline needed."""
        tops, sites = set(), tuple(place + "/" for place in self.sites)
        for name, module in list(sys.modules.items()):
            file = attributes(module).get("__file__")
            if not isinstance(file, str) or not file.startswith(sites):
                continue
            top = name.partition(".")[0]
            tops.add(top)
            if name in self.before and name not in ("pivot", *CUSTOM):
                continue
            # One without an `__init__` is told by each of its modules.
            is_first = name == top and file.startswith(tuple(f"{place}{top}" for place in sites))
            is_first |= not attributes(sys.modules.get(top)).get("__file__")
            if is_first:
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
        normalized = name.partition("-")[0].lower().replace(".", "_").replace("-", "_")
        return None in self.wanted or normalized in self.wanted


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
