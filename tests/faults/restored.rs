//! Edits that put stamps back, files replaced, touched, with strange times,
//! behind links that are retargeted.

use std::fs::{self, File, FileTimes};
use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::Duration;

use crate::support::fake_pivot::{self, cached, discoveries, stages, store};
use crate::support::{Pivot, Sandbox, pipeline_0511, set_mtime};

/// From when on equal stamps prove that nothing changed.
const AGED: Duration = Duration::from_millis(2100);

/// The input that is edited; both hold one stage's name of four letters.
const INPUTS: [&str; 2] = ["project/pipeline.py", "project/params.txt"];

/// A project whose stages are `kept` and a name from each input.
fn project() -> Sandbox {
    let sandbox = fake_pivot::project("");
    sandbox.write(INPUTS[0], "conf\nkept\n< params.txt\n");
    sandbox.write(INPUTS[1], "para\n");
    sandbox
}

const NAMES: &str = "conf kept para";

/// Puts another name of the same length into an input; gives back all names from now on.
fn edit(sandbox: &Sandbox, input: &str) -> String {
    let old = fs::read_to_string(sandbox.path(input)).unwrap();
    sandbox.write(input, old.replace("conf\n", "CONF\n").replace("para\n", "PARA\n"));
    match input == INPUTS[0] {
        true => NAMES.replace("conf", "CONF"),
        false => NAMES.replace("para", "PARA"),
    }
}

/// In place, the same size, the mtime put back.
fn edit_and_restore(sandbox: &Sandbox, input: &str) -> String {
    with_times_restored(&sandbox.path(input), || edit(sandbox, input))
}

/// The same with another size.
fn lengthen_and_restore(sandbox: &Sandbox, input: &str) -> String {
    with_times_restored(&sandbox.path(input), || {
        let old = fs::read_to_string(sandbox.path(input)).unwrap();
        sandbox.write(input, format!("{old}more\n"));
        // What the config reads comes where the config says so.
        format!("{NAMES} more")
    })
}

/// Another file of this size and mtime takes its name.
fn replace(sandbox: &Sandbox, input: &str) -> String {
    let path = sandbox.path(input);
    let kept = sandbox.path("kept");
    fs::copy(&path, &kept).unwrap();
    with_times_restored(&path, || {
        fs::rename(&kept, &path).unwrap();
        edit(sandbox, input)
    })
}

fn with_times_restored(path: &Path, change: impl FnOnce() -> String) -> String {
    let before = fs::metadata(path).unwrap();
    let names = change();
    let times = FileTimes::new()
        .set_modified(before.modified().unwrap())
        .set_accessed(before.accessed().unwrap());
    File::options().write(true).open(path).unwrap().set_times(times).unwrap();
    names
}

type Change = fn(&Sandbox, &str) -> String;

/// In place and replaced, right after a discovery and when all stamps are old.
#[test]
fn an_edit_that_restores_the_stamps_is_noticed() {
    let changes: [(&str, Change); 3] =
        [("edit", edit_and_restore), ("lengthen", lengthen_and_restore), ("replace", replace)];
    let cases: Vec<(&str, Change, &str, Sandbox)> = changes
        .into_iter()
        .flat_map(|(what, change)| INPUTS.map(|input| (what, change, input, project())))
        .collect();
    let check = |when: &str| {
        for (what, change, input, sandbox) in &cases {
            let what = format!("{what} {input}, {when}");
            assert_eq!(cached(sandbox).as_deref(), Some(NAMES), "{what}");
            let names = change(sandbox, input);
            assert_eq!(cached(sandbox), None, "{what}");
            assert_eq!(stages(sandbox), names, "{what}");
            assert_eq!(cached(sandbox), Some(names), "{what}");
        }
    };
    for (.., sandbox) in &cases {
        assert_eq!(stages(sandbox), NAMES);
    }
    check("racy");
    for (.., sandbox) in &cases {
        sandbox.write(INPUTS[0], "conf\nkept\n< params.txt\n");
        sandbox.write(INPUTS[1], "para\n");
    }
    std::thread::sleep(AGED);
    for (.., sandbox) in &cases {
        assert_eq!(sandbox.run(&["refresh"]).code, 0);
    }
    check("aged");
}

/// An import that was touched is a hit, a config that was is a miss.
#[test]
fn a_touched_import_is_a_hit_and_a_touched_config_a_miss() {
    let mut sandbox = Sandbox::project_of(Pivot::V0511, "");
    let pipeline = pipeline_0511("demo", &["train"]);
    sandbox.write("project/pipeline.py", format!("import naming\n{pipeline}"));
    let module = sandbox.write("project/naming.py", "WORD = 'train'\n");
    let params = sandbox.path("project/pipeline.py");
    assert_eq!(stages(&sandbox), "demo/train");
    sandbox.start_trace();
    let discovered = |sandbox: &Sandbox| {
        sandbox.trace().iter().filter(|line| line.ends_with("discovered")).count()
    };
    // A later, an earlier and the same time.
    for seconds in [2_000_000_000, 1_000_000_000, 1_000_000_000] {
        set_mtime(&module, seconds, 0);
        assert_eq!(cached(&sandbox).as_deref(), Some("demo/train"));
        assert_eq!(sandbox.tab(&["pivot", "repro", "t"]).candidates(), ["train"]);
    }
    // Written anew with what it held: another inode, too.
    fs::copy(&module, sandbox.path("copy.py")).unwrap();
    fs::rename(sandbox.path("copy.py"), &module).unwrap();
    assert_eq!(cached(&sandbox).as_deref(), Some("demo/train"));
    assert_eq!(discovered(&sandbox), 0, "{:?}", sandbox.trace());
    set_mtime(&params, 1_000_000_000, 0);
    assert_eq!(cached(&sandbox), None);
    assert_eq!(stages(&sandbox), "demo/train");
    assert_eq!(discovered(&sandbox), 1, "{:?}", sandbox.trace());
}

