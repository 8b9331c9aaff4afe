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

use pivot_complete::answer::{self, Answer, Asker, Names};
use pivot_complete::arguments::{CommandLine, Format, Request};
use pivot_complete::environment::Environment;
use pivot_complete::output;
use pivot_complete::path::{PATH_MAX_BYTES, PathBuffer};
use pivot_complete::project::{Dialect, Project};
use pivot_complete::query::{Line, Query, Shell};
use pivot_complete::renewal;
use pivot_complete::scripts;
use pivot_complete::status::Comparison;
use pivot_complete::store::Store;
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
        Request::Targets { prefix, format } => targets(prefix, format),
        Request::Manifest { stage, format } => manifest(stage, format),
        Request::Status(format) => status(format),
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
    with_names(None, false, &mut |found, out| {
        output::write_names(format, [found.text()], prefix, |piece| out.put(piece));
        Ok(())
    })
}

/// Prints the stages and their named outputs that start with `prefix`.
fn targets(prefix: &[u8], format: Format) -> Result<Reason, Reason> {
    with_names(None, false, &mut |found, out| {
        let texts = [found.text(), found.targets()?];
        output::write_names(format, texts, prefix, |piece| out.put(piece));
        Ok(())
    })
}

/// Prints the manifest of `stage`.
fn manifest(stage: &[u8], format: Format) -> Result<Reason, Reason> {
    with_names(None, true, &mut |found, out| {
        let store = found.store()?;
        let (record, manifests, mut near) = (store.current()?, store.manifests()?, 0);
        let Found { disk, root, path, .. } = found;
        let state = |number| manifests.compare(disk, &record, number, &mut near, root, path);
        out.put(manifests.fresh_json(&record, stage, state)?);
        out.put(if format == Format::Nul { b"\0" } else { b"\n" });
        Ok(())
    })
}

/// Prints how fresh each stage is.
fn status(format: Format) -> Result<Reason, Reason> {
    with_names(None, true, &mut |found, out| {
        let store = found.store()?;
        let record = store.current()?;
        let manifests = store.manifests().ok();
        let seen = system::memory(manifests.map_or(0, |manifests| manifests.source_count()));
        let (disk, root, names) = (found.disk, found.root, found.text());
        let manifests = manifests.map(|manifests| (&record, manifests));
        let by_stamps = found.names.is_some_and(|names| names.by_stamps);
        let (near, others, gave_up) = (0, None, false);
        let mut comparison =
            Comparison { disk, root, names, manifests, by_stamps, gave_up, near, others, seen };
        comparison.write(format, found.path, |piece| out.put(piece));
        if comparison.gave_up { Err(Reason::InputsTooLarge) } else { Ok(()) }
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
    with_names(Some(line.program()), false, &mut |found, out| {
        let text = found.text();
        let bare = BareNames::of(text)?;
        wire::write_names(shell, text, bare, prefix, |piece| out.put(piece));
        Ok(())
    })
}

/// Names that are fresh, and where they were found.
struct Found<'a, 'b> {
    disk: &'a Disk,
    /// ROOT; empty without a project.
    root: &'a [u8],
    /// `None` where there can be no stages.
    names: Option<&'a Cached>,
    /// Where paths are put together.
    path: &'a mut PathBuffer<'b>,
}

type Cached = Names<<Disk as pivot_complete::disk::Disk>::Bytes>;

impl<'a> Found<'a, '_> {
    fn text(&self) -> &'a [u8] {
        self.names.map_or(b"", Names::text)
    }

    fn targets(&self) -> Result<&'a [u8], Reason> {
        self.names.map_or(Some(&b""[..]), Names::targets).ok_or(Reason::TargetsUnknown)
    }

    fn store(&self) -> Result<Store<'a>, Reason> {
        self.names.and_then(Names::store).ok_or(Reason::ManifestMissing)
    }
}

/// Finds the names that are fresh here and prints them through `write`.
///
/// `typed` is the first word of a TAB's line; `wants_manifests` says whether more than names is
/// wanted of the store.
fn with_names(
    typed: Option<&[u8]>,
    wants_manifests: bool,
    write: &mut dyn FnMut(Found<'_, '_>, &mut Stdout) -> Result<(), Reason>,
) -> Result<Reason, Reason> {
    let directory = system::working_directory().ok_or(Reason::NoWorkingDirectory)?;
    let disk = Disk::new(directory);
    let mut path = PathBuffer::new(system::memory(PATH_MAX_BYTES));
    // Only the engine can tell whether the Pivot here reads YAML. Where it does not, a YAML
    // config has no cache, and the miss leads to the engine.
    let project = Project::locate(&disk, directory, Dialect::WithYaml, &mut path)?;
    let asker = Asker { environment: environment(typed), is_tab: typed.is_some(), wants_manifests };
    let answer = answer::from_caches(&disk, project.as_ref(), &asker, &mut path);
    let (names, reason) = match &answer {
        Answer::Names(names) => (Some(names), names.how),
        Answer::Nothing(reason) => (None, *reason),
        Answer::Miss(reason) => return Err(*reason),
    };
    let mut out = Stdout::new();
    let root = project.as_ref().map_or(&b""[..], |project| project.root);
    write(Found { disk: &disk, root, names, path: &mut path }, &mut out)?;
    if !disk.still_holds() {
        return Err(Reason::CacheUnreadable);
    }
    out.finish()?;
    if let (Some(names), Some(project)) = (names, &project) {
        renew_behind(names, project, &mut path);
    }
    Ok(reason)
}

/// Has the stamps taken anew that proved nothing, where that helps by now, and a `stages.cache`
/// that somebody else wrote compared with the store.
fn renew_behind(names: &Cached, project: &Project<'_>, path: &mut PathBuffer<'_>) {
    let now_s = || (system::epoch_ms() / 1_000) as i64;
    let have_aged = || names.renewable_s.is_some() && renewal::is_due(names.renewable_s, now_s());
    if (names.other_stages_cache || have_aged())
        && let Some(store) = &names.store_name
        && project.store_path(b"", path).is_ok()
        && system::is_writable(path.as_c_path())
    {
        system::start_engine(b"renew", store);
    }
}

/// What of the environment decides which answer is meant.
fn environment(typed: Option<&[u8]>) -> Environment<'_> {
    let variable = |name| system::variable(name).unwrap_or_default();
    Environment {
        path: variable(b"PATH"),
        home: variable(b"HOME"),
        virtual_env: variable(b"VIRTUAL_ENV"),
        python_path: variable(b"PYTHONPATH"),
        python: variable(b"PIVOT_COMPLETE_PYTHON"),
        typed: typed.unwrap_or_default(),
    }
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
