"""What generated applications are made of (applications.py): types, classes, callbacks.

Runs under click 8.1 and 8.5. Nothing here remembers anything from one TAB to the next.
"""

import enum
import inspect
import os
import sys

import click
from click.shell_completion import CompletionItem

DEPRECATES = "deprecated" in inspect.signature(click.Parameter.__init__).parameters


def option(*names, cls=click.Option, **settings):
    if not DEPRECATES:
        settings.pop("deprecated", None)
    return cls(list(names), **settings)


def argument(name, **settings):
    return click.Argument([name], **settings)


def version_option():
    return click.version_option("1.0")(click.Command("x")).params[0]


def confirmation_option():
    return click.confirmation_option()(click.Command("x")).params[0]


def collection(group):
    """The same commands, from two sources."""
    half = click.Group("half", commands=dict(sorted(group.commands.items())[::2]))
    return click.CommandCollection(
        group.name, sources=[half, group], params=group.params, help=group.help
    )


class Colour(enum.Enum):
    RED = 1
    green = 2
    Weiß = 3


class Plain(click.ParamType):
    name = "plain"


class Fruit(click.ParamType):
    name = "fruit"

    def shell_complete(self, ctx, param, incomplete):
        fruits = ["apple", "banana:ripe", "cherry,sour", "größe"]
        return [CompletionItem(f, help=param.name) for f in fruits if f.startswith(incomplete)]


class Failing(click.ParamType):
    name = "failing"

    def convert(self, value, param, ctx):
        raise ValueError(value)


class Tuned(click.Choice):
    """A subclass that overrides nothing."""


class Upper(click.Choice):
    def shell_complete(self, ctx, param, incomplete):
        return [CompletionItem(str(c).upper()) for c in self.choices]


class Anywhere(click.Path):
    def shell_complete(self, ctx, param, incomplete):
        return [CompletionItem(os.path.join("here", incomplete), type="file", help="a path")]


class Noting(click.Option):
    def shell_complete(self, ctx, incomplete):
        return [CompletionItem("noted:" + incomplete)]


class Reversed(click.Group):
    def list_commands(self, ctx):
        return sorted(self.commands, reverse=True)


class Aliases(click.Group):
    """Finds commands by their start; lists one that is not there, and one twice."""

    def list_commands(self, ctx):
        names = list(self.commands)
        return ["phantom", *names, *names[:1]]

    def get_command(self, ctx, cmd_name):
        found = [name for name in self.commands if name.startswith(cmd_name)]
        return super().get_command(ctx, cmd_name) or (
            self.commands[found[0]] if len(found) == 1 else None
        )


class Extra(click.Group):
    def shell_complete(self, ctx, incomplete):
        return [*super().shell_complete(ctx, incomplete), CompletionItem("extra", help="one more")]


class Lazy(click.Group):
    """As Pivot's own root: the commands are looked up elsewhere."""

    def __init__(self, *arguments, commands=(), **settings):
        super().__init__(*arguments, **settings)
        self.elsewhere = {command.name: command for command in commands}

    def list_commands(self, ctx):
        return sorted(self.elsewhere)

    def get_command(self, ctx, cmd_name):
        return self.elsewhere.get(cmd_name)


class Resolving(click.Group):
    def resolve_command(self, ctx, args):
        return super().resolve_command(ctx, [args[0].lower(), *args[1:]])


class Worded(click.Command):
    def get_short_help_str(self, limit=45):
        return f"{self.name}: {limit}"


class MoreParams(click.Command):
    def get_params(self, ctx):
        return [*super().get_params(ctx), click.Option(["--more-params"], help="from get_params")]


class Rewriting(click.Command):
    def parse_args(self, ctx, args):
        return super().parse_args(ctx, [arg.replace("_", "-") for arg in args])


class Silent(click.Command):
    def shell_complete(self, ctx, incomplete):
        return []


def lowered(token):
    return token.lower()


def undashed(token):
    return token.replace("_", "-")


def complete_names(ctx, param, incomplete):
    names = ("alpha", "alpine", "beta", "x:y", "größe")
    return [name for name in names if name.startswith(incomplete)]


def complete_items(ctx, param, incomplete):
    return [
        CompletionItem("one", help="first"),
        CompletionItem("two:three", help="a: b"),
        CompletionItem("four", type="dir"),
        CompletionItem("", type="file"),
        CompletionItem("a:b"),
    ]


def complete_context(ctx, param, incomplete):
    names = f"{ctx.command.name}-{ctx.info_name}-{param.name}"
    return [names, *sorted(ctx.params), ctx.command_path]


def complete_multiline(ctx, param, incomplete):
    return [
        CompletionItem("a\nb\tc", help="d\ne\tf\rg"),
        CompletionItem("_", help="_"),
        CompletionItem("", help=""),
    ]


def complete_numbers(ctx, param, incomplete):
    return [CompletionItem(1), CompletionItem(2.5, help="half")]


def complete_late_string(ctx, param, incomplete):
    return [CompletionItem("a"), "b"]


def complete_none(ctx, param, incomplete):
    return None


def complete_generator(ctx, param, incomplete):
    return (name for name in ("a", "b"))


def complete_tuple(ctx, param, incomplete):
    return ("a", "b")


def complete_surrogate(ctx, param, incomplete):
    return ["a\udcff"]


def complete_raising(ctx, param, incomplete):
    raise RuntimeError(incomplete)


def complete_exiting(ctx, param, incomplete):
    sys.exit(7)


def complete_printing(ctx, param, incomplete):
    print("noise", incomplete)
    click.echo("more noise")
    return ["quiet"]


def on_value(ctx, param, value):
    return value


def on_value_print(ctx, param, value):
    if value:
        click.echo(f"callback of {param.name}: {value}")
    return value


def on_value_raise(ctx, param, value):
    raise click.BadParameter("never")


def on_value_break(ctx, param, value):
    raise KeyError(param.name)


def on_value_exit(ctx, param, value):
    if value:
        ctx.exit(3)


def on_value_leave(ctx, param, value):
    if value:
        sys.exit(4)


def on_value_first(ctx, param, value):
    return value[:1] if isinstance(value, tuple) else value


def on_value_forget(ctx, param, value):
    ctx.params.clear()


def default_word():
    return "made"


def default_raise():
    raise RuntimeError("no default")
