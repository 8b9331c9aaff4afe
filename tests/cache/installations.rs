//! Which installation reads a `pivot.yaml`: the fast path knows it for certain, or leaves the answer
//! to Python, whose start leaves a mark here.

use std::fs;
use std::path::{Path, PathBuf};

use super::STEP;
use super::roots::marked_environment;
use crate::support::{Ran, Sandbox, ran};

/// Where packages lie in the environment.
const PACKAGES: &str = "environment/lib/python3.13/site-packages";

/// A project with a `pivot.yaml`, an environment with Pivot 0.1.0, and the file that Python leaves.
struct Installation {
    sandbox: Sandbox,
    mark: PathBuf,
}

impl Installation {
    fn with(stages: &str) -> Self {
        let mut sandbox = Sandbox::empty();
        let mark = marked_environment(&mut sandbox);
        sandbox.make_directory("project/.pivot");
        sandbox.write("project/pivot.yaml", stages);
        Self { sandbox, mark }
    }

    fn new() -> Self {
        Self::with(&format!("stages:\n  fit:\n    {STEP}\n"))
    }

    fn packages(&self) -> PathBuf {
        self.sandbox.path(PACKAGES)
    }

    fn run(&self, arguments: &[&str], variables: &[(&str, &Path)]) -> Ran {
        let mut command = self.sandbox.front_in("project", arguments);
        command.envs(variables.iter().copied());
        ran(command)
    }

    /// The stages, without any cache, and whether Python ran.
    #[track_caller]
    fn stages(&self, variables: &[(&str, &Path)]) -> (String, bool) {
        let _ = fs::remove_dir_all(self.sandbox.path("project/.pivot/cache"));
        let _ = fs::remove_file(&self.mark);
        let said = self.run(&["stages"], variables).lines().join(" ");
        (said, self.mark.exists())
    }

    /// Whether the answer is still in the cache.
    fn is_cached(&self, variables: &[(&str, &Path)]) -> bool {
        self.run(&["stages", "--cached"], variables).code == 0
    }

    /// Names the installed PyYAML another version.
    fn call_pyyaml(&self, version: &str) {
        let is_it = |name: &str| name.starts_with("pyyaml-") && name.ends_with(".dist-info");
        let entries = fs::read_dir(self.packages()).unwrap().flatten();
        let mut names = entries.map(|entry| entry.file_name().into_string().unwrap());
        let old = names.find(|name| is_it(name)).unwrap();
        let new = format!("pyyaml-{version}.dist-info");
        fs::rename(self.packages().join(old), self.packages().join(new)).unwrap();
    }
}

#[test]
fn the_installed_pyyaml_decides_how_mappings_are_merged() {
    let text = format!("stages:\n  <<: [{{aa: {{{STEP}}}}}, {{bb: {{{STEP}}}}}]\n");
    let installation = Installation::with(&text);
    let real = installation.stages(&[("PYTHONPATH", Path::new("."))]);
    assert!(real.1, "where nothing is certain Python tells");
    for (version, names) in [("6.0.3", "bb aa"), ("6.0.4", "aa bb"), ("6.0", "bb aa")] {
        installation.call_pyyaml(version);
        assert_eq!(installation.stages(&[]), (names.to_owned(), false), "{version}");
        assert!(installation.is_cached(&[]), "{version}");
    }
    installation.call_pyyaml("6.0.3");
    assert!(!installation.is_cached(&[]), "another one is installed");
    // One that was never looked at, two at once, or none.
    installation.call_pyyaml("6.99");
    assert_eq!(installation.stages(&[]), (real.0.clone(), true));
    installation.call_pyyaml("6.0.4");
    let second = installation.packages().join("PyYAML-6.0.3.dist-info");
    fs::create_dir(&second).unwrap();
    assert_eq!(installation.stages(&[]), (real.0.clone(), true));
    fs::remove_dir(second).unwrap();
    fs::remove_file(installation.packages().join("yaml")).unwrap();
    assert!(installation.run(&["stages"], &[]).code != 0, "Pivot itself fails");
}

