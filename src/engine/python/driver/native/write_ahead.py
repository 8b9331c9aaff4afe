# SQLite's write-ahead log, where a writer was killed: whoever closes the database next moves the log's pages
# into it. What the database is then can be told before, and so that nobody else has changed it.
MARKS = (0x377F0682, 0x377F0683)
HEAD_LEN_BYTES, FRAME_HEAD_LEN_BYTES = 32, 24
# Of a database or a log; a larger one is discovered twice.
MOVED_BYTES = 16 << 20


def digest_when_moved(database, log):
    """The digest of a database once the pages of its log are in it; nothing where nobody knows."""
    try:
        content, log = bytearray(content_of(database)), content_of(log)
    except OSError:
        return None
    if len(log) < HEAD_LEN_BYTES or number(log, 0) not in MARKS:
        return None
    page_len_bytes, salts, pages = number(log, 8), log[16:24], {}
    frame_len_bytes = FRAME_HEAD_LEN_BYTES + page_len_bytes
    for frame in range(HEAD_LEN_BYTES, len(log) - frame_len_bytes + 1, frame_len_bytes):
        if log[frame + 8 : frame + 16] != salts:
            break
        pages[number(log, frame)] = frame + FRAME_HEAD_LEN_BYTES
        count = number(log, frame + 4)
        if count:
            # A transaction ends.
            for page, at in pages.items():
                content[(page - 1) * page_len_bytes : page * page_len_bytes] = log[at : at + page_len_bytes]
            del content[count * page_len_bytes :]
            pages.clear()
    return crc32(content)


def number(content, at):
    return int.from_bytes(content[at : at + 4], "big")


def content_of(path):
    fd = open_file(path, READ_QUIETLY)
    try:
        if status_of(fd).st_size > MOVED_BYTES:
            raise OSError("too large")
        return b"".join(iter(lambda: read_file(fd, 1 << 20), b""))
    finally:
        close_file(fd)
