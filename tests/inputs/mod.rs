//! A cached answer is exact: whatever discovery read is an input of it, and nothing else is
//! (ARCHITECTURE.md, "Freshness"). Small real pipelines of every kind, edited in every way, beside a fresh
//! discovery by Pivot itself.

mod absence;
mod code_deps;
mod content;
mod corners;
pub mod edits;
mod fingerprinted;
mod keys;
mod listings;
mod manifests;
mod meanwhile;
mod model;
mod modules;
mod outside;
mod params;
mod scene;
pub mod shape;
mod status;
mod targets;
mod walks;
mod yaml_configs;

/// Tests each of these shapes in a test of its own, with both Pivots or with 0.1.0, whose discovery
/// takes half the time: where what is read and how has nothing to do with Pivot.
macro_rules! shapes {
    (both: $($both:ident)*; of_0_1_0: $($one:ident)*) => {
        $(mod $both {
            #[test]
            fn of_0_5_11() {
                crate::inputs::edits::every_edit_is_seen(super::$both(crate::support::Pivot::V0511));
            }

            #[test]
            fn of_0_1_0() {
                crate::inputs::edits::every_edit_is_seen(super::$both(crate::support::Pivot::V010));
            }
        })*
        $(mod $one {
            #[test]
            fn of_0_1_0() {
                crate::inputs::edits::every_edit_is_seen(super::$one(crate::support::Pivot::V010));
            }
        })*
    };
}
pub(crate) use shapes;
