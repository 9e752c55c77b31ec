//! Statements: named constants, each prepared on both engines by a test.

/// One SQL text for both engines. Placeholders are `$1`, `$2`, …; an optional parameter is CAST.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Statement {
    /// Its constant's name, for messages.
    pub name: &'static str,
    /// Its text.
    pub sql: &'static str,
}

/// Declares a module's statements as constants, and `ALL` of them.
macro_rules! statements {
    ($($(#[$doc:meta])* $name:ident = $sql:expr;)*) => {
        $(
            $(#[$doc])*
            pub(crate) const $name: $crate::store::Statement =
                $crate::store::Statement { name: stringify!($name), sql: $sql };
        )*
        /// Every statement of this module.
        pub(crate) const ALL: &[$crate::store::Statement] = &[$($name),*];
    };
}

pub(crate) use statements;
