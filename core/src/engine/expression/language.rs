//! The part of the template language that authors have: which filters and tests, and filters of our own. Pure text in, text out.
//!
//! Left out is what no rule of identity needs and what can do unbounded work at the price of one step, among it `range`, `namespace`,
//! `dict`, `debug`, `batch`, `slice`, `zip`, `chain`, `groupby`, `sum` and `pprint`.

use minijinja::value::Kwargs;
use minijinja::{AutoEscape, Environment, Error, ErrorKind, Output, State, UndefinedBehavior, Value};
use std::borrow::Cow;
use std::collections::BTreeSet;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Most distinct characters that `trim` can be told to remove: it compares each with each.
const TRIM_MAX: usize = 64;
/// Longest text in a list that `sort` and `unique` take, in bytes: they compare again and again.
const SORT_MAX: usize = 8192;

/// What a filter takes and gives, for the check of [`super::guard`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Filter {
    /// A text, number or truth value, from anything that was not made by the source.
    Text,
    /// A number out of a text, or else the argument.
    Number,
    /// A text out of a pattern that stands there: its widths bound the result.
    Format,
    /// As `Text`, from a list too: `join`, `length`.
    TextOfList,
    /// A list of texts from a text.
    Split,
    /// A value out of a list.
    Element,
    /// The value, or else the argument.
    Either,
    /// A list of what is in a list.
    Gather,
    /// A list of pairs from a given record.
    Pairs,
    /// The same attribute of each item of a list.
    Map,
}

/// Every filter there is.
pub(super) const FILTERS: &[(&str, Filter)] = &[
    ("abs", Filter::Text),
    ("ascii", Filter::Text),
    ("bool", Filter::Text),
    ("capitalize", Filter::Text),
    ("default", Filter::Either),
    ("dictsort", Filter::Pairs),
    ("first", Filter::Element),
    ("float", Filter::Number),
    ("format", Filter::Format),
    ("indent", Filter::Text),
    ("int", Filter::Number),
    ("items", Filter::Pairs),
    ("join", Filter::TextOfList),
    ("last", Filter::Element),
    ("length", Filter::TextOfList),
    ("lines", Filter::Split),
    ("list", Filter::Gather),
    ("lower", Filter::Text),
    ("map", Filter::Map),
    ("max", Filter::Element),
    ("min", Filter::Element),
    ("reject", Filter::Gather),
    ("rejectattr", Filter::Gather),
    ("replace", Filter::Text),
    ("reverse", Filter::Gather),
    ("round", Filter::Text),
    ("select", Filter::Gather),
    ("selectattr", Filter::Gather),
    ("slug", Filter::Text),
    ("sort", Filter::Gather),
    ("split", Filter::Split),
    ("string", Filter::Text),
    ("title", Filter::Text),
    ("trim", Filter::Text),
    ("unique", Filter::Gather),
    ("upper", Filter::Text),
    ("urlencode", Filter::Text),
];

/// Every test there is.
pub(super) const TESTS: &[&str] = &[
    "boolean",
    "defined",
    "divisibleby",
    "endingwith",
    "eq",
    "even",
    "false",
    "float",
    "ge",
    "gt",
    "in",
    "integer",
    "iterable",
    "le",
    "lt",
    "mapping",
    "ne",
    "none",
    "number",
    "odd",
    "sequence",
    "startingwith",
    "string",
    "true",
    "undefined",
];

/// Names of the builtins that are taken out; [`super::guard`] lets through only what is listed above anyway.
const TAKEN_OUT: [&str; 13] = [
    "attr", "batch", "chain", "count", "d", "e", "escape", "groupby", "pprint", "safe", "slice", "sum", "zip",
];

/// The language, with so much fuel for one evaluation.
pub(super) fn environment(fuel: u64) -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    // Not for printing: this makes a message name what is undefined.
    environment.set_debug(true);
    environment.set_fuel(Some(fuel));
    environment.set_formatter(print);
    for global in ["range", "dict", "debug", "namespace"] {
        environment.remove_global(global);
    }
    for filter in TAKEN_OUT {
        environment.remove_filter(filter);
    }
    for test in ["escaped", "filter", "lower", "safe", "sameas", "test", "upper"] {
        environment.remove_test(test);
    }
    environment.add_filter("ascii", ascii);
    environment.add_filter("slug", slug);
    environment.add_filter("sort", sort);
    environment.add_filter("trim", trim);
    environment.add_filter("unique", unique);
    environment
}

/// What `{{ }}` prints: no list or record, whose raw form is nothing for people.
fn print(out: &mut Output<'_>, state: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    if value.as_object().is_some() {
        return Err(refuse(format!(
            "a {} cannot be printed: use | join(', ') or a for loop",
            value.kind()
        )));
    }
    minijinja::escape_formatter(out, state, value)
}

fn refuse(detail: String) -> Error {
    Error::new(ErrorKind::InvalidOperation, detail)
}

