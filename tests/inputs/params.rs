//! Names that come out of files: parameters, tables, settings, code that is executed.

use std::fs;

use super::shape::Shape;
use super::shapes;
use crate::support::Pivot;

shapes! {
    both: literal_names yaml json toml text tables branch executed_file optional_file;
    of_0_1_0: two_files runpy_of_a_file low_level_reads
}

/// The config itself, of which equal size and the old mtime hide nothing either.
fn literal_names(pivot: Pivot) -> Shape {
    Shape::new(pivot).numbered(
        "project/pipeline.py",
        &super::shape::pipeline_of(pivot, "NAMES = ['train', 'v000']"),
    )
}

fn yaml(pivot: Pivot) -> Shape {
    Shape::naming(
        pivot,
        "import yaml\nwith open('params.yaml') as f:\n    NAMES = yaml.safe_load(f)['stages']",
    )
    .numbered("project/params.yaml", "lr: 0.1\nstages: [train, v000]\n")
}

fn json(pivot: Pivot) -> Shape {
    Shape::naming(pivot, "import json\nNAMES = list(json.load(open('params.json')))")
        .numbered("project/params.json", r#"{"train": {}, "v000": {"lr": 1}}"#)
}

fn toml(pivot: Pivot) -> Shape {
    let code = "import tomllib\nwith open('conf/params.toml', 'rb') as f:\n    \
                NAMES = tomllib.load(f)['stage']";
    Shape::naming(pivot, code)
        .numbered("project/conf/params.toml", "[stage.train]\nlr = 1\n[stage.v000]\nlr = 2\n")
}

fn text(pivot: Pivot) -> Shape {
    Shape::naming(pivot, "NAMES = open('names.txt').read().split()")
        .numbered("project/names.txt", "train\nv000\n")
        .change_to("one more line", "project/names.txt", "train\nv000\nw000\n")
        .change_to("one line", "project/names.txt", "train\n")
        .change_to("in another order", "project/names.txt", "v000\ntrain\n")
        .change("a link instead", |s| {
            s.write("elsewhere/names.txt", "linked\n");
            fs::remove_file(s.path("project/names.txt")).unwrap();
            let target = s.path("elsewhere/names.txt");
            std::os::unix::fs::symlink(target, s.path("project/names.txt")).unwrap();
        })
}

/// An edit of one file while the other stays as it was.
fn two_files(pivot: Pivot) -> Shape {
    let code = "NAMES = [n for side in ('left', 'right') for n in open(side).read().split()]";
    Shape::naming(pivot, code)
        .numbered("project/left", "a v000")
        .numbered("project/right", "b w000")
        .change("exchanged", |s| {
            let (left, right) = (s.path("project/left"), s.path("project/right"));
            fs::rename(&left, s.path("project/third")).unwrap();
            fs::rename(&right, &left).unwrap();
            fs::rename(s.path("project/third"), &right).unwrap();
        })
        .change_to("one of no bytes", "project/left", "")
        .change_to("and back", "project/left", "c")
}

/// A file that only decides which other one is read.
fn branch(pivot: Pivot) -> Shape {
    let code = "import pathlib\nwhich = pathlib.Path('which').read_text().strip()\n\
                NAMES = pathlib.Path(which).read_text().split()";
    let (left, right) = (("project/left", "a v000"), ("project/right", "b w000"));
    Shape::choosing(pivot, code, left, right)
        .file("project/which", "left")
        .quiet_to("the file that is not read", "project/right", "b w001")
        .change_to("the other way", "project/which", "right")
        .change_to("and now that one", "project/right", "b w002")
        .change_to("and back", "project/which", "left")
}

fn executed_file(pivot: Pivot) -> Shape {
    Shape::naming(pivot, "exec(compile(open('settings.inc').read(), 'settings.inc', 'exec'))")
        .numbered("project/settings.inc", "NAMES = ['train', 'v000']\n")
}

fn runpy_of_a_file(pivot: Pivot) -> Shape {
    let code = "import pathlib, runpy\nhere = pathlib.Path(__file__).parent\n\
                NAMES = runpy.run_path(str(here / 'lib/names.py'))['NAMES']";
    Shape::naming(pivot, code).numbered("project/lib/names.py", "NAMES = ['train', 'v000']\n")
}

/// Ways to read that do not go through `open`.
fn low_level_reads(pivot: Pivot) -> Shape {
    let code = "import fileinput, io, linecache, mmap, os\n\
                fd = os.open('by_fd', os.O_RDONLY)\n\
                NAMES = os.read(fd, 100).decode().split()\nos.close(fd)\n\
                with io.FileIO('by_io') as f:\n    NAMES += f.readall().decode().split()\n\
                NAMES += linecache.getline('by_line', 1).split()\n\
                NAMES += [line[:4] for line in fileinput.input(['by_input'])]\n\
                with open('by_map') as f, mmap.mmap(f.fileno(), 0, prot=mmap.PROT_READ) as m:\n    \
                NAMES += m[:].decode().split()";
    Shape::naming(pivot, code)
        .numbered("project/by_fd", "train v000")
        .numbered("project/by_io", "a u000")
        .numbered("project/by_line", "b w000\n")
        .numbered("project/by_input", "deep\nw500\n")
        .numbered("project/by_map", "d w700")
}

/// A file that is looked for by opening it, and is not there at first.
fn optional_file(pivot: Pivot) -> Shape {
    let code = "try:\n    NAMES = open('local/names.txt').read().split()\n\
                except OSError:\n    NAMES = ['default']";
    Shape::naming(pivot, code)
        .change_to("it appears, and its directory", "project/local/names.txt", "a b")
        .change_to("it is edited", "project/local/names.txt", "a c")
        .change("it goes", |s| fs::remove_file(s.path("project/local/names.txt")).unwrap())
        .change("it comes back by rename", |s| {
            fs::rename(s.write("project/local/n", "a d"), s.path("project/local/names.txt"))
                .unwrap();
        })
        .change("its directory goes", |s| fs::remove_dir_all(s.path("project/local")).unwrap())
        .either("a directory in its place", |s| drop(s.make_directory("project/local/names.txt")))
}

/// Rows of a table, sections of settings of which one file is missing at first.
fn tables(pivot: Pivot) -> Shape {
    let code = "import configparser, csv\nwith open('stages.csv', newline='') as f:\n    \
                NAMES = [row['name'] for row in csv.DictReader(f) if row['on'] == 'yes']\n\
                c = configparser.ConfigParser()\nc.read(['setup.cfg', 'missing.ini'])\n\
                NAMES += c.sections()";
    Shape::naming(pivot, code)
        .numbered("project/stages.csv", "name,on\ntrain,yes\nv000,yes\nskip,no\n")
        .numbered("project/setup.cfg", "[first]\nlr = 1\n[w000]\n")
        .change_to("the file that was missing", "project/missing.ini", "[new]\n")
}
