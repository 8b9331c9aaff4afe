//! StateDB: the engine's client, which is compiled in here, with the process of the built engine;
//! FAULTS.md, rows 39 to 42.

mod support;

/// What runs programs.
#[path = "../src/engine/process"]
#[allow(dead_code, reason = "this program is no engine")]
mod process {
    pub mod afterwards;
    pub mod child;
    pub mod interrupts;
    #[cfg_attr(target_os = "linux", path = "orphans_linux.rs")]
    #[cfg_attr(not(target_os = "linux"), path = "orphans_other.rs")]
    pub mod orphans;
}

/// Leave to start a program, which the engine's own process needs from nobody.
mod context {
    pub mod trust {
        /// What `child` asks for.
        pub struct Permit;

        impl Permit {
            /// For the engine itself.
            pub fn for_ourselves() -> Self {
                Self
            }

            /// Changes nothing.
            pub fn apply(&self, _: &mut std::process::Command) {}
        }
    }
}

/// The client's side of the database.
#[path = "../src/engine/manifests/state_db"]
#[allow(dead_code, reason = "this program is no engine")]
mod state_db {
    pub mod client;
    pub mod error;
    pub mod request;
    pub mod response;
    pub mod wire;
}

#[path = "state_db/busy.rs"]
mod busy;
#[path = "state_db/damaged.rs"]
mod damaged;
#[path = "state_db/faulty.rs"]
mod faulty;
#[path = "state_db/interface.rs"]
mod interface;
#[path = "state_db/killed.rs"]
mod killed;
#[path = "state_db/size.rs"]
mod size;
#[path = "state_db/store.rs"]
mod store;
#[path = "state_db/tracer.rs"]
mod tracer;
