//! The command lines that the front answers itself; the engine knows all of them.

use crate::line::{self, Form, Shell};

/// How `stages` prints names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// One a line.
    Lines,
    /// NUL after each (`-0`).
    Nul,
    /// One JSON array on one line (`--json`).
    Json,
}

/// What the front is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request<'a> {
    /// `stages [PREFIX]`.
    Stages {
        /// Only names that start with this.
        prefix: &'a [u8],
        /// How they are printed.
        format: Format,
    },
    /// `targets [PREFIX]`.
    Targets {
        /// Only targets that start with this.
        prefix: &'a [u8],
        /// How they are printed.
        format: Format,
    },
    /// `manifest STAGE`.
    Manifest {
        /// The stage.
        stage: &'a [u8],
        /// How the manifest, which is JSON whatever this says, ends.
        format: Format,
    },
    /// `complete [--rich] SHELL`, or click's protocol.
    Complete(Shell, Form),
    /// `complete --rich` by a script of another version, which would misread an answer.
    Nothing,
    /// `prewarm`, before a prompt.
    Prewarm,
    /// Anything else.
    Engine,
}

/// A command line as far as the front reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrontLine<'a> {
    /// The directory of `-C`.
    pub directory: Option<&'a [u8]>,
    /// What is asked for.
    pub request: Request<'a>,
}

impl<'a> FrontLine<'a> {
    /// Reads `args`, the words after the program's name.
    ///
    /// `instruction` is the value of `_PIVOT_COMPLETE`, which counts where no command is given.
    pub fn read(args: impl Iterator<Item = &'a [u8]>, instruction: Option<&[u8]>) -> Self {
        let mut args = args;
        let mut directory = None;
        let mut command = args.next();
        if command == Some(b"-C") {
            directory = args.next();
            command = args.next();
            if directory.is_none() {
                return Self { directory, request: Request::Engine };
            }
        }
        let request = match command {
            Some(b"stages") => match ListArguments::read(args, true) {
                Some(ListArguments { value, format }) => {
                    Request::Stages { prefix: value.unwrap_or_default(), format }
                }
                None => Request::Engine,
            },
            Some(b"targets") => match ListArguments::read(args, true) {
                Some(ListArguments { value, format }) => {
                    Request::Targets { prefix: value.unwrap_or_default(), format }
                }
                None => Request::Engine,
            },
            Some(b"manifest") => match ListArguments::read(args, true) {
                Some(ListArguments { value: Some(stage), format }) => {
                    Request::Manifest { stage, format }
                }
                _ => Request::Engine,
            },
            Some(b"complete") => complete(args).unwrap_or(Request::Engine),
            Some(b"prewarm") if args.next().is_none() => Request::Prewarm,
            Some(_) => Request::Engine,
            None => instruction
                .and_then(Shell::of_instruction)
                .map_or(Request::Engine, |shell| Request::Complete(shell, Form::Click)),
        };
        Self { directory, request }
    }
}

/// The arguments of a command that prints a list.
struct ListArguments<'a> {
    value: Option<&'a [u8]>,
    format: Format,
}

impl<'a> ListArguments<'a> {
    /// `None` for a line that is the engine's to understand. `caches` says that the command knows
    /// `--cached`: that decides what happens on a miss, which is the engine's too.
    fn read(args: impl Iterator<Item = &'a [u8]>, caches: bool) -> Option<Self> {
        let mut list = Self { value: None, format: Format::Lines };
        for arg in args {
            match arg {
                b"--cached" if caches => {}
                b"--json" if list.format == Format::Lines => list.format = Format::Json,
                b"-0" if list.format == Format::Lines => list.format = Format::Nul,
                _ if arg.first() == Some(&b'-') || list.value.is_some() => return None,
                _ => list.value = Some(arg),
            }
        }
        Some(list)
    }
}

