//! Whether a TAB may start anything here: never inside of a discovery, and on nobody's word but the
//! user's.

use pivot_complete::reason::Reason;

use crate::context::{Context, trust};

/// Whether a TAB may execute Pivot here, and the project's code with it.
pub fn may_execute(context: &Context) -> Result<(), Reason> {
    refuse_nesting(context)?;
    trust::may_discover(context).map_err(|refusal| refusal.reason)
}

/// Inside of a discovery nothing is started that might start another.
pub fn refuse_nesting(context: &Context) -> Result<(), Reason> {
    if context.settings.nested { Err(Reason::Nested) } else { Ok(()) }
}
