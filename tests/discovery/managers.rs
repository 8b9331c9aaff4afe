//! A version manager chooses the `pivot`: real mise, in a home of its own, with environments that it
//! links instead of installing any. What comes from pyenv and asdf is a stand-in (`which.rs`).

use std::fs;
use std::net::TcpListener;
use std::path::PathBuf;

use crate::support::installed::made;
use crate::support::{Pivot, Ran, Sandbox, ran, soak};

/// Names its one stage by the environment that runs it.
const PIPELINE: &str = "import sys\nfrom pivot import Pipeline, stage\n\
                        @stage\ndef train() -> dict:\n    return {'a': 1}\n\
                        pipeline = Pipeline(sys.executable.split('/')[-3])\nwith pipeline:\n    train()\n";

/// mise with the environments `one`, version 3.13.1, and `two`, 3.13.2; the first is the user's choice.
fn with_mise() -> Sandbox {
    let mut sandbox = Sandbox::empty();
    sandbox.make_directory("bin");
    std::os::unix::fs::symlink(made("MISE"), sandbox.path("bin/mise")).unwrap();
    sandbox.prepend_path("/usr/bin");
    sandbox.prepend_path(sandbox.path("bin"));
    sandbox.prepend_path(sandbox.path("home/.local/share/mise/shims"));
    sandbox.make_directory("project/.pivot");
    sandbox.write("project/pipeline.py", PIPELINE);
    for (name, version) in [("one", "3.13.1"), ("two", "3.13.2")] {
        sandbox.environment(name, Pivot::V0511);
        let place = sandbox.path(name).display().to_string();
        mise(&sandbox, &["link", &format!("python@{version}"), &place]);
    }
    // Files like pyenv's count only where the user says so.
    let settings = "[settings]\nidiomatic_version_file_enable_tools = ['python']\n";
    sandbox.write("home/.config/mise/config.toml", tools("3.13.1") + settings);
    mise(&sandbox, &["reshim"]);
    let shim = sandbox.path("home/.local/share/mise/shims/pivot");
    assert!(shim.canonicalize().unwrap().ends_with("bin/mise"), "a shim is a link to mise");
    sandbox
}

/// What of a config chooses a Python.
fn tools(version: &str) -> String {
    format!("[tools]\npython = \"{version}\"\n\n")
}

/// Runs mise as a user does, without the network.
fn mise(sandbox: &Sandbox, arguments: &[&str]) -> Ran {
    let mut command = sandbox.command(sandbox.path("bin/mise"), "project");
    command.args(arguments).env("MISE_OFFLINE", "1");
    let said = ran(command);
    assert_eq!(said.code, 0, "mise {arguments:?}: {said:?}");
    said
}

/// A TAB in the project answers with the stage of this environment.
#[track_caller]
fn is_answered_by(sandbox: &Sandbox, environment: &str, what: &str) {
    let tab = sandbox.tab(&["pivot", "repro", &format!("{environment}/")]);
    assert_eq!((tab.code, tab.stderr.as_str()), (0, ""), "{what}");
    assert_eq!(tab.candidates(), [format!("{environment}/train")], "{what}");
    // And the next one, from the cache.
    let cached = sandbox.run(&["stages"]);
    assert_eq!(cached.stdout, format!("{environment}/train\n"), "{what}");
}

/// Each file by which mise chooses, its own and those of others, is seen as it comes, changes and goes.
#[test]
fn what_mise_chooses_in_a_directory_answers_there() {
    let mut sandbox = with_mise();
    sandbox.set("MISE_ENV", "dev");
    is_answered_by(&sandbox, "one", "the user's own choice");
    let two = sandbox.path("two").display().to_string();
    let files = [
        ("project/mise.toml", tools("3.13.2")),
        ("project/.mise.toml", tools(&format!("path:{two}"))),
        ("project/mise.local.toml", tools("3.13.2")),
        ("project/.mise.dev.toml", tools("3.13.2")),
        ("project/mise/config.toml", tools("3.13.2")),
        ("project/.config/mise.toml", tools("3.13.2")),
        ("project/.config/mise/conf.d/python.toml", tools("3.13.2")),
        ("project/.tool-versions", format!("python path:{two}\n")),
        ("project/.python-version", "3.13.2\n".into()),
        ("project/.python-versions", "3.13.2\n".into()),
        // Above the project.
        ("mise.toml", tools("3.13.2")),
    ];
    for (file, text) in soak::share(2, files) {
        let written = sandbox.write(file, &text);
        let chosen = mise(&sandbox, &["which", "pivot"]);
        let real = fs::canonicalize(chosen.stdout.trim_end()).unwrap();
        assert_eq!(real, sandbox.path("two/bin/pivot").canonicalize().unwrap(), "{file}");
        is_answered_by(&sandbox, "two", file);
        fs::remove_file(written).unwrap();
        is_answered_by(&sandbox, "one", &format!("{file} is gone"));
    }
    // Another choice of the user's, and another environment behind the same one.
    let config = sandbox.path("home/.config/mise/config.toml");
    let before = fs::read_to_string(&config).unwrap();
    fs::write(&config, before.replace("3.13.1", "3.13.2")).unwrap();
    is_answered_by(&sandbox, "two", "chosen for all directories");
    fs::write(&config, &before).unwrap();
    is_answered_by(&sandbox, "one", "chosen back");
    mise(&sandbox, &["link", "--force", "python@3.13.1", &two]);
    is_answered_by(&sandbox, "two", "linked to another");
}