/// The words after `complete`: `SHELL`, `--rich READER` or, as the scripts of `init` ask, `--rich
/// READER PROTOCOL`.
fn complete<'a>(mut args: impl Iterator<Item = &'a [u8]>) -> Option<Request<'a>> {
    let name = args.next()?;
    let asked = match name {
        b"--rich" => {
            let reader = args.next().filter(is_no_option)?;
            match args.next() {
                Some(protocol) if is_no_option(&protocol) => line::by_script(reader, protocol),
                Some(_) => return None,
                None => Some(line::rich(reader)?),
            }
        }
        name => Some((Shell::named(name)?, Form::Click)),
    };
    args.next().is_none().then_some(match asked {
        Some((shell, form)) => Request::Complete(shell, form),
        None => Request::Nothing,
    })
}

fn is_no_option(word: &&[u8]) -> bool {
    word.first() != Some(&b'-')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::line::Reader;

    fn read<'a>(args: &[&'a str], instruction: Option<&'a str>) -> FrontLine<'a> {
        FrontLine::read(args.iter().map(|arg| arg.as_bytes()), instruction.map(str::as_bytes))
    }

    fn stages(prefix: &str, format: Format) -> Request<'_> {
        Request::Stages { prefix: prefix.as_bytes(), format }
    }

    #[test]
    fn the_fronts_own_commands() {
        assert_eq!(read(&["stages"], None).request, stages("", Format::Lines));
        assert_eq!(read(&["stages", "-0", "tr"], None).request, stages("tr", Format::Nul));
        assert_eq!(read(&["stages", "--json"], None).request, stages("", Format::Json));
        assert_eq!(read(&["stages", "tr", "--cached"], None).request, stages("tr", Format::Lines));
        assert_eq!(
            read(&["targets", "tr"], None).request,
            Request::Targets { prefix: b"tr", format: Format::Lines }
        );
        assert_eq!(
            read(&["manifest", "--cached", "train"], None).request,
            Request::Manifest { stage: b"train", format: Format::Lines }
        );
        assert_eq!(
            read(&["complete", "zsh"], None).request,
            Request::Complete(Shell::Zsh, Form::Click)
        );
        for (shell, read_as, reader) in [
            ("bash", Shell::Bash, Reader::Bash),
            ("zsh", Shell::Zsh, Reader::Zsh),
            ("fish", Shell::Fish, Reader::Fish),
            ("elvish", Shell::Zsh, Reader::Other),
        ] {
            let expected = Request::Complete(read_as, Form::Rich(reader));
            assert_eq!(read(&["complete", "--rich", shell], None).request, expected);
            assert_eq!(read(&["complete", "--rich", shell, "1"], None).request, expected);
        }
        for (reader, protocol) in [("bash", "2"), ("bash", ""), ("tcsh", "1"), ("tcsh", "2")] {
            let args = ["complete", "--rich", reader, protocol];
            assert_eq!(read(&args, None).request, Request::Nothing, "{args:?}");
        }
        assert_eq!(read(&["prewarm"], None).request, Request::Prewarm);
        assert_eq!(
            read(&[], Some("bash_complete")).request,
            Request::Complete(Shell::Bash, Form::Click)
        );
        let inside = read(&["-C", "/x", "stages"], None);
        assert_eq!(
            (inside.directory, inside.request),
            (Some(&b"/x"[..]), stages("", Format::Lines))
        );
    }

    #[test]
    fn everything_else_is_the_engines() {
        for args in [
            &[][..],
            &["-C"],
            &["-C", "/x"],
            &["--help"],
            &["stages", "a", "b"],
            &["stages", "--all"],
            &["manifest", "--json"],
            &["status", "train"],
            &["status", "--cached"],
            &["stages", "--", "-x"],
            &["stages", "-0", "--json"],
            &["complete"],
            &["complete", "tcsh"],
            &["complete", "bash", "x"],
            &["complete", "--rich"],
            &["complete", "--rich", "tcsh"],
            &["complete", "bash", "--rich"],
            &["complete", "--rich", "bash", "--json"],
            &["complete", "--rich", "--", "bash"],
            &["complete", "--rich", "bash", "1", "x"],
            &["complete", "bash", "1"],
            &["complete", "elvish"],
            &["prewarm", "x"],
            &["init"],
            &["init", "bash"],
        ] {
            assert_eq!(read(args, None).request, Request::Engine, "{args:?}");
        }
        assert_eq!(read(&["refresh"], Some("bash_complete")).request, Request::Engine);
    }
}
