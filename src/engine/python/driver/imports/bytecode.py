# Bytecode beside its source: whose it is, and whether it may be believed.
import os
import sys

# Stamps so close together prove no order.
RACY_NS = 2_000_000_000
frame_at = sys._getframe
# What all code of this script has.
OURS = globals()


def here():
    """Who calls, again and again: `sys._getframe` is an audit event each time."""
    frame = frame_at(0)
    while True:
        yield frame.f_back


look_here = here().__next__


def outside():
    """The frame that an audit event comes from, or a stand-in was called from."""
    global look_here
    try:
        frame = look_here()
    except ValueError:
        # Another thread is in it.
        frame = frame_at(1)
    except StopIteration:
        # An error has ended it, for which there was no more stack or memory.
        look_here, frame = here().__next__, frame_at(1)
    while frame and frame.f_globals is OURS:
        frame = frame.f_back
    return frame


def source_of(bytecode):
    """The source of bytecode that lies where the import system keeps it."""
    from _frozen_importlib_external import source_from_cache

    try:
        return absolute_path(source_from_cache(bytecode))
    except (ValueError, NotImplementedError):
        return None


def is_imported():
    """Whether the import system opens the file."""
    frame = outside()
    return bool(frame) and frame.f_globals is vars(sys.modules["_frozen_importlib_external"])


def is_stale(bytecode, source):
    """Whether `source` may have changed since its bytecode was written.

    Python compares its size and mtime, which an edit can keep. Bytecode that is checked by the
    source's content, or never (PEP 552), is left to Python.
    """
    try:
        written = stat(bytecode).st_mtime_ns
        status = stat(source)
        fd = open_file(bytecode, READ_QUIETLY)
    except OSError:
        return False
    try:
        header = read_file(fd, 8)
    finally:
        close_file(fd)
    changed = max(status.st_mtime_ns, status.st_ctime_ns)
    return header[4:5] == b"\0" and changed >= written - RACY_NS
