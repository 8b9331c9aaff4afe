"""Random command lines for a click application, as each shell passes them to it.

    lines.py SEED COUNT DIRECTORY... [--site SITE] [--name NAME]... [--nasty PERCENT]
             [--variable NAME[=VALUE]]...

prints COUNT questions for oracle_click.py ("tab DIRECTORY SHELL COMP_WORDS COMP_CWORD [VARIABLE]",
in hexadecimal digits), each in one of the directories, and with one of the variables or none. The
application is the interpreter's own "pivot", or that of SITE; NAMEs are values worth typing, such
as names of stages. From Python:

    tree = Tree(cli)                     # click's root command, looked into once
    Lines(tree, seed).line()             # (shell, COMP_WORDS, COMP_CWORD), of str; None: not set
"""

import argparse
import contextlib
import os
import random
import sys

SHELLS = ["bash", "zsh", "fish"]
# Given line by line: values, and words that mean something to shlex, click, int() or Unicode.
# fmt: off
VALUES = [
    "x", "3", "0.5", "true", "2020-01-01", "f.csv", "dir/", "größe", "名", "a:b", "k=v", "-", "-1",
]
JUNK = [
    "nosuch", "--nosuch", "-Z", "--no=such", "-", "--", "=", "--=", "+", "++", "/", "_", ".", "é",
    "e\u0301", "\\", "'", '"', "$x", "`", "*", "#x", ";", "~", "a b", "", "ß", "İ", "\u00a0",
    "\u3000", "\x85", "-é", "\udcff",
]
CWORDS = [
    "0", "-1", "-2", "-9", "99", "+1", " 2 ", "0_1", "01", "٢", "1.0", "", "x", "1 1", "--1",
    "9" * 30, "\u00a02", "\x1c1", "²", "1__1",
]
# fmt: on


class Node:
    """A command: its names of options, values by option, and subcommands by name."""

    def __init__(self, command, parent, name, root, depth):
        import click

        settings = {**command.context_settings}
        for key in ("obj", "default_map"):
            settings.pop(key, None)
        context = click.Context(command, parent=parent, info_name=name, **settings)
        self.options, self.flags, self.arguments, self.commands = [], [], [], {}
        with contextlib.suppress(Exception):
            for param in command.get_params(context):
                self.add(param)
        if depth < 5 and hasattr(command, "list_commands"):
            for name in dict.fromkeys(command.list_commands(context)):
                with contextlib.suppress(Exception):
                    found = command.get_command(context, name)
                    self.commands[name] = Node(found, context, name, root, depth + 1)
        # What click keeps of this walk would change the answers of this process.
        command._help_option = None

    def add(self, param):
        values = list(values_of(param.type))
        if param.param_type_name == "argument":
            self.arguments.append((param.nargs, values))
        elif param.is_flag or param.count:
            self.flags += [*param.opts, *param.secondary_opts]
        else:
            self.options += [(name, param.nargs, values) for name in param.opts]

    def strings(self):
        """Everything that may be typed for an option."""
        return [*self.flags, *(name for name, _, _ in self.options)]


def values_of(type):
    for choice in getattr(type, "choices", ()):
        yield str(getattr(choice, "name", choice))
    for part in getattr(type, "types", ()):
        yield from values_of(part)


class Tree:
    """All of an application's commands, and its option strings."""

    def __init__(self, cli, names=()):
        self.root = Node(cli, None, "pivot", cli, 0)
        self.names = list(names)
        self.strings = sorted(set(self.all_strings(self.root)))

    def all_strings(self, node):
        yield from node.strings()
        for below in node.commands.values():
            yield from self.all_strings(below)


