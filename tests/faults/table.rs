//! The table of faults: `faults.md`, made of the rows, of what tests count, and of nothing else.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use crate::support::tally;

const HEAD: &str = "# Faults that are survived

Made by tests/faults/table.rs: a row for each fault, with the tests that inject it for real. Each of these
tests fails at the first wrong answer, word on stderr, exit code, broken or lost file, process or file that
stays. So the last three columns are what the tests allow, and `tried` is how many faults they injected in
the run that the table was made by: as they counted them (`counted.txt`), and one for each test that does not
count; a test that stands in several rows counts in each. `scripts/test` takes a share that a seed chooses of
what is long, `scripts/soak` the whole.

| # | fault | tests | tried | survived | wrong answers | data lost | litter |
|---|---|---|---|---|---|---|---|
";

/// A fault: its number, what it is, and its tests, a room and a name each.
struct Row {
    number: u32,
    fault: &'static str,
    tests: Vec<&'static str>,
}

/// All of them: a line each, below it an indented one for each test.
fn rows() -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for line in include_str!("faults.rows").lines() {
        match line.strip_prefix("    ") {
            Some(test) => rows.last_mut().expect("a fault before its tests").tests.push(test),
            None => {
                let (number, fault) = line.split_once(' ').expect("a number and a fault");
                let number = number.parse().expect("a number");
                rows.push(Row { number, fault, tests: Vec::new() });
            }
        }
    }
    rows
}

fn top() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A test of a row: the file that it stands in, from the top, and its name.
fn file_and_name(test: &str) -> (String, &str) {
    let (room, name) = test.split_once(' ').expect("a room and a name");
    let room = if room.starts_with("src/") { room.to_owned() } else { format!("tests/{room}") };
    (format!("{room}.rs"), name)
}

/// What a test calls itself when it counts.
fn counted_name(test: &str) -> String {
    let (room, name) = test.split_once(' ').expect("a room and a name");
    format!("{}::{name}", room.replace('/', "::"))
}

fn line(Row { number, fault, tests }: &Row) -> String {
    let kept = tally::kept();
    let link = |test: &&'static str| {
        let (file, name) = file_and_name(test);
        format!("[{name}](../../{file})")
    };
    let links: Vec<String> = tests.iter().map(link).collect();
    let tried: usize =
        tests.iter().map(|test| kept.get(&counted_name(test)).copied().unwrap_or(1)).sum();
    format!("| {number} | {fault} | {} | {tried} | {tried} | 0 | 0 | 0 |", links.join(", "))
}

/// The table has each fault once, each test is one, and stands where the table says.
#[test]
fn each_fault_has_tests_that_are_there() {
    let numbers: Vec<u32> = rows().iter().map(|row| row.number).collect();
    assert_eq!(numbers, (1..=64).collect::<Vec<u32>>());
    for Row { number, fault, tests } in rows() {
        assert!(!tests.is_empty(), "{number}, {fault}");
        for test in tests {
            let (file, name) = file_and_name(test);
            let text = fs::read_to_string(top().join(&file)).unwrap_or_default();
            assert!(is_a_test(&text, name), "{number}: {name} is no test of {file}");
        }
    }
}

/// Whether a file has a test of that name, or what a table of shells makes a test of.
fn is_a_test(text: &str, name: &str) -> bool {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let is_its = |line: &str| line.contains(&format!("fn {name}("));
    lines.iter().enumerate().any(|(at, line)| {
        let is_marked = lines[..at].last().is_some_and(|before| *before == "#[test]");
        is_its(line) && (is_marked || line.contains("(shell: Shell)"))
    })
}

/// What is counted belongs to a test of the table.
#[test]
fn what_is_counted_is_in_the_table() {
    let rows = rows();
    let tests = rows.iter().flat_map(|row| &row.tests);
    let known: Vec<String> = tests.map(|test| counted_name(test)).collect();
    for name in tally::kept().keys() {
        assert!(known.contains(name), "{name}");
    }
}

#[test]
fn the_table_is_what_the_tests_say() {
    let mut table = HEAD.to_owned();
    rows().iter().for_each(|row| writeln!(table, "{}", line(row)).unwrap());
    let file: PathBuf = top().join("tests/faults/faults.md");
    if std::env::var_os("PIVOT_COMPLETE_BLESS").is_some() {
        return fs::write(file, table).unwrap();
    }
    let kept = fs::read_to_string(file).unwrap_or_default();
    assert!(kept == table, "PIVOT_COMPLETE_BLESS=1 rewrites tests/faults/faults.md");
}
