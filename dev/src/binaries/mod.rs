//! etcd, kube-apiserver and kubectl: given by `KUBEBUILDER_ASSETS`, else from a cache of this user, else built.

mod build;
mod go;
pub mod tool;

use std::env;
use std::ffi::OsString;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

pub use self::go::Purpose;
use crate::files::FileError;
use crate::progress::Progress;

/// The version of kube-apiserver and kubectl that is built.
pub const KUBERNETES_VERSION: &str = "1.37.2";
/// The version of etcd that is built.
pub const ETCD_VERSION: &str = "3.7.3";

const NAMES: [&str; 3] = ["etcd", "kube-apiserver", "kubectl"];
const ASSETS: &str = "KUBEBUILDER_ASSETS";
const GET_ASSETS: &str = "setup-envtest use 1.37.x -p path";

/// Why there are no binaries.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The folder given has not all three.
    #[error(
        "KUBEBUILDER_ASSETS is {}, but there is no program {missing} in it.\n\
         Set it to what `{GET_ASSETS}` prints, or unset it to build etcd and Kubernetes with Go",
        folder.display()
    )]
    AssetsIncomplete {
        /// The folder.
        folder: PathBuf,
        /// The first that is missing.
        missing: &'static str,
    },
    /// What a variable names is no program.
    #[error("{variable} is {}, which is no program: set it to {wanted}, or unset it to build that with Go", program.display())]
    NoTool {
        /// The variable.
        variable: &'static str,
        /// What it should be.
        wanted: &'static str,
        /// What it is.
        program: PathBuf,
    },
    /// Neither XDG_CACHE_HOME nor HOME is set.
    #[error("no folder to cache {} in: set HOME or XDG_CACHE_HOME, or {}", .0.what, .0.instead)]
    NoCacheFolder(Purpose),
    /// There is no Go to build with.
    #[error(
        "go was not found, and it is needed once to build {}.\n\
         Install Go {} or newer from https://go.dev/dl/,\n\
         or {}",
        .0.what,
        go::NEEDED,
        .0.instead
    )]
    GoMissing(Purpose),
    /// Go is too old.
    #[error(
        "go is too old to build {}: {found}.\n\
         Install Go {} or newer from https://go.dev/dl/,\n\
         or {}",
        purpose.what,
        go::NEEDED,
        purpose.instead
    )]
    GoTooOld {
        /// What it is needed for.
        purpose: Purpose,
        /// What `go version` says.
        found: String,
    },
    /// A build failed.
    #[error("building {name} failed; the last lines of go build:\n{lines}")]
    Build {
        /// What was built.
        name: &'static str,
        /// The last lines.
        lines: String,
    },
    /// Go could not be run.
    #[error("cannot run go")]
    Run(#[source] io::Error),
    /// A file could not be read or written.
    #[error(transparent)]
    File(#[from] FileError),
}

/// Where the binaries are.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Binaries {
    folder: PathBuf,
}

impl Binaries {
    /// Finds the binaries, or builds them from the modules pinned in the repository.
    pub fn ensure(repository: &Path, progress: Progress) -> Result<Self, Error> {
        let found = match locate(|name| env::var_os(name))? {
            Place::Assets(folder) => {
                let binaries = Self { folder };
                progress.line(&binaries.describe_assets());
                binaries
            }
            Place::Cache(folder) => Self { folder },
            Place::ToBuild(folder) => {
                build::all(
                    &build::CONTROL_PLANE,
                    &Purpose::CONTROL_PLANE,
                    repository,
                    &folder,
                    progress,
                )?;
                Self { folder }
            }
        };
        Ok(found)
    }

    /// The folder that has all three.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The program etcd.
    pub fn etcd(&self) -> PathBuf {
        self.folder.join("etcd")
    }

    /// The program kube-apiserver.
    pub fn apiserver(&self) -> PathBuf {
        self.folder.join("kube-apiserver")
    }

    /// The program kubectl.
    pub fn kubectl(&self) -> PathBuf {
        self.folder.join("kubectl")
    }

    fn describe_assets(&self) -> String {
        let output = Command::new(self.apiserver()).arg("--version").output();
        let version = match output {
            Ok(output) if output.status.success() => String::from_utf8_lossy(&output.stdout).trim().to_owned(),
            Ok(_) | Err(_) => "kube-apiserver, which does not tell its version".to_owned(),
        };
        format!("using {version} from {ASSETS} ({})", self.folder.display())
    }
}

#[derive(Debug, Eq, PartialEq)]
enum Place {
    Assets(PathBuf),
    Cache(PathBuf),
    ToBuild(PathBuf),
}

fn locate(variable: impl Fn(&str) -> Option<OsString>) -> Result<Place, Error> {
    let set = |name| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    if let Some(folder) = set(ASSETS) {
        return match missing(&folder) {
            Some(missing) => Err(Error::AssetsIncomplete { folder, missing }),
            None => Ok(Place::Assets(folder)),
        };
    }
    let name = format!("controlplane/kubernetes-{KUBERNETES_VERSION}-etcd-{ETCD_VERSION}");
    let folder = cache_folder(&variable, &name).ok_or(Error::NoCacheFolder(Purpose::CONTROL_PLANE))?;
    Ok(if missing(&folder).is_none() {
        Place::Cache(folder)
    } else {
        Place::ToBuild(folder)
    })
}

