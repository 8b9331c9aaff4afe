//! Question 2 as an attacker would set them up: links, what is planted above, and
//! shims that choose by the directory's own files. The sweep asks about each part alone.

use std::fs;

use super::ground::{ANOTHER, Ground, ME, Scene};
use super::managers;
use super::oracle::is_safe_way;
use crate::support::rights::{OWNER, Shared, VISITOR, chmod};
use crate::support::{Pivot, pipeline_0511, ran};

/// Everything that a TAB may be, and the prompt hook.
fn press_everything(scene: &Scene, words: &[&str]) -> Vec<String> {
    for word in words {
        for line in [&[*word, "repro", ""][..], &[*word, "repr"], &[*word, "repro", "--"]] {
            let ran = scene.tab(line);
            assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{line:?}: {ran:?}");
        }
    }
    ran(scene.command("pivot-complete-engine", &["prewarm"]));
    ran(scene.command("pivot-complete", &["doctor"]));
    scene.take_marks()
}

/// A virtual environment of `planter` at `at`.
fn plant_environment(scene: &Scene, at: &str, planter: u32) {
    let python = scene.python(&format!("{at}/bin/python3"), "planted", planter, 0o755);
    let line = python.display().to_string();
    scene.script(&format!("{at}/bin/pivot"), &line, planter, 0o755);
    scene.directory(&format!("{at}/bin"), planter, 0o755);
    scene.directory(at, planter, 0o755);
}

/// Who puts something above a directory of `me`, whose that above is and with which mode, and whether it
/// is run: what another plants in a directory like /tmp is not; the same of one's own is.
fn planters(me: u32) -> [(u32, u32, u32, bool); 2] {
    [(ANOTHER, 0, 0o1777, false), (me, me, 0o755, true)]
}

/// A directory like /tmp above one's own: whoever plants there `.pivot`, a config, a `.venv` or a
/// link of that name has nothing executed.
#[test]
fn what_is_planted_above_in_a_directory_like_tmp_is_not_run() {
    let ground = Ground::new();
    for me in [ME, 0] {
        for (what, has_config, is_link, is_own_project) in [
            ("a directory", false, false, false),
            ("a directory and a config", true, false, false),
            ("a link", false, true, false),
            ("a link and a config", true, true, false),
            ("a link above my own project", true, true, true),
        ] {
            for (planter, owner, mode, is_run) in planters(me) {
                let mut scene = ground.scene(me);
                plant_environment(&scene, "theirs/env", planter);
                scene.directory("top/mine", me, 0o755);
                if is_own_project {
                    scene.directory("top/mine/.pivot", me, 0o755);
                    scene.file("top/mine/pipeline.py", "", me, 0o644);
                }
                scene.directory("top/.pivot", planter, 0o755);
                if has_config {
                    scene.file("top/pipeline.py", "", planter, 0o644);
                }
                match is_link {
                    true => drop(scene.link("top/.venv", scene.path("theirs/env"), planter)),
                    false => plant_environment(&scene, "top/.venv", planter),
                }
                scene.directory("top", owner, mode);
                scene.here = "top/mine".into();
                scene.set("PATH", "/usr/bin:/bin");
                let marks = press_everything(&scene, &["pivot", "pv", "../.venv/bin/pivot"]);
                assert_eq!(!marks.is_empty(), is_run, "user {me}: {what} of {planter}: {marks:?}");
            }
        }
    }
}

/// A `.git` planted there makes a repository, whose `.venv` belongs to all projects in it.
#[test]
fn a_repository_planted_above_lends_no_environment() {
    let ground = Ground::new();
    for me in [ME, 0] {
        for (planter, owner, mode, is_run) in planters(me) {
            let mut scene = ground.scene(me);
            plant_environment(&scene, "top/.venv", planter);
            scene.directory("top/.git", planter, 0o755);
            scene.directory("top/mine/.pivot", me, 0o755);
            scene.file("top/mine/pipeline.py", "", me, 0o644);
            scene.directory("top/mine", me, 0o755);
            scene.directory("top", owner, mode);
            scene.here = "top/mine".into();
            scene.set("PATH", "/usr/bin:/bin");
            let marks = press_everything(&scene, &["pivot"]);
            assert_eq!(!marks.is_empty(), is_run, "user {me}, {planter}: {marks:?}");
        }
    }
}

