//! A program that hangs, is interrupted, or leaves early.

use super::*;
use crate::support::pipeline_0511;

/// A shell below the session's, with the same rc file.
pub(super) const BELOW: &str = "bash --noprofile --rcfile ~/.zshrc -i";

/// A `pivot-complete` that waits until it is released, or ended.
pub(super) struct Blocked<'a> {
    sandbox: &'a Sandbox,
    /// A FIFO that it reads, open at both ends: what is written here waits for it.
    gate: fs::File,
}

impl Blocked<'_> {
    pub(super) fn install(sandbox: &Sandbox) -> Blocked<'_> {
        let root = sandbox.path("");
        let gate = root.join("gate");
        mkfifo(&gate, Mode::S_IRWXU).expect("a fifo");
        let gate = fs::File::options().read(true).write(true).open(gate).expect("both ends");
        let root = root.display();
        sandbox.program(
            "bin/pivot-complete",
            &format!(
                "echo $$ > '{root}/pid.new' && mv '{root}/pid.new' '{root}/pid'\n\
                 read released < '{root}/gate'\n\
                 printf 'none:\\ntrain\\n'\n"
            ),
        );
        Blocked { sandbox, gate }
    }

    /// Its process, once it waits.
    pub(super) fn pid(&self) -> u32 {
        wait_until("the program runs", || !self.sandbox.read("pid").is_empty());
        self.sandbox.read("pid").trim().parse().expect("a process id")
    }

    /// Does what the terminal does at Ctrl-Z, and has done it when this returns.
    pub(super) fn stop(&self) {
        let group = getpgid(Some(Pid::from_raw(self.pid() as i32))).expect("its process group");
        killpg(group, Signal::SIGTSTP).expect("a signal is sent");
    }

    pub(super) fn release(&mut self) {
        self.gate.write_all(b"\n").expect("the fifo takes a line");
    }
}

/// The process has ended, or does so soon.
pub(super) fn assert_ends(pid: u32) {
    wait_until("the process has ended", || !Path::new(&format!("/proc/{pid}")).exists());
}

#[test]
fn ctrl_c_ends_a_program_that_hangs_and_the_next_tab_works() {
    let sandbox = Sandbox::new();
    let blocked = Blocked::install(&sandbox);
    let mut session = Session::start(BASH, &sandbox);
    session.type_line("pivot repro tr", "");
    session.pty().send(TAB);
    let pid = blocked.pid();
    session.interrupt();
    assert_ends(pid);
    fs::remove_file(sandbox.path("bin/pivot-complete")).expect("the blocked one goes");
    sandbox.answer_bytes(&names(&["train"]));
    assert_eq!(session.type_line("pivot repro tr", TAB), "pivot repro train ");
    assert_eq!(session.run(), ["[repro]", "[train]"]);
}

#[test]
fn ctrl_z_stops_nothing_that_bash_waits_for() {
    let sandbox = Sandbox::new();
    let mut blocked = Blocked::install(&sandbox);
    let mut session = Session::start(BASH, &sandbox);
    // What leads its session is not stopped anyhow: this one is below another.
    output_of(&mut session, BELOW);
    session.type_line("pivot repro tr", "");
    session.pty().send(TAB);
    let pid = blocked.pid();
    blocked.stop();
    blocked.release();
    assert_eq!(session.line(), "pivot repro train ");
    assert_ends(pid);
    assert_eq!(session.run(), ["[repro]", "[train]"]);
    session.command("jobs > ../jobs");
    assert_eq!(sandbox.read("jobs"), "");
}

/// The real programs, asked by a command: it stops as any does, goes on with `fg`, and where it is ended
/// instead nothing of it stays.
#[test]
fn ctrl_z_stops_a_command_that_goes_on_or_is_ended() {
    for goes_on in [true, false] {
        let stages = pipeline_0511("demo", &["train"]);
        let sandbox = real_project(&format!(
            "import os, time\n\
             open('../pid.new', 'w').write(str(os.getpid()))\n\
             os.rename('../pid.new', '../pid')\n\
             while not os.path.exists('../gate'): time.sleep(0.01)\n{stages}"
        ));
        let mut session = Session::start_with(BASH, &sandbox, &BASH.rc_with_init());
        session.command("stty --all > ../before");
        session.type_line("pivot-complete stages > ../names", "");
        session.pty().send("\r");
        wait_until("the pipeline is imported", || !sandbox.read("pid").is_empty());
        let python = sandbox.read("pid").parse().expect("a process id");
        let command = ancestors(python, session.pty().pid());
        assert!(command.len() >= 2, "python and the engine: {command:?}");
        session.pty().send("\x1a");
        session.pty().wait_for("Stopped");
        session.pty().wait_for("READY> ");
        session.pty().wait_for_keys_to_be_read();
        assert_eq!(sandbox.read("names"), "");
        if goes_on {
            sandbox.write("gate", "");
            session.command("fg");
            assert_eq!(sandbox.read("names"), "demo/train\n");
        } else {
            session.command("kill %1; wait %1");
            assert_eq!(sandbox.read("names"), "");
        }
        command.into_iter().for_each(assert_ends);
        session.command("stty --all > ../after; jobs > ../jobs");
        assert_eq!(sandbox.read("after"), sandbox.read("before"));
        assert_eq!(sandbox.read("jobs"), "");
    }
}

#[test]
fn a_program_that_closes_its_output_early_leaves_nothing() {
    let sandbox = Sandbox::new();
    let pid_file = sandbox.path("pid").display().to_string();
    let body = format!("echo $$ > '{pid_file}'\nexec >&- 2>&- <&-\necho too late");
    sandbox.program("bin/pivot-complete", &body);
    let mut session = Session::start(BASH, &sandbox);
    assert_eq!(session.type_line("pivot repro tr", TAB), "pivot repro tr");
    assert_silent(&session);
    assert_ends(sandbox.read("pid").trim().parse().expect("a process id"));
}
