//! The hook of `init zsh --prewarm`: before each prompt, once, and unnoticed.

use super::*;

fn hook() -> String {
    Shell::Zsh.script().replace("pivot.zsh", "prewarm.zsh")
}

/// What `init zsh --prewarm` prints: the script, and behind it the hook.
fn script_with_hook() -> String {
    let read = |file| fs::read_to_string(file).expect("a script");
    [Shell::Zsh.script(), hook()].map(read).join("\n")
}

/// A zsh that has `settings`, the script and the hook, as by `init`.
fn start_prewarming<'a>(sandbox: &'a Sandbox, settings: &str) -> Session<'a> {
    sandbox.write("home/init", script_with_hook());
    let rc =
        format!("autoload -Uz compinit && compinit -D -u\n{settings}\neval \"$(<$HOME/init)\"\n");
    Session::start_with(Shell::Zsh, sandbox, &rc)
}

/// How often `pivot-complete prewarm` was called, when it was called in no other way.
fn prewarmings(sandbox: &Sandbox) -> usize {
    let calls = sandbox.calls();
    assert!(calls.iter().all(|call| call == "prewarm"), "{calls:?}");
    calls.len()
}

#[test]
fn it_runs_once_before_each_prompt() {
    let sandbox = Sandbox::answering("");
    let mut session = start_prewarming(&sandbox, "");
    assert_eq!(prewarmings(&sandbox), 1);
    session.command("true");
    assert_eq!(prewarmings(&sandbox), 2);
    // A key is no prompt.
    session.type_line("true", "");
    assert_eq!(prewarmings(&sandbox), 2);
}

#[test]
fn a_tab_completes_as_without_it() {
    let sandbox = Sandbox::offering(Shell::Zsh, &[plain("train")]);
    let mut session = start_prewarming(&sandbox, "");
    assert_eq!(session.type_line("pivot repro tr", TAB), "pivot repro train ");
    assert_eq!(sandbox.calls(), ["prewarm", "complete --rich zsh-waiting 1"]);
    assert_eq!(session.run(), ["[repro]", "[train]"]);
}

#[test]
fn it_runs_in_the_directory_of_the_prompt() {
    let sandbox = Sandbox::new();
    let seen = shown_path(&sandbox, "seen");
    install(&sandbox, "bin/pivot-complete", &format!("pwd >> {seen}\n"));
    let mut session = start_prewarming(&sandbox, "");
    session.command("cd ../home");
    let [work, home] = ["work", "home"].map(|name| shown_path(&sandbox, name));
    assert_eq!(sandbox.read("seen"), format!("{work}\n{home}\n"));
}

#[test]
fn loaded_twice_it_runs_once() {
    let sandbox = Sandbox::answering("");
    let settings = format!(". {0}\n. {0}", hook());
    start_prewarming(&sandbox, &settings);
    assert_eq!(prewarmings(&sandbox), 1);
}

/// What is printed from the Enter behind `:` up to the next prompt.
fn shown_between_prompts(session: &mut Session) -> String {
    session.type_line(":", "");
    session.pty().send("\r");
    let shown = session.pty().wait_for("READY> ");
    session.pty().wait_for_keys_to_be_read();
    pty::without_escapes(&shown)
}

#[test]
fn it_says_nothing_whatever_the_program_says() {
    for (program, settings) in [
        ("echo NOISE; echo NOISE >&2; exit 3\n", "setopt print_exit_value"),
        ("kill -TERM $$\n", ""),
    ] {
        let sandbox = Sandbox::new();
        install(&sandbox, "bin/pivot-complete", program);
        let mut session = start_prewarming(&sandbox, settings);
        let shown = shown_between_prompts(&mut session);
        let is_said = shown.contains("NOISE") || shown.contains("exit 3");
        assert!(!is_said && (!settings.is_empty() || shown.trim().is_empty()), "{shown:?}");
    }
}

