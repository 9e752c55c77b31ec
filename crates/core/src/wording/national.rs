//! The national contacts that the register of contacts and the help page show, beside the few that stand on every stop
//! (catalogue 1.4). The same facts as in [`super::help`], and more of them.
//!
//! None of the new ones could be looked up on the day they were written down, so each is marked to be confirmed, and none claims
//! a day on which it was checked. A school confirms them on its page of contacts.

use super::help::{
    Audience, CEOP, CHILDLINE, EDUCATION_SUPPORT, EMERGENCY, HelpContact, NSPCC, PAPYRUS, PROFESSIONALS, REPORT_REMOVE,
    SAMARITANS, SHOUT, WHISTLEBLOWING,
};

/// When these facts were written down.
pub const NATIONAL_EDITION: &str = "November 2026";

/// A national contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct National {
    /// Its word, which never changes: the school's confirmations go by it.
    pub key: &'static str,
    /// The contact.
    pub contact: HelpContact<'static>,
    /// When somebody answers: `always`, hours of a week (`mon-fri 10:00-16:00`), or nothing where the page must be asked.
    pub open: &'static str,
    /// What took its place, of a service that has ended but still stands in policies and on posters.
    pub retired: Option<&'static str>,
}

/// Every national contact, those for somebody in danger first.
pub fn national_contacts() -> &'static [National] {
    NATIONAL
}

const fn national(key: &'static str, contact: HelpContact<'static>, open: &'static str) -> National {
    National { key, contact, open, retired: None }
}

/// One whose number, address and purpose are to be confirmed.
const fn unconfirmed(
    name: &'static str,
    telephone: Option<&'static str>,
    web: &'static str,
    what_for: &'static str,
    for_whom: Audience,
) -> HelpContact<'static> {
    HelpContact {
        name,
        telephone,
        text: None,
        web: Some(web),
        hours: "",
        what_for,
        for_whom,
        source: web,
        checked: None,
        confirm: true,
    }
}

const fn at(contact: HelpContact<'static>, hours: &'static str) -> HelpContact<'static> {
    HelpContact { hours, ..contact }
}

/// A service that has ended.
const fn retired(key: &'static str, name: &'static str, instead: &'static str) -> National {
    let contact = HelpContact {
        name,
        telephone: None,
        text: None,
        web: None,
        hours: "",
        what_for: "Older policies and posters still name it.",
        for_whom: Audience::Anyone,
        source: "The catalogue of the three policies, 1.4.",
        checked: None,
        confirm: true,
    };
    National { key, contact, open: "", retired: Some(instead) }
}

use Audience::{AdultsWorried, Anyone, Children, SchoolStaff};

