//! Events as a table. Pure: `now` and the time zone come in.

use super::super::table::{Cell, Column, Table, Tone};
use super::super::words::moment;
use super::event::Event;
use handoff_core::api::ProvisioningState as State;
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// How it is shown.
#[derive(Clone, Debug)]
pub(in crate::cli) struct Look {
    pub now: Timestamp,
    /// The time zone of whoever reads it.
    pub zone: TimeZone,
    /// Exact times, and what was said is never cut.
    pub wide: bool,
    /// A column for the object.
    pub objects: bool,
}

/// The table.
pub(in crate::cli) fn table(events: &[Event], look: &Look) -> Table {
    let columns = [
        Some(Column::whole("TIME")),
        look.objects.then_some(Column::whole("OBJECT")),
        Some(Column::whole("EVENT")),
        Some(Column::whole("ACTOR")),
        Some(if look.wide {
            Column::whole("SAID")
        } else {
            Column::cut("SAID")
        }),
    ];
    let columns: Vec<_> = columns.into_iter().flatten().collect();
    let rows = events.iter().map(|event| {
        let cells = [
            Some(Cell::maybe(event.time.map(|time| shown(time, look)))),
            look.objects.then(|| Cell::of(&event.object)),
            Some(Cell::of(&event.event).toned(tone(event))),
            Some(Cell::maybe(event.actor.as_deref())),
            Some(Cell::of(event.said.line())),
        ];
        cells.into_iter().flatten().collect()
    });
    Table::new(&columns, rows)
}

fn shown(time: Timestamp, look: &Look) -> String {
    if look.wide {
        time.to_string()
    } else {
        moment(time, look.now, &look.zone)
    }
}

fn tone(event: &Event) -> Tone {
    let (state, _reason) = event.event.split_once('/').unwrap_or((&event.event, ""));
    let state = State::ALL.into_iter().find(|known| known.as_str() == state);
    match (state, event.event.as_str()) {
        (Some(state), _) => Tone::of(state),
        (None, "Overdue") => Tone::Bad,
        (None, other) if other.starts_with(char::is_uppercase) => Tone::Warning,
        (None, _) => Tone::Plain,
    }
}
