//! Asks Pivot itself: runs the driver in the user's Python, or the `pivot` program where its
//! Python cannot be found.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use pivot_complete::line::Shell;
use pivot_complete::reason::Reason;

use crate::context::pivot;
use crate::context::pivot::{Interpreter, Named, Pivot, Runs};
use crate::context::scene::Scene;
use crate::context::trust;
use crate::context::trust::{Permit, Start, permit};
use crate::environment::settings::variable;
use crate::process::child;
use crate::process::child::{End, Run};
use crate::python::driver;
use crate::python::frame;
use crate::python::frame::{Frame, Progress};
use crate::report::Failure;

/// Most bytes that a `pivot` which completes by itself may print.
const PRINTED_LIMIT_BYTES: usize = 16 << 20;

/// Longest argument that is passed to the driver, in bytes: Linux takes 128 KiB.
const ARGUMENT_LIMIT_BYTES: usize = 100 << 10;

/// How many lines of a pipeline's noise may start like an answer.
const NOISE_LIMIT: usize = 1_000;

/// What Python ends with where it does not know one of its options.
const UNKNOWN_OPTION: i32 = 2;

/// Variables of click's protocol: a pipeline that is a click application must not see them.
const CLICK_VARIABLES: [&str; 3] = ["_PIVOT_COMPLETE", "COMP_WORDS", "COMP_CWORD"];

/// What is asked of the stages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// Those of the working directory's pipeline.
    Stages,
    /// Those of every pipeline of the project.
    All,
    /// Those of the working directory's pipeline, with the manifests of these, or of all.
    Manifests(Option<Vec<Vec<u8>>>),
}

/// What Pivot said of the stages.
#[derive(Clone, Debug)]
pub struct Found {
    /// The names in Pivot's order, or why it fails.
    pub names: Result<Vec<Vec<u8>>, Failure>,
    /// What they are about.
    pub origin: Origin,
    /// All else that the driver tells; nothing where there was none.
    pub frame: Frame,
}

/// Which config names are about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// ROOT and the config as Pivot saw them.
    Said(PathBuf, PathBuf),
    /// Whatever Pivot's rules select; it did not say.
    Unsaid,
    /// No config at all, or one that cannot be named.
    None,
    /// The config here, which was read without Pivot.
    Parsed,
    /// Whatever there is: Pivot ended without a word.
    Ended,
}

/// How to ask.
pub struct Question<'a> {
    /// From where.
    pub scene: &'a Scene,
    /// Whom to ask, the likeliest first.
    pub pivots: &'a [Pivot],
    /// Whether the user waits for an explanation of a failure.
    pub explain: bool,
    /// Called every tenth of a second.
    pub waiting: &'a dyn Fn(),
}

impl<'a> Question<'a> {
    /// A question about `scene`, which explains itself where no TAB asks it.
    pub fn about(scene: &'a Scene) -> Self {
        Self { scene, pivots: &scene.pivots, explain: !scene.is_tab, waiting: &|| {} }
    }

    /// Discovers stages; a failure of the pipeline is an answer too.
    pub fn stages(&self, wish: &Wish) -> Result<Found, Failure> {
        self.ask(|pivot| match &pivot.runs {
            Runs::Python(interpreter) => {
                let (mode, argument) = match wish {
                    Wish::Stages => ("stages", OsString::new()),
                    Wish::All => ("all", OsString::new()),
                    Wish::Manifests(stages) => ("manifests", wanted(stages.as_deref())),
                };
                let permit = permit(self.scene, Start::Discovery(pivot))?;
                let mut frame = self.drive(&permit, pivot, interpreter, mode, argument)?;
                let origin = match (frame.root.take(), frame.config.take()) {
                    (Some(root), Some(config)) => Origin::Said(owned(root), owned(config)),
                    _ => Origin::None,
                };
                let names = match frame.error.take() {
                    Some(error) => {
                        let message = String::from_utf8_lossy(&error);
                        Err(Failure::new(Reason::DiscoveryFailed, message))
                    }
                    None => Ok(std::mem::take(&mut frame.names)),
                };
                Ok(Found { names, origin, frame })
            }
            // Which has no manifests to tell.
            _ => self.list(pivot, *wish == Wish::All),
        })
    }

