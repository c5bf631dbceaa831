//! Which sources are let through to the compiler, and what is wrong with the others. Nothing here evaluates.
//!
//! Fuel counts the steps of an evaluation, not the work of one step. Two things would make one step unbounded: a list made
//! of lists that double again and again, and a repetition of a list, which is lazy. So here every value that a variable can
//! hold is either what was given, or a text, or a number; a list that the source makes is used where it is made, and holds only
//! such values; a repetition is for numbers and texts, whose size is paid for. Then every step costs at most what was given
//! and what fuel paid for, and no value nests deeper than the source.

use super::language::TESTS;
use super::shape::{Shape, is_constant};
use minijinja::machinery::Span;
use minijinja::machinery::ast::{BinOpKind, Expr, Stmt, UnaryOpKind};

/// Most parts (names, constants, operators, filters, statements) of one source.
const PARTS_MAX: usize = 1000;
/// Deepest nesting: brackets, filters behind one another, operators on operators, blocks.
const DEPTH_MAX: usize = 32;
/// Most items that are not constants in all lists that one source makes.
const MADE_ITEMS_MAX: usize = 32;

pub(super) type Checked<T> = Result<T, String>;

/// Checks an expression.
///
/// # Errors
/// Where, what and what to write instead.
pub(super) fn expression(expression: &Expr<'_>) -> Checked<()> {
    Guard::default().shape(expression, 0).map(|_| ())
}

/// Checks a template.
///
/// # Errors
/// As [`expression`].
pub(super) fn template(template: &Stmt<'_>) -> Checked<()> {
    Guard::default().statement(template, 0)
}

#[derive(Default)]
pub(super) struct Guard {
    parts: usize,
    made_items: usize,
}

pub(super) fn at<T>(span: Span, message: &str) -> Checked<T> {
    Err(format!(
        "{message} (line {}, column {})",
        span.start_line,
        usize::from(span.start_col) + 1
    ))
}

const NO_FUNCTIONS: &str = "functions and methods are not available: write a filter, as in owner.id | upper";
const NOT_KEPT: &str = "a variable cannot keep a list that is made here: use the list where it is made, or make it a text with | join or | string";

impl Guard {
    fn enter(&mut self, span: Span, depth: usize) -> Checked<()> {
        self.parts += 1;
        if self.parts > PARTS_MAX {
            return at(
                span,
                &format!("too long: it has more than {PARTS_MAX} names, constants and operators; shorten it"),
            );
        }
        if depth > DEPTH_MAX {
            return at(
                span,
                &format!("nested deeper than {DEPTH_MAX} levels: use fewer brackets, blocks or filters in a row"),
            );
        }
        Ok(())
    }

