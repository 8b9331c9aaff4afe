//! Second stop of a TAB: the front, the program that the shell's script calls.
//!
//! Argument → project → cache → answer. What it cannot answer for certain it hands over, with the
//! same command line, to `pivot-complete-engine` beside it. It must not know how stages are
//! discovered, and it writes no cache.
#![cfg_attr(bare, no_std)]
#![cfg_attr(bare, no_main)]

// Linux on x86-64 is entered without libc; everywhere else the same functions stand on std.
#[cfg_attr(bare, path = "bare/mod.rs")]
#[cfg_attr(not(bare), path = "hosted.rs")]
mod system;
mod trace;

use pivot_complete::answer::{self, Answer};
use pivot_complete::arguments::{CommandLine, Format, Request};
use pivot_complete::output;
use pivot_complete::path::{LONGEST_NAME_BYTES, PathBuffer};
use pivot_complete::project::{Dialect, Project};
use pivot_complete::query::{Line, Query, Shell};
use pivot_complete::scripts;
use pivot_complete::verdict::Reason;
use pivot_complete::wire::{self, BareNames};
use system::{Disk, Stdout};
use trace::Trace;

#[cfg(not(bare))]
fn main() {
    run()
}

/// Runs one command to its end.
fn run() -> ! {
    let trace = Trace::start();
    let line = CommandLine::read(system::arguments(), system::variable(b"_PIVOT_COMPLETE"));
    if let Some(directory) = line.directory
        && !system::enter(directory)
    {
        hand_over(&trace, line.request, Reason::NoWorkingDirectory);
    }
    let result = match line.request {
        Request::Init(shell) => print(scripts::of(shell)),
        Request::Stages { prefix, format } => stages(prefix, format),
        Request::Complete(shell) => complete(shell),
        Request::Engine => Err(Reason::EngineCommand),
    };
    match result {
        Ok(reason) => {
            trace.note(line.request, "answered", reason);
            system::exit(0)
        }
        Err(reason) => hand_over(&trace, line.request, reason),
    }
}

/// Prints the stages that start with `prefix`.
fn stages(prefix: &[u8], format: Format) -> Result<Reason, Reason> {
    with_names(|text, out| {
        output::write_names(format, text, prefix, |piece| out.put(piece));
        Ok(())
    })
}

/// Completes the shell's line, where its word is a stage name.
///
/// Kept out of `run`, so that its words' room is on the stack for a line alone.
#[inline(never)]
fn complete(shell: Shell) -> Result<Reason, Reason> {
    let (Some(comp_words), Some(comp_cword)) =
        (system::variable(b"COMP_WORDS"), system::variable(b"COMP_CWORD"))
    else {
        return Ok(Reason::OtherWord);
    };
    let storage = system::memory(comp_words.len() + comp_cword.len());
    let line = Line::read(shell, comp_words, comp_cword, storage)?;
    let Query::Stages { prefix } = line.query()?;
    with_names(|text, out| {
        let bare = BareNames::of(text)?;
        wire::write_names(shell, text, bare, prefix, |piece| out.put(piece));
        Ok(())
    })
}

/// Finds the names that are fresh here and prints them through `write`.
fn with_names(
    write: impl FnOnce(&[u8], &mut Stdout) -> Result<(), Reason>,
) -> Result<Reason, Reason> {
    let directory = system::working_directory().ok_or(Reason::NoWorkingDirectory)?;
    let disk = Disk::new();
    let mut path = PathBuffer::new(system::memory(directory.len() + LONGEST_NAME_BYTES));
    // Only the engine can tell whether the Pivot here reads YAML. Where it does not, a YAML
    // config has no cache, and the miss leads to the engine.
    let project = Project::locate(&disk, directory, Dialect::WithYaml, &mut path)?;
    let answer = answer::from_caches(&disk, project.as_ref(), &mut path);
    let (text, reason) = match &answer {
        Answer::Names(names) => (names.text(), Reason::Fresh),
        Answer::Nothing(reason) => (&b""[..], *reason),
        Answer::Miss(reason) => return Err(*reason),
    };
    let mut out = Stdout::new();
    write(text, &mut out)?;
    if !disk.still_holds() {
        return Err(Reason::CacheUnreadable);
    }
    out.finish()?;
    Ok(reason)
}

fn print(text: &'static str) -> Result<Reason, Reason> {
    let mut out = Stdout::new();
    out.put(text.as_bytes());
    out.finish()?;
    Ok(Reason::Fresh)
}

/// Lets the engine answer, or says that it is not there: never at a TAB.
#[cold]
fn hand_over(trace: &Trace, request: Request<'_>, reason: Reason) -> ! {
    trace.note(request, "handed-over", reason);
    system::execute_engine();
    if let Request::Complete(_) = request {
        // click's empty answer, where there is a line to complete.
        if system::variable(b"COMP_WORDS").is_some() {
            system::say("\n");
        }
        system::exit(0)
    }
    system::complain(
        "pivot-complete: cannot run pivot-complete-engine, which belongs beside it; \
         reinstall pivot-complete\n",
    );
    system::exit(1)
}
