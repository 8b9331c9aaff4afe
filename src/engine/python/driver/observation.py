# Everything that an answer depends on, seen while the pipeline is discovered.
import os
import sys


class Observation:
    """The recorders, one for each kind of input, and what they share."""

    def __init__(self, program):
        self.program = os.path.dirname(real_path(program)) if program else None
        self.territory = Territory()
        self.askers = Askers(self.territory)
        self.descriptors = Descriptors(self)
        self.stand_ins = StandIns()
        self.search = Search(self.territory.foreign, self.askers)
        self.files, self.listings, self.questions = Files(self), Listings(self), Questions(self)
        self.environment, self.place, self.unprovable = Environment(self), Place(self), Unprovable(self)
        self.packages, self.missing = Packages(self), Missing(self)
        self.native, self.shapes, self.finders = Native(self), Shapes(self), Finders(self)
        # Whether the recorders record: a fork's do not.
        self.on = False
        # Threads that look for us just now, not for the pipeline.
        self.busy = set()
        # What could not be understood: the answer is not cached.
        self.missed = set()
        # What the audit hooks look up: a hook cannot be removed.
        self.heard = []
        self.search.start()
        freeze()

    def watch(self, root, here, discovery):
        """Watches from now on: Pivot is imported, no code of the user has run."""
        import pivot
        from pivot import fingerprint

        self.begun = root, here, discovery
        libraries = {os.path.dirname(absolute_path(pivot.__file__))}
        libraries.update(map(str, getattr(fingerprint, "_PIVOT_PACKAGE_DIRS", ())))
        self.territory.claim(root, libraries)
        self.askers.claim(libraries)
        self.place.here = here
        self.search.foreign = self.territory.foreign
        if self.program and not (root and f"{self.program}/".startswith(root + "/")):
            self.search.programs = self.program
        if root and here:
            self.search.note_config(root, here)
        self.packages.watch()
        self.search.notes_shared = True
        self.watch_scan(root, discovery)
        self.shapes.prepare(discovery)
        self.on = self.listen(
            self,
            self.files,
            self.listings,
            self.environment,
            self.place,
            self.unprovable,
            self.native,
            self.shapes,
        )
        if self.on:
            self.descriptors.watch(self.stand_ins)
            stand_in_for_questions(self, self.stand_ins)
            for recorder in (self.environment, self.place, self.unprovable):
                recorder.stand_in(self.stand_ins)
            stand_in_for_starts(self.stand_ins)
            self.native.watch(root)
            self.shapes.watch()
            self.finders.watch()
            os.register_at_fork(after_in_child=self.forked)
        else:
            self.packages.sites.clear()

    def again(self):
        """Another observation of the same, which watches from now on."""
        other = Observation(None)
        other.program = self.program
        other.watch(*self.begun)
        return other

    def listen(self, *recorders):
        """Hears the audit events of these from now on; says whether another hook allowed it."""
        allowed, heard = [], {}
        for recorder in recorders:
            for event, hear in recorder.events().items():
                heard.setdefault(event, []).append(hear)
        events = {"pivot-complete": allowed.append}
        self.heard.append(events)
        events.update((event, hears[0] if len(hears) == 1 else each(hears)) for event, hears in heard.items())

        # Called thousands of times, mostly for attributes of functions and for what modules are made
        # of. A plain function with one look-up costs least of all: a slot of C with descriptors for
        # these events takes twice as long.
        def hook(event, arguments):
            # Thousands are of `id`, where signatures are copied, and none of these is heard.
            if event != "builtins.id" and event in events:
                events[event](arguments)

        sys.addaudithook(hook)
        sys.audit("pivot-complete")
        return bool(allowed)

    def events(self):
        foreign, executed = self.territory.foreign, self.executed
        looked_into = [f"{place}/polars/" for place in self.territory.packages]
        looked_into = (*looked_into, *(f"{place}/pkgutil.py" for place in self.territory.python))

        # Mostly a library's module begins, of which nobody wants to know.
        def heard(arguments):
            try:
                name = arguments[0].co_filename
                if name.startswith(foreign) and not name.startswith(looked_into):
                    return
            except Exception:
                pass
            executed(arguments)

        return {"exec": heard}

    def executed(self, arguments):
        """Code begins that was compiled by itself."""
        code = arguments[0] if arguments else None
        if type(code) is not CODE:
            return
        name = code.co_filename
        if name.startswith(self.territory.foreign):
            is_python = name.endswith("/pkgutil.py")
            return (self.finders if is_python else self.native.patterns).look_into(code)
        if name[:1] != "<":
            used = names_within(code)
            self.unprovable.executed(code, used)
            self.native.executed(code, used)
            self.finders.executed(used)
        self.shapes.executed(code)

    def alone(self):
        return Alone(self.busy)

    def overlooked(self, arguments):
        """Notes what cannot be true of the path, so that the answer is not cached."""
        try:
            self.missed.add(absolute_path(os.fsdecode(arguments[0])))
        except Exception:
            self.missed.add("/")

    def watch_scan(self, root, discovery):
        """Pivot looks for every pipeline, then forgets what lies in some directories."""
        scan = discovery.glob_all_pipelines

        def watched(*arguments, **options):
            self.listings.skipped = getattr(discovery, "_SCAN_EXCLUDE_DIRS", frozenset())
            try:
                configs = scan(*arguments, **options)
            finally:
                self.listings.skipped = frozenset()
            for config in configs:
                self.search.note_config(root, str(config.parent))
            return configs

        discovery.glob_all_pipelines = watched

    def fall_silent(self):
        self.on = False
        for events in self.heard:
            # Another thread may be in it.
            events.update(dict.fromkeys(events, len))

    def forked(self):
        self.fall_silent()
        for events in self.heard:
            events["os.exec"] = take_over_quietly

    def stop(self):
        self.files.settle()
        self.unprovable.settle()
        # Before anything is opened by ourselves.
        self.native.stop()
        self.fall_silent()
        self.stand_ins.remove(self.packages.before)
        self.shapes.stop()
        self.search.stop()

    def fields(self):
        self.stop()
        if not self.packages.sites:
            # Pivot could not be imported.
            return []
        sites = tuple(place + "/" for place in self.packages.sites)
        self.packages.installed = self.search.note_modules(self.territory, self.files, sites)
        fields = list(self.search.fields(self.territory, self.files))
        fields += self.files.fields()
        fields += self.listings.fields()
        fields += self.questions.fields(told_by(fields))
        fields = list(self.files.without_passing(fields))
        for recorder in (self.environment, self.place, self.unprovable, self.shapes, self.packages):
            fields += recorder.fields()
        missed = [(b"f", b"0 0 0 0 0 " + os.fsencode(path)) for path in self.missed]
        return missed + fields


