//! Disks that are full, read-only, over quota, broken, stale; calls interrupted
//! and cut short.

use std::fs;
use std::io::Read;
use std::os::unix::process::CommandExt;

use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::sys::resource::{Resource, setrlimit};
use nix::sys::signal::{SigHandler, Signal, signal};

use crate::support::aftermath::assert_no_litter;
use crate::support::store_bytes::content;
use crate::support::strace::{Call, traced, was_injected};
use crate::support::stub::{
    self, Asked, NEW_CONFIG, NEW_NAMES, STAGES_CACHE, discoveries, write_config,
};
use crate::support::{Ran, Sandbox, ran, soak, start, tally};

/// What each system call may fail with while a cache is written.
const WRITE_FAULTS: &[(&str, &[&str])] = &[
    ("openat", &["ENOSPC", "EDQUOT", "EROFS", "EACCES", "EIO", "EINTR", "ESTALE", "EMFILE"]),
    ("mkdirat", &["ENOSPC", "EDQUOT", "EROFS", "EACCES", "EIO"]),
    ("write", &["ENOSPC", "EDQUOT", "EIO", "EINTR"]),
    ("fdatasync", &["ENOSPC", "EDQUOT", "EIO", "EINTR", "EROFS"]),
    ("ftruncate", &["EIO", "EINTR"]),
    ("renameat", &["EXDEV", "ENOSPC", "EROFS", "EACCES", "EIO", "ESTALE"]),
    ("unlink", &["EROFS", "EACCES", "EIO"]),
    ("unlinkat", &["EROFS", "EACCES", "EIO"]),
    ("flock", &["EINTR"]),
    ("getdents64", &["EIO", "ESTALE"]),
    ("newfstatat", &["EIO", "ESTALE"]),
    ("close", &["EIO"]),
];

/// Each call of a discovery below `.pivot` fails in each way, once.
///
/// The answer is given, the old cache or a whole new one is there, and the next command works.
#[test]
fn whatever_fails_while_the_first_cache_is_written() {
    let tried = Asked::ALL.map(|asked| check_each_failing_call(asked, Before::Nothing));
    tally::survived(tried.iter().sum());
}

/// See above.
#[test]
fn whatever_fails_while_a_cache_is_replaced() {
    let tried = Asked::ALL.map(|asked| check_each_failing_call(asked, Before::Old));
    tally::survived(tried.iter().sum());
}

