//! The program helm for the tests of the chart: given by `HANDOFF_HELM`, else from a cache of this user, else built. Not
//! needed for a control plane, so nothing builds it but who asks for it.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::build::{self, Target};
use super::{Error, Purpose, cache_folder, is_program};
use crate::progress::Progress;

/// The version of helm that is built.
pub const HELM_VERSION: &str = "4.3.1";

const GIVEN: &str = "HANDOFF_HELM";
const NAME: &str = "helm";

const PURPOSE: Purpose = Purpose {
    what: "helm",
    instead: "set HANDOFF_HELM to the program helm, version 4",
};

const TARGET: Target = Target {
    name: NAME,
    module: "dev/helm",
    package: "helm.sh/helm/v4/cmd/helm",
    minutes: 2,
    kubernetes: false,
};

/// Finds helm, or builds it from the module pinned in the repository.
///
/// # Errors
/// When the program given is none, or it cannot be built.
pub fn ensure(repository: &Path, progress: Progress) -> Result<PathBuf, Error> {
    match locate(|name| env::var_os(name))? {
        Place::Given(program) => {
            progress.line(&format!("using {} from {GIVEN}", program.display()));
            Ok(program)
        }
        Place::Cache(folder) => {
            let program = folder.join(NAME);
            if !is_program(&program) {
                build::all(&[TARGET], &PURPOSE, repository, &folder, progress)?;
            }
            Ok(program)
        }
    }
}

#[derive(Debug, Eq, PartialEq)]
enum Place {
    Given(PathBuf),
    Cache(PathBuf),
}

fn locate(variable: impl Fn(&str) -> Option<OsString>) -> Result<Place, Error> {
    let given = variable(GIVEN).filter(|value| !value.is_empty()).map(PathBuf::from);
    match given {
        Some(program) if is_program(&program) => Ok(Place::Given(program)),
        Some(program) => Err(Error::NoHelm(program)),
        None => cache_folder(&variable, &format!("helm/helm-{HELM_VERSION}"))
            .map(Place::Cache)
            .ok_or(Error::NoCacheFolder(PURPOSE)),
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;
    use std::fs;
    use std::path::{Path, PathBuf};

    use super::{Error, HELM_VERSION, Place, locate};

    #[test]
    fn what_is_given_comes_first_and_has_to_be_a_program() {
        let given = |value: &'static str| move |name: &str| (name == "HANDOFF_HELM").then(|| OsString::from(value));
        let place = locate(given("/bin/sh")).unwrap();
        assert_eq!(place, Place::Given(PathBuf::from("/bin/sh")));
        let error = locate(given("/bin/no-such-helm")).unwrap_err();
        assert!(matches!(error, Error::NoHelm(_)));
        assert!(error.to_string().contains("HANDOFF_HELM"), "{error}");
    }

    #[test]
    fn else_there_is_a_place_of_its_own_in_the_cache() {
        let home = |name: &str| (name == "HOME").then(|| OsString::from("/home/somebody"));
        let folder = format!("/home/somebody/.cache/handoff/helm/helm-{HELM_VERSION}");
        assert_eq!(locate(home).unwrap(), Place::Cache(PathBuf::from(folder)));
        assert!(matches!(locate(|_| None), Err(Error::NoCacheFolder(_))));
    }

    #[test]
    fn the_version_is_that_of_the_go_module() {
        let module = Path::new(env!("CARGO_MANIFEST_DIR")).join("helm/go.mod");
        let module = fs::read_to_string(module).unwrap();
        assert!(module.contains(&format!("helm.sh/helm/v4 v{HELM_VERSION}")));
    }
}
