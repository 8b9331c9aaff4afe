//! Parts of generated pipelines: each looks at one thing of a small project, and says at what.
//!
//! What is looked at has a name, and so has what a change touches (`changes.rs`): `P` a file's bytes,
//! `P?` whether and what it is, `P#` its size, `P@` its mtime, `P%` its mode, `D/` the names in a
//! directory, `D/*.csv` those of a pattern, `L>` a link's target, `$V` a variable, `$*` all of them, `here` the directory it
//! is asked from.

use crate::support::oracle::Random;

/// Files that may be missing.
pub const FILES: [&str; 9] = [
    "b.txt",
    "c.yaml",
    "d/y.txt",
    "d/w.csv",
    "d/s/z.csv",
    "e/v.csv",
    "../out.txt",
    "m.py",
    "made.txt",
];

/// Files that are always there: nobody sees a child or a library look for one that is not.
pub const KEPT: [&str; 3] = ["a.txt", "n.csv", "d/x.csv"];

/// Variables.
pub const VARIABLES: [&str; 3] = ["V0", "V1", "V2"];

/// A part, and what it looks at.
pub struct Fragment {
    /// Statements of a function that returns what it saw.
    pub code: String,
    pub looks: Vec<String>,
}

/// How a pipeline names a path: beside itself, or from where it is asked.
struct Named {
    text: String,
    /// Of the link and the directory on the way.
    looks: Vec<String>,
}

fn named(random: &mut Random, path: &str) -> Named {
    match random.below(3) {
        0 => Named { text: format!("{path:?}"), looks: vec!["here".to_owned()] },
        1 => Named {
            text: format!("os.path.join(os.path.dirname(__file__), {path:?})"),
            looks: vec![],
        },
        _ => Named { text: format!("Path(__file__).parent / {path:?}"), looks: vec![] },
    }
}

/// All but the first for a path: what `looks` says, for it and for what it needs on its way.
fn at(path: &str, what: &str) -> Vec<String> {
    let mut looks: Vec<String> = what.split(' ').map(|kind| format!("{path}{kind}")).collect();
    looks.push(format!("{path}?"));
    looks.extend(path.starts_with("e/").then(|| "e?".to_owned()));
    looks
}

/// A part of some kind.
pub fn random(random: &mut Random) -> Fragment {
    let kinds = [
        reads,
        reads,
        asks,
        asks,
        asks,
        lists,
        lists,
        lists,
        measures,
        measures,
        links,
        links,
        environment,
        environment,
        directory,
        children,
        children,
        natively,
        modules,
        makes,
        zone,
    ];
    let kind = *random.pick(&kinds);
    kind(random)
}

/// With the path at `{}`: what is written and looked at.
fn of_path(random: &mut Random, path: &str, forms: &[&str], what: &str) -> Fragment {
    let Named { text, mut looks } = named(random, path);
    looks.extend(at(path, what));
    Fragment { code: random.pick(forms).replace("{}", &text), looks }
}

fn any_file(random: &mut Random) -> &'static str {
    match random.below(3) {
        0 => KEPT[random.below(KEPT.len())],
        _ => FILES[random.below(FILES.len())],
    }
}

fn reads(random: &mut Random) -> Fragment {
    let path = any_file(random);
    let forms = [
        "return open({}).read()",
        "return Path({}).read_bytes()",
        "return os.read(os.open({}, os.O_RDONLY), 99)",
        "import csv; return list(csv.reader(open({})))",
        "import yaml; return yaml.safe_load(Path({}).read_text())",
        "import linecache; return linecache.getlines(str({}))",
        "import configparser; return configparser.ConfigParser(allow_no_value=True).read([{}])",
        "import threading; seen = []; t = threading.Thread(target=lambda: seen.append(open({}).read())); t.start(); t.join(); return seen",
    ];
    of_path(random, path, &forms, "")
}

