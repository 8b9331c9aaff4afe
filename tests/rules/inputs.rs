//! Everything that a discovery depended on, edited in every way: hit or miss, for which reason, and
//! which contents had to be compared.

use pivot_complete::cache::freshness::InputKind;
use pivot_complete::files::ReadError;
use pivot_complete::project::Environment;
use pivot_complete::reason::Reason;

use crate::record::Recorded;
use crate::table::{NOTHING_SET, Said, Table};

const CONFIG: &str = "/r/pipeline.py";
const MODULE: &str = "/r/helpers.py";
const ELSEWHERE: &str = "/elsewhere/tool.py";
const LISTED: &str = "/r/data";
const ABSENT: &str = "/r/params.yaml";
const PYTHON: &str = "/usr/bin/python3";
const PROGRAM: &str = "/venv/bin/pivot";

/// The `pivot` that is an input here.
const ENVIRONMENT: Environment<'_> = Environment { path: b"/venv/bin", ..NOTHING_SET };

/// A project whose discovery read one thing of each kind.
fn project() -> Table {
    let mut table = Table::of(&["/r/", "/r/.pivot/", "/r/data/"]);
    for file in [CONFIG, MODULE, ELSEWHERE, "/r/data/a.csv", PYTHON, PROGRAM] {
        table.put(file, 5, b"content");
    }
    table
}

fn discovered(mut table: Table) -> Table {
    let names = ["helpers", "json", "pipeline.py", "pivot.yaml", "pivot.yml"];
    let inputs: Vec<Recorded> = [
        (InputKind::File, CONFIG, &[][..]),
        (InputKind::File, MODULE, &[]),
        (InputKind::File, ELSEWHERE, &[]),
        (InputKind::Directory, LISTED, &[]),
        (InputKind::Directory, "/r", &names),
        (InputKind::Absent, ABSENT, &[]),
        (InputKind::StampOnly, PYTHON, &[]),
        (InputKind::File, PROGRAM, &[]),
    ]
    .into_iter()
    .map(|(kind, path, names)| table.input(kind, path, names))
    .collect();
    let findings = crate::record::Findings { names: b"train\n".to_vec(), ..Default::default() };
    table.record_all("/r", ENVIRONMENT, &findings, &inputs);
    table
}

fn ask(table: &Table) -> Result<Said, Reason> {
    table.ask("/r", ENVIRONMENT, false)
}

type Edit = fn(&mut Table);

#[test]
fn every_change_of_an_input_is_a_miss_with_its_reason() {
    use Reason::{
        FileSystemFails, InputAppeared, InputChanged, InputGone, InputUnreadable, InputsTooLarge,
        ListingChanged,
    };
    let edits: &[(&str, Edit, Reason)] = &[
        ("a longer module", |t| t.put(MODULE, 5, b"content!"), InputChanged),
        ("an edit of equal length", |t| t.put(MODULE, 6, b"CONTENT"), InputChanged),
        ("an edit that restored the mtime", |t| edit_with_mtime_restored(t, MODULE), InputChanged),
        ("a module that is gone", |t| t.remove(MODULE, 2_000), InputGone),
        ("a directory in its place", |t| t.make_directory(MODULE), InputChanged),
        ("a module that nobody can look at", |t| t.fail(MODULE), FileSystemFails),
        ("a module outside of ROOT", |t| t.put(ELSEWHERE, 6, b"CONTENT"), InputChanged),
        ("the config, its mtime restored", |t| edit_with_mtime_restored(t, CONFIG), InputChanged),
        ("a new name in a listed directory", |t| t.put("/r/data/b.csv", 6, b""), ListingChanged),
        ("a name fewer", |t| t.remove("/r/data/a.csv", 2_000), ListingChanged),
        ("a file in the directory's place", |t| t.put(LISTED, 6, b""), InputChanged),
        ("a directory that is gone", |t| t.remove(LISTED, 2_000), InputGone),
        ("a package beside the module", |t| t.make_directory("/r/helpers"), ListingChanged),
        ("a module that would shadow another", |t| t.put("/r/json.py", 6, b""), ListingChanged),
        ("another config", |t| t.put("/r/pivot.yaml", 6, b""), ListingChanged),
        ("a file that was not there", |t| t.put(ABSENT, 6, b""), InputAppeared),
        ("a directory where no file was", |t| t.make_directory(ABSENT), InputAppeared),
        ("whether it is there fails", |t| t.fail(ABSENT), FileSystemFails),
        ("another Python", |t| t.put(PYTHON, 6, b"content"), InputChanged),
        ("no Python", |t| t.remove(PYTHON, 2_000), InputGone),
        ("the program", |t| t.put(PROGRAM, 6, b"CONTENT"), InputChanged),
        ("unreadable", |t| touched_but(t, ReadError::Unreadable), InputUnreadable),
        ("no regular file any more", |t| touched_but(t, ReadError::NotRegular), InputUnreadable),
        ("gone in between", |t| touched_but(t, ReadError::Missing), InputGone),
        ("too long to compare", |t| touched_but(t, ReadError::TooLarge), InputsTooLarge),
    ];
    for (what, edit, expected) in edits {
        let mut table = discovered(project());
        edit(&mut table);
        assert_eq!(ask(&table), Err(*expected), "{what}");
        let tab = table.ask("/r", ENVIRONMENT, true);
        assert_eq!(tab, Err(*expected), "{what}, at a TAB");
    }
}

