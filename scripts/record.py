"""Records what a few TABs show in real shells, on a real Pivot project, one SVG a shell.

    record.py BINARIES VENV DIRECTORY [SHELL...]

BINARIES holds pivot-complete and its engine, VENV a Python with Pivot; the pictures go to
DIRECTORY. The shell runs in pyte, a terminal emulator: a frame is its screen once the list is
there and the cursor is back on the line, however long that takes. What is shown names neither the
machine nor its directories, so the pictures are the same everywhere.
"""

import pathlib
import subprocess
import sys
import tempfile
from html import escape

import pyte

import demo_project
from terminal import Terminal

COLUMNS, ROWS = 80, 24
PROMPT = "$ "

# What is typed before a TAB, and what must then be on the screen, whichever way it is listed.
STEPS = [
    ("pivot re", ["remote", "repro"]),
    ("pivot repro ", ["prepare", "train@linear", "train@forest", "evaluate@boosted"]),
    ("pivot checkout demo/train@", ["linear", "forest", "boosted"]),
    ("pivot checkout demo/train@linear:", ["weights", "losses"]),
    ("pivot checkout --checkout-mode=", ["hardlink", "symlink", "copy"]),
    ("pivot config set core.", ["max_workers", "state_dir", "unsafe_fingerprinting"]),
]
# The only frame that is seen where nothing moves.
STILL = 1

# A first TAB lists, as well as completing what all candidates share. Nothing is suggested ahead.
SETTINGS = {
    "bash": """\
PS1='$ '
bind 'set show-all-if-ambiguous on'
bind 'set bell-style none'
eval "$(pivot-complete init bash)"
""",
    "zsh": """\
PROMPT='$ '
setopt no_list_ambiguous no_prompt_sp no_beep
bindkey -e
autoload -Uz compinit && compinit -D -u
eval "$(pivot-complete init zsh)"
""",
    "fish": """\
set -g fish_greeting
set -g fish_autosuggestion_enabled 0
function fish_prompt; printf '$ '; end
fish_config theme choose 'fish default'
pivot-complete init fish | source
""",
}
# Where zsh looks by itself.
SETTINGS_FILE = ".zshrc"
START = {
    "bash": ["bash", "--noprofile", "--rcfile", f"../{SETTINGS_FILE}", "-i"],
    "zsh": ["zsh", "-o", "NO_GLOBAL_RCS", "-i"],
    "fish": ["fish", "--no-config", "-i", "--init-command", f"source ../{SETTINGS_FILE}"],
}


class Shell(Terminal):
    """An interactive shell in the project, and the screen that it writes on."""

    def __init__(self, name, home, environment):
        (home / SETTINGS_FILE).write_text(SETTINGS[name])
        super().__init__(START[name], home / "demo", environment, (ROWS, COLUMNS))
        self.screen = pyte.Screen(COLUMNS, ROWS)
        # Some shells ask what the terminal is.
        self.screen.write_process_input = self.type
        self.stream = pyte.ByteStream(self.screen)
        self.wait_until(lambda: self.cursor_follows(PROMPT), "a prompt")
        self.wait_for_keys_to_be_read()

    def wait_until(self, condition, what):
        """Reads what the shell prints until `condition` holds of the screen."""
        self.wait(condition, self.stream.feed, what, lambda: "\n".join(self.screen.display))

    def cursor_follows(self, start):
        """Whether the cursor is at the end of a line that starts so."""
        cursor = self.screen.cursor
        row = self.screen.display[cursor.y]
        return row[: cursor.x].startswith(start) and not row[cursor.x :].strip()

    def is_empty(self):
        """Whether there is nothing but a prompt at the top."""
        first, *rest = self.screen.display
        is_blank = not "".join([first[len(PROMPT) :], *rest]).strip()
        return is_blank and self.screen.cursor.y == 0 and self.cursor_follows(PROMPT)

    def lists(self, line, expected):
        shown = "\n".join(self.screen.display)
        return self.cursor_follows(PROMPT + line) and all(name in shown for name in expected)

    def complete(self, line, expected):
        """What `line` and a TAB make the screen show; then it is cleared."""
        self.type(line)
        self.wait_until(lambda: self.cursor_follows(PROMPT + line), line)
        self.type("\t")
        self.wait_until(lambda: self.lists(line, expected), f"{expected} after {line!r}")
        frame = Frame(line, self.screen)
        # The line's start and its rest, and the screen.
        self.type("\x05\x15\x0c")
        self.wait_until(self.is_empty, "empty screen")
        return frame


class Frame:
    """A copy of a screen: rows of pieces that have one style each."""

    def __init__(self, keys, screen):
        self.keys = keys
        self.cursor = (screen.cursor.x, screen.cursor.y)
        self.rows = [pieces(screen, y) for y in range(ROWS)]
        while not self.rows[-1]:
            self.rows.pop()


