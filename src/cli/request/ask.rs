//! What is missing in a wish, and how it is asked for. What is asked is pure; who is asked is whoever sits at the terminal.

use super::wish::Wish;
use handoff_core::api::Operation;
use handoff_core::api::resource_type::{PropertyDefinition, PropertyType};
use handoff_core::engine::check::well_formed;
use handoff_core::engine::types::TypeView;

/// Somebody who can be asked.
pub(super) trait Person {
    /// One of these, by its place.
    ///
    /// # Errors
    /// In words: there is no answer.
    fn choose(&mut self, question: &str, among: &[String]) -> Result<usize, String>;

    /// A text that is right.
    ///
    /// # Errors
    /// In words: there is no answer.
    fn text(&mut self, question: &str, right: &dyn Fn(&str) -> Result<(), String>) -> Result<String, String>;
}

/// Whoever sits at the terminal.
pub(super) struct AtTerminal;

impl Person for AtTerminal {
    fn choose(&mut self, question: &str, among: &[String]) -> Result<usize, String> {
        let select = dialoguer::Select::new().with_prompt(question).items(among).default(0);
        select.interact().map_err(|error| error.to_string())
    }

    fn text(&mut self, question: &str, right: &dyn Fn(&str) -> Result<(), String>) -> Result<String, String> {
        let input = dialoguer::Input::<String>::new().with_prompt(question);
        let input = input.validate_with(|text: &String| right(text));
        input.interact_text().map_err(|error| error.to_string())
    }
}

/// Something that has to be said and was not.
#[derive(Clone, Copy, Debug)]
enum Missing<'a> {
    Owner,
    OwnerProperty(&'a str),
    Property(&'a PropertyDefinition),
}

/// Everything that is missing. A Secret never is: nobody may say it.
fn missing<'a>(wish: &Wish, operation: Operation, view: &'a TypeView) -> Vec<Missing<'a>> {
    let filled = |text: Option<&String>| text.is_some_and(|text| !text.trim().is_empty());
    let mut all = Vec::new();
    if !filled(wish.owner.as_ref()) {
        all.push(Missing::Owner);
    }
    if operation != Operation::Delete {
        let needed = view.object.spec.depends_on_owner_properties.iter();
        let needed = needed.filter(|name| !filled(wish.owner_properties.get(*name)));
        all.extend(needed.map(|name| Missing::OwnerProperty(name)));
    }
    if operation == Operation::Create {
        let needed = |definition: &&PropertyDefinition| {
            let asked = definition.is_required() && definition.type_ != PropertyType::Secret;
            asked && definition.expression.is_none() && !wish.gives(&definition.name)
        };
        all.extend(view.object.spec.properties.iter().filter(needed).map(Missing::Property));
    }
    all
}

/// Asks for what is missing.
///
/// # Errors
/// In words: nobody can be asked, then all that is missing; or there is no answer.
pub(super) fn complete(
    wish: &mut Wish,
    operation: Operation,
    view: &TypeView,
    person: Option<&mut dyn Person>,
) -> Result<(), String> {
    let missing = missing(wish, operation, view);
    if missing.is_empty() {
        return Ok(());
    }
    let Some(person) = person else {
        let lines: Vec<String> = missing.iter().map(|missing| format!("\n  {}", flag(missing))).collect();
        return Err(format!(
            "this is missing, and nobody can be asked here:{}",
            lines.concat()
        ));
    };
    for missing in missing {
        match missing {
            Missing::Owner => wish.owner = Some(person.text("Key of the owner", &filled)?),
            Missing::OwnerProperty(name) => {
                let said = person.text(&format!("{name} of the owner"), &filled)?;
                wish.owner_properties.insert(name.to_owned(), said);
            }
            Missing::Property(definition) => {
                let said = value(definition, person)?;
                wish.set.insert(definition.name.clone(), said);
            }
        }
    }
    Ok(())
}

fn value(definition: &PropertyDefinition, person: &mut dyn Person) -> Result<Vec<String>, String> {
    let kind = definition.type_;
    let several = definition.is_multi_valued();
    let more = if several { ", several between ;" } else { "" };
    let question = format!("{}{more}", described(definition));
    if kind == PropertyType::Boolean && !several {
        let both = ["true".to_owned(), "false".to_owned()];
        let chosen = person.choose(&question, &both)?;
        return Ok(both.into_iter().nth(chosen).into_iter().collect());
    }
    let parts = |text: &str| -> Vec<String> {
        if several {
            let parts = text.split(';').map(str::trim).filter(|part| !part.is_empty());
            parts.map(str::to_owned).collect()
        } else {
            vec![text.trim().to_owned()]
        }
    };
    let right = |text: &str| {
        filled(text)?;
        let wrong = |part: &String| {
            well_formed(kind, part)
                .err()
                .map(|wanted| format!("{part:?} is not {wanted}"))
        };
        parts(text).iter().find_map(wrong).map_or(Ok(()), Err)
    };
    person.text(&question, &right).map(|text| parts(&text))
}

fn filled(text: &str) -> Result<(), String> {
    if text.trim().is_empty() {
        Err("it must not be empty".to_owned())
    } else {
        Ok(())
    }
}

/// `company (Integer): Number of the company, 1 to 9`
fn described(definition: &PropertyDefinition) -> String {
    let description = definition.description.as_ref().map(|text| format!(": {text}"));
    format!(
        "{} ({:?}){}",
        definition.name,
        definition.type_,
        description.unwrap_or_default()
    )
}

/// How it is said without being asked.
fn flag(missing: &Missing<'_>) -> String {
    match missing {
        Missing::Owner => "--owner ID".to_owned(),
        Missing::OwnerProperty(name) => format!("--owner-property {name}=VALUE"),
        Missing::Property(definition) if definition.is_multi_valued() => {
            format!("--values {}=VALUE,VALUE   {}", definition.name, described(definition))
        }
        Missing::Property(definition) => format!("--set {}=VALUE   {}", definition.name, described(definition)),
    }
}
