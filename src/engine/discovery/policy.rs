//! Whether a TAB may start anything here: never inside of a discovery, and on nobody's word but the
//! user's.

use pivot_complete::reason::Reason;

use crate::context::{Context, trust};

/// Whether a TAB may execute Pivot here, and the project's code with it.
pub fn may_execute(context: &Context) -> Result<(), Reason> {
    context.refuse_nesting().map_err(|failure| failure.reason)?;
    trust::may_discover(context).map_err(|refusal| refusal.reason)
}
