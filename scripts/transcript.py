"""Follows the README in a fresh HOME, in real shells, and writes down what their terminals show.

    transcript.py TOOLS VENV FILE

TOOLS is a virtual environment with uv and pipx, VENV one with Pivot, which is active. What is typed is taken
from the README word for word: where it does not say so any more, this fails. What differs from run to run
(times, where HOME is) is left out of FILE.
"""

import os
import pathlib
import re
import select
import shutil
import sys
import tempfile
import time

import pyte

import demo_project
from terminal import Terminal

COLUMNS, ROWS = 110, 60
PROMPT = "$ "
README = pathlib.Path("README.md").read_text()
GUIDE = pathlib.Path("GUIDE.md").read_text()
# An install may build, and fetch what it builds with.
INSTALL_S = 1200


class Way:
    """A shell, and how the program is installed for it."""

    def __init__(self, shell, rc, install, uninstall, bin):
        self.shell, self.rc, self.install, self.uninstall, self.bin = shell, rc, install, uninstall, bin


WAYS = [
    Way("bash", ".bashrc", "uv tool install .", "uv tool uninstall pivot-complete", ".local/bin"),
    Way("zsh", ".zshrc", "pipx install .", "pipx uninstall pivot-complete", ".local/bin"),
    Way("fish", ".config/fish/config.fish", "cargo install --locked --path .", "cargo uninstall pivot-complete", ".cargo/bin"),
]
# A user's own rc file as far as he has one: a prompt, and zsh's completions.
OWN = {
    "bash": "PS1='$ '\n",
    "zsh": "PROMPT='$ '\nautoload -Uz compinit && compinit -u\n",
    "fish": "set -g fish_greeting\nfunction fish_prompt; printf '$ '; end\nset -g fish_autosuggestion_enabled 0\n",
}


class Shell(Terminal):
    """An interactive shell with its user's rc file, and its screen."""

    def __init__(self, name, directory, environment):
        start = [name, "-i"] if name != "zsh" else [name, "-o", "NO_GLOBAL_RCS", "-i"]
        super().__init__(start, directory, environment, (ROWS, COLUMNS))
        self.screen = pyte.Screen(COLUMNS, ROWS)
        self.screen.write_process_input = self.type
        # All that was printed: a bell moves nothing on the screen.
        self.rung = ""
        self.stream = pyte.ByteStream(self.screen)
        self.wait_for(lambda: self.line() == "", "a prompt")
        self.wait_for_keys_to_be_read()

    def wait_for(self, condition, what, seconds=60):
        deadline = time.monotonic() + seconds
        slices = lambda: condition() or time.monotonic() > deadline
        while not condition() and time.monotonic() < deadline:
            self.wait_slice(slices)
        if not condition():
            sys.exit(f"{self.name}: no {what}; shown:\n{self.text()}")

    def wait_slice(self, condition):
        if select.select([self.file], [], [], 0.2)[0] and not condition():
            printed = os.read(self.file, 65536)
            self.rung += printed.decode(errors="replace")
            self.stream.feed(printed)

    def text(self):
        return "\n".join(row.rstrip() for row in self.screen.display).strip("\n")

    def line(self):
        """What stands behind the prompt at the cursor; nothing where there is no prompt."""
        row = self.screen.display[self.screen.cursor.y]
        return row[len(PROMPT) :].rstrip() if row.startswith(PROMPT) else None

    def clear(self):
        self.type("\x05\x15\x0c")
        self.wait_for(lambda: self.text().strip() == PROMPT.strip(), "empty screen")

    def run(self, command, seconds=60):
        """What the terminal shows of a command, the line itself among it."""
        self.type(command)
        self.wait_for(lambda: self.line() == command, command)
        self.type("\r")
        self.wait_for(lambda: self.line() == "" and self.text().count("\n") > 0, f"end of {command}", seconds)
        shown = self.text().rsplit("\n", 1)[0]
        self.clear()
        return shown

    def complete(self, line, expected):
        """What a TAB behind `line` shows."""
        self.rung = ""
        self.type(line)
        self.wait_for(lambda: self.line() == line, line)
        self.type("\t")
        are_shown = lambda: all(name in self.text() for name in expected)
        if self.name == "bash":
            # Which lists at the second: once the first has been answered.
            self.wait_for(lambda: "\x07" in self.rung, "answer to a first TAB")
            self.type("\t")
        self.wait_for(are_shown, f"{expected} after {line!r}")
        shown = self.text()
        self.clear()
        return shown


def documented(text, where):
    """The words, if README or guide say them."""
    if text not in where:
        sys.exit(f"transcript: {text!r} is not what the documents say")
    return text


def rc_line(way):
    lines = [line for line in README.splitlines() if f"init {way.shell}" in line and "#" in line]
    return documented(lines[0].rpartition("#")[0].rstrip(), README)


