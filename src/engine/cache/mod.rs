//! What is kept on disk about a project, and who may write it now. Starts nothing. Its modules
//! are name spaces: `lock::take_turn`, `store_file::read`.

pub mod edited;
pub mod entry;
pub mod history;
pub mod inputs;
pub mod lock;
pub mod lookup;
pub mod name_lines;
pub mod own_store;
pub mod prewarm_pause;
pub mod record;
pub mod revalidate;
pub mod states;
pub mod store_file;