fn asks(random: &mut Random) -> Fragment {
    let path = *random.pick(&[
        "b.txt",
        "c.yaml",
        "d/y.txt",
        "e",
        "e/v.csv",
        "../out.txt",
        "d/w.csv",
        "d/s",
    ]);
    let (form, what) = *random.pick(&[
        ("return os.path.exists({})", "?"),
        ("return Path({}).is_file(), 1", "?"),
        ("return os.path.isdir({}), 2", "?"),
        ("return Path({}).exists()", "?"),
        ("return os.access({}, os.F_OK)", "?"),
        ("from concurrent.futures import ThreadPoolExecutor as P; return list(P(2).map(os.path.exists, [{}]))", "?"),
        ("return Path({}).is_symlink()", "?"),
        ("p = Path({}); return p.read_text() if p.exists() and p.is_file() else None", ""),
    ]);
    of_path(random, path, &[form], what)
}

fn lists(random: &mut Random) -> Fragment {
    let directory = *random.pick(&["d", "e", "d/s", "k"]);
    let (form, pattern) = *random.pick(&[
        ("return sorted(os.listdir({}))", ""),
        ("return sorted(entry.name for entry in os.scandir({}))", ""),
        ("return sorted(path.name for path in Path({}).iterdir())", ""),
        ("return sorted(path.name for path in Path({}).glob('*.csv'))", "*.csv"),
        ("import glob; return sorted(glob.glob(str(Path({}) / '*.csv')))", "*.csv"),
        ("import glob; return sorted(os.path.basename(p) for p in glob.glob(os.path.join({}, '*.txt')))", "*.txt"),
        ("return sorted(path.name for path in Path({}).rglob('*.csv'))", "**/*.csv"),
        ("return sorted(name for _, _, names in os.walk({}) for name in names)", "**/"),
        ("return sorted(entry.name for entry in os.scandir({}) if entry.is_dir())", ""),
    ]);
    let Named { text, mut looks } = named(random, directory);
    let places: &[&str] = match (directory, pattern.starts_with("**/")) {
        ("d", true) => &["d", "d/s"],
        ("k", true) => &["d", "d/s", "d2"],
        ("k", false) => &["d", "d2"],
        _ => &[directory],
    };
    let pattern = pattern.trim_start_matches("**/");
    looks.extend(places.iter().map(|place| format!("{place}/{pattern}")));
    looks.extend(
        ["e?".to_owned(), "k>".to_owned()].into_iter().filter(|it| it.starts_with(directory)),
    );
    Fragment { code: form.replace("{}", &text), looks }
}

fn measures(random: &mut Random) -> Fragment {
    let path = any_file(random);
    let (form, what) = *random.pick(&[
        ("return os.path.getsize({})", "#"),
        ("return Path({}).stat().st_size, 1", "#"),
        ("return os.path.getmtime({})", "@"),
        ("return Path({}).stat().st_mtime_ns", "@"),
        ("return Path({}).stat().st_mode", "%"),
        // All counts of a status that is kept: nobody follows what is taken of it later.
        ("s = os.stat({}); return s.st_size, s.st_mtime", "# @ %"),
        ("with open({}) as file: return os.fstat(file.fileno()).st_size", "# "),
    ]);
    of_path(random, path, &[form], what)
}

fn links(random: &mut Random) -> Fragment {
    // And what of the places that it may lead to.
    let (path, form, through) = *random.pick(&[
        ("l", "return os.readlink({})", ""),
        ("l", "return Path({}).is_symlink()", ""),
        ("l", "return os.path.lexists({})", ""),
        ("l", "return Path({}).resolve().name", "a.txt? b.txt?"),
        ("l", "return open({}).read()", "a.txt a.txt? b.txt b.txt?"),
        ("l", "return os.path.exists({})", "a.txt? b.txt?"),
        ("k", "return open(os.path.join({}, 'x.csv')).read()", "d/x.csv d2/x.csv"),
        ("k", "return os.path.realpath({}).split('/')[-1]", ""),
    ]);
    let mut fragment = of_path(random, path, &[form], ">");
    fragment.looks.extend(through.split(' ').map(str::to_owned));
    fragment
}

fn environment(random: &mut Random) -> Fragment {
    let name = *random.pick(&VARIABLES);
    let (form, looks) = *random.pick(&[
        ("return os.environ.get('{}')", "${}"),
        ("return os.getenv('{}', 'd')", "${}"),
        ("return '{}' in os.environ", "${}"),
        ("return os.environ['{}']", "${}"),
        ("return os.path.expandvars('${}')", "${}"),
        ("return sorted(k for k in os.environ if k.startswith('V'))", "$*"),
        ("return dict(os.environ).get('{}')", "$*"),
    ]);
    Fragment { code: form.replace("{}", name), looks: vec![looks.replace("{}", name)] }
}