/// Each link of a chain is asked about, and a chain without an end is no program.
#[test]
fn every_link_of_a_chain_is_asked_about() {
    let ground = Ground::new();
    for links in [1, 3, 8] {
        // At the last nothing is another's.
        for foreign in 0..=links + 1 {
            let mut scene = ground.scene(ME);
            scene.set("PATH", "/usr/bin:/bin");
            // 0: the program itself; else the link of that number, which lies in a directory of its own.
            let mut target = scene.path("chain/0");
            scene.python("chain/0", "found", if foreign == 0 { ANOTHER } else { ME }, 0o755);
            for number in 1..=links {
                let uid = if number == foreign { ANOTHER } else { ME };
                let link =
                    if number == links { "project/python3" } else { &format!("chain/{number}") };
                target = scene.link(link, &target, uid);
            }
            scene.set("PIVOT_COMPLETE_PYTHON", "./python3");
            let is_run = foreign > links;
            assert_eq!(is_safe_way(&target, ME), is_run, "the oracle");
            let marks = press_everything(&scene, &["pivot"]);
            let what = format!("{links} links, of which {foreign} is another's: {marks:?}");
            assert_eq!(!marks.is_empty(), is_run, "{what}");
        }
        let mut scene = ground.scene(ME);
        scene.set("PIVOT_COMPLETE_PYTHON", "./python3");
        scene.link("project/python3", "python3", ME);
        assert_eq!(press_everything(&scene, &["pivot"]), [""; 0]);
    }
}

/// The manager is of root's and on PATH; the directory where it is asked is another's, and chooses.
#[test]
fn a_shim_does_not_run_where_a_strangers_file_chooses() {
    let ground = Ground::new();
    let mut failures = Vec::new();
    const TOML: &str = "[tools]\npython = \"path:{}\"\n";
    const WORDS: &str = "python path:{}\n";
    let mise = [
        "mise.toml",
        ".mise.toml",
        // What mise's and asdf's manuals list beside those.
        "mise.local.toml",
        ".mise.local.toml",
        ".mise/config.toml",
        "mise/config.toml",
        ".config/mise.toml",
        ".config/mise/config.toml",
    ];
    let versions = ["mise", "asdf", "pyenv"].map(|name| (name, ".python-version", "path:{}\n"));
    let tools = ["asdf", "mise"].map(|name| (name, ".tool-versions", WORDS));
    let files = mise.map(|file| ("mise", file, TOML));
    for (manager, file, text) in files.into_iter().chain(versions).chain(tools) {
        for me in [ME, 0] {
            for (here, owner, mode) in [
                ("theirs", ANOTHER, 0o755),
                ("theirs/below", ANOTHER, 0o755),
                ("open", me, 0o777),
                ("open/below", me, 0o777),
                ("like-tmp/mine", 0, 0o1777),
            ] {
                let mut scene = ground.scene(me);
                managers::install(&mut scene, manager);
                plant_environment(&scene, "planted", ANOTHER);
                managers::choose(&mut scene, me, (here, owner, mode), (file, text));
                let marks = press_everything(&scene, &["pivot"]);
                if !marks.is_empty() {
                    failures.push(format!("{manager} by {file}, user {me} in {here}: {marks:?}"));
                }
            }
        }
    }
    assert!(failures.is_empty(), "{failures:#?}");
}

/// A stranger's directory without such a file hinders no shim: what is described is the user's own.
#[test]
fn a_shim_runs_where_no_file_of_the_place_chooses() {
    let ground = Ground::new();
    for manager in ["asdf", "mise", "pyenv"] {
        let mut scene = ground.scene(ME);
        managers::install(&mut scene, manager);
        let python = scene.python("home/.versions/1/bin/python3", "found", ME, 0o755);
        scene.script("home/.versions/1/bin/pivot", &python.display().to_string(), ME, 0o755);
        scene.file("home/.python-version", "1\n", ME, 0o644);
        scene.directory("theirs", ANOTHER, 0o755);
        scene.here = "theirs".into();
        let tab = scene.tab(&["pivot", "repr"]);
        assert_eq!(tab.candidates(), ["repro"], "{manager}: {:?}", scene.take_marks());
    }
}