/// `ascii`: ü becomes ue, é becomes e. Fails on a character that has no such form, so that nothing is lost silently.
fn ascii(text: Cow<'_, str>) -> Result<String, Error> {
    let mut folded = String::with_capacity(text.len());
    // Composed first, so that a letter followed by a combining mark is found in the table too.
    for letter in text.nfc() {
        match letter_in_ascii(letter) {
            Some(ascii) => folded.push_str(ascii),
            None => {
                let base = || std::iter::once(letter).nfkd().filter(|part| !is_combining_mark(*part));
                if !base().all(|part| part.is_ascii()) || base().next().is_none() && !is_combining_mark(letter) {
                    return Err(refuse(format!(
                        "ascii and slug: {letter:?} has no ASCII form; use | replace before them"
                    )));
                }
                folded.extend(base());
            }
        }
    }
    Ok(folded)
}

/// Letters of which people write something else than their base letter.
fn letter_in_ascii(letter: char) -> Option<&'static str> {
    Some(match letter {
        'ä' | 'æ' => "ae",
        'Ä' | 'Æ' => "Ae",
        'ö' | 'ø' | 'œ' => "oe",
        'Ö' | 'Ø' | 'Œ' => "Oe",
        'ü' => "ue",
        'Ü' => "Ue",
        'å' => "aa",
        'Å' => "Aa",
        'ß' => "ss",
        'ẞ' => "SS",
        'ð' | 'đ' => "d",
        'Ð' | 'Đ' => "D",
        'ł' => "l",
        'Ł' => "L",
        'þ' => "th",
        'Þ' => "Th",
        'ı' => "i",
        '\u{2018}' | '\u{2019}' => "'",
        '\u{2010}' | '\u{2011}' | '\u{2013}' | '\u{2014}' => "-",
        _ => return None,
    })
}

/// `slug`: as `ascii`, in lower case, and everything but a-z and 0-9 becomes one `-`, none of them at an end.
fn slug(text: Cow<'_, str>) -> Result<String, Error> {
    let folded = ascii(text)?.to_ascii_lowercase();
    let words = folded.split(|letter: char| !letter.is_ascii_alphanumeric());
    Ok(words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join("-"))
}

/// `trim` with a bounded set of characters.
fn trim(text: Cow<'_, str>, characters: Option<Cow<'_, str>>) -> Result<String, Error> {
    let Some(characters) = characters else {
        return Ok(text.trim().to_owned());
    };
    let set: Vec<char> = characters.chars().take(TRIM_MAX + 1).collect();
    if set.len() > TRIM_MAX {
        return Err(refuse(format!("trim takes at most {TRIM_MAX} characters to remove")));
    }
    Ok(text.trim_matches(&set[..]).to_owned())
}

/// `sort` of texts, numbers and truth values, by lower case unless `case_sensitive` is set.
fn sort(state: &mut State<'_, '_>, list: Value, options: Kwargs) -> Result<Value, Error> {
    let reverse = options.get::<Option<bool>>("reverse")?.unwrap_or(false);
    let case_sensitive = options.get::<Option<bool>>("case_sensitive")?.unwrap_or(false);
    options.assert_all_used()?;
    let mut keyed = keyed(state, list, case_sensitive)?;
    keyed.sort_by(|(one, _), (other, _)| if reverse { other.cmp(one) } else { one.cmp(other) });
    Ok(keyed.into_iter().map(|(_, item)| item).collect())
}

/// `unique`: the first of those that are equal, by lower case unless `case_sensitive` is set.
fn unique(state: &mut State<'_, '_>, list: Value, options: Kwargs) -> Result<Value, Error> {
    let case_sensitive = options.get::<Option<bool>>("case_sensitive")?.unwrap_or(false);
    options.assert_all_used()?;
    let mut seen = BTreeSet::new();
    let keyed = keyed(state, list, case_sensitive)?;
    Ok(keyed
        .into_iter()
        .filter_map(|(key, item)| seen.insert(key).then_some(item))
        .collect())
}

/// The items of a list, each behind what it is compared by.
fn keyed(state: &mut State<'_, '_>, list: Value, case_sensitive: bool) -> Result<Vec<(Value, Value)>, Error> {
    // The builtin takes fuel for each item.
    let list = state.apply_filter("list", &[list])?;
    let mut keyed = Vec::new();
    for item in list.try_iter()? {
        if item.as_object().is_some() || item.as_str().is_some_and(|text| text.len() > SORT_MAX) {
            return Err(refuse(format!(
                "sort and unique take texts of at most {SORT_MAX} bytes, numbers and truth values"
            )));
        }
        let folded = item
            .as_str()
            .filter(|_| !case_sensitive)
            .map(|text| Value::from(text.to_lowercase()));
        keyed.push((folded.unwrap_or_else(|| item.clone()), item));
    }
    Ok(keyed)
}
