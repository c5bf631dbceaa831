//! The users of demo and tests: each with a token, a uid that never changes, and shipped roles.

use std::collections::BTreeMap;

use crate::files::{FileError, random_hex};

/// One user of the control plane.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct User {
    /// The context in the kubeconfig.
    pub context: &'static str,
    /// The name that the API server sees.
    pub name: &'static str,
    /// The uid that the API server sees.
    pub uid: &'static str,
    /// Groups beyond those every user is in.
    pub groups: &'static [&'static str],
    /// The shipped ClusterRoles, held in every namespace.
    pub roles: &'static [&'static str],
    /// The namespace of the context.
    pub namespace: &'static str,
}

/// Where the requests of the demo live.
pub const NAMESPACE: &str = "identity";
/// Where the operator lives.
pub const OPERATOR_NAMESPACE: &str = "handoff-system";
/// The context of the operator.
pub const OPERATOR: &str = "operator";
/// The context that may do everything.
pub const ADMIN: &str = "admin";

/// All users.
pub static USERS: [User; 9] = [
    User {
        context: ADMIN,
        name: ADMIN,
        uid: "uid-admin",
        groups: &["system:masters"],
        roles: &[],
        namespace: NAMESPACE,
    },
    User {
        context: OPERATOR,
        name: "system:serviceaccount:handoff-system:handoff",
        uid: "uid-operator",
        groups: &[
            "system:serviceaccounts",
            "system:serviceaccounts:handoff-system",
            "system:authenticated",
        ],
        roles: &["handoff-operator", "handoff-operator-lease"],
        namespace: OPERATOR_NAMESPACE,
    },
    person("alice", "uid-alice", &["handoff-requester"]),
    person("bob", "uid-bob", &["handoff-fulfiller"]),
    person("carol", "uid-carol", &["handoff-fulfiller"]),
    person("dave", "uid-dave", &["handoff-approver", "handoff-reviewer"]),
    person("gita", "uid-gita", &["handoff-resourcetype-admin"]),
    person("ivan", "uid-ivan", &["handoff-inventory-writer"]),
    person("mallory", "uid-mallory", &["handoff-viewer"]),
];

const fn person(name: &'static str, uid: &'static str, roles: &'static [&'static str]) -> User {
    User {
        context: name,
        name,
        uid,
        groups: &[],
        roles,
        namespace: NAMESPACE,
    }
}

/// The token of each user, by context.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Tokens(BTreeMap<&'static str, String>);

impl Tokens {
    /// New random tokens.
    pub(crate) fn random() -> Result<Self, FileError> {
        let tokens = USERS.iter().map(|user| Ok((user.context, random_hex(24)?)));
        Ok(Self(tokens.collect::<Result<_, FileError>>()?))
    }

    /// The tokens in a token file that was written earlier; None if one is missing.
    pub(crate) fn from_csv(csv: &str) -> Option<Self> {
        let token = |user: &User| {
            let of_user = |line: &str| {
                let mut fields = line.split(',');
                let token = fields.next().filter(|token| !token.is_empty())?;
                (fields.next() == Some(user.name)).then(|| token.to_owned())
            };
            Some((user.context, csv.lines().find_map(of_user)?))
        };
        Some(Self(USERS.iter().map(token).collect::<Option<_>>()?))
    }

    /// The file that kube-apiserver reads: token, name, uid, groups.
    pub(crate) fn to_csv(&self) -> String {
        let line = |user: &User| {
            let start = format!("{},{},{}", self.of(user), user.name, user.uid);
            if user.groups.is_empty() {
                start + "\n"
            } else {
                format!("{start},\"{}\"\n", user.groups.join(","))
            }
        };
        USERS.iter().map(line).collect()
    }

    /// The token of a user.
    pub fn of(&self, user: &User) -> &str {
        self.0.get(user.context).map_or("", String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::{Tokens, USERS};

    #[test]
    fn the_file_has_a_line_per_user_and_can_be_read_back() {
        let tokens = Tokens::random().unwrap();
        let csv = tokens.to_csv();
        assert_eq!(csv.lines().count(), USERS.len());
        assert!(csv.contains(",alice,uid-alice\n"));
        assert!(csv.contains(
            ",system:serviceaccount:handoff-system:handoff,uid-operator,\
             \"system:serviceaccounts,system:serviceaccounts:handoff-system,system:authenticated\"\n"
        ));
        assert!(csv.contains(",admin,uid-admin,\"system:masters\"\n"));
        assert_eq!(Tokens::from_csv(&csv), Some(tokens));
    }

    #[test]
    fn a_file_without_one_of_the_users_is_not_used() {
        let csv = Tokens::random().unwrap().to_csv();
        let without_bob: String = csv
            .lines()
            .filter(|line| !line.contains("bob"))
            .map(|line| format!("{line}\n"))
            .collect();
        assert_eq!(Tokens::from_csv(&without_bob), None);
    }

    #[test]
    fn tokens_differ() {
        let tokens = Tokens::random().unwrap();
        let mut all: Vec<_> = USERS.iter().map(|user| tokens.of(user)).collect();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), USERS.len());
        assert!(all.iter().all(|token| token.len() == 48));
    }
}
