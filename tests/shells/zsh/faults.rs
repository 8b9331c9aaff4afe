//! What may go wrong: hostile and broken answers, signals, closed descriptors, a broken world.

use super::*;
use crate::support::pipeline_0511;

#[test]
fn a_name_of_a_megabyte_is_one_argument() {
    let name = "n".repeat(1 << 20);
    let sandbox = Sandbox::answering(&format!("none:\n{name}\n"));
    // No program takes an argument of that length: the shell itself tells what it got.
    let got = shown_path(&sandbox, "got");
    let mut session = start_with(&sandbox, &format!("pivot() {{ print -r - $# $#2 > {got} }}"));
    session.type_line("pivot repro n", "");
    session.pty().send(TAB);
    session.pty().send("\r");
    wait_until("the line was run", || sandbox.read("got").ends_with('\n'));
    assert_eq!(sandbox.read("got"), format!("2 {}\n", name.len()));
}

#[test]
fn a_help_of_a_megabyte_is_one_row() {
    let help = "h".repeat(1 << 20);
    let sandbox = Sandbox::answering(&format!("none:\ntrain\t{help}\nend\n"));
    let mut session = start_with(&sandbox, "");
    let listed = session.list("pivot repro ", "end");
    assert_eq!(rows(&listed), [format!("train  -- {}", &help[..78 - 10])]);
}

#[test]
fn names_and_helps_are_never_executed() {
    const TRAPS: [&str; 6] = [
        "$(touch PWNED)",
        "`touch PWNED`",
        "${(e):-$(touch PWNED)}",
        "*(e:'touch PWNED':)",
        "=(touch PWNED)",
        "x[$(touch PWNED)]",
    ];
    let sandbox = Sandbox::new();
    let mut session = start_with(&sandbox, "setopt prompt_subst extended_glob");
    for trap in TRAPS {
        // As help, as value among others, as START.
        sandbox.answer_bytes(&format!("none:\n{trap}\t{trap}\nz\t{trap}\nend\n"));
        session.list("pivot repro ", "end");
        sandbox.answer_bytes(&format!("none:{trap}\n{trap}\n"));
        session.type_line("", TAB);
        sandbox.answer_bytes(&format!("{trap}:{trap}\n{trap}\n"));
        session.type_line("", TAB);
        session.clear();
        assert!(!sandbox.path("work/PWNED").exists(), "{trap:?} was executed");
    }
}

#[test]
fn a_name_with_an_equals_sign_and_a_subscript_is_one_argument() {
    let sandbox = Sandbox::new();
    let mut session = start_with(&sandbox, "setopt magic_equal_subst extended_glob");
    for name in ["a=~/b", "a[1]=*", "~[x]", "^a", "a#", "a~b", "<1-9>", "%1", "-", "a:~:b"] {
        sandbox.answer(Shell::Zsh, &[plain(name)]);
        let line = session.type_line("pivot repro ", TAB);
        assert_eq!(session.run(), ["[repro]".into(), format!("[{name}]")], "from {line:?}");
    }
}

/// A `pivot-complete` with `body` leaves the line as it is, and says nothing.
fn leaves_the_line_alone(body: &str) {
    let sandbox = Sandbox::new();
    sandbox.write("work/train", "");
    install(&sandbox, "bin/pivot-complete", body);
    let mut session = start_with(&sandbox, "setopt print_exit_value");
    for line in ["pivot repro tr", "pivot repro ", "pivot repro --mode=tr"] {
        assert_eq!(session.type_line(line, TAB), line);
        assert_silent(&session);
        session.clear();
    }
}

#[test]
fn what_is_said_of_a_failure_leaves_an_open_quote_on_the_line() {
    let failure = "\tno such luck\n";
    let sandbox = Sandbox::answering(&format!("none/stages:\n{failure}"));
    let mut session = start_with(&sandbox, "");
    for line in ["pivot repro tr", "pivot repro 'tr", "pivot repro \"tr", "pivot repro t'r x"] {
        assert_eq!(session.type_line(line, TAB), line);
        assert!(session.shown().contains("pivot: no such luck"), "{:?}", session.shown());
        session.clear();
    }
    // Beside a list, which is drawn over what was said.
    sandbox.answer_bytes(&format!("none/stages:\ntrain a\ntrain b\n{failure}"));
    assert_eq!(session.type_line("pivot repro 'tr", TAB), "pivot repro 'train ");
    let shown = session.shown();
    let (said, listed) = (shown.rfind("no such luck"), shown.find("train b"));
    assert!(said.is_some() && said < listed, "{shown:?}");
}

