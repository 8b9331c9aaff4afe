# What is known of a parameter's value beside what click knows, for rich answers: by the parameter's
# name, by what Pivot's help says of it, and by Pivot's model of its config.
# Parts of the names of parameters that are paths, where nothing else tells.
FILES = {"path", "paths", "file", "files", "filename", "filenames", "out", "output"}
DIRECTORIES = {"dir", "dirs", "directory", "directories", "folder"}


def rich(parameter, kind, completion, context):
    """What its value is completed with by more than click knows: a kind, and paths beside it."""
    from click import core, types

    if kind in ("file", "dir"):
        return "none", kind
    if kind in ("stages", "targets"):
        # Names come first; of many of these commands Pivot says that they take paths, too.
        help = (context.command.help or "").lower()
        takes_paths = "path" in help or (kind == "targets" and "tracked file" in help)
        return kind, "file_else" if takes_paths else "none"
    # Only of Pivot's own parameters, and only of those that take any text.
    if kind != "none" or completion is None or not isinstance(parameter.type, types.StringParamType):
        return kind, "none"
    is_argument = isinstance(parameter, core.Argument)
    words = set((parameter.name or "").lower().split("_"))
    if "remote" in words and not is_argument:
        return "remotes", "none"
    if words & DIRECTORIES:
        return "none", "dir"
    if words & FILES:
        return "none", "file"
    if not is_argument:
        return "none", "none"
    before = [other for other in context.command.params if isinstance(other, core.Argument)]
    before = before[: before.index(parameter)]
    if before and before[-1]._custom_shell_complete is getattr(completion, "complete_config_keys", 0):
        return "config_value", "none"
    if words & {"stage", "stages"}:
        return "stages", "none"
    if words & {"target", "targets"}:
        # Pivot says of each command which targets it takes.
        help = (context.command.help or "").lower()
        kind = "targets" if "stage:key" in help else "stages" if "stage name" in help else "none"
        return kind, "file"
    return "none", "none"


def config_key(key, words, values):
    """A config key, its help, and what it may be set to."""
    last = key.split(".")[-1].split("_")
    kind = "choice" if values.get(key) else "remotes" if last[-1] == "remote" else "none"
    paths = "dir" if last[-1] == "dir" else "none"
    return {"key": key, "help": words, "values": values.get(key, []), "kind": kind, "paths": paths}


def config_values(completion):
    """The values of those config keys that have few, by Pivot's model of its config."""
    try:
        from pivot.config import models

        return dict(of_model(models.PivotConfig, ""))
    except Exception:
        return {}


def of_model(model, above):
    for name, field in model.model_fields.items():
        kind = field.annotation
        if hasattr(kind, "model_fields"):
            yield from of_model(kind, f"{above}{name}.")
        elif values := few_values(kind):
            yield f"{above}{name}", values


def few_values(kind):
    """The values of a type that has few, as they are typed."""
    import enum
    import typing

    if kind is bool:
        return ["true", "false"]
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return [str(member.value) for member in kind]
    if typing.get_origin(kind) is typing.Literal:
        return [str(value) for value in typing.get_args(kind)]
    if typing.get_origin(kind) is list:
        return few_values(*typing.get_args(kind))
    return []
