//! The work as tables. Pure: `now` and the screen come in.

use super::super::facts::{WaitsFor, standing};
use super::super::screen::Screen;
use super::super::table::{Cell, Column, Table, Tone};
use super::super::words::age;
use super::page::{Entity, Order, Request, Work};
use jiff::Timestamp;

/// What a title needs to say anything.
const TITLE: usize = 12;

/// How it is shown.
#[derive(Clone, Copy, Debug)]
pub(super) struct Look {
    pub screen: Screen,
    /// More columns.
    pub wide: bool,
    /// A column for the namespace.
    pub namespaces: bool,
}

/// A line for each kind of thing.
pub(super) fn overview(work: &Work, look: Look, now: Timestamp) -> String {
    let columns = [
        look.namespaces.then_some(Column::whole("NAMESPACE")),
        Some(Column::whole("ENTITY")),
        Some(Column::whole("TRANSMITTED")),
        Some(Column::whole("UNCLAIMED")),
        Some(Column::whole("MINE")),
        Some(Column::whole("REVIEW")),
        Some(Column::whole("RECOVERY")),
        Some(Column::whole("APPROVAL")),
        Some(Column::whole("OVERDUE")),
        Some(Column::whole("OLDEST")),
        look.wide.then_some(Column::whole("NEXT DUE")),
        look.wide.then_some(Column::whole("TYPES")),
    ];
    let rows = work.entities.iter().map(|entity| overview_row(entity, look, now));
    table(columns, rows).text(look.screen)
}

fn overview_row(entity: &Entity, look: Look, now: Timestamp) -> Vec<Option<Cell>> {
    let count =
        |count: usize, tone: Tone| Some(Cell::of(count.to_string()).toned(if count == 0 { Tone::Faint } else { tone }));
    let due = entity.next_due.map(|due| format!("in {}", age(now, due)));
    let types = || entity.resource_types.iter().cloned().collect::<Vec<_>>().join(",");
    vec![
        look.namespaces.then(|| Cell::of(&entity.namespace)),
        Some(Cell::maybe(entity.entity_type.as_deref())),
        count(entity.transmitted, Tone::Plain),
        count(entity.unclaimed, Tone::Plain),
        entity
            .mine
            .map_or_else(|| Some(Cell::of("?")), |mine| count(mine, Tone::Plain)),
        count(entity.review, Tone::Warning),
        count(entity.recovery, Tone::Warning),
        count(entity.approval, Tone::Warning),
        count(entity.overdue, Tone::Bad),
        Some(Cell::maybe(entity.oldest.map(|oldest| age(oldest, now)))),
        look.wide.then(|| Cell::maybe(due)),
        look.wide.then(|| Cell::of(types())),
    ]
}

/// The orders and the requests.
pub(super) fn lists(work: &Work, look: Look, now: Timestamp) -> String {
    let orders = (!work.orders.is_empty()).then(|| orders(work, look, now));
    let requests = (!work.requests.is_empty()).then(|| requests(work, look, now));
    let tables: Vec<_> = orders.into_iter().chain(requests).collect();
    tables.join("\n")
}

/// Which columns a list has.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Size {
    /// What one must see.
    Shortest,
    /// The same with a title.
    Short,
    Usual,
    Wide,
}

impl Size {
    fn is_usual(self) -> bool {
        match self {
            Self::Usual | Self::Wide => true,
            Self::Shortest | Self::Short => false,
        }
    }
}

/// The usual columns, or fewer where they do not fit. The last column, which may be cut, needs some room.
fn fitted(look: Look, draw: impl Fn(Size) -> Table) -> String {
    let usual = if look.wide { Size::Wide } else { Size::Usual };
    let size = match look.screen.width {
        Some(width) if !look.wide => {
            let fits = |size: &Size| uncut(&draw(*size)) <= usize::from(width);
            [Size::Usual, Size::Short]
                .into_iter()
                .find(fits)
                .unwrap_or(Size::Shortest)
        }
        Some(_) | None => usual,
    };
    draw(size).text(look.screen)
}

/// How wide a table is whose last column has only as much as it needs to say anything.
fn uncut(table: &Table) -> usize {
    let drawn = table.text(Screen::default());
    let head = drawn.lines().next().unwrap_or_default();
    let last = head
        .trim_end()
        .rfind("   ")
        .map_or(0, |at| head[..at + 3].chars().count());
    last + TITLE
}

