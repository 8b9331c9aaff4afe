# What the description of Pivot's command line depends on: the installed packages pivot and click,
# and where else Python would find them.
import os
import sys

PACKAGES = ("pivot", "click")


class Missing:
    """Notes which modules of pivot and click were looked for and are not there.

    The last finder on `sys.meta_path`, which is asked where all others found nothing.
    """

    def __init__(self):
        # Names by the directories they were looked for in.
        self.places = {}
        sys.meta_path.append(self)

    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in PACKAGES and path is not None:
            for directory in path:
                self.places.setdefault(directory, set()).add(name.rpartition(".")[2])
        return None


def versions_here():
    """Python's X.Y, click's version, Pivot's."""
    found = {}
    for directory in searched():
        for package, name in distributions(directory):
            found.setdefault(package, name.split("-")[1].removesuffix(".dist").removesuffix(".egg"))
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    return (python, found.get("click", "-"), found.get("pivot", "-"))


def searched():
    """The directories in which modules are looked for, but for the interpreter's own."""
    standard = os.path.dirname(os.__file__)
    for entry in dict.fromkeys(map(os.path.abspath, sys.path)):
        is_standard = entry == standard or entry == f"{standard}/lib-dynload"
        if not is_standard and not entry.endswith(".zip"):
            yield entry


def distributions(directory):
    """The metadata of pivot and click in a directory."""
    try:
        names = sorted(os.listdir(directory))
    except OSError:
        return
    for name in names:
        package, _, rest = name.partition("-")
        if package.lower() in PACKAGES and rest.endswith((".dist-info", ".egg-info")):
            yield package.lower(), name


def installation(program, missing):
    """The fields of all that decides which packages these are."""
    import site

    programs = os.path.dirname(os.path.realpath(program)) if program else None
    files, listed, places = {}, set(), missing.places
    if sys.prefix != sys.base_prefix:
        files[f"{sys.prefix}/pyvenv.cfg"] = None
    if site.ENABLE_USER_SITE and not exists(site.USER_SITE):
        # Made by the first `pip install --user`.
        files[site.USER_SITE] = None
    for directory in searched():
        if os.path.basename(directory) in LIBRARIES:
            yield b"l", os.fsencode(directory)
            files.update((f"{directory}/{name}", None) for name in links(directory))
        elif directory != programs:
            yield b"w", b"\0".join(map(os.fsencode, (directory, *PACKAGES)))
        for _, name in distributions(directory):
            files[manifest(directory, name, listed)] = None
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] in PACKAGES:
            file = getattr(module, "__file__", None)
            if file and os.path.abspath(file) not in listed:
                # An editable installation, or none.
                files[os.path.abspath(file)] = None
                note_place(os.path.abspath(file), places)
    for directory, names in places.items():
        yield b"w", b"\0".join(map(os.fsencode, (directory, *sorted(names))))
    for file in files:
        described = describe_file(file)
        if described and described != DENIED:
            yield b"f", described + os.fsencode(file)
    if sys.executable:
        # With its links, which may lead to another interpreter one day.
        yield b"s", os.fsencode(os.path.abspath(sys.executable))
    paths = os.environ.get("PYTHONPATH") if not sys.flags.ignore_environment else None
    if paths and not all(map(os.path.isabs, paths.split(os.pathsep))):
        yield b"p", os.fsencode(os.getcwd())


def note_place(file, places):
    """Notes where a module lies: beside it one of its name may come to lie that goes first."""
    directory, name = os.path.split(file)
    name = name.partition(".")[0]
    if name == "__init__":
        directory, name = os.path.split(directory)
    places.setdefault(directory, set()).add(name)


def links(directory):
    """The files that add directories to `sys.path`."""
    try:
        return [name for name in os.listdir(directory) if name.endswith(".pth")]
    except OSError:
        return []


def manifest(directory, name, listed):
    """The file that changes with every installation; what it lists is added to `listed`."""
    metadata = f"{directory}/{name}"
    for candidate in ("RECORD", "METADATA", "PKG-INFO"):
        file = f"{metadata}/{candidate}"
        if exists(file):
            if candidate == "RECORD":
                listed.update(recorded(directory, file))
            return file
    return metadata


def recorded(directory, file):
    import csv

    with open(file, encoding="utf-8", newline="") as lines:
        for line in csv.reader(lines):
            if line:
                yield os.path.normpath(os.path.join(directory, line[0]))
