//! What a request would come to, in words and as a table. Pure.

use super::super::screen::Screen;
use super::super::table::{Cell, Column, Table, Tone};
use super::super::words::{count, harmless};
use handoff_core::api::provisioning_order::Change;
use handoff_core::api::resource_type::PropertyType;
use handoff_core::api::{AssignmentRequestSpec, ProvisioningState, reason};
use handoff_core::engine::{Foreseen, Preview};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// What one request would come to.
pub(super) fn one(spec: &AssignmentRequestSpec, preview: &Preview, screen: Screen) -> String {
    let owner = match &spec.owner.display_name {
        Some(name) => format!("{name} ({})", spec.owner.id),
        None => spec.owner.id.clone(),
    };
    let kind = &spec.resource_type_ref.name;
    let mut text = format!(
        "{} {} of {}\n",
        spec.operation.as_str(),
        harmless(kind),
        harmless(&owner)
    );
    let mut line = |name: &str, value: &str| {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "  {:<13}{}", format!("{name}:"), harmless(value));
    };
    line("Identifier", preview.identifier.as_deref().unwrap_or("-"));
    line("User name", preview.owner_username.as_deref().unwrap_or("-"));
    line("Approval", &approval(preview));
    match &preview.foreseen {
        Some(Foreseen::Order { spec, review }) => {
            line("Review", review.map_or("none", why));
            line("Ticket", &spec.ticket.title);
        }
        Some(Foreseen::NothingToDo(_)) | None => {}
    }
    line("Then", &then(preview));
    if let Some(Foreseen::Order { spec, .. }) = &preview.foreseen
        && !spec.changes.is_empty()
    {
        text.push('\n');
        text.push_str(&changes(&spec.changes, screen));
    }
    text
}

fn approval(preview: &Preview) -> String {
    match (preview.approvers, preview.agreed) {
        (0, _) => "nobody has to agree".to_owned(),
        (needed, 0) => format!("{} to agree", needs(needed)),
        (needed, _) => format!("{} to agree, you are the first", needs(needed)),
    }
}

fn needs(approvers: i32) -> String {
    let many = count(usize::try_from(approvers).unwrap_or(0), "approver");
    format!("{many} {}", if approvers == 1 { "has" } else { "have" })
}

fn why(reason: &str) -> &str {
    match reason {
        reason::REVIEW_REQUIRED => "it waits for a reviewer before it is handed over",
        other => other,
    }
}

/// What it would show at first. What the lines before say, or a person sees at once, needs no words.
fn then(preview: &Preview) -> String {
    let Some(shown) = &preview.shows else {
        return "unknown".to_owned();
    };
    let bare = match shown.state {
        ProvisioningState::Transmitted | ProvisioningState::AwaitingApproval => true,
        ProvisioningState::None => shown.reason == reason::WAITING_FOR_APPROVAL,
        ProvisioningState::Pending
        | ProvisioningState::Executed
        | ProvisioningState::Verified
        | ProvisioningState::Errored
        | ProvisioningState::Inactive
        | ProvisioningState::Error => false,
    };
    let words = if bare {
        String::new()
    } else {
        format!(": {}", shown.message)
    };
    format!("{} ({}){words}", shown.state, shown.reason)
}

fn changes(changes: &[Change], screen: Screen) -> String {
    let columns = [
        Column::whole("PROPERTY"),
        Column::cut("CURRENT"),
        Column::cut("PROPOSED"),
    ];
    let rows = changes.iter().map(|change| {
        let current = match (&change.current, change.current_known) {
            (Some(values), _) => listed(values),
            (None, Some(true)) => "-".to_owned(),
            (None, Some(false) | None) => "?".to_owned(),
        };
        vec![
            Cell::of(&change.property),
            Cell::of(current).toned(Tone::Faint),
            Cell::of(proposed(change)),
        ]
    });
    Table::new(&columns, rows).text(screen)
}

fn proposed(change: &Change) -> String {
    if change.type_ == PropertyType::Secret {
        return "(the fulfiller sets it)".to_owned();
    }
    if let Some(values) = &change.proposed {
        return listed(values);
    }
    let signed = |sign: char, values: &Option<Vec<String>>| -> Vec<String> {
        let values = values.iter().flatten();
        values.map(|value| format!("{sign}{value}")).collect()
    };
    [signed('+', &change.added), signed('-', &change.removed)]
        .concat()
        .join(", ")
}

fn listed(values: &[String]) -> String {
    if values.is_empty() {
        "-".to_owned()
    } else {
        values.join(", ")
    }
}

/// What many requests would come to: how many would show what, the most frequent first.
pub(super) fn many(previews: &[&Preview], already: usize) -> String {
    let mut groups: BTreeMap<(String, String), usize> = BTreeMap::new();
    for shown in previews.iter().filter_map(|preview| preview.shows.as_ref()) {
        *groups
            .entry((shown.state.to_string(), shown.reason.clone()))
            .or_default() += 1;
    }
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_by_key(|(_, many)| std::cmp::Reverse(*many));
    let mut text = String::new();
    for ((state, reason), many) in groups {
        let _ = writeln!(text, "  {} would be {state} ({reason})", count(many, "request"));
    }
    if already > 0 {
        let _ = writeln!(text, "  {} there already", count(already, "request"));
    }
    text
}

/// Each of many: a row with the line of the file, what it is named and what it would come to.
pub(super) fn table<'a>(rows: impl Iterator<Item = (u64, &'a str, &'a str, &'a Preview)>, screen: Screen) -> String {
    let columns = [
        Column::whole("LINE"),
        Column::whole("NAME"),
        Column::whole("OWNER"),
        Column::whole("IDENTIFIER"),
        Column::cut("TICKET"),
        Column::cut("THEN"),
    ];
    let rows = rows.map(|(line, name, owner, preview)| {
        let ticket = match &preview.foreseen {
            Some(Foreseen::Order { spec, .. }) => Some(spec.ticket.title.as_str()),
            Some(Foreseen::NothingToDo(_)) | None => None,
        };
        let shown = preview
            .shows
            .as_ref()
            .map(|shown| format!("{} ({})", shown.state, shown.reason));
        vec![
            Cell::of(line.to_string()),
            Cell::of(name),
            Cell::of(owner),
            Cell::maybe(preview.identifier.as_ref()),
            Cell::maybe(ticket),
            Cell::maybe(shown),
        ]
    });
    Table::new(&columns, rows).text(screen)
}
