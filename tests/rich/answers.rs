//! What is offered, and what is left out: stages once, with their helps; paths, remotes, config values.

use super::*;

#[test]
fn stages_are_offered_once_with_what_they_do() {
    let sandbox = Sandbox::project(DOCUMENTED);
    let all =
        ["none:", "demo/train\tTrains the model: größe.", "demo/plain", "demo/test\tTests it."];
    // By a discovery, and from the store.
    assert_eq!(rich(&sandbox, "pivot repro "), all);
    assert_eq!(rich(&sandbox, "pivot repro "), all);
    assert_eq!(
        rich(&sandbox, "pivot repro t"),
        ["none:", "train\tTrains the model: größe.", "test\tTests it."]
    );
    assert_eq!(rich(&sandbox, "pivot repro demo/p"), ["none:", "demo/plain"]);
    assert_eq!(rich(&sandbox, "pivot repro x"), ["file:"]);
    // bash has nowhere to show it.
    let said = rich_in(&sandbox, "project", "bash", &["pivot", "repro", "t"]);
    assert_eq!(said.lines(), ["none:", "train", "test"]);
}

#[test]
fn a_description_or_none_is_the_same_to_stages() {
    let mut sandbox = Sandbox::project(DOCUMENTED);
    rich(&sandbox, "pivot repro ");
    sandbox.start_trace();
    let line = "pivot repro test demo/t";
    let first = rich(&sandbox, line);
    assert_eq!(first, ["none:", "demo/train\tTrains the model: größe."]);
    sandbox.describe_pivot();
    by_front(&sandbox);
    assert_eq!(rich(&sandbox, line), first);
    assert_eq!(by_front(&sandbox), ["front answered fresh"]);
}

#[test]
fn names_on_the_line_are_left_out() {
    let sandbox = Sandbox::project(DOCUMENTED);
    sandbox.describe_pivot();
    for (line, expected) in [
        ("pivot repro demo/train ", &["demo/plain", "demo/test"][..]),
        // By its bare name too.
        ("pivot repro train --dry-run plain ", &["demo/test"]),
        ("pivot repro -- test ", &["demo/train", "demo/plain"]),
        // An option's value is no stage.
        ("pivot repro --tui-log train ", &["demo/train", "demo/plain", "demo/test"]),
        ("pivot checkout demo/test t", &["train"]),
        ("pivot checkout demo/train:log demo/train:", &["demo/train:model"]),
        ("pivot checkout train:log demo/train:", &["demo/train:model"]),
    ] {
        let said = rich(&sandbox, line);
        let values: Vec<&str> =
            said[1..].iter().map(|line| line.split('\t').next().unwrap()).collect();
        assert_eq!((said[0].as_str(), &values[..]), ("none:", expected), "{line:?}");
    }
}

/// The outputs of those stages, beside all other files.
const OUTPUTS: &[&str] = &[
    "file:",
    "data/demo/train/model.yaml\tdemo/train:model",
    "data/demo/train/log.yaml\tdemo/train:log",
    "data/demo/plain.yaml\tdemo/plain",
    "data/demo/test.yaml\tdemo/test",
];

#[test]
fn paths_are_the_shells_beside_what_pivot_has() {
    let sandbox = Sandbox::project(DOCUMENTED);
    sandbox.describe_pivot();
    for (line, expected) in [
        ("pivot track da", &["file:"][..]),
        // It lies in another repository.
        ("pivot import url da", &["none:"]),
        ("pivot import --out=da", &["file:--out="]),
        ("pivot get --rev=x --output=m", &["file:--output="]),
        ("pivot repro --tui-log ", &["file:"]),
        ("pivot dag p", &["none:", "plain"]),
        ("pivot get train:m", &["file:", "train:model"]),
        ("pivot commit demo/p", &["none:", "demo/plain"]),
        // Where stages come first, and there is none.
        ("pivot check-ignore zz", &["file:"]),
        ("pivot checkout da", OUTPUTS),
        ("pivot push --remote=x da", OUTPUTS),
        ("pivot checkout data/demo/train/l", &["file:", OUTPUTS[2]]),
        ("pivot checkout p", &["none:", "plain"]),
        ("pivot verify da", &["none:"]),
        ("pivot show ", &["none:"]),
        ("pivot history --limit ", &["none:"]),
    ] {
        assert_eq!(rich(&sandbox, line), expected, "{line:?}");
    }
}

