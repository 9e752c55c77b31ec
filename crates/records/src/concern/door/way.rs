//! Which door, and up which ladder: pure.

use crate::{
    access::{Duty, Hearers},
    store::words,
};

words! {
    /// Through which door something came.
    Door {
        /// A worry about somebody.
        Worry = "worry", "a worry";
        /// A complaint (C-15).
        Complaint = "complaint", "a complaint";
        /// Whistleblowing (C-14).
        Whistleblowing = "whistleblowing", "whistleblowing";
    }
}

words! {
    /// Who writes.
    Writer {
        /// A parent or carer.
        Parent = "parent", "a parent or carer";
        /// A visitor.
        Visitor = "visitor", "a visitor";
        /// Somebody who works at the school, for whistleblowing.
        Staff = "staff", "somebody who works here";
        /// Somebody else.
        Other = "other", "somebody else";
        /// A pupil who cannot sign in.
        Pupil = "pupil", "a pupil who cannot sign in";
    }
}

words! {
    /// What or whom it is about, as its writer says, before a word is written (practice 10).
    Concerned {
        /// A child, and nobody who works here.
        Nobody = "nobody", "not about an adult who works here";
        /// What the school did or did not do.
        School = "school", "something the school did or did not do";
        /// Bullying, online or not (C-16).
        Bullying = "bullying", "bullying";
        /// An adult who works or helps here (C-17).
        Adult = "adult", "an adult who works or helps here";
        /// The head.
        Head = "head", "the head teacher";
        /// The safeguarding lead, or the deputy.
        Lead = "lead", "the safeguarding lead or deputy";
        /// The chair of governors.
        Chair = "chair", "the chair of governors";
        /// They are not sure.
        NotSure = "not-sure", "not sure whether it is about an adult who works here";
    }
}

words! {
    /// By which procedure a complaint goes.
    Course {
        /// The school's complaints procedure (C-15).
        Complaints = "complaints", "the complaints procedure";
        /// The anti-bullying procedure (C-16).
        AntiBullying = "anti-bullying", "the anti-bullying procedure";
        /// What is done about the conduct of staff (C-17).
        StaffConduct = "staff-conduct", "the procedure for the conduct of staff";
    }
}

words! {
    /// At which stage a complaint is.
    StageOf {
        /// Somebody talks it through.
        Informal = "informal", "informal";
        /// It is looked into, and answered in writing.
        Formal = "formal", "formal";
        /// A panel hears it.
        Panel = "panel", "panel";
    }
}

words! {
    /// What became of it.
    Outcome {
        /// It is in a file now, and its words are there alone.
        Placed = "placed", "placed in a file";
        /// It was answered; of a complaint, as its procedure says.
        Answered = "answered", "answered";
        /// It is about nobody we know.
        NobodyKnown = "nobody-known", "about nobody we know";
        /// It was meant to do harm. It is kept all the same.
        Malicious = "malicious", "malicious";
        /// The same came before.
        Double = "double", "the same as another";
        /// It was handed to the police, social care or somebody else outside.
        HandedOn = "handed-on", "handed on to an agency";
    }
}

impl Outcome {
    /// Those that somebody gives with a reason.
    pub fn of_an_answer() -> impl Iterator<Item = Self> {
        Self::ALL.iter().copied().filter(|outcome| *outcome != Self::Placed)
    }
}

impl Door {
    /// Whom somebody may say that it is about, at this door.
    pub fn asks(self) -> &'static [Concerned] {
        use Concerned::{Adult, Bullying, Chair, Head, Lead, Nobody, NotSure, School};
        match self {
            Self::Worry => &[Nobody, Adult, Head, Lead, Chair, NotSure],
            Self::Complaint => &[School, Bullying, Adult, Lead, Head, Chair],
            Self::Whistleblowing => &[School, Adult, Head, Lead, Chair],
        }
    }

    /// The ladder it goes up. Where somebody is not sure it goes to those who hear about adults: what they learn of a child they can
    /// hand on, and the other way round nothing could be taken back.
    pub fn hearers(self, concerned: Concerned) -> Hearers {
        match (self, concerned) {
            (Self::Whistleblowing, _) => Hearers::Chair,
            (Self::Worry, Concerned::Nobody | Concerned::School | Concerned::Bullying) => Hearers::Child,
            (Self::Worry | Self::Complaint, _) => Hearers::Adult,
        }
    }
}

impl Concerned {
    /// The duties whose holders it is about.
    pub(super) fn duties(self) -> &'static [Duty] {
        match self {
            Self::Head => &[Duty::Head],
            Self::Lead => &[Duty::DesignatedLead, Duty::DeputyDesignatedLead],
            Self::Chair => &[Duty::Chair],
            Self::Nobody | Self::School | Self::Bullying | Self::Adult | Self::NotSure => &[],
        }
    }

    /// The procedure that a complaint about this goes by, unless somebody decides otherwise.
    pub fn course(self) -> Course {
        match self {
            Self::Bullying => Course::AntiBullying,
            Self::Adult | Self::Head | Self::Lead => Course::StaffConduct,
            Self::Nobody | Self::School | Self::Chair | Self::NotSure => Course::Complaints,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_about_an_adult_never_goes_up_the_ladder_of_the_safeguarding_leads() {
        for door in Door::ALL {
            for concerned in door.asks() {
                let hearers = door.hearers(*concerned);
                assert_eq!(hearers == Hearers::Chair, *door == Door::Whistleblowing);
                let is_child = (*door, *concerned) == (Door::Worry, Concerned::Nobody);
                assert_eq!(hearers == Hearers::Child, is_child, "{door:?} {concerned:?}");
            }
        }
        assert_eq!(Concerned::Bullying.course(), Course::AntiBullying);
    }
}
