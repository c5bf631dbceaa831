//! Which processes run in a folder, on which ports: `state.json`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::files::{FileError, read_if_exists, write_private};
use crate::process::ProcessId;

/// Why the state could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file could not be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The file is not what was written.
    #[error("{} is damaged, so it is not known what runs: end it by hand and remove the folder", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: serde_json::Error,
    },
}

/// What runs in a folder, as far as it was started.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct State {
    /// etcd.
    pub etcd: Option<Etcd>,
    /// kube-apiserver.
    pub apiserver: Option<ApiServer>,
    /// The operator.
    pub operator: Option<Operator>,
}

/// A running etcd.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Etcd {
    /// The process.
    pub process: ProcessId,
    /// For clients.
    pub port: u16,
    /// For other members, of which there are none.
    pub peer_port: u16,
}

/// A running kube-apiserver.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ApiServer {
    /// The process.
    pub process: ProcessId,
    /// For clients, with TLS.
    pub port: u16,
}

/// A running operator.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Operator {
    /// The process.
    pub process: ProcessId,
    /// For probes and metrics.
    pub port: u16,
    /// The program.
    pub program: PathBuf,
    /// When the program was last changed, since 1970.
    pub modified: Duration,
}

impl State {
    /// The state in a file; an empty one if there is no file.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let Some(content) = read_if_exists(path)? else {
            return Ok(Self::default());
        };
        serde_json::from_str(&content).map_err(|source| Error::Damaged {
            path: path.to_owned(),
            source,
        })
    }

    /// Changes the state in a file.
    pub fn change(path: &Path, change: impl FnOnce(&mut Self)) -> Result<(), Error> {
        let mut state = Self::read(path)?;
        change(&mut state);
        let json = serde_json::to_string_pretty(&state);
        let json = json.map_err(|source| Error::Damaged {
            path: path.to_owned(),
            source,
        })?;
        Ok(write_private(path, &json)?)
    }
}
