//! What else the driver sees of a discovery: names looked for, the installation, failures, and
//! what it does not let a pipeline see.

use std::fs;
use std::os::unix::fs::symlink;

use super::driven::{Driven, pipeline, project};
use crate::support::{Pivot, Sandbox, bytes, pipeline_010, pipeline_0511, set_mtime};

#[test]
fn names_are_looked_for_wherever_the_user_has_modules() {
    for pivot in Pivot::in_turn() {
        let mut sandbox = project(
            pivot,
            "import importlib, importlib.util\n\
             import whole, space.inner.leaf, linked.module, on_path, data.below\n\
             try: import absent_one\nexcept ImportError: pass\n\
             try: importlib.import_module('absent_two')\nexcept ImportError: pass\n\
             try: from whole import absent_three\nexcept ImportError: pass\n\
             importlib.util.find_spec('absent_four')\n\
             sys.path.append('later')\nimport in_later\n",
        );
        sandbox.write("project/whole/__init__.py", "from . import part\nfrom .deep import x\n");
        sandbox.write("project/whole/deep.py", "x = 1\n");
        // No package: the module of that name comes from PYTHONPATH.
        sandbox.write("on path/data.py", "__path__ = [__file__[:-3]]\n");
        let within = "whole/part.py space/inner/leaf.py later/in_later.py data/one.csv";
        sandbox.touch("project", within);
        sandbox.touch("elsewhere/linked", "__init__.py module.py");
        sandbox.touch("on path", "data/below.py on_path.py");
        symlink(sandbox.path("elsewhere/linked"), sandbox.path("project/linked")).unwrap();
        let path = [sandbox.path("on path"), sandbox.path("no such")];
        sandbox.set("PYTHONPATH", std::env::join_paths(path).unwrap());
        let driven = Driven::stages(&sandbox, pivot);
        let searched = driven.searched();
        let has = |path: &str, names: &[&str]| {
            let found = &searched.get(path).unwrap_or_else(|| panic!("{path} in {searched:?}"));
            let missing: Vec<_> = names.iter().filter(|name| !found.contains(name)).collect();
            assert!(missing.is_empty(), "{pivot:?}, {path}: no {missing:?} in {found:?}");
        };
        let tops = ["whole", "space", "linked", "absent_one", "absent_two", "absent_four"];
        has(".", &tops);
        has("/on path", &tops);
        // Pivot's own modules too: PYTHONPATH comes before them.
        has("/on path", &["on_path", "pivot", "pydantic", "pathlib"]);
        has("later", &["in_later"]);
        has("whole", &["part", "deep", "absent_three", "__init__"]);
        has("space", &["inner", "__init__"]);
        has("space/inner", &["leaf", "__init__"]);
        has("linked", &["module", "__init__"]);
        has("data", &["__init__"]);
        assert_eq!(driven.absent('d'), ["/no such"]);
        let read = driven.read();
        for source in
            ["whole/part.py", "space/inner/leaf.py", "linked/module.py", "/on path/data.py"]
        {
            assert!(read.iter().any(|path| path == source), "{pivot:?}: {source} in {read:?}");
        }
        // What comes before a library may lie in the directory of libraries, but not deeper.
        let libraries = searched.iter().filter(|(path, _)| path.contains("site-packages"));
        for (path, names) in libraries {
            assert!(path.ends_with("/site-packages"), "{path}");
            assert!(names.contains(&"absent_one") && !names.contains(&"json"), "{names:?}");
        }
    }
}

/// Pivot 0.5.11 removes the modules of a pipeline that failed; what was seen tells of them.
#[test]
fn a_failed_discovery_says_what_it_saw() {
    for pivot in Pivot::in_turn() {
        let head = "import package.helper\nos.listdir('data')\nopen('a.json')\n\
                    try: import absent\nexcept ImportError: pass\nraise SystemError('no')\n";
        let sandbox = project(pivot, head);
        sandbox.write("project/package/helper.py", "");
        sandbox.write("project/data/one.csv", "");
        sandbox.write("project/a.json", "{}");
        let driven = Driven::stages(&sandbox, pivot);
        let message =
            format!("Failed to load {}: no", sandbox.path("project/pipeline.py").display());
        assert_eq!(driven.all('e'), [message]);
        assert!(driven.all('n').is_empty());
        assert_eq!(driven.read(), ["a.json", "package/helper.py", "pipeline.py"]);
        assert_eq!(driven.listed(), ["data"]);
        let searched = driven.searched();
        assert!(searched["."].contains(&"absent"), "{searched:?}");
        for name in ["__init__", "helper"] {
            assert!(searched["package"].contains(&name), "{searched:?}");
        }
        assert_eq!(driven.all('v').len(), 1);
    }
}