class Lines:
    """A stream of lines, the same for the same seed."""

    def __init__(self, tree, seed, nasty=12):
        self.tree, self.random, self.nasty = tree, random.Random(seed), nasty

    def chance(self, percent):
        return self.random.random() * 100 < percent

    def pick(self, choices):
        return self.random.choice(choices)

    def line(self):
        """One TAB: (shell, COMP_WORDS, COMP_CWORD)."""
        words, node = self.walk()
        words.append(self.at_cursor(node))
        shell = self.pick(SHELLS)
        if self.chance(self.nasty):
            return self.spoilt(*self.passed(shell, words))
        return self.passed(shell, words)

    # Words.

    def walk(self):
        """The words before the cursor, and the command at which they end."""
        node, words = self.tree.root, ["pivot"]
        for _ in range(
            self.random.choices([0, 1, 2, 3, 4, 5, 6, 9, 30], [3, 8, 9, 9, 6, 4, 2, 1, 0.3])[0]
        ):
            drawn = self.random.random()
            if drawn < 0.5 and node.commands:
                word = self.pick(sorted(node.commands))
                words.append(word if self.chance(97) else self.twisted(word))
                node = node.commands[word]
            elif drawn < 0.78:
                words += self.option(node)
            elif drawn < 0.95 or node.commands and drawn < 0.97:
                words += self.argument(node) if node.arguments or self.chance(20) else []
            elif drawn < 0.97:
                words.append("--")
            else:
                words.append(
                    self.pick(JUNK) if self.chance(50) else self.pick(self.tree.strings or JUNK)
                )
        if node.commands and self.chance(40):
            word = self.pick(sorted(node.commands))
            words, node = [*words, word], node.commands[word]
        if words[1:] and self.chance(6):
            # Once more what is there already.
            words.append(self.pick(words[1:]))
        return words, node

    def value(self, values):
        drawn = self.random.random()
        if values and drawn < 0.6:
            return self.pick(values)
        if self.tree.names and drawn < 0.8:
            return self.pick(self.tree.names)
        if drawn < 0.85 and self.tree.strings:
            return self.pick(self.tree.strings)
        return self.pick(VALUES)

    def option(self, node):
        """An option with its values, in one of the ways to write it."""
        drawn = self.random.random()
        if drawn < 0.12:
            return [self.cluster(node)]
        if node.flags and (drawn < 0.45 or not node.options):
            flag = self.pick(node.flags)
            return [flag if self.chance(92) else f"{flag}={self.pick(VALUES)}"]
        if not node.options:
            return [self.pick(JUNK)]
        name, count, values = self.pick(node.options)
        given = [self.value(values) for _ in range(count)]
        if drawn < 0.6:
            return [f"{name}={given[0] if given else ''}", *given[1:]]
        if drawn < 0.7:
            return [name + "".join(given[:1]), *given[1:]]
        if drawn < 0.78:
            return [name, *given[1:]]
        return [name if self.chance(96) else self.twisted(name), *given]

    def cluster(self, node):
        short = [name for name in node.strings() if len(name) == 2] or ["-h"]
        letters = "".join(self.pick(short)[1] for _ in range(self.random.randint(1, 4)))
        tail = self.pick(["", "", "", "3", "=3", "x", "Z"])
        return self.pick(short)[0] + letters + tail

    def argument(self, node):
        count, values = self.pick(node.arguments or [(1, [])])
        count = self.random.randint(0, 3) if count < 0 else count
        return [
            self.value(values)
            for _ in range(count if self.chance(80) else self.random.randint(1, 3))
        ]

    def twisted(self, word):
        return self.pick(
            [word.upper(), word.lower(), word[:-1], word + "x", word.replace("-", "_"), word[:2]]
        )

    def at_cursor(self, node):
        """The word at the cursor: mostly the start of something that may stand there."""
        values = [value for _, _, values in node.options for value in values]
        values += [value for _, values in node.arguments for value in values] + self.tree.names
        strings = node.strings() or self.tree.strings or JUNK
        drawn = self.random.random()
        if drawn < 0.15:
            return ""
        if drawn < 0.45:
            # From its first character on: an empty word lists no options.
            string = self.pick(strings)
            return string[:1] + self.start(string[1:])
        if drawn < 0.62 and node.commands:
            return self.start(self.pick(sorted(node.commands)))
        if drawn < 0.78 and values:
            return self.start(self.pick(values))
        if drawn < 0.9:
            equals = self.pick(["=", "=", "=", "=-", ""])
            return self.pick(strings) + equals + self.start(self.pick(values or VALUES))
        return self.start(self.pick(self.tree.strings or JUNK)) if drawn < 0.95 else self.pick(JUNK)

    def start(self, word):
        return word[: self.random.randint(0, len(word))] if self.chance(85) else word

    # What the shells make of the words.

    def typed(self, word):
        """The word as somebody may type it."""
        drawn = self.random.random()
        plain = not any(c in " \t\n\r'\"\\" for c in word) and word
        if plain and drawn < 0.9:
            return word
        if drawn < 0.45:
            return "'" + word.replace("'", "'\\''") + "'"
        if drawn < 0.7:
            return '"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"'
        if drawn < 0.95:
            return "".join("\\" + c if c in " \t\n\r'\"\\" else c for c in word) or "''"
        return word

    def passed(self, shell, words):
        """COMP_WORDS and COMP_CWORD as the scripts of click pass them."""
        cursor = words[-1]
        typed = [self.typed(word) for word in words]
        if self.chance(5):
            # A quote that is still open.
            typed[-1] = self.pick(["'", '"']) + cursor
        # An empty word at the cursor is not quoted by anybody.
        if not cursor and self.chance(95):
            typed[-1] = ""
        if shell == "fish":
            return shell, " ".join(typed), typed[-1]
        if shell == "bash" and self.chance(40):
            typed = [part for word in typed for part in broken(word)] or [""]
        index = len(typed) - 1
        if self.chance(12):
            # More words behind the cursor, or the cursor in the midst.
            typed += [
                self.pick([*VALUES, *self.tree.strings]) for _ in range(self.random.randint(1, 3))
            ]
        elif self.chance(5):
            index = self.random.randint(0, index)
        return shell, ("\n" if shell == "bash" else " ").join(typed), str(index)

    def spoilt(self, shell, words, cword):
        """The same with something that no shell passes, or hardly ever."""
        drawn = self.random.randint(0, 7)
        if drawn <= 1:
            cword = self.pick(CWORDS) if shell != "fish" else self.pick(JUNK)
        elif drawn == 2:
            place = self.random.randint(0, len(words))
            words = (
                words[:place]
                + self.pick(JUNK + ["\r", "\t", "\n", "\x0b", "\x0c", " -- "])
                + words[place:]
            )
        elif drawn == 3:
            place = self.random.randint(0, len(words))
            words = words[:place] + words[place + 1 :]
        elif drawn == 4:
            words = words[: self.random.randint(0, len(words))]
        elif drawn == 5:
            words = words.replace(" ", self.pick(["  ", "\t", "\r\n", "\u00a0"]))
        elif drawn == 6 and self.chance(10):
            words, cword = self.pick([(None, cword), (words, None)])
        elif drawn == 6 and self.chance(20):
            words += " x" * self.random.randint(300, 3000)
        elif shell == "fish":
            cword = self.typed(cword)
        else:
            cword = str(len(words.split()) + self.random.randint(-2, 2))
        return shell, words, cword


