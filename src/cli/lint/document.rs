//! YAML and JSON as a tree that knows on which line each value stands. Nothing here knows a ResourceType.

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number};
use serde_saphyr::Spanned;
use std::fmt;

/// A value and its line, from 1.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Node {
    /// Its line; of the value of a field, that of the field's name.
    pub line: u64,
    /// The value.
    pub value: Value,
}

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    /// Nothing.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(Number),
    /// A text.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// Fields, in their order.
    Map(Vec<(String, Node)>),
}

impl Node {
    /// The documents of a file; empty ones are left out.
    ///
    /// # Errors
    /// Line and words: it cannot be read.
    pub(super) fn read(text: &str) -> Result<Vec<Self>, (u64, String)> {
        let documents: Vec<Self> = serde_saphyr::from_multiple(text).map_err(|error| {
            let line = error.location().map_or(1, |location| location.line());
            let said = error.without_snippet().to_string();
            (line, said.lines().next().unwrap_or_default().to_owned())
        })?;
        let filled = documents.into_iter().filter(|document| document.value != Value::Null);
        Ok(filled.collect())
    }

    /// A field.
    pub(super) fn field(&self, name: &str) -> Option<&Self> {
        let Value::Map(fields) = &self.value else { return None };
        fields.iter().find(|(known, _)| known == name).map(|(_, node)| node)
    }

    /// The text of a field.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        match &self.field(name)?.value {
            Value::Text(text) => Some(text),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::List(_) | Value::Map(_) => None,
        }
    }

    /// The items, if it is a list.
    pub(super) fn items(&self) -> &[Self] {
        match &self.value {
            Value::List(items) => items,
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) | Value::Map(_) => &[],
        }
    }

    /// The line of `spec.properties[zone].type`, as far as it is there. An item is named by its place or by its `name`.
    pub(super) fn line_of(&self, path: &str) -> u64 {
        let mut node = self;
        for part in path.split(['.', '[', ']']).filter(|part| !part.is_empty()) {
            let item = || {
                let items = node.items();
                let place = part.parse::<usize>().ok().and_then(|place| items.get(place));
                place.or_else(|| items.iter().find(|item| item.text("name") == Some(part)))
            };
            match node.field(part).or_else(item) {
                Some(inner) => node = inner,
                None => break,
            }
        }
        node.line
    }

    /// The same without lines.
    pub(super) fn json(&self) -> serde_json::Value {
        match &self.value {
            Value::Null => serde_json::Value::Null,
            Value::Bool(bool) => (*bool).into(),
            Value::Number(number) => number.clone().into(),
            Value::Text(text) => text.clone().into(),
            Value::List(items) => items.iter().map(Self::json).collect(),
            Value::Map(fields) => {
                let fields = fields.iter().map(|(name, node)| (name.clone(), node.json()));
                fields.collect::<Map<_, _>>().into()
            }
        }
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<Value>::deserialize(deserializer)?;
        Ok(Self {
            line: spanned.referenced.line(),
            value: spanned.value,
        })
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue)
    }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        Value::deserialize(deserializer)
    }

    fn visit_bool<E>(self, bool: bool) -> Result<Value, E> {
        Ok(Value::Bool(bool))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(Value::Number(number.into()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(Value::Number(number.into()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
        Ok(Number::from_f64(number).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut all = Vec::new();
        while let Some(item) = items.next_element()? {
            all.push(item);
        }
        Ok(Value::List(all))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Value, A::Error> {
        let mut all = Vec::new();
        while let Some((name, node)) = fields.next_entry::<Spanned<String>, Node>()? {
            let line = name.referenced.line();
            all.push((name.value, Node { line, ..node }));
        }
        Ok(Value::Map(all))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# a type\nkind: ResourceType\nspec:\n  properties:\n  - name: zone\n    type: String\n  - {name: level, type: Integer}\n  suspend: true\n---\n---\n{\"kind\": \"Other\", \"n\": 5}\n";

    #[test]
    fn lines_of_fields() {
        let documents = Node::read(TEXT).unwrap();
        let [first, second] = documents.as_slice() else {
            panic!("{documents:?}")
        };
        for (path, line) in [
            ("kind", 2),
            ("spec", 3),
            ("spec.properties[zone].type", 6),
            ("spec.properties[1].type", 7),
            ("spec.properties[zone].nothing", 5),
            ("spec.suspend", 8),
        ] {
            assert_eq!(first.line_of(path), line, "{path}");
        }
        assert_eq!(second.line_of("kind"), 11);
        assert_eq!(first.text("kind"), Some("ResourceType"));
        assert_eq!(second.json(), serde_json::json!({"kind": "Other", "n": 5}));
    }

    #[test]
    fn what_cannot_be_read_says_its_line() {
        let (line, said) = Node::read("a: 1\nb: [\nc: 2\n").unwrap_err();
        assert!((2..=4).contains(&line) && !said.is_empty(), "{line}: {said}");
        let (line, said) = Node::read("a: 1\nb: 2\na: 3\n").unwrap_err();
        assert!(line == 3 && said.contains("duplicate"), "{line}: {said}");
    }
}