    fn statements(&mut self, statements: &[Stmt<'_>], depth: usize) -> Checked<()> {
        statements
            .iter()
            .try_for_each(|statement| self.statement(statement, depth))
    }

    fn statement(&mut self, statement: &Stmt<'_>, depth: usize) -> Checked<()> {
        let below = depth + 1;
        match statement {
            Stmt::Template(template) => self.statements(&template.children, depth),
            Stmt::EmitRaw(raw) => self.enter(raw.span(), depth),
            Stmt::EmitExpr(emit) => {
                self.enter(emit.span(), depth)?;
                self.shape(&emit.expr, below).map(|_| ())
            }
            Stmt::ForLoop(each) => {
                self.enter(each.span(), depth)?;
                if each.recursive {
                    return at(each.span(), "a for loop cannot be recursive: nest loops instead");
                }
                self.shape(&each.iter, below)?;
                if let Some(filter) = &each.filter_expr {
                    self.shape(filter, below)?;
                }
                self.target(&each.target, below)?;
                self.statements(&each.body, below)?;
                self.statements(&each.else_body, below)
            }
            Stmt::IfCond(condition) => {
                self.enter(condition.span(), depth)?;
                self.shape(&condition.expr, below)?;
                self.statements(&condition.true_body, below)?;
                // An elif is written in a row, so it does not nest.
                let elif = matches!(condition.false_body.as_slice(), [Stmt::IfCond(_)]);
                self.statements(&condition.false_body, if elif { depth } else { below })
            }
            Stmt::WithBlock(with) => {
                self.enter(with.span(), depth)?;
                for (target, value) in &with.assignments {
                    self.target(target, below)?;
                    self.kept(value, below)?;
                }
                self.statements(&with.body, below)
            }
            Stmt::Set(set) => {
                self.enter(set.span(), depth)?;
                self.target(&set.target, below)?;
                self.kept(&set.expr, below)
            }
            Stmt::SetBlock(set) => {
                self.enter(set.span(), depth)?;
                self.target(&set.target, below)?;
                if let Some(filter) = &set.filter {
                    self.text(filter, below)?;
                }
                self.statements(&set.body, below)
            }
            Stmt::FilterBlock(block) => {
                self.enter(block.span(), depth)?;
                self.text(&block.filter, below)?;
                self.statements(&block.body, below)
            }
            Stmt::AutoEscape(block) => at(block.span(), "autoescape is not available: the ticket is plain text"),
            Stmt::Do(call) => at(call.span(), NO_FUNCTIONS),
        }
    }

    /// The name or names that a value is given.
    fn target(&mut self, target: &Expr<'_>, depth: usize) -> Checked<()> {
        self.enter(target.span(), depth)?;
        match target {
            Expr::Var(_) => Ok(()),
            Expr::List(names) => names.items.iter().try_for_each(|name| self.target(name, depth + 1)),
            Expr::Const(_)
            | Expr::Slice(_)
            | Expr::UnaryOp(_)
            | Expr::BinOp(_)
            | Expr::Compare(_)
            | Expr::IfExpr(_)
            | Expr::Filter(_)
            | Expr::Test(_)
            | Expr::GetAttr(_)
            | Expr::GetItem(_)
            | Expr::Call(_)
            | Expr::Tuple(_)
            | Expr::Map(_) => at(target.span(), "only a plain name can be set"),
        }
    }

    fn kept(&mut self, value: &Expr<'_>, depth: usize) -> Checked<()> {
        if self.shape(value, depth)? > Shape::Given {
            return at(value.span(), NOT_KEPT);
        }
        Ok(())
    }

    fn text(&mut self, filter: &Expr<'_>, depth: usize) -> Checked<()> {
        if self.shape(filter, depth)? > Shape::Text {
            return at(filter.span(), "this filter does not give a text");
        }
        Ok(())
    }

    /// Something that is not a list made here.
    fn unmade(&mut self, value: &Expr<'_>, depth: usize, what: &str) -> Checked<Shape> {
        let shape = self.shape(value, depth)?;
        if shape.is_made() {
            return at(
                value.span(),
                &format!("{what} cannot be a list that is made here: use | join or | first on it"),
            );
        }
        Ok(shape)
    }

    pub(super) fn shape(&mut self, expression: &Expr<'_>, depth: usize) -> Checked<Shape> {
        let span = expression.span();
        self.enter(span, depth)?;
        let below = depth + 1;
        match expression {
            Expr::Const(_) => Ok(Shape::Text),
            Expr::Var(_) => Ok(Shape::Given),
            Expr::GetAttr(get) => self.shape(&get.expr, below).map(Shape::inside),
            Expr::GetItem(get) => {
                self.unmade(&get.subscript_expr, below, "what stands in [ ]")?;
                self.shape(&get.expr, below).map(Shape::inside)
            }
            Expr::Slice(slice) => {
                for bound in [&slice.start, &slice.stop, &slice.step].into_iter().flatten() {
                    self.unmade(bound, below, "what stands in [ ]")?;
                }
                match self.shape(&slice.expr, below)? {
                    Shape::Text => Ok(Shape::Text),
                    Shape::Given => Ok(Shape::Part),
                    Shape::Part | Shape::Texts | Shape::Givens | Shape::Parts => at(
                        span,
                        "only what was given or a text can be sliced, once: make it a text with | string first",
                    ),
                }
            }
            Expr::UnaryOp(operator) => {
                self.shape(&operator.expr, below)?;
                match operator.op {
                    UnaryOpKind::Not | UnaryOpKind::Neg => Ok(Shape::Text),
                }
            }
            Expr::BinOp(operator) => self.operator(operator.op, (&operator.left, &operator.right), depth),
            Expr::Compare(chain) => {
                self.unmade(&chain.expr, below, "the left side of a comparison")?;
                for comparison in &chain.ops {
                    self.shape(&comparison.expr, below)?;
                }
                Ok(Shape::Text)
            }
            Expr::IfExpr(choice) => {
                self.shape(&choice.test_expr, below)?;
                let chosen = self.shape(&choice.true_expr, below)?;
                match &choice.false_expr {
                    // Written in a row, as elif is.
                    Some(other @ Expr::IfExpr(_)) => Ok(chosen.or(self.shape(other, depth)?)),
                    Some(other) => Ok(chosen.or(self.shape(other, below)?)),
                    None => Ok(chosen),
                }
            }
            Expr::Test(test) => {
                if !TESTS.contains(&test.name) {
                    return at(
                        span,
                        &format!("there is no test {}: there are {}", test.name, TESTS.join(", ")),
                    );
                }
                self.unmade(&test.expr, below, "the left side of is")?;
                self.arguments(&test.args, below)?;
                Ok(Shape::Text)
            }
            Expr::Filter(filter) => self.filter(filter.name, filter.expr.as_ref(), &filter.args, span, depth),
            Expr::Call(_) => at(span, NO_FUNCTIONS),
            Expr::List(list) => self.made(list.items.iter(), depth),
            Expr::Tuple(tuple) => self.made(tuple.items.iter(), depth),
            Expr::Map(map) => self.made(map.keys.iter().chain(&map.values), depth),
        }
    }

    fn operator(&mut self, kind: BinOpKind, sides: (&Expr<'_>, &Expr<'_>), depth: usize) -> Checked<Shape> {
        // A row of operators leans to the left, so it does not nest.
        let left = self.shape(sides.0, depth)?;
        let right = self.shape(sides.1, depth + 1)?;
        let unmade = |what: &str, shape: Shape, side: &Expr<'_>| {
            if shape.is_made() {
                return at(
                    side.span(),
                    &format!("{what} cannot be a list that is made here: use | join or | first on it"),
                );
            }
            Ok(())
        };
        match kind {
            BinOpKind::ScAnd | BinOpKind::ScOr => Ok(left.or(right)),
            BinOpKind::Concat => {
                unmade("a side of ~", left, sides.0)?;
                unmade("a side of ~", right, sides.1)?;
                Ok(Shape::Text)
            }
            BinOpKind::In => {
                unmade("the left side of in", left, sides.0)?;
                Ok(Shape::Text)
            }
            BinOpKind::Add => Ok(if left.min(right) == Shape::Text {
                Shape::Text
            } else {
                left.inside().max(right.inside()).listed()
            }),
            BinOpKind::Mul | BinOpKind::Pow => {
                if left.max(right) > Shape::Text {
                    return at(sides.0.span(), "* and ** are for numbers: write (a | int) * (b | int)");
                }
                Ok(Shape::Text)
            }
            BinOpKind::Eq
            | BinOpKind::Ne
            | BinOpKind::Lt
            | BinOpKind::Lte
            | BinOpKind::Gt
            | BinOpKind::Gte
            | BinOpKind::Sub
            | BinOpKind::Div
            | BinOpKind::FloorDiv
            | BinOpKind::Rem => Ok(Shape::Text),
        }
    }

    /// A list or record that the source makes. Of constants alone it is bounded by the source, and may hold such again.
    fn made<'a, 's: 'a>(&mut self, items: impl Iterator<Item = &'a Expr<'s>>, depth: usize) -> Checked<Shape> {
        let mut inside = Shape::Text;
        for item in items {
            let shape = self.shape(item, depth + 1)?;
            if is_constant(item) {
                inside = inside.max(if shape.is_made() { Shape::Given } else { shape });
                continue;
            }
            self.made_items += 1;
            if self.made_items > MADE_ITEMS_MAX {
                return at(
                    item.span(),
                    &format!("lists with more than {MADE_ITEMS_MAX} items that are not constants: make fewer"),
                );
            }
            if shape.is_made() {
                return at(item.span(), "a list of lists can only be made of constants");
            }
            inside = inside.max(shape);
        }
        Ok(inside.listed())
    }
}
