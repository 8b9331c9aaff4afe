//! File systems that are far: a stat that takes its time, two hosts with caches of their own on one
//! directory, a temporary directory where others plant what we would make.

use std::fs;
use std::os::unix::fs::{lchown, symlink};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::time::{Duration, Instant};

use nix::sys::resource::{Resource, setrlimit};

use super::clocks::project;
use super::fuse::Fuse;
use crate::support::aftermath::{assert_nothing_is_alive, ran_within};
use crate::support::fake_pivot::{cached, stages};
use crate::support::rights::{Mounted, OWNER, Shared, VISITOR, chmod};
use crate::support::stub::{Asked, NEW_NAMES};
use crate::support::{HANGS_S, Ran, ran, start, wait_until};

const THEN_NS: i64 = 1_700_000_000_000_000_000;

/// Each question about the config takes two seconds, of which a command has one: the front's own is
/// bounded by the kernel alone, and from then on the deadline holds.
#[test]
fn a_stat_that_takes_two_seconds_is_left_at_the_deadline() {
    for asked in Asked::ALL {
        let (mut sandbox, fuse) = project(THEN_NS);
        assert_eq!(stages(&sandbox), "conf para enty");
        fuse.tree().write("pipeline.py", "other\n");
        sandbox.set("PIVOT_COMPLETE_TIMEOUT", "1");
        fuse.tree().hook = Some(Box::new(|_, what, about| {
            if about == "pipeline.py" && ["lookup", "getattr"].contains(&what) {
                std::thread::sleep(Duration::from_secs(2));
            }
        }));
        let began = Instant::now();
        let ran = ran_within(HANGS_S, asked.command(&sandbox));
        let took = began.elapsed();
        assert!(took > Duration::from_secs(1), "{took:?}: it was not asked");
        match asked {
            Asked::Tab => {
                let said = (ran.code, ran.stdout.as_str(), ran.stderr.as_str());
                assert_eq!(said, (0, "\n", ""), "{took:?}");
            }
            Asked::Stages => {
                assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "{ran:?}");
                assert!(ran.stderr.contains("PIVOT_COMPLETE_TIMEOUT"), "{ran:?}");
            }
        }
        fuse.tree().hook = None;
        assert_nothing_is_alive(&sandbox);
        sandbox.set("PIVOT_COMPLETE_TIMEOUT", "120");
        assert_eq!(stages(&sandbox), "other");
    }
}

/// Two mounts of one directory, each of which keeps what it was told of attributes for a second, as NFS
/// does: what one host edits is seen by the other a second later, and their caches, written against each
/// other without a lock in common, stay whole.
#[test]
fn two_hosts_on_one_directory_are_a_second_apart_at_most() {
    let (sandbox, fuse) = project(THEN_NS);
    let other = sandbox.make_directory("other");
    let second = Fuse::also_at(&other, &fuse);
    fuse.tree().kept_s = 1;
    let on = |host: &str, arguments: &[&str]| ran(sandbox.front_in(host, arguments));
    for round in 0..6 {
        let name = format!("round{round}");
        fs::write(sandbox.path("project/pipeline.py"), format!("{name}\n")).unwrap();
        // Whoever edits sees it at once.
        assert_eq!(on("project", &["stages"]).lines(), [name.as_str()]);
        let edited = Instant::now();
        loop {
            // Before that, what was there before.
            let seen = on("other", &["stages"]);
            assert_eq!((seen.code, seen.stderr.as_str()), (0, ""), "{seen:?}");
            if seen.stdout == format!("{name}\n") {
                break;
            }
            assert!(edited.elapsed() < Duration::from_secs(HANGS_S), "{seen:?} in round {round}");
            std::thread::sleep(Duration::from_millis(100));
        }
        let crowd: Vec<_> = ["project", "other", "project", "other"]
            .map(|host| start(sandbox.front_in(host, &["refresh"])))
            .into_iter()
            .collect();
        for child in crowd {
            let ran = Ran::from(child.wait_with_output().unwrap());
            assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "round {round}");
        }
        std::thread::sleep(Duration::from_millis(1_100));
        for host in ["project", "other"] {
            assert_eq!(on(host, &["stages"]).lines(), [name.as_str()], "{host}, round {round}");
        }
    }
    assert_nothing_is_alive(&sandbox);
    drop(second);
    assert!(cached(&sandbox).is_some());
}

/// Puts something where our directory would be.
type Plant = fn(&Shared, &Path);