/// What mise sets beside, as its shim does for who presses Enter.
#[test]
fn a_pipeline_sees_what_mise_sets() {
    let mut sandbox = with_mise();
    let pipeline = PIPELINE
        .replace("import sys", "import os")
        .replace("sys.executable.split('/')[-3]", "os.environ.get('WORD', 'none')");
    sandbox.write("project/pipeline.py", pipeline);
    is_answered_by(&sandbox, "none", "nothing is set");
    for word in ["one", "two"] {
        sandbox.write("project/mise.toml", format!("[env]\nWORD = '{word}'\n"));
        mise(&sandbox, &["trust"]);
        is_answered_by(&sandbox, word, "as mise.toml has it");
    }
    // What it takes from files: not there yet, made, changed, a script, and one by a setting's name.
    sandbox.write("project/mise.toml", "[env]\n_.file = ['.env']\n_.source = \"set.sh\"\n");
    mise(&sandbox, &["trust"]);
    is_answered_by(&sandbox, "none", "there is no such file");
    for word in ["three", "four"] {
        sandbox.write("project/.env", format!("WORD={word}\n"));
        is_answered_by(&sandbox, word, "as .env has it");
    }
    fs::remove_file(sandbox.path("project/.env")).unwrap();
    is_answered_by(&sandbox, "none", "the file is gone");
    sandbox.write("project/set.sh", "export WORD=five\n");
    is_answered_by(&sandbox, "five", "as the script sets it");
    fs::remove_file(sandbox.path("project/mise.toml")).unwrap();
    sandbox.set("MISE_ENV_FILE", ".given");
    is_answered_by(&sandbox, "none", "a name alone");
    sandbox.write("project/.given", "WORD=six\n");
    is_answered_by(&sandbox, "six", "as the named file has it");
}

/// In a directory below, where its own file chooses.
#[test]
fn each_directory_of_a_project_has_its_own_choice() {
    let sandbox = with_mise();
    sandbox.write("project/below/mise.toml", tools("3.13.2"));
    for _ in 0..2 {
        for (directory, environment) in [("project", "one"), ("project/below", "two")] {
            let tab = sandbox.tab_in(directory, &["pivot", "repro", &format!("{environment}/")]);
            assert_eq!(tab.candidates(), [format!("{environment}/train")], "{directory}");
        }
    }
}

/// A version that is not installed, which mise's shim would install: a TAB installs nothing and asks
/// nobody, gives the names that it knows, and a command says whom to ask.
#[test]
fn a_version_that_is_not_installed_is_not_installed_by_a_tab() {
    let mut sandbox = with_mise();
    is_answered_by(&sandbox, "one", "before");
    // Whatever asks a server comes by here.
    let proxy = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", proxy.local_addr().unwrap());
    for name in ["http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"] {
        sandbox.set(name, &address);
    }
    proxy.set_nonblocking(true).unwrap();
    for version in ["3.12", "3.12.1"] {
        sandbox.write("project/mise.toml", tools(version));
        let tab = sandbox.tab(&["pivot", "repro", "one/"]);
        assert_eq!((tab.code, tab.stderr.as_str()), (0, ""), "{version}");
        assert_eq!(tab.candidates(), ["one/train"], "{version}: what was known");
        let said = sandbox.run(&["stages"]);
        assert_eq!((said.code, said.stdout.as_str()), (1, ""), "{version}");
        assert!(said.stderr.contains("mise which pivot"), "{version}: {}", said.stderr);
    }
    assert!(proxy.accept().is_err(), "somebody asked a server");
    let installed: PathBuf = sandbox.path("home/.local/share/mise/installs/python/3.12.1");
    assert!(!installed.exists());
}
