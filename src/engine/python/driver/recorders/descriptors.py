# Where a directory lies that is named by a descriptor: a file may be opened below it, and it may
# be listed.
import os
from _thread import get_ident


class Descriptors:
    """Knows what the pipeline opens with `dir_fd`, of which the audit event says nothing.

    Stands in for `os.open` meanwhile: an opener of `open` and `os.fwalk` come by there too.
    """

    def __init__(self, seen):
        self.seen = seen
        # Directories by descriptor, as they were opened: links may lead elsewhere one day.
        self.directories = {}
        # What a thread opens with `dir_fd` just now: its path, or nothing where it is not known.
        self.opening = {}

    def watch(self, stand_ins):
        def make(real):
            def open_below(path, flags, mode=0o777, *, dir_fd=None):
                if not self.seen.on:
                    return real(path, flags, mode, dir_fd=dir_fd)
                path = os.fspath(path)
                try:
                    place = normal(self.path(path, dir_fd))
                except (OSError, ValueError):
                    place = None
                if dir_fd is not None:
                    self.opening[get_ident()] = place
                try:
                    fd = real(path, flags, mode, dir_fd=dir_fd)
                finally:
                    self.opening.pop(get_ident(), None)
                if place and is_directory(fd):
                    self.directories[fd] = place
                return fd

            return open_below

        stand_ins.put(os, "open", make)

    def path(self, path, dir_fd):
        """Where `path` leads from that directory; -1 and `None` are the working directory."""
        path = os.fsdecode(path)
        return path if dir_fd in (None, -1) else os.path.join(self.path_of(dir_fd), path)

    def path_of(self, fd):
        """The path of a directory that is open."""
        path = self.directories.get(fd)
        if path and exists(path) and os.path.samestat(stat(path), status_of(fd)):
            return path
        try:
            return read_link(f"/proc/self/fd/{fd}")
        except OSError:
            import fcntl

            return os.fsdecode(fcntl.fcntl(fd, fcntl.F_GETPATH, bytes(1024)).rstrip(b"\0"))


def is_directory(fd):
    return status_of(fd).st_mode & FILE_TYPE == DIRECTORY
