//! A developer's day in compressed form: edits, branches, upgrades, two terminals, processes that are
//! suspended and killed, a disk that is full now and then. Every TAB is right, and in the end there are as
//! many files and processes as in the beginning.

use std::fs;
use std::os::unix::process::CommandExt;
use std::time::{Duration, Instant};

use nix::sys::resource::{Resource, UsageWho, getrusage, setrlimit};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::support::aftermath::{assert_no_litter, assert_nothing_is_alive, assert_refreshed};
use crate::support::oracle::Random;
use crate::support::stub::{self, Asked};
use crate::support::{Ran, Sandbox, fake_pivot, soak, start, tally, worker};

/// What is there, and what is true of it.
struct Desk {
    sandbox: Sandbox,
    random: Random,
    /// The lines of `pipeline.py` on each branch.
    branches: Vec<String>,
    branch: usize,
    edits: usize,
}

impl Desk {
    fn new() -> Self {
        let sandbox = stub::sandbox();
        let branches = (0..4).map(|number| format!("train\nbranch_{number}\n")).collect();
        let desk = Self { sandbox, random: Random(soak::seed()), branches, branch: 0, edits: 0 };
        desk.save();
        desk
    }

    fn text(&self) -> &str {
        &self.branches[self.branch]
    }

    /// As editors and git do: another file in its place.
    fn save(&self) {
        let new = self.sandbox.write("new", self.text());
        fs::rename(new, self.sandbox.path("project/pipeline.py")).unwrap();
    }

    /// Both kinds of questions are answered by what is there.
    #[track_caller]
    fn ask(&self, what: &str) {
        for asked in Asked::ALL {
            let ran: Ran = asked.command(&self.sandbox).output().unwrap().into();
            let names = asked.names(&ran).join("\n") + "\n";
            assert_eq!(names, self.text(), "{asked:?} after {what}, seed {}", soak::seed());
        }
    }

    /// Does one of the things that happen in a day, and says which.
    fn live(&mut self) -> &'static str {
        match self.random.below(10) {
            0..3 => self.edit(),
            3 => {
                self.branch = self.random.below(self.branches.len());
                self.save();
                "a branch"
            }
            4 => self.touch(),
            5 => self.upgrade(),
            6 => self.two_terminals(),
            7 => self.suspend(Signal::SIGCONT),
            8 => self.suspend(Signal::SIGKILL),
            _ => self.full_disk(),
        }
    }

    fn edit(&mut self) -> &'static str {
        self.edits += 1;
        self.branches[self.branch] = format!("train\nedit_{}\n", self.edits);
        self.save();
        "an edit"
    }

    fn touch(&self) -> &'static str {
        let config = fs::File::options().write(true).open(self.sandbox.path("project/pipeline.py"));
        config.unwrap().set_modified(std::time::SystemTime::now()).unwrap();
        "a touch"
    }

    /// Another program in the place of the Python that is asked.
    fn upgrade(&mut self) -> &'static str {
        let text = fs::read_to_string(self.sandbox.path("bin/stub")).unwrap();
        let body = text.split("\n# version").next().unwrap();
        self.edits += 1;
        let text = format!("{body}\n# version {}\n", self.edits);
        let new = self.sandbox.write_program("bin/new", &text);
        fs::rename(new, self.sandbox.path("bin/stub")).unwrap();
        "an upgrade"
    }

    fn two_terminals(&mut self) -> &'static str {
        self.edit();
        let both = [0, 1].map(|_| start(Asked::Tab.command(&self.sandbox)));
        for child in both {
            let ran = Ran::from(child.wait_with_output().unwrap());
            assert_eq!(Asked::Tab.names(&ran).join("\n") + "\n", self.text(), "{ran:?}");
        }
        "two terminals"
    }

    /// A discovery is stopped for a moment, and then goes on or is killed.
    fn suspend(&mut self, then: Signal) -> &'static str {
        self.edit();
        let child = start(self.sandbox.front_in("project", &["refresh"]));
        std::thread::sleep(Duration::from_millis(self.random.below(30) as u64));
        let both = [Some(child.id() as i32), worker(&child)];
        let send = |signal| {
            for pid in both.into_iter().flatten() {
                let _ = kill(Pid::from_raw(pid), signal);
            }
        };
        send(Signal::SIGSTOP);
        std::thread::sleep(Duration::from_millis(self.random.below(30) as u64));
        send(then);
        drop(child.wait_with_output().unwrap());
        "a process that was suspended"
    }

    /// No file may grow beyond some bytes.
    fn full_disk(&mut self) -> &'static str {
        self.edit();
        let limit = self.random.below(3_000) as u64;
        let mut command = Asked::Tab.command(&self.sandbox);
        // SAFETY: between fork and exec only a system call is made.
        unsafe { command.pre_exec(move || Ok(setrlimit(Resource::RLIMIT_FSIZE, limit, limit)?)) };
        let ran = Ran::from(command.output().unwrap());
        assert_eq!(Asked::Tab.names(&ran).join("\n") + "\n", self.text(), "{limit}: {ran:?}");
        "a full disk"
    }
}

/// The most memory that any command has had so far, in KiB.
fn most_memory() -> i64 {
    getrusage(UsageWho::RUSAGE_CHILDREN).unwrap().max_rss()
}

#[test]
fn a_day_is_answered_right_and_leaves_what_it_began_with() {
    let day = Duration::from_secs(soak::count(10, 600));
    let mut desk = Desk::new();
    desk.ask("the start");
    assert_refreshed(&desk.sandbox);
    assert_nothing_is_alive(&desk.sandbox);
    let before = desk.sandbox.listing("project/.pivot");
    let memory = most_memory();
    let began = Instant::now();
    let mut lived = 0;
    while began.elapsed() < day || lived < 20 {
        let what = desk.live();
        desk.ask(what);
        lived += 1;
    }
    assert_nothing_is_alive(&desk.sandbox);
    assert_refreshed(&desk.sandbox);
    assert_no_litter(&desk.sandbox, "project");
    assert_eq!(desk.sandbox.listing("tmp"), [""; 0]);
    assert_eq!(fake_pivot::stores(&desk.sandbox).len(), 1);
    let is_file = |name: &&String| !name.contains("state.sled");
    let files = |all: &[String]| all.iter().filter(is_file).cloned().collect::<Vec<_>>();
    let after = desk.sandbox.listing("project/.pivot");
    assert_eq!(files(&after), files(&before));
    assert!(most_memory() < memory * 3 / 2, "{memory} KiB became {}", most_memory());
    tally::survived(lived);
}
