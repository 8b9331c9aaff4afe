//! Which releases of Pivot and which shells it works with: a table, made by asking each that is installed.
//! What ours says is compared with what the release itself says, word for word.
//!
//! After a change: `PIVOT_COMPLETE_BLESS=1 cargo nextest run --test end_to_end compatibility::`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;

use crate::support::installed::{RELEASES, venv};
use crate::support::shell::{Session, Shell, ShellSandbox, plain};
use crate::support::{Sandbox, TWO_STAGES, ran, several_at_a_time, soak};

/// Stages, and lines of the other columns; the last word is at the cursor.
const STAGES: &str = "pivot repro ";
const COLUMNS: [(&str, &str); 3] = [
    ("targets", "pivot push demo/train:"),
    ("options", "pivot repro --"),
    ("config keys", "pivot config get "),
];

/// The same for 0.1.
const EARLY: &str = "\
from typing import Annotated, TypedDict
from pivot import Out, Pipeline, loaders

class Result(TypedDict):
    out: Annotated[dict, Out('out.yaml', loaders.YAML())]

def run() -> Result:
    return {'out': {}}

pipeline = Pipeline('demo')
for name in ('train', 'test'):
    pipeline.register(run, name=name, out_path_overrides={'out': f'{name}.yaml'})
";

const INTRODUCTION: &str = "\
# What it works with

Made by `tests/compatibility`, which asks each that is installed; \"as it\" is: the same as the release
itself says, byte for byte. Manifests are compared with those that a run leaves in Pivot's lock files, but
for what those have of outputs' loaders.

";

fn kept() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/compatibility/compatibility.md")
}

/// A project, and the release's `pivot` on PATH.
fn project(name: &str) -> Sandbox {
    let mut sandbox = Sandbox::empty();
    sandbox.prepend_path(venv(name).join("bin"));
    sandbox.append_path("/usr/bin");
    sandbox.write("project/pipeline.py", if name == "010" { EARLY } else { TWO_STAGES });
    sandbox.make_directory("project/.pivot");
    sandbox.make_directory("project/.git");
    sandbox
}

/// A program's answer to a line, in bash's form.
fn answer(mut command: Command, line: &str) -> Vec<String> {
    let words: Vec<&str> = line.split(' ').collect();
    command.env("COMP_WORDS", words.join("\n"));
    command.env("COMP_CWORD", (words.len() - 1).to_string());
    let said = ran(command);
    let lines = said.stdout.lines().filter(|line| !line.is_empty());
    lines.map(String::from).collect()
}

fn by_pivot(sandbox: &Sandbox, line: &str) -> Vec<String> {
    let mut command = sandbox.command("pivot", "project");
    command.env("_PIVOT_COMPLETE", "bash_complete");
    answer(command, line)
}

/// How an answer of ours stands to the release's.
fn compared(ours: &[String], theirs: &[String]) -> String {
    match (ours == theirs, theirs.is_empty(), ours.is_empty()) {
        (true, true, _) => "none, as it".into(),
        (true, false, _) => format!("{}, as it", theirs.len()),
        (false, true, _) => format!("{}; it has none", ours.len()),
        (false, _, true) => format!("none; it has {}", theirs.len()),
        (false, false, false) => format!("others: {ours:?}, not {theirs:?}"),
    }
}

/// A line of the table: a release, and its columns.
fn of_release(version: &str, name: &str) -> String {
    let sandbox = project(name);
    // 0.1.0's completion asks its `stages.cache` alone, which a command of it writes.
    let mut list = sandbox.command("pivot", "project");
    list.arg("list");
    let listed = ran(list);
    assert_eq!(listed.code, 0, "{listed:?}");
    let mut cells = vec![version.to_owned()];
    let ours = ran(sandbox.front_in("project", &["stages"]));
    let names = ours.lines();
    let said = listed.stdout.lines().filter_map(|line| line.split_whitespace().next());
    let theirs: Vec<&str> = said.filter(|word| names.contains(word)).collect();
    assert_eq!(names, theirs, "{version}: {listed:?}");
    let tab = |line: &str| answer(sandbox.front_in("project", &["complete", "bash"]), line);
    cells.push(compared(&tab(STAGES), &by_pivot(&sandbox, STAGES)));
    // 0.1 has names without their pipeline's.
    let lines = COLUMNS
        .map(|(_, line)| if name == "010" { line.replace("demo/", "") } else { line.into() });
    cells.extend(lines.map(|line| compared(&tab(&line), &by_pivot(&sandbox, &line))));
    cells.push(manifests(&sandbox, &names));
    format!("| {} |", cells.join(" | "))
}

