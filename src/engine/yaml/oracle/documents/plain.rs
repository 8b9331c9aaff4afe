//! Configs as people write them.

use std::fmt::Write;

use super::{DIMENSIONS, NAMES, Rng};

/// Writes a config as people write it: always valid, and answered by Python without discovery.
pub fn document(rng: &mut Rng) -> String {
    let mut out = String::new();
    let step = if rng.chance(70) { 2 } else { 4 };
    if rng.chance(20) {
        out += "# The project's pipeline.\n";
    }
    if rng.chance(10) {
        out += "---\n";
    }
    if rng.chance(20) {
        out += "vars:\n  seed: 42 # fixed\n  when: 2024-01-31\n\n";
    }
    out += "stages:\n";
    let pad = " ".repeat(step);
    for number in 0..1 + rng.below(5) {
        let dimensions = &DIMENSIONS[..rng.below(4)];
        let name = rng.pick(NAMES);
        let template: Vec<String> = dimensions.iter().map(|name| format!("{{{name}}}")).collect();
        let _ = match rng.below(4) {
            0 if !dimensions.is_empty() => {
                writeln!(out, "{pad}{name}{number}@{}:", template.join("_"))
            }
            1 if !dimensions.is_empty() => {
                writeln!(out, "{pad}\"{name}@{{{{{}}}}}\":", template.join("-"))
            }
            _ => writeln!(out, "{pad}{name}{number}:"),
        };
        let field = " ".repeat(step * 2);
        let _ = writeln!(out, "{field}python: stages.{name}_{number}");
        if rng.chance(60) {
            let item = if rng.chance(50) { &field } else { &" ".repeat(step * 3) };
            let _ = writeln!(out, "{field}deps:\n{item}- data/in.csv\n{item}- \"b c.csv\"");
        }
        if rng.chance(50) {
            let _ = writeln!(out, "{field}outs: [out/{number}.csv, 'x, y.csv']");
        }
        if rng.chance(30) {
            let _ = writeln!(out, "{field}params: {{lr: 0.1, steps: [1, 2]}}  # tuned");
        }
        if rng.chance(10) {
            let _ = writeln!(out, "{field}doc: |\n{field}  Two: lines,\n{field}  # no comment\n");
        }
        if rng.chance(20) {
            out.push('\n');
        }
        if !dimensions.is_empty() {
            let _ = writeln!(out, "{field}matrix:");
            for name in dimensions {
                plain_dimension(rng, &mut out, step, name);
            }
        }
    }
    if rng.chance(10) {
        out.pop();
    }
    out
}

fn plain_dimension(rng: &mut Rng, out: &mut String, step: usize, name: &str) {
    #[rustfmt::skip]
    const VALUES: &[&str] = &[
        "linear", "xgboost", "'quoted'", "\"dq\"", "true", "off", "yes", "0.5", "1.50", "10",
        "0x1F", "1e-3", "1.0e-3", "a-b", "v2", "north east", "07", "null", "2024-01-31", "1:30",
        "~",
    ];
    const KEYS: &[&str] = &["small", "large", "\"q k\"", "us-east"];
    let pad = " ".repeat(step * 3);
    let deeper = " ".repeat(step * 4);
    let count = 1 + rng.below(3);
    let _ = match rng.below(3) {
        0 => {
            let values: Vec<&str> = (0..count).map(|_| rng.pick(VALUES)).collect();
            writeln!(out, "{pad}{name}: [{}]", values.join(", "))
        }
        1 => {
            let _ = writeln!(out, "{pad}{name}:");
            for _ in 0..count {
                let _ = writeln!(out, "{deeper}- {}", rng.pick(VALUES));
            }
            Ok(())
        }
        _ => {
            let _ = writeln!(out, "{pad}{name}:");
            for key in &KEYS[..count] {
                let _ = match rng.below(3) {
                    0 => writeln!(out, "{deeper}{key}:"),
                    1 => writeln!(out, "{deeper}{key}: {{params: {{n: 1}}}}"),
                    _ => writeln!(out, "{deeper}{key}:\n{deeper}{pad}deps: [x]"),
                };
            }
            Ok(())
        }
    };
}
