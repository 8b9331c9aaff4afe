//! What is done to every shape: edits that change `pivot list`, in every way that an editor, a
//! checkout or a restored backup does them, and edits that change nothing.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;

use super::scene::Scene;
use super::shape::{Edit, Effect, Shape};
use crate::support::{Pivot, Sandbox, set_mtime, soak};

/// An edit somewhere in the sandbox, with its name.
type InProject = (&'static str, fn(&Sandbox));

/// An edit of a file, with its name.
pub type AtPath = (&'static str, fn(&Path));

/// How a file's text is replaced.
#[derive(Clone, Copy, Debug)]
pub enum Way {
    /// In place.
    InPlace,
    /// In place, the old mtime restored.
    OldMtime,
    /// By a new file, renamed over it.
    Renamed,
    /// By a new file with the old mtime, renamed over it.
    RenamedOld,
}

/// Replaces the text of the file at `path`, or of what a link there leads to.
pub fn replace(path: &Path, text: impl AsRef<[u8]>, way: Way) {
    let path = path.canonicalize().unwrap();
    let old = path.metadata().unwrap();
    let written = match way {
        Way::InPlace | Way::OldMtime => path.clone(),
        Way::Renamed | Way::RenamedOld => path.with_extension("new"),
    };
    fs::write(&written, text).unwrap();
    if matches!(way, Way::OldMtime | Way::RenamedOld) {
        set_mtime(&written, old.mtime(), old.mtime_nsec());
    }
    if written != path {
        fs::rename(&written, &path).unwrap();
    }
}

/// The text with its number, a letter from u to w and three digits, counted up.
pub fn counted_up(text: &str) -> String {
    let mut text = text.as_bytes().to_vec();
    for start in 0..text.len().saturating_sub(3) {
        let [letter, digits @ ..] = &mut text[start..start + 4] else { unreachable!() };
        if (b'u'..=b'w').contains(letter) && digits.iter().all(u8::is_ascii_digit) {
            let number: u32 = std::str::from_utf8(digits).unwrap().parse().unwrap();
            digits.copy_from_slice(format!("{:03}", (number + 1) % 1000).as_bytes());
        }
    }
    String::from_utf8(text).unwrap()
}

/// Shapes with their names, for either Pivot.
type Shapes<'a> = &'a [(&'a str, fn(Pivot) -> Shape)];

/// Of shapes one of three: of `both` Pivots, and of 0.1.0 alone.
pub fn every_edit_of_some(both: Shapes, one: Shapes) {
    let both = soak::share(4, both)
        .flat_map(|shape| Pivot::in_turn_of(shape.0).map(move |pivot| (shape, pivot)));
    let one = soak::share(4, one).map(|shape| (shape, Pivot::V010));
    for ((name, build), pivot) in both.chain(one) {
        println!("{name} with {pivot:?}");
        every_edit_is_seen(build(pivot));
    }
}

/// Builds `shape` and does everything to it.
fn every_edit_is_seen(shape: Shape) {
    let mut scene = Scene::open(shape.build(), shape.directory);
    let files = if shape.pivot == Pivot::V010 { usize::MAX } else { soak::count(1, usize::MAX) };
    for (index, path) in shape.numbered.iter().take(files).enumerate() {
        // The ways that leave the least to see by; one is enough to show that a second file is an
        // input too.
        let ways = [Way::OldMtime, Way::RenamedOld];
        let one = index > 0 || shape.pivot == Pivot::V0511;
        for way in soak::in_turn(ways).take(if one { 1 } else { 2 }) {
            scene.notices(&format!("{path}: {way:?}"), |sandbox| {
                let path = sandbox.path(path);
                let text = fs::read_to_string(&path).unwrap();
                let counted = counted_up(&text);
                assert_ne!(text, counted, "no number in {}", path.display());
                replace(&path, counted, way);
            });
        }
    }
    quiet_edits(&mut scene, shape.numbered.first().map(String::as_str));
    // The same driver watches either Pivot: all of it with the slower one is for a soak.
    let edits =
        if shape.pivot == Pivot::V010 { shape.edits.len() } else { soak::count(1, usize::MAX) };
    for Edit { what, effect, edit } in shape.edits.iter().take(edits) {
        match effect {
            Effect::Changes => scene.notices(what, edit),
            Effect::None => {
                scene.ignores(what, edit);
                assert_eq!(scene.pivots().as_deref(), Ok(scene.names()), "{what}");
            }
            Effect::OfNoUse => {
                edit(&scene.sandbox);
                scene.is_pivots(what);
                scene.hits(what);
            }
        }
    }
    scene.close();
}

/// Edits to what is no input, which leave the cached answer a hit.
fn quiet_edits(scene: &mut Scene, input: Option<&str>) {
    for (what, edit) in AROUND {
        scene.ignores(what, edit);
    }
    // The config's mtime is the user's way to force a discovery.
    let config = scene.sandbox.path("project/pipeline.py").canonicalize().unwrap();
    let is_config = |path: &&str| scene.sandbox.path(path).canonicalize().unwrap() == config;
    if let Some(input) = input.filter(|path| !is_config(path)) {
        for (what, edit) in AT_AN_INPUT {
            scene.ignores(&format!("{input}: {what}"), |sandbox| edit(&sandbox.path(input)));
        }
    }
    for (what, edit) in AT_THE_CONFIG {
        scene.ignores(&format!("the config: {what}"), |sandbox| {
            edit(&sandbox.path("project/pipeline.py"));
        });
    }
    assert_eq!(scene.pivots().as_deref(), Ok(scene.names()), "all that is not quiet");
}

/// Edits elsewhere in the project.
const AROUND: [InProject; 18] = [
    ("a new file", |s| drop(s.write("project/notes.txt", "x"))),
    ("a new module that nothing imports", |s| drop(s.write("project/unrelated.py", "x = 1\n"))),
    ("its edit", |s| drop(s.write("project/unrelated.py", "x = 2\n"))),
    ("its removal", |s| fs::remove_file(s.path("project/unrelated.py")).unwrap()),
    ("bytecode", |s| drop(s.write("project/__pycache__/other.cpython-313.pyc", "x"))),
    ("no bytecode", |s| fs::remove_dir_all(s.path("project/__pycache__")).unwrap()),
    ("a log", |s| drop(s.write("project/logs/run.log", "one\n"))),
    ("a longer log", |s| drop(s.write("project/logs/run.log", "one\ntwo\n"))),
    ("outputs", |s| {
        s.write("project/v000.txt", "x");
        s.write("project/outputs/demo/fit.parquet", "x");
    }),
    ("a commit", |s| {
        for file in ["HEAD", "index", "refs/heads/main", "objects/00/1234", "COMMIT_EDITMSG"] {
            s.write(&format!("project/.git/{file}"), "x");
        }
        fs::remove_file(s.path("project/.git/COMMIT_EDITMSG")).unwrap();
    }),
    ("Pivot's own state", |s| {
        s.write("project/.pivot/config.lock", "x");
        s.write("project/.pivot/stages/fit.lock", "x");
    }),
    ("an editor's swap files", |s| {
        s.write("project/.pipeline.py.swp", "x");
        s.write("project/.steps.py.swp", "x");
        s.write("project/4913", "");
        symlink("user@host.1234", s.path("project/.#pipeline.py")).unwrap();
    }),
    ("an editor's copies", |s| {
        s.write("project/#pipeline.py#", "x");
        s.write("project/pipeline.py~", "x");
        s.write("project/steps.py~", "x");
        s.write("project/steps.py.orig", "x");
    }),
    ("their removal", |s| {
        for file in ["#pipeline.py#", "pipeline.py~", "steps.py~", ".pipeline.py.swp", "4913"] {
            fs::remove_file(s.path("project").join(file)).unwrap();
        }
    }),
    ("the README", |s| drop(s.write("project/README.md", "# Demo\n"))),
    ("a new directory", |s| drop(s.make_directory("project/attic/below"))),
    ("the root's own mtime", |s| set_mtime(&s.path("project"), 1_600_000_000, 7)),
    ("a cache of another tool", |s| drop(s.write("project/.ruff_cache/0.1/x", "x"))),
];

/// Edits of an input that leave its bytes alone.
const AT_AN_INPUT: [AtPath; 9] = [
    ("touched", |path| set_mtime(path, 1_650_000_000, 1)),
    ("the same bytes written again", |path| fs::write(path, fs::read(path).unwrap()).unwrap()),
    ("read", |path| drop(fs::read(path).unwrap())),
    ("made executable", |path| set_mode(path, 0o755)),
    ("made unwritable", |path| set_mode(path, 0o444)),
    ("a second link", |path| fs::hard_link(path, path.with_extension("hard")).unwrap()),
    ("replaced by a copy", |path| replace(path, fs::read(path).unwrap(), Way::Renamed)),
    ("away and back", |path| {
        fs::rename(path, path.with_extension("away")).unwrap();
        fs::rename(path.with_extension("away"), path).unwrap();
    }),
    ("edited and reverted", |path| {
        let text = fs::read(path).unwrap();
        fs::write(path, "nonsense").unwrap();
        replace(path, text, Way::Renamed);
    }),
];

/// Edits of the config that leave its bytes and its mtime alone.
const AT_THE_CONFIG: [AtPath; 3] = [
    ("made executable", |path| set_mode(path, 0o755)),
    ("its mode restored", |path| set_mode(path, 0o644)),
    ("replaced by a copy as old", |path| replace(path, fs::read(path).unwrap(), Way::RenamedOld)),
];

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}
