//! The names of the files in the folder of a control plane.

use std::path::{Path, PathBuf};

/// The folder of one control plane.
#[derive(Clone, Debug)]
pub struct Layout {
    dir: PathBuf,
}

impl Layout {
    /// The control plane in this folder; give an absolute path.
    pub fn new(dir: &Path) -> Self {
        Self { dir: dir.to_owned() }
    }

    /// The folder itself.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// A context per user; the current one is admin.
    pub fn kubeconfig(&self) -> PathBuf {
        self.dir.join("kubeconfig")
    }

    /// The operator's context alone.
    pub fn operator_kubeconfig(&self) -> PathBuf {
        self.dir.join("operator.kubeconfig")
    }

    /// One line of JSON per request to the API server.
    pub fn audit_log(&self) -> PathBuf {
        self.dir.join("audit.log")
    }

    /// What etcd says.
    pub fn etcd_log(&self) -> PathBuf {
        self.dir.join("etcd.log")
    }

    /// What kube-apiserver says.
    pub fn apiserver_log(&self) -> PathBuf {
        self.dir.join("kube-apiserver.log")
    }

    /// What the operator says.
    pub fn operator_log(&self) -> PathBuf {
        self.dir.join("operator.log")
    }

    /// Which processes run on which ports.
    pub fn state(&self) -> PathBuf {
        self.dir.join("state.json")
    }

    /// What kubectl remembers about the API; per control plane, because ports are used again.
    pub fn kubectl_cache(&self) -> PathBuf {
        self.dir.join("kubectl-cache")
    }

    pub(crate) fn etcd_data(&self) -> PathBuf {
        self.dir.join("etcd")
    }

    pub(crate) fn audit_policy(&self) -> PathBuf {
        self.dir.join("audit-policy.yaml")
    }

    pub(crate) fn tokens(&self) -> PathBuf {
        self.dir.join("tokens.csv")
    }

    pub(crate) fn ca(&self) -> PathBuf {
        self.dir.join("ca.crt")
    }

    pub(crate) fn server_certificate(&self) -> PathBuf {
        self.dir.join("server.crt")
    }

    pub(crate) fn server_key(&self) -> PathBuf {
        self.dir.join("server.key")
    }

    pub(crate) fn service_account_key(&self) -> PathBuf {
        self.dir.join("service-account.key")
    }

    pub(crate) fn service_account_public_key(&self) -> PathBuf {
        self.dir.join("service-account.pub")
    }
}
