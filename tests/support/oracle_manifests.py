# Prints what Pivot itself makes of each stage, two lines each: its name, and its manifest or
# refusal as JSON.
import json

from pivot import discovery, fingerprint

pipeline = discovery.discover_pipeline()
for name in pipeline.list_stages():
    stage = pipeline.get_stage(name)
    try:
        whole = pipeline.ensure_fingerprint(name)
        if any(key.startswith("file:") for key in whole):
            found = {key: whole[key] for key in whole if key.startswith("file:")}
        else:
            found = fingerprint.get_stage_fingerprint(stage["func"])
    except Exception as error:
        found = str(error)
    print(name, json.dumps(found, separators=(",", ":")), sep="\n")
