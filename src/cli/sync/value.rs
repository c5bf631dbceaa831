//! Whether the text of a cell is a value of its property.

use super::source::control;
use handoff_core::api::resource_type::PropertyType;
use handoff_core::api::schema::VALUE_MAX;
use handoff_core::engine::check::well_formed;

/// The value as it is kept.
///
/// # Errors
/// In words, what it should be.
pub fn of_text(kind: PropertyType, text: &str) -> Result<String, String> {
    let text = text.trim();
    let value = match kind {
        // Directories write TRUE and FALSE.
        PropertyType::Boolean => text.to_ascii_lowercase(),
        PropertyType::String
        | PropertyType::Reference
        | PropertyType::Secret
        | PropertyType::Integer
        | PropertyType::Date => text.to_owned(),
    };
    well_formed(kind, &value).map_err(|what| format!("{:?} is not {what}", cut(text)))?;
    bounded(&value, VALUE_MAX)?;
    Ok(value)
}

/// Whether a text can be kept.
///
/// # Errors
/// In words: it is longer than so many characters, or holds a character that no text has.
pub fn bounded(text: &str, longest: usize) -> Result<(), String> {
    let length = text.chars().count();
    if length > longest {
        return Err(format!(
            "{:?} has {length} characters, and {longest} is the most",
            cut(text)
        ));
    }
    control(text).map_or(Ok(()), |what| Err(what.into_owned()))
}

/// A text for a message.
pub fn cut(text: &str) -> String {
    const SHOWN: usize = 60;
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(PropertyType::String, " HQ ", "HQ")]
    #[case(PropertyType::String, "two\nlines", "two\nlines")]
    #[case(PropertyType::Reference, "x", "x")]
    #[case(PropertyType::Integer, "-42", "-42")]
    #[case(PropertyType::Boolean, "TRUE", "true")]
    #[case(PropertyType::Date, "2026-03-31", "2026-03-31")]
    fn keeps(#[case] kind: PropertyType, #[case] text: &str, #[case] value: &str) {
        assert_eq!(of_text(kind, text).as_deref(), Ok(value));
    }

    #[rstest]
    #[case(PropertyType::Integer, "4.2", "a whole number")]
    #[case(PropertyType::Integer, "99999999999999999999", "a whole number")]
    #[case(PropertyType::Boolean, "yes", "true or false")]
    #[case(PropertyType::Date, "31.03.2026", "a day such as")]
    #[case(PropertyType::Date, "2026-02-30", "a day such as")]
    #[case(PropertyType::Date, "20260331", "a day such as")]
    #[case(PropertyType::String, "a\0b", "control character U+0000")]
    fn refuses(#[case] kind: PropertyType, #[case] text: &str, #[case] words: &str) {
        let said = of_text(kind, text).unwrap_err();
        assert!(said.contains(words), "{said}");
    }

    #[test]
    fn length_is_counted_in_characters() {
        assert!(of_text(PropertyType::String, &"ü".repeat(VALUE_MAX)).is_ok());
        let said = of_text(PropertyType::String, &"ü".repeat(VALUE_MAX + 1)).unwrap_err();
        assert!(said.contains("1025 characters, and 1024 is the most"), "{said}");
    }
}
