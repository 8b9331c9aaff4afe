//! How click prints completions to each shell, byte for byte.
//!
//! Source: click 8.5.1's and 8.1.8's `shell_completion.py`, `format_completion`. bash takes
//! `type,value` lines, fish the same and the help behind a TAB, zsh three lines: type, value, help
//! or `_`.

use crate::answer::starting_with;
use crate::click::completion::{Completion, ItemType, Wanted};
use crate::click::description::{Callbacks, Click, Description, Kind};
use crate::query::Shell;
use crate::stages_cache;
use crate::verdict::Reason;

/// The items of one answer, on their way to `shell`.
pub struct Items<'p> {
    shell: Shell,
    click: Click,
    any: bool,
    put: &'p mut dyn FnMut(&[u8]),
}

impl<'p> Items<'p> {
    /// None yet; `put` takes what is printed, piece by piece.
    pub fn new(shell: Shell, click: Click, put: &'p mut dyn FnMut(&[u8])) -> Self {
        Self { shell, click, any: false, put }
    }

    /// Prints an item; no `help` is an empty one.
    pub fn add(&mut self, kind: ItemType, value: &[u8], help: &[u8]) {
        self.add_parts(kind, [value], [help]);
    }

    fn add_parts<const V: usize, const H: usize>(
        &mut self,
        kind: ItemType,
        value: [&[u8]; V],
        help: [&[u8]; H],
    ) {
        self.any = true;
        let put = &mut *self.put;
        let has_help = help.iter().any(|part| !part.is_empty());
        match self.shell {
            Shell::Bash | Shell::Fish => {
                put(kind.before_comma());
                value.into_iter().for_each(&mut *put);
                if self.shell == Shell::Fish && has_help {
                    put(b"\t");
                    for part in help {
                        match self.click {
                            Click::V81 => put(part),
                            Click::V85 => put_replaced(part, put, |byte| match byte {
                                b'\n' => Some(b"\\n"),
                                b'\t' => Some(b" "),
                                _ => None,
                            }),
                        }
                    }
                }
            }
            Shell::Zsh => {
                put(kind.as_str().as_bytes());
                put(b"\n");
                // zsh takes what stands behind a colon for the help, where there is one.
                let escapes = has_help && help.first() != Some(&&b"_"[..]);
                for part in value {
                    match self.click {
                        Click::V85 if escapes => {
                            put_replaced(part, put, |byte| (byte == b':').then_some(b"\\:"));
                        }
                        _ => put(part),
                    }
                }
                put(b"\n");
                if has_help { help.into_iter().for_each(&mut *put) } else { put(b"_") }
            }
        }
        put(b"\n");
    }

    /// Adds the names in `text` that start with `prefix`, as Pivot's callback for stages does.
    pub fn add_stages(&mut self, text: &[u8], callbacks: Callbacks, prefix: &[u8]) {
        for name in starting_with(text, prefix) {
            self.add(ItemType::Plain, name, b"");
        }
        let Some((pipeline, is_mixed)) = shared_pipeline(text, callbacks) else { return };
        for bare in stages_cache::names(text).filter_map(|name| without(name, pipeline)) {
            // Only a name with a slash, or one without a pipeline, may be another's bare name.
            let is_name = || starting_with(text, prefix).any(|name| name == bare);
            if bare.starts_with(prefix) && !((is_mixed || bare.contains(&b'/')) && is_name()) {
                self.add(ItemType::Plain, bare, b"");
            }
        }
    }

    /// Adds the stages, and once `prefix` has a colon the `stage:key` lines of `targets` too, as
    /// Pivot's callback for targets does.
    pub fn add_targets(
        &mut self,
        text: &[u8],
        targets: &[u8],
        callbacks: Callbacks,
        prefix: &[u8],
    ) {
        self.add_stages(text, callbacks, prefix);
        if callbacks == Callbacks::Early || !prefix.contains(&b':') {
            return;
        }
        let pipeline = shared_pipeline(text, callbacks).map(|(pipeline, _)| pipeline);
        let pipeline = pipeline.filter(|pipeline| !pipeline.is_empty());
        for (index, target) in stages_cache::names(targets).enumerate() {
            if target.starts_with(prefix) {
                self.add(ItemType::Plain, target, b"");
            }
            let bare = pipeline.and_then(|pipeline| without(target, pipeline));
            let Some(bare) = bare.filter(|bare| bare.starts_with(prefix)) else { continue };
            let bare_of = |other| pipeline.and_then(|pipeline| without(other, pipeline));
            let mut names = stages_cache::names(text);
            let mut before = stages_cache::names(targets).take(index);
            let is_there = names.any(|name| name == bare || bare_of(name) == Some(bare))
                || before.any(|other| other == bare || bare_of(other) == Some(bare));
            if !is_there {
                self.add(ItemType::Plain, bare, b"");
            }
        }
    }

