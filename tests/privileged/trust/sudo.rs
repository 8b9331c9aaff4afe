//! A process with another effective user than the owner of HOME (`sudo -E`) writes nothing
//! there.

use std::fs;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::ground::{ANOTHER, Ground, ME, Scene, snapshot};
use crate::support::rights::{ROOT, Shared, VISITOR};
use crate::support::{Pivot, pipeline_0511, ran, start, wait_until};

/// Everything that might write: TABs and commands of every kind.
const COMMANDS: [&[&str]; 13] = [
    &["stages"],
    &["stages", "--all"],
    &["targets"],
    &["refresh"],
    &["manifest", "--json"],
    &["status"],
    &["doctor"],
    &["trust"],
    &["trust", "--remove"],
    &["clear"],
    &["clear", "--all"],
    &["describe"],
    &["init", "--watch", "bash"],
];

/// What is in the home before: nothing, what the user's programs made, or our own caches.
#[derive(Clone, Copy, Debug)]
enum Home {
    Empty,
    Directories,
    Ours,
}

/// `me` with a home of `owner`, and a project of one's own that a TAB may discover.
fn scene(ground: &Ground, me: u32, owner: u32, home: Home) -> Scene {
    let mut scene = ground.scene(owner);
    let python = scene.python("tools/bin/python3", "found", 0, 0o755);
    scene.script("tools/bin/pivot", &python.display().to_string(), 0, 0o755);
    scene.set("PATH", "{}/tools/bin");
    match home {
        Home::Empty => {}
        Home::Directories => {
            scene.directory("home/.cache", owner, 0o755);
            scene.directory("home/.config", owner, 0o755);
        }
        Home::Ours => {
            assert_eq!(scene.tab(&["pivot", "repr"]).candidates(), ["repro"]);
            assert_eq!(scene.run(&["trust"]).code, 0);
        }
    }
    // So that nothing but our own care keeps others out of it.
    scene.directory("home", owner, 0o777);
    scene.me = me;
    scene.directory("project/.pivot", me, 0o755);
    scene.directory("project", me, 0o755);
    scene.file("project/pipeline.py", "", me, 0o644);
    let _ = fs::remove_dir_all(scene.path("project/.pivot/cache"));
    scene.take_marks();
    scene
}

#[test]
fn root_writes_nothing_into_a_users_home() {
    leave_alone(0, ME);
}

#[test]
fn nobody_writes_into_a_home_that_is_anothers() {
    leave_alone(ME, ANOTHER);
}

/// HOME=/ and HOME=/tmp in containers: open to the user, and root's.
#[test]
fn nobody_writes_into_a_home_that_is_roots() {
    leave_alone(ME, 0);
}

#[track_caller]
fn leave_alone(me: u32, owner: u32) {
    let ground = Ground::new();
    let mut failures = Vec::new();
    {
        for home in [Home::Empty, Home::Directories, Home::Ours] {
            for xdg in [false, true] {
                let mut scene = scene(&ground, me, owner, home);
                if xdg {
                    scene.set("XDG_CACHE_HOME", "{}/home/.cache");
                    scene.set("XDG_CONFIG_HOME", "{}/home/.config");
                }
                let before = snapshot(&scene.path("home"));
                let mut check = |what: &str| {
                    let after = snapshot(&scene.path("home"));
                    if after != before {
                        let new: Vec<_> =
                            after.iter().filter(|line| !before.contains(line)).collect();
                        failures.push(format!(
                            "user {me}, home of {owner}, {home:?}, XDG {xdg}, {what}: {new:?}"
                        ));
                        return false;
                    }
                    true
                };
                let tabs =
                    [&["pivot", "repr"][..], &["pivot", "repro", ""], &["pivot", "config", ""]];
                let fine = tabs.iter().all(|words| {
                    let said = scene.tab(words);
                    assert_eq!((said.code, said.stderr.as_str()), (0, ""), "{said:?}");
                    check(&format!("{words:?}"))
                });
                let _ =
                    fine && {
                        ran(scene.command("pivot-complete-engine", &["prewarm"]));
                        ran(scene.command("pivot-complete-engine", &["prewarm", "--places"]));
                        check("the prompt hook")
                    } && COMMANDS.iter().all(|command| {
                        let said = scene.run(command);
                        if command[0] == "trust" {
                            assert_eq!(said.code, 1, "{said:?}");
                            let named = ["pivot-complete/trusted: HOME", "root writes to /etc/"];
                            let is_told = named.iter().all(|part| said.stderr.contains(part));
                            assert!(is_told, "the list and the remedy: {said:?}");
                        }
                        check(&format!("{command:?}"))
                    }) && {
                        watch_for_a_moment(&scene);
                        check("the watcher")
                    };
            }
        }
    }
    assert!(failures.is_empty(), "{failures:#?}");
}

