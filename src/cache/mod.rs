//! The fourth stop's room: what is still true. Knows not how it is found out.
//!
//! [`lookup`] answers from the files whose names are [`key`]'s: a [`store`], whose inputs [`freshness`]
//! compares, or a [`stages_cache`], whose [`provenance`] counts. Its modules are name spaces: each
//! format has its limits, its header and its fields under the same names.

pub mod freshness;
pub mod key;
pub mod lookup;
pub mod provenance;
pub mod renewal;
pub mod stages_cache;
pub mod store;
pub mod walk;
