//! The files that GitHub reads have the form that it wants, by its own schemas, and name what there is.

use std::fs;
use std::path::{Path, PathBuf};

use crate::packaging::tools;
use crate::support::{Ran, Sandbox, ran};

const WORKFLOWS: &str = "github-workflows";

fn github(directory: &str) -> Vec<PathBuf> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join(".github").join(directory);
    let files = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let files: Vec<PathBuf> =
        files.filter(|path| path.extension().is_some_and(|e| e == "yml")).collect();
    assert!(!files.is_empty());
    files
}

/// What check-jsonschema says of the file, by a schema that it carries: no network is asked.
fn checked(schema: &str, file: &Path) -> Ran {
    let sandbox = Sandbox::empty();
    let mut command = sandbox.command(tools().join("bin/check-jsonschema"), "home");
    command.arg("--builtin-schema").arg(format!("vendor.{schema}")).arg(file);
    ran(command)
}

#[test]
fn they_have_the_form_that_is_wanted() {
    for file in github("workflows") {
        let said = checked(WORKFLOWS, &file);
        assert_eq!(said.code, 0, "{}: {said:?}", file.display());
    }
    for file in github("ISSUE_TEMPLATE") {
        let is_form = !file.ends_with("config.yml");
        let schema = if is_form { "github-issue-forms" } else { "github-issue-config" };
        let said = checked(schema, &file);
        assert_eq!(said.code, 0, "{}: {said:?}", file.display());
        let text = fs::read_to_string(&file).unwrap();
        assert_eq!(text.contains("`pivot-complete doctor --json`"), is_form, "{}", file.display());
    }
}

#[test]
fn another_form_is_noticed() {
    let sandbox = Sandbox::empty();
    let text = fs::read_to_string(&github("workflows")[0]).unwrap();
    for (right, wrong) in
        [("runs-on:", "runs-in:"), ("timeout-minutes: 60", "timeout-minutes: soon")]
    {
        assert!(text.contains(right));
        let file = sandbox.write("wrong.yml", text.replace(right, wrong));
        assert_ne!(checked(WORKFLOWS, &file).code, 0, "{wrong}");
    }
}

/// Scripts, pins, and what `set-up` is asked for; the systems that are nowhere else.
#[test]
fn they_name_what_there_is() {
    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    let set_up = fs::read_to_string(top.join("scripts/set-up")).unwrap();
    let mut runners = String::new();
    for file in github("workflows") {
        let text = fs::read_to_string(&file).unwrap();
        for word in text.split(|char: char| char.is_whitespace() || "()\"'".contains(char)) {
            assert!(!word.starts_with("scripts/") || top.join(word).exists(), "{word}");
        }
        for line in text.lines().filter_map(|line| line.trim().strip_prefix("scripts/set-up ")) {
            let (words, _) = line.split_once(" >").unwrap();
            for word in words.split(' ') {
                assert!(set_up.contains(&format!("        {word})")), "set-up knows no {word}");
            }
        }
        runners += &text;
    }
    for runner in ["ubuntu-24.04-arm", "macos-15", "macos-15-intel"] {
        assert!(runners.contains(&format!("runner: {runner} ")), "{runner}");
    }
}
