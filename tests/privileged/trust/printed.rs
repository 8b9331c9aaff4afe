//! Whatever moves a cursor or turns text around is printed harmless, wherever it comes from.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Output};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::ground::{Ground, ME, Scene};
use crate::support::store_bytes::Sections;
use crate::support::{Sandbox, fake_pivot, start, wait_until};

/// ESC, CR, BEL, a C1 control as a character and as a byte, text turned around and isolated.
const HARM: &[u8] = b"a\x1b[2J\r\x07\xc2\x9b2J\x9b\xe2\x80\xae\xe2\x81\xa6b";

/// The same without NUL, `/` and what is not UTF-8, for a message.
const HARM_TEXT: &str = "a\x1b[2J\r\x07\u{9b}2J\u{202e}\u{2066}\u{85}\u{200f}b";

/// What a terminal would act upon, or that turns text around; `None` where there is nothing.
fn harmful(bytes: &[u8], has_bidi: bool) -> Option<String> {
    let mut found = Vec::new();
    for chunk in bytes.utf8_chunks() {
        let is_bidi = |c: char| matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        let is_harm = |c: &char| c.is_control() && !"\n\t".contains(*c) || has_bidi && is_bidi(*c);
        found.extend(chunk.valid().chars().filter(is_harm).map(|c| format!("U+{:04X}", c as u32)));
        let is_c1 = |byte: &&u8| (0x80..0xa0).contains(*byte);
        found.extend(chunk.invalid().iter().filter(is_c1).map(|byte| format!("{byte:#x}")));
    }
    found.dedup();
    (!found.is_empty()).then(|| found.join(" "))
}

fn output(mut command: Command) -> Output {
    command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    command.output().unwrap()
}

/// What is harmful in what a command printed, named.
fn failure(what: &str, said: &Output) -> Option<String> {
    let both = [("stdout", &said.stdout), ("stderr", &said.stderr)];
    let harm = both.map(|(name, bytes)| Some(format!("{name}: {}", harmful(bytes, true)?)));
    let harm: Vec<String> = harm.into_iter().flatten().collect();
    (!harm.is_empty()).then(|| format!("{what}: {}", harm.join(", ")))
}

/// Whether the harmful text was told at all: what is left of [`HARM`] and [`HARM_TEXT`].
fn is_told(said: &Output) -> bool {
    [&said.stdout, &said.stderr].iter().any(|bytes| bytes.windows(3).any(|part| part == b"[2J"))
}

#[test]
fn the_judge_sees_what_it_looks_for() {
    assert_eq!(harmful("a\u{e4}\n\tb\u{1f600}".as_bytes(), true), None);
    assert_eq!(harmful(b"a\xffb", true), None);
    for text in [&b"\x1b"[..], b"\r", b"\0", b"\x7f", b"\xc2\x9b", b"\x9b", b"\xe2\x80\xae"] {
        assert!(harmful(text, true).is_some(), "{text:?}");
    }
}

