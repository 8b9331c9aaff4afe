//! Question 4: the loader's and Python's variables lead to nothing in the working directory. The
//! libraries that are planted are real ones, made by the system's compiler.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::ground::{ANOTHER, Ground, Scene};
use crate::support::rights::{OWNER, Shared, VISITOR};
use crate::support::{Pivot, ran};

/// What a Rust program with std wants of libgcc, and a line in a file when it is loaded.
const LIBRARY: &str = r#"
#include <fcntl.h>
#include <unistd.h>
__attribute__((constructor)) static void planted(void) {
    int file = open("MARKER", O_WRONLY | O_APPEND);
    if (file >= 0) { (void)!write(file, "WHO loaded\n", sizeof "WHO loaded\n" - 1); close(file); }
}
#define STUB(name) long name(void) { return 0; }
STUB(_Unwind_Backtrace) STUB(_Unwind_GetDataRelBase) STUB(_Unwind_GetIP) STUB(_Unwind_GetIPInfo)
STUB(_Unwind_GetLanguageSpecificData) STUB(_Unwind_GetRegionStart) STUB(_Unwind_GetTextRelBase)
STUB(_Unwind_Resume) STUB(_Unwind_SetGR) STUB(_Unwind_SetIP) STUB(_Unwind_GetCFA)
STUB(_Unwind_RaiseException) STUB(_Unwind_DeleteException) STUB(_Unwind_FindEnclosingFunction)
"#;

/// The versions of those symbols: without them nothing is bound, and the planted code never runs.
const VERSIONS: &str = "GCC_3.0 { global: _Unwind_GetDataRelBase; _Unwind_GetIP; \
    _Unwind_GetLanguageSpecificData; _Unwind_GetRegionStart; _Unwind_GetTextRelBase; _Unwind_Resume; \
    _Unwind_SetGR; _Unwind_SetIP; _Unwind_RaiseException; _Unwind_DeleteException; local: *; };
GCC_3.3 { global: _Unwind_Backtrace; _Unwind_GetCFA; _Unwind_FindEnclosingFunction; } GCC_3.0;
GCC_4.2.0 { global: _Unwind_GetIPInfo; } GCC_3.3;
";

/// Compiles a library that marks that it was loaded.
#[track_caller]
fn compile(scene: &Scene, who: &str, soname: &str, to: &str) -> PathBuf {
    let is_libgcc = soname.starts_with("libgcc");
    let marker = scene.path("marker").display().to_string();
    let text = LIBRARY.replace("MARKER", &marker).replace("WHO", who);
    let text = if is_libgcc { text } else { text.split("#define").next().unwrap().to_owned() };
    let source = scene.file(&format!("build/{who}.c"), text, 0, 0o644);
    let script = scene.file("build/versions", VERSIONS, 0, 0o644);
    let library = scene.path(&format!("build/{who}.so"));
    let made = Command::new("cc")
        .args(["-shared", "-fPIC", "-w", "-o"])
        .arg(&library)
        .arg(format!("-Wl,-soname,{soname}"))
        .args(is_libgcc.then(|| format!("-Wl,--version-script={}", script.display())))
        .arg(source)
        .status();
    assert!(made.expect("needs cc, the system's C compiler").success(), "needs cc");
    let bytes = fs::read(library).unwrap();
    scene.file(to, bytes, ANOTHER, 0o755)
}

/// A stranger's directory with the libraries, one below it, and a Pivot of root's on PATH.
fn scene(ground: &Ground) -> Scene {
    let mut scene = ground.with_pivot();
    for directory in ["theirs", "theirs/lib"] {
        compile(&scene, "planted", "libgcc_s.so.1", &format!("{directory}/libgcc_s.so.1"));
        fs::copy(scene.path("theirs/libgcc_s.so.1"), scene.path(directory).join("planted.so"))
            .unwrap();
    }
    for directory in ["theirs/lib", "theirs"] {
        scene.directory(directory, ANOTHER, 0o755);
    }
    scene.here = "theirs".into();
    scene
}

