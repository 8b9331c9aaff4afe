# Describes Pivot's command line: everything that click's completion looks at, as far as it is the
# same at every TAB. What may not be makes its command opaque: Pivot itself answers there.
import os
import sys

COMMANDS_MAX, DEPTH_MAX = 10_000, 50
KINDS = (
    ("complete_stages", "stages"),
    ("complete_targets", "targets"),
    ("complete_config_keys", "config_keys"),
)
# Of other modules these convert a value without a look at anything else.
PURE_MODULES = ("builtins", "pathlib", "pathlib._local", "decimal", "fractions", "uuid")


def described(program):
    """The description as JSON, and the fields of what it depends on."""
    import json

    sys.addaudithook(refuse_stale)
    missing = Missing()
    found = entry(program)
    try:
        from pivot.cli import completion
    except ImportError:
        completion = None
    callbacks = meaning(completion)
    python, click, pivot = versions = versions_here()
    walk = Walk(completion if callbacks else None)
    root = walk.root(found)
    keys = getattr(completion, "CONFIG_KEY_DESCRIPTIONS", {}) if callbacks else {}
    values = config_values(completion)
    description = {
        "click": click,
        "pivot": pivot,
        "flags": {"click81": walk.is_81},
        "callbacks": callbacks,
        "config_keys": [config_key(str(key), words or "", values) for key, words in keys.items()],
        "root": root,
    }
    yield b"j", json.dumps(description, ensure_ascii=False, separators=(",", ":"))
    yield from installation(program, missing)
    yield b"v", " ".join(versions)


def refuse_stale(event, arguments):
    """Has sources compiled that nobody installed, where their bytecode may be older than they are."""
    if event == "open" and isinstance(arguments[0], str) and arguments[0].endswith(".pyc"):
        bytecode, source = arguments[0], source_of(arguments[0])
        standard = os.path.dirname(os.__file__) + "/"
        if not source or source.startswith(standard) or not LIBRARIES.isdisjoint(source.split("/")):
            return
        # Not where this looks at the bytecode itself.
        if sys._getframe(1).f_code is not is_stale.__code__ and is_imported() and exists(source):
            if is_stale(bytecode, source):
                raise OSError("bytecode that may be older than its source")


def meaning(completion):
    """Which of the known meanings Pivot's callbacks have here; 0: an unknown one."""
    try:
        with open(completion.__file__, "rb") as source:
            return COMPLETIONS.get(sha256(source.read()), 0)
    except (AttributeError, OSError, TypeError):
        return 0


