//! Names that come out of directories: their entries are inputs, what those hold is not.

use std::fs;

use super::shape::Shape;
use super::shapes;
use crate::support::Pivot;

shapes! {
    both: os_listdir glob iterdir scandir walk iter_modules;
    of_0_1_0: rglob tree_of_params listing_by_descriptor directory_that_may_be_missing
        linked_directory
}

/// A pipeline that has a stage for each entry of `data`, which starts with `a` and `b`.
fn entries(pivot: Pivot, code: &str) -> Shape {
    Shape::naming(pivot, code)
        .file("project/data/a.csv", "1")
        .file("project/data/b.csv", "2")
        .change_to("one more", "project/data/c.csv", "3")
        .quiet_to("an entry's content", "project/data/b.csv", "22")
        .quiet("an entry replaced", |s| {
            fs::rename(s.write("project/x", "3"), s.path("project/data/b.csv")).unwrap();
        })
        .quiet("one more and away again", |s| {
            fs::remove_file(s.write("project/data/f.csv", "")).unwrap();
        })
        .change("one renamed", |s| {
            fs::rename(s.path("project/data/b.csv"), s.path("project/data/d.csv")).unwrap();
        })
}

fn os_listdir(pivot: Pivot) -> Shape {
    entries(pivot, "import os\nNAMES = sorted(n.removesuffix('.csv') for n in os.listdir('data'))")
        .change("one less", |s| fs::remove_file(s.path("project/data/a.csv")).unwrap())
        .change("the directory replaced by another", |s| {
            s.write("project/next/e.csv", "1");
            fs::rename(s.path("project/data"), s.path("project/last")).unwrap();
            fs::rename(s.path("project/next"), s.path("project/data")).unwrap();
        })
        .quiet_to("one more in that which was replaced", "project/last/more.csv", "")
}

fn glob(pivot: Pivot) -> Shape {
    entries(pivot, "import glob\nNAMES = sorted(p[5:-4] for p in glob.glob('data/*.csv'))").change(
        "several at once",
        |s| {
            for name in ["g", "h", "i"] {
                s.write(&format!("project/data/{name}.csv"), "");
            }
        },
    )
}

fn iterdir(pivot: Pivot) -> Shape {
    entries(
        pivot,
        "import pathlib\n\
         NAMES = sorted(p.stem for p in (pathlib.Path(__file__).parent / 'data').iterdir())",
    )
}

fn scandir(pivot: Pivot) -> Shape {
    entries(
        pivot,
        "import os\nwith os.scandir('data') as entries:\n    \
         NAMES = sorted(e.name[:-4] for e in entries if e.is_file())",
    )
}

fn walk(pivot: Pivot) -> Shape {
    entries(
        pivot,
        "import os\n\
         NAMES = sorted(n[:-4] for _, _, names in os.walk('data') for n in names)",
    )
    .change_to("one in a new directory below", "project/data/x/y/z.csv", "")
    .change("a directory of them goes", |s| fs::remove_dir_all(s.path("project/data/x")).unwrap())
}

fn rglob(pivot: Pivot) -> Shape {
    entries(
        pivot,
        "import pathlib\nNAMES = sorted(p.stem for p in pathlib.Path('data').rglob('*.csv'))",
    )
    .change_to("one in a new directory below", "project/data/x/y/z.csv", "")
    .change_to("one more down there", "project/data/x/y/w.csv", "")
}

/// Both what a directory lists and what its files say.
fn tree_of_params(pivot: Pivot) -> Shape {
    Shape::naming(
        pivot,
        "import glob, json\nNAMES = []\n\
         for path in sorted(glob.glob('conf/**/*.json', recursive=True)):\n    \
         NAMES += json.load(open(path))",
    )
    .file("project/conf/a.json", r#"["train"]"#)
    .file("project/conf/below/b.json", r#"["v000"]"#)
    .change("another file", |s| drop(s.write("project/conf/below/c.json", r#"["more"]"#)))
    .change("that file's text", |s| drop(s.write("project/conf/below/c.json", r#"["most"]"#)))
    .change("the first one's text", |s| drop(s.write("project/conf/a.json", r#"["trail"]"#)))
    .change("its removal", |s| fs::remove_file(s.path("project/conf/below/c.json")).unwrap())
}

/// A plug-in directory, found by `pkgutil` and imported by name.
fn iter_modules(pivot: Pivot) -> Shape {
    Shape::naming(
        pivot,
        "import importlib, pkgutil\nimport plugins\n\
         NAMES = [importlib.import_module('plugins.' + m.name).NAME\n         \
         for m in sorted(pkgutil.iter_modules(plugins.__path__))]",
    )
    .file("project/plugins/__init__.py", "")
    .file("project/plugins/first.py", "NAME = 'train'\n")
    .change_to("one more", "project/plugins/second.py", "NAME = 'v000'\n")
    .change_to("its text", "project/plugins/second.py", "NAME = 'v001'\n")
    .change_to("a package", "project/plugins/third/__init__.py", "NAME = 'w'\n")
    .change("its removal", |s| fs::remove_dir_all(s.path("project/plugins/third")).unwrap())
}

fn listing_by_descriptor(pivot: Pivot) -> Shape {
    entries(
        pivot,
        "import os\nfd = os.open('data', os.O_RDONLY)\n\
         NAMES = sorted(n.removesuffix('.csv') for n in os.listdir(fd))\nos.close(fd)",
    )
}

/// A directory that is looked for by listing it, and is not there at first.
fn directory_that_may_be_missing(pivot: Pivot) -> Shape {
    Shape::naming(
        pivot,
        "import os\ntry:\n    NAMES = ['train', *sorted(os.listdir('local'))]\n\
         except OSError:\n    NAMES = ['train']",
    )
    .change_to("it appears", "project/local/a", "")
    .change_to("one more", "project/local/b", "")
    .change("it goes", |s| fs::remove_dir_all(s.path("project/local")).unwrap())
}

fn linked_directory(pivot: Pivot) -> Shape {
    Shape::naming(pivot, "import os\nNAMES = sorted(os.listdir('data'))")
        .file("elsewhere/one/a", "")
        .file("elsewhere/two/b", "")
        .change_to("one more behind the link", "elsewhere/one/c", "")
        .retargeted("project/data", "../elsewhere/one", "../elsewhere/two")
        .quiet_to("one more where it led", "elsewhere/one/d", "")
}
