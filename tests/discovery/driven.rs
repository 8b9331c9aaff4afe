//! The driver by itself, run as the engine runs it, and the fields of its frame.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use crate::support::{Pivot, Sandbox, pipeline_010, pipeline_0511, ran};

/// The driver as the engine hands it to a Python.
pub fn driver(mode: &str) -> String {
    let mut sandbox = Sandbox::empty();
    let text = sandbox.path("driver");
    // Asked by `-Pc START ... FD`, it answers nothing; behind a head the descriptor has the script.
    let python = format!(
        "#!/bin/sh\nfor last; do :; done\ntail -c +33 \"/dev/fd/$last\" >'{}'\nexit 1\n",
        text.display()
    );
    let python = sandbox.write_program("python", &python);
    sandbox.set("PIVOT_COMPLETE_PYTHON", python);
    sandbox.make_directory("project/.pivot");
    sandbox.write("project/pipeline.py", "");
    match mode {
        "manifests" => sandbox.run(&["manifest", "a"]),
        _ => sandbox.run(&["stages"]),
    };
    fs::read_to_string(text).unwrap()
}

/// A pipeline with one stage that does `head` first; project modules can be imported.
pub fn pipeline(pivot: Pivot, head: &str) -> String {
    let path = "import os, sys\nsys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))\n";
    let stages = match pivot {
        Pivot::V0511 => pipeline_0511("demo", &["train"]),
        Pivot::V010 => pipeline_010(&["train"]),
    };
    format!("{path}{head}\n{stages}")
}

/// A project of this Pivot whose pipeline does `head` first.
pub fn project(pivot: Pivot, head: &str) -> Sandbox {
    Sandbox::project_of(pivot, &pipeline(pivot, head))
}

/// The fields that the driver sent, with the sandbox's own directory left out of all paths.
pub struct Driven {
    fields: Vec<(u8, String)>,
    root: String,
}

impl Driven {
    /// Discovers the project of `sandbox`.
    #[track_caller]
    pub fn stages(sandbox: &Sandbox, pivot: Pivot) -> Self {
        Self::run(sandbox, &pivot.bin(), "project", "stages", "")
    }

