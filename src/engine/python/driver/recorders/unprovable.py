# What no one can check: the clock, chance and the network where the user's own code asks, and
# programs that were started. Said, not proved. Here too what local time and language depend on.
import os
import sys

# Said of each kind at most.
MOST = 3
NETWORK = ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "urllib.Request")
ATTRIBUTES = ("os.getxattr", "os.listxattr")
CHANCE = (
    "random randint randrange uniform choice choices sample shuffle gauss normalvariate getrandbits "
    "randbytes betavariate expovariate triangular"
).split()
LOCAL_TIME = ("localtime", "mktime", "ctime", "tzset")
# Which of their arguments gives the time; where it is left out, it is now.
TIMES = {"localtime": 0, "gmtime": 0, "ctime": 0, "asctime": 0}
# Names in a module's own code by which it reads the clock or the local time from C types.
NOW, LOCAL = {"now", "utcnow", "today"}, {"now", "today", "fromtimestamp", "astimezone", "timestamp"}
DATES = {"datetime", "date", "pendulum", "arrow", "Timestamp"}
# Names that numpy gives chance by, where it has no seed; and those of what has one.
NUMPYS = {*CHANCE, "rand", "randn", "permutation", "random_sample", "standard_normal"}
SEEDS = {"seed", "default_rng", "RandomState", "Generator"}
# Names in any code of a module's, run or not, that are the local time zone's without a call, or by a
# library's.
ZONES = {"tzname", "timezone", "altzone", "daylight", "tzlocal", "gettz", "get_localzone", "formatdate"}
# What the environment has that nothing stands in for.
BEHIND_ENVIRON = {"posix", "_data"}
# What `time.strftime` gives of a time alone, in each zone the same. Calendars ask for names of months
# and days whenever they are imported.
OF_TIME = frozenset("aAbBdDeFGghHIjklmMnprRStTuUVwWyY%")
LANGUAGE = ("LANG", "LANGUAGE", "LC_*")


def place_in(frame):
    """File and line, of what a decorator made of a text those of its caller."""
    while frame.f_back and frame.f_code.co_filename.startswith("<"):
        frame = frame.f_back
    return f"{frame.f_code.co_filename}:{frame.f_lineno}"


def is_of_time(format):
    """Whether `time.strftime` tells no zone, whatever the time."""
    return type(format) is str and OF_TIME.issuperset([part[:1] for part in format.split("%")[1:]])


