//! A cached answer is exact: whatever discovery read is an input of it, and nothing else is
//! (DESIGN.md 6 and 7). Small real pipelines of every kind, edited in every way, beside a fresh
//! discovery by Pivot itself.

mod support;

#[path = "inputs/absence.rs"]
mod absence;
#[path = "inputs/code_deps.rs"]
mod code_deps;
#[path = "inputs/content.rs"]
mod content;
#[path = "inputs/corners.rs"]
mod corners;
#[path = "inputs/edits.rs"]
mod edits;
#[path = "inputs/fingerprinted.rs"]
mod fingerprinted;
#[path = "inputs/keys.rs"]
mod keys;
#[path = "inputs/listings.rs"]
mod listings;
#[path = "inputs/manifests.rs"]
mod manifests;
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
#[path = "inputs/status.rs"]
mod status;
#[path = "inputs/targets.rs"]
mod targets;
#[path = "inputs/yaml_configs.rs"]
mod yaml_configs;

/// Tests each of these shapes in a test of its own, with both Pivots or with 0.1.0, whose discovery
/// takes half the time: where what is read and how has nothing to do with Pivot.
macro_rules! shapes {
    (both: $($both:ident)*; of_0_1_0: $($one:ident)*) => {
        $(mod $both {
            #[test]
            fn of_0_5_11() {
                crate::edits::every_edit_is_seen(super::$both(crate::support::Pivot::V0511));
            }

            #[test]
            fn of_0_1_0() {
                crate::edits::every_edit_is_seen(super::$both(crate::support::Pivot::V010));
            }
        })*
        $(mod $one {
            #[test]
            fn of_0_1_0() {
                crate::edits::every_edit_is_seen(super::$one(crate::support::Pivot::V010));
            }
        })*
    };
}
pub(crate) use shapes;
