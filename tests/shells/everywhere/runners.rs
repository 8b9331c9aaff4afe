//! Programs that run the command behind them: Pivot's line is completed as Pivot's, and whatever
//! completes such a program goes on to complete all its other lines.

use super::*;

/// Each of them up to the command.
const RUNNERS: [&str; 67] = [
    "uv run --with x -p 3.13",
    "uv run -m",
    "uv --project d run --",
    "uv tool run --from x",
    "uvx --with x",
    "poetry run",
    "pdm run -s",
    "hatch -e test run",
    "hatch env run -e test --",
    "pixi run -e gpu",
    "pixi r",
    "rye run",
    "rye r",
    "pipenv run",
    "pipx run --spec x",
    "conda run -n x --no-capture-output",
    "mamba run -n x",
    "micromamba run -p x",
    "mise x --",
    "python -m",
    "python3 -X dev -m",
    "python3.13 -Im",
    "nohup",
    "xargs -n 1 -P 4",
    "sudo -E",
    "env A=B",
    "time",
    "nice -n 5",
    "doas -u root",
    "ionice -c 3",
    "taskset -c 0-3",
    "timeout -k 5 10m",
    "stdbuf -oL",
    "setsid",
    "caffeinate -is",
    "strace -f",
    "srun -n 1 --mem 4G",
    "direnv exec .",
    "dotenv -f .env run --",
    "pyenv exec",
    "aws-vault exec work --",
    "op run --env-file .env --",
    "doppler run --",
    "mise exec python@3.13 --",
    "flock -n lock",
    "systemd-run --user --scope -p MemoryMax=4G",
    "parallel -j 4",
    "entr -c",
    "env - A=B",
    "hatch run +py=3.13 -os=mac",
    "salloc -n 1",
    "chrt -b 0",
    "numactl -N 0 --membind=0",
    "prlimit --nofile=4096",
    "unbuffer",
    "chronic -e",
    "perf stat -e cycles",
    "perf record -g -o out",
    "asdf exec",
    "dotenvx run -f .env --",
    "infisical run --env dev --",
    "chamber exec work --",
    "devbox run",
    "flox activate -d env --",
    "command",
    "exec",
    "watch -n 5",
];

/// Those whose completions in fish may ask for the command behind them besides.
const FISHS: [&str; 7] = ["sudo", "env", "time", "nice", "command", "exec", "watch"];

/// The program's name.
fn name(runner: &str) -> &str {
    runner.split(' ').next().expect("a word")
}

/// The harness starts fish without its own completions.
fn settings(shell: Shell) -> &'static str {
    match shell {
        Shell::Fish => "set -g fish_complete_path $__fish_data_dir/completions",
        _ => "",
    }
}

pub fn a_line_that_runs_pivot_is_completed_as_pivots(shell: Shell) {
    let sandbox = Sandbox::offering(shell, &[plain("train")]);
    let mut session = Session::start_with(shell, &sandbox, &shell.rc(settings(shell)));
    for runner in RUNNERS {
        let line = format!("{runner} pivot repro tr");
        assert_eq!(session.type_line(&line, TAB), format!("{line}ain "));
        let words: Vec<&str> = line.split(' ').collect();
        let asked = shlex(&sandbox.question().words);
        let alone = match shell {
            Shell::Fish => FISHS.contains(&name(runner)),
            // It knows `time` itself.
            _ => shell == Shell::Zsh && runner == "time",
        };
        assert!(asked == words || alone && asked == words[words.len() - 3..], "{asked:?}");
        assert_silent(&session);
        session.clear();
    }
    assert!(sandbox.calls().len() >= RUNNERS.len());
}

pub fn its_start_behind_another_one_is_found_too(shell: Shell) {
    let sandbox = Sandbox::offering(shell, &[plain("train")]);
    let mut session = Session::start_with(shell, &sandbox, &shell.rc(settings(shell)));
    for runner in ["env A=B uv run", "nice -n 5 uv run", "/usr/bin/env uv run", "uv run python -m"]
    {
        let line = format!("{runner} pivot repro tr");
        assert_eq!(session.type_line(&line, TAB), format!("{line}ain "));
        session.clear();
    }
}

