//! What the driver sees a pipeline ask: questions, patterns, the environment, the place, the machine,
//! and what nobody can check (ARCHITECTURE.md, "The driver's frame").

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::symlink;

use super::driven::Driven;
use crate::support::{Pivot, Sandbox};

/// What the driver needs of a Pivot, in two milliseconds.
const DISCOVERY: &str = "\
import locale, pathlib, platform, random, runpy, tempfile\n\
class Pipeline:\n    \
    def list_stages(self): return ['a']\n    \
    def get_stage(self, name): return {'outs': [], 'func': len}\n\
def find_config_in_dir(directory): return directory / 'pipeline.py'\n\
def glob_all_pipelines(root): return []\n\
def discover_pipeline():\n    \
    from pivot import project\n    \
    runpy.run_path(str(project.get_project_root() / 'pipeline.py'), run_name='pipeline')\n    \
    return Pipeline()\n";
const PROJECT: &str = "\
import pathlib\n\
def get_project_root(): return pathlib.Path(__file__).parents[2] / 'project'\n";

/// A project with some data whose pipeline is `head`.
fn project(head: &str) -> Sandbox {
    let mut sandbox = Sandbox::empty();
    sandbox.write("path/pivot/__init__.py", "__version__ = '1'\n");
    sandbox.write("path/pivot/fingerprint.py", "");
    sandbox.write("path/pivot/discovery.py", DISCOVERY);
    sandbox.write("path/pivot/project.py", PROJECT);
    sandbox.set("PYTHONPATH", sandbox.path("path"));
    sandbox.make_directory("project/.pivot");
    sandbox.write("project/pipeline.py", format!("import os, sys\n{head}\n"));
    sandbox.write("project/data/a.csv", "1");
    sandbox.write("project/data/n/b.csv", "");
    sandbox.write("project/data/.hidden.csv", "");
    symlink("a.csv", sandbox.path("project/data/link")).unwrap();
    sandbox
}

/// What the driver tells of a pipeline that is `head`.
fn asked(head: &str) -> Driven {
    let driven = Driven::stages(&project(head), Pivot::V0511);
    assert_eq!(driven.all('e'), [""; 0], "{head}");
    assert_eq!(driven.all('v').len(), 1, "{head}");
    assert!(!driven.all('f').iter().any(|file| file.starts_with("0 0 0")), "{head}");
    driven
}

#[test]
fn a_question_counts_with_what_its_asker_uses() {
    let table = [
        ("os.path.exists('none')", "s - none"),
        ("os.path.isfile('data/a.csv')", "s t f data/a.csv"),
        ("os.path.isdir('data')", "s t d data"),
        ("os.path.getsize('data/a.csv')", "s s f data/a.csv"),
        ("os.path.getmtime('data/a.csv')", "s m f data/a.csv"),
        ("os.path.islink('data/link')", "l t l data/link"),
        ("os.path.samefile('data/a.csv', 'data/link')", "s ti f data/a.csv\ns ti f data/link"),
        ("os.access('data/a.csv', os.F_OK)", "s t f data/a.csv"),
        // What is allowed is asked of the system, and no question about a status.
        ("os.access('data/a.csv', os.R_OK)", ""),
        ("os.stat('data/a.csv')", "s tpsmic f data/a.csv"),
        ("os.lstat('data/link')", "l tpsmic l data/link"),
        ("pathlib.Path('none').is_file()", "s - none"),
        ("pathlib.Path('data').is_dir()", "s t d data"),
        ("pathlib.Path('data/a.csv').stat()", "s tpsmic f data/a.csv"),
        ("pathlib.Path('data/link').resolve()", "l t d data\nl t f data/a.csv"),
        ("[e.is_dir() for e in os.scandir('data')]", "s t f data/link"),
        ("[e.stat() for e in os.scandir('data/n')]", "s tpsmic f data/n/b.csv"),
        ("f = open('data/a.csv'); os.fstat(f.fileno())", "s tpsmic f data/a.csv"),
        ("f = open('data/a.csv'); os.fstat(f.fileno()).st_mode", "s tp f data/a.csv"),
        ("list(map(os.path.exists, ['none']))", "s - none"),
        ("shutil.which('tool', path='data')", "s - data/tool"),
        ("os.path.exists(os.getcwd()) or os.path.exists('/')", ""),
        ("os.path.exists(os.__file__) or os.path.exists('.pivot/x')", ""),
        ("os.path.exists('data/a.csv') and open('data/a.csv')", ""),
        ("tempfile.TemporaryDirectory().cleanup()", ""),
    ];
    for (question, expected) in table {
        let driven = asked(&format!("import pathlib, shutil, tempfile\n{question}\n"));
        assert_eq!(driven.asked().join("\n"), expected, "{question}");
    }
    let driven = asked("os.path.realpath('data/link')\n");
    let links: Vec<_> = driven.all('y').into_iter().map(|link| link.rsplit('/').next()).collect();
    assert_eq!(links, [Some("link")]);
    assert!(driven.all('y')[0].starts_with("a.csv|/"));
}

