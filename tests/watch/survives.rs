//! What happens to projects, machines and systems while it watches.

use super::*;

#[test]
fn limits_of_the_kernel_are_said_and_end_it() {
    for limit in ["max_inotify_watches", "max_inotify_instances"] {
        let sandbox = project();
        let _watched = Watched(&sandbox);
        // In a namespace of its own, so that nobody else hears of it.
        let limited = |arguments: &str| {
            let front = crate::support::front();
            let script =
                format!("echo 1 >/proc/sys/user/{limit} && exec '{}' {arguments}", front.display());
            let mut command = sandbox.command("/usr/bin/unshare", "project");
            command.args(["--user", "--map-root-user", "/bin/sh", "-c", &script]);
            command
        };
        let said = ran(limited("watch"));
        assert_eq!(said.code, 1, "{limit}: {said:?}");
        assert!(said.stderr.contains("watches no more"), "{limit}: {said:?}");
        assert_eq!(rooms(&sandbox), Vec::<PathBuf>::new(), "{limit}");
        // One that a prompt has started leaves a note, and the next prompt starts none.
        let shell = Shell::new();
        let prompt = format!("watch --behind {}", shell.0.id());
        assert_eq!(ran(limited(&prompt)).code, 0);
        let notes = || rooms(&sandbox).iter().filter(|room| room.join("limit").exists()).count();
        wait_until(100, "it leaves a note", || notes() == 1 && watchers(&sandbox).is_empty());
        shell.prompt(&sandbox);
        assert_eq!(watchers(&sandbox), [0; 0], "{limit}");
        let said = ran(sandbox.front_in("project", &["doctor"])).stdout;
        assert!(said.contains("fs.inotify.max_user_watches"), "{limit}: {said}");
    }
}

/// Where its lock cannot be had nobody watches, and it says so.
#[test]
fn a_lock_that_cannot_be_had_is_said() {
    let sandbox = project();
    let _watched = Watched(&sandbox);
    let watch = || sandbox.front_in("project", &["watch"]);
    let (_shell, watcher) = begun(&sandbox);
    let lock = rooms(&sandbox)[0].join("lock");
    kill(Pid::from_raw(watcher), Signal::SIGKILL).unwrap();
    wait_until(100, "it ends", || !is_alive(watcher));
    let refused = |command: Command| {
        let said = ran(command);
        assert_eq!((said.code, said.stdout.as_str()), (1, ""), "{said:?}");
        assert!(said.stderr.contains(lock.to_str().unwrap()), "{said:?}");
    };
    // No file system without locks is one of another watcher.
    let mut without = sandbox.command("strace", "project");
    without.args(["-f", "-o", "/dev/null", "-e", "inject=flock:error=ENOLCK", "--"]);
    without.arg(watch().get_program()).arg("watch");
    refused(without);
    fs::write(&lock, "somebody's data").unwrap();
    refused(watch());
    assert_eq!(fs::read_to_string(&lock).unwrap(), "somebody's data");
    fs::remove_file(&lock).unwrap();
    fs::create_dir(&lock).unwrap();
    refused(watch());
    fs::remove_dir(&lock).unwrap();
}

#[test]
fn a_stopped_one_goes_on_and_a_sessions_end_ends_it() {
    let sandbox = project();
    let _watched = Watched(&sandbox);
    let (shell, watcher) = begun(&sandbox);
    let id = Pid::from_raw(watcher);
    // As by a machine that sleeps.
    kill(id, Signal::SIGSTOP).unwrap();
    sandbox.write("project/names.py", "NAMES = ['b']\n");
    // Nobody waits for one that is stopped: a prompt comes as soon, and a TAB discovers itself.
    shell.prompt(&sandbox);
    let said = ran(sandbox.front_in("project", &["stages"]));
    assert_eq!(said.stdout, "demo/fit@b\n", "{said:?}");
    sandbox.write("project/names.py", "NAMES = ['c']\n");
    kill(id, Signal::SIGCONT).unwrap();
    becomes_a_hit(&sandbox, "c");
    assert_eq!(watchers(&sandbox), [watcher]);
    kill(id, Signal::SIGHUP).unwrap();
    wait_until(100, "it ends", || !is_alive(watcher));
    // The shell's words lie there until it ends, or another watcher comes; nothing else does.
    shell.prompt(&sandbox);
    wait_until(100, "another one", || watchers(&sandbox).iter().any(|id| *id != watcher));
    sandbox.write("project/names.py", "NAMES = ['d']\n");
    becomes_a_hit(&sandbox, "d");
    drop(shell);
    wait_until(100, "nothing is left", || rooms(&sandbox).is_empty());
}

