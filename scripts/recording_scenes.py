"""For scripts/recording: the projects, and the lines that are asked in them."""

import itertools
import json
import random
import subprocess
from functools import partial

STEP = "python: steps.run\n    outs: {out: out.txt}"
STEPS = """from pathlib import Path
from typing import Annotated, TypedDict
from pivot import Out, loaders
class Result(TypedDict):
    out: Annotated[Path, Out('out.txt', loaders.PathOnly())]
def run() -> Result:
    return {'out': Path('out.txt')}
"""
PYTHON = '''from typing import TypedDict
from pivot import Pipeline, stage
from helpers import LIMIT

class Two(TypedDict):
    model: dict
    log: dict

@stage
def train() -> Two:
    """Trains the\tmodel: größe."""
    return {'limit': LIMIT}

@stage
def plain() -> dict:
    return {'a': 1}

@stage
def test() -> dict:
    """
    Tests it."""
    return {'b': 1}

pipeline = Pipeline('NAME')
with pipeline:
    train()
    plain()
    test()
'''
PYTHON_010 = """from pivot import Pipeline
from steps import run
pipeline = Pipeline('demo')
for name in ('train', 'evaluate', 'test'):
    pipeline.register(run, name=name, out_path_overrides={'out': f'{name}.txt'})
"""
YAML = {
    "plain": f"stages:\n  fit:\n    {STEP}\n  train:\n    {STEP}\n",
    "matrix": f"""stages:
  prepare:
    {STEP}
  train@{{model}}_{{lr}}:
    {STEP}
    matrix:
      model: [a, b]
      lr: [0.1, 1e-3, off, 1.50, 0x1F, 1:30, 0o17, ~, .inf]
  fit:
    {STEP}
    matrix:
      x: {{p: {{}}, q: ~}}
      y: [1, 2]
""",
    "merge": f"""%YAML 1.1
---
base: &base
    {STEP}
stages:
  'no': *base
  "yes":
    <<: *base
  größe: {{<<: *base, params: {{a: 1}}}}
  ? long
  : <<: [*base, {{x: y}}]
""",
    "odd names": f"stages:\n  a b:\n    {STEP}\n  'it''s':\n    {STEP}\n  \"$(x)\":\n    {STEP}\n",
    "crlf": f"stages:\r\n  one:\r\n    {STEP}\r\n  two@x:\r\n    {STEP}\r\n".replace("\n    o", "\r\n    o"),
    "variants": f"stages:\n  first:\n    {STEP}\n  fit:\n    python: steps.run\n    variants: steps.some\n",
    "none": "stages: {}\n",
    "twice": f"stages:\n  x:\n    {STEP}\n  x:\n    {STEP}\n",
    "broken": "stages: [\n",
    "not a mapping": "- stages\n",
    "tag": "stages: !!python/object:os.system {x: y}\n",
    "two documents": "stages: {}\n---\nstages: {}\n",
}
BROKEN = {
    "syntax": "def\n",
    "exit": "raise SystemExit('broken')\n",
    "raises": "raise ValueError('größe \\x1b[2J')\n",
    "no pipeline": "x = 1\n",
    "import": "import nowhere_at_all\n",
    "prints": "import sys\nprint('noise')\nprint('more', file=sys.stderr)\n" + PYTHON,
}
# What a Pivot could have written, or somebody else: {} is the header's config and mtime.
STAGES_CACHES = [
    b"v1\n{}\nold/one\nold/two\n", b"v1\n{}\n\n", b"v1\n{}\nold/one", b"v1\n{}\n", b"v1\n", b"",
    b"v2\n{}\nold\n", b"\xef\xbb\xbfv1\n{}\nold\n", b"v1\r\n{}\r\nold\r\n", b"v1\n{}\no\x0cld\n",
    b"v1\n{}\n\xff\xfe\n", b"v1\n/etc/passwd:1700000000.25\nold\n", b"v1\n{}0\nold\n",
    b"v1\n../pipeline.py:1700000000.25\nold\n", b"v1\nsub/../../x:1700000000.25\nold\n",
    b"v1\npivot.yaml:1700000000.25\nold\n", b"v1\npipeline.py:1700000000\nold\n",
    b"v1\n{}\na b\n$(touch x)\n'q'\n\"q\"\n\\\n~\n-x\n--\n{a,b}\n*\na:b\nx@y/z\ng\xc3\xb6\xc3\x9fe\n#c\n!!\n=\n",
    b"v1\n{}\n\x1b[2J\n", b"v1\n{}\na\xe2\x80\xaeb\n", b"v1\n{}\n" + b"s/%d\n" * 3000,
    b"v1\n{}\na\n\nb\na\na\n", b"v1\n{}\nx\xc2\x85y\n", b"v1\n{}\n train \n",
]  # fmt: skip
SHELLS = ["bash", "zsh", "fish"]
FORMS = [
    *(("click", shell) for shell in SHELLS),
    *(("complete", shell) for shell in SHELLS),
    *(("rich", shell) for shell in [*SHELLS, "elvish", "nushell", "xonsh"]),
]
STAGE_COMMANDS = [
    ["repro"], ["run"], ["verify"], ["status"], ["commit"], ["checkout"], ["get"], ["push"],
    ["pull"], ["fetch"], ["dag"], ["params", "show"], ["metrics", "diff"], ["check-ignore"],
    ["config", "get"], ["push", "--remote"], ["repro", "--dry-run", "plain"], ["checkout", "--"],
]  # fmt: skip
WORDS = ["", "t", "demo/", "demo/t", "demo/train:", "train:m", "nobody", "-", "--", "plain", "fit", "g", "="]