class Walk:
    """A way through all commands, from the root."""

    def __init__(self, completion):
        from click import core

        self.core = core
        # The module of Pivot's callbacks, where their meaning is known.
        self.completion = completion
        self.left = COMMANDS_MAX
        self.is_81 = False
        self.group = vars(core).get("MultiCommand", core.Group)
        commands = [core.Command("x"), core.Group("x"), core.CommandCollection("x")]
        parameters = [core.Option(["--x"]), core.Argument(["x"])]
        self.pristine = {name for command in commands for name in dir(command)}
        self.pristine_parameter = {name for parameter in parameters for name in dir(parameter)}

    def root(self, found):
        try:
            self.is_81 = which_click()
            if found.variable != "_PIVOT_COMPLETE":
                raise Doubt("completes by another variable")
            doubt = None
        except Exception as error:
            doubt = error
        return self.command("pivot", found.command, "", True, (), None, found.extra, doubt)

    def command(self, name, command, words, listed, above, parent, given, doubt=None):
        """One command with all below it. `above` are the commands that lead to it, `parent` the
        context of the last, `given` what its context is made with beside its own settings.
        """
        told = {
            "name": name,
            "help": words,
            "listed": listed,
            "opaque": False,
            "group": isinstance(command, self.group),
            "chain": False,
            "interspersed": False,
            "params": [],
            "commands": [],
        }
        try:
            if doubt:
                raise doubt
            if len(above) >= DEPTH_MAX or any(command is other for other in above):
                raise Doubt("too deep")
            told.update(self.details(name, command, above, parent, given))
        except (Exception, SystemExit) as error:
            told["opaque"] = True
            # For people alone.
            told["doubt"] = str(error) if isinstance(error, Doubt) else repr(error)
        return told

    def details(self, name, command, above, parent, given):
        core = self.core
        own = changed(command, self.pristine)
        if own:
            raise Doubt(f"{type(command).__name__} has its own {min(own)}")
        if command.context_class is not core.Context:
            raise Doubt("a context of its own class")
        settings = {**command.context_settings, **given, "resilient_parsing": True}
        context = core.Context(command, info_name=name, parent=parent, **settings)
        if context.token_normalize_func is not None:
            raise Doubt("normalises words")
        if context.ignore_unknown_options:
            raise Doubt("ignores unknown options")
        defaults = context.default_map
        if defaults is not None and (type(defaults) is not dict or any(map(callable, defaults.values()))):
            raise Doubt("computes defaults")
        if self.is_81 and command.add_help_option and len(command.get_help_option_names(context)) > 1:
            raise Doubt("help options without an order")
        if hasattr(command, "_help_option"):
            # It may have been made in a context with other names.
            command._help_option = None
        parameters = command.get_params(context)
        check_parser(command.make_parser(context), parameters, core)
        shared = [parameter.name for parameter in parameters]
        for parameter in parameters:
            if self.is_81 and parameter.nargs == -1 and parameter.envvar and shared.count(parameter.name) > 1:
                raise Doubt("a shared name that an environment variable may give")
        names = list(dict.fromkeys(parameter.name or "" for parameter in parameters))
        return {
            "chain": bool(getattr(command, "chain", False)),
            "interspersed": bool(context.allow_interspersed_args),
            "params": [
                self.parameter(parameter, names.index(parameter.name or ""), context)
                for parameter in parameters
            ],
            "commands": list(self.commands(command, context, (*above, command))),
        }

    def commands(self, group, context, above):
        if not isinstance(group, self.group):
            return
        listed = list(group.list_commands(context))
        others = [name for name in reachable(group, self.pristine) if name not in listed]
        self.left -= len(listed) + len(others)
        if self.left < 0:
            raise Doubt("too many commands")
        given = {}
        if group.chain:
            given = {"allow_extra_args": True, "allow_interspersed_args": False}
        for index, name in enumerate(listed + others):
            command = group.get_command(context, name)
            if command is None:
                continue
            if not isinstance(command, self.core.Command):
                raise Doubt("a command that is none of click's")
            if not changed(command, self.pristine).isdisjoint(("get_short_help_str", "hidden")):
                raise Doubt("a help text that may change")
            shown = index < len(listed) and not command.hidden
            words = command.get_short_help_str() if shown else ""
            yield self.command(text(name), command, text(words), shown, above, context, given)

    def parameter(self, parameter, dest, context):
        is_argument = isinstance(parameter, self.core.Argument)
        if not is_argument and not isinstance(parameter, self.core.Option):
            raise Doubt("neither an option nor an argument")
        own = changed(parameter, self.pristine_parameter)
        if own - {"shell_complete"}:
            raise Doubt(f"{type(parameter).__name__} has its own {min(own)}")
        if callable(parameter.default):
            raise Doubt(f"{parameter.name}: computes its default")
        callback = parameter.callback
        if callback is not None and not is_clicks_function(callback) and not is_known(callback):
            raise Doubt(f"{parameter.name}: has a callback of its own")
        own_type = changed_type(parameter.type)
        if own_type - {"shell_complete"}:
            raise Doubt(f"{parameter.name}: has a type of its own")
        is_flag = bool(getattr(parameter, "is_flag", False))
        is_count = bool(getattr(parameter, "count", False))
        kind, choices, beside = "none", [], ("none", "none")
        if "shell_complete" in own | own_type:
            kind = "opaque"
        elif not is_flag and not is_count:
            kind, choices = self.kind(parameter, context)
            beside = rich(parameter, kind, self.completion, context)
        insensitive = kind == "choice" and not parameter.type.case_sensitive
        return {
            "argument": is_argument,
            "dest": dest,
            "opts": list(map(text, parameter.opts)),
            "secondary": list(map(text, parameter.secondary_opts)),
            "nargs": parameter.nargs,
            "multiple": bool(getattr(parameter, "multiple", False)),
            "flag": is_flag,
            "count": is_count,
            "hidden": bool(getattr(parameter, "hidden", False)),
            "optional_value": bool(getattr(parameter, "_flag_needs_value", False)),
            "help": text(getattr(parameter, "help", None) or ""),
            "kind": kind,
            "rich": "opaque" if kind == "opaque" else beside[0],
            "paths": beside[1],
            "insensitive": insensitive,
            "choices": choices,
        }

    def kind(self, parameter, context):
        """How its value is completed, and the choices there are."""
        from click import types

        custom = parameter._custom_shell_complete
        if custom is not None:
            for name, kind in KINDS:
                if self.completion and custom is getattr(self.completion, name, None):
                    return kind, []
            return "opaque", []
        type = parameter.type
        if isinstance(type, types.Choice):
            return self.choices(type, context)
        if isinstance(type, types.File):
            return "file", []
        if isinstance(type, types.Path):
            return "dir" if type.dir_okay and not type.file_okay else "file", []
        return "none", []

    def choices(self, type, context):
        """Pairs of what is compared with the word, and what is printed."""
        from enum import Enum

        choices = []
        for choice in type.choices:
            if not isinstance(choice, (str, int, float, Enum)):
                return "opaque", []
            printed = text(str(choice) if self.is_81 else type.normalize_choice(choice, context))
            if not type.case_sensitive and not printed.isascii():
                # Whose lower case is for Python to say.
                return "opaque", []
            choices.append([printed if type.case_sensitive else printed.lower(), printed])
        return "choice", choices


