//! The commands and settings around discovery (ARCHITECTURE.md, "At a TAB", "Which pivot").

use std::fs;
use std::os::unix::fs::symlink;

use super::{demo, forget, install, is_silent};
use crate::support::strace;
use crate::support::{
    Pivot, Ran, Sandbox, engine, front, pipeline_010, pipeline_0511, ran, set_mtime, settle,
};

#[test]
fn stages_prints_as_it_is_asked_to() {
    let sandbox = demo(&["train", "evaluate", "test"]);
    let all = "demo/train\ndemo/evaluate\ndemo/test\n";
    for round in ["discovered", "cached"] {
        for (arguments, printed) in [
            (&["stages"][..], all),
            (&["stages", "demo/t"], "demo/train\ndemo/test\n"),
            // Full names alone: bare ones are for the command line.
            (&["stages", "t"], ""),
            (&["stages", ""], all),
            (&["stages", "--", "demo/e"], "demo/evaluate\n"),
            (&["stages", "--", "--json"], ""),
            (&["stages", "--json"], "[\"demo/train\",\"demo/evaluate\",\"demo/test\"]\n"),
            (&["stages", "--json", "x"], "[]\n"),
            (&["stages", "-0", "demo/t"], "demo/train\0demo/test\0"),
            (&["stages", "demo/e", "-0"], "demo/evaluate\0"),
        ] {
            // A discovery is slow; what is printed after one differs only by the format.
            if round == "discovered" && (arguments.len() > 2 || arguments.len() == 1) {
                forget(&sandbox);
            }
            is_silent(&sandbox.run(arguments), printed);
        }
    }
}

#[test]
fn the_front_prints_what_the_engine_prints() {
    let sandbox = demo(&["train", "evaluate"]);
    sandbox.run(&["stages"]).lines();
    let lines = "stages|stages demo/t|stages --json|stages -0|stages --cached|init bash|init zsh|\
                 init fish|-C .. stages|-C /nonexistent stages|--help|--version";
    for line in lines.split('|') {
        let arguments: &[&str] = &line.split(' ').collect::<Vec<_>>();
        let by_front = sandbox.run(arguments);
        let mut command = sandbox.command(engine(), "project");
        command.args(arguments);
        let by_engine = ran(command);
        assert_eq!(
            (by_front.code, &by_front.stdout, &by_front.stderr),
            (by_engine.code, &by_engine.stdout, &by_engine.stderr),
            "{arguments:?}"
        );
    }
}

/// Where there can be no stages nobody is asked, and nothing made for a cache.
#[test]
fn without_project_or_config_there_are_no_stages_to_tell_of() {
    let mut sandbox = Sandbox::with(Pivot::V0511);
    sandbox.make_directory("project");
    sandbox.start_trace();
    for (why, message) in [
        ("no project", "no project at or above"),
        ("no config", "it has no pipeline.py, so there are no stages"),
    ] {
        if why == "no config" {
            sandbox.make_directory("project/.pivot");
        }
        for (arguments, printed) in [
            (&["stages"][..], ""),
            (&["stages", "--json", "--cached"], "[]\n"),
            (&["targets", "--cached"], ""),
            (&["status"], ""),
            (&["manifest", "--json"], "{}\n"),
            (&["manifest", "--json", "--cached"], "{}\n"),
        ] {
            is_silent(&sandbox.run(arguments), printed);
        }
        for arguments in [&["manifest", "x"][..], &["refresh"]] {
            let said = sandbox.run(arguments);
            assert_eq!((said.code, said.stdout.as_str()), (1, ""), "{why}, {arguments:?}");
            assert!(said.stderr.contains(message), "{why}, {arguments:?}: {said:?}");
        }
        let said = sandbox.run(&["manifest", "x", "--cached"]);
        assert_eq!((said.code, said.stdout.as_str(), said.stderr.as_str()), (3, "", ""), "{why}");
    }
    assert_eq!(sandbox.listing("project/.pivot"), [""; 0]);
    let trace = sandbox.trace();
    assert!(!trace.iter().any(|line| line.contains("discover")), "{trace:?}");
}

