//! What is lacking where no Pivot can be run, and what to do about it: the environment is named.

use std::fs;
use std::io::{Error, ErrorKind};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use pivot_complete::reason::Reason;

use super::Context;
use super::pivot::{Interpreter, Pivot, Runs};
use crate::environment::settings::variable;
use crate::files::path;
use crate::report::Failure;

/// Links that a path may lead through, as for the kernel.
const LINKS_MAX: usize = 40;

/// The first of all that may be the `pivot` meant whose Python is there; else the first of all.
pub fn likeliest(context: &Context) -> Option<&Pivot> {
    let has_python =
        |pivot: &&Pivot| !matches!(&pivot.runs, Runs::Python(python) if is_gone(python));
    context.pivots.iter().find(has_python).or(context.pivots.first())
}

/// Whether an interpreter is not there, or is a link to what is not.
pub fn is_gone(interpreter: &Interpreter) -> bool {
    fs::metadata(&interpreter.path).is_err_and(|error| is_absence(&error))
}

/// The Python of the likeliest Pivot, where it is there and no Pivot is seen among its packages.
pub fn python_without_pivot(context: &Context) -> Option<&Interpreter> {
    let Runs::Python(python) = &context.pivots.first()?.runs else { return None };
    (context.installed.is_none() && !is_gone(python)).then_some(python)
}

/// Whether a failure is for want of a Pivot although its program is there, and its Python: whoever asks it anew
/// starts it in vain.
pub fn is_in_vain(context: &Context, failure: &Failure) -> bool {
    let is_opaque = || context.pivots.first().is_some_and(|pivot| pivot.runs == Runs::Opaque);
    failure.reason == Reason::NoPivot && (python_without_pivot(context).is_some() || is_opaque())
}

/// Why the Python of `pivot` cannot be run, and what to do about it: a sentence without its full stop.
/// Nothing where it can, or nobody knows it.
pub fn python(context: &Context, pivot: &Pivot) -> Option<String> {
    let Runs::Python(Interpreter { path, .. }) = &pivot.runs else { return None };
    let (is, is_broken) = match fs::metadata(path) {
        Ok(about) if about.is_file() => return None,
        Ok(_) => ("which is no program".to_owned(), true),
        Err(error) if is_absence(&error) => ("which is not there".to_owned(), true),
        Err(error) => (format!("which cannot be reached ({error})"), false),
    };
    let is_name = |python: &&PathBuf| !python.as_os_str().as_bytes().contains(&b'/');
    let (python, is) = match context.settings.python.as_ref().filter(is_name) {
        // Which was looked for on PATH, and in the working directory at last.
        Some(name) if is_broken => (name.display().to_string(), "which is not on PATH".to_owned()),
        _ => (with_its_end(path), is),
    };
    let Some(program) = pivot.program.as_ref().filter(|_| context.settings.python.is_none()) else {
        return Some(format!(
            "PIVOT_COMPLETE_PYTHON names {python}, {is}: name another, or take it away"
        ));
    };
    let remedy = match environment_of(program) {
        _ if !is_broken => {
            "see who may go there, or activate an environment whose Python you may run".to_owned()
        }
        Some(environment) => {
            format!("make the environment {} anew, with Pivot in it", environment.display())
        }
        None => "install Pivot anew, or make its environment anew".to_owned(),
    };
    Some(format!("{} is to be run by {python}, {is}: {remedy}", program.display()))
}

/// Which environment has no `pivot` where none was found, and what to do about it: a sentence without its
/// full stop. Nothing where there is no environment.
pub fn pivot(context: &Context) -> Option<String> {
    let active = ["VIRTUAL_ENV", "CONDA_PREFIX"].into_iter().filter_map(|name| {
        let place = context.directory.join(variable(name)?);
        Some((format!("{name} names {}, which", with_its_end(&place)), place))
    });
    let lying = environments_of_project(context).into_iter().map(|place| {
        let end = end_of(&place);
        let is = if end == place {
            String::new()
        } else {
            format!(" is a link to {}, which", end.display())
        };
        (format!("{}{is}", place.display()), place)
    });
    let all: Vec<(String, PathBuf)> = active.chain(lying).collect();
    let gone = all.iter().find(|(_, place)| !place.exists());
    if let Some((named, _)) = gone {
        return Some(format!(
            "{named} is not there: make that environment anew, or activate the one that Pivot is installed in"
        ));
    }
    all.first().map(|(named, _)| {
        format!(
            "{named} has no `pivot`: install Pivot in it, or activate the environment that it is installed in, \
             or name its Python in PIVOT_COMPLETE_PYTHON"
        )
    })
}

/// The `.venv`, or what is called so instead, of ROOT and of each directory above it up to the top of the
/// repository.
fn environments_of_project(context: &Context) -> Vec<PathBuf> {
    let Some(project) = &context.project else { return Vec::new() };
    let name = variable("UV_PROJECT_ENVIRONMENT").unwrap_or_else(|| ".venv".into());
    let root = path(project.root);
    let top = root.ancestors().find(|above| above.join(".git").symlink_metadata().is_ok());
    root.ancestors()
        .take_while(|above| above.starts_with(top.unwrap_or(root)))
        .map(|above| above.join(&name))
        .filter(|place| place.symlink_metadata().is_ok())
        .collect()
}

/// The environment that a program lies in.
fn environment_of(program: &Path) -> Option<&Path> {
    let directory = program.parent()?.parent()?;
    directory.join("pyvenv.cfg").exists().then_some(directory)
}

/// A path with what it leads to, where it is a link.
fn with_its_end(path: &Path) -> String {
    match end_of(path) {
        end if end == path => path.display().to_string(),
        end => format!("{}, a link to {}", path.display(), end.display()),
    }
}

/// What a path leads to, whether or not that is there.
fn end_of(path: &Path) -> PathBuf {
    let mut end = path.to_path_buf();
    for _ in 0..LINKS_MAX {
        let Ok(target) = fs::read_link(&end) else { break };
        end = end.parent().unwrap_or(Path::new("/")).join(target);
    }
    end
}

fn is_absence(error: &Error) -> bool {
    error.kind() == ErrorKind::NotFound
}
