//! The wishes of the model's requests, and when they are to begin and end.

use jiff::{Timestamp, ToSpan};
use serde_json::{Value, json};

/// How many wishes there are.
pub const WISHES: u8 = 14;
/// How many ways to begin and end there are.
pub const TIMES: u8 = 6;

/// Operation and values of one.
pub fn wish(number: u8) -> Value {
    match number {
        0 => json!({"operation": "Create", "properties": {"zone": "A"}}),
        1 => json!({"operation": "Create", "properties": {"zone": "B", "level": "1"}}),
        2 => {
            json!({"operation": "Create", "properties": {"zone": "A"}, "values": {"doors": ["n"]}, "secrets": ["pin"]})
        }
        3 => json!({"operation": "Create"}),
        4 => json!({"operation": "Update", "properties": {"zone": "B"}}),
        5 => json!({"operation": "Update", "properties": {"zone": "A"}}),
        6 => json!({"operation": "Update", "properties": {"level": "2"}, "addValues": {"doors": ["s"]}}),
        7 => json!({"operation": "Update", "addValues": {"doors": ["n"]}, "removeValues": {"doors": ["s"]}}),
        8 => json!({"operation": "Update", "values": {"doors": ["e", "w"]}}),
        9 => json!({"operation": "Update", "properties": {"colour": "red"}}),
        10 => json!({"operation": "Update", "addValues": {"doors": ["s", "w"]}}),
        _ => json!({"operation": "Delete"}),
    }
}

/// Gives a wish its beginning and its end, where the CRD's rules let it have them.
pub fn date(spec: &mut Value, number: u8, now: Timestamp) {
    let (start, end) = match number {
        1 => (Some(2), None),
        2 => (None, Some(3)),
        3 => (Some(1), Some(6)),
        4 => (None, Some(26)),
        5 => (None, Some(-1)),
        _ => (None, None),
    };
    let at = |hours: i64| now.checked_add(hours.hours()).unwrap().to_string();
    if let Some(start) = start {
        spec["startTime"] = at(start).into();
    }
    let may_end = match spec["operation"].as_str() {
        Some("Create") => true,
        Some("Update") => spec["properties"].is_null() && spec["values"].is_null(),
        _ => false,
    };
    if let Some(end) = end.filter(|_| may_end) {
        spec["endTime"] = at(end).into();
    }
}