    /// Runs the driver of the environment with this `bin` in `directory`.
    #[track_caller]
    pub fn run(sandbox: &Sandbox, bin: &Path, directory: &str, mode: &str, words: &str) -> Self {
        let mut command = sandbox.command("sh", directory);
        command.args(["-c", r#"exec "$@" 3>&1 >/dev/null"#, "sh"]);
        // No system takes so long an argument.
        let script = tempfile::NamedTempFile::new().unwrap();
        fs::write(&script, driver(mode)).unwrap();
        let open = format!("open({:?})", script.path());
        let start = format!("exec(compile({open}.read(), '<string>', 'exec', 0, True))");
        command.arg(bin.join("python3")).args(["-Pc", &start, "3", mode]);
        command.arg(bin.join("pivot")).args([words, "first", "", "", ""]);
        let said = ran(command);
        let (head, mut rest) = said.stdout.split_once('\n').expect(&said.stderr);
        assert_eq!(head, format!("pivot-complete 1 {:08x}", rest.len()), "{}", said.stderr);
        let root = sandbox.root().to_str().unwrap().to_owned();
        let mut fields = Vec::new();
        while !rest.is_empty() {
            let len = usize::from_str_radix(&rest[1..9], 16).unwrap();
            fields.push((rest.as_bytes()[0], rest[9..9 + len].replace('\0', "|")));
            rest = &rest[9 + len..];
        }
        Self { fields, root }
    }

    /// The values of one kind.
    pub fn all(&self, kind: char) -> Vec<&str> {
        // What comes behind the mark was seen while manifests were computed.
        let discovered = self.fields.iter().take_while(|(of, _)| *of != b'W');
        let of_kind = discovered.filter(|(of, _)| *of == kind as u8);
        of_kind.map(|(_, value)| value.as_str()).collect()
    }

    /// What was read, by paths relative to the project or absolute in the sandbox; each is
    /// checked to be as the file is now.
    #[track_caller]
    pub fn read(&self) -> Vec<String> {
        self.there('f')
            .map(|(path, state)| {
                let real = self.real(&path);
                let status = fs::metadata(&real).unwrap_or_else(|_| panic!("{real}"));
                let digest = match status.len() {
                    0..=0x400_0000 => crc32(&fs::read(&real).unwrap()).to_string(),
                    _ => "-".into(),
                };
                let (size, inode) = (status.len(), status.ino());
                assert_eq!(state, format!("{} {size} {inode} {digest}", times(&status)), "{path}");
                path
            })
            .collect()
    }

    /// Which of the user's directories were listed; each is checked to be as it is now.
    #[track_caller]
    pub fn listed(&self) -> Vec<String> {
        let listed = self
            .there('d')
            .filter(|(path, _)| !path.contains("-packages"))
            // Of the directory of Pivot's script, which Python searches for distributions too.
            .filter(|(path, _)| !path.contains("/bin|"))
            .map(|(path, state)| {
                let (path, patterns) = path.split_once('|').unwrap_or((&path, ""));
                let [count, digest, flags] = state.split(' ').collect::<Vec<_>>()[..] else {
                    panic!("{path}: {state}")
                };
                let entries = fs::read_dir(self.real(path)).unwrap().flatten();
                let mut names: Vec<String> = entries
                    .filter_map(|entry| {
                        let name = entry.file_name().into_string().unwrap();
                        let kind = entry.file_type().unwrap();
                        let is_chosen = match patterns {
                            "" => true,
                            _ if flags.contains('r') && !kind.is_file() => true,
                            _ => patterns.split('|').any(|pattern| {
                                pattern.strip_prefix('*').is_some_and(|end| name.ends_with(end))
                            }),
                        };
                        let is_ignored = ["__pycache__", ".pivot"].contains(&&*name);
                        let letter = if kind.is_dir() { "/d" } else { "/f" };
                        let letter = if flags.contains('t') { letter } else { "" };
                        (is_chosen && !is_ignored).then(|| format!("{name}{letter}"))
                    })
                    .collect();
                names.sort();
                let expected = (names.len().to_string(), crc32(names.join("\0").as_bytes()));
                assert_eq!((count, digest), (&*expected.0, &*expected.1.to_string()), "{path}");
                path.to_owned()
            });
        let mut listed: Vec<_> = listed.collect();
        listed.sort();
        listed
    }

    /// What was asked about the project: `FOLLOW MASK TYPE PATH`, or `FOLLOW - PATH`.
    pub fn asked(&self) -> Vec<String> {
        let asked = self.states('q').into_iter().map(|(path, state)| {
            let words: Vec<_> = state.split(' ').take(3).collect();
            format!("{} {path}", words.join(" "))
        });
        asked.collect()
    }

    /// Path and state of what is there.
    fn there(&self, kind: char) -> impl Iterator<Item = (String, String)> {
        self.states(kind).into_iter().filter(|(_, state)| state != "-")
    }

    /// What was tried and is not there.
    pub fn absent(&self, kind: char) -> Vec<String> {
        let absent = self.states(kind).into_iter().filter(|(_, state)| state == "-");
        absent.map(|(path, _)| path).collect()
    }

    /// The names that were looked for, by directory.
    pub fn searched(&self) -> BTreeMap<String, Vec<&str>> {
        let searches = self.all('w').into_iter().map(|value| {
            let (path, names) = value.split_once('|').unwrap();
            (self.relative(path), names.split('|').collect())
        });
        searches.collect()
    }

    /// Path and the words before it, sorted by path.
    fn states(&self, kind: char) -> Vec<(String, String)> {
        let mut states: Vec<_> = self
            .all(kind)
            .into_iter()
            .map(|value| {
                let (state, path) = value.split_once(" /").unwrap();
                (self.relative(&format!("/{path}")), state.to_owned())
            })
            .collect();
        states.sort();
        states
    }

    fn relative(&self, path: &str) -> String {
        let Some(inside) = path.strip_prefix(&*self.root) else { return path.to_owned() };
        match inside.strip_prefix("/project") {
            Some("") => ".".into(),
            Some(below) if below.starts_with('/') => below[1..].into(),
            Some(patterns) if patterns.starts_with('|') => format!(".{patterns}"),
            _ => inside.into(),
        }
    }

    fn real(&self, path: &str) -> String {
        match path.strip_prefix('/') {
            Some(above) => format!("{}/{above}", self.root),
            None => format!("{}/project/{path}", self.root),
        }
    }
}

fn times(status: &fs::Metadata) -> String {
    let ns = |seconds: i64, nanoseconds: i64| seconds * 1_000_000_000 + nanoseconds;
    let mtime = ns(status.mtime(), status.mtime_nsec());
    format!("{mtime} {}", ns(status.ctime(), status.ctime_nsec()))
}

/// CRC-32 of IEEE 802.3, bit by bit.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 * (crc & 1)))
    })
}
