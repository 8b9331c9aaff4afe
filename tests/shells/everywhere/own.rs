//! `pivot-complete` itself is completed by the script that completes Pivot.

use super::*;

/// A session with the README's line, and the real program.
fn session(shell: Shell, sandbox: &Sandbox) -> Session<'_> {
    Session::start_with(shell, sandbox, &shell.rc_with_init())
}

/// The real program on PATH.
fn installed() -> Sandbox {
    let sandbox = Sandbox::new();
    let front = crate::support::front();
    std::os::unix::fs::symlink(front, sandbox.path("bin/pivot-complete")).expect("a link");
    sandbox
}

pub fn pivot_complete_itself_is_completed(shell: Shell) {
    let sandbox = installed();
    sandbox.make_directory("work/owned");
    let mut session = session(shell, &sandbox);
    assert_silent(&session);
    // The first of them fetches it.
    for (typed, line) in [
        ("pivot-complete doct", "pivot-complete doctor "),
        ("pivot-complete manif", "pivot-complete manifest "),
        ("pivot-complete clear --al", "pivot-complete clear --all "),
        ("pivot-complete init fi", "pivot-complete init fish "),
        ("pivot-complete --he", "pivot-complete --help "),
        ("pivot-complete status --he", "pivot-complete status --help "),
        ("pivot-complete trust own", "pivot-complete trust owned/"),
        ("pivot-complete nonsense x", "pivot-complete nonsense x"),
        // No file for what takes none.
        ("pivot-complete clear own", "pivot-complete clear own"),
        ("pivot-complete doctor own", "pivot-complete doctor own"),
    ] {
        let completed = session.type_line(typed, TAB);
        assert_eq!(completed.trim_end(), line.trim_end(), "{shell:?}: {typed}");
        session.clear();
    }
    let listed = session.list("pivot-complete st", "status");
    assert!(listed.contains("stages"), "{listed:?}");
    session.clear();
    // Pivot still is.
    assert_eq!(session.type_line("pivot rep", TAB).trim_end(), "pivot rep");
    assert_silent(&session);
}

/// What is to be a stage is one of those that are cached, and no file.
pub fn its_stages_are_completed(shell: Shell) {
    let sandbox = real_project(PIPELINE);
    sandbox.write("work/demo-notes.txt", "");
    let mut session = session(shell, &sandbox);
    assert_eq!(
        session.type_line("pivot-complete manifest demo", TAB),
        "pivot-complete manifest demo"
    );
    session.clear();
    session.command("pivot-complete refresh 2>&1");
    for (typed, line) in [
        ("pivot-complete manifest demo/train@", "pivot-complete manifest demo/train@"),
        ("pivot-complete manifest demo/ev", "pivot-complete manifest demo/evaluate@"),
        ("pivot-complete stages demo/t", "pivot-complete stages demo/train@"),
        ("pivot-complete targets --json demo/t", "pivot-complete targets --json demo/train@"),
        ("pivot-complete manifest --jso", "pivot-complete manifest --json"),
    ] {
        let completed = session.type_line(typed, TAB);
        assert_eq!(completed.trim_end(), line, "{shell:?}");
        session.clear();
    }
}

/// Where a line says `-C`, the stages are those of that directory, and none of the working one's.
pub fn its_stages_are_those_of_the_directory_it_is_given(shell: Shell) {
    let sandbox = real_project(PIPELINE);
    let there = [("work/its b", "spaced"), ("work/its b/be:l\\ow", "below"), ("home/mine", "mine")];
    for (directory, name) in there {
        sandbox.make_directory(&format!("{directory}/.pivot"));
        let text = crate::support::pipeline_0511("other", &[name]);
        sandbox.write(&format!("{directory}/pipeline.py"), text);
    }
    let mut session = session(shell, &sandbox);
    for directory in [".", "'its b'", "'its b/be:l\\ow'", "~/mine"] {
        session.command(&format!("pivot-complete -C {directory} refresh 2>&1"));
    }
    for (typed, line) in [
        ("stages o", "stages o"),
        ("-C 'its b' stages o", "-C 'its b' stages other/spaced"),
        ("-C its\\ b targets --json o", "-C its\\ b targets --json other/spaced"),
        ("-C \"its b\" manifest other/", "-C \"its b\" manifest other/spaced"),
        ("-C./its\\ b stages o", "-C./its\\ b stages other/spaced"),
        ("-C its\\ b/be:l\\\\ow stages o", "-C its\\ b/be:l\\\\ow stages other/below"),
        ("-C ~/mine stages o", "-C ~/mine stages other/mine"),
        ("-C . stages demo/ev", "-C . stages demo/evaluate@"),
        ("-C 'its b' stages demo/ev", "-C 'its b' stages demo/ev"),
        ("-C /nonexistent stages demo/ev", "-C /nonexistent stages demo/ev"),
        ("-C 'its b' statu", "-C 'its b' status"),
    ] {
        let typed = format!("pivot-complete {typed}");
        let completed = session.type_line(&typed, TAB);
        assert_eq!(completed.trim_end(), format!("pivot-complete {line}"), "{shell:?}");
        session.clear();
    }
}