#[test]
fn of_a_listing_counts_what_its_pattern_can_choose() {
    let table = [
        ("os.listdir('data')", "- data"),
        ("list(os.scandir('data'))", "- data"),
        ("list(pathlib.Path('data').iterdir())", "- data"),
        ("[e.is_file() for e in os.scandir('data')]", "t data"),
        ("glob.glob('data/*.csv')", "h data|*.csv"),
        ("glob.glob('data/.*')", "h data|.*"),
        ("glob.glob('data/*.csv', include_hidden=True)", "- data|*.csv"),
        ("glob.glob(b'data/[!b]*')", "h data|[!b]*"),
        ("glob.glob('data/n*/b.csv')", "th data|n*"),
        ("glob.glob('data/*/b.csv')", "tr data|/"),
        ("glob.glob('*.csv', root_dir='data')", "h data|*.csv"),
        ("list(pathlib.Path('data').glob('*.csv'))", "- data|*.csv"),
        ("list(pathlib.Path('data').glob('a?[!x]*.c*'))", "- data|a?[!x]*.c*"),
        ("list(pathlib.Path('data').glob('*/b.csv'))", "tr data|/"),
        ("list(pathlib.Path('data/n').rglob('*.csv'))", "tr data/n|*.csv|/"),
        ("list(pathlib.Path('data/n').rglob('b.csv'))", "tr data/n|/"),
        ("list(os.walk('data/n'))", "t data/n"),
        ("glob.glob('data/*.csv'); glob.glob('data/*.txt')", "h data|*.csv|*.txt"),
        ("glob.glob('data/*.csv'); os.listdir('data')", "- data"),
        ("list(pathlib.Path('data').glob('*.CSV', case_sensitive=False))", "- data"),
    ];
    for (listing, expected) in table {
        let driven = asked(&format!("import glob, pathlib\n{listing}\n"));
        let project = driven.all('r')[0].to_owned() + "/";
        let of_project = driven.all('d').into_iter().filter_map(|value| {
            let (state, path) = value.split_once(&project)?;
            Some(format!("{} {path}", state.split(' ').nth(2)?))
        });
        assert_eq!(of_project.collect::<Vec<_>>(), [expected], "{listing}");
    }
}

