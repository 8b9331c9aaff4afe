//! StateDB: the engine's client, which is compiled in here, with the process of the built engine;
//! FAULTS.md, rows 39 to 42.

mod support;

#[path = "../src/engine/afterwards.rs"]
#[allow(dead_code, reason = "this program is no engine")]
mod afterwards;
#[path = "../src/engine/child.rs"]
#[allow(dead_code, reason = "the engine runs other programs too")]
mod child;
#[path = "../src/engine/interrupts.rs"]
mod interrupts;
#[cfg_attr(target_os = "linux", path = "../src/engine/orphans_linux.rs")]
#[cfg_attr(not(target_os = "linux"), path = "../src/engine/orphans_other.rs")]
#[allow(dead_code, reason = "this program is no engine")]
mod orphans;

/// Leave to start a program, which the engine's own process needs from nobody.
mod trust {
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

/// The client's side of `src/engine/state_db/`.
mod state_db {
    #[path = "../../src/engine/state_db/client.rs"]
    #[allow(dead_code, reason = "this program is no engine")]
    pub mod client;
    #[path = "../../src/engine/state_db/error.rs"]
    pub mod error;
    #[path = "../../src/engine/state_db/request.rs"]
    #[allow(dead_code, reason = "the process reads requests")]
    pub mod request;
    #[path = "../../src/engine/state_db/response.rs"]
    pub mod response;
    #[path = "../../src/engine/state_db/wire.rs"]
    #[allow(dead_code, reason = "the process writes errors")]
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