/// Our folder of this name in the user's cache; none where the user has neither cache nor home.
fn cache_folder(variable: impl Fn(&str) -> Option<OsString>, name: &str) -> Option<PathBuf> {
    let set = |name| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let cache = set("XDG_CACHE_HOME").or_else(|| Some(set("HOME")?.join(".cache")))?;
    Some(cache.join("handoff").join(name))
}

fn missing(folder: &Path) -> Option<&'static str> {
    NAMES.into_iter().find(|name| !is_program(&folder.join(name)))
}

fn is_program(path: &Path) -> bool {
    path.metadata()
        .is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    use std::path::{Path, PathBuf};

    use super::{ETCD_VERSION, Error, KUBERNETES_VERSION, NAMES, Place, locate};
    use crate::files::random_hex;

    struct Folder(PathBuf);

    impl Folder {
        fn new() -> Self {
            Self(std::env::temp_dir().join(format!("handoff-test-{}", random_hex(8).unwrap())))
        }

        fn with_programs(&self, under: &str, names: &[&str]) -> PathBuf {
            let folder = self.0.join(under);
            fs::create_dir_all(&folder).unwrap();
            for name in names {
                fs::write(folder.join(name), "").unwrap();
                fs::set_permissions(folder.join(name), fs::Permissions::from_mode(0o755)).unwrap();
            }
            folder
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn variables(set: &[(&str, &Path)]) -> impl Fn(&str) -> Option<OsString> + use<> {
        let set: Vec<_> = set
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.as_os_str().to_owned()))
            .collect();
        move |name| set.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone())
    }

    fn cached() -> String {
        format!("handoff/controlplane/kubernetes-{KUBERNETES_VERSION}-etcd-{ETCD_VERSION}")
    }

    #[test]
    fn assets_come_first() {
        let temp = Folder::new();
        let assets = temp.with_programs("assets", &NAMES);
        temp.with_programs(&cached(), &NAMES);
        let place = locate(variables(&[
            ("KUBEBUILDER_ASSETS", &assets),
            ("XDG_CACHE_HOME", &temp.0),
        ]));
        assert_eq!(place.unwrap(), Place::Assets(assets));
    }

    #[test]
    fn incomplete_assets_are_an_error_that_says_what_to_do() {
        let temp = Folder::new();
        let assets = temp.with_programs("assets", &["etcd", "kubectl"]);
        let error = locate(variables(&[("KUBEBUILDER_ASSETS", &assets), ("HOME", &temp.0)])).unwrap_err();
        assert!(matches!(
            error,
            Error::AssetsIncomplete {
                missing: "kube-apiserver",
                ..
            }
        ));
        assert!(
            error.to_string().contains("setup-envtest use 1.37.x -p path"),
            "{error}"
        );
    }

    #[test]
    fn then_the_cache_then_a_build() {
        let temp = Folder::new();
        let home = variables(&[("KUBEBUILDER_ASSETS", Path::new("")), ("HOME", &temp.0)]);
        let folder = temp.0.join(".cache").join(cached());
        assert_eq!(locate(&home).unwrap(), Place::ToBuild(folder.clone()));
        temp.with_programs(&format!(".cache/{}", cached()), &["etcd", "kubectl"]);
        assert_eq!(locate(&home).unwrap(), Place::ToBuild(folder.clone()));
        fs::write(folder.join("kube-apiserver"), "not executable").unwrap();
        assert_eq!(locate(&home).unwrap(), Place::ToBuild(folder.clone()));
        temp.with_programs(&format!(".cache/{}", cached()), &NAMES);
        assert_eq!(locate(&home).unwrap(), Place::Cache(folder));
        let xdg = variables(&[("XDG_CACHE_HOME", &temp.0), ("HOME", &temp.0)]);
        assert_eq!(locate(xdg).unwrap(), Place::ToBuild(temp.0.join(cached())));
        assert!(matches!(locate(|_| None), Err(Error::NoCacheFolder(_))));
    }

    #[test]
    fn the_versions_are_those_of_the_go_modules() {
        let module = |name: &str| {
            let path = Path::new(env!("CARGO_MANIFEST_DIR"))
                .join("controlplane")
                .join(name)
                .join("go.mod");
            fs::read_to_string(path).unwrap()
        };
        let kubernetes = module("kubernetes");
        assert!(kubernetes.contains(&format!("k8s.io/kubernetes v{KUBERNETES_VERSION}")));
        let staging = KUBERNETES_VERSION.strip_prefix("1.").unwrap();
        assert!(kubernetes.contains(&format!("k8s.io/apiserver => k8s.io/apiserver v0.{staging}\n")));
        assert!(module("etcd").contains(&format!("go.etcd.io/etcd/server/v3 v{ETCD_VERSION}")));
    }
}
