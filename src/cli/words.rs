//! Words that every command says the same way: ages, times, and what a terminal may be shown. Pure: `now` comes in.

use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

/// What comes from an export or a person must not steer the terminal.
pub(super) fn harmless(text: &str) -> String {
    let escaped = |character: char| {
        if character.is_control() || turns(character) {
            character.escape_default().to_string()
        } else {
            character.to_string()
        }
    };
    text.chars().map(escaped).collect()
}

/// Whether a character turns the direction of what follows, which can make a text look like another.
fn turns(character: char) -> bool {
    matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// An age as kubectl writes it: coarser the older it is.
pub(super) fn age(from: Timestamp, now: Timestamp) -> String {
    let seconds = now.duration_since(from).as_secs().max(0);
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86400);
    let two = |large: i64, unit: &str, rest: i64, small: &str| match rest {
        0 => format!("{large}{unit}"),
        _rest => format!("{large}{unit}{rest}{small}"),
    };
    match seconds {
        0..120 => format!("{seconds}s"),
        120..600 => two(minutes, "m", seconds % 60, "s"),
        600..10_800 => format!("{minutes}m"),
        10_800..28_800 => two(hours, "h", minutes % 60, "m"),
        28_800..172_800 => format!("{hours}h"),
        172_800..691_200 => two(days, "d", hours % 24, "h"),
        691_200..63_072_000 => format!("{days}d"),
        63_072_000..252_288_000 => two(days / 365, "y", days % 365, "d"),
        _older => format!("{}y", days / 365),
    }
}

/// A time for people: the hour of today, else the day too; in the time zone of whoever reads it.
pub(super) fn moment(at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    let (at, now): (Zoned, Zoned) = (at.to_zoned(zone.clone()), now.to_zoned(zone.clone()));
    let format = if at.date() == now.date() {
        "%H:%M"
    } else {
        "%Y-%m-%d %H:%M"
    };
    at.strftime(format).to_string()
}

/// A count with its noun: `1 order`, `12 orders`.
pub(super) fn count(many: usize, noun: &str) -> String {
    format!("{many} {noun}{}", if many == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(-5, "0s")]
    #[case(119, "119s")]
    #[case(125, "2m5s")]
    #[case(180, "3m")]
    #[case(3600, "60m")]
    #[case(10_860, "3h1m")]
    #[case(86_400, "24h")]
    #[case(176_400, "2d1h")]
    #[case(864_000, "10d")]
    #[case(63_158_400, "2y1d")]
    #[case(315_360_000, "10y")]
    fn ages(#[case] seconds: i64, #[case] words: &str) {
        let from = Timestamp::UNIX_EPOCH;
        assert_eq!(age(from, Timestamp::from_second(seconds).unwrap()), words);
    }

    #[test]
    fn a_value_cannot_steer_the_terminal() {
        assert_eq!(harmless("a\u{1b}[2Jb\n"), "a\\u{1b}[2Jb\\n");
        assert_eq!(harmless("nimda\u{202e}"), "nimda\\u{202e}");
    }

    #[rstest]
    #[case("2026-03-01T13:02:00Z", "14:02")]
    #[case("2026-02-28T22:59:00Z", "2026-02-28 23:59")]
    fn moments(#[case] at: Timestamp, #[case] words: &str) {
        let now = "2026-03-01T20:00:00Z".parse().unwrap();
        let zone = TimeZone::fixed(jiff::tz::offset(1));
        assert_eq!(moment(at, now, &zone), words);
    }

    #[rstest]
    #[case(0, "0 orders")]
    #[case(1, "1 order")]
    fn counts(#[case] many: usize, #[case] words: &str) {
        assert_eq!(count(many, "order"), words);
    }
}