#[test]
fn a_missing_program_is_silent() {
    let sandbox = Sandbox::new();
    let mut session = start_prewarming(&sandbox, NOTING_HANDLER);
    let shown = shown_between_prompts(&mut session);
    assert_eq!(shown.trim(), "", "{shown:?}");
    assert_eq!(sandbox.read("home/missing"), "");
}

#[test]
fn statuses_and_the_last_argument_are_the_prompts_own() {
    let sandbox = Sandbox::new();
    install(&sandbox, "bin/pivot-complete", "exit 7\n");
    let noted = shown_path(&sandbox, "noted");
    // Another hook sees them as the prompt does.
    let settings = format!(
        "setopt prompt_subst; PROMPT='[$?,$pipestatus,$_,$!]READY> '
        later() {{ print -r - $? $pipestatus >> {noted} }}
        autoload -Uz add-zsh-hook\n"
    );
    let mut session = start_prewarming(&sandbox, &settings);
    session.command("add-zsh-hook precmd later");
    for (line, prompt, status) in [
        ("true word", "[0,0,word,0]", "0 0"),
        ("(exit 4)", "[4,4,,0]", "4 4"),
        ("(exit 4) | (exit 5)", "[5,4 5,,0]", "5 4 5"),
    ] {
        session.type_line(line, "");
        session.pty().send("\r");
        session.pty().wait_for(prompt);
        session.line();
        assert_eq!(sandbox.read("noted").lines().last(), Some(status), "after {line:?}");
    }
}

#[test]
fn hooks_of_the_users_run_beside_it() {
    let sandbox = Sandbox::answering("");
    let [one, two] = ["one", "two"].map(|name| shown_path(&sandbox, name));
    let settings = format!(
        "precmd() {{ print . >> {one} }}
        mine() {{ print . >> {two} }}
        precmd_functions=(mine)"
    );
    let mut session = start_prewarming(&sandbox, &settings);
    session.command("true");
    assert_eq!(prewarmings(&sandbox), 2);
    assert_eq!([sandbox.read("one"), sandbox.read("two")], [".\n.\n", ".\n.\n"]);
}

#[test]
fn it_leaves_no_job_and_no_message_of_one() {
    let sandbox = Sandbox::answering("");
    let mut session = start_prewarming(&sandbox, "setopt monitor notify long_list_jobs");
    let shown = shown_between_prompts(&mut session);
    assert_eq!(shown.trim(), "", "{shown:?}");
    let jobs = shown_path(&sandbox, "jobs");
    session.command(&format!("{{ jobs; print -r - $! }} > {jobs}"));
    assert_eq!(sandbox.read("jobs"), "0\n");
}

#[test]
fn it_forks_once_and_reads_nothing() {
    let sandbox = Sandbox::new();
    let seen = shown_path(&sandbox, "seen");
    // What is typed meanwhile must not end here.
    install(
        &sandbox,
        "bin/pivot-complete",
        &format!("echo $PPID $(readlink /proc/$$/fd/0 /proc/$$/fd/1 /proc/$$/fd/2) > {seen}\n"),
    );
    let mut session = start_prewarming(&sandbox, "");
    let read = sandbox.read("seen");
    let seen: Vec<&str> = read.split_whitespace().collect();
    assert!(seen[2].starts_with("pipe:"), "what may be told: {seen:?}");
    let parent = session.pty().pid().to_string();
    assert_eq!([seen[0], seen[1], seen[3]], [&parent, "/dev/null", "/dev/null"]);
}

#[test]
fn strict_options_do_not_end_the_session() {
    for settings in [
        "setopt err_exit no_unset",
        "setopt err_return pipe_fail",
        "setopt ksh_arrays sh_word_split no_clobber",
        "setopt posix_builtins sh_glob null_glob",
        "TRAPZERR() { print NOISE }",
    ] {
        let sandbox = Sandbox::new();
        install(&sandbox, "bin/pivot-complete", "exit 3\n");
        let mut session = start_prewarming(&sandbox, settings);
        let shown = shown_between_prompts(&mut session);
        assert_eq!(shown.trim(), "", "under {settings:?}");
        session.command("true");
    }
}