/// What the temporary directory may have in the place of ours, made by somebody else before.
#[test]
fn a_runtime_directory_that_somebody_else_made_is_not_used() {
    let plants: [(&str, Plant); 5] = [
        ("another's directory", |_, place| {
            fs::create_dir(place).unwrap();
            chmod(place, 0o777);
            give(place);
        }),
        ("another's file", |_, place| {
            fs::write(place, "theirs").unwrap();
            give(place);
        }),
        ("another's link to a directory of mine", |shared, place| {
            symlink(shared.sandbox.path("owner/mine"), place).unwrap();
            give(place);
        }),
        ("my own link", |shared, place| symlink(shared.sandbox.path("owner/mine"), place).unwrap()),
        ("mine, open to all", |shared, place| {
            fs::create_dir(place).unwrap();
            shared.give("tmp/pivot-complete-54321", OWNER);
            chmod(place, 0o777);
        }),
    ];
    for (name, plant) in plants {
        let shared = Shared::with_stub();
        shared.sandbox.make_directory("owner/mine");
        shared.give("owner", OWNER);
        let place = shared.sandbox.path(&format!("tmp/pivot-complete-{}", OWNER.uid));
        plant(&shared, &place);
        let before = shared.sandbox.listing("tmp");
        let mounted = Mounted::read_only(&shared.sandbox.path("project"));
        assert_eq!(ran(shared.front(OWNER, "project", &["stages"])).lines(), NEW_NAMES, "{name}");
        let tab = ran(shared.tab(OWNER, "project", &["pivot", "repro", ""]));
        assert_eq!(tab.candidates(), NEW_NAMES, "{name}");
        ran(shared.front(OWNER, "project", &["watch", "--shell", "1"]));
        let words = shared.tab(OWNER, "project", &["pivot", "repro", "--"]);
        assert_eq!(ran(words).code, 0, "{name}");
        assert_eq!(shared.sandbox.listing("tmp"), before, "{name}");
        assert_eq!(shared.sandbox.listing("owner/mine"), [""; 0], "{name}");
        drop(mounted);
    }
}

/// One's own is made closed to others, and goes with the last that lies there.
#[test]
fn a_runtime_directory_goes_with_what_lay_in_it() {
    let shared = Shared::with_stub();
    let mounted = Mounted::read_only(&shared.sandbox.path("project"));
    for _ in 0..2 {
        assert_eq!(ran(shared.front(OWNER, "project", &["stages"])).lines(), NEW_NAMES);
        assert_eq!(shared.sandbox.listing("tmp"), [""; 0]);
    }
    // Many at once make it and take it away.
    let crowd: Vec<_> =
        (0..20).map(|_| start(shared.front(OWNER, "project", &["stages"]))).collect();
    for child in crowd {
        assert_eq!(Ran::from(child.wait_with_output().unwrap()).lines(), NEW_NAMES);
    }
    wait_until(20, "it goes", || shared.sandbox.listing("tmp").is_empty());
    drop(mounted);
}

/// A user who may have no more processes: a TAB is silent, a command says what it could not run.
#[test]
fn a_user_without_processes_left_is_told_by_commands_alone() {
    for limit in [0, 1] {
        for is_tab in [true, false] {
            let shared = Shared::with_stub();
            let mut command = match is_tab {
                true => shared.tab(OWNER, "project", &["pivot", "repro", ""]),
                false => shared.front(OWNER, "project", &["stages"]),
            };
            // SAFETY: between fork and exec only a system call is made.
            unsafe {
                command.pre_exec(move || Ok(setrlimit(Resource::RLIMIT_NPROC, limit, limit)?));
            }
            let ran = ran_within(HANGS_S, command);
            if is_tab {
                let said = (ran.code, ran.stdout.as_str(), ran.stderr.as_str());
                assert_eq!(said, (0, "\n", ""), "{limit}");
            } else {
                assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "{limit}: {ran:?}");
                assert!(ran.stderr.contains("cannot run"), "{limit}: {ran:?}");
            }
            let after = stages_of(&shared);
            assert_eq!(after.lines(), NEW_NAMES, "{limit}");
        }
    }
}

fn stages_of(shared: &Shared) -> Ran {
    ran(shared.front(OWNER, "project", &["stages"]))
}

/// Hands what was planted to another user, links themselves too.
fn give(place: &Path) {
    lchown(place, Some(VISITOR.uid), Some(VISITOR.uid)).unwrap();
}
