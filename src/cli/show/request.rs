//! A request as text: where it stands and what it waits for. Pure: `now`, the time zone and the screen come in.

use super::super::facts::{self, standing};
use super::super::fields::Fields;
use super::super::history;
use super::super::screen::Screen;
use super::super::table::{Cell, Column, Table, Tone};
use super::super::words::age;
use super::changes;
use super::order::Look;
use super::page::RequestPage;
use handoff_core::api::ProvisioningOrder;
use handoff_core::api::assignment_request::ApprovalResult;
use jiff::Timestamp;
use kube::ResourceExt;

/// The text.
pub(super) fn text(page: &RequestPage, look: &Look) -> String {
    let mut text = head(page, look).text(look.screen.colour);
    let whole = Screen {
        width: None,
        ..look.screen
    };
    if let Some(wishes) = changes::of_request(&page.request.spec) {
        text.push('\n');
        text.push_str(&wishes.text(whole));
    }
    if !page.orders.is_empty() {
        text.push('\n');
        text.push_str(&orders(&page.orders, look.times.now).text(look.screen));
    }
    text.push('\n');
    text.push_str(&history::table(&page.history, &look.times).text(look.screen));
    text
}

fn head(page: &RequestPage, look: &Look) -> Fields {
    let request = &page.request;
    let spec = &request.spec;
    let status = request.status.clone().unwrap_or_default();
    let mut fields = Fields::default();
    fields.add(
        "Request",
        format!("{} in {}", request.name_any(), request.namespace().unwrap_or_default()),
    );
    let since = facts::since(&status.history).map(|since| format!(", {}", look.ago(since)));
    let state = standing(status.provisioning_state, status.reason.as_deref());
    let tone = changes::tone(status.provisioning_state);
    fields.toned("State", format!("{state}{}", since.unwrap_or_default()), tone);
    fields.maybe("State", status.message.as_deref().map(facts::without_commands));
    for who in &page.next.who {
        fields.add("Next", who);
    }
    for command in &page.next.commands {
        fields.add("Next", format!("  {command}"));
    }
    fields.add("Owner", person(&spec.owner.id, spec.owner.display_name.as_deref()));
    let resource = status.resource.as_ref().or(spec.resource.as_ref());
    let identifier = resource.map(|resource| resource.identifier.as_str());
    fields.add(
        "What",
        changes::deed(spec.operation, &spec.resource_type_ref.name, identifier),
    );
    fields.maybe("From", spec.start_time.as_ref().map(|time| time.0.to_string()));
    fields.maybe("Until", spec.end_time.as_ref().map(|time| time.0.to_string()));
    let who = spec.requested_by.as_ref().map_or("unknown", |by| by.username.as_str());
    let when = facts::at(request.creation_timestamp().as_ref()).map(|at| format!(" {}", look.ago(at)));
    fields.add("Asked by", format!("{who}{}", when.unwrap_or_default()));
    fields.maybe("Why", spec.justification.as_deref());
    fields.maybe(
        "Caused by",
        spec.caused_by.as_ref().map(|cause| format!("areq/{}", cause.name)),
    );
    approvals(page, &mut fields);
    if let Some(cancel) = &spec.cancel {
        let who = cancel.by.as_ref().map(|by| format!("by {}: ", by.username));
        fields.toned(
            "Cancelled",
            format!("{}{}", who.unwrap_or_default(), cancel.reason),
            Tone::Warning,
        );
    }
    fields.add("Overridden", status.overridden.join(", "));
    fields.add("Declined", status.declined_properties.join(", "));
    fields
}

fn approvals(page: &RequestPage, fields: &mut Fields) {
    let spec = &page.request.spec;
    let count = page
        .request
        .status
        .as_ref()
        .and_then(|status| status.approvals.as_deref());
    let Some(count) = count else { return };
    let by = page.approved_by.join(", ");
    fields.add("Approvals", format!("{count} by {by}").trim_end_matches(" by "));
    let implicit = page.approved_by.iter().filter(|who| !spec.approvals.contains_key(*who));
    for who in implicit {
        fields.add("Approvals", format!("  {who} asked for it, and may approve"));
    }
    for (who, answer) in &spec.approvals {
        let comment = answer.comment.as_ref().map(|comment| format!(": {comment}"));
        let tone = match answer.result {
            ApprovalResult::Approved => Tone::Plain,
            ApprovalResult::Declined => Tone::Bad,
        };
        let line = format!("  {} by {who}{}", answered(answer.result), comment.unwrap_or_default());
        fields.toned("Approvals", line, tone);
    }
}

/// What an approver did.
pub(super) fn answered(result: ApprovalResult) -> &'static str {
    match result {
        ApprovalResult::Approved => "approved",
        ApprovalResult::Declined => "declined",
    }
}

/// `anna (Anna Adams)`
pub(super) fn person(id: &str, name: Option<&str>) -> String {
    match name.filter(|name| *name != id) {
        Some(name) => format!("{id} ({name})"),
        None => id.to_owned(),
    }
}

fn orders(orders: &[ProvisioningOrder], now: Timestamp) -> Table {
    let columns = [
        Column::whole("ORDER"),
        Column::whole("OPERATION"),
        Column::whole("STATE"),
        Column::whole("ASSIGNEE"),
        Column::whole("AGE"),
        Column::cut("MESSAGE"),
    ];
    let rows = orders.iter().map(|order| {
        let status = order.status.clone().unwrap_or_default();
        let state = standing(status.state, status.reason.as_deref());
        let assignee = order.spec.assignee.as_ref().map(|assignee| &assignee.username);
        let created = facts::at(order.creation_timestamp().as_ref());
        vec![
            Cell::of(order.name_any()),
            Cell::of(order.spec.operation.as_str()),
            Cell::of(state).toned(changes::tone(status.state)),
            Cell::maybe(assignee),
            Cell::maybe(created.map(|created| age(created, now))),
            Cell::maybe(status.message.as_deref().map(facts::without_commands)),
        ]
    });
    Table::new(&columns, rows)
}
