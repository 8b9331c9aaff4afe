//! What is known of the packages that we are made of: `scripts/advisories.txt` is about this Cargo.lock, and
//! SECURITY.md has a reason for each advisory.

use std::collections::BTreeSet;

const LOCK: &str = include_str!("../Cargo.lock");
const LOOKED_UP: &str = include_str!("../scripts/advisories.txt");
const SECURITY: &str = include_str!("../SECURITY.md");

/// Names and versions of the packages in Cargo.lock that are not ours.
fn packages() -> BTreeSet<String> {
    let value = |package: &str, name: &str| {
        let start = format!("{name} = \"");
        let line = package.lines().find_map(|line| line.strip_prefix(&start).map(str::to_owned))?;
        Some(line.trim_end_matches('"').to_owned())
    };
    let name_and_version = |package: &str| {
        value(package, "source")?;
        Some(format!("{} {}", value(package, "name")?, value(package, "version")?))
    };
    LOCK.split("[[package]]").filter_map(name_and_version).collect()
}

/// The names of advisories in a text.
fn advisories(text: &str) -> BTreeSet<&str> {
    let is_end = |c: char| !c.is_ascii_alphanumeric() && c != '-';
    text.split(is_end).filter(|word| word.starts_with("RUSTSEC-")).collect()
}

#[test]
fn every_package_was_looked_up() {
    let lines = LOOKED_UP.lines().skip(1);
    let looked_up: BTreeSet<String> =
        lines.map(|line| line.split(' ').take(2).collect::<Vec<_>>().join(" ")).collect();
    assert!(looked_up.len() > 40, "{looked_up:?}");
    assert_eq!(packages(), looked_up, "run scripts/advisories with a clone of the database");
}

#[test]
fn every_advisory_has_a_reason_and_is_about_what_is_here() {
    let (found, told) = (advisories(LOOKED_UP), advisories(SECURITY));
    assert!(found.is_subset(&told), "SECURITY.md says nothing of some of {found:?}");
    let rows = SECURITY.lines().skip_while(|line| *line != "## Dependencies");
    let rows = rows.filter_map(|line| line.strip_prefix("| ")?.split(" | ").next());
    let named: BTreeSet<String> =
        rows.skip(1).flat_map(|cell| cell.split(", ")).map(str::to_owned).collect();
    assert!(named.len() > 5, "{named:?}");
    let gone: Vec<_> = named.difference(&packages()).cloned().collect();
    assert!(gone.is_empty(), "SECURITY.md tells of {gone:?}, which Cargo.lock has not");
    // Each advisory is about a package of its row.
    for line in LOOKED_UP.lines().filter(|line| line.contains("RUSTSEC-")) {
        let package = line.split(' ').take(2).collect::<Vec<_>>().join(" ");
        assert!(named.contains(&package), "{line}");
    }
}
