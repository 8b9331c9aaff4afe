//! What may happen to a generated project, and what that touches (the names of `fragments.rs`).

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use super::fragments::{FILES, KEPT, VARIABLES};
use crate::inputs::edits::{Way, replace};
use crate::support::oracle::Random;
use crate::support::set_mtime;

/// Where a project lies, and how it is asked.
pub struct Place {
    pub project: PathBuf,
    /// Relative to the project.
    pub here: &'static str,
    pub variables: BTreeMap<&'static str, String>,
}

/// What happened, for who looks for a fault, and what it touches.
pub struct Change {
    pub what: String,
    pub touches: Vec<String>,
}

impl Place {
    /// A small project without its pipeline, and nothing that may be missing.
    pub fn new(project: PathBuf) -> Self {
        for directory in ["d/s", "d2", "here", ".pivot"] {
            fs::create_dir_all(project.join(directory)).unwrap();
        }
        let place = Self { project, here: "", variables: BTreeMap::new() };
        for path in KEPT.into_iter().chain(["d2/x.csv", "here/a.txt", "here/n.csv"]) {
            fs::write(place.path(path), text(path, 0)).unwrap();
        }
        symlink("a.txt", place.path("l")).unwrap();
        symlink("d", place.path("k")).unwrap();
        place
    }

    fn path(&self, relative: &str) -> PathBuf {
        self.project.join(relative)
    }

    /// Something happens.
    pub fn change(&mut self, random: &mut Random) -> Change {
        let changes = [
            Self::write,
            Self::write,
            Self::write,
            Self::remove,
            Self::touch,
            Self::mode,
            Self::link,
            Self::set,
            Self::set,
            Self::go,
            Self::elsewhere,
            Self::terminal,
            Self::entry,
            Self::directory,
        ];
        let change = *random.pick(&changes);
        change(self, random)
    }

