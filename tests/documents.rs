//! What the documents say: links lead somewhere, and commands are understood.

use std::fs;
use std::path::Path;

use crate::support::{Sandbox, pipeline_0511, ran};

/// Each document at the top of the repository, with its text.
fn documents() -> Vec<(String, String)> {
    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    let names = fs::read_dir(top).unwrap().map(|entry| entry.unwrap().file_name());
    let names = names.map(|name| name.into_string().unwrap()).filter(|name| name.ends_with(".md"));
    let all: Vec<_> =
        names.map(|name| (name.clone(), fs::read_to_string(top.join(name)).unwrap())).collect();
    assert!(all.len() > 5, "README, GUIDE, CONTRIBUTING, SECURITY, ARCHITECTURE, CHANGELOG");
    all
}

#[test]
fn every_relative_link_resolves() {
    let mut seen = 0;
    for (name, text) in documents() {
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let is_relative = !link.contains("://") && !link.starts_with('#');
            // Code has brackets, too.
            if is_relative && link.contains('.') && !link.contains(' ') {
                let file = link.split('#').next().unwrap();
                let there = Path::new(env!("CARGO_MANIFEST_DIR")).join(file).exists();
                assert!(there, "{name}: {link}");
                seen += 1;
            }
        }
    }
    assert!(seen > 8, "{seen}");
}

/// What stands for a user's own in an inline command.
const PLACEHOLDERS: [(&str, &str); 3] =
    [("STAGE", "demo/train"), ("SHELL", "bash"), ("DIRECTORY", ".")];

/// The commands of a document: lines that begin with `% `, and code that begins with the program's name.
fn commands(text: &str) -> Vec<String> {
    let lines = text.lines().filter_map(|line| line.trim().strip_prefix("% pivot-complete"));
    let lines = lines.map(|line| line.split('#').next().unwrap_or_default());
    let code = text.split('`').skip(1).step_by(2);
    let inline = code.filter_map(|code| code.strip_prefix("pivot-complete "));
    lines.chain(inline).map(|words| words.trim().to_owned()).collect()
}

/// Each is run, in a project that is well.
#[test]
fn every_command_is_understood() {
    let mut run = 0;
    for (name, text) in documents() {
        let sandbox = Sandbox::project(&pipeline_0511("demo", &["train"]));
        for command in commands(&text) {
            // What stands in brackets need not be given.
            let words = command.split_whitespace().filter(|word| !word.starts_with('['));
            let given = |word| PLACEHOLDERS.iter().find(|(of, _)| *of == word).map(|(_, to)| *to);
            let words: Vec<&str> = words.map(|word| given(word).unwrap_or(word)).collect();
            // Until Ctrl-C: tests/watch/ runs it.
            if words == ["watch"] || words.is_empty() {
                continue;
            }
            let said = ran(sandbox.front_in("project", &words));
            assert_eq!((said.code, said.stderr.as_str()), (0, ""), "{name}: {command}: {said:?}");
            run += 1;
        }
    }
    assert!(run > 10, "{run}");
}

/// `scripts/transcript` follows them: what it wrote down is what they say now.
#[test]
fn the_transcript_is_of_what_the_documents_say() {
    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |name: &str| fs::read_to_string(top.join(name)).unwrap();
    let (readme, transcript) = (read("README.md"), read("completions/recordings/transcript.md"));
    for way in ["uv tool install .", "pipx install .", "cargo install --locked --path ."] {
        assert!(readme.contains(way) && transcript.contains(&format!("$ {way}\n")), "{way}");
    }
    let lines = readme.lines().filter(|line| line.starts_with("if command -"));
    let lines: Vec<&str> = lines.map(|line| line.split('#').next().unwrap().trim()).collect();
    assert_eq!(lines.len(), 3);
    for line in lines {
        assert!(transcript.contains(&format!("\n{line}\n")), "{line}");
    }
    let shells: Vec<&str> = transcript.split("\n## ").skip(1).collect();
    assert_eq!(shells.len(), 3);
    for shell in shells {
        for shown in ["doctor\nA TAB here answers", "$ pivot-complete clear --all\n", "@boosted"] {
            assert!(shell.contains(shown), "{shown}: {shell}");
        }
    }
}
