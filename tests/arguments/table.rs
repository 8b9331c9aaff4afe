//! The table of all arguments, arguments.md.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::Path;

use serde_json::Value;

use super::{RELEASES, accepted, project, question};
use crate::support::oracle::{ask_command, hex, script, unhex};
use crate::support::{Sandbox, engine, ran, soak};

const HEAD: &str = "# Every argument of Pivot's commands, and what is offered there

Made by tests/arguments from the Pivots that are installed, in one project: a pipeline `demo` with the
stages `train` (outputs `model` and `log`) and `test` (of Pivot 0.1, which has no pipelines' names in
theirs: `train` and `test`), a remote, two runs, an import, a tracked file, and git's branches `main` and
`next`, a tag and a branch of origin. The word is empty; where a colon is shown, it ends in one,
and where paths of outputs are, it is `data/` (of Pivot 0.1 `train.`), whose files are offered beside them.
\"else files\": files, where nothing else begins as the word does. Without a release: in each that has it.

| command | argument | Pivot | it takes | Pivot offers | our scripts offer |
|---|---|---|---|---|---|
";

/// Candidates that a cell shows.
const SHOWN: usize = 3;

/// Of each command's argument the releases, with their cells.
type Rows<'a> = BTreeMap<(String, String), Vec<(&'a str, [String; 2])>>;

/// An argument, or an option with a value, of a command.
#[derive(Clone, Debug)]
struct Argument {
    command: String,
    /// Its name; of an option the longest.
    name: String,
    /// The words before its value.
    words: Vec<String>,
    kind: String,
}

/// All arguments below `command`, whose words from the program on are `path`.
fn arguments(command: &Value, path: &[String], found: &mut Vec<Argument>) {
    let texts = |value: &Value| -> Vec<String> {
        let all = value.as_array().unwrap().iter();
        all.map(|text| text.as_str().unwrap().to_owned()).collect()
    };
    // What stands in the place of the arguments before.
    let mut before = path.to_vec();
    for param in command["params"].as_array().unwrap() {
        if param["flag"] == true || param["count"] == true {
            continue;
        }
        let opts = texts(&param["opts"]);
        let name = opts.iter().max_by_key(|opt| opt.len()).unwrap().clone();
        let mut words = if param["argument"] == true { before.clone() } else { path.to_vec() };
        if param["argument"] == true {
            // A config key that has few values.
            before.push(if name == "key" { "cache.checkout_mode" } else { "x" }.to_owned());
        } else {
            words.push(name.clone());
        }
        let kind = param["rich"].as_str().unwrap().to_owned();
        found.push(Argument { command: path[1..].join(" "), name, words, kind });
    }
    for child in command["commands"].as_array().unwrap() {
        let name = child["name"].as_str().unwrap().to_owned();
        arguments(child, &[path, &[name]].concat(), found);
    }
}

/// What Pivot's own completion prints in bash, for each line.
fn stock(sandbox: &Sandbox, name: &str, lines: &[Vec<String>]) -> Vec<Vec<String>> {
    let directory = hex(sandbox.path("project").as_os_str().as_encoded_bytes());
    let ask = |words: &Vec<String>| {
        let cword = (words.len() - 1).to_string();
        format!("tab {directory} bash {} {}", hex(words.join("\n")), hex(cword))
    };
    let questions: Vec<String> = lines.iter().map(ask).collect();
    let mut command = sandbox.command(super::venv(name).join("bin/python3"), "project");
    command.arg(script("oracle_click.py"));
    let answers = ask_command(command, &questions);
    let read = |answer: &String| {
        let printed = String::from_utf8(unhex(answer)).unwrap();
        printed.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect()
    };
    answers.iter().map(read).collect()
}

/// A cell of candidates, the first few.
fn cell(candidates: &[String], paths: &str) -> String {
    let mut words: Vec<String> =
        candidates.iter().take(SHOWN).map(|one| one.replace('|', "\\|")).collect();
    if candidates.len() > SHOWN {
        words.push(format!("… ({})", candidates.len()));
    }
    words.extend((!paths.is_empty()).then(|| paths.to_owned()));
    if words.is_empty() { "–".into() } else { words.join(", ") }
}

fn stock_cell(printed: &[String]) -> String {
    let of = |kind: &str| -> Vec<String> {
        let lines = printed.iter().filter_map(|line| line.strip_prefix(kind)?.strip_prefix(','));
        lines.map(|value| format!("`{value}`")).collect()
    };
    let paths = match (of("file").is_empty(), of("dir").is_empty()) {
        (false, _) => "files",
        (true, false) => "directories",
        (true, true) => "",
    };
    cell(&of("plain"), paths)
}

/// What is offered for a word that is empty, and whether there are files for one that is nothing else.
fn our_cell(sandbox: &Sandbox, words: &[String]) -> String {
    let ask = |last: &str| -> Vec<String> {
        let words: Vec<&str> = words.iter().map(String::as_str).chain([last]).collect();
        let said = ran(question(sandbox, "project", "elvish", &words));
        said.lines().into_iter().map(str::to_owned).collect()
    };
    let (said, other) = (ask(""), ask("zz"));
    let (head, lines) = said.split_first().unwrap();
    let paths = match (head.as_str(), other[0].as_str()) {
        ("file:", _) => "files",
        ("dir:", _) => "directories",
        (_, "file:") => "else files",
        _ => "",
    };
    let shown = |line: &String| match line.split_once('\t') {
        Some((value, help)) => format!("`{value}` ({help})"),
        None => format!("`{line}`"),
    };
    let mut said = cell(&lines.iter().map(shown).collect::<Vec<_>>(), paths);
    for answer in ["data/", "train."].map(ask) {
        // What is offered for no word, too, is no output.
        let outputs: Vec<_> = answer[1..].iter().filter(|line| !lines.contains(line)).collect();
        if !outputs.is_empty() {
            // Where candidates are files, all files are.
            assert_eq!(answer[0], "file:", "{words:?}: {outputs:?}");
            write!(said, "; {}", cell(&outputs.into_iter().map(shown).collect::<Vec<_>>(), ""))
                .unwrap();
        }
    }
    said
}

