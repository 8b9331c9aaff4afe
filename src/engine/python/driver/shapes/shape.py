# The shape of a module: a digest of its compiled code without line numbers, in which the code of a
# function that never started is what its surroundings can see of it. The driver takes it from the code
# that an import executed, and the check (src/engine/python/check.py) from that of an edited file.
import sys

ARGUMENTS, KEYWORDS = 0x04, 0x08
# What a class body says of its lines, and of the attributes in its methods' bodies: constants since Python 3.13.
OF_LINES = ("__firstlineno__", "__static_attributes__")
SHIFTS = (("LOAD_GLOBAL", 1), ("LOAD_ATTR", 1), ("LOAD_SUPER_ATTR", 2))
CODE = type(compile("", "", "exec"))
# Constants that stand for themselves.
THEMSELVES = frozenset((str, bytes, bool, int, type(None), type(...)))


class Unsure(Exception):
    """Something in the code that is not known here."""


def shape(code, has_started):
    """The digest of a module's code, 16 hex digits.

    `has_started` is asked about each code object inside of those that started, in the order in which
    they lie there. Raises `Unsure`.
    """
    import marshal

    told = sys.version, sys.implementation.cache_tag, whole(code, has_started)
    # As of Python 2: without marks on what is held elsewhere too.
    return digest(marshal.dumps(told, 2))


def digest(content):
    try:
        from _blake2 import blake2b
    except ImportError:
        from hashlib import blake2b
    return blake2b(content, digest_size=8).hexdigest()


def whole(code, has_started):
    """All of a code object but its lines."""
    constants = [
        value if type(value) in THEMSELVES else constant(value, has_started) for value in code.co_consts
    ]
    if any(name in code.co_names for name in OF_LINES):
        does = instructions(code, constants)
    else:
        does = code.co_code, constants
    return head(code), code.co_varnames, code.co_names, code.co_exceptiontable, does


def head(code):
    """What the surroundings of a function can see of its code."""
    count = code.co_argcount + code.co_kwonlyargcount
    count += bool(code.co_flags & ARGUMENTS) + bool(code.co_flags & KEYWORDS)
    return (
        code.co_name,
        code.co_qualname,
        code.co_argcount,
        code.co_posonlyargcount,
        code.co_kwonlyargcount,
        code.co_flags,
        code.co_varnames[:count],
        code.co_freevars,
        code.co_cellvars,
        docstring(code),
    )


def docstring(code):
    """Its docstring, if it has one: from Python 3.14 on its flags tell."""
    first = code.co_consts[0] if code.co_consts else None
    return first if type(first) is str else None


def constant(value, has_started):
    """A constant as what stands for no other: itself, or its kind and what is in it."""
    kind = type(value)
    if kind in THEMSELVES:
        return value
    if kind is CODE:
        return ("code", whole(value, has_started)) if has_started(value) else ("head", head(value))
    if kind in (float, complex) and value == value:
        return value
    if kind is tuple:
        return "tuple", [constant(item, has_started) for item in value]
    if kind is frozenset:
        # Whose order differs from process to process.
        return "set", sorted(ascii(constant(item, has_started)) for item in value)
    if kind is slice:
        return "slice", [constant(end, has_started) for end in (value.start, value.stop, value.step)]
    raise Unsure(f"a constant of type {kind.__name__}")


def instructions(code, constants):
    """The instructions of a class body, each with its constant, but for its line."""
    import opcode

    of_lines = [code.co_names.index(name) for name in OF_LINES if name in code.co_names]
    store = opcode.opmap["STORE_NAME"]
    # Which bits of an argument are not the name's number.
    shifts = {opcode.opmap.get(name): shift for name, shift in SHIFTS}
    told, stored = [], 0
    for operation, argument in decoded(code):
        if operation in opcode.hasconst:
            told.append((operation, constants[argument]))
        elif operation == store and argument in of_lines:
            # In the place of what is stored, whichever instruction that was loaded by.
            name = code.co_names[argument]
            told[-1:] = [("stored", name, stored_attributes(told[-1]) if name != OF_LINES[0] else None)]
            stored += 1
        elif operation in opcode.hasname and argument >> shifts.get(operation, 0) in of_lines:
            raise Unsure("code that asks for its lines")
        else:
            told.append((operation, argument))
    if stored != len(of_lines):
        raise Unsure("a class body that tells its lines in a way of its own")
    return told


def decoded(code):
    """The instructions, each with its argument."""
    from opcode import opmap

    content, argument = code.co_code, 0
    for place in range(0, len(content), 2):
        operation, argument = content[place], argument << 8 | content[place + 1]
        if operation != opmap["EXTENDED_ARG"]:
            yield operation, argument
            argument = 0


def stored_attributes(loaded):
    """The names that an instruction loads, whose order differs from process to process (Python 3.13.0)."""
    _, value = loaded
    if type(value) is tuple and value[0] == "tuple":
        return sorted(value[1])
    raise Unsure("a class body that tells its attributes in a way of its own")
