# What keeps modules from having shapes: whoever may have looked at code or lines, and what the check cannot
# have as the discovery had it.
import os
import sys

# Whoever names one of these may know what an edit that changes no shape changes.
NAMES = frozenset(
    """
    tb_lineno tb_lasti tb_frame f_lineno f_lasti f_trace lineno end_lineno co_firstlineno co_lines
    co_positions co_linetable co_lnotab __traceback__ __firstlineno__ __static_attributes__
    __warningregistry__ __cached__ cache_from_source get_source get_code source_to_code
    path_stats path_mtime getsource getsourcelines findsource getcomments getframeinfo getouterframes
    getinnerframes currentframe _getframe walk_stack findCaller get_file_info _current_frames gi_frame cr_frame ag_frame StackSummary
    TracebackException _interpreters _xxsubinterpreters interpreters catch_warnings showwarning
    formatwarning warn_explicit get_referents get_referrers get_objects settrace setprofile
    settrace_all_threads setprofile_all_threads take_snapshot get_object_traceback dump_traceback fork_exec free_tool_id
    clear_tool_id set_local_events set_events pythonapi py_object PyFunction_GetCode
    emit addFilter setLogRecordFactory formatMessage QueueHandler MemoryHandler
    """.split()
)
# Whoever names one of these may see all that a class has, the number of its line too.
OF_CLASSES = frozenset(
    "vars dir __dict__ __dir__ getmembers getmembers_static classify_class_attrs".split()
)
# So may these of a metaclass, as their fourth argument.
OF_METACLASSES = ("__new__", "__init__")
# Events after which there are no shapes at all.
DOUBTS = (
    *CHILDREN,
    *"cpython.PyInterpreterState_New gc.get_objects gc.get_referrers gc.get_referents sys.settrace".split(),
    *"sys.setprofile sys._current_frames sys._current_exceptions code.__new__".split(),
    "sys.monitoring.register_callback",
)
list_directory = os.listdir


def check_names(code, started):
    """Doubts whoever ran and may have known lines or code."""
    names = NAMES.intersection(code.co_names) - set(OF_LINES if is_class_body(code) else ())
    for value in code.co_consts:
        if type(value) is str and (value in NAMES or "lineno" in value):
            names |= {value}
        elif type(value) is CODE and has_any_started(value, started):
            check_names(value, started)
    if names:
        raise Unsure(f"code that names {min(names)}")
    if "error" in code.co_consts and not {"simplefilter", "filterwarnings"}.isdisjoint(code.co_names):
        raise Unsure("warnings that are errors")


def check_classes(modules, started, is_users):
    """Doubts whoever ran and may have seen all that a class of the user's has."""
    codes = [code for module in modules for code in all_started(module, started)]
    if not any(is_class_body(code) and OF_LINES[0] in code.co_names for code in codes):
        return
    known = set()
    for kind in metaclasses(type):
        known.add(kind.__name__)
        for name in (*OF_METACLASSES, "__prepare__"):
            function = unwrapped(vars(kind).get(name))
            if function and is_users(function.__globals__) and not hands_on(code_of(function)):
                raise Unsure(f"the metaclass {kind.__name__}")
    for code in codes:
        texts = [value for value in code.co_consts if type(value) is str]
        # Those without underscores are words too, and names of arguments.
        names = OF_CLASSES.intersection(code.co_names) or OF_CLASSES.intersection(texts) - {"vars", "dir"}
        if names:
            raise Unsure(f"code that names {min(names)}")
        keywords = [value for value in code.co_consts if type(value) is tuple and "metaclass" in value]
        if (keywords or "metaclass" in texts) and known.isdisjoint(code.co_names):
            raise Unsure("a metaclass that is a function")


def all_started(code, started):
    """A code that started, and those in it."""
    yield code
    for inner in code.co_consts:
        if type(inner) is CODE and has_any_started(inner, started):
            yield from all_started(inner, started)


def hands_on(code):
    """Whether a metaclass's function does with its class's content only what `super().__new__(..., body)` does."""
    import opcode

    if code.co_argcount < 4 or code.co_varnames[3] in code.co_cellvars or "locals" in code.co_names:
        return False
    is_handed, is_loaded = False, False
    for operation, argument in decoded(code):
        name = opcode.opname[operation]
        if name == "CACHE":
            continue
        if is_loaded and name not in ("CALL", "BUILD_TUPLE"):
            return False
        is_loaded = False
        if "LOAD_FAST" in name:
            # Two at once, where its name says so, of which the first may be stored.
            loaded = variables((name, argument))
            if name == "STORE_FAST_LOAD_FAST":
                loaded, is_handed = loaded[1:], False
            is_loaded = loaded[-1] == 3
            if 3 in loaded and not (is_handed and is_loaded):
                return False
        elif operation in opcode.hasname:
            named = argument >> dict(SHIFTS).get(name, 0)
            is_handed = code.co_names[named] in OF_METACLASSES
        elif name != "PUSH_NULL":
            is_handed = False
    return True


def metaclasses(kind):
    for own in type.__subclasses__(kind):
        yield own
        yield from metaclasses(own)


def has_any_started(code, started):
    if not started.named:
        # Mostly no function of the user's is called.
        return False
    if code in started:
        return True
    inner = [value for value in code.co_consts if type(value) is CODE]
    return bool(inner) and any(has_any_started(value, started) for value in inner)


def is_class_body(code):
    return "__qualname__" in code.co_names and not code.co_flags & (0x01 | 0x02)


def surroundings_doubt():
    """What of this Python's surroundings the check cannot have too."""
    flags = sys.flags
    if flags.optimize or flags.dev_mode or flags.bytes_warning or sys._xoptions:
        return "an option of Python"
    warnings = sys.modules.get("warnings")
    if any(item[0] == "error" for item in getattr(warnings, "filters", ())):
        return "warnings that are errors"
    if sys.gettrace() or sys.getprofile():
        return "code that is traced"
    if sys.get_int_max_str_digits() != sys.int_info.default_max_str_digits:
        return "an option of Python"
    return None


def children_so_far():
    """What changes when a child is started, by whatever means, or has ended."""
    try:
        # Page faults of those that have ended.
        told = [read_at_once("/proc/self/stat").rpartition(b")")[2].split()[8]]
        threads = list_directory("/proc/self/task")
    except OSError:
        import resource

        return resource.getrusage(resource.RUSAGE_CHILDREN).ru_minflt
    for thread in threads:
        try:
            told.append(read_at_once(f"/proc/self/task/{thread}/children"))
        except OSError:
            # It has ended.
            pass
    return b"".join(told)


def read_at_once(path):
    fd = open_file(path, READ_QUIETLY)
    try:
        return read_file(fd, 1 << 16)
    finally:
        close_file(fd)
