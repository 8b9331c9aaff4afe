# Functions of Python that raise no audit event, or say too little in it, are stood in for while the
# pipeline is watched. A stand-in goes by the name of the real one, does what it does and is put
# back at the end, also where the user's modules hold it.
import os
import sys

SUPPORTS = ("supports_dir_fd", "supports_effective_ids", "supports_fd", "supports_follow_symlinks")


class StandIns:
    def __init__(self):
        # Place, name, what was there, what stands there.
        self.put_in = []
        # What each stands for, and by which names.
        self.real = {}

    def put(self, place, name, make):
        """Puts `make(real)` in the place of what `place` has under `name`, where it has."""
        real = vars(place).get(name)
        if real is None:
            return
        function = make(getattr(place, name))
        self.copy_looks(function, real, place)
        self.place(place, name, function)

    def place(self, place, name, function):
        real = vars(place).get(name)
        if real is None:
            return
        is_class = isinstance(place, type)
        placed = staticmethod(function) if is_class and not hasattr(real, "__get__") else function
        placed = staticmethod(function) if is_class and isinstance(real, staticmethod) else placed
        self.put_in.append((place, name, real, placed))
        self.real.setdefault(function, (real, set()))[1].add(name)
        setattr(place, name, placed)
        for supports in SUPPORTS if place is os else ():
            functions = getattr(os, supports, ())
            if real in functions:
                # Modules that are yet to be imported look there.
                functions.add(function)

    def copy_looks(self, function, real, place):
        for name in ("__name__", "__qualname__", "__doc__"):
            try:
                setattr(function, name, getattr(real, name))
            except (AttributeError, TypeError):
                pass
        function.__wrapped__ = real
        # By which it is found when it is unpickled.
        function.__module__ = getattr(place, "__name__", None) if place is os else getattr(real, "__module__", None)

    def remove(self, before):
        """Puts everything back; `before` are modules that were imported before."""
        while self.put_in:
            place, name, real, placed = self.put_in.pop()
            if vars(place).get(name) is placed:
                setattr(place, name, real)
            placed = None
        for supports in SUPPORTS:
            functions = getattr(os, supports, set())
            functions.difference_update(self.real)
        nobodys = object()
        alone = sys.getrefcount(nobodys)
        while self.real:
            # The last first: it may hold another.
            function, (real, names) = self.real.popitem()
            if sys.getrefcount(function) > alone:
                self.give_back(function, real, names, before)
            if sys.getrefcount(function) > alone:
                self.give_back_anywhere(function, real)

    # What Pivot fingerprints must be what the user's module would have without us.

    def give_back(self, function, real, names, before):
        """Gives modules the real one that have it by a name of its own."""
        for key in sys.modules.keys() - before:
            module = sys.modules.get(key)
            values = module.__dict__ if type(module) is MODULE else attributes(module)
            for name in names:
                if values.get(name) is function:
                    values[name] = real

    def give_back_anywhere(self, function, real):
        """The same where it has another name, or there is no module; looks at every object that there is."""
        import gc

        for holder in gc.get_referrers(function):
            if type(holder) is dict and "__builtins__" in holder and holder is not OURS:
                for name, value in list(holder.items()):
                    if value is function:
                        holder[name] = real
