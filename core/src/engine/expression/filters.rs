//! Filters and the arguments of filters and tests, for the check of a source. Nothing here evaluates.

use super::guard::{Checked, Guard, at};
use super::language::{FILTERS, Filter, TESTS};
use super::shape::{Shape, is_narrow};
use minijinja::machinery::Span;
use minijinja::machinery::ast::{CallArg, Expr};

impl Guard {
    pub(super) fn arguments(&mut self, arguments: &[CallArg<'_>], depth: usize) -> Checked<Shape> {
        let mut most = Shape::Text;
        for argument in arguments {
            match argument {
                CallArg::Pos(value) | CallArg::Kwarg(_, value) => most = most.or(self.shape(value, depth)?),
                CallArg::PosSplat(value) | CallArg::KwargSplat(value) => {
                    return at(
                        value.span(),
                        "* and ** in brackets are not available: write each argument",
                    );
                }
            }
        }
        Ok(most)
    }

    pub(super) fn filter(
        &mut self,
        name: &str,
        on: Option<&Expr<'_>>,
        arguments: &[CallArg<'_>],
        span: Span,
        depth: usize,
    ) -> Checked<Shape> {
        let Some((_, filter)) = FILTERS.iter().find(|(known, _)| *known == name) else {
            let known: Vec<_> = FILTERS.iter().map(|(known, _)| *known).collect();
            return at(
                span,
                &format!("there is no filter {name}: there are {}", known.join(", ")),
            );
        };
        let pattern = match on {
            Some(Expr::Const(pattern)) => pattern.value.as_str(),
            Some(_) | None => None,
        };
        // Of a filter block: it works on the text of the block.
        let on = on.map_or(Ok(Shape::Text), |on| self.shape(on, depth + 1))?;
        let given = self.arguments(arguments, depth + 1)?;
        if given.is_made() && *filter != Filter::Either {
            return at(
                span,
                &format!("an argument of {name} cannot be a list that is made here"),
            );
        }
        match filter {
            Filter::Text | Filter::Number | Filter::Split if on.is_made() => at(
                span,
                &format!("{name} is for a text, not for a list that is made here: use | join or | first before it"),
            ),
            Filter::Format if !pattern.is_some_and(is_narrow) => at(
                span,
                "format is for a text in quotes, with widths of at most two digits, as in '%06d' | format(owner.properties.number | int)",
            ),
            Filter::Text | Filter::TextOfList | Filter::Format => Ok(Shape::Text),
            Filter::Number => Ok(given),
            Filter::Split => Ok(Shape::Texts),
            Filter::Element => Ok(on.inside()),
            Filter::Either => Ok(on.or(given)),
            Filter::Gather => {
                if matches!(name, "select" | "reject" | "selectattr" | "rejectattr") {
                    self.named_test(name, arguments, span)?;
                }
                Ok(on.inside().listed())
            }
            Filter::Pairs if on > Shape::Given => at(
                span,
                &format!("{name} is for a record that was given, such as owner.properties"),
            ),
            Filter::Pairs => Ok(Shape::Givens),
            Filter::Map => match arguments {
                [CallArg::Kwarg("attribute", _)] => Ok(on.inside().listed()),
                _ => at(
                    span,
                    "map takes an attribute only, as in order.changes | map(attribute='property')",
                ),
            },
        }
    }

    /// Filters that take the name of a test: it must stand there.
    fn named_test(&self, name: &str, arguments: &[CallArg<'_>], span: Span) -> Checked<()> {
        let position = usize::from(name.ends_with("attr"));
        match arguments.get(position) {
            None => Ok(()),
            Some(CallArg::Pos(Expr::Const(test))) if test.value.as_str().is_some_and(|test| TESTS.contains(&test)) => {
                Ok(())
            }
            Some(_) => at(
                span,
                &format!("{name} takes the name of a test in quotes: one of {}", TESTS.join(", ")),
            ),
        }
    }
}