#[test]
fn cached_alone_never_asks() {
    let sandbox = demo(&["train"]);
    let not_cached = |said: &Ran| {
        assert_eq!((said.code, said.stdout.as_str(), said.stderr.as_str()), (3, "", ""));
    };
    for arguments in [&["stages", "--cached"][..], &["stages", "--cached", "--json"]] {
        not_cached(&sandbox.run(arguments));
    }
    sandbox.run(&["stages"]).lines();
    is_silent(&sandbox.run(&["stages", "--cached"]), "demo/train\n");
    is_silent(&sandbox.run(&["stages", "x", "--cached"]), "");
    set_mtime(&sandbox.path("project/pipeline.py"), 1, 0);
    not_cached(&sandbox.run(&["stages", "--cached"]));
    // Nor does it parse YAML.
    let sandbox = Sandbox::with(Pivot::V010);
    sandbox.make_directory("project/.pivot");
    sandbox.write("project/pivot.yaml", "stages: {fit: {python: a.b}}\n");
    not_cached(&sandbox.run(&["stages", "--cached"]));
}

#[test]
fn another_directory_is_worked_in_as_if_started_there() {
    let sandbox = demo(&["train"]);
    sandbox.write("project/sub/pipeline.py", pipeline_0511("below", &["fit"]));
    for _ in 0..2 {
        for (from, arguments, printed) in [
            ("home", &["-C", "../project", "stages"][..], "demo/train\n"),
            ("project", &["-C", "sub", "stages"], "below/fit\n"),
            ("project/sub", &["-C", "..", "stages"], "demo/train\n"),
            ("project", &["-C", ".", "stages", "x"], ""),
            ("home", &["-C", "../project", "-C", "sub", "stages"], "below/fit\n"),
        ] {
            is_silent(&ran(sandbox.front_in(from, arguments)), printed);
        }
        let mut tab = sandbox.front_in("home", &["-C", "../project/sub", "complete", "bash"]);
        tab.env("COMP_WORDS", "pivot repro f").env("COMP_CWORD", "2");
        is_silent(&ran(tab), "plain,fit\n");
    }
    let lost = sandbox.run(&["-C", "nowhere", "stages"]);
    assert_eq!((lost.code, lost.stdout.as_str()), (1, ""));
    assert!(lost.stderr.contains("nowhere"), "{lost:?}");
    let mut tab = sandbox.front_in("home", &["-C", "nowhere", "complete", "bash"]);
    tab.env("COMP_WORDS", "pivot repro f").env("COMP_CWORD", "2");
    is_silent(&ran(tab), "\n");
}

#[test]
fn a_wrong_command_line_is_a_usage_error() {
    let sandbox = demo(&["train"]);
    for arguments in [
        &[][..],
        &["nonsense"],
        &["stages", "a", "b"],
        &["stages", "--bogus"],
        &["stages", "--json", "-0"],
        &["stages", "--all", "--cached"],
        &["complete"],
        &["complete", "tcsh"],
        &["init"],
        &["init", "tcsh"],
        &["init", "bash", "zsh"],
        &["refresh", "x"],
        &["-C"],
        &["trust", "a", "b"],
        &["--bogus"],
    ] {
        let said = sandbox.run(arguments);
        assert_eq!((said.code, said.stdout.as_str()), (2, ""), "{arguments:?}: {said:?}");
        assert!(said.stderr.starts_with("pivot-complete: "), "{arguments:?}: {said:?}");
        assert!(said.stderr.contains("--help"), "{arguments:?}: {said:?}");
    }
}

