//! The lists of trusted directories: the user's own, and root's for containers and mounts.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::ground::{ANOTHER, Ground, ME, Scene, own};
use crate::support::rights::{Mounted, chmod};
use crate::support::strace::{traced, wrapped};
use crate::support::{ran, start};

/// The user's list.
const LIST: &str = "home/.config/pivot-complete/trusted";

/// `name/` with a project in it that is all of `uid`, a `.venv` too, and open to all: as WSL, exFAT
/// and bind mounts show it.
fn mounted_project(scene: &Scene, name: &str, uid: u32) {
    let at = |rest: &str| format!("{name}/{rest}");
    scene.file(&at("pipeline.py"), "", uid, 0o777);
    let python = scene.python(&at(".venv/bin/python3"), "found", uid, 0o777);
    scene.script(&at(".venv/bin/pivot"), &python.display().to_string(), uid, 0o777);
    scene.file(&at(".venv/pyvenv.cfg"), "home = /usr/bin\n", uid, 0o777);
    for directory in ["sub", ".pivot", ".venv/bin", ".venv"] {
        scene.directory(&at(directory), uid, 0o777);
    }
    scene.directory(name, uid, 0o777);
}

/// What runs at a TAB in `here`: a stage's name, then a command's.
fn tabs(scene: &mut Scene, here: &str) -> Vec<String> {
    scene.here = here.into();
    scene.forget();
    scene.take_marks();
    scene.tab(&["pivot", "repro", ""]);
    scene.tab(&["pivot", "repr"]);
    scene.take_marks()
}

const BOTH: [&str; 2] = ["found stages", "found describe"];

#[test]
fn trust_makes_a_mounts_projects_work_with_all_that_lies_in_them() {
    let ground = Ground::new();
    // WSL's 0777 with a foreign uid and with my own; a container's root.
    for (me, uid) in [(ME, ANOTHER), (ME, ME), (ME, 0), (0, ANOTHER), (0, 0)] {
        let mut scene = ground.scene(me);
        mounted_project(&scene, "mount/project", uid);
        scene.set("PATH", "/usr/bin:/bin");
        let what = format!("user {me}, files of {uid}");
        for here in ["mount/project", "mount/project/sub"] {
            assert_eq!(tabs(&mut scene, here), [""; 0], "{what}, {here}");
            let doctor = scene.run(&["doctor"]).stdout;
            let project = scene.path("mount/project").display().to_string();
            assert!(doctor.contains("pivot-complete trust"), "{what}, the remedy: {doctor}");
            assert!(doctor.contains(&project), "{what}: {doctor}");
        }
        scene.here = "mount/project/sub".into();
        let said = scene.run(&["trust"]);
        assert_eq!((said.code, said.stderr.as_str()), (0, ""), "{what}");
        for here in ["mount/project", "mount/project/sub"] {
            assert_eq!(tabs(&mut scene, here), BOTH, "{what}, {here}");
        }
        assert_eq!(scene.run(&["trust", "--remove"]).code, 0);
        assert_eq!(tabs(&mut scene, "mount/project"), [""; 0], "{what}, removed");
    }
}

/// "A listed directory answers yes for it and all below it", and for nothing beside it.
#[test]
fn a_list_speaks_for_all_below_and_nothing_beside() {
    let ground = Ground::new();
    for (listed, first, second) in [
        ("mount/project", true, false),
        ("mount", true, true),
        ("mount/proj", false, false),
        ("mount/project/sub", false, false),
        ("mount/none/../project", false, false),
    ] {
        let mut scene = ground.scene(ME);
        mounted_project(&scene, "mount/project", ANOTHER);
        mounted_project(&scene, "mount/project-2", ANOTHER);
        scene.set("PATH", "/usr/bin:/bin");
        let line = format!("{}\n", scene.path(listed).display());
        scene.file(LIST, line, ME, 0o600);
        for (here, expected) in [("mount/project", first), ("mount/project-2", second)] {
            let expected = if expected { BOTH.to_vec() } else { Vec::new() };
            assert_eq!(tabs(&mut scene, here), expected, "{listed} listed, TAB in {here}");
        }
    }
}

