# Pivot's own reader and writer of stages.cache, called in process. One answer for each line:
#
#   read ROOT              what Pivot reads there: "hit NAME...", "miss", "error TYPE"
#   content ROOT BYTES     the same, after the cache was overwritten with these bytes
#   write ROOT CONFIG NAME...
#                          lets Pivot write these names, prints the bytes of the file
#
# BYTES, NAME and what is printed are in hexadecimal digits.
import pathlib
import sys

from pivot.cli import completion


def read(root):
    try:
        names = completion._get_stages_from_cache(root)
    except Exception as error:
        # Pivot's completion takes any exception for no completions at all.
        return f"error {type(error).__name__}"
    if names is None:
        return "miss"
    return " ".join(["hit", *(name.encode("utf-8", "surrogateescape").hex() for name in names)])


def answer(what, root, *rest):
    root = pathlib.Path(root)
    cache = root / ".pivot/cache/stages.cache"
    if what == "read":
        return read(root)
    if what == "content":
        cache.write_bytes(bytes.fromhex(rest[0] if rest else ""))
        return read(root)
    config, *names = rest
    mtime = (root / config).stat().st_mtime
    names = [bytes.fromhex(name).decode() for name in names]
    completion._write_stages_cache(root, config, mtime, names)
    return cache.read_bytes().hex()


for line in sys.stdin:
    print(answer(*line.rstrip("\n").split(" ")))
