//! Where the second stop of a TAB begins: the front, the program that the shell's script calls.
//!
//! Argument → project → cache → answer. What it cannot answer for certain it hands over, with the
//! same command line, to `pivot-complete-engine` beside it. It must not know how stages are
//! discovered, and it writes no cache.
#![cfg_attr(bare, no_std)]
#![cfg_attr(bare, no_main)]

// Linux on x86-64 is entered without libc; everywhere else the same functions stand on std.
mod context;
mod prewarm;
#[cfg_attr(bare, path = "bare/mod.rs")]
#[cfg_attr(not(bare), path = "hosted.rs")]
mod system;
mod tab;
mod trace;

use pivot_complete::answer;
use pivot_complete::environment::settings;
use pivot_complete::reason::Reason;
use pivot_complete::request::{Format, FrontLine, Request};

use context::{Context, FreshHere};
use trace::Trace;

#[cfg(not(bare))]
fn main() {
    run()
}

/// Runs one command to its end.
fn run() -> ! {
    let trace = Trace::start();
    let line = FrontLine::read(system::arguments(), system::variable(b"_PIVOT_COMPLETE"));
    if let Some(directory) = line.directory
        && !system::enter(directory)
    {
        hand_over(&trace, line.request, Reason::DirectoryNotEntered);
    }
    if let Err(reason) = obey_settings(line.request) {
        match is_tab(line.request) {
            true => answer_nothing(&trace, line.request, reason),
            false => hand_over(&trace, line.request, reason),
        }
    }
    let result = match line.request {
        Request::Stages { prefix, format } => stages(prefix, format),
        Request::Targets { prefix, format } => targets(prefix, format),
        Request::Manifest { stage, format } => manifest(stage, format),
        Request::Complete(shell, form) => tab::complete(shell, form),
        Request::Prewarm => prewarm::run(),
        Request::Nothing => answer_nothing(&trace, line.request, Reason::OtherProtocol),
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
    Context::here(b"")?.with_names(false, &mut |found, out| {
        answer::write_names(format, &[found.text()], prefix, &mut |piece| out.put(piece));
        Ok(())
    })
}

/// Prints the stages and their named outputs that start with `prefix`.
fn targets(prefix: &[u8], format: Format) -> Result<Reason, Reason> {
    Context::here(b"")?.with_names(false, &mut |found, out| {
        let texts = [found.text(), found.targets()?];
        answer::write_names(format, &texts, prefix, &mut |piece| out.put(piece));
        Ok(())
    })
}

/// Prints the manifest of `stage`.
fn manifest(stage: &[u8], format: Format) -> Result<Reason, Reason> {
    Context::here(b"")?.with_names(true, &mut |mut found, out| {
        let store = found.store()?;
        let (record, manifests, mut near) = (store.current()?, store.manifests()?, 0);
        let walk = found.walk(store);
        let FreshHere { disk, root, path, .. } = found;
        let state = |number| manifests.compare(disk, &record, number, &mut near, root, path);
        out.put(manifests.fresh_json(&record, walk, stage, state)?);
        out.put(if format == Format::Nul { b"\0" } else { b"\n" });
        Ok(())
    })
}

/// Whether nobody is to be told what is wrong: a TAB, a prompt.
fn is_tab(request: Request<'_>) -> bool {
    matches!(request, Request::Complete(..) | Request::Nothing | Request::Prewarm)
}

/// What settings say before anything is looked at: a TAB may be switched off, and who gives a command is
/// told of a setting that means nothing.
fn obey_settings(request: Request<'_>) -> Result<(), Reason> {
    if is_tab(request) {
        let off = system::variable(b"PIVOT_COMPLETE_OFF").is_some_and(|value| !value.is_empty());
        return if off { Err(Reason::SwitchedOff) } else { Ok(()) };
    }
    match system::variables_behind(settings::PREFIX).any(settings::is_misunderstood) {
        true => Err(Reason::SettingMeansNothing),
        false => Ok(()),
    }
}

/// Answers a TAB or a prompt by nothing.
#[cold]
fn answer_nothing(trace: &Trace, request: Request<'_>, reason: Reason) -> ! {
    trace.note(request, "nothing", reason);
    say_nothing(request)
}

/// click's empty answer, where there is a line to complete.
fn say_nothing(request: Request<'_>) -> ! {
    if request != Request::Prewarm && system::variable(b"COMP_WORDS").is_some() {
        system::say("\n");
    }
    system::exit(0)
}

/// Lets the engine answer, or says that it is not there: never at a TAB.
#[cold]
fn hand_over(trace: &Trace, request: Request<'_>, reason: Reason) -> ! {
    if request == Request::Prewarm {
        // A prompt waits for nobody.
        answer_nothing(trace, request, reason);
    }
    trace.note(request, "handed-over", reason);
    if is_tab(request) {
        system::be_silent();
    }
    system::execute_engine();
    if is_tab(request) {
        say_nothing(request);
    }
    system::complain(match system::can_start_engine() {
        true => {
            "pivot-complete: cannot run pivot-complete-engine, which belongs beside it; \
             reinstall pivot-complete\n"
        }
        false => {
            "pivot-complete: cannot run pivot-complete-engine within the limits of this shell; \
             raise them (ulimit -n, -v, -d, -s)\n"
        }
    });
    system::exit(1)
}
