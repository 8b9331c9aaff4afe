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

/// The commands of a document: lines that begin with `% `, and code that begins with the program's name,
/// or with a command of it that is given more.
fn commands(text: &str) -> Vec<String> {
    let lines = text.lines().filter_map(|line| line.trim().strip_prefix("% pivot-complete"));
    let lines = lines.map(|line| line.split('#').next().unwrap_or_default());
    let code = text.split('`').skip(1).step_by(2);
    let inline = code.filter_map(|code| {
        code.strip_prefix("pivot-complete ").or(code.starts_with("init SHELL ").then_some(code))
    });
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

const TRANSCRIPT: &str = "completions/recordings/transcript.md";
const WAYS: &str = "tests/packaging/ways.rs";
const LINES: &str = "tests/shells/readme.rs";
const RUNNERS: &str = "tests/shells/everywhere/runners.rs";
const HERE: &str = "tests/documents.rs";

/// What the README and the guide have one type beside commands of `pivot-complete`, and which file of ours runs
/// it: by these words, or by what stands third. Some are long, and begin so.
const ELSEWHERE: [(&str, &str, &str); 32] = [
    ("uv tool install .", TRANSCRIPT, "$ uv tool install .\n"),
    ("pivot repro demo/train@<TAB>", TRANSCRIPT, "$ pivot repro demo/train@\n"),
    ("pip install .", WAYS, "\"install .\""),
    ("uv tool update-shell", WAYS, ""),
    ("pipx ensurepath", WAYS, ""),
    ("uv tool install --force", WAYS, r#""uv", &["tool", "install", "--force""#),
    ("pipx install --force", WAYS, r#""pipx", &["install", "--force""#),
    ("pip install --upgrade", WAYS, r#""install", "--upgrade""#),
    ("cargo install --locked", WAYS, r#""install", "--offline", "--locked""#),
    ("man pivot-complete", WAYS, ""),
    (r#"man -M "$(uv tool dir)/pivot-complete/share/man" pivot-complete"#, WAYS, ""),
    ("if command -v pivot-complete >…", LINES, "readme_line()"),
    ("if command -q pivot-complete;…", LINES, "readme_line()"),
    ("if (has-external pivot-complete) {…", LINES, "readme_line()"),
    ("if !(which pivot-complete):…", LINES, "readme_line()"),
    ("mkdir $nu.user-autoload-dirs.0", LINES, "mkdir $nu."),
    ("pivot-complete init nushell | save…", LINES, "readme_line()"),
    ("pivot-complete watch", "tests/watch/mod.rs", r#"&["watch"]"#),
    ("pivot-complete-smoke", "tests/smoke.rs", "wheel/scripts/pivot-complete-smoke"),
    ("pipx run", RUNNERS, ""),
    ("pipx install", WAYS, r#""pipx", &["install""#),
    ("pip install", WAYS, r#"["install", "--upgrade""#),
    ("cargo install", WAYS, r#"cargo(sandbox, &["install""#),
    ("uv tool", WAYS, ""),
    ("uv run", RUNNERS, ""),
    ("mise exec", RUNNERS, ""),
    ("mise which pivot", "tests/discovery/managers.rs", ""),
    ("touch pipeline.py", HERE, r#"["touch", "pipeline.py"]"#),
    ("pivot init", HERE, r#"["pivot", "init"]"#),
    ("pivot status", HERE, r#"["pivot", "status"]"#),
    ("pivot completion", HERE, r#"["pivot", "completion", shell]"#),
    ("pivot repro", TRANSCRIPT, "$ pivot repro "),
];
/// Lines of blocks that show what is printed begin so.
const SHOWN: [&str; 5] = [
    "demo/train@linear ",
    "In a real bash, ",
    "cold, by ",
    "cached, bash's ",
    "`pivot-complete stages`, ",
];
/// Programs that a reader is told to start begin so.
const PROGRAMS: [&str; 9] =
    ["uv ", "pipx ", "pip ", "cargo ", "man ", "pivot ", "mise ", "touch ", "pivot-complete-"];

/// What a document has one type: in blocks all but what is shown, in lines what begins with a program.
fn typed(text: &str) -> Vec<String> {
    let mut typed = Vec::new();
    for (at, part) in text.split("```").enumerate() {
        let is_block = at % 2 == 1;
        let code: Vec<&str> = match is_block {
            true => part.lines().skip(1).collect(),
            false => part.split('`').skip(1).step_by(2).collect(),
        };
        for code in code {
            let code = code.split("  #").next().unwrap().replace('\n', " ");
            let command = code.trim().trim_start_matches("% ").trim_start_matches("$ ");
            let begins = |with: &[&str]| with.iter().any(|start| command.starts_with(start));
            let is_shown = command.is_empty() || begins(&SHOWN);
            if if is_block { !is_shown } else { begins(&PROGRAMS) } {
                typed.push(command.to_owned());
            }
        }
    }
    typed
}

#[test]
fn every_command_of_readme_and_guide_is_run_by_a_test() {
    let read =
        |name: &str| fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap();
    let mut all = Vec::new();
    for name in ["README.md", "GUIDE.md"] {
        let text = read(name);
        let ours = commands(&text);
        for command in typed(&text) {
            let is_ours = command
                .strip_prefix("pivot-complete ")
                .is_some_and(|words| words != "watch" && ours.iter().any(|own| own == words));
            let is_elsewhere = ELSEWHERE.iter().any(|(of, ..)| match of.strip_suffix('…') {
                Some(start) => command.starts_with(start),
                None => command == *of,
            });
            assert!(is_ours || is_elsewhere, "{name}: no test runs {command:?}");
            all.push(command);
        }
    }
    for (command, file, by) in ELSEWHERE {
        let start = command.trim_end_matches('…');
        assert!(all.iter().any(|typed| typed.starts_with(start)), "nobody types {command}");
        assert!(read(file).contains(if by.is_empty() { command } else { by }), "{file}: {command}");
    }
}

/// The scripts that documents name are there, with the options that are named.
#[test]
fn every_script_is_there() {
    let mut seen = 0;
    for (name, text) in documents() {
        let code = text.split('`').skip(1).step_by(2);
        for code in code.filter(|code| code.starts_with("scripts/")) {
            let mut words = code.split_whitespace();
            let script = words.next().unwrap();
            if script.contains(|letter: char| letter == '*' || letter.is_ascii_uppercase()) {
                continue;
            }
            let script = Path::new(env!("CARGO_MANIFEST_DIR")).join(script);
            assert!(script.exists(), "{name}: {code}");
            let text = fs::read_to_string(script).unwrap_or_default();
            for option in words.filter(|word| word.starts_with("--")) {
                assert!(text.contains(option), "{name}: {code}");
                seen += 1;
            }
        }
    }
    assert!(seen >= 3, "{seen}");
}

/// What the documents have one do with Pivot, or with the config, does what they say.
#[test]
fn what_is_done_with_pivot_and_the_config_helps() {
    let pipeline = pipeline_0511("demo", &["train"]).replace("\"demo\"", "f'at{time.time_ns()}'");
    let sandbox = Sandbox::project(&format!("import time\n{pipeline}"));
    let does = |words: &[&str]| {
        let mut command = sandbox.command(words[0], "project");
        command.args(&words[1..]);
        let said = ran(command);
        assert_eq!(said.code, 0, "{words:?}: {said:?}");
        said.stdout
    };
    // What depends on the clock stays as it was found, until something else changes.
    let first = sandbox.run(&["stages"]).stdout;
    assert_eq!(sandbox.run(&["stages"]).stdout, first);
    does(&["touch", "pipeline.py"]);
    let second = sandbox.run(&["stages"]).stdout;
    assert_ne!(second, first);
    assert_eq!(sandbox.run(&["refresh"]).code, 0);
    assert_ne!(sandbox.run(&["stages"]).stdout, second);
    // A directory that is no project yet becomes one.
    fs::remove_dir_all(sandbox.path("project/.pivot")).unwrap();
    sandbox.make_directory("project/.git");
    assert_eq!(sandbox.run(&["stages"]).code, 1);
    does(&["pivot", "init"]);
    assert_eq!(sandbox.run(&["stages"]).lines().len(), 1);
    assert!(does(&["pivot", "status"]).contains("/train"));
    for shell in ["bash", "zsh", "fish"] {
        assert!(does(&["pivot", "completion", shell]).contains("_PIVOT_COMPLETE"));
    }
}

/// CONTRIBUTING's way to one test: what is set up, what is asked for, and how a test is named.
#[test]
fn the_first_steps_of_a_contributor_are_understood() {
    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |name: &str| fs::read_to_string(top.join(name)).unwrap();
    let (text, set_up) = (read("CONTRIBUTING.md").replace("\\\n", ""), read("scripts/set-up"));
    let (_, wanted) = text.split_once("% scripts/set-up ").unwrap();
    let (wanted, _) = wanted.split_once(" >settings\n").unwrap();
    assert!(
        read(".gitignore").lines().any(|line| line == "/settings"),
        "a release has no such file"
    );
    let words: Vec<&str> = wanted.split_whitespace().collect();
    assert!(
        words.len() > 10 && words.iter().all(|word| set_up.contains(&format!("        {word})")))
    );
    let rooms = text.split("--test end_to_end ").skip(1).filter_map(|rest| rest.split(' ').next());
    let mut named = 0;
    let main = read("tests/main.rs");
    for room in rooms.filter(|room| room.ends_with("::")) {
        assert!(main.contains(&format!("mod {};", room.split("::").next().unwrap())), "{room}");
        named += 1;
    }
    assert_eq!(named, 2, "a room, and a shell");
}
