//! The words for people that the store, the CSV and the commands share.

use crate::store::words;

words! {
    /// What somebody is to the school.
    Kind {
        /// A pupil.
        Pupil = "pupil", "pupil";
        /// Somebody who works here, paid or not.
        Staff = "staff", "member of staff";
        /// A parent or carer.
        Parent = "parent", "parent or carer";
        /// A visitor.
        Visitor = "visitor", "visitor";
        /// A governor or trustee.
        Governor = "governor", "governor";
        /// A professional of another body: social worker, nurse, officer.
        Outside = "outside", "outside professional";
    }
}

words! {
    /// How somebody works here (practice 10: each of them is an adult who works here).
    StaffKind {
        /// Employed by the school or trust.
        Employed = "employed", "employed";
        /// From an agency or another school.
        Supply = "supply", "supply";
        /// A volunteer.
        Volunteer = "volunteer", "volunteer";
        /// A contractor.
        Contractor = "contractor", "contractor";
    }
}

words! {
    /// What somebody does in a class.
    Part {
        /// Learns.
        Learns = "learns", "learns";
        /// Teaches.
        Teaches = "teaches", "teaches";
    }
}

words! {
    /// What a parent or carer is to a pupil.
    RelationKind {
        /// Mother.
        Mother = "mother", "mother";
        /// Father.
        Father = "father", "father";
        /// A parent, without saying which.
        Parent = "parent", "parent";
        /// Step-parent.
        StepParent = "step-parent", "step-parent";
        /// Grandparent.
        Grandparent = "grandparent", "grandparent";
        /// Legal or special guardian.
        Guardian = "guardian", "guardian";
        /// Foster carer.
        FosterCarer = "foster-carer", "foster carer";
        /// The local authority, for a looked-after child.
        Authority = "authority", "local authority";
        /// Another carer.
        Carer = "carer", "carer";
    }
}

words! {
    /// Whether somebody has parental responsibility.
    Responsibility {
        /// They have.
        Yes = "yes", "has parental responsibility";
        /// They have not.
        No = "no", "has no parental responsibility";
        /// Nobody has said.
        NotKnown = "not-known", "parental responsibility not known";
    }
}

words! {
    /// Whether a child lives with somebody.
    LivesWith {
        /// It does.
        Yes = "yes", "lives with them";
        /// It does not.
        No = "no", "does not live with them";
        /// Some of the time.
        Partly = "partly", "lives with them some of the time";
        /// Nobody has said.
        NotKnown = "not-known", "not known";
    }
}

words! {
    /// A way to reach somebody.
    WayKind {
        /// A mobile telephone.
        Mobile = "mobile", "mobile";
        /// A telephone at home.
        Telephone = "telephone", "telephone";
        /// A telephone at work.
        Work = "work", "at work";
        /// A mail address.
        Mail = "mail", "mail";
        /// Through somebody or something else, in words.
        Letter = "letter", "by letter";
    }
}

words! {
    /// Why the chair or the trust lead ended a relation of somebody to whom concerns come.
    WhyNotFamily {
        /// They never were family of this child.
        NeverWere = "never-were", "they never were family";
        /// They are not any more.
        NoLonger = "no-longer", "they are not any more";
        /// Recorded for the wrong child or adult.
        Mistaken = "mistaken", "recorded by mistake";
    }
}