#[test]
fn a_program_that_fails_is_silent() {
    leaves_the_line_alone("echo NOISE >&2\nexit 3\n");
}

#[test]
fn a_program_that_crashes_is_silent() {
    leaves_the_line_alone("kill -SEGV $$\n");
}

#[test]
fn an_answer_that_is_no_text_completes_nothing() {
    leaves_the_line_alone("printf '\\377\\376\\000\\001tr\\000\\n\\200train\\n:\\n'\n");
}

#[test]
fn an_answer_with_nul_bytes_completes_nothing() {
    leaves_the_line_alone("printf 'none:\\ntrain\\000\\ntr\\000ain\\thelp\\n'\n");
}

#[test]
fn a_long_answer_of_rubbish_completes_nothing() {
    leaves_the_line_alone(
        "for i in 1 2 3 4 5 6 7 8; do set -- \"$@$*x:train\" \"$@\"; done\necho \"$*\"\n",
    );
}

#[test]
fn a_start_that_the_word_does_not_have_completes_nothing() {
    leaves_the_line_alone("printf 'none:--other=\\nx\\n'\n");
}

#[test]
fn a_missing_program_is_not_handed_to_the_users_handler() {
    let sandbox = Sandbox::new();
    let mut session = start_with(&sandbox, NOTING_HANDLER);
    assert_eq!(session.type_line("pivot repro tr", TAB), "pivot repro tr");
    assert_silent(&session);
    assert_eq!(sandbox.read("home/missing"), "");
    // It is there, and works.
    session.clear();
    session.command("no-such-program");
    assert_eq!(sandbox.read("home/missing"), "no-such-program\n");
}

#[test]
fn a_program_that_cannot_be_executed_is_silent() {
    let sandbox = Sandbox::new();
    sandbox.write("bin/pivot-complete", "echo NOISE\n");
    let mut session = start_with(&sandbox, "");
    assert_eq!(session.type_line("pivot repro tr", TAB), "pivot repro tr");
    assert_silent(&session);
}

#[test]
fn a_program_that_is_no_program_is_silent() {
    let sandbox = Sandbox::new();
    {
        let _guard = no_fork_meanwhile();
        sandbox.write("bin/pivot-complete", "#!/nonexistent/interpreter\n");
        let path = sandbox.path("bin/pivot-complete");
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("chmod");
    }
    let mut session = start_with(&sandbox, "");
    assert_eq!(session.type_line("pivot repro tr", TAB), "pivot repro tr");
    assert_silent(&session);
}

/// Notes its process and its terminal's settings, and answers once the file `go` is there.
fn waiting() -> Sandbox {
    let sandbox = Sandbox::new();
    let root = shown_path(&sandbox, "");
    let body = format!(
        "stty -g </dev/tty >> {root}settings\n\
         echo $$ > {root}pid.new; mv {root}pid.new {root}pid\n\
         while [ ! -e {root}go ]; do sleep 0.01; done\n\
         echo none:; echo train\n"
    );
    install(&sandbox, "bin/pivot-complete", &body);
    sandbox
}

/// Presses TAB and waits until the program of [`waiting`] runs; returns its process id.
fn press_tab_that_waits(sandbox: &Sandbox, session: &mut Session) -> u32 {
    session.type_line("pivot repro tr", "");
    session.pty().send(TAB);
    wait_until("the program runs", || sandbox.path("pid").exists());
    sandbox.read("pid").trim().parse().expect("a process id")
}

#[test]
fn ctrl_c_during_a_tab_ends_the_program_and_keeps_the_session() {
    let sandbox = waiting();
    let mut session = start_with(&sandbox, "");
    let pid = press_tab_that_waits(&sandbox, &mut session);
    session.interrupt();
    wait_until("it has ended", || !Path::new(&format!("/proc/{pid}")).exists());

    // The terminal is as it was, and the next TAB like any other.
    sandbox.write("go", "");
    assert_eq!(session.type_line("pivot repro tr", TAB), "pivot repro train ");
    let settings = sandbox.read("settings");
    let settings: Vec<&str> = settings.lines().collect();
    assert_eq!(settings.len(), 2);
    assert_eq!(settings[0], settings[1]);
    assert_eq!(session.run(), ["[repro]", "[train]"]);
}

