//! A ResourceType as the engine uses it: compiled, checked, with effective values. Nothing here looks at a request.

use super::expression::{CompiledExpression, CompiledTemplates};
use super::problem::Problem;
use crate::api::provisioning_order::{
    Policy, PolicyDecision, PolicyIdentifier, PolicyRetention, PolicyReview, PolicyVerification,
};
use crate::api::resource_type::{
    Evidence, OnRefuted, Package, PropertyDefinition, PropertyType, ProvisioningConnection, ResourceTypeSpec,
    VerificationMode,
};
use crate::api::{Operation, ResourceType, reason};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A type and what became of its expressions.
#[derive(Clone, Debug)]
pub struct TypeView {
    /// The type.
    pub object: Arc<ResourceType>,
    compiled: Arc<Result<Compiled, Vec<Problem>>>,
    circle: Option<Arc<Circle>>,
}

/// The types that need each other, this one first, and all that is wrong with this one.
#[derive(Debug)]
struct Circle {
    names: Vec<String>,
    problems: Vec<Problem>,
}

/// The usable form of a type without problems.
#[derive(Debug)]
pub struct Compiled {
    pub(super) identifier: CompiledExpression,
    pub(super) owner_username: CompiledExpression,
    pub(super) properties: BTreeMap<String, CompiledExpression>,
    pub(super) templates: CompiledTemplates,
}

impl TypeView {
    /// The same compiled type around a newer copy of the object; only right while its spec is the same.
    #[must_use]
    pub fn with_object(&self, object: Arc<ResourceType>) -> Self {
        Self {
            object,
            compiled: Arc::clone(&self.compiled),
            circle: self.circle.clone(),
        }
    }

    /// The same type as part of this circle of `dependsOn`, or of none: see [`super::circle::find`].
    #[must_use]
    pub fn with_circle(&self, names: Option<Vec<String>>) -> Self {
        let circle = names.map(|names| {
            let around = names.iter().chain(names.first()).map(String::as_str);
            let message = format!(
                "{}: take one out of spec.dependsOn",
                around.collect::<Vec<_>>().join(" depends on ")
            );
            let mut problems = self.compiled.as_ref().as_ref().err().cloned().unwrap_or_default();
            problems.push(Problem::new(reason::INVALID_RESOURCE_TYPE, message));
            Arc::new(Circle { names, problems })
        });
        Self {
            object: Arc::clone(&self.object),
            compiled: Arc::clone(&self.compiled),
            circle,
        }
    }

    /// The circle that it is part of, itself first.
    pub fn circle(&self) -> Option<&[String]> {
        self.circle.as_ref().map(|circle| circle.names.as_slice())
    }

    /// Name of the type.
    pub fn name(&self) -> &str {
        self.object.metadata.name.as_deref().unwrap_or_default()
    }

    /// Whether identifiers that differ only in case are one.
    pub fn case_insensitive(&self) -> bool {
        self.object
            .spec
            .identifier
            .as_ref()
            .and_then(|identifier| identifier.case_insensitive)
            .unwrap_or(true)
    }

    /// The compiled type.
    ///
    /// # Errors
    /// Everything that keeps the type from being Ready.
    pub fn usable(&self) -> Result<&Compiled, &[Problem]> {
        match &self.circle {
            Some(circle) => Err(&circle.problems),
            None => self.compiled.as_ref().as_ref().map_err(Vec::as_slice),
        }
    }

    /// The definition of a property.
    pub fn property(&self, name: &str) -> Option<&PropertyDefinition> {
        self.object
            .spec
            .properties
            .iter()
            .find(|definition| definition.name == name)
    }

    /// Whether new orders are not handed over.
    pub fn is_suspended(&self) -> bool {
        self.object.spec.suspend.unwrap_or(false)
    }

    /// Whether the type lets people ask for this.
    pub fn allows(&self, operation: Operation) -> bool {
        let Some(allow) = &self.object.spec.allow else {
            return true;
        };
        match operation {
            Operation::Create => allow.creation,
            Operation::Update => allow.update,
            Operation::Delete => allow.deletion,
        }
        .unwrap_or(true)
    }
}

impl PropertyDefinition {
    /// Whether it has several values.
    pub fn is_multi_valued(&self) -> bool {
        self.multi_valued.unwrap_or(false)
    }

    /// Whether a Create must have a value.
    pub fn is_required(&self) -> bool {
        self.required.unwrap_or(false)
    }

    /// Whether a request may say its value.
    pub fn is_settable(&self) -> bool {
        self.expression.is_none() || self.overridable.unwrap_or(false)
    }
}

/// Compiles and checks a type.
pub fn inspect(object: Arc<ResourceType>) -> TypeView {
    let mut problems = Vec::new();
    let compiled = compile(&object.spec, &mut problems);
    check(&object.spec, &mut problems);
    let compiled = match compiled {
        Some(compiled) if problems.is_empty() => Ok(compiled),
        Some(_) | None => Err(problems),
    };
    TypeView {
        object,
        compiled: Arc::new(compiled),
        circle: None,
    }
}

