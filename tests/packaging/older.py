"""Writes the wheel again as an older version of itself: older.py WHEEL VERSION DIRECTORY."""

import base64
import hashlib
import re
import sys
import zipfile
from pathlib import Path

wheel, version, directory = sys.argv[1:]
current = Path(wheel).name.split("-")[1]
target = Path(directory) / Path(wheel).name.replace(f"-{current}-", f"-{version}-")
records = []
with zipfile.ZipFile(wheel) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
    for info in old.infolist():
        data = old.read(info)
        info.filename = info.filename.replace(f"-{current}.", f"-{version}.", 1)
        if info.filename.endswith(".dist-info/RECORD"):
            record = info
            continue
        if info.filename.endswith(".dist-info/METADATA"):
            data = re.sub(rb"(?m)^Version: .*$", b"Version: " + version.encode(), data, count=1)
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        records.append(f"{info.filename},sha256={digest},{len(data)}\n")
        new.writestr(info, data)
    new.writestr(record, "".join(records) + f"{record.filename},,\n")
print(target)
