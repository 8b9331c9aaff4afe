# Patterns of names: what matches them, and which one a regular expression of `pathlib` was made from.
import re

matchers = {}
SPECIAL = frozenset("*?[")


def matches(pattern, name):
    match = matchers.get(pattern)
    if not match:
        match = matchers[pattern] = matcher(pattern)
    return match(name)


def matcher(pattern):
    ending = pattern[1:]
    if pattern[:1] == "*" and SPECIAL.isdisjoint(ending):
        return lambda name: name.endswith(ending)
    import fnmatch

    return re.compile(fnmatch.translate(pattern)).match


def pattern_of(match):
    """The pattern that a method of a regular expression was made from, where that is certain."""
    expression = getattr(match, "__self__", None)
    text = getattr(expression, "pattern", None)
    if not isinstance(text, str) or expression.flags & re.IGNORECASE:
        return None
    import fnmatch
    import sys

    # Which pathlib has loaded where it uses it.
    glob = sys.modules.get("glob")
    body = text.removeprefix("(?s:")[: -len(")\\Z")]
    pattern = "".join(map(part_of, re.finditer(PARTS, body, re.DOTALL)))
    made = [fnmatch.translate(pattern)]
    if hasattr(glob, "translate"):
        made.append(glob.translate(pattern, recursive=True, include_hidden=True, seps="/"))
    return pattern if text in made else None


# Of what `fnmatch.translate` and `glob.translate` make: an escaped character, any number of
# characters, one of some, one of any, a group around the shortest match, itself.
PARTS = (
    r"\\(?P<escaped>.)|(?P<many>\[\^/\][*+]|\.\*\??)|(?P<one>\[\^/\]|\.)"
    r"|(?P<some>\[(?:\\.|[^\\])+?\])|(?P<group>\(\?>|\(\?=|\))|(?P<itself>.)"
)


def part_of(part):
    if part["many"]:
        return "*"
    if part["one"]:
        return "?"
    if part["some"]:
        some = part["some"].replace("\\\\", "\\")
        return "[!" + some[2:] if some.startswith("[^") else some
    character = part["escaped"] or part["itself"] or ""
    return f"[{character}]" if character in ("*", "?", "[") else character
