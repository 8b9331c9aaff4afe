//! What the pipeline was not allowed to read, list or write: that it was not is what its names depend on,
//! so that they are cached, and found anew once it may.

use std::fs;

use crate::inputs::shape::pipeline_of;
use crate::support::rights::{OWNER, ROOT, Shared, User, chmod};
use crate::support::{Pivot, ran};

/// What a pipeline tries, a path of `place`, and its rights where the attempt fails.
const ATTEMPTS: [(&str, &str, &str, u32); 24] = [
    ("open", "open('f/open')", "f/open", 0),
    ("read_text", "pathlib.Path('f/text').read_text()", "f/text", 0o200),
    ("os.open", "os.close(os.open('f/os', os.O_RDONLY))", "f/os", 0),
    ("json", "json.load(open('f/json'))", "f/json", 0),
    // Says nothing where it cannot read.
    ("configparser", "configparser.ConfigParser().read('f/ini')[0]", "f/ini", 0),
    ("below", "open('d/below/file')", "d/below", 0),
    ("import", "__import__('secret_module')", "secret_module.py", 0),
    ("listdir", "os.listdir('d/listdir')", "d/listdir", 0o300),
    ("iterdir", "list(pathlib.Path('d/iterdir').iterdir())", "d/iterdir", 0o300),
    ("walk", "next(os.walk('d/walk'))[2][0]", "d/walk", 0o300),
    ("glob", "glob.glob('d/glob/*')[0]", "d/glob", 0o300),
    ("access", "1 / os.access('f/access', os.R_OK)", "f/access", 0),
    ("append", "open('f/append', 'a').close()", "f/append", 0o400),
    ("make", "open('d/make/new', 'x').close(); os.unlink('d/make/new')", "d/make", 0o500),
    ("mkdir", "os.mkdir('d/mkdir/new'); os.rmdir('d/mkdir/new')", "d/mkdir", 0o500),
    ("mkdir beside", "os.mkdir('d/beside/new'); os.rmdir('d/beside/new')", "d/beside", 0o600),
    ("unlink", "os.unlink('d/unlink/file'); open('d/unlink/file', 'x').close()", "d/unlink", 0o500),
    ("link", "os.link('f/text', 'd/link/f'); os.unlink('d/link/f')", "d/link", 0o500),
    ("symlink", "os.symlink('f', 'd/symlink/f'); os.unlink('d/symlink/f')", "d/symlink", 0o500),
    ("truncate", "os.truncate('f/truncate', 0)", "f/truncate", 0o400),
    ("chdir", "os.chdir('d/chdir'); os.chdir('../..')", "d/chdir", 0o600),
    // Whose entries are looked up by the import system, and never listed by the pipeline.
    (
        "import beside",
        "sys.path.insert(0, os.path.abspath('d/library')); __import__('beside')",
        "d/library",
        0,
    ),
    (
        "import closed",
        "sys.path.insert(0, os.path.abspath('d/closed')); __import__('closed')",
        "d/closed",
        0o600,
    ),
    (
        "rename",
        "os.rename('d/rename/file', 'd/rename/f'); os.rename('d/rename/f', 'd/rename/file')",
        "d/rename",
        0o500,
    ),
];

fn project() -> Shared {
    let shared = Shared::with_pivot();
    let sandbox = &shared.sandbox;
    sandbox.make_directory("project/.pivot");
    sandbox.write("project/secret_module.py", "");
    sandbox.write("project/d/library/beside.py", "");
    sandbox.write("project/d/closed/closed.py", "");
    let mut text =
        "import configparser, glob, json, os, pathlib, sys\nos.chdir(os.path.dirname(__file__))\nNAMES = ['train']\n"
            .to_owned();
    for (name, attempt, path, _) in ATTEMPTS {
        let path = format!("project/{path}");
        if path.contains("/d/") {
            sandbox.write(&format!("{path}/file"), "");
        } else {
            sandbox.write(&path, if name == "json" { "{}" } else { "" });
        }
        let name = name.replace(['.', ' '], "_");
        text += &format!(
            "try:\n    {attempt}\n    NAMES.append('{name}')\nexcept Exception:\n    pass\n"
        );
    }
    sandbox.write("project/pipeline.py", pipeline_of(Pivot::V0511, &text));
    shared.give("project", OWNER);
    shared
}

fn stages(shared: &Shared, user: User, arguments: &[&str]) -> (u8, Vec<String>) {
    let said = ran(shared.front(user, "project", &[&["stages"], arguments].concat()));
    (said.code as u8, said.stdout.lines().map(str::to_owned).collect())
}

#[test]
fn a_refusal_is_an_input() {
    let shared = project();
    let place = |path: &str| shared.sandbox.path(&format!("project/{path}"));
    let rights = ATTEMPTS.map(|(.., path, _)| fs::metadata(place(path)).unwrap().permissions());
    for (.., path, mode) in ATTEMPTS {
        chmod(&place(path), mode);
    }
    let (code, names) = stages(&shared, OWNER, &[]);
    assert_eq!((code, names.len()), (0, 1), "something is allowed: {names:?}");
    assert_eq!(stages(&shared, OWNER, &["--cached"]), (0, names.clone()), "it is not cached");
    let doctor = ran(shared.front(OWNER, "project", &["doctor"]));
    assert!(doctor.stdout.contains("from the cache"), "{}", doctor.stdout);
    // Root may do all of that: other names, which are not those of the cache.
    assert_eq!(stages(&shared, ROOT, &["--cached"]).0, 3);
    for ((what, _, path, mode), allowed) in ATTEMPTS.into_iter().zip(rights) {
        fs::set_permissions(place(path), allowed).unwrap();
        assert_eq!(stages(&shared, OWNER, &["--cached"]).0, 3, "{what}: allowed now");
        chmod(&place(path), mode);
        assert_eq!(stages(&shared, OWNER, &["--cached"]).0, 0, "{what}: denied again");
    }
    for (.., path, _) in ATTEMPTS {
        chmod(&place(path), 0o755);
    }
    let (code, names) = stages(&shared, OWNER, &[]);
    assert_eq!((code, names.len()), (0, 1 + ATTEMPTS.len()), "all is allowed: {names:?}");
    assert_eq!(stages(&shared, OWNER, &["--cached"]), (0, names), "it is not cached");
}
