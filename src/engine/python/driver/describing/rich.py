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
        takes_paths = "path" in help or ("target" in (parameter.name or "") and "tracked file" in help)
        return kind, "file_else" if takes_paths else "none"
    # Only of Pivot's own parameters, and only of those that take any text.
    if kind != "none" or completion is None or not isinstance(parameter.type, types.StringParamType):
        return kind, "none"
    is_argument = isinstance(parameter, core.Argument)
    words = set((parameter.name or "").lower().split("_"))
    if not is_argument and "remote" in words:
        return "remotes", "none"
    # Of another repository's references, which an import means, nothing is known here.
    if not is_argument and "rev" in words and "revision" in (parameter.help or "").lower():
        return "revisions", "none"
    before = []
    if is_argument:
        before = [other for other in context.command.params if isinstance(other, core.Argument)]
        before = before[: before.index(parameter)]
        if any("repo" in (other.name or "") for other in before):
            # A path in another repository.
            return "none", "none"
    if words & DIRECTORIES:
        return "none", "dir"
    if words & FILES:
        return "none", "file"
    if not is_argument:
        return "none", "none"
    if before and before[-1]._custom_shell_complete is getattr(completion, "complete_config_keys", 0):
        return "config_value", "none"
    if words & {"stage", "stages"}:
        return "stages", "none"
    if words >= {"run", "id"}:
        return "runs", "none"
    if words & {"target", "targets"}:
        return named_targets((context.command.help or "").lower())
    return "none", "none"


def named_targets(help):
    """What those targets are that Pivot completes with nothing, by what it says of the command."""
    if "imported" in help:
        return "imports", "none"
    if "stage:key" in help:
        return "targets", "file"
    if "stage name" in help:
        # An artifact is an output of a stage, or a file that one reads.
        return "stages", "file_else" if "artifact path" in help else "file"
    return "targets" if resolves_targets() else "none", "file"


def resolves_targets():
    """Whether commands that say nothing of it take `stage` and `stage:key` for what the stage wrote."""
    try:
        from pivot.cli import targets
    except ImportError:
        return False
    return hasattr(targets, "resolve_cli_target")


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