def freeze():
    """What is there by now, the interpreter's own and this driver's, is no garbage: each collection would
    look at all of it, for half a percent of a discovery."""
    is_new = "gc" not in sys.modules
    import gc

    gc.freeze()
    if is_new:
        # As the pipeline would find it.
        del sys.modules["gc"]


class Alone:
    """Says whether this thread looks for the pipeline, and lets it look for us meanwhile."""

    def __init__(self, busy):
        self.busy, self.thread = busy, None

    def __enter__(self):
        thread = get_ident()
        if thread in self.busy:
            return False
        self.thread = thread
        self.busy.add(thread)
        return True

    def __exit__(self, *error):
        self.busy.discard(self.thread)


def each(hears):
    def hear(arguments):
        for one in hears:
            one(arguments)

    return hear


def names_within(code):
    """All names that code uses, or what is defined in it."""
    names, codes = set(), [code]
    for code in codes:
        names.update(code.co_names)
        codes += [constant for constant in code.co_consts if type(constant) is CODE]
    return names


def told_by(fields):
    """Whether what files and listings tell of was there, by kind and path."""
    told = {}
    for kind, value in fields:
        if kind in (b"f", b"m", b"d"):
            value = value.partition(b"\0")[0]
            is_there = not value.startswith(b"- ")
            path = value[value.index(b"/") :]
            told["d" if kind == b"d" else "f", os.fsdecode(path)] = is_there
    return told
