# The shape of a module: a digest of its compiled code without line numbers, in which the code of a
# function that never started is what its surroundings can see of it. The driver takes it from the code
# that an import executed, and the check (src/engine/python/check.py) from that of an edited file.
import sys

ARGUMENTS, KEYWORDS = 0x04, 0x08
# What a class body says of its lines, and of its methods' bodies: constants since Python 3.13.
OF_LINES = ("__firstlineno__", "__static_attributes__")
SHIFTS = (("LOAD_GLOBAL", 1), ("LOAD_ATTR", 1), ("LOAD_SUPER_ATTR", 2))
CODE = type(compile("", "", "exec"))


class Unsure(Exception):
    """Something in the code that is not known here."""


def shape(code, has_started):
    """The digest of a module's code, 16 hex digits.

    `has_started` is asked about each code object inside of those that started, in the order in which
    they lie there. Raises `Unsure`.
    """
    parts = [sys.version, sys.implementation.cache_tag or ""]
    whole(code, has_started, parts.append)
    return digest("\n".join(parts).encode("ascii", "backslashreplace"))


def digest(content):
    try:
        from _blake2 import blake2b
    except ImportError:
        from hashlib import blake2b
    return blake2b(content, digest_size=8).hexdigest()


def whole(code, has_started, put):
    """All of a code object but its lines."""
    put(head(code))
    put(ascii((code.co_varnames, code.co_names, code.co_exceptiontable)))
    constants = [constant(value, has_started) for value in code.co_consts]
    if any(name in code.co_names for name in OF_LINES):
        put(ascii(instructions(code, constants)))
    else:
        put(code.co_code.hex())
        put(ascii(constants))


def head(code):
    """What the surroundings of a function can see of its code."""
    count = code.co_argcount + code.co_kwonlyargcount
    count += bool(code.co_flags & ARGUMENTS) + bool(code.co_flags & KEYWORDS)
    return ascii(
        (
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
    )


def docstring(code):
    """Its docstring, if it has one: from Python 3.14 on its flags tell."""
    first = code.co_consts[0] if code.co_consts else None
    return first if type(first) is str else None


def constant(value, has_started):
    """A constant as text; of equal texts both are the same constant."""
    kind = type(value)
    if kind is CODE:
        if not has_started(value):
            return head(value)
        parts = []
        whole(value, has_started, parts.append)
        return "\n".join(parts)
    if kind in (str, bytes, bool) or value is None or value is ...:
        return ascii(value)
    if kind is int:
        return hex(value)
    if kind is float and value == value:
        return f"float {value.hex()}"
    if kind is complex and value == value:
        return f"complex {value.real.hex()} {value.imag.hex()}"
    if kind is tuple:
        return ascii([constant(item, has_started) for item in value])
    if kind is frozenset:
        # Whose order differs from process to process.
        return f"set {sorted(constant(item, has_started) for item in value)!a}"
    if kind is slice:
        return f"slice {[constant(end, has_started) for end in (value.start, value.stop, value.step)]!a}"
    raise Unsure(f"a constant of type {kind.__name__}")


def instructions(code, constants):
    """The instructions of a class body, each with its constant, but for those that tell of lines."""
    import opcode

    of_lines = [code.co_names.index(name) for name in OF_LINES if name in code.co_names]
    store, extended = opcode.opmap["STORE_NAME"], opcode.opmap["EXTENDED_ARG"]
    # Which bits of an argument are not the name's number.
    shifts = {opcode.opmap.get(name): shift for name, shift in SHIFTS}
    content, told, argument, stored = code.co_code, [], 0, 0
    for place in range(0, len(content), 2):
        operation, argument = content[place], argument << 8 | content[place + 1]
        if operation == extended:
            continue
        if operation in opcode.hasconst:
            told.append((operation, constants[argument]))
        elif operation == store and argument in of_lines:
            # In the place of what is stored, whichever instruction that was loaded by.
            told[-1:] = [("stored", code.co_names[argument])]
            stored += 1
        elif operation in opcode.hasname and argument >> shifts.get(operation, 0) in of_lines:
            raise Unsure("code that asks for its lines")
        else:
            told.append((operation, argument))
        argument = 0
    if stored != len(of_lines):
        raise Unsure("a class body that tells its lines in a way of its own")
    return told
