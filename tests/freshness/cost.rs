//! What it costs to watch a discovery: instructions of Python's, with a driver that watches and with
//! one that does not.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::truth;
use crate::support::{Pivot, Sandbox, ran, soak};

/// Of a bare discovery's instructions, in percent.
const LIMIT: f64 = 3.0;

/// What the driver's main part needs of an observation.
const NOTHING_SEEN: &str = "
class Observation:
    def __init__(self, *arguments): pass
    def __getattr__(self, name): return lambda *arguments: []
";

/// Compiles `bare.py`, as the driver's code is kept compiled.
const COMPILE: &str = "
import marshal
code = compile(open('bare.py').read(), '<string>', 'exec', 0, True)
open('bare.code', 'wb').write(marshal.dumps(code))
";

/// What the bare driver is started by.
const START: &str = "exec(__import__('marshal').loads(open('bare.code', 'rb').read()))";

/// Nothing that depends on the number of processors, nor a copy of which each byte counts as one.
const COUNTED: [(&str, &str); 5] = [
    ("OPENBLAS_NUM_THREADS", "1"),
    ("OMP_NUM_THREADS", "1"),
    ("NUMEXPR_MAX_THREADS", "1"),
    ("PYTHONHASHSEED", "0"),
    ("GLIBC_TUNABLES", "glibc.cpu.x86_rep_movsb_threshold=0x7fffffff"),
];

/// A Python whose instructions are counted, and which runs `bare.code` instead of the driver where that
/// lies beside it. Arguments: -Pc START and the driver's.
fn counting(sandbox: &Sandbox, python: &Path) -> String {
    let top = sandbox.root();
    format!(
        "#!/bin/bash
        driver=$2
        [[ ! -e {top}/bare.code ]] || driver=$(<{top}/start.py)
        exec setarch --addr-no-randomize valgrind --tool=cachegrind --cache-sim=no \\
            --cachegrind-out-file=/dev/null --log-file={top}/count \\
            {python} \"$1\" \"$driver\" \"${{@:3}}\"\n",
        top = top.display(),
        python = python.display()
    )
}

/// The same Python, uncounted.
fn uncounted(python: &Path) -> String {
    format!("#!/bin/bash\nexec {} \"$@\"\n", python.display())
}

/// A project of 100 stages in ten modules, with a file of parameters.
fn project(sandbox: &Sandbox) {
    let mut pipeline =
        "import os\nfrom pathlib import Path\nimport yaml\nfrom pivot import Pipeline\n\
        params = yaml.safe_load((Path(__file__).parent / 'params.yaml').read_text())\n\
        suffix = os.environ.get('DEMO', '') or ('local' if Path('local.yaml').exists() else 'x')\n"
            .to_owned();
    for module in 0..10 {
        let mut text = "from pivot import stage\n".to_owned();
        for number in 0..10 {
            text +=
                &format!("@stage\ndef fit_{module}_{number}() -> dict:\n    return {{'a': 1}}\n");
        }
        sandbox.write(&format!("project/stages/part_{module}.py"), text);
        pipeline += &format!("from stages.part_{module} import *\n");
    }
    pipeline += "pipeline = Pipeline('demo')\nwith pipeline:\n    \
        for name in sorted(name for name in globals() if name.startswith('fit_')):\n        \
        globals()[name]()\n";
    sandbox.write("project/params.yaml", "depth: 3\n");
    sandbox.write("project/pipeline.py", pipeline);
    sandbox.make_directory("project/.pivot");
}

/// Counts the instructions of one discovery.
fn instructions(sandbox: &Sandbox) -> f64 {
    assert_eq!(ran(sandbox.front_in("project", &["clear"])).code, 0);
    let mut command = sandbox.front_in("project", &["stages"]);
    command.env("PIVOT_COMPLETE_TIMEOUT", "550").envs(COUNTED);
    let said = ran(command);
    assert_eq!((said.code, said.stdout.lines().count()), (0, 100), "{said:?}");
    let log = fs::read_to_string(sandbox.path("count")).unwrap();
    let line = log.lines().find(|line| line.contains("I ") && line.contains("refs:"));
    let (_, number) = line.unwrap_or_else(|| panic!("{log}")).split_once("refs:").unwrap();
    number.trim().replace(',', "").parse().unwrap()
}

#[test]
fn watching_costs_little() {
    costs_little(&Pivot::V0511.venv());
}

/// pandas imports pyarrow where that is there, which copies signatures by 8,000 calls of `id`, each of them
/// an audit event.
#[test]
fn watching_costs_little_where_libraries_are() {
    costs_little(&truth::venv());
}

#[track_caller]
fn costs_little(venv: &Path) {
    if !soak::is_whole() {
        // A minute of a core is too much for every run: `scripts/soak` takes it.
        return;
    }
    let real = venv.join("bin/python3");
    let mut sandbox = Sandbox::empty();
    project(&sandbox);
    let python = sandbox.write_program("bin/python3", &counting(&sandbox, &real));
    let script = fs::read_to_string(venv.join("bin/pivot")).unwrap();
    let (_, rest) = script.split_once('\n').unwrap();
    sandbox.write_program("bin/pivot", &format!("#!{}\n{rest}", python.display()));
    sandbox.prepend_path(sandbox.path("bin"));
    // Once for the bytecode, and for the driver's own code.
    let counter = sandbox.path("bin/python3");
    let held = fs::read(&counter).unwrap();
    sandbox.write_program("bin/python3", &uncounted(&real));
    assert_eq!(ran(sandbox.front_in("project", &["stages"])).code, 0);
    fs::write(&counter, held).unwrap();
    let watched = instructions(&sandbox);
    let main = include_str!("../../src/engine/python/driver/main.py");
    sandbox.write("bare.py", format!("{NOTHING_SEEN}{main}"));
    let start = START.replace("bare.code", &sandbox.path("bare.code").display().to_string());
    sandbox.write("start.py", start);
    let mut compile = Command::new(&real);
    compile.args(["-Ic", COMPILE]).current_dir(sandbox.root());
    assert_eq!(ran(compile).code, 0);
    let bare = instructions(&sandbox);
    let more = (watched / bare - 1.0) * 100.0;
    println!("watched {watched}, bare {bare}: {more:.2} % more");
    assert!(more < LIMIT, "{more:.2} % more than {bare}");
    assert!(more > -LIMIT, "what is compared is not the same: {more:.2} %");
}