def reachable(group, pristine):
    """The names of commands that a group has, listed or not."""
    sources = getattr(group, "sources", ())
    commands = getattr(group, "commands", {})
    if type(commands) is not dict or type(sources) not in (list, tuple):
        raise Doubt("a table of commands of its own")
    names = list(commands)
    for source in sources:
        if changed(source, pristine):
            raise Doubt("a source of its own kind")
        names += reachable(source, pristine)
    return dict.fromkeys(names)


def check_parser(parser, parameters, core):
    """Doubts where click's parser knows other words than the parameters tell."""
    expected = {}
    for parameter in parameters:
        if isinstance(parameter, core.Option):
            takes_value = not parameter.is_flag and not parameter.count
            if takes_value and parameter.nargs < 1:
                raise Doubt("an option with any number of values")
            nargs = parameter.nargs if takes_value else 1
            for word in (*parameter.opts, *parameter.secondary_opts):
                expected[word] = (parameter, takes_value, nargs, parameter.name)
    options = {**parser._short_opt, **parser._long_opt}
    known = {
        word: (option.obj, option.takes_value, option.nargs, option.dest)
        for word, option in options.items()
    }
    arguments = [(argument.dest, argument.nargs) for argument in parser._args]
    if sum(nargs < 0 for _, nargs in arguments) > 1 or any(nargs == 0 for _, nargs in arguments):
        raise Doubt("arguments that words cannot be dealt to")
    if known != expected or arguments != [
        (parameter.name, parameter.nargs)
        for parameter in parameters
        if isinstance(parameter, core.Argument)
    ]:
        raise Doubt("a parser that knows other words")
    actions = {}
    for option in options.values():
        actions.setdefault(option.dest, set()).add(option.action)
    for several in actions.values():
        # What one stores, the other cannot append or add to.
        if len(several) > 1 and not several.isdisjoint(("append", "append_const", "count")):
            raise Doubt("options of one name that do not go together")
    for option in options.values():
        nothing = None if not hasattr(core, "UNSET") else core.UNSET
        if option.action.endswith("_const") and option.const is nothing:
            raise Doubt("a flag that leaves no trace")


def is_clicks_function(function):
    home = getattr(function, "__globals__", {}).get("__name__")
    return home in ("click.core", "click.decorators")


def changed_type(type):
    """What a parameter's type does in a way of its own."""
    from click import types

    if isinstance(type, types.FuncParamType):
        function = type.func
        if getattr(function, "__module__", None) not in PURE_MODULES:
            return {"func"}
    names = set(dir(type.__class__))
    own = changed(type, names) - {"func"}
    if isinstance(type, types.Tuple):
        # Its members only convert.
        own = own.union(*(changed_type(member) - {"shell_complete"} for member in type.types))
    return own


def text(value):
    if not isinstance(value, str):
        raise Doubt(f"{value!r} is no text")
    return value