#[test]
fn the_installation_is_told_of() {
    for (pivot, versions) in [(Pivot::V0511, "3.13 30 0.5.11"), (Pivot::V010, "3.13 2 0.1.0")] {
        let sandbox = project(pivot, "import installed");
        let own = sandbox.environment("venv", pivot);
        fs::write(own.join("editable.pth"), bytes(&sandbox.path("checkout"))).unwrap();
        sandbox.write("checkout/installed.py", "");
        let driven = Driven::run(&sandbox, &sandbox.path("venv/bin"), "project", "stages", "");
        assert_eq!(driven.all('v'), [versions]);
        assert_eq!(driven.all('e'), [""; 0]);
        let python = sandbox.path("venv/bin/python3");
        let stamps = driven.all('s');
        assert!(stamps.contains(&python.to_str().unwrap()), "{stamps:?}");
        assert!(stamps.contains(&own.join("editable.pth").to_str().unwrap()), "{stamps:?}");
        let links = format!("1 - {}|*.pth", own.display());
        let listed: Vec<_> = driven.all('d').into_iter().map(without_digest).collect();
        assert!(listed.contains(&links), "{listed:?}");
        let pivot_itself = format!("pivot-{}.dist-info", versions.rsplit(' ').next().unwrap());
        let searched = driven.searched();
        let mut sites = searched.iter().filter(|(path, _)| path.ends_with("/site-packages"));
        let (_, looked_for) = sites.next().unwrap();
        for name in ["pivot", "pydantic", "installed", &pivot_itself] {
            assert!(looked_for.contains(&name), "no {name}: {looked_for:?}");
        }
        // Installed from a checkout: the user's own, where he may edit it.
        assert_eq!(driven.read(), ["/checkout/installed.py", "pipeline.py"]);
        assert!(driven.searched()["/checkout"].contains(&"installed"));
    }
}

/// `COUNT FLAGS PATH|PATTERN` of a listing.
fn without_digest(listing: &str) -> String {
    let words: Vec<_> = listing.splitn(3, ' ').collect();
    [words[0], words[2]].join(" ")
}

/// ROOT may lie in an environment, and environments in ROOT: only their libraries are not the user's.
#[test]
fn the_libraries_of_environments_are_nobodys_files() {
    for pivot in Pivot::in_turn() {
        let mut sandbox = Sandbox::empty();
        sandbox.environment("venv", pivot);
        let head = "import helper\nos.listdir('data')\nos.listdir('.venv/lib')\n\
                    open('.venv/pyvenv.cfg').close()\nopen('site-packages/a').close()\n\
                    open('.venv/lib/python3.13/os.py').close()\n\
                    open(sys.prefix + '/data.txt').close()";
        sandbox.touch("venv", "data.txt");
        sandbox.make_directory("venv/project/.pivot");
        sandbox.write("venv/project/pipeline.py", pipeline(pivot, head));
        sandbox.touch("venv/project", "helper.py data/one.csv site-packages/a");
        sandbox.touch("venv/project/.venv", "pyvenv.cfg lib/module.py lib/python3.13/os.py");
        sandbox.set("LC_ALL", "C");
        let driven = Driven::run(&sandbox, &sandbox.path("venv/bin"), "venv/project", "stages", "");
        assert_eq!(driven.all('e'), [""; 0]);
        let data = ["/venv/data.txt", "/venv/project/.venv/pyvenv.cfg"];
        let code = ["/venv/project/helper.py", "/venv/project/pipeline.py"];
        assert_eq!(driven.read(), [data, code].concat());
        assert_eq!(driven.listed(), ["/venv/project/.venv/lib", "/venv/project/data"]);
        let searched = driven.searched();
        let searched = searched.keys().filter(|path| !path.ends_with("/site-packages"));
        assert_eq!(searched.collect::<Vec<_>>(), ["/venv/project"], "{pivot:?}");
    }
}

