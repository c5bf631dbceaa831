//! Names of requests: the beginning says what it is about, the suffix makes it one of its own. Pure.

use handoff_core::api::AssignmentRequestSpec;
use handoff_core::engine::identity;
use jiff::Timestamp;

/// How much of the hash tells two wishes of the same moment apart.
const SHORT: usize = 5;

/// The longest name that a request may have.
const LONGEST: usize = 249;

/// Whether this can be the name of a request.
///
/// # Errors
/// In words: it cannot.
pub(super) fn check(name: &str) -> Result<(), String> {
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let part =
        |part: &str| !part.is_empty() && part.chars().all(inner) && !part.starts_with('-') && !part.ends_with('-');
    if name.split('.').all(part) && name.len() <= LONGEST {
        return Ok(());
    }
    Err(format!(
        "{name:?} cannot be a name: lower-case letters, digits, - and ., a letter or digit at both ends and beside each ., at most {LONGEST} of them"
    ))
}

/// `TYPE.OWNER.OPERATION-SUFFIX`, another one at every moment.
pub(super) fn at(spec: &AssignmentRequestSpec, now: Timestamp) -> String {
    let suffix = suffix(spec, &now.to_string());
    format!("{}-{}", start(spec), &suffix[..SHORT.min(suffix.len())])
}

/// `TYPE.OWNER.OPERATION-SUFFIX`, the same for the same wish.
pub(super) fn of_row(spec: &AssignmentRequestSpec) -> String {
    format!("{}-{}", start(spec), suffix(spec, ""))
}

fn start(spec: &AssignmentRequestSpec) -> String {
    let line = identity::line_name(&spec.resource_type_ref.name, &identity::fold(&spec.owner.id, true));
    format!("{line}.{}", spec.operation.as_str().to_lowercase())
}

fn suffix(spec: &AssignmentRequestSpec, salt: &str) -> String {
    // Maps are sorted, so that the same wish is the same text.
    let text = serde_json::to_string(spec).unwrap_or_default();
    identity::hash(&format!("{salt}{text}"))
}
