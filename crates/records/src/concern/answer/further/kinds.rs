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
    /// What a concern is (C-44; each has its procedure in the catalogue). What is going round is under the nearest of them.
    IncidentType {
        /// PR-1.
        Unsuitable = "unsuitable", "something unsuitable was seen or searched for";
        /// PR-2.
        SexualHarassment = "sexual-harassment", "sexual violence or harassment between children";
        /// PR-3.
        Nudes = "nudes", "nudes and semi-nudes";
        /// PR-4.
        Exploitation = "exploitation", "sexual abuse, or sexual or criminal exploitation";
        /// PR-5.
        IndecentImages = "indecent-images", "indecent images of children";
        /// PR-6.
        Bullying = "bullying", "bullying";
        /// PR-7: also what the law on computer misuse means (C-31).
        ComputerMisuse = "computer-misuse", "computer misuse: hacking, or using what they may not";
        /// PR-8.
        Hate = "hate", "hate or discrimination";
        /// PR-9.
        Extremism = "extremism", "radicalisation or extremism";
        /// PR-20 (practice 6).
        SelfHarm = "self-harm", "suicide or self-harm";
        /// PR-21 (practice 6).
        HonourBased = "honour-based", "female genital mutilation, forced marriage or honour-based harm";
        /// PR-22 (practice 6).
        Blackmail = "blackmail", "blackmail over images or money";
        /// PR-23 (practice 6).
        Threat = "threat", "a threat of violence, or a weapon";
        /// PR-24 (practice 6).
        Missing = "missing", "a child who is missing";
        /// Commerce.
        Money = "money", "gambling, a scam or spending";
        /// PR-14.
        Offensive = "offensive", "an offensive message";
        /// PR-10 and PR-15.
        StaffConduct = "staff-conduct", "what an adult who works here did";
        /// PR-11.
        Family = "family", "how a parent or carer behaves, or how they are";
        /// What happens at home and is none of these.
        Neglect = "neglect", "neglect, or abuse at home";
        /// PR-19, and what is none of these.
        Other = "other", "something else";
    }
}

words! {
    /// Whether a crime is suspected (PR-0 step 3).
    Crime {
        /// It is: it goes to the police or the education safeguarding service (C-25).
        Suspected = "suspected", "yes, a crime is suspected";
        /// Nobody can tell: they are asked at once.
        Unclear = "unclear", "it is not clear";
        /// It is not; why is asked (practice 1).
        NotSuspected = "not-suspected", "no crime is suspected";
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