#[test]
fn a_path_that_hides_nothing_leaves_yaml_certain() {
    let installation = Installation::new();
    let directory = installation.sandbox.make_directory("modules");
    let path = format!("{}:{}", directory.display(), directory.join("not-there").display());
    let variables = [("PYTHONPATH", Path::new(&path))];
    installation.sandbox.write("modules/steps.py", "");
    assert_eq!(installation.stages(&variables), ("fit".to_owned(), false));
    assert!(installation.is_cached(&variables));
    // What appears there later is noticed, and what does not matter is not.
    installation.sandbox.write("modules/more.py", "");
    assert!(installation.is_cached(&variables));
    for hiding in ["sitecustomize.py", "yaml/__init__.py", "not-there/pivot.py"] {
        let module = installation.sandbox.write(&format!("modules/{hiding}"), "");
        assert!(!installation.is_cached(&variables), "{hiding}");
        let top = Path::new(hiding).components().next().unwrap();
        let top = directory.join(top);
        if top.is_dir() {
            fs::remove_dir_all(&top).unwrap()
        } else {
            fs::remove_file(module).unwrap()
        }
        assert_eq!(installation.stages(&variables), ("fit".to_owned(), false), "{hiding}");
    }
    // The same Pivot by a second way.
    let packages = installation.packages();
    assert_eq!(installation.stages(&[("PYTHONPATH", &packages)]), ("fit".to_owned(), false));
}

#[test]
fn a_path_that_may_hide_something_leaves_yaml_to_python() {
    let installation = Installation::new();
    let directory = installation.sandbox.make_directory("modules");
    for hiding in ["sitecustomize.py", "usercustomize.pyc", "re.py"] {
        let module = installation.sandbox.write(&format!("modules/{hiding}"), "");
        fs::write(&module, if hiding == "re.py" { "raise ImportError" } else { "" }).unwrap();
        let _ = fs::remove_file(&installation.mark);
        installation.run(&["stages"], &[("PYTHONPATH", &directory)]);
        assert!(installation.mark.exists(), "{hiding}");
        let _ = fs::remove_dir_all(installation.sandbox.path("project/.pivot/cache"));
        fs::remove_file(module).unwrap();
    }
    let archive = installation.sandbox.write("modules.zip", "");
    for path in [Path::new("relative"), &archive, &directory.join("a:")] {
        assert_eq!(
            installation.stages(&[("PYTHONPATH", path)]),
            ("fit".to_owned(), true),
            "{path:?}"
        );
        // Found out once, it is cached like any other.
        assert!(installation.is_cached(&[("PYTHONPATH", path)]), "{path:?}");
    }
}

#[test]
fn a_home_of_python_moves_no_environments_packages() {
    let installation = Installation::new();
    let python = installation.sandbox.path("environment/bin/python3.13").canonicalize().unwrap();
    let home = python.parent().unwrap().parent().unwrap();
    assert_eq!(installation.stages(&[("PYTHONHOME", home)]), ("fit".to_owned(), false));
    let elsewhere = installation.sandbox.make_directory("elsewhere");
    let said = installation.run(&["stages", "x"], &[("PYTHONHOME", &elsewhere)]);
    assert_eq!(said.code, 0, "cached: {said:?}");
    fs::remove_dir_all(installation.sandbox.path("project/.pivot/cache")).unwrap();
    let said = installation.run(&["stages"], &[("PYTHONHOME", &elsewhere)]);
    assert_eq!(said.code, 1, "no Python starts with that: {said:?}");
}

#[test]
fn an_editable_0_1_0_reads_yaml() {
    let installation = Installation::new();
    let packages = installation.packages();
    // As pip and uv_build leave it behind.
    let source = installation.sandbox.make_directory("source/src");
    copy(&packages.join("pivot"), &source.join("pivot"));
    fs::remove_file(packages.join("pivot")).unwrap();
    fs::write(packages.join("pivot.pth"), source.to_str().unwrap()).unwrap();
    let metadata = packages.join("pivot-0.1.0.dist-info");
    let shared = fs::canonicalize(&metadata).unwrap();
    fs::remove_file(&metadata).unwrap();
    copy(&shared, &metadata);
    let url = "{\"dir_info\": {\"editable\": true}, \"url\": \"file:///source\"}";
    fs::write(metadata.join("direct_url.json"), url).unwrap();

    assert_eq!(installation.stages(&[]), ("fit".to_owned(), false));
    assert!(installation.is_cached(&[]));
    assert_eq!(installation.stages(&[("PYTHONPATH", &source)]), ("fit".to_owned(), false));
    // Whoever works on it may have it read anything.
    assert_eq!(installation.stages(&[]), ("fit".to_owned(), false));
    let module = source.join("pivot/matrix.py");
    let text = fs::read_to_string(&module).unwrap();
    fs::write(&module, text + "# edited\n").unwrap();
    assert!(!installation.is_cached(&[]));
    assert_eq!(installation.stages(&[]), ("fit".to_owned(), true));
    assert!(installation.is_cached(&[]));
}

fn copy(from: &Path, to: &Path) {
    let copied = std::process::Command::new("cp").args(["-rLT"]).args([from, to]).status();
    assert!(copied.unwrap().success());
}
