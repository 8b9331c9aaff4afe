# What the user's Python is started with: takes the driver's code from a descriptor of the engine's
# (drawn in src/engine/python/kept.rs), or compiles the source behind it where there is none for this
# Python. Its docstrings are for whoever reads it. Nothing of this is left
# when the driver begins, but whether its code is a new one.
def start():
    import marshal
    import sys

    del globals()["start"]
    with open(int(sys.argv[-1]), "rb") as lent:
        head = lent.read(32)
        code_len, source_len = (int.from_bytes(head[at : at + 4], "little") for at in (24, 28))
        code = lent.read(code_len)
        try:
            from _frozen_importlib_external import MAGIC_NUMBER

            is_ours = head[16:24] == (MAGIC_NUMBER + bytes([sys.flags.optimize])).ljust(8, b"\0")
            code = marshal.loads(code) if is_ours else None
        except (ImportError, EOFError, ValueError, TypeError):
            code = None
        sys.argv[-1] = "" if code else "new"
        return code or compile(lent.read(source_len), "<string>", "exec", 0, True, 2)


exec(start())
