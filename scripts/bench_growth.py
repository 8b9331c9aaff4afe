"""How a hit grows: with the stages, 10 to 300,000, and with the inputs, 1 to 10,000. No Pivot is needed: a
program in its place answers each discovery with the frame that lies there (src/engine/python/frame.rs
draws it)."""

import os
import subprocess
import time

from bench_timing import Program, line, meter, table

STAGES = (10, 100, 1_000, 10_000, 100_000, 300_000)
INPUTS = (1, 10, 100, 1_000, 10_000)
# Stamps that are younger prove nothing: contents would be compared.
AGE_S = 2.5


class StandIn:
    """A `pivot` whose Python gives what it is told."""

    def __init__(self, directory, front, environment):
        self.directory, self.front = directory, front
        (directory / "bin").mkdir(parents=True)
        (directory / "site-packages/pivot").mkdir(parents=True)
        self.meter = meter(directory)
        self.python, self.frame = directory / "bin/python3", directory / "frame"
        self.write("bin/pivot", f"#!{self.python}\n")
        self.write("bin/python3", f'#!/bin/sh\ncat "{self.frame}" >"/proc/self/fd/$3"\n')
        path = f"{directory / 'bin'}:/usr/bin:/bin"
        self.environment = environment | {"PATH": path, "PIVOT_COMPLETE_TIMEOUT": "300"}

    def write(self, name, text):
        path = self.directory / name
        path.write_text(text)
        path.chmod(0o755)

    def project(self, name, names, inputs):
        """A project with these stages, whose discovery has read so many files."""
        root = self.directory / name
        (root / ".pivot/cache").mkdir(parents=True)
        (root / "pipeline.py").write_text("")
        for number in range(inputs - 1):
            (root / f"module_{number:05}.py").write_text(f"N = {number}\n")
        return root, names

    def discover(self, root, names):
        """Has the engine keep what there is, as behind a discovery."""
        fields = [field("n", each) for each in names]
        fields += [field("r", root), field("c", root / "pipeline.py")]
        fields += [field("v", "3.13 30 0.5.11"), field("s", self.python)]
        fields.append(field("l", self.directory / "site-packages"))
        for path in sorted(root.glob("*.py")):
            found = path.stat()
            stamp = f"{found.st_mtime_ns} {found.st_ctime_ns} {found.st_size} {found.st_ino}"
            fields.append(field("f", f"{stamp} - {path}"))
        payload = b"".join(fields)
        self.frame.write_bytes(b"pivot-complete 1 %08x\n" % len(payload) + payload)
        command = [self.front, "stages"]
        subprocess.run(command, cwd=root, env=self.environment, check=True, capture_output=True)

    def tab(self, root, word):
        typed = line("bash", ["pivot", "repro", word])
        command = [self.front, "complete", "--rich", "bash", "1"]
        return Program(word, command, root, self.environment | typed)


def field(kind, value):
    value = os.fsencode(value)
    return kind.encode() + b"%08x" % len(value) + value


def stages(count):
    return [f"demo/stage_{number:06}" for number in range(count)]


def point(stand_in, root, word, rounds):
    """What a TAB for one name costs there: the processor's µs, KiB, system calls."""
    tab = stand_in.tab(root, word)
    printed = tab.printed()
    fresh = subprocess.run([stand_in.front, "stages", "--cached"], cwd=root,
                           env=stand_in.environment, capture_output=True)
    assert word in printed, f"{root.name}: {printed[:200]!r}"
    microseconds, kib = tab.work(stand_in.meter, rounds)
    return microseconds, kib, tab.system_calls(), fresh.returncode == 0


def series(stand_in, kind, counts, made):
    rows, before = [], None
    for count, root in zip(counts, made):
        word = f"demo/stage_{(count if kind == 'stages' else 10) // 2:06}"
        microseconds, kib, calls, is_hit = point(stand_in, root, word, 300 if count < 5_000 else 40)
        store = max((path.stat().st_size for path in root.glob(".pivot/cache/complete/*.store")), default=0)
        more = (microseconds - before[1]) * 1e3 / (count - before[0]) if before else 0.0
        before = (count, microseconds)
        rows.append({"kind": kind, "count": count, "us": microseconds, "kib": kib, "calls": calls,
                     "more_ns": more, "hit": is_hit, "store": store})
    table(f"A TAB for one name, by {kind}",
          ["processor µs", "KiB resident", "system calls", "one more, ns", "store, KB", "fresh"],
          [(f"{row['count']:,} {kind}", row["us"], row["kib"], row["calls"], row["more_ns"],
            row["store"] // 1000, "yes" if row["hit"] else "NO") for row in rows])
    return rows


def measure(directory, front, environment):
    stand_in = StandIn(directory / "growth", front, environment)
    by_stages = [stand_in.project(f"stages{count}", stages(count), 1) for count in STAGES]
    by_inputs = [stand_in.project(f"inputs{count}", stages(10), count) for count in INPUTS]
    time.sleep(AGE_S)
    for root, names in by_stages + by_inputs:
        stand_in.discover(root, names)
    # What is written behind the last answer.
    time.sleep(AGE_S)
    return (series(stand_in, "stages", STAGES, [root for root, _ in by_stages])
            + series(stand_in, "inputs", INPUTS, [root for root, _ in by_inputs]))
