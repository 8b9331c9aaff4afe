//! From a miss to names: the YAML fast path or discovery, once for all who wait, then the caches.

use crate::cache::lines;
use crate::cache::lookup;
use std::ffi::OsStr;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::PathBuf;

use pivot_complete::cache::lookup::Answer;
use pivot_complete::encoding::lines::has_control;
use pivot_complete::project::{ConfigKind, Dialect, Marker, Project};
use pivot_complete::reason::Reason;
use pivot_complete::request::Format;

use crate::cache::flight;
use crate::cache::flight::{Lead, Turn};
use crate::cache::history;
use crate::cache::record::Findings;
use crate::context::installed;
use crate::context::installed::Installed;
use crate::context::scene::{Scene, config_path, relative_config};
use crate::discovery::caching;
use crate::environment::settings::variable;
use crate::files::disk::{path, read_if};
use crate::files::publish::NotCached;
use crate::process::afterwards;
use crate::python::frame::Frame;
use crate::python::observed::Seen;
use crate::python::question::{Found, Question, Wish};
use crate::report::Failure;
use crate::yaml::{self, Merging, YamlAnswer};

/// Longest YAML config that is parsed here, in bytes.
const YAML_LIMIT_BYTES: usize = 1 << 20;

/// Names and where they come from.
pub struct Named {
    /// The names in Pivot's order.
    pub names: Vec<Vec<u8>>,
    /// How they were found.
    pub how: Reason,
    /// Why they were not cached, where they should have been.
    pub not_cached: Option<NotCached>,
    /// The digest of the contents that they were cached with by this process.
    pub contents: Option<u64>,
    /// The `stage:key` targets as lines, where they are known too.
    pub targets: Option<Vec<u8>>,
    /// The stages' descriptions, where they are not those of the caches.
    pub blurbs: Option<Vec<u8>>,
    /// What else a discovery of our own told: manifests, where they were wished for.
    pub frame: Frame,
}

impl Named {
    /// Names and nothing else.
    pub fn of(names: Vec<Vec<u8>>, how: Reason) -> Self {
        let (not_cached, contents, targets, blurbs) = (None, None, None, None);
        Self { names, how, not_cached, contents, targets, blurbs, frame: Frame::default() }
    }

    /// What those are told who wait for it: targets behind a `+`, or nothing where they are not
    /// known; descriptions alike; the names.
    fn told(&self) -> Vec<Vec<u8>> {
        let lines = |lines: &Option<Vec<u8>>| match lines {
            Some(lines) => [b"+", &lines[..]].concat(),
            None => Vec::new(),
        };
        let mut told = vec![lines(&self.targets), lines(&self.blurbs)];
        told.extend(self.names.iter().cloned());
        told
    }

    fn of_told(told: Vec<Vec<u8>>) -> Self {
        let mut told = told.into_iter();
        let mut lines = || told.next()?.strip_prefix(b"+").map(<[u8]>::to_vec);
        let (targets, blurbs) = (lines(), lines());
        Self { targets, blurbs, ..Self::of(told.collect(), Reason::Shared) }
    }

    /// The names as the text of a cache: one a line.
    ///
    /// A name with a line break cannot be one line; it is left out.
    pub fn text(&self) -> Vec<u8> {
        lines::join(&self.names)
    }
}

/// The same for a command that tells all of them or why it cannot.
pub fn whole_lines(names: &[Vec<u8>]) -> Result<Vec<u8>, Failure> {
    match names.iter().find(|name| name.is_empty() || name.contains(&b'\n')) {
        None => Ok(lines::join(names)),
        Some(name) => Err(Failure::new(
            Reason::DiscoveryFailed,
            format!("cannot print {:?}: a name that is no line", String::from_utf8_lossy(name)),
        )),
    }
}

