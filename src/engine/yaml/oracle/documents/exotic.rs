//! Documents that use all of YAML: anchors, merge keys, tags, every style, unusual scalars.

use std::fmt::Write;

use super::{DIMENSIONS, NAMES, Rng};

/// Scalars that YAML 1.1 and Python read or print in their own way.
#[rustfmt::skip]
const SCALARS: &[&str] = &[
    "yes", "No", "ON", "off", "true", "False", "TRUE", "y", "n", "yEs", "~", "null", "Null",
    "nULL", "0", "-0", "+1", "007", "08", "0o17", "0x1F", "-0xff", "0b101", "0_", "1_000", "1__0",
    "_1", "12e3", "1e-3", "1.5e3", "1.5e+3", "1.5E-7", "1.", "1.50", ".5", "-.5", "+.5", "-1.5",
    "1_0.5_0", "1.e+5", ".e+5", "1e5.0", ".inf", "-.Inf", "+.INF", ".nan", "-.nan", ".NaN", "1:30",
    "1:60", "01:30", "190:20:30", "1:30.5", "-1:30:15.25", "20:30.15_", "1.0e+15", "1.0e+16",
    "1.0e-4", "1.0e-5", "123456789.123456789", "1.7976931348623157e+308", "1.0e+999", "5.0e-324",
    "0.1", "0.30000000000000004", "100000000000000000000.0", "9223372036854775808",
    "170141183460469231731687303715884105727", "2024-01-31", "2024-1-1", "2024-01-31x", "a", "b",
    "resnet-50", "a b", "x:y", "http://x/y?z#w", "a#b", "a'b", "a\"b", "\u{e9}t\u{e9}",
    "\u{1f389}", "-a", "-", "--", "?a", ":a", "a:", "a,b", "[a]", "{a}", "@a", "`a", "%a",
    "&a", "*a", "|", ">", "#a", "a #b", "...", "---", "a\tb", "a  b", " a", "a ", "", "a\\n",
    "a\u{a0}b", "$a", "(a)", "a?b", "None", "True", "1.0", "{{a}}", "a@b", "\u{661}",
];

/// Scalars that PyYAML refuses, or that the fast path leaves to Python.
#[rustfmt::skip]
const RISKY_SCALARS: &[&str] = &[
    "0b_", "0x_", "2024-02-30", "0000-01-01", "2024-01-31 10:00:00", "2024-01-31T10:00:00Z", "<<",
    "=", "a\u{85}b", "a\u{2028}b", "\u{feff}", "!a",
];

/// Writes one; `risk` is the percentage of choices that tend to make it invalid.
pub fn document(rng: &mut Rng, risk: usize) -> String {
    let exotic = Exotic { rng, out: String::new(), anchors: Vec::new(), risk };
    exotic.document()
}

/// What a node means to Pivot.
#[derive(Clone, Copy, PartialEq)]
enum Role {
    Config,
    Stages,
    Stage,
    Matrix,
    Dimension,
    Junk,
}

/// Writes documents that use all of YAML, mostly valid.
struct Exotic<'r> {
    rng: &'r mut Rng,
    out: String,
    anchors: Vec<(Role, String)>,
    /// Percent of choices that make a document invalid more often than not.
    risk: usize,
}