/// Python believes bytecode whose source has the recorded size and mtime.
#[test]
fn an_edit_that_keeps_size_and_mtime_is_seen_whatever_bytecode_there_is() {
    for pivot in Pivot::in_turn() {
        let sandbox = project(pivot, "import helper");
        let named = |name: &str| {
            let stages = match pivot {
                Pivot::V0511 => pipeline_0511("demo", &[name]),
                Pivot::V010 => pipeline_010(&[name]),
            };
            let module = sandbox.write("project/helper.py", stages);
            set_mtime(&module, 1_700_000_000, 0);
        };
        let text = fs::read_to_string(sandbox.path("project/pipeline.py")).unwrap();
        let (head, _) = text.split_once("import helper\n").unwrap();
        sandbox.write("project/pipeline.py", format!("{head}from helper import pipeline\n"));
        named("old");
        let prefix = if pivot == Pivot::V0511 { "demo/" } else { "" };
        assert_eq!(Driven::stages(&sandbox, pivot).all('n'), [format!("{prefix}old")]);
        let cached = sandbox.path("project/__pycache__/helper.cpython-313.pyc");
        assert!(cached.exists());
        named("new");
        let driven = Driven::stages(&sandbox, pivot);
        assert_eq!(driven.all('n'), [format!("{prefix}new")], "{pivot:?}");
        assert_eq!(driven.read(), ["helper.py", "pipeline.py"]);
        // Written long after its source: believed, and not written again.
        let later = std::time::SystemTime::now() + std::time::Duration::from_secs(60);
        let later = later.duration_since(std::time::UNIX_EPOCH).unwrap().as_secs() as i64;
        set_mtime(&cached, later, 0);
        let before = fs::metadata(&cached).unwrap().modified().unwrap();
        let driven = Driven::stages(&sandbox, pivot);
        assert_eq!(driven.all('n'), [format!("{prefix}new")], "{pivot:?}");
        assert_eq!(driven.read(), ["helper.py", "pipeline.py"]);
        assert_eq!(fs::metadata(&cached).unwrap().modified().unwrap(), before);
    }
}

#[test]
fn all_pipelines_are_found_by_listing_what_pivot_looks_into() {
    for pivot in Pivot::in_turn() {
        let sandbox = project(pivot, "");
        let text = fs::read_to_string(sandbox.path("project/pipeline.py")).unwrap();
        let text = text.replace("'demo'", "'below'").replace("\"demo\"", "\"below\"");
        sandbox.write("project/one/two/pipeline.py", text);
        sandbox.write("project/data/one.csv", "");
        sandbox.write("project/node_modules/deep/pipeline.py", "1 / 0");
        let driven = Driven::run(&sandbox, &pivot.bin(), "project", "all", "");
        assert_eq!(driven.all('n').len(), 2);
        assert_eq!(driven.read(), ["one/two/pipeline.py", "pipeline.py"]);
        assert_eq!(driven.listed(), [".", "data", "one", "one/two"], "{pivot:?}");
        for package in ["one", "one/two"] {
            assert!(driven.searched()[package].contains(&"__init__"));
        }
    }
}

/// Whatever others tell the hook, the pipeline must not notice.
#[test]
fn a_pipeline_does_not_notice_the_observation() {
    let head = "import threading\n\
        def fails(error, act):\n    \
            try: act()\n    except error: return\n    raise SystemError(str(error))\n\
        fails(ValueError, lambda: open('a\\0b'))\n\
        fails(TypeError, lambda: open(None))\n\
        fails(FileNotFoundError, lambda: open('none'))\n\
        fails(IsADirectoryError, lambda: open('.'))\n\
        fails(NotADirectoryError, lambda: os.listdir('pipeline.py'))\n\
        fails(OSError, lambda: os.listdir(99))\n\
        fails(ModuleNotFoundError, lambda: __import__('absent.module'))\n\
        for event in ('open', 'os.listdir', 'os.scandir', 'os.rename', 'sqlite3.connect'):\n    \
            sys.audit(event)\n    sys.audit(event, object())\n    sys.audit(event, 1, 2, 3, 4)\n\
        def deep(left):\n    return deep(left - 1) if left else open('pipeline.py').close()\n\
        sys.setrecursionlimit(200)\n\
        for left in range(60, 200):\n    \
            try: deep(left)\n    except RecursionError: break\n\
        sys.setrecursionlimit(1000)\n\
        threads = [threading.Thread(target=lambda: os.listdir('.')) for _ in range(20)]\n\
        for thread in threads: thread.start()\n\
        for thread in threads: thread.join()\n";
    for pivot in Pivot::in_turn() {
        let driven = Driven::stages(&project(pivot, head), pivot);
        assert_eq!((driven.all('e'), driven.all('n').len()), (vec![], 1), "{pivot:?}");
        // What could not be understood keeps the answer from being cached.
        assert!(driven.all('f').iter().any(|file| file.starts_with("0 0 0 0 0 /")));
    }
}
