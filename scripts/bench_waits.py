"""What is left of waiting: a needed miss, an edit that changes no name, and saves under the watcher, beside
bare discovery and Pivot's own completion; for a small project, one behind pandas and scikit-learn, and
one of thirty modules."""

import shutil
import signal
import statistics
import subprocess
import time

from bench_timing import NOWHERE, Program, line, medians_of_series, table, won

BARE = "from pivot import discovery; discovery.discover_pipeline().list_stages()"
STAGES = "from pivot import Pipeline, stage\n"
# Seconds between a save and the TAB behind it.
AFTER_S = (0.3, 1.0, 5.0)


def pipeline(head, count, body="{}"):
    text = head + STAGES
    for number in range(count):
        text += f"@stage\ndef stage_{number:03}() -> dict:\n    return {body}\n"
    text += "pipeline = Pipeline('demo')\nwith pipeline:\n"
    return text + "".join(f"    stage_{number:03}()\n" for number in range(count))


class Project:
    """A project whose `names.py` is edited: its TAG is the end of a stage's name, its body is not run."""

    def __init__(self, name, directory, environment, programs, head="", stages=3, modules=0):
        self.name, self.directory, self.environment = name, directory, environment
        self.front, self.python, self.pivot = programs
        (directory / ".pivot").mkdir(parents=True)
        for number in range(modules):
            text = "".join(f"def call_{each}(n):\n    return n + {each}\n" for each in range(150))
            (directory / f"module_{number:02}.py").write_text(text)
            head += f"import module_{number:02}\n"
        head += "import names\n"
        text = pipeline(head, stages)
        text += "    with pipeline.variant(names.TAG):\n        stage_000()\n"
        (directory / "pipeline.py").write_text(text)
        self.count = 0
        self.edit()
        # Once to have bytecode, which nobody else should pay for.
        self.bare().run_ms()
        self.ours().run_ms()

    def edit(self):
        self.count += 1
        self.write(self.count, 0)

    def edit_body(self):
        self.count += 1
        self.write(0, self.count)

    def write(self, tag, body):
        text = f"TAG = 't{tag}'\n\n\ndef unused():\n    return {body}\n"
        (self.directory / "names.py").write_text(text)

    def forget(self):
        shutil.rmtree(self.directory / ".pivot/cache", ignore_errors=True)

    def know(self):
        """Discovered by us, not by Pivot, whose cache tells of the config alone."""
        self.forget()
        self.write(0, 0)
        self.ours().run_ms()
        settle()

    def program(self, name, command, before=None, **more):
        return Program(name, command, self.directory, self.environment | more, before)

    def bare(self, before=None):
        return self.program("bare discovery", [self.python, "-c", BARE], before)

    def ours(self, before=None):
        typed = line("bash", ["pivot", "repro", ""])
        return self.program("ours", [self.front, "complete", "bash"], before, **typed)

    def pivots(self, before=None):
        typed = line("bash", ["pivot", "repro", ""]) | {"_PIVOT_COMPLETE": "bash_complete"}
        return self.program("Pivot's own", [self.pivot], before, **typed)


def settle():
    """What goes on behind an answer is over."""
    time.sleep(0.4)


def needed_miss(project, rounds, series):
    def before():
        project.edit()
        project.forget()
        settle()

    programs = [project.bare(before), project.ours(before), project.pivots(before)]
    medians, times = medians_of_series(programs, rounds, series)
    bare, ours, pivots = (medians[program.name] for program in programs)
    wins, pairs = won(times["ours"], times["Pivot's own"])
    allowed = bare * 1.05 + 20
    return {"project": project.name, "bare": bare, "ours": ours, "pivots": pivots,
            "allowed": allowed, "sooner": f"{wins} of {pairs}",
            "kept": ours <= allowed and wins >= pairs * 19 / 20}


def inert_edit(project, rounds):
    project.know()
    times = []
    for _ in range(rounds):
        settle()
        project.edit_body()
        times.append(project.ours().run_ms())
    return statistics.median(times)


def under_the_watcher(project, rounds):
    """Median TAB so long behind a save, and how many of them a fresh cache answers."""
    project.know()
    watcher = subprocess.Popen([project.front, "watch"], cwd=project.directory,
                               env=project.environment, **NOWHERE)
    cached = project.program("cached", [project.front, "stages", "--cached"])
    try:
        found = {}
        for after_s in AFTER_S:
            times, hits = [], 0
            for _ in range(rounds):
                wait_for(cached)
                # A watcher rests as long as it has worked.
                time.sleep(1.5)
                project.edit()
                time.sleep(after_s)
                hits += is_fresh(cached)
                times.append(project.ours().run_ms())
            found[after_s] = (statistics.median(times), hits)
        return found
    finally:
        watcher.send_signal(signal.SIGINT)
        watcher.wait()


def is_fresh(cached):
    done = subprocess.run(cached.command, cwd=cached.directory, env=cached.environment, **NOWHERE)
    return done.returncode == 0


def wait_for(cached):
    deadline = time.monotonic() + 60
    while not is_fresh(cached) and time.monotonic() < deadline:
        time.sleep(0.1)


def measure(directory, environment, programs, rounds, series):
    """Prints what each project waits for; gives the rows."""
    projects = [
        Project("small", directory / "small", environment, programs),
        Project("pandas + scikit-learn", directory / "heavy", environment, programs,
                "import pandas\nimport sklearn.ensemble\n", 108),
        Project("30 modules", directory / "modules", environment, programs, "", 108, 30),
    ]
    rows = []
    for project in projects:
        row = needed_miss(project, rounds, series)
        row["inert"] = inert_edit(project, rounds * 3)
        row["watched"] = under_the_watcher(project, rounds)
        row["hit"] = statistics.median(project.ours().run_ms() for _ in range(200))
        rows.append(row)
    table(f"A needed miss, in ms (medians of {series} interleaved series)",
          ["bare", "ours", "Pivot's own", "bare+5%+20", "sooner in", "kept"],
          [(row["project"], row["bare"], row["ours"], row["pivots"], row["allowed"], row["sooner"],
            "yes" if row["kept"] else "NO") for row in rows])
    table("An edit that changes no name, and saves under the watcher: the TAB behind it, in ms (fresh)",
          ["hit", "inert edit"] + [f"{after_s} s" for after_s in AFTER_S],
          [(row["project"], row["hit"], row["inert"],
            *(f"{ms:.1f} ({hits}/{rounds})" for ms, hits in row["watched"].values()))
           for row in rows])
    return rows
