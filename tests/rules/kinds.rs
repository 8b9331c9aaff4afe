//! The kinds of inputs that are no file to read: what is a change of each, and what is none.

use pivot_complete::cache::freshness::{
    Here, Input, InputKind, InputState, access, environment, link, listing, machine, question,
};
use pivot_complete::environment::Process;
use pivot_complete::files::{
    Disk, FileType, MAY_EXECUTE, MAY_READ, MAY_WRITE, PATH_MAX_BYTES, PathBuffer, Stamp,
};
use pivot_complete::reason::Reason;

use crate::table::Table;

const PROCESS: Process =
    Process { variables: |put| put(b"ENV=a"), machine: |_, put| put(b"host"), ..Process::NONE };

/// A project with something of each sort, all of it old.
fn table() -> Table {
    let mut table = Table::of(&["/r/data/", "/r/data/a.csv", "/r/data/sub/", "/r/conf.yaml"]);
    table.stat_mut("/r/conf.yaml").len_bytes = 7;
    table
}

/// What has no path of its own is about ROOT.
fn place(path: &[u8]) -> &[u8] {
    if path.is_empty() { b"/r" } else { path }
}

/// An input as it is recorded in [`table`].
fn input(kind: InputKind, path: &'static str, aspects: u8, names: &'static [u8]) -> Input<'static> {
    let table = table();
    let mut storage = [0; PATH_MAX_BYTES];
    let mut buffer = PathBuffer::new(&mut storage);
    buffer.set(place(path.as_bytes())).unwrap();
    let stat = table.stat(buffer.as_c_path());
    let digest = match kind {
        InputKind::Question => {
            stat.map_or(question::NOTHING, |stat| question::digest(aspects, &stat))
        }
        InputKind::Listing => {
            listing::digest(aspects, names, &table, &buffer, &mut |_, _| {}).unwrap()
        }
        InputKind::Link => link::digest(&table, &buffer).unwrap(),
        InputKind::Access => access::ask(aspects, &table, &buffer).unwrap(),
        InputKind::Environment => environment::digest(names, 5, PROCESS.variables),
        InputKind::Machine => machine::digest(names, PROCESS),
        _ => 0,
    };
    let stamp = match stat {
        Ok(stat) if kind.has_stamp() => Stamp::of(&stat),
        _ => Stamp::default(),
    };
    let (path, is_racy, is_data) = (path.as_bytes(), false, true);
    Input { kind, is_racy, is_data, aspects, stamp, digest, path, names }
}

fn state_in(table: &Table, process: Process, directory: &str, input: &Input<'_>) -> InputState {
    let mut storage = [0; PATH_MAX_BYTES];
    let mut path = PathBuffer::new(&mut storage);
    path.set(place(input.path)).unwrap();
    let here = Here { process, directory: directory.as_bytes(), salt: 5 };
    input.compare(table, &here, &path, None)
}

fn state(change: impl FnOnce(&mut Table), input: &Input<'_>) -> Option<Reason> {
    let mut table = table();
    assert!(!matches!(state_in(&table, PROCESS, "/r", input), InputState::Changed(_)));
    change(&mut table);
    match state_in(&table, PROCESS, "/r", input) {
        InputState::Changed(reason) => Some(reason),
        InputState::Same | InputState::SameContent(_) => None,
    }
}

#[test]
fn of_an_answer_what_was_used_counts() {
    let ask = |path, aspects| input(InputKind::Question, path, aspects, b"");
    let is_there = ask("/r/conf.yaml", question::TYPE);
    let grow = |table: &mut Table| table.stat_mut("/r/conf.yaml").len_bytes = 8;
    let touch = |table: &mut Table| table.stat_mut("/r/conf.yaml").mtime = (9, 0);
    let forbid = |table: &mut Table| table.stat_mut("/r/conf.yaml").mode = 0o600;
    assert_eq!(
        [state(grow, &is_there), state(touch, &is_there), state(forbid, &is_there)],
        [None; 3]
    );
    let changed = Some(Reason::StatChanged);
    assert_eq!(state(grow, &ask("/r/conf.yaml", question::SIZE)), changed);
    assert_eq!(state(touch, &ask("/r/conf.yaml", question::SIZE)), None);
    assert_eq!(state(touch, &ask("/r/conf.yaml", question::MTIME)), changed);
    assert_eq!(state(forbid, &ask("/r/conf.yaml", question::PERMISSIONS)), changed);
    let is_directory =
        |table: &mut Table| table.stat_mut("/r/conf.yaml").kind = FileType::Directory;
    assert_eq!(state(is_directory, &is_there), changed);
    assert_eq!(state(|table| table.remove("/r/conf.yaml", 6), &is_there), Some(Reason::InputGone));
    let is_not_there = ask("/r/local.yaml", question::TYPE);
    let appears = |table: &mut Table| table.put("/r/local.yaml", 6, b"");
    assert_eq!(state(appears, &is_not_there), Some(Reason::InputAppeared));
}

