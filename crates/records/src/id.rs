//! Ids of what is kept: UUIDs of version 7 (RFC 9562 §5.7) made by us, a type for each kind, so that one cannot be given for
//! another. In the store they are text.

use crate::Fault;
use aws_lc_rs::digest::{Context, SHA256};
use std::fmt;
use uuid::{Builder, Uuid};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident,)*) => { $(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// A new one, of this moment.
            pub fn new(now: jiff::Timestamp) -> Result<Self, Fault> {
                new(now).map(Self)
            }

            /// Reads one as a person or a row has it. What is not one is told as what does not exist.
            pub fn parse(text: &str) -> Result<Self, Fault> {
                Uuid::try_parse(text).map(Self).map_err(|_not_an_id| Fault::NotFound)
            }

            /// Its sixteen bytes, for binding sealed values to their place.
            pub fn bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }
    )* };
}

ids! {
    /// A school.
    School,
    /// A person: pupil, staff, parent or carer, visitor, governor, outside professional.
    Person,
    /// A teaching class.
    Class,
    /// A duty held by a person for a time.
    Holding,
    /// A sealed compartment: one case key.
    Compartment,
    /// A confidential file: a child's, or one about an adult who works here.
    File,
    /// An entry of a file.
    Entry,
    /// A report that came through a door and waits.
    Report,
    /// A hold that stops expiry.
    Hold,
    /// An emergency access.
    Emergency,
    /// A provider of single sign-on.
    Provider,
    /// That an account at a provider is somebody here.
    Binding,
    /// Any other row.
    Row,
}

impl Row {
    /// The number under which what was sent with a form is kept: the same for the same words on the same form, and for nothing else.
    /// A form's own number stands nowhere in the store, so that nobody can try from it whether they guess the words.
    pub(crate) fn of_form(form: Self, said: &[&[u8]]) -> Self {
        Self(of_form(form, 0, said))
    }
}

impl Entry {
    /// The id of what was added with a form, one for each place in it. Read in the order of their places.
    pub(crate) fn of_form(form: Row, place: u8, said: &[&[u8]]) -> Self {
        Self(of_form(form, place, said))
    }
}

fn of_form(form: Row, place: u8, said: &[&[u8]]) -> Uuid {
    let mut context = Context::new(&SHA256);
    context.update(b"holdfast form 1");
    let (form, place_byte) = (form.bytes(), [place]);
    for part in [form.as_slice(), &place_byte].iter().chain(said) {
        context.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        context.update(part);
    }
    let mut bytes = [0; 10];
    for (byte, made) in bytes.iter_mut().zip(context.finish().as_ref()) {
        *byte = *made;
    }
    // Of one moment, so that their places are what orders them.
    [bytes[0], bytes[1]] = [0, place];
    let moment = form.iter().take(6).fold(0, |moment, byte| (moment << 8) | u64::from(*byte));
    Builder::from_unix_timestamp_millis(moment, &bytes).into_uuid()
}

fn new(now: jiff::Timestamp) -> Result<Uuid, Fault> {
    let mut random = [0; 10];
    getrandom::fill(&mut random)
        .map_err(|fault| Fault::Unavailable(format!("The system gave no random bytes: {fault}.")))?;
    let milliseconds = u64::try_from(now.as_millisecond()).unwrap_or(0);
    Ok(Builder::from_unix_timestamp_millis(milliseconds, &random).into_uuid())
}
