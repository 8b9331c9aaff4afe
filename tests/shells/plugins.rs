//! What many have in their shells beside us, the real programs from Debian's packages: bash-completion,
//! fzf, zsh-autosuggestions and zsh-syntax-highlighting, each loaded before our script and behind it.
//! fzf-tab is in no package: a stand-in does what its documentation says of it.

use super::*;

const BASH_COMPLETION: &str = "/usr/share/bash-completion/bash_completion";
const FZF_BASH: &str = "/usr/share/bash-completion/completions/fzf";
const FZF_ZSH: &str = "/usr/share/doc/fzf/examples/completion.zsh";
const FZF_KEYS: &str = "/usr/share/doc/fzf/examples/key-bindings.";
const AUTOSUGGESTIONS: &str = "/usr/share/zsh-autosuggestions/zsh-autosuggestions.zsh";
const HIGHLIGHTING: &str = "/usr/share/zsh-syntax-highlighting/zsh-syntax-highlighting.zsh";

/// An rc file with our script, and these loaded before it, or behind.
fn rc(shell: Shell, plugins: &[&str], are_first: bool) -> String {
    let plugins: String = plugins.iter().map(|plugin| format!(". {plugin}\n")).collect();
    let (first, last) = if are_first { (plugins.as_str(), "") } else { ("", plugins.as_str()) };
    format!("{}{first}{}{last}", shell.completion_system(), shell.load())
}

/// Asserts that a TAB completes as it does without them, in both orders.
#[track_caller]
fn assert_completes(shell: Shell, plugins: &[&str], others: &[(&str, &str)]) {
    for plugin in plugins {
        assert!(Path::new(plugin).exists(), "{plugin} is missing; run scripts/set-up tools");
    }
    for are_first in [true, false] {
        let sandbox = Sandbox::offering(shell, &[plain("train@a *")]);
        let mut session = Session::start_with(shell, &sandbox, &rc(shell, plugins, are_first));
        for line in ["pivot repro tr", "env A=B pivot repro tr"] {
            let completed = session.type_line(line, TAB);
            let (before, _) = line.rsplit_once(' ').unwrap();
            assert_eq!(completed, format!("{before} train@a\\ \\* "), "{plugins:?} {are_first}");
            assert_silent(&session);
            session.clear();
        }
        assert_eq!(sandbox.calls().len(), 2, "{plugins:?} {are_first}");
        sandbox.answer_bytes("other:\n");
        for (line, completed) in others {
            assert_eq!(session.type_line(line, TAB), *completed, "{plugins:?} {are_first}");
            session.clear();
        }
    }
}

#[test]
fn bash_completion_completes_what_is_not_ours() {
    assert_completes(
        Shell::Bash,
        &[BASH_COMPLETION],
        // The latter is loaded when it is first wanted.
        &[("env --ignore-en", "env --ignore-environment "), ("watch --no-t", "watch --no-title ")],
    );
}

#[test]
fn an_alias_named_as_a_program_of_bash_completions_is_what_it_stands_for() {
    const ALIASES: &str =
        "alias pr='pivot repro' w='pivot repro'\nalias mine='pivot repro' words='pivot repro'
        _mine() { COMPREPLY=(own); }; complete -F _mine mine; complete -W own words\n";
    let sandbox = Sandbox::offering(Shell::Bash, &[plain("train")]);
    for are_first in [true, false] {
        let rc = rc(Shell::Bash, &[BASH_COMPLETION], are_first) + ALIASES;
        let mut session = Session::start_with(Shell::Bash, &sandbox, &rc);
        for (line, completed) in [
            ("pr tr", "pr train "),
            ("w tr", "w train "),
            // What the user has said goes first.
            ("mine ", "mine own "),
            ("words ", "words own "),
        ] {
            assert_eq!(session.type_line(line, TAB), completed, "{are_first}");
            assert_silent(&session);
            session.clear();
        }
        session.command("unalias pr; cd");
        assert_eq!(session.type_line("pr --colu", TAB), "pr --columns=");
    }
}

