//! Whole or not at all: whatever part of a set cannot be told, no command prints the rest with exit 0,
//! in no format (ARCHITECTURE.md, "Whole or not at all").

use std::fs::{self, File};
use std::process::Stdio;

use crate::support::real_pivot::RealPivot;
use crate::support::store_bytes::{MANIFESTS, Sections};
use crate::support::{Pivot, Ran, Sandbox, soak};

/// Every command that tells of all stages.
const COMMANDS: [&str; 11] = [
    "stages",
    "stages -0",
    "stages --json",
    "targets",
    "targets -0",
    "targets --json",
    "manifest --json",
    "status",
    "status -0",
    "status --json",
    "refresh",
];

/// The same once each.
const FORMLESS: [&str; 5] = ["stages", "targets", "manifest --json", "status", "refresh"];

/// Stages by any names, and what the pipeline does besides.
const PIPELINE: &str = r#"
import pivot
from pivot import Pipeline

def make(name):
    def function() -> RESULT:
        return {"a": 1}
    function.__name__ = name
    return function

pipeline = Pipeline("demo")
names = ["a", "b", "c"]
ADD
MORE
"#;

/// Another stage's targets and the third one's name, as no Pivot lets a pipeline say them: `OUTS` and
/// `NAME` are Python.
const OUTS: &str = r#"
class Out:
    def __init__(self, key):
        self.identity = self
        self.key = key

class Broken:
    @property
    def identity(self):
        raise RuntimeError("no key today")

def told(tell):
    def get(name):
        info = dict(tell("c" if name == NAME else name))
        if name.endswith("b"):
            info["outs"] = OUTS
        return info
    return get

if NAME != "c":
    pipeline.list_stages = lambda: ["a", "b", NAME]
for name in ("get", "get_stage"):
    if hasattr(pipeline, name):
        setattr(pipeline, name, told(getattr(pipeline, name)))
"#;

/// Which commands do not answer, by their beginnings, and a word of why; the others tell all three.
struct Row {
    what: &'static str,
    /// The third stage's name, as Python.
    name: &'static str,
    /// What else the pipeline does.
    more: &'static str,
    /// Of stage b.
    outs: &'static str,
    refused: &'static [&'static str],
    why: &'static str,
}

const SOUND: Row =
    Row { what: "sound", name: "'c'", more: "", outs: "[Out('k')]", refused: &[], why: "" };

const ALL: &[&str] = &["stages*", "targets*", "manifest*", "status*", "refresh"];
const LINES: &[&str] = &["stages", "targets", "status"];
const JSON: &[&str] = &["stages --json", "targets --json", "status --json", "manifest*"];
const ALL_BUT_JSON: &[&str] = &[
    "stages",
    "stages -0",
    "targets",
    "targets -0",
    "status",
    "status -0",
    "manifest*",
    "refresh",
];

const ROWS: [Row; 10] = [
    SOUND,
    Row {
        what: "a target that cannot be told",
        outs: "[Broken()]",
        refused: &["targets*", "refresh"],
        why: "no key today",
        ..SOUND
    },
    Row {
        what: "a target that is no line",
        outs: "[Out('k'), Out('x\\ny')]",
        refused: &["targets*", "refresh"],
        why: "no line",
        ..SOUND
    },
    Row {
        what: "a manifest that is refused",
        more: "from pivot import fingerprint\nwalk = fingerprint.get_stage_fingerprint\n\
               def refuse(function, *rest):\n    \
               if function.__name__ == 'c': raise ValueError('not this one')\n    \
               return walk(function, *rest)\n\
               fingerprint.get_stage_fingerprint = refuse\n",
        refused: &["manifest*", "refresh"],
        why: "not this one",
        ..SOUND
    },
    Row {
        what: "manifests that end with another exception",
        more: "from pivot import fingerprint\ndef end(*rest):\n    raise KeyboardInterrupt\n\
               fingerprint.get_stage_fingerprint = end\n",
        refused: &["manifest*", "refresh"],
        why: "KeyboardInterrupt",
        ..SOUND
    },
    Row { what: "a name of two lines", name: r"'c\nd'", refused: ALL, why: r"c\nd", ..SOUND },
    Row { what: "a name without a letter", name: "''", refused: ALL, why: "no line", ..SOUND },
    Row { what: "a name with NUL", name: r"'c\0d'", refused: ALL_BUT_JSON, why: "c", ..SOUND },
    Row {
        what: "a name that moves a cursor",
        name: r"'c\x1bd'",
        refused: LINES,
        why: "c",
        ..SOUND
    },
    Row { what: "a name that is no text", name: r"'c\udcffd'", refused: JSON, why: "c", ..SOUND },
];

