//! Fourth room of a TAB: what is still true. Knows not how it is found out.

pub mod freshness;
pub mod key;
pub mod lookup;
pub mod provenance;
pub mod renewal;
pub mod stages_cache;
pub mod status;
pub mod store;
