//! What `found` asks of stand-ins, asked of real mise: in a home of one's own, with a `pivot` that its
//! shim leads to, and a stranger's files that name another.

use std::os::unix::process::CommandExt;
use std::process::Command;

use super::ground::{ANOTHER, Ground, ME, Scene};
use super::managers;
use crate::support::installed::made;
use crate::support::ran;

const TOML: &str = "[tools]\npython = \"path:{}\"\n";

/// All that it reads, in a home that asks for files like pyenv's and for environments of uv's.
const FILES: [(&str, &str); 14] = [
    ("mise.toml", TOML),
    (".mise.toml", TOML),
    ("mise.local.toml", TOML),
    (".mise.local.toml", TOML),
    ("mise.dev.toml", TOML),
    ("mise/config.toml", TOML),
    (".mise/config.toml", TOML),
    (".config/mise.toml", TOML),
    (".config/mise/config.toml", TOML),
    (".config/mise/conf.d/python.toml", TOML),
    (".mise/conf.d/python.toml", TOML),
    (".tool-versions", "python path:{}\n"),
    (".python-version", "path:{}\n"),
    (".python-versions", "path:{}\n"),
];

/// `me` with mise, which has a `pivot` for all directories.
fn with_mise(ground: &Ground, me: u32) -> Scene {
    let mut scene = ground.scene(me);
    let python = scene.python("home/one/bin/python3", "found", me, 0o755);
    scene.script("home/one/bin/pivot", &python.display().to_string(), me, 0o755);
    scene.link("bin/mise", made("MISE"), 0);
    let settings = "[tools]\npython = '3.13.1'\n[settings]\n\
                    idiomatic_version_file_enable_tools = ['python']\npython.uv_venv_auto = 'source'\n";
    scene.file("home/.config/mise/config.toml", settings, me, 0o644);
    for directory in ["home/.config/mise", "home/.config"] {
        scene.directory(directory, me, 0o755);
    }
    scene.set("MISE_ENV", "dev");
    scene.set("PATH", "{}/home/.local/share/mise/shims:{}/bin:/usr/bin:/bin");
    let one = scene.path("home/one").display().to_string();
    mise(&scene, "home", &["link", "python@3.13.1", &one]);
    mise(&scene, "home", &["reshim"]);
    // From now on it tells that it was asked.
    scene.set("MISE_LOG_FILE", "{}/home/mise.log");
    scene.set("MISE_LOG_FILE_LEVEL", "trace");
    scene
}

fn mise(scene: &Scene, directory: &str, arguments: &[&str]) -> String {
    let mut command = Command::new(scene.path("bin/mise"));
    command.args(arguments).uid(scene.me).gid(scene.me).current_dir(scene.path(directory));
    let variables = ["PATH", "MISE_ENV"].map(|name| (name, scene.variable(name).unwrap()));
    command.env_clear().envs(variables).env("HOME", scene.path("home")).env("MISE_OFFLINE", "1");
    let said = ran(command);
    assert_eq!(said.code, 0, "mise {arguments:?}: {said:?}");
    said.stdout
}

fn was_asked(scene: &Scene) -> bool {
    scene.path("home/mise.log").exists()
}

/// A `pivot` of another's, outside of every project.
fn plant(scene: &Scene, at: &str) {
    let python = scene.python(&format!("{at}/bin/python3"), "planted", ANOTHER, 0o755);
    scene.script(&format!("{at}/bin/pivot"), &python.display().to_string(), ANOTHER, 0o755);
    for directory in [&format!("{at}/bin"), at] {
        scene.directory(directory, ANOTHER, 0o755);
    }
}

fn press_everything(scene: &Scene) {
    for words in [&["pivot", "repro", ""][..], &["pivot", "repr"], &["pivot", "repro", "--"]] {
        let tab = scene.tab(words);
        assert_eq!((tab.code, tab.stderr.as_str()), (0, ""), "{words:?}");
    }
    ran(scene.command("pivot-complete-engine", &["prewarm"]));
    ran(scene.command("pivot-complete", &["doctor"]));
}

