//! The command line is said in four places: what is read here, the help, what the front reads, and the
//! completions in `completions/`. They are compared.

use pivot_complete::request::{FrontLine, Request};

use super::CommandLine;
use super::command::{Command, ManifestRequest, StagesRequest, TargetsRequest};
use super::help::{EXAMPLES, HELP, about, block};
use super::read::{COMMANDS, OWN, syntax};

const BASH: &str = include_str!("../../../completions/pivot-complete.bash");
const ZSH: &str = include_str!("../../../completions/_pivot-complete");
const FISH: &str = include_str!("../../../completions/pivot-complete.fish");

/// Options in front of a command.
const GLOBAL: [&str; 3] = ["-C", "--help", "--version"];

/// The options of the command `name`.
fn options_of(name: &str) -> Vec<&'static str> {
    let options = syntax(name).unwrap_or_else(|| panic!("{name} is read")).options;
    options.split_whitespace().collect()
}

fn read(args: &[&str]) -> Result<CommandLine, String> {
    let parser = lexopt::Parser::from_args(args);
    CommandLine::parse(parser, None).map_err(|error| error.to_string())
}

/// Every option that `text` names, with its dashes.
fn options_in(text: &str) -> Vec<&str> {
    let is_in_word = |char: char| char.is_ascii_alphanumeric() || char == '-';
    let words = text.split(|char: char| !is_in_word(char));
    words.filter(|word| word.starts_with('-') && word.len() > 1).collect()
}

#[test]
fn the_help_says_what_is_read() {
    // These options stand once for several commands.
    let (shared, _) = HELP.split_once("  complete SHELL").unwrap();
    let (_, shared) = shared.split_once("  each of these:").unwrap();
    let mut named = 0;
    for name in COMMANDS {
        let about = block(name);
        assert!(!about.is_empty(), "{name} in the help");
        let example = EXAMPLES.iter().find(|(of, ..)| *of == name).unwrap().1;
        let words: Vec<&str> = example.split(' ').collect();
        assert_eq!((words[0], read(&words).err()), (name, None), "its example");
        for option in options_of(name) {
            assert!(
                options_in(about).contains(&option) || options_in(shared).contains(&option),
                "{} {option}",
                name
            );
        }
        let said = options_in(about).into_iter().filter(|option| option.starts_with("--"));
        for option in said {
            // `stages --all` has `--all` beside it; a word of another command is none of its options.
            let is_known = options_of(name).contains(&option);
            assert!(is_known, "{} {option}: said and not read", name);
            named += 1;
        }
    }
    assert!(named > 5);
    assert!(options_in(shared).iter().all(|option| options_of("stages").contains(option)));
    // A line of the help that begins with a word is about a command; none is left out here.
    let (commands, _) = HELP.split_once("Options:").unwrap();
    for line in commands.lines().filter_map(|line| line.strip_prefix("  ")) {
        let name = line.split(' ').next().unwrap_or_default();
        let is_name = !name.is_empty() && !line.starts_with("each of these:");
        assert!(!is_name || COMMANDS.contains(&name), "{line}: said and not known here");
    }
    for option in GLOBAL {
        assert!(
            HELP.contains(&format!("\n  {option}")) || HELP.contains(&format!("\n      {option}"))
        );
    }
    for name in OWN {
        assert!(!HELP.contains(&format!("\n  {}", name)), "{}", name);
    }
}

/// Of one command: how it is called, its options and no other's, and an example.
#[test]
fn the_help_of_a_command_is_about_that() {
    for name in COMMANDS {
        let about = about(name);
        let usage = format!("Usage: pivot-complete [-C DIR] {name}");
        assert!(about.starts_with(&usage) && about.contains("\nExample:\n"), "{about}");
        let (options, _) = about.split_once("\nExample:").unwrap();
        let (_, options) = options.split_once("\n\n").unwrap();
        let said = options_in(options);
        assert!(options_of(name).iter().all(|option| said.contains(option)), "{about}");
        let alien = said.iter().find(|said| !options_of(name).contains(said));
        assert_eq!(alien, None, "{about}");
        assert!(!about.contains("each of these") && !about.contains("all but"), "{about}");
    }
}

#[test]
fn what_the_table_has_is_read_and_nothing_else() {
    let all: Vec<&str> = COMMANDS.iter().flat_map(|name| options_of(name)).collect();
    for name in COMMANDS.iter().chain(&OWN).copied() {
        for option in &all {
            let said = read(&[name, option]).err().unwrap_or_default();
            let is_unknown = said.starts_with("there is no option");
            assert_eq!(is_unknown, !options_of(name).contains(option), "{} {option}", name);
        }
    }
}