/// A shell without the line in its rc file is the first thing to hear of, and no other shell hears of it.
pub fn doctor_says_whether_the_shell_asks(shell: Shell) {
    let sandbox = real_project(PIPELINE);
    for (rc, expected) in [
        (
            String::new(),
            &[
                "A TAB in this shell is not answered",
                "init ",
                "In a shell that has: ",
                "Pivot is asked once",
            ][..],
        ),
        (shell.rc_with_init(), &["The next TAB here asks Pivot", "Nothing needs to be done"]),
    ] {
        let mut session = Session::start_with(shell, &sandbox, &rc);
        session.command("pivot-complete doctor >../said");
        let said = sandbox.read("said");
        for part in expected {
            assert!(said.contains(part), "no {part:?} in {said}");
        }
        assert!(said.starts_with(expected[0]), "{said}");
        assert_eq!(said.contains("not loaded"), rc.is_empty(), "{said}");
        // The program is well, but the shell is not.
        assert_eq!(said.contains("Nothing needs to be done"), !rc.is_empty(), "{said}");
    }
    // Pivot's own script, which fish would load beside ours.
    let file = "home/.config/fish/completions/pivot.fish";
    sandbox.write(file, "# nothing, from `pivot completion fish`\n");
    let mut session = Session::start_with(shell, &sandbox, &shell.rc_with_init());
    session.command("pivot-complete doctor >../said");
    let told = sandbox.read("said").contains(&format!("Remove {}", sandbox.path(file).display()));
    assert_eq!(told, shell == Shell::Fish);
}

