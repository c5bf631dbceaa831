//! How resources are told apart, and how their orders are named. One resource is one numbered line of orders;
//! the API server's uniqueness of names is its lock.

use crate::api::{AssignmentRequest, ProvisioningOrder, names};
use sha2::{Digest, Sha256};
use unicode_normalization::UnicodeNormalization;

const LABEL_LENGTH: usize = 40;
const HASH_LENGTH: usize = 10;

/// The identifier as it is shown: white space trimmed, Unicode NFC.
pub fn shown(identifier: &str) -> String {
    identifier.trim().nfc().collect()
}

/// The identifier as it is compared: [`shown`], in lower case if case does not matter.
pub fn fold(identifier: &str, case_insensitive: bool) -> String {
    let shown = shown(identifier);
    // Lower case can leave a decomposed character behind (İ), so it is composed once more.
    if case_insensitive {
        shown.to_lowercase().nfc().collect()
    } else {
        shown
    }
}

/// First ten hex digits of SHA-256 of the folded identifier: the value of the label `handoff.dev/line`.
pub fn hash(folded: &str) -> String {
    let digest = Sha256::digest(folded.as_bytes());
    digest
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect::<String>()
        .chars()
        .take(HASH_LENGTH)
        .collect()
}

/// Name of a line's orders without the number, also the name of its ManagedResource:
/// `<type>.<label>`, or `<type>.<label>.<hash>` where the label does not say everything.
pub fn line_name(type_name: &str, folded: &str) -> String {
    let label = label(folded);
    if label == folded {
        format!("{type_name}.{label}")
    } else {
        format!("{type_name}.{label}.{}", hash(folded))
    }
}

/// Name of order `sequence` of a line.
pub fn order_name(type_name: &str, folded: &str, sequence: i64) -> String {
    format!("{}.{sequence}", line_name(type_name, folded))
}

/// Selects the orders of a line by their labels; a few of others with the same hash may be among them.
pub fn line_selector(type_name: &str, folded: &str) -> String {
    let hash = hash(folded);
    format!(
        "{}={type_name},{}={hash}",
        names::LABEL_RESOURCE_TYPE,
        names::LABEL_LINE
    )
}

/// The number in an order's name, if it is an order of that line.
pub fn sequence_in(order_name: &str, type_name: &str, folded: &str) -> Option<i64> {
    order_name
        .strip_prefix(&line_name(type_name, folded))?
        .strip_prefix('.')?
        .parse()
        .ok()
}

/// The highest number among these names of orders of this line; 0: there is none.
pub fn highest_in(names: &[String], type_name: &str, folded: &str) -> i64 {
    let numbers = names.iter().filter_map(|name| sequence_in(name, type_name, folded));
    numbers.max().unwrap_or(0)
}

/// The highest number of the orders of this line that a request names; 0: it names none.
pub fn last_number(request: &AssignmentRequest, type_name: &str, folded: &str) -> i64 {
    let status = request.status.as_ref();
    status.map_or(0, |status| highest_in(&status.orders, type_name, folded))
}

/// The folded identifier of the line that an order belongs to.
pub fn line_of(order: &ProvisioningOrder) -> String {
    fold(
        &order.spec.resource.identifier,
        order.spec.policy.identifier.case_insensitive,
    )
}

fn label(folded: &str) -> String {
    let mut label = String::new();
    for character in folded.chars() {
        match character {
            'a'..='z' | '0'..='9' => label.push(character),
            _other if label.ends_with('-') => {}
            _other => label.push('-'),
        }
    }
    let trimmed: String = label.trim_matches('-').chars().take(LABEL_LENGTH).collect();
    let trimmed = trimmed.trim_matches('-');
    if trimmed.is_empty() {
        "x".to_owned()
    } else {
        trimmed.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("crm-account", "JDoe", "crm-account.jdoe.1")]
    #[case("crm", "account-jdoe", "crm.account-jdoe.1")]
    #[case("crm", " jdoe ", "crm.jdoe.1")]
    fn a_plain_identifier_is_its_own_label(#[case] type_name: &str, #[case] identifier: &str, #[case] name: &str) {
        assert_eq!(order_name(type_name, &fold(identifier, true), 1), name);
    }

    #[rstest]
    #[case("j.doe@example.com", "crm.j-doe-example-com.")]
    #[case("Jürgen", "crm.j-rgen.")]
    #[case("//", "crm.x.")]
    #[case("-x-", "crm.x.")]
    fn a_lossy_label_carries_a_hash(#[case] identifier: &str, #[case] start: &str) {
        let folded = fold(identifier, true);
        let name = order_name("crm", &folded, 7);
        assert_eq!(name, format!("{start}{}.7", hash(&folded)));
        assert_eq!(sequence_in(&name, "crm", &folded), Some(7));
    }

    #[test]
    fn a_long_identifier_is_cut_and_hashed() {
        let folded = fold(&"a".repeat(150), true);
        assert_eq!(
            line_name("crm", &folded),
            format!("crm.{}.{}", "a".repeat(40), hash(&folded))
        );
    }

    #[test]
    fn case_counts_only_where_the_type_says_so() {
        assert_eq!(fold("JDoe", true), fold("jdoe", true));
        assert_ne!(fold("JDoe", false), fold("jdoe", false));
    }

    #[test]
    fn composed_and_decomposed_letters_are_one() {
        assert_eq!(fold("u\u{308}mit", true), fold("ümit", true));
    }

    #[test]
    fn another_line_with_the_same_start_has_no_number_here() {
        assert_eq!(sequence_in("crm.jdoe.4b227777d4.1", "crm", "jdoe"), None);
        assert_eq!(sequence_in("crm-x.jdoe.1", "crm", "jdoe"), None);
    }
}
