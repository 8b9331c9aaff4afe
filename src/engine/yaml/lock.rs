//! Reads the code manifest out of a stage's lock file.
//!
//! Source: Pivot 0.1.0 to 0.5.11, `storage/lock.py`: `StageLock.read`, `is_lock_data`.

use std::collections::BTreeMap;

use super::compose::{Document, Mapping, Node, NodeId};
use super::scalar::Scalar;
use super::{Budget, Unsure};

/// How much of a lock file is looked at, in bytes. What a stage wrote may be listed file by file; that
/// stands behind all that is read here.
pub const LIMIT_BYTES: usize = super::text::MAX_LEN_BYTES;

/// What Pivot wants to find in one.
const REQUIRED: [&str; 4] = ["code_manifest", "params", "deps", "outs"];

/// What of a lock file is looked at, and whether that is all: of a longer one the entries that lie
/// whole in its start.
pub(super) fn readable(bytes: &[u8]) -> (&[u8], bool) {
    if bytes.len() < LIMIT_BYTES {
        return (bytes, true);
    }
    let start = &bytes[..LIMIT_BYTES];
    let begins_entry = |pair: &[u8]| pair[0] == b'\n' && pair[1].is_ascii_alphabetic();
    let last = start.windows(2).rposition(begins_entry).map_or(0, |newline| newline + 1);
    (&start[..last], false)
}

/// The manifest in a composed lock file; nothing where Pivot takes that for none.
pub(super) fn code_manifest(
    document: &Document,
    is_whole: bool,
    budget: &mut Budget,
) -> Result<Option<BTreeMap<String, String>>, Unsure> {
    let Some(Node::Mapping(lock)) = document.root() else { return Ok(None) };
    budget.spend_steps(lock.entries.len() * REQUIRED.len())?;
    let is_there = |name: &&str| entry(document, lock, name).is_some();
    if is_whole && !REQUIRED.iter().all(is_there) {
        return Ok(None);
    }
    let Some(Node::Mapping(manifest)) = entry(document, lock, REQUIRED[0]) else { return Ok(None) };
    budget.spend_steps(manifest.entries.len())?;
    let mut found = BTreeMap::new();
    for (key, value) in &manifest.entries {
        let (Some(key), Some(value)) = (text(document, *key), text(document, *value)) else {
            return Ok(None);
        };
        // Aliases can have one long value many times.
        budget.spend_name_bytes(key.len() + value.len())?;
        // A key that comes again takes the last value, as in Python's dict.
        found.insert(key.to_owned(), value.to_owned());
    }
    Ok(Some(found))
}

/// Whether each Pivot of this schema would read the lock file, as far as its entries go.
pub(super) fn check(
    document: &Document,
    schema: Option<i64>,
    budget: &mut Budget,
) -> Result<(), Unsure> {
    let Some(Node::Mapping(lock)) = document.root() else { return Ok(()) };
    budget.spend_steps(lock.entries.len() * REQUIRED.len())?;
    if let (Some(schema), Some(found)) = (schema, entry(document, lock, "schema_version"))
        && !matches!(found, Node::Scalar(Scalar::Int(found)) if *found == i128::from(schema))
    {
        return Err("another schema");
    }
    for list in &REQUIRED[2..] {
        match entry(document, lock, list) {
            None => {}
            Some(Node::Sequence(entries)) => {
                for id in entries {
                    if !has_hash(document, *id, budget)? {
                        return Err("an entry without a hash");
                    }
                }
            }
            Some(_) => return Err("entries that are no list"),
        }
    }
    Ok(())
}

/// Whether this is a mapping that has a hash; aliases can have one long mapping asked many times.
fn has_hash(document: &Document, id: NodeId, budget: &mut Budget) -> Result<bool, Unsure> {
    let Node::Mapping(found) = document.node(id) else { return Ok(false) };
    budget.spend_steps(found.entries.len() + 1)?;
    let Some(Node::Scalar(Scalar::Str(hash))) = entry(document, found, "hash") else {
        return Ok(false);
    };
    budget.spend_steps(hash.len())?;
    Ok(!hash.is_empty() && hash.bytes().all(|digit| digit.is_ascii_hexdigit()))
}

