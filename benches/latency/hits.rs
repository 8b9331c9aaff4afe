//! What is answered from the store: thousands of runs of each.

use crate::projects::Projects;
use crate::timing::{Candidate, Row, interleave};

const ROUNDS: usize = 2_000;

/// Times everything that a fresh store answers; the floor comes first.
pub fn measure(projects: &Projects) -> Vec<Row> {
    let Projects { plain, modules, racy, many, .. } = projects;
    // The refresh had the command line described.
    let complete = |shell: &'static str, words: &'static str, cword: &'static str| {
        move || {
            let mut command = projects.front(&["complete", shell]);
            command.env("COMP_WORDS", words).env("COMP_CWORD", cword);
            command
        }
    };
    let stages = complete("bash", "pivot\nrepro\n", "2");
    let options = complete("zsh", "pivot repro --", "2");
    let commands = complete("fish", "pivot re", "re");
    let choices = complete("bash", "pivot\ncheckout\n--checkout-mode\n", "3");
    let front = |arguments: &'static [&'static str]| move || projects.front(arguments);
    interleave(
        &[
            Candidate::new(crate::FLOOR, plain, || projects.command(&projects.floor)),
            Candidate::new(crate::HIT, plain, front(&["stages"])),
            Candidate::new(crate::TAB[0], plain, stages),
            Candidate::new(crate::TAB[1], plain, options),
            Candidate::new(crate::TAB[2], plain, commands),
            Candidate::new(crate::TAB[3], plain, choices),
            Candidate::new(crate::TRUE, plain, || projects.command("/bin/true")),
            Candidate::new(crate::HIT_MODULES, modules, front(&["stages"])),
            Candidate::new(crate::HIT_RACY, racy, front(&["stages"])),
            Candidate::new(crate::MANIFEST, modules, front(&["manifest", "demo/stage_050"])),
            Candidate::new(crate::STATUS, many, front(&["status"])),
        ],
        ROUNDS,
    )
}