    /// Adds what the description itself tells: commands, options, choices, or that the shell is
    /// to complete files.
    pub fn add_described(&mut self, completion: &Completion<'_, '_>) {
        let incomplete = completion.incomplete;
        let param = match &completion.wanted {
            Wanted::Listing(context) => {
                context.list(incomplete, &mut |value, help| {
                    self.add(ItemType::Plain, value, help);
                });
                return;
            }
            Wanted::Value(param) => param,
        };
        match param.kind() {
            Kind::Choice => {
                for (matched, printed) in param.choices() {
                    let is_it = match param.is_insensitive() {
                        false => matched.starts_with(incomplete),
                        true => matched
                            .get(..incomplete.len())
                            .is_some_and(|start| start.eq_ignore_ascii_case(incomplete)),
                    };
                    if is_it {
                        self.add(ItemType::Plain, printed, b"");
                    }
                }
            }
            Kind::File => self.add(ItemType::File, incomplete, b""),
            Kind::Directory => self.add(ItemType::Directory, incomplete, b""),
            Kind::Nothing | Kind::Stages | Kind::Targets | Kind::ConfigKeys | Kind::Opaque => {}
        }
    }

    /// Adds the config keys that start with `prefix`, and those of the remotes, which are lines.
    pub fn add_config_keys(
        &mut self,
        description: &Description<'_>,
        remotes: &[u8],
        prefix: &[u8],
    ) {
        for (key, help) in description.config_keys().filter(|(key, _)| key.starts_with(prefix)) {
            self.add(ItemType::Plain, key, help);
        }
        const KEY: &[u8] = b"remotes.";
        for name in stages_cache::names(remotes) {
            let starts = match prefix.strip_prefix(KEY) {
                Some(rest) => name.starts_with(rest),
                None => KEY.starts_with(prefix),
            };
            if starts {
                self.add_parts(ItemType::Plain, [KEY, name], [b"Remote '", name, b"'"]);
            }
        }
    }

    /// Ends the answer: an empty one is one newline, as `click.echo("")` makes it.
    pub fn finish(self) {
        if !self.any {
            (self.put)(b"\n");
        }
    }
}

/// What Pivot's callbacks mean for these names, where every Pivot agrees.
///
/// Fails with [`Reason::BareNamesUnclear`] where bare names would be offered by one Pivot and not by
/// another. Pivot 0.1 offers none, and has names with a slash only where a matrix value holds one or
/// where including a pipeline caused a collision.
pub fn callbacks_for(text: &[u8]) -> Result<Callbacks, Reason> {
    let Some((pipeline, _)) = shared_pipeline(text, Callbacks::Late) else {
        return Ok(Callbacks::Early);
    };
    // "train@a/b" has the shape of a matrix value; a bare "demo/x" may be another one's full name.
    let is_clear =
        |name: &[u8]| without(name, pipeline).is_some_and(|bare| without(bare, pipeline).is_none());
    match !pipeline.contains(&b'@') && stages_cache::names(text).all(is_clear) {
        true => Ok(Callbacks::Late),
        false => Err(Reason::BareNamesUnclear),
    }
}

/// What stands before the first slash of every name that has one, where that is the same: then
/// Pivot offers names without it too. Whether there are names without one beside them.
fn shared_pipeline(text: &[u8], callbacks: Callbacks) -> Option<(&[u8], bool)> {
    if callbacks == Callbacks::Early {
        return None;
    }
    let mut shared: Option<&[u8]> = None;
    let mut is_mixed = false;
    for name in stages_cache::names(text) {
        // Most often it is that of the name before.
        if shared.is_some_and(|pipeline| without(name, pipeline).is_some()) {
            continue;
        }
        match (name.iter().position(|&byte| byte == b'/'), shared) {
            (None, _) => is_mixed = true,
            (Some(slash), None) => shared = name.get(..slash),
            (Some(_), Some(_)) => return None,
        }
    }
    Some((shared?, is_mixed))
}

