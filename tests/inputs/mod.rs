//! A cached answer is exact where the project's own files change (ARCHITECTURE.md, "Freshness"): modules,
//! configs, params, listings. Small real pipelines of every shape, edited in every way, beside a fresh
//! discovery by Pivot itself; what libraries look at, kind by kind, is in `freshness/`.

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

/// Tests these shapes, some in every run and all in a soak: with the two Pivots in turn, or with 0.1.0
/// where what is read and how has nothing to do with Pivot.
macro_rules! shapes {
    (both: $($both:ident)*; of_0_1_0: $($one:ident)*) => {
        #[test]
        fn every_edit_is_seen() {
            type Build = fn(Pivot) -> Shape;
            let both: &[(&str, Build)] = &[$((stringify!($both), $both)),*];
            let one: &[(&str, Build)] = &[$((stringify!($one), $one)),*];
            crate::inputs::edits::every_edit_of_some(both, one);
        }
    };
}
pub(crate) use shapes;
