//! The mtime's text against CPython's own `repr`, for numbers and for real files.

use std::os::unix::fs::MetadataExt;

use pivot_complete::encoding::MtimeText;

use crate::support::oracle::{MTIMES, Random, ask};
use crate::support::{Pivot, Sandbox, set_mtime};

#[test]
fn every_kind_of_mtime_is_printed_as_cpython_does() {
    let mut random = Random(1);
    let mut values: Vec<(i64, i64)> = MTIMES.to_vec();
    values.extend([(i64::MAX, 999_999_999), (i64::MIN, 0), (i64::MIN, 1), (-1, 1)]);
    for _ in 0..40_000 {
        // Each order of magnitude as often as any other, on both sides of the epoch.
        let magnitude = (random.next() >> 1 >> random.below(63)) as i64;
        let seconds = *random.pick(&[magnitude, -magnitude]);
        values.push((seconds, *random.pick(&NANOSECONDS[..])));
        values.push((seconds, random.below(1_000_000_000) as i64));
    }
    // Those of today's files, which are the ones that matter.
    values.extend(
        (0..20_000)
            .map(|_| (random.below(4_000_000_000) as i64, random.below(1_000_000_000) as i64)),
    );
    let questions: Vec<String> = values.iter().map(|(sec, nsec)| format!("{sec} {nsec}")).collect();
    let answers = ask(Pivot::V0511, "oracle_mtime.py", &[], &questions);
    for ((sec, nsec), expected) in values.into_iter().zip(answers) {
        assert_eq!(text(sec, nsec), expected, "{sec} s, {nsec} ns");
    }
}

#[test]
fn a_files_mtime_is_printed_as_pythons_os_stat_has_it() {
    let sandbox = Sandbox::empty();
    let mut random = Random(2);
    let mut wanted: Vec<(i64, i64)> = MTIMES.to_vec();
    wanted.extend((0..400).map(|_| {
        // What ext4 can hold: 1901 to 2446.
        let seconds = random.below(17_000_000_000) as i64 - 2_000_000_000;
        (seconds, random.below(1_000_000_000) as i64)
    }));
    let files: Vec<_> = wanted
        .iter()
        .enumerate()
        .map(|(index, &(sec, nsec))| {
            let file = sandbox.write(&format!("files/{index}"), "");
            set_mtime(&file, sec, nsec);
            file
        })
        .collect();
    let questions: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
    let answers = ask(Pivot::V0511, "oracle_mtime.py", &[], &questions);
    for (file, expected) in files.iter().zip(answers) {
        // What the file system made of the wish.
        let found = file.metadata().unwrap();
        assert_eq!(text(found.mtime(), found.mtime_nsec()), expected, "{found:?}");
    }
}

/// The ends of the range and what coarse clocks leave.
const NANOSECONDS: [i64; 8] =
    [0, 1, 999_999_999, 999_999_000, 500_000_000, 100, 123_456_000, 4_000_000];

fn text(sec: i64, nsec: i64) -> String {
    let text = MtimeText::new((sec, nsec as u32));
    String::from_utf8(text.as_bytes().to_vec()).unwrap()
}