#[test]
fn help_and_version_are_printed() {
    let sandbox = Sandbox::empty();
    sandbox.make_directory("project");
    let help = sandbox.run(&["--help"]);
    assert_eq!((help.code, help.stderr.as_str()), (0, ""));
    for word in ["stages", "complete", "init", "refresh", "doctor", "clear", "trust", "-C DIR"] {
        assert!(help.stdout.contains(word), "{word}");
    }
    for name in ["PYTHON", "TIMEOUT", "ON_MISS", "TRUST", "TRACE"] {
        assert!(help.stdout.contains(&format!("PIVOT_COMPLETE_{name}")), "{name}");
    }
    let version = sandbox.run(&["--version"]);
    is_silent(&version, concat!("pivot-complete ", env!("CARGO_PKG_VERSION"), "\n"));
}

#[test]
fn a_line_without_words_has_no_answer_at_all() {
    let sandbox = demo(&["train"]);
    is_silent(&sandbox.run(&["complete", "bash"]), "");
    let mut half = sandbox.front_in("project", &["complete", "bash"]);
    half.env("COMP_WORDS", "pivot repro ");
    is_silent(&ran(half), "");
    // Click's own protocol, as if we were Pivot.
    let mut command = sandbox.front_in("project", &[]);
    command.env("_PIVOT_COMPLETE", "zsh_complete");
    command.env("COMP_WORDS", "pivot repro demo/").env("COMP_CWORD", "2");
    is_silent(&ran(command), "plain\ndemo/train\n_\n");
}

#[test]
fn without_its_engine_the_front_says_so_and_is_silent_at_a_tab() {
    let sandbox = demo(&["train"]);
    sandbox.make_directory("alone");
    fs::copy(front(), sandbox.path("alone/pivot-complete")).unwrap();
    let alone = |arguments: &[&str]| {
        let mut command = sandbox.command(sandbox.path("alone/pivot-complete"), "project");
        command.args(arguments).env("COMP_WORDS", "pivot repro ").env("COMP_CWORD", "2");
        ran(command)
    };
    for arguments in [&["stages"][..], &["doctor"], &["--help"], &["-C", "sub", "stages"]] {
        let said = alone(arguments);
        assert_eq!((said.code, said.stdout.as_str()), (1, ""), "{arguments:?}");
        assert!(said.stderr.contains("pivot-complete-engine"), "{arguments:?}: {said:?}");
    }
    is_silent(&alone(&["complete", "bash"]), "\n");
    sandbox.describe_pivot();
    sandbox.run(&["stages"]).lines();
    is_silent(&alone(&["complete", "bash"]), "plain,demo/train\nplain,train\n");
    is_silent(&alone(&["stages"]), "demo/train\n");
}

#[test]
fn the_engine_is_found_through_links_to_the_front() {
    let mut sandbox = demo(&["train"]);
    install(&sandbox, "programs");
    sandbox.make_directory("bin");
    sandbox.make_directory("other");
    symlink("../programs/pivot-complete", sandbox.path("bin/pivot-complete")).unwrap();
    symlink("../bin/pivot-complete", sandbox.path("other/pc")).unwrap();
    sandbox.prepend_path(sandbox.path("bin"));
    sandbox.prepend_path(sandbox.path("other"));
    let absolute = sandbox.path("other/pc").display().to_string();
    for program in ["pivot-complete", "pc", "../bin/pivot-complete", &absolute] {
        forget(&sandbox);
        let mut command = sandbox.command(program, "project");
        command.arg("stages");
        is_silent(&ran(command), "demo/train\n");
    }
    // From another directory still, with -C.
    forget(&sandbox);
    let mut command = sandbox.command("../bin/pivot-complete", "other");
    command.args(["-C", "../project", "stages"]);
    is_silent(&ran(command), "demo/train\n");
}

