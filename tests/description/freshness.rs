//! What makes a description outdated: another installation, whatever became of it.

use std::fs;
use std::os::unix::fs::symlink;

use serde_json::json;

use super::{PACKAGES, application, describe, description, doctor, environment, installed, run};
use crate::support::{Pivot, Sandbox, set_mtime};

/// Checks that the description is fresh, not so after `change`, and fresh again once it was made
/// anew.
#[track_caller]
fn is_noticed(sandbox: &Sandbox, what: &str, change: impl FnOnce()) {
    describe(sandbox);
    assert_eq!(describe(sandbox), "fresh", "before: {what}");
    change();
    assert!(!doctor(sandbox).starts_with("fresh"), "{what}: {}", doctor(sandbox));
    assert_eq!(describe(sandbox), "discovered", "{what}");
    assert_eq!(describe(sandbox), "fresh", "after: {what}");
}

#[test]
fn another_installation_is_noticed() {
    let (sandbox, packages) = installed(&application(""));
    let record = format!("{PACKAGES}/pivot-9.9.dist-info/RECORD");
    is_noticed(&sandbox, "a reinstallation with other files", || {
        let text = fs::read_to_string(sandbox.path(&record)).unwrap();
        sandbox.write(&record, text.replace("sha256=y", "sha256=z"));
    });
    is_noticed(&sandbox, "an upgrade", || {
        let [old, new] = ["pivot-9.9.dist-info", "pivot-10.0.dist-info"].map(|n| packages.join(n));
        fs::rename(old, new).unwrap();
    });
    assert!(doctor(&sandbox).contains("Pivot 10.0"), "{}", doctor(&sandbox));
    is_noticed(&sandbox, "a downgrade", || {
        let [old, new] = ["pivot-9.9.dist-info", "pivot-10.0.dist-info"].map(|n| packages.join(n));
        fs::rename(new, old).unwrap();
    });
    is_noticed(&sandbox, "another click", || {
        let click = packages.join("click-8.5.1.dist-info");
        let text = fs::read_to_string(click.join("RECORD")).unwrap();
        fs::remove_file(&click).unwrap();
        sandbox.write(&format!("{PACKAGES}/click-8.5.1.dist-info/RECORD"), text + "x,,\n");
    });
    is_noticed(&sandbox, "a package that comes first", || {
        sandbox.write(&format!("{PACKAGES}/click.py"), "");
        fs::remove_file(packages.join("click.py")).unwrap();
        sandbox.make_directory(&format!("{PACKAGES}/unrelated"));
    });
    is_noticed(&sandbox, "a .pth file", || {
        sandbox.write(&format!("{PACKAGES}/more.pth"), sandbox.path("more").to_str().unwrap());
    });
    is_noticed(&sandbox, "another line in it", || {
        sandbox.write(&format!("{PACKAGES}/more.pth"), sandbox.path("less").to_str().unwrap());
    });
    is_noticed(&sandbox, "another program", || {
        set_mtime(&sandbox.path("environment/bin/pivot"), 1_700_000_000, 0);
    });
    is_noticed(&sandbox, "the environment's settings", || {
        let settings = fs::read_to_string(sandbox.path("environment/pyvenv.cfg")).unwrap();
        sandbox.write("environment/pyvenv.cfg", settings + "# more\n");
    });
    // The same content with another stamp is the same.
    set_mtime(&sandbox.path(&record), 1_700_000_000, 0);
    assert_eq!(describe(&sandbox), "fresh");
    // So is an edit that no installation makes: by contract it need not be seen.
    sandbox.write(&format!("{PACKAGES}/pivot/cli/__init__.py"), application("# edited"));
    assert_eq!(describe(&sandbox), "fresh");
    fs::remove_dir_all(sandbox.path("environment")).unwrap();
    assert_eq!(run(&sandbox, "home", &["describe"]).code, 1);
}