/// Where a stranger's file chooses, mise is not even asked.
#[test]
fn a_strangers_file_chooses_nothing() {
    let ground = Ground::new();
    let mut failures = Vec::new();
    for (file, text) in FILES {
        for (here, owner, mode) in
            [("theirs/below", ANOTHER, 0o755), ("open", ME, 0o777), ("like-tmp/mine", 0, 0o1777)]
        {
            let scene_of = |me| {
                let mut scene = with_mise(&ground, me);
                plant(&scene, "planted");
                managers::choose(&mut scene, me, (here, owner, mode), (file, text));
                scene
            };
            let scene = scene_of(ME);
            press_everything(&scene);
            let marks = scene.take_marks();
            if !marks.is_empty() || was_asked(&scene) {
                failures.push(format!("{file} in {here}: {marks:?}, {}", was_asked(&scene)));
            }
            // It is a file by which it would have chosen that.
            let chosen = mise(&scene, here, &["which", "pivot"]);
            assert!(
                chosen.starts_with(scene.path("planted").to_str().unwrap()),
                "{file}: {chosen}"
            );
        }
    }
    assert!(failures.is_empty(), "{failures:#?}");
}

/// Where no file does, the user's own answers, also in a stranger's directory: of the command line.
#[test]
fn without_such_a_file_the_users_own_answers() {
    let ground = Ground::new();
    let mut scene = with_mise(&ground, ME);
    let tab = scene.tab(&["pivot", "repro", ""]);
    assert!(tab.stdout.contains("by-found"), "{tab:?}: {:?}", scene.take_marks());
    assert!(was_asked(&scene));
    scene.directory("theirs", ANOTHER, 0o755);
    scene.here = "theirs".into();
    assert_eq!(scene.tab(&["pivot", "repr"]).candidates(), ["repro"]);
    // What its own files choose in one's own project, and a stranger's environment there.
    plant(&scene, "planted");
    let text = TOML.replace("{}", scene.path("planted").to_str().unwrap());
    let file = scene.file("project/mise.toml", text, ME, 0o644);
    scene.here = "project".into();
    scene.forget();
    scene.take_marks();
    press_everything(&scene);
    assert_eq!(scene.take_marks(), [""; 0], "my own file leads to what another may change");
    std::fs::remove_file(file).unwrap();
}

/// `mise activate` puts an environment of uv's on PATH wherever one enters a directory with its lock file.
#[test]
fn an_environment_that_was_activated_on_the_way_in_is_the_places() {
    let ground = Ground::new();
    for (owner, is_run) in [(ANOTHER, false), (ME, true)] {
        let mut scene = with_mise(&ground, ME);
        scene.directory("place/below", owner, 0o755);
        scene.file("place/uv.lock", "", owner, 0o644);
        let python = scene.python("place/.venv/bin/python3", "activated", owner, 0o755);
        scene.script("place/.venv/bin/pivot", &python.display().to_string(), owner, 0o755);
        scene.file("place/.venv/pyvenv.cfg", "", owner, 0o644);
        for directory in ["place/.venv/bin", "place/.venv", "place"] {
            scene.directory(directory, owner, 0o755);
        }
        scene.here = "place/below".into();
        let activated = mise(&scene, "place/below", &["env", "--shell", "bash"]);
        let line = activated.lines().find_map(|line| line.strip_prefix("export PATH="));
        let path = line.unwrap().trim_matches('\'').to_owned();
        assert!(path.starts_with(scene.path("place/.venv/bin").to_str().unwrap()), "{activated}");
        scene.set("PATH", &path);
        press_everything(&scene);
        let marks = scene.take_marks();
        assert_eq!(!marks.is_empty(), is_run, "of {owner}: {marks:?}");
    }
}