    /// Lets click complete the line in the environment, as `pivot` itself would print it.
    ///
    /// `names` are the fresh ones as lines, so that nothing need be discovered.
    pub fn complete(&self, shell: Shell, names: Option<&[u8]>) -> Result<Vec<u8>, Failure> {
        self.ask(|pivot| match &pivot.runs {
            Runs::Python(interpreter) => {
                let known = names.filter(|names| names.len() <= ARGUMENT_LIMIT_BYTES);
                let argument = known.map(|names| [b"=", names].concat()).unwrap_or_default();
                let argument = OsString::from_vec(argument);
                // It may discover by itself.
                let permit = permit(self.scene, Start::Discovery(pivot))?;
                let frame = self.drive(&permit, pivot, interpreter, shell.as_str(), argument)?;
                if let Some(error) = frame.error {
                    let message = String::from_utf8_lossy(&error);
                    return Err(Failure::new(Reason::DiscoveryFailed, message));
                }
                let mut output = frame.output.unwrap_or_default();
                output.push(b'\n');
                Ok(output)
            }
            _ => self.complete_itself(pivot, shell),
        })
    }

    /// Has Pivot's command line described, by the Python that runs it.
    pub fn command_line(&self) -> Result<Frame, Failure> {
        self.ask(|pivot| {
            let Runs::Python(interpreter) = &pivot.runs else {
                let message = "the pivot found does not tell which Python runs it";
                return Err(Failure::new(Reason::NoPivot, message));
            };
            let permit = permit(self.scene, Start::Description(pivot))?;
            let mut frame = self.drive(&permit, pivot, interpreter, "describe", OsString::new())?;
            match frame.error.take() {
                Some(error) => {
                    let message = String::from_utf8_lossy(&error);
                    Err(Failure::new(Reason::DiscoveryFailed, message))
                }
                None => Ok(frame),
            }
        })
    }

    /// Asks one after the other until one is a Pivot.
    fn ask<T>(&self, how: impl Fn(&Pivot) -> Result<T, Failure>) -> Result<T, Failure> {
        let mut last = Failure::new(
            Reason::NoPivot,
            "cannot find pivot: none on PATH, in VIRTUAL_ENV or CONDA_PREFIX, in a .venv of the \
             project or above it; install it, or name its Python in PIVOT_COMPLETE_PYTHON",
        );
        for pivot in self.pivots {
            let opaque = || Pivot { runs: Runs::Opaque, ..pivot.clone() };
            let result = match self.resolve(pivot).and_then(|pivot| how(&pivot)) {
                // A script that finds its Pivot by itself, such as a zipapp.
                Err(missing) if missing.reason == Reason::NoPivot && self.may_find(pivot) => {
                    how(&opaque()).map_err(|failure| match failure.reason {
                        Reason::NoPivot => missing,
                        _ => failure,
                    })
                }
                result => result,
            };
            match result {
                Err(failure) if failure.reason == Reason::NoPivot => last = failure,
                result => return result,
            }
        }
        Err(last)
    }

    /// Whether `pivot` is called that, so that it may be executed as it is, and is run by the
    /// Python that it names itself.
    fn may_find(&self, pivot: &Pivot) -> bool {
        let name = pivot.program.as_deref().and_then(Path::file_name);
        let is_script =
            matches!(pivot.runs, Runs::Python(_)) && self.scene.settings.python.is_none();
        is_script && name == Some(OsStr::new("pivot"))
    }

    /// Finds the program behind a version manager's shim.
    fn resolve(&self, pivot: &Pivot) -> Result<Pivot, Failure> {
        let Runs::Shim(manager) = &pivot.runs else { return Ok(pivot.clone()) };
        let permit = permit(self.scene, Start::Choice(pivot))?;
        let mut printed = Vec::new();
        let end = self.run(&permit, &manager.command, None, &[], &CLICK_VARIABLES, |piece| {
            printed.extend(piece);
            printed.len() > PRINTED_LIMIT_BYTES
        });
        if let End::TimedOut | End::Interrupted = end {
            return Err(self.failure(&end, pivot));
        }
        let line = printed.split(|&byte| byte == b'\n').next().unwrap_or_default();
        let program = Path::new(OsStr::from_bytes(line));
        let Scene { directory, settings, .. } = self.scene;
        // By files of the place, or by the user's own settings.
        let chosen = if trust::is_chosen_here(self.scene) { Named::InPart } else { Named::Whole };
        let resolved = || pivot::pivot(program, chosen, directory, settings);
        match program.is_absolute().then(resolved) {
            Some(found) if matches!(found.runs, Runs::Python(_)) => Ok(found),
            _ => Ok(Pivot { runs: Runs::Opaque, ..pivot.clone() }),
        }
    }