#[test]
fn names_of_the_environment_that_the_user_asked_for_count() {
    let table = [
        ("pass", "PYTHON*"),
        ("os.environ.get('A_B')", "A_B|PYTHON*"),
        ("os.getenv('A_B')", "A_B|PYTHON*"),
        ("'A_B' in os.environ", "A_B|PYTHON*"),
        ("os.environb.get(b'A_B')", "A_B|PYTHON*"),
        ("os.environ.setdefault('A_B', 'c')", "A_B|PYTHON*"),
        ("os.environ['A_B'] = 'c'; os.environ['A_B']", "PYTHON*"),
        ("os.environ.get('PIVOT_COMPLETE'); os.environ.get('COMP_WORDS')", "PYTHON*"),
        ("dict(os.environ)", "*|PYTHON*"),
        ("[name for name in os.environ]", "*|PYTHON*"),
        ("[os.environ[name] for name in list(os.environ)]", "*|PYTHON*"),
        ("{name: os.environ.get(name) for name in os.environ}", "*|PYTHON*"),
        ("list(os.environ.items())", "*|PYTHON*"),
        ("dict(os.environ); os.environ.get('TERM')", "*|PYTHON*|TERM"),
        ("os.environ.copy()", "*|PYTHON*"),
        ("len(os.environ)", "*|PYTHON*"),
        ("os.path.expanduser('~')", "HOME|PYTHON*"),
        ("os.system('true')", "*|PYTHON*"),
        ("import subprocess; subprocess.run(['true'])", "*|PYTHON*"),
        ("import subprocess; subprocess.run(['/bin/true'], env={})", "PYTHON*"),
        ("import time; time.localtime()", "PYTHON*|TZ"),
        ("import datetime; datetime.datetime.now()", "PYTHON*|TZ"),
        ("import locale; locale.setlocale(locale.LC_ALL, '')", "LANG|LANGUAGE|LC_*|PYTHON*"),
        ("import logging; logging.warning('x')", "PYTHON*"),
    ];
    for (asks, expected) in table {
        assert_eq!(asked(asks).all('E'), [expected], "{asks}");
    }
}

#[test]
fn the_place_counts_until_the_pipeline_leaves_it_by_itself() {
    let table = [
        ("pass", false),
        ("os.path.exists(__file__)", false),
        ("os.getcwd()", true),
        ("os.path.abspath('x')", true),
        ("os.path.abspath(__file__)", false),
        ("os.path.exists('x')", true),
        ("os.listdir()", true),
        ("open('pipeline.py').close()", true),
        ("import subprocess; subprocess.run(['true'])", true),
        ("import subprocess; subprocess.run(['true'], cwd='/')", false),
        ("os.chdir(os.path.dirname(__file__)); os.listdir(); open('pipeline.py')", false),
        ("os.chdir('data'); os.listdir()", true),
        ("here = os.getcwd(); os.chdir('/'); os.chdir(here)", true),
        ("os.mkdir('x')", true),
        ("os.mkdir(os.path.dirname(__file__) + '/x')", false),
        ("try: os.chdir('/none')\nexcept OSError: pass\nos.getcwd()", true),
        ("os.chdir('/'); os.getcwd()", false),
        ("import logging; logging.basicConfig(filename='log'); logging.error('x')", false),
        ("import tempfile; tempfile.gettempdir()", false),
    ];
    for (uses, expected) in table {
        assert_eq!(asked(uses).all('p').len() == 1, expected, "{uses}");
    }
}

#[test]
fn the_machine_and_what_nobody_can_check_are_told() {
    let table = [
        ("pass", "", ""),
        ("os.uname()", "n", ""),
        ("import platform; platform.node()", "n", ""),
        ("import platform; platform.system()", "", ""),
        ("import socket; socket.gethostname()", "n", ""),
        ("os.getuid(); os.cpu_count()", "cu", ""),
        ("import time; time.time()", "", "clock"),
        ("import datetime; datetime.date.today()", "", "clock"),
        ("import logging; logging.error('x')", "", ""),
        ("import random; random.choice('ab')", "", "chance"),
        ("import random; random.seed(1); random.choice('ab')", "", ""),
        ("import uuid; uuid.uuid4()", "", "chance"),
        ("import secrets; secrets.token_hex()", "", "chance"),
        ("import tempfile; tempfile.TemporaryDirectory().cleanup()", "", ""),
        ("import subprocess; subprocess.run(['true'])", "", "child"),
        (
            "import socket\ntry: socket.create_connection(('127.0.0.1', 1))\nexcept OSError: pass",
            "",
            "network",
        ),
    ];
    for (asks, machine, unprovable) in table {
        let driven = asked(asks);
        assert_eq!(driven.all('h').join(""), machine, "{asks}");
        let mut kinds: Vec<_> =
            driven.all('z').into_iter().map(|said| said.split('|').next().unwrap()).collect();
        kinds.dedup();
        assert_eq!(kinds.join(" "), unprovable, "{asks}");
    }
}

