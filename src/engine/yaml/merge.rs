//! Merge keys (`<<`): which entries of other mappings a mapping takes, as the installed PyYAML does it.
//!
//! Source: `SafeConstructor.flatten_mapping` of PyYAML 6.0 to 6.0.4; CPython for which strings are one
//! object.

use std::collections::HashSet;

use super::Unsure;
use super::compose::{Document, Mapping, NodeId};

/// How a PyYAML merges mappings (`<<`), the one thing that its releases do in two ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Merging {
    /// 6.0 to 6.0.3: the last source first, so that the others override it.
    LaterFirst,
    /// 6.0.4: the sources in their order, and a key whose text is one object with another's once.
    Once,
    /// Nobody knows which: an answer where it is the same in both ways.
    Unknown,
}

impl Merging {
    /// How the release `version` does it; `None` for one that was never looked at, which may read
    /// anything else in another way too.
    pub fn of_pyyaml(version: &str) -> Option<Self> {
        match version {
            "6.0" | "6.0.1" | "6.0.2" | "6.0.3" => Some(Self::LaterFirst),
            "6.0.4" => Some(Self::Once),
            _ => None,
        }
    }
}

/// Whether the text of a key is one object in Python with the same text elsewhere, in CPython.
#[derive(Clone, Copy)]
pub(super) enum KeyText {
    /// Only with itself: each scalar is a piece of the file of its own.
    Own,
    /// It is: CPython keeps the strings of one Latin-1 character, and the empty one.
    Shared(Option<char>),
    /// It may be: one character, put together in whatever way.
    Unclear(char),
}

/// The entries that come from other mappings, and what is known of their keys.
#[derive(Default)]
pub(super) struct Merged {
    pub(super) entries: Vec<(NodeId, NodeId)>,
    keys: HashSet<NodeId>,
    shared: HashSet<Option<char>>,
    unclear: HashSet<char>,
}

impl KeyText {
    pub(super) fn of(text: &str, plain: bool) -> Self {
        let mut chars = text.chars();
        match (chars.next(), chars.next()) {
            (None, _) => Self::Shared(None),
            (Some(char), None) if char > '\u{ff}' => Self::Own,
            (Some(char), None) if plain => Self::Shared(Some(char)),
            (Some(char), None) => Self::Unclear(char),
            (Some(_), Some(_)) => Self::Own,
        }
    }
}

impl Merged {
    /// Adds the entries of one source, as a PyYAML that merges in this way does.
    ///
    /// One that adds a key once knows it by the object that its text is, which differs for two
    /// equal texts, and is one for those that CPython keeps.
    pub(super) fn take(
        &mut self,
        source: &Mapping,
        document: &Document,
        merging: Merging,
    ) -> Result<(), Unsure> {
        if merging == Merging::LaterFirst {
            self.entries.extend(&source.entries);
            return Ok(());
        }
        for &(key, value) in &source.entries {
            let mut is_new = self.keys.insert(key);
            match document.text(key) {
                KeyText::Own => {}
                KeyText::Shared(Some(char)) if self.unclear.contains(&char) => {
                    return Err("merge-of-equal-keys");
                }
                KeyText::Shared(text) => is_new &= self.shared.insert(text),
                KeyText::Unclear(char) => {
                    let is_known = is_new && !self.unclear.insert(char);
                    if is_known || self.shared.contains(&Some(char)) {
                        return Err("merge-of-equal-keys");
                    }
                }
            }
            match (is_new, merging) {
                (true, _) => self.entries.push((key, value)),
                (false, Merging::Unknown) => return Err("merge-of-equal-keys"),
                (false, _) => {}
            }
        }
        Ok(())
    }
}