class Tree(dict):
    """Pivots' command lines: for each environment the path and the options of every command."""

    SCRIPT = """
import json, click
from pivot.cli import cli
def walk(command, path, found):
    params = [[*p.opts, *p.secondary_opts] for p in command.params if p.param_type_name == 'option']
    found.append([path, params])
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in sorted(command.list_commands(context)):
            walk(command.get_command(context, name), [*path, name], found)
    return found
print(json.dumps(walk(cli, [], [])))
"""

    def install(self, environment):
        """Has this Pivot described, and gives it a module that pipelines import."""
        packages = environment / "lib/python3.13/site-packages"
        some = "def some():\n    return [{'name': n, 'deps': {}, 'outs': {'out': n}} for n in 'ab']\n"
        (packages / "steps.py").write_text(STEPS + some)
        said = subprocess.check_output([environment / "bin/python3", "-c", self.SCRIPT])
        self[environment.name] = json.loads(said)


TREE = Tree()


def quoted(word):
    """As our scripts quote a word for a reader like Python's shlex."""
    plain = word and not any(char.isspace() or char in "'\"\\" for char in word)
    return word if plain else "'" + word.replace("'", "'\\''") + "'"


def tab(scene, form, words, cursor=None, raw=False, **options):
    """A TAB behind `words`, in one of FORMS; `raw` words are typed as they stand."""
    kind, shell = form
    cursor = len(words) - 1 if cursor is None else cursor
    typed = words if raw else [quoted(word) for word in words]
    if shell == "bash" and words[-1] == "":
        typed = typed[:-1]
    variables = {"COMP_WORDS": ("\n" if shell == "bash" else " ").join(typed), "COMP_CWORD": str(cursor)}
    if shell == "fish":
        variables |= {"COMP_WORDS": " ".join(typed[: cursor + 1]), "COMP_CWORD": typed[cursor]}
    arguments = {"click": [], "complete": ["complete", shell], "rich": ["complete", "--rich", shell]}
    if kind == "click":
        variables["_PIVOT_COMPLETE"] = f"{shell}_complete"
    scene.run(*arguments[kind], **variables, **options)


def tabs(scene, lines, forms=FORMS, **options):
    """Each line in each form."""
    for words, form in itertools.product(lines, forms):
        tab(scene, form, words, **options)


def all_options(scene):
    """Every command and option of Pivot, each line in two forms that take turns."""
    pick = random.Random(scene.seed)
    number = 0
    for path, params in scene.tree():
        base = ["pivot", *path]
        lines = [[*base, word] for word in ("", "-", "--", "x", "c", "s")] + [[*base, "--", ""]]
        lines += [[*base[:-1], base[-1][:length]] for length in (1, 3)] if path else []
        for names in params:
            longest = max(names, key=len)
            cut = longest[: pick.randint(2, len(longest))]
            lines += [[*base, name] for name in names] + [[*base, cut], [*base, longest, ""]]
            lines += [[*base, f"{longest}="], [*base, longest, longest, ""], [*base, longest, "x", "t"]]
            lines += [[*base, longest, pick.choice("abcdjmrst")], [*base, "x", longest, ""]]
        for words in lines:
            number += 1
            for form in {FORMS[number % len(FORMS)], FORMS[(number * 5 + 3) % len(FORMS)]}:
                tab(scene, form, words)