/// A project in a directory whose name is harmful.
#[test]
fn a_directorys_name_is_printed_harmless() {
    let ground = Ground::new();
    let (mut failures, mut told) = (Vec::new(), 0);
    for (what, has_pivot, has_config) in
        [("a project", true, true), ("no config", true, false), ("no project", false, false)]
    {
        let mut scene = ground.scene(ME);
        // Named by its bytes: the scene's own names are text.
        scene.here = "place".into();
        scene.directory("place", ME, 0o755);
        let named = scene.top.join(OsStr::from_bytes(HARM));
        if has_pivot {
            scene.directory("place/.pivot", ME, 0o755);
        }
        if has_config {
            scene.file("place/pipeline.py", "", ME, 0o644);
        }
        fs::rename(scene.path("place"), &named).unwrap();
        scene.set("PATH", "{}/none");
        let run = |arguments: &[&OsStr], set: &[(&str, &OsStr)]| {
            let mut command = scene.command("pivot-complete", &[]);
            command.current_dir(&named).args(arguments).envs(set.iter().copied());
            output(command)
        };
        for arguments in [
            "doctor",
            "stages",
            "stages --all",
            "targets",
            "manifest x",
            "manifest --json",
            "status",
            "refresh",
            "trust",
            "trust --remove",
            "clear",
            "describe",
            "trust ./none",
            "-C none doctor",
            "trust ..",
        ] {
            let words: Vec<&OsStr> = arguments.split(' ').map(OsStr::new).collect();
            let said = run(&words, &[]);
            told += usize::from(is_told(&said));
            failures.extend(failure(&format!("{what}: {arguments}"), &said));
        }
        // What the user typed, or a variable says.
        let harm = OsStr::from_bytes(HARM);
        for words in [
            &[harm][..],
            &["manifest".as_ref(), harm],
            &["trust".as_ref(), harm],
            &["-C".as_ref(), harm],
            &["init".as_ref(), harm],
            &["complete".as_ref(), harm],
        ] {
            failures.extend(failure(&format!("{what}: {words:?}"), &run(words, &[])));
        }
        for name in [
            "PIVOT_COMPLETE_PYTHON",
            "VIRTUAL_ENV",
            "PIVOT_COMPLETE_TIMEOUT",
            "PYTHONPATH",
            "PIVOT_COMPLETE_ON_MISS",
            "PIVOT_COMPLETE_TRUST",
            "XDG_CACHE_HOME",
            "HOME",
            "PATH",
        ] {
            let value = [OsStr::new("/"), harm].into_iter().collect::<OsString>();
            for command in ["doctor", "stages", "trust"] {
                let said = run(&[command.as_ref()], &[(name, &value)]);
                failures.extend(failure(&format!("{what}: {command}, {name}"), &said));
            }
        }
    }
    assert!(failures.is_empty(), "{failures:#?}");
    assert!(told > 10, "the name is hardly ever told: {told} times");
}

/// What Pivot says of an error in a pipeline, whoever wrote that.
#[test]
fn a_message_of_pivots_is_printed_harmless() {
    let sandbox = fake_pivot::project(&format!("! {HARM_TEXT}\n").replace('\r', ""));
    let mut failures = Vec::new();
    for command in ["stages", "targets", "refresh", "status", "doctor"] {
        let said = output(sandbox.front_in("project", &[command]));
        assert!(is_told(&said) || command == "status", "{command}: {said:?}");
        failures.extend(failure(command, &said));
    }
    assert!(failures.is_empty(), "{failures:#?}");
}

/// What an interpreter says that ends without an answer, of a discovery and of a description.
#[test]
fn what_an_interpreter_says_is_printed_harmless() {
    let sandbox = fake_pivot::project("fine\n");
    let words = sandbox.write("words", HARM);
    let script = format!("#!/bin/sh\n/bin/cat '{}' >&2\nexit 3\n", words.display());
    sandbox.write_program("bin/fake", &script);
    let mut failures = Vec::new();
    for command in ["stages", "targets", "refresh", "status", "describe", "doctor"] {
        let said = output(sandbox.front_in("project", &[command]));
        assert!(is_told(&said) || !["stages", "refresh"].contains(&command), "{said:?}");
        failures.extend(failure(command, &said));
    }
    assert!(failures.is_empty(), "{failures:#?}");
}

/// The same in a cache that a project ships, every seal right.
#[test]
fn a_message_in_a_shipped_cache_is_printed_harmless() {
    let stand_in = "m".repeat(HARM_TEXT.len());
    let sandbox = fake_pivot::project(&format!("! {stand_in}\n"));
    assert_eq!(output(sandbox.front_in("project", &["stages"])).status.code(), Some(1));
    let store = fake_pivot::store(&sandbox);
    let replaced = replace(&fs::read(&store).unwrap(), &stand_in, HARM_TEXT.as_bytes());
    fs::write(&store, replaced).unwrap();
    let doctor = output(sandbox.front_in("project", &["doctor"]));
    let text = String::from_utf8_lossy(&doctor.stdout).into_owned();
    assert!(text.contains("[2J"), "the message is not shown at all: {text}");
    assert_eq!(failure("doctor", &doctor), None);
}

