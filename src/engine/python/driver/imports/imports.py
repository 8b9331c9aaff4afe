# Which modules were looked for, and in which directories: a file that appears there may come
# before the one that was found, or answer an import that failed.
import os
import sys

MODULE = type(sys)


class Search:
    """Notes every name that the import system looks for, found or not.

    It hears of whatever `PathFinder` is asked for, by whomever. An audit hook's `import` events would
    not do: `importlib.import_module` and `find_spec` raise none. A finder of its own on `sys.meta_path`
    would cost the import system a turn for each module.
    """

    def __init__(self, foreign, askers):
        self.askers = askers
        # Names by the search path they were looked for in.
        self.searched = {}
        # The names looked for in `sys.path`, as long as it is this, and means the same where
        # it has relative entries.
        self.path, self.tops, self.here = None, set(), None
        # Whether modules were looked for below the working directory.
        self.is_relative = False
        # Those looked for in every `sys.path` so far.
        self.every_tops = []
        # A directory of programs, which has no modules.
        self.programs = None
        # What the paths of packages start with that are not the user's.
        self.foreign = foreign
        # Those of packages in which other distributions may have a part: without an `__init__`, and where a
        # module was tried in vain. Whether the former are noted: Pivot itself imports such as well.
        self.shared, self.notes_shared = set(), False
        self.on = True
        self.external = sys.modules["_frozen_importlib_external"]
        # How `PathFinder` finds by itself, and while it is heard.
        self.own = self.listening = None

    def start(self):
        # What was imported before now was looked for in PYTHONPATH's directories too.
        self.every_tops.append(self.names(sys.path))
        self.every_tops[0].update(name.partition(".")[0] for name in sys.modules)
        finder = self.external.PathFinder
        self.own = vars(finder)["find_spec"]
        heard, missed = self.heard, self.missed
        if type(self.own) is classmethod:
            own = self.own.__func__
        else:
            # Somebody else's, who put it there as Python started.
            put = finder.find_spec

            def own(_, *arguments):
                return put(*arguments)

        def find_spec(cls, fullname, path=None, target=None):
            heard(fullname, path)
            found = own(cls, fullname, path, target)
            if found is None and path is not None:
                missed(fullname, path)
            return found

        self.listening = finder.find_spec = classmethod(find_spec)

    def stop(self):
        self.on = False
        finder = self.external.PathFinder
        # A pipeline may have put its own there.
        if vars(finder)["find_spec"] is self.listening:
            finder.find_spec = self.own

    def heard(self, name, path):
        """A name is looked for."""
        if not self.on:
            return
        try:
            # Most are looked for beside what they belong to, or where the one before was.
            if path is not None:
                # A list belongs to a package with an `__init__`.
                is_plain = type(path) is list and len(path) == 1 and path[0].startswith(self.foreign)
                if not is_plain:
                    self.note(name, path)
            elif self.here is None and sys.path == self.path:
                self.tops.add(name)
            else:
                self.note(name, path)
        except Exception:
            self.note(name, path)

    def missed(self, name, path):
        """A module is not found in its package: where the user's own code tries it, another distribution may
        bring it one day."""
        try:
            # Not what Pivot tries before anything of the user has run.
            frame = outside() if self.on and self.notes_shared else None
            while frame and self.askers.at(frame) in (IMPORT, PASSES):
                frame = frame.f_back
            if frame and self.askers.at(frame) is USER:
                self.shared.update(absolute_entries(path))
                self.names(path).add(name.rpartition(".")[2])
        except Exception:
            # No path at all.
            pass

    def note(self, name, path):
        try:
            self.note_name(name, path)
        except Exception:
            # The import system fails by itself at a path that is none.
            pass

    def note_name(self, name, path):
        if path is None:
            if sys.path != self.path or self.here and self.here != working_directory():
                self.path, self.tops = list(sys.path), self.names(sys.path)
                self.every_tops.append(self.tops)
                self.here = None if all(map(os.path.isabs, self.path)) else working_directory()
                self.is_relative = self.is_relative or self.here is not None
            self.tops.add(name)
            return
        is_shared = self.is_shared(path)
        if is_shared:
            self.shared.update(absolute_entries(path))
        for entry in path:
            if is_shared or not entry.startswith(self.foreign):
                # Whether a package's directory has an `__init__` decides what the package is.
                self.names(path).update((name.rpartition(".")[2], "__init__"))
                return

    def is_shared(self, path):
        return self.notes_shared and type(path) is not list

    def names(self, path):
        key = tuple(path)
        names = self.searched.get(key)
        if names is None:
            # Another working directory makes other directories of relative entries.
            absolute = tuple(absolute_entries(path))
            names = self.searched.setdefault(absolute, set())
            if all(os.path.isabs(entry) for entry in key if isinstance(entry, str)):
                self.searched[key] = names
        return names

    def tops_below(self):
        """The names looked for in `sys.path` that no module of Python itself answers to."""
        return set().union(*self.every_tops).difference(sys.stdlib_module_names)

    def note_modules(self, territory, files, sites):
        """Notes the user's modules, however they were imported, and reads those not yet read; gives the
        names and files of those in `sites`."""
        foreign, installed = territory.foreign, []
        are_foreign = all(site.startswith(foreign) for site in sites)
        for name, module in list(sys.modules.items()):
            # Not by its own attributes: a lazy module is loaded by them.
            values = module.__dict__ if type(module) is MODULE else attributes(module)
            file = values.get("__file__")
            if type(file) is str:
                if file.startswith(sites):
                    installed.append((name, file))
                    if are_foreign and ".." not in file:
                        continue
                elif file.startswith(foreign) and ".." not in file:
                    continue
            path = values.get("__path__")
            if isinstance(file, str):
                file = absolute_path(file)
                if name == "__main__" or not territory.holds(file):
                    continue
                files.read(file.endswith(".pyc") and source_of(file) or file)
            elif path is None:
                continue
            elif any(map(territory.holds_directory, absolute_entries(path))):
                # A namespace package, until its directory has an `__init__`.
                self.names(path).add("__init__")
            else:
                continue
            parent, _, _ = name.rpartition(".")
            parent_path = attributes(sys.modules.get(parent)).get("__path__") if parent else None
            if parent_path or not parent:
                self.note(name, parent_path)
        return installed

    def note_config(self, root, directory):
        """Pivot imports the packages that hold a config, where they have an `__init__`."""
        while directory.startswith(root + "/"):
            self.names((directory,)).add("__init__")
            directory = os.path.dirname(directory)

    def fields(self, territory, files):
        """The names by directory of the user; a directory that is not there is an input."""
        directories = {}
        for path, names in self.searched.items():
            for entry in absolute_entries(path):
                if entry != self.programs and (entry in self.shared or territory.holds_directory(entry)):
                    directories.setdefault(entry, set()).update(names)
        packages, absent = {}, set()
        for directory, names in directories.items():
            try:
                with scan_directory(directory) as entries:
                    for entry in entries:
                        if entry.name in names and entry.is_dir():
                            # Not a package, or one without it: with it, it would come first.
                            packages.setdefault(entry.path, set()).add("__init__")
            except FileNotFoundError:
                absent.add(directory)
                yield b"d", b"- " + os.fsencode(directory)
            except NotADirectoryError:
                # An archive of modules.
                files.read(directory)
            except OSError:
                pass
        for directory, names in packages.items():
            if territory.holds_directory(directory):
                directories.setdefault(directory, set()).update(names)
        for directory in directories.keys() - absent:
            words = (directory, *sorted(directories[directory]))
            yield b"w", os.fsencode("\0".join(words))


def attributes(module):
    if type(module) is MODULE:
        return module.__dict__
    return object.__getattribute__(module, "__dict__") if isinstance(module, MODULE) else {}


def absolute_entries(path):
    try:
        return [absolute_path(entry) for entry in path if isinstance(entry, str)]
    except TypeError:
        # No path: a module may call anything `__path__`.
        return []
