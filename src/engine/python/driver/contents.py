# What a file was when it was read.
import os
from binascii import crc32

# What stands for a file that may not be read.
DENIED = b"x "
# A longer file is compared by its stamp alone.
DIGESTED_BYTES = 64 << 20
FILE_TYPE, REGULAR, DIRECTORY, LINK = 0o170000, 0o100000, 0o040000, 0o120000
READ_QUIETLY = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC
# A pipeline may put its own in the place of these while it is watched, and so do we.
open_file, read_file, close_file, status_of = os.open, os.read, os.close, os.fstat
may_access = os.access


def describe_file(path):
    """What an `f` field says before the path; nothing for what is no regular file."""
    try:
        status = stat(path)
    except ValueError:
        return None
    except PermissionError:
        return DENIED
    except OSError:
        return b"- "
    if status.st_mode & FILE_TYPE != REGULAR:
        return None
    digest = "-" if status.st_size > DIGESTED_BYTES else digest_of(path)
    if digest == "-" and not may_access(path, os.R_OK):
        return DENIED
    times = f"{status.st_mtime_ns} {status.st_ctime_ns}"
    return f"{times} {status.st_size} {status.st_ino} {digest} ".encode()


def digest_of(path):
    digest = 0
    try:
        fd = open_file(path, READ_QUIETLY)
    except OSError:
        return "-"
    try:
        for _ in range(0, DIGESTED_BYTES + 1, 1 << 20):
            piece = read_file(fd, 1 << 20)
            if not piece:
                return digest
            digest = crc32(piece, digest)
    except OSError:
        pass
    finally:
        close_file(fd)
    return "-"


def is_same_content(then, now):
    """Whether two descriptions are of the same bytes, whatever their times."""
    then, now = (described.split(b" ")[2::2] for described in (then, now))
    return len(then) == len(now) > 1 and b"-" not in then and then == now