/// What a prompt says of a pipeline that fails, what shells tell below the line, what a watcher says.
#[test]
fn a_message_at_a_prompt_or_of_a_watcher_is_printed_harmless() {
    let stand_in = "m".repeat(HARM_TEXT.len());
    let mut sandbox = fake_pivot::project("fine\n");
    let run = sandbox.make_directory("run");
    fs::set_permissions(&run, fs::Permissions::from_mode(0o700)).unwrap();
    sandbox.set("XDG_RUNTIME_DIR", run);
    assert_eq!(sandbox.run(&["stages"]).lines(), ["fine"]);
    sandbox.write("project/pipeline.py", format!("! {stand_in}\n"));
    assert_eq!(output(sandbox.front_in("project", &["stages"])).status.code(), Some(1));
    let store = fake_pivot::store(&sandbox);
    let replaced = replace(&fs::read(&store).unwrap(), &stand_in, HARM_TEXT.as_bytes());
    fs::write(&store, replaced).unwrap();
    let mut failures = Vec::new();
    let prompt = output(sandbox.front_in("project", &["prewarm"]));
    assert!(prompt.stdout.windows(3).any(|part| part == b"[2J"), "{prompt:?}");
    failures.extend(failure("prewarm", &prompt));
    for shell in ["zsh", "fish", "bash", "xonsh", "nu", "elvish"] {
        let mut command = sandbox.front_in("project", &["complete", "--rich", shell, "1"]);
        let words = if shell == "bash" { "pivot\nrepro\n" } else { "pivot repro " };
        command.env("COMP_WORDS", words).env("COMP_CWORD", if shell == "fish" { "" } else { "2" });
        failures.extend(failure(&format!("complete --rich {shell}"), &output(command)));
    }
    for command in [&["status"][..], &["status", "--json"], &["doctor", "--json"], &["targets"]] {
        let said = output(sandbox.front_in("project", command));
        failures.extend(failure(&format!("{command:?}"), &said));
    }
    let mut watch = sandbox.front_in("project", &["watch"]);
    watch.stdout(fs::File::create(sandbox.path("said")).unwrap());
    let watch = start(watch);
    let said = || fs::read(sandbox.path("said")).unwrap();
    wait_until(60, "the watcher says what it did", || said().ends_with(b"\n"));
    kill(Pid::from_raw(watch.id() as i32), Signal::SIGINT).unwrap();
    let ended = Output { stdout: said(), ..watch.wait_with_output().unwrap() };
    failures.extend(failure("watch", &ended));
    assert!(failures.is_empty(), "{failures:#?}");
}

/// A store with `old` replaced by as many bytes, sealed again.
#[track_caller]
fn replace(store: &[u8], old: &str, new: &[u8]) -> Vec<u8> {
    assert_eq!(old.len(), new.len());
    let mut sections = Sections::of(store);
    let mut count = 0;
    for (_, bytes) in &mut sections.0 {
        while let Some(at) = bytes.windows(old.len()).position(|part| part == old.as_bytes()) {
            bytes[at..at + old.len()].copy_from_slice(new);
            count += 1;
        }
    }
    assert!(count > 0, "there is no {old:?}");
    sections.sealed()
}

/// A description with `old` replaced in its file; the command of a TAB for `shell` after `line`.
fn forged(ground: &Ground, old: &str, new: &[u8]) -> Scene {
    let scene = ground.with_pivot();
    assert_eq!(scene.tab(&["pivot", "repr"]).candidates(), ["repro"]);
    let cache = fs::read_dir(scene.path("home/.cache/pivot-complete")).unwrap();
    let store = cache.flatten().find(|entry| entry.path().extension() == Some("store".as_ref()));
    let store = store.expect("a description").path();
    let bytes = replace(&fs::read(&store).unwrap(), old, new);
    fs::write(store, bytes).unwrap();
    scene.take_marks();
    scene
}

