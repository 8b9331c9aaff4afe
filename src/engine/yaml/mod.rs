//! Answers the stage names of a `pivot.yaml` from its bytes, without Python.
//!
//! Pivot 0.1 completes such a project from `yaml.safe_load` and its matrix module alone. This
//! module gives that same list, or says that it is not sure; then the caller runs the real
//! discovery. It touches no files and knows nothing of roots or caches.
//!
//! The text goes through, in this order: [`text`] (decoding), [`grammar`] (what PyYAML would
//! scan in another way is turned down), [`compose`] (nodes, anchors), [`merge`] (merge keys), [`scalar`]
//! and [`number`] (YAML 1.1 values), [`stages`] (matrices) and [`template`] (`name@{a}_{b}`).
//!
//! Sources: PyYAML 6.0 to 6.0.4 `SafeLoader` (the pure Python one), Pivot 0.1.0 `pivot.matrix` and
//! `_get_stages_fast`, CPython 3.13 for `str()` and `str.format`.

mod compose;
mod grammar;
mod lock;
mod merge;
mod number;
#[cfg(test)]
mod oracle;
mod scalar;
mod stages;
mod template;
mod text;

use std::collections::BTreeMap;

pub use lock::LIMIT_BYTES as LOCK_LIMIT_BYTES;
pub use merge::Merging;

/// What the fast path makes of a config's text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum YamlAnswer {
    /// Exactly the list that Pivot 0.1 would complete from, in its order, duplicates included.
    Names(Vec<String>),
    /// Python would fail, ask for the full discovery, or do what is not reproduced here; a short
    /// reason in kebab case.
    Unsure(Unsure),
}

/// Why a text gets no answer, in kebab case (`variants-field`).
type Unsure = &'static str;

/// Computes the stage names of a `pivot.yaml`, as a Pivot with such a PyYAML does.
///
/// `text` is the whole file, at most [`text::MAX_LEN_BYTES`]. Never panics; time and memory are
/// linear in the length of the text and of the answer, which [`Budget`] bounds.
pub fn stage_names(text: &[u8], merging: Merging) -> YamlAnswer {
    match names_or_reason(text, merging) {
        Ok(names) => YamlAnswer::Names(names),
        Err(reason) => YamlAnswer::Unsure(reason),
    }
}

fn names_or_reason(bytes: &[u8], merging: Merging) -> Result<Vec<String>, Unsure> {
    let text = text::decode(bytes)?;
    grammar::check(&text)?;
    let mut budget = Budget::new();
    let document = compose::compose(&text, merging, &mut budget)?;
    stages::names(&document, &mut budget)
}

/// The names of the remotes in a `config.yaml` of Pivot's, or why only Python can tell.
///
/// `text` is the whole file, at most [`text::MAX_LEN_BYTES`].
pub fn remote_names(bytes: &[u8]) -> Result<Vec<String>, Unsure> {
    let text = text::decode(bytes)?;
    grammar::check(&text)?;
    let mut budget = Budget::new();
    // One store serves all Pivots of the user.
    let document = compose::compose(&text, Merging::Unknown, &mut budget)?;
    stages::remotes(&document, &mut budget)
}

/// The code manifest in the lock file of a stage's last run; nothing where Pivot takes the file for none.
///
/// `bytes` is the whole file, or its start up to any byte. Of one with another schema than `schema`, and of one
/// with entries that some Pivot takes for broken, only Pivot can tell.
pub fn code_manifest(
    bytes: &[u8],
    schema: Option<i64>,
) -> Result<Option<BTreeMap<String, String>>, Unsure> {
    let (bytes, is_whole) = lock::readable(bytes);
    let text = text::decode(bytes)?;
    grammar::check(&text)?;
    let mut budget = Budget::new();
    let document = compose::compose(&text, Merging::Unknown, &mut budget)?;
    lock::check(&document, schema, &mut budget)?;
    lock::code_manifest(&document, is_whole, &mut budget)
}

/// Bounds the work that a small text can ask for by merge keys, aliases and matrices.
///
/// `steps` are visits of mapping entries, `names` and `name_bytes` size the answer.
struct Budget {
    steps: usize,
    names: usize,
    name_bytes: usize,
}

