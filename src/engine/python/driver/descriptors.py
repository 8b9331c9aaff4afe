# Where a directory lies that is named by a descriptor: a file may be opened below it, and it may
# be listed.
import os
from _thread import get_ident


class Descriptors:
    """Knows what the pipeline opens with `dir_fd`, of which the audit event says nothing.

    Stands in for `os.open` meanwhile: an opener of `open` and `os.fwalk` come by there too.
    """

    def __init__(self):
        # Directories by descriptor, as they were opened: links may lead elsewhere one day.
        self.directories = {}
        self.stand_in = None
        # What a thread opens with `dir_fd` just now: its path, or nothing where it is not known.
        self.opening = {}

    def watch(self):
        import functools

        @functools.wraps(open_file)
        def open_below(path, flags, mode=0o777, *, dir_fd=None):
            path = os.fspath(path)
            try:
                place = normal(self.path(path, dir_fd))
            except (OSError, ValueError):
                place = None
            if dir_fd is not None:
                self.opening[get_ident()] = place
            try:
                fd = open_file(path, flags, mode, dir_fd=dir_fd)
            finally:
                self.opening.pop(get_ident(), None)
            if place and os.path.isdir(fd):
                self.directories[fd] = place
            return fd

        os.open = self.stand_in = open_below
        # Modules that are yet to be imported look there.
        os.supports_dir_fd.add(open_below)

    def stop(self):
        if os.open is self.stand_in:
            os.open = open_file
        os.supports_dir_fd.discard(self.stand_in)

    def path(self, path, dir_fd):
        """Where `path` leads from that directory; -1 and `None` are the working directory."""
        path = os.fsdecode(path)
        return path if dir_fd in (None, -1) else os.path.join(self.path_of(dir_fd), path)

    def path_of(self, fd):
        """The path of a directory that is open."""
        path = self.directories.get(fd)
        if path and exists(path) and os.path.samestat(stat(path), os.fstat(fd)):
            return path
        try:
            return os.readlink(f"/proc/self/fd/{fd}")
        except OSError:
            import fcntl

            return os.fsdecode(fcntl.fcntl(fd, fcntl.F_GETPATH, bytes(1024)).rstrip(b"\0"))
