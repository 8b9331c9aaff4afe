//! Where the completion system forgets what was registered, or hears of it from others.

use super::*;

/// The block that Docker Desktop appends to `.zshrc`; plugin managers have much the same.
const DOCKERS: &str = "fpath=($HOME/.docker/completions $fpath)
    autoload -Uz compinit
    compinit -u\n";

/// A zsh with `before`, then the script, then `behind`.
fn start_between<'a>(sandbox: &'a Sandbox, before: &str, behind: &str) -> Session<'a> {
    sandbox.answer(Shell::Zsh, &[plain("train")]);
    let rc = format!("{before}\n. {}\n{behind}\n", Shell::Zsh.script());
    Session::start_with(Shell::Zsh, sandbox, &rc)
}

fn assert_completes(sandbox: &Sandbox, session: &mut Session, calls: usize) {
    assert_silent(session);
    assert_eq!(session.type_line("pivot repro tr", TAB), "pivot repro train ");
    assert_eq!(sandbox.calls().len(), calls);
    assert_silent(session);
    session.clear();
}

/// Makes each pair of what stands before and behind the script a test of its own.
macro_rules! it_outlives {
    ($($name:ident: $before:expr, $behind:expr;)*) => {
        $(#[test] fn $name() {
            let sandbox = Sandbox::new();
            let mut session = start_between(&sandbox, $before, $behind);
            assert_completes(&sandbox, &mut session, 1);
            // The next session finds what the completion system has dumped.
            drop(session);
            let mut session = start_between(&sandbox, $before, $behind);
            assert_completes(&sandbox, &mut session, 2);
        })*
    };
}

/// A completion system that has been started and dumped before this session.
const DUMPED: &str = "autoload -Uz compinit && compinit -u\n";

it_outlives! {
    a_compinit_behind_it: "", DOCKERS;
    a_compinit_before_it: DOCKERS, "";
    a_compinit_before_and_one_behind_it: DUMPED, DOCKERS;
    several_in_a_row: DUMPED, "compinit -u; compinit -u\ncompinit -u -d ~/other; compinit -C";
    one_that_believes_its_dump: DUMPED, "compinit -C";
    one_that_reads_another_dump: DUMPED, "print -l '#files: 0\tversion: x' > ~/d; compinit -u -d ~/d";
    one_without_a_dump: DUMPED, "compinit -D -u";
    one_that_begins_with_nothing: DUMPED, "unset _comps; compinit -C";
    one_within_a_function: DUMPED, "load() { autoload -Uz compinit; compinit -C }; load";
    one_in_a_hook: DUMPED, "once() { add-zsh-hook -d precmd once; compinit -C }
        autoload -Uz add-zsh-hook; precmd_functions=(once $precmd_functions)";
    one_under_strict_options: DUMPED, "compinit -C; setopt no_unset err_return pipe_fail
        TRAPZERR() { print NOISE }";
    one_under_ksh_options: DUMPED, "compinit -C; setopt ksh_arrays sh_word_split posix_builtins";
    one_under_globbing_options: DUMPED, "compinit -C; setopt glob_subst sh_glob null_glob no_glob";
    one_under_noisy_options: DUMPED, "compinit -C; setopt warn_create_global warn_nested_var";
}

/// As plugin managers do that load the completion system last, and tell it then what they were told.
const QUEUED: &str = "told=(); compdef() { told+=(\"$*\") }";

#[test]
fn what_a_plugin_manager_is_told_arrives() {
    let sandbox = Sandbox::new();
    let replayed = "unfunction compdef; autoload -Uz compinit && compinit -u
        for each in $told; do compdef ${=each}; done";
    let mut session = start_between(&sandbox, QUEUED, replayed);
    assert_completes(&sandbox, &mut session, 1);
    assert_eq!(session.type_line("uv run pivot repro tr", TAB), "uv run pivot repro train ");
    assert_silent(&session);
    // One that never loads it.
    assert_silent(&start_between(&sandbox, QUEUED, ""));
}

#[test]
fn options_that_it_was_loaded_with_are_none_of_the_completions() {
    let sandbox = Sandbox::new();
    let script = Shell::Zsh.script();
    let loads = format!("emulate zsh -c '. {script}'; p() {{ pivot repro $@ }}");
    let rc = format!("{DUMPED}{loads}\n");
    sandbox.answer(Shell::Zsh, &[plain("train")]);
    let mut session = Session::start_with(Shell::Zsh, &sandbox, &rc);
    for line in ["pivot repro tr", "uv run pivot repro tr", "p tr"] {
        assert_eq!(session.type_line(line, TAB), format!("{line}ain "));
        assert_silent(&session);
        session.clear();
    }
}

#[test]
fn one_that_is_typed() {
    let sandbox = Sandbox::new();
    let mut session = start_between(&sandbox, DUMPED, "");
    for (calls, line) in
        ["compinit -u", "compinit -C", "compinit -D -u", "rm ~/.zcompdump; compinit"]
            .into_iter()
            .enumerate()
    {
        session.command(line);
        assert_completes(&sandbox, &mut session, calls + 1);
    }
}

#[test]
fn one_that_is_run_behind_a_prompt_is_forgotten_by_the_next() {
    let sandbox = Sandbox::new();
    let settings = "later() { compinit -C }; zle -N later; bindkey '^X' later";
    let mut session = start_between(&sandbox, DUMPED, settings);
    session.type_line("", "\x18");
    session.command("true");
    assert_completes(&sandbox, &mut session, 1);
}

#[test]
fn functions_are_known_behind_a_compinit_and_in_the_next_session() {
    let sandbox = Sandbox::new();
    let functions = "p() { pivot repro $@ }; mine() { pivot $@ }; _mine() { compadd own }";
    for behind in ["", "compinit -u", "compdump", "compinit -C; compdump"] {
        let behind = format!("{functions}; compdef _mine mine; {behind}");
        let mut session = start_between(&sandbox, DUMPED, &behind);
        assert_eq!(session.type_line("p tr", TAB), "p train ", "{behind}");
        session.clear();
        assert_silent(&session);
        session.command("compinit -u");
        assert_eq!(session.type_line("p tr", TAB), "p train ", "{behind}");
    }
    let mut session = start_between(&sandbox, DUMPED, &format!("{functions}; compdef _mine mine"));
    assert_eq!(session.type_line("mine ", TAB), "mine own ");
}

#[test]
fn what_the_user_registers_later_stays() {
    let sandbox = Sandbox::new();
    let theirs = "_theirs() { compadd theirs }; compdef _theirs pivot";
    let mut session = start_between(&sandbox, DUMPED, theirs);
    session.command("true");
    assert_eq!(session.type_line("pivot ", TAB), "pivot theirs ");
    assert_eq!(sandbox.calls().len(), 0);
}

#[test]
fn what_was_registered_before_is_replaced() {
    let sandbox = Sandbox::new();
    let theirs = format!("{DUMPED}_theirs() {{ compadd theirs }}; compdef _theirs pivot");
    let mut session = start_between(&sandbox, &theirs, "");
    assert_completes(&sandbox, &mut session, 1);
}