def stage_words(scene, forms=FORMS, commands=STAGE_COMMANDS, **options):
    """The commands that take stages, behind each kind of word; cursors within the line."""
    tabs(scene, [["pivot", *command, word] for command in commands for word in WORDS], forms, **options)
    for cursor in range(6):
        words = ["pivot", "repro", "demo/train", "--dry-run", "t"]
        for form in forms:
            if cursor < len(words) or form[1] != "fish":
                tab(scene, form, words, cursor, **options)
    typed = ["'de", '"t', "demo\\/t", "'demo/t'", "$(x", "a\\", "''", "größe", "\\ ", "d'e'mo", "~", "\t", "\udcff"]
    for word, form in itertools.product(typed, forms):
        # What is not UTF-8 is Pivot's to answer, by a Python each time.
        if word.isprintable() or form is forms[-1]:
            tab(scene, form, ["pivot", "repro", word], raw=True, **options)


def explicit(scene, **options):
    """The explicit commands' answers."""
    for words in (
        "stages", "stages --cached", "stages --json", "stages -0", "stages demo/t", "stages --cached -0 t",
        "targets", "targets --cached", "targets --json demo/", "targets -0", "targets demo/train:",
        "status", "status --json", "status -0", "manifest --json", "manifest demo/train",
        "manifest --cached demo/train", "manifest -0 demo/test", "manifest train", "manifest --cached --json",
        "manifest nobody", "prewarm", "doctor",
    ):  # fmt: skip
        scene.run(*words.split(" "), **options)


def misses(scene, rounds, **options):
    """Each of these commands without a cache, and then with what it has left."""
    for words in rounds:
        scene.forget()
        for _ in range(2):
            scene.run(*words.split(" "), files=True, **options)


MISSES = ["stages", "targets", "status", "manifest --json", "refresh", "prewarm", "clear", "stages --all"]


def python_project(scene, pipeline="demo"):
    scene.write("pipeline.py", PYTHON.replace("NAME", pipeline))
    scene.write("helpers.py", "LIMIT = 3\n")
    scene.write(".pivot/config.yaml", "remotes:\n  origin: s3://b/x\n  other: s3://b/y\n")
    config = scene.home / ".config/pivot/config.yaml"
    config.parent.mkdir(parents=True)
    config.write_text("remotes: {mine: 's3://x'}\n")


def current(scene):
    """Today's Pivot: all of its command line, stages in every form, misses in every form."""
    python_project(scene)
    misses(scene, MISSES)
    lines = ["repro d", "checkout demo/train:", "push --remote "]
    for number, form in enumerate(FORMS):
        scene.forget(description=True)
        tab(scene, form, ["pivot", *lines[number % 3].split(" ")], files=True)
        scene.forget()
        tab(scene, form, ["pivot", *lines[(number + 1) % 3].split(" ")], files=True)
    explicit(scene)
    stage_words(scene)
    all_options(scene)
    scene.run("clear", "--all", files=True)


def options_of(scene):
    """Another Pivot's command line, and its stages."""
    python_project(scene)
    all_options(scene)
    misses(scene, MISSES[:5])
    explicit(scene)
    stage_words(scene, FORMS[3:7])


def old(scene):
    """Pivot 0.1.0 with its pipeline.py."""
    scene.write("pipeline.py", PYTHON_010)
    scene.write(".pivot/x", "")
    misses(scene, MISSES)
    all_options(scene)
    explicit(scene)
    stage_words(scene, FORMS[::2])


def yaml(scene):
    """Pivot 0.1.0 with every kind of pivot.yaml, asked in and below ROOT."""
    for number, text in enumerate(YAML.values()):
        scene.forget()
        scene.write("pivot.yaml", text, 1_700_000_000_000_000_000 + number)
        scene.write("sub/x", "")
        scene.write(".pivot/x", "")
        tabs(scene, [["pivot", "repro", word] for word in ("", "t", "f", "train@a")], cwd="sub")
        explicit(scene)
        stage_words(scene, FORMS[6:8], STAGE_COMMANDS[:4])


