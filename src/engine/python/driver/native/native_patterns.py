# No rule for listings can carry this: a pattern that a native reader is given is in no frame that lists, and the
# kernel tells only that a directory was listed. It counts instead where it is certain that nobody else
# listed it: polars' functions are the only ones that read natively, each call of them was heard, and
# each pattern can be told. Of duckdb and pyarrow it never is: their calls start in C, or are in SQL.
import os
import re
import sys

# Functions of `polars.io` that open their `source` by its name.
SCANS = frozenset(
    "read_avro read_csv read_csv_batched read_ipc read_ipc_schema read_ipc_stream read_json read_lines "
    "read_ndjson read_parquet read_parquet_metadata read_parquet_schema scan_csv scan_ipc scan_lines "
    "scan_ndjson scan_parquet".split()
)
# Of polars, what may read by a name that is told nowhere.
OTHERS = frozenset(("deserialize", "execute"))
# Modules that list no directory by themselves, or tell it here.
TOLD = ("polars", "_polars", "sqlite3", "_sqlite3")
# More listings than there can be.
ALL_LISTINGS = 1 << 30


class NativePatterns(Recorder):
    def __init__(self, seen):
        super().__init__(seen)
        # Whether somebody else may have listed a directory.
        self.is_uncertain = False
        # Real paths of the directories that patterns chose from.
        self.directories = set()

    def needed(self, reader):
        """Something that reads natively is there, or a child."""
        if not (reader or "").startswith(TOLD):
            self.is_uncertain = True

    def look_into(self, code):
        """A module of polars begins: calls of its readers are heard from now on."""
        for inner in code.co_consts:
            name = getattr(inner, "co_name", "")
            if hasattr(inner, "co_consts") and name in OTHERS:
                self.hear(inner, self.other_called)
            elif name.startswith(("scan_", "read_")) and "/polars/io/" in code.co_filename:
                self.hear(inner, self.called if name in SCANS else self.other_called)
            elif "__qualname__" in getattr(inner, "co_names", ()):
                self.look_into(inner)

    def hear(self, code, called):
        if not self.seen.shapes.hear(code, called):
            self.is_uncertain = True

    def other_called(self, _):
        self.is_uncertain = True

    def called(self, frame):
        try:
            source = frame.f_locals.get("source")
            paths = source if isinstance(source, (list, tuple)) else [source]
            with self.seen.alone() as is_free:
                self.is_uncertain |= not (is_free and all(map(self.note, paths)))
        except Exception:
            self.is_uncertain = True

    def note(self, path):
        """Notes a path that polars is given; says whether it is told what that reads."""
        if hasattr(path, "read") or isinstance(path, bytes):
            return True
        path = os.fspath(path)
        directory, _, name = path.rpartition("/")
        if "://" in path or path.startswith("~") or re.search(r"[*?\[]", directory) or "[" in name:
            return False
        place = normal(directory or ("/" if path.startswith("/") else "."))
        if re.search(r"[*?]", name) and "**" not in name:
            if self.seen.territory.holds_directory(place):
                self.directories.add(real_path(place))
                return self.seen.listings.choose(place, Choice({name}, True)) is not None
            return True
        return "*" not in name and not is_directory_at(f"{place}/{name}")

    def told(self):
        """The directories of which nothing else was listed."""
        return () if self.is_uncertain else self.directories
