//! Programs that only some tests need: each given by an environment variable, else from a cache of this user, else built.
//! A control plane needs none of them, so nothing builds one but who asks for it.

use std::collections::hash_map::DefaultHasher;
use std::env;
use std::ffi::OsString;
use std::fs;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};

use super::build::{self, Target};
use super::{Error, Purpose, cache_folder, is_program};
use crate::files::FileError;
use crate::progress::Progress;

/// The version of helm that is built.
pub const HELM_VERSION: &str = "4.3.1";

/// A program that is built from a module of the repository.
pub struct Tool {
    /// The environment variable that may name it.
    given: &'static str,
    /// What that has to be.
    wanted: &'static str,
    edition: Edition,
    purpose: Purpose,
    target: Target,
}

/// What makes one build of a program another than the next.
enum Edition {
    /// The version that the module pins.
    Version(&'static str),
    /// The files of the module, which has its source.
    Sources,
}

/// Helm, for the tests of the chart.
pub const HELM: Tool = Tool {
    given: "HANDOFF_HELM",
    wanted: "helm, version 4",
    edition: Edition::Version(HELM_VERSION),
    purpose: Purpose {
        what: "helm",
        instead: "set HANDOFF_HELM to the program helm, version 4",
    },
    target: Target {
        name: "helm",
        module: "dev/helm",
        package: "helm.sh/helm/v4/cmd/helm",
        minutes: 2,
        kubernetes: false,
    },
};

/// What kstatus, Argo CD and Flux say of an object, for the tests of GitOps.
pub const GITOPS_HEALTH: Tool = Tool {
    given: "HANDOFF_GITOPS_HEALTH",
    wanted: "what `go build` makes in dev/gitops",
    edition: Edition::Sources,
    purpose: Purpose {
        what: "gitops-health",
        instead: "set HANDOFF_GITOPS_HEALTH to what `go build` makes in dev/gitops",
    },
    target: Target {
        name: "gitops-health",
        module: "dev/gitops",
        package: ".",
        minutes: 2,
        kubernetes: false,
    },
};

impl Tool {
    /// Finds the program, or builds it from the module pinned in the repository.
    ///
    /// # Errors
    /// When the program given is none, or it cannot be built.
    pub fn ensure(&self, repository: &Path, progress: Progress) -> Result<PathBuf, Error> {
        let module = repository.join(self.target.module);
        match self.locate(&module, |name| env::var_os(name))? {
            Place::Given(program) => {
                progress.line(&format!("using {} from {}", program.display(), self.given));
                Ok(program)
            }
            Place::Cache(folder) => {
                let program = folder.join(self.target.name);
                if !is_program(&program) {
                    let targets = std::slice::from_ref(&self.target);
                    build::all(targets, &self.purpose, repository, &folder, progress)?;
                }
                Ok(program)
            }
        }
    }

    fn locate(&self, module: &Path, variable: impl Fn(&str) -> Option<OsString>) -> Result<Place, Error> {
        let given = variable(self.given).filter(|value| !value.is_empty());
        match given.map(PathBuf::from) {
            Some(program) if is_program(&program) => Ok(Place::Given(program)),
            Some(program) => Err(Error::NoTool {
                variable: self.given,
                wanted: self.wanted,
                program,
            }),
            None => {
                let name = self.target.name;
                cache_folder(&variable, &format!("{name}/{name}-{}", self.edition.of(module)?))
                    .map(Place::Cache)
                    .ok_or(Error::NoCacheFolder(self.purpose))
            }
        }
    }
}

impl Edition {
    fn of(&self, module: &Path) -> Result<String, Error> {
        match self {
            Self::Version(version) => Ok((*version).to_owned()),
            Self::Sources => digest(module),
        }
    }
}

/// Another one for other files. Another compiler of ours may say another one for the same: then it is built once more.
fn digest(module: &Path) -> Result<String, Error> {
    let entries = fs::read_dir(module).and_then(|entries| {
        let paths = entries.map(|entry| entry.map(|entry| entry.path()));
        paths.collect::<Result<Vec<_>, _>>()
    });
    let mut files = entries.map_err(FileError::new("read", module))?;
    files.sort();
    let mut hasher = DefaultHasher::new();
    for file in files {
        file.file_name().hash(&mut hasher);
        fs::read(&file)
            .map_err(FileError::new("read", &file))?
            .hash(&mut hasher);
    }
    Ok(format!("{:016x}", hasher.finish()))
}

#[derive(Debug, Eq, PartialEq)]
enum Place {
    Given(PathBuf),
    Cache(PathBuf),
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;
    use std::fs;
    use std::path::{Path, PathBuf};

    use super::{Error, GITOPS_HEALTH, HELM, HELM_VERSION, Place, digest};
    use crate::files::random_hex;

    fn module(name: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
    }

    #[test]
    fn what_is_given_comes_first_and_has_to_be_a_program() {
        for tool in [HELM, GITOPS_HEALTH] {
            let given = |value: &'static str| move |name: &str| (name == tool.given).then(|| OsString::from(value));
            let place = tool.locate(Path::new("/nowhere"), given("/bin/sh")).unwrap();
            assert_eq!(place, Place::Given(PathBuf::from("/bin/sh")));
            let error = tool.locate(Path::new("/nowhere"), given("/bin/none")).unwrap_err();
            assert!(matches!(error, Error::NoTool { .. }));
            let said = error.to_string();
            assert!(said.contains(tool.given) && said.contains(tool.wanted), "{said}");
        }
    }

    #[test]
    fn else_there_is_a_place_of_its_own_in_the_cache() {
        let home = |name: &str| (name == "HOME").then(|| OsString::from("/home/somebody"));
        let folder = format!("/home/somebody/.cache/handoff/helm/helm-{HELM_VERSION}");
        let helm = module("helm");
        assert_eq!(HELM.locate(&helm, home).unwrap(), Place::Cache(PathBuf::from(folder)));
        assert!(matches!(HELM.locate(&helm, |_| None), Err(Error::NoCacheFolder(_))));
    }

    #[test]
    fn the_version_is_that_of_the_go_module() {
        let module = fs::read_to_string(module("helm/go.mod")).unwrap();
        assert!(module.contains(&format!("helm.sh/helm/v4 v{HELM_VERSION}")));
    }

    #[test]
    fn other_sources_are_built_anew() {
        let folder = std::env::temp_dir().join(format!("handoff-digest-{}", random_hex(6).unwrap()));
        fs::create_dir(&folder).unwrap();
        let of = |text: &str| {
            fs::write(folder.join("main.go"), text).unwrap();
            digest(&folder).unwrap()
        };
        let first = of("package main");
        assert_ne!(first, of("package other"));
        assert_eq!(first, of("package main"));
        fs::remove_dir_all(&folder).unwrap();
    }
}