#[test]
fn ctrl_z_during_a_tab_stops_nothing() {
    let sandbox = waiting();
    let mut session = start_with(&sandbox, "bindkey -r '^Z'");
    let pid = press_tab_that_waits(&sandbox, &mut session);
    session.pty().send(CTRL_Z);
    sandbox.write("go", "");
    // As any key does, it takes the blank back.
    assert_eq!(session.line(), "pivot repro train");
    assert!(!Path::new(&format!("/proc/{pid}")).exists());
    assert_eq!(session.run(), ["[repro]", "[train]"]);
    let jobs = shown_path(&sandbox, "jobs");
    session.command(&format!("jobs > {jobs}"));
    assert_eq!(sandbox.read("jobs"), "");
}

#[test]
fn a_program_that_is_killed_during_a_tab_leaves_the_line() {
    let sandbox = waiting();
    let mut session = start_with(&sandbox, "");
    let pid = press_tab_that_waits(&sandbox, &mut session);
    let pid = nix::unistd::Pid::from_raw(pid as i32);
    nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGKILL).expect("it runs");
    assert_eq!(session.line(), "pivot repro tr");
    assert_silent(&session);
}

/// A TAB works with the descriptors that `closing` closes.
fn completes_without(closing: &str) {
    // The widget that reports the line must not need them either.
    let settings = "print-line() { print -rn -- $'\\036'\"$BUFFER|$CURSOR\"$'\\037' >/dev/tty }";
    let sandbox = Sandbox::new();
    let items = [plain("train"), plain("trains")];
    let mut session = start_answering(&sandbox, settings, &items);
    session.type_line(closing, "");
    session.pty().send("\r");
    session.list("pivot repro tr", "trains");
    assert_eq!(session.type_line("s", TAB), "pivot repro trains ");
}

#[test]
fn standard_output_is_closed() {
    completes_without("exec >&-");
}

#[test]
fn standard_error_is_closed() {
    completes_without("exec 2>&-");
}

#[test]
fn standard_output_goes_nowhere() {
    completes_without("exec >/dev/full");
}

/// A project whose pipeline counts how often it is imported, and the real programs.
pub fn one_stage() -> Sandbox {
    let stage = pipeline_0511("demo", &["train"]);
    real_project(&format!("print(1, file=open('../imports', 'a'))\n{stage}"))
}

fn start_real<'a>(sandbox: &'a Sandbox) -> Session<'a> {
    Session::start_with(Shell::Zsh, sandbox, &Shell::Zsh.rc_with_init())
}

#[test]
fn without_a_cache_the_first_tab_discovers() {
    let sandbox = one_stage();
    let mut session = start_real(&sandbox);
    assert_eq!(session.type_line("pivot repro demo/tr", TAB), "pivot repro demo/train ");
    assert_eq!(sandbox.read("imports"), "1\n");
    assert_silent(&session);
}

#[test]
fn a_corrupt_cache_is_discovered_again() {
    let sandbox = one_stage();
    let mut session = start_real(&sandbox);
    session.type_line("pivot repro demo/tr", TAB);
    settle(&sandbox.path("home"));
    let cache = sandbox.path("work/.pivot/cache");
    let stores = fs::read_dir(cache.join("complete")).expect("the stores");
    let stores = stores.map(|entry| entry.expect("an entry").path());
    let files: Vec<PathBuf> = stores.chain([cache.join("stages.cache")]).collect();
    assert!(files.len() >= 2, "{files:?}");
    for file in files.iter().filter(|file| file.is_file()) {
        fs::write(file, "\x1b[31mrubbish\n$(touch PWNED)\n\0").expect("a cache is overwritten");
    }
    session.clear();
    assert_eq!(session.type_line("pivot repro demo/tr", TAB), "pivot repro demo/train ");
    assert_silent(&session);
    assert!(!sandbox.path("work/PWNED").exists());
    assert_eq!(sandbox.read("imports"), "1\n1\n");
}

#[test]
fn a_missing_engine_is_silent() {
    let sandbox = one_stage();
    leave_the_front_alone(&sandbox);
    let mut session = start_real(&sandbox);
    assert_eq!(session.type_line("pivot repro demo/tr", TAB), "pivot repro demo/tr");
    assert_silent(&session);
    assert_eq!(sandbox.read("imports"), "");
}

#[test]
fn a_deleted_working_directory_is_silent_and_left() {
    let sandbox = one_stage();
    let mut session = start_real(&sandbox);
    session.command("mkdir gone; cd gone; rmdir ../gone");
    assert_eq!(session.type_line("pivot repro demo/tr", TAB), "pivot repro demo/tr");
    assert_silent(&session);
    session.clear();
    session.command("cd ~/../work");
    assert_eq!(session.type_line("pivot repro demo/tr", TAB), "pivot repro demo/train ");
}
