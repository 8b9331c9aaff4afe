//! Failures that pass: a TAB is answered by the last good names, and tries again behind once a
//! minute, as far as it may run anything.

use std::fs;
use std::os::unix::net::UnixListener;
use std::path::PathBuf;
use std::process::Command;
use std::time::SystemTime;

use nix::sys::resource::Resource;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use xxhash_rust::xxh3::xxh3_64;

use pivot_complete::encoding::layout::u64_at;

use super::limits::limited;
use crate::support::aftermath::{assert_no_litter, processes_of};
use crate::support::{
    Pivot, Ran, Sandbox, engine, listens, pipeline_0511, ran, soak, start, wait_until,
};

/// Longer than until the next try, in seconds.
const LONG_AGO_S: i64 = -61;
/// By so much a file system's clock may be ahead, in seconds: no machine is so slow that the time of
/// the next try comes during a test.
const AHEAD_S: i64 = 3_600;

/// A project whose stage was `demo/old`, and is another by now, which only a service on the network
/// tells: it does not answer.
struct Failing {
    sandbox: Sandbox,
}

impl Failing {
    fn new() -> Self {
        let sandbox = Sandbox::project(&pipeline_0511("demo", &["old"]));
        sandbox.describe_pivot();
        sandbox.run(&["stages"]).lines();
        let (service, runs) = (sandbox.path("service"), sandbox.path("runs"));
        let asks = format!(
            "import os, socket\n\
             fd = os.open({runs:?}, os.O_WRONLY | os.O_APPEND | os.O_CREAT)\n\
             os.write(fd, b'.')\nos.close(fd)\n\
             socket.socket(socket.AF_UNIX).connect({service:?})\n"
        );
        sandbox.write("project/pipeline.py", asks + &pipeline_0511("demo", &["new"]));
        let failing = Self { sandbox };
        failing.is_answered_by_the_last_names();
        assert_eq!(failing.runs(), 1);
        failing
    }

    fn runs(&self) -> usize {
        fs::read(self.sandbox.path("runs")).unwrap_or_default().len()
    }

    /// From now on the service answers, as long as this is kept.
    fn passes(&self) -> UnixListener {
        UnixListener::bind(self.sandbox.path("service")).unwrap()
    }

    fn tab(&self) -> Ran {
        self.sandbox.tab(&["pivot", "repro", "demo/"])
    }

    #[track_caller]
    fn is_answered_by_the_last_names(&self) {
        assert_eq!(self.tab().candidates(), ["demo/old"]);
    }

    /// Waits until nothing runs behind.
    #[track_caller]
    fn settles(&self) {
        wait_until(120, "nothing runs", || processes_of(&self.sandbox).is_empty());
    }

    fn recorded_s(&self) -> i64 {
        let bytes = fs::read(self.store()).unwrap();
        let record = usize::try_from(u64_at(&bytes, 32).unwrap()).unwrap();
        u64_at(&bytes, record + 8).unwrap() as i64
    }

    /// The only store there is.
    fn store(&self) -> PathBuf {
        let complete = self.sandbox.path("project/.pivot/cache/complete");
        let stores = self.sandbox.listing("project/.pivot/cache/complete").into_iter();
        let stores: Vec<String> = stores.filter(|name| name.ends_with(".store")).collect();
        assert_eq!(stores.len(), 1);
        complete.join(&stores[0])
    }

    /// Lets the failure be recorded so many seconds from now.
    fn failed_at(&self, from_now_s: i64) {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
        let mut bytes = fs::read(self.store()).unwrap();
        // As src/store.rs and src/store/record.rs draw it: the current record is the first section.
        let place = |at: usize| usize::try_from(u64_at(&bytes, at).unwrap()).unwrap();
        let (record, len) = (place(32), place(40));
        let table_end = 24 + 32 * usize::from(bytes[12]);
        let recorded_s = now.as_secs() as i64 + from_now_s;
        bytes[record + 8..record + 16].copy_from_slice(&recorded_s.to_le_bytes());
        let seal = xxh3_64(&bytes[record..record + len]);
        bytes[48..56].copy_from_slice(&seal.to_le_bytes());
        let seal = xxh3_64(&bytes[..table_end]);
        bytes[table_end..table_end + 8].copy_from_slice(&seal.to_le_bytes());
        fs::write(self.store(), bytes).unwrap();
    }