/// Refuses to print lines for a terminal that would move its cursor; other formats can tell them.
pub fn check_printable(text: &[u8], format: Format) -> Result<(), Failure> {
    let mut lines = text.split(|&byte| byte == b'\n').filter(|line| has_control(line));
    match lines.next() {
        Some(line) if format == Format::Lines => Err(Failure::new(
            Reason::DiscoveryFailed,
            format!(
                "cannot print {:?}: it has control characters; --json tells it",
                String::from_utf8_lossy(line)
            ),
        )),
        _ => Ok(()),
    }
}

/// How much an answer may cost, and how new it must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// A fresh cache will do, or a discovery that runs already.
    Fresh,
    /// A new discovery, or one that runs already: a refresh behind a TAB.
    Renewed,
    /// A discovery that starts after the command did.
    New,
}

/// What the caches say, without running anything.
pub fn cached(scene: &Scene) -> Result<Named, Reason> {
    match lookup::look_up(scene) {
        Answer::Names(names) => Ok(Named::of(lines::split(names.text()), names.how)),
        Answer::Nothing(reason) => Ok(Named::of(Vec::new(), reason)),
        Answer::Miss(reason) => Err(reason),
    }
}

/// Finds names by asking, unless a cache turns out to be fresh by the time it is our turn. They are
/// cached behind the answer.
///
/// With the wish for manifests nobody else's answer will do, nor one without Python.
pub fn ask(
    scene: &Scene,
    wanted: Wanted,
    wish: &Wish,
    question: &Question<'_>,
) -> Result<Named, Failure> {
    let (named, keeping) = asked(scene, wanted, wish, question)?;
    if let Some(keeping) = keeping {
        afterwards::push(move || drop(keeping.keep()));
    }
    named
}

/// The same, cached at once, for an answer that depends on what is cached.
pub fn ask_and_keep(
    scene: &Scene,
    wanted: Wanted,
    wish: &Wish,
    question: &Question<'_>,
) -> Result<Named, Failure> {
    let (named, keeping) = asked(scene, wanted, wish, question)?;
    kept(named, keeping)
}

/// Caches what was found.
fn kept(named: Result<Named, Failure>, keeping: Option<Keeping>) -> Result<Named, Failure> {
    let Some(keeping) = keeping else { return named };
    let (contents, not_cached) = keeping.keep();
    Ok(Named { contents, not_cached, ..named? })
}

/// What was found, or why nothing was, and what remains to be done with it.
type Asked = (Result<Named, Failure>, Option<Keeping>);

fn asked(
    scene: &Scene,
    wanted: Wanted,
    wish: &Wish,
    question: &Question<'_>,
) -> Result<Asked, Failure> {
    let Some(project) = &scene.project else {
        return Ok((Ok(Named::of(Vec::new(), Reason::NoProject)), None));
    };
    refuse_nesting(scene)?;
    let key = key(scene, project, wanted);
    match flight::take_turn(path(project.root), &key, scene.settings.deadline) {
        Turn::Shared(outcome) => Ok((outcome.map(Named::of_told), None)),
        Turn::Interrupted => Err(Failure::new(Reason::Interrupted, "interrupted")),
        Turn::TimedOut => Err(Failure::new(
            Reason::TimedOut,
            format!(
                "another process has been discovering the stages of {} for {} s; \
                 PIVOT_COMPLETE_TIMEOUT allows it more",
                path(project.root).display(),
                scene.settings.timeout.as_secs_f64()
            ),
        )),
        Turn::Lead(lead) => Ok(take_the_lead(scene, wanted, wish, question, lead)),
    }
}

/// The same for the stages alone, if nobody asks at this moment; whoever does is enough.
pub fn ask_alone(scene: &Scene, question: &Question<'_>) -> Result<Result<Named, Failure>, Reason> {
    let project = scene.project.as_ref().ok_or(Reason::NoProject)?;
    refuse_nesting(scene).map_err(|failure| failure.reason)?;
    let lead = flight::try_lead(path(project.root)).ok_or(Reason::Shared)?;
    let (named, keeping) = take_the_lead(scene, Wanted::Fresh, &Wish::Stages, question, lead);
    Ok(kept(named, keeping))
}