#[test]
fn what_is_no_change_of_an_input_is_a_hit() {
    // The content that had to be compared, and when new stamps would prove something.
    let edits: &[(&str, Edit, &[&str], Option<i64>)] = &[
        ("nothing", |_| (), &[], None),
        ("an unrelated file", |t| t.put("/unrelated", 6, b""), &[], None),
        ("a touch", |t| t.put(MODULE, 2_000, b"content"), &[MODULE], Some(2_000)),
        ("a new inode", |t| t.stat_mut(MODULE).inode += 99, &[MODULE], Some(5)),
        ("a chmod", |t| t.stat_mut(MODULE).ctime = (50, 1), &[MODULE], Some(50)),
        ("a chmod of the config", |t| t.stat_mut(CONFIG).ctime = (50, 1), &[CONFIG], Some(50)),
        ("the program installed again", |t| t.put(PROGRAM, 6, b"content"), &[PROGRAM], Some(6)),
        ("an mtime of 0", |t| t.put(MODULE, 0, b"content"), &[MODULE], None),
        ("a hard link to Python", |t| t.stat_mut(PYTHON).ctime = (50, 1), &[], None),
        ("bytecode", |t| t.make_directory("/r/data/__pycache__"), &[LISTED], Some(7)),
        ("a log", |t| t.put("/r/training.log", 70, b""), &["/r"], Some(70)),
        (
            "two touches: the earlier is the one that ages first",
            |t| {
                t.put(MODULE, 2_000, b"content");
                t.put(ELSEWHERE, 1_500, b"content");
            },
            &[MODULE, ELSEWHERE],
            Some(1_500),
        ),
    ];
    for (what, edit, compared, renewable_s) in edits {
        let mut table = discovered(project());
        edit(&mut table);
        let said = ask(&table).unwrap_or_else(|reason| panic!("{what}: {reason:?}"));
        assert_eq!((said.names, said.how), (vec!["train".to_owned()], Reason::Fresh), "{what}");
        assert_eq!(said.compared, *compared, "{what}");
        assert_eq!(said.renewable_s, *renewable_s, "{what}");
    }
}

/// Equal stamps prove nothing where the file changed just before the recording, after it, or at a
/// time that reproducible builds set.
#[test]
fn the_content_decides_about_a_racy_stamp() {
    for (mtime_s, renewable_s) in
        [(999, Some(999)), (1_000, Some(1_000)), (5_000, Some(5_000)), (0, None), (1, None)]
    {
        let mut table = project();
        table.put(MODULE, mtime_s, b"content");
        table = discovered(table);
        let said = ask(&table).unwrap();
        assert_eq!((said.compared, said.renewable_s), (vec![MODULE.to_owned()], renewable_s));
        table.put_unseen(MODULE, b"CONTENT");
        assert_eq!(ask(&table), Err(Reason::InputChanged), "mtime {mtime_s}");
    }
    let mut table = project();
    table.put(MODULE, 998, b"content");
    assert_eq!(ask(&discovered(table)).unwrap().compared, [""; 0]);
}

#[test]
fn a_racy_directory_is_listed() {
    let mut table = project();
    table.stat_mut(LISTED).mtime = (999, 0);
    table = discovered(table);
    let said = ask(&table).unwrap();
    assert_eq!((said.compared, said.renewable_s), (vec![LISTED.to_owned()], Some(999)));
    table.put("/r/data/b.csv", 999, b"");
    table.stat_mut(LISTED).ctime = (5, 0);
    assert_eq!(ask(&table), Err(Reason::ListingChanged));
}

/// ARCHITECTURE.md, "What `stages.cache` decides": the config's mtime decides, as Python prints it.
#[test]
fn a_touched_config_is_a_miss_whatever_its_content() {
    let mut table = discovered(project());
    table.put(CONFIG, 6, b"content");
    // Without one that was written along: nobody removed it.
    assert_eq!(ask(&table), Err(Reason::ConfigChanged));
    table.put(crate::CACHE, 990, b"v1\npipeline.py:5.0\ntrain\n");
    assert_eq!(ask(&table), Err(Reason::ConfigChanged));
    // Two times that Python prints alike are one, as for Pivot.
    let mut table = project();
    table.stat_mut(CONFIG).mtime = (800_000_000_000, 1);
    table = discovered(table);
    table.stat_mut(CONFIG).mtime = (800_000_000_000, 2);
    assert_eq!(ask(&table).unwrap().compared, [CONFIG]);
}

/// The config and the program are looked at once.
#[test]
fn nothing_is_looked_at_twice() {
    let table = discovered(project());
    ask(&table).unwrap();
    for path in [CONFIG, PROGRAM, MODULE, PYTHON, LISTED] {
        let looked_at = table.looked_at.borrow();
        assert_eq!(looked_at.iter().filter(|known| *known == path).count(), 1, "{path}");
    }
}

fn edit_with_mtime_restored(table: &mut Table, path: &str) {
    table.put_unseen(path, b"CONTENT");
    table.stat_mut(path).ctime = (50, 1);
}

/// Touches the module, which then cannot be read.
fn touched_but(table: &mut Table, error: ReadError) {
    table.put(MODULE, 6, b"content");
    table.cannot_read(MODULE, error);
}
