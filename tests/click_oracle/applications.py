"""Random click applications, each a package "pivot" as pip would have installed it.

    applications.py SEED DIRECTORY [--only FEATURE,...] [--without FEATURE,...] [--main NAME]

writes to DIRECTORY what would lie in site-packages: pivot/__init__.py (__version__),
pivot/cli/__init__.py (the root group "cli", "main", "_console_main"), pivot/cli/parts.py (parts.py
beside this), pivot/cli/completion.py (empty) and pivot-VERSION.dist-info, whose console script
calls NAME (_console_main, as in Pivot 0.5.11). The same SEED and features give the same bytes. It
runs under click 8.1 and 8.5: what a click does not know, the application leaves out.

--only plain is an application of nothing but groups, commands, flags, options with values, choices
and arguments. --features lists the names.
"""

import argparse
import base64
import hashlib
import pathlib
import random
import re

PARTS = pathlib.Path(__file__).with_name("parts.py")

# What an application may have; each can be asked for, and be left out.
FEATURES = """
    aliases allow_extra_args allow_interspersed_args argument_shares_option auto_envvar_prefix
    bare_optional_value callable_default callback callback_exits callback_prints callback_raises
    callback_shortens chain choice_folding collection complete_callback complete_odd
    complete_prints complete_raises confirmation count custom_command custom_group custom_option
    custom_type default default_map default_raises deprecated duplicate_option eager enum_choice
    envvar expose_value file flag_pair flag_value help_markers help_names hidden
    hidden_command ignore_unknown_options invoke_without_command long_help many_positionals
    metavar multiline_help multiple named_help nameless nargs no_args_is_help no_help
    non_ascii optional_argument optional_value options_on_groups path plus prompt punctuation
    same_command shared_destination short_help single_dash_long slash token_normalize tuple_type
    type_raises version_option
""".split()

# Everything that an info dict and callbacks tell about.
PLAIN = """
    default flag_pair hidden hidden_command long_help multiple options_on_groups
    optional_argument path many_positionals short_help
""".split()

WORDS = """
    all batch cache check clean config data debug depth diff drop dry-run edit export fetch file
    filter force format from graph group init input jobs key level limit list log mode model name
    no-op out output path plot pull push quiet rate remote run save seed show size stage start stat
    status stop sync tag target test text to top track train type update user value verify watch
""".split()
FOREIGN = ["größe", "名前", "ключ", "e\u0301tat", "naïve", "ñandú", "ſtop", "İd", "straße"]
SENTENCES = [
    "Show it.",
    "Runs the stages that changed since the last time, in order, and no others.",
    "Use a file vs. a directory. Then more",
    "One: two, three; four",
    "Très long: größer als ein Schirm, und 名前も 日本語です。 Und so fort bis ans Ende.",
    "tab\there",
    "_",
    "e.g. this one",
    "A hyphenated-word-that-is-longer-than-all-of-the-forty-five-columns",
    "“Quoted” — with dashes…",
    "Ends without a period",
]
MARKERS = ["\b\nno\nrewrap", "cut\fhere", "\b", "first.\n\n\b\nverbatim\n  lines", "cut\n\fhere."]


