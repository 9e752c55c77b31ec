//! Words: kinds of things that the store, the CSV and the commands name by one fixed word, and people by a title.

/// Declares such a kind: its words never change once they were on main, because rows hold them.
macro_rules! words {
    ($(#[$enum_doc:meta])* $enum:ident { $($(#[$doc:meta])* $name:ident = $word:literal, $title:literal;)* }) => {
        $(#[$enum_doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $enum { $($(#[$doc])* $name,)* }

        impl $enum {
            /// Each of them.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// Its word in the store, the CSV and the commands.
            pub fn word(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }

            /// What people call it.
            pub fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)* }
            }

            /// The one with this word.
            pub fn from_word(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.word() == word)
            }

            /// Its words, for saying what may stand here.
            pub fn words() -> String {
                Self::ALL.iter().map(|one| one.word()).collect::<Vec<_>>().join(", ")
            }
        }

        impl crate::store::FromColumn for $enum {
            fn from_column(row: &crate::store::Row, index: usize) -> Result<Self, crate::Fault> {
                let word = row.get::<String>(index)?;
                Self::from_word(&word).ok_or_else(|| crate::store::damaged(index, "is no word we know"))
            }
        }

        impl From<$enum> for crate::store::Value {
            fn from(one: $enum) -> Self {
                one.word().into()
            }
        }
    };
}

pub(crate) use words;
