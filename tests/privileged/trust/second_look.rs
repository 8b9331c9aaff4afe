//! What a second attacker found: files that rename what a version manager reads, environments that
//! are activated on `cd`, links planted among the caches; and what was refused although it is one's own.

use super::ground::{ANOTHER, Ground, ME, Scene};
use super::managers;

/// A program of root's on PATH.
fn with_pivot(ground: &Ground) -> Scene {
    let mut scene = ground.with_pivot();
    scene.set("PATH", "{}/tools/bin:/usr/bin:/bin");
    scene
}

/// mise reads more files than it has names for, and its settings rename the rest.
#[test]
fn no_list_of_names_ends_what_a_manager_may_read() {
    let ground = Ground::new();
    let mut ran = Vec::new();
    for file in [
        ".config/miserc.toml",
        ".miserc.local.toml",
        ".config/mise/conf.d/x.toml",
        "mise.local.toml",
        ".python-versions",
        ".node-version",
        ".nvmrc",
        ".prototools",
        "pyproject.toml",
    ] {
        for (me, here) in [("strange", "strange"), ("tmp", "tmp/mine")] {
            let mut scene = ground.scene(ME);
            managers::install(&mut scene, "mise");
            scene.directory("strange", ANOTHER, 0o755);
            scene.directory("tmp/mine/.pivot", ME, 0o755);
            scene.directory("tmp/mine", ME, 0o755);
            scene.file("tmp/mine/pipeline.py", "", ME, 0o644);
            scene.file(&format!("{me}/{file}"), "path:/nowhere\n", ANOTHER, 0o644);
            scene.here = here.into();
            for words in [&["pivot", "repr"][..], &["pivot", "repro", ""]] {
                scene.tab(words);
            }
            scene.run(&["prewarm"]);
            let marks = scene.take_marks();
            ran.extend((!marks.is_empty()).then(|| format!("{me}/{file}: {marks:?}")));
        }
    }
    assert!(ran.is_empty(), "{ran:#?}");
}

/// `mise activate` puts on PATH what the directory's file names, wherever that lies.
#[test]
fn what_another_activated_is_not_ones_own_word() {
    let ground = Ground::new();
    for (owner, expected) in [(ANOTHER, false), (ME, true)] {
        let mut scene = ground.scene(ME);
        scene.directory("strange", owner, 0o755);
        scene.file("strange/.tool-versions", "python path:/elsewhere\n", owner, 0o644);
        let python = scene.python("elsewhere/bin/python3", "activated", ANOTHER, 0o755);
        scene.script("elsewhere/bin/pivot", &python.display().to_string(), ANOTHER, 0o755);
        scene.set("PATH", "{}/elsewhere/bin:/usr/bin:/bin");
        scene.here = "strange".into();
        scene.tab(&["pivot", "repr"]);
        assert_eq!(!scene.take_marks().is_empty(), expected, "{owner}");
    }
}

/// Where everyone may write to `.pivot/cache`, a link there may be anybody's.
#[test]
fn nothing_is_written_through_a_link_of_anothers() {
    let ground = Ground::new();
    for planted in ["project/.pivot/cache", "project/.pivot/cache/complete"] {
        let scene = with_pivot(&ground);
        scene.directory("home/docs", ME, 0o755);
        let parent = planted.rsplit_once('/').unwrap().0;
        scene.directory(parent, ME, 0o777);
        scene.link(planted, scene.path("home/docs"), ANOTHER);
        assert!(scene.tab(&["pivot", "repro", ""]).stdout.contains("by-found"));
        scene.run(&["stages"]);
        let left = std::fs::read_dir(scene.path("home/docs")).unwrap().count();
        assert_eq!(left, 0, "{planted}");
    }
}

/// A directory in which everyone may put a project is none to trust, nor named as the remedy.
#[test]
fn a_directory_for_everybody_is_not_trusted() {
    let ground = Ground::new();
    let mut scene = with_pivot(&ground);
    scene.directory("tmp/.pivot", ANOTHER, 0o755);
    scene.directory("tmp/mine", ME, 0o755);
    scene.here = "tmp/mine".into();
    let doctor = scene.run(&["doctor"]);
    assert!(!doctor.stdout.contains("pivot-complete trust"), "{}", doctor.stdout);
    assert!(doctor.stdout.contains("world-writable"), "{}", doctor.stdout);
    let trust = scene.run(&["trust"]);
    assert_eq!((trust.code, trust.stdout.as_str()), (1, ""), "{trust:?}");
    assert_eq!(scene.tab(&["pivot", "repro", ""]).stdout, "\n");
}

/// `trust` says that it did what it did.
#[test]
fn a_list_that_would_not_count_is_no_success() {
    let ground = Ground::new();
    let scene = with_pivot(&ground);
    scene.directory("home/.config/pivot-complete", ME, 0o777);
    let trust = scene.run(&["trust"]);
    assert_eq!((trust.code, trust.stdout.as_str()), (1, ""), "{trust:?}");
    assert!(trust.stderr.contains("counts for nothing"), "{trust:?}");
}

/// Lists come from other editors, too.
#[test]
fn a_list_with_carriage_returns_counts() {
    let ground = Ground::new();
    let scene = with_pivot(&ground);
    scene.directory("project", ANOTHER, 0o755);
    let line = format!("{}\r\n", scene.path("project").display());
    scene.file("home/.config/pivot-complete/trusted", line, ME, 0o600);
    assert!(scene.tab(&["pivot", "repro", ""]).stdout.contains("by-found"));
}

/// In a sandbox (bubblewrap, an editor's flatpak) root has no number: `/` belongs to nobody.
#[test]
fn ones_own_works_where_root_has_no_number() {
    let ground = Ground::new();
    let mut scene = ground.scene(1000);
    let python = scene.python("project/.venv/bin/python3", "found", 1000, 0o755);
    scene.script("project/.venv/bin/pivot", &python.display().to_string(), 1000, 0o755);
    for directory in ["", "tmp", "project/.venv", "project/.venv/bin"] {
        scene.directory(directory, 1000, 0o755);
    }
    // Above the scene lie directories of root's that no system has: they are made one's own.
    super::ground::own(&ground.sandbox.root(), 1000);
    scene.set("PATH", "/usr/bin:/bin");
    let said = scene.tab_in_namespace(&["--map-user=1000", "--map-group=1000"]);
    assert!(said.stdout.contains("by-found"), "{said:?}");
}