/// What completes `names` with `own-word` and nothing else.
fn own_completion(shell: Shell, names: &[&str]) -> String {
    let names = names.join(" ");
    match shell {
        Shell::Bash => format!(
            "_own() {{ [[ own-word != \"$2\"* ]] || COMPREPLY=(own-word); }}\n\
             for n in {names}; do complete -o nospace -F _own $n; done\n"
        ),
        Shell::Zsh => format!("_own() {{ compadd own-word }}\ncompdef _own {names}\n"),
        Shell::Fish => format!("for n in {names}; complete -c $n -f -a own-word; end\n"),
        other => other.is_not_asked(),
    }
}

/// `names` are completed by `own-word`, unless Pivot stands on the line.
fn assert_own(shell: Shell, rc: &str, names: &[&str], blank: &str) {
    let sandbox = Sandbox::answering("other:\n");
    let mut session = Session::start_with(shell, &sandbox, rc);
    for name in names {
        for before in ["", "run ", "-x ", "other pivot x ", "mypivot/x "] {
            let line = format!("{name} {before}own-");
            assert_eq!(session.type_line(&line, TAB), format!("{line}word{blank}"));
            assert_silent(&session);
            session.clear();
        }
    }
    // Only what might be Pivot's was asked about.
    assert_eq!(sandbox.calls().len(), 2 * names.len());
    // What is Pivot's ends as Pivot's does, whatever the other one wishes.
    sandbox.answer(shell, &[plain("train")]);
    for name in names {
        let line = format!("{name} run pivot tr");
        assert_eq!(session.type_line(&line, TAB), format!("{line}ain "));
        session.clear();
    }
}

pub fn its_own_completion_completes_all_else(shell: Shell) {
    let mut names: Vec<&str> = RUNNERS.map(name).to_vec();
    names.dedup();
    // Zsh and fish know these themselves.
    names.retain(|name| match shell {
        Shell::Fish => !FISHS.contains(name),
        _ => shell != Shell::Zsh || *name != "time",
    });
    let own = own_completion(shell, &names);
    let blank = if shell == Shell::Bash { "" } else { " " };
    assert_own(shell, &shell.rc(&own), &names, blank);
    assert_own(shell, &(shell.rc("") + &own), &names, blank);
}

pub fn without_one_of_its_own_files_are_completed(shell: Shell) {
    let sandbox = Sandbox::answering("other:\n");
    sandbox.write("work/notes.txt", "");
    let mut session = Session::start(shell, &sandbox);
    for line in ["uvx no", "uv run cat no", "uv run other pivot no"] {
        assert_eq!(session.type_line(line, TAB), format!("{line}tes.txt "));
        session.clear();
    }
}

pub fn the_environment_that_it_runs_in_is_asked(shell: Shell) {
    let sandbox = real_project(PIPELINE);
    // What PATH has is none, and the project's environment is.
    fs::remove_file(sandbox.path("bin/pivot")).expect("the link goes");
    std::os::unix::fs::symlink(Pivot::V0511.venv(), sandbox.path("work/.venv")).expect("a link");
    sandbox.make_directory("work/deep/down");
    sandbox.make_directory("away");
    let mut session = Session::start_with(shell, &sandbox, &shell.rc_with_init());
    for (directory, line) in [
        ("work", "uv run pivot repro demo/train@b"),
        ("work/deep/down", "uv run pivot repro demo/train@b"),
        ("away", "uv run --directory ../work pivot repro demo/train@b"),
        ("away", "uv --directory=../work run python -m pivot repro demo/train@b"),
        ("work", "poetry run pivot repro demo/train@b"),
        ("work", ".venv/bin/python -m pivot repro demo/train@b"),
    ] {
        session.command(&format!("cd {}", sandbox.path(directory).display()));
        assert_eq!(session.type_line(line, TAB), format!("{line} "), "in {directory}");
        assert_silent(&session);
        session.clear();
    }
    assert_eq!(sandbox.read("imports"), "1\n", "one answer serves all of them");
}

