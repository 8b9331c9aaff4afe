//! Where the description lies, and what becomes of it.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::time::{Duration, Instant};

use super::{application, describe, doctor, file, installed, run, stores};
use crate::support::{Pivot, Sandbox, ran, settle, start, wait_until};

#[test]
fn it_lies_in_the_directory_for_caches() {
    let (mut sandbox, _) = installed(&application(""));
    assert!(doctor(&sandbox).starts_with("not described yet ("), "{}", doctor(&sandbox));
    assert_eq!(describe(&sandbox), "discovered");
    assert_eq!(describe(&sandbox), "fresh");
    let file = file(&sandbox);
    let said = doctor(&sandbox);
    assert!(said.starts_with("fresh (Python 3.13, click 8.5.1, Pivot 9.9, "), "{said}");
    assert!(said.ends_with(&format!("; {})", file.display())), "{said}");
    let mode = |path: &std::path::Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(file.parent().unwrap()), 0o700);
    assert_eq!(mode(&sandbox.home().join(".cache")), 0o700);
    // Another one for another key, then elsewhere.
    sandbox.set("PYTHONPATH", sandbox.path("nowhere"));
    assert_eq!(describe(&sandbox), "discovered");
    assert_eq!(stores(&sandbox, "home/.cache/pivot-complete").len(), 2);
    sandbox.set("XDG_CACHE_HOME", "relative");
    assert_eq!(describe(&sandbox), "fresh");
    sandbox.set("XDG_CACHE_HOME", sandbox.path("caches"));
    assert_eq!(describe(&sandbox), "discovered");
    assert_eq!(stores(&sandbox, "caches/pivot-complete").len(), 1);
    assert_eq!(run(&sandbox, "home", &["clear", "--all"]).code, 0);
    assert!(!sandbox.path("caches/pivot-complete").exists());
}

#[test]
fn what_is_broken_is_made_anew() {
    let (sandbox, _) = installed(&application(""));
    describe(&sandbox);
    let file = file(&sandbox);
    let whole = fs::read(&file).unwrap();
    for place in [0, 9, 60, 200, whole.len() - 60] {
        let mut broken = whole.clone();
        broken[place] ^= 1;
        fs::write(&file, broken).unwrap();
        assert_eq!(describe(&sandbox), "discovered", "byte {place}");
    }
    fs::write(&file, &whole[..whole.len() / 2]).unwrap();
    assert_eq!(describe(&sandbox), "discovered");
    fs::remove_file(&file).unwrap();
    nix::unistd::mkfifo(&file, nix::sys::stat::Mode::S_IRUSR).unwrap();
    assert_eq!(describe(&sandbox), "discovered");
    assert!(file.metadata().unwrap().is_file());
}

#[test]
fn where_it_cannot_be_kept_it_is_told_all_the_same() {
    let (mut sandbox, _) = installed(&application(""));
    sandbox.write("occupied", "");
    sandbox.set("XDG_CACHE_HOME", sandbox.path("occupied"));
    sandbox.set("XDG_RUNTIME_DIR", sandbox.path("occupied"));
    for _ in 0..2 {
        assert_eq!(describe(&sandbox), "discovered");
    }
    let said = run(&sandbox, "home", &["describe", "--json"]);
    assert!(said.stdout.starts_with('{') && said.stderr.contains("was not cached"), "{said:?}");
    sandbox.set("XDG_CACHE_HOME", "");
    sandbox.set("HOME", "relative");
    for _ in 0..2 {
        assert_eq!(describe(&sandbox), "discovered");
    }
    assert_eq!(doctor(&sandbox), "no directory for caches");
}

/// Where the user's cannot be written it lies in the runtime directory, from which `clear --all` takes it.
#[test]
fn of_a_home_that_is_read_only_it_lies_in_the_runtime_directory() {
    let (mut sandbox, _) = installed(&application(""));
    sandbox.write("occupied", "");
    sandbox.set("XDG_CACHE_HOME", sandbox.path("occupied"));
    let runtime = sandbox.make_directory("runtime");
    sandbox.set("XDG_RUNTIME_DIR", &runtime);
    assert_eq!(
        ["discovered", "fresh"],
        [0; 2].map(|_| describe(&sandbox)).each_ref().map(|how| &how[..])
    );
    let said = run(&sandbox, "home", &["clear", "--all"]);
    assert!(said.stdout.contains(runtime.to_str().unwrap()), "{said:?}");
    assert!(!runtime.join("pivot-complete").exists());
}

/// Without a home it lies where locks do, and is made once all the same.
#[test]
fn without_a_directory_for_caches_it_lies_in_the_runtime_directory() {
    for home in ["", "relative"] {
        let (mut sandbox, _) = installed(&application(""));
        let runtime = sandbox.make_directory("runtime");
        sandbox.set("XDG_CACHE_HOME", "relative");
        sandbox.set("HOME", home);
        sandbox.set("XDG_RUNTIME_DIR", &runtime);
        sandbox.start_trace();
        for how in ["described", "fresh", "fresh"] {
            sandbox.tab_in("home", &["pivot", "--"]);
            assert_eq!(sandbox.trace().last().unwrap(), &format!("engine answered {how}"));
            settle(Path::new(home));
        }
        let said = doctor(&sandbox);
        let kept = runtime.join("pivot-complete").display().to_string();
        assert!(said.starts_with("fresh (") && said.contains(&kept), "{said}");
        // One that another may write to counts for nothing.
        let directory = runtime.join("pivot-complete");
        fs::set_permissions(&directory, fs::Permissions::from_mode(0o777)).unwrap();
        sandbox.tab_in("home", &["pivot", "--"]);
        assert_eq!(sandbox.trace().last().unwrap(), "engine answered described");
    }
}

