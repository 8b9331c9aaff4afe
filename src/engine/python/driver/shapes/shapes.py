# Which of the user's modules may be edited how without another name: their shapes (shape.py), by what
# of their code started. Only of those that the import system loaded once, in its own way, and whose code
# and source nobody looked at.
import os
import sys

# Attributes that lead to code, of which Python has an audit event.
LEADS = frozenset(("__code__", "f_code", "gi_code", "cr_code", "ag_code", "tb_frame"))
# The tool's number: as that of what rewrites code, which is nobody else's.
TOOLS = (5, 4, 3)


class Shapes(Recorder):
    def __init__(self, seen):
        super().__init__(seen)
        self.territory = seen.territory
        # The code of the user's modules by their normal paths, and what of it started.
        self.modules, self.started = {}, []
        # Other code of the user's, which has no shape and may look at what has one.
        self.others = []
        # Modules without a shape, and why there may be none at all.
        self.spoiled, self.why = set(), None
        # Who hears of each call of a code, by its number.
        self.heard, self.kept = {}, []
        # Whether a file with this name is the user's.
        self.users = {}
        self.tool = None

    def prepare(self, discovery):
        """Notes how a module is loaded: no code of the user has run."""
        if not hasattr(sys, "monitoring"):
            return self.doubt("a Python without sys.monitoring")
        if why := surroundings_doubt():
            return self.doubt(why)
        self.external = sys.modules["_frozen_importlib_external"]
        # A warning that is raised while a module begins leaves a mark there, which changes no import.
        vars(self.external).setdefault("__warningregistry__", {})
        loader = self.external.SourceFileLoader
        # Pivot's own, which checks bytecode by its source.
        own = getattr(discovery, "_ProjectSourceLoader", loader)
        self.loaders = (loader, own)
        self.classes = [kind for kind in own.__mro__ if kind is not object]
        self.note_functions(discovery)
        self.before, self.functions = self.surroundings(), (compile, exec, __build_class__)
        if not all(map(is_frozen, functions_of(self.external, *self.classes[-4:]))):
            return self.doubt("an import system that was changed")
        self.children = children_so_far()
        self.start_monitoring()
        return None

    def events(self):
        if self.why:
            return {}
        events = {"compile": self.compiled, "object.__getattr__": self.hears_looks()}
        events.update({event: lambda _, event=event: self.doubt(event) for event in DOUBTS})
        return events

    def watch(self):
        """Watches from now on: the audit hook is there."""
        if self.why:
            return
        opened = self.seen.files.open

        def watched(path, flags):
            if path.endswith((".py", ".pyc")) and not self.is_imports(path, flags):
                self.spoil(path)
            return opened(path, flags)

        self.seen.files.open = watched

    def note_functions(self, discovery):
        """Notes who may look at what: the import system at sources, others at what is in a shape."""
        own = (self.external, discovery, sys.modules.get("py_compile"))
        self.loading = [vars(module) for module in own if module]
        self.execute = code_of(self.external._LoaderBasics.exec_module)
        self.call = code_of(sys.modules["_frozen_importlib"]._call_with_frames_removed)
        inspect, logging = sys.modules.get("inspect"), sys.modules.get("logging")
        names = ("_signature_from_function", "_has_code_flag", "getfile")
        readers = [getattr(inspect, name, None) for name in names]
        readers.append(getattr(logging, "_is_internal_frame", None))
        readers.append(getattr(getattr(logging, "Logger", None), "findCaller", None))
        self.readers = Codes(code_of(function) for function in readers)

    def start_monitoring(self):
        monitoring = sys.monitoring
        self.tool = next(tool for tool in TOOLS if monitoring.get_tool(tool) is None)
        monitoring.use_tool_id(self.tool, "pivot-complete")
        append, disable, heard = self.started.append, monitoring.DISABLE, self.heard

        def start(code, _):
            append(code)
            return heard[id(code)](frame_at(1)) if id(code) in heard else disable

        monitoring.register_callback(self.tool, monitoring.events.PY_START, start)
        monitoring.register_callback(self.tool, monitoring.events.RAISE, self.seen.missing.raised)

    def hear_errors(self):
        """Has each error heard that is raised from now on."""
        if self.tool is not None:
            sys.monitoring.set_events(self.tool, sys.monitoring.events.RAISE)

    def stop(self):
        """Watches no more: the last name is taken."""
        if self.tool is not None:
            self.why = self.why or surroundings_doubt()
            if children_so_far() != self.children:
                self.doubt("a child")
            if not self.is_as_before():
                self.doubt("an import system that was changed")
            for code in self.kept:
                sys.monitoring.set_local_events(self.tool, code, 0)
            sys.monitoring.set_events(self.tool, 0)
            sys.monitoring.free_tool_id(self.tool)
            self.tool = None

    def doubt(self, why):
        self.why = self.why or why

    def spoil(self, path):
        self.spoiled.add(path.endswith(".pyc") and source_of(path) or path)

    def surroundings(self):
        """Whatever loads a module, as it is now: another one may load it in another way."""
        return [(vars(place), dict(vars(place))) for place in (*self.classes, self.external)]

    def is_as_before(self):
        functions = compile, exec, __build_class__
        return functions == self.functions and all(now == then for now, then in self.before)

    def executed(self, code):
        if not self.why:
            try:
                self.execute_module(code, outside())
            except Exception:
                self.doubt("a module that was executed in a way of its own")

    def execute_module(self, code, caller):
        self.compiled(None, caller)
        if code.co_filename.startswith("<"):
            return None
        path = normal(code.co_filename)
        loader = caller.f_back and caller.f_back.f_locals.get("self")
        is_stock = (
            caller.f_code is self.call
            and caller.f_back.f_code is self.execute
            and type(loader) in self.loaders
            and loader.path == code.co_filename
            and path not in self.modules
            and self.is_as_before()
        )
        if not is_stock:
            self.spoil(path)
        if self.territory.holds(path):
            if is_stock:
                self.modules[path] = code
            else:
                self.others.append(code)
            self.watch_code(code)
        return None

    def watch_code(self, code):
        events = sys.monitoring.events.PY_START
        for inner in code.co_consts:
            if type(inner) is CODE:
                sys.monitoring.set_local_events(self.tool, inner, events)
                self.watch_code(inner)

    def hear(self, code, called):
        """Has each call of a code heard, with its frame; says whether it will be."""
        if self.tool is None:
            return False
        self.kept.append(code)
        self.heard[id(code)] = called
        sys.monitoring.set_local_events(self.tool, code, sys.monitoring.events.PY_START)
        return True

    def compiled(self, _, caller=None):
        caller = caller or outside()
        if caller and self.is_users(caller.f_globals):
            self.doubt("text that the pipeline compiled")

    def hears_looks(self):
        """Hears of attributes that lead to code, half of all that is heard."""
        # Most have globals, and those of a library, of which much is looked at one after another.
        librarys = None

        def heard(arguments):
            nonlocal librarys
            try:
                thing, name = arguments
                if name == "__code__":
                    scope = thing.__globals__
                elif name not in LEADS:
                    return
                else:
                    scope = thing.f_globals if name == "f_code" else None
                if scope is librarys:
                    return
                if scope is None or self.is_users(scope):
                    self.look(thing, name)
                elif "__file__" in scope:
                    librarys = scope
            except Exception:
                self.doubt("code that was looked at")

        return heard

    def look(self, thing, name):
        # Behind these two functions and the hook; mostly it is this driver that looks.
        caller = frame_at(3)
        if caller.f_globals is OURS:
            return
        if caller.f_code in self.readers or is_pydantics(caller):
            return
        code = getattr(thing, name, None)
        path = getattr(getattr(code, "f_code", code), "co_filename", None)
        if path is None:
            self.doubt(f"{name} was looked at")
        else:
            self.spoil(normal(path))

    def is_users(self, scope):
        """Whether code with these globals is the user's."""
        file = scope.get("__file__")
        known = self.users.get(file) if type(file) is str else False
        if known is None:
            is_foreign = file.startswith(self.territory.foreign) and ".." not in file
            known = self.users[file] = not is_foreign and self.territory.holds(normal(file))
        return known

    def is_imports(self, path, flags):
        """Whether a source or its bytecode is opened by the import of that very module."""
        if path.endswith(".pyc") and flags & os.O_ACCMODE == os.O_WRONLY:
            return True
        frame = self.importing(outside())
        if not frame:
            return False
        loader = frame.f_locals["self"]
        source = path.endswith(".pyc") and source_of(path) or path
        return type(loader) in self.loaders and normal(loader.path) == source

    def importing(self, frame):
        """The frame that executes a module, where nothing but the import system came from it to this one."""
        while frame and any(frame.f_globals is own for own in self.loading):
            back = frame.f_back
            # Each look at a frame's code is an audit event: at the outermost of the import system's alone.
            is_last = frame.f_globals is self.loading[0] and not (back and back.f_globals is self.loading[0])
            if is_last and frame.f_code is self.execute:
                return frame
            frame = back
        return None

    def fields(self):
        shapes = []
        if not self.why:
            started = Codes(self.started)
            try:
                for code in self.others:
                    check_names(code, started)
                check_classes((*self.modules.values(), *self.others), started, self.is_users)
            except Unsure as error:
                self.doubt(str(error))
            for path, code in self.modules.items():
                told, inner = [], lambda code: self.note_started(code, started, told)
                try:
                    check_names(code, started)
                    if path in self.spoiled or self.is_otherwise_known(path):
                        self.spoiled.add(path)
                        continue
                    digest = shape(code, inner)
                except Unsure as error:
                    self.doubt(str(error))
                else:
                    shapes.append((b"S", f"{digest} {''.join(told) or '-'} ".encode() + os.fsencode(path)))
        if self.why:
            return [(b"X", self.why)]
        if self.spoiled & self.modules.keys():
            shapes.append((b"X", "code or source that was looked at"))
        return shapes

    def is_otherwise_known(self, path):
        """Whether more of a source is known than that it is there, or who wrote it is this process."""
        files = self.seen.files
        if any(path in made for made in (files.written, files.changed, files.made)):
            return True
        asked = [self.seen.questions.asked.get((path, follow)) for follow in (True, False)]
        return any(not question.used.isdisjoint("smi") for question in asked if question)

    def note_started(self, code, started, told):
        has_started = has_any_started(code, started)
        told.append("01"[has_started])
        return has_started


class Codes:
    """A set of code objects by identity: for a hash of one all that it holds is hashed, and each `id` is
    an audit event."""

    def __init__(self, codes):
        self.named = {}
        for code in codes:
            if code:
                self.named.setdefault(code.co_qualname, []).append(code)

    def __contains__(self, code):
        for known in self.named.get(code.co_qualname, ()):
            if known is code:
                return True
        return False


def functions_of(*owners):
    """The functions that modules or classes have, those in a decorator too."""
    values = [value for owner in owners if owner for value in vars(owner).values()]
    return [function for function in map(unwrapped, values) if function]


def unwrapped(value):
    value = getattr(value, "__func__", value)
    value = getattr(value, "__wrapped__", value)
    return value if type(value) is type(unwrapped) else None


def code_of(function):
    return getattr(function, "__code__", None)


def is_frozen(function):
    return code_of(function).co_filename.startswith("<frozen importlib.")


def is_pydantics(frame):
    """Whether a frame is pydantic's, which asks whether a generic class is made there."""
    is_its = frame.f_globals.get("__name__") == "pydantic._internal._typing_extra"
    return is_its and frame.f_code.co_name == "parent_frame_namespace"