#[test]
fn an_editable_installation_is_noticed() {
    let (mut sandbox, _) = environment();
    sandbox.prepend_path(sandbox.path("environment/bin"));
    sandbox.write("source/pivot/__init__.py", "");
    sandbox.write("source/pivot/cli/__init__.py", application(""));
    sandbox.write(&format!("{PACKAGES}/pivot.pth"), sandbox.path("source").to_str().unwrap());
    let record = "pivot.pth,,\npivot-9.9.dist-info/RECORD,,\n";
    sandbox.write(&format!("{PACKAGES}/pivot-9.9.dist-info/RECORD"), record);
    is_noticed(&sandbox, "an edit", || {
        let edited = application("").replace("--first", "--other");
        sandbox.write("source/pivot/cli/__init__.py", edited);
    });
    let params = &description(&sandbox)["root"]["commands"][0]["params"];
    assert_eq!(params[0]["opts"], json!(["--other"]));
    is_noticed(&sandbox, "an edit of the same length that restores the time", || {
        let path = sandbox.path("source/pivot/cli/__init__.py");
        let text = fs::read_to_string(&path).unwrap();
        let mtime = path.metadata().unwrap().modified().unwrap();
        fs::write(&path, text.replace("--other", "--again")).unwrap();
        fs::File::options().write(true).open(&path).unwrap().set_modified(mtime).unwrap();
    });
    is_noticed(&sandbox, "a module that comes first", || {
        sandbox.write("source/click.py", "");
    });
    sandbox.write("source/pivot/cli/completion.py", "");
    is_noticed(&sandbox, "a package in the place of a module", || {
        sandbox.write("source/pivot/cli/completion/__init__.py", "");
    });
    is_noticed(&sandbox, "another installation", || {
        sandbox.write(&format!("{PACKAGES}/pivot/__init__.py"), "");
        sandbox.write(&format!("{PACKAGES}/pivot/cli/__init__.py"), application(""));
    });
}

#[test]
fn what_changes_while_it_is_described_is_not_kept() {
    let (mut sandbox, _) = environment();
    sandbox.prepend_path(sandbox.path("environment/bin"));
    sandbox.write("source/pivot/__init__.py", "");
    sandbox.write(&format!("{PACKAGES}/pivot.pth"), sandbox.path("source").to_str().unwrap());
    sandbox.write(
        "source/pivot/cli/__init__.py",
        application(
            "import os\nif not os.path.exists(__file__ + '.done'):\n    \
             open(__file__ + '.done', 'w').close()\n    \
             os.utime(__file__, ns=(10**18, 10**18))\n",
        ),
    );
    assert_eq!(describe(&sandbox), "discovered");
    assert_eq!(describe(&sandbox), "discovered");
    assert_eq!(describe(&sandbox), "fresh");
}

#[test]
fn a_python_path_counts() {
    let (mut sandbox, _) = installed(&application(""));
    sandbox.make_directory("first");
    sandbox.make_directory("other");
    sandbox.set("PYTHONPATH", sandbox.path("first"));
    is_noticed(&sandbox, "a package that comes first", || {
        sandbox.write("first/pivot/__init__.py", "");
        sandbox.write("first/pivot/cli/__init__.py", application("").replace("--first", "--own"));
    });
    is_noticed(&sandbox, "an edit of it", || {
        sandbox.write("first/pivot/cli/__init__.py", application("").replace("--first", "--new"));
    });
    let params = &description(&sandbox)["root"]["commands"][0]["params"];
    assert_eq!(params[0]["opts"], json!(["--new"]));
    // By a relative path there is another Pivot in each directory.
    sandbox.set("PYTHONPATH", ".");
    let in_directory = |directory| run(&sandbox, directory, &["describe"]).stdout;
    assert_eq!(in_directory("first"), "discovered\n");
    assert_eq!(in_directory("first"), "fresh\n");
    assert_eq!(in_directory("other"), "discovered\n");
    assert_eq!(in_directory("first"), "discovered\n");
}

#[test]
fn an_environment_that_gets_another_pivot_is_noticed() {
    let mut sandbox = Sandbox::empty();
    let packages = sandbox.environment("environment", Pivot::V0511);
    sandbox.prepend_path(sandbox.path("environment/bin"));
    assert_eq!(describe(&sandbox), "discovered");
    let new = Pivot::V010.venv().join("lib/python3.13/site-packages");
    for (old, name) in [("pivot", "pivot"), ("pivot-0.5.11.dist-info", "pivot-0.1.0.dist-info")] {
        fs::remove_file(packages.join(old)).unwrap();
        symlink(new.join(name), packages.join(name)).unwrap();
    }
    // Names that were made before, as pip leaves them.
    assert!(doctor(&sandbox).starts_with("listing-changed"), "{}", doctor(&sandbox));
    assert_eq!(describe(&sandbox), "discovered");
    assert!(doctor(&sandbox).contains("Pivot 0.1.0"), "{}", doctor(&sandbox));
}