    fn any(random: &mut Random) -> &'static str {
        if random.below(2) == 0 {
            KEPT[random.below(KEPT.len())]
        } else {
            FILES[random.below(FILES.len())]
        }
    }

    fn write(&mut self, random: &mut Random) -> Change {
        let path = Self::any(random);
        let (new, file) = (text(path, random.below(4)), self.path(path));
        if file.exists() {
            let way = *random.pick(&[Way::InPlace, Way::OldMtime, Way::Renamed, Way::RenamedOld]);
            let old = fs::read_to_string(&file).unwrap();
            replace(&file, &new, way);
            let mut touches = of(path, if old == new { "@ %" } else { "_ # @ %" });
            touches.push(format!("{}@", above(path)));
            return Change { what: format!("{path} is {new:?}, {way:?}"), touches };
        }
        let mut touches = self.appears(path);
        if let Some(directory) = Path::new(path).parent().filter(|it| *it == Path::new("e"))
            && !self.path("e").exists()
        {
            fs::create_dir(self.project.join(directory)).unwrap();
            touches.extend(of("e", "_ ? @ % /"));
            touches.push("/".to_owned());
        }
        fs::write(file, &new).unwrap();
        Change { what: format!("{path} appears: {new:?}"), touches }
    }

    /// What it touches that a file comes or goes.
    fn appears(&self, path: &str) -> Vec<String> {
        let mut touches = of(path, "_ ? # @ %");
        let (directory, extension) = (above(path), Path::new(path).extension());
        touches.push(format!("{directory}/"));
        touches.push(format!("{directory}@"));
        touches.extend(extension.map(|it| format!("{directory}/*.{}", it.to_str().unwrap())));
        touches
    }

    fn remove(&mut self, random: &mut Random) -> Change {
        let path = FILES[random.below(FILES.len())];
        if !self.path(path).exists() {
            return nothing();
        }
        fs::remove_file(self.path(path)).unwrap();
        Change { what: format!("{path} goes"), touches: self.appears(path) }
    }

    fn touch(&mut self, random: &mut Random) -> Change {
        let path = Self::any(random);
        if !self.path(path).exists() {
            return nothing();
        }
        let seconds = 1_600_000_000 + random.below(3) as i64;
        set_mtime(&self.path(path), seconds, 5);
        Change { what: format!("{path} is touched: {seconds}"), touches: of(path, "@") }
    }

    fn mode(&mut self, random: &mut Random) -> Change {
        let path = Self::any(random);
        if !self.path(path).exists() {
            return nothing();
        }
        let mode = *random.pick(&[0o644, 0o600, 0o755]);
        fs::set_permissions(self.path(path), fs::Permissions::from_mode(mode)).unwrap();
        Change { what: format!("{path} has mode {mode:o}"), touches: of(path, "%") }
    }

    fn link(&mut self, random: &mut Random) -> Change {
        let (link, targets): (_, &[&str]) = match random.below(2) {
            0 => ("l", &["a.txt", "b.txt", "nowhere"]),
            _ => ("k", &["d", "d2"]),
        };
        let target = *random.pick(targets);
        let old = fs::read_link(self.path(link)).unwrap();
        symlink(target, self.path("link.new")).unwrap();
        fs::rename(self.path("link.new"), self.path(link)).unwrap();
        let is_same = old == Path::new(target);
        let mut touches = if is_same { vec![] } else { of(link, "_ ? # @ % >") };
        touches.push("@".to_owned());
        Change { what: format!("{link} leads to {target}"), touches }
    }

    fn set(&mut self, random: &mut Random) -> Change {
        let name = *random.pick(&[VARIABLES[0], VARIABLES[1], VARIABLES[2], "TZ", "OTHER"]);
        let value = match (name, random.below(4)) {
            (_, 0) => None,
            ("TZ", n) => Some(["UTC", "Asia/Tokyo", "America/Lima"][n - 1].to_owned()),
            (_, n) => Some(format!("v{n}")),
        };
        let what = format!("{name} is {value:?}");
        let before = self.variables.remove(name);
        let is_same = before == value;
        self.variables.extend(value.map(|value| (name, value)));
        let touches = if is_same { vec![] } else { vec![format!("${name}"), "$*".to_owned()] };
        Change { what, touches }
    }

    fn go(&mut self, random: &mut Random) -> Change {
        let here = *random.pick(&["", "here"]);
        let touches = if here == self.here { vec![] } else { vec!["here".to_owned()] };
        self.here = here;
        Change { what: format!("asked in {here:?}"), touches }
    }

    /// Where no part looks.
    fn elsewhere(&mut self, random: &mut Random) -> Change {
        let n = random.below(100);
        let path = *random.pick(&["unrelated", "here/unrelated", "logs/run", "../home/unrelated"]);
        let file = self.path(&format!("{path}{n}"));
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, text("x", random.below(4))).unwrap();
        Change { what: format!("{} is written", file.display()), touches: vec!["@".to_owned()] }
    }

    /// What differs between terminals.
    fn terminal(&mut self, random: &mut Random) -> Change {
        let name =
            *random.pick(&["SHLVL", "COLUMNS", "OLDPWD", "STARSHIP_SESSION_KEY", "TMUX_PANE"]);
        self.variables.insert(name, random.below(50).to_string());
        Change { what: format!("another {name}"), touches: vec![] }
    }

    /// An entry that no pattern matches, or that one does, comes or goes.
    fn entry(&mut self, random: &mut Random) -> Change {
        let directory = *random.pick(&["d", "d/s", "d2"]);
        let path = format!("{directory}/{}", random.pick(&["u.csv", "u.txt", "u.bin"]));
        let touches = self.appears(&path);
        let what = if self.path(&path).exists() {
            fs::remove_file(self.path(&path)).unwrap();
            "goes"
        } else {
            fs::write(self.path(&path), "").unwrap();
            "appears"
        };
        Change { what: format!("{path} {what}"), touches }
    }

    /// A directory comes or goes.
    fn directory(&mut self, _: &mut Random) -> Change {
        let e = self.path("e");
        let what = if e.exists() { fs::remove_dir_all(&e) } else { fs::create_dir(&e) };
        what.unwrap();
        let mut touches = of("e", "_ ? # @ % / /*.csv /*.txt");
        touches.extend(of("e/v.csv", "_ ? # @ %"));
        touches.extend(["/", "@"].map(str::to_owned));
        Change { what: "the directory e comes or goes".to_owned(), touches }
    }
}

fn nothing() -> Change {
    Change { what: "nothing".to_owned(), touches: vec![] }
}

/// `path` with each of these kinds, `_` for its bytes.
fn of(path: &str, kinds: &str) -> Vec<String> {
    kinds.split(' ').map(|kind| format!("{path}{}", kind.trim_start_matches('_'))).collect()
}

fn above(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(directory, _)| directory)
}

/// A text for a file of that name: mostly of one size.
fn text(path: &str, n: usize) -> String {
    let word = ["one", "two", "six", "eleven"][n];
    match path.rsplit('.').next() {
        Some("csv") => format!("name\n{word}\n"),
        Some("py") => format!("N = '{word}'\n"),
        Some("yaml") => format!("- {word}\n"),
        _ => format!("{word}\n"),
    }
}