/// How many faults there were.
#[track_caller]
fn check_each_failing_call(asked: Asked, before: Before) -> usize {
    let project = Project::new(before);
    let calls = project.clean_run(asked);
    let mut befallen = 0;
    let mut wrong = Vec::new();
    let about = calls.iter().filter(|call| call.line.contains("/.pivot"));
    let faults = about.flat_map(|call| faults_of(call).iter().map(move |error| (call, error)));
    for (call, error) in soak::share(4, faults) {
        project.reset();
        match project.survives(asked, call, error) {
            Ok(injected) => befallen += usize::from(injected),
            Err(what) => wrong.push(what),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    assert!(befallen > soak::count(12, 60), "{befallen} faults");
    befallen
}

/// Each look of the front at the project fails once, with a fresh cache there.
///
/// One retry, then a miss: the names are right either way.
#[test]
fn a_stale_handle_is_no_absence_for_the_front() {
    each_call_fails(&["stat", "open", "fstat", "read"], &["ESTALE", "EIO", "EINTR"], Asked::Stages);
    each_call_fails(&["stat", "open", "fstat", "read"], &["ESTALE"], Asked::Tab);
}

/// The same for the engine, at a miss.
#[test]
fn a_stale_handle_is_no_absence_for_the_engine() {
    let project = Project::new(Before::Old);
    let calls = project.clean_run(Asked::Stages);
    let root = project.sandbox.path("project").display().to_string();
    let mut wrong = Vec::new();
    let looks = calls.iter().filter(|call| {
        // What is not there cannot be stale.
        ["statx", "openat", "read"].contains(&call.name.as_str())
            && call.line.contains(&root)
            && !["ENOENT", "/dev/null", "pipe:"].iter().any(|other| call.line.contains(other))
    });
    let mut tried = 0;
    for call in looks {
        project.reset();
        let command = Asked::Stages.command(&project.sandbox);
        let expression = call.inject("error=ESTALE");
        let (ran, calls) = traced(&project.sandbox, &command, &[&expression]);
        assert!(was_injected(&calls), "{expression}");
        if (ran.code, ran.stdout.as_str()) != (0, NEW_CONFIG) {
            wrong.push(format!("{expression}: {ran:?}\n    {}", call.line));
        }
        tried += 1;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    tally::survived(tried);
}

/// A directory that cannot be listed, as on a network's disk that is away: no listing goes on for ever.
#[test]
fn a_listing_that_fails_ends() {
    let project = Project::new(Before::Old);
    for error in ["ESTALE", "EIO"] {
        for asked in [Asked::Stages, Asked::Tab] {
            project.reset();
            let expression = format!("inject=getdents64:error={error}");
            let (ran, calls) =
                traced(&project.sandbox, &asked.command(&project.sandbox), &[&expression]);
            let failed = calls.iter().filter(|call| call.name == "getdents64").count();
            assert!((1..100).contains(&failed), "{error}: {failed}");
            assert!(asked.is_answered(&ran), "{error}: {ran:?}");
        }
    }
}

fn each_call_fails(names: &[&str], errors: &[&str], asked: Asked) {
    let sandbox = stub::sandbox();
    stub_refresh(&sandbox);
    let root = sandbox.path("project").display().to_string();
    let (_, calls) = traced(&sandbox, &asked.command(&sandbox), &[]);
    let mut wrong = Vec::new();
    for call in calls.iter().filter(|call| {
        names.contains(&call.name.as_str())
            && call.line.contains(&root)
            && !call.line.contains("ENOENT")
    }) {
        for error in errors {
            let expression = call.inject(&format!("error={error}"));
            let (ran, calls) = traced(&sandbox, &asked.command(&sandbox), &[&expression]);
            assert!(was_injected(&calls), "{expression}");
            if !asked.is_answered(&ran) {
                wrong.push(format!("{expression}: {ran:?}\n    {}", call.line));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The front's own write is interrupted.
#[test]
fn an_interrupted_write_of_the_answer_is_repeated() {
    let sandbox = stub::sandbox();
    stub_refresh(&sandbox);
    for asked in Asked::ALL {
        let command = asked.command(&sandbox);
        let expression = "inject=write:error=EINTR:when=1..3";
        let (ran, calls) = traced(&sandbox, &command, &[expression]);
        assert!(was_injected(&calls));
        assert_eq!(asked.names(&ran), NEW_NAMES);
    }
}

/// Standard output takes a part of the answer at a time, and never waits.
#[test]
fn a_pipe_that_does_not_block_gets_the_whole_answer() {
    let names: String = (0..20_000).map(|number| format!("stage_number_{number}\n")).collect();
    let sandbox = stub::sandbox();
    write_config(&sandbox, &names);
    for who in ["the engine, at a miss", "the front, at a hit"] {
        let (mut reader, writer) = std::io::pipe().unwrap();
        fcntl(&writer, FcntlArg::F_SETFL(OFlag::O_NONBLOCK)).unwrap();
        // A page at a time: no reader is so quick that ninety of them never fill it.
        fcntl(&writer, FcntlArg::F_SETPIPE_SZ(4096)).unwrap();
        let mut command = Asked::Stages.command(&sandbox);
        command.stdout(writer);
        let child = start(command);
        let mut answer = String::new();
        reader.read_to_string(&mut answer).unwrap();
        let ran = Ran::from(child.wait_with_output().unwrap());
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{who}");
        assert!(answer == names, "{who}: {} of {} bytes", answer.len(), names.len());
    }
}

/// A write comes to a short end, and the next fails, as at the end of a disk.
#[test]
fn a_cache_that_would_be_cut_short_is_not_published() {
    let project = Project::new(Before::Old);
    let longest = u64::try_from(project.longest_len()).unwrap();
    let (mut wrong, mut tried) = (Vec::new(), 0);
    // Whole groups: each seed has as many.
    for limit in soak::share(4, (0..(longest + 1).next_multiple_of(20)).step_by(5)) {
        for is_ignored in [true, false] {
            for asked in soak::in_turn(Asked::ALL) {
                project.reset();
                let mut command = asked.command(&project.sandbox);
                limit_file_size(&mut command, limit, is_ignored);
                let ran = ran(command);
                let what = format!("{asked:?}, {limit} bytes, ignored {is_ignored}: {ran:?}");
                let whole = project.is_whole();
                if !asked.is_answered(&ran) || whole.is_err() {
                    wrong.push(format!("{what}, {whole:?}"));
                }
                tried += 1;
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    tally::survived(tried);
}

/// Lets files grow to `limit` bytes; SIGXFSZ, which the kernel then sends, ends a process that
/// does not care about it.
fn limit_file_size(command: &mut std::process::Command, limit: u64, is_ignored: bool) {
    // SAFETY: between fork and exec only system calls are made.
    unsafe {
        command.pre_exec(move || {
            if is_ignored {
                signal(Signal::SIGXFSZ, SigHandler::SigIgn)?;
            }
            setrlimit(Resource::RLIMIT_FSIZE, limit, limit)?;
            Ok(())
        });
    }
}

/// What lies in `.pivot` before the fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Before {
    /// Nothing: every directory must be made.
    Nothing,
    /// The caches of an older config.
    Old,
}

/// A stub's project with caches that can be put back.
struct Project {
    sandbox: Sandbox,
    /// The files of `before`: relative path, content.
    old: Vec<(String, Vec<u8>)>,
    /// What a discovery makes of each file.
    new: Vec<(String, Vec<u8>)>,
}

impl Project {
    fn new(before: Before) -> Self {
        let sandbox = stub::sandbox();
        let names = [STAGES_CACHE.into(), stub::store(&sandbox)];
        let caches = || names.clone().map(|name: String| (name.clone(), read(&sandbox, &name)));
        let mut old = Vec::new();
        if before == Before::Old {
            write_config(&sandbox, "outdated\n");
            // A config of its own mtime: the caches made from it are stale afterwards.
            crate::support::set_mtime(&sandbox.path("project/pipeline.py"), 1_600_000_000, 0);
            stub_refresh(&sandbox);
            old.extend(caches());
            write_config(&sandbox, NEW_CONFIG);
        }
        stub_refresh(&sandbox);
        let new = caches().to_vec();
        Self { sandbox, old, new }
    }

    fn longest_len(&self) -> usize {
        self.new.iter().map(|(_, content)| content.len()).max().unwrap()
    }

    /// Puts everything back as it was before the fault.
    fn reset(&self) {
        let _ = fs::remove_dir_all(self.sandbox.path("project/.pivot/cache"));
        self.old.iter().for_each(|(name, content)| {
            self.sandbox.write(name, content);
        });
    }

    /// The calls of a run without any fault.
    fn clean_run(&self, asked: Asked) -> Vec<Call> {
        self.reset();
        let (ran, calls) = traced(&self.sandbox, &asked.command(&self.sandbox), &[]);
        assert_eq!(asked.names(&ran), NEW_NAMES);
        calls
    }

    /// Runs with one fault and checks what it did; whether the fault came to pass.
    fn survives(&self, asked: Asked, call: &Call, error: &str) -> Result<bool, String> {
        let expression = call.inject(&format!("error={error}"));
        let command = asked.command(&self.sandbox);
        let (ran, calls) = traced(&self.sandbox, &command, &[&expression]);
        let what = || format!("{asked:?} with {expression}\n    {}\n    {ran:?}", call.line);
        if !asked.is_answered(&ran) {
            return Err(what());
        }
        self.is_whole().map_err(|why| format!("{}\n    {why}", what()))?;
        // Where a removal failed, the next write makes up for it.
        if self.has_litter() {
            let next = self.sandbox.run(&["refresh"]);
            assert_eq!(next.code, 0, "{next:?} after {}", what());
            assert_no_litter(&self.sandbox, "project");
        }
        Ok(was_injected(&calls))
    }

    fn has_litter(&self) -> bool {
        let listed = self.sandbox.listing("project/.pivot/cache");
        listed.iter().any(|name| name.ends_with(".tmp") || name.ends_with(".lock"))
    }

    /// Whether each file is the old or the new one, and the next command right.
    fn is_whole(&self) -> Result<(), String> {
        for (name, new) in &self.new {
            let found = fs::read(self.sandbox.path(name)).ok().map(|bytes| content(&bytes));
            let old = self.old.iter().find(|(old, _)| old == name);
            if found != old.map(|(_, old)| content(old)) && found != Some(content(new)) {
                return Err(format!("{name} is {found:?}"));
            }
        }
        let next = self.sandbox.run(&["stages"]);
        if Asked::Stages.is_answered(&next) { Ok(()) } else { Err(format!("then {next:?}")) }
    }
}

fn faults_of(call: &Call) -> &'static [&'static str] {
    WRITE_FAULTS.iter().find(|(name, _)| *name == call.name).map_or(&[], |(_, errors)| errors)
}

#[track_caller]
fn stub_refresh(sandbox: &Sandbox) {
    let before = discoveries(sandbox);
    assert_eq!(sandbox.run(&["refresh"]).code, 0);
    assert_eq!(discoveries(sandbox), before + 1);
}

fn read(sandbox: &Sandbox, name: &str) -> Vec<u8> {
    fs::read(sandbox.path(name)).unwrap()
}