/// What is harmful in each answer; text that is turned around counts in our own form alone, since
/// click's has to be click's bytes.
fn failures_of_forged(all: &[(&str, &[u8])]) -> Vec<String> {
    let ground = Ground::new();
    let mut failures = Vec::new();
    for (old, new) in all {
        let scene = forged(&ground, old, new);
        let mut was_used = false;
        for shell in ["bash", "zsh", "fish"] {
            for form in [&["complete", shell][..], &["complete", "--rich", shell]] {
                for line in [
                    &["pivot", ""][..],
                    &["pivot", "r"],
                    &["pivot", "repro", "--"],
                    &["pivot", "-"],
                ] {
                    let mut command = scene.command("pivot-complete", form);
                    let (words, cword) = match shell {
                        "fish" => (line.join(" "), line.last().unwrap().to_string()),
                        "zsh" => (line.join(" "), (line.len() - 1).to_string()),
                        _ => (line.join("\n"), (line.len() - 1).to_string()),
                    };
                    command.env("COMP_WORDS", words).env("COMP_CWORD", cword);
                    let said = output(command);
                    assert_eq!(said.status.code(), Some(0));
                    was_used |= said.stdout.len() > 1;
                    let harm =
                        harmful(&said.stdout, form[1] == "--rich").or(harmful(&said.stderr, true));
                    if let Some(harm) = harm {
                        failures.push(format!("{old:?} {form:?} {line:?}: {harm}"));
                    }
                }
            }
        }
        assert!(was_used, "{old}: nothing was printed at all");
    }
    failures
}

#[test]
fn a_forged_description_prints_no_controls() {
    let failures = failures_of_forged(&[
        ("repro it.", b"\x1b]0;x\x07\r\0a"),
        ("repro it.", b"a\xc2\x9b2J\x7f\x08\x0c."),
        ("By force.", b"\x1b[2J\r\x9b.\0."),
        ("--force", b"--\x1b[2Jx"),
        ("--force", b"--f\rr\0e"),
    ]);
    assert!(failures.is_empty(), "{failures:#?}");
}

#[test]
fn a_forged_description_turns_no_text_around() {
    let failures = failures_of_forged(&[
        ("repro it.", b"\xe2\x80\xaeorper."),
        ("repro it.", b"\xe2\x80\xae\xe2\x81\xa6\xe2\x80\x8f"),
        ("By force.", b"\xe2\x80\xae\xe2\x81\xa6\xd8\x9c."),
    ]);
    assert!(failures.is_empty(), "{failures:#?}");
}

/// Names in caches that a project ships. Text that is turned around is data in a list of names, which
/// a program may read; `doctor` speaks to people.
#[test]
fn names_in_a_shipped_cache_are_printed_harmless() {
    let mut failures = Vec::new();
    for harm in ["a\x1b[2Jb", "a\u{9b}2Jb", "a\u{202e}b", "a\x7fb", "\u{2066}a"] {
        let sandbox: Sandbox = fake_pivot::project("");
        let config = sandbox.path("project/pipeline.py");
        crate::support::set_mtime(&config, crate::support::stub::MTIME_S, 0);
        sandbox.write(
            crate::support::stub::STAGES_CACHE,
            crate::support::stub::fresh_cache(&["fine", harm]),
        );
        for command in [&["stages"][..], &["stages", "--json"], &["doctor"], &["status"]] {
            let said = output(sandbox.front_in("project", command));
            let found =
                harmful(&said.stdout, command == ["doctor"]).or(harmful(&said.stderr, true));
            failures.extend(found.map(|found| format!("{harm:?}: {command:?}: {found}")));
        }
    }
    assert!(failures.is_empty(), "{failures:#?}");
}