/// The same behind a TAB that was answered by a failure, with the `lead` that it has taken.
pub fn ask_again(scene: &Scene, question: &Question<'_>, lead: Lead) -> Result<Named, Failure> {
    let (named, keeping) = take_the_lead(scene, Wanted::Renewed, &Wish::Stages, question, lead);
    kept(named, keeping)
}

/// Discovers for all who wait.
fn take_the_lead(
    scene: &Scene,
    wanted: Wanted,
    wish: &Wish,
    question: &Question<'_>,
    lead: Lead,
) -> Asked {
    // The answer may have come, and the config may have changed, while we waited.
    let scene = match scene.again() {
        Ok(scene) => scene,
        Err(failure) => {
            afterwards::push(move || lead.withdraw());
            return (Err(failure), None);
        }
    };
    if wanted == Wanted::Fresh {
        match cached(&scene) {
            Ok(named) => {
                afterwards::push(move || lead.withdraw());
                return (Ok(named), None);
            }
            Err(reason) => {
                if let Some(named) = known_content(&scene, reason) {
                    let keep = move || keep_known(&scene, reason, lead);
                    afterwards::push(keep);
                    return (Ok(named), None);
                }
            }
        }
    }
    let (named, what) = discover(&scene, wish, question);
    lead.has(named.as_ref().map(Named::told).map_err(Clone::clone));
    (named, Some(Keeping { scene, lead, what }))
}

/// What remains to be done with what was found: it is cached, and those who wait are told.
struct Keeping {
    scene: Scene,
    lead: Lead,
    what: Option<What>,
}

/// What was found.
enum What {
    Discovered(Box<Found>),
    /// Names as lines, if they can be kept, and what being certain of them depends on.
    Parsed {
        names: Option<Vec<u8>>,
        seen: Box<Seen>,
    },
    /// A discovery that ended, or was ended, without a word.
    Ended(Failure),
}

impl Keeping {
    /// The digest of the contents that it was cached with, or why it was not cached.
    fn keep(self) -> (Option<u64>, Option<NotCached>) {
        let Self { scene, lead, what } = self;
        let parsed_from = scene.project.as_ref().and_then(caching::cacheable);
        let kept = match (&what, parsed_from) {
            (Some(What::Discovered(found)), _) => Some(caching::cache(&scene, found, &lead)),
            (Some(What::Parsed { names, seen }), Some((project, config))) => {
                let names = names.clone().ok_or(caching::UNSTORABLE);
                Some(names.and_then(|names| {
                    let targets = Some(Vec::new());
                    let findings = Findings { names, targets, ..Findings::default() };
                    caching::keep(&scene, project, config, &findings, seen, &lead)
                }))
            }
            (Some(What::Ended(failure)), Some((project, config))) => {
                Some(caching::keep_end(&scene, project, config, failure, &lead))
            }
            _ => None,
        };
        match kept.transpose() {
            // Who came after the change must not be told what was before it.
            Err(why @ NotCached::InputChanged(_)) => {
                lead.withdraw();
                (None, Some(why))
            }
            Err(why) => {
                lead.finish();
                (None, Some(why))
            }
            Ok(contents) => {
                lead.finish();
                (contents, None)
            }
        }
    }
}

/// What an earlier discovery found in what is there now, after a miss for `reason`.
pub fn known_content(scene: &Scene, reason: Reason) -> Option<Named> {
    let (project, config) = scene.project.as_ref().and_then(caching::cacheable)?;
    let may_answer = history::may_answer(reason);
    let findings = may_answer.then(|| history::find(scene, project, config, None)).flatten()?;
    match (&findings.failure, scene.is_tab) {
        (None, _) => {
            let named = Named::of(lines::split(&findings.names), Reason::KnownContent);
            Some(Named { targets: findings.targets, blurbs: Some(findings.blurbs), ..named })
        }
        (Some(_), true) => Some(Named::of(lines::split(&findings.names), Reason::FailedBefore)),
        // An explicit command tries again.
        (Some(_), false) => None,
    }
}