def nested(scene):
    """Roots within roots, pipelines below, directories beyond ASCII; -C and working directories."""
    python_project(scene)
    for name, pipeline in [("sub/", "sub"), ("inner/", "inner"), ("größe/deep/", "grosse")]:
        scene.write(name + "pipeline.py", PYTHON.replace("NAME", pipeline))
        scene.write(name + "helpers.py", "LIMIT = 4\n")
    scene.write("inner/.pivot/x", "")
    scene.write("inner/below/pivot.yaml", "stages: {}\n")
    scene.write("sub/empty/x", "")
    (scene.project / "link").symlink_to("sub")
    places = ["", "sub/empty", "inner", "inner/below", "größe/deep", "link"]
    for place in places:
        misses(scene, ["manifest --json"], cwd=place)
        explicit(scene, cwd=place)
        stage_words(scene, FORMS[5:7], STAGE_COMMANDS[:6], cwd=place)
        scene.run("-C", place or ".", "stages")
        scene.run("-C", "sub", "-C", "..", "-C", place or ".", "targets", files=True)
        scene.run("stages", "--all", cwd=place)
    for words in ["-C nowhere stages", "-C", "-C pipeline.py stages", "-Csub stages", "-C sub complete bash"]:
        scene.run(*words.split(" "))


def nothing(scene):
    """No project, or nothing in it; no Pivot at all in the group of that name."""
    for marker in (None, ".pivot/x", ".git/x", "sub/pipeline.py"):
        if marker:
            scene.write(marker, "" if marker[0] == "." else PYTHON_010)
        explicit(scene)
        misses(scene, MISSES)
        stage_words(scene, FORMS[1::3], STAGE_COMMANDS[:7])
    all_usages(scene)


def all_usages(scene):
    """Every command of our own: helped, wrong in each way, and the scripts."""
    shells = [*SHELLS, "elvish", "nushell", "xonsh"]
    own = "stages targets manifest status complete init prewarm refresh doctor clear trust renew describe"
    for command in ["", *own.split(), "nonsense", "stage"]:
        words = [command] if command else []
        for more in ["--help", "-h", "--version", "-V", "--nonsense", "-x", "a b c", "--json -0", "--cached --all",
                     "-0 -0", "-- --json", "--json=x", "--rich", "--all x", "-C"]:  # fmt: skip
            scene.run(*words, *more.split(" "))
    for shell in [*shells, "tcsh", "", "BASH"]:
        for words in ["init", "init --prewarm", "complete", "complete --rich"]:
            scene.run(*words.split(" "), shell)
        for instruction in [f"{shell}_complete", f"{shell}_source", shell]:
            scene.run(_PIVOT_COMPLETE=instruction)
            scene.run(_PIVOT_COMPLETE=instruction, COMP_WORDS="pivot re", COMP_CWORD="1")
    for words, number in itertools.product(["", "pivot repro ", "'"], ["", "-1", "99", "1e1", "١"]):
        scene.run("complete", "zsh", COMP_WORDS=words, COMP_CWORD=number)
        scene.run("complete", "--rich", "fish", COMP_WORDS=words, COMP_CWORD=number)


def broken(scene):
    """Pipelines that fail, first with nothing known, then with the last good names."""
    for number, text in enumerate(BROKEN.values()):
        for known in (False, True):
            scene.forget()
            if known:
                scene.write("pipeline.py", PYTHON.replace("NAME", "demo"))
                scene.write("helpers.py", "LIMIT = 3\n")
                scene.run("refresh", files=True)
            scene.write(".pivot/x", "")
            scene.write("pipeline.py", text, 1_710_000_000_000_000_000 + number)
            tabs(scene, [["pivot", "repro", "d"], ["pivot", "dag", "p"]], FORMS[2:8], files=True)
            for words in ["stages", "stages --cached", "status --json", "manifest --json", "doctor"][known::2]:
                scene.run(*words.split(" "))


def stages_caches(scene):
    """Caches in Pivot's format: fresh, stale, damaged, hostile."""
    python_project(scene)
    head = b"pipeline.py:1700000000.25"
    for policy, step in ("never", 1), ("wait", 2):
        for text in STAGES_CACHES[::step]:
            text = text.replace(b"{}", head)
            if b"%d" in text:
                text = b"".join(line.replace(b"%d", b"%d" % n) for n, line in enumerate(text.splitlines(True)))
            cached = "stages", "--cached", "-0"
            scene.forget()
            for line in (["pivot", "repro", ""], ["pivot", "checkout", "o"], ["pivot", "repro", "$"]):
                scene.write(".pivot/cache/stages.cache", text)
                scene.run(*cached)
                tabs(scene, [line], FORMS if policy == "never" else FORMS[4:7], PIVOT_COMPLETE_ON_MISS=policy)
            scene.run("stages", "--json", *(["--cached"] if policy == "never" else []), files=True)