#[test]
fn what_a_discovery_made_counts_as_it_left_it() {
    let table = [
        ("open('new', 'w').close()", "", ""),
        ("open('new', 'w').close(); open('new').close()", "new", ""),
        ("os.path.exists('new') or open('new', 'w').close()", "new", ""),
        ("shutil.copy('data/a.csv', 'new'); open('new').close()", "new", "data/a.csv"),
        ("sqlite3.connect('new').execute('create table t (n)')", "new", ""),
        ("open('log', 'a').write('x')", "", ""),
        ("open('new~', 'w').close(); os.replace('new~', 'new'); open('new').close()", "new", ""),
        ("open('data/a.csv', 'r+').write('1')", "data/a.csv", ""),
        ("with tempfile.NamedTemporaryFile() as f: open(f.name).close()", "", ""),
        ("open(tempfile.mkstemp(dir='.')[1]).close()", "", ""),
        (
            "d = tempfile.mkdtemp(dir='.'); os.system(f'echo a > {d}/x'); open(d + '/x').close(); \
             os.listdir(d)",
            "",
            "",
        ),
    ];
    for (makes, made, read) in table {
        let driven = asked(&format!("import shutil, sqlite3, tempfile\n{makes}\n"));
        let project = driven.all('r')[0].to_owned() + "/";
        let told: Vec<_> =
            driven.all('m').into_iter().filter_map(|path| path.strip_prefix(&project)).collect();
        assert_eq!(told.join(" "), made, "{makes}");
        let files: Vec<_> = driven.all('f');
        let files =
            files.iter().filter(|file| !file.starts_with("- ") && !file.ends_with("pipeline.py"));
        let files: Vec<_> = files.filter_map(|file| Some(file.split_once(&project)?.1)).collect();
        assert_eq!(files.join(" "), read, "{makes}");
    }
    let driven =
        asked("os.listdir('data'); open('data/new', 'w').close(); os.remove('data/a.csv')\n");
    assert!(driven.all('d').iter().any(|listing| listing.starts_with("4 ")), "as it was left");
}

