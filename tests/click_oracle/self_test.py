"""Proves oracle_click.py right: its answers are those of real processes.

    self_test.py PYTHON [--applications COUNT] [--lines COUNT] [--seed SEED]

PYTHON is a virtual environment's. Where it has a Pivot, that is asked in projects of every kind;
and it runs so many generated applications. For each, so many random lines are answered by one
oracle, and by the program started anew for each, in a copy of the same files. Differences are
shown, and the exit is 1.
"""

import argparse
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

SHELLS = ["bash", "zsh", "fish"]
HERE = pathlib.Path(__file__).parent
ORACLE = HERE.parent / "support" / "oracle_click.py"

SCRIPT = """\
import sys
from {module} import {function}
if __name__ == "__main__":
    sys.exit({function}())
"""

PIPELINE = """\
from pivot import Pipeline, stage
import sys
{first}
@stage
def train() -> dict:
    return {{"a": 1}}
@stage
def evaluate() -> dict:
    return {{"a": 1, "b": 2}}
pipeline = Pipeline("demo")
with pipeline:
    train()
    evaluate()
"""
PIPELINE_010 = """\
from pathlib import Path
from typing import Annotated, TypedDict
import sys
from pivot import Out, Pipeline, loaders
{first}
class Result(TypedDict):
    out: Annotated[Path, Out("out.txt", loaders.PathOnly())]
def run() -> Result:
    return {{"out": Path("out.txt")}}
pipeline = Pipeline("demo")
pipeline.register(run, name="train", out_path_overrides={{"out": "train.txt"}})
pipeline.register(run, name="evaluate", out_path_overrides={{"out": "evaluate.txt"}})
"""
NAMES = ["demo/train", "demo/evaluate", "train", "demo/train:a", "train:", "odd:name", "größe"]


def projects(directory, version):
    """Makes projects below "directory"; gives back those to complete in, relative to it."""
    pipeline = PIPELINE_010 if version.startswith("0.1.") else PIPELINE

    def write(path, text):
        path = directory / path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        os.utime(path, (1_700_000_000, 1_700_000_000))

    def project(name, first="", cache=None, mark=".pivot"):
        (directory / name / mark).mkdir(parents=True)
        write(f"{name}/pipeline.py", pipeline.format(first=first))
        if cache is not None:
            header = "v1\npipeline.py:1700000000.0\n"
            write(f"{name}/.pivot/cache/stages.cache", cache.replace("HEADER\n", header))

    project("fresh", cache="HEADER\ndemo/train\ndemo/evaluate\ndemo/odd:name\ndemo/größe\n")
    project("two", cache="HEADER\na/x\nb/x\nplain\n")
    project("cold")
    project("stale", cache="v1\npipeline.py:1.0\ngone\n")
    project("torn", cache="v1\n")
    project("noise", first="print('noise'); print('more', file=sys.stderr)")
    project("leaves", first="sys.exit(3)")
    project("interrupts", first="raise KeyboardInterrupt")
    project("fails", first="1 / 0")
    project("git", mark=".git")
    project("fresh/below", mark="x")
    (directory / "outside").mkdir()
    (directory / "empty/.pivot").mkdir(parents=True)
    write("yaml/.pivot/x", "")
    write("yaml/pivot.yaml", "stages:\n  prepare:\n    python: a.b\n  train:\n    python: a.c\n")
    write("fresh/.pivot/config.yaml", "remotes: {mine: 's3://x', 'no good': y, 1: z}\n")
    write("home/.config/pivot/config.yaml", "remotes: {theirs: 's3://x', mine: 's3://y'}\n")
    (directory / "cold/.pivot/config.yaml").write_bytes(b"remotes: {\xff: 1}\n")
    return [path.name for path in directory.iterdir() if path.name != "home"] + ["fresh/below"]


class Installation:
    """A program "pivot": its Python, what lies before site-packages, and its script."""

    def __init__(self, python, site, script):
        self.python, self.site, self.script = python, site, script

    def environment(self, home):
        environment = {
            "PATH": "/usr/bin:/bin",
            "HOME": str(home),
            "LC_ALL": "C.UTF-8",
            "PYTHONHASHSEED": "0",
            "PYTHONWARNINGS": "ignore",
            "APP_WORD": "word",
            "APP_NUMBER": "7",
        }
        return environment | ({"PYTHONPATH": str(self.site)} if self.site else {})

    def questions(self, seed, count, directories, names=(), variables=()):
        command = [self.python, HERE / "lines.py", str(seed), str(count), *directories]
        command += ["--site", self.site] if self.site else []
        command += [f"--name={name}" for name in names]
        command += [f"--variable={variable}" for variable in variables]
        said = subprocess.run(
            command,
            check=True,
            capture_output=True,
            text=True,
            env=self.environment("/nonexistent"),
        )
        return said.stdout.splitlines()

    def oracle(self, questions, home):
        said = subprocess.run(
            [self.python, ORACLE, *([self.site] if self.site else [])],
            check=True,
            input="".join(f"{question}\n" for question in questions),
            text=True,
            stdout=subprocess.PIPE,
            env=self.environment(home),
        )
        return said.stdout.splitlines()

    def process(self, question, home):
        """The answer of a process of its own: (exit code, stdout)."""
        _, directory, shell, words, cword, *variables = question.split(" ")
        environment = {os.fsencode(k): os.fsencode(v) for k, v in self.environment(home).items()}
        environment[b"_PIVOT_COMPLETE"] = f"{shell}_complete".encode()
        for name, digits in ((b"COMP_WORDS", words), (b"COMP_CWORD", cword)):
            if digits != "-":
                environment[name] = bytes.fromhex(digits)
        for variable in variables:
            name, equals, value = bytes.fromhex(variable).partition(b"=")
            environment.pop(name, None)
            if equals:
                environment[name] = value
        said = subprocess.run(
            [self.python, self.script],
            cwd=bytes.fromhex(directory),
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
        )
        # As a shell counts where a signal ended it: KeyboardInterrupt does.
        return (
            said.returncode & 0xFF if said.returncode >= 0 else 128 - said.returncode,
            said.stdout,
        )