#[test]
fn of_a_listing_what_could_be_chosen_counts() {
    let list = |aspects, names| input(InputKind::Listing, "/r/data", aspects, names);
    let csv = |table: &mut Table| table.put("/r/data/b.csv", 6, b"");
    let txt = |table: &mut Table| table.put("/r/data/b.txt", 6, b"");
    let changed = Some(Reason::ListingChanged);
    assert_eq!([state(csv, &list(0, b"")), state(txt, &list(0, b""))], [changed; 2]);
    assert_eq!(state(csv, &list(0, b"*.csv")), changed);
    assert_eq!(state(txt, &list(0, b"*.csv")), None);
    assert_eq!(state(txt, &list(listing::DIRECTORIES, b"*.csv")), None);
    let turns = |table: &mut Table| {
        table.put("/r/data/x", 6, b"");
        table.remove("/r/data/x", 6);
        table.stat_mut("/r/data/a.csv").kind = FileType::Directory;
    };
    assert_eq!(state(turns, &list(0, b"")), None);
    assert_eq!(state(turns, &list(listing::TYPES, b"")), changed);
}

#[test]
fn what_was_allowed_counts_and_what_was_not() {
    let mode = |mode| move |table: &mut Table| table.stat_mut("/r/conf.yaml").mode = mode;
    let may = |aspects| input(InputKind::Access, "/r/conf.yaml", aspects, b"");
    let changed = Some(Reason::StatChanged);
    assert_eq!(state(mode(0o444), &may(MAY_READ)), None);
    assert_eq!(state(mode(0o200), &may(MAY_READ)), changed);
    assert_eq!(state(mode(0o444), &may(MAY_READ | MAY_WRITE)), changed);
    assert_eq!(state(mode(0o644), &may(MAY_EXECUTE)), changed);
    let gone = |table: &mut Table| table.remove("/r/conf.yaml", 6);
    assert_eq!(state(gone, &may(MAY_READ)), changed);
    let nothing = || input(InputKind::Access, "/r/local.yaml", MAY_READ, b"");
    assert_eq!(state(|_| {}, &nothing()), None);
    assert_eq!(state(|table| table.put("/r/local.yaml", 6, b""), &nothing()), changed);
    let failing = |table: &mut Table| table.fail("/r/conf.yaml");
    assert_eq!(state(failing, &may(MAY_READ)), Some(Reason::FileSystemFails));
}

#[test]
fn what_is_no_file_is_compared_by_what_it_said() {
    let table = table();
    let reason = |process, directory, input| match state_in(&table, process, directory, &input) {
        InputState::Changed(reason) => Some(reason),
        _ => None,
    };
    let env = || input(InputKind::Environment, "", 0, b"ENV");
    let other = Process { variables: |put| put(b"ENV=b"), ..PROCESS };
    let unset = Process { variables: |put| put(b"OTHER=a"), ..PROCESS };
    assert_eq!(reason(PROCESS, "/r", env()), None);
    assert_eq!(reason(other, "/r", env()), Some(Reason::EnvironmentChanged));
    assert_eq!(reason(unset, "/r", env()), Some(Reason::EnvironmentChanged));
    let host = || input(InputKind::Machine, "", 0, b"n");
    let elsewhere = Process { machine: |_, put| put(b"another"), ..PROCESS };
    assert_eq!(reason(PROCESS, "/r", host()), None);
    assert_eq!(reason(elsewhere, "/r", host()), Some(Reason::MachineChanged));
    let directory = || input(InputKind::WorkingDirectory, "/r/sub", 0, b"");
    assert_eq!(reason(PROCESS, "/r/sub", directory()), None);
    assert_eq!(reason(PROCESS, "/r", directory()), Some(Reason::OtherDirectory));
    // What a link says is a file's content in the table.
    let read = || input(InputKind::Link, "/r/conf.yaml", 0, b"");
    assert_eq!(state(|_| {}, &read()), None);
    assert_eq!(
        state(|table| table.put("/r/conf.yaml", 6, b"v2"), &read()),
        Some(Reason::LinkChanged)
    );
}