/// How our manifests stand to those that a run writes.
fn manifests(sandbox: &Sandbox, names: &[&str]) -> String {
    let mut run = sandbox.command("pivot", "project");
    run.arg("repro");
    let run = ran(run);
    let mut same = 0;
    for name in names {
        let lock = sandbox.path(&format!("project/.pivot/stages/{name}.lock"));
        let text =
            fs::read_to_string(&lock).unwrap_or_else(|_| panic!("{}: {run:?}", lock.display()));
        let theirs = code_manifest(&text);
        let ours = ran(sandbox.front_in("project", &["manifest", name]));
        if ours.code != 0 {
            return format!("none: {}", ours.stderr.lines().next().unwrap_or_default());
        }
        let ours: BTreeMap<String, String> = serde_json::from_str(&ours.stdout).unwrap();
        assert!(!ours.is_empty());
        let beside = theirs.iter().filter(|(key, _)| !ours.contains_key(*key));
        let others: Vec<_> = beside.filter(|(key, _)| !is_of_output(key)).collect();
        let differ = ours.iter().any(|(key, value)| theirs.get(key) != Some(value));
        if differ || !others.is_empty() {
            return format!("others: {ours:?}, not {theirs:?}");
        }
        same += 1;
    }
    format!("{same}, as it")
}

fn is_of_output(key: &str) -> bool {
    ["out:", "loader:"].iter().any(|start| key.starts_with(start))
}

/// The code's fingerprints in a lock file: `code_manifest`, a mapping of plain scalars.
fn code_manifest(lock: &str) -> BTreeMap<String, String> {
    let (_, rest) = lock.split_once("code_manifest:\n").expect("a manifest");
    let lines = rest.lines().map_while(|line| line.strip_prefix("  "));
    let pairs = lines.filter_map(|line| line.rsplit_once(": "));
    pairs
        .map(|(key, value)| (key.trim_matches('\'').into(), value.trim_matches('\'').into()))
        .collect()
}

#[test]
fn each_release_is_answered_as_the_table_says() {
    let rows = Mutex::new(BTreeMap::new());
    let is_blessed = std::env::var_os("PIVOT_COMPLETE_BLESS").is_some();
    let releases: Vec<_> = RELEASES.into_iter().enumerate().collect();
    let asked = match is_blessed {
        true => releases,
        false => releases.chunks(3).flat_map(soak::in_turn).copied().collect(),
    };
    several_at_a_time(asked, |(number, (version, name))| {
        let row = of_release(version, name);
        rows.lock().unwrap().insert(number, row);
    });
    let heads = ["Pivot", "stages"].into_iter().chain(COLUMNS.map(|(head, _)| head));
    let heads: Vec<&str> = heads.chain(["manifests"]).collect();
    let head = format!("| {} |\n|{}\n", heads.join(" | "), "---|".repeat(heads.len()));
    let rows: Vec<String> = rows.into_inner().unwrap().into_values().collect();
    let table = head + &rows.iter().map(|row| format!("{row}\n")).collect::<String>();
    if is_blessed {
        let shells: String =
            SHELLS.iter().map(|shell| format!("| {} |\n", of_shell(*shell))).collect();
        let shells =
            format!("| shell | the first TAB, and an ambiguous one |\n|---|---|\n{shells}");
        fs::write(kept(), format!("{INTRODUCTION}{table}\n{shells}")).unwrap();
    }
    let text = fs::read_to_string(kept()).unwrap();
    for line in table.lines() {
        assert!(text.lines().any(|kept| kept == line), "compatibility.md is out of date: {line}");
    }
    for wrong in ["others:", "none;"] {
        assert!(!table.contains(wrong), "{table}");
    }
}

const SHELLS: [Shell; 6] =
    [Shell::Bash, Shell::Zsh, Shell::Fish, Shell::Elvish, Shell::Nushell, Shell::Xonsh];

/// A shell's name and version, and what it does: the candidates of a stand-in.
fn of_shell(shell: Shell) -> String {
    let argument = if shell == Shell::Elvish { "-version" } else { "--version" };
    let mut command = Command::new(shell.program());
    command.arg(argument).stdout(Stdio::piped()).stderr(Stdio::piped());
    let said = ran(command);
    let is_number = |word: &&str| word.starts_with(|char: char| char.is_ascii_digit());
    let text = said.stdout.replace("xonsh/", "").replace(['(', '-', '+'], " ");
    let version = text.split_whitespace().find(is_number).unwrap_or_default().to_owned();
    let sandbox = ShellSandbox::offering(shell, &[plain("train@a"), plain("train@b")]);
    let mut session = Session::start(shell, &sandbox);
    let line = session.type_line("pivot repro tr", "\t");
    let common = if line == "pivot repro train@" { "completed" } else { "listed" };
    session.clear();
    fs::remove_file(sandbox.path("bin/pivot-complete")).unwrap();
    sandbox.answer(shell, &[plain("train")]);
    let line = session.type_line("pivot repro tr", "\t");
    assert_eq!(line, "pivot repro train ");
    format!("{} {version} | completed, {common}", shell.name())
}

/// The versions in the table are those of the machine that made it.
#[test]
fn each_shell_of_the_table_completes() {
    let text = fs::read_to_string(kept()).unwrap();
    for shell in SHELLS {
        let row = of_shell(shell);
        let (name, does) = row.split_once(" | ").unwrap();
        let name = name.split(' ').next().unwrap();
        let is_its = |line: &str| {
            line.starts_with(&format!("| {name} ")) && line.ends_with(&format!("| {does} |"))
        };
        assert!(text.lines().any(is_its), "{row}");
    }
}
