# What a reader written in C looked for and did not find. The kernel's events tell nothing of what is not
# there; but the reader says it by an error, which names it.
import os
import re
import sys

# Whose errors are of what they read, whatever kind they are.
NATIVE_ERRORS = frozenset("_duckdb duckdb fiona h5py lmdb netCDF4 polars pyarrow rasterio sqlite3 tables".split())
# What an error puts a path between, or before and behind it.
QUOTED, APART = r"'([^'\n]+)'|\"([^\"\n]+)\"", ": "
# Most errors that are looked at: a reader may raise one for each line.
LOOKED_AT = 1000


class Missing(Recorder):
    def __init__(self, seen):
        super().__init__(seen)
        self.left = 0

    def watch(self):
        """Hears of errors from now on: a reader is there that is no Python."""
        if not self.left:
            self.left = LOOKED_AT
            self.seen.shapes.hear_errors()

    def raised(self, code, offset, error):
        """An error begins, wherever it is."""
        try:
            if self.left and self.seen.on and is_of_reader(error):
                self.left -= 1
                asker = self.asker()
                if asker and asker[0] is not IMPORT:
                    with self.seen.alone() as is_free:
                        if is_free:
                            # Without its number, which stands in brackets.
                            for path in paths_named(getattr(error, "strerror", None) or str(error)):
                                self.note(path)
        except Exception:
            self.seen.overlooked(("/",))

    def note(self, name):
        path = os.path.expanduser(name) if name[0] == "~" else name
        fixed = re.match(r"[^*?\[]*", path).group()
        if fixed == path:
            path = normal(path)
            if not exists(path):
                self.seen.questions.ask(path, True, "t")
        elif " " not in fixed:
            # No sentence. Whatever a pattern chooses from: the reader's are not all as ours.
            path = normal(os.path.dirname(fixed) or ("/" if path[0] == "/" else "."))
            self.seen.listings.note_whole(path)
        if not os.path.isabs(name):
            self.seen.place.used()


def is_of_reader(error):
    """Whether it comes from a reader that is no Python: that one's has the path by itself."""
    kind = type(error)
    if kind is FileNotFoundError:
        return error.filename is None
    return kind.__module__.partition(".")[0] in NATIVE_ERRORS


def paths_named(text):
    """What of an error's words may be a path. A name that is none is asked for in vain."""
    pieces = text.split(APART)
    named = [text, pieces[0], pieces[-1], *(one or other for one, other in re.findall(QUOTED, text))]
    return {name for name in named if name and len(name) < 1024 and "\n" not in name and "\0" not in name}