/// Keeps that as the current result, once the answer is given.
pub fn keep_known(scene: &Scene, reason: Reason, lead: Lead) {
    if history::may_answer(reason)
        && let Some((project, config)) = scene.project.as_ref().and_then(caching::cacheable)
    {
        let _ = history::find(scene, project, config, Some(&lead));
    }
    lead.withdraw();
}

/// Everything that two processes must have in common to share an answer: the question, the working
/// directory, and every variable that a Python or a pipeline may read.
///
/// Where they differ in what does not matter, one waits for the other all the same and finds the
/// answer in the caches.
fn key(scene: &Scene, project: &Project<'_>, wanted: Wanted) -> Vec<u8> {
    let question = question_key(scene, project);
    // What was asked for now is answered by nothing that began before.
    let own = match wanted {
        Wanted::New => format!("{:?}", (std::process::id(), std::time::Instant::now())),
        Wanted::Fresh | Wanted::Renewed => String::new(),
    };
    let mut variables: Vec<_> =
        std::env::vars_os().filter(|(name, _)| !is_of_the_line(name)).collect();
    variables.sort_unstable();
    let mut parts = vec![&question, own.as_bytes(), scene.directory.as_os_str().as_bytes()];
    parts.extend(variables.iter().flat_map(|(name, value)| [name.as_bytes(), value.as_bytes()]));
    flight::key(&parts)
}

/// Whether the variable tells of the line and the terminal that an answer is for, and of how it is
/// wished for: of nothing that stages come from.
fn is_of_the_line(name: &OsStr) -> bool {
    const NAMES: [&str; 13] = [
        "_",
        "COLUMNS",
        "LINES",
        "OLDPWD",
        "PWD",
        "SHLVL",
        "STY",
        "TERM_SESSION_ID",
        "TMUX",
        "TMUX_PANE",
        "WINDOW",
        "WINDOWID",
        "_PIVOT_COMPLETE",
    ];
    let is_ours = |prefix: &str| name.as_bytes().starts_with(prefix.as_bytes());
    NAMES.iter().any(|known| name == *known) || is_ours("COMP_") || is_ours("PIVOT_COMPLETE_")
}

/// What is asked, of which Pivot: the config as it is now, and what may have run it.
pub fn question_key(scene: &Scene, project: &Project<'_>) -> Vec<u8> {
    let config = project.config.as_ref();
    let relative = config.map(|config| relative_config(project, config)).unwrap_or_default();
    let stamp = format!("{:?}", config.map(|config| config.stat));
    let pivots = format!("{:?}", scene.pivots);
    let environment = ["PYTHONPATH", "VIRTUAL_ENV"].map(|name| variable(name).unwrap_or_default());
    flight::key(&[
        project.root,
        relative.as_bytes(),
        stamp.as_bytes(),
        pivots.as_bytes(),
        environment[0].as_bytes(),
        environment[1].as_bytes(),
    ])
}

