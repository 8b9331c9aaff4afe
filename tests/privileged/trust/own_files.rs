//! Locks that no stranger can hold, and data of the user's own that lies where our
//! caches do, by a link or by its name. Only files whose content says that they are ours are written
//! over, swept or removed.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use nix::fcntl::{Flock, FlockArg};

use super::ground::{ANOTHER, Ground, ME, Scene};
use crate::support::{ran, start, wait_until};

/// My project, and a Pivot of root's on PATH that answers.
fn scene(ground: &Ground) -> Scene {
    ground.with_pivot()
}

/// Whether another user can open `file`, and so lock it.
fn can_be_opened_by_another(file: &Path) -> bool {
    let mut command = Command::new("/bin/sh");
    command.args(["-c", "exec 3< \"$0\""]).arg(file).uid(ANOTHER).gid(ANOTHER);
    command.stderr(Stdio::null()).current_dir("/");
    command.status().unwrap().success()
}

/// All files below `top`.
fn files_below(top: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut left = vec![top.to_path_buf()];
    while let Some(directory) = left.pop() {
        for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
            let is_directory = entry.file_type().unwrap().is_dir();
            if is_directory { &mut left } else { &mut found }.push(entry.path());
        }
    }
    found
}

/// Those whose names say that they are locks.
fn locks_below(top: &Path) -> Vec<PathBuf> {
    let is_lock = |path: &PathBuf| path.file_name().unwrap().to_string_lossy().contains("lock");
    files_below(top).into_iter().filter(is_lock).collect()
}

/// While a discovery runs, its lock is there.
#[test]
fn a_stranger_who_can_read_the_project_cannot_hold_its_lock() {
    let ground = Ground::new();
    let scene = scene(&ground);
    let (go, waits) = (scene.path("go"), scene.path("waits"));
    scene.file("waits", "", 0, 0o666);
    let python = fs::read_to_string(scene.path("tools/bin/python3")).unwrap();
    let waiting = format!(
        "#!/bin/sh\necho x >> {waits:?}\nwhile [ ! -e {go:?} ]; do /bin/sleep 0.02; done\n{}",
        python.strip_prefix("#!/bin/sh\n").unwrap()
    );
    scene.file("tools/bin/python3", waiting, 0, 0o755);
    let mut tab = scene.command("pivot-complete", &["complete", "bash"]);
    tab.env("COMP_WORDS", "pivot\nrepro\n").env("COMP_CWORD", "2");
    tab.stdout(Stdio::piped()).stderr(Stdio::piped());
    let tab = start(tab);
    wait_until(60, "the discovery runs", || fs::metadata(&waits).unwrap().len() > 0);
    let locks = [scene.path("project"), scene.path("tmp")].map(|top| locks_below(&top)).concat();
    let held: Vec<_> = locks.iter().filter(|lock| can_be_opened_by_another(lock)).collect();
    scene.file("go", "", 0, 0o644);
    let said: crate::support::Ran = tab.wait_with_output().unwrap().into();
    assert_eq!(said.candidates(), ["by-found"]);
    assert!(!locks.is_empty(), "a lock by another name?");
    assert!(held.is_empty(), "another user can lock {held:?}");
    // Those that stay.
    for command in ["refresh", "status", "trust"] {
        scene.run(&[command]);
    }
    let locks = [scene.path("project"), scene.path("home")].map(|top| locks_below(&top)).concat();
    let held: Vec<_> = locks.iter().filter(|lock| can_be_opened_by_another(lock)).collect();
    assert!(held.is_empty(), "another user can lock {held:?}");
}

/// One that an earlier release left where everyone can read it, held for ever.
#[test]
fn a_lock_that_others_can_read_holds_nobody_up() {
    let ground = Ground::new();
    let mut scene = scene(&ground);
    scene.set("PIVOT_COMPLETE_TIMEOUT", "10");
    let lock = scene.file("project/.pivot/cache/complete.lock", "", ME, 0o644);
    assert!(can_be_opened_by_another(&lock));
    let held = Flock::lock(File::open(&lock).unwrap(), FlockArg::LockExclusive);
    let held = held.map_err(|(_, error)| error).unwrap();
    assert_eq!(scene.tab(&["pivot", "repro", ""]).candidates(), ["by-found"]);
    drop(held);
}

#[test]
fn a_hard_linked_lock_is_not_truncated() {
    let ground = Ground::new();
    for name in ["complete.lock", "complete/state.lock"] {
        let scene = scene(&ground);
        let precious = scene.file("home/precious", "my own words\n", ME, 0o644);
        let lock = scene.file(&format!("project/.pivot/cache/{name}"), "", ME, 0o644);
        fs::remove_file(&lock).unwrap();
        for command in [&["stages"][..], &["refresh"], &["status"], &["manifest", "--json"]] {
            if !lock.exists() {
                scene.directory(
                    lock.parent().unwrap().strip_prefix(&scene.top).unwrap().to_str().unwrap(),
                    ME,
                    0o755,
                );
                fs::hard_link(&precious, &lock).unwrap();
            }
            scene.tab(&["pivot", "repro", ""]);
            scene.run(command);
            ran(scene.command("pivot-complete-engine", &["prewarm"]));
            let now = fs::read_to_string(&precious).unwrap();
            assert_eq!(now, "my own words\n", "{name} {command:?}");
        }
    }
}

