//! The store of this release, with every section: written as ever, and read.

use std::fs;

use pivot_complete::cache::freshness::{InputKind, listing, question};
use pivot_complete::cache::store::Store;
use pivot_complete::cache::store::record::Part;
use pivot_complete::cache::store::shape::shapes;
use pivot_complete::files::{MAY_READ, Stamp};
use pivot_complete::reason::Reason;

use super::encode::{self, All, Kept, KeptSource};
use crate::cache::record::{Findings, ModuleShape, NewRecord, Recorded};
use crate::cache::store_file::{with_manifests, with_record};

/// A store of an earlier release.
const EARLIER: &[u8] = include_bytes!("../../../tests/fixtures/store-version-1.store");
/// A store of this release, for the readers of later ones.
const RELEASED: &[u8] = include_bytes!("../../../tests/fixtures/store-version-2.store");

fn input(kind: InputKind, path: &str, number: u32) -> Recorded {
    let time = (1_700_000_000 + i64::from(number), number);
    let stamp = Stamp { mtime: time, ctime: time, len_bytes: 100, inode: 1 << 33 };
    let is_data = path.ends_with(".yaml");
    let stamp = if kind == InputKind::Absent { Stamp::default() } else { stamp };
    let (names, aspects) = match kind {
        InputKind::Directory => (vec![1, 0, 0, 0], 0),
        InputKind::Listing => (b"*.csv".to_vec(), listing::TYPES),
        InputKind::Question => (Vec::new(), question::TYPE | question::MTIME),
        InputKind::Environment => (b"ENV\0PYTHON*".to_vec(), 0),
        InputKind::Machine => (b"n".to_vec(), 0),
        InputKind::Access => (Vec::new(), MAY_READ),
        _ => (Vec::new(), 0),
    };
    let digest = u64::from(number) << 40;
    Recorded { kind, is_data, path: path.into(), names, aspects, stamp, digest }
}

/// The same store, as it is written now.
fn written() -> Vec<u8> {
    let paths = [
        "pipeline.py",
        "",
        "local.py",
        "/bin/python3",
        "data",
        "local.yaml",
        "current",
        "",
        "sub",
        "",
        "secret",
    ];
    let mut inputs: Vec<_> = InputKind::ALL
        .into_iter()
        .zip(paths)
        .zip(1..)
        .map(|((kind, path), number)| input(kind, path, number))
        .collect();
    inputs.insert(1, input(InputKind::File, "/elsewhere/params.yaml", 2));
    let record = |names: &str, failure: Option<&str>| {
        let findings = Findings {
            names: names.into(),
            targets: Some(b"demo/train:model\n".to_vec()),
            blurbs: b"demo/train\nTrains.\n".to_vec(),
            versions: b"3.13 30 0.5.11".to_vec(),
            shapes: vec![ModuleShape {
                path: b"pipeline.py".to_vec(),
                digest: 13,
                started: b"10".to_vec(),
            }],
            unprovable: b"clock time.time\n".to_vec(),
            states: Vec::new(),
            failure: failure.map(Into::into),
        };
        let stages_cache = Some(Stamp { inode: 9, ..Stamp::default() });
        let (config, clock) = (&b"pipeline.py"[..], (1_700_000_004, 0));
        let inputs = if failure.is_some() { &inputs[..1] } else { &inputs };
        NewRecord { config, findings: &findings, inputs, clock, salt: 12, stages_cache }.to_bytes()
    };
    let failed = record("demo/train\n", Some("no such thing"));
    let first = with_record(&failed, &[]);
    let second =
        with_record(&record("demo/train\ndemo/eval\n", None), &[Store::open(&first).unwrap()]);
    let stamp = Stamp { mtime: (5, 6), ctime: (7, 8), len_bytes: 9, inode: 10 };
    let path = b"pipeline.py".to_vec();
    let sources = vec![KeptSource { path, stamp, is_racy: true, digest: 11 }];
    let json = br#"{"self:train":"054640feee3e69a1"}"#.to_vec();
    let beyond = Vec::new();
    let kept = Kept { json, beyond, sources, contents: 1, walk: 2, computed_s: 3 };
    let all = All::from([(b"demo/train".to_vec(), kept)]);
    let (index, text) = encode::sections(&all, true);
    let second = Store::open(&second).unwrap();
    with_manifests((&index, &text), None, second.current().unwrap().bytes(), second)
}

/// With `PIVOT_COMPLETE_BLESS` set, the file becomes what is written now: only together with
/// another version and another name.
#[test]
fn a_store_of_this_release_is_written_as_ever() {
    let written = written();
    if std::env::var_os("PIVOT_COMPLETE_BLESS").is_some() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/store-version-2.store");
        fs::write(file, &written).unwrap();
        return;
    }
    assert!(written == RELEASED, "the layout changed; it needs another version");
}

#[test]
fn an_earlier_one_is_a_miss() {
    assert_eq!(Store::open(EARLIER).err(), Some(Reason::CacheVersion));
}

#[test]
fn a_store_of_this_release_is_read() {
    let store = Store::open(RELEASED).unwrap();
    assert!(store.is_intact());
    let record = store.current().unwrap();
    assert_eq!(record.part(Part::Names), b"demo/train\ndemo/eval\n");
    assert_eq!(record.part(Part::Versions), b"3.13 30 0.5.11");
    assert_eq!((record.recorded_s(), record.stages_cache().unwrap().inode), (1_700_000_004, 9));
    let inputs: Vec<_> = record.inputs().map(Option::unwrap).collect();
    assert_eq!(inputs.len(), InputKind::ALL.len() + 1);
    for kind in InputKind::ALL {
        assert!(inputs.iter().any(|input| input.kind == kind), "{kind:?}");
    }
    assert_eq!((inputs[5].names, inputs[5].aspects), (&b"*.csv"[..], listing::TYPES));
    assert_eq!((inputs[8].names, record.salt()), (&b"ENV\0PYTHON*"[..], 12));
    let shape = shapes(record.part(Part::Shapes)).next().unwrap();
    assert_eq!((shape.input, shape.digest, shape.started), (0, 13, &b"10"[..]));
    assert_eq!(record.part(Part::Unprovable), b"clock time.time\n");
    assert_eq!((inputs[0].is_racy, inputs[1].is_data), (false, true));
    assert_eq!((inputs[2].kind, inputs[2].is_racy), (InputKind::Directory, true));
    assert_eq!(inputs[3].kind, InputKind::Absent);
    let past: Vec<_> = store.past().collect();
    assert!(past.len() == 1 && past[0].has_failed());
    assert_eq!(past[0].part(Part::Message), b"no such thing");
    let manifests = store.manifests().unwrap();
    let json = manifests.find(b"demo/train").unwrap().unwrap().json().unwrap();
    assert_eq!(json, br#"{"self:train":"054640feee3e69a1"}"#);
    let source = manifests.source(0).unwrap();
    assert_eq!((source.stamp.ctime, source.is_racy, source.digest), ((7, 8), true, 11));
    assert!(manifests.are_flushed());
}
