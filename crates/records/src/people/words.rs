//! The words for people that the store, the CSV and the commands share.

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

words! {
    /// What somebody is to the school.
    Kind {
        /// A pupil.
        Pupil = "pupil", "pupil";
        /// Somebody who works here, paid or not.
        Staff = "staff", "member of staff";
        /// A parent or carer.
        Parent = "parent", "parent or carer";
        /// A visitor.
        Visitor = "visitor", "visitor";
        /// A governor or trustee.
        Governor = "governor", "governor";
        /// A professional of another body: social worker, nurse, officer.
        Outside = "outside", "outside professional";
    }
}

words! {
    /// How somebody works here (practice 10: each of them is an adult who works here).
    StaffKind {
        /// Employed by the school or trust.
        Employed = "employed", "employed";
        /// From an agency or another school.
        Supply = "supply", "supply";
        /// A volunteer.
        Volunteer = "volunteer", "volunteer";
        /// A contractor.
        Contractor = "contractor", "contractor";
    }
}

words! {
    /// What somebody does in a class.
    Part {
        /// Learns.
        Learns = "learns", "learns";
        /// Teaches.
        Teaches = "teaches", "teaches";
    }
}

words! {
    /// What a parent or carer is to a pupil.
    RelationKind {
        /// Mother.
        Mother = "mother", "mother";
        /// Father.
        Father = "father", "father";
        /// A parent, without saying which.
        Parent = "parent", "parent";
        /// Step-parent.
        StepParent = "step-parent", "step-parent";
        /// Grandparent.
        Grandparent = "grandparent", "grandparent";
        /// Legal or special guardian.
        Guardian = "guardian", "guardian";
        /// Foster carer.
        FosterCarer = "foster-carer", "foster carer";
        /// The local authority, for a looked-after child.
        Authority = "authority", "local authority";
        /// Another carer.
        Carer = "carer", "carer";
    }
}

words! {
    /// Whether somebody has parental responsibility.
    Responsibility {
        /// They have.
        Yes = "yes", "has parental responsibility";
        /// They have not.
        No = "no", "has no parental responsibility";
        /// Nobody has said.
        NotKnown = "not-known", "parental responsibility not known";
    }
}

words! {
    /// Whether a child lives with somebody.
    LivesWith {
        /// It does.
        Yes = "yes", "lives with them";
        /// It does not.
        No = "no", "does not live with them";
        /// Some of the time.
        Partly = "partly", "lives with them some of the time";
        /// Nobody has said.
        NotKnown = "not-known", "not known";
    }
}

words! {
    /// A way to reach somebody.
    WayKind {
        /// A mobile telephone.
        Mobile = "mobile", "mobile";
        /// A telephone at home.
        Telephone = "telephone", "telephone";
        /// A telephone at work.
        Work = "work", "at work";
        /// A mail address.
        Mail = "mail", "mail";
        /// Through somebody or something else, in words.
        Letter = "letter", "by letter";
    }
}
