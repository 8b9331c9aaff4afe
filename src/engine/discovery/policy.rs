//! Whether a TAB may start anything here: never inside of a discovery, and on nobody's word but the
//! user's.

use pivot_complete::reason::Reason;

use crate::context::scene::Scene;
use crate::context::trust;

/// Whether a TAB may execute Pivot here, and the project's code with it.
pub fn may_execute(scene: &Scene) -> Result<(), Reason> {
    refuse_nesting(scene)?;
    trust::may_discover(scene).map_err(|refusal| refusal.reason)
}

/// Inside of a discovery nothing is started that might start another.
pub fn refuse_nesting(scene: &Scene) -> Result<(), Reason> {
    if scene.settings.nested { Err(Reason::Nested) } else { Ok(()) }
}
