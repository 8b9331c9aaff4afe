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

/// `% pivot-complete …` is run, in a project that is well.
#[test]
fn every_command_is_understood() {
    let mut run = 0;
    for (name, text) in documents() {
        let sandbox = Sandbox::project(&pipeline_0511("demo", &["train"]));
        for line in text.lines().filter_map(|line| line.trim().strip_prefix("% pivot-complete ")) {
            let words = line.split('#').next().unwrap_or_default();
            let words: Vec<&str> = words.split_whitespace().collect();
            let said = ran(sandbox.front_in("project", &words));
            assert_eq!((said.code, said.stderr.as_str()), (0, ""), "{name}: {line}: {said:?}");
            run += 1;
        }
    }
    assert!(run > 3, "{run}");
}
