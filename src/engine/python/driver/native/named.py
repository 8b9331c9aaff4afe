# Which places elsewhere the user's code names, so that they are watched for what Python does not see.
import os

# Names in code that goes up from where it lies.
ABOVE = frozenset(("parent", "parents", "pardir"))
# Most strings of the user's code that are looked at as paths.
NAMED = 1000
# Databases may have these beside them.
BESIDE = ("-journal", "-wal", ".wal")


class Named:
    """Finds paths in strings: `p` and a file, or a directory with all below; `o` and one directory."""

    def __init__(self, territory, root):
        from posix import environ

        self.territory, self.root, self.environment = territory, root, environ
        self.home = os.fsdecode(environ.get(b"HOME", b"")) or None

    def by(self, codes):
        """The places that the strings of this code name, also by variables of the environment."""
        strings, names = set(), set()
        for code in codes:
            for nested in nested_codes(code):
                names.update(nested.co_names)
                for value in nested.co_consts:
                    strings.update(texts(value))
        above = self.root
        places = []
        # `Path(__file__).parent.parent / "data"`: beside ROOT, and above that.
        for _ in range(0 if ABOVE.isdisjoint(names) else 2):
            above = os.path.dirname(above)
            beside = (f"{above}/{text}" for text in list(strings)[:NAMED] if text[:1] not in "./")
            places += [place for path in beside if exists(path) for place in self.places_of(path)]
        for text in list(strings)[:NAMED]:
            value = self.environment.get(os.fsencode(text)) if text else None
            if value:
                places += self.paths_in(os.fsdecode(value))
            if "/" in text:
                places += self.paths_in(text)
        return places

    def paths_in(self, text):
        import re

        for path in re.findall(r"(?<![\w./*-])(?:~?/|(?:\.\.?/)+)[^\s'\"();,<>|&$`]+", text):
            if path.startswith("//") and "file:" not in text:
                continue
            if path.startswith("."):
                for here in {self.root, working_directory()}:
                    yield from self.places_of(os.path.join(here, path))
                continue
            if path.startswith("~/"):
                path = (self.home or "~") + path[1:]
            yield from self.places_of("/" + path.lstrip("/"))

    def places_of(self, path):
        """What is to be watched of a path elsewhere: a file with what may lie beside it, a directory
        with all below, or the directory that a pattern begins in."""
        import re

        fixed = re.match(r"[^*?[{]*", path).group()
        path = os.path.normpath(fixed if fixed == path else os.path.dirname(fixed))
        if path.startswith("//"):
            path = path[1:]
        if self.is_below_root(path) or f"{path}/".startswith(self.territory.foreign):
            return
        if not exists(path):
            path, kind = os.path.dirname(path), b"o"
        elif is_directory_at(path):
            kind = b"p"
        else:
            for end in ("", *BESIDE):
                if exists(path + end):
                    yield b"p", path + end
            return
        common = {"/", "/tmp", "/var/tmp", self.home}
        if path not in common and not f"{self.root}/".startswith(path + "/") and exists(path):
            yield kind, path

    def is_below_root(self, path):
        return f"{path}/".startswith(f"{self.root}/")


def nested_codes(code):
    yield code
    for value in code.co_consts:
        if hasattr(value, "co_consts"):
            yield from nested_codes(value)


def texts(value):
    """The texts in a constant, or among a child's words."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, (bytes, os.PathLike)):
        yield os.fsdecode(value)
    elif isinstance(value, (tuple, list, frozenset)):
        for part in value:
            yield from texts(part)
