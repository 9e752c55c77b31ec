//! `holdfast admin`: what only whoever has the machine may do.

use super::{OfSchool, Opened, Surroundings, Where, surroundings::line};
use crate::accounts::Restored;
use clap::{Args, Subcommand};
use std::{fs, os::unix::fs::MetadataExt as _};

/// `holdfast admin`.
#[derive(Debug, Subcommand)]
pub enum Admin {
    /// A school in which nobody can sign in any more: says what is possible, or does it. Asks for a confirmation, is told to
    /// everybody to whom concerns come, and stands in the log.
    Recover(Recover),
}

impl Admin {
    /// Runs it; what to print.
    pub fn run(self, surroundings: Surroundings) -> Result<String, String> {
        match self {
            Self::Recover(recover) => recover.run(surroundings),
        }
    }
}

/// `holdfast admin recover`.
#[derive(Debug, Args)]
pub struct Recover {
    #[command(flatten)]
    place: Where,
    #[command(flatten)]
    school: OfSchool,
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Makes a passphrase for the next sign-in of a head or safeguarding lead, and prints it once. It opens nothing that was
    /// sealed before.
    Passphrase {
        /// Their sign-in name.
        name: String,
    },
    /// Takes away what a head or safeguarding lead lost that they show beside their password; they set it up anew at their next
    /// sign-in.
    SecondStep {
        /// Their sign-in name.
        name: String,
    },
}

impl What {
    fn name(&self) -> &str {
        match self {
            Self::Passphrase { name } | Self::SecondStep { name } => name,
        }
    }

    /// What is lost by it.
    fn costs(&self) -> &'static str {
        match self {
            Self::Passphrase { .. } => {
                "Their key ends: what was sealed for them stays sealed until others let them in."
            }
            Self::SecondStep { .. } => "Until they set it up anew, their password alone lets somebody in.",
        }
    }
}

impl Recover {
    fn run(self, surroundings: Surroundings) -> Result<String, String> {
        let opened = Opened::open(&self.place, surroundings)?;
        refuse_others(&opened)?;
        let code = opened.school_code(&self.school)?;
        let Some(what) = self.what else { return Ok(possible(&code)) };
        let asked = format!("{code} {}", what.name());
        let costs = what.costs();
        let typed = line(&format!("{costs} Everybody to whom concerns come is told. To go on, type: {asked}\n"))?;
        if typed != asked {
            return Err(format!(
                "Nothing was done: it was not confirmed. The line to type is “{asked}”, the school’s code and the sign-in name."
            ));
        }
        let session = opened.console(&self.school)?;
        let done = opened.runtime.block_on(async {
            match &what {
                What::Passphrase { name } => {
                    opened.records.restore_sign_in(&session, name).await.map(|restored| told(name, &restored))
                }
                What::SecondStep { name } => opened.records.restore_second_step(&session, name).await.map(|()| {
                    format!(
                        "What {name} showed beside the password is taken away. They sign in with the password and set it up \
                         anew. Everybody to whom concerns come is told."
                    )
                }),
            }
        });
        done.map_err(|fault| fault.to_string())
    }
}

fn told(name: &str, restored: &Restored) -> String {
    let what_next = if restored.acts_at_once {
        "They act in their duties from then on: none of the others to whom concerns come has signed in for two weeks of term, so \
         there is nobody to ask. What was sealed before they see again once somebody who can open it lets them in (holdfast holder admit), \
         or two custodians open it (holdfast custodian recover)."
    } else {
        "They act in no duty until somebody else to whom concerns come confirms that it is them (holdfast holder admit); that \
         person also lets them in to what was sealed before."
    };
    format!(
        "A passphrase for the next sign-in of {name}, once:\n\n    {}\n\nHand it to the person alone; it is kept nowhere. They \
         choose a password of their own with it. {what_next} Everybody to whom concerns come is told.",
        restored.passphrase.as_str()
    )
}

fn possible(code: &str) -> String {
    format!(
        "The school is {code}. Nothing was done. In this order:\n\n\
         1. Somebody can still sign in who looks after accounts (head, chair, trust lead, technician): they reset the others \
            (holdfast account reset). Nothing is needed here.\n\
         2. A sealed emergency sign-in lies in the school’s safe: use it at /sign-in/emergency. It looks after accounts for half \
            an hour.\n\
         3. Two custodians are here with their printed codes: holdfast custodian recover PERSON --at-console. The head or \
            safeguarding lead gets a new way in and opens what was sealed before.\n\
         4. The head or safeguarding lead knows the password and lost what they show beside it: holdfast admin recover second-step \
            NAME.\n\
         5. None of these: holdfast admin recover passphrase NAME. The head or safeguarding lead signs in again, and opens nothing \
            that was sealed before."
    )
}

/// Whoever runs this is root, or whom the machine's secrets belong to. The system keeps others from the folder as well; this says
/// so in words.
fn refuse_others(opened: &Opened) -> Result<(), String> {
    let cannot = |what: &str, fault: std::io::Error| format!("{what}: {fault}.");
    let folder = &opened.place.secrets;
    let owner = fs::metadata(folder).map_err(|fault| cannot(&folder.display().to_string(), fault))?.uid();
    let own = fs::metadata("/proc/self").map_err(|fault| cannot("/proc/self", fault))?.uid();
    if own == 0 || own == owner {
        return Ok(());
    }
    Err(format!(
        "Only root or the owner of {} may do this. Run it as the service’s own user: sudo runuser -u holdfast -- holdfast admin \
         recover …",
        folder.display()
    ))
}
