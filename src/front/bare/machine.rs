//! What a discovery may have asked of the process and the machine, without libc.

use pivot_complete::environment::{GROUPS_MOST, PROCESSORS, Process};
use pivot_complete::files::CPath;

use super::block::{c_strings, environment_pointers, user, variable};
use super::files::{close, open};
use super::kernel;

/// This process.
pub const PROCESS: Process = Process { variable, variables, user, machine };

fn variables(put: &mut dyn FnMut(&[u8])) {
    c_strings(environment_pointers()).for_each(put);
}

#[cold]
fn machine(letter: u8, put: &mut dyn FnMut(&[u8])) {
    match letter {
        b'n' => {
            // The sixth, a domain of NIS, is no part of Python's uname.
            for name in &kernel::uname()[..5] {
                put(name.split(|&byte| byte == 0).next().unwrap_or_default());
            }
        }
        b'u' => {
            let mut room = [0; GROUPS_MOST];
            let groups = kernel::groups(&mut room).iter();
            kernel::ids().iter().chain(groups).for_each(|id| put(&id.to_le_bytes()));
        }
        b'c' => {
            let mut text = [0; 256];
            let mut len = 0;
            if let Ok(fd) = open(CPath::from(PROCESSORS), 0) {
                len = kernel::read(fd, &mut text).unwrap_or(0);
                close(fd);
            }
            put(text.get(..len).unwrap_or_default());
            put(&kernel::processors().to_le_bytes());
        }
        _ => {}
    }
}