fn project(pivot: Pivot, row: &Row) -> Sandbox {
    let sandbox = Sandbox::with(pivot);
    sandbox.make_directory("project/.pivot");
    let (result, add) = match pivot {
        Pivot::V010 => {
            ("None", "for name in names:\n    pipeline.register(make(name), name=name)\n")
        }
        Pivot::V0511 => {
            ("dict", "with pipeline:\n    for name in names:\n        pivot.stage(make(name))()\n")
        }
    };
    let more = OUTS.replace("OUTS", row.outs) + row.more;
    let text = PIPELINE.replace("ADD", add).replace("RESULT", result);
    let text = text.replace("MORE", &more).replace("NAME", row.name);
    sandbox.write("project/pipeline.py", text);
    sandbox
}

/// How many stages an answer tells of.
fn count(command: &str, said: &Ran) -> usize {
    let json = || serde_json::from_str::<serde_json::Value>(&said.stdout).unwrap();
    let is_stage = |name: &&str| !name.contains(':') && !name.is_empty();
    match command {
        "refresh" => said.stdout.split(' ').next().unwrap().parse().unwrap(),
        "manifest --json" => json().as_object().unwrap().len(),
        "status --json" => json()["stages"].as_object().unwrap().len(),
        _ if command.ends_with("--json") => {
            let names = json().as_array().unwrap().clone();
            names.iter().filter(|name| is_stage(&name.as_str().unwrap())).count()
        }
        "status" => said.stdout.lines().filter(|line| line.contains('\t')).count(),
        "status -0" => said.stdout.split_terminator('\0').count(),
        _ if command.ends_with("-0") => said.stdout.split('\0').filter(is_stage).count(),
        _ => said.stdout.lines().filter(is_stage).count(),
    }
}

fn run(sandbox: &Sandbox, command: &str) -> Ran {
    sandbox.run(&command.split(' ').collect::<Vec<_>>())
}

#[test]
fn a_set_is_told_whole_or_not_at_all() {
    for row in &ROWS {
        // Only 0.1.0 takes any name.
        let sandbox = project(Pivot::V010, row);
        // Asked of Pivot, then of whatever was kept of that.
        // What is not kept is asked of Pivot each time.
        let rounds = if row.name == SOUND.name { &["first", "again"][..] } else { &["again"] };
        for &round in rounds {
            let commands: Vec<&str> = match (round, row.name == SOUND.name) {
                ("first", _) => soak::share(2, FORMLESS).collect(),
                (_, true) => COMMANDS.to_vec(),
                (_, false) => COMMANDS.chunks(6).flat_map(soak::in_turn).copied().collect(),
            };
            for command in commands {
                if round == "first" {
                    let _ = fs::remove_dir_all(sandbox.path("project/.pivot/cache"));
                }
                let what = format!("{}, {command}, {round}", row.what);
                let said = run(&sandbox, command);
                let is_refused =
                    row.refused.iter().any(|refused| match refused.strip_suffix('*') {
                        Some(start) => command.starts_with(start),
                        None => command == *refused,
                    });
                if is_refused {
                    assert_eq!((said.code, said.stdout.as_str()), (1, ""), "{what}: {said:?}");
                    assert!(said.stderr.contains(row.why), "{what}: {said:?}");
                } else {
                    assert_eq!((said.code, said.stderr.as_str()), (0, ""), "{what}");
                    assert_eq!(count(command, &said), 3, "{what}: {said:?}");
                }
            }
        }
    }
}

