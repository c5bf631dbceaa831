//! The page as a table, as kubectl prints one. Pure: `now` comes in.

use super::super::table::{Cell, Column, Table, Tone};
use super::super::words::age;
use super::page::{Page, Permission, Presence};
use handoff_core::engine::knowledge::Known;
use jiff::Timestamp;

const COLUMNS: [Column; 9] = [
    Column::whole("TYPE"),
    Column::whole("RESOURCE"),
    Column::cut("DESIRED"),
    Column::cut("CLAIMED"),
    Column::cut("OBSERVED"),
    Column::whole("STATE"),
    Column::whole("ORDER"),
    Column::whole("SINCE"),
    Column::cut("NOTE"),
];

/// The table; `wide` with the values of each truth.
pub(super) fn table(page: &Page, now: Timestamp, wide: bool) -> Table {
    let rows = page.permissions.iter().map(|permission| row(permission, now, wide));
    Table::new(&COLUMNS, rows)
}

fn row(permission: &Permission, now: Timestamp, wide: bool) -> Vec<Cell> {
    let truth = |exists: bool, values: &Known| {
        let word = if exists { "present" } else { "absent" };
        format!("{word}{}", if wide && exists { shown(values) } else { String::new() })
    };
    let desired = permission.desired.as_ref();
    let claimed = permission.claimed.as_ref();
    vec![
        Cell::of(&permission.resource_type),
        Cell::maybe(permission.identifier.as_deref()),
        Cell::maybe(desired.map(|desired| truth(desired.exists, &desired.values))),
        Cell::maybe(claimed.map(|claimed| truth(claimed.exists, &claimed.values))),
        Cell::of(seen(permission, now, wide)),
        state(permission),
        Cell::maybe(permission.order.as_deref()),
        Cell::maybe(permission.since.map(|since| age(since, now))),
        Cell::of(permission.notes.join("; ")),
    ]
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

fn state(permission: &Permission) -> Cell {
    let Some(state) = permission.state else {
        return Cell::none();
    };
    let text = match &permission.reason {
        Some(reason) => format!("{state}/{reason}"),
        None => state.to_string(),
    };
    Cell::of(text).toned(Tone::of(state))
}

/// ` zone=HQ doors=a|b`
fn shown(values: &Known) -> String {
    let pairs = values
        .iter()
        .map(|(property, values)| format!(" {property}={}", values.join("|")));
    pairs.collect()
}
