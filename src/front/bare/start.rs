//! How the front starts: entered by the kernel alone, with nothing below it but what lies on its stack
//! (block.rs).

use core::sync::atomic::Ordering::Relaxed;

use super::arena::MEMORY;
use super::process::give_up;

core::arch::global_asm!(
    ".globl _start",
    "_start:",
    // The psABI leaves the process's arguments at the stack pointer and marks the outermost
    // frame by a zero rbp.
    "xor ebp, ebp",
    "mov rdi, rsp",
    "and rsp, -16",
    "call {enter}",
    "ud2",
    enter = sym enter_program,
);

extern "C" fn enter_program(stack: *mut usize) -> ! {
    MEMORY.stack.store(stack, Relaxed);
    crate::run()
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    // Nothing here is known to panic; whatever does is the engine's to answer.
    give_up()
}

/// Named by the unwind tables of the prebuilt `core`, which an unoptimised build keeps. Panics
/// abort, so nobody calls it.
#[unsafe(no_mangle)]
extern "C" fn rust_eh_personality() {}
