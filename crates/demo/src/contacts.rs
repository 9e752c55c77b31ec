//! Whom Rivermead turns to in its own area. All are invented: the numbers are of the ranges that Ofcom keeps free for drama, so that
//! nobody is rung by mistake, and none has a page of its own.

use holdfast_records::{
    Fault, Records, Session,
    contacts::{ContactFor, ContactRole, NewContact},
};

const SOURCE: &str = "Invented for the demonstration";
const BY_DAY: &str = "mon-fri 09:00-17:00";

/// Role, what it is called, number, hours, what for, for whom.
const CONTACTS: [(ContactRole, &str, &str, &str, &str, ContactFor); 10] = [
    (
        ContactRole::DesignatedOfficer,
        "Weirshire designated officer (LADO)",
        "01632 960101",
        BY_DAY,
        "An allegation about an adult who works with children. Ring within one working day.",
        ContactFor::Staff,
    ),
    (
        ContactRole::SocialCare,
        "Weirshire children’s social care, front door",
        "01632 960102",
        BY_DAY,
        "A child is being harmed, or is likely to be.",
        ContactFor::Anybody,
    ),
    (
        ContactRole::SocialCareNight,
        "Weirshire emergency duty team",
        "01632 960103",
        "mon-fri 17:00-09:00, sat-sun 00:00-24:00",
        "The same at night, on weekends and on bank holidays.",
        ContactFor::Anybody,
    ),
    (
        ContactRole::EducationSafeguarding,
        "Weirshire education safeguarding service",
        "01632 960104",
        BY_DAY,
        "Advice for schools before and after a referral.",
        ContactFor::Staff,
    ),
    (
        ContactRole::AreaAdviser,
        "Safeguarding adviser for the river schools",
        "01632 960105",
        "mon-thu 09:00-16:00",
        "Thresholds, and a second opinion.",
        ContactFor::Staff,
    ),
    (
        ContactRole::Partnership,
        "Weirshire safeguarding children partnership",
        "01632 960106",
        BY_DAY,
        "Procedures of the area.",
        ContactFor::Staff,
    ),
    (
        ContactRole::Police,
        "Weirshire police, schools’ officer",
        "01632 960107",
        "mon-fri 08:00-18:00",
        "Not an emergency: advice, and what was already reported. In danger ring 999.",
        ContactFor::Staff,
    ),
    (
        ContactRole::EarlyHelp,
        "Weirshire family hub",
        "01632 960108",
        "mon-fri 09:00-18:00, sat 10:00-13:00",
        "Help for families before it is social care’s.",
        ContactFor::Parents,
    ),
    (
        ContactRole::Health,
        "Rivermead school nurse",
        "01632 960109",
        "tue 09:00-12:00, thu 13:00-16:00",
        "Health, sleep and worries.",
        ContactFor::Children,
    ),
    (
        ContactRole::ServiceDesk,
        "River Schools Trust service desk",
        "020 7946 0110",
        "mon-fri 07:30-17:30",
        "When something with a computer or the network does not work.",
        ContactFor::Staff,
    ),
];

/// Writes them down.
pub(crate) async fn move_in(records: &Records, session: &Session) -> Result<(), Fault> {
    for (role, name, telephone, hours, what_for, audience) in CONTACTS {
        let new = NewContact { role, name, telephone, web: "", hours, what_for, audience, source: SOURCE };
        records.write_contact(session, new, None).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ofcom's numbers for drama: 01632 960000 to 960999, and 020 7946 0000 to 0999.
    #[test]
    fn nobody_real_is_rung() {
        for (_, name, telephone, ..) in CONTACTS {
            let digits: String = telephone.chars().filter(char::is_ascii_digit).collect();
            assert_eq!(digits.len(), 11, "{name}: {telephone}");
            assert!(digits.starts_with("01632960") || digits.starts_with("02079460"), "{name}: {telephone}");
        }
    }
}