fn compile(spec: &ResourceTypeSpec, problems: &mut Vec<Problem>) -> Option<Compiled> {
    let mut expression = |field: String, source: &str| {
        CompiledExpression::compile(source)
            .map_err(|error| problems.push(Problem::new(reason::INVALID_EXPRESSION, format!("{field}: {error}"))))
            .ok()
    };
    let given = |source: Option<&String>| source.cloned().unwrap_or_else(|| "owner.id".to_owned());
    let identifier = expression(
        "spec.identifier.expression".to_owned(),
        &given(
            spec.identifier
                .as_ref()
                .and_then(|identifier| identifier.expression.as_ref()),
        ),
    );
    let owner_username = expression(
        "spec.ownerUsername.expression".to_owned(),
        &given(spec.owner_username.as_ref().and_then(|owner| owner.expression.as_ref())),
    );
    let mut properties = BTreeMap::new();
    for definition in &spec.properties {
        if let Some(source) = &definition.expression
            && let Some(compiled) = expression(format!("spec.properties[{}].expression", definition.name), source)
        {
            properties.insert(definition.name.clone(), compiled);
        }
    }
    let mut templates = CompiledTemplates::new();
    let ticket = spec.ticket.clone().unwrap_or_default();
    for (name, source) in [
        ("title", ticket.title.as_deref().or(Some(super::ticket::TITLE))),
        (
            "instructions",
            ticket.instructions.as_deref().or(Some(super::ticket::INSTRUCTIONS)),
        ),
        ("url", ticket.url.as_deref()),
    ] {
        if let Some(source) = source
            && let Err(error) = templates.add(name, source)
        {
            problems.push(Problem::new(
                reason::INVALID_EXPRESSION,
                format!("spec.ticket.{name}: {error}"),
            ));
        }
    }
    Some(Compiled {
        identifier: identifier?,
        owner_username: owner_username?,
        properties,
        templates,
    })
}

fn check(spec: &ResourceTypeSpec, problems: &mut Vec<Problem>) {
    if spec.provisioning_connection.is_none() {
        problems.push(Problem::new(
            reason::NO_PROVISIONING_CONNECTION,
            "spec.provisioningConnection is not set: nobody said how orders of this type are carried out; set package to ManualTicket",
        ));
    }
    let inventory =
        spec.verification.as_ref().and_then(|verification| verification.mode) == Some(VerificationMode::Inventory);
    if spec.trusts_people() && inventory {
        problems.push(Problem::new(
            reason::INVALID_RESOURCE_TYPE,
            "spec.verification.mode Inventory contradicts ManualTicketAndResources, which trusts what people confirm: use ManualTicket, or mode None",
        ));
    }
    for definition in &spec.properties {
        let secret = definition.type_ == PropertyType::Secret;
        if secret && (definition.expression.is_some() || definition.is_multi_valued()) {
            problems.push(Problem::new(
                reason::INVALID_RESOURCE_TYPE,
                format!(
                    "spec.properties[{}]: a Secret has no expression and is not multiValued",
                    definition.name
                ),
            ));
        }
        if definition.overridable.is_some() && definition.expression.is_none() {
            problems.push(Problem::new(
                reason::INVALID_RESOURCE_TYPE,
                format!(
                    "spec.properties[{}]: overridable goes with an expression",
                    definition.name
                ),
            ));
        }
    }
}

/// The effective rules of a type, as an order keeps them.
pub(super) fn policy(spec: &ResourceTypeSpec) -> Policy {
    let review = spec.provisioning_review.clone().unwrap_or_default();
    let decision = spec.decision.clone().unwrap_or_default();
    let verification = spec.verification.clone().unwrap_or_default();
    let retention = spec.retention.clone().unwrap_or_default();
    Policy {
        provisioning_connection: spec.provisioning_connection.clone().unwrap_or(ProvisioningConnection {
            package: Package::ManualTicket,
        }),
        identifier: PolicyIdentifier {
            case_insensitive: spec
                .identifier
                .as_ref()
                .and_then(|i| i.case_insensitive)
                .unwrap_or(true),
        },
        provisioning_review: PolicyReview {
            required: review.required.unwrap_or(false),
            after_error: review.after_error.unwrap_or(false),
        },
        transmitted_state_validity: spec.transmitted_state_validity.clone(),
        due_after: spec.due_after.clone(),
        decision: PolicyDecision {
            allow_self_confirmation: decision.allow_self_confirmation.unwrap_or(false),
            evidence: decision.evidence.unwrap_or(Evidence::Optional),
            claim_required: decision.claim_required.unwrap_or(false),
        },
        verification: PolicyVerification {
            mode: verification.mode.unwrap_or(VerificationMode::None),
            lag: verification.lag.unwrap_or_else(|| "0s".to_owned()),
            on_refuted: verification.on_refuted.unwrap_or(OnRefuted::Error),
            max_attempts: verification.max_attempts.unwrap_or(3),
        },
        retention: PolicyRetention {
            completed: retention.completed.unwrap_or_else(|| "720h".to_owned()),
            failed: retention.failed.unwrap_or_else(|| "2160h".to_owned()),
        },
    }
}