    /// Runs the driver in Pivot's Python, which finds no module through the working directory.
    fn drive(
        &self,
        permit: &Permit,
        pivot: &Pivot,
        interpreter: &Interpreter,
        mode: &str,
        argument: OsString,
    ) -> Result<Frame, Failure> {
        let completes = Shell::named(mode.as_bytes()).is_some();
        let remove: &[&str] = if completes { &CLICK_VARIABLES[..1] } else { &CLICK_VARIABLES };
        let Interpreter { path, options, .. } = interpreter;
        // A script's own directory comes first, unless its Python was told otherwise.
        let is_safe = options.iter().any(|word| is_safe_path(word))
            || is_safe_by_environment()
            || permit.is_open_beside();
        let mut bytes = Vec::new();
        let mut progress = Progress::Incomplete;
        let mut start = |flags: &str, head: &str| {
            let mut command = vec![path.clone().into_os_string()];
            command.extend(options.iter().cloned());
            command.extend([flags.into(), [head, &driver::script(mode, is_safe)].concat().into()]);
            let pipe = command.len();
            command.extend([OsString::new(), mode.into(), program_of(pivot), argument.clone()]);
            self.run(permit, &command, Some(pipe), &[], remove, |piece| {
                bytes.extend(piece);
                progress = frame::read(&bytes);
                progress != Progress::Incomplete
            })
        };
        // Nor through the home directory of somebody else.
        let flags = if permit.foreign_home() { ["-Psc", "-sc"] } else { ["-Pc", "-c"] };
        let mut end = start(flags[0], "");
        let knows_no_option = |end: &End| matches!(end, End::Exited(status, _) if status.code() == Some(UNKNOWN_OPTION));
        if knows_no_option(&end) {
            // Before Python 3.11 there is no -P; a pipeline that ends so is not started again, and what
            // it said stays.
            let without = start(flags[1], driver::WITHOUT_SAFE_PATH);
            end = if knows_no_option(&without) { end } else { without };
        }
        match progress {
            Progress::Complete(frame) => match frame.error {
                Some(error) if frame.pivot_is_missing => {
                    Err(Failure::new(Reason::NoPivot, String::from_utf8_lossy(&error)))
                }
                _ => Ok(*frame),
            },
            Progress::Broken => {
                Err(Failure::new(Reason::DiscoveryFailed, "the pipeline wrote into our answer"))
            }
            Progress::Incomplete => Err(self.failure(&end, pivot)),
        }
    }

    /// Runs `pivot list`, which discovers as the driver does, reads no cache and writes none.
    fn list(&self, pivot: &Pivot, every: bool) -> Result<Found, Failure> {
        let mut command = vec![program_of(pivot), "list".into(), "--json".into()];
        command.extend(every.then(|| "--all".into()));
        let mut printed = Vec::new();
        let permit = permit(self.scene, Start::Discovery(pivot))?;
        let end = self.run(&permit, &command, None, &[], &CLICK_VARIABLES, |piece| {
            printed.extend(piece);
            printed.len() > PRINTED_LIMIT_BYTES
        });
        match end {
            End::Exited(status, _) if status.success() => match listed_names(&printed) {
                Some(names) => {
                    let (names, frame) = (Ok(names), Frame::default());
                    Ok(Found { names, origin: Origin::Unsaid, frame })
                }
                None => {
                    let message = format!("{} is no Pivot", command[0].display());
                    Err(Failure::new(Reason::NoPivot, message))
                }
            },
            end => Err(self.failure(&end, pivot)),
        }
    }

    /// Runs `pivot` itself with click's variables; the answer is what it prints.
    fn complete_itself(&self, pivot: &Pivot, shell: Shell) -> Result<Vec<u8>, Failure> {
        let set = [("_PIVOT_COMPLETE", format!("{}_complete", shell.as_str()).into())];
        let mut printed = Vec::new();
        let permit = permit(self.scene, Start::Discovery(pivot))?;
        let end = self.run(&permit, &[program_of(pivot)], None, &set, &[], |piece| {
            printed.extend(piece);
            printed.len() > PRINTED_LIMIT_BYTES
        });
        match end {
            End::Exited(status, _) if status.success() => Ok(printed),
            end => Err(self.failure(&end, pivot)),
        }
    }

