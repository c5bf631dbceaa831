//! (interface; filled in next)
use crate::api::ResourceType;
use std::sync::Arc;
/// A type and what became of its expressions.
#[derive(Clone, Debug)]
pub struct TypeView {
    /// The type.
    pub object: Arc<ResourceType>,
}
