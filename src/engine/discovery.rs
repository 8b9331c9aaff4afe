//! Asks Pivot itself: runs the driver in the user's Python, or the `pivot` program where its
//! Python cannot be found.

use std::collections::HashSet;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use pivot_complete::query::Shell;
use pivot_complete::verdict::Reason;

use crate::child::{self, End, Run};
use crate::failure::Failure;
use crate::frame::{self, Frame, Progress};
use crate::pivot::{self, Pivot, Runs};
use crate::settings::Settings;

const DRIVER: &str = include_str!("driver.py");

/// Most bytes that a `pivot` which completes by itself may print.
const PRINTED_LIMIT_BYTES: usize = 16 << 20;

/// Variables of click's protocol: a pipeline that is a click application must not see them.
const CLICK_VARIABLES: [&str; 3] = ["_PIVOT_COMPLETE", "COMP_WORDS", "COMP_CWORD"];

/// What Pivot said of the stages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// The names in Pivot's order.
    pub names: Vec<Vec<u8>>,
    /// ROOT and the config as Pivot saw them; without them nothing is cached.
    pub origin: Option<(PathBuf, PathBuf)>,
}

/// How to ask.
pub struct Question<'a> {
    /// Whom to ask, the likeliest first.
    pub pivots: &'a [Pivot],
    /// Deadline and interpreter.
    pub settings: &'a Settings,
    /// Whether the user waits for an explanation of a failure.
    pub explain: bool,
    /// Called every tenth of a second.
    pub waiting: &'a dyn Fn(),
}