/// The real Python and Pivot, in the cells that matter most; what is planted marks that it ran.
#[test]
fn a_real_environment_of_another_is_run_only_where_the_user_named_it() {
    type Cell = (&'static str, &'static str, &'static [(&'static str, &'static str)], bool);
    let cells: [Cell; 6] = [
        (".venv, my link to another's", "pivot", &[], false),
        ("typed, .venv/bin/pivot", ".venv/bin/pivot", &[], false),
        ("typed, ../owner/env/bin/pivot", "../owner/env/bin/pivot", &[], false),
        ("VIRTUAL_ENV, relative", "pivot", &[("VIRTUAL_ENV", "../owner/env")], false),
        (
            "PIVOT_COMPLETE_PYTHON, relative",
            "pivot",
            &[("PIVOT_COMPLETE_PYTHON", "../owner/env/bin/python3")],
            false,
        ),
        ("PATH, absolute", "pivot", &[("PATH", "{}/owner/env/bin:/usr/bin:/bin")], true),
    ];
    for (what, word, set, is_named) in cells {
        let mut shared = Shared::with_pivot();
        let marker = shared.make_writable_for_all("executed");
        let packages = shared.sandbox.environment("owner/env", Pivot::V0511);
        let line = format!("open({marker:?}, 'a').write('x')\n");
        fs::write(packages.join("sitecustomize.py"), line).unwrap();
        shared.give("owner", OWNER);
        chmod(&shared.sandbox.path("owner"), 0o755);
        shared.sandbox.make_directory("project/.pivot");
        shared.sandbox.write("project/pipeline.py", pipeline_0511("demo", &["train"]));
        if what.contains(".venv") {
            std::os::unix::fs::symlink("../owner/env", shared.sandbox.path("project/.venv"))
                .unwrap();
        }
        shared.give("project", VISITOR);
        shared.sandbox.set("PATH", "/usr/bin:/bin");
        for (name, value) in set {
            let top = shared.sandbox.root().display().to_string();
            shared.sandbox.set(name, value.replace("{}", &top));
        }
        let stages = ran(shared.tab(VISITOR, "project", &[word, "repro", ""]));
        let command = ran(shared.tab(VISITOR, "project", &[word, "repr"]));
        let has_run = !fs::read(&marker).unwrap().is_empty();
        assert_eq!(has_run, is_named, "{what}: {stages:?} {command:?}");
        if is_named {
            assert_eq!(stages.candidates(), ["demo/train", "train"], "{what}");
            assert_eq!(command.candidates(), ["repro"], "{what}");
        }
    }
}

/// Where PIVOT_COMPLETE_PYTHON is the user's own, the `pivot` that the place has is no less asked
/// about: the driver puts its directory first on Python's path, as Python does for a script.
#[test]
fn a_planted_program_lends_no_modules_to_the_users_python() {
    let mut shared = Shared::with_pivot();
    let marker = shared.make_writable_for_all("executed");
    shared.sandbox.set("PATH", "/usr/bin:/bin");
    shared.sandbox.set("PIVOT_COMPLETE_PYTHON", Pivot::V0511.bin().join("python3"));
    let sandbox = &shared.sandbox;
    sandbox.make_directory("project/.pivot");
    sandbox.write("project/pipeline.py", pipeline_0511("demo", &["train"]));
    let line = format!("open({marker:?}, 'a').write('x')\n");
    for name in ["pivot", "click", "linecache", "importlib_metadata", "pathlib"] {
        sandbox.write(&format!("project/sub/{name}.py"), &line);
        sandbox.write(&format!("project/sub/.venv/bin/{name}.py"), &line);
    }
    for place in ["project/sub/pivot", "project/sub/.venv/bin/pivot"] {
        sandbox.write_program(place, "#!/usr/bin/env python3\n");
    }
    sandbox.make_directory("project/sub/.git");
    shared.give("project", VISITOR);
    shared.give("project/sub", OWNER);
    for here in ["project", "project/sub"] {
        for word in ["pivot", "./pivot", "sub/pivot", "./sub/pivot", ".venv/bin/pivot"] {
            for line in [&[word, "repro", ""][..], &[word, "repr"]] {
                let said = ran(shared.tab(VISITOR, here, line));
                assert_eq!((said.code, said.stderr.as_str()), (0, ""), "{line:?} in {here}");
                assert!(fs::read(&marker).unwrap().is_empty(), "{line:?} in {here}: {said:?}");
            }
        }
    }
}
