//! Files and directories that the driver sees a pipeline read (ARCHITECTURE.md, "Freshness").

use std::fs;
use std::os::unix::fs::symlink;

use nix::sys::stat::Mode;
use nix::unistd::mkfifo;

use super::driven::{Driven, project};
use crate::support::Pivot;

/// What each head reads beside its pipeline, and what it tries that is not there.
#[test]
fn files_that_a_pipeline_reads_are_inputs() {
    let table = [
        ("json", "import json\njson.load(open('a.json'))", "a.json", ""),
        ("yaml", "import yaml\nyaml.safe_load(open('a.json'))", "a.json", ""),
        ("toml", "import tomllib\ntomllib.load(open('a.toml', 'rb'))", "a.toml", ""),
        ("pathlib", "import pathlib\npathlib.Path('sub/b').read_text()", "sub/b", ""),
        ("bytes", "open(b'a.json').close()", "a.json", ""),
        ("descriptor", "os.read(os.open('a.json', os.O_RDONLY), 9)", "a.json", ""),
        ("unbuffered", "import io\nio.FileIO('a.json').close()", "a.json", ""),
        ("read and written", "open('a.json', 'r+').close()", "a.json", ""),
        ("appended and read", "open('a.json', 'a+').close()", "a.json", ""),
        ("absolute", "open(os.path.abspath('sub/b')).close()", "sub/b", ""),
        ("back and forth", "open('sub/../a.json').close()", "a.json", ""),
        ("behind a link", "open('link/../outside').close()", "/elsewhere/outside", ""),
        ("by a link", "open('link/c').close()", "link/c", ""),
        ("elsewhere", "os.chdir('sub')\nopen('b').close()", "sub/b", ""),
        ("twice", "open('a.json').close()\nopen('./a.json').close()", "a.json", ""),
        (
            "in a thread",
            "import threading\nthread = threading.Thread(target=lambda: open('sub/b').close())\n\
             thread.start()\nthread.join()",
            "sub/b",
            "",
        ),
        (
            "by a patched interpreter",
            "real = os.stat\nos.stat = None\nopen('a.json').close()\nos.stat = real",
            "a.json",
            "",
        ),
        ("missing", "try: open('none')\nexcept OSError: pass", "", "none"),
        ("below a file", "try: open('a.json/b')\nexcept OSError: pass", "", "a.json/b"),
        ("long", "open('long').close()", "long", ""),
        (
            "database",
            "import sqlite3\nsqlite3.connect('base').execute('pragma schema_version')",
            "base",
            "",
        ),
        (
            "database by its address",
            "import sqlite3\nsqlite3.connect('file:ba%73e?mode=ro', uri=True)",
            "base",
            "",
        ),
        ("database in memory", "import sqlite3\nsqlite3.connect(':memory:')", "", ""),
        (
            "database of its own",
            "import sqlite3\nsqlite3.connect('new')\nopen('new').close()",
            "",
            "",
        ),
        ("its own output", "open('out', 'w').close()\nopen('out').close()", "", ""),
        (
            "its own output, moved there",
            "open('out~', 'w').close()\nos.replace('out~', 'out')\nopen('out').close()",
            "",
            "",
        ),
        (
            "its own temporary file",
            "import tempfile\nwith tempfile.NamedTemporaryFile(dir='sub') as file:\n    \
             open(file.name).close()",
            "",
            "",
        ),
        ("appended", "open('a.json', 'a').close()", "", ""),
        ("a device", "open('/dev/null').close()\nopen('/dev/urandom', 'rb').close()", "", ""),
        ("the kernel", "open('/proc/self/stat').close()", "", ""),
        ("time zones", "import zoneinfo\nzoneinfo.ZoneInfo('UTC')", "", ""),
        ("the interpreter", "open(os.__file__).close()", "", ""),
        ("a library", "import yaml\nopen(yaml.__file__).close()", "", ""),
        ("Git", "try: open('.git/HEAD')\nexcept OSError: pass", "", ".git/HEAD"),
        ("Pivot's state", "open('.pivot/config.yaml').close()", "", ""),
        ("a pipe", "os.close(os.open('fifo', os.O_RDWR))", "", ""),
        ("a directory", "try: open('sub')\nexcept OSError: pass", "", ""),
        ("nonsense", "try: open('a\\0b')\nexcept ValueError: pass", "", ""),
    ];
    for pivot in Pivot::in_turn() {
        let heads = table.iter().enumerate().map(|(row, (_, head, ..))| {
            format!("os.chdir(os.path.join(sys.path[0], 'row{row}'))\n{head}\n")
        });
        let sandbox = project(pivot, &heads.collect::<String>());
        sandbox.write("elsewhere/outside", "");
        sandbox.write("elsewhere/package/c", "c");
        for row in 0..table.len() {
            let place = |name: &str| format!("project/row{row}/{name}");
            sandbox.write(&place("a.json"), "{}");
            sandbox.write(&place("a.toml"), "a = 1\n");
            sandbox.write(&place("sub/b"), "b");
            sandbox.write(&place(".pivot/config.yaml"), "");
            sandbox.write(&place("base"), "");
            symlink(sandbox.path("elsewhere/package"), sandbox.path(&place("link"))).unwrap();
            let long = fs::File::create(sandbox.path(&place("long"))).unwrap();
            long.set_len((64 << 20) + 1).unwrap();
            mkfifo(&sandbox.path(&place("fifo")), Mode::S_IRWXU).unwrap();
        }
        let driven = Driven::stages(&sandbox, pivot);
        let (read, absent) = (driven.read(), driven.absent('f'));
        let mut wrong = Vec::new();
        for (row, (what, _, expected, expected_absent)) in table.iter().enumerate() {
            let own = |paths: &[String]| {
                let own = paths.iter().filter_map(|path| path.strip_prefix(&format!("row{row}/")));
                own.collect::<Vec<_>>().join(" ")
            };
            let found = match expected.starts_with('/') {
                true if read.iter().any(|path| path == expected) => (*expected).to_owned(),
                _ => own(&read),
            };
            if (&*found, &*own(&absent)) != (*expected, *expected_absent) {
                wrong.push(format!("{what}: {found:?}, absent {:?}", own(&absent)));
            }
        }
        let others = |path: &&String| !path.starts_with("row") && !path.starts_with("/elsewhere/");
        let others: Vec<_> = read.iter().chain(&absent).filter(others).collect();
        assert_eq!((wrong, others), (vec![], vec![&"pipeline.py".to_owned()]), "{pivot:?}");
        assert_eq!(driven.all('n').len(), 1);
    }
}

