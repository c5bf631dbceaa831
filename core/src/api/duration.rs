//! Durations as they stand in the API: `720h`, `1h30m`, `500ms`. The CRD refuses others before they arrive here.

use jiff::SignedDuration;
use thiserror::Error;

/// Longest duration that a field takes.
pub const LONGEST: SignedDuration = SignedDuration::from_hours(2160);

/// A text that is no duration.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("{0:?} is not a duration such as 720h, 1h30m or 500ms")]
pub struct NotADuration(pub String);

/// Reads a duration of whole hours (`h`), minutes (`m`), seconds (`s`) and milliseconds (`ms`).
///
/// # Errors
/// [`NotADuration`] when the text has another shape or is longer than a duration can be.
pub fn parse(text: &str) -> Result<SignedDuration, NotADuration> {
    let bad = || NotADuration(text.to_owned());
    let mut rest = text;
    let mut total = SignedDuration::ZERO;
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (number, tail) = rest.split_at(digits);
        let number: i64 = number.parse().map_err(|_| bad())?;
        let letters = tail.bytes().take_while(u8::is_ascii_alphabetic).count();
        let (unit, tail) = tail.split_at(letters);
        let milliseconds = match unit {
            "h" => 3_600_000,
            "m" => 60_000,
            "s" => 1_000,
            "ms" => 1,
            _ => return Err(bad()),
        };
        let part = number.checked_mul(milliseconds).ok_or_else(bad)?;
        total = total.checked_add(SignedDuration::from_millis(part)).ok_or_else(bad)?;
        rest = tail;
    }
    if text.is_empty() { Err(bad()) } else { Ok(total) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("720h", 720 * 3_600_000)]
    #[case("1h30m", 5_400_000)]
    #[case("1s500ms", 1_500)]
    #[case("0s", 0)]
    fn reads(#[case] text: &str, #[case] milliseconds: i64) {
        assert_eq!(parse(text), Ok(SignedDuration::from_millis(milliseconds)));
    }

    #[rstest]
    #[case("")]
    #[case("5")]
    #[case("h")]
    #[case("-5m")]
    #[case("5 m")]
    #[case("99999999999999999999h")]
    #[case("9223372036854775807h")]
    fn refuses(#[case] text: &str) {
        assert_eq!(parse(text), Err(NotADuration(text.to_owned())));
    }
}
