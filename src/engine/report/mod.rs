//! What a command tells its user: failures, words for a terminal, and where they go.

mod exit;
mod failure;
mod plain;
pub mod reply;

pub use exit::{ANSWERED, NOT_ANSWERED, NOT_CACHED, NOTHING, USAGE, complain, print, say};
pub use failure::Failure;
pub use plain::{check_printable, is_directional, plain, plain_line};