    #[track_caller]
    fn comes_to_know_the_new_name(&self) {
        let cached = || self.sandbox.run(&["stages", "--cached"]);
        wait_until(60, "the new name is known", || cached().stdout == "demo/new\n");
        self.settles();
        assert_no_litter(&self.sandbox, "project");
        assert_eq!(self.tab().candidates(), ["demo/new"]);
    }
}

#[test]
fn a_failure_that_passed_is_found_out_behind_a_tab() {
    let failing = Failing::new();
    let _service = failing.passes();
    failing.failed_at(AHEAD_S);
    for _ in 0..3 {
        failing.is_answered_by_the_last_names();
    }
    failing.settles();
    assert_eq!(failing.runs(), 1, "not before a minute has passed");
    failing.failed_at(LONG_AGO_S);
    failing.is_answered_by_the_last_names();
    failing.comes_to_know_the_new_name();
    assert_eq!(failing.runs(), 2);
}

#[test]
fn one_that_stays_is_tried_once_a_minute() {
    let failing = Failing::new();
    for times in 2..4 {
        failing.failed_at(LONG_AGO_S);
        failing.is_answered_by_the_last_names();
        failing.settles();
        assert_eq!(failing.runs(), times);
        failing.failed_at(AHEAD_S);
        failing.is_answered_by_the_last_names();
        failing.settles();
        assert_eq!(failing.runs(), times);
    }
}

#[test]
fn many_tabs_at_once_make_one_try() {
    let failing = Failing::new();
    failing.failed_at(LONG_AGO_S);
    let tab = || failing.sandbox.tab_command("project", &["pivot", "repro", "demo/"]);
    let tabs: Vec<_> = (0..10).map(|_| start(tab())).collect();
    for tab in tabs {
        assert_eq!(Ran::from(tab.wait_with_output().unwrap()).candidates(), ["demo/old"]);
    }
    failing.settles();
    assert_eq!(failing.runs(), 2);
}

/// Whatever becomes of it: the time is noted before it begins.
#[test]
fn a_try_that_never_ends_counts_too() {
    let failing = Failing::new();
    failing.failed_at(LONG_AGO_S);
    let then = failing.recorded_s();
    let mut tab = failing.sandbox.tab_command("project", &["pivot", "repro", "demo/"]);
    tab.env("PIVOT_COMPLETE_TIMEOUT", "0.001");
    assert_eq!(ran(tab).candidates(), ["demo/old"]);
    failing.settles();
    assert!(failing.recorded_s() > then, "noted before it began");
    failing.is_answered_by_the_last_names();
}

/// Ends that say nothing: what is known of a discovery is that it gave no names.
const SILENT_ENDS: [(&str, &str); 3] = [
    ("a hang", "import time; time.sleep(600)"),
    ("os._exit", "os._exit(3)"),
    ("abort", "os.abort()"),
];

/// A project of one stage, `demo/old`, or of none that are known; now its pipeline counts its runs, and
/// does this.
fn becoming(is_known: bool, end: &str) -> Failing {
    let mut sandbox = Sandbox::project(&pipeline_0511("demo", &["old"]));
    sandbox.describe_pivot();
    if is_known {
        sandbox.run(&["stages"]).lines();
    }
    let counts = format!(
        "import os\nfd = os.open({:?}, os.O_WRONLY | os.O_APPEND | os.O_CREAT)\n\
         os.write(fd, b'.')\nos.close(fd)\n{end}\n",
        sandbox.path("runs")
    );
    sandbox.write("project/pipeline.py", counts + &pipeline_0511("demo", &["new"]));
    sandbox.set("PIVOT_COMPLETE_TIMEOUT", "5");
    Failing { sandbox }
}

