"""Runs programs and says what they cost: time, system calls, memory. Series are interleaved."""

import os
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

NOWHERE = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


class Program:
    """What is started, where, and what happens before each time and is no part of it."""

    def __init__(self, name, command, directory, environment, before=None):
        self.name, self.command = name, [str(word) for word in command]
        self.directory, self.environment = directory, environment
        self.before = before or (lambda: None)

    def run_ms(self):
        self.before()
        start = time.perf_counter()
        process = subprocess.Popen(
            self.command, cwd=self.directory, env=self.environment, **NOWHERE
        )
        process.wait()
        return (time.perf_counter() - start) * 1e3

    def printed(self):
        self.before()
        done = subprocess.run(
            self.command, cwd=self.directory, env=self.environment, capture_output=True
        )
        return done.stdout.decode(errors="replace")

    def system_calls(self):
        with tempfile.NamedTemporaryFile("r") as calls:
            strace = ["strace", "--follow-forks", f"--output={calls.name}"]
            subprocess.run(
                strace + self.command, cwd=self.directory, env=self.environment, **NOWHERE
            )
            return sum("(" in line and "resumed>" not in line for line in calls)

    def work(self, meter, rounds):
        """The processor's time in µs, a median, and the most that was resident, in KiB: whatever else
        the machine does, these are its own."""
        done = subprocess.run([meter, str(rounds), *self.command], cwd=self.directory,
                              env=self.environment, capture_output=True, check=True)
        runs = [[int(number) for number in run.split()] for run in done.stderr.split(b"\n") if run]
        return statistics.median(run[0] for run in runs), max(run[1] for run in runs)


# A starter that is small itself: what a child has resident before it is another program counts as its own.
METER = """#include <stdio.h>
#include <stdlib.h>
#include <fcntl.h>
#include <unistd.h>
#include <sys/resource.h>
#include <sys/wait.h>
int main(int count, char **words) {
    for (int left = atoi(words[1]); left; left--) {
        struct rusage used;
        pid_t child = fork();
        if (!child) {
            dup2(open("/dev/null", O_WRONLY), 1);
            execv(words[2], words + 2);
            _exit(127);
        }
        wait4(child, 0, 0, &used);
        fprintf(stderr, "%ld %ld\\n", (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1000000L
            + used.ru_utime.tv_usec + used.ru_stime.tv_usec, used.ru_maxrss);
    }
}
"""


def meter(directory):
    source, program = directory / "meter.c", directory / "meter"
    source.write_text(METER)
    subprocess.run(["cc", "-O1", "-static", "-o", program, source], check=True)
    return program


def interleaved(programs, rounds):
    """Times of each program in ms, each round one run of every one."""
    times = {program.name: [] for program in programs}
    for number in range(rounds):
        # Each is the first as often as the others.
        turn = number % len(programs)
        for program in programs[turn:] + programs[:turn]:
            times[program.name].append(program.run_ms())
    return times


def medians_of_series(programs, rounds, series=9):
    """The median of nine series' medians, in ms, and the pairs: all rounds of all series."""
    all_times = {program.name: [] for program in programs}
    medians = {program.name: [] for program in programs}
    for _ in range(series):
        for name, times in interleaved(programs, rounds).items():
            all_times[name] += times
            medians[name].append(statistics.median(times))
    return {name: statistics.median(values) for name, values in medians.items()}, all_times


def won(sooner, later):
    """How many pairs of these times the first of both has won, of how many."""
    pairs = list(zip(sooner, later))
    return sum(first < second for first, second in pairs), len(pairs)


def table(title, heads, rows):
    """Prints rows of a name and numbers, or words."""
    print(f"\n{title}\n{'':<44}" + "".join(f"{head:>14}" for head in heads))
    for name, *cells in rows:
        print(f"{name:<44}" + "".join(f"{cell(value):>14}" for value in cells))


def cell(value):
    if isinstance(value, float):
        return f"{value:,.3f}" if abs(value) < 10 else f"{value:,.1f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def quiet_environment(home, *directories):
    """The same small environment for every program."""
    path = os.pathsep.join([*map(str, directories), "/usr/bin", "/bin"])
    Path(home).mkdir(parents=True, exist_ok=True)
    return {"PATH": path, "HOME": str(home), "LC_ALL": "C.UTF-8", "TERM": "dumb"}


def line(shell, words, cword=None):
    """click's variables for a line of these words, as that shell's script sets them."""
    separator = {"bash": "\n", "zsh": " ", "fish": " "}[shell]
    text = separator.join(words)
    cword = words[-1] if shell == "fish" else str(len(words) - 1 if cword is None else cword)
    return {"COMP_WORDS": text, "COMP_CWORD": cword}
