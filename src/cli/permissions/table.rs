//! The page as a table, as kubectl prints one. Pure: `now` comes in.

use super::page::{Page, Permission, Presence};
use handoff_core::engine::knowledge::Known;
use jiff::Timestamp;

const HEADS: [&str; 9] = [
    "TYPE", "RESOURCE", "DESIRED", "CLAIMED", "OBSERVED", "STATE", "ORDER", "SINCE", "NOTE",
];
const GAP: usize = 3;

/// The table; `wide` with the values of each truth.
pub(super) fn table(page: &Page, now: Timestamp, wide: bool) -> String {
    let heads = HEADS.map(ToOwned::to_owned);
    let rows = page.permissions.iter().map(|permission| row(permission, now, wide));
    let rows: Vec<_> = std::iter::once(heads).chain(rows).collect();
    let widths: Vec<usize> = (0..HEADS.len())
        .map(|column| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0))
        .collect();
    let line = |row: &[String; 9]| {
        let cells = row.iter().zip(&widths);
        let cells = cells.map(|(cell, width)| format!("{cell:<padded$}", padded = width + GAP));
        format!("{}\n", cells.collect::<String>().trim_end())
    };
    rows.iter().map(line).collect()
}

fn row(permission: &Permission, now: Timestamp, wide: bool) -> [String; 9] {
    let truth = |exists: bool, values: &Known| {
        let word = if exists { "present" } else { "absent" };
        format!("{word}{}", if wide && exists { shown(values) } else { String::new() })
    };
    let desired = permission.desired.as_ref();
    let claimed = permission.claimed.as_ref();
    let cells = [
        Some(permission.resource_type.clone()),
        permission.identifier.clone(),
        desired.map(|desired| truth(desired.exists, &desired.values)),
        claimed.map(|claimed| truth(claimed.exists, &claimed.values)),
        Some(seen(permission, now, wide)),
        state(permission),
        permission.order.clone(),
        permission.since.map(|since| age(since, now)),
        Some(permission.notes.join("; ")),
    ];
    cells.map(|cell| cell.map_or_else(|| "-".to_owned(), |cell| harmless(&cell)))
}

fn seen(permission: &Permission, now: Timestamp, wide: bool) -> String {
    let observed = &permission.observed;
    let word = match observed.presence {
        Presence::Present => "present",
        Presence::Absent => "absent",
        Presence::Unknown => "unknown",
    };
    let values = if wide { shown(&observed.values) } else { String::new() };
    let when = observed.as_of.map(|at| format!(" ({} ago)", age(at, now)));
    format!("{word}{values}{}", when.unwrap_or_default())
}

fn state(permission: &Permission) -> Option<String> {
    let state = permission.state?;
    Some(match &permission.reason {
        Some(reason) => format!("{state}/{reason}"),
        None => state.to_string(),
    })
}

/// ` zone=HQ doors=a|b`
fn shown(values: &Known) -> String {
    let pairs = values
        .iter()
        .map(|(property, values)| format!(" {property}={}", values.join("|")));
    pairs.collect()
}

/// What comes from an export or a person must not steer the terminal.
fn harmless(text: &str) -> String {
    let escaped = |character: char| {
        if character.is_control() {
            character.escape_default().to_string()
        } else {
            character.to_string()
        }
    };
    text.chars().map(escaped).collect()
}

/// An age as kubectl writes it: coarser the older it is.
fn age(from: Timestamp, now: Timestamp) -> String {
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
    }
}
