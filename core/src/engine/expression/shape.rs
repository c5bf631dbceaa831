//! What can come out of an expression, told from its source alone. Nothing here refuses anything.

use minijinja::machinery::ast::Expr;

/// What may come out of an expression, from harmless to not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Shape {
    /// A text, a number, a truth value, or nothing.
    Text,
    /// What was given, which may be a list or a record.
    Given,
    /// A slice of what was given: a text, or a list.
    Part,
    /// A list or a record that the source makes, of `Text`.
    Texts,
    /// A list or a record that the source makes, of `Given`.
    Givens,
    /// A list or a record that the source makes, of `Part`.
    Parts,
}

impl Shape {
    pub(super) fn is_made(self) -> bool {
        self >= Self::Texts
    }

    /// What can be taken out of it.
    pub(super) fn inside(self) -> Self {
        match self {
            Self::Text | Self::Texts => Self::Text,
            Self::Given | Self::Part | Self::Givens => Self::Given,
            Self::Parts => Self::Part,
        }
    }

    /// A list of it.
    pub(super) fn listed(self) -> Self {
        match self {
            Self::Text => Self::Texts,
            Self::Given => Self::Givens,
            // The three last are not put into lists.
            Self::Part | Self::Texts | Self::Givens | Self::Parts => Self::Parts,
        }
    }

    /// One or the other.
    pub(super) fn or(self, other: Self) -> Self {
        if self.is_made() || other.is_made() {
            self.inside().max(other.inside()).listed()
        } else {
            self.max(other)
        }
    }
}

/// No width of three digits, none that comes from an argument.
pub(super) fn is_narrow(pattern: &str) -> bool {
    let digits = pattern
        .as_bytes()
        .windows(3)
        .any(|three| three.iter().all(u8::is_ascii_digit));
    !digits && !pattern.contains('*')
}

/// Whether an item is written out, so that the source bounds it.
pub(super) fn is_constant(expression: &Expr<'_>) -> bool {
    match expression {
        Expr::Const(_) => true,
        Expr::List(list) => list.items.iter().all(is_constant),
        Expr::Tuple(tuple) => tuple.items.iter().all(is_constant),
        Expr::Map(map) => map.keys.iter().chain(&map.values).all(is_constant),
        Expr::Var(_)
        | Expr::Slice(_)
        | Expr::UnaryOp(_)
        | Expr::BinOp(_)
        | Expr::Compare(_)
        | Expr::IfExpr(_)
        | Expr::Filter(_)
        | Expr::Test(_)
        | Expr::GetAttr(_)
        | Expr::GetItem(_)
        | Expr::Call(_) => false,
    }
}
