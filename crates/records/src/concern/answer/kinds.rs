//! The words that the store has for what is decided about a concern.

use crate::store::words;

words! {
    /// How much of a concern it is; closing asks accordingly (practice 28).
    Extent {
        /// Worth keeping. Closing asks for an outcome and why.
        Note = "note", "note";
        /// Something happened. Closing asks for each action and each parent or carer too.
        Incident = "incident", "incident";
        /// Several people work on it for some time. Closing asks for everything.
        Case = "case", "case";
    }
}

words! {
    /// What is done about it (KCSIE 2026, paragraph 74: not to refer is a decision, with its reason).
    Course {
        /// The school acts.
        Act = "act", "the school acts";
        /// It goes to an agency.
        Refer = "refer", "refer to an agency";
        /// Somebody keeps an eye on it.
        Watch = "watch", "keep watching";
        /// Nothing more is done.
        Nothing = "none", "no further action";
    }
}

impl Course {
    /// Whether a reason belongs to it: each of them but a referral is a decision not to refer (practice 28).
    pub fn needs_reason(self) -> bool {
        self != Self::Refer
    }
}

words! {
    /// What is decided for one parent or carer (practice 4, C-24). Nothing is ever sent by it.
    Telling {
        /// They are told, by somebody, by word of mouth or in a letter.
        Tell = "tell", "tell them";
        /// Not before an agency has said so.
        Wait = "wait", "wait for the agency";
        /// They are not told.
        DoNotTell = "do-not-tell", "do not tell them";
    }
}

impl Telling {
    /// Whether a reason belongs to it, and a day on which it is looked at again.
    pub fn needs_reason(self) -> bool {
        self != Self::Tell
    }
}

words! {
    /// Whom a school rings.
    Agency {
        /// 999.
        Emergency = "emergency", "999: police or ambulance, now";
        /// 101, or the officer of the school.
        Police = "police", "police, not an emergency";
        /// Where referrals go.
        SocialCare = "social-care", "children’s social care";
        /// Who hears allegations about people who work with children.
        DesignatedOfficer = "designated-officer", "designated officer (LADO)";
        /// Who advises schools.
        EducationSafeguarding = "education-safeguarding", "education safeguarding service";
        /// Extremism.
        Prevent = "prevent", "Prevent";
        /// Health.
        Health = "health", "health";
        /// Anybody else.
        Other = "other", "somebody else";
    }
}