/// The text of a string.
fn text(document: &Document, id: NodeId) -> Option<&str> {
    match document.node(id) {
        Node::Scalar(Scalar::Str(text)) => Some(text),
        _ => None,
    }
}

fn entry<'d>(document: &'d Document, lock: &Mapping, name: &str) -> Option<&'d Node> {
    let has_name = |key| text(document, key) == Some(name);
    let (_, value) = lock.entries.iter().rev().find(|(key, _)| has_name(*key))?;
    Some(document.node(*value))
}

#[cfg(test)]
mod tests {
    use super::LIMIT_BYTES;
    use crate::yaml::code_manifest;

    const REST: &str = "params: {}\ndeps: []\nouts:\n- key: null\n  hash: 7d441b099c11d3ba\n";

    fn read(manifest: &str) -> Result<Option<Vec<String>>, &'static str> {
        let lock = format!("schema_version: 2\ncode_manifest:{manifest}\n{REST}");
        let found = code_manifest(lock.as_bytes(), None)?;
        Ok(found.map(|found| found.iter().map(|(key, value)| format!("{key}={value}")).collect()))
    }

    #[test]
    fn a_manifest_is_read_as_pivot_writes_it() {
        let long = "f".repeat(130);
        let lines = format!(
            "\n  const:pipeline.DATA: '[\"tuple\", [1, 2]]'\n  const:pipeline.X: '3'\n  ? func:{long}\n  \
             : 3a36da21ef49249a\n  module:pipeline: ''\n  self:train: '0123456789012345'"
        );
        let expected = [
            "const:pipeline.DATA=[\"tuple\", [1, 2]]".to_owned(),
            "const:pipeline.X=3".to_owned(),
            format!("func:{long}=3a36da21ef49249a"),
            "module:pipeline=".to_owned(),
            "self:train=0123456789012345".to_owned(),
        ];
        assert_eq!(read(&lines), Ok(Some(expected.to_vec())));
        assert_eq!(read(" {}"), Ok(Some(Vec::new())));
    }

    /// Aliases make a text of a megabyte one of gigabytes.
    #[test]
    fn what_would_take_too_long_is_left_to_pivot() {
        let long = "x".repeat(400_000);
        let lines: String = (0..100).map(|number| format!("\n  k{number}: *a")).collect();
        assert_eq!(read(&format!("\n  k: &a {long}{lines}")), Err("too-many-names"));
        let entries = "a: 1, ".repeat(5_000);
        let aliases = "- *m\n".repeat(5_000);
        let lock = format!("a: &m {{{entries}hash: ab}}\ndeps:\n{aliases}");
        assert_eq!(code_manifest(lock.as_bytes(), None), Err("too-much-work"));
    }

    #[test]
    fn what_pivot_takes_for_no_lock_file_has_none() {
        for manifest in ["", " []", " {a: 1}", " {1: a}", " {a: [b]}"] {
            assert_eq!(read(manifest), Ok(None), "{manifest}");
        }
        for lock in ["", "a", "[]", "schema_version: 2\n", "code_manifest: {a: b}\n"] {
            assert_eq!(code_manifest(lock.as_bytes(), None), Ok(None), "{lock}");
        }
        assert_eq!(code_manifest(b"code_manifest: {", None), Err("malformed"));
    }

    #[test]
    fn of_a_long_one_the_start_is_enough() {
        let files = "- relpath: a\n".repeat(LIMIT_BYTES / 10);
        let lock = format!("code_manifest:\n  self:a: b1\nparams: {{}}\ndeps: []\nouts:\n{files}");
        let found = code_manifest(lock.as_bytes(), None).unwrap().unwrap();
        assert_eq!(found.into_iter().collect::<Vec<_>>(), [("self:a".into(), "b1".into())]);
        let endless = format!("code_manifest:\n{}", "  a: b\n".repeat(LIMIT_BYTES / 5));
        assert_eq!(code_manifest(endless.as_bytes(), None), Ok(None));
    }
}
