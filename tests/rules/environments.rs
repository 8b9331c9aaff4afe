//! Which `pivot` is meant, and what tells one answer's store from another's.

use pivot_complete::environment::Process;
use pivot_complete::files::PathBuffer;
use pivot_complete::project::Environment;

use crate::table::{NOTHING_SET, Table};
use crate::text;

const NOWHERE: Environment<'_> = Environment { home: b"/home/u", ..NOTHING_SET };

/// The `pivot` that is meant in `/r/s`, below ROOT `/r`.
fn found(table: &Table, environment: &Environment<'_>) -> String {
    let mut storage = [0; 256];
    let mut path = PathBuffer::new(&mut storage);
    let stat = environment.find_program(table, b"/r/s", b"/r", &mut path);
    assert_eq!(stat.is_some(), !path.is_empty());
    text(path.as_bytes()).to_owned()
}

#[test]
fn the_program_is_the_word_typed_else_pivots_on_path_else_an_environments() {
    let everywhere = [
        "/a/pivot",
        "/b/pivot",
        "/b/pv",
        "/home/u/bin/pivot",
        "/r/s/bin/pivot",
        "/r/.venv/bin/pivot",
        "/active/bin/pivot",
    ];
    let path = b"/none:/a:/b";
    let active = b"/active";
    // Where there are programs; the word typed, PATH, VIRTUAL_ENV; which one is meant.
    type Case<'c> = (&'c [&'c str], &'c [u8], &'c [u8], &'c [u8], &'c str);
    let cases: &[Case<'_>] = &[
        // A word with a slash is a path.
        (&everywhere, b"/b/pivot", path, active, "/b/pivot"),
        (&everywhere, b"~/bin/pivot", path, active, "/home/u/bin/pivot"),
        (&everywhere, b"bin/pivot", path, active, "/r/s/bin/pivot"),
        (&everywhere, b"/gone/pivot", path, active, "/a/pivot"),
        // A mere word is looked for on PATH; an alias or a function means `pivot`.
        (&everywhere, b"pivot", path, active, "/a/pivot"),
        (&everywhere, b"pv", path, active, "/b/pv"),
        (&everywhere, b"p", path, active, "/a/pivot"),
        // No line at all: `stages`.
        (&everywhere, b"", path, active, "/a/pivot"),
        // What PATH says of the working directory is found there, as the shell does.
        (&["/r/s/pivot", "/b/pivot"], b"pivot", b"/none::/b", active, "/r/s/pivot"),
        (&["/r/s/pivot", "/b/pivot"], b"pivot", b":/b", active, "/r/s/pivot"),
        (&["/r/s/bin/pivot", "/b/pivot"], b"pivot", b"bin:/b", active, "/r/s/bin/pivot"),
        (&["/r/s/pivot", "/b/pivot"], b"pivot", b"/b:", active, "/b/pivot"),
        (&["/pivot", "/b/pivot"], b"pivot", b":.::s:/b", active, "/b/pivot"),
        // Nothing on PATH: the active environment, then those of ROOT.
        (&everywhere, b"pivot", b"/none", active, "/active/bin/pivot"),
        (&everywhere, b"", b"", active, "/active/bin/pivot"),
        (&everywhere, b"pivot", b"/none", b"active", "/r/.venv/bin/pivot"),
        (&["/r/s/v/bin/pivot"], b"pivot", b"/none", b"v", "/r/s/v/bin/pivot"),
        (&everywhere, b"pivot", b"/none", b"", "/r/.venv/bin/pivot"),
        (&["/active/bin/pivot"], b"pivot", b"/none", b"", ""),
        (&[], b"pivot", path, active, ""),
    ];
    for (programs, typed, path, virtual_env, expected) in cases {
        let environment = Environment { typed, path, virtual_env, ..NOWHERE };
        let table = Table::of(programs);
        assert_eq!(found(&table, &environment), *expected, "{environment:?}");
    }
}

/// What conda and uv say, in ROOT's own directory and in those above it.
#[test]
fn environments_are_looked_for_up_to_the_top_of_the_repository() {
    type Case<'c> = (&'c [&'c str], fn(&[u8]) -> Option<&'static [u8]>, &'c str);
    type Lookup = fn(&[u8]) -> Option<&'static [u8]>;
    let none: Lookup = |_| None;
    let conda: Lookup = |name| (name == b"CONDA_PREFIX").then_some(b"/conda");
    let uv: Lookup = |name| (name == b"UV_PROJECT_ENVIRONMENT").then_some(b"env");
    let uv_whole: Lookup = |name| (name == b"UV_PROJECT_ENVIRONMENT").then_some(b"/env");
    let all = ["/r/.venv/bin/pivot", "/conda/bin/pivot", "/r/env/bin/pivot", "/env/bin/pivot"];
    let cases: &[Case<'_>] = &[
        (&all, none, "/r/.venv/bin/pivot"),
        (&all, conda, "/conda/bin/pivot"),
        (&all, uv, "/r/env/bin/pivot"),
        (&all, uv_whole, "/env/bin/pivot"),
        (&["/.git/", "/.venv/bin/pivot"], none, "/.venv/bin/pivot"),
        (&["/.git/", "/env/bin/pivot"], uv, "/env/bin/pivot"),
        // ROOT is the top itself, or in no repository.
        (&["/r/.git/", "/.venv/bin/pivot"], none, ""),
        (&["/.venv/bin/pivot"], none, ""),
        (&["/r/.git/", "/.git/", "/.venv/bin/pivot"], none, ""),
    ];
    for (programs, variable, expected) in cases {
        let process = Process { variable: *variable, ..Process::NONE };
        let environment = Environment { process, ..NOWHERE };
        assert_eq!(found(&Table::of(programs), &environment), *expected, "{programs:?}");
    }
}

/// What a program that runs Pivot takes it from, as `typed` says it.
#[test]
fn the_environment_of_a_runner_is_the_one_that_it_takes() {
    type Case<'c> = (&'c [u8], fn(&[u8]) -> Option<&'static [u8]>, &'c str);
    type Lookup = fn(&[u8]) -> Option<&'static [u8]>;
    let none: Lookup = |_| None;
    let conda: Lookup = |name| match name {
        b"CONDA_PREFIX" => Some(b"/conda/envs/x"),
        _ => None,
    };
    let base: Lookup = |name| match name {
        b"CONDA_PREFIX" => Some(b"/conda"),
        b"CONDA_DEFAULT_ENV" => Some(b"base"),
        _ => None,
    };
    let mamba: Lookup = |name| (name == b"MAMBA_ROOT_PREFIX").then_some(b"/mamba");
    let uv: Lookup = |name| (name == b"UV_PROJECT").then_some(b"../../p");
    let all = [
        "/r/.venv/bin/pivot",
        "/r/s/../../p/.venv/bin/pivot",
        "/p/.venv/bin/pivot",
        "/p/.pixi/envs/gpu/bin/pivot",
        "/conda/bin/pivot",
        "/conda/envs/x/bin/pivot",
        "/conda/envs/y/bin/pivot",
        "/mamba/bin/pivot",
        "/mamba/envs/x/bin/pivot",
        "/home/u/envs/x/bin/pivot",
        "/path/pivot",
    ];
    let cases: &[Case<'_>] = &[
        (b".venv/", conda, "/r/.venv/bin/pivot"),
        (b".venv/", uv, "/r/s/../../p/.venv/bin/pivot"),
        (b"/p//.venv/", uv, "/p/.venv/bin/pivot"),
        (b"@.venv/", uv, "/r/.venv/bin/pivot"),
        (b"@.venv/", conda, "/r/.venv/bin/pivot"),
        (b"@@.venv/", none, "/r/.venv/bin/pivot"),
        (b"@@.venv/", conda, "/conda/envs/x/bin/pivot"),
        (b"@@.venv/", base, "/r/.venv/bin/pivot"),
        (b"@@../p//.venv/", conda, "/conda/envs/x/bin/pivot"),
        (b"@@/p//.venv/", base, "/p/.venv/bin/pivot"),
        (b"/p//.pixi/envs/gpu/", none, "/p/.pixi/envs/gpu/bin/pivot"),
        (b":y/", conda, "/conda/envs/y/bin/pivot"),
        (b":base/", conda, "/conda/bin/pivot"),
        (b":x/", none, "/path/pivot"),
        (b":x/", mamba, "/mamba/envs/x/bin/pivot"),
        (b":base/", mamba, "/mamba/bin/pivot"),
        (b"/mamba/envs/x/", none, "/mamba/envs/x/bin/pivot"),
        (b"~/envs/x/", none, "/home/u/envs/x/bin/pivot"),
        (b"~/envs/y/", none, "/path/pivot"),
    ];
    for (typed, variable, expected) in cases {
        let process = Process { variable: *variable, ..Process::NONE };
        let environment = Environment { process, typed, path: b"/path", ..NOWHERE };
        assert_eq!(found(&Table::of(&all), &environment), *expected, "{}", text(typed));
    }
}

#[test]
fn what_cannot_be_executed_is_passed_over() {
    let mut table = Table::of(&["/a/pivot", "/b/pivot/", "/c/pivot"]);
    table.stat_mut("/a/pivot").mode = 0o644;
    let environment = Environment { path: b"/a:/b:/c", ..NOWHERE };
    assert_eq!(found(&table, &environment), "/c/pivot");
    let typed = Environment { typed: b"/a/pivot", ..environment };
    assert_eq!(found(&table, &typed), "/c/pivot");
    table.fail("/c/pivot");
    assert_eq!(found(&table, &environment), "");
}

#[test]
fn each_part_of_the_key_makes_another_store() {
    let table = Table::of(&[
        "/r/.pivot/",
        "/r/pipeline.py",
        "/r/s/pipeline.py",
        "/q/.pivot/",
        "/q/pipeline.py",
        "/y/.pivot/",
        "/y/pivot.yaml",
        "/z/.pivot/",
        "/z/pivot.yml",
        "/a/pivot",
        "/b/pivot",
        "/active/bin/pivot",
    ]);
    let here = Environment { path: b"/a:/b", ..NOWHERE };
    let variants: &[(&str, Environment<'_>)] = &[
        ("/r", here),
        ("/q", here),
        ("/y", here),
        ("/z", here),
        ("/r/s", here),
        ("/r", Environment { path: b"/b:/a", ..here }),
        ("/r", Environment { path: b"", ..here }),
        ("/r", Environment { python: b"/x", ..here }),
        ("/r", Environment { python_path: b"/x", ..here }),
        ("/r", Environment { virtual_env: b"/x", ..here }),
        // One value in another's place.
        ("/r", Environment { python: b"/x", python_path: b"/x", ..here }),
        ("/r", Environment { python_path: b"/x", virtual_env: b"/x", ..here }),
    ];
    let name = |(directory, environment): &(&str, Environment<'_>)| {
        let path = table.store_path(directory, *environment);
        path.rsplit_once('/').unwrap().1.to_owned()
    };
    let mut names: Vec<String> = variants.iter().map(name).collect();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), variants.len());

    // What selects neither the config nor the program makes no other.
    assert_eq!(name(&("/r/t", here)), name(&("/r", here)));
    let same = [
        Environment { home: b"/home/v", ..here },
        Environment { path: b"/a", ..here },
        Environment { typed: b"pivot", ..here },
        Environment { typed: b"/a/pivot", ..here },
        Environment { typed: b"alias", ..here },
    ];
    for environment in same {
        assert_eq!(name(&("/r", environment)), name(&("/r", here)), "{environment:?}");
    }
}