/// Names for Pivot, a line each: what defines it | what is typed | the words that are asked about.
const NAMES: &str = r#"
alias short=pivot | short repro tr | pivot repro tr
alias long='short repro' | long tr | pivot repro tr
alias hidden=' pivot repro' | hidden tr | pivot repro tr
alias given='A="x y" B= pivot' | given repro tr | pivot repro tr
passes() { pivot "$@"; } | passes repro tr | pivot repro tr
stages() { A=1 pivot repro $@; } | stages tr | pivot repro tr
homes() { $HOME/../bin/pivot repro "$@"; } | homes tr | $HOME/../bin/pivot repro tr
quotes() { "$HOME/../bin/pivot" repro "$@"; } | quotes tr | $HOME/../bin/pivot repro tr
dry() { pivot repro "$@" --dry-run; } | dry tr | pivot repro tr
logs() { pivot repro "$@" 2>&1 >../log; } | logs tr | pivot repro tr
runs() { uv run --with x pivot repro "$@"; } | runs tr | uv run --with x pivot repro tr
pivot() { uv run pivot "$@"; } | pivot repro tr | uv run pivot repro tr
"#;

/// The definition as this shell has it, and the end of its line.
fn definition(shell: Shell, definition: &str) -> String {
    let definition = if shell == Shell::Fish { in_fish(definition) } else { definition.into() };
    definition + "\n"
}

/// The definition as fish has it.
fn in_fish(definition: &str) -> String {
    let lines = definition.replace("() { ", "; ").replace("; }", "; end");
    let lines = lines.replace("\"$@\"", "$argv").replace("$@", "$argv");
    let is_function = definition.contains("()");
    if is_function { format!("function {lines}") } else { lines }
}

pub fn names_for_pivot_are_completed_as_what_they_stand_for(shell: Shell) {
    let sandbox = Sandbox::offering(shell, &[plain("train")]);
    let names: Vec<Vec<&str>> =
        NAMES.trim().lines().map(|line| line.split(" | ").collect()).collect();
    let (last, others) = names.split_last().expect("names");
    // In fish that name's completion is the program's.
    let groups = [others, if shell == Shell::Fish { &[] } else { std::slice::from_ref(last) }];
    for names in groups {
        let mut definitions = String::new();
        for name in names {
            definitions += &definition(shell, name[0]);
        }
        for rc in [shell.rc(&definitions), shell.rc("") + &definitions] {
            let mut session = Session::start_with(shell, &sandbox, &rc);
            for name in names {
                let (typed, asked) = (name[1], name[2]);
                assert_eq!(session.type_line(typed, TAB), format!("{typed}ain "), "{rc}");
                let words = shlex(&sandbox.question().words);
                assert_eq!(words, asked.split(' ').collect::<Vec<_>>(), "{rc}");
                assert_silent(&session);
                session.clear();
            }
        }
    }
}

pub fn what_is_more_than_a_name_for_pivot_is_not_asked_about(shell: Shell) {
    let sandbox = Sandbox::offering(shell, &[plain("train")]);
    let mut rc = shell.rc("");
    for function in [
        "moves() { cd /; pivot \"$@\"; }",
        "ends() { pivot repro \"$@\" x; }",
        "computes() { pivot $HOME \"$@\"; }",
        "another() { $HOME/pivots \"$@\"; }",
        "calls() { calls pivot \"$@\"; }",
    ] {
        rc += &definition(shell, function);
    }
    let mut session = Session::start_with(shell, &sandbox, &rc);
    for name in ["moves", "ends", "computes", "another", "calls"] {
        let line = format!("{name} tr");
        assert_eq!(session.type_line(&line, TAB), line);
        session.clear();
    }
    assert_eq!(sandbox.calls(), [""; 0]);
}

pub fn a_name_that_comes_behind_the_first_prompt_is_one_too(shell: Shell) {
    let sandbox = Sandbox::offering(shell, &[plain("train")]);
    sandbox.write("work/more", definition(shell, "sourced() { pivot repro \"$@\"; }"));
    // Bash tells nobody of a function: whoever loads completions is asked about it.
    let loader = "load() { return 1; }\ncomplete -o default -F load -D\n";
    let settings = if shell == Shell::Bash { loader } else { "" };
    let mut session = Session::start_with(shell, &sandbox, &shell.rc(settings));
    session.command(definition(shell, "later() { pivot repro \"$@\"; }").trim());
    session.command(". ./more");
    for line in ["later tr", "sourced tr"] {
        assert_eq!(session.type_line(line, TAB), format!("{line}ain "));
        assert_eq!(shlex(&sandbox.question().words), ["pivot", "repro", "tr"]);
        assert_silent(&session);
        session.clear();
    }
}