def edits(scene):
    """What was cached goes stale: by each kind of edit, under each policy."""
    python_project(scene)
    changes = [
        ("helpers.py", "LIMIT = 5\n"), ("pipeline.py", PYTHON.replace("NAME", "other")), ("helpers.py", "LIMIT = 3\n"),
        (".pivot/config.yaml", "remotes: {a: 's3://x'}\n"), ("pipeline.py", PYTHON.replace("NAME", "demo")),
        ("pivot.yaml", "stages: {}\n"), ("json.py", "X = 1\n"), ("helpers.py", "LIMIT = (\n"),
    ]  # fmt: skip
    scene.run("refresh", files=True)
    for number, ((name, text), policy) in enumerate(itertools.product(changes, ["stale", "never", "wait"])):
        scene.write(name, text if policy == "stale" else f"{text}\n# {policy}\n", 1_720_000_000_000_000_000 + number)
        tabs(scene, [["pivot", "repro", "d"], ["pivot", "push", "-r", ""]], FORMS[3::2], files=True, PIVOT_COMPLETE_ON_MISS=policy)
        for words in ["stages --cached", "targets --cached", "manifest --cached --json", "status"]:
            scene.run(*words.split(" "))


def trusting(scene):
    """Lists of trusted directories, and the settings."""
    python_project(scene)
    python = str(scene.pivot / "bin/python3")
    line = ["pivot", "repro", "d"]
    for words in ["trust", "trust --remove", "trust sub", "trust .", "trust nowhere", "trust --remove .", "trust /"]:
        scene.forget()
        scene.run(*words.split(" "), files=True)
        tab(scene, FORMS[6], line, PIVOT_COMPLETE_TRUST="explicit", files=True)
        scene.run("doctor", PIVOT_COMPLETE_TRUST="explicit")
    for settings in [
        {"PIVOT_COMPLETE_PYTHON": python}, {"PIVOT_COMPLETE_PYTHON": "nowhere"}, {"PIVOT_COMPLETE_PYTHON": "true"},
        {"PIVOT_COMPLETE_TIMEOUT": "0"}, {"PIVOT_COMPLETE_TIMEOUT": "x"}, {"PIVOT_COMPLETE_TRUST": "x"},
        {"PATH": "/usr/bin:/bin"}, {"VIRTUAL_ENV": str(scene.pivot), "PATH": "/usr/bin:/bin"}, {"HOME": ""},
        {"PYTHONPATH": "lib"}, {"XDG_CACHE_HOME": str(scene.top / "cache")}, {"XDG_CACHE_HOME": "relative"},
    ]:  # fmt: skip
        scene.forget()
        tabs(scene, [line, [f"{scene.pivot}/bin/pivot", "repro", ""]], [FORMS[0], FORMS[7]], files=True, **settings)
        scene.run("doctor", **settings)


def filled(scene, project):
    """A project whose caches an older build has filled."""
    project(scene)
    for words in ["refresh", "manifest --json", "targets", "status"]:
        scene.run(*words.split(" "), by_filler=True)
    words = {"COMP_WORDS": "pivot push --remote ", "COMP_CWORD": "3"}
    scene.run("complete", "zsh", by_filler=True, **words)
    explicit(scene)
    stage_words(scene, FORMS[1::2])
    scene.run("stages", files=True)
    scene.run("clear", files=True)


def old_yaml(scene):
    scene.write("pivot.yaml", YAML["matrix"])
    scene.write(".pivot/x", "")


# The longest first, since several run at a time.
GROUPS = {
    "current": ("0511", current),
    "edits": ("0511", edits),
    "stages-caches": ("0511", stages_caches),
    "yaml": ("010", yaml),
    "nested": ("0511", nested),
    "trusting": ("0511", trusting),
    "broken": ("0511", broken),
    "old": ("010", old),
    "pivot-0.3.11": ("0311", options_of),
    "pivot-0.2.4": ("024", options_of),
    "nothing": ("0511", nothing),
    "no-pivot": (None, nothing),
    "stores-0.5.11": ("0511", partial(filled, project=python_project)),
    "stores-0.1.0": ("010", partial(filled, project=old_yaml)),
}
