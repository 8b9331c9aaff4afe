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
    getinnerframes currentframe _getframe _current_frames gi_frame cr_frame ag_frame StackSummary
    TracebackException _interpreters _xxsubinterpreters interpreters catch_warnings showwarning
    formatwarning warn_explicit get_referents get_referrers get_objects settrace setprofile
    settrace_all_threads setprofile_all_threads take_snapshot dump_traceback fork_exec free_tool_id
    clear_tool_id set_local_events set_events
    """.split()
)
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


def has_any_started(code, started):
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