#[test]
fn refresh_discovers_whatever_the_cache_says() {
    let sandbox = demo(&["train"]);
    sandbox.run(&["stages"]).lines();
    // The names come from another file, whose change the config does not show.
    sandbox.write("project/names.txt", "a");
    sandbox.write(
        "project/pipeline.py",
        "from pivot import Pipeline, stage\nimport pathlib\n@stage\ndef fit() -> dict:\n    \
         return {}\npipeline = Pipeline('demo')\nwith pipeline:\n    \
         with pipeline.variant((pathlib.Path(__file__).parent / 'names.txt').read_text()):\n        \
         fit()\n",
    );
    is_silent(&sandbox.run(&["stages"]), "demo/fit@a\n");
    sandbox.write("project/names.txt", "b");
    let said = sandbox.run(&["refresh"]);
    assert_eq!((said.code, said.stderr.as_str()), (0, ""), "no progress where no terminal is");
    assert!(said.stdout.contains("1 stage"), "{said:?}");
    is_silent(&sandbox.run(&["stages", "--cached"]), "demo/fit@b\n");
    // Elsewhere there is nothing to refresh.
    let said = ran(sandbox.front_in("home", &["refresh"]));
    assert_eq!((said.code, said.stdout.as_str()), (1, ""));
    assert!(said.stderr.contains(".pivot"), "{said:?}");
    // A failure is said, and what was cached stays as it was.
    sandbox.write("project/pipeline.py", "raise RuntimeError('broken')\n");
    let said = sandbox.run(&["refresh"]);
    assert_eq!(said.code, 1);
    assert!(said.stderr.contains("broken"), "{said:?}");
}

/// Where there is no place for the list, what is said names none, and what to do.
#[test]
fn trust_without_a_home_says_what_to_set() {
    let mut sandbox = demo(&["train"]);
    sandbox.set("HOME", "");
    let said = sandbox.run(&["trust"]);
    assert_eq!((said.code, said.stdout.as_str()), (1, ""));
    for part in ["cannot write the list of trusted directories: ", "HOME", "set one of them"] {
        assert!(said.stderr.contains(part), "no {part:?} in {said:?}");
    }
}

/// What cannot be removed is named, each of it, and the rest goes.
#[test]
fn clear_goes_on_behind_what_stays() {
    let sandbox = demo(&["train"]);
    sandbox.run(&["stages"]).lines();
    let clear = sandbox.front_in("project", &["clear"]);
    let first = ["inject=unlink,unlinkat:error=EPERM:when=1"];
    let said = ran(strace::wrapped(&sandbox, &clear, &first));
    assert_eq!(said.code, 1, "{said:?}");
    let place = sandbox.path("project/.pivot/cache/complete");
    assert!(said.stderr.contains(&format!("cannot remove {}/", place.display())), "{said:?}");
    assert!(said.stdout.starts_with("removed 1 file from "), "{said:?}");
    assert!(!sandbox.path("project/.pivot/cache/stages.cache").exists());
    let all = ran(strace::wrapped(&sandbox, &clear, &["inject=unlink,unlinkat:error=EPERM"]));
    assert_eq!((all.code, all.stderr.matches("cannot remove ").count()), (1, 1), "{all:?}");
}

#[test]
fn clear_removes_what_both_programs_cached_and_nothing_else() {
    let sandbox = demo(&["train"]);
    sandbox.write("project/sub/pipeline.py", pipeline_0511("below", &["fit"]));
    sandbox.write("project/.pivot/config.yaml", "x: 1\n");
    sandbox.write("project/.pivot/cache/other", "Pivot's");
    let kept = sandbox.listing("project/.pivot");
    sandbox.run(&["stages"]).lines();
    ran(sandbox.front_in("project/sub", &["stages"])).lines();
    assert!(sandbox.listing("project/.pivot").len() > kept.len());
    sandbox.write("home/.cache/pivot-complete/x", "");
    let complete = sandbox.path("project/.pivot/cache/complete").display().to_string();
    let users = sandbox.path("home/.cache/pivot-complete").display().to_string();
    for (arguments, removed) in [
        (&["clear"][..], &*format!("files from {complete}\n")),
        (&["clear"], "nothing was cached here\n"),
        (&["clear", "--all"], users.as_str()),
    ] {
        let said = sandbox.run(arguments);
        assert_eq!((said.code, said.stderr.as_str()), (0, ""), "{said:?}");
        assert!(said.stdout.contains(removed), "{arguments:?}: {said:?}");
        assert_eq!(sandbox.listing("project/.pivot"), kept);
        let user = sandbox.path("home/.cache/pivot-complete").exists();
        assert_eq!(user, arguments.len() == 1, "{arguments:?}");
        assert_eq!(sandbox.run(&["stages", "--cached"]).code, 3);
    }
    let nowhere = ran(sandbox.front_in("home", &["clear"]));
    assert_eq!(nowhere.code, 1);
    let all = ran(sandbox.front_in("home", &["clear", "--all"]));
    is_silent(&all, "nothing was cached here\n");
}

