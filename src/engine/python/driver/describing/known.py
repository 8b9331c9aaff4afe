# Which code that decides about a completion is known: click's own, and some functions of Pivot's.
# All other code may answer otherwise tomorrow.
import sys

# sha256 of the modules of click that completion goes through: those of 8.5.1 and of 8.1.8. Whether
# they are 8.1's.
CLICKS = {
    "6ec7a1b670a0e94e06cabb4643c99cae35b9c7dd42f4d88bafa2bf4a1e611e13": False,
    "bbf23b7773266e2d04518dcb5e08f8b07319f954c8a4efa510737e6dd9e392b8": True,
}
CLICK_MODULES = ("core", "parser", "types", "shell_completion", "decorators")
# sha256 of pivot/cli/completion.py: the meaning of its callbacks in 0.1.0, and in 0.2.4 to 0.5.11.
COMPLETIONS = {
    "d856355489f1973084821eb3abecf06a94bf2ad92b1a7141db979a402f34f83b": 1,
    "5175fc7143b169f50e9353dfc6451c90903950611418646d2c915a6b252ca3f2": 2,
}
# sha256 of the source of functions whose results depend on nothing that could change.
FUNCTIONS = frozenset(
    (
        # PivotGroup.list_commands and get_command, 0.1.0 to 0.5.11: from a table of names.
        "f65c0730a33fb29a430a645423cd0e1004cf7b8acae1951d6cb165dfa3377c20",
        "2b604d0fa2ed09e0732f260ff77627c57de8f76dbe4e8f3cba73ccf731a3b351",
        # _parse_resource_capacities, 0.2.4 to 0.5.11: parses, or refuses.
        "ed1b494479cf05c75c656f274d17c484c089eaef871eda3f8e46438999dac10a",
    )
)
# What of click's a class may have in its own way without changing a completion.
HARMLESS = frozenset(
    (
        "add_command",
        "add_source",
        "callback",
        "collect_usage_pieces",
        "command",
        "command_class",
        "get_error_hint",
        "get_help",
        "get_help_extra",
        "get_help_record",
        "get_help_spec",
        "get_metavar",
        "get_missing_message",
        "get_usage",
        "get_usage_pieces",
        "group",
        "group_class",
        "human_readable_name",
        "invoke",
        # Was called, and what it called is known.
        "main",
        "make_metavar",
        "prompt_for_value",
        "result_callback",
        "to_info_dict",
    )
)
# Where the rest of click's functions come from.
LANGUAGE = ("abc", "collections", "contextlib", "dataclasses", "enum", "functools", "typing")
# Of the names between two underscores these alone decide about attributes of others.
ATTRIBUTES = ("__class__", "__getattr__", "__getattribute__")


class Doubt(Exception):
    """Why a command's completion cannot be told beforehand."""


def sha256(content):
    import hashlib

    return hashlib.sha256(content).hexdigest()


def is_known(function):
    """Whether this is a function of Pivot's whose source is known."""
    import inspect

    try:
        return sha256(inspect.getsource(function).encode()) in FUNCTIONS
    except (OSError, TypeError):
        return False


def which_click():
    """Whether the click here has the ways of 8.1; a doubt where it is another than those known."""
    import importlib

    modules = [importlib.import_module(f"click.{name}") for name in CLICK_MODULES]
    content = b""
    for module in modules:
        with open(module.__file__, "rb") as source:
            content += source.read()
    is_81 = CLICKS.get(sha256(content))
    if is_81 is None:
        raise Doubt("an unknown click")
    for module in modules:
        for holder in (module, *filter(is_clicks, vars(module).values())):
            for attribute, value in vars(holder).items():
                refuse_replaced(attribute, value, module is holder)
    shells = sys.modules["click.shell_completion"]._available_shells
    if not all(is_clicks(shells.get(shell)) for shell in ("bash", "zsh", "fish")):
        raise Doubt("a shell's own completion class")
    return is_81


def refuse_replaced(name, value, in_module):
    """Doubts where a function of click's was replaced by somebody's."""
    code_globals = getattr(value, "__globals__", None)
    if code_globals is None or in_module and (not name.startswith("_") or name == "_"):
        # No function, or perhaps one that was imported.
        return
    home = code_globals.get("__name__", "")
    if home.partition(".")[0] not in ("click", *LANGUAGE):
        raise Doubt(f"click's {name} is that of {home}")


def is_clicks(thing):
    """Whether this is one of click's own classes."""
    module = getattr(thing, "__module__", None)
    return (
        isinstance(thing, type)
        and isinstance(module, str)
        and module.startswith("click.")
        and vars(sys.modules.get(module, sys)).get(thing.__name__) is thing
    )


def changed(thing, pristine):
    """What of click's `thing` does in a way of its own, by its class or by itself.

    `pristine` are the names that click's own objects have.
    """
    kind = type(thing)
    clicks = next((base for base in kind.__mro__ if is_clicks(base)), None)
    if clicks is None:
        raise Doubt(f"{kind.__name__} is no class of click's")
    found = set()
    for base in kind.__mro__:
        if base is object or base.__module__ == "typing" or is_clicks(base):
            continue
        for name, value in vars(base).items():
            does = callable(value) or hasattr(value, "__get__")
            counts = name in ATTRIBUTES if is_dunder(name) else name in pristine
            if does and counts and not is_known(value):
                found.add(name)
    for name, value in vars(thing).items():
        if callable(value) and callable(getattr(clicks, name, None)):
            found.add(name)
    return {name for name in found - HARMLESS if not name.startswith("format_")}


def is_dunder(name):
    return name.startswith("__") and name.endswith("__")
