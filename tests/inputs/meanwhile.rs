//! Inputs that change while the pipeline is discovered: the answer is given, and not cached.

use std::fs;
use std::io::Write;
use std::os::unix::net::UnixListener;
use std::path::Path;

use super::content::{Counted, git};
use crate::support::{Pivot, set_mtime, soak};

/// What somebody does to the inputs of a pipeline, in its directory, after it has read them.
type Change = fn(&Path) -> std::io::Result<()>;
const MEANWHILE: [(&str, Change); 9] = [
    ("a module grows", |root| {
        let text = fs::read_to_string(root.join("steps.py"))?;
        fs::write(root.join("steps.py"), text + "# more\n")
    }),
    ("a module is replaced by one as long and as old", |root| {
        let (old, new) = (root.join("steps.py"), root.join("steps.new"));
        fs::write(&new, fs::read_to_string(&old)?.replace("one", "two"))?;
        fs::File::open(&new)?.set_modified(old.metadata()?.modified()?)?;
        fs::rename(new, old)
    }),
    ("a module goes", |root| fs::rename(root.join("steps.py"), root.join("gone.py"))),
    ("a parameter changes", |root| fs::write(root.join("params.json"), "[\"qar\"]")),
    ("a file that was missing comes", |root| fs::write(root.join("extra.txt"), "x")),
    ("a directory gets an entry", |root| fs::write(root.join("data/new"), "")),
    ("a directory loses one", |root| fs::remove_file(root.join("data/first"))),
    ("a module comes that shadows another", |root| {
        fs::create_dir(root.join("steps"))?;
        fs::write(root.join("steps/__init__.py"), "")
    }),
    ("an optional module comes", |root| fs::write(root.join("local.py"), "LOCAL = []")),
];

const CODE: &str = r#"
import json, os, socket
from steps import STEPS
try:
    from local import LOCAL
except ImportError:
    LOCAL = []
try:
    EXTRA = open('extra.txt').read().split()
except OSError:
    EXTRA = []
NAMES = [*STEPS, *json.load(open('params.json')), *LOCAL, *EXTRA, *sorted(os.listdir('data'))]
try:
    # Which is no input: somebody changes something meanwhile, where anybody listens.
    meanwhile = socket.socket(socket.AF_UNIX)
    meanwhile.connect(os.path.dirname(os.path.dirname(__file__)) + '/meanwhile')
    meanwhile.recv(1)
except OSError:
    pass
"#;

fn all_of(pivot: Pivot) {
    let files =
        [("steps.py", "STEPS = ['one']\n"), ("params.json", "[\"par\"]"), ("data/first", "")];
    let mut project = Counted::open(pivot, CODE, &files);
    let root = project.scene.sandbox.path("project");
    let mut wrong = Vec::new();
    for (what, change) in soak::share(2, MEANWHILE) {
        // As it was at first.
        for name in ["steps.py", "gone.py", "extra.txt", "local.py", "data/new"] {
            let _ = fs::remove_file(root.join(name));
        }
        let _ = fs::remove_dir_all(root.join("steps"));
        for (file, text) in files {
            project.write(file, text);
        }
        // A config that was never seen, and is no edit of a comment: nothing known answers.
        project.write("pipeline.py", &project.config(&format!("{CODE}\nWHAT = {what:?}")));
        let names = project.scene.pivots().unwrap();
        let gate = UnixListener::bind(project.scene.sandbox.path("meanwhile")).unwrap();
        let changes = std::thread::spawn({
            let root = root.clone();
            move || {
                let (mut waits, _) = gate.accept().unwrap();
                change(&root).unwrap();
                waits.write_all(b".").unwrap();
            }
        });
        let said = project.scene.run(&["stages"]);
        assert_eq!(said.lines(), names, "{what}: what was found is answered, {pivot:?}");
        assert!(changes.is_finished(), "{what}: nothing was discovered, {pivot:?}");
        changes.join().unwrap();
        fs::remove_file(project.scene.sandbox.path("meanwhile")).unwrap();
        let cached = project.scene.run(&["stages", "--cached"]);
        if (cached.code, cached.stdout.as_str()) != (3, "") {
            wrong.push(what);
            continue;
        }
        // And the next call says what is there by then.
        let before = project.runs();
        project.scene.is_pivots(what);
        let trace = project.scene.sandbox.trace();
        let is_inert = trace.iter().any(|line| line.contains(" same-shape"));
        assert!(project.runs() == before + 1 || is_inert, "{what}, {pivot:?}");
        if project.scene.pivots().is_ok() {
            project.scene.hits(what);
        }
    }
    assert!(wrong.is_empty(), "cached all the same with {pivot:?}: {wrong:#?}");
}

/// Asked for its status git writes its index anew, with the stamps of what it found unchanged.
fn asked_of_git(pivot: Pivot) {
    let code = "import subprocess\nsaid = subprocess.run(['git', 'status', '--porcelain', '-uno'], \
                capture_output=True, text=True)\nNAMES = said.stdout.split() or ['clean']\n";
    let project = Counted::open(pivot, code, &[("tracked", "")]);
    let root = project.scene.sandbox.path("project");
    git(&root, &["init", "-q"]);
    git(&root, &["add", "tracked"]);
    git(&root, &["commit", "-qm", "one"]);
    set_mtime(&root.join("tracked"), 1_700_000_000, 0);
    project.write("pipeline.py", &project.config(&format!("{code}# in git")));
    let index = root.join(".git/index");
    let before = fs::read(&index).unwrap();
    let said = project.scene.run(&["stages"]);
    assert!(said.lines().iter().any(|name| name.ends_with("clean")), "{said:?}, {pivot:?}");
    assert!(fs::read(&index).unwrap() == before, "git's index was written, {pivot:?}");
    let cached = project.scene.run(&["stages", "--cached"]);
    assert_eq!((cached.code, cached.stdout), (0, said.stdout), "{pivot:?}");
}

#[test]
fn git_writes_nothing_at_a_discovery() {
    Pivot::in_turn().for_each(asked_of_git);
}

#[test]
fn what_changes_during_a_discovery_is_not_cached() {
    Pivot::in_turn().for_each(all_of);
}