/// A watcher that has discovered once, and is ended by Ctrl-C.
#[track_caller]
fn watch_for_a_moment(scene: &Scene) {
    let said = scene.path("said");
    let mut watch = scene.command("pivot-complete", &["watch"]);
    watch.stdout(fs::File::create(&said).unwrap());
    let mut watch = start(watch);
    wait_until(60, "it discovers", || {
        fs::read(&said).unwrap().ends_with(b"\n") || watch.try_wait().unwrap().is_some()
    });
    let _ = kill(Pid::from_raw(watch.id() as i32), Signal::SIGINT);
    watch.wait().unwrap();
    assert_ne!(fs::read(said).unwrap(), b"", "it does not watch");
}

/// It is answered all the same.
#[test]
fn root_with_the_users_home_is_answered() {
    let ground = Ground::new();
    let scene = scene(&ground, 0, ME, Home::Ours);
    assert_eq!(scene.tab(&["pivot", "repro", ""]).candidates(), ["by-found"]);
    assert_eq!(scene.tab(&["pivot", "repr"]).candidates(), ["repro"]);
}

/// Where the user has no description of Pivot, one is made once, in a directory of one's own.
#[test]
fn root_with_the_users_home_is_answered_from_a_cache_of_his_own() {
    let ground = Ground::new();
    let scene = scene(&ground, 0, ME, Home::Empty);
    for marks in [1, 0] {
        assert_eq!(scene.tab(&["pivot", "repr"]).candidates(), ["repro"]);
        let made = scene.take_marks();
        assert_eq!(made.len(), marks, "{made:?}");
    }
}

/// The user's list is the user's consent, not root's.
#[test]
fn the_users_list_does_not_speak_for_root() {
    let ground = Ground::new();
    let scene = scene(&ground, 0, ME, Home::Empty);
    scene.directory("project", ANOTHER, 0o755);
    let line = format!("{}\n", scene.path("project").display());
    scene.file("home/.config/pivot-complete/trusted", line, ME, 0o600);
    scene.tab(&["pivot", "repro", ""]);
    assert_eq!(scene.take_marks(), [""; 0]);
}

/// Python's bytecode too: a directory of root's in a user's environment is one that they cannot
/// remove.
#[test]
fn root_leaves_no_bytecode_in_a_users_environment() {
    let mut shared = Shared::with_pivot();
    let packages = shared.sandbox.environment("visitor/env", Pivot::V0511);
    fs::write(packages.join("helper_of_mine.py"), "").unwrap();
    shared.give("visitor", VISITOR);
    let text = format!("import helper_of_mine\n{}", pipeline_0511("demo", &["train"]));
    shared.sandbox.make_directory("project/.pivot");
    shared.sandbox.write("project/pipeline.py", text);
    shared.give("project", ROOT);
    let path = format!("{}:/usr/bin:/bin", shared.sandbox.path("visitor/env/bin").display());
    shared.sandbox.set("PATH", path);
    let before = snapshot(&shared.sandbox.path("visitor"));
    let mut tab = shared.tab(ROOT, "project", &["pivot", "repro", ""]);
    tab.env("HOME", shared.sandbox.path("visitor")).env_remove("PYTHONDONTWRITEBYTECODE");
    assert_eq!(ran(tab).candidates(), ["demo/train", "train"]);
    let after = snapshot(&shared.sandbox.path("visitor"));
    let new: Vec<_> = after.iter().filter(|line| !before.contains(line)).collect();
    assert!(new.is_empty(), "{new:#?}");
}
