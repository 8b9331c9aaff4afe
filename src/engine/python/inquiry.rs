//! What Pivot is asked, and of which `pivot`: one after the other, until one is a Pivot.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use pivot_complete::environment::loader;
use pivot_complete::line::Shell;
use pivot_complete::reason::Reason;

use super::drive::{ARGUMENT_LIMIT_BYTES, Around, CLICK_VARIABLES, PRINTED_LIMIT_BYTES};
use super::frame::Frame;
use crate::context::Context;
use crate::context::pivot::{self, Naming, Pivot, Runs};
use crate::context::trust::{self, Permit, Start, permit};
use crate::process::child::End;
use crate::report::Failure;

/// What is asked of the stages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
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
pub struct Inquiry<'a> {
    /// From where.
    pub context: &'a Context,
    /// Whom to ask, the likeliest first.
    pub pivots: &'a [Pivot],
    /// Whether the user waits for an explanation of a failure.
    pub explain: bool,
    /// Edited modules with the shapes that they had (check.py): they are compared beside a discovery,
    /// which is no more needed if all are the same, and fails with [`Reason::SameShape`].
    pub edited: Option<&'a [u8]>,
}

impl<'a> Inquiry<'a> {
    /// An inquiry about `context`, which explains itself where no TAB asks it.
    pub fn about(context: &'a Context) -> Self {
        Self { context, pivots: &context.pivots, explain: !context.is_tab, edited: None }
    }