impl Budget {
    fn new() -> Self {
        Self { steps: 2_000_000, names: 100_000, name_bytes: 16 << 20 }
    }

    fn spend_steps(&mut self, steps: usize) -> Result<(), Unsure> {
        self.steps = self.steps.checked_sub(steps).ok_or("too-much-work")?;
        Ok(())
    }

    fn spend_names(&mut self, names: usize) -> Result<(), Unsure> {
        self.names = self.names.checked_sub(names).ok_or("too-many-names")?;
        Ok(())
    }

    fn spend_name_bytes(&mut self, len_bytes: usize) -> Result<(), Unsure> {
        let left = self.name_bytes.checked_sub(len_bytes);
        self.name_bytes = left.ok_or("too-many-names")?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn assert_names(text: &str, expected: &[&str]) {
        let expected: Vec<_> = expected.iter().map(|name| (*name).to_owned()).collect();
        for merging in [Merging::LaterFirst, Merging::Once, Merging::Unknown] {
            let actual = stage_names(text.as_bytes(), merging);
            assert_eq!(actual, YamlAnswer::Names(expected.clone()), "{text:?}, {merging:?}");
        }
    }

    #[track_caller]
    fn assert_unsure(text: &str, reason: &str) {
        let YamlAnswer::Unsure(actual) = stage_names(text.as_bytes(), Merging::LaterFirst) else {
            panic!("an answer for {text:?}");
        };
        assert_eq!(actual, reason, "{text:?}");
    }

    /// What fuzzing kept, and some beginnings of it: an answer or a doubt.
    #[test]
    fn what_fuzzing_kept_ends() {
        for bytes in crate::corpus::kept("yaml") {
            for end in (0..=bytes.len()).rev().step_by(9) {
                for merging in [Merging::LaterFirst, Merging::Once, Merging::Unknown] {
                    let _ = stage_names(&bytes[..end], merging);
                }
                let _ = (remote_names(&bytes[..end]), code_manifest(&bytes[..end], Some(1)));
            }
        }
    }

    #[test]
    fn nothing_in_the_file_is_no_stages() {
        for text in ["", "\u{feff}", "# c\n", "---\n", "[a]", "7", "{}", "stages: {}"] {
            assert_names(text, &[]);
        }
    }

    #[test]
    fn stages_keep_their_order_and_matrices_expand() {
        assert_names(
            "stages:\n  b: {python: m.b}\n  a: {matrix: {x: [off, 0x1F, 1.50, 1e-3], y: ab}}\n",
            &[
                "b",
                "a@False_a",
                "a@False_b",
                "a@31_a",
                "a@31_b",
                "a@1.5_a",
                "a@1.5_b",
                "a@1e-3_a",
                "a@1e-3_b",
            ],
        );
        assert_names(
            "stages: {'t@{{{s}}}-{m}': {matrix: {m: {u: , v: {}}, s: [1]}}}",
            &["t@{1}-u", "t@{1}-v"],
        );
    }

    /// As PyYAML 6.0.3 and 6.0.4 do it; one that is not known gives an answer where both agree.
    #[test]
    fn mappings_are_merged_as_the_installed_pyyaml_does() {
        // Whether the stages that are merged have one variant or two tells whose they are.
        let one = "{matrix: {k: [1]}}";
        for (text, later_first, once) in [
            ("stages: {s: {}, <<: {q: {}}}".to_owned(), "q s", Some("q s")),
            ("stages: {<<: [{aa: {}}, {bb: {}}]}".to_owned(), "bb aa", Some("aa bb")),
            // Texts of one character are one object: the first source is kept.
            (format!("stages: {{<<: [{{q: {{}}, r: {{}}}}, {{q: {one}}}]}}"), "q r", Some("q r")),
            (format!("stages: {{<<: [{{q: {one}}}, {{q: {{}}}}]}}"), "q@1", Some("q@1")),
            // Longer ones are not: the last one overrides.
            (format!("stages: {{<<: [{{qq: {{}}}}, {{qq: {one}}}]}}"), "qq", Some("qq@1")),
            (format!("stages: {{<<: [{{ä: {{}}}}, {{ä: {one}}}]}}"), "ä", Some("ä")),
            (format!("stages: {{<<: [{{名: {{}}}}, {{名: {one}}}]}}"), "名", Some("名@1")),
            // Nor is it told of those in quotes.
            (format!("stages: {{<<: [{{q: {{}}}}, {{'q': {one}}}]}}"), "q", None),
            (format!("stages: {{<<: [{{'q': {{}}}}, {{q: {one}}}]}}"), "q", None),
            (format!("stages: {{<<: [{{'q': {{}}}}, {{'q': {one}}}]}}"), "q", None),
            ("stages: {<<: [{'q': {}}, {r: {}}]}".to_owned(), "r q", Some("q r")),
            // A key that comes by two ways is one.
            (
                format!(
                    "a: &a {{qq: {one}}}\nb: &b {{<<: *a, qq: {{}}}}\nstages: {{<<: [*a, *b]}}"
                ),
                "qq@1",
                Some("qq"),
            ),
            // What a mapping overrides of its own is its own again.
            (format!("a: &a {{<<: {{q: {one}}}, q: {{}}}}\nstages: {{<<: *a}}"), "q", Some("q@1")),
        ] {
            let names = |merging| match stage_names(text.as_bytes(), merging) {
                YamlAnswer::Names(names) => Some(names.join(" ")),
                YamlAnswer::Unsure(_) => None,
            };
            assert_eq!(names(Merging::LaterFirst).as_deref(), Some(later_first), "{text}");
            assert_eq!(names(Merging::Once).as_deref(), once, "{text}");
            let unknown = names(Merging::Unknown);
            assert!(unknown.is_none() || unknown == names(Merging::Once), "{text}");
            assert!(unknown.is_none() || unknown == names(Merging::LaterFirst), "{text}");
        }
        assert_eq!(Merging::of_pyyaml("6.0.3"), Some(Merging::LaterFirst));
        assert_eq!(Merging::of_pyyaml("6.0.4"), Some(Merging::Once));
        assert_eq!(Merging::of_pyyaml("6.0.5"), None);
        assert_eq!(Merging::of_pyyaml("7.0"), None);
    }

    #[test]
    fn what_python_refuses_or_leaves_to_discovery_is_unsure() {
        assert_unsure("stages: {a: {variants: f}}", "variants-field");
        assert_unsure("stages: [a]", "stages-not-a-mapping");
        assert_unsure("stages: {'a@{z}': {matrix: {x: [1]}}}", "template-field");
        assert_unsure("stages: {1: {}}", "stage-name-not-a-string");
        assert_unsure("a: 1\n---\nb: 2\n", "several-documents");
        assert_unsure("a:\tb\n", "tab");
        assert_unsure("a: &a [*a]\n", "recursive-alias");
        assert_unsure("a: !!python/none x\n", "tag");
    }

    #[test]
    fn hostile_texts_end_soon() {
        assert_unsure(&"[".repeat(1 << 20), "too-deep");
        assert_unsure(&"- ".repeat(1 << 19), "too-deep");
        assert_unsure(&"?\n".repeat(1 << 20), "too-large");
        let mut laughs = "a0: &a0 {k: v}\n".to_owned();
        for n in 1..60 {
            laughs += &format!("a{n}: &a{n} {{<<: [*a{}, *a{}]}}\n", n - 1, n - 1);
        }
        assert_unsure(&laughs, "too-much-work");
        let dims = "x".repeat(10);
        let dims = ["a", "b", "c", "d", "e", "f"].map(|d| format!("{d}: {dims}"));
        let wide = format!("stages: {{a: {{matrix: {{{}}}}}}}", dims.join(", "));
        assert_unsure(&wide, "too-many-names");
    }

    #[test]
    fn texts_that_the_scanner_library_would_panic_on_are_turned_down() {
        assert_unsure("a: [!x,y]", "tag");
        assert_unsure("a: \"\\", "malformed");
        assert_unsure("a: |\n  b", "block-scalar-at-end");
    }
}
