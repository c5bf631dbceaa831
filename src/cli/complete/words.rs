//! What has been typed so far. Pure.

use super::super::cluster::Connection;
use std::ffi::OsString;

/// The words after the program's name, the last of which is being typed.
#[derive(Clone, Debug, Default)]
pub(super) struct Words(Vec<String>);

impl Words {
    pub(super) fn of(words: Vec<OsString>) -> Self {
        Self(words.iter().map(|word| word.to_string_lossy().into_owned()).collect())
    }

    /// The command.
    pub(super) fn command(&self) -> &str {
        self.0.first().map_or("", String::as_str)
    }

    /// Whether a word stands there already, apart from the one that is being typed.
    pub(super) fn has(&self, name: &str) -> bool {
        let said = self.0.len().saturating_sub(1);
        self.0[..said].iter().any(|word| word == name)
    }

    /// The cluster that the flags mean.
    pub(super) fn connection(&self) -> Connection {
        Connection {
            namespace: self.flag("--namespace", Some("-n")),
            context: self.flag("--context", None),
            kubeconfig: self.flag("--kubeconfig", None).map(Into::into),
            as_user: self.flag("--as", None),
            as_group: self.flag("--as-group", None).into_iter().collect(),
            as_uid: self.flag("--as-uid", None),
        }
    }

    /// The value of a flag: `--flag value`, `--flag=value`, `-fvalue`.
    fn flag(&self, long: &str, short: Option<&str>) -> Option<String> {
        let said = &self.0[..self.0.len().saturating_sub(1)];
        said.iter().enumerate().rev().find_map(|(at, word)| {
            if word == long || Some(word.as_str()) == short {
                return said.get(at + 1).cloned();
            }
            let joined = word.strip_prefix(long).and_then(|rest| rest.strip_prefix('='));
            let glued = short.and_then(|short| word.strip_prefix(short));
            joined
                .or(glued.filter(|_| !word.starts_with("--")))
                .map(|value| value.trim_start_matches('=').to_owned())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn words(line: &str) -> Words {
        Words::of(line.split(' ').map(OsString::from).collect())
    }

    #[rstest]
    #[case("confirm -n identity ba", Some("identity"))]
    #[case("confirm --namespace=identity ba", Some("identity"))]
    #[case("confirm -nidentity ba", Some("identity"))]
    #[case("confirm -n=identity ba", Some("identity"))]
    #[case("confirm --no -n", None)]
    #[case("confirm ba", None)]
    fn the_namespace_that_is_said(#[case] line: &str, #[case] namespace: Option<&str>) {
        assert_eq!(words(line).connection().namespace.as_deref(), namespace);
    }

    #[test]
    fn what_is_there_already() {
        let words = words("confirm badge.a.1 badge.b.1");
        assert!(words.has("badge.a.1"));
        assert!(!words.has("badge.b.1"), "it is being typed");
    }
}
