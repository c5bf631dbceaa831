//! `--dry-run`, as in kubectl.

use clap::ValueEnum;

/// Whether anything is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DryRun {
    /// It is.
    None,
    /// Nothing is sent.
    Client,
    /// The API server checks every write and stores none.
    Server,
}

impl DryRun {
    /// As it is said on the command line.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Client => "client",
            Self::Server => "server",
        }
    }

    /// What kubectl puts behind a line about an object.
    pub(super) fn note(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Client => " (dry run)",
            Self::Server => " (server dry run)",
        }
    }
}