/// What one release has: for each argument the cells.
fn of_release(name: &str) -> Vec<(String, String, [String; 2])> {
    let sandbox = project(name);
    let refreshed = sandbox.run(&["refresh"]);
    assert_eq!(refreshed.code, 0, "{refreshed:?}");
    let mut describe = sandbox.command(engine(), "home");
    describe.args(["describe", "--json"]);
    let told: Value = serde_json::from_str(&ran(describe).stdout).unwrap();
    let mut found = Vec::new();
    arguments(&told["root"], &["pivot".into()], &mut found);
    let with = |argument: &Argument, word: &str| [&argument.words[..], &[word.to_owned()]].concat();
    let empty: Vec<Vec<String>> = found.iter().map(|argument| with(argument, "")).collect();
    let keyed = |argument: &&Argument| argument.kind == "targets";
    let begun: Vec<Vec<String>> =
        found.iter().filter(keyed).map(|argument| with(argument, "train:")).collect();
    let lines = [empty.clone(), begun.clone()].concat();
    let stocks = stock(&sandbox, name, &lines);
    let (stocks, stocks_begun) = stocks.split_at(empty.len());
    let mut begun = stocks_begun.iter();
    let mut rows = Vec::new();
    for (argument, stock) in found.iter().zip(stocks) {
        let mut cells = [stock_cell(stock), our_cell(&sandbox, &argument.words)];
        if keyed(&argument) {
            let words = with(argument, "train:");
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            let said = ran(question(&sandbox, "project", "elvish", &words));
            let ours: Vec<String> =
                said.lines().iter().skip(1).map(|value| format!("`{value}`")).collect();
            let [stock_said, our_said] = &mut cells;
            write!(stock_said, "; {}", stock_cell(begun.next().unwrap())).unwrap();
            write!(our_said, "; {}", cell(&ours, "")).unwrap();
        }
        rows.push((argument.command.clone(), argument.name.clone(), cells));
    }
    rows
}

#[test]
fn every_argument_is_in_the_table() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/arguments/arguments.md");
    let is_blessed = std::env::var_os("PIVOT_COMPLETE_BLESS").is_some();
    let releases: Vec<_> = match is_blessed {
        true => RELEASES.to_vec(),
        false => RELEASES.chunks(3).flat_map(soak::in_turn).copied().collect(),
    };
    let told = std::thread::scope(|scope| {
        let asked: Vec<_> =
            releases.iter().map(|(_, name)| scope.spawn(|| of_release(name))).collect();
        asked.into_iter().map(|asked| asked.join().unwrap()).collect::<Vec<_>>()
    });
    let mut rows = Rows::new();
    for ((release, _), told) in releases.iter().zip(told) {
        for (command, argument, cells) in told {
            rows.entry((command, argument)).or_default().push((release, cells));
        }
    }
    if is_blessed {
        fs::write(&file, told_as_table(&rows)).unwrap();
        return;
    }
    let kept = fs::read_to_string(file).unwrap_or_default();
    let now = told_as_table(&rows);
    for (release, _) in &releases {
        assert_eq!(of(&now, release, releases.len()), of(&kept, release, RELEASES.len()), "{HELP}");
    }
    assert!(kept.starts_with(HEAD), "{HELP}");
    assert!(releases.len() < RELEASES.len() || kept == now, "{HELP}");
}

const HELP: &str = "arguments.md; run with PIVOT_COMPLETE_BLESS set";

/// A table's lines about a release, without the releases that share them; `count` are asked in all.
fn of(text: &str, release: &str, count: usize) -> Vec<String> {
    let lines = text[HEAD.len()..].lines();
    lines
        .filter_map(|line| {
            let cells: Vec<&str> = line.split(" | ").collect();
            let these: Vec<&str> = cells[2].split_whitespace().collect();
            assert!(these.len() < count, "{line}");
            let is_its = these.is_empty() || these.contains(&release);
            is_its.then(|| [&cells[..2], &cells[3..]].concat().join(" | "))
        })
        .collect()
}

/// The table of these rows: of each argument the releases and their cells.
fn told_as_table(rows: &Rows) -> String {
    let all: BTreeSet<&str> = rows.values().flatten().map(|(release, _)| *release).collect();
    let mut text = String::from(HEAD);
    for ((command, argument), releases) in rows {
        let takes = accepted::by(command, argument);
        let mut groups: Vec<(Vec<&str>, &[String; 2])> = Vec::new();
        for (release, cells) in releases {
            match groups.iter_mut().find(|(_, known)| *known == cells) {
                Some((these, _)) => these.push(release),
                None => groups.push((vec![*release], cells)),
            }
        }
        let is_everywhere = groups.len() == 1;
        for (these, [stock, ours]) in groups {
            let these = if is_everywhere && these.len() == all.len() {
                String::new()
            } else {
                these.join(" ")
            };
            let argument = argument.trim_start_matches(' ');
            writeln!(text, "| {command} | {argument} | {these} | {takes} | {stock} | {ours} |")
                .unwrap();
        }
    }
    text
}