/// The stages of every pipeline, and that Pivot refuses a mere repository, lie in the user's own directory.
#[test]
fn clear_removes_what_the_user_keeps_of_this_project_alone() {
    let sandbox = demo(&["train"]);
    sandbox.make_directory("other/.pivot");
    sandbox.write("other/pipeline.py", pipeline_0511("other", &["fit"]));
    sandbox.make_directory("repository/.git");
    sandbox.write("repository/pipeline.py", pipeline_0511("repository", &["fit"]));
    let all = |relative: &str| ran(sandbox.front_in(relative, &["stages", "--all"]));
    assert_eq!(all("project").lines(), ["demo/train"]);
    assert_eq!(all("other").lines(), ["other/fit"]);
    assert_eq!(sandbox.tab_in("repository", &["pivot", "repro", ""]).stdout, "\n");
    settle(&sandbox.home());
    let kept = |name: &str| sandbox.listing(&format!("home/.cache/pivot-complete/{name}")).len();
    assert_eq!((kept("every"), kept("refused")), (2, 1));
    let clear = |relative: &str| ran(sandbox.front_in(relative, &["clear"]));
    assert!(clear("project").stdout.contains("pivot-complete/every\n"));
    assert_eq!((kept("every"), kept("refused")), (1, 1));
    assert!(clear("repository").stdout.contains("pivot-complete/refused\n"));
    assert_eq!((kept("every"), kept("refused")), (1, 0));
}

#[test]
fn a_pipeline_that_completes_itself_does_not_recurse() {
    let sandbox = demo(&["train"]);
    let text = format!(
        "import subprocess, os\n\
         with open({:?}, 'a') as f:\n    print(file=f)\n\
         said = subprocess.run([{:?}, 'stages'], capture_output=True)\n\
         with open({:?}, 'w') as f:\n    print(said.returncode, said.stdout, file=f)\n{}",
        sandbox.path("runs"),
        front(),
        sandbox.path("nested"),
        pipeline_0511("demo", &["train"])
    );
    sandbox.write("project/pipeline.py", text);
    is_silent(&sandbox.run(&["stages"]), "demo/train\n");
    assert_eq!(fs::read_to_string(sandbox.path("runs")).unwrap().lines().count(), 1);
    assert_eq!(fs::read_to_string(sandbox.path("nested")).unwrap(), "1 b''\n");
}

#[test]
fn both_pivots_in_turn_are_answered_each_for_itself() {
    let sandbox = Sandbox::empty();
    sandbox.make_directory("project/.pivot");
    sandbox.write("project/pipeline.py", pipeline_010(&["train"]));
    let with = |pivot: Pivot, arguments: &[&str]| {
        let mut command = sandbox.front_in("project", arguments);
        command.env("PIVOT_COMPLETE_PYTHON", pivot.bin().join("python3"));
        ran(command)
    };
    is_silent(&with(Pivot::V010, &["stages"]), "train\n");
    // This pipeline is none for 0.5.11, whoever cached what before.
    let refused = with(Pivot::V0511, &["refresh"]);
    assert_eq!(refused.code, 1, "{refused:?}");
}
