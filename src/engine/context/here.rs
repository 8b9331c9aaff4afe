//! Where a command runs: the working directory, its project, and what is known of its Pivot.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use pivot_complete::files::{Disk as _, PathBuffer, Stat};
use pivot_complete::project::{Config, ConfigKind, Dialect, Marker, Program, Project};
use pivot_complete::reason::Reason;

use crate::context::installed::{self, Installed};
use crate::context::pivot::{self, Pivot};
use crate::context::trust::Evidence;
use crate::environment::Variables;
use crate::environment::settings::Settings;
use crate::files::{Disk, ReadOnce, path, path_storage};
use crate::report::Failure;

/// One working directory with everything that decides about an answer there.
#[derive(Clone)]
pub struct Context {
    /// The variables that all commands share.
    pub settings: Settings,
    /// The working directory, free of links.
    pub directory: PathBuf,
    /// Its project, if it is in one.
    pub project: Option<Project<'static>>,
    /// All that may be the `pivot` meant, the likeliest first.
    pub pivots: Vec<Pivot>,
    /// The program that the names of stores are made of.
    pub program: Program,
    /// Its path.
    pub program_path: Option<PathBuf>,
    /// What the likeliest one runs, where its files tell.
    pub installed: Option<Installed>,
    /// Which configs the likeliest one reads, where its files tell.
    pub dialect: Option<Dialect>,
    /// Whether a TAB asks, which may say nothing and write nothing but an answer.
    pub is_tab: bool,
    /// Whether nobody said that something may be run here: a TAB, a prompt, and what they start
    /// behind themselves ask whose word it would be.
    pub asks_trust: bool,
    /// What of the environment decides which answer is meant.
    pub variables: Variables,
    /// What was read of stores since this process last had the lock.
    pub stores: Rc<ReadOnce>,
    /// What trust goes by here, looked at when it is first asked about.
    pub evidence: Rc<Evidence>,
    typed: Option<OsString>,
}

impl Context {
    /// Looks around in the working directory; `typed` is the first word of the shell's line.
    pub fn here(typed: Option<&OsStr>) -> Result<Self, Failure> {
        let settings = Settings::from_environment();
        let no_directory = || {
            let message = "cannot tell the working directory: it was deleted or is out of reach";
            Failure::new(Reason::NoWorkingDirectory, message)
        };
        let directory = nix::unistd::getcwd().map_err(|_| no_directory())?;
        let mut project = locate(&directory, Dialect::WithYaml)?;
        let root = project.as_ref().map(|project| path(project.root).to_path_buf());
        let variables = Variables::read(typed);
        let found = pivot::search(&variables.environment(), &directory, root.as_deref(), &settings);
        let pivot::Search { pivots, program, program_path } = found;
        let installed = pivots.first().and_then(installed::of);
        let dialect = installed.as_ref().and_then(Installed::dialect);
        project = as_read_by(dialect, project, &directory)?;
        let typed = typed.map(OsStr::to_owned);
        let (is_tab, asks_trust) = (false, false);
        Ok(Self {
            settings,
            directory,
            project,
            pivots,
            program,
            program_path,
            installed,
            dialect,
            is_tab,
            asks_trust,
            variables,
            stores: Rc::default(),
            evidence: Rc::default(),
            typed,
        })
    }

    /// The same place, asked about by a TAB.
    pub fn for_tab(self) -> Self {
        Self { is_tab: true, asks_trust: true, ..self }
    }

    /// The same place, asked about by what a TAB started behind itself.
    pub fn behind_tab(self) -> Self {
        Self { asks_trust: true, ..self }
    }

    /// Whether a version manager may choose by files which of all that may be meant is run, and how.
    pub fn is_chosen(&self) -> bool {
        self.pivots.iter().any(Pivot::is_chosen)
    }

