//! Inputs that change while the pipeline is discovered: the answer is given, and not cached.

use std::fs;

use super::content::{Counted, git};
use crate::support::{Pivot, set_mtime, soak};

/// What a pipeline does to its own inputs after it has read them, while a file `armed` lies beside
/// the project.
const MEANWHILE: [(&str, &str); 9] = [
    ("a module grows", "open('steps.py', 'a').write('# more\\n')"),
    (
        "a module is replaced by one as long and as old",
        "s = os.stat('steps.py')\nt = open('steps.py').read()\n\
         open('steps.new', 'w').write(t.replace('one', 'two'))\n\
         os.utime('steps.new', ns=(s.st_atime_ns, s.st_mtime_ns))\n\
         os.replace('steps.new', 'steps.py')",
    ),
    ("a module goes", "os.rename('steps.py', 'gone.py')"),
    ("a parameter changes", "open('params.json', 'w').write('[\"qar\"]')"),
    ("a file that was missing comes", "open('extra.txt', 'w').write('x')"),
    ("a directory gets an entry", "open('data/new', 'w').close()"),
    ("a directory loses one", "os.remove('data/first')"),
    (
        "a module comes that shadows another",
        "os.mkdir('steps'); open('steps/__init__.py', 'w').close()",
    ),
    ("an optional module comes", "open('local.py', 'w').write('LOCAL = []')"),
];

const CODE: &str = r#"
import json, os
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
if os.path.exists('../armed') and os.environ.get('PIVOT_COMPLETE'):
    exec(bytes.fromhex(os.environ['MEANWHILE']).decode())
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
        // A config that was never seen: nothing known answers.
        project.write("pipeline.py", &project.config(&format!("{CODE}\n# {what}")));
        let names = project.scene.pivots().unwrap();
        let armed = project.scene.sandbox.write("armed", "");
        let mut command = project.scene.sandbox.front_in("project", &["stages"]);
        command.env("MEANWHILE", crate::support::oracle::hex(change));
        let said = crate::support::ran(command);
        assert_eq!(said.lines(), names, "{what}: what was found is answered, {pivot:?}");
        fs::remove_file(armed).unwrap();
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