def pieces(screen, y):
    """The row's (column, text, style) tuples, cut where the style changes and at wide gaps.

    Each has its own place in a picture, so columns stay straight in any font.
    """
    found = []
    for x in range(COLUMNS):
        char = screen.buffer[y][x]
        if char.data == " ":
            continue
        # Fish colours the line later than it shows it.
        style = "" if y == screen.cursor.y else style_of(char)
        if found:
            column, text, last_style = found[-1]
            gap = x - column - len(text)
            if gap < 2 and style == last_style:
                found[-1] = column, text + " " * gap + char.data, style
                continue
        found.append((x, char.data, style))
    return found


def style_of(char):
    """What CSS makes of a character's colour, weight and underline."""
    colour = COLOURS.get(char.fg, f"#{char.fg}")
    style = "" if char.fg == "default" else f"fill:{colour};"
    style += "font-weight:bold;" if char.bold else ""
    style += "text-decoration:underline;" if char.underscore else ""
    return style


# A panel that is dark in itself is readable on light and dark pages.
COLOURS = {
    "black": "#6e7681",
    "red": "#ff7b72",
    "green": "#7ee787",
    "brown": "#d2a85f",
    "blue": "#79c0ff",
    "magenta": "#d2a8ff",
    "cyan": "#76d9e6",
    "white": "#f0f6fc",
}
CELL, LINE, MARGIN, BAR = 8.4, 19, 16, 34
FONT = "ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace"
FRAME_S = 3


def picture(shell, frames):
    """An SVG that shows one frame after the other, and `STILL` where nothing moves."""
    width = number(COLUMNS * CELL + 2 * MARGIN)
    height = BAR + 2 * MARGIN + LINE * max(len(frame.rows) for frame in frames)
    share = number(100 / len(frames))
    css = f"""\
text{{font:14px {FONT};fill:#d1d7e0}}
.bar{{fill:#9198a1}}
.keys{{fill:#f0f6fc}}
.cursor{{fill:#d1d7e0;opacity:.6}}
.frame{{visibility:hidden;animation:show {FRAME_S * len(frames)}s step-end infinite}}
#still{{visibility:visible}}
@keyframes show{{0%{{visibility:visible}}{share}%,100%{{visibility:hidden}}}}
@media (prefers-reduced-motion:reduce){{.frame{{animation:none}}}}
"""
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" role="img">',
        f"<title>Completions of Pivot in {shell}</title>",
        f"<style>\n{css}</style>",
        f'<rect width="{width}" height="{height}" rx="8" fill="#22272e"/>',
        f'<path d="M0 {BAR}H{width}" stroke="#3d444d"/>',
        f'<text class="bar" x="{MARGIN}" y="22">{shell}</text>',
    ]
    for index, frame in enumerate(frames):
        # Frames take turns; each starts as if the ones before it had been shown.
        delay = (index - len(frames)) * FRAME_S
        still = ' id="still"' if index == STILL else ""
        lines.append(f'<g class="frame"{still} style="animation-delay:{delay}s">')
        lines += drawn(frame)
        lines.append("</g>")
    return "\n".join(lines + ["</svg>", ""])


def drawn(frame):
    """The elements of one frame: the keys in the bar, the cursor, the text."""
    keys = f'{escape(frame.keys)}<tspan class="bar">&lt;TAB&gt;</tspan>'
    yield f'<text class="keys" x="{MARGIN + 6 * CELL:g}" y="22">{keys}</text>'
    x, y = frame.cursor
    top = BAR + MARGIN + y * LINE
    yield f'<rect class="cursor" x="{place(x)}" y="{top}" width="{CELL}" height="{LINE - 2}"/>'
    for y, row in enumerate(frame.rows):
        baseline = BAR + MARGIN + y * LINE + 14
        for x, text, style in row:
            style = f' style="{style}"' if style else ""
            length = number(len(text) * CELL)
            position = f'x="{place(x)}" y="{baseline}" textLength="{length}"'
            yield f"<text {position}{style}>{escape(text)}</text>"


def place(column):
    return number(MARGIN + column * CELL)


def number(value):
    return f"{value:.2f}".rstrip("0").rstrip(".")


def main():
    binaries, venv, directory = map(pathlib.Path, sys.argv[1:4])
    directory.mkdir(exist_ok=True)
    for name in sys.argv[4:] or SETTINGS:
        with tempfile.TemporaryDirectory(prefix="pivot-complete-record-") as home:
            environment = {
                "PATH": f"{binaries}:{venv}/bin:/usr/bin:/bin",
                "HOME": home,
                "ZDOTDIR": home,
                "INPUTRC": "/dev/null",
                "TERM": "xterm-256color",
                "LC_ALL": "C.UTF-8",
            }
            home = pathlib.Path(home)
            demo_project.make(home / "demo", environment)
            # Everything is known before the first TAB.
            refresh = ["pivot-complete", "refresh"]
            subprocess.run(refresh, cwd=home / "demo", env=environment, check=True)
            shell = Shell(name, home, environment)
            frames = [shell.complete(*step) for step in STEPS]
            shell.end()
        (directory / f"{name}.svg").write_text(picture(name, frames))
        print(f"record: {directory / name}.svg")


main()