/// Values of LD_LIBRARY_PATH with an entry that is empty or relative; `{}` is the scene.
const LIBRARY_PATHS: [&str; 12] = [
    ":{}/none",
    "{}/none:",
    "{}/none::{}/none",
    ":",
    "::",
    ";{}/none",
    "{}/none;",
    "{}/none;;/x",
    ".",
    "lib",
    "./lib:/x",
    "../theirs/",
];

/// What a TAB writes and marks, in a stranger's directory with these variables.
fn failures(scene: &mut Scene, name: &str, values: &[&str], what: &str) -> Vec<String> {
    let mut failures = Vec::new();
    for value in values {
        scene.set(name, value);
        for words in [&["pivot", "repr"][..], &["pivot", "repro", ""], &["pivot", "repro", "--"]] {
            scene.forget();
            let said = scene.tab(words);
            let marks = scene.take_marks();
            let is_quiet = said.code == 0 && said.stderr.is_empty();
            let is_planted = marks.iter().any(|mark| mark.starts_with("planted"));
            let is_answered = words != ["pivot", "repr"] || said.stdout == "plain,repro\n";
            if !is_quiet || is_planted || !is_answered {
                failures.push(format!("{what} {name}={value:?} {words:?}: {marks:?} {said:?}"));
            }
        }
        // The other ways to the engine: behind a prompt, an explicit command, another shell.
        for arguments in [&["doctor"][..], &["stages"], &["complete", "fish"], &["init", "bash"]] {
            let said = scene.run(arguments);
            let marks = scene.take_marks();
            let is_planted = marks.iter().any(|mark| mark.starts_with("planted"));
            let is_loaders = said.stderr.contains("libgcc_s") || said.stderr.contains("planted.so");
            if is_planted || is_loaders {
                failures.push(format!("{what} {name}={value:?} {arguments:?}: {marks:?} {said:?}"));
            }
        }
    }
    scene.set(name, "");
    failures
}

#[track_caller]
fn nothing_fails(scene: &mut Scene, name: &str, values: &[&str], what: &str) {
    let failed = failures(scene, name, values, what);
    assert!(failed.is_empty(), "{failed:#?}");
}

/// `export LD_LIBRARY_PATH=$LD_LIBRARY_PATH:/usr/local/cuda/lib64` makes an empty entry.
#[test]
fn a_library_in_the_working_directory_is_not_loaded() {
    let ground = Ground::new();
    let mut scene = scene(&ground);
    nothing_fails(&mut scene, "LD_LIBRARY_PATH", &LIBRARY_PATHS, "a library");
}

#[test]
fn a_broken_library_in_the_working_directory_says_nothing() {
    let ground = Ground::new();
    let mut scene = scene(&ground);
    for file in ["theirs/libgcc_s.so.1", "theirs/lib/libgcc_s.so.1", "theirs/planted.so"] {
        scene.file(file, "no library\n", ANOTHER, 0o755);
    }
    nothing_fails(&mut scene, "LD_LIBRARY_PATH", &LIBRARY_PATHS, "a broken library");
    nothing_fails(&mut scene, "LD_PRELOAD", &["./planted.so"], "a broken library");
}

#[test]
fn nothing_of_the_working_directory_is_preloaded() {
    let ground = Ground::new();
    let mut scene = scene(&ground);
    let kept = compile(&scene, "kept", "kept.so", "tools/kept.so");
    let kept = kept.display().to_string();
    let values = [
        "./planted.so",
        "lib/planted.so",
        "../theirs/planted.so",
        ":./planted.so",
        &format!("{kept} ./planted.so"),
        &format!("{kept}:lib/planted.so"),
    ];
    nothing_fails(&mut scene, "LD_PRELOAD", &values, "a preloaded library");
    // A name without a slash is looked for in LD_LIBRARY_PATH, and that leads nowhere here.
    scene.set("LD_PRELOAD", "libgcc_s.so.1");
    nothing_fails(&mut scene, "LD_LIBRARY_PATH", &LIBRARY_PATHS, "by its name");
}