impl Question<'_> {
    /// Discovers the stages of the working directory's pipeline, or of every pipeline.
    pub fn stages(&self, every: bool) -> Result<Found, Failure> {
        self.ask(|pivot| match &pivot.runs {
            Runs::Python(..) => {
                let frame = self.drive(pivot, if every { "all" } else { "stages" }, None)?;
                let origin = frame.root.zip(frame.config);
                Ok(Found {
                    names: frame.names,
                    origin: origin.map(|(root, config)| (path(root), path(config))),
                })
            }
            _ => {
                let line = [("COMP_WORDS", "pivot repro ".into()), ("COMP_CWORD", "2".into())];
                let printed = self.complete_itself(pivot, Shell::Bash, &line)?;
                Ok(Found { names: offered_names(&printed), origin: None })
            }
        })
    }

    /// Lets click complete the line in the environment, as `pivot` itself would print it.
    ///
    /// `cache` is a file with fresh names, so that nothing need be discovered.
    pub fn complete(&self, shell: Shell, cache: Option<&Path>) -> Result<Vec<u8>, Failure> {
        self.ask(|pivot| match &pivot.runs {
            Runs::Python(..) => {
                let mut output =
                    self.drive(pivot, shell.as_str(), cache)?.output.unwrap_or_default();
                output.push(b'\n');
                Ok(output)
            }
            _ => self.complete_itself(pivot, shell, &[]),
        })
    }

    /// Asks one after the other until one is a Pivot.
    fn ask<T>(&self, how: impl Fn(&Pivot) -> Result<T, Failure>) -> Result<T, Failure> {
        let mut last = Failure::new(
            Reason::NoPivot,
            "cannot find pivot: none on PATH, in the project's .venv or in VIRTUAL_ENV; \
             install it, or name its Python in PIVOT_COMPLETE_PYTHON",
        );
        for pivot in self.pivots {
            match self.resolve(pivot).and_then(|pivot| how(&pivot)) {
                Err(failure) if failure.reason == Reason::NoPivot => last = failure,
                result => return result,
            }
        }
        Err(last)
    }

    /// Finds the program behind a version manager's shim.
    fn resolve(&self, pivot: &Pivot) -> Result<Pivot, Failure> {
        let Runs::Shim(command) = &pivot.runs else { return Ok(pivot.clone()) };
        let mut printed = Vec::new();
        let end = self.run(command, None, &[], &CLICK_VARIABLES, |piece| {
            printed.extend(piece);
            printed.len() > PRINTED_LIMIT_BYTES
        });
        if let End::TimedOut | End::Interrupted = end {
            return Err(self.failure(&end, pivot));
        }
        let line = printed.split(|&byte| byte == b'\n').next().unwrap_or_default();
        let program = Path::new(OsStr::from_bytes(line));
        let resolved = program.is_absolute().then(|| pivot::pivot(program, self.settings));
        match resolved {
            Some(found) if matches!(found.runs, Runs::Python(..)) => Ok(found),
            _ => Ok(Pivot { program: pivot.program.clone(), runs: Runs::Opaque }),
        }
    }

    /// Runs the driver in Pivot's Python.
    fn drive(&self, pivot: &Pivot, mode: &str, cache: Option<&Path>) -> Result<Frame, Failure> {
        let Runs::Python(interpreter, options) = &pivot.runs else {
            return Err(self.failure(&End::TimedOut, pivot));
        };
        let mut command = vec![interpreter.clone().into_os_string()];
        command.extend(options.iter().cloned());
        command.extend(["-c".into(), DRIVER.into()]);
        let pipe = command.len();
        let program = pivot.program.clone().unwrap_or_default().into_os_string();
        let cache = cache.map(OsString::from).unwrap_or_default();
        command.extend([OsString::new(), mode.into(), program, cache]);
        let completes = Shell::named(mode.as_bytes()).is_some();
        let remove: &[&str] = if completes { &CLICK_VARIABLES[..1] } else { &CLICK_VARIABLES };
        let mut bytes = Vec::new();
        let mut progress = Progress::Incomplete;
        let end = self.run(&command, Some(pipe), &[], remove, |piece| {
            bytes.extend(piece);
            progress = frame::read(&bytes);
            progress != Progress::Incomplete
        });
        match progress {
            Progress::Complete(Frame { error: Some(error), pivot_is_missing, .. }) => {
                let reason =
                    if pivot_is_missing { Reason::NoPivot } else { Reason::DiscoveryFailed };
                Err(Failure::new(reason, String::from_utf8_lossy(&error)))
            }
            Progress::Complete(frame) => Ok(frame),
            Progress::Broken => {
                Err(Failure::new(Reason::DiscoveryFailed, "the pipeline wrote into our answer"))
            }
            Progress::Incomplete => Err(self.failure(&end, pivot)),
        }
    }

    /// Runs `pivot` itself with click's variables; the answer is what it prints.
    fn complete_itself(
        &self,
        pivot: &Pivot,
        shell: Shell,
        line: &[(&str, OsString)],
    ) -> Result<Vec<u8>, Failure> {
        let program = pivot.program.clone().unwrap_or_default().into_os_string();
        let mut set = vec![("_PIVOT_COMPLETE", format!("{}_complete", shell.as_str()).into())];
        set.extend_from_slice(line);
        let mut printed = Vec::new();
        let end = self.run(&[program], None, &set, &[], |piece| {
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
            command,
            pipe_argument,
            set: &set,
            remove,
            deadline: self.settings.deadline,
            keep_stderr: self.explain,
        };
        child::run(&run, take, || (self.waiting)())
    }

    /// Says how a run ended that gave no answer.
    fn failure(&self, end: &End, pivot: &Pivot) -> Failure {
        let name = match (&pivot.runs, &pivot.program) {
            (Runs::Python(interpreter, _), _) => interpreter.display().to_string(),
            (_, Some(program)) => program.display().to_string(),
            (_, None) => "pivot".into(),
        };
        match end {
            End::TimedOut => Failure::new(
                Reason::TimedOut,
                format!(
                    "{name} was ended after {} s without an answer; \
                     PIVOT_COMPLETE_TIMEOUT allows it more",
                    self.settings.timeout.as_secs_f64()
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

/// The full names among what Pivot offers after `pivot repro `, its bare ones left out.
fn offered_names(printed: &[u8]) -> Vec<Vec<u8>> {
    let offered: Vec<&[u8]> =
        printed.split(|&byte| byte == b'\n').filter_map(|l| l.strip_prefix(b"plain,")).collect();
    let prefixed = |name: &&&[u8]| name.contains(&b'/');
    let prefix = offered.iter().find(prefixed).map(|name| {
        let slash = name.iter().position(|&byte| byte == b'/').unwrap_or_default();
        name[..=slash].to_vec()
    });
    let known: HashSet<&[u8]> = offered.iter().copied().collect();
    let is_bare = |name: &[u8]| {
        prefix.as_ref().is_some_and(|prefix| known.contains([prefix, name].concat().as_slice()))
    };
    offered.iter().filter(|name| !is_bare(name)).map(|name| name.to_vec()).collect()
}

fn path(bytes: Vec<u8>) -> PathBuf {
    PathBuf::from(OsString::from_vec(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bare_names_are_told_apart() {
        let printed = b"plain,demo/train\nplain,demo/eval\nplain,train\nplain,eval\n";
        assert_eq!(offered_names(printed), [&b"demo/train"[..], b"demo/eval"]);
        assert_eq!(offered_names(b"plain,a\nplain,b\n"), [b"a", b"b"]);
        assert!(offered_names(b"\n").is_empty());
    }
}
