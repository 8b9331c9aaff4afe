//! Pipelines that read in uncommon ways, or read what they wrote themselves.

use std::fs;

use super::shape::Shape;
use super::shapes;
use crate::support::Pivot;

shapes! {
    both: by_directory_descriptor zipped_modules;
    of_0_1_0: after_a_change_of_directory relative_search_path search_directory_that_comes_late
        linked_module data_of_a_package extended_path temporary_files own_outputs reloaded_module
        search_directory_behind_a_link descriptor_of_a_link
}

/// `os.fwalk`, and what opens files relative to a directory that is open already.
fn by_directory_descriptor(pivot: Pivot) -> Shape {
    let code = "import os\nNAMES = []\n\
                for path, _, names, fd in os.fwalk('data'):\n    \
                NAMES += sorted(n[:-4] for n in names)\n\
                top = os.open('conf', os.O_RDONLY)\n\
                fd = os.open('names', os.O_RDONLY, dir_fd=top)\n\
                NAMES += os.read(fd, 99).decode().split()\nos.close(fd)\nos.close(top)";
    Shape::naming(pivot, code)
        .file("project/data/a.csv", "")
        .numbered("project/conf/names", "train v000")
        .change_to("one more", "project/data/b.csv", "")
}

/// By a link's descriptor; and by an opener, as the documentation of `open` has it.
fn descriptor_of_a_link(pivot: Pivot) -> Shape {
    let code = "import os\ntop = os.open('current', os.O_RDONLY)\n\
                def opener(name, flags):\n    return os.open(name, flags, dir_fd=top)\n\
                NAMES = open('names', opener=opener).read().split()\n\
                more = os.open('more', os.O_RDONLY, dir_fd=top)\n\
                NAMES += os.listdir(more)\nos.close(more)\nos.close(top)";
    Shape::naming(pivot, code)
        .numbered("elsewhere/one/names", "train v000")
        .file("elsewhere/one/more/a", "")
        .file("elsewhere/two/names", "train w000")
        .file("elsewhere/two/more/a", "")
        .quiet_to("one more elsewhere", "elsewhere/two/more/b", "")
        .change("one instead", |s| {
            fs::rename(s.path("elsewhere/one/more/a"), s.path("elsewhere/one/more/c")).unwrap();
        })
        .exchanged("project/current", "../elsewhere/one", "../elsewhere/two")
}

/// Python imports from archives, too. The archive has `NAMES = ['one']` or `['two']` in `zipped`.
fn zipped_modules(pivot: Pivot) -> Shape {
    Shape::naming(pivot, "import sys\nsys.path.insert(0, 'lib.zip')\nfrom zipped import NAMES")
        .file("project/lib.zip", &archive("one"))
        .change("another archive", |s| drop(s.write("project/lib.zip", archive("two"))))
        .change("and back", |s| drop(s.write("project/lib.zip", archive("one"))))
}

fn after_a_change_of_directory(pivot: Pivot) -> Shape {
    let code = "import os\nhere = os.getcwd()\nos.chdir('conf')\n\
                NAMES = open('names').read().split() + sorted(os.listdir('more'))\nos.chdir(here)";
    Shape::naming(pivot, code)
        .numbered("project/conf/names", "train v000")
        .file("project/conf/more/a", "")
        .change_to("one more", "project/conf/more/b", "")
        .quiet_to("a file of that name elsewhere", "project/names", "x")
}

fn relative_search_path(pivot: Pivot) -> Shape {
    let code = "import sys\nsys.path.insert(0, 'lib')\nfrom steps import NAMES";
    Shape::naming(pivot, code)
        .numbered("project/lib/steps.py", "NAMES = ['train', 'v000']\n")
        .change_to("a package there", "project/lib/steps/__init__.py", "NAMES = ['p']\n")
}

fn search_directory_that_comes_late(pivot: Pivot) -> Shape {
    let code = "try:\n    from late import NAMES\nexcept ImportError:\n    NAMES = ['default']";
    Shape::naming(pivot, code)
        .variable("PYTHONPATH", "elsewhere/lib")
        .change_to("it comes with the module", "elsewhere/lib/late.py", "NAMES = ['came']\n")
        .change("it goes", |s| fs::remove_dir_all(s.path("elsewhere")).unwrap())
}

