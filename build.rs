//! Decides whether the front does without libc, and how it is linked then.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-check-cfg=cfg(bare)");
    let target = |name: &str| std::env::var(format!("CARGO_CFG_TARGET_{name}")).unwrap_or_default();
    let hosted = std::env::var_os("CARGO_FEATURE_HOSTED").is_some();
    if hosted || target("OS") != "linux" || target("ARCH") != "x86_64" {
        return;
    }
    println!("cargo::rustc-cfg=bare");
    for argument in [
        // The front brings its own `_start` and calls the kernel itself: no crt1.o, no libc.
        "-nostartfiles",
        "-nostdlib",
        // No program interpreter: ld.so alone costs more than the whole answer.
        "-static",
        // Position-independent code needs self-relocation at start, which nobody does here.
        "-no-pie",
        // Segments share the pages of the file where they meet.
        "-Wl,-z,noseparate-code",
        // One mapping for constants and code: exec maps less, and one fault brings in both. The
        // linker that rustc brings along (1.90 and later) knows this one.
        "-Wl,--no-rosegment",
        // Nothing is relocated, so there is nothing to make read-only afterwards.
        "-Wl,-z,norelro",
        // The same sources give the same bytes.
        "-Wl,--build-id=none",
    ] {
        println!("cargo::rustc-link-arg-bin=pivot-complete={argument}");
    }
}