/// What the user may have there: names that ours have, and content that is not ours.
fn fill(scene: &Scene, at: &str) {
    let put = |name: &str| {
        drop(scene.file(&format!("{at}/{name}"), format!("mine: {name}\n"), ME, 0o644))
    };
    for name in [
        "stages.cache",
        "complete.lock",
        "prewarm",
        "state.lock",
        "thesis.tex",
        ".hidden",
        "state.sled/db",
        "state.sled/snap.1.generating",
        "state.sled.broken/db",
        "trusted",
        "state.sled.next/db",
        "state.sled.previous/db",
        "remotes/notes",
        "pivot-complete/thesis.tex",
    ] {
        put(name);
    }
    for number in 0..100 {
        put(&format!("music-{number}.store"));
        put(&format!("{number:016x}.store"));
        put(&format!("remotes/{number:016x}.store"));
    }
    // Long ago, as data is.
    for name in files(&scene.path(at)).keys() {
        crate::support::set_mtime(&scene.path(at).join(name), 1_600_000_000, 0);
    }
    scene.directory(at, ME, 0o755);
}

/// Each file below `top` with its content.
fn files(top: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let named =
        |path: PathBuf| (path.strip_prefix(top).unwrap().to_path_buf(), fs::read(&path).unwrap());
    files_below(top).into_iter().map(named).collect()
}

/// Every command that writes, sweeps or removes.
const COMMANDS: [&[&str]; 7] = [
    &["stages"],
    &["refresh"],
    &["manifest", "--json"],
    &["status"],
    &["describe"],
    &["clear"],
    &["clear", "--all"],
];

/// Presses and runs everything; names each step after which a file of `data` is another or gone.
fn harm(scene: &Scene, data: &str, what: &str) -> Vec<String> {
    let top = scene.path(data);
    let before = files(&top);
    let mut failures = Vec::new();
    let mut known_harm = std::collections::BTreeSet::new();
    let mut check = |step: &str| {
        let after = files(&top);
        let harmed = before.iter().filter(|(name, content)| after.get(*name) != Some(*content));
        let harmed: Vec<_> = harmed.map(|(name, _)| name.clone()).collect();
        let new: Vec<_> = harmed.iter().filter(|name| !known_harm.contains(*name)).collect();
        if !new.is_empty() {
            let some = new.iter().take(3).map(|name| name.display().to_string());
            let some = some.collect::<Vec<_>>().join(", ");
            failures.push(format!("{what}: {step}: {} files: {some} …", new.len()));
        }
        known_harm.extend(harmed);
    };
    for words in [&["pivot", "repro", ""][..], &["pivot", "repr"], &["pivot", "repro", "--"]] {
        let said = scene.tab(words);
        assert_eq!((said.code, said.stderr.as_str()), (0, ""), "{what} {words:?}: {said:?}");
        check(&format!("TAB {words:?}"));
    }
    ran(scene.command("pivot-complete-engine", &["prewarm"]));
    check("the prompt hook");
    for command in COMMANDS {
        scene.run(command);
        check(&format!("{command:?}"));
    }
    failures
}

#[test]
fn data_behind_a_link_is_left_alone() {
    let ground = Ground::new();
    let mut failures = Vec::new();
    for link in [
        "project/.pivot",
        "project/.pivot/cache",
        "project/.pivot/cache/complete",
        "home/.cache",
        "home/.cache/pivot-complete",
        "home/.cache/pivot-complete/remotes",
    ] {
        let scene = scene(&ground);
        fill(&scene, "home/data");
        for below in ["cache", "cache/complete", "complete", "pivot-complete"] {
            fill(&scene, &format!("home/data/{below}"));
        }
        if scene.path(link).is_dir() {
            fs::remove_dir(scene.path(link)).unwrap();
        }
        scene.link(link, scene.path("home/data"), ME);
        failures.extend(harm(&scene, "home/data", link));
    }
    assert!(failures.is_empty(), "{failures:#?}");
}

/// Data that lies there itself: a checkout called `pivot-complete` below XDG_CACHE_HOME, somebody's
/// files in `.pivot/cache`. There `stages.cache` is Pivot's name, which it overwrites as we do.
#[test]
fn data_beside_our_caches_is_left_alone() {
    let ground = Ground::new();
    let mut failures = Vec::new();
    for (data, set) in [
        ("home/src/pivot-complete", Some("{}/home/src")),
        ("home/.cache/pivot-complete", None),
        ("project/.pivot/cache/complete", None),
        ("project/.pivot/cache", None),
    ] {
        let mut scene = scene(&ground);
        if let Some(cache_home) = set {
            scene.set("XDG_CACHE_HOME", cache_home);
        }
        fill(&scene, data);
        if data == "project/.pivot/cache" {
            fs::remove_file(scene.path(data).join("stages.cache")).unwrap();
        }
        // A database there that does not open is ours and broken, and set aside.
        for name in ["state.sled", "state.sled.broken", "state.sled.next", "state.sled.previous"] {
            fs::remove_dir_all(scene.path(data).join(name)).unwrap();
        }
        failures.extend(harm(&scene, data, data));
    }
    assert!(failures.is_empty(), "{failures:#?}");
}

/// What is ours goes with `clear`, also from among others' files.
#[test]
fn clear_removes_what_is_ours() {
    let ground = Ground::new();
    let scene = scene(&ground);
    assert_eq!(scene.tab(&["pivot", "repr"]).candidates(), ["repro"]);
    let cache = "home/.cache/pivot-complete";
    let ours = files(&scene.path(cache));
    assert!(!ours.is_empty());
    scene.file(&format!("{cache}/thesis.tex"), "mine\n", ME, 0o644);
    assert_eq!(scene.run(&["clear", "--all"]).code, 0);
    let left: Vec<_> = files(&scene.path(cache)).into_keys().collect();
    assert_eq!(left, [PathBuf::from("thesis.tex")]);
}
