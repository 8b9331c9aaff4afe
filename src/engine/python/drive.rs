//! Runs the driver in the user's Python, which sends a frame back, and other programs.

use std::cell::RefCell;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

use pivot_complete::line::Shell;
use pivot_complete::reason::Reason;

use super::frame::{self, Frame, Progress};
use super::kept::{self, KeptDriver};
use super::{Inquiry, driver};
use crate::context::lacking;
use crate::context::pivot::{Interpreter, Pivot, Runs};
use crate::context::trust::Permit;
use crate::environment::settings::variable;
use crate::process::afterwards;
use crate::process::child::{self, End, Lent, Run};
use crate::process::openings::Openings;
use crate::report::Failure;
use crate::report::reply::{self, Running};

/// Most bytes that a program which is no driver may print.
pub const PRINTED_LIMIT_BYTES: usize = 16 << 20;

/// Longest argument that is passed to the driver, in bytes: Linux takes 128 KiB.
pub const ARGUMENT_LIMIT_BYTES: usize = 100 << 10;

/// What check.py says where no module has another shape.
const SAME_SHAPES: &[u8] = b"same\n";

/// What Python ends with where it does not know one of its options.
const UNKNOWN_OPTION: i32 = 2;

/// Variables of click's protocol: a pipeline that is a click application must not see them.
pub const CLICK_VARIABLES: [&str; 3] = ["_PIVOT_COMPLETE", "COMP_WORDS", "COMP_CWORD"];

