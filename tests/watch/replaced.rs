//! The watcher itself upgraded or removed, and whoever reads what it says gone.

use std::io::{BufRead, BufReader};

use super::*;
use crate::support::{engine, front};

const PROGRAMS: [&str; 2] = ["pivot-complete", "pivot-complete-engine"];

/// The programs as an installation of their own, put there by rename.
fn install(sandbox: &Sandbox) {
    sandbox.make_directory("own");
    for (name, from) in PROGRAMS.into_iter().zip([front(), engine()]) {
        fs::copy(from, sandbox.path("own/new")).unwrap();
        fs::rename(sandbox.path("own/new"), sandbox.path("own").join(name)).unwrap();
    }
}

fn begun_by_own(sandbox: &Sandbox) -> (Shell, i32) {
    install(sandbox);
    begun_by(sandbox, sandbox.command(sandbox.path("own/pivot-complete"), "project"))
}

#[test]
fn an_upgraded_one_goes_on() {
    let sandbox = project();
    let _watched = Watched(&sandbox);
    let (_shell, watcher) = begun_by_own(&sandbox);
    install(&sandbox);
    sandbox.write("project/names.py", "NAMES = ['b']\n");
    becomes_a_hit(&sandbox, "b");
    // As pip does: the old one is put aside, and removed at the end.
    sandbox.make_directory("aside");
    for name in PROGRAMS {
        fs::rename(sandbox.path("own").join(name), sandbox.path("aside").join(name)).unwrap();
    }
    install(&sandbox);
    fs::remove_dir_all(sandbox.path("aside")).unwrap();
    sandbox.write("project/names.py", "NAMES = ['c']\n");
    becomes_a_hit(&sandbox, "c");
    assert_eq!(watchers(&sandbox), [watcher]);
}

#[test]
fn one_whose_program_is_gone_ends() {
    let sandbox = project();
    let _watched = Watched(&sandbox);
    let (shell, watcher) = begun_by_own(&sandbox);
    fs::remove_dir_all(sandbox.path("own")).unwrap();
    sandbox.write("project/names.py", "NAMES = ['b']\n");
    wait_until(100, "it ends", || !is_alive(watcher));
    assert_eq!(rooms(&sandbox), Vec::<PathBuf>::new());
    // The next prompt starts another one.
    shell.prompt(&sandbox);
    becomes_a_hit(&sandbox, "b");
}

#[test]
fn a_project_that_comes_back_slowly_is_discovered() {
    let sandbox = project();
    let _watched = Watched(&sandbox);
    fs::create_dir(sandbox.path("above")).unwrap();
    fs::rename(sandbox.path("project"), sandbox.path("above/project")).unwrap();
    let shell = Shell::new();
    shell.prompt_with(sandbox.front_in("above/project", &[]));
    let names = |names: &str| {
        let known = || ran(sandbox.front_in("above/project", &["stages", "--cached"])).stdout;
        wait_for(names, &sandbox, || known() == format!("demo/fit@{names}\n"));
    };
    names("a");
    for (gone, name) in [("above/project", "b"), ("above", "c")] {
        fs::remove_dir_all(sandbox.path(gone)).unwrap();
        // Longer than anything settles.
        let pause = || std::thread::sleep(Duration::from_secs(2));
        pause();
        fs::create_dir_all(sandbox.path("above")).unwrap();
        pause();
        let _ = fs::create_dir(sandbox.path("above/project"));
        pause();
        sandbox.make_directory("above/project/.pivot");
        pause();
        sandbox.write("above/project/names.py", format!("NAMES = ['{name}']\n"));
        sandbox.write("above/project/pipeline.py", PIPELINE);
        names(name);
    }
    assert_eq!(watchers(&sandbox).len(), 1);
}

#[test]
fn one_that_nobody_reads_ends() {
    for says_more in [false, true] {
        let sandbox = project();
        let _watched = Watched(&sandbox);
        let mut command = sandbox.front_in("project", &["watch"]);
        let errors = fs::File::create(sandbox.path("errors")).unwrap();
        command.stdout(Stdio::piped()).stderr(errors);
        let mut running = command.spawn().unwrap();
        let mut reader = BufReader::new(running.stdout.take().unwrap());
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        assert!(line.contains("1 stages"), "{line}");
        drop(reader);
        if says_more {
            sandbox.write("project/names.py", "NAMES = ['b']\n");
        }
        wait_until(100, "it ends", || running.try_wait().unwrap().is_some());
        assert_eq!(running.wait().unwrap().code(), Some(0));
        assert_eq!(fs::read_to_string(sandbox.path("errors")).unwrap(), "");
        assert_eq!(rooms(&sandbox), Vec::<PathBuf>::new());
    }
}
