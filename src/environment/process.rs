//! What is seldom asked of a process, and of the machine that it runs on.

/// Where the kernel says which processors there are.
pub const PROCESSORS: &core::ffi::CStr = c"/sys/devices/system/cpu/online";

/// Most groups of a process, beside its own, that count.
pub const GROUPS_MOST: usize = 256;

/// Gives one piece after the other to who asks.
pub type Pieces = fn(&mut dyn FnMut(&[u8]));

/// The same for what a letter asks.
pub type PiecesOf = fn(u8, &mut dyn FnMut(&[u8]));

/// What is seldom asked of a process.
#[derive(Clone, Copy, Debug)]
pub struct Process {
    /// Looks up a variable; nothing where it is not set.
    pub variable: fn(&[u8]) -> Option<&'static [u8]>,
    /// Gives each entry of its environment, `NAME=VALUE`.
    pub variables: Pieces,
    /// The user whose rights it has.
    pub user: fn() -> u32,
    /// Gives the answers to what a letter asks of the machine, in this order: `n` the system's name,
    /// the machine's in the network, release, version and hardware (uname); `u` the real and the
    /// effective user and group (4 bytes each), and the other groups; `c` which processors there are, as the kernel tells
    /// it in text, and how many of them this process may use (4 bytes).
    pub machine: PiecesOf,
}

impl Process {
    /// One that knows nothing.
    pub const NONE: Self =
        Self { variable: |_| None, variables: |_| {}, user: || 0, machine: |_, _| {} };

    /// The value of a variable; empty where it is not set.
    pub fn value(self, name: &[u8]) -> &'static [u8] {
        (self.variable)(name).unwrap_or_default()
    }
}

impl Default for Process {
    fn default() -> Self {
        Self::NONE
    }
}
