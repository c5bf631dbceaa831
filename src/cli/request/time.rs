//! Times as people give them.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// RFC 3339, or a day, which begins at midnight in the time zone of whoever says it.
///
/// # Errors
/// In words: it is neither.
pub(super) fn time(text: &str) -> Result<Timestamp, String> {
    in_zone(text, TimeZone::system())
}

fn in_zone(text: &str, zone: TimeZone) -> Result<Timestamp, String> {
    let text = text.trim();
    if let Ok(time) = text.parse() {
        return Ok(time);
    }
    let day = || text.parse::<Date>().ok()?.to_zoned(zone).ok();
    day()
        .filter(|_| text.len() == "2026-03-01".len())
        .map(|begin| begin.timestamp())
        .ok_or_else(|| format!("{text:?} is neither a time such as 2026-03-01T08:00:00Z nor a day such as 2026-03-01"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("2026-03-01T08:00:00Z", "2026-03-01T08:00:00Z")]
    #[case("2026-03-01T08:00:00+01:00", "2026-03-01T07:00:00Z")]
    #[case("2026-03-01", "2026-02-28T23:00:00Z")]
    #[case(" 2026-07-01 ", "2026-06-30T22:00:00Z")]
    fn a_time_or_a_day(#[case] text: &str, #[case] time: &str) {
        let zone = TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap();
        assert_eq!(in_zone(text, zone).unwrap().to_string(), time);
    }

    #[rstest]
    #[case("tomorrow")]
    #[case("01.03.2026")]
    #[case("2026-02-30")]
    #[case("2026-03-01T08:00")]
    fn nothing_else(#[case] text: &str) {
        assert!(in_zone(text, TimeZone::UTC).is_err());
    }
}