#[test]
fn completions_offer_what_is_read_and_nothing_else() {
    let mut read_here: Vec<(&str, &str)> = Vec::new();
    for name in COMMANDS {
        assert!(FISH.contains(&format!("-f -a \"{}\"", name)), "{}", name);
        assert!(ZSH.contains(&format!("({})\n", name)), "{}", name);
        assert!(BASH.contains(&format!("pivot__complete,{})", name)), "{}", name);
        // A line of fish's begins with the short form of `--help`.
        read_here.extend(options_of(name).into_iter().chain(["-h"]).map(|option| (name, option)));
    }
    let known = COMMANDS.len();
    assert_eq!(FISH.matches("needs_command\" -f -a ").count(), known);
    // fish: a line each.
    let mut offered: Vec<(&str, String)> = Vec::new();
    for line in FISH.lines() {
        let Some((_, rest)) = line.split_once("using_subcommand ") else { continue };
        let Some((name, rest)) = rest.split_once("\" -") else { continue };
        let mut words = rest.split(' ');
        // Where there is none, only that no files are meant.
        let (Some(kind), Some(option)) = (words.next(), words.next()) else { continue };
        match kind {
            "s" => offered.push((name, format!("-{option}"))),
            "l" => offered.push((name, format!("--{option}"))),
            _ => {}
        }
    }
    let mut offered: Vec<(&str, &str)> = offered.iter().map(|(n, o)| (*n, o.as_str())).collect();
    offered.sort();
    read_here.sort();
    assert_eq!(offered, read_here, "fish");
    for name in COMMANDS {
        let (_, bash) = BASH.split_once(&format!("pivot__complete__subcmd__{})", name)).unwrap();
        let (_, bash) = bash.split_once("opts=\"").unwrap();
        let bash = bash.split('"').next().unwrap();
        let (_, zsh) = ZSH.split_once(&format!("({})\n", name)).unwrap();
        let zsh = zsh.split(";;").next().unwrap();
        for option in options_of(name).into_iter().chain(["-h", "--help"]) {
            assert!(bash.split(' ').any(|word| word == option), "bash: {} {option}", name);
            assert!(zsh.contains(&format!("{option}[")), "zsh: {} {option}", name);
        }
    }
}

/// What the front answers itself means the same here, and it hands over all else.
#[test]
fn the_front_reads_the_same() {
    let words = [
        "",
        "a",
        "bash",
        "zsh",
        "fish",
        "elvish",
        "--all",
        "--cached",
        "--json",
        "-0",
        "--rich",
        "--prewarm",
        "--remove",
        "--help",
        "--version",
        "-h",
        "-V",
        "--",
        "-",
        "-C",
        "--jso",
        "--json=x",
        "-00",
        "--behind",
    ];
    let mut answered = 0;
    for name in COMMANDS.iter().chain(&OWN).copied() {
        for first in words {
            for second in words {
                for third in ["", "a", "1", "--json", "-0", "--cached"] {
                    let args = [name, first, second, third];
                    for len in 1..=args.len() {
                        answered += usize::from(agree(&args[..len]));
                    }
                }
            }
        }
    }
    for args in [&["-C", "/", "stages"][..], &["-C", "stages"], &["-C"], &["-C", "a", "-C", "b"]] {
        agree(args);
    }
    assert!(answered > 100, "{answered}");
}

/// Whether the front answers a line; if it does, as it is read here.
fn agree(args: &[&str]) -> bool {
    let front = FrontLine::read(args.iter().map(|arg| arg.as_bytes()), None);
    let expected = match front.request {
        Request::Engine => return false,
        Request::Stages { prefix, format } => Command::Stages(StagesRequest {
            prefix: prefix.to_vec(),
            format,
            cached: args.contains(&"--cached"),
            all: false,
        }),
        Request::Targets { prefix, format } => Command::Targets(TargetsRequest {
            prefix: prefix.to_vec(),
            format,
            cached: args.contains(&"--cached"),
        }),
        Request::Manifest { stage, format } => Command::Manifest(ManifestRequest {
            stage: Some(stage.to_vec()),
            format,
            cached: args.contains(&"--cached"),
        }),
        Request::Complete(shell, form) => Command::Complete(shell, form),
        Request::Nothing => Command::Nothing,
        Request::Prewarm => Command::Prewarm { tells_places: false },
    };
    let line = read(args).unwrap_or_else(|error| panic!("{args:?}: {error}"));
    assert_eq!(line.command, expected, "{args:?}");
    let directory = front.directory.map(|directory| str::from_utf8(directory).unwrap());
    let directories: Vec<&str> = line.directories.iter().map(|d| d.to_str().unwrap()).collect();
    assert_eq!(directories, Vec::from_iter(directory), "{args:?}");
    true
}