    fn run(
        &self,
        permit: &Permit,
        command: &[OsString],
        pipe_argument: Option<usize>,
        set: &[(&str, OsString)],
        remove: &[&str],
        take: impl FnMut(&[u8]) -> bool,
    ) -> End {
        // So that a pipeline can know, and that we do not start ourselves for ever.
        let mut set = set.to_vec();
        set.push(("PIVOT_COMPLETE", "1".into()));
        let run = Run {
            permit,
            command,
            pipe_argument,
            input: None,
            set: &set,
            remove,
            deadline: self.scene.settings.deadline,
            keep_stderr: self.explain,
        };
        child::run(&run, take, || (self.waiting)())
    }

    /// Says how a run ended that gave no answer.
    fn failure(&self, end: &End, pivot: &Pivot) -> Failure {
        let name = match (&pivot.runs, &pivot.program) {
            (Runs::Python(interpreter), _) => interpreter.path.display().to_string(),
            (_, Some(program)) => program.display().to_string(),
            (_, None) => "pivot".into(),
        };
        match end {
            End::TimedOut => Failure::new(
                Reason::TimedOut,
                format!(
                    "{name} was ended after {} s without an answer; \
                     PIVOT_COMPLETE_TIMEOUT allows it more",
                    self.scene.settings.timeout.as_secs_f64()
                ),
            ),
            End::Interrupted => Failure::new(Reason::Interrupted, "interrupted"),
            End::NotStarted(error) => {
                Failure::new(Reason::NoPivot, format!("cannot run {name}: {error}"))
            }
            End::Answered => {
                Failure::new(Reason::DiscoveryFailed, format!("{name} gave no usable answer"))
            }
            End::Exited(status, stderr) => {
                let told = String::from_utf8_lossy(stderr);
                let message = format!("{name} ended without an answer ({status})\n{told}");
                Failure::new(Reason::DiscoveryFailed, message.trim_end())
            }
        }
    }
}

/// The names in what `pivot list --json` printed, after whatever the pipeline printed.
fn listed_names(printed: &[u8]) -> Option<Vec<Vec<u8>>> {
    // The object starts a line and ends the output; a pipeline's noise may look alike.
    let starts = (0..printed.len())
        .filter(|&at| printed[at] == b'{' && (at == 0 || printed[at - 1] == b'\n'));
    starts.take(NOISE_LIMIT).find_map(|at| {
        let list: serde_json::Value = serde_json::from_slice(&printed[at..]).ok()?;
        let name = |stage: &serde_json::Value| Some(stage.get("name")?.as_str()?.into());
        list.get("stages")?.as_array()?.iter().map(name).collect()
    })
}

/// The stages whose manifests are wanted, a line each, as the driver takes them: all of them, where
/// they are not told or too many to be told.
fn wanted(stages: Option<&[Vec<u8>]>) -> OsString {
    match stages.map(|stages| stages.join(&b'\n')) {
        Some(lines) if lines.len() <= ARGUMENT_LIMIT_BYTES => OsString::from_vec(lines),
        _ => "*".into(),
    }
}

/// Whether `word` holds one of Python's options `-P` and `-I`.
fn is_safe_path(word: &OsStr) -> bool {
    let letters = word.as_bytes().strip_prefix(b"-").unwrap_or_default();
    // What follows these is their argument; a second dash begins a long option.
    let mut letters = letters.iter().take_while(|letter| !b"XWcm-".contains(letter));
    letters.any(|letter| b"PI".contains(letter))
}

fn is_safe_by_environment() -> bool {
    variable("PYTHONSAFEPATH").is_some()
}

fn program_of(pivot: &Pivot) -> OsString {
    pivot.program.clone().unwrap_or_default().into_os_string()
}

fn owned(path: Vec<u8>) -> PathBuf {
    PathBuf::from(OsString::from_vec(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_behind_noise() {
        let list = br#"{
  "stages": [
    {"name": "demo/train", "deps": [], "outs": [{"name": "no"}]},
    {"name": "demo/eval", "deps": []}
  ]
}
"#;
        let names = vec![b"demo/train".to_vec(), b"demo/eval".to_vec()];
        assert_eq!(listed_names(list), Some(names.clone()));
        assert_eq!(listed_names(&[&b"noise\n{\n{}\n"[..], list].concat()), Some(names));
        assert_eq!(listed_names(b"{\"stages\": []}\n"), Some(vec![]));
        assert_eq!(listed_names(b"a cat's words\n"), None);
        assert_eq!(listed_names(b""), None);
    }
}