def broken(word):
    """A word as bash breaks it at "=", ":" and "@"; the characters are words of their own."""
    parts, start = [], 0
    for index, c in enumerate(word):
        if c in "=:@" and not any(quote in word for quote in "'\"\\"):
            parts += [word[start:index], c]
            start = index + 1
    parts.append(word[start:])
    return [part for part in parts[:-1] if part] + parts[-1:]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("seed", type=int)
    parser.add_argument("count", type=int)
    parser.add_argument("directories", nargs="+")
    parser.add_argument("--site")
    parser.add_argument("--name", action="append", default=[])
    parser.add_argument("--variable", action="append", default=[])
    parser.add_argument("--nasty", type=float, default=12)
    given = parser.parse_args()
    sys.path[0] = given.site or sys.path[0]
    from pivot.cli import cli

    lines = Lines(Tree(cli, given.name), given.seed, given.nasty)
    for _ in range(given.count):
        shell, words, cword = lines.line()
        variables = [lines.pick(given.variable)] if given.variable and lines.chance(40) else []
        fields = [lines.pick(given.directories), words, cword, *variables]
        digits = ["-" if field is None else os.fsencode(field).hex() for field in fields]
        print("tab", digits[0], shell, *digits[1:])


if __name__ == "__main__":
    main()
