# What `os.scandir` hands out to the pipeline: an entry's type and status are read from it without any
# call of a function that could be stood in for.
import os


class Entry:
    """Stands for an `os.DirEntry`."""

    __slots__ = ("_real", "_listing", "_questions")

    def __init__(self, real, listing, questions):
        self._real, self._listing, self._questions = real, listing, questions

    @property
    def __class__(self):
        return os.DirEntry

    @property
    def name(self):
        return self._real.name

    @property
    def path(self):
        return self._real.path

    def is_dir(self, *, follow_symlinks=True):
        return self._typed(self._real.is_dir(follow_symlinks=follow_symlinks), follow_symlinks)

    def is_file(self, *, follow_symlinks=True):
        return self._typed(self._real.is_file(follow_symlinks=follow_symlinks), follow_symlinks)

    def is_symlink(self):
        return self._typed(self._real.is_symlink(), False)

    def is_junction(self):
        return self._real.is_junction()

    def inode(self):
        self._questions.note(self._real.path, "i", False, None)
        return self._real.inode()

    def stat(self, *, follow_symlinks=True):
        self._questions.note(self._real.path, "", follow_symlinks, None)
        return self._real.stat(follow_symlinks=follow_symlinks)

    def _typed(self, answer, follow_symlinks):
        self._listing.choice.types = True
        if follow_symlinks and self._real.is_symlink():
            self._questions.note(self._real.path, "t", True, None)
        return answer

    def __fspath__(self):
        return self._real.path

    def __repr__(self):
        return repr(self._real)


class Entries:
    """Stands for what `os.scandir` returns."""

    def __init__(self, real, listing, questions):
        self._real, self._listing, self._questions = real, listing, questions

    def __iter__(self):
        return self

    def __next__(self):
        return Entry(next(self._real), self._listing, self._questions)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self._real.close()

    def close(self):
        self._real.close()


# These take no more from an entry than their choice tells.
CHOOSERS = frozenset(("glob", "pathlib", "shutil", "os"))


def stand_in_for_scandir(seen):
    def make(real):
        def scandir(path=None):
            thread = get_ident()
            latest = seen.listings.latest
            latest.pop(thread, None)
            entries = real(path)
            listing = latest.pop(thread, None)
            if listing is None or not seen.on or isinstance(path, int):
                return entries
            if seen.questions.calls()[0] in CHOOSERS:
                return entries
            return Entries(entries, listing, seen.questions)

        return scandir

    return make
