//! Another click application than Pivot is a folder like the library's `pivot/`, and nothing else: what
//! it prints for a line is what real click prints for the same application.

mod application;

use std::path::Path;
use std::process::Command;

use pivot_complete::click::Description;
use pivot_complete::line::{Form, Line, Reader, Shell};

use crate::support::Pivot;
use crate::support::oracle::{ask_command, hex, unhex};
use application::complete;
use application::description::encoded;

/// Words behind "orchard", the last of which is at the cursor.
const LINES: [&[&str]; 22] = [
    &[""],
    &["p"],
    &["--"],
    &["-v", "--v"],
    &["--plan", "x"],
    &["--plan=x"],
    &["pick", ""],
    &["pick", "ap"],
    &["pick", "apple", "ap"],
    &["pick", "--"],
    &["pick", "--basket", ""],
    &["pick", "--basket=l"],
    &["pick", "--basket", "small", "q"],
    &["pick", "--", "--"],
    &["graft", "p"],
    &["graft", "apple", "M"],
    &["graft", "pear", ""],
    &["graft", "quince", ""],
    &["graft", "apple", "M9", ""],
    &["-v", "graft", "apple", "MM"],
    &["nosuch", ""],
    &["graft", "--help", "pear", "Q"],
];

fn variables(shell: Shell, words: &[&str]) -> (String, String) {
    let all: Vec<&str> = [&["orchard"], words].concat();
    let (last, before) = all.split_last().expect("a program at least");
    match shell {
        Shell::Bash => (all.join("\n"), before.len().to_string()),
        Shell::Zsh => (all.join(" "), before.len().to_string()),
        Shell::Fish => (all.join(" "), (*last).to_owned()),
    }
}

fn ours(shell: Shell, form: Form, words: &[&str]) -> String {
    let (comp_words, comp_cword) = variables(shell, words);
    let (comp_words, comp_cword) = (comp_words.as_bytes(), comp_cword.as_bytes());
    let mut storage = vec![0; Line::room(comp_words, comp_cword)];
    let line = Line::read(shell, form, comp_words, comp_cword, &mut storage);
    let bytes = encoded();
    let description = Description::open(&bytes).unwrap();
    String::from_utf8(complete(shell, form, &description, &line.unwrap()).unwrap()).unwrap()
}

#[test]
fn it_is_completed_as_click_does() {
    let shells = [Shell::Bash, Shell::Zsh, Shell::Fish];
    let asked = || LINES.iter().flat_map(|words| shells.map(|shell| (shell, *words)));
    let questions: Vec<String> = asked()
        .map(|(shell, words)| {
            let (comp_words, comp_cword) = variables(shell, words);
            format!("{} {} {}", shell.as_str(), hex(comp_words), hex(comp_cword))
        })
        .collect();
    let mut command = Command::new(Pivot::V0511.bin().join("python3"));
    command.env_clear().env("LC_ALL", "C.UTF-8").env("PATH", "/usr/bin:/bin");
    command
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/second_application/application.py"));
    let answers = ask_command(command, &questions);
    for ((shell, words), answer) in asked().zip(answers) {
        let expected = String::from_utf8(unhex(&answer)).unwrap();
        assert_eq!(ours(shell, Form::Click, words), expected, "{shell:?} {words:?}");
    }
    // It is not all empty.
    assert_eq!(ours(Shell::Bash, Form::Click, &["graft", "apple", "MM"]), "plain,MM106\n");
}

#[test]
fn our_own_scripts_get_it_too() {
    let rich = |words: &[&str]| ours(Shell::Zsh, Form::Rich(Reader::Other), words);
    assert_eq!(rich(&["pick", "apple", "ap"]), "none:\napricot\torange\n");
    assert_eq!(rich(&["--plan=x"]), "file:--plan=\n");
    assert_eq!(rich(&["graft", "pear", ""]), "none:\nQuince A\nPyrodwarf\n");
    assert_eq!(rich(&["g"]), "none:\ngraft\tGraft a tree\n");
}
