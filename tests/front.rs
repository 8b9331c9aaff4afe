//! What any front must do, on bare Linux and on std: `scripts/test` runs this, `discovery::commands`
//! and `faults::truncated` with both.

use std::fs;

use crate::support::stub::{self, Asked, NEW_NAMES, STAGES_CACHE, discoveries};
use crate::support::{Sandbox, engine, ran, settle};

/// The stub's project, traced, and all it knows discovered.
fn known() -> Sandbox {
    let mut sandbox = stub::sandbox();
    assert_eq!(stub::tab(&sandbox).candidates(), NEW_NAMES);
    assert_eq!(sandbox.run(&["refresh"]).code, 0);
    sandbox.start_trace();
    sandbox
}

/// What the front did for each question since the last look.
fn decisions(sandbox: &Sandbox) -> Vec<String> {
    settle(&sandbox.home());
    let all = sandbox.trace();
    fs::write(sandbox.path("trace"), "").unwrap();
    all
}

/// Questions of every kind, the words of a line behind those of complete.
const QUESTIONS: [(&[&str], &str); 12] = [
    (&["stages"], ""),
    (&["stages", "ev"], ""),
    (&["stages", "--json"], ""),
    (&["stages", "-0"], ""),
    (&["targets"], ""),
    (&["complete", "bash"], "pivot\nrepro\n"),
    (&["complete", "zsh"], "pivot repro ev"),
    (&["complete", "fish"], "pivot repro ev"),
    (&["complete", "--rich", "bash"], "pivot\nrepro\ntr"),
    (&["complete", "--rich", "zsh"], "pivot repro ev"),
    (&["complete", "--rich", "zsh", "1"], "pivot repro ev"),
    (&["-C", "../project", "stages"], ""),
];

/// Who gives a command is told that the other program is gone; a TAB and a prompt are silent, whatever they
/// would have asked it.
#[test]
fn without_its_engine_commands_are_told_and_tabs_are_silent() {
    let mut sandbox = stub::sandbox();
    let alone = sandbox.path("alone");
    fs::create_dir(&alone).unwrap();
    let front = alone.join("pivot-complete");
    fs::copy(crate::support::front(), &front).unwrap();
    sandbox.start_trace();
    let commands =
        ["stages", "targets", "status", "doctor", "refresh", "init bash", "--help", "--version"];
    for line in commands.into_iter().chain([
        "manifest train",
        "stages --json",
        "clear --all",
        "trust",
        "nonsense",
    ]) {
        let mut command = sandbox.command(&front, "project");
        command.args(line.split(' '));
        let said = ran(command);
        assert_eq!((said.code, said.stdout.as_str()), (1, ""), "{line}");
        assert!(said.stderr.contains("cannot run pivot-complete-engine"), "{line}: {said:?}");
        assert!(said.stderr.contains("reinstall"), "what to do: {said:?}");
    }
    for line in ["complete bash", "complete --rich zsh 1", "complete --rich zsh 2", "prewarm"] {
        let mut command = sandbox.command(&front, "project");
        command.args(line.split(' '));
        command.env("COMP_WORDS", "pivot\nrun\n").env("COMP_CWORD", "2");
        let said = ran(command);
        let nothing = if line == "prewarm" { "" } else { "\n" };
        let all = (said.code, said.stdout.as_str(), said.stderr.as_str());
        assert_eq!(all, (0, nothing, ""), "{line}");
    }
    let trace = sandbox.trace();
    assert!(trace.contains(&"front nothing other-protocol".into()), "{trace:?}");
}

#[test]
fn a_hit_is_what_the_engine_says() {
    let sandbox = known();
    let before = discoveries(&sandbox);
    for (arguments, line) in QUESTIONS {
        let of = |program: std::path::PathBuf| {
            let mut command = sandbox.command(program, "project");
            command.args(arguments);
            if !line.is_empty() {
                let words: Vec<&str> = line.split(['\n', ' ']).collect();
                let (last, index) = (words[words.len() - 1], (words.len() - 1).to_string());
                let is_fish = arguments.contains(&"fish");
                command.env("COMP_WORDS", line);
                command.env("COMP_CWORD", if is_fish { last.to_owned() } else { index });
            }
            ran(command)
        };
        let said = of(crate::support::front());
        assert_eq!(decisions(&sandbox), ["front answered fresh"], "{arguments:?}: {said:?}");
        let right = of(engine());
        assert_eq!((said.code, &said.stdout), (right.code, &right.stdout), "{arguments:?}");
        assert_eq!((said.stderr.as_str(), right.stderr.as_str()), ("", ""), "{arguments:?}");
        decisions(&sandbox);
    }
    assert_eq!(discoveries(&sandbox), before);
}

#[test]
fn a_miss_is_handed_over_with_its_reason() {
    for (what, harm, reason) in [
        ("removed", None, "cache-missing"),
        ("cut", Some("v1\npipeline.py:1700000000.0\ntrain\neval"), "cache-torn"),
        ("of another version", Some("v2\n"), "cache-version"),
    ] {
        for asked in Asked::ALL {
            let sandbox = known();
            match harm {
                None => fs::remove_file(sandbox.path(STAGES_CACHE)).unwrap(),
                // Newer than its store, which would otherwise say more.
                Some(text) => drop(sandbox.write(STAGES_CACHE, text)),
            }
            let said = ran(asked.command(&sandbox));
            assert_eq!(asked.names(&said), NEW_NAMES, "{what}");
            let trace = decisions(&sandbox);
            assert_eq!(trace[0], format!("front handed-over {reason}"), "{what}: {trace:?}");
            assert_eq!(trace.last().unwrap(), "engine answered discovered", "{what}");
            let said = ran(asked.command(&sandbox));
            assert_eq!(asked.names(&said), NEW_NAMES, "{what}");
            assert_eq!(decisions(&sandbox), ["front answered fresh"], "{what}");
        }
    }
}

#[test]
fn another_directory_is_left_again_before_the_engine_runs() {
    let sandbox = known();
    fs::remove_file(sandbox.path(STAGES_CACHE)).unwrap();
    sandbox.make_directory("elsewhere");
    for reason in ["handed-over cache-missing", "answered fresh"] {
        let said = ran(sandbox.front_in("elsewhere", &["-C", "../project", "stages"]));
        assert_eq!(said.lines(), NEW_NAMES, "{reason}");
        assert_eq!(decisions(&sandbox)[0], format!("front {reason}"));
    }
}

/// A cache that is longer than what is read at once, and a name in it that is asked for.
#[test]
fn a_mapped_cache_is_a_hit() {
    let sandbox = known();
    let names: String = (0..5_000).map(|number| format!("stage_number_{number}\n")).collect();
    stub::write_config(&sandbox, &names);
    assert_eq!(sandbox.run(&["refresh"]).code, 0);
    decisions(&sandbox);
    assert_eq!(sandbox.run(&["stages"]).stdout, names);
    assert_eq!(sandbox.run(&["stages", "stage_number_4999"]).lines(), ["stage_number_4999"]);
    assert_eq!(decisions(&sandbox), ["front answered fresh"; 2]);
}
