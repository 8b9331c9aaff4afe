# For each line: "SEC NSEC" prints the double that CPython makes of them as st_mtime; a path prints
# the file's own.
import os
import sys

for line in sys.stdin:
    line = line.rstrip("\n")
    if line.startswith("/"):
        print(repr(os.stat(line).st_mtime))
    else:
        sec, nsec = map(int, line.split())
        print(repr(sec + 1e-9 * nsec))
