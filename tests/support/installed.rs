//! What `scripts/set-up` has installed or built: it says where, a variable each.

use std::path::PathBuf;

/// The releases of Pivot, with what names their environments.
pub const RELEASES: [(&str, &str); 6] = [
    ("0.1.0", "010"),
    ("0.2.4", "024"),
    ("0.3.11", "0311"),
    ("0.4.1", "041"),
    ("0.5.0", "050"),
    ("0.5.11", "0511"),
];

/// The virtual environment of this name.
#[track_caller]
pub fn venv(name: &str) -> PathBuf {
    made(&format!("VENV_{name}"))
}

/// What it made, by the end of its variable's name.
#[track_caller]
pub fn made(name: &str) -> PathBuf {
    let name = format!("PIVOT_COMPLETE_TEST_{name}");
    let path = std::env::var_os(&name);
    path.unwrap_or_else(|| panic!("{name} is not set; run scripts/test")).into()
}
