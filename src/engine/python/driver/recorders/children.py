# The pipeline's children find one variable more than it has itself, unless it is theirs already: git would
# write its index anew where it is only asked, whoever asks it. That changes what it has read, and is in
# the way of the user's own git.
import os
import posix
import sys

QUIET, VALUE = b"GIT_OPTIONAL_LOCKS", b"0"


def stand_in_for_starts(stand_ins):
    """Stands in for what starts a child with the environment that this process has."""
    subprocess = sys.modules.get("subprocess")
    if subprocess:
        stand_ins.put(subprocess, "_fork_exec", starting_quietly)
    stand_ins.put(os, "system", asking_quietly)
    for name in ("posix_spawn", "posix_spawnp"):
        stand_ins.put(os, name, spawning_quietly)
    stand_ins.put(os, "execve", taking_over_quietly)


def starting_quietly(real):
    def fork_exec(*arguments):
        words, *between, variables = arguments[:6]
        if variables is None:
            with Quiet():
                return real(*arguments)
        if not any(variable.startswith(QUIET + b"=") for variable in variables):
            variables = [*variables, QUIET + b"=" + VALUE]
        return real(words, *between, variables, *arguments[6:])

    return fork_exec


def asking_quietly(real):
    def system(command):
        with Quiet():
            return real(command)

    return system


def spawning_quietly(real):
    def spawn(path, argv, env, /, **options):
        if env is None:
            with Quiet():
                return real(path, argv, env, **options)
        return real(path, argv, with_quiet(env), **options)

    return spawn


def taking_over_quietly(real):
    def execve(path, argv, env):
        return real(path, argv, with_quiet(env))

    return execve


def with_quiet(variables):
    try:
        is_there = {QUIET, os.fsdecode(QUIET)} & set(variables)
        return variables if is_there else {**variables, QUIET: VALUE}
    except TypeError:
        # The real one says what is wrong with it.
        return variables


def take_over_quietly(_):
    """Sets the variable for the program that a fork becomes: `os.exec*` and `pty.spawn` come by here."""
    try:
        if QUIET not in os.environ._data:
            posix.putenv(QUIET, VALUE)
    except Exception:
        # Then as it was.
        pass


class Quiet:
    """Sets the variable where only what is started now finds it: `os.environ` does not have it."""

    def __enter__(self):
        self.is_set = QUIET not in os.environ._data
        if self.is_set:
            posix.putenv(QUIET, VALUE)

    def __exit__(self, *error):
        if self.is_set:
            posix.unsetenv(QUIET)