#[test]
fn paths_need_no_stages() {
    let sandbox = Sandbox::project("raise SystemExit('broken')\n");
    sandbox.describe_pivot();
    assert_eq!(rich(&sandbox, "pivot track p"), ["file:"]);
    // There would be stages but for the pipeline: files are none of them.
    assert_eq!(rich(&sandbox, "pivot dag p"), ["none:"]);
    assert_eq!(rich(&sandbox, "pivot repro p"), ["none:"]);
    assert_eq!(rich(&sandbox, "pivot verify p"), ["none:"]);
}

#[test]
fn config_values_and_remotes_are_known() {
    let mut sandbox = Sandbox::project(&pipeline_0511("demo", &["train"]));
    sandbox
        .write("project/.pivot/config.yaml", "remotes:\n  origin: s3://b/x\n  other: s3://b/y\n");
    sandbox.write("home/.config/pivot/config.yaml", "remotes: {mine: 's3://x'}\n");
    sandbox.describe_pivot();
    sandbox.start_trace();
    let lines = [
        ("pivot push --remote ", &["none:", "mine", "origin", "other"][..]),
        ("pivot push -r o", &["none:", "origin", "other"]),
        ("pivot push --remote=m", &["none:--remote=", "mine"]),
        ("pivot config set default_remote or", &["none:", "origin"]),
        ("pivot config get remotes.m", &["none:", "remotes.mine\tRemote 'mine'"]),
        ("pivot config set core.unsafe_fingerprinting ", &["none:", "true", "false"]),
        ("pivot config set --global cache.checkout_mode s", &["none:", "symlink"]),
        ("pivot config set cache.dir ", &["dir:"]),
        ("pivot config set core.max_workers ", &["none:"]),
        ("pivot config set remotes.mine ", &["none:"]),
        ("pivot config set nonsense ", &["none:"]),
    ];
    for (line, expected) in lines {
        assert_eq!(rich(&sandbox, line), expected, "{line:?}");
    }
    by_front(&sandbox);
    for (line, expected) in lines {
        assert_eq!(rich(&sandbox, line), expected, "{line:?}");
        assert_eq!(by_front(&sandbox), ["front answered fresh"], "{line:?}");
    }
}

#[test]
fn another_config_has_other_remotes() {
    let mut sandbox = Sandbox::project(&pipeline_0511("demo", &["train"]));
    sandbox.describe_pivot();
    sandbox.start_trace();
    let project = "project/.pivot/config.yaml";
    let user = "home/.config/pivot/config.yaml";
    for (file, text, expected) in [
        (project, None, &["none:"][..]),
        (project, Some("remotes: {a: 's3://x'}\n"), &["none:", "a"]),
        // As long as before, and at once.
        (project, Some("remotes: {b: 's3://x'}\n"), &["none:", "b"]),
        (user, Some("remotes: {c: 's3://x'}\n"), &["none:", "c", "b"]),
        (project, Some("remotes: [\n"), &["none:", "c"]),
        (project, None, &["none:", "c"]),
    ] {
        match text {
            Some(text) => drop(sandbox.write(file, text)),
            None => drop(std::fs::remove_file(sandbox.path(file))),
        }
        for _ in 0..2 {
            by_front(&sandbox);
            assert_eq!(rich(&sandbox, "pivot push --remote "), expected, "{text:?} in {file}");
        }
        // Of a broken config only Pivot knows what it makes.
        let how = if text == Some("remotes: [\n") { "handed-over" } else { "answered" };
        let decisions = by_front(&sandbox);
        assert!(
            decisions[0].starts_with(&format!("front {how}")),
            "{decisions:?}: {text:?} in {file}"
        );
    }
}

