//! What else there is in the session: other commands, other completers, the environment.

use super::*;

pub fn other_commands_are_completed_as_before(shell: Shell) {
    let completer = match shell {
        Shell::Elvish => "set edit:completion:arg-completer[other] = {|@words| put theirs }\n",
        Shell::Nushell => "$env.config.completions.external.completer = {|words| [theirs] }\n",
        Shell::Xonsh => {
            "from xonsh.completers.tools import contextual_command_completer_for\n\
             @contextual_command_completer_for('other')\n\
             def _theirs(command): return {'theirs'}\n\
             completer add other _theirs start\n"
        }
        other => other.is_not_asked(),
    };
    let sandbox = Sandbox::offering(shell, &[plain("ours")]);
    for rc in [completer.to_owned() + &shell.load(), shell.load() + completer] {
        let mut session = Session::start_with(shell, &sandbox, &rc);
        let line = session.type_line("other ", TAB);
        assert_eq!(line.trim_end(), "other theirs");
        session.clear();
        assert_eq!(session.type_line("pivot ", TAB), "pivot ours ");
    }
    assert_eq!(sandbox.calls().len(), 2);
}

pub fn the_question_stays_in_the_call(shell: Shell) {
    let sandbox = Sandbox::offering(shell, &[plain("train")]);
    let argv = sandbox.path("argv").display().to_string();
    let note = "echo \"${COMP_WORDS-unset} ${COMP_CWORD-unset}\"";
    install(&sandbox, "pivot", &format!("#!/bin/sh\n{note} > '{argv}'\necho PIVOT-RAN\n"));
    let mut session = Session::start(shell, &sandbox);
    session.type_line("pivot repro tr", TAB);
    assert_eq!(session.run(), ["unset unset"]);
    assert_eq!(sandbox.calls().len(), 1);
}

pub fn no_name_is_added_to_the_session(shell: Shell) {
    let sandbox = Sandbox::new();
    let file = sandbox.path("names").display().to_string();
    let note = match shell {
        Shell::Elvish => format!("keys $edit:completion:arg-completer | to-lines > {file}\n"),
        Shell::Nushell => format!("scope commands | get name | to text | save --force {file}\n"),
        Shell::Xonsh => format!("open('{file}', 'w').write('\\n'.join(list(globals())))\n"),
        other => other.is_not_asked(),
    };
    let names = |rc: &str| -> Vec<String> {
        drop(Session::start_with(shell, &sandbox, rc));
        sandbox.read("names").lines().map(String::from).collect()
    };
    let before = names(&note);
    let after = names(&(shell.load() + &note));
    let added: Vec<&String> = after.iter().filter(|name| !before.contains(name)).collect();
    let expected: &[&str] = if shell == Shell::Xonsh { &[] } else { &["pivot"] };
    assert!(!before.is_empty());
    assert_eq!(added, expected);
}

pub fn the_lines_that_users_add_load_it(shell: Shell) {
    let sandbox = Sandbox::new();
    let text = fs::read_to_string(shell.script()).expect("the script");
    sandbox.write("script", &text);
    let script = sandbox.path("script").display().to_string();
    let program =
        format!("#!/bin/sh\n[ \"$1\" = init ] && exec cat '{script}'\nprintf 'none:\\ntrain\\n'\n");
    install(&sandbox, "pivot-complete", &program);
    // The lines that are indented in the header.
    let lines: Vec<&str> = text
        .lines()
        .map_while(|line| line.strip_prefix('#'))
        .filter_map(|line| line.strip_prefix("     "))
        .collect();
    let mut rc = lines.join("\n") + "\n";
    assert!(rc.contains(&format!("pivot-complete init {}", shell.name())));
    if shell == Shell::Nushell {
        // What its lines save is loaded by the next session.
        drop(Session::start_with(shell, &sandbox, &rc));
        rc.clear();
    }
    let mut session = Session::start_with(shell, &sandbox, &rc);
    assert_eq!(session.type_line("pivot repro tr", TAB), "pivot repro train ");
}