/// What each head lists, and what it tries that is not there.
#[test]
fn directories_that_a_pipeline_lists_are_inputs() {
    let table = [
        ("listdir", "os.listdir('data')", "data", ""),
        ("scandir", "list(os.scandir(b'data'))", "data", ""),
        ("here", "os.chdir('data')\nos.listdir()", "data", ""),
        ("descriptor", "os.listdir(os.open('data', os.O_RDONLY))", "data", ""),
        ("glob", "import glob\nglob.glob('data/*.csv')", "data", ""),
        (
            "deep glob",
            "import glob\nglob.glob('data/**', recursive=True)",
            "data data/deep",
            // It tries to list files too, which their types tell.
            "",
        ),
        ("pathlib", "import pathlib\nlist(pathlib.Path('data').iterdir())", "data", ""),
        (
            "pathlib's deep glob",
            "import pathlib\nlist(pathlib.Path('data').rglob('*.csv'))",
            "data data/deep",
            "",
        ),
        ("walk", "list(os.walk('data'))", "data data/deep", ""),
        ("walk by descriptors", "list(os.fwalk('data'))", "data data/deep", ""),
        (
            "modules",
            "import pkgutil\nlist(pkgutil.iter_modules(['data']))",
            // Any directory may be a package.
            "data data/deep",
            "",
        ),
        ("missing", "try: os.listdir('none')\nexcept OSError: pass", "", "none"),
        // That it is none is a question.
        ("no directory", "try: os.listdir('a')\nexcept OSError: pass", "", ""),
        (
            "distributions",
            "import importlib.metadata as m\nsys.path.append(os.path.abspath('data'))\n\
             [d.name for d in m.distributions()]",
            // By the names of their metadata.
            "data",
            "",
        ),
        ("a search", "sys.path.insert(0, os.path.abspath('data'))\nimport helper", "", ""),
        ("a library", "import yaml\nos.listdir(os.path.dirname(yaml.__file__))", "", ""),
        ("Git", "list(os.walk('.git'))", ".git", ""),
        ("bytecode", "list(os.walk('__pycache__'))", "", ""),
    ];
    for pivot in Pivot::in_turn() {
        let heads = table.iter().enumerate().map(|(row, (_, head, ..))| {
            format!("top = top if {row} else sys.path[0]\nos.chdir(top + '/row{row}')\n{head}\n")
        });
        let sandbox = project(pivot, &heads.collect::<String>());
        for row in 0..table.len() {
            sandbox.write(&format!("project/row{row}/data/one.csv"), "");
            sandbox.write(&format!("project/row{row}/data/helper.py"), "");
            sandbox.write(&format!("project/row{row}/data/deep/two.csv"), "");
            sandbox.write(&format!("project/row{row}/data/__pycache__/x.pyc"), "");
            sandbox.write(&format!("project/row{row}/.git/HEAD"), "");
            sandbox.write(&format!("project/row{row}/__pycache__/x.pyc"), "");
            sandbox.write(&format!("project/row{row}/a"), "");
        }
        let driven = Driven::stages(&sandbox, pivot);
        let (listed, absent) = (driven.listed(), driven.absent('d'));
        let mut wrong = Vec::new();
        for (row, (what, _, expected, expected_absent)) in table.iter().enumerate() {
            let own = |paths: &[String]| {
                let own = paths.iter().filter_map(|path| path.strip_prefix(&format!("row{row}/")));
                own.collect::<Vec<_>>().join(" ")
            };
            let found = (own(&listed), own(&absent));
            if (&*found.0, &*found.1) != (*expected, *expected_absent) {
                wrong.push(format!("{what}: {found:?}"));
            }
        }
        assert!(wrong.is_empty(), "{pivot:?}: {wrong:#?}");
        // ROOT is searched for distributions.
        let is_meant = |path: &String| path.starts_with("row") || path == ".";
        assert!(listed.iter().all(is_meant), "{listed:?}");
    }
}