#[test]
fn what_a_discovery_looked_at_before_it_made_it_is_told() {
    let table = [
        ("open('new', 'w').close(); open('new').close()", ""),
        ("os.path.exists('new') or open('new', 'w').close(); os.remove('new')", ""),
        ("open('log', 'a').write('x')", ""),
        ("open('data/a.csv', 'r+').write('1')", ""),
        ("os.path.exists('data/a.csv'); open('data/a.csv', 'w').close()", ""),
        // What no other run has a name for.
        ("os.mkdir(f'run-{os.getpid()}')", ""),
        ("os.mkdir(uuid.uuid4().hex); open(f'data/{uuid.uuid4()}', 'x').close()", ""),
        ("os.mkdir(time.strftime('%Y%m%d-%H%M%S')); os.mkdir(f'data/{time.time()}')", ""),
        ("os.makedirs(time.strftime('data/%Y-%m-%d_%H.%M.%S/deep/deeper'))", ""),
        ("os.mkdir('run-1')", "run-1"),
        ("tempfile.mkstemp(dir='.')", ""),
        ("logging.basicConfig(filename='p.log'); logging.error('x')", ""),
        ("os.path.exists('new') or open('new', 'w').close()", "new"),
        ("try: open('new')\nexcept OSError: open('new', 'w').close()", "new"),
        ("os.path.exists('new') or os.mkdir('new')", "new"),
        ("os.makedirs('new/deep', exist_ok=True)", "new new/deep"),
        ("os.access('new', os.R_OK) or open('new', 'w').close()", "new"),
        ("sqlite3.connect('new').execute('create table t (n)')", "new"),
        ("open('new', 'x').close()", "new"),
        ("os.symlink('data', 'new')", "new"),
        ("os.link('data/a.csv', 'new')", "new"),
        ("os.remove('data/a.csv')", "data/a.csv"),
        ("os.rename('data/a.csv', 'data/c.csv')", "data/a.csv"),
        ("os.path.exists('data/a.csv') and os.remove('data/a.csv')", "data/a.csv"),
        ("os.path.getmtime('data/a.csv'); open('data/a.csv', 'w').close()", "data/a.csv"),
        ("os.path.getsize('data/a.csv'); open('data/a.csv', 'a').write('x')", "data/a.csv"),
        ("os.stat('data/a.csv').st_mode; os.chmod('data/a.csv', 0o400)", "data/a.csv"),
        (
            "os.readlink('data/link'); os.remove('data/link'); os.symlink('n', 'data/link')",
            "data/link",
        ),
        ("os.listdir('data'); open('data/new', 'w').close()", "data"),
        ("glob.glob('data/*.csv'); open('data/new.txt', 'w').close()", ""),
    ];
    for (makes, overtaken) in table {
        let driven =
            asked(&format!("import glob, logging, sqlite3, tempfile, time, uuid\n{makes}\n"));
        let project = driven.all('r')[0].to_owned() + "/";
        let told: BTreeSet<_> =
            driven.all('B').into_iter().filter_map(|path| path.strip_prefix(&project)).collect();
        assert_eq!(told.into_iter().collect::<Vec<_>>().join(" "), overtaken, "{makes}");
    }
}

/// Its own stand-ins, threads, forks, and what it holds when the stages are fingerprinted.
#[test]
fn a_pipeline_works_as_without_the_stand_ins() {
    let head = "import glob, inspect, pickle, threading, subprocess\n\
        from os import stat, getcwd, scandir\n\
        assert isinstance(next(os.scandir('data')), os.DirEntry)\n\
        assert sorted(map(os.fspath, scandir('data'))) == sorted(glob.glob('data/*') + ['data/.hidden.csv'])\n\
        with os.scandir(b'data') as entries: assert type(next(entries).name) is bytes\n\
        assert os.stat in os.supports_fd and os.scandir in os.supports_fd\n\
        assert os.stat.__name__ == 'stat' and 'follow_symlinks' in inspect.signature(os.stat).parameters\n\
        assert pickle.loads(pickle.dumps(os.stat)) is os.stat\n\
        real = os.stat\nos.stat = lambda *a, **k: real(*a, **k)\nassert os.path.exists('data')\nos.stat = real\n\
        try: os.stat('none')\nexcept FileNotFoundError as error: assert error.filename == 'none'\n\
        threads = [threading.Thread(target=os.path.exists, args=('data/n',)) for _ in range(9)]\n\
        [thread.start() for thread in threads] and [thread.join() for thread in threads]\n\
        child = os.fork()\n\
        if not child: os.listdir('data'); os.path.exists('child'); os._exit(0)\n\
        assert os.waitpid(child, 0)[1] == 0\n\
        import atexit, posix\n\
        atexit.register(lambda: open('end', 'w').write(str(\n    \
            (os.stat, stat, getcwd) == (posix.stat, posix.stat, posix.getcwd))))\n";
    let sandbox = project(head);
    let driven = Driven::stages(&sandbox, Pivot::V0511);
    assert_eq!(driven.all('e'), [""; 0]);
    assert_eq!(fs::read_to_string(sandbox.path("project/end")).unwrap(), "True");
    let asked = driven.asked();
    assert!(asked.contains(&"s t d data/n".to_owned()) && !asked.contains(&"s - child".to_owned()));
}
