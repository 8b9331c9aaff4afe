"""The same TAB by others: what other ways to complete a word cost, each in its smallest application. All
complete `demo/stage_05` of 108 names."""

import subprocess
import sys
from pathlib import Path

from bench_timing import Program, medians_of_series, table

NAMES = [f"demo/stage_{number:03}" for number in range(108)]
CLICK = f"""import click
from click.shell_completion import CompletionItem


def names(context, parameter, incomplete):
    return [CompletionItem(name) for name in {NAMES!r} if name.startswith(incomplete)]


@click.command()
@click.argument("stage", shell_complete=names)
def app(stage):
    pass


app(prog_name="app")
"""
ARGPARSE = f"""import argparse
parser = argparse.ArgumentParser(prog="app")
parser.add_argument("stage", choices={NAMES!r}).complete = None
"""
ARGCOMPLETE = f"""import argparse
import argcomplete

parser = argparse.ArgumentParser(prog="app")
parser.add_argument("stage").completer = lambda prefix, **_: {NAMES!r}
argcomplete.autocomplete(parser)
"""
SHTAB = ARGPARSE.replace(".complete = None", "") + """import shtab
print(shtab.complete(parser, "bash"))
"""
# What a shell that has loaded the script does at a TAB, and says at its end.
IN_BASH = """. "$1"
COMP_WORDS=(app demo/stage_05) COMP_CWORD=1 COMP_LINE='app demo/stage_05' COMP_POINT=17
"$(complete -p app | sed 's/.*-F \\([^ ]*\\).*/\\1/')" app demo/stage_05 app 2>/dev/null
printf '%s\\n' "${COMPREPLY[@]}"
"""


def measure(directory, front, environment, python, clap, project, rounds):
    """Prints what each takes beside our hit in `project`; gives the rows."""
    directory.mkdir()
    write = lambda name, text: (directory / name).write_text(text) and directory / name
    shell = {"COMP_WORDS": "app\ndemo/stage_05\n", "COMP_CWORD": "1"}
    made = subprocess.run([python, write("shtab_app.py", SHTAB)], check=True, capture_output=True)
    script = write("app.bash", made.stdout.decode())
    load = "exec 8>&1 9>/dev/null; exec \"$@\""
    line = {"COMP_LINE": "app demo/stage_05", "COMP_POINT": "17", "_ARGCOMPLETE": "1",
            "_ARGCOMPLETE_IFS": "\v", "COMP_TYPE": "9"}
    of = lambda name, command, **more: Program(name, command, directory, environment | more)
    peers = [
        of("/bin/true", ["/bin/true"]),
        Program("pivot-complete", [front, "complete", "--rich", "bash", "1"], project,
                environment | {"COMP_WORDS": "pivot\nrepro\ndemo/stage_05", "COMP_CWORD": "2"}),
        of("clap_complete, dynamic", [clap, "--", "app", "demo/stage_05"],
           COMPLETE="bash", _CLAP_COMPLETE_INDEX="1", _CLAP_IFS="\n"),
        of("shtab's static script, and bash", ["/bin/bash", "--norc", "-c", IN_BASH, "bash", script]),
        of("bash alone", ["/bin/bash", "--norc", "-c", ":"]),
        of("argcomplete", ["/bin/bash", "--norc", "-c", load, "bash", python,
                           write("argcomplete_app.py", ARGCOMPLETE)], **line),
        of("click", [python, write("click_app.py", CLICK)], _APP_COMPLETE="bash_complete", **shell),
        of("Python alone", [python, "-c", ""]),
    ]
    for peer in peers:
        alone = peer.name in ("/bin/true", "bash alone", "Python alone")
        if not alone and "demo/stage_05" not in peer.printed().replace("\v", "\n"):
            sys.exit(f"bench: {peer.name} completes nothing: {peer.printed()!r}")
    medians, _ = medians_of_series(peers, rounds)
    ours = medians["pivot-complete"]
    rows = [{"peer": peer.name, "ms": medians[peer.name]} for peer in peers]
    table("One of 108 names, by others", ["median ms", "of ours"],
          [(row["peer"], row["ms"], row["ms"] / ours) for row in rows])
    return rows
