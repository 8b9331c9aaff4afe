//! What is answered from the store: thousands of runs of each.

use crate::projects::Projects;
use crate::timing::{Candidate, Row, interleave};

const ROUNDS: usize = 2_000;

/// Times everything that a fresh store answers; the floor comes first.
pub fn measure(projects: &Projects) -> Vec<Row> {
    let Projects { plain, modules, racy, many, .. } = projects;
    let complete = || {
        let mut command = projects.front(&["complete", "bash"]);
        command.env("COMP_WORDS", "pivot\nrepro\n").env("COMP_CWORD", "2");
        command
    };
    let front = |arguments: &'static [&'static str]| move || projects.front(arguments);
    interleave(
        &[
            Candidate::new(crate::FLOOR, plain, || projects.command(&projects.floor)),
            Candidate::new(crate::HIT, plain, front(&["stages"])),
            Candidate::new("complete bash, hit", plain, complete),
            Candidate::new(crate::TRUE, plain, || projects.command("/bin/true")),
            Candidate::new(crate::HIT_MODULES, modules, front(&["stages"])),
            Candidate::new(crate::HIT_RACY, racy, front(&["stages"])),
            Candidate::new(crate::MANIFEST, modules, front(&["manifest", "demo/stage_050"])),
            Candidate::new(crate::STATUS, many, front(&["status"])),
        ],
        ROUNDS,
    )
}