/// Some manifests alone, or a store whose manifests are broken, are never given as all.
#[test]
fn a_store_with_a_part_of_the_manifests_answers_for_that_part() {
    for pivot in Pivot::in_turn() {
        let sandbox = project(pivot, &SOUND);
        let names = run(&sandbox, "stages").lines().join(" ");
        let first = names.split(' ').next().unwrap().to_owned();
        assert_eq!(sandbox.run(&["manifest", &first]).code, 0);
        let cached = run(&sandbox, "manifest --json --cached");
        assert_eq!((cached.code, cached.stdout.as_str()), (3, ""), "{cached:?}");
        let whole = run(&sandbox, "manifest --json");
        assert_eq!(count("manifest --json", &whole), 3, "{whole:?}");
        RealPivot::of(&sandbox).tell("ran", &sandbox, "project", &[]);
        // Broken in each of its sections, and the index once with its seal right.
        let complete = sandbox.path("project/.pivot/cache/complete");
        let store = fs::read_dir(complete)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .find(|path| path.extension().is_some_and(|found| found == "store"))
            .unwrap();
        let sound = fs::read(&store).unwrap();
        let sections = Sections::of(&sound);
        let with = |kind: u32, change: fn(&mut Vec<u8>)| {
            let mut other = sections.clone();
            change(other.bytes(kind));
            other.sealed()
        };
        let flipped = |kind: u32| {
            let mut sections = sections.clone();
            let bytes = sections.bytes(kind).clone();
            let start = sound.windows(bytes.len()).position(|part| part == bytes).unwrap();
            let mut sound = sound.clone();
            sound[start + bytes.len() / 2] ^= 1;
            sound
        };
        let broken = [
            ("a flipped index", flipped(MANIFESTS)),
            ("a flipped text", flipped(MANIFESTS + 1)),
            ("no index", with(MANIFESTS, Vec::clear)),
            ("a cut index", with(MANIFESTS, |bytes| bytes.truncate(bytes.len() - 8))),
            ("no text", with(MANIFESTS + 1, Vec::clear)),
            ("a cut text", with(MANIFESTS + 1, |bytes| bytes.truncate(bytes.len() - 8))),
        ];
        for (what, bytes) in soak::share(2, broken) {
            for command in
                ["manifest --json --cached", "manifest --json", "status --json", "refresh"]
            {
                fs::write(&store, &bytes).unwrap();
                let said = run(&sandbox, command);
                let what = format!("{what}, {command}, {pivot:?}: {said:?}");
                match said.code {
                    0 if command == "refresh" => assert_eq!(count(command, &said), 3, "{what}"),
                    0 if command == "status --json" => {
                        assert_eq!(said.stdout.matches("\"unchanged\"").count(), 3, "{what}");
                    }
                    0 => assert_eq!(said.stdout, whole.stdout, "{what}"),
                    3 => assert!(command.ends_with("--cached") && said.stdout.is_empty(), "{what}"),
                    _ => panic!("{what}"),
                }
            }
        }
    }
}

/// A reader that takes no more: what was printed before is no answer.
#[test]
fn what_cannot_be_written_is_not_answered() {
    let sandbox = project(Pivot::V0511, &SOUND);
    assert_eq!(run(&sandbox, "refresh").code, 0);
    for command in COMMANDS {
        let words: Vec<&str> = command.split(' ').collect();
        let mut program = sandbox.front_in("project", &words);
        program.stdout(Stdio::from(File::options().write(true).open("/dev/full").unwrap()));
        let said = program.output().unwrap();
        assert_eq!(said.status.code(), Some(1), "{command}: {said:?}");
        assert!(!said.stderr.is_empty(), "{command}");
    }
}
