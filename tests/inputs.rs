//! A cached answer is exact: whatever discovery read is an input of it, and nothing else is
//! (DESIGN.md 6 and 7). Small real pipelines of every kind, edited in every way, beside a fresh
//! discovery by Pivot itself.

mod support;

#[path = "inputs/absence.rs"]
mod absence;
#[path = "inputs/content.rs"]
mod content;
#[path = "inputs/edits.rs"]
mod edits;
#[path = "inputs/keys.rs"]
mod keys;
#[path = "inputs/listings.rs"]
mod listings;
#[path = "inputs/meanwhile.rs"]
mod meanwhile;
#[path = "inputs/model.rs"]
mod model;
#[path = "inputs/modules.rs"]
mod modules;
#[path = "inputs/outside.rs"]
mod outside;
#[path = "inputs/params.rs"]
mod params;
#[path = "inputs/scene.rs"]
mod scene;
#[path = "inputs/shape.rs"]
mod shape;

/// Tests each of these shapes with both Pivots, each pair in a test of its own.
macro_rules! shapes {
    ($($shape:ident)*) => { $(
        mod $shape {
            #[test]
            fn of_0_5_11() {
                crate::edits::every_edit_is_seen(super::$shape(crate::support::Pivot::V0511));
            }

            #[test]
            fn of_0_1_0() {
                crate::edits::every_edit_is_seen(super::$shape(crate::support::Pivot::V010));
            }
        }
    )* };
}
pub(crate) use shapes;
