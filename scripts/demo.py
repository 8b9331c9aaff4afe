"""Shows a cold and a cached TAB in a real bash, on a real Pivot project.

    demo.py BINARIES VENV

BINARIES holds pivot-complete and its engine, VENV a Python with Pivot. Needs nothing but the
standard library of any Python 3.
"""

import pathlib
import subprocess
import sys
import tempfile
import time

import demo_project
from terminal import Terminal

PROMPT = "demo$ "

class Bash(Terminal):
    """An interactive bash on a pseudo-terminal."""

    def __init__(self, directory, environment):
        super().__init__(["bash", "--norc", "--noprofile"], directory, environment)
        self.shown = ""

    def note(self, printed):
        self.shown += printed.decode(errors="replace")

    def wait_for(self, text, since):
        """Waits until `text` is shown after position `since`."""
        is_shown = lambda: text in self.shown[since:]
        self.wait(is_shown, self.note, repr(text), lambda: self.shown)

    def run(self, command):
        since = len(self.shown)
        self.type(command + "\n")
        self.wait_for("\n" + PROMPT, since)

    def complete(self, line, expected):
        """Types `line` and TAB, waits for `expected`, and clears the line; gives the seconds."""
        since = len(self.shown)
        self.type(line)
        self.wait_for(line, since)
        since = len(self.shown)
        # Before the key: the shell may be done by the time that we go on.
        start = time.perf_counter()
        self.type("\t")
        self.wait_for(expected, since)
        seconds = time.perf_counter() - start
        # What comes of the cleared line must not be taken for the next one's.
        since = len(self.shown)
        self.type("\x15")
        self.wait_for(PROMPT, since)
        return seconds


def main():
    binaries, venv = map(pathlib.Path, sys.argv[1:])
    with tempfile.TemporaryDirectory(prefix="pivot-complete-demo-") as directory:
        path = f"{binaries}:{venv}/bin:/usr/bin:/bin"
        environment = {"PATH": path, "HOME": directory, "TERM": "dumb", "PS1": PROMPT, "LC_ALL": "C.UTF-8"}
        project = pathlib.Path(directory, "project")
        # Pipelines import much.
        demo_project.make(project, environment, head="import pandas\n")

        bash = Bash(project, environment)
        bash.wait_for(PROMPT, 0)
        bash.run('PS1="demo$ "; bind "set enable-bracketed-paste off"')
        bash.run('eval "$(pivot-complete init bash)"')
        # One candidate, so that a single TAB completes it.
        cold = bash.complete("pivot repro demo/train@b", "oosted")
        cached = [bash.complete("pivot repro demo/train@b", "oosted") for _ in range(20)]
        bash.end()

        answer = ["pivot-complete", "stages"]
        names = subprocess.run(answer, cwd=project, env=environment, check=True, capture_output=True, text=True)
        print("A project made by `pivot init`, with these stages:\n")
        print("".join(f"    {name}\n" for name in names.stdout.split()))
        print("In a real bash, `pivot repro demo/train@b<TAB>` becomes `pivot repro demo/train@boosted`:\n")
        print(f"    cold, by Pivot's own discovery:  {cold * 1000:8.1f} ms")
        print(f"    cached, bash's part included:    {sorted(cached)[len(cached) // 2] * 1000:8.1f} ms")
        start = time.perf_counter()
        runs = 200
        for _ in range(runs):
            subprocess.run(answer, cwd=project, env=environment, check=True, stdout=subprocess.DEVNULL)
        each = (time.perf_counter() - start) / runs * 1000
        print(f"    `pivot-complete stages`, started by Python: {each:5.2f} ms a run")


main()
