//! With the real programs and a real Pivot.

use super::*;
use crate::support::Pivot;

const PIPELINE: &str = "\
from pivot import Pipeline, stage

@stage
def train() -> dict:
    \"\"\"Trains it.\"\"\"
    return {'a': 1}

@stage
def test() -> dict:
    return {'b': 1}

pipeline = Pipeline('demo')
with pipeline:
    train()
    test()
";

pub fn the_first_tab_discovers_and_later_ones_hit(shell: Shell) {
    let sandbox = Sandbox::new();
    sandbox.install_real(&Pivot::V0511.venv());
    fs::create_dir(sandbox.path("work/.pivot")).expect("mkdir");
    let note = format!("print(1, file=open('{}', 'a'))\n", sandbox.path("imports").display());
    sandbox.write("work/pipeline.py", &(note + PIPELINE));
    let mut session = Session::start(shell, &sandbox);
    for _ in 0..2 {
        assert_eq!(session.type_line("pivot repro tr", TAB), "pivot repro train ");
        session.clear();
    }
    assert_eq!(session.type_line("pivot repro 'demo/te", TAB), quoted(shell));
    session.clear();
    let line = session.type_line("pivot get --checkout-mode=sym", TAB);
    // Elvish quotes what has a "=".
    assert_eq!(line.replace('\'', ""), "pivot get --checkout-mode=symlink ");
    session.clear();
    // What is on the line is left out.
    assert_eq!(session.type_line("pivot repro train ", TAB), "pivot repro train demo/test ");
    assert_eq!(sandbox.read("imports"), "1\n", "the pipeline is imported once");
}

/// The line after a TAB behind an open quote.
fn quoted(shell: Shell) -> &'static str {
    match shell {
        Shell::Nushell => "pivot repro demo/test ",
        Shell::Elvish | Shell::Xonsh => "pivot repro 'demo/test' ",
        other => other.is_not_asked(),
    }
}