/// What is absolute is the user's own word, and stays: also for Python.
#[test]
fn absolute_entries_are_kept() {
    let ground = Ground::new();
    let mut scene = scene(&ground);
    let kept = compile(&scene, "kept", "kept.so", "tools/kept.so").display().to_string();
    for (name, value) in [
        ("LD_PRELOAD", kept.clone()),
        ("LD_PRELOAD", format!("{kept} ./planted.so")),
        ("LD_PRELOAD", format!("./planted.so:{kept}")),
    ] {
        scene.set(name, &value);
        scene.forget();
        scene.tab(&["pivot", "repr"]);
        let marks = scene.take_marks();
        let loaded = marks.iter().filter(|mark| *mark == "kept loaded").count();
        // The engine and the stand-in's shell.
        assert!(loaded >= 2, "{name}={value}: {marks:?}");
        assert!(!marks.iter().any(|mark| mark.starts_with("planted")), "{value}: {marks:?}");
        scene.set(name, "");
    }
}

/// A virtual environment's Python, and the one behind it, which has a user site.
fn pythons() -> [PathBuf; 2] {
    let python = Pivot::V0511.bin().join("python3");
    [python.clone(), python.canonicalize().unwrap()]
}

/// PYTHONHOME, PYTHONUSERBASE and PYTHONPYCACHEPREFIX that are relative, in a stranger's directory.
#[test]
fn pythons_own_variables_lead_to_nothing_in_the_working_directory() {
    let shared = Shared::with_pivot();
    let marker = shared.make_writable_for_all("executed");
    let planted = format!("import sys; open({marker:?}, 'a').write('x')\n");
    let library = "lib/python3.13";
    for base in ["theirs/base", "theirs"] {
        let at = |file: &str| format!("{base}/{library}/{file}");
        for file in ["site-packages/planted.pth", "site-packages/usercustomize.py"] {
            shared.sandbox.write(&at(file), &planted);
        }
    }
    // A whole library of links, in which one module is another.
    let real = pythons()[1].parent().unwrap().parent().unwrap().join(library);
    let home = shared.sandbox.make_directory(&format!("theirs/home/{library}"));
    for entry in fs::read_dir(real).unwrap().flatten() {
        symlink(entry.path(), home.join(entry.file_name())).unwrap();
    }
    fs::remove_file(home.join("linecache.py")).unwrap();
    shared.sandbox.write(&format!("theirs/home/{library}/linecache.py"), &planted);
    plant_bytecode(&shared, &planted);
    shared.give("theirs", OWNER);
    let mut failures = Vec::new();
    for python in pythons() {
        for (name, value) in [
            ("PYTHONHOME", "home"),
            ("PYTHONHOME", "./home"),
            ("PYTHONUSERBASE", "base"),
            ("PYTHONUSERBASE", "."),
            ("PYTHONPYCACHEPREFIX", "cache"),
        ] {
            let _ = fs::remove_dir_all(shared.sandbox.path("visitor/.cache"));
            let mut tab = shared.tab(VISITOR, "theirs", &["pivot", "repr"]);
            tab.env("PIVOT_COMPLETE_PYTHON", &python).env(name, value);
            let said = ran(tab);
            if !fs::read(&marker).unwrap().is_empty() || said.code != 0 || !said.stderr.is_empty() {
                failures.push(format!("{python:?} {name}={value}: {said:?}"));
                fs::write(&marker, "").unwrap();
            }
        }
    }
    assert!(failures.is_empty(), "{failures:#?}");
}

/// Bytecode of another module for `click/__init__.py`, which is not compared with the source.
fn plant_bytecode(shared: &Shared, planted: &str) {
    let source = shared.sandbox.write("planted.py", planted);
    let packages = Pivot::V0511.venv().join("lib/python3.13/site-packages");
    let module = packages.join("click/__init__.py");
    let cached = shared.sandbox.path("theirs/cache").join(relative(&module.with_file_name("")));
    fs::create_dir_all(&cached).unwrap();
    let text = format!(
        "import py_compile; py_compile.compile({source:?}, cfile={:?}, doraise=True, \
         invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)",
        cached.join("__init__.cpython-313.pyc")
    );
    let made = Command::new(&pythons()[0]).args(["-I", "-c", &text]).status().unwrap();
    assert!(made.success());
}

fn relative(path: &Path) -> &Path {
    path.strip_prefix("/").unwrap()
}
