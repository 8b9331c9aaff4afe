//! Parses the part of a stage name behind the `@`: Python's `str.format` with named fields.
//!
//! Source: CPython 3.13 `Objects/stringlib/unicode_format.h`.

use super::Unsure;

/// A piece of a template.
#[derive(Debug, PartialEq)]
pub(super) enum Piece {
    Literal(String),
    /// A field, as the place of its name among the matrix's dimensions.
    Dimension(usize),
}

/// Parses `{model}_{dataset}`; `{{` and `}}` stand for braces.
///
/// Unsure of unknown names (Pivot asks discovery), of whatever makes Python raise, and of
/// conversions, format specs, attributes and indexes.
pub(super) fn parse(template: &str, dimensions: &[&str]) -> Result<Vec<Piece>, Unsure> {
    let mut pieces = Vec::new();
    let mut literal = String::new();
    let mut rest = template;
    while let Some(brace) = rest.find(['{', '}']) {
        let (before, marked) = rest.split_at(brace);
        literal.push_str(before);
        if let Some(after) = marked.strip_prefix("{{") {
            literal.push('{');
            rest = after;
        } else if let Some(after) = marked.strip_prefix("}}") {
            literal.push('}');
            rest = after;
        } else {
            let field = marked.strip_prefix('{').ok_or("template-brace")?;
            let (name, after) = field.split_once('}').ok_or("template-brace")?;
            let dimension = dimensions.iter().position(|dimension| *dimension == name);
            if is_fancy(name) {
                return Err("template-field");
            }
            if !literal.is_empty() {
                pieces.push(Piece::Literal(std::mem::take(&mut literal)));
            }
            pieces.push(Piece::Dimension(dimension.ok_or("template-field")?));
            rest = after;
        }
    }
    literal.push_str(rest);
    if !literal.is_empty() {
        pieces.push(Piece::Literal(literal));
    }
    Ok(pieces)
}

/// Tells whether a field is more than a name, or a number (in any script), which means a position.
fn is_fancy(name: &str) -> bool {
    name.contains(['.', '[', ']', '!', ':', '{']) || name.chars().all(char::is_numeric)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_and_doubled_braces_are_read_as_python_reads_them() {
        let literal = |text: &str| Piece::Literal(text.to_owned());
        let dimensions = ["a", "b c", "0"];
        let parsed = |template| parse(template, &dimensions);
        assert_eq!(parsed(""), Ok(vec![]));
        assert_eq!(
            parsed("{{{a}}}_{b c}@"),
            Ok(vec![
                literal("{"),
                Piece::Dimension(0),
                literal("}_"),
                Piece::Dimension(1),
                literal("@"),
            ])
        );
        for template in
            ["{", "}", "{a", "a}", "{}", "{0}", "{x}", "{a!r}", "{a:>5}", "{a.b}", "{a[0]}"]
        {
            assert!(parsed(template).is_err(), "{template:?}");
        }
    }
}