class Unprovable(Recorder):
    def __init__(self, seen):
        super().__init__(seen)
        # Lines by kind; a dict keeps their order.
        self.said = {}
        # Whether chance was given a seed.
        self.is_seeded = False

    def events(self):
        events = dict.fromkeys(NETWORK, self.reached)
        for event in ATTRIBUTES:
            events[event] = lambda arguments, event=event: self.read_attributes(event)
        for event in CHILDREN:
            events[event] = lambda arguments, event=event: self.started(event, arguments)
        return events

    def say(self, kind, what, frame=None):
        lines = self.said.setdefault(kind, {})
        if len(lines) < MOST:
            at = f" in {place_in(frame)}" if frame else ""
            lines[f"{what}{at}".replace("\0", " ").replace("\n", " ")[:200]] = None

    def asked(self, kind, what):
        """Where the user's own code asks; what libraries ask is their affair."""
        if not self.seen.on or len(self.said.get(kind, ())) >= MOST:
            return
        asker = self.asker()
        if asker and asker[0] is USER:
            self.say(kind, what, asker[1])

    def reached(self, arguments):
        try:
            asker = self.asker()
            if asker:
                what = arguments[1] if len(arguments) == 2 else arguments[0]
                self.say("network", what if isinstance(what, str) else repr(what), asker[1])
        except Exception:
            pass

    def read_attributes(self, event):
        """Attributes that a file has beside its status; the standard library copies them."""
        try:
            if not self.calls()[0]:
                self.asked("unseen", event)
        except Exception:
            pass

    def started(self, event, arguments):
        try:
            asker = self.forks(event) or self.asker()
            if asker:
                program = arguments[0] if arguments else event
                self.say("child", os.fsdecode(program), asker[1])
        except Exception:
            pass

    def executed(self, code, used):
        """A module of the user begins: its own code says which names it uses, `used` are all within."""
        try:
            if self.seen.askers.of(code.co_filename)[0] is USER and code.co_name == "<module>":
                if not ZONES.isdisjoint(used):
                    self.seen.environment.need("TZ")
                if "environ" in used and not BEHIND_ENVIRON.isdisjoint(used):
                    self.seen.environment.need("*")
                if "get_file_info" in used:
                    self.say("unseen", f"what get_file_info tells in {code.co_filename}")
                self.look_into(code)
        except Exception:
            pass

    def settle(self):
        """Functions of the user that ran read the clock as modules do."""
        try:
            for code in self.seen.shapes.started:
                if self.seen.askers.of(code.co_filename)[0] is USER:
                    self.look_into(code)
        except Exception:
            pass

    def look_into(self, code):
        names = set(code.co_names)
        if "uuid1" in names:
            # Of C, where the system has it.
            self.say("chance", f"uuid1 in {code.co_filename}")
        if names & DATES:
            if names & NOW:
                self.say("clock", f"datetime in {code.co_filename}")
            if names & LOCAL:
                self.seen.environment.need("TZ")
        if "numpy" in names and names & NUMPYS - {"random"} and not names & SEEDS:
            self.say("chance", f"numpy.random in {code.co_filename}")
        for inner in code.co_consts:
            if type(inner) is CODE and "__qualname__" in inner.co_names:
                # A class body runs with its module.
                self.look_into(inner)

    def stand_in(self, stand_ins):
        import time

        environment = self.seen.environment

        def asking(module, name, kind):
            def make(real):
                def ask(*arguments, **options):
                    if kind != "chance" or not self.is_seeded or module != "random":
                        self.asked(kind, f"{module}.{name}")
                    return real(*arguments, **options)

                return ask

            return make

        def needing(*names):
            def make(real):
                def need(*arguments, **options):
                    asker = self.asker() if self.seen.on else None
                    if asker and asker[0] is not IMPORT:
                        environment.need(*names)
                    return real(*arguments, **options)

                return need

            return make

        def seeding(real):
            def seed(*arguments, **options):
                self.is_seeded = bool(options or arguments and arguments[0] is not None)
                return real(*arguments, **options)

            return seed

        def telling(name, at):
            def make(real):
                def tell(*arguments):
                    if len(arguments) <= at or arguments[at] is None:
                        self.asked("clock", f"time.{name}")
                    return real(*arguments)

                return tell

            return make

        def formatting(real):
            need, known = needing("TZ")(telling("strftime", 1)(real)), {}

            def strftime(*arguments):
                format = arguments[0] if len(arguments) == 2 and arguments[1] is not None else None
                is_need = type(format) is not str or not known.get(format)
                if is_need and type(format) is str:
                    is_need = not known.setdefault(format, is_of_time(format))
                return (need if is_need else real)(*arguments)

            return strftime

        stand_ins.put(time, "strftime", formatting)
        for name, at in TIMES.items():
            stand_ins.put(time, name, telling(name, at))
        for name in ("time", "time_ns"):
            stand_ins.put(time, name, asking("time", name, "clock"))
        for name in LOCAL_TIME:
            stand_ins.put(time, name, needing("TZ"))
        stand_ins.put(os, "urandom", asking("os", "urandom", "chance"))
        random, locale = sys.modules.get("random"), sys.modules.get("locale")
        for name in CHANCE if random else ():
            stand_ins.put(random, name, asking("random", name, "chance"))
        if random:
            stand_ins.put(random, "seed", seeding)
            for name in ("random", "getrandbits", "randbytes"):
                stand_ins.put(random.SystemRandom, name, asking("secrets", name, "chance"))
        secrets = sys.modules.get("secrets")
        for name in ("randbits", "choice") if secrets else ():
            # Bound to the methods before; numpy takes its seeds from there.
            stand_ins.put(secrets, name, asking("secrets", name, "chance"))
        for name in ("setlocale", "getlocale", "localeconv") if locale else ():
            stand_ins.put(locale, name, needing(*LANGUAGE))

    def fields(self):
        for kind, lines in self.said.items():
            for line in lines:
                yield b"z", encode(f"{kind}\0{line}")
