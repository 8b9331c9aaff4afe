//! What ARCHITECTURE.md, "Trust", says of a cell of the sweep; written from its sentences, not
//! from the code. Looks at the files as root, who sees all of them.

use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf};

use super::ground::Scene;

/// Who named the program: question 2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChosenBy {
    /// "It is what Enter would run, whoever owns it."
    User,
    /// "Whatever is found through the working directory, ROOT or an ancestor."
    Place,
    /// An absolute path in a variable that the text names for neither.
    NotSaid,
    /// "Up to the top of the repository": there is nothing to be found.
    Nobody,
}

/// The answer of one question, or of all that a start needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It runs.
    Yes,
    /// It does not.
    No,
    /// The text can be read both ways.
    Open,
}

use Answer::{No, Open, Yes};

impl Answer {
    /// Both questions, one after the other.
    pub fn and(self, other: Answer) -> Answer {
        match (self, other) {
            (No, _) | (_, No) => No,
            (Open, _) | (_, Open) => Open,
            _ => Yes,
        }
    }

    fn of(is: bool) -> Answer {
        if is { Yes } else { No }
    }

    /// In the table.
    pub fn as_str(self) -> &'static str {
        match self {
            Yes => "runs",
            No => "-",
            Open => "open",
        }
    }
}

/// What the sweep knows of how a program is found.
#[derive(Clone, Debug)]
pub struct Found {
    pub by: ChosenBy,
    /// All that is run: the program and its interpreter, as they are named.
    pub programs: Vec<PathBuf>,
    /// Interpreters that the user named, of a program that the place has: "its interpreter" is asked
    /// about too, and what the user named is not.
    pub named_by_user: Vec<PathBuf>,
    /// Files by which a shim chooses.
    pub chooses_by: Vec<PathBuf>,
}

/// What starts something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// A TAB at a stage's name: discovery.
    Stage,
    /// A TAB at a command's name: describing.
    Command,
    /// A TAB at a stage's name behind `uv run`.
    Runner,
    /// The prompt hook.
    Prompt,
    /// What a watcher starts behind a save.
    Look,
    /// `stages`, an explicit command.
    Explicit,
    /// `doctor`.
    Doctor,
}

impl Start {
    pub const ALL: [Start; 7] = [
        Start::Stage,
        Start::Command,
        Start::Runner,
        Start::Prompt,
        Start::Look,
        Start::Explicit,
        Start::Doctor,
    ];
}

/// Whether `found` runs in `scene`.
pub fn expected(scene: &Scene, found: &Found, start: Start) -> Answer {
    if found.by == ChosenBy::Nobody {
        return No;
    }
    match start {
        // Discovery runs code of the place: where it is, what it is.
        Start::Stage => has_stages(scene).and(place(scene)).and(program(scene, found)),
        // Another program may be meant by it; whichever that is, the rules are the same.
        Start::Runner => expected(scene, found, Start::Stage),
        // The same rules; but what could not be kept need not be found out.
        Start::Prompt | Start::Look => expected(scene, found, Start::Stage).and(can_keep(scene)),
        // "Describing Pivot's command line needs no place."
        Start::Command => program(scene, found),
        // "Everything else is explicit: it … runs it whatever the trust."
        Start::Explicit => has_stages(scene),
        // "Starts nothing that a TAB would not": it may start what any of them would.
        Start::Doctor => program(scene, found),
    }
}

/// Without either there are no stages (ARCHITECTURE.md, "Which root, which config"); and without a
/// config there are none.
fn has_stages(scene: &Scene) -> Answer {
    let here = scene.path(&scene.here);
    let Some(root) = root(&here) else { return No };
    Answer::of([&here, &root].iter().any(|directory| !configs(directory).is_empty()))
}

/// Whether my caches can lie in ROOT's `.pivot`: nothing says what a prompt does where they cannot.
fn can_keep(scene: &Scene) -> Answer {
    let Some(root) = root(&scene.path(&scene.here)) else { return No };
    let Ok(found) = fs::symlink_metadata(root.join(".pivot")) else { return Open };
    if found.uid() == scene.me || scene.me == 0 { Yes } else { Open }
}

/// Question 1: the working directory, ROOT, the config's directory, and each config file that could
/// be read, link and target.
pub fn place(scene: &Scene) -> Answer {
    let here = scene.path(&scene.here);
    let root = root(&here);
    let directories = [Some(here), root].into_iter().flatten();
    let asked = directories.flat_map(|directory| {
        let configs = configs(&directory);
        let targets: Vec<PathBuf> = configs.iter().map(|c| c.canonicalize().unwrap()).collect();
        [vec![directory], configs, targets].concat()
    });
    asked.map(|path| Answer::of(is_a_place(&lstat(&path), scene.me))).fold(Yes, Answer::and)
}

/// "The user's own and not writable by everyone, or root's and writable by nobody else"; "a group may
/// write to what is the user's own". A link's mode says nothing.
fn is_a_place(found: &Metadata, me: u32) -> bool {
    let open = if found.is_symlink() { 0 } else { found.mode() & 0o022 };
    if found.uid() == me { open & 0o002 == 0 } else { found.uid() == 0 && open == 0 }
}

