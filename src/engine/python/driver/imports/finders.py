# Finders that somebody else asks than `PathFinder`, of which `Search` hears: `pkgutil`, and the user's own
# code. What they look at the import system asks by itself, and tells nobody.
import os
import sys

# Names in the user's code of what hands out finders, or has the import system make others.
FINDERS = frozenset(
    "FileFinder path_hook path_hooks path_importer_cache get_importer iter_importers zipimporter".split()
)


class Finders(Recorder):
    def __init__(self, seen):
        super().__init__(seen)
        self.on = False

    def watch(self):
        pkgutil = sys.modules.get("pkgutil")
        if pkgutil:
            self.seen.shapes.hear(pkgutil.get_importer.__code__, self.handed_out)

    def look_into(self, code):
        """`pkgutil` begins."""
        for inner in code.co_consts:
            if type(inner) is CODE and inner.co_name == "get_importer":
                self.seen.shapes.hear(inner, self.handed_out)

    def executed(self, used):
        """Code of the user begins, which uses these names."""
        if self.on or FINDERS.isdisjoint(used):
            return
        self.on = True
        import zipimport

        finder, archive = self.seen.search.external.FileFinder, zipimport.zipimporter
        for function, called in (
            (finder.find_spec, self.asked),
            (finder.__init__, self.made),
            (archive.__init__, self.opened),
        ):
            if not self.seen.shapes.hear(function.__code__, called):
                self.seen.unprovable.say("unseen", f"modules that {function.__qualname__} looks for")

    def handed_out(self, frame):
        """`pkgutil` wants the finder of a directory or an archive, of which there may be none."""
        self.seen.questions.note(frame.f_locals["path_item"], "t", True, None)

    def made(self, frame):
        """A finder has no relative path, though it was given one."""
        # Without a path it is the working directory's.
        if not os.path.isabs(frame.f_locals["path"] or ""):
            self.seen.place.used()

    def asked(self, frame):
        """A finder of a directory looks for a module."""
        try:
            finder, name = frame.f_locals["self"], frame.f_locals["fullname"]
            if frame.f_back.f_globals is not vars(self.seen.search.external):
                self.seen.search.note(name, [finder.path])
            name = name.rpartition(".")[2]
            # Nothing that is looked for in whatever directory a module is.
            own = {name + ending for ending, _ in finder._loaders if not ending.endswith(MODULES)}
            if own and self.seen.territory.holds_directory(finder.path):
                with self.seen.alone():
                    self.seen.listings.choose(finder.path, Choice(own))
        except Exception:
            self.seen.overlooked(("/",))

    def opened(self, frame):
        """An archive is opened, if it is there: a path may go on within it."""
        try:
            path = os.fsdecode(frame.f_locals["path"])
            while path:
                self.seen.questions.note(path, "t", True, None)
                path = not exists(path) and os.path.dirname(path)
        except Exception:
            # None that anybody can open.
            pass