#[test]
fn commands_and_options_come_with_one_line_of_help() {
    let sandbox = Sandbox::project(&pipeline_0511("demo", &["train"]));
    sandbox.describe_pivot();
    assert_eq!(rich(&sandbox, "pivot ini"), ["none:", "init\tInitialize a new Pivot project."]);
    let options = rich(&sandbox, "pivot track --");
    assert_eq!(options[0], "none:");
    assert!(options.contains(&"--force\tOverwrite existing .pvt files".into()), "{options:?}");
    assert_eq!(
        rich(&sandbox, "pivot checkout --checkout-mode=sym"),
        ["none:--checkout-mode=", "symlink"]
    );
    // Click takes it for the end of another word.
    assert_eq!(rich(&sandbox, "pivot repro ="), ["none:="]);
    assert_eq!(rich(&sandbox, "pivot ="), ["none:="]);
    let undescribed = Sandbox::project(&pipeline_0511("demo", &["train"])).without_tabs();
    assert_eq!(rich(&undescribed, "pivot repro ="), ["none:"]);
}

#[test]
fn a_config_is_read_without_a_home_and_never_waited_for() {
    let mut sandbox = Sandbox::project(&pipeline_0511("demo", &["train"]));
    sandbox.write("project/.pivot/config.yaml", "remotes: {a: 's3://x'}\n");
    sandbox.describe_pivot();
    let user = sandbox.path("home/.config/pivot");
    std::fs::create_dir_all(&user).unwrap();
    nix::unistd::mkfifo(&user.join("config.yaml"), nix::sys::stat::Mode::S_IRWXU).unwrap();
    assert_eq!(rich(&sandbox, "pivot push --remote "), ["none:", "a"]);
    assert_eq!(rich(&sandbox, "pivot config get remotes."), ["none:", "remotes.a\tRemote 'a'"]);
    sandbox.set("XDG_CACHE_HOME", sandbox.path("home/.cache"));
    let mut command = sandbox.front_in("project", &["complete", "--rich", "bash"]);
    command.env_remove("HOME").env("COMP_CWORD", "3");
    command.env("COMP_WORDS", "pivot\npush\n--remote\n");
    assert_eq!(ran(command).lines(), ["none:", "a"]);
}

#[test]
fn the_last_good_names_keep_their_docstrings_and_targets() {
    let mut sandbox = Sandbox::project(DOCUMENTED);
    sandbox.describe_pivot();
    let good = rich(&sandbox, "pivot repro ");
    let targets = rich(&sandbox, "pivot push demo/train:");
    assert_eq!(targets, ["none:", "demo/train:model", "demo/train:log"]);
    sandbox.write("project/pipeline.py", "raise SystemExit('broken')\n");
    for _ in 0..2 {
        assert_eq!(rich(&sandbox, "pivot repro "), good);
        assert_eq!(rich(&sandbox, "pivot push demo/train:"), targets);
    }
    // Nor do they lose them where nobody wants to wait.
    sandbox.set("PIVOT_COMPLETE_ON_MISS", "stale");
    sandbox.write("project/pipeline.py", format!("{DOCUMENTED}# another\n"));
    assert_eq!(rich(&sandbox, "pivot repro "), good);
}

#[test]
fn pivot_0_1_has_no_bare_names() {
    let sandbox =
        Sandbox::project_of(Pivot::V010, &crate::support::pipeline_010(&["train", "test"]));
    sandbox.describe_pivot();
    assert_eq!(rich(&sandbox, "pivot repro "), ["none:", "train", "test"]);
    assert_eq!(rich(&sandbox, "pivot track "), ["file:"]);
    assert_eq!(rich(&sandbox, "pivot repro train t"), ["none:", "test"]);
}

#[test]
fn what_is_no_rich_question_is_refused() {
    let sandbox = Sandbox::empty();
    for arguments in
        [&["complete", "--rich"][..], &["complete", "--rich", "tcsh"], &["complete", "elvish"]]
    {
        assert_eq!(ran(sandbox.front_in("home", arguments)).code, 2, "{arguments:?}");
    }
    // And without a line there is nothing to print.
    let said = ran(sandbox.front_in("home", &["complete", "--rich", "fish"]));
    assert_eq!((said.code, said.stdout.as_str(), said.stderr.as_str()), (0, "", ""));
}

#[test]
fn a_missing_pivot_completes_nothing() {
    let sandbox = Sandbox::empty();
    for shell in ["bash", "zsh", "fish", "elvish", "nushell", "xonsh"] {
        let said = rich_in(&sandbox, "home", shell, &["pivot", "run", ""]);
        let head = if shell == "zsh" { "none/stages:" } else { "none:" };
        assert_eq!(said.lines(), [head], "{shell}");
    }
}