impl Exotic<'_> {
    fn document(mut self) -> String {
        if self.rng.chance(5) {
            self.out.push('\u{feff}');
        }
        if self.rng.chance(5) {
            self.out += self.rng.pick(&["%YAML 1.1\n---\n", "%YAML 1.2\n--- # c\n"]);
        } else if self.rng.chance(15) {
            self.out += self.rng.pick(&["---\n", "# c\n\n", "--- # c\n", "\n"]);
        }
        let start = self.out.len();
        if self.rng.chance(80) {
            self.block_mapping(Role::Config, 0);
        } else {
            self.flow(Role::Config, 0);
            self.out.push('\n');
        }
        if self.rng.chance(self.risk) {
            self.out.replace_range(..start, "");
        }
        if self.rng.chance(5) {
            self.out += self.rng.pick(&["...\n", "# end\n", "\n\n", "...\n# c\n"]);
        }
        if self.rng.chance(self.risk) {
            self.out += self.rng.pick(&["---\n", "---\na: b\n", "...\nb\n"]);
        }
        if self.rng.chance(5) {
            self.out = self.out.replace('\n', self.rng.pick(&["\r\n", "\r"]));
        }
        if self.rng.chance(5) {
            self.out.pop();
        }
        self.out
    }

    /// Writes the entries of a block mapping, each on lines of its own.
    fn block_mapping(&mut self, role: Role, indent: usize) {
        let pad = " ".repeat(indent);
        for (key, value_role) in self.entries(role) {
            if self.rng.chance(5) {
                self.out += self.rng.pick(&["\n", "# c: d\n", "   \n", "  # \t\n"]);
            }
            self.out += &pad;
            if key == "<<" {
                self.out += "<<:";
                self.merge_source(value_role);
                self.out.push('\n');
                continue;
            }
            if self.rng.chance(4) {
                self.out += "? ";
                self.key(&key);
                self.out.push('\n');
                self.out += &pad;
            } else {
                self.key(&key);
                if self.rng.chance(3) {
                    self.out.push(' ');
                }
            }
            self.out.push(':');
            self.block_value(value_role, indent);
        }
    }

    /// Writes what follows the colon in a block mapping, the line's end included.
    fn block_value(&mut self, role: Role, indent: usize) {
        if self.alias(role) {
            self.out.push('\n');
            return;
        }
        let anchor = self.anchor();
        let is_scalar = match role {
            Role::Junk => self.rng.chance(70),
            Role::Dimension => self.rng.chance(self.risk),
            _ => self.rng.chance(self.risk),
        };
        let nested = indent + 1 + self.rng.below(4);
        if is_scalar {
            self.out.push(' ');
            self.block_scalar(indent);
        } else if self.rng.chance(35) {
            self.out.push(' ');
            self.flow(role, nested);
            self.out.push('\n');
        } else if self.is_sequence(role) {
            self.out.push('\n');
            let nested = if self.rng.chance(40) { indent } else { nested };
            let pad = " ".repeat(nested);
            for _ in 0..1 + self.rng.below(3) {
                self.out += &pad;
                self.out.push('-');
                if role == Role::Junk && self.rng.chance(20) && nested < 30 {
                    self.block_value(Role::Junk, nested + usize::from(nested == indent));
                } else {
                    self.out += self.rng.pick(&[" ", " ", "   "]);
                    self.block_scalar(nested);
                }
            }
        } else {
            self.out += self.rng.pick(&["\n", "\n", " # c\n"]);
            self.block_mapping(role, nested);
        }
        if let Some(anchor) = anchor {
            self.anchors.push((role, anchor));
        }
    }

    /// Writes a scalar in block context and its line's end.
    fn block_scalar(&mut self, indent: usize) {
        let pad = " ".repeat(indent + 1 + self.rng.below(3));
        match self.rng.below(12) {
            0 => {
                self.out += self.rng.pick(&["|", ">", "|-", ">+", "|+", ">-"]);
                self.out += self.rng.pick(&["\n", "\n", " # c\n", "  \n"]);
                let _ = writeln!(self.out, "{pad}a");
                for _ in 0..self.rng.below(3) {
                    self.out += &pad;
                    self.out += self.rng.pick(&["b: c", "# d", " e", "", "\tf", "- g", "h "]);
                    self.out.push('\n');
                }
            }
            1 => {
                let (first, second) = (self.rng.pick(NAMES), self.rng.pick(NAMES));
                let _ = writeln!(self.out, "{first}\n{pad}{second}");
            }
            2 => {
                let quote = self.rng.pick(&["'", "\"", "\""]);
                let gap = self.rng.pick(&["\n", "\n\n", " \n", "\n \n", "\\\n"]);
                let _ = writeln!(self.out, "{quote}a{gap}{pad}b{quote}");
            }
            _ => {
                self.scalar();
                self.out += self.rng.pick(&["\n", "\n", "\n", " # c\n", " \n", "  # \tc\n"]);
            }
        }
    }

    /// Writes a collection in brackets, over one line or several.
    fn flow(&mut self, role: Role, depth: usize) {
        let gap = self.rng.pick(&[" ", " ", " ", "", "\n  "]);
        let gap = gap.replace("  ", &" ".repeat(depth + 2));
        let mut is_first = true;
        if self.is_sequence(role) {
            self.out.push('[');
            for _ in 0..self.rng.below(4) {
                if !std::mem::take(&mut is_first) {
                    let _ = write!(self.out, ",{gap}");
                }
                if role == Role::Junk && self.rng.chance(10) && depth < 30 {
                    self.flow(Role::Junk, depth + 8);
                } else {
                    self.scalar();
                }
            }
            let last = self.rng.below(if is_first { 3 } else { 4 });
            self.out += ["]", "]", " ]", ", ]"][last];
            return;
        }
        self.out.push('{');
        for (key, value_role) in self.entries(role) {
            if !std::mem::take(&mut is_first) {
                let _ = write!(self.out, ",{gap}");
            }
            if key == "<<" {
                self.out += "<<:";
                self.merge_source(value_role);
                continue;
            }
            self.key(&key);
            if value_role == Role::Junk && self.rng.chance(5) {
                continue;
            }
            self.out.push(':');
            if self.alias(value_role) {
                self.out.push(' ');
                continue;
            }
            let anchor = self.anchor();
            self.out.push(' ');
            let is_scalar = match value_role {
                Role::Junk => depth >= 30 || self.rng.chance(85),
                Role::Dimension => self.rng.chance(self.risk),
                _ => false,
            };
            if is_scalar {
                self.scalar();
            } else {
                self.flow(value_role, depth + 8);
            }
            if let Some(anchor) = anchor {
                self.anchors.push((value_role, anchor));
            }
        }
        let last = self.rng.below(if is_first { 3 } else { 4 });
        self.out += ["}", "}", " }", ",}"][last];
    }

    /// Chooses the keys of a mapping and what their values are.
    fn entries(&mut self, role: Role) -> Vec<(String, Role)> {
        let mut entries: Vec<(String, Role)> = Vec::new();
        match role {
            Role::Config => {
                for (name, role) in [("x-stage", Role::Stage), ("x-k", Role::Dimension)] {
                    if self.rng.chance(30) {
                        entries.push((name.to_owned(), role));
                    }
                }
                if self.rng.chance(20) {
                    entries.push((self.rng.pick(SCALARS).to_owned(), Role::Junk));
                }
                if self.rng.chance(30) {
                    entries.push(("more".to_owned(), Role::Stages));
                }
                entries.push(("stages".to_owned(), Role::Stages));
                if self.rng.chance(3) {
                    entries.push(("stages".to_owned(), Role::Stages));
                }
            }
            Role::Stages => {
                for _ in 0..1 + self.rng.below(3) {
                    let name = self.rng.pick(NAMES);
                    let name = match self.rng.below(8) {
                        0 => format!("{name}@{{model}}"),
                        1 => format!("{name}@{{model}}_{{data}}"),
                        2 => format!("{name}@{{{{{{k}}}}}}-@{{data}}"),
                        3 if self.rng.chance(self.risk) => format!("{name}@{{model!r}}"),
                        4 if self.rng.chance(self.risk) => format!("{name}@}}{{}}"),
                        _ => name.to_owned(),
                    };
                    let role = if self.rng.chance(3) { Role::Junk } else { Role::Stage };
                    entries.push((name, role));
                }
                if self.rng.chance(self.risk) {
                    entries.push((self.rng.pick(SCALARS).to_owned(), Role::Junk));
                }
            }
            Role::Stage => {
                entries.push(("python".to_owned(), Role::Junk));
                if self.rng.chance(20) {
                    entries
                        .push((self.rng.pick(&["deps", "outs", "params"]).to_owned(), Role::Junk));
                }
                if self.rng.chance(75) {
                    entries.push(("matrix".to_owned(), Role::Matrix));
                }
                if self.rng.chance(self.risk) {
                    entries.push(("variants".to_owned(), Role::Junk));
                }
            }
            Role::Matrix => {
                for name in DIMENSIONS {
                    if self.rng.chance(90) {
                        entries.push(((*name).to_owned(), Role::Dimension));
                    }
                }
            }
            Role::Dimension | Role::Junk => {
                for _ in 0..1 + self.rng.below(3) {
                    let pool = if self.rng.chance(95) { NAMES } else { SCALARS };
                    entries.push((self.rng.pick(pool).to_owned(), Role::Junk));
                }
            }
        }
        let mergeable = !matches!(role, Role::Dimension | Role::Junk) || self.rng.chance(self.risk);
        if mergeable
            && self.rng.chance(25)
            && self.anchors.iter().any(|(anchored, _)| *anchored == role)
        {
            let place = self.rng.below(entries.len() + 1);
            entries.insert(place, ("<<".to_owned(), role));
        }
        entries
    }

    /// Writes one alias or a list of two to merge from; Python refuses those that name a list.
    fn merge_source(&mut self, role: Role) {
        let names: Vec<String> = self
            .anchors
            .iter()
            .filter(|(anchored, _)| *anchored == role)
            .map(|(_, name)| name.clone())
            .collect();
        if names.is_empty() {
            self.out += " {m: }";
            return;
        }
        let one = &names[self.rng.below(names.len())];
        let other = &names[self.rng.below(names.len())];
        let _ = match self.rng.below(3) {
            0 => write!(self.out, " [*{one} , *{other} ]"),
            _ => write!(self.out, " *{one} "),
        };
    }

    fn alias(&mut self, role: Role) -> bool {
        if !self.rng.chance(15) {
            return false;
        }
        let fitting: Vec<&String> = self
            .anchors
            .iter()
            .filter(|(anchored, _)| *anchored == role)
            .map(|(_, name)| name)
            .collect();
        if fitting.is_empty() {
            return false;
        }
        let name = fitting[self.rng.below(fitting.len())];
        let _ = write!(self.out, " *{name}");
        true
    }

    /// Writes an anchor now and then; it can be used once its node is complete.
    fn anchor(&mut self) -> Option<String> {
        if self.rng.chance(self.risk) {
            self.out += self.rng.pick(&[" !", " !!map", " !!seq", " !!str", " !x", " !!set"]);
        }
        if !self.rng.chance(20) {
            return None;
        }
        let name = format!("n{}", self.anchors.len() * 100 + self.rng.below(100));
        let _ = write!(self.out, " &{name}");
        Some(name)
    }

    fn is_sequence(&mut self, role: Role) -> bool {
        match role {
            Role::Dimension => self.rng.chance(70),
            Role::Junk => self.rng.chance(60),
            _ => false,
        }
    }

    fn key(&mut self, key: &str) {
        match self.rng.below(10) {
            0 => self.single_quoted(key),
            1 => self.double_quoted(key),
            _ if is_safe_plain(key) || self.rng.chance(self.risk) => self.out += key,
            _ => self.double_quoted(key),
        }
    }

    fn scalar(&mut self) {
        if self.rng.chance(2) {
            self.out += self.rng.pick(&["!!str ", "!!null ", "! "]);
        } else if self.rng.chance(self.risk) {
            self.out += self.rng.pick(&["!!int ", "!!float ", "!!bool ", "!x "]);
        }
        let number;
        let text = match self.rng.below(10) {
            0 => {
                let value = f64::from_bits(self.rng.next());
                number = format!("{value:e}").replace('e', "e+").replace("e+-", "e-");
                &number
            }
            1 => {
                let digits = self.rng.next() >> self.rng.below(64);
                let scale = 10_f64.powi(self.rng.below(40) as i32 - 20);
                number = format!("{:?}", digits as f64 * scale);
                &number
            }
            // Halfway between the shortest decimals: Python rounds to the even digit.
            2 => {
                let eighths = (self.rng.next() >> 11) | 1;
                number = format!("{:.9}", eighths as f64 / f64::from(1 << self.rng.below(9)));
                &number
            }
            _ if self.rng.chance(self.risk) => self.rng.pick(RISKY_SCALARS),
            _ => self.rng.pick(SCALARS),
        };
        match self.rng.below(10) {
            0 => self.single_quoted(text),
            1 | 2 => self.double_quoted(text),
            _ if is_safe_plain(text) || self.rng.chance(self.risk) => self.out += text,
            _ => self.single_quoted(text),
        }
    }

    fn single_quoted(&mut self, text: &str) {
        let _ = write!(self.out, "'{}'", text.replace('\'', "''"));
    }

    fn double_quoted(&mut self, text: &str) {
        self.out.push('"');
        for ch in text.chars() {
            let _ = match ch {
                '"' | '\\' => write!(self.out, "\\{ch}"),
                _ if self.rng.chance(5) => write!(self.out, "\\u{:04x}", u32::from(ch) & 0xffff),
                _ => write!(self.out, "{ch}"),
            };
        }
        if self.rng.chance(5) {
            self.out += self.rng.pick(&["\\x41", "\\n", "\\t", "\\_", "\\N", "\\0", "\\e"]);
        }
        self.out.push('"');
    }
}

fn is_safe_plain(text: &str) -> bool {
    let is_word = |ch: char| ch.is_alphanumeric() || matches!(ch, '_' | '.' | '~');
    text.starts_with(|ch| is_word(ch) || matches!(ch, '+' | '-'))
        && text.len() > 1
        && text.chars().all(|ch| is_word(ch) || matches!(ch, ':' | '+' | '-' | '@' | '$'))
        && !text.ends_with(':')
        && !matches!(text, "--" | "---" | "...")
        || matches!(text, "<<" | "=" | "~" | "a" | "b" | "y" | "n" | "0")
            && !matches!(text, "<<" | "=")
}