#[test]
fn an_end_without_a_word_is_a_failure_like_others() {
    for (what, end) in SILENT_ENDS {
        for is_known in soak::in_turn([true, false]) {
            let mut failing = becoming(is_known, end);
            let known = if is_known { &["demo/old"][..] } else { &[] };
            let tries_again = !is_known && what == "a hang";
            for _ in 0..3 {
                let tab = failing.tab();
                assert_eq!((tab.code, tab.stderr.as_str()), (0, ""), "{what}");
                match is_known {
                    true => assert_eq!(tab.candidates(), known, "{what}"),
                    false => assert_eq!(tab.stdout, "\n", "{what}"),
                }
                failing.settles();
                assert_eq!(failing.runs(), 1, "{what}: not at every TAB");
                if tries_again {
                    break;
                }
            }
            // On a busy machine the pipeline itself may not be reached in time.
            let is_tried = (0..4).any(|step| {
                if step > 0 || !tries_again {
                    failing.failed_at(LONG_AGO_S);
                }
                failing.tab();
                failing.settles();
                failing.runs() == 2
            });
            assert!(
                is_tried,
                "{what}: a second try, after a minute or where it may be done in time"
            );
            // An edit is seen at once; on a busy machine five seconds may be too few for it.
            failing.sandbox.write("project/pipeline.py", pipeline_0511("demo", &["new"]));
            failing.sandbox.set("PIVOT_COMPLETE_TIMEOUT", "120");
            assert_eq!(failing.tab().candidates(), ["demo/new"], "{what}");
        }
    }
}

/// Limits that are raised, and a disk that can be read again: all it takes is a minute, and not even that
/// where an input could not be read, which proves nothing.
#[test]
fn a_limit_and_a_broken_disk_pass_too() {
    // Far more than Python and Pivot take, and than that again.
    let (limit, needs) = (1_u64 << 35, 1_u64 << 36);
    let needs = format!(
        "import mmap\nmmap.mmap(-1, {needs}, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | mmap.MAP_NORESERVE)"
    );
    for (what, pipeline) in [("ulimit -v", needs.as_str()), ("EIO", "open('params.txt').read()")] {
        let mut failing = becoming(true, pipeline);
        failing.sandbox.set("PIVOT_COMPLETE_TIMEOUT", "120");
        failing.sandbox.write("project/params.txt", "some\n");
        let tab = failing.sandbox.tab_command("project", &["pivot", "repro", "demo/"]);
        let tab = match what {
            "EIO" => broken_disk(&failing.sandbox, &tab, "project/params.txt"),
            _ => limited(tab, Resource::RLIMIT_AS, limit),
        };
        assert_eq!(ran(tab).candidates(), ["demo/old"], "{what}");
        failing.settles();
        assert_eq!(failing.runs(), 1, "{what}");
        if what == "EIO" {
            assert_eq!(failing.tab().candidates(), ["demo/new"], "{what}");
        } else {
            failing.failed_at(LONG_AGO_S);
            failing.is_answered_by_the_last_names();
        }
        failing.comes_to_know_the_new_name();
        assert_eq!(failing.runs(), 2, "{what}");
    }
}

/// `command` and all it starts, for whom no read of `file` succeeds.
fn broken_disk(sandbox: &Sandbox, command: &Command, file: &str) -> Command {
    let mut strace = sandbox.command("strace", "project");
    strace.args(["-f", "-o"]).arg(sandbox.path("strace.log")).arg("-P").arg(sandbox.path(file));
    strace.args(["-e", "inject=read:error=EIO", "--"]);
    strace.arg(command.get_program()).args(command.get_args());
    strace.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    strace
}