class Application:
    """Makes up the source text of one application."""

    def __init__(self, seed, features):
        self.random = random.Random(seed)
        self.features = set(features)
        self.lines = []
        self.commands = 0

    def chance(self, probability, feature=None):
        # The number is drawn whatever the features: leaving one out changes nothing else.
        drawn = self.random.random() < probability
        return drawn and (feature is None or feature in self.features)

    def pick(self, *choices):
        return self.random.choice(choices)

    def source(self):
        self.group("cli", depth=0, variable="cli")
        extra = {}
        if self.chance(0.3, "auto_envvar_prefix"):
            extra["auto_envvar_prefix"] = "APP"
        if self.chance(0.2, "default_map"):
            words = self.random.sample(WORDS, 30)
            extra["default_map"] = {word: dict.fromkeys(words, "mapped") for word in words[:20]}
        if self.chance(0.1, "help_names"):
            extra["help_option_names"] = ["-h"]
        self.lines.append(
            f"\n\ndef main():\n    return cli(**{extra!r})\n\n\n_console_main = main\n"
        )
        return "from pivot.cli.parts import *\n\n" + "\n".join(self.lines)

    # Commands.

    def group(self, name, depth, variable=None):
        """Writes a group and all that is below it; gives back its variable."""
        chain = self.chance(0.2, "chain")
        settings = self.command_settings(name, is_group=True)
        members = []
        for word in self.names(self.random.randint(2, 7 if depth == 0 else 4)):
            below = depth < 3 and not chain and self.chance(0.45 if depth == 0 else 0.3)
            members.append(self.group(word, depth + 1) if below else self.command(word))
        if chain:
            settings["chain"] = True
        if self.chance(0.3, "invoke_without_command"):
            settings["invoke_without_command"] = True
        if self.chance(0.2, "metavar"):
            settings["subcommand_metavar"] = "THEN..."
        options = self.chance(0.7, "options_on_groups")
        arguments = options and self.chance(0.2, "many_positionals")
        params = self.params(options, arguments, required=chain)
        cls = "click.Group"
        if self.chance(0.3, "custom_group"):
            cls = self.pick("Reversed", "Extra", "Lazy", "Resolving")
        if self.chance(0.15, "aliases"):
            cls = "Aliases"
        made = self.write(cls, name, settings, params, members, variable)
        if depth and cls == "click.Group" and not chain and self.chance(0.08, "collection"):
            self.lines.append(f"{made} = collection({made})")
        if depth == 0 and members and self.chance(0.3, "same_command"):
            self.lines.append(f"{made}.add_command({self.pick(*members)}, 'same')")
        return made

    def command(self, name):
        settings = self.command_settings(name, is_group=False)
        cls = "click.Command"
        if self.chance(0.15, "custom_command"):
            cls = self.pick("Worded", "MoreParams", "Rewriting", "Silent")
        return self.write(cls, name, settings, self.params(True, True), None)

    def write(self, cls, name, settings, params, members, variable=None):
        self.commands += 1
        variable = variable or f"command_{self.commands}"
        given = [repr(name), *(f"{key}={value!r}" for key, value in settings.items())]
        if members is not None:
            given.append(f"commands=[{', '.join(members)}]")
        given.append("params=[" + "".join(f"\n    {param}," for param in params) + "\n]")
        self.lines.append(unquoted(f"{variable} = {cls}({', '.join(given)})"))
        return variable

    def command_settings(self, name, is_group):
        context = {}
        for setting, chance in (
            ("allow_extra_args", 0.1),
            ("ignore_unknown_options", 0.15),
        ):
            if self.chance(chance, setting):
                context[setting] = True
        if self.chance(0.15, "allow_interspersed_args"):
            context["allow_interspersed_args"] = is_group
        if self.chance(0.15, "token_normalize"):
            context["token_normalize_func"] = self.pick("@lowered@", "@undashed@")
        if self.chance(0.15, "help_names"):
            context["help_option_names"] = self.pick(["-h", "--help"], ["--hilfe"], ["-?"], ["+h"])
        settings = {"help": self.help()}
        if context:
            settings["context_settings"] = context
        if self.chance(0.15, "short_help"):
            settings["short_help"] = self.pick("brief", "two\n  lines", "a: b, c", "")
        if self.chance(0.1, "hidden_command"):
            settings["hidden"] = True
        if self.chance(0.15, "deprecated"):
            settings["deprecated"] = self.pick(True, "since 2")
        if self.chance(0.1, "no_help"):
            settings["add_help_option"] = False
        if self.chance(0.2, "no_args_is_help"):
            settings["no_args_is_help"] = self.pick(True, False)
        return settings

    def names(self, count):
        """Some names of commands that are not the same."""
        names = self.random.sample(WORDS, count)
        if self.chance(0.25, "non_ascii"):
            names[0] = self.pick(*FOREIGN)
        if self.chance(0.15, "punctuation"):
            names[-1] = self.pick("a:b", "x.y", "UPPER", "with space", "-dash", "it's", "a=b", "+p")
        return names

    def help(self):
        drawn = self.random.randint(0, 5)
        if drawn == 0:
            return self.pick(None, "")
        text = self.pick(*SENTENCES[:3])
        if drawn > 2 and "punctuation" in self.features:
            text = self.pick(*SENTENCES)
        if self.chance(0.3, "long_help"):
            text += " " + " ".join(self.random.sample(WORDS, 12)) + "."
        if self.chance(0.3, "multiline_help"):
            text = text.replace(" ", "\n    ", 2) + "\n\n    A second paragraph."
        if self.chance(0.15, "help_markers"):
            text = self.pick(*MARKERS)
        return text

    # Parameters.

    def params(self, options, arguments, required=False):
        self.letters = [*"abcdefgijklmnopqrstuvwxyzABCDEFGV0123"]
        self.random.shuffle(self.letters)
        self.words = self.random.sample(WORDS, len(WORDS))
        params = []
        for _ in range(self.random.randint(1, 6) if options else 0):
            params += self.option()
        if self.chance(0.15, "version_option"):
            params.append("version_option()")
        if self.chance(0.05, "confirmation"):
            params.append("confirmation_option()")
        if self.chance(0.1, "nameless"):
            params.append("option('-?', is_flag=True, expose_value=False)")
            params.append("option('-!', expose_value=False)")
        if self.chance(0.1, "named_help"):
            params.append("option('--assist', 'help', is_flag=True)")
        if params and self.chance(0.05, "duplicate_option"):
            params.append(params[0])
        if arguments:
            params += self.arguments(required)
            self.random.shuffle(params)
        return params

    def option_names(self):
        """The strings of one option."""
        word = self.words.pop()
        prefix = "--"
        if self.chance(0.12, "plus"):
            prefix = self.pick("+", "++")
        elif self.chance(0.08, "slash"):
            prefix = "/"
        elif self.chance(0.08, "single_dash_long"):
            prefix = "-"
        elif self.chance(0.08, "non_ascii"):
            word = self.pick(*FOREIGN)
        names = [prefix + word]
        if self.chance(0.5):
            letter = self.letters.pop()
            # A digit is no name of a parameter; the word is, where its prefix is the longer one.
            if prefix in ("--", "++") or not letter.isdigit():
                names.insert(self.pick(0, 1), prefix[0] + letter)
        if self.chance(0.05, "non_ascii"):
            names.append(self.pick("-é", "-名", "-e\u0301"))
        return names

    def option(self):
        """The options of one kind: one, or a few that share a destination."""
        names = self.option_names()
        kind = self.random.randint(0, 11)
        if kind <= 2:
            return [self.written("option", names, {"is_flag": True})]
        if kind == 3 and "flag_pair" in self.features:
            first = names[-1]
            separator = ";" if first.startswith("/") else "/"
            pair = f"{first}{separator}{self.pick('--no-', '-n-', '+no-')}{first.lstrip('-+/')}"
            return [self.written("option", [*names[:-1], pair], {})]
        if kind == 4 and "count" in self.features:
            return [self.written("option", names, {"count": True})]
        if kind == 5 and "flag_value" in self.features:
            made = []
            for value in self.pick(["one", "two", "three"], [1, 2], ["a", None]):
                names = self.option_names()
                made.append(self.written("option", [*names, "switch"], {"flag_value": value}))
            return made
        if kind == 6 and "shared_destination" in self.features:
            other = self.option_names()
            return [self.valued([*names, "shared"]), self.valued([*other, "shared"])]
        if kind == 7 and "optional_value" in self.features:
            settings = {"is_flag": False, "flag_value": "auto"}
            return [self.written("option", names, settings)]
        if kind == 8 and "bare_optional_value" in self.features:
            return [self.written("option", names, {"is_flag": False})]
        if kind == 9 and "prompt" in self.features:
            settings = self.pick(
                {"prompt": True}, {"prompt": True, "prompt_required": False}, {"prompt": "Which"}
            )
            return [self.written("option", names, dict(settings), never=("deprecated",))]
        return [self.valued(names)]

    def valued(self, names):
        """An option with values."""
        settings = self.type()
        if "type" in settings and settings["type"].startswith("@(") or settings.get("nargs"):
            if self.chance(0.3, "multiple"):
                settings["multiple"] = True
        elif self.chance(0.2, "multiple"):
            settings["multiple"] = True
        elif self.chance(0.15, "nargs"):
            settings["nargs"] = self.pick(2, 2, 3)
        elif self.chance(0.2, "default") and "type" not in settings:
            settings["default"] = self.pick("x", "größe", "--x")
        elif self.chance(0.15, "callable_default"):
            settings["default"] = "@default_word@"
        elif self.chance(0.02, "default_raises"):
            settings["default"] = "@default_raise@"
        if self.chance(0.1, "custom_option"):
            settings["cls"] = "@Noting@"
        return self.written("option", names, settings)

    def arguments(self, required):
        made, unlimited = [], False
        for _ in range(self.random.randint(0, 3)):
            name = self.words.pop()
            if self.chance(0.08, "argument_shares_option"):
                name = self.pick("shared", "switch", "help")
            settings = self.type()
            tuple_type = settings.get("type", "").startswith("@(")
            if (
                not tuple_type
                and not unlimited
                and not required
                and self.chance(0.3, "many_positionals")
            ):
                settings["nargs"], unlimited = -1, True
                settings["required"] = self.pick(True, False)
            elif not tuple_type and self.chance(0.2, "nargs"):
                settings["nargs"] = self.pick(2, 3)
            elif not required and self.chance(0.3, "optional_argument"):
                settings["required"] = False
            elif not required and not tuple_type and self.chance(0.2, "callable_default"):
                settings["default"] = "@default_word@"
            made.append(self.written("argument", [name], settings))
        return made

    def type(self):
        """The settings that say what a value is."""
        choices = self.random.sample(WORDS, 4)
        kinds = [None, "str", "int", "float", "bool", "click.IntRange(1, 9)", "click.UUID"]
        kinds += ["click.DateTime()", "click.FloatRange(0, 1, clamp=True)"]
        kinds += [f"click.Choice({choices!r})"] * 3
        if self.chance(0.3, "choice_folding"):
            choices = self.pick(["Straße", "STRASSE2", "İd"], ["Red", "RED2", "green", "a:b"])
            kinds += [f"click.Choice({choices!r}, case_sensitive={self.pick(True, False)})"] * 9
        if self.chance(0.15, "enum_choice"):
            kinds += [f"click.Choice(list(Colour), case_sensitive={self.pick(True, False)})"] * 9
        if self.chance(0.3, "path"):
            flags = self.pick(
                "",
                "dir_okay=False",
                "file_okay=False",
                "exists=True",
                "file_okay=False, dir_okay=False",
            )
            kinds += [f"click.Path({flags})"] * 6
        if self.chance(0.1, "file"):
            kinds += [f"click.File({self.pick('r', 'w', 'rb')!r})"] * 6
        if self.chance(0.2, "tuple_type"):
            kinds += ["(int, str)", "(click.Choice(['a', 'b']), click.Path(), int)"] * 4
        if self.chance(0.2, "custom_type"):
            kinds += [
                "Plain()",
                "Fruit()",
                "Tuned(['x', 'y'])",
                "Upper(['x', 'y'])",
                "Anywhere()",
            ] * 2
        if self.chance(0.1, "type_raises"):
            kinds += ["Failing()"] * 6
        kind = self.pick(*kinds)
        return {} if kind is None else {"type": f"@{kind}@"}

    def written(self, what, names, settings, never=()):
        """The source text of a parameter, with what any parameter may have."""
        if what == "option":
            if self.random.random() < 0.8:
                settings["help"] = self.help()
            if self.chance(0.08, "hidden"):
                settings["hidden"] = True
            if self.chance(0.1, "deprecated") and "deprecated" not in never:
                settings["deprecated"] = self.pick(True, "use the other")
        if self.chance(0.08, "eager"):
            settings["is_eager"] = True
        if self.chance(0.06, "expose_value"):
            settings["expose_value"] = False
        if self.chance(0.15, "envvar"):
            settings["envvar"] = self.pick("APP_WORD", "APP_NUMBER", ["APP_NONE", "APP_WORD"])
        for feature, chance, callbacks in (
            ("callback", 0.05, ["on_value"]),
            ("callback_prints", 0.03, ["on_value_print"]),
            ("callback_raises", 0.06, ["on_value_raise", "on_value_break", "on_value_forget"]),
            ("callback_exits", 0.03, ["on_value_exit", "on_value_exit", "on_value_leave"]),
            ("callback_shortens", 0.05, ["on_value_first"]),
        ):
            if self.chance(chance, feature):
                settings["callback"] = f"@{self.pick(*callbacks)}@"
        for feature, chance, completions in (
            ("complete_callback", 0.2, ["names", "items", "context", "tuple"]),
            (
                "complete_odd",
                0.04,
                ["multiline", "numbers", "late_string", "none", "generator", "surrogate"],
            ),
            ("complete_raises", 0.03, ["raising", "raising", "exiting"]),
            ("complete_prints", 0.02, ["printing"]),
        ):
            if self.chance(chance, feature):
                settings["shell_complete"] = f"@complete_{self.pick(*completions)}@"
        given = [*map(repr, names), *(f"{key}={value!r}" for key, value in settings.items())]
        return unquoted(f"{what}({', '.join(given)})")


