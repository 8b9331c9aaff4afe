# What this discovery did to what it had looked at: the next one sees something else there, and is run at
# once (`B`). Not where only this one has the name: logs, outputs and temporary files are called by the
# process, the second or chance, and the next discovery looks at other ones.
import os
import sys

UUID = r"[0-9a-f]{8}(-?)[0-9a-f]{4}\1[14][0-9a-f]{3}\1[89ab][0-9a-f]{3}\1[0-9a-f]{12}"
# Digits of a second.
SECONDS = ("%Y%m%d%H%M%S", "%y%m%d%H%M%S")
# Longest discovery of which names are looked at, in seconds.
LONGEST_S = 600


def is_of_run(path, created, began):
    """Whether no other run makes a name for `path`; `created` is what this one made since it `began`."""
    import re

    parts, made = path.split("/"), len(path.split("/")) - 1
    while "/".join(parts[:made]) in created:
        made -= 1
    # What was made, with a directory for the year, month or day.
    name = "/".join(parts[max(made - 1, 0) :]).lower()
    if re.search(UUID, name) or str(os.getpid()) in re.findall(r"\d+", "/".join(parts[made:])):
        return True
    digits = re.sub(r"\D", "", name)
    return any(second in digits for second in seconds_since(began))


def seconds_since(began):
    """What seconds may be called in a name."""
    import time

    for second in range(int(began), min(int(time.time()), int(began) + LONGEST_S) + 1):
        yield str(second)
        for zone in (time.localtime, time.gmtime):
            moment = zone(second)
            yield from (time.strftime(form, moment) for form in SECONDS)
