//! Labels, annotations and reserved words, as constants.

/// API group of every kind.
pub const GROUP: &str = "handoff.dev";
/// API version of every kind.
pub const VERSION: &str = "v1alpha1";
/// Label of an order: name of its ResourceType.
pub const LABEL_RESOURCE_TYPE: &str = "handoff.dev/resource-type";
/// Label of an order: hash of its line, so that one selector finds every order of a resource.
pub const LABEL_LINE: &str = "handoff.dev/line";
/// Name ending of requests that the operator files when an `endTime` comes.
pub const END_SUFFIX: &str = "-end";
/// Stands for a person whose identity nothing has stamped.
pub const UNKNOWN_ACTOR: &str = "unknown";
/// Stands for the operator in a history.
pub const OPERATOR_ACTOR: &str = "operator";
/// How many orders a request's status names.
pub const REQUEST_ORDERS_LIMIT: usize = 16;
/// How many requests an order can answer.
pub const REQUESTS_PER_ORDER: usize = 32;
/// Annotation of a Synchronization: a holder of `review` says that it counts although it lacks much. Any value.
pub const ANNOTATION_ACCEPT: &str = "handoff.dev/accept";
/// How many Synchronizations of a type are kept.
pub const SYNCHRONIZATIONS_KEPT: usize = 10;
/// Label of an order or a request that is never removed by itself, with the value `true`.
pub const LABEL_KEEP: &str = "handoff.dev/keep";
