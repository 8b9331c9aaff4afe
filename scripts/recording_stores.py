"""For scripts/recording: what of the files that were written is the same in every run."""

import hashlib
import struct


def what_lasts(scene):
    """Each file below the home's and the project's caches, with a digest of what lasts in it."""
    found = []
    tops = [scene.home, *sorted(scene.top.rglob(".pivot"))]
    for path in sorted(path for top in tops for path in top.rglob("*") if path.is_file()):
        name = str(path.relative_to(scene.top))
        # sled's own files: how they are cut depends on when it was asked.
        if "/state.sled" in name:
            continue
        found.append(f"{name}={digest(path.name, path.read_bytes())}")
    return " ".join(found)


def digest(name, data):
    """Sizes and digests of a file's parts."""
    if not name.endswith(".store"):
        # The time at which it was last tried follows the key (`prewarm`), or a count of writes.
        if name == "state.lock":
            return f"{len(data)}"
        return f"{len(data)}:{short(data)}"
    try:
        return ",".join(section(kind, body) for kind, body in sections(data))
    except struct.error:
        return f"{len(data)}:{short(data)}"


def short(data):
    return hashlib.sha256(data).hexdigest()[:12]


def sections(data):
    """The kind and the bytes of each section of a store (ARCHITECTURE.md has the layout)."""
    (count,) = struct.unpack_from("<I", data, 12)
    for number in range(count):
        kind, _, offset, length = struct.unpack_from("<IIQQ", data, 24 + 32 * number)
        yield kind, data[offset : offset + length]


def section(kind, body):
    lasting = {1: record, 2: record, 3: manifests}.get(kind, bytes)
    return f"{kind}:{len(body)}:{short(lasting(body))}"


def record(body):
    """A record without times and what is unique: when it was made, and its inputs' stamps."""
    body = bytearray(body)
    body[8:16] = bytes(8)
    body[32:72] = bytes([any(body[32:72])]) + bytes(39)
    offset, length = struct.unpack_from("<II", body, 72)
    for start in range(offset, offset + length, 72):
        stamp(body, start)
        # Racy: whether the file was young when it was looked at.
        body[start + 65] &= ~1
    return bytes(body)


def manifests(body):
    """Manifests' index, likewise: sources' stamps, and when each was computed."""
    body = bytearray(body)
    offset, length = struct.unpack_from("<II", body, 16)
    for start in range(offset, offset + length, 64):
        stamp(body, start)
        body[start + 56] &= ~1
    offset, length = struct.unpack_from("<II", body, 24)
    for start in range(offset, offset + length, 64):
        body[start + 16 : start + 24] = bytes(8)
    return bytes(body)


def stamp(body, start):
    """Of a stamp, whether there is one."""
    body[start : start + 40] = bytes([any(body[start : start + 40])]) + bytes(39)