fn directory(random: &mut Random) -> Fragment {
    let form = *random.pick(&[
        "return os.path.basename(os.getcwd())",
        "return Path.cwd().name",
        "return os.path.abspath('q').split('/')[-2]",
        "return Path('q').absolute().parent.name",
    ]);
    Fragment { code: form.to_owned(), looks: vec!["here".to_owned()] }
}

/// What a child gets.
const CHILD: [&str; 2] = ["$*", "here"];

/// Files and links that lead to one for certain: nobody sees C code look for what is not there. With the
/// links that may lead to the same, since nobody tells by which name it is opened.
fn any_lasting(random: &mut Random) -> (&'static str, &'static [&'static str]) {
    *random.pick(&[
        ("a.txt", &["l>"][..]),
        ("n.csv", &[]),
        ("d/x.csv", &["k>"]),
        ("k/x.csv", &["k>", "d/x.csv", "d2/x.csv"]),
    ])
}

fn children(random: &mut Random) -> Fragment {
    if random.below(3) == 0 {
        let directory = *random.pick(&["d", "k"]);
        let Named { text, mut looks } = named(random, directory);
        looks.extend(["d/", "k>"].map(str::to_owned));
        looks.extend((directory == "k").then(|| "d2/".to_owned()));
        looks.extend(CHILD.map(str::to_owned));
        let code = format!("import subprocess; return subprocess.check_output(['ls', {text}])");
        return Fragment { code, looks };
    }
    let (path, links) = any_lasting(random);
    let forms = [
        "import subprocess; return subprocess.check_output(['cat', {}])",
        "import subprocess; return subprocess.run(['sh', '-c', 'cat \"$0\"', {}], capture_output=True).stdout",
        "import shlex; return os.popen('cat ' + shlex.quote(str({}))).read()",
    ];
    let mut fragment = of_path(random, path, &forms, "");
    fragment.looks.extend(CHILD.iter().chain(links).map(|&it| it.to_owned()));
    fragment
}

fn natively(random: &mut Random) -> Fragment {
    let (path, links) = any_lasting(random);
    let forms = [
        "import polars; return polars.read_csv({}).rows()",
        "import duckdb; return duckdb.sql(f\"select * from read_csv('{{}}', header=true)\").fetchall()",
        "import pyarrow.csv; return pyarrow.csv.read_csv(str({})).to_pylist()",
    ];
    let mut fragment = of_path(random, path, &forms, "");
    // Nor whether it does so from where it is.
    fragment.looks.extend(["here"].iter().chain(links).map(|&it| it.to_owned()));
    fragment
}

fn modules(random: &mut Random) -> Fragment {
    let (form, looks) = *random.pick(&[
        ("import m; return m.N", "m.py m.py?"),
        ("import importlib.util; return bool(importlib.util.find_spec('m'))", "m.py?"),
        ("import importlib; return importlib.import_module('m').N", "m.py m.py?"),
    ]);
    // ROOT is on the path whatever the directory, and so may the directory be.
    let looks = looks.split(' ').map(str::to_owned).collect();
    Fragment { code: form.to_owned(), looks }
}

fn makes(random: &mut Random) -> Fragment {
    let (form, looks) = *random.pick(&[
        ("p = Path({}); p.exists() or p.write_text('made'); return p.read_text()", ""),
        // A copy has the permissions of what it is made from.
        ("import shutil; p = {}; os.path.exists(p) or shutil.copy(os.path.join(os.path.dirname(__file__), 'a.txt'), p); return open(p).read()", "a.txt a.txt? a.txt%"),
    ]);
    let mut fragment = of_path(random, "made.txt", &[form], "");
    fragment.looks.extend(looks.split(' ').map(str::to_owned));
    fragment
}

fn zone(_: &mut Random) -> Fragment {
    Fragment { code: "import time; return time.tzname".to_owned(), looks: vec!["$TZ".to_owned()] }
}