/// A list that others can write does not count, and `trust` makes none of it that does.
#[test]
fn a_list_that_others_may_write_is_not_laundered() {
    let ground = Ground::new();
    for (uid, mode, what) in [
        (ME, 0o666, "open to all"),
        (ME, 0o602, "open to all but its group"),
        (ANOTHER, 0o644, "another's"),
        (ANOTHER, 0o666, "another's, open to all"),
    ] {
        for command in [&["trust"][..], &["trust", "--remove"]] {
            let mut scene = ground.scene(ME);
            mounted_project(&scene, "mount/project", ANOTHER);
            let python = scene.python("tools/bin/python3", "found", 0, 0o755);
            scene.script("tools/bin/pivot", &python.display().to_string(), 0, 0o755);
            scene.set("PATH", "{}/tools/bin");
            let line = format!("{}\n", scene.path("mount/project").display());
            scene.file(LIST, &line, uid, mode);
            // In a directory of mine, so that I could replace it.
            let stages = |marks: Vec<String>| marks.contains(&"found stages".to_owned());
            assert!(!stages(tabs(&mut scene, "mount/project")), "{what}: it counts");
            scene.here = "project".into();
            let said = scene.run(command);
            let list = scene.path(LIST).display().to_string();
            assert_eq!((said.code, said.stdout.as_str()), (1, ""), "{what}: {command:?} {said:?}");
            for word in [list.as_str(), "chmod go-w", "remove it"] {
                assert!(said.stderr.contains(word), "{what}: {command:?}, {word}: {said:?}");
            }
            assert_eq!(fs::read_to_string(scene.path(LIST)).unwrap(), line, "{what}: {command:?}");
            let is_run = stages(tabs(&mut scene, "mount/project"));
            assert!(!is_run, "{what}: {command:?} makes it count: {said:?}");
            // Whoever wonders why their list does not count is told which it is.
            let doctor = scene.run(&["doctor"]).stdout;
            assert!(doctor.contains(&list), "{what}: {command:?}, doctor: {doctor}");
            assert_clean(&scene, what);
        }
    }
}

#[test]
fn twenty_at_once_keep_twenty_entries() {
    let ground = Ground::new();
    for round in 0..3 {
        let mut scene = ground.scene(ME);
        for number in 0..20 {
            scene.directory(&format!("many/{number}/.pivot"), ME, 0o755);
        }
        let crowd: Vec<_> = (0..20)
            .map(|number| {
                scene.here = format!("many/{number}");
                let mut command = scene.command("pivot-complete", &["trust"]);
                command.stdout(std::process::Stdio::null());
                start(command)
            })
            .collect();
        for mut child in crowd {
            assert!(child.wait().unwrap().success());
        }
        let list = fs::read_to_string(scene.path(LIST)).unwrap();
        let mut lines: Vec<&str> = list.lines().collect();
        lines.sort_unstable();
        lines.dedup();
        assert_eq!(lines.len(), 20, "round {round}: {list}");
        assert_clean(&scene, "after twenty");
        // And all of them go again.
        let crowd: Vec<_> = (0..20)
            .map(|number| {
                scene.here = format!("many/{number}");
                let mut command = scene.command("pivot-complete", &["trust", "--remove"]);
                command.stdout(std::process::Stdio::null());
                start(command)
            })
            .collect();
        for mut child in crowd {
            assert!(child.wait().unwrap().success());
        }
        assert_eq!(fs::read_to_string(scene.path(LIST)).unwrap_or_default(), "", "round {round}");
    }
}

/// Beside the list lies nothing but a lock.
#[track_caller]
fn assert_clean(scene: &Scene, what: &str) {
    let directory = scene.path(LIST).parent().unwrap().to_path_buf();
    let names = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name());
    let litter: Vec<_> = names
        .filter(|name| name != "trusted" && !name.to_string_lossy().contains("lock"))
        .collect();
    assert!(litter.is_empty(), "{what}: {litter:?}");
}

/// Killed at each system call: the old list or the new one, and what is left goes with the next.
#[test]
fn a_killed_trust_leaves_the_old_list_or_the_new_one() {
    let ground = Ground::new();
    let scene = ground.scene(0);
    let listed = format!("/old\n{}\n", scene.path("project").display());
    kill_at_each_call(&ground, &scene, &["trust"], ["/old\n", &listed]);
    kill_at_each_call(&ground, &scene, &["trust", "--remove"], [&listed, "/old\n"]);
}

