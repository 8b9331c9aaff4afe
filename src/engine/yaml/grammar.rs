//! Turns down what PyYAML scans in another way than the scanner library does.
//!
//! The library follows libyaml, a sibling of PyYAML with a few looser rules. Everything that only
//! one of the two accepts, or that they read differently, must not reach [`super::compose`].
//! Differential tests against PyYAML (`oracle`) found and keep this list.

use libyaml_safer::{Encoding, Parser, ScalarStyle, Scanner, Token, TokenData};

use super::Unsure;
use super::text::Text;

/// The deepest nesting that is followed; PyYAML itself runs into Python's recursion limit at
/// a few hundred.
const MAX_DEPTH: usize = 100;

/// Checks that PyYAML and the library read a text alike, as far as tokens go.
pub(super) fn check(text: &Text) -> Result<(), Unsure> {
    check_lines(&text.lines)?;
    let mut scanner = Scanner::new();
    scanner.set_input(text.lines.as_bytes());
    scanner.set_encoding(Encoding::Utf8);
    let mut checker = TokenChecker { text, scanned_to: 0, depth: 0, flow_depth: 0 };
    for token in scanner {
        checker.check(&token.map_err(|_| "malformed")?)?;
    }
    Ok(())
}

/// Makes the library's parser for a text that [`check`] let through.
pub(super) fn parser(text: &Text) -> Parser<&[u8]> {
    let mut parser = Parser::new();
    parser.set_input(text.lines.as_bytes());
    parser.set_encoding(Encoding::Utf8);
    parser
}

/// Checks what must be known before the library sees the text.
///
/// Directives differ in what may follow them and in unknown names.
fn check_lines(lines: &str) -> Result<(), Unsure> {
    for line in lines.split('\n') {
        if let Some(directive) = line.strip_prefix('%')
            && !matches!(directive.trim_end_matches(' '), "YAML 1.1" | "YAML 1.2")
        {
            return Err("directive");
        }
        if has_tag_before_comma(line) {
            return Err("tag");
        }
    }
    Ok(())
}

/// Tells whether a line may have a tag with a comma right behind it, as in `[!!str, a]`.
///
/// The library panics on it inside of brackets; PyYAML makes the comma a part of the tag. Where
/// the tag would follow a letter or a digit it cannot be one; in quotes it is taken for one.
fn has_tag_before_comma(line: &str) -> bool {
    let mut rest = line;
    let mut last = None;
    while let Some(mark) = rest.find('!') {
        let (before, tag) = rest.split_at(mark);
        let len_bytes = tag.find(|ch| !is_tag_char(ch)).unwrap_or(tag.len());
        let can_start = before.chars().next_back().or(last).is_none_or(|ch| !ch.is_alphanumeric());
        if can_start && (tag.starts_with("!<") || tag[len_bytes..].starts_with(',')) {
            return true;
        }
        last = tag[..len_bytes].chars().next_back();
        rest = &tag[len_bytes..];
    }
    false
}

fn is_tag_char(ch: char) -> bool {
    ch.is_ascii_alphanumeric() || "-_;/?:@&=+$.%!~*'()".contains(ch)
}

struct TokenChecker<'t> {
    text: &'t Text,
    /// Where the last token ended, in bytes.
    scanned_to: usize,
    depth: usize,
    flow_depth: usize,
}

impl<'t> TokenChecker<'t> {
    fn check(&mut self, token: &Token) -> Result<(), Unsure> {
        let source = self.source_of(token)?;
        match &token.data {
            TokenData::FlowSequenceStart | TokenData::FlowMappingStart => {
                self.flow_depth += 1;
                self.depth += 1;
            }
            TokenData::BlockSequenceStart | TokenData::BlockMappingStart => self.depth += 1,
            TokenData::FlowSequenceEnd | TokenData::FlowMappingEnd => {
                self.flow_depth = self.flow_depth.checked_sub(1).ok_or("malformed")?;
                self.depth = self.depth.saturating_sub(1);
            }
            TokenData::BlockEnd => self.depth = self.depth.saturating_sub(1),
            // An explicit `?` has a width, the key token before a simple key has none. The library
            // skips one token too many after some of them.
            TokenData::Key if self.flow_depth > 0 && !source.is_empty() => {
                return Err("question-mark-in-brackets");
            }
            TokenData::Scalar { style, .. } => self.check_scalar(*style, source, token)?,
            _ => {}
        }
        if self.depth > MAX_DEPTH {
            return Err("too-deep");
        }
        Ok(())
    }

    /// Returns a token's own text, after checking what lies between it and the last one.
    ///
    /// There only blanks and comments can be. PyYAML knows no tabs outside of comments.
    fn source_of(&mut self, token: &Token) -> Result<&'t str, Unsure> {
        let lines: &'t str = &self.text.lines;
        let start = usize::try_from(token.start_mark.index).map_err(|_| "malformed")?;
        let end = usize::try_from(token.end_mark.index).map_err(|_| "malformed")?;
        let gap = lines.get(self.scanned_to..start).ok_or("malformed")?;
        for line in gap.split('\n') {
            let blanks = line.split_once('#').map_or(line, |(blanks, _)| blanks);
            if blanks.contains('\t') {
                return Err("tab");
            }
        }
        self.scanned_to = end;
        lines.get(start..end).ok_or("malformed")
    }

    fn check_scalar(&self, style: ScalarStyle, source: &str, token: &Token) -> Result<(), Unsure> {
        match style {
            // PyYAML ends a plain scalar at a tab, and in brackets at a question mark too.
            ScalarStyle::Plain if source.contains('\t') => Err("tab"),
            ScalarStyle::Plain if self.flow_depth > 0 && source.contains('?') => {
                Err("question-mark-in-brackets")
            }
            ScalarStyle::Literal | ScalarStyle::Folded => self.check_block_scalar(source, token),
            _ => Ok(()),
        }
    }

    /// Checks a block scalar's first line (`|2- # comment`) and its end.
    ///
    /// The library takes a comment without a blank before it. The newline that [`Text`] adds
    /// would become part of the value.
    fn check_block_scalar(&self, source: &str, token: &Token) -> Result<(), Unsure> {
        let header = source.split('\n').next().unwrap_or_default();
        let rest = header.trim_start_matches(['|', '>', '+', '-']);
        let rest = rest.trim_start_matches(|ch: char| ch.is_ascii_digit());
        let rest = rest.trim_start_matches(['+', '-']);
        let blanks = rest.split_once('#').map_or(rest, |(blanks, _)| blanks);
        if blanks.contains('\t') {
            return Err("tab");
        }
        if rest.starts_with('#') {
            return Err("block-scalar-header");
        }
        let at_end = token.end_mark.index == self.text.lines.len() as u64;
        if at_end && !self.text.ends_in_newline {
            return Err("block-scalar-at-end");
        }
        Ok(())
    }
}