/// What doctor says of the rc file is done word for word, and the next shell is well: where the file has no
/// line yet, where the line comes before what sets PATH, and wherever a variable says that the file is.
pub fn what_doctor_says_of_the_rc_file_helps(shell: Shell) {
    let (own, variable, moved) = match shell {
        Shell::Bash => (".bashrc", None, None),
        Shell::Zsh => (".zshrc", Some("ZDOTDIR"), Some(".zshrc")),
        _ => (".config/fish/config.fish", Some("XDG_CONFIG_HOME"), Some("fish/config.fish")),
    };
    let sandbox = real_project(PIPELINE);
    let bin = sandbox.path("bin").display().to_string();
    let (late, early) = ("/usr/bin:/bin", format!("{bin}:/usr/bin:/bin"));
    let own = (format!("home/{own}"), format!("~/{own}"), None);
    let moved = variable.zip(moved).map(|(variable, name)| {
        let directory = sandbox.path("home/dot files");
        let file = format!("home/dot files/{name}");
        let said = sandbox.path(&file).display().to_string();
        (file, said, Some((variable, directory)))
    });
    let start = format!("{}\n{}", shell.settings(), shell.completion_system());
    for (file, said_file, variable) in [Some(own), moved].into_iter().flatten() {
        let doctor = |path: &str| {
            let mut session = Session::start_as_user(shell, &sandbox, path, variable.clone());
            session.command(&format!("{bin}/pivot-complete doctor >../said"));
            (sandbox.read("said"), session)
        };
        let is_well = |path: &str| {
            let (said, mut session) = doctor(path);
            assert!(said.contains(", loaded by version "), "{said}");
            assert!(said.starts_with("The next TAB here") || said.starts_with("A TAB here"));
            let typed = session.type_line("pivot repro demo/ev", TAB);
            assert_eq!(typed, "pivot repro demo/evaluate@");
        };
        sandbox.write(&file, &start);
        let (said, _) = doctor(&early);
        assert!(said.starts_with("A TAB in this shell is not answered"), "{said}");
        let remedy = said.lines().nth(1).unwrap_or_default();
        let line = remedy.split('`').nth(1).unwrap_or_else(|| panic!("no line in {said}"));
        let into = format!("  Put `{line}` into {said_file}, and start a new shell.");
        assert!(remedy.starts_with(&into), "{remedy}");
        sandbox.write(&file, format!("{start}{line}\n"));
        is_well(&early);
        // The line does nothing where the program is found only later.
        let path = match shell {
            Shell::Fish => format!("set -gx PATH '{bin}' $PATH"),
            _ => format!("export PATH='{bin}':$PATH"),
        };
        sandbox.write(&file, format!("{start}{line}\n{path}\n"));
        let (said, _) = doctor(late);
        assert!(said.starts_with("A TAB in this shell is not answered"), "{said}");
        let there = format!("  {said_file} has the line that loads it: start a new shell. Where ");
        let remedy = said.lines().nth(1).unwrap_or_default();
        assert!(remedy.starts_with(&there), "{remedy}");
        assert!(remedy.ends_with("move it behind what sets PATH there."), "{remedy}");
        sandbox.write(&file, format!("{start}{path}\n{line}\n"));
        is_well(late);
        // What `pivot completion` had one add: the last one is asked, and in fish both.
        let own = match shell {
            Shell::Fish => "pivot completion fish | source".to_owned(),
            _ => format!("eval \"$(pivot completion {})\"", shell.name()),
        };
        for (lines, is_asked) in
            [(format!("{own}\n{line}"), true), (format!("{line}\n{own}"), false)]
        {
            sandbox.write(&file, format!("{start}{path}\n{lines}\n"));
            let (said, _) = doctor(late);
            let is_beside = shell == Shell::Fish;
            let verdict = "A TAB in this shell is not answered: Pivot's own completion is loaded";
            assert_eq!(said.starts_with(verdict), !is_asked && !is_beside, "{said}");
            let remedy = format!("  Take `{own}` out of {said_file}");
            assert_eq!(said.contains(&remedy), !is_asked || is_beside, "{said}");
        }
    }
}

/// A subshell completes nothing itself, and belongs to one that does; a shell started in one does not.
pub fn doctor_knows_a_subshell_from_another_shell(shell: Shell) {
    let sandbox = real_project(PIPELINE);
    let mut session = session(shell, &sandbox);
    let lines: &[&str] = match shell {
        Shell::Fish => &["begin; pivot-complete doctor >../said; end"],
        _ => &[
            "(pivot-complete doctor >../said; true)",
            "(true; (pivot-complete doctor >../said; true); true)",
        ],
    };
    for line in lines {
        session.command(line);
        let said = sandbox.read("said");
        assert!(said.contains(", loaded by version ") && !said.contains("not loaded"), "{said}");
    }
    session.command("bash --norc -c 'pivot-complete doctor >../said; true'");
    let said = sandbox.read("said");
    assert!(said.contains("\nshell: bash (process ") && said.contains("not loaded it"), "{said}");
}

pub fn a_program_that_does_not_know_its_own_completion_is_silent(shell: Shell) {
    let sandbox = installed();
    let mut session = session(shell, &sandbox);
    fs::remove_file(sandbox.path("bin/pivot-complete")).expect("it goes");
    for body in
        ["echo 'pivot-complete: there is no option --own here' >&2\nexit 2\n", "kill -9 $$\n"]
    {
        let _ = fs::remove_file(sandbox.path("bin/pivot-complete"));
        sandbox.program("bin/pivot-complete", body);
        assert_eq!(session.type_line("pivot-complete doct", TAB), "pivot-complete doct");
        let shown = session.shown().to_owned();
        session.clear();
        let shown = shown + session.shown();
        assert!(!shown.contains("option") && !shown.contains("illed"), "{shown:?}");
    }
}