#[test]
fn one_process_asks_for_all() {
    let (sandbox, _) = installed(&application(
        "import os, time\n\
         open(os.path.join(os.environ['HOME'], 'asked'), 'a').write('x')\ntime.sleep(1)",
    ));
    let started: Vec<_> = (0..4)
        .map(|_| {
            let mut command = sandbox.command(super::engine(), "home");
            command.arg("describe");
            start(command)
        })
        .collect();
    for child in started {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{output:?}");
    }
    assert_eq!(fs::read_to_string(sandbox.path("home/asked")).unwrap(), "x");
    file(&sandbox);
}

#[test]
fn at_most_so_many_are_kept() {
    let (sandbox, _) = installed(&application(""));
    describe(&sandbox);
    let own = file(&sandbox);
    for number in 0..40 {
        sandbox.write(
            &format!("home/.cache/pivot-complete/{number:016x}.store"),
            "PvtStore, an old one",
        );
    }
    // What is not ours stays, whatever its name.
    let foreign = sandbox.write("home/.cache/pivot-complete/00000000000000ff.store", "mine");
    fs::remove_file(own).unwrap();
    describe(&sandbox);
    assert_eq!(stores(&sandbox, "home/.cache/pivot-complete").len(), 32 + 1);
    assert_eq!(fs::read_to_string(foreign).unwrap(), "mine");
    assert_eq!(describe(&sandbox), "fresh");
}

/// Installs an application and does this while all stamps of it are younger than two seconds, as
/// often as a busy machine needs for that.
#[track_caller]
fn while_young<T>(act: impl Fn(&Sandbox) -> T) -> (Sandbox, T) {
    let attempt = |_| {
        let begin = Instant::now();
        let (sandbox, _) = installed(&application(""));
        let done = act(&sandbox);
        (begin.elapsed() < Duration::from_secs(2)).then_some((sandbox, done))
    };
    (0..50).find_map(attempt).expect("it takes less than two seconds once")
}

#[test]
fn stamps_that_proved_nothing_are_taken_anew() {
    let inode = |sandbox: &Sandbox| file(sandbox).metadata().unwrap().ino();
    let (sandbox, (first, how, second)) = while_young(|sandbox| {
        describe(sandbox);
        let first = inode(sandbox);
        (first, describe(sandbox), inode(sandbox))
    });
    assert_eq!((how, second), ("fresh".into(), first), "nothing has aged");
    let inode = || inode(&sandbox);
    std::thread::sleep(Duration::from_secs(5));
    assert_eq!(describe(&sandbox), "fresh");
    let renewed = inode();
    assert_ne!(renewed, first);
    assert_eq!((describe(&sandbox), inode()), ("fresh".into(), renewed), "once");
    // The same by its name, as a TAB starts it behind itself.
    let name = file(&sandbox).file_name().unwrap().to_str().unwrap().to_owned();
    assert_eq!(run(&sandbox, "home", &["renew", &name]).code, 0);
    assert_ne!(inode(), renewed);
    assert_eq!(describe(&sandbox), "fresh");
}

#[test]
fn a_tab_has_stamps_taken_anew_behind_itself() {
    let (sandbox, _) = while_young(describe);
    let own = file(&sandbox);
    let inode = || own.metadata().unwrap().ino();
    let first = inode();
    std::thread::sleep(Duration::from_secs(5));
    assert_eq!(sandbox.tab_in("home", &["pivot", "ru"]).candidates(), ["run"]);
    wait_until(60, "another file", || inode() != first);
}

#[test]
fn the_last_description_answers_where_nobody_wants_to_wait() {
    let (mut sandbox, packages) = installed(&application(""));
    describe(&sandbox);
    sandbox.set("PIVOT_COMPLETE_ON_MISS", "stale");
    let cli = packages.join("pivot/cli/__init__.py");
    fs::write(&cli, application("").replace("def run", "def rune")).unwrap();
    fs::write(packages.join("pivot-9.9.dist-info/RECORD"), "pivot/__init__.py,sha256=z,0\n")
        .unwrap();
    sandbox.start_trace();
    assert_eq!(sandbox.tab_in("home", &["pivot", "ru"]).candidates(), ["run"]);
    assert_eq!(sandbox.trace().last().unwrap(), "engine answered on-miss-stale");
    wait_until(60, "the new one", || {
        sandbox.tab_in("home", &["pivot", "ru"]).candidates() == ["rune"]
    });
}

#[test]
fn no_pivot_no_description() {
    let mut sandbox = Sandbox::empty();
    let said = run(&sandbox, "home", &["describe"]);
    assert_eq!((said.code, said.stdout.as_str()), (1, ""));
    assert!(said.stderr.contains("cannot find pivot"), "{said:?}");
    // What a program runs that does not say which Python is asked by its own completion.
    let real = Pivot::V0511.bin().join("pivot").display().to_string();
    sandbox.write_program("bin/pivot", &format!("#!/bin/sh\nexec {real} \"$@\"\n"));
    sandbox.prepend_path(sandbox.path("bin"));
    let said = run(&sandbox, "home", &["describe"]);
    assert_eq!(said.code, 1);
    assert!(said.stderr.contains("does not tell which Python runs it"), "{said:?}");
    // Not inside of a discovery, which would wait for itself.
    sandbox.set("PIVOT_COMPLETE", "1");
    let mut command = sandbox.command(super::engine(), "home");
    command.arg("describe");
    assert!(ran(command).stderr.contains("PIVOT_COMPLETE is set"));
    assert!(!sandbox.path("home/.cache").join("pivot-complete").join("x.store").exists());
}
