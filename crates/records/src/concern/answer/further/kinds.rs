//! The words that the store has for what is asked further.

use crate::store::words;

words! {
    /// A level of the local thresholds (C-23). What the local partnership calls it is written beside it.
    ThresholdLevel {
        /// What is there for every child.
        Universal = "universal", "universal";
        /// Help early on, with the family.
        EarlyHelp = "early-help", "early help";
        /// Several agencies together.
        Targeted = "targeted", "targeted";
        /// Children’s social care.
        Statutory = "statutory", "statutory";
    }
}

words! {
    /// Why a school acts on what happened elsewhere or out of hours (C-43). On none of them it is the parents’ matter.
    Ground {
        /// A pupil is harmed.
        Harms = "harms", "it harms a pupil";
        /// The school cannot go on as it should.
        Disrupts = "disrupts", "it disrupts the school";
        /// The school’s name.
        Name = "name", "it damages the school’s name";
    }
}

words! {
    /// Whether a sanction was given (C-32). That it was considered is what is asked.
    Sanction {
        /// Not given.
        NotGiven = "not-given", "no sanction was given";
        /// Given.
        Given = "given", "a sanction was given";
        /// What happened is not the school’s to punish.
        NotOurs = "not-ours", "a sanction is not for the school to give";
    }
}

words! {
    /// Whether support was offered to the child, or to the adult whom it is about (C-20, C-32).
    Support {
        /// Offered; what they say is not known.
        Offered = "offered", "it was offered";
        /// They took it.
        Accepted = "accepted", "it was offered, and they took it";
        /// They did not want it.
        Declined = "declined", "it was offered, and they did not want it";
        /// Not offered; why is asked.
        NotOffered = "not-offered", "it was not offered";
    }
}

words! {
    /// Whether support was offered to a parent or carer (C-22).
    ForFamily {
        /// Nothing of it is about them.
        NotTheirs = "not-theirs", "it is not about a parent or carer";
        /// Offered; what they say is not known.
        Offered = "offered", "it was offered";
        /// They took it.
        Accepted = "accepted", "it was offered, and they took it";
        /// They did not want it.
        Declined = "declined", "it was offered, and they did not want it";
        /// Not offered; why is asked.
        NotOffered = "not-offered", "it was not offered";
    }
}

words! {
    /// What was found about an adult who works here (C-19).
    Finding {
        /// There is enough evidence that it happened.
        Substantiated = "substantiated", "substantiated: it is shown that it happened";
        /// There is not enough evidence either way.
        Unsubstantiated = "unsubstantiated", "unsubstantiated: neither shown nor disproved";
        /// Nothing supports it.
        Unfounded = "unfounded", "unfounded: nothing supports it";
        /// It is disproved.
        False = "false", "false: it is disproved";
        /// It is disproved, and was meant to deceive.
        Malicious = "malicious", "malicious: it is disproved, and was meant to deceive";
        /// It does not reach what an allegation is.
        LowLevel = "low-level", "a low-level concern";
    }
}

words! {
    /// Whether something changes after a debrief (C-29).
    Lesson {
        /// A policy, the curriculum or how people work changes.
        Change = "change", "something changes";
        /// Nothing does.
        Nothing = "none", "nothing changes";
    }
}