/// Discovers, or reads a YAML config.
fn discover(
    scene: &Scene,
    wish: &Wish,
    question: &Question<'_>,
) -> (Result<Named, Failure>, Option<What>) {
    let project = scene.project.as_ref();
    if *wish == Wish::Stages
        && let Some((names, installed)) = project.and_then(|project| parse_yaml(scene, project))
    {
        // Pivot 0.1 has no targets but its stages.
        let targets = Some(Vec::new());
        let named = Named { targets, ..Named::of(names, Reason::ParsedYaml) };
        let what = (!named.names.is_empty()).then(|| What::Parsed {
            names: caching::storable_lines(&named.names),
            seen: Box::new(seen(&installed)),
        });
        return (Ok(named), what);
    }
    let found = match question.stages(wish) {
        Ok(found) => found,
        Err(failure) => {
            // What else comes to nothing says nothing about the pipeline: no Pivot, Ctrl-C.
            let is_end = matches!(failure.reason, Reason::DiscoveryFailed | Reason::TimedOut);
            let what = is_end && *wish == Wish::Stages;
            return (Err(failure.clone()), what.then_some(What::Ended(failure)));
        }
    };
    let what = Some(What::Discovered(Box::new(found.clone())));
    let (names, frame) = (found.names, found.frame);
    let named = names.map(|names| {
        let told = frame.versions.is_some() && frame.why_untold("targets").is_none();
        let targets = told.then(|| whole_lines(&frame.targets).ok()).flatten();
        let blurbs = Some(caching::blurbs(&frame));
        Named { targets, blurbs, frame, ..Named::of(names, Reason::Discovered) }
    });
    (named, what)
}

/// Reads the names from a YAML config, where the Pivot here does so and nothing is in doubt.
pub fn parse_yaml(scene: &Scene, project: &Project<'_>) -> Option<(Vec<Vec<u8>>, Installed)> {
    let config = project.config.as_ref()?;
    if config.kind == ConfigKind::Python {
        return None;
    }
    let installed = installed::of(scene.pivots.first()?)?;
    if installed.dialect() != Some(Dialect::WithYaml) {
        return None;
    }
    // Only Pivot 0.1's completion answers below a mere `.git`; its commands refuse.
    if project.marker == Marker::Git && !scene.is_tab {
        return None;
    }
    let text = read_if(&config_path(project, config), YAML_LIMIT_BYTES, |_| true).ok()?;
    if !text.is_ascii() && !reads_utf8() {
        return None;
    }
    match yaml::stage_names(&text, Merging::of_pyyaml(&installed.pyyaml()?)?) {
        // No stages: perhaps a file that Pivot's commands refuse, in words of their own.
        YamlAnswer::Names(names) if names.is_empty() && !scene.is_tab => None,
        YamlAnswer::Names(names) => {
            Some((names.into_iter().map(String::into_bytes).collect(), installed))
        }
        YamlAnswer::Unsure(_) => None,
    }
}

/// Whether Python reads a text file as UTF-8 here: by a UTF-8 locale, or by none at all (PEP 538).
fn reads_utf8() -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(variable);
    locale.and_then(|locale| locale.into_string().ok()).is_none_or(|locale| {
        let name = locale.to_ascii_lowercase();
        name == "c" || name == "posix" || name.contains("utf-8") || name.contains("utf8")
    })
}

/// Every pipeline's stages, as Pivot's `--all` lists them; never cached here.
pub fn of_all_pipelines(scene: &Scene, question: &Question<'_>) -> Result<Named, Failure> {
    if scene.project.is_none() {
        return Ok(Named::of(Vec::new(), Reason::NoProject));
    }
    refuse_nesting(scene)?;
    Ok(Named::of(question.stages(&Wish::All)?.names?, Reason::Discovered))
}

/// Inside of a discovery, another one would wait for the first.
fn refuse_nesting(scene: &Scene) -> Result<(), Failure> {
    if scene.settings.nested {
        let message = "not inside of a discovery: PIVOT_COMPLETE is set";
        return Err(Failure::new(Reason::Nested, message));
    }
    Ok(())
}

/// What being certain of the installed Pivot depends on.
fn seen(installed: &Installed) -> Seen {
    let bytes = |path: PathBuf| path.into_os_string().into_vec();
    let (looked_for, stamped) = installed.depends_on();
    Seen {
        looked_for: looked_for.into_iter().map(|(path, names)| (bytes(path), names)).collect(),
        stamped: stamped.into_iter().map(bytes).collect(),
        ..Seen::default()
    }
}
