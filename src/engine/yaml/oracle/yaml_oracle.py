"""Answers what Pivot 0.1.0 completes from a document as a project's pivot.yaml.

stdin: documents, each a little-endian u32 length and that many bytes, until the end of the file.
stdout: for each an i32, the number of names, and each name as a u32 length and its UTF-8 bytes;
-1 where Python raises, leaves the answer to the full discovery, or lists what is not a string.
Before all of them PyYAML's version, in the same way as a name.
"""

import os
import pathlib
import struct
import sys
import tempfile

import yaml
from pivot.cli import completion


def answer(config: pathlib.Path, document: bytes) -> list[str] | None:
    config.write_bytes(document)
    try:
        stages = completion._get_stages_fast()
    except Exception:
        return None
    if stages is None or not all(isinstance(name, str) for name in stages):
        return None
    return stages


def main() -> None:
    requests, replies = sys.stdin.buffer, sys.stdout.buffer
    version = yaml.__version__.encode()
    replies.write(struct.pack("<I", len(version)) + version)
    replies.flush()
    with tempfile.TemporaryDirectory() as root:
        os.chdir(root)
        os.mkdir(".git")
        config = pathlib.Path(root, "pivot.yaml")
        while header := requests.read(4):
            (length,) = struct.unpack("<I", header)
            names = answer(config, requests.read(length))
            replies.write(struct.pack("<i", -1 if names is None else len(names)))
            for name in names or ():
                encoded = name.encode("utf-8", "surrogatepass")
                replies.write(struct.pack("<I", len(encoded)) + encoded)
        os.chdir("/")


main()