/// Whether a shim's manager may be asked what it would run; nothing else is a shim.
pub fn manager(scene: &Scene, found: &Found) -> Answer {
    let me = scene.me;
    // "A shim that chooses by files runs only where every directory … that holds such a file passes
    // question 1." Of the file itself nothing is said: where it alone is another's, the cell is open.
    let chosen = found.chooses_by.iter().map(|file| {
        let directory = lstat(file.parent().unwrap());
        let file_is_fine = [lstat(file), lstat(&file.canonicalize().unwrap())]
            .iter()
            .all(|found| is_a_place(found, me));
        let doubt = if file_is_fine { Yes } else { Open };
        Answer::of(is_a_place(&directory, me)).and(doubt)
    });
    chosen.fold(Yes, Answer::and)
}

/// Question 2.
fn program(scene: &Scene, found: &Found) -> Answer {
    let me = scene.me;
    let chosen = manager(scene, found);
    // "Every directory and link on the way, what the link leads to, the program, its interpreter and
    // pyvenv.cfg are the user's or root's and not writable by everyone."
    let way = |path: &PathBuf| {
        let settings = path.parent().and_then(Path::parent).map(|top| top.join("pyvenv.cfg"));
        let settings = settings.filter(|file| file.exists());
        let all = [Some(path.clone()), settings];
        let is_safe = all.into_iter().flatten().all(|path| is_safe_way(&path, me));
        // Beside a script Python looks for modules, beside itself for pyvenv.cfg. In a directory like
        // /tmp anyone may put them there: question 3 wants them not found, by whatever means.
        let real = path.canonicalize().unwrap();
        let is_shared = [path, &real].iter().any(|path| is_open(path.parent().unwrap()));
        Answer::of(is_safe).and(if is_shared { Open } else { Yes })
    };
    let programs = found.programs.iter().map(way).fold(Yes, Answer::and);
    // "Its interpreter" is on that list, whoever named it; "an absolute entry of PATH … whoever owns
    // it" is the user's word, whatever looks there.
    let interpreters = found.named_by_user.iter().map(way).fold(Yes, Answer::and);
    let interpreters = if interpreters == Yes { Yes } else { Open };
    let named = match found.by {
        ChosenBy::User => Yes,
        ChosenBy::Place => programs.and(interpreters),
        ChosenBy::NotSaid => {
            if programs == Yes {
                Yes
            } else {
                Open
            }
        }
        ChosenBy::Nobody => No,
    };
    chosen.and(named)
}

/// Whether everyone may write to a directory; one that a link leads to, since a link's mode says
/// nothing.
fn is_open(directory: &Path) -> bool {
    fs::metadata(directory).unwrap().mode() & 0o002 != 0
}

/// Follows `path` from `/` on, through every link.
///
/// "A sticky directory is the writer's where the entry is another's": everyone may put entries of
/// their own there, and nobody can touch mine.
pub fn is_safe_way(path: &Path, me: u32) -> bool {
    walk(path, me, 40)
}

fn walk(path: &Path, me: u32, links_left: usize) -> bool {
    let mine = |found: &Metadata| found.uid() == me || found.uid() == 0;
    let mut at = PathBuf::from("/");
    let mut rest: Vec<Component<'_>> = path.components().collect();
    rest.reverse();
    while let Some(component) = rest.pop() {
        let name = match component {
            Component::Normal(name) => name,
            Component::ParentDir => {
                at.pop();
                continue;
            }
            _ => continue,
        };
        let directory = lstat(&at);
        let next = at.join(name);
        let Ok(entry) = fs::symlink_metadata(&next) else { return false };
        let is_open = directory.mode() & 0o002 != 0;
        let is_sticky = directory.mode() & 0o1000 != 0;
        if !mine(&directory) || !mine(&entry) || is_open && !is_sticky {
            return false;
        }
        if entry.is_symlink() {
            let target = at.join(fs::read_link(&next).unwrap());
            let rest: PathBuf = rest.into_iter().rev().collect();
            return links_left > 0 && walk(&target.join(rest), me, links_left - 1);
        }
        if entry.is_file() && entry.mode() & 0o002 != 0 {
            return false;
        }
        at = next;
    }
    true
}

/// ARCHITECTURE.md, "Which root, which config": the topmost directory with `.pivot`, else the nearest
/// with `.git`.
pub fn root(here: &Path) -> Option<PathBuf> {
    let above = || here.ancestors();
    let topmost = above().filter(|directory| directory.join(".pivot").is_dir()).last();
    let nearest = above().find(|directory| directory.join(".git").exists());
    topmost.or(nearest).map(Path::to_owned)
}

fn configs(directory: &Path) -> Vec<PathBuf> {
    let candidates = ["pipeline.py", "pivot.yaml", "pivot.yml"].map(|name| directory.join(name));
    candidates.into_iter().filter(|config| config.exists()).collect()
}

fn lstat(path: &Path) -> Metadata {
    fs::symlink_metadata(path).unwrap_or_else(|error| panic!("{path:?}: {error}"))
}