fn orders(work: &Work, look: Look, now: Timestamp) -> String {
    fitted(look, |size| order_table(work, look, size, now))
}

fn order_table(work: &Work, look: Look, size: Size, now: Timestamp) -> Table {
    let (usual, wide, titled) = (size.is_usual(), size == Size::Wide, size != Size::Shortest);
    let columns = [
        look.namespaces.then_some(Column::whole("NAMESPACE")),
        Some(Column::whole("ORDER")),
        wide.then_some(Column::whole("TYPE")),
        wide.then_some(Column::whole("RESOURCE")),
        usual.then_some(Column::whole("OPERATION")),
        usual.then_some(Column::whole("OWNER")),
        Some(Column::whole("STATE")),
        Some(Column::whole("ASSIGNEE")),
        Some(Column::whole("DUE")),
        wide.then_some(Column::whole("ATTEMPT")),
        Some(Column::whole("AGE")),
        titled.then_some(Column::cut("TITLE")),
    ];
    let rows = work.orders.iter().map(|order| {
        vec![
            look.namespaces.then(|| Cell::of(&order.namespace)),
            Some(Cell::of(&order.name)),
            wide.then(|| Cell::of(&order.resource_type)),
            wide.then(|| Cell::of(&order.identifier)),
            usual.then(|| Cell::of(order.operation.as_str())),
            usual.then(|| Cell::of(&order.owner)),
            Some(state(order, usual)),
            Some(Cell::maybe(order.assignee.as_deref())),
            Some(due(order, now)),
            wide.then(|| Cell::of(order.attempt.to_string())),
            Some(Cell::maybe(order.created_at.map(|created| age(created, now)))),
            titled.then(|| Cell::of(&order.title)),
        ]
    });
    table(columns, rows)
}

fn state(order: &Order, with_reason: bool) -> Cell {
    let reason = order.reason.as_deref().filter(|_| with_reason);
    let tone = match order.waits_for {
        WaitsFor::Fulfiller if order.reason.as_deref() == Some(handoff_core::api::reason::STOP_REQUESTED) => {
            Tone::Warning
        }
        WaitsFor::Fulfiller | WaitsFor::Reviewer | WaitsFor::Recovery => order.state.map_or(Tone::Plain, Tone::of),
    };
    Cell::of(standing(order.state, reason)).toned(tone)
}

fn due(order: &Order, now: Timestamp) -> Cell {
    match order.due_at.filter(|_| order.waits_for == WaitsFor::Fulfiller) {
        None => Cell::none(),
        Some(due) if order.overdue => Cell::of(format!("{} overdue", age(due, now))).toned(Tone::Bad),
        Some(due) => Cell::of(format!("in {}", age(now, due))),
    }
}

fn requests(work: &Work, look: Look, now: Timestamp) -> String {
    fitted(look, |size| request_table(work, look, size, now))
}

fn request_table(work: &Work, look: Look, size: Size, now: Timestamp) -> Table {
    let (usual, justified) = (size.is_usual(), size != Size::Shortest);
    let columns = [
        look.namespaces.then_some(Column::whole("NAMESPACE")),
        Some(Column::whole("REQUEST")),
        Some(Column::whole("TYPE")),
        usual.then_some(Column::whole("OPERATION")),
        Some(Column::whole("OWNER")),
        Some(Column::whole("APPROVALS")),
        usual.then_some(Column::whole("REQUESTED BY")),
        Some(Column::whole("AGE")),
        justified.then_some(Column::cut("JUSTIFICATION")),
    ];
    let row = |request: &Request| {
        vec![
            look.namespaces.then(|| Cell::of(&request.namespace)),
            Some(Cell::of(&request.name)),
            Some(Cell::of(&request.resource_type)),
            usual.then(|| Cell::of(request.operation.as_str())),
            Some(Cell::of(&request.owner)),
            Some(Cell::maybe(request.approvals.as_deref())),
            usual.then(|| Cell::maybe(request.requested_by.as_deref())),
            Some(Cell::maybe(request.created_at.map(|created| age(created, now)))),
            justified.then(|| Cell::maybe(request.justification.as_deref())),
        ]
    };
    table(columns, work.requests.iter().map(row))
}

/// A table of those columns that are there.
fn table<const N: usize>(columns: [Option<Column>; N], rows: impl Iterator<Item = Vec<Option<Cell>>>) -> Table {
    let columns: Vec<_> = columns.into_iter().flatten().collect();
    Table::new(&columns, rows.map(|row| row.into_iter().flatten().collect()))
}