#[test]
fn it_changes_no_option_of_the_session() {
    let sandbox = Sandbox::answering("");
    let mut session = start_prewarming(&sandbox, "zmodload zsh/parameter; setopt print_exit_value");
    let [before, after] = ["before", "after"].map(|name| shown_path(&sandbox, name));
    let snapshot = "print -rl - ${(kv)options} ${(ok)parameters} >";
    session.command(&format!("{snapshot} {before}"));
    session.command(&format!("{snapshot} {after}"));
    assert!(sandbox.read("before").contains("printexitvalue\non\n"));
    assert_eq!(sandbox.read("before"), sandbox.read("after"));
}

/// A session that finds the script with its hook as zsh finds functions, and another completer
/// behind it.
fn start_autoloading(sandbox: &Sandbox) -> Session<'_> {
    sandbox.write("home/functions/_pivot", script_with_hook());
    let rc = "fpath=($HOME/functions $fpath)\n\
              autoload -Uz compinit && compinit -D -u\n\
              _next() { compadd -U next }\n\
              zstyle ':completion:*' completer _complete _next\n";
    Session::start_with(Shell::Zsh, sandbox, rc)
}

#[test]
fn an_autoloaded_file_with_the_hook_completes_and_has_no_hook() {
    let sandbox = Sandbox::offering(Shell::Zsh, &[plain("train")]);
    let mut session = start_autoloading(&sandbox);
    assert_eq!(session.type_line("pivot repro tr", TAB), "pivot repro train ");
    assert_eq!(session.run(), ["[repro]", "[train]"]);
    assert_eq!(sandbox.calls(), ["complete --rich zsh-waiting 1"]);
}

#[test]
fn an_autoloaded_file_with_the_hook_says_that_it_found_nothing() {
    let sandbox = Sandbox::offering(Shell::Zsh, &[]);
    let mut session = start_autoloading(&sandbox);
    assert_eq!(session.type_line("pivot repro tr", TAB), "pivot repro next ");
}

#[test]
fn loading_it_is_silent() {
    for options in [&["-f", "-eu"][..], &["-f", "-eu", "-o", "ksh_arrays", "-o", "sh_glob"]] {
        let guard = no_fork_meanwhile();
        let run = Command::new("zsh").args(options).arg("-c").arg(script_with_hook()).output();
        drop(guard);
        let run = run.expect("zsh runs");
        assert!(run.status.success(), "{options:?}: {run:?}");
        assert_eq!((run.stdout, run.stderr), (vec![], vec![]), "{options:?}");
    }
}

#[test]
fn init_prints_the_hook_behind_the_script() {
    let guard = no_fork_meanwhile();
    let front = Command::new(crate::support::front())
        .args(["init", "zsh", "--prewarm"])
        .output()
        .expect("the front runs");
    drop(guard);
    assert!(front.status.success());
    let program = format!("'{}'", crate::support::front().display());
    let script = with_program(&script_with_hook(), &program);
    // But for the mark between the two.
    let printed = without_early_mark(&front.stdout);
    let is_mark = |line: &&str| line.contains("PIVOT_COMPLETE_INIT");
    let mark = printed.lines().find(is_mark).unwrap_or_else(|| panic!("{printed}"));
    assert_eq!(printed.replace(&format!("\n{mark}\n"), ""), script);
}

#[test]
fn a_prompt_discovers_what_the_first_tab_asks_for() {
    let sandbox = faults::one_stage();
    let rc = "autoload -Uz compinit && compinit -D -u\n\
              eval \"$(pivot-complete init zsh --prewarm)\"\n";
    let mut session = Session::start_with(Shell::Zsh, &sandbox, rc);
    wait_until("the pipeline is imported", || !sandbox.read("imports").is_empty());
    assert_eq!(session.type_line("pivot repro demo/tr", TAB), "pivot repro demo/train ");
    assert_silent(&session);
    assert_eq!(sandbox.read("imports"), "1\n", "the pipeline is imported once");
}