#[test]
fn fzf_leaves_a_tab_to_us() {
    let keys = |shell: Shell| FZF_KEYS.to_owned() + shell.name();
    assert_completes(Shell::Bash, &[BASH_COMPLETION, FZF_BASH, &keys(Shell::Bash)], &[]);
    assert_completes(Shell::Zsh, &[FZF_ZSH, &keys(Shell::Zsh)], &[]);
    assert_completes(Shell::Fish, &[&keys(Shell::Fish)], &[]);
}

#[test]
fn zsh_syntax_highlighting_colours_the_line_alone() {
    assert_completes(Shell::Zsh, &[HIGHLIGHTING], &[]);
}

#[test]
fn zsh_autosuggestions_suggests_beside_us() {
    assert_completes(Shell::Zsh, &[AUTOSUGGESTIONS], &[]);
    assert_completes(Shell::Zsh, &[AUTOSUGGESTIONS, HIGHLIGHTING], &[]);
}

/// By its strategy `completion` it has zsh complete in a terminal of its own.
#[test]
fn zsh_autosuggestions_suggests_our_candidates() {
    let sandbox = Sandbox::offering(Shell::Zsh, &[plain("train@a")]);
    let settings = format!("ZSH_AUTOSUGGEST_STRATEGY=(completion)\n. {AUTOSUGGESTIONS}\n");
    let rc = Shell::Zsh.rc("") + &settings;
    let mut session = Session::start_with(Shell::Zsh, &sandbox, &rc);
    // It looks at a key only where no other waits behind it.
    session.type_line("pivot repro t", "");
    session.send("r");
    wait_until("it is asked", || !sandbox.calls().is_empty());
    // The key at the end of a line takes what is suggested, once it is there.
    const FORWARD: &str = "\x06";
    let deadline = Instant::now() + pty::DEADLINE;
    loop {
        session.send(FORWARD);
        match session.line() {
            line if line.starts_with("pivot repro train@a") => break,
            line => assert!(Instant::now() < deadline, "{line:?}: {:?}", session.shown()),
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_silent(&session);
    // Nothing is shown there of what it waits for.
    let calls = sandbox.calls();
    assert!(calls.iter().all(|call| call == "complete --rich zsh 1"), "{calls:?}");
}

/// fzf-tab replaces `compadd` within completion widgets, has the builtin tell matches and what is shown
/// of them (`-A`, `-D`), and lists both itself (its README, "How it works").
const FZF_TAB: &str = "\
zmodload zsh/zutil
stand-in-compadd() {
    local -a __hits __dscr
    local -A dscrs
    zparseopts -E -a _ignored d:=dscrs
    [[ -z ${dscrs[-d]-} ]] || __dscr=(\"${(@P)dscrs[-d]}\")
    builtin compadd -A __hits -D __dscr \"$@\"
    local -i i
    for i in {1..$#__hits}; do
        ((i)) && print -r -- \"$__hits[i]|${__dscr[i]-}|$curtag\" >> ~/seen
    done
    builtin compadd \"$@\"
}
zle -C stand-in-widget complete-word _main_complete
stand-in() {
    compadd() { stand-in-compadd \"$@\" }
    zle stand-in-widget
    unfunction compadd
}
zle -N stand-in
bindkey '^I' stand-in
";

#[test]
fn fzf_tab_sees_each_candidate_and_its_whole_description() {
    let help = "Trains the model with everything that a description may say in a long line. ";
    let help = help.repeat(3);
    let sandbox = Sandbox::answering(&format!("none/stages:\ntrain@a\t{help}\ntrain@b\n"));
    let mut session = Session::start_with(Shell::Zsh, &sandbox, &Shell::Zsh.rc(FZF_TAB));
    session.type_line("pivot repro tr", TAB);
    let seen = sandbox.read("home/seen");
    let of = |value: &str| {
        let mut lines = seen.lines().map(|line| line.split('|').collect::<Vec<_>>());
        lines.find(|fields| fields[0] == value).unwrap_or_else(|| panic!("{value}: {seen:?}"))[1]
            .to_owned()
    };
    assert!(of("train@a").starts_with("train@a  -- Trains the model"), "{seen:?}");
    // A row that is filled up to the window would end in `..` there.
    assert_eq!(of("train@b"), "train@b");
    assert_silent(&session);
}
