//! What a word on the command line means where an order or a request may stand. It writes nothing.

use super::calls::{CallError, patiently};
use super::choice::named::bare;
use super::cluster::{Cluster, Connection};
use handoff_core::api::{AssignmentRequest, ProvisioningOrder};
use kube::api::Api;

/// A name, and the kinds of object that it may be of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sought {
    /// The name without a kind.
    pub name: String,
    /// It may be an order.
    pub order: bool,
    /// It may be a request.
    pub request: bool,
}

/// What has that name.
#[derive(Clone, Debug, Default)]
pub(super) struct Found {
    /// An order.
    pub order: Option<ProvisioningOrder>,
    /// A request.
    pub request: Option<AssignmentRequest>,
}

impl Sought {
    /// Reads `porder/NAME`, `areq/NAME` or `NAME`.
    ///
    /// # Errors
    /// In words: it names another kind.
    pub(super) fn of(word: &str) -> Result<Self, String> {
        let order = bare::<ProvisioningOrder>(word);
        let request = bare::<AssignmentRequest>(word);
        let (is_order, is_request) = (order.is_ok(), request.is_ok());
        match order.or(request) {
            Ok(name) => Ok(Self {
                name,
                order: is_order,
                request: is_request,
            }),
            Err(_) => Err(format!(
                "{word} is neither an order nor a request: give porder/NAME, areq/NAME or a name alone"
            )),
        }
    }

    /// `order badge.anna.1`, `order or request hire`
    pub(super) fn words(&self) -> String {
        let kind = match (self.order, self.request) {
            (true, true) | (false, false) => "order and no request",
            (true, false) => "order",
            (false, true) => "request",
        };
        format!("{kind} {}", self.name)
    }

    /// Reads it.
    ///
    /// # Errors
    /// It cannot be read.
    pub(super) async fn find(&self, cluster: &Cluster) -> Result<Found, CallError> {
        if !is_name(&self.name) {
            return Ok(Found::default());
        }
        let orders: Api<ProvisioningOrder> = Api::namespaced(cluster.client.clone(), &cluster.namespace);
        let requests: Api<AssignmentRequest> = Api::namespaced(cluster.client.clone(), &cluster.namespace);
        let mut found = Found::default();
        if self.order {
            found.order = patiently(async || orders.get_opt(&self.name).await).await?;
        }
        if self.request {
            found.request = patiently(async || requests.get_opt(&self.name).await).await?;
        }
        Ok(found)
    }
}

/// Whether an object can have this name. Anything else would be another path in the API.
pub(super) fn is_name(name: &str) -> bool {
    let fits =
        |character: char| character.is_ascii_lowercase() || character.is_ascii_digit() || "-.".contains(character);
    !name.is_empty() && name.len() <= 253 && name.chars().all(fits) && !name.starts_with('.')
}

/// The flags that a command needs to mean the same cluster and namespace as this one.
pub(super) fn same_place(connection: &Connection) -> String {
    let flag = |flag: &str, value: &Option<String>| value.as_ref().map(|value| format!(" {flag} {value}"));
    let flags = [
        flag("--context", &connection.context),
        flag("-n", &connection.namespace),
    ];
    flags.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("badge.anna.1", "badge.anna.1", true, true)]
    #[case("porder/badge.anna.1", "badge.anna.1", true, false)]
    #[case("assignmentrequest.handoff.dev/hire", "hire", false, true)]
    fn a_name_with_or_without_its_kind(
        #[case] word: &str,
        #[case] name: &str,
        #[case] order: bool,
        #[case] request: bool,
    ) {
        let name = name.to_owned();
        assert_eq!(Sought::of(word), Ok(Sought { name, order, request }));
    }

    #[test]
    fn another_kind_is_said() {
        let said = Sought::of("pod/x").unwrap_err();
        assert!(said.starts_with("pod/x is neither an order nor a request"), "{said}");
    }

    #[rstest]
    #[case("badge.anna.1", true)]
    #[case("", false)]
    #[case("..", false)]
    #[case("a/status", false)]
    #[case("Anna Adams", false)]
    fn names_that_objects_can_have(#[case] name: &str, #[case] can: bool) {
        assert_eq!(is_name(name), can);
    }
}
