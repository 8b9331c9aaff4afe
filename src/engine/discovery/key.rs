//! What makes two questions one.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use pivot_complete::project::Project;

use super::Reuse;
use crate::cache::lock;
use crate::context::{Context, relative_config};
use crate::environment::settings::variable;

/// Everything that two processes must have in common to share an answer: the question, the working
/// directory, and every variable that a Python or a pipeline may read.
///
/// Where they differ in what does not matter, one waits for the other all the same and finds the
/// answer in the caches.
pub fn key(context: &Context, project: &Project<'_>, reuse: Reuse) -> Vec<u8> {
    let question = question_key(context, project);
    // What was asked for now is answered by nothing that began before.
    let own = match reuse {
        Reuse::Nothing => format!("{:?}", (std::process::id(), std::time::Instant::now())),
        Reuse::Cached | Reuse::Running => String::new(),
    };
    let mut variables: Vec<_> =
        std::env::vars_os().filter(|(name, _)| !is_of_the_line(name)).collect();
    variables.sort_unstable();
    let mut parts = vec![&question, own.as_bytes(), context.directory.as_os_str().as_bytes()];
    parts.extend(variables.iter().flat_map(|(name, value)| [name.as_bytes(), value.as_bytes()]));
    lock::key(&parts)
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
pub fn question_key(context: &Context, project: &Project<'_>) -> Vec<u8> {
    let config = project.config.as_ref();
    let relative = config.map(|config| relative_config(project, config)).unwrap_or_default();
    let stamp = format!("{:?}", config.map(|config| config.stat));
    let pivots = format!("{:?}", context.pivots);
    let environment = ["PYTHONPATH", "VIRTUAL_ENV"].map(|name| variable(name).unwrap_or_default());
    lock::key(&[
        project.root,
        relative.as_bytes(),
        stamp.as_bytes(),
        pivots.as_bytes(),
        environment[0].as_bytes(),
        environment[1].as_bytes(),
    ])
}
