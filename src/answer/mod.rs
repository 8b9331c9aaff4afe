//! Fifth stop of a TAB: the bytes for whoever asks. Knows no cache, no file and no Pivot.

mod items;
mod names;
mod states;

pub use items::{Head, Items, OTHER_COMMAND, Wire, is_plain, put_first_line};
pub use names::write_names;
pub use states::{State, write_states};
