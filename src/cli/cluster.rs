//! The cluster that the command line means, as kubectl finds it: kubeconfig, context, namespace, impersonation.

use clap::Args;
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use std::path::PathBuf;

/// Which cluster, which namespace, as whom: the flags of kubectl.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Which cluster")]
pub struct Connection {
    /// Namespace; that of the context when absent.
    #[arg(short, long)]
    pub namespace: Option<String>,
    /// Context of the kubeconfig; the current one when absent.
    #[arg(long)]
    pub context: Option<String>,
    /// The kubeconfig; as kubectl finds it when absent.
    #[arg(long, value_name = "FILE")]
    pub kubeconfig: Option<PathBuf>,
    /// User to impersonate.
    #[arg(long = "as", value_name = "USER")]
    pub as_user: Option<String>,
    /// Group to impersonate; may be given several times.
    #[arg(long, value_name = "GROUP", requires = "as_user")]
    pub as_group: Vec<String>,
    /// Uid to impersonate.
    #[arg(long, value_name = "UID", requires = "as_user")]
    pub as_uid: Option<String>,
}

/// The same, for what can look into every namespace at once.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Which cluster")]
pub struct Reach {
    /// Every namespace.
    #[arg(short = 'A', long, conflicts_with = "namespace")]
    pub all_namespaces: bool,
    /// Which cluster, which namespace, as whom.
    #[command(flatten)]
    pub connection: Connection,
}

/// A client, and the namespace that it is to work in.
#[derive(Clone)]
pub struct Cluster {
    /// The client. It tries nothing again by itself.
    pub client: Client,
    /// The namespace.
    pub namespace: String,
    /// It was said on the command line which namespace.
    pub explicit: bool,
    /// Lists are of every namespace.
    pub everywhere: bool,
}

impl Cluster {
    /// Finds the cluster. Nothing is sent yet.
    ///
    /// # Errors
    /// In words: there is no kubeconfig, or it does not have what was asked for.
    pub async fn find(connection: &Connection) -> Result<Self, String> {
        let mut config = config(connection).await?;
        // Whether a call is tried again depends on what it does: that is for whoever makes it.
        config.default_retry = false;
        if let Some(user) = &connection.as_user {
            config.auth_info.impersonate = Some(user.clone());
            config.auth_info.impersonate_uid.clone_from(&connection.as_uid);
            let groups = Some(connection.as_group.clone()).filter(|groups| !groups.is_empty());
            config.auth_info.impersonate_groups = groups;
        }
        let namespace = connection.namespace.clone();
        let namespace = namespace.unwrap_or_else(|| config.default_namespace.clone());
        let client = Client::try_from(config).map_err(|error| format!("the kubeconfig cannot be used: {error}"))?;
        Ok(Self {
            client,
            namespace,
            explicit: connection.namespace.is_some(),
            everywhere: false,
        })
    }

    /// Finds the cluster, and looks into every namespace if that was asked for.
    ///
    /// # Errors
    /// As [`Self::find`].
    pub async fn reach(reach: &Reach) -> Result<Self, String> {
        let found = Self::find(&reach.connection).await?;
        Ok(Self {
            everywhere: reach.all_namespaces,
            ..found
        })
    }

    /// The namespace in words.
    pub(super) fn place(&self) -> String {
        if self.everywhere {
            "any namespace".to_owned()
        } else {
            format!("namespace {}", self.namespace)
        }
    }
}

async fn config(connection: &Connection) -> Result<Config, String> {
    let options = KubeConfigOptions {
        context: connection.context.clone(),
        ..KubeConfigOptions::default()
    };
    let found = match &connection.kubeconfig {
        Some(file) => {
            let file = Kubeconfig::read_from(file).map_err(|error| chain(&error))?;
            Config::from_custom_kubeconfig(file, &options).await
        }
        None => match Config::from_kubeconfig(&options).await {
            // In a Pod there is none; kubectl then takes the service account, and so does a nightly job here.
            Err(_) if connection.context.is_none() && in_a_pod() => {
                return Config::incluster().map_err(|error| chain(&error));
            }
            found => found,
        },
    };
    found.map_err(|error| chain(&error))
}

fn in_a_pod() -> bool {
    std::env::var_os("KUBERNETES_SERVICE_HOST").is_some() && std::env::var_os("KUBECONFIG").is_none()
}

/// An error with its causes, in one line.
pub(super) fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |cause| cause.source());
    let mut words: Vec<String> = causes.map(ToString::to_string).collect();
    words.dedup();
    words.join(": ")
}
