//! The scripts of `init` in another's directory, with PATH=":$PATH": the shell would find a
//! `pivot-complete` there first.

use std::os::unix::process::CommandExt;
use std::process::Command;

use super::ground::{ANOTHER, Ground, ME, Scene};
use crate::support::ran;

/// A shell, and what it does at a TAB and before a prompt, without a terminal.
const SHELLS: [(&str, &[&str], &str); 3] = [
    (
        "bash",
        &["--norc", "-c"],
        "eval \"$($FRONT init bash --prewarm)\"; PATH=:$PATH; cd \"$1\"; _pivot_complete_prewarm x
         COMP_WORDS=(pivot repro '') COMP_CWORD=2 COMP_LINE='pivot repro ' COMP_POINT=12 COMP_TYPE=9
         _pivot_complete pivot '' repro; printf '%s\\n' \"${COMPREPLY[@]}\"",
    ),
    (
        "zsh",
        &["-f", "-c"],
        "eval \"$($FRONT init zsh --prewarm)\"; PATH=:$PATH; cd \"$1\"; _pivot_prewarm
         words=(pivot repro '') CURRENT=3 PREFIX= QIPREFIX= ; _pivot_ask zsh",
    ),
    (
        "fish",
        &["--no-config", "-c"],
        "$FRONT init fish --prewarm | source; set PATH . $PATH; cd $argv[1]; __pivot_prewarm
         complete --do-complete 'pivot repro '",
    ),
];

/// Runs the shell's words in the directory `here`, and gives what it printed.
fn run(scene: &Scene, (shell, options, words): (&str, &[&str], &str), here: &str) -> String {
    let front = scene.command("pivot-complete", &[]);
    let mut command = Command::new(shell);
    let script = words.replace("$FRONT", &front.get_program().display().to_string());
    command.args(options).arg(script);
    // bash and zsh take the first for their own name.
    command.args((shell != "fish").then_some(shell)).arg(scene.path(here));
    command.uid(scene.me).gid(scene.me).current_dir(scene.path("home")).env_clear();
    command.envs(front.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.stdin(std::process::Stdio::null());
    ran(command).stdout
}

#[test]
fn a_script_starts_no_program_of_the_directory() {
    let ground = Ground::new();
    for shell in SHELLS {
        let mut scene = ground.scene(ME);
        let python = scene.python("tools/bin/python3", "found", 0, 0o755);
        scene.script("tools/bin/pivot", &python.display().to_string(), 0, 0o755);
        scene.set("PATH", "{}/tools/bin:/usr/bin:/bin");
        scene.directory("strange", ANOTHER, 0o755);
        let marker = scene.path("marker").display().to_string();
        for name in ["pivot-complete", "pivot-complete-engine"] {
            let text = format!("#!/bin/sh\necho planted >> '{marker}'\necho none:\necho planted\n");
            scene.file(&format!("strange/{name}"), text, ANOTHER, 0o755);
        }
        // That this asks at all is seen where nothing is another's.
        let own = run(&scene, shell, "project");
        assert!(own.contains("by-found"), "{}: {own}", shell.0);
        scene.take_marks();
        let strange = run(&scene, shell, "strange");
        let marks = scene.take_marks();
        assert!(!marks.iter().any(|mark| mark.contains("planted")), "{}: {marks:?}", shell.0);
        assert!(!strange.contains("planted"), "{}: {strange}", shell.0);
    }
}
