//! Resolves scalars to values and prints them as Python does.
//!
//! Sources: PyYAML 6.0.3 `Resolver` and `SafeConstructor` (YAML 1.1), CPython 3.13 `str()`.

use super::Unsure;
use super::number::{
    DateShape, date_shape, float_of, float_repr, int_of, is_decimal, is_float, is_int,
    is_valid_date,
};

/// A value that can be a mapping's key.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Scalar {
    Null,
    Bool(bool),
    Int(i128),
    Float(f64),
    Str(String),
    /// A valid `YYYY-MM-DD`, which Python prints as it is written.
    Date(String),
}

/// What a scalar resolves to; the two indicators mean something as mapping keys alone.
#[derive(Debug, PartialEq)]
pub(super) enum Resolved {
    Value(Scalar),
    /// A plain `<<`.
    MergeIndicator,
    /// A plain `=`.
    ValueIndicator,
}

/// Resolves a scalar by its tag, or by its text where it is plain.
///
/// `tag` is absent, `!` (resolve whatever the style) or a whole tag. Unsure of every tag but the
/// simple ones, of integers beyond 128 bits and of times of day.
pub(super) fn resolve(tag: Option<&str>, text: String, plain: bool) -> Result<Resolved, Unsure> {
    let value = match tag {
        None if plain => return resolve_plain(text),
        // PyYAML's expressions end in `$`, which a last newline satisfies. Nothing at all is null, or
        // an empty string where libyaml reads it for Pivot's commands.
        Some("!") if text.is_empty() || text.contains('\n') => return Err("tag"),
        Some("!") => return resolve_plain(text),
        None | Some("tag:yaml.org,2002:str") => Scalar::Str(text),
        Some("tag:yaml.org,2002:null") => Scalar::Null,
        Some("tag:yaml.org,2002:bool") => Scalar::Bool(bool_of(&text).ok_or("tag")?),
        Some("tag:yaml.org,2002:int") if is_int(&text) => Scalar::Int(int_of(&text)?),
        Some("tag:yaml.org,2002:float") if is_float(&text) || is_decimal(&text) => {
            Scalar::Float(float_of(&text)?)
        }
        Some(_) => return Err("tag"),
    };
    Ok(Resolved::Value(value))
}

fn resolve_plain(text: String) -> Result<Resolved, Unsure> {
    let value = match text.as_str() {
        "" | "~" | "null" | "Null" | "NULL" => Scalar::Null,
        "<<" => return Ok(Resolved::MergeIndicator),
        "=" => return Ok(Resolved::ValueIndicator),
        // Reachable behind the tag `!`: PyYAML has a resolver and no constructor for them.
        "!" | "&" | "*" => return Err("tag"),
        _ => match text.as_bytes()[0] {
            b'+' | b'-' | b'.' | b'0'..=b'9' => resolve_number_like(text)?,
            _ => match bool_of(&text) {
                Some(value) if has_bool_case(&text) => Scalar::Bool(value),
                _ => Scalar::Str(text),
            },
        },
    };
    Ok(Resolved::Value(value))
}

fn resolve_number_like(text: String) -> Result<Scalar, Unsure> {
    if is_float(&text) {
        return Ok(Scalar::Float(float_of(&text)?));
    }
    if is_int(&text) {
        return Ok(Scalar::Int(int_of(&text)?));
    }
    match date_shape(&text) {
        DateShape::None => Ok(Scalar::Str(text)),
        DateShape::Date if is_valid_date(&text) => Ok(Scalar::Date(text)),
        DateShape::Date => Err("invalid-date"),
        DateShape::MaybeTime => Err("timestamp"),
    }
}

fn bool_of(text: &str) -> Option<bool> {
    let is_any = |words: [&str; 3]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
    if is_any(["yes", "true", "on"]) {
        Some(true)
    } else if is_any(["no", "false", "off"]) {
        Some(false)
    } else {
        None
    }
}

/// Tells whether a word is written `yes`, `Yes` or `YES`.
fn has_bool_case(word: &str) -> bool {
    let (first, rest) = word.split_at(1);
    let rest_is_lower = rest.bytes().all(|byte| byte.is_ascii_lowercase());
    let rest_is_upper = rest.bytes().all(|byte| byte.is_ascii_uppercase());
    rest_is_lower || rest_is_upper && first.bytes().all(|byte| byte.is_ascii_uppercase())
}

impl Scalar {
    pub(super) fn as_str(&self) -> Option<&str> {
        match self {
            Self::Str(text) => Some(text),
            _ => None,
        }
    }

