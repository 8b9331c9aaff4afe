//! A release: the changelog's form, and the version from one place.

use std::fs;
use std::path::Path;

use crate::support::{Sandbox, ran};

fn text(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap()
}

/// What keepachangelog.com calls the kinds of changes.
const KINDS: [&str; 6] = ["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"];

/// The sections of a changelog of that form: `[NUMBER] - DATE`, newest first.
fn sections(changelog: &str) -> Result<Vec<String>, String> {
    let mut lines = changelog.lines();
    if lines.next() != Some("# Changelog") {
        return Err("it begins otherwise".into());
    }
    let mut sections: Vec<String> = Vec::new();
    for line in lines {
        if let Some(kind) = line.strip_prefix("### ") {
            if sections.is_empty() || !KINDS.contains(&kind) {
                return Err(format!("no kind of change: {kind}"));
            }
        } else if let Some(head) = line.strip_prefix("## ") {
            let number = head.strip_prefix('[').and_then(|head| head.split_once(']'));
            let (number, date) = number.ok_or(format!("no section: {head}"))?;
            let is_date = |date: &str| {
                let form: String =
                    date.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
                form == " - 0000-00-00"
            };
            if !(number == "Unreleased" && date.is_empty() && sections.is_empty() || is_date(date))
            {
                return Err(format!("no section of a release: {head}"));
            }
            sections.push(number.into());
        } else if line.starts_with("- ") && sections.is_empty() {
            return Err(format!("a change of no release: {line}"));
        }
    }
    Ok(sections)
}

#[test]
fn the_changelog_has_the_form_that_tools_read() {
    let sections = sections(&text("CHANGELOG.md")).unwrap();
    assert_eq!(sections[0], "Unreleased");
    let numbers: Vec<Vec<u32>> = sections[1..]
        .iter()
        .map(|number| number.split('.').map(|part| part.parse().unwrap()).collect())
        .collect();
    assert!(numbers.is_sorted_by(|newer, older| newer > older), "{sections:?}");
    assert!(sections.contains(&env!("CARGO_PKG_VERSION").to_owned()), "{sections:?}");
}

#[test]
fn another_form_is_noticed() {
    for wrong in [
        "",
        "# Changelog\n## 0.1.0 (unreleased)\n",
        "# Changelog\n## [0.1.0] - soon\n",
        "# Changelog\n## [0.1.0] - 2026-11-29\n### News\n",
        "# Changelog\n- something\n",
        "# Changelog\n## [0.1.0] - 2026-11-29\n## [Unreleased]\n",
    ] {
        assert!(sections(wrong).is_err(), "{wrong:?}");
    }
}

#[test]
fn the_version_is_said_in_one_place() {
    let pyproject = text("pyproject.toml");
    assert!(pyproject.contains("dynamic = [\"version\"]"));
    assert!(!pyproject.lines().any(|line| line.starts_with("version")));
    let version = env!("CARGO_PKG_VERSION");
    for name in
        ["pyproject.toml", "build.rs", "scripts/release", "scripts/set-up", "README.md", "GUIDE.md"]
    {
        assert!(!text(name).contains(&format!("\"{version}\"")), "{name}");
    }
}

/// It packs what a commit has, and what the changelog tells of.
#[test]
fn a_release_is_of_a_commit_and_of_a_dated_section() {
    let sandbox = Sandbox::empty();
    for name in ["scripts/release", "scripts/settings.bash", "Cargo.toml", "CHANGELOG.md"] {
        sandbox.make_directory("home/scripts");
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
        fs::copy(from, sandbox.path("home").join(name)).unwrap();
    }
    let run = |program: &str, arguments: &[&str]| {
        let mut command = sandbox.command(program, "home");
        command.env("PATH", std::env::var_os("PATH").unwrap()).args(arguments);
        ran(command)
    };
    let git = |arguments: &[&str]| {
        let who = ["-c", "user.name=x", "-c", "user.email=x@localhost"];
        let said = run("git", &[&who[..], arguments].concat());
        assert_eq!(said.code, 0, "{said:?}");
    };
    let refused = |why: &str| {
        let said = run("scripts/release", &["--untested"]);
        assert_eq!((said.code, said.stderr.contains(why)), (1, true), "{why}: {said:?}");
    };
    assert_eq!(run("scripts/release", &["--publish"]).code, 1);
    git(&["init", "--quiet"]);
    refused("no commit has");
    let changelog = text("CHANGELOG.md");
    let (before, _) = changelog.split_once("\n## [0").unwrap();
    sandbox.write("home/CHANGELOG.md", before);
    git(&["add", "--all"]);
    git(&["commit", "--quiet", "--message", "x"]);
    refused("has no section");
}
