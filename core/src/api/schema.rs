//! Bounded schemas for shapes that a derive cannot bound: maps, durations, lists of strings.

use schemars::{Schema, SchemaGenerator, json_schema};

/// Longest name of a property.
pub const PROPERTY_NAME_MAX: usize = 63;
/// Longest value of a property, in characters.
pub const VALUE_MAX: usize = 1024;
/// Most properties in a map.
pub const PROPERTIES_MAX: usize = 64;
/// Most values of one property.
pub const VALUES_MAX: usize = 64;

fn property_names_bounded() -> serde_json::Value {
    serde_json::json!([{
        "rule": format!("self.all(key, size(key) >= 1 && size(key) <= {PROPERTY_NAME_MAX})"),
        "message": format!("a property name has 1 to {PROPERTY_NAME_MAX} characters"),
    }])
}

/// A map of one value per property.
pub fn properties(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object",
        "maxProperties": PROPERTIES_MAX,
        "additionalProperties": {"type": "string", "maxLength": VALUE_MAX},
        "x-kubernetes-validations": property_names_bounded(),
    })
}

/// A map of several values per property.
pub fn values(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object",
        "maxProperties": PROPERTIES_MAX,
        "additionalProperties": {
            "type": "array",
            "maxItems": VALUES_MAX,
            "items": {"type": "string", "maxLength": VALUE_MAX},
            "x-kubernetes-list-type": "atomic",
        },
        "x-kubernetes-validations": property_names_bounded(),
    })
}

/// The values of one property.
pub fn value_list(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "array",
        "maxItems": VALUES_MAX,
        "items": {"type": "string", "maxLength": VALUE_MAX},
        "x-kubernetes-list-type": "atomic",
    })
}

/// A list of property names.
pub fn property_names(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "array",
        "maxItems": PROPERTIES_MAX,
        "items": {"type": "string", "minLength": 1, "maxLength": PROPERTY_NAME_MAX},
        "x-kubernetes-list-type": "set",
    })
}

/// A list of user names.
pub fn usernames(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "array",
        "maxItems": 64,
        "items": {"type": "string", "minLength": 1, "maxLength": 512},
        "x-kubernetes-list-type": "atomic",
    })
}

/// A list of object names, newest last.
pub fn object_names(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "array",
        "maxItems": 16,
        "items": {"type": "string", "minLength": 1, "maxLength": 253},
        "x-kubernetes-list-type": "atomic",
    })
}

/// A list of conditions, keyed by type.
pub fn conditions(generator: &mut SchemaGenerator) -> Schema {
    let mut schema = generator.subschema_for::<Vec<super::Condition>>();
    schema.insert("maxItems".to_owned(), 16.into());
    schema.insert("x-kubernetes-list-type".to_owned(), "map".into());
    schema.insert("x-kubernetes-list-map-keys".to_owned(), serde_json::json!(["type"]));
    schema
}

/// The last steps of an object's life.
pub fn history(generator: &mut SchemaGenerator) -> Schema {
    let mut schema = generator.subschema_for::<Vec<super::HistoryEntry>>();
    schema.insert("maxItems".to_owned(), super::common::HISTORY_LIMIT.into());
    schema.insert("x-kubernetes-list-type".to_owned(), "atomic".into());
    schema
}

fn duration_with(lower: &str, message: &str) -> Schema {
    json_schema!({
        "type": "string",
        "maxLength": 32,
        "pattern": "^([0-9]{1,9}(h|m|s|ms))+$",
        "x-kubernetes-validations": [{
            "rule": format!("duration(self) {lower} duration('0s') && duration(self) <= duration('2160h')"),
            "message": message,
        }],
    })
}

/// A duration longer than nothing.
pub fn duration(_: &mut SchemaGenerator) -> Schema {
    duration_with(">", "a duration such as 720h, more than 0s and at most 2160h")
}

/// A duration that may be nothing.
pub fn duration_or_zero(_: &mut SchemaGenerator) -> Schema {
    duration_with(">=", "a duration such as 30m, at most 2160h")
}

/// A time that a person or a program outside writes. The API server's `date-time` lets through what is no time (an
/// offset of 77 hours, year 0), and such an object could be stored but never be read again.
pub fn time(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "string",
        "format": "date-time",
        "maxLength": 40,
        "pattern": "^[12][0-9]{3}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{1,9})?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$",
    })
}