fn linked_module(pivot: Pivot) -> Shape {
    let [one, two] = ["elsewhere/one.py", "elsewhere/two.py"];
    let [read, other] = ["NAMES = ['train', 'v000']\n", "NAMES = ['train', 'w000']\n"];
    Shape::choosing(pivot, "from steps import NAMES", (one, read), (two, other))
        .retargeted("project/steps.py", "../elsewhere/one.py", "../elsewhere/two.py")
        .change_to("and that is edited", two, "NAMES = ['w']\n")
}

fn data_of_a_package(pivot: Pivot) -> Shape {
    let code = "import pkgutil\nfrom importlib import resources\n\
                NAMES = pkgutil.get_data('package', 'names').decode().split()\n\
                NAMES += (resources.files('package') / 'more').read_text().split()";
    Shape::naming(pivot, code)
        .file("project/package/__init__.py", "")
        .numbered("project/package/names", "train v000")
        .numbered("project/package/more", "w000")
}

/// A package that lies in several directories, by its own doing.
fn extended_path(pivot: Pivot) -> Shape {
    let init = "import pkgutil\n__path__ = pkgutil.extend_path(__path__, __name__)\n";
    Shape::naming(pivot, "from package.far import NAMES")
        .file("project/package/__init__.py", init)
        .file("elsewhere/package/__init__.py", init)
        .numbered("elsewhere/package/far.py", "NAMES = ['train', 'v000']\n")
        .variable("PYTHONPATH", "elsewhere")
        .change_to("a nearer module", "project/package/far.py", "NAMES = ['n']\n")
}

/// What a pipeline reads of its own temporary files is no reason to discover at each call.
fn temporary_files(pivot: Pivot) -> Shape {
    let code = "import os, tempfile\n\
                with tempfile.NamedTemporaryFile('w', delete=False) as file:\n    \
                file.write(open('names').read())\n\
                NAMES = open(file.name).read().split()\nos.remove(file.name)\n\
                with tempfile.TemporaryDirectory() as directory:\n    \
                open(os.path.join(directory, 'own'), 'w').close()\n    \
                NAMES += os.listdir(directory)";
    Shape::naming(pivot, code).numbered("project/names", "train v000")
}

/// Nor is what it writes each time and reads: a report, a directory that it makes.
fn own_outputs(pivot: Pivot) -> Shape {
    let code = "import os\nos.makedirs('reports', exist_ok=True)\n\
                NAMES = open('names').read().split()\n\
                with open('reports/last', 'w') as file:\n    file.write(' '.join(NAMES))\n\
                with open('reports/last') as file:\n    NAMES = file.read().split()\n\
                NAMES += sorted(os.listdir('reports'))";
    Shape::naming(pivot, code).numbered("project/names", "train v000")
}

fn reloaded_module(pivot: Pivot) -> Shape {
    let code = "import importlib, steps\nNAMES = importlib.reload(steps).NAMES";
    Shape::naming(pivot, code).numbered("project/steps.py", "NAMES = ['train', 'v000']\n")
}

fn search_directory_behind_a_link(pivot: Pivot) -> Shape {
    Shape::naming(pivot, "from steps import NAMES")
        .file("elsewhere/one/steps.py", "NAMES = ['one']\n")
        .file("elsewhere/two/steps.py", "NAMES = ['two']\n")
        .variable("PYTHONPATH", "elsewhere/current")
        .exchanged("elsewhere/current", "one", "two")
}

/// A zip archive with the module `zipped`, stored as it is; zipimport ignores the checksum.
fn archive(name: &str) -> String {
    let (file, text) = ("zipped.py", format!("NAMES = ['{name}']\n"));
    let word = |number: usize| format!("{}\0", char::from(u8::try_from(number).unwrap()));
    let double = |number: usize| word(number) + "\0\0";
    let sizes = double(0) + &double(text.len()) + &double(text.len());
    let about = "\0".repeat(8) + &sizes + &word(file.len()) + &word(0);
    let local = format!("PK\x03\x04{}{about}{file}{text}", word(20));
    let central = format!("PK\x01\x02{}{}{about}{}{file}", word(20), word(20), "\0".repeat(14));
    let end = word(0) + &word(0) + &word(1) + &word(1) + &double(central.len());
    format!("{local}{central}PK\x05\x06{end}{}{}", double(local.len()), word(0))
}
