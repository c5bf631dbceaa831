//! What the fulfiller reads: the built-in templates, and how a ticket is made.

use super::problem::Problem;
use super::types::Compiled;
use crate::api::provisioning_order::{ProvisioningOrderSpec, Ticket};
use crate::api::reason;
use serde_json::{Value, json};

/// The built-in title.
pub(super) const TITLE: &str = "{{ order.operation }} {{ type.displayName or type.name if type.displayName is defined else type.name }} {{ resource.identifier }} for {{ owner.displayName }}";

/// The built-in instructions.
pub(super) const INSTRUCTIONS: &str = "\
{% if order.operation == 'Delete' %}Remove {{ resource.identifier }} of {{ owner.displayName }} ({{ owner.id }}).
{% elif order.operation == 'Create' %}Create {{ resource.identifier }} for {{ owner.displayName }} ({{ owner.id }}).
{% else %}Change {{ resource.identifier }} of {{ owner.displayName }} ({{ owner.id }}).
{% endif %}
{%- for change in order.changes %}
- {{ change.property }}: {% if change.type == 'Secret' %}choose it yourself and hand it over safely
{%- elif change.proposed is defined and change.proposed %}{{ change.proposed | join(', ') }}
{%- elif change.proposed is defined %}clear it
{%- else %}{% if change.added is defined %}add {{ change.added | join(', ') }} {% endif %}{% if change.removed is defined %}remove {{ change.removed | join(', ') }}{% endif %}
{%- endif %}
{%- endfor %}
{%- if order.previous %}

The attempt before, {{ order.previous.name }}, ended {{ order.previous.reason }}{% if order.previous.message is defined %}: {{ order.previous.message }}{% endif %}
{%- endif %}";

/// Renders the ticket of an order.
///
/// # Errors
/// Which template failed and why.
pub(super) fn render(
    compiled: &Compiled,
    mut context: Value,
    name: &str,
    spec: &ProvisioningOrderSpec,
) -> Result<Ticket, Vec<Problem>> {
    context["order"] = json!({
        "name": name,
        "sequence": spec.sequence,
        "attempt": spec.attempt,
        "operation": spec.operation,
        "changes": spec.changes,
        "previous": spec.previous,
    });
    let mut problems = Vec::new();
    let mut part = |field: &'static str, longest: usize| {
        compiled
            .templates
            .render(field, &context, longest)
            .unwrap_or_else(|error| {
                let message = format!("spec.ticket.{field} of the ResourceType failed: {error}");
                problems.push(Problem::new(reason::EXPRESSION_FAILED, message));
                None
            })
    };
    let title = part("title", 512).unwrap_or_default().replace('\n', " ");
    let instructions = part("instructions", 32_768).unwrap_or_default();
    let url = part("url", 2_048).filter(|url| !url.is_empty());
    let instructions = quote_previous(instructions, spec);
    if problems.is_empty() {
        Ok(Ticket {
            title,
            instructions,
            url,
        })
    } else {
        Err(problems)
    }
}

/// The ticket of another attempt quotes what stopped the one before, also where a type's own template forgot it.
fn quote_previous(instructions: String, spec: &ProvisioningOrderSpec) -> String {
    match spec
        .previous
        .as_ref()
        .and_then(|previous| previous.message.as_ref().map(|message| (previous, message)))
    {
        Some((previous, message)) if !instructions.contains(message.as_str()) => {
            format!(
                "{instructions}\n\nThe attempt before, {}, ended {}: {message}",
                previous.name, previous.reason
            )
        }
        Some(_) | None => instructions,
    }
}
