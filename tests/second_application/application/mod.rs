//! A second click application, "orchard", as a folder beside the library's `pivot/`: what only it means
//! by a word. It takes everything else from `line`, `click` and `answer` as they are.

pub mod description;

use pivot_complete::answer::{Head, Items, Wire};
use pivot_complete::click::{self, Completion, Description, ItemType, Kind};
use pivot_complete::encoding::layout::Field;
use pivot_complete::line::{Form, Line, Shell};
use pivot_complete::reason::Reason;

/// Trees.
pub const TREES: Kind = Kind::Own(4);
/// What the tree before may be grafted on.
pub const ROOTSTOCKS: Kind = Kind::Own(5);

/// The entries of the description's own part: a tree, what is said of it, its rootstocks.
pub mod tree {
    use super::Field;

    /// Its name.
    pub const NAME: Field<8> = Field::first();
    /// What is said of it.
    pub const HELP: Field<8> = NAME.then();
    /// Its rootstocks.
    pub const ROOTSTOCKS: Field<8> = HELP.then();
    /// Length of an entry, in bytes.
    pub const LEN_BYTES: usize = ROOTSTOCKS.end();
}

/// Completes a line of the shell's from the description of the application; fails where only that
/// itself can tell.
pub fn complete(
    shell: Shell,
    form: Form,
    description: &Description<'_>,
    line: &Line<'_>,
) -> Result<Vec<u8>, Reason> {
    let (args, incomplete) = line.split_at_cursor(form.line_click(description.click()))?;
    let found = click::complete(description, args, incomplete)?;
    let wire = Wire { shell, form, click: description.click() };
    let head = Head { paths: found.paths(form), start: found.start, ..Head::NONE };
    let mut printed = Vec::new();
    let mut put = |piece: &[u8]| printed.extend_from_slice(piece);
    let mut items = Items::new(wire, head, &mut put);
    match found.kind(form) {
        TREES => add_trees(&mut items, description, &found),
        ROOTSTOCKS => add_rootstocks(&mut items, description, &found),
        Kind::Own(_) => return Err(Reason::CommandOpaque),
        kind => found.offer(kind, form, &mut |item, value, help| items.add(item, value, help)),
    }
    items.finish();
    Ok(printed)
}

fn add_trees(items: &mut Items<'_>, description: &Description<'_>, found: &Completion<'_, '_>) {
    for entry in description.own_part().chunks_exact(tree::LEN_BYTES) {
        let name = description.string(entry, tree::NAME);
        let is_given = items.are_rich() && found.given().contains(name);
        if name.starts_with(found.incomplete) && !is_given {
            items.add(ItemType::Plain, name, description.string(entry, tree::HELP));
        }
    }
}

fn add_rootstocks(
    items: &mut Items<'_>,
    description: &Description<'_>,
    found: &Completion<'_, '_>,
) {
    let mut trees = description.own_part().chunks_exact(tree::LEN_BYTES);
    let wanted = found.argument_before().unwrap_or_default();
    let Some(entry) = trees.find(|entry| description.string(entry, tree::NAME) == wanted) else {
        return;
    };
    for rootstock in description.list(entry, tree::ROOTSTOCKS, 1) {
        if rootstock.starts_with(found.incomplete) {
            items.add(ItemType::Plain, rootstock, b"");
        }
    }
}
