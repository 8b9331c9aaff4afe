//! What watchers that were killed leave, and projects that are gone: it goes with whoever comes next.

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::time::SystemTime;

use super::*;

/// A room of a project that is gone, with these files in it.
fn room(sandbox: &Sandbox, number: u8, files: &[(&str, &str)]) -> PathBuf {
    let name = format!("run/pivot-complete/watch-{number:016x}-{number:016x}");
    let room = sandbox.make_directory(&name);
    for place in [room.parent().unwrap(), &room] {
        fs::set_permissions(place, fs::Permissions::from_mode(0o700)).unwrap();
    }
    files.iter().for_each(|(file, text)| drop(sandbox.write(&format!("{name}/{file}"), text)));
    room
}

/// The one there is, beside locks of discoveries.
fn room_of(sandbox: &Sandbox) -> PathBuf {
    rooms(sandbox).into_iter().find(|room| room.is_dir()).unwrap()
}

fn began(id: u32) -> String {
    let told = fs::read_to_string(format!("/proc/{id}/stat")).unwrap();
    told.rsplit_once(')').unwrap().1.split_whitespace().nth(19).unwrap().into()
}

fn age(file: PathBuf, seconds: u64) {
    let then = SystemTime::now() - Duration::from_secs(seconds);
    fs::File::options().write(true).open(file).unwrap().set_modified(then).unwrap();
}

const GONE: (&str, &str) = ("shell-4194999", "1\0/gone\0SECRET=hunter2\0");

#[test]
fn what_nobody_comes_back_to_is_cleared() {
    let sandbox = project();
    let killed = room(&sandbox, 1, &[GONE, ("lock", "4194998\n"), ("yield", "")]);
    let says = room(&sandbox, 2, &[GONE, ("limit", "")]);
    let said = room(&sandbox, 3, &[("limit", "")]);
    age(said.join("limit"), 601);
    let shell = Shell::new();
    let id = shell.0.id();
    let in_use = (format!("shell-{id}"), format!("{}\0/\0A=1\0", began(id)));
    let used = room(&sandbox, 4, &[(&in_use.0, &in_use.1), GONE]);
    // The id is another one's by now.
    let reused = room(&sandbox, 5, &[(&in_use.0, GONE.1)]);
    let temporary = ".pivot-complete-0123456789abcdef.tmp";
    let torn = room(&sandbox, 6, &[(temporary, GONE.1)]);
    age(torn.join(temporary), 61);
    let writing = room(&sandbox, 7, &[(temporary, GONE.1)]);
    let held = room(&sandbox, 8, &[GONE, ("lock", "1\n")]);
    let lock = fs::File::open(held.join("lock")).unwrap();
    lock.set_permissions(fs::Permissions::from_mode(0o600)).unwrap();
    lock.lock().unwrap();
    let strange = room(&sandbox, 9, &[("notes", "mine")]);
    let files = |room: &PathBuf| -> Vec<String> {
        let entries = fs::read_dir(room).into_iter().flatten();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    };
    let cleared = ran(sandbox.front_in("project", &["clear", "--all"]));
    assert_eq!(cleared.code, 0, "{cleared:?}");
    assert!(cleared.stdout.contains("6 files that shells left"), "{cleared:?}");
    for room in [killed, said, reused, torn] {
        assert!(!room.exists(), "{}", room.display());
    }
    assert_eq!(files(&says), ["limit"]);
    let mut both = [in_use.0.as_str(), GONE.0];
    both.sort_unstable();
    assert_eq!(files(&used), both);
    assert_eq!(files(&writing), [temporary]);
    assert_eq!(files(&held), ["lock", GONE.0]);
    assert_eq!(files(&strange), ["notes"]);
    drop(shell);
    drop(lock);
    age(writing.join(temporary), 61);
    assert_eq!(ran(sandbox.front_in("project", &["clear", "--all"])).code, 0);
    assert_eq!(rooms(&sandbox), [says, strange]);
}

#[test]
fn a_prompt_elsewhere_clears_what_a_killed_watcher_left() {
    let sandbox = project();
    let _watched = Watched(&sandbox);
    sandbox.make_directory("other/.pivot");
    sandbox.write("other/names.py", "NAMES = ['o']\n");
    sandbox.write("other/pipeline.py", PIPELINE);
    let (shell, watcher) = begun(&sandbox);
    let room = room_of(&sandbox);
    kill(Pid::from_raw(watcher), Signal::SIGKILL).unwrap();
    wait_until(100, "it ends", || !is_alive(watcher));
    drop(shell);
    fs::remove_dir_all(sandbox.path("project")).unwrap();
    assert!(room.exists());
    let elsewhere = Shell::new();
    elsewhere.prompt_with(sandbox.front_in("other", &[]));
    wait_until(100, "it is cleared", || !room.exists());
    wait_until(100, "another watcher", || !watchers(&sandbox).is_empty());
    drop(elsewhere);
    wait_until(100, "nothing is left", || rooms(&sandbox).is_empty());
    assert!(!sandbox.path("run/pivot-complete").exists());
}

#[test]
fn doctor_says_why_there_can_be_none() {
    let mut sandbox = project();
    sandbox.set("XDG_RUNTIME_DIR", sandbox.path("gone"));
    let shell = Shell::new();
    shell.prompt(&sandbox);
    let said = ran(sandbox.front_in("project", &["doctor"])).stdout;
    let line = format!(
        "watcher: none can begin: XDG_RUNTIME_DIR names {}",
        sandbox.path("gone").display()
    );
    assert!(said.contains(&line), "{said}");
    assert!(!sandbox.path("gone").exists());
}

#[test]
fn doctor_adds_nothing() {
    let sandbox = project();
    let _watched = Watched(&sandbox);
    let (shell, watcher) = begun(&sandbox);
    let room = room_of(&sandbox);
    kill(Pid::from_raw(watcher), Signal::SIGKILL).unwrap();
    wait_until(100, "it ends", || !is_alive(watcher));
    for entry in fs::read_dir(&room).unwrap() {
        fs::remove_file(entry.unwrap().path()).unwrap();
    }
    fs::write(room.join("limit"), "").unwrap();
    let before = fs::metadata(&room).unwrap();
    let said = ran(sandbox.front_in("project", &["doctor"])).stdout;
    assert!(said.contains("fs.inotify.max_user_watches"), "{said}");
    // Nor does a prompt leave there what no watcher will read.
    shell.prompt(&sandbox);
    let after = fs::metadata(&room).unwrap();
    assert_eq!((before.mtime(), before.mtime_nsec()), (after.mtime(), after.mtime_nsec()));
    // Once that is over a watcher begins, and says nothing of it any more.
    age(room.join("limit"), 601);
    shell.prompt(&sandbox);
    wait_until(100, "a watcher", || !watchers(&sandbox).is_empty());
    wait_until(100, "no note", || !room.join("limit").exists());
}
