//! Whether there is a Go that can build Kubernetes.

use std::fmt;
use std::io;
use std::path::Path;
use std::process::Command;

use super::Error;

/// What Go is needed for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Purpose {
    /// What is built.
    pub(super) what: &'static str,
    /// What to do where there is no Go.
    pub(super) instead: &'static str,
}

impl Purpose {
    pub(super) const CONTROL_PLANE: Self = Self {
        what: "etcd and Kubernetes",
        instead: "set KUBEBUILDER_ASSETS to what `setup-envtest use 1.37.x -p path` prints",
    };
}

/// The oldest Go that builds the pinned modules.
pub(super) const NEEDED: Version = Version(1, 26);

#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Version(u32, u32);

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.0, self.1)
    }
}

/// An error unless go is there and new enough. Asked inside the module: Go may bring a newer self for it.
pub(super) fn check(module: &Path, purpose: &Purpose) -> Result<(), Error> {
    let output = Command::new("go").arg("version").current_dir(module).output();
    let output = output.map_err(|error| {
        if error.kind() == io::ErrorKind::NotFound {
            Error::GoMissing(*purpose)
        } else {
            Error::Run(error)
        }
    })?;
    let text = if output.status.success() {
        &output.stdout
    } else {
        &output.stderr
    };
    let found = String::from_utf8_lossy(text).trim().to_owned();
    match parse(&found) {
        Some(version) if output.status.success() && version >= NEEDED => Ok(()),
        _ => Err(Error::GoTooOld {
            purpose: *purpose,
            found,
        }),
    }
}

/// From "go version go1.26.8 linux/amd64".
fn parse(text: &str) -> Option<Version> {
    let version = text.split_whitespace().find_map(|word| word.strip_prefix("go1."))?;
    let minor: String = version.chars().take_while(char::is_ascii_digit).collect();
    Some(Version(1, minor.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::{NEEDED, Version, parse};

    #[test]
    fn versions() {
        assert_eq!(parse("go version go1.26.8 linux/amd64"), Some(Version(1, 26)));
        assert_eq!(parse("go version go1.27rc1 linux/amd64"), Some(Version(1, 27)));
        assert!(parse("go version go1.9 linux/amd64").unwrap() < NEEDED);
        assert_eq!(parse("no such tool"), None);
    }
}
