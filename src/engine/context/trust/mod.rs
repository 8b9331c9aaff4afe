//! Whose word a TAB runs a program on: four questions, asked of every start by one function.
//!
//! Where (the directories whose code is read), what (who chose the program), with what (through which
//! directories it finds modules and other programs), and the loader (what it loads before a line of
//! its own runs). Like git's `safe.directory`: pressing TAB in a directory is no consent to run what
//! lies there. An explicit command is one, for itself alone.

mod below;
pub mod choices;
mod evidence;
mod list;
mod owners;
mod refusal;
#[path = "../../../hosted/loader.rs"]
mod std_loader;

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use pivot_complete::environment::loader;
use pivot_complete::project::ConfigKind;
use pivot_complete::reason::Reason;

use crate::context::pivot::{Interpreter, Naming, Pivot, Runs};
use crate::context::{Context, lacking};
use crate::environment::settings::{is_own_home, variable};
use crate::files::path;

pub use evidence::Evidence;
pub use list::{Lists, change, disbelieved, list_path};
use owners::Judge;
pub use refusal::Refusal;
use refusal::Refused;

/// What is to be started.
#[derive(Clone, Copy)]
pub enum Start<'a> {
    /// Pivot, which runs the code of the pipeline here.
    Discovery(&'a Pivot),
    /// Pivot, which runs that of every pipeline in the project.
    Every(&'a Pivot),
    /// Pivot, which tells its own command line and reads nothing here.
    Description(&'a Pivot),
    /// A version manager, which tells the program behind its shim.
    Choice(&'a Pivot),
}

impl<'a> Start<'a> {
    fn pivot(self) -> &'a Pivot {
        let (Start::Discovery(pivot)
        | Start::Every(pivot)
        | Start::Description(pivot)
        | Start::Choice(pivot)) = self;
        pivot
    }
}

/// Leave to start one program; nobody else can make one.
#[derive(Debug)]
pub struct Permit {
    /// Where it runs; else in the working directory.
    directory: Option<&'static Path>,
    /// Whether the home directory, and with it what Python finds there, is somebody else's.
    foreign_home: bool,
    /// Whether everyone may put modules beside the program.
    is_open_beside: bool,
    /// The project whose code was asked about; empty where any may be read.
    root: PathBuf,
}

impl Permit {
    /// For this very program, which was started on somebody's word already.
    pub fn for_ourselves() -> Self {
        Self { directory: None, foreign_home: false, is_open_beside: false, root: PathBuf::new() }
    }

    /// Whether Python must not look for packages in the home directory.
    pub fn foreign_home(&self) -> bool {
        self.foreign_home
    }

    /// The project whose code may be read; empty where any may.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Whether Python must not find modules beside the program.
    pub fn is_open_beside(&self) -> bool {
        self.is_open_beside
    }

    /// Sets the directory of `command`, and takes out of its environment what would have it load
    /// code from there.
    pub fn apply(&self, command: &mut Command) {
        if let Some(directory) = self.directory {
            command.current_dir(directory);
        }
        std_loader::clean(command);
    }
}

/// Gives leave to start a program, or says on whose word it would run.
pub fn permit(context: &Context, start: Start<'_>) -> Result<Permit, Refusal> {
    let relative = relative_entries(context, "PYTHONPATH");
    let reads_nothing_here = matches!(start, Start::Description(_)) && relative.is_empty();
    let permit = Permit {
        directory: reads_nothing_here.then_some(Path::new("/")),
        foreign_home: context.asks_trust && !is_own_home(),
        is_open_beside: context.asks_trust && owners::is_open_beside(start.pivot()),
        root: match start {
            Start::Discovery(_) | Start::Every(_) if context.asks_trust => {
                let root = context.project.as_ref().map_or(&b"/"[..], |project| project.root);
                path(root).to_path_buf()
            }
            _ => PathBuf::new(),
        },
    };
    if !context.asks_trust {
        return Ok(permit);
    }
    let judge = Judge::of(context.settings.trust, context.evidence.lists());
    let (pivot, case) = (start.pivot(), Case { context, judge: &judge });
    if matches!(start, Start::Discovery(_) | Start::Every(_)) {
        case.may_read_here()?;
    }
    if matches!(start, Start::Every(_)) {
        case.may_read_below()?;
    }
    case.may_run(pivot)?;
    let chooses = match &pivot.runs {
        Runs::Python(interpreter) => choices::is_shim(&interpreter.path),
        Runs::Shim(_) | Runs::Opaque => true,
    };
    if chooses {
        case.may_choose()?;
    }
    let programs = if reads_nothing_here { Vec::new() } else { relative_entries(context, "PATH") };
    let relative = relative.iter().map(|entry| ("PYTHONPATH", entry));
    for (variable, entry) in relative.chain(programs.iter().map(|entry| ("PATH", entry))) {
        judge
            .is_searched(entry)
            .map_err(|refused| Refusal { through: Some(variable), ..refused.remedied(entry) })?;
    }
    Ok(permit)
}

/// Whether a TAB here may run discovery with the likeliest Pivot.
pub fn may_discover(context: &Context) -> Result<(), Refusal> {
    match lacking::likeliest(context) {
        Some(pivot) => permit(context, Start::Discovery(pivot)).map(drop),
        None => may_use_caches(context),
    }
}

/// Whether a TAB here may have the likeliest Pivot describe its command line.
pub fn may_describe(context: &Context) -> Result<(), Refusal> {
    match lacking::likeliest(context) {
        Some(pivot) if matches!(pivot.runs, Runs::Shim(_)) => {
            permit(context, Start::Choice(pivot)).map(drop)
        }
        Some(pivot) => permit(context, Start::Description(pivot)).map(drop),
        None => Ok(()),
    }
}

/// Whether what a TAB finds out here may be written here.
pub fn may_use_caches(context: &Context) -> Result<(), Refusal> {
    if !context.asks_trust {
        return Ok(());
    }
    let judge = Judge::of(context.settings.trust, context.evidence.lists());
    Case { context, judge: &judge }.may_read_here()
}

struct Case<'a> {
    context: &'a Context,
    judge: &'a Judge<'a>,
}

impl Case<'_> {
    /// Where: the directories whose code would be run.
    fn may_read_here(&self) -> Result<(), Refusal> {
        let here = self.context.directory.as_path();
        let project = self.context.project.as_ref();
        let root = project.map_or(here, |project| path(project.root));
        let refused = |refused: Refused| refused.remedied(root);
        // Pivot imports the packages on the way to a config. ROOT and here are the ends of that.
        for directory in here.ancestors().take_while(|above| above.starts_with(root)) {
            self.is_package(directory).map_err(refused)?;
        }
        // The config's directory is one of these.
        for directory in [root, here] {
            // Which config it will be may depend on the Pivot that answers: all that could be count.
            for kind in ConfigKind::ALL {
                let config = directory.join(path(kind.file_name()));
                if config.symlink_metadata().is_ok() {
                    self.is_config(&config, root).map_err(refused)?;
                }
            }
        }
        Ok(())
    }

    /// Whether a config may be read, and the packages inside of `root` on the way to what it links to.
    fn is_config(&self, config: &Path, root: &Path) -> Result<(), Refused> {
        self.judge.is_place(config)?;
        let steps = owners::steps(config);
        let inside = |step: &&PathBuf| step.starts_with(root) && step.is_dir();
        steps.iter().filter(inside).try_for_each(|step| self.is_package(step))
    }

    /// Whether code may be read from a directory, from what makes it a package, and from the bytecode there,
    /// which is believed by the source's digest.
    fn is_package(&self, directory: &Path) -> Result<(), Refused> {
        self.judge.is_place(directory)?;
        let code = ["__init__.py", "__pycache__"].map(|name| directory.join(name));
        code.iter().filter(|code| code.exists()).try_for_each(|code| self.judge.is_place(code))
    }

    /// Where, for pipelines anywhere below ROOT.
    fn may_read_below(&self) -> Result<(), Refusal> {
        let Some(project) = &self.context.project else { return Ok(()) };
        let root = path(project.root);
        let refused = |refused: Refused| refused.remedied(root);
        below::configs_below(root)
            .iter()
            .try_for_each(|place| match place.is_dir() {
                true => self.is_package(place),
                false => self.is_config(place, root),
            })
            .map_err(refused)
    }

    /// What: the program, and the Python that runs it.
    fn may_run(&self, pivot: &Pivot) -> Result<(), Refusal> {
        let program = pivot.program.as_deref();
        let by_place = program.is_some_and(|program| self.is_places(program, pivot.named));
        if let Some(program) = program.filter(|_| by_place) {
            let remedy = self.remedy_for(program);
            self.judge.is_program(program).map_err(|refused| refused.remedied(&remedy))?;
        }
        match &pivot.runs {
            // Which nobody can run, whoever chose it.
            Runs::Python(interpreter) if lacking::is_gone(interpreter) => {
                let path = interpreter.path.clone();
                let remedy = self.remedy_for(&path);
                return Err(Refused { reason: Reason::NoPivot, path }.remedied(&remedy));
            }
            Runs::Python(Interpreter { path, named, .. }) => {
                // What the user named instead of it is not the program's.
                let by_program = by_place && self.context.settings.python.is_none();
                if by_program || self.is_places(path, *named) {
                    // Whoever trusts the place of the program trusts what that says.
                    let found = program.filter(|_| by_program).unwrap_or(path);
                    let remedy = self.remedy_for(found);
                    let refused = |refused: Refused| refused.remedied(&remedy);
                    self.judge.is_python(path, found).map_err(refused)?;
                }
            }
            Runs::Shim(manager) => {
                let found = manager.program();
                let by_program = by_place && manager.named == Naming::ByProgram;
                if by_program || self.is_places(found, manager.named) {
                    let refused = |refused: Refused| refused.remedied(&self.remedy_for(found));
                    self.judge.is_program(found).map_err(refused)?;
                }
            }
            Runs::Opaque => {}
        }
        Ok(())
    }

    /// Whether the place chose the program at `found`: it was found by it, or it lies in the project
    /// here, where whoever enters the directory gets it on PATH.
    fn is_places(&self, found: &Path, named: Naming) -> bool {
        if named == Naming::InPart || self.is_activated_by_another() {
            return true;
        }
        // The links on the way and what they lead to may lie in different places.
        let steps = owners::steps(found);
        let leads_through = |place: &Path| {
            found.starts_with(place) || steps.iter().any(|step| step.starts_with(place))
        };
        // mise activates an environment that lies here on `cd`, in no project as well.
        let mut above = self.context.directory.ancestors();
        if above.any(|above| leads_through(&above.join(".venv"))) {
            return true;
        }
        // `/proc/self/cwd` is whatever directory one is in.
        leads_through(Path::new("/proc")) || self.top().is_some_and(leads_through)
    }

    /// Whether a version manager that activates on `cd` may have set PATH by another's file.
    fn is_activated_by_another(&self) -> bool {
        self.context.evidence.choices(&self.context.directory).iter().any(|(directory, files)| {
            let mut all = std::iter::once(directory).chain(files);
            all.any(|place| self.judge.is_place(place).is_err())
        })
    }

    /// The topmost project that the working directory lies in.
    fn top(&self) -> Option<&Path> {
        self.context.evidence.top(&self.context.directory)
    }

    /// The directory to trust for a program that the place chose: the project's; or its environment.
    fn remedy_for(&self, program: &Path) -> PathBuf {
        let root = self.context.project.as_ref().map(|project| path(project.root));
        let mut tops = root.into_iter().chain(self.top());
        let environment = || program.parent().and_then(Path::parent).unwrap_or(Path::new("/"));
        tops.find(|top| program.starts_with(top)).unwrap_or_else(environment).to_path_buf()
    }

    /// Where, for a program that may choose another one by files in all directories above.
    fn may_choose(&self) -> Result<(), Refusal> {
        for directory in self.context.directory.ancestors() {
            if let Err(refused) = self.judge.is_place(directory)
                && choices::may_hold(directory)
            {
                return Err(refused.remedied(directory));
            }
        }
        for (directory, files) in self.context.evidence.choices(&self.context.directory) {
            let refused = |refused: Refused| refused.remedied(directory);
            self.judge.is_place(directory).map_err(refused)?;
            for file in files {
                self.judge.is_place(file).map_err(refused)?;
            }
        }
        Ok(())
    }
}

/// Whether files of the place decide which program stands behind a shim.
pub fn is_chosen_here(context: &Context) -> bool {
    !context.evidence.choices(&context.directory).is_empty()
}

/// The entries of a variable that begin at the working directory, those that exist.
fn relative_entries(context: &Context, name: &str) -> Vec<PathBuf> {
    let value: OsString = variable(name).unwrap_or_default();
    if value.is_empty() {
        return Vec::new();
    }
    let entries = value.as_bytes().split(|&byte| byte == b':');
    let relative = entries.filter(|entry| !loader::is_absolute(entry));
    let resolved = relative.map(|entry| context.directory.join(OsStr::from_bytes(entry)));
    resolved.filter(|entry| entry.symlink_metadata().is_ok()).collect()
}
