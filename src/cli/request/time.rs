//! Times as people give them. Pure, but for the time zone of this machine.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// A moment, or a day, which begins at midnight of some time zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// RFC 3339.
    Moment(Timestamp),
    /// `2026-03-01`
    Day(Date),
}

impl When {
    /// Reads it.
    ///
    /// # Errors
    /// In words: it is neither.
    pub fn of(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let day = || {
            text.parse()
                .ok()
                .filter(|_| text.len() == "2026-03-01".len())
                .map(Self::Day)
        };
        text.parse().ok().map(Self::Moment).or_else(day).ok_or_else(|| {
            format!("{text:?} is neither a time such as 2026-03-01T08:00:00Z nor a day such as 2026-03-01")
        })
    }

    /// When it is there.
    ///
    /// # Errors
    /// In words: this day is out of all reckoning.
    pub(super) fn begins(self, zone: &TimeZone) -> Result<Timestamp, String> {
        match self {
            Self::Moment(time) => Ok(time),
            Self::Day(day) => day
                .to_zoned(zone.clone())
                .map(|begin| begin.timestamp())
                .map_err(|why| format!("{day}: {why}")),
        }
    }
}

/// A time zone by its name.
///
/// # Errors
/// In words: this machine knows none of that name.
pub(super) fn zone(name: &str) -> Result<TimeZone, String> {
    TimeZone::get(name)
        .map_err(|_| format!("{name:?} is no time zone that is known here: give one such as Europe/Berlin, or UTC"))
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
        assert_eq!(When::of(text).unwrap().begins(&zone).unwrap().to_string(), time);
    }

    #[rstest]
    #[case("tomorrow")]
    #[case("01.03.2026")]
    #[case("2026-02-30")]
    #[case("2026-03-01T08:00")]
    fn nothing_else(#[case] text: &str) {
        assert!(When::of(text).is_err());
    }

    #[test]
    fn a_zone_that_nobody_knows() {
        assert!(zone("UTC").is_ok());
        assert!(zone("Berlin").unwrap_err().contains("Europe/Berlin"));
    }
}
