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
        // Panics abort, so nobody unwinds.
        "-Wl,--no-eh-frame-hdr",
        // The same sources give the same bytes.
        "-Wl,--build-id=none",
    ] {
        println!("cargo::rustc-link-arg-bin=pivot-complete={argument}");
    }
    // Linked from where cargo builds: the sources of an sdist lie in another directory each time.
    let script = "src/front/bare/front.ld";
    println!("cargo::rerun-if-changed={script}");
    let built = std::env::var("OUT_DIR").expect("cargo says it") + "/front.ld";
    std::fs::copy(script, &built).expect("the linker's script is copied");
    println!("cargo::rustc-link-arg-bin=pivot-complete=-Wl,-T,{built}");
}
