//! Places where a TAB is pressed, with a program that the user named or that the place has.

use super::ground::{ANOTHER, Scene};
use super::oracle::{ChosenBy, Found, root};

/// One place.
pub struct Place {
    pub name: &'static str,
    /// How the program is found there.
    pub program: &'static str,
    pub typed: &'static str,
    make: fn(&mut Scene),
    by: ChosenBy,
}

impl Place {
    /// Makes it; the program is root's and calls itself `found`.
    pub fn set_up(&self, scene: &mut Scene) -> Found {
        (self.make)(scene);
        let programs = match self.by {
            ChosenBy::User => {
                let python = scene.python("tools/bin/python3", "found", 0, 0o755);
                let line = python.display().to_string();
                let program = scene.script("tools/bin/pivot", &line, 0, 0o755);
                scene.set("PATH", "{}/tools/bin");
                vec![program, python]
            }
            _ => {
                scene.set("PATH", "{}/none");
                let root = if scene.here.starts_with("top") { "top" } else { "project" };
                let python = format!("{root}/.venv/bin/python3");
                let python = scene.python(&python, "found", scene.me, 0o755);
                let line = python.display().to_string();
                let me = scene.me;
                let program = scene.script(&format!("{root}/.venv/bin/pivot"), &line, me, 0o755);
                for directory in [".venv/bin", ".venv"] {
                    scene.directory(&format!("{root}/{directory}"), me, 0o755);
                }
                vec![program, python]
            }
        };
        // Without ROOT it has no `.venv`.
        let is_lost = self.by == ChosenBy::Place && root(&scene.path(&scene.here)).is_none();
        let by = if is_lost { ChosenBy::Nobody } else { self.by };
        Found { by, programs, named_by_user: Vec::new(), chooses_by: Vec::new() }
    }
}

/// Each place, with each kind of program.
pub fn all() -> Vec<Place> {
    let with = |program, by| {
        PLACES.iter().map(move |(name, make)| Place {
            name,
            program,
            typed: "pivot",
            make: *make,
            by,
        })
    };
    with("PATH, absolute", ChosenBy::User).chain(with(".venv of ROOT", ChosenBy::Place)).collect()
}

type Make = fn(&mut Scene);

/// What `project/` is; `top/` is ROOT above it where it is named.
const PLACES: &[(&str, Make)] = &[
    ("mine", |_| {}),
    ("root's", |scene| give(scene, 0, 0o755, 0o644)),
    ("another's", |scene| give(scene, ANOTHER, 0o755, 0o644)),
    ("mine, open to all", |scene| give(scene, scene.me, 0o777, 0o644)),
    ("mine, 1777", |scene| give(scene, scene.me, 0o1777, 0o644)),
    ("mine, open to its group", |scene| give(scene, scene.me, 0o775, 0o664)),
    ("root's, open to its group", |scene| give(scene, 0, 0o775, 0o644)),
    ("root's, its config open to its group", |scene| give(scene, 0, 0o755, 0o664)),
    ("root's, 1777, with my config", |scene| {
        give(scene, 0, 0o1777, 0o644);
        scene.file("project/pipeline.py", "", scene.me, 0o644);
    }),
    ("a directory of mine without .pivot", |scene| bare(scene, scene.me, 0o755)),
    ("a directory of another's without .pivot", |scene| bare(scene, ANOTHER, 0o755)),
    ("a directory like /tmp without .pivot", |scene| bare(scene, 0, 0o1777)),
    ("a repository of another's, no .pivot", |scene| {
        bare(scene, ANOTHER, 0o755);
        scene.directory("project/.git", ANOTHER, 0o755);
        scene.file("project/pivot.yaml", "stages: {}\n", ANOTHER, 0o644);
    }),
    ("another's sub-directory of mine", |scene| {
        scene.directory("project/sub", ANOTHER, 0o755);
        scene.here = "project/sub".into();
    }),
    ("another's sub-directory of mine, with a config", |scene| {
        scene.file("project/sub/pipeline.py", "", ANOTHER, 0o644);
        scene.directory("project/sub", ANOTHER, 0o755);
        scene.here = "project/sub".into();
    }),
    ("my sub-directory, its config another's", |scene| {
        scene.file("project/sub/pipeline.py", "", ANOTHER, 0o644);
        scene.directory("project/sub", scene.me, 0o755);
        scene.here = "project/sub".into();
    }),
    ("my sub-directory of another's", |scene| {
        give(scene, ANOTHER, 0o755, 0o644);
        scene.directory("project/sub", scene.me, 0o755);
        scene.here = "project/sub".into();
    }),
    ("my sub-directory of another's, with a config of mine", |scene| {
        give(scene, ANOTHER, 0o755, 0o644);
        scene.file("project/sub/pipeline.py", "", scene.me, 0o644);
        scene.directory("project/sub", scene.me, 0o755);
        scene.here = "project/sub".into();
    }),
    ("mine, with .pivot planted above in a directory like /tmp", |scene| {
        above(scene);
        scene.directory("top/.pivot", ANOTHER, 0o755);
    }),
    ("mine, with .pivot and a config planted above in a directory like /tmp", |scene| {
        above(scene);
        scene.directory("top/.pivot", ANOTHER, 0o755);
        scene.file("top/pipeline.py", "", ANOTHER, 0o644);
    }),
    ("mine, its config another's", |scene| {
        drop(scene.file("project/pipeline.py", "", ANOTHER, 0o644));
    }),
    ("mine, its config open to all", |scene| {
        drop(scene.file("project/pipeline.py", "", scene.me, 0o666));
    }),
    ("mine, its config my link to another's", |scene| linked(scene, scene.me, ANOTHER)),
    ("mine, its config another's link to mine", |scene| linked(scene, ANOTHER, scene.me)),
    ("mine, its config my link to mine", |scene| linked(scene, scene.me, scene.me)),
    ("mine, with another config of another's", |scene| {
        drop(scene.file("project/pivot.yaml", "stages: {}\n", ANOTHER, 0o644));
    }),
    ("mine, .pivot another's", |scene| {
        drop(scene.directory("project/.pivot", ANOTHER, 0o755));
    }),
];

fn give(scene: &mut Scene, uid: u32, directory: u32, file: u32) {
    scene.directory("project/.pivot", uid, 0o755);
    scene.file("project/pipeline.py", "", uid, file);
    scene.directory("project", uid, directory);
}

fn bare(scene: &mut Scene, uid: u32, mode: u32) {
    std::fs::remove_dir(scene.path("project/.pivot")).unwrap();
    std::fs::remove_file(scene.path("project/pipeline.py")).unwrap();
    scene.directory("project", uid, mode);
}

fn above(scene: &mut Scene) {
    scene.file("top/mine/pipeline.py", "", scene.me, 0o644);
    scene.directory("top/mine/.pivot", scene.me, 0o755);
    scene.directory("top", 0, 0o1777);
    scene.here = "top/mine".into();
}

fn linked(scene: &mut Scene, link_uid: u32, uid: u32) {
    std::fs::remove_file(scene.path("project/pipeline.py")).unwrap();
    scene.file("elsewhere/pipeline.py", "", uid, 0o644);
    scene.directory("elsewhere", uid, 0o755);
    scene.link("project/pipeline.py", scene.path("elsewhere/pipeline.py"), link_uid);
}