impl Inquiry<'_> {
    /// Runs the driver in Pivot's Python, which finds no module through the working directory.
    pub(super) fn drive(
        &self,
        permit: &Permit,
        pivot: &Pivot,
        interpreter: &Interpreter,
        mode: &str,
        argument: OsString,
    ) -> Result<Frame, Failure> {
        let _running = Running::begin(match mode {
            "stages" | "all" => reply::DISCOVERING,
            "manifests" => reply::FINGERPRINTING,
            "describe" => reply::DESCRIBING,
            _ => reply::ASKING,
        });
        let completes = Shell::named(mode.as_bytes()).is_some();
        let remove: &[&str] = if completes { &CLICK_VARIABLES[..1] } else { &CLICK_VARIABLES };
        let Interpreter { path, options, .. } = interpreter;
        // A script's own directory comes first, unless its Python was told otherwise.
        let is_safe = options.iter().any(|word| is_safe_path(word))
            || is_safe_by_environment()
            || permit.is_open_beside();
        let mut bytes = Vec::new();
        let mut progress = Progress::Incomplete;
        // What only the kernel sees of a pipeline.
        let openings = matches!(mode, "stages" | "all" | "manifests").then(Openings::prepare);
        let openings = openings.flatten().map(RefCell::new);
        let watch = openings.as_ref().map(|openings| openings.borrow().address());
        let script = driver::script(mode);
        let kept = KeptDriver::of(path, &script);
        let lent = kept.as_ref().and_then(|kept| kept.lend(&script));
        let place = if is_safe { "" } else { "first" };
        let [ask, hear] = watch.unwrap_or_default();
        let source = kept::source(&script);
        // None of the driver's options, which whatever that starts inherits.
        let check = [path.as_os_str(), "-I".as_ref(), "-S".as_ref(), "-c".as_ref()];
        let check: Vec<OsString> =
            check.into_iter().map(OsStr::to_owned).chain([driver::check().into()]).collect();
        let set = pivot.environment.iter().map(|(name, value)| (name.as_str(), value.clone()));
        let set: Vec<(&str, OsString)> = set.collect();
        let mut start = |flags: &str, head: &str| {
            let mut command = vec![path.clone().into_os_string()];
            command.extend(options.iter().cloned());
            command.extend([flags.into(), [head, driver::START].concat().into()]);
            let pipe = command.len();
            command.extend([OsString::new(), mode.into(), program_of(pivot), argument.clone()]);
            command.extend([
                place.into(),
                permit.root().into(),
                ask.clone().into(),
                hear.clone().into(),
            ]);
            command.push(OsString::new());
            let code = lent.as_ref().map_or(Lent::Bytes(&source), Lent::File);
            let edited = self.edited.filter(|_| mode == "stages");
            let around = Around {
                pipe_argument: Some(pipe),
                openings: openings.as_ref(),
                lent: Some((command.len() - 1, code)),
                check: edited.map(|edited| (&check[..], edited)),
                keep_stderr: false,
            };
            self.run(permit, &command, around, &set, remove, |piece| {
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
        if let (Progress::Complete(frame), Some(kept)) = (&mut progress, kept)
            && let Some(code) = frame.code.take()
        {
            afterwards::push(move || drop(kept.keep(&code, &script)));
        }
        if let (Progress::Complete(frame), Some(openings)) = (&mut progress, openings) {
            frame.seen.join(openings.into_inner().finish());
        }
        if let End::Overtaken = end {
            return Err(Failure::new(Reason::SameShape, "no edit can have changed a name"));
        }
        match progress {
            Progress::Complete(frame) => match frame.error {
                Some(error) if frame.pivot_is_missing => {
                    let (name, error) = (path.display(), String::from_utf8_lossy(&error));
                    let remedy = self.other_python("install Pivot for it");
                    let message = format!("{name} has no Pivot to run: {error}; {remedy}");
                    Err(Failure::new(Reason::NoPivot, message))
                }
                _ => Ok(*frame),
            },
            Progress::Broken => {
                Err(Failure::new(Reason::DiscoveryFailed, "the pipeline wrote into our answer"))
            }
            Progress::Incomplete => Err(self.failure(&end, pivot)),
        }
    }

    pub(super) fn run(
        &self,
        permit: &Permit,
        command: &[OsString],
        Around { pipe_argument, openings, lent, check, keep_stderr }: Around<'_>,
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
            deadline: self.context.settings.deadline,
            keep_stderr: self.explain || keep_stderr,
            openings,
            lent,
        };
        let Some((command, input)) = check else { return child::run(&run, take) };
        let input = Some(input);
        let check = Run {
            command,
            pipe_argument: None,
            input,
            keep_stderr: false,
            openings: None,
            lent: None,
            ..run
        };
        let mut said: Vec<u8> = Vec::new();
        let mut take_check = |piece: &[u8]| {
            said.extend(piece);
            said == SAME_SHAPES
        };
        child::run_beside(&run, (&check, &mut take_check), take)
    }

    /// Says how a run ended that gave no answer.
    pub(super) fn failure(&self, end: &End, pivot: &Pivot) -> Failure {
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
                    self.context.settings.timeout.as_secs_f64()
                ),
            ),
            End::Interrupted => Failure::new(Reason::Interrupted, "interrupted"),
            End::NotStarted(error) => {
                let remedy = self.other_python("make its environment anew");
                let message = match lacking::python(self.context, pivot) {
                    Some(lacking) => format!("cannot run pivot: {lacking}"),
                    None => format!("cannot run {name}: {error}; {remedy}"),
                };
                Failure::new(Reason::NoPivot, message)
            }
            End::Answered | End::Overtaken => {
                Failure::new(Reason::DiscoveryFailed, format!("{name} gave no usable answer"))
            }
            End::Exited(status, stderr) => {
                let told = String::from_utf8_lossy(stderr);
                let message = format!("{name} ended without an answer ({status})\n{told}");
                Failure::new(Reason::DiscoveryFailed, message.trim_end())
            }
        }
    }

    /// What to do about a Python that is of no use: `otherwise`, unless a setting names it.
    fn other_python<'w>(&self, otherwise: &'w str) -> &'w str {
        match self.context.settings.python {
            Some(_) => "name another in PIVOT_COMPLETE_PYTHON, or unset it",
            None => otherwise,
        }
    }
}

/// What goes on around a program that is run.
#[derive(Clone, Copy, Default)]
pub(super) struct Around<'a> {
    /// The word that is to be the number of a pipe for its answer.
    pub pipe_argument: Option<usize>,
    /// What is opened meanwhile.
    pub openings: Option<&'a RefCell<Openings>>,
    /// The word that is to be the number of a descriptor, and what is read from that.
    pub lent: Option<(usize, Lent<'a>)>,
    /// A check of edited modules beside: its command, and what it reads.
    pub check: Option<(&'a [OsString], &'a [u8])>,
    /// Whether what it complains of is wanted, whoever asks.
    pub keep_stderr: bool,
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

pub fn program_of(pivot: &Pivot) -> OsString {
    pivot.program.clone().unwrap_or_default().into_os_string()
}
