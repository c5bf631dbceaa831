//! The wishes of the model's requests.

use serde_json::{Value, json};

/// How many there are.
pub const WISHES: usize = 12;

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
        _ => json!({"operation": "Delete"}),
    }
}