#[test]
fn an_upgraded_environment_is_discovered_with() {
    let mut sandbox = project();
    let packages = sandbox.environment("env", crate::support::Pivot::V0511);
    let bin = sandbox.path("env/bin");
    sandbox.prepend_path(bin);
    let _watched = Watched(&sandbox);
    sandbox.write("project/names.py", "import own\nNAMES = own.NAMES\n");
    fs::create_dir(packages.join("own")).unwrap();
    fs::write(packages.join("own/__init__.py"), "NAMES = ['one']\n").unwrap();
    let shell = Shell::new();
    shell.prompt(&sandbox);
    becomes_a_hit(&sandbox, "one");
    // As pip does: the old one goes, the new one comes.
    fs::remove_dir_all(packages.join("own")).unwrap();
    fs::create_dir_all(packages.join("own-2.0.dist-info")).unwrap();
    fs::create_dir(packages.join("own")).unwrap();
    fs::write(packages.join("own/__init__.py"), "NAMES = ['two']\n").unwrap();
    becomes_a_hit(&sandbox, "two");
}

#[test]
fn an_environment_that_is_made_anew_is_discovered_with() {
    let mut sandbox = project();
    sandbox.environment("env", crate::support::Pivot::V0511);
    let bin = sandbox.path("env/bin");
    sandbox.set("PATH", format!("{}:/usr/bin:/bin", bin.display()));
    let _watched = Watched(&sandbox);
    let (_shell, _) = begun(&sandbox);
    fs::rename(sandbox.path("env"), sandbox.path("gone")).unwrap();
    sandbox.write("project/names.py", "NAMES = ['b']\n");
    let looks_in_vain = |line: &String| line == "engine nothing no-pivot";
    wait_until(100, "it looks in vain", || sandbox.trace().iter().any(looks_in_vain));
    // Longer than anything settles, or is tried again.
    std::thread::sleep(Duration::from_secs(3));
    fs::rename(sandbox.path("gone"), sandbox.path("env")).unwrap();
    becomes_a_hit(&sandbox, "b");
}

fn git(sandbox: &Sandbox, directory: &str, arguments: &[&str]) {
    let mut command = sandbox.command("git", directory);
    command.args(["-c", "user.name=x", "-c", "user.email=x@x", "-c", "gc.auto=0"]);
    let said = ran({
        command.args(arguments);
        command
    });
    assert_eq!(said.code, 0, "{said:?}");
}

#[test]
fn branches_of_thousands_of_files_and_clones_are_followed() {
    const FILES: usize = 3_000;
    let sandbox = project();
    let _watched = Watched(&sandbox);
    sandbox.write("project/.gitignore", ".pivot\n__pycache__\nbegun\n");
    git(&sandbox, "project", &["init", "--quiet", "--initial-branch=main"]);
    git(&sandbox, "project", &["add", "."]);
    git(&sandbox, "project", &["commit", "--quiet", "--message=a"]);
    git(&sandbox, "project", &["checkout", "--quiet", "-b", "other"]);
    for number in 0..FILES {
        sandbox.write(&format!("project/data/{}/{number}.txt", number % 50), "x");
    }
    sandbox.write("project/names.py", "NAMES = ['other']\n");
    git(&sandbox, "project", &["add", "."]);
    git(&sandbox, "project", &["commit", "--quiet", "--message=b"]);
    let shell = Shell::new();
    shell.prompt(&sandbox);
    becomes_a_hit(&sandbox, "other");
    for _ in 0..crate::support::soak::count(1, 10) {
        git(&sandbox, "project", &["checkout", "--quiet", "main"]);
        becomes_a_hit(&sandbox, "a");
        git(&sandbox, "project", &["checkout", "--quiet", "other"]);
        becomes_a_hit(&sandbox, "other");
    }
    // The project goes, and comes back as another clone.
    fs::rename(sandbox.path("project/.git"), sandbox.path("origin.git")).unwrap();
    fs::remove_dir_all(sandbox.path("project")).unwrap();
    git(&sandbox, ".", &["clone", "--quiet", "--branch=main", "origin.git", "project"]);
    sandbox.make_directory("project/.pivot");
    becomes_a_hit(&sandbox, "a");
}

/// Another watcher, the last there, takes it away when it goes.
#[test]
fn a_runtime_directory_that_goes_is_made_again() {
    let sandbox = project();
    let _watched = Watched(&sandbox);
    let directory = sandbox.path("run/pivot-complete");
    let is_over = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(std::sync::atomic::Ordering::Relaxed) {
                let _ = fs::remove_dir(&directory);
                // Not faster than anybody could make one: others have a processor, too.
                std::thread::sleep(Duration::from_micros(10));
            }
        });
        for round in 0..8 {
            let mut command = sandbox.front_in("project", &["watch"]);
            let out = fs::File::create(sandbox.path("said")).unwrap();
            command.stdout(out.try_clone().unwrap()).stderr(out);
            let mut running = command.spawn().unwrap();
            let said = || fs::read_to_string(sandbox.path("said")).unwrap();
            wait_until(100, "it says something", || said().ends_with('\n'));
            let _ = kill(Pid::from_raw(running.id() as i32), Signal::SIGINT);
            running.wait().unwrap();
            let said = said();
            is_over.store(!said.contains("1 stages"), std::sync::atomic::Ordering::Relaxed);
            assert!(said.contains("1 stages"), "{round}: {said}");
        }
        is_over.store(true, std::sync::atomic::Ordering::Relaxed);
    });
}