    /// Why there are no stages here whatever Pivot would say, where that is so.
    pub fn no_stages(&self) -> Option<Failure> {
        let Some(project) = &self.project else {
            let directory = self.directory.display();
            return Some(Failure::new(
                Reason::NoProject,
                format!("no project at or above {directory}: no directory has .pivot or .git"),
            ));
        };
        if project.marker == Marker::Git || project.config.is_some() {
            return None;
        }
        let names = match self.dialect {
            Some(Dialect::PythonOnly) => "pipeline.py",
            Some(Dialect::WithYaml) | None => "pipeline.py, pivot.yaml or pivot.yml",
        };
        let root = path(project.root).display();
        let message = format!("no config in {root}: it has no {names}, so there are no stages");
        Some(Failure::new(Reason::NoConfig, message))
    }

    /// Inside of a discovery nothing is started that might start another, which would wait for the
    /// first.
    pub fn refuse_nesting(&self) -> Result<(), Failure> {
        if self.settings.nested {
            let message = "not inside of a discovery: PIVOT_COMPLETE is set";
            return Err(Failure::new(Reason::Nested, message));
        }
        Ok(())
    }

    /// The first word of the shell's line; empty where there is none.
    pub fn typed(&self) -> &OsStr {
        self.typed.as_deref().unwrap_or_default()
    }

    /// Looks around once more, with the deadline of the first time: at everything, where time has
    /// passed or ROOT is another one by now, else at the config alone.
    pub fn again(&self, time_has_passed: bool) -> Result<Self, Failure> {
        if !time_has_passed {
            let project = locate(&self.directory, Dialect::WithYaml)?;
            let project = as_read_by(self.dialect, project, &self.directory)?;
            let root = |project: &Option<Project<'static>>| project.map(|project| project.root);
            if root(&project) == root(&self.project) {
                return Ok(Self { project, ..self.clone() });
            }
        }
        let mut context = Self::here(self.typed.as_deref())?;
        context.settings.deadline = self.settings.deadline;
        let (is_tab, asks_trust, stores) = (self.is_tab, self.asks_trust, self.stores.clone());
        Ok(Self { is_tab, asks_trust, stores, ..context })
    }

    /// The same place as a Pivot that does not read YAML sees it.
    pub fn without_yaml(&self) -> Option<Project<'static>> {
        locate(&self.directory, Dialect::PythonOnly).ok().flatten()
    }
}

fn locate(directory: &Path, dialect: Dialect) -> Result<Option<Project<'static>>, Failure> {
    // A project borrows its paths from the working directory's, which a process looks up once
    // or twice in its short life.
    let bytes = directory.as_os_str().as_bytes().to_vec().leak();
    Project::locate(&Disk, bytes, dialect, &mut PathBuffer::new(&mut path_storage())).map_err(
        |reason| Failure::new(reason, format!("{}: {}", directory.display(), reason.as_str())),
    )
}

/// The project that was located for a Pivot which reads YAML, as the one here reads it.
fn as_read_by(
    dialect: Option<Dialect>,
    project: Option<Project<'static>>,
    directory: &Path,
) -> Result<Option<Project<'static>>, Failure> {
    let has_yaml = |project: &Project| {
        project.config.as_ref().is_some_and(|config| config.kind != ConfigKind::Python)
    };
    match dialect == Some(Dialect::PythonOnly) && project.as_ref().is_some_and(has_yaml) {
        true => locate(directory, Dialect::PythonOnly),
        false => Ok(project),
    }
}

/// The absolute path of `config`.
pub fn config_path(project: &Project<'_>, config: &Config) -> PathBuf {
    path(project.config_directory(config)).join(OsStr::from_bytes(config.kind.file_name()))
}

/// The path of `config` relative to ROOT.
pub fn relative_config(project: &Project<'_>, config: &Config) -> OsString {
    let whole = config_path(project, config);
    whole.strip_prefix(path(project.root)).unwrap_or(&whole).as_os_str().to_owned()
}

/// What `config` is now; `None` where it is gone.
pub fn config_now(project: &Project<'_>, config: &Config) -> Option<Stat> {
    let mut storage = path_storage();
    let mut buffer = PathBuffer::new(&mut storage);
    project.config_path(config, &mut buffer).ok()?;
    Disk.stat(buffer.as_c_path()).ok()
}
