//! Who is asking, as far as the gate can tell, and how sure it is.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{fmt, sync::Arc};

macro_rules! code {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
        #[serde(transparent)]
        #[schemars(with = "String")]
        pub struct $name(pub Arc<str>);

        impl $name {
            /// The code as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(Arc::from(text))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

code!(
    /// A person's opaque id, never a name.
    PersonId
);
code!(
    /// A group's neutral code ("Rowan"), fit to be seen by pupils, peers and technicians (practice 13).
    GroupCode
);
code!(
    /// A device's asset code.
    DeviceCode
);
code!(
    /// A room's code.
    RoomCode
);
code!(
    /// A teaching class's code.
    ClassCode
);

/// Where the identity came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// Nothing told us who this is.
    Nobody,
    /// The network the address is in.
    Network,
    /// The listener the connection came to.
    Listener,
    /// The identity table handed in at run time (a binding of an address to a person or device).
    Table,
    /// The personal name under which our encrypted name service was asked.
    ResolverName,
    /// The person signed in to the proxy.
    SignIn,
}

/// How sure we are of who it is (practice 22).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Confidence {
    /// Not at all.
    None,
    /// A shared thing (a network or a listener) stands for a group of people.
    Shared,
    /// A device or address is bound to a person, who may have lent it.
    Likely,
    /// The person gave their own secret on this connection.
    Proven,
}

/// Who asks, as judged. Kept whole in the event, so that the verdict can be derived again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// The person, when one is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonId>,
    /// The group whose policy applies. `None`, or a code the ruleset does not know, is the policy `unknown`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<GroupCode>,
    /// The teaching classes the person is in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub classes: Vec<ClassCode>,
    /// The device, when known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<DeviceCode>,
    /// The room, when known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room: Option<RoomCode>,
    /// Where all this came from.
    pub source: Source,
    /// How sure we are.
    pub confidence: Confidence,
}

impl Subject {
    /// Nobody we know: judged by the policy `unknown`.
    pub fn unknown() -> Self {
        Self {
            person: None,
            group: None,
            classes: Vec::new(),
            device: None,
            room: None,
            source: Source::Nobody,
            confidence: Confidence::None,
        }
    }
}
