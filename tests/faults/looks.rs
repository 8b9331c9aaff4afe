//! What a program looks at on the way of an answer, as a budget: it searches for `pivot` once, and reads
//! the store once, and once more behind each lock that it takes.

use crate::support::strace::traced;
use crate::support::{Pivot, Sandbox, pipeline_0511, settle};

/// One command, and how often the program that answers searches for `pivot`, and opens the store.
type Row<'a> = (&'a str, &'a [&'a str], usize, usize);

/// An edit before each makes it a miss, which the engine answers. Two stores are looked for each time:
/// everyone's, and the user's own.
const MISSES: [Row<'_>; 7] = [
    ("a TAB", &["complete", "bash"], 1, 4),
    ("stages", &["stages"], 1, 4),
    ("targets", &["targets"], 1, 4),
    // The manifests are kept under a lock of their own, when the answer is given.
    ("status", &["status"], 1, 5),
    ("a manifest", &["manifest", "demo/train"], 1, 5),
    ("all manifests", &["manifest", "--json"], 1, 5),
    ("refresh", &["refresh"], 1, 3),
];

/// What a fresh store answers.
const HITS: [Row<'_>; 3] = [
    ("a TAB", &["complete", "bash"], 1, 1),
    ("a manifest", &["manifest", "demo/train"], 1, 1),
    ("all manifests", &["manifest", "--json"], 1, 2),
];

#[test]
fn each_thing_is_looked_at_once() {
    let mut sandbox = Sandbox::project_of(Pivot::V0511, &pipeline_0511("demo", &["train", "eval"]));
    // Where no pivot is, but first on PATH: whoever searches asks here once.
    let first = sandbox.make_directory("first");
    sandbox.prepend_path(&first);
    sandbox.describe_pivot();
    sandbox.run(&["stages"]);
    sandbox.set("COMP_WORDS", "pivot\nrepro\nd");
    sandbox.set("COMP_CWORD", "2");
    settle(&sandbox.home());
    for (row, (what, arguments, searches, opens)) in MISSES.into_iter().enumerate() {
        let text = pipeline_0511("demo", &["train", "eval"]) + &format!("# {row}\n");
        sandbox.write("project/pipeline.py", text);
        assert_eq!(looks(&sandbox, arguments), (searches, opens), "{what}, a miss");
    }
    sandbox.run(&["manifest", "--json"]);
    settle(&sandbox.home());
    for (what, arguments, searches, opens) in HITS {
        assert_eq!(looks(&sandbox, arguments), (searches, opens), "{what}, a hit");
    }
}

/// How often the program that answers searches for `pivot`, and opens the store.
#[track_caller]
fn looks(sandbox: &Sandbox, arguments: &[&str]) -> (usize, usize) {
    let command = sandbox.front_in("project", arguments);
    let (ran, mut calls) = traced(sandbox, &command, &["trace=%file,clone"]);
    let is_start = |line: &str| line.starts_with("execve(") && line.contains("-engine\"");
    if let Some(start) = calls.iter().position(|call| is_start(&call.line)) {
        calls.drain(..start);
    }
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.stdout.contains("train") || arguments == ["refresh"], "{ran:?}");
    let is_search = |line: &str| line.contains("/first/pivot\"");
    let is_open = |line: &str| {
        let named = line.split('"').nth(1).unwrap_or_default();
        line.starts_with("open") && named.contains("/complete/") && named.ends_with(".store")
    };
    let count = |is: &dyn Fn(&str) -> bool| calls.iter().filter(|call| is(&call.line)).count();
    (count(&is_search), count(&is_open))
}
