//! The session around the script: how it is loaded, its settings, and what it must find unchanged.

use super::*;

/// A TAB under `settings` asks once, says nothing, and inserts one argument.
fn completes_under(settings: &str) {
    let sandbox = Sandbox::new();
    sandbox.write("work/train*", "");
    let mut session = start_answering(&sandbox, settings, &[helped("train@a *", "help")]);
    session.type_line("pivot repro train@", TAB);
    assert_silent(&session);
    assert_eq!(sandbox.question(), question(Shell::Zsh, &["pivot", "repro", "train@"]));
    assert_eq!(sandbox.calls().len(), 1);
    assert_eq!(session.run(), ["[repro]", "[train@a *]"]);
}

/// Makes each setting a test of its own.
macro_rules! completes_under {
    ($($name:ident: $settings:literal;)*) => {
        $(#[test] fn $name() { completes_under($settings); })*
    };
}

completes_under! {
    under_ksh_emulation: "setopt ksh_arrays ksh_glob ksh_typeset sh_word_split";
    under_sh_globbing: "setopt sh_glob no_bare_glob_qual no_extended_glob";
    under_case_insensitive_globbing: "setopt no_case_glob no_case_match";
    under_strict_globbing: "setopt null_glob csh_null_glob no_nomatch numeric_glob_sort";
    under_err_exit_and_no_unset: "setopt err_exit no_unset pipe_fail";
    under_interactive_comments: "setopt interactive_comments";
    under_posix_options: "setopt posix_builtins posix_identifiers posix_argzero posix_strings";
    under_quoting_options: "setopt rc_quotes csh_junkie_quotes csh_junkie_history";
    under_parsing_options: "setopt no_short_loops ignore_braces ignore_close_braces";
    under_noisy_options: "setopt print_exit_value verbose no_notify";
    under_listing_options: "setopt list_packed list_rows_first no_list_types no_auto_list";
    under_completion_options: "setopt glob_complete rec_exact hash_list_all no_auto_param_slash";
    under_menus: "setopt menu_complete; zstyle ':completion:*' menu select; zmodload zsh/complist";
    under_magic_equals: "setopt magic_equal_subst equals";
    under_no_exec_surprises: "setopt no_multios no_clobber no_bg_nice no_function_argzero";
    under_a_changed_ifs: "IFS=train,:@";
    under_an_empty_ifs: "IFS=";
    under_a_c_locale: "export LC_ALL=C";
    under_exported_names: "export answer=x lines=x values=x tab=x listing=x rows=x";
    under_read_only_names: "typeset -r COMP_POINT=1 kind=x option=x piece=x";
    under_names_of_other_types: "typeset -A answer lines values rows; typeset -i tab start ret";
    under_a_function_named_as_the_program: "pivot-complete() { print NOISE }";
    under_an_alias_named_as_the_program: "alias pivot-complete='echo NOISE'";
    under_a_function_named_exec_by_the_user: "command_not_found_handler() { print NOISE }";
}

#[test]
fn the_programs_own_line_is_completed_however_functions_are_loaded() {
    let sandbox = Sandbox::new();
    let front = crate::support::front();
    std::os::unix::fs::symlink(front, sandbox.path("bin/pivot-complete")).expect("a link");
    let rc = format!("{}setopt ksh_autoload\n", Shell::Zsh.rc_with_init());
    let mut session = Session::start_with(Shell::Zsh, &sandbox, &rc);
    let line = session.type_line("pivot-complete doct", TAB);
    assert_eq!(line, "pivot-complete doctor ");
    assert!(!session.shown().contains("is-at-least"), "{:?}", session.shown());
}

#[test]
fn names_beyond_ascii_arrive_in_the_c_locale() {
    let sandbox = Sandbox::new();
    let mut session = start_answering(&sandbox, "export LC_ALL=C", &[plain("größe→大")]);
    session.type_line("pivot repro gr", TAB);
    assert_eq!(session.run(), ["[repro]", "[größe→大]"]);
}

#[test]
fn the_program_is_a_child_of_the_shell_itself() {
    let sandbox = Sandbox::new();
    let parent = shown_path(&sandbox, "parent");
    install(&sandbox, "bin/pivot-complete", &format!("echo $PPID >> {parent}; echo none:\n"));
    let mut session = start_with(&sandbox, "");
    session.type_line("pivot repro tr", TAB);
    // The shell forked once: what it forked became the program.
    assert_eq!(sandbox.read("parent"), format!("{}\n", session.pty().pid()));
}

#[test]
fn no_parameter_option_function_or_alias_comes_or_goes() {
    // `_lastcomp` and the like come with the first TAB on any line, and are zsh's own.
    const SNAPSHOT: &str = "{ print -rl - ${(ok)parameters} ${(kv)options} ${(ok)functions} \
         ${(ok)aliases} ${(ok)galiases}; typeset -p IFS PATH; trap; stty -a </dev/tty; } > ";
    let sandbox = Sandbox::new();
    sandbox.write("work/train.csv", "");
    sandbox.answer_bytes("file:\ntrain\thelp\ntracks\thelp\nend\n");
    let mut session = start_with(&sandbox, "zmodload zsh/parameter");
    let [before, after] = ["before", "after"].map(|name| shown_path(&sandbox, name));
    let other = sandbox.path("work").display().to_string();
    // Each kind of thing that follows has been loaded once.
    session.type_line(&format!("cat {other}/tra"), TAB);
    session.clear();
    session.list("pivot repro ", "train.csv");
    session.clear();
    session.command(&format!("{SNAPSHOT}{before}"));
    session.command(&format!("{SNAPSHOT}{before}"));
    for line in ["pivot repro tr", "pivot repro --x=", "pivot repro 'tr", "pivot "] {
        session.type_line(line, TAB);
        session.clear();
    }
    session.command(&format!("{SNAPSHOT}{after}"));
    assert_ne!(sandbox.read("before"), "");
    assert_eq!(sandbox.read("before"), sandbox.read("after"));
}

#[test]
fn the_first_tab_leaves_no_parameter_behind() {
    let sandbox = Sandbox::new();
    let mut session = start_answering(&sandbox, "zmodload zsh/parameter", &[plain("train")]);
    let names = shown_path(&sandbox, "names");
    session.type_line("pivot repro tr", TAB);
    session.clear();
    session.command(&format!("print -rl - ${{(ok)parameters}} > {names}"));
    let names = sandbox.read("names");
    assert!(names.lines().any(|name| name == "_lastcomp"), "{names}");
    let ours = ["answer", "start", "ret", "tab", "separator", "value", "values", "lines", "rows"];
    let others = ["listing", "expl", "match", "mbegin", "mend", "width", "current", "typed"];
    for name in names.lines() {
        assert!(!ours.contains(&name) && !others.contains(&name), "{name} was left behind");
        assert!(!name.starts_with("COMP_") && !name.contains("pivot"), "{name} was left behind");
    }
}

#[test]
fn it_loads_before_and_without_the_completion_system() {
    let script = format!(". {}\n", Shell::Zsh.script());
    let later = format!("{script}autoload -Uz compinit && compinit -D -u\n");
    let autoloaded =
        "fpath=($HOME/functions $fpath)\nautoload -Uz compinit && compinit -D -u\n".into();
    for rc in [script, later, autoloaded] {
        let sandbox = Sandbox::offering(Shell::Zsh, &[plain("train")]);
        let text = fs::read_to_string(Shell::Zsh.script()).expect("the script");
        sandbox.write("home/functions/_pivot", &text);
        let mut session = Session::start_with(Shell::Zsh, &sandbox, &rc);
        let line = session.type_line("pivot repro tr", TAB);
        assert_eq!(line, "pivot repro train ", "with {rc:?}");
        session.clear();
        session.type_line("pivot repro tr", TAB);
        assert_eq!(sandbox.calls().len(), 2);
    }
}

#[test]
fn it_loads_within_a_function_and_by_eval() {
    let script = Shell::Zsh.script();
    for load in [
        format!("load() {{ . {script} }}; load"),
        format!("load() {{ eval \"$(<{script})\" }}; load"),
        format!("eval \"$(<{script})\""),
    ] {
        let sandbox = Sandbox::offering(Shell::Zsh, &[plain("train")]);
        let rc = format!("autoload -Uz compinit && compinit -D -u\n{load}\n");
        let mut session = Session::start_with(Shell::Zsh, &sandbox, &rc);
        let line = session.type_line("pivot repro tr", TAB);
        assert_eq!(line, "pivot repro train ", "with {rc:?}");
    }
}

#[test]
fn an_autoloaded_file_says_that_it_found_nothing() {
    // The next completer has its turn then, at the first TAB as at any other.
    let sandbox = Sandbox::offering(Shell::Zsh, &[]);
    let text = fs::read_to_string(Shell::Zsh.script()).expect("the script");
    sandbox.write("home/functions/_pivot", &text);
    let rc = "fpath=($HOME/functions $fpath)\n\
              autoload -Uz compinit && compinit -D -u\n\
              _next() { compadd -U next }\n\
              zstyle ':completion:*' completer _complete _next\n";
    let mut session = Session::start_with(Shell::Zsh, &sandbox, rc);
    for _ in 0..2 {
        assert_eq!(session.type_line("pivot repro tr", TAB), "pivot repro next ");
        session.clear();
    }
}

/// Of such a file doctor knows from the first TAB on, and says so before that.
#[test]
fn an_autoloaded_file_leaves_the_mark() {
    let sandbox = real_project(PIPELINE);
    let mut init = Command::new(crate::support::front());
    init.args(["init", "zsh"]);
    sandbox.write("home/functions/_pivot", &crate::support::ran(init).stdout);
    let rc = "fpath=($HOME/functions $fpath)\nautoload -Uz compinit && compinit -D -u\n";
    let mut session = Session::start_with(Shell::Zsh, &sandbox, rc);
    session.command("pivot-complete doctor >../said");
    let said = sandbox.read("said");
    assert!(
        said.contains("$fpath is loaded by the first TAB") && said.contains("not loaded"),
        "{said}"
    );
    assert_eq!(session.type_line("pivot repro demo/ev", TAB), "pivot repro demo/evaluate@");
    assert_silent(&session);
    session.clear();
    session.command("pivot-complete doctor >../said");
    let said = sandbox.read("said");
    assert!(
        said.contains("\nshell: zsh, loaded by version ") && !said.contains("not loaded"),
        "{said}"
    );
}

#[test]
fn names_of_the_scripts_own_may_be_the_sessions() {
    let names = "answer start ret tab separator value values lines rows listing expl match mbegin \
         mend width current typed fd program directory COMP_WORDS COMP_CWORD";
    for declare in [
        "typeset -gr $name=x",
        "readonly $name",
        "typeset -gA $name",
        "typeset -gi $name=3",
        "typeset -gUx $name=x",
        "typeset -gT TIED_$name $name; typeset -r $name",
        "setopt posix_builtins; readonly $name=x",
    ] {
        let sandbox = Sandbox::new();
        let settings = format!("for name in {names}; do {declare}; done; unset name");
        let mut session = start_answering(&sandbox, &settings, &[helped("train@a *", "help")]);
        session.type_line("pivot repro train@", TAB);
        assert_silent(&session);
        assert_eq!(session.run(), ["[repro]", "[train@a *]"], "under {declare:?}");
        assert_eq!(sandbox.calls().len(), 1, "under {declare:?}");
    }
}
