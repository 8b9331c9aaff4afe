//! The driver: what runs in the user's Python, put together from its parts.

use pivot_complete::environment::terminals::OF_TERMINALS;
use pivot_complete::line::Shell;

/// The texts of parts.
macro_rules! parts {
    ($($name:literal)*) => {
        [$(include_str!(concat!("driver/", $name, ".py"))),*]
    };
}

/// What an edited module is compared by.
const SHAPE: &str = include_str!("driver/shapes/shape.py");
/// Compares it, where nothing else of the driver is.
const CHECK: &str = include_str!("check.py");
/// Sees what an answer depends on: one recorder for each kind of input.
const OBSERVATION: [&str; 28] = parts![
    "territory" "imports/bytecode" "askers" "contents" "recorders/stand_ins"
    "recorders/descriptors" "native/write_ahead" "recorders/overtaken" "recorders/files"
    "recorders/patterns" "recorders/listings" "recorders/entries" "recorders/questions"
    "recorders/environment" "recorders/place" "recorders/unprovable" "imports/imports"
    "imports/finders" "imports/packages" "native/named" "recorders/children"
    "native/native_patterns" "native/missing" "native/native" "shapes/shape" "shapes/doubts"
    "shapes/shapes" "observation"
];
const MANIFESTS: &str = include_str!("driver/manifests.py");
/// Finds the command that the program runs.
const ENTRY: &str = include_str!("driver/entry.py");
/// Describes it; watches nothing, since no code of the user runs.
const DESCRIPTION: [&str; 7] = parts![
    "territory" "imports/bytecode" "contents" "describing/known" "describing/rich" "describing/describe" "describing/installed"
];
/// Ends in the call of its main function, which uses the other parts.
const MAIN: &str = include_str!("driver/main.py");

/// What a Python begins with that knows no `-P`: before anything is imported the working directory is
/// no place of modules. Any later one knows it, and gave the answer that it had.
pub const WITHOUT_SAFE_PATH: &str = "\
import sys
sys.version_info < (3, 11) or sys.exit(2)
if sys.path and not sys.path[0]: del sys.path[0]
";

/// The script that compares edited modules with their shapes.
pub fn check() -> String {
    [SHAPE, CHECK].concat()
}

/// What Python is started with: it takes a script's code, or the script, from a descriptor. No system
/// takes so long an argument as that is.
pub const START: &str = include_str!("driver/start.py");

/// The script for `mode`, without what it would compile for nothing; the same in every run.
pub fn script(mode: &str) -> String {
    let of_terminals = format!("OF_TERMINALS = {:?}.split()\n", OF_TERMINALS.join(" "));
    let mut parts = Vec::new();
    match mode {
        "describe" => {
            parts.push(ENTRY);
            parts.extend(DESCRIPTION);
        }
        _ if Shell::named(mode.as_bytes()).is_some() => parts.push(ENTRY),
        _ => {
            parts.extend(OBSERVATION);
            parts.push(&of_terminals);
        }
    }
    if mode == "manifests" {
        parts.push(MANIFESTS);
    }
    parts.push(MAIN);
    bare(&parts.concat())
}

/// The script without comments, blank lines and most of its indentation: one argument of a program has
/// 128 KiB at most, and Python reads it anew each time. No string of the driver has a line that begins
/// with `#`, and only docstrings go over several lines that are indented.
fn bare(script: &str) -> String {
    let mut bare = String::with_capacity(script.len());
    for line in script.lines() {
        let code = line.trim_start();
        if code.is_empty() || code.starts_with('#') {
            continue;
        }
        let blanks = line.len() - code.len();
        bare.extend(std::iter::repeat_n(' ', blanks / 4 + blanks % 4));
        bare.push_str(code);
        bare.push('\n');
    }
    bare
}

#[cfg(test)]
mod tests {
    /// Linux takes no longer argument; some room is left for what comes.
    const ARGUMENT_MAX_BYTES: usize = 120 << 10;
    const MODES: [&str; 5] = ["stages", "all", "manifests", "describe", "bash"];

    /// Prints the names that a script uses and that nobody defines.
    const UNDEFINED: &str = "
import builtins, symtable, sys
script = sys.stdin.read()
top = symtable.symtable(script, 'driver', 'exec')
known = {name.get_name() for name in top.get_symbols() if name.is_assigned() or name.is_imported()}
known |= {name.get_name() for name in top.get_symbols() if name.is_namespace()} | set(dir(builtins))
tables = [top]
for table in tables:
    tables += table.get_children()
    known |= {name.get_name() for name in table.get_symbols() if name.is_declared_global() and name.is_assigned()}
known |= {'__name__', '__file__', '__class__', '__conditional_annotations__'}
used = {name.get_name() for table in tables for name in table.get_symbols() if name.is_global() and name.is_referenced()}
print(*sorted(used - known))
";

    #[test]
    fn what_is_an_argument_fits_into_one() {
        for script in [[super::WITHOUT_SAFE_PATH, super::START].concat(), super::check()] {
            assert!(script.len() < ARGUMENT_MAX_BYTES, "{} bytes", script.len());
        }
    }

    /// Its parts are put together by hand: what one needs of another is missed at a TAB otherwise.
    #[test]
    fn each_script_defines_what_it_uses() {
        let python = std::env::var_os("PIVOT_COMPLETE_TEST_VENV_0511")
            .map(|venv| std::path::PathBuf::from(venv).join("bin/python3"))
            .expect("PIVOT_COMPLETE_TEST_VENV_0511 must name a virtual environment");
        let undefined = |script: &str| {
            let file = tempfile::NamedTempFile::new().unwrap();
            std::fs::write(&file, script).unwrap();
            let script = file.reopen().unwrap();
            let out = std::process::Command::new(&python)
                .args(["-Ic", UNDEFINED])
                .stdin(script)
                .output()
                .unwrap();
            assert!(out.status.success(), "{out:?}");
            String::from_utf8(out.stdout).unwrap()
        };
        assert_eq!(undefined("def f(): return missing"), "missing\n");
        // What its main function calls in other modes.
        let others = ["described entry manifests"; 2].into_iter().chain([
            "described entry",
            "Observation manifests",
            "Observation described manifests",
        ]);
        for (mode, others) in MODES.into_iter().zip(others) {
            assert_eq!(undefined(&super::script(mode)).trim_end(), others, "{mode}");
        }
        assert_eq!(undefined(&super::check()), "\n");
    }
}