/// Times that no clock shows.
#[test]
fn a_strange_time_is_one_like_any_other() {
    // The last that ext4 can hold is 2446-05-10; what a file system cannot, it clamps.
    const LATE: i64 = 15_032_385_535;
    let seconds = [0, 1, 2, (1 << 31) - 1, 1 << 31, 1 << 32, -1, -(1 << 31), LATE, i64::MAX];
    let mut sandbox = project();
    sandbox.start_trace();
    for input in INPUTS {
        for seconds in seconds {
            for nanoseconds in [0, 999_999_999] {
                let what = format!("{input} at {seconds}.{nanoseconds:09}");
                check_strange_time(&sandbox, input, &what, |path| {
                    set_mtime(path, seconds, nanoseconds);
                });
            }
        }
    }
}

/// Sets a time before a discovery, edits without changing it, and asks after each.
fn check_strange_time(sandbox: &Sandbox, input: &str, what: &str, set: impl Fn(&Path)) {
    let path = sandbox.path(input);
    sandbox.write(INPUTS[0], "conf\nkept\n< params.txt\n");
    sandbox.write(INPUTS[1], "para\n");
    set(&path);
    assert_eq!(sandbox.run(&["stages"]).lines().join(" "), NAMES, "{what}");
    let before = discoveries(sandbox);
    for _ in 0..2 {
        assert_eq!(cached(sandbox).as_deref(), Some(NAMES), "{what}");
        assert_eq!(sandbox.tab(&["pivot", "repro", "k"]).candidates(), ["kept"], "{what}");
    }
    // The same bytes at this time again: of another inode, but nothing new.
    if input == INPUTS[1] {
        fs::copy(&path, sandbox.path("copy")).unwrap();
        set(&sandbox.path("copy"));
        fs::rename(sandbox.path("copy"), &path).unwrap();
        assert_eq!(cached(sandbox).as_deref(), Some(NAMES), "{what}");
    }
    let doctor = sandbox.run(&["doctor"]);
    assert_eq!((doctor.code, doctor.stderr.as_str()), (0, ""), "{what}");
    assert_eq!(discoveries(sandbox), before, "{what}");
    let names = edit(sandbox, input);
    set(&path);
    assert_eq!(cached(sandbox), None, "{what}");
    assert_eq!(stages(sandbox), names, "{what}");
    assert_eq!(cached(sandbox), Some(names), "{what}");
}

/// Links to files of equal size and mtime, as config and as input; a directory on the way.
#[test]
fn a_link_that_is_retargeted_is_noticed() {
    let pipeline = |name: &str| format!("{name}\n< params.txt\n");
    for link in ["project/pipeline.py", "project/params.txt", "project"] {
        let sandbox = fake_pivot::sandbox();
        fs::remove_dir(sandbox.path("project")).unwrap();
        for side in ["left", "rite"] {
            sandbox.make_directory(&format!("{side}/.pivot"));
            let config = sandbox.write(&format!("{side}/pipeline.py"), pipeline(side));
            let params = sandbox.write(&format!("{side}/params.txt"), format!("p_{side}"));
            [config, params].iter().for_each(|path| set_mtime(path, 1_700_000_000, 0));
        }
        if link != "project" {
            sandbox.make_directory("project/.pivot");
            sandbox.write("project/pipeline.py", pipeline("here"));
            sandbox.write("project/params.txt", "p_here");
        }
        let expected = |side: &str| match link {
            "project" => format!("{side} p_{side}"),
            "project/pipeline.py" => format!("{side} p_here"),
            _ => format!("here p_{side}"),
        };
        let target = |side: &str| match link {
            "project" => sandbox.path(side),
            _ => sandbox.path(&link.replace("project", side)),
        };
        for (round, side) in ["left", "rite", "left", "rite"].into_iter().enumerate() {
            // As `ln -sfn` does.
            let new = sandbox.path("new-link");
            symlink(target(side), &new).unwrap();
            fs::rename(new, sandbox.path(link))
                .or_else(|_| {
                    fs::remove_file(sandbox.path(link))?;
                    symlink(target(side), sandbox.path(link))
                })
                .unwrap();
            let what = format!("{link} to {side}, round {round}");
            if round < 2 {
                assert_eq!(cached(&sandbox), None, "{what}");
            } else if let Some(names) = cached(&sandbox) {
                // What was found there before may be remembered.
                assert_eq!(names, expected(side), "{what}");
            }
            assert_eq!(stages(&sandbox), expected(side), "{what}");
            assert_eq!(cached(&sandbox), Some(expected(side)), "{what}");
        }
        if link != "project" {
            store(&sandbox);
        }
    }
}