    /// Tells whether Python's `if value:` holds.
    pub(super) fn is_truthy(&self) -> bool {
        match self {
            Self::Null => false,
            Self::Bool(value) => *value,
            Self::Int(value) => *value != 0,
            Self::Float(value) => *value != 0.0,
            Self::Str(text) => !text.is_empty(),
            Self::Date(_) => true,
        }
    }

    /// Returns what Python's `str()` returns.
    pub(super) fn to_python_str(&self) -> String {
        match self {
            Self::Null => "None".to_owned(),
            Self::Bool(true) => "True".to_owned(),
            Self::Bool(false) => "False".to_owned(),
            Self::Int(value) => value.to_string(),
            Self::Float(value) => float_repr(*value),
            Self::Str(text) | Self::Date(text) => text.clone(),
        }
    }

    /// Returns what two keys of one Python dict have in common exactly when they are equal there.
    pub(super) fn dict_key(&self) -> DictKey<'_> {
        /// Whole doubles below it convert to `i128` and back unchanged.
        const WHOLE_LIMIT: f64 = (1_u128 << 126) as f64;
        match self {
            Self::Null => DictKey::Null,
            Self::Bool(value) => DictKey::Int(i128::from(*value)),
            Self::Int(value) => DictKey::Int(*value),
            Self::Float(value) if value.fract() == 0.0 && value.abs() < WHOLE_LIMIT => {
                DictKey::Int(*value as i128)
            }
            // Every `.nan` is one and the same object in PyYAML, hence one key; here the same bits.
            Self::Float(value) => DictKey::Float(value.to_bits()),
            Self::Str(text) => DictKey::Str(text),
            Self::Date(text) => DictKey::Date(text),
        }
    }
}

/// A scalar as Python's hashing sees it: `1`, `1.0` and `True` are one key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum DictKey<'a> {
    Null,
    Int(i128),
    Float(u64),
    Str(&'a str),
    Date(&'a str),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn python_str(plain: &str) -> Option<String> {
        match resolve(None, plain.to_owned(), true) {
            Ok(Resolved::Value(value)) => Some(value.to_python_str()),
            _ => None,
        }
    }

    #[test]
    fn plain_scalars_print_as_python_prints_them() {
        let table = [
            ("yes", "True"),
            ("Off", "False"),
            ("yEs", "yEs"),
            ("y", "y"),
            ("", "None"),
            ("~", "None"),
            ("nULL", "nULL"),
            ("0x1F", "31"),
            ("-0b1_1", "-3"),
            ("017", "15"),
            ("0o7", "0o7"),
            ("08", "08"),
            ("0_", "0"),
            ("1_000", "1000"),
            ("1:30", "90"),
            ("1:60", "1:60"),
            ("190:20:30", "685230"),
            ("1.", "1.0"),
            ("1.50", "1.5"),
            (".5", "0.5"),
            ("+.5", "+.5"),
            ("1e-3", "1e-3"),
            ("1.0e-3", "0.001"),
            ("1.5e3", "1.5e3"),
            ("1.0e-5", "1e-05"),
            ("1.0e+16", "1e+16"),
            ("123456789012345.0e+1", "1234567890123450.0"),
            ("-0.0", "-0.0"),
            ("190987567979465.125", "190987567979465.12"),
            ("0.0001", "0.0001"),
            ("12.0e+21", "1.2e+22"),
            ("-.inf", "-inf"),
            (".NaN", "nan"),
            ("-.nan", "-.nan"),
            ("1:30.5", "90.5"),
            ("2024-02-29", "2024-02-29"),
            ("2024-2-9", "2024-2-9"),
            ("-", "-"),
            ("1__", "1"),
            ("1._5", "1.5"),
        ];
        for (plain, expected) in table {
            assert_eq!(python_str(plain).as_deref(), Some(expected), "{plain:?}");
        }
    }

    #[test]
    fn what_python_refuses_has_no_value() {
        for plain in [
            "2023-02-29",
            "0000-01-01",
            "0b_",
            "0x_",
            "2024-01-01T00:00:00",
            "=",
            "<<",
            "340282366920938463463374607431768211456",
        ] {
            assert_eq!(python_str(plain), None, "{plain:?}");
        }
    }

    #[test]
    fn keys_that_python_takes_for_equal_are_equal() {
        let one = Scalar::Int(1);
        assert_eq!(one.dict_key(), Scalar::Bool(true).dict_key());
        assert_eq!(one.dict_key(), Scalar::Float(1.0).dict_key());
        assert_ne!(one.dict_key(), Scalar::Str("1".to_owned()).dict_key());
    }
}
