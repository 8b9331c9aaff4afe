//! Where a command runs: the working directory, its project, and what is known of its Pivot.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use pivot_complete::files::PathBuffer;
use pivot_complete::files::{Disk as _, Stat};
use pivot_complete::project::{Config, ConfigKind, Dialect, Marker, Project};
use pivot_complete::reason::Reason;

use crate::context::installed;
use crate::context::pivot;
use crate::context::pivot::Pivot;
use crate::environment::Variables;
use crate::environment::settings::Settings;
use crate::files::{Disk, path, path_storage};
use crate::report::Failure;

/// One working directory with everything that decides about an answer there.
#[derive(Clone)]
pub struct Scene {
    /// The variables that all commands share.
    pub settings: Settings,
    /// The working directory, free of links.
    pub directory: PathBuf,
    /// Its project, if it is in one.
    pub project: Option<Project<'static>>,
    /// All that may be the `pivot` meant, the likeliest first.
    pub pivots: Vec<Pivot>,
    /// Which configs the likeliest one reads, where its files tell.
    pub dialect: Option<Dialect>,
    /// Whether a TAB asks, which may say nothing and write nothing but an answer.
    pub is_tab: bool,
    /// Whether nobody said that something may be run here: a TAB, a prompt, and what they start
    /// behind themselves ask whose word it would be.
    pub asks_trust: bool,
    /// What of the environment decides which answer is meant.
    pub variables: Variables,
    typed: Option<OsString>,
}

impl Scene {
    /// Looks around in the working directory; `typed` is the first word of the shell's line.
    pub fn here(typed: Option<&OsStr>) -> Result<Self, Failure> {
        let settings = Settings::from_environment();
        let no_directory = || {
            let message = "cannot tell the working directory: it was deleted or is out of reach";
            Failure::new(Reason::NoWorkingDirectory, message)
        };
        let directory = nix::unistd::getcwd().map_err(|_| no_directory())?;
        let locate = |dialect| {
            locate(&directory, dialect).map_err(|reason| {
                Failure::new(reason, format!("{}: {}", directory.display(), reason.as_str()))
            })
        };
        let mut project = locate(Dialect::WithYaml)?;
        let root = project.as_ref().map(|project| path(project.root).to_path_buf());
        let variables = Variables::read(typed);
        let pivots =
            pivot::candidates(&variables.environment(), &directory, root.as_deref(), &settings);
        let dialect = pivots.first().and_then(installed::of).and_then(|found| found.dialect());
        let has_yaml = |project: &Project| {
            project.config.as_ref().is_some_and(|config| config.kind != ConfigKind::Python)
        };
        if dialect == Some(Dialect::PythonOnly) && project.as_ref().is_some_and(has_yaml) {
            project = locate(Dialect::PythonOnly)?;
        }
        let typed = typed.map(OsStr::to_owned);
        let (is_tab, asks_trust) = (false, false);
        Ok(Self {
            settings,
            directory,
            project,
            pivots,
            dialect,
            is_tab,
            asks_trust,
            variables,
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

    /// The first word of the shell's line; empty where there is none.
    pub fn typed(&self) -> &OsStr {
        self.typed.as_deref().unwrap_or_default()
    }

    /// Looks around once more, with the deadline of the first time.
    pub fn again(&self) -> Result<Self, Failure> {
        let mut scene = Self::here(self.typed.as_deref())?;
        scene.settings.deadline = self.settings.deadline;
        Ok(Self { is_tab: self.is_tab, asks_trust: self.asks_trust, ..scene })
    }

    /// The same place as a Pivot that does not read YAML sees it.
    pub fn without_yaml(&self) -> Option<Project<'static>> {
        locate(&self.directory, Dialect::PythonOnly).ok().flatten()
    }
}

fn locate(directory: &Path, dialect: Dialect) -> Result<Option<Project<'static>>, Reason> {
    // A project borrows its paths from the working directory's, which a process looks up once
    // or twice in its short life.
    let directory = directory.as_os_str().as_bytes().to_vec().leak();
    Project::locate(&Disk, directory, dialect, &mut PathBuffer::new(&mut path_storage()))
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