fn without<'n>(name: &'n [u8], pipeline: &[u8]) -> Option<&'n [u8]> {
    name.strip_prefix(pipeline)?.strip_prefix(b"/")
}

/// Prints `text` with some bytes replaced.
fn put_replaced(
    text: &[u8],
    put: &mut dyn FnMut(&[u8]),
    replacement: impl Fn(u8) -> Option<&'static [u8]>,
) {
    let mut rest = text;
    while let Some(place) = rest.iter().position(|&byte| replacement(byte).is_some()) {
        let (before, after) = rest.split_at_checked(place).unwrap_or_default();
        put(before);
        let Some((&byte, after)) = after.split_first() else { break };
        put(replacement(byte).unwrap_or_default());
        rest = after;
    }
    put(rest);
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::string::String;
    use std::vec::Vec;

    fn printed(shell: Shell, add: impl Fn(&mut Items<'_>)) -> String {
        let mut out = Vec::new();
        let mut put = |piece: &[u8]| out.extend_from_slice(piece);
        let mut items = Items::new(shell, Click::V85, &mut put);
        add(&mut items);
        items.finish();
        String::from_utf8(out).unwrap()
    }

    fn stages(shell: Shell, text: &str, prefix: &str) -> String {
        printed(shell, |items| {
            items.add_stages(text.as_bytes(), Callbacks::Late, prefix.as_bytes());
        })
    }

    #[test]
    fn one_pipeline_offers_bare_names_too() {
        let text = "demo/train\ndemo/eval\n";
        assert_eq!(stages(Shell::Bash, text, "tr"), "plain,train\n");
        assert_eq!(stages(Shell::Fish, text, "demo/t"), "plain,demo/train\n");
        assert_eq!(stages(Shell::Zsh, text, "e"), "plain\neval\n_\n");
        assert_eq!(stages(Shell::Bash, text, "x"), "\n");
        assert_eq!(stages(Shell::Bash, "a/x\nb/x\n", "x"), "\n");
        assert_eq!(stages(Shell::Bash, "\n", ""), "\n");
        // What is a full name already is not offered twice.
        assert_eq!(stages(Shell::Bash, "d/x\nd/d/x\nx\n", "d/x"), "plain,d/x\n");
        let early = printed(Shell::Bash, |items| {
            items.add_stages(text.as_bytes(), Callbacks::Early, b"tr");
        });
        assert_eq!(early, "\n");
    }

    #[test]
    fn what_pivot_0_1_would_not_offer_is_unclear() {
        assert_eq!(callbacks_for(b"demo/a\ndemo/b\n"), Ok(Callbacks::Late));
        assert_eq!(callbacks_for(b"a/x\nb/x\n"), Ok(Callbacks::Early));
        assert_eq!(callbacks_for(b"fit@a_b\ntrain\n"), Ok(Callbacks::Early));
        for unclear in [&b"train\ndemo/x\n"[..], b"fit@a/b\n", b"d/x\nd/d/x\n"] {
            assert_eq!(callbacks_for(unclear), Err(Reason::BareNamesUnclear));
        }
    }

    #[test]
    fn targets_come_behind_a_colon() {
        let of = |prefix: &[u8]| {
            printed(Shell::Bash, |items| {
                items.add_targets(b"d/a\nd/b\n", b"d/a:m\nd/a:n\n", Callbacks::Late, prefix);
            })
        };
        assert_eq!(of(b"d/a"), "plain,d/a\n");
        assert_eq!(of(b"d/a:"), "plain,d/a:m\nplain,d/a:n\n");
        assert_eq!(of(b"a:n"), "plain,a:n\n");
    }

    #[test]
    fn help_is_kept_from_breaking_the_format() {
        let item = |shell| printed(shell, |items| items.add(ItemType::Plain, b"a:b", b"x\ty\nz"));
        assert_eq!(item(Shell::Bash), "plain,a:b\n");
        assert_eq!(item(Shell::Zsh), "plain\na\\:b\nx\ty\nz\n");
        assert_eq!(item(Shell::Fish), "plain,a:b\tx y\\nz\n");
    }
}
