//! Files and directories among the values: an output may be one, or lie below one that is there.

use super::*;

pub fn a_directory_on_the_way_to_a_value_ends_in_its_slash(shell: Shell) {
    let sandbox = Sandbox::new();
    sandbox.make_directory("work/data");
    sandbox.make_directory("work/da ta[1]/x");
    let mut session = Session::start(shell, &sandbox);
    sandbox.answer_bytes("file:\ndata/one.yaml\ndata/two.yaml\n");
    for line in ["pivot checkout dat", "pivot checkout data"] {
        assert_eq!(session.type_line(line, TAB), "pivot checkout data/", "from {line:?}");
        session.clear();
    }
    sandbox.answer_bytes("file:\nda ta[1]/x/one.yaml\nda ta[1]/x/two.yaml\n");
    for (line, becomes) in [
        ("pivot checkout 'da t", "pivot checkout 'da ta[1]/"),
        ("pivot checkout 'da ta[1]/", "pivot checkout 'da ta[1]/x/"),
        (r"pivot checkout da\ ta\[1\]/", r"pivot checkout da\ ta\[1\]/x/"),
    ] {
        assert_eq!(session.type_line(line, TAB), becomes, "from {line:?}");
        session.clear();
    }
}

pub fn a_directory_that_is_a_value_is_offered_once(shell: Shell) {
    let sandbox = Sandbox::new();
    sandbox.make_directory("work/data/parts");
    let mut session = Session::start(shell, &sandbox);
    sandbox.answer_bytes("file:\ndata/parts\n");
    assert_eq!(session.type_line("pivot checkout data/p", TAB), "pivot checkout data/parts/");
    session.clear();
    // Before it is made, it is a name like others.
    sandbox.answer_bytes("file:\ndata/test\n");
    assert_eq!(session.type_line("pivot checkout data/t", TAB), "pivot checkout data/test ");
}

pub fn a_file_that_is_a_value_is_offered_once(shell: Shell) {
    let sandbox = Sandbox::new();
    sandbox.write("work/da ta/one[1].yaml", "");
    sandbox.write("work/data/one.yaml", "");
    let mut session = Session::start(shell, &sandbox);
    // As it comes: what is described is to zsh another candidate than the file.
    let help = if shell == Shell::Bash { "" } else { "\tdemo/train" };
    for (value, line, becomes) in [
        ("data/one.yaml", "pivot checkout data/o", "pivot checkout data/one.yaml "),
        ("data/one.yaml", "pivot checkout data/one.yaml", "pivot checkout data/one.yaml "),
        ("da ta/one[1].yaml", "pivot checkout 'da ta/o", "pivot checkout 'da ta/one[1].yaml' "),
    ] {
        sandbox.answer_bytes(&format!("file:\n{value}{help}\n"));
        assert_eq!(session.type_line(line, TAB), becomes, "from {line:?}");
        session.clear();
    }
}
