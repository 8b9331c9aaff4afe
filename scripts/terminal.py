"""A program on a pseudo-terminal of its own, driven by what it prints."""

import os
import pty
import select
import sys
import termios
import time

# How long any one thing may take. Generous: it decides when a script fails, not how long it runs.
DEADLINE_S = 60


class Terminal:
    """The program, and the end of its terminal that we hold."""

    def __init__(self, command, directory, environment, size=None):
        """Starts `command`; `size` is lines and columns, where the program must know them."""
        self.name = command[0]
        self.process, self.file = pty.fork()
        if self.process == 0:
            if size:
                termios.tcsetwinsize(0, size)
            os.chdir(directory)
            os.execvpe(command[0], command, environment)

    def type(self, keys):
        os.write(self.file, keys.encode())

    def wait(self, condition, feed, what, shown):
        """Gives what the program prints to `feed` until `condition()` holds.

        Where it never does, this program ends and says `what` was waited for, and `shown()`.
        """
        deadline = time.monotonic() + DEADLINE_S
        while not condition():
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self.file], [], [], left)[0]:
                sys.exit(f"{self.name}: no {what} within {DEADLINE_S} s; shown:\n{shown()}")
            feed(os.read(self.file, 65536))

    def wait_for_keys_to_be_read(self):
        """Keys that come before the program reads single ones may lie in the terminal."""
        deadline = time.monotonic() + DEADLINE_S
        while termios.tcgetattr(self.file)[3] & termios.ICANON:
            if time.monotonic() > deadline:
                sys.exit(f"{self.name} reads no keys")
            time.sleep(0.001)

    def end(self):
        """Has a shell end itself."""
        self.type("exit\r")
        os.waitpid(self.process, 0)
        os.close(self.file)
