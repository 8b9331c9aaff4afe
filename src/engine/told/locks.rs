//! How the code of a stage stands against its last run: the code manifest that Pivot wrote into the
//! stage's lock file then, and the one that it would write now.
//!
//! Source: Pivot 0.1.0 to 0.5.11, `storage/lock.py`, `skip.py` (`diff_code_manifests`, `uncovered_import_reason`)
//! and `registry.py` (`_compute_fingerprint`, `_wiring_manifest`).

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use pivot_complete::files::ReadError;

use crate::files::open;
use crate::yaml;

/// Members by their names: of what, a colon, which one.
pub type CodeManifest = BTreeMap<String, String>;

/// What a stage's lock file tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LastRun {
    /// There is no lock file, or one that Pivot takes for none.
    Never,
    /// The code that ran.
    Of(CodeManifest),
    /// Only Pivot can tell.
    Unknown,
}

impl LastRun {
    /// Reads a lock file.
    pub fn read(lock: &Path) -> Self {
        let file = match open(lock) {
            Ok((file, _)) => file,
            Err(ReadError::Missing) => return Self::Never,
            Err(_) => return Self::Unknown,
        };
        match start(file).map(|text| yaml::code_manifest(&text)) {
            Some(Ok(Some(manifest))) => Self::Of(manifest),
            Some(Ok(None)) => Self::Never,
            // What is no YAML Pivot takes for no lock file; what only looks so here is one.
            Some(Err(_)) | None => Self::Unknown,
        }
    }
}

/// As much of a lock file as is looked at.
fn start(file: File) -> Option<Vec<u8>> {
    let mut text = Vec::new();
    file.take(yaml::LOCK_LIMIT_BYTES as u64).read_to_end(&mut text).ok()?;
    Some(text)
}

/// The manifest in a JSON object, as Pivot computed it.
pub fn computed(json: &[u8]) -> Option<CodeManifest> {
    serde_json::from_slice(json).ok()
}

/// The members that are not in both alike, sorted: all for which Pivot says `Code changed`.
pub fn changed_members<'m>(last: &'m CodeManifest, now: &'m CodeManifest) -> Vec<&'m str> {
    let members: BTreeSet<&String> = last.keys().chain(now.keys()).collect();
    let changed = members.into_iter().filter(|member| last.get(*member) != now.get(*member));
    changed.map(String::as_str).collect()
}

/// Whether a member tells of the stage's own code. A lock file also has how the stage is wired to
/// others, and the loaders of what it reads and writes, which `get_stage_fingerprint` does not tell.
pub fn is_of_code(member: &str) -> bool {
    let kind = member.split(':').next().unwrap_or_default();
    !matches!(kind, "wire" | "dep" | "out" | "loader")
}

/// What a member is in a user's words: `helper()`, `Color`, a file.
pub fn words(member: &str) -> String {
    let (kind, of) = member.split_once(':').unwrap_or(("", member));
    let end = of.find(['[', '{']).unwrap_or(of.len());
    let parts: Vec<&str> = of[..end].split('.').collect();
    let last = parts.last().copied().unwrap_or_default();
    let rest = &of[end..];
    match (kind, &parts[..]) {
        ("file", _) => of.to_owned(),
        ("module" | "ext" | "uncovered-import", _) => format!("import of {of}"),
        ("self" | "func", _) if rest.is_empty() => format!("{last}()"),
        ("default", [.., function, _]) => format!("{function}({last}{rest}=)"),
        ("", _) => member.to_owned(),
        _ => format!("{last}{rest}"),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn members_are_named_that_differ() {
        let last = computed(br#"{"self:a":"1","func:gone":"2","func:same":"3"}"#).unwrap();
        for (now, changed) in [
            (&br#"{"func:same":"3","func:gone":"2","self:a":"1"}"#[..], &[][..]),
            (br#"{"self:a":"9","func:gone":"2","func:same":"3"}"#, &["self:a"]),
            (br#"{"self:a":"1","func:new":"2","func:same":"3"}"#, &["func:gone", "func:new"]),
            (b"{}", &["func:gone", "func:same", "self:a"]),
        ] {
            assert_eq!(changed_members(&last, &computed(now).unwrap()), changed);
        }
        for no_manifest in [&b"[]"[..], b"{", br#"{"self:a":1}"#] {
            assert_eq!(computed(no_manifest), None);
        }
    }

    #[test]
    fn members_have_words_of_the_users() {
        for (member, said, is_code) in [
            ("self:train", "train()", true),
            ("func:steps.helper", "helper()", true),
            ("func:steps.make.<locals>.inner", "inner()", true),
            ("func:steps.TABLE['a.b']", "TABLE['a.b']", true),
            ("class:steps.Model", "Model", true),
            ("const:steps.LIMIT", "LIMIT", true),
            ("default:steps.helper.deep", "helper(deep=)", true),
            ("default:deep", "deep", true),
            ("file:src/a.b.py", "src/a.b.py", true),
            ("module:steps.deep", "import of steps.deep", true),
            ("uncovered-import:late, later", "import of late, later", true),
            ("word", "word", true),
            ("out:demo/train:log:loader:pivot.loaders.YAML:save", "log:loader:pivot", false),
            ("loader:YAML:save", "YAML:save", false),
            ("wire:rows", "rows", false),
        ] {
            assert_eq!(is_of_code(member), is_code, "{member}");
            assert!(!is_code || words(member) == said, "{member}: {}", words(member));
        }
    }

    #[test]
    fn a_lock_file_is_read_as_pivot_reads_it() {
        let place = tempfile::tempdir().unwrap();
        let lock = place.path().join("a.lock");
        assert_eq!(LastRun::read(&lock), LastRun::Never);
        for (text, expected) in [
            ("schema_version: 2\n", LastRun::Never),
            ("code_manifest: {", LastRun::Unknown),
            (
                "code_manifest:\n  self:a: b1\nparams: {}\ndeps: []\nouts: []\n",
                LastRun::Of(CodeManifest::from([("self:a".into(), "b1".into())])),
            ),
        ] {
            fs::write(&lock, text).unwrap();
            assert_eq!(LastRun::read(&lock), expected, "{text}");
        }
        fs::remove_file(&lock).unwrap();
        nix::unistd::mkfifo(&lock, nix::sys::stat::Mode::S_IRWXU).unwrap();
        assert_eq!(LastRun::read(&lock), LastRun::Unknown);
    }
}