def told(shown, home):
    """What is the same each time."""
    shown = shown.replace(str(home), "~").replace(os.getcwd(), "~/pivot-complete")
    shown = re.sub(r"\d[\d.,]* ?(µs|ms|s)\b", r"… \1", shown)
    return re.sub(r"[0-9]+ packages", "… packages", shown)


def follow(way, tools, venv):
    """The transcript of one shell."""
    with tempfile.TemporaryDirectory(prefix="pivot-complete-first-hour-") as directory:
        home = pathlib.Path(directory).resolve()
        places = [home / way.bin, venv / "bin", "/usr/bin", "/bin"]
        environment = {"HOME": str(home), "TERM": "xterm", "LC_ALL": "C.UTF-8", "VIRTUAL_ENV": str(venv)}
        environment["PATH"] = ":".join(map(str, places))
        # What else goes on for this user on the machine is none of it.
        environment["TMPDIR"] = str(home / "tmp")
        os.mkdir(environment["TMPDIR"])
        # The tools that install, and no more of what this machine has.
        shims = home / "tools"
        shims.mkdir()
        for tool in ("uv", "pipx", "cargo", "rustc", "rustup"):
            found = shutil.which(tool, path=f"{tools}/bin:{os.environ['PATH']}")
            if found:
                (shims / tool).symlink_to(os.path.realpath(found) if tool in ("uv", "pipx") else found)
        environment["PATH"] += f":{shims}"
        real = pathlib.Path.home()
        environment["RUSTUP_HOME"] = os.environ.get("RUSTUP_HOME", str(real / ".rustup"))
        # cargo puts programs into HOME, and takes crates from where they are.
        environment["CARGO_INSTALL_ROOT"] = str(home / ".cargo")
        environment["CARGO_HOME"] = os.environ.get("CARGO_HOME", str(real / ".cargo"))
        for name in ("PIP_INDEX_URL", "UV_INDEX_URL", "UV_DEFAULT_INDEX", "SSL_CERT_FILE", "HTTPS_PROXY", "https_proxy"):
            if name in os.environ:
                environment[name] = os.environ[name]
        project = home / "project"
        demo_project.make(project, environment)
        rc = home / way.rc
        rc.parent.mkdir(parents=True, exist_ok=True)
        rc.write_text(OWN[way.shell])

        parts = []
        checkout = Shell(way.shell, os.getcwd(), environment)
        install = checkout.run(documented(way.install, README), INSTALL_S)
        checkout.end()
        parts.append(("In the checkout:", summary(install)))

        line = rc_line(way)
        rc.write_text(OWN[way.shell] + line + "\n")
        parts.append((f"A line in `~/{way.rc}`:", line))

        shell = Shell(way.shell, project, environment)
        names = ["linear", "forest", "boosted"]
        parts.append(("A new shell, in a project; a TAB:", shell.complete("pivot repro demo/train@", names)))
        doctor = shell.run(documented("pivot-complete doctor", README))
        parts.append(("What it says of itself:", "\n".join(doctor.splitlines()[:2])))
        rc.write_text(OWN[way.shell])
        clear = shell.run(documented("pivot-complete clear --all", GUIDE))
        parts.append(("To have it no more, without the line:", clear))
        parts.append(("", summary(shell.run(way.uninstall, 120))))
        shell.end()
        # What installers keep for themselves is theirs.
        is_theirs = lambda path: "/uv/" in str(path) or path.name == ".pivot-complete.lock"
        left = [path for path in home.rglob("*pivot-complete*") if path.is_file() and not is_theirs(path)]
        if left:
            sys.exit(f"transcript: what is left: {left}")
        return [(said, told(shown, home)) for said, shown in parts]


def summary(shown):
    """The command, and the last that it said: what is built in between is nobody's reading."""
    lines = [line for line in shown.splitlines() if line.strip()]
    if len(lines) < 4:
        return "\n".join(lines)
    done = [line for line in lines if re.search("installed|Installed", line)]
    # Where a list is cut depends on how long the checkout's path is.
    done = [re.sub(r" \(executables .*", " …", line) for line in done]
    return "\n".join([lines[0], "…", *done[-1:]])


def main():
    tools, venv, file = map(pathlib.Path, sys.argv[1:])
    text = "# The first minute\n\nWhat README.md and GUIDE.md say, done by `scripts/transcript` in a HOME that has nothing.\n"
    for way in WAYS:
        text += f"\n## {way.shell}\n"
        for said, shown in follow(way, tools.resolve(), venv.resolve()):
            text += f"\n{said}\n" if said else ""
            text += f"\n```text\n{shown}\n```\n"
        print(f"{way.shell}: done")
    file.write_text(text)


main()