def parsed(answer):
    """(exit code, stdout) of an oracle's answer."""
    words = answer.split(" ")
    if words[0] != "raised":
        return 0, bytes.fromhex(answer)
    return int(words[1]), bytes.fromhex(words[3])


def compare(what, installation, questions, copies):
    """Answers the questions in both copies of the files; gives back how many answers differ."""
    first, second = copies
    there = [
        question.replace(os.fsencode(first).hex(), os.fsencode(second).hex())
        for question in questions
    ]
    answers = installation.oracle(questions, first / "home")
    assert len(answers) == len(questions), f"{what}: {len(answers)} answers to {len(questions)}"
    differing = 0
    for question, answer, elsewhere in zip(questions, answers, there):
        expected = installation.process(elsewhere, second / "home")
        if parsed(answer) != expected:
            differing += 1
            words = question.split(" ")[1:]
            line = [word if word in (*SHELLS, "-") else bytes.fromhex(word) for word in words]
            print(f"{what}: {line}\n  process: {expected}")
            print(f"  oracle:  {parsed(answer)}, {answer}")
    raised = sum(answer.startswith("raised") for answer in answers)
    empty = sum(answer == "0a" for answer in answers)
    print(
        f"{what}: {len(questions)} lines, {raised} raised, {empty} empty, {differing} differ",
        flush=True,
    )
    return differing


def test_pivot(python, count, seed, scratch):
    code = "import importlib.metadata as m; print(m.version('pivot'))"
    said = subprocess.run([python, "-c", code], capture_output=True, text=True)
    if said.returncode != 0:
        return 0
    version = said.stdout.strip()
    first, second = scratch / "first", scratch / "other"
    first.mkdir()
    directories = [first / name for name in projects(first, version)]
    # The same times: they decide what is fresh.
    shutil.copytree(first, second, symlinks=True)
    installation = Installation(python, None, pathlib.Path(python).parent / "pivot")
    homes = [f"HOME={first / 'home'}", "HOME=", "HOME=home", "HOME", "PIVOT_CACHE_DIR=x"]
    questions = installation.questions(seed, count, directories, NAMES, homes)
    # And one line in each that asks for stages, and for targets.
    for directory in directories:
        for words, index in (
            ("pivot\nrepro\n", 2),
            ("pivot\npush\ndemo/t", 2),
            ("pivot\npush\ntrain:", 2),
            ("pivot\nconfig\nget\n", 3),
        ):
            fields = [os.fsencode(field).hex() for field in (directory, words, str(index))]
            questions.append(f"tab {fields[0]} bash {fields[1]} {fields[2]}")
    return compare(f"Pivot {version}", installation, questions, (first, second))


def test_application(python, count, seed, scratch):
    import applications

    site, work = scratch / "site", scratch / "work"
    work.mkdir(parents=True)
    features = applications.FEATURES if seed % 4 else applications.PLAIN
    applications.write(seed, site, features)
    script = scratch / "bin" / "pivot"
    script.parent.mkdir()
    script.write_text(SCRIPT.format(module="pivot.cli", function="_console_main"))
    installation = Installation(python, site, script)
    variables = ["APP_WORD", "APP_WORD=a b", "APP_NONE=n", "APP_SHARED=s", "APP_SWITCH=1", "LANG=C"]
    questions = installation.questions(seed, count, [work], [], variables)
    return compare(f"application {seed}", installation, questions, (work, work))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("python")
    parser.add_argument("--applications", type=int, default=12)
    parser.add_argument("--lines", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    # Not resolved: a virtual environment is where its link to Python lies.
    python = os.path.abspath(given.python)
    differing = 0
    with tempfile.TemporaryDirectory(prefix="click-oracle-") as scratch:
        scratch = pathlib.Path(scratch).resolve()
        differing += test_pivot(python, given.lines, given.seed, scratch)
        for seed in range(given.seed, given.seed + given.applications):
            differing += test_application(python, given.lines, seed, scratch / str(seed))
    sys.exit(f"{differing} answers differ" if differing else 0)


if __name__ == "__main__":
    main()