def unquoted(text):
    """Takes strings "@TEXT@" as the expressions TEXT."""
    for quote in "'\"":
        text = re.sub(f"{quote}@(.*?)@{quote}", lambda found: found[1].replace("\\'", "'"), text)
    return text


def write(seed, directory, features, main="_console_main"):
    """Writes the application of this seed to "directory" as site-packages has it."""
    directory = pathlib.Path(directory)
    version = f"9.0.{seed}"
    info = f"pivot-{version}.dist-info"
    files = {
        "pivot/__init__.py": f'__version__ = "{version}"\n',
        "pivot/cli/__init__.py": Application(seed, features).source(),
        "pivot/cli/completion.py": "",
        "pivot/cli/parts.py": PARTS.read_text(),
        f"{info}/METADATA": f"Metadata-Version: 2.4\nName: pivot\nVersion: {version}\n",
        f"{info}/entry_points.txt": f"[console_scripts]\npivot = pivot.cli:{main}\n\n",
        f"{info}/INSTALLER": "pip\n",
    }
    record = ""
    for name, text in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        data = text.encode()
        path.write_bytes(data)
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip("=")
        record += f"{name},sha256={digest},{len(data)}\n"
    (directory / info / "RECORD").write_text(f"{record}{info}/RECORD,,\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--features", action="version", version=" ".join(FEATURES))
    parser.add_argument("seed", type=int)
    parser.add_argument("directory")
    parser.add_argument("--only", default="")
    parser.add_argument("--without", default="")
    parser.add_argument("--main", default="_console_main")
    given = parser.parse_args()
    features = FEATURES
    if given.only:
        features = [
            f for name in given.only.split(",") for f in (PLAIN if name == "plain" else [name])
        ]
    features = [feature for feature in features if feature not in given.without.split(",")]
    unknown = {*features, *filter(None, given.without.split(","))} - {*FEATURES}
    if unknown:
        parser.error(f"no such feature: {', '.join(sorted(unknown))}")
    write(given.seed, given.directory, features, given.main)


if __name__ == "__main__":
    main()