#[track_caller]
fn kill_at_each_call(ground: &Ground, scene: &Scene, arguments: &[&str], [old, new]: [&str; 2]) {
    let files = || fs::read_dir(scene.path(LIST).parent().unwrap()).unwrap().flatten();
    let read = || fs::read_to_string(scene.path(LIST)).unwrap();
    let engine = || scene.command("pivot-complete-engine", arguments);
    scene.file(LIST, old, 0, 0o600);
    let (_, calls) = traced(&ground.sandbox, &engine(), &["trace=all"]);
    let from = calls.iter().position(|call| call.line.contains("trusted")).unwrap();
    assert_eq!(read(), new, "{arguments:?}");
    for call in calls[from..].iter().filter(|call| !call.name.starts_with("exit")) {
        files().for_each(|file| fs::remove_file(file.path()).unwrap());
        scene.file(LIST, old, 0, 0o600);
        let kill = call.inject("signal=SIGKILL");
        ran(wrapped(&ground.sandbox, &engine(), &["trace=all", &kill]));
        let (now, what) = (read(), format!("{arguments:?}, killed at {}", call.line));
        assert!(now == old || now == new, "{what}: {now:?}");
        // Long ago, for whoever tells the living's files from the killed one's by their age.
        files().for_each(|file| crate::support::set_mtime(&file.path(), 1_700_000_000, 0));
        assert_eq!(scene.run(arguments).code, 0, "{what}");
        assert_eq!(read(), new, "{what}");
        assert_clean(scene, &what);
    }
}

/// An `/etc` of the test's own, with this list of root's.
struct Etc {
    list: std::path::PathBuf,
    _mounted: Mounted,
}

impl Etc {
    #[track_caller]
    fn new(ground: &Ground) -> Self {
        let copy = ground.sandbox.make_directory("etc");
        // What lies there is not followed, so that nothing of the system's can be written.
        let copied = Command::new("cp").arg("-a").arg("/etc/.").arg(&copy).status().unwrap();
        assert!(copied.success(), "needs to read /etc");
        let directory = copy.join("pivot-complete");
        fs::create_dir_all(&directory).unwrap();
        let none = None::<&str>;
        let bound = nix::mount::mount(
            Some(&copy),
            Path::new("/etc"),
            none,
            nix::mount::MsFlags::MS_BIND,
            none,
        );
        bound.unwrap_or_else(|error| panic!("needs the right to bind over /etc: {error}"));
        Self { list: directory.join("trusted"), _mounted: Mounted::of(Path::new("/etc")) }
    }

    fn write(&self, text: &str, uid: u32, mode: u32) {
        let _ = fs::remove_file(&self.list);
        fs::write(&self.list, text).unwrap();
        own(&self.list, uid);
        chmod(&self.list, mode);
    }
}

#[test]
fn roots_list_makes_containers_and_mounts_work() {
    let ground = Ground::new();
    let etc = Etc::new(&ground);
    for (me, uid) in [(ME, ANOTHER), (ME, ME), (0, ANOTHER)] {
        let mut scene = ground.scene(me);
        mounted_project(&scene, "mount/project", uid);
        scene.set("PATH", "/usr/bin:/bin");
        let what = format!("user {me}, files of {uid}");
        for listed in ["mount/project", "mount"] {
            etc.write(&format!("{}\n", scene.path(listed).display()), 0, 0o644);
            assert_eq!(tabs(&mut scene, "mount/project/sub"), BOTH, "{what}, {listed} listed");
            scene.set("PIVOT_COMPLETE_TRUST", "explicit");
            assert_eq!(tabs(&mut scene, "mount/project"), BOTH, "{what}, explicit");
            scene.set("PIVOT_COMPLETE_TRUST", "owner");
        }
        let line = format!("{}\n", scene.path("mount/project").display());
        for (owner, mode) in [(0, 0o666), (0, 0o646), (ANOTHER, 0o644)] {
            etc.write(&line, owner, mode);
            let what = format!("{what}, a list of {owner} with {mode:o}");
            assert_eq!(tabs(&mut scene, "mount/project"), [""; 0], "{what}");
        }
        etc.write("", 0, 0o644);
        assert_eq!(tabs(&mut scene, "mount/project"), [""; 0], "{what}, not listed");
    }
}
