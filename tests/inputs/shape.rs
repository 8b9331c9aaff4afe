//! A small pipeline, the same for both Pivots: its files, which of them decide about the stages'
//! names, and edits of its own.

use std::os::unix::fs::symlink;

use crate::support::{Pivot, Sandbox};

/// One edit of a shape's own, on top of those before it.
pub struct Edit {
    /// What it does.
    pub what: &'static str,
    /// What it does to the list.
    pub effect: Effect,
    /// Does it.
    pub edit: Box<dyn Fn(&Sandbox)>,
}

/// What an edit does to the list of stages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It changes, which the next call notices.
    Changes,
    /// None, and the cached answer stays a hit.
    None,
    /// None, but an input changes: the next call may discover.
    OfNoUse,
}

/// A project to be built in a sandbox. Paths are relative to the sandbox.
pub struct Shape {
    pub pivot: Pivot,
    /// Where commands run.
    pub directory: &'static str,
    files: Vec<(String, String)>,
    links: Vec<(&'static str, &'static str)>,
    variables: Vec<(&'static str, &'static str)>,
    installed: Option<&'static str>,
    /// Files that hold a number such as `v000`, which is a stage's name.
    pub numbered: Vec<String>,
    /// Further edits, in their order.
    pub edits: Vec<Edit>,
}

impl Shape {
    /// Nothing yet, to be asked in the project's root.
    pub fn new(pivot: Pivot) -> Self {
        Self {
            pivot,
            directory: "project",
            files: Vec::new(),
            links: Vec::new(),
            variables: Vec::new(),
            installed: None,
            numbered: Vec::new(),
            edits: Vec::new(),
        }
    }

    /// With a `pipeline.py` that has a stage for each of the `NAMES` that `code` leaves behind.
    pub fn naming(pivot: Pivot, code: &str) -> Self {
        Self::new(pivot).pipeline("project/pipeline.py", code)
    }

    /// A project with such a pipeline and two files, of which it reads the first.
    pub fn choosing(pivot: Pivot, code: &str, read: (&str, &str), other: (&str, &str)) -> Self {
        Self::naming(pivot, code).numbered(read.0, read.1).file(other.0, other.1)
    }

    /// Adds such a pipeline.
    pub fn pipeline(self, path: &str, code: &str) -> Self {
        let text = pipeline_of(self.pivot, code);
        self.file(path, &text)
    }

    /// Adds a file.
    pub fn file(mut self, path: &str, text: &str) -> Self {
        self.files.push((path.to_owned(), text.to_owned()));
        self
    }

    /// Adds a file with a numbered name.
    pub fn numbered(mut self, path: &str, text: &str) -> Self {
        self.numbered.push(path.to_owned());
        self.file(path, text)
    }

    /// Adds a symbolic link at `path`.
    pub fn link(mut self, path: &'static str, target: &'static str) -> Self {
        self.links.push((path, target));
        self
    }

    /// A link that is made to lead from one file or directory to another.
    pub fn retargeted(self, path: &'static str, one: &'static str, other: &'static str) -> Self {
        self.link(path, one).change("the link leads elsewhere", move |s| relink(s, path, other))
    }

    /// One that another takes the place of, by a rename.
    pub fn exchanged(self, path: &'static str, one: &'static str, other: &'static str) -> Self {
        self.link(path, one).change("another link takes its place", move |s| {
            let next = s.path(path).with_file_name("next");
            symlink(other, &next).unwrap();
            std::fs::rename(next, s.path(path)).unwrap();
        })
    }

    /// Sets a variable to a path in the sandbox.
    pub fn variable(mut self, name: &'static str, path: &'static str) -> Self {
        self.variables.push((name, path));
        self
    }

    /// Installs a directory in an environment of the project's own, as an editable install does.
    pub fn installed(mut self, path: &'static str) -> Self {
        self.installed = Some(path);
        self
    }

    /// Runs commands there.
    pub fn asked_in(mut self, directory: &'static str) -> Self {
        self.directory = directory;
        self
    }

    /// Adds an edit that changes the list.
    pub fn change(self, what: &'static str, edit: impl Fn(&Sandbox) + 'static) -> Self {
        self.edit(what, Effect::Changes, edit)
    }

    /// Adds a file's new content, or a new file, that changes the list.
    pub fn change_to(self, what: &'static str, path: &'static str, text: &'static str) -> Self {
        self.change(what, move |sandbox| drop(sandbox.write(path, text)))
    }

    /// Adds one that does not.
    pub fn quiet_to(self, what: &'static str, path: &'static str, text: &'static str) -> Self {
        self.quiet(what, move |sandbox| drop(sandbox.write(path, text)))
    }

    /// Adds an edit that does not.
    pub fn quiet(self, what: &'static str, edit: impl Fn(&Sandbox) + 'static) -> Self {
        self.edit(what, Effect::None, edit)
    }

    /// Adds an edit of an input that does not.
    pub fn either(self, what: &'static str, edit: impl Fn(&Sandbox) + 'static) -> Self {
        self.edit(what, Effect::OfNoUse, edit)
    }

    fn edit(
        mut self,
        what: &'static str,
        effect: Effect,
        edit: impl Fn(&Sandbox) + 'static,
    ) -> Self {
        self.edits.push(Edit { what, effect, edit: Box::new(edit) });
        self
    }

    /// Builds the project in a sandbox of its own.
    pub fn build(&self) -> Sandbox {
        let mut sandbox = match self.installed {
            None => Sandbox::with(self.pivot),
            Some(path) => {
                let mut sandbox = Sandbox::empty();
                let packages = sandbox.environment("environment", self.pivot);
                let line = format!("{}\n", sandbox.path(path).display());
                std::fs::write(packages.join("__editable__.demo.pth"), line).unwrap();
                sandbox.prepend_path(sandbox.path("environment/bin"));
                sandbox
            }
        };
        for (path, text) in &self.files {
            sandbox.write(path, text);
        }
        for (path, target) in &self.links {
            symlink(target, sandbox.path(path)).unwrap();
        }
        for (name, path) in &self.variables {
            sandbox.set(name, sandbox.path(path));
        }
        sandbox.make_directory("project/.pivot");
        sandbox.start_trace();
        sandbox
    }
}

/// Puts a symbolic link in the place of `path`.
fn relink(sandbox: &Sandbox, path: &str, target: &str) {
    std::fs::remove_file(sandbox.path(path)).unwrap();
    symlink(target, sandbox.path(path)).unwrap();
}

/// A `pipeline.py` that has a stage for each of the `NAMES` that `code` leaves behind.
///
/// 0.5.11 puts ROOT on the import path, 0.1.0 leaves that to the pipeline.
pub fn pipeline_of(pivot: Pivot, code: &str) -> String {
    match pivot {
        Pivot::V0511 => format!(
            "{code}\n\
             from pivot import Pipeline, stage\n\
             @stage\n\
             def fit() -> dict:\n    return {{}}\n\
             pipeline = Pipeline('demo')\n\
             with pipeline:\n    \
             for name in NAMES:\n        \
             with pipeline.variant(name):\n            fit()\n"
        ),
        Pivot::V010 => format!(
            "import pathlib, sys\n\
             sys.path.insert(0, str(pathlib.Path(__file__).parent))\n\
             {code}\n\
             from pivot import Pipeline\n\
             def run() -> None:\n    pass\n\
             pipeline = Pipeline('demo')\n\
             for name in NAMES:\n    \
             pipeline.register(run, name=name)\n"
        ),
    }
}