const NATIONAL: &[National] = &[
    national("emergency", EMERGENCY, "always"),
    national("ceop", CEOP, "always"),
    national(
        "police",
        at(
            unconfirmed(
                "Police, when it is not an emergency",
                Some("101"),
                "https://www.police.uk/",
                "Tell the police about a crime that is not happening now.",
                Anyone,
            ),
            "Any time",
        ),
        "always",
    ),
    national("childline", CHILDLINE, "always"),
    national("samaritans", SAMARITANS, "always"),
    national("shout", SHOUT, "always"),
    national("papyrus", PAPYRUS, ""),
    national(
        "nhs-111",
        at(
            unconfirmed(
                "NHS 111",
                Some("111"),
                "https://111.nhs.uk/",
                "Health advice. Choose 2 for mental health.",
                Anyone,
            ),
            "Any time",
        ),
        "always",
    ),
    national("report-remove", REPORT_REMOVE, "always"),
    national(
        "iwf",
        at(
            unconfirmed(
                "Internet Watch Foundation",
                None,
                "https://report.iwf.org.uk/",
                "Report pictures or videos of children being abused. Never send or copy them.",
                Anyone,
            ),
            "Report any time",
        ),
        "always",
    ),
    national(
        "report-harmful-content",
        at(
            unconfirmed(
                "Report Harmful Content",
                None,
                "https://reportharmfulcontent.com/",
                "When a site did not act on your report. For over-13s.",
                Anyone,
            ),
            "Report any time",
        ),
        "always",
    ),
    national(
        "revenge-porn-helpline",
        unconfirmed(
            "Revenge Porn Helpline",
            Some("0345 6000 459"),
            "https://revengepornhelpline.org.uk/",
            "Adults whose private pictures are shared or threatened to be.",
            AdultsWorried,
        ),
        "",
    ),
    national("nspcc", NSPCC, ""),
    national(
        "act-early",
        unconfirmed(
            "ACT Early support line",
            Some("0800 011 3764"),
            "https://actearly.uk/",
            "When you worry that somebody is being drawn into extremism.",
            Anyone,
        ),
        "",
    ),
    national(
        "stop-it-now",
        unconfirmed(
            "Stop It Now",
            Some("0808 1000 900"),
            "https://www.stopitnow.org.uk/",
            "When you worry about thoughts or behaviour towards children, your own or somebody else’s.",
            AdultsWorried,
        ),
        "",
    ),
    national(
        "domestic-abuse",
        at(
            unconfirmed(
                "National Domestic Abuse Helpline",
                Some("0808 2000 247"),
                "https://www.nationaldahelpline.org.uk/",
                "Women who are hurt or frightened at home.",
                AdultsWorried,
            ),
            "Any time",
        ),
        "always",
    ),
    national(
        "forced-marriage",
        unconfirmed(
            "Forced Marriage Unit",
            Some("020 7008 0151"),
            "https://www.gov.uk/guidance/forced-marriage",
            "When somebody may be made to marry.",
            Anyone,
        ),
        "",
    ),
    national(
        "fgm",
        unconfirmed(
            "NSPCC female genital mutilation helpline",
            Some("0800 028 3550"),
            "https://www.nspcc.org.uk/",
            "When a girl may be cut, or was.",
            Anyone,
        ),
        "",
    ),
    national(
        "report-fraud",
        unconfirmed(
            "Report Fraud",
            Some("0300 123 2040"),
            "https://www.reportfraud.police.uk/",
            "When somebody was cheated of money or an account.",
            AdultsWorried,
        ),
        "",
    ),
    national(
        "crimestoppers",
        at(
            unconfirmed(
                "Crimestoppers",
                Some("0800 555 111"),
                "https://crimestoppers-uk.org/",
                "Tell what you know without giving your name.",
                Anyone,
            ),
            "Any time",
        ),
        "always",
    ),
    national("professionals", PROFESSIONALS, "mon-fri 10:00-16:00"),
    national("education-support", EDUCATION_SUPPORT, "always"),
    national("whistleblowing", WHISTLEBLOWING, ""),
    national(
        "cyber-choices",
        unconfirmed(
            "Cyber Choices",
            None,
            "https://www.nationalcrimeagency.gov.uk/cyber-choices",
            "When a young person’s skill with computers leads towards crime.",
            SchoolStaff,
        ),
        "",
    ),
    national(
        "ceop-education",
        unconfirmed(
            "CEOP Education",
            None,
            "https://www.ceopeducation.co.uk/",
            "Lessons, films and advice about online harm.",
            Anyone,
        ),
        "",
    ),
    national(
        "safer-internet-centre",
        unconfirmed(
            "UK Safer Internet Centre",
            None,
            "https://saferinternet.org.uk/",
            "Advice and teaching material.",
            SchoolStaff,
        ),
        "",
    ),
    national(
        "childnet",
        unconfirmed(
            "Childnet",
            None,
            "https://www.childnet.com/",
            "Advice for children, parents and teachers.",
            Anyone,
        ),
        "",
    ),
    national(
        "internet-matters",
        unconfirmed(
            "Internet Matters",
            None,
            "https://www.internetmatters.org/",
            "Settings and advice for parents.",
            AdultsWorried,
        ),
        "",
    ),
    national(
        "parent-zone",
        unconfirmed(
            "Parent Zone",
            None,
            "https://parentzone.org.uk/",
            "Advice about digital family life.",
            AdultsWorried,
        ),
        "",
    ),
    national(
        "lucy-faithfull",
        unconfirmed(
            "Lucy Faithfull Foundation",
            None,
            "https://www.lucyfaithfull.org.uk/",
            "Preventing child sexual abuse.",
            SchoolStaff,
        ),
        "",
    ),
    national(
        "marie-collins",
        unconfirmed(
            "Marie Collins Foundation",
            None,
            "https://www.mariecollinsfoundation.org.uk/",
            "Children who were harmed online, and those who help them.",
            SchoolStaff,
        ),
        "",
    ),
    national(
        "get-safe-online",
        unconfirmed(
            "Get Safe Online",
            None,
            "https://www.getsafeonline.org/",
            "Keeping accounts and money safe.",
            AdultsWorried,
        ),
        "",
    ),
    national(
        "fearless",
        unconfirmed(
            "Fearless",
            None,
            "https://www.fearless.org/",
            "Tell what you know about a crime, without your name.",
            Children,
        ),
        "",
    ),
    retired("action-fraud", "Action Fraud", "Report Fraud"),
    retired("thinkuknow", "Thinkuknow", "CEOP Education"),
    retired("net-aware", "Net Aware", "Internet Matters and the NSPCC’s own pages"),
];
