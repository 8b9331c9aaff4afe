//! One way in which a program is named or found, set up in a scene.

use super::ground::{ANOTHER, Scene};
use super::oracle::{ChosenBy, Found};
use super::things::{Owner, Thing};

/// One way.
#[derive(Clone, Debug)]
pub struct Way {
    pub name: &'static str,
    /// Where what is found lies, relative to the scene.
    pub object: &'static str,
    pub thing: Thing,
    /// The word typed, and the working directory.
    pub typed: &'static str,
    pub here: &'static str,
    /// Variables; `{}` is the scene.
    pub set: &'static [(&'static str, &'static str)],
    pub by: ChosenBy,
    /// What else lies there.
    pub also: Also,
}

/// What else a way needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Also {
    Nothing,
    /// `repository/.git`, with the project in it.
    Repository,
    /// A `.pivot` beside what is found: it lies in another project.
    OtherProject,
    /// `alias`, my link to ROOT, by which one went there: shells tell that path, not the real one.
    LinkToRoot,
    /// `repository/.git` as a file, as worktrees and submodules have it, with the project in it.
    Worktree,
    /// `tools/bin/pivot`, root's, whose first line is this.
    Tool(&'static str),
    /// `project/.venv/bin/pivot`, mine, whose first line is this.
    Venv(&'static str),
    /// `tools/bin/pivot`, root's, a link to uv's in the object.
    UvTool,
    /// A version manager of root's, and mine in its care; the file's name, if that is no object.
    Manager(&'static str, Option<&'static str>),
}

impl Way {
    /// Makes all of it; what is found calls itself `found`.
    pub fn set_up(&self, scene: &mut Scene, owner: Owner) -> Found {
        let me = scene.me;
        scene.here = self.here.into();
        scene.set("PATH", "{}/none");
        self.set.iter().for_each(|(name, value)| scene.set(name, value));
        scene.python("safe/python3", "found", 0, 0o755);
        scene.python("safe/tool/python3", "tool", 0, 0o755);
        scene.directory("safe/tool", 0, 0o755);
        scene.directory("safe", 0, 0o755);
        if self.here == "project/sub" {
            scene.directory("project/sub", me, 0o755);
        }
        let template = |text: &str| text.replace("{}", scene.top.to_str().unwrap());
        match self.also {
            Also::Nothing | Also::UvTool | Also::Manager(..) => {}
            Also::Repository => {
                scene.directory("repository/.git", me, 0o755);
                scene.directory("repository/project/.pivot", me, 0o755);
                scene.file("repository/project/pipeline.py", "", me, 0o644);
            }
            Also::LinkToRoot => drop(scene.link("alias", scene.path("project"), me)),
            Also::Worktree => {
                scene.file("repository/.git", "gitdir: elsewhere\n", me, 0o644);
                scene.directory("repository/project/.pivot", me, 0o755);
                scene.file("repository/project/pipeline.py", "", me, 0o644);
            }
            Also::OtherProject => drop(scene.directory("theirs/.pivot", ANOTHER, 0o755)),
            Also::Tool(line) => drop(scene.script("tools/bin/pivot", &template(line), 0, 0o755)),
            Also::Venv(line) => {
                scene.script("project/.venv/bin/pivot", &template(line), me, 0o755);
            }
        }
        let thing = self.thing;
        owner.place(scene, self.object, &|scene, at, uid, more| {
            thing.put(scene, at, uid, 0o755 | more);
        });
        let object = scene.path(self.object);
        let mut found = Found {
            by: self.by,
            programs: thing.programs(&object),
            named_by_user: Vec::new(),
            chooses_by: Vec::new(),
        };
        match self.also {
            Also::Tool(_) => {
                let is_program = found.programs.iter().any(|program| program.ends_with("pivot"));
                // What lies first on PATH is meant; the tool is not asked in its place.
                if !is_program && self.by == ChosenBy::Place {
                    found.programs.push(scene.path("tools/bin/pivot"));
                }
            }
            Also::Venv(line) => {
                found.programs.push(scene.path("project/.venv/bin/pivot"));
                if line.contains("env python3") {
                    found.named_by_user = std::mem::take(&mut found.programs);
                    found.programs = vec![found.named_by_user.pop().unwrap()];
                }
            }
            Also::UvTool => {
                scene.directory("tools/bin", 0, 0o755);
                scene.link("tools/bin/pivot", object.join("bin/pivot"), 0);
            }
            Also::Manager(name, file) => self.set_up_manager(scene, name, file, &mut found),
            _ => {}
        }
        found
    }

    /// A stand-in of a version manager with the shape of the real one: its shim on PATH, and a
    /// program that looks for its file from the working directory up.
    fn set_up_manager(
        &self,
        scene: &mut Scene,
        name: &str,
        file: Option<&'static str>,
        found: &mut Found,
    ) {
        let me = scene.me;
        if file != Some("") {
            Thing::Environment.put(scene, "home/.versions/1", me, 0o755);
        }
        super::managers::install(scene, name);
        let points_to = scene.path(self.object);
        match file {
            None => {
                found.chooses_by.push(scene.path(self.object));
                let bin = scene.path("home/.versions/1/bin");
                found.programs = vec![bin.join("pivot"), bin.join("python3")];
            }
            Some("") => {
                scene.file("home/.python-version", "1\n", me, 0o644);
                scene.file("home/.tool-versions", "python 1\n", me, 0o644);
            }
            Some(file) => {
                let to = points_to.display();
                let text = match name {
                    "mise" => format!("[tools]\npython = \"path:{to}\"\n"),
                    _ => format!("python path:{to}\n"),
                };
                found.chooses_by.push(scene.file(file, text, me, 0o644));
            }
        }
    }
}
