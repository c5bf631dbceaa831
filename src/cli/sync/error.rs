//! How a run can end without having done what it was to do.

/// Why nothing, or not all, was written. Each says what to do.
#[derive(Debug)]
pub enum SyncError {
    /// The command line or the mapping file is wrong.
    Usage(String),
    /// The export is not believed. Nothing was written.
    Refused(String),
    /// The cluster could not be reached, or did not take it. Some of it may be written; a second run does the rest.
    Failed(String),
}

impl SyncError {
    /// The exit code of the process.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Failed(_) => 1,
            Self::Usage(_) => 2,
            Self::Refused(_) => 3,
        }
    }
}

impl std::fmt::Display for SyncError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Usage(message) | Self::Failed(message) => f.write_str(message),
            Self::Refused(message) => write!(f, "{message}\nNothing was written."),
        }
    }
}
