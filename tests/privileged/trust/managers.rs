//! Stand-ins for version managers, of two milliseconds, shaped like pyenv, asdf 0.14 and mise: a shim on
//! PATH, and a program that looks for its file from the working directory up, then in the home directory.
//! Real mise has tests of its own in `real_mise`; pyenv and asdf come from no registry.

use super::ground::{ANOTHER, Scene};

/// What the manager does, in the shell's own words: `which NAME` prints a program's path, `exec NAME`
/// becomes it. FILES are the names it looks for; a version is a number, or `path:` and a directory,
/// as asdf and mise have it.
const MANAGER: &str = r#"#!/bin/sh
case ${0##*/} in MANAGER) ;; *) set -- exec "${0##*/}" "$@" ;; esac
printf '%s\n' "manager $1" >> MARKER
version=
at=$PWD
while [ -z "$version" ]; do
    for file in FILES; do
        [ -f "$at/$file" ] || continue
        while read -r name is rest; do
            case $name in
            path:*) version=$name ;;
            python) version=$is; [ "$is" = = ] && version=$rest ;;
            [0-9]*) version=$name ;;
            esac
        done < "$at/$file"
        break
    done
    [ -n "$at" ] || break
    at=${at%/*}
done
if [ -z "$version" ] && [ -f "$HOME/.python-version" ]; then read -r version < "$HOME/.python-version"; fi
version=${version#\"}
version=${version%\"}
case $version in
path:*) program=${version#path:}/bin/$2 ;;
*) program=$HOME/.versions/$version/bin/$2 ;;
esac
case $1 in
which) printf '%s\n' "$program" ;;
exec) shift 2; exec "$program" "$@" ;;
*) exit 1 ;;
esac
"#;

/// Real pyenv's shim, with the manager's place.
const PYENV_SHIM: &str = r#"#!/usr/bin/env bash
set -e
[ -n "$PYENV_DEBUG" ] && set -x

program="${0##*/}"

export PYENV_ROOT="HERE"
exec "HERE/bin/pyenv" exec "$program" "$@"
"#;

/// Real asdf's.
const ASDF_SHIM: &str = r#"#!/usr/bin/env bash
# asdf-plugin: python 1
exec HERE/bin/asdf exec "NAME" "$@" # asdf_allow: ' asdf '
"#;

/// Has a file of another's choose what is `planted`: in the first directory on the way to `here`, which is
/// `owner`'s, with this mode. `text` has a place for the path.
pub fn choose(
    scene: &mut Scene,
    me: u32,
    (here, owner, mode): (&str, u32, u32),
    (file, text): (&str, &str),
) {
    let (top, _) = here.split_once('/').unwrap_or((here, ""));
    scene.directory(here, if top == "theirs" { owner } else { me }, 0o755);
    let text = text.replace("{}", scene.path("planted").to_str().unwrap());
    scene.file(&format!("{top}/{file}"), text, ANOTHER, 0o644);
    scene.directory(top, owner, mode);
    scene.here = here.into();
}

/// Puts root's manager `name` and its shims on PATH.
pub fn install(scene: &mut Scene, name: &str) {
    install_shim(scene, name, "pivot");
}

/// The same with a shim of this name.
pub fn install_shim(scene: &mut Scene, name: &str, command: &str) {
    let files = match name {
        "pyenv" => ".python-version",
        // With `legacy_version_file = yes`, which most have.
        "asdf" => ".tool-versions .python-version",
        _ => {
            "mise.local.toml .mise.local.toml mise.toml .mise.toml mise/config.toml \
             .mise/config.toml .config/mise.toml .config/mise/config.toml .tool-versions \
             .python-version"
        }
    };
    let root = scene.path("manager").display().to_string();
    let manager = MANAGER
        .replace("MANAGER", name)
        .replace("MARKER", scene.path("marker").to_str().unwrap())
        .replace("FILES", files);
    for directory in ["manager", "manager/bin", "manager/shims"] {
        scene.directory(directory, 0, 0o755);
    }
    let program = scene.file(&format!("manager/bin/{name}"), manager, 0, 0o755);
    let shim = &format!("manager/shims/{command}");
    match name {
        "pyenv" => drop(scene.file(shim, PYENV_SHIM.replace("HERE", &root), 0, 0o755)),
        "asdf" => drop(scene.file(
            shim,
            ASDF_SHIM.replace("NAME", command).replace("HERE", &root),
            0,
            0o755,
        )),
        _ => drop(scene.link(shim, program, 0)),
    }
    scene.set("PATH", "{}/manager/shims:{}/manager/bin:/usr/bin:/bin");
}