/// A module that the last good discovery had read counts, too.
#[test]
fn an_edit_of_a_module_ends_such_a_failure() {
    let failing = becoming(true, "import helper");
    failing.sandbox.write("project/helper.py", "");
    assert_eq!(failing.tab().candidates(), ["demo/new"]);
    failing.sandbox.write("project/helper.py", "os._exit(1)\n".replace("os.", "import os; os."));
    assert_eq!(failing.tab().candidates(), ["demo/new"], "the last names");
    failing.settles();
    assert_eq!(failing.runs(), 2);
    failing.sandbox.write("project/helper.py", "x = 1\n");
    assert_eq!(failing.tab().candidates(), ["demo/new"]);
    assert_eq!(failing.runs(), 3, "it is no failure any more");
}

#[test]
fn ctrl_c_is_no_failure() {
    let mut failing = becoming(true, SILENT_ENDS[0].1);
    failing.sandbox.set("PIVOT_COMPLETE_TIMEOUT", "60");
    for times in 1..3 {
        let tab = start(failing.sandbox.tab_command("project", &["pivot", "repro", "demo/"]));
        wait_until(60, "the pipeline runs", || failing.runs() == times && listens(&tab));
        kill(Pid::from_raw(tab.id() as i32), Signal::SIGINT).unwrap();
        let tab = Ran::from(tab.wait_with_output().unwrap());
        assert_eq!((tab.code, tab.stdout.as_str()), (0, "\n"));
        failing.settles();
    }
}

#[test]
fn nothing_is_tried_where_a_tab_runs_nothing() {
    let failing = Failing::new();
    let _service = failing.passes();
    for (name, value) in [
        ("PIVOT_COMPLETE_TRUST", "explicit"),
        ("PIVOT_COMPLETE_ON_MISS", "never"),
        ("PIVOT_COMPLETE", "1"),
    ] {
        failing.failed_at(LONG_AGO_S);
        let mut tab = failing.sandbox.tab_command("project", &["pivot", "repro", "demo/"]);
        tab.env(name, value);
        assert_eq!(ran(tab).candidates(), ["demo/old"], "{name}");
        failing.settles();
        assert_eq!(failing.runs(), 1, "{name}");
    }
    // An explicit command tries at once.
    failing.failed_at(AHEAD_S);
    assert_eq!(failing.sandbox.run(&["stages"]).lines(), ["demo/new"]);
}

/// Where the front hands over, the engine sees to it.
#[test]
fn the_engine_tries_again_behind_its_own_answer() {
    let failing = Failing::new();
    let _service = failing.passes();
    failing.failed_at(LONG_AGO_S);
    let mut tab = failing.sandbox.command(engine(), "project");
    tab.args(["complete", "bash"]).env("COMP_WORDS", "pivot\nrepro\ndemo/");
    tab.env("COMP_CWORD", "2");
    assert_eq!(ran(tab).candidates(), ["demo/old"]);
    failing.comes_to_know_the_new_name();
}

/// The word typed decides whose failure it is.
#[test]
fn a_pivot_that_was_typed_is_tried_again() {
    let sandbox = Sandbox::empty();
    let pivot = Pivot::V0511.bin().join("pivot");
    let words = [pivot.to_str().unwrap(), "repro", "demo/"];
    sandbox.make_directory("project/.pivot");
    sandbox.write("project/pipeline.py", pipeline_0511("demo", &["old"]));
    assert_eq!(sandbox.tab(&words).candidates(), ["demo/old"]);
    let service = sandbox.path("service");
    let asks = format!("import socket\nsocket.socket(socket.AF_UNIX).connect({service:?})\n");
    sandbox.write("project/pipeline.py", asks + &pipeline_0511("demo", &["new"]));
    assert_eq!(sandbox.tab(&words).candidates(), ["demo/old"]);
    let failing = Failing { sandbox };
    let _service = failing.passes();
    failing.failed_at(LONG_AGO_S);
    assert_eq!(failing.sandbox.tab(&words).candidates(), ["demo/old"]);
    failing.settles();
    assert_eq!(failing.sandbox.tab(&words).candidates(), ["demo/new"]);
}