    /// Discovers stages; a failure of the pipeline is an answer too.
    pub fn stages(&self, subject: &Subject) -> Result<Found, Failure> {
        self.ask(|pivot| match &pivot.runs {
            Runs::Python(interpreter) => {
                let (mode, argument) = match subject {
                    Subject::Stages => ("stages", OsString::new()),
                    Subject::All => ("all", OsString::new()),
                    Subject::Manifests(stages) => ("manifests", wanted(stages.as_deref())),
                };
                let start = match subject {
                    Subject::All => Start::Every(pivot),
                    Subject::Stages | Subject::Manifests(_) => Start::Discovery(pivot),
                };
                let permit = permit(self.context, start)?;
                let mut frame = self.drive(&permit, pivot, interpreter, mode, argument)?;
                self.note_choice(&mut frame, pivot);
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
            _ => self.list(pivot, *subject == Subject::All),
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
                let permit = permit(self.context, Start::Discovery(pivot))?;
                let frame = self.drive(&permit, pivot, interpreter, shell.as_str(), argument)?;
                if let Some(error) = frame.error {
                    let message = String::from_utf8_lossy(&error);
                    return Err(Failure::new(Reason::DiscoveryFailed, message));
                }
                Ok(frame.output.unwrap_or_default())
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
            let permit = permit(self.context, Start::Description(pivot))?;
            let mut frame = self.drive(&permit, pivot, interpreter, "describe", OsString::new())?;
            self.note_choice(&mut frame, pivot);
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
        let mut is_kept = false;
        for pivot in self.pivots {
            let opaque = || Pivot { runs: Runs::Opaque, ..pivot.clone() };
            let result = match self.resolve(pivot).and_then(|pivot| how(&pivot)) {
                // A script that finds its Pivot by itself, such as a zipapp.
                Err(missing) if missing.reason == Reason::NoPivot && self.may_find(pivot) => {
                    how(&opaque()).map_err(|failure| match failure.reason {
                        Reason::NoPivot => missing,
                        // That it does not find one either is worth remembering, if nobody does.
                        _ if failure.message.contains(FINDS_NONE) => {
                            is_kept = true;
                            missing
                        }
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
        let reason = if is_kept { Reason::DiscoveryFailed } else { last.reason };
        Err(Failure { reason, ..last })
    }

    /// Whether `pivot` is called that, so that it may be executed as it is, and is run by the
    /// Python that it names itself.
    fn may_find(&self, pivot: &Pivot) -> bool {
        let name = pivot.program.as_deref().and_then(Path::file_name);
        let is_script =
            matches!(pivot.runs, Runs::Python(_)) && self.context.settings.python.is_none();
        is_script && name == Some(OsStr::new("pivot"))
    }

    /// Notes of the program that a version manager chose what leads to another one: another link, or another
    /// version beside.
    fn note_choice(&self, frame: &mut Frame, pivot: &Pivot) {
        let Some(program) = pivot.program.as_ref().filter(|_| self.context.is_chosen()) else {
            return;
        };
        let bytes = |path: &Path| path.as_os_str().as_bytes().to_vec();
        frame.seen.stamped.push(bytes(program));
        // VERSIONS/3.13.1/bin/pivot.
        let versions = program.ancestors().nth(3);
        let is_managers = |place: &&Path| {
            place.ends_with("versions") || place.ends_with(Path::new("installs/python"))
        };
        frame.seen.listings.extend(versions.filter(is_managers).map(bytes));
    }

    /// What a version manager prints, and how it ended.
    fn hear(&self, permit: &Permit, command: &[OsString]) -> (End, Vec<u8>) {
        let mut printed = Vec::new();
        // mise asks no server for what it has not got.
        let offline = [("MISE_OFFLINE", "1".into())];
        let around = Around::default();
        let end = self.run(permit, command, around, &offline, &CLICK_VARIABLES, |piece| {
            printed.extend(piece);
            printed.len() > PRINTED_LIMIT_BYTES
        });
        (end, printed)
    }

    /// Finds the program behind a version manager's shim.
    fn resolve(&self, pivot: &Pivot) -> Result<Pivot, Failure> {
        let Runs::Shim(manager) = &pivot.runs else { return Ok(pivot.clone()) };
        let leave = permit(self.context, Start::Choice(pivot))?;
        let (end, printed) = self.hear(&leave, &manager.command);
        match &end {
            End::TimedOut | End::Interrupted => return Err(self.failure(&end, pivot)),
            // Its shim would only say so, too, or install one.
            End::Exited(status, _) if !status.success() => {
                let command: Vec<_> = manager.command.iter().map(|word| word.display()).collect();
                let command = command.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
                let message = format!(
                    "{} stands for no pivot here: `{command}` says why",
                    pivot.program.as_deref().unwrap_or(manager.program()).display()
                );
                return Err(Failure::new(Reason::NoPivot, message));
            }
            _ => {}
        }
        let line = printed.split(|&byte| byte == b'\n').next().unwrap_or_default();
        let program = Path::new(OsStr::from_bytes(line));
        let Context { directory, settings, .. } = self.context;
        // By files of the place, or by the user's own settings.
        let chosen =
            if trust::is_chosen_here(self.context) { Naming::InPart } else { Naming::Whole };
        let resolved = || pivot::pivot(program, pivot.by, chosen, directory, settings);
        match program.is_absolute().then(resolved) {
            Some(found) if matches!(found.runs, Runs::Python(_)) => {
                // Only for what may be run: it may source scripts of the user's.
                let may_run = permit(self.context, Start::Description(&found)).is_ok();
                let command = manager.environment().filter(|_| may_run);
                let said = command.map(|command| self.hear(&leave, &command).1);
                Ok(Pivot { environment: said.map(|it| set_by(&it)).unwrap_or_default(), ..found })
            }
            _ => Ok(Pivot { runs: Runs::Opaque, ..pivot.clone() }),
        }
    }
}

/// The variables of an object in JSON, but for those that a loader obeys, and ours.
fn set_by(object: &[u8]) -> Vec<(String, OsString)> {
    let object: serde_json::Map<String, serde_json::Value> =
        serde_json::from_slice(object).unwrap_or_default();
    let is_theirs = |name: &String| {
        let is_ours = name.starts_with("PIVOT_COMPLETE") || CLICK_VARIABLES.contains(&&**name);
        !is_ours && !loader::names().any(|own| own == name.as_str())
    };
    let text = |value: serde_json::Value| Some(value.as_str()?.to_owned().into());
    let all = object.into_iter().filter(|(name, _)| is_theirs(name));
    all.filter_map(|(name, value)| Some((name, text(value)?))).collect()
}

/// What a script complains of that does not find its Pivot either.
const FINDS_NONE: &str = "No module named 'pivot'";

/// The stages whose manifests are wanted, a line each, as the driver takes them: all of them, where
/// they are not told or too many to be told.
fn wanted(stages: Option<&[Vec<u8>]>) -> OsString {
    match stages.map(|stages| stages.join(&b'\n')) {
        Some(lines) if lines.len() <= ARGUMENT_LIMIT_BYTES => OsString::from_vec(lines),
        _ => "*".into(),
    }
}

fn owned(path: Vec<u8>) -> PathBuf {
    PathBuf::from(OsString::from_vec(path))
}
