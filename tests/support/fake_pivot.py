#!PYTHON -IS
# A Pivot of twenty milliseconds that says what it looked at. A line of pipeline.py is
#
#   NAME          a stage
#   < FILE        a file whose lines are stages
#   * DIRECTORY   a directory whose entries are stages
#   ? DIRECTORY NAME   a module that is looked for: its lines are stages, where it is found
#   ~ FILE        waits until the file is there; FILE.waits tells that it does
#   ! MESSAGE     an error
#   % FILE        a file that the stages' code lies in, beside the config
#   + KIND VALUE  a field as it is
#   - STAGE       a stage that is there, and gets no manifest
#
# ROOT is the topmost directory with .pivot, as for Pivot. Called as the driver is: FD MODE PROGRAM ARGUMENT come last. The frame is drawn in
# src/engine/python/frame.rs.
import os
import sys
import time
import zlib

fd, mode, _, argument = sys.argv[-9:-5]
names, fields, errors, refused = [], [], [], []


def send():
    payload = b"".join(fields)
    os.write(int(fd), b"pivot-complete 1 %08x\n" % len(payload) + payload)


def stamp(path, *members):
    found = os.stat(path)
    return b" ".join(b"%d" % getattr(found, "st_" + member) for member in members)


def add(kind, value):
    fields.append(kind + b"%08x" % len(value) + value)


def read(path, kind=b"f"):
    try:
        seen = stamp(path, "mtime_ns", "ctime_ns", "size", "ino")
        with open(path, "rb") as file:
            content = file.read()
    except FileNotFoundError:
        add(kind, b"- " + path)
        return []
    add(kind, seen + b" %d " % zlib.crc32(content) + path)
    return content.splitlines()


def listed(path):
    try:
        entries = sorted(os.listdir(path))
    except (FileNotFoundError, NotADirectoryError):
        add(b"d", b"- " + path)
        return []
    digest = zlib.crc32(b"\0".join(entries))
    add(b"d", b"%d %d - " % (len(entries), digest) + path)
    return entries


def looked_for(directory, module):
    add(b"w", directory + b"\0" + module)
    path = os.path.join(directory, module + b".py")
    return read(path) if os.path.exists(path) else []


def absolute(path):
    return os.path.abspath(path)


def wait_for(path):
    open(path + b".waits", "wb").close()
    while not os.path.exists(path):
        time.sleep(0.005)


def root():
    top = at = os.getcwdb()
    while at != b"/":
        top = at if os.path.isdir(os.path.join(at, b".pivot")) else top
        at = os.path.dirname(at)
    return top


if mode == "describe":
    add(b"j", rb'''COMMAND_LINE''')
    add(b"v", b"3.13 8.5.1 0.5.11")
    send()
    sys.exit()
with open("DISCOVERIES", "ab") as count:
    count.write(b"x")
if mode not in ("stages", "manifests"):
    # A shell's name: click's own answer.
    add(b"o", b"plain,answered")
    send()
    sys.exit()
config = absolute(b"pipeline.py")
sources = [config]
for line in read(config):
    kind, _, rest = line.partition(b" ")
    words = rest.split()
    if kind == b"<":
        names += read(absolute(rest))
    elif kind == b"*":
        names += listed(absolute(rest))
    elif kind == b"?":
        names += looked_for(absolute(words[0]), words[1])
    elif kind == b"~":
        wait_for(absolute(rest))
    elif kind == b"%":
        sources.append(absolute(rest))
    elif kind == b"!":
        errors.append(rest)
    elif kind == b"-":
        names.append(rest)
        refused.append(rest)
    elif kind == b"+":
        add(words[0], rest[2:])
    elif line:
        names.append(line)

add(b"v", b"3.13 30 0.5.11")
add(b"r", root())
add(b"c", config)
if errors:
    add(b"e", errors[0])
else:
    for name in names:
        add(b"n", name)
        add(b"t", name + b":out")
if mode == "manifests" and not errors:
    for path in sources:
        read(path, b"k")
wanted = names if argument == "*" else argument.encode().split(b"\n")
for name in names if mode == "manifests" and not errors else []:
    if name in refused:
        add(b"x", name + b"\0not this one")
    elif name in wanted:
        add(b"g", name + b"\0" + b'{"self:run":"0123456789abcdef"}' + b"\0" + b"\0".join(sources))
send()
