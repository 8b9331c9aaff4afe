//! How a command ends: what is printed, what is told the user, and the exit code.

use pivot_complete::reason::Reason;

use super::{Failure, plain, reply};

/// Answered, an empty answer too.
pub const ANSWERED: u8 = 0;
/// Could not answer; the reason is on stderr.
pub const NOT_ANSWERED: u8 = 1;
/// The command line is wrong.
pub const USAGE: u8 = 2;
/// `--cached`, and not cached.
pub const NOT_CACHED: u8 = 3;

/// What a TAB prints where there is no answer, in either form: bash's script knows by it that Ctrl-C
/// may have been pressed.
pub const NOTHING: &[u8] = b"\n";

/// Prints an answer.
pub fn print(bytes: &[u8]) -> Result<u8, Failure> {
    reply::print(bytes).map_err(|error| {
        let message = format!("cannot write the answer: {error}");
        Failure::new(Reason::OutputFails, message)
    })?;
    Ok(ANSWERED)
}

/// Prints words for the user, some of which may be anybody's: paths, messages.
pub fn say(words: &str) -> Result<u8, Failure> {
    print(plain(words).as_bytes())
}

/// Tells the user why there is no answer.
pub fn complain(message: &str) {
    reply::complain(format!("pivot-complete: {}\n", plain(message)).as_bytes());
}
