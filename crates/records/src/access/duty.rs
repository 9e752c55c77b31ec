//! The named duties of a school (catalogue Part 2). One person may hold several.

use crate::store::words;

words! {
    /// A named duty.
    Duty {
        /// Headteacher, head of school, executive head.
        Head = "head", "headteacher";
        /// Senior leadership.
        SeniorLeader = "senior-leader", "senior leader";
        /// Designated safeguarding lead.
        DesignatedLead = "dsl", "designated safeguarding lead";
        /// Deputy designated safeguarding lead: a duty of its own, beside being the lead's stand-in.
        DeputyDesignatedLead = "deputy-dsl", "deputy designated safeguarding lead";
        /// Online safety lead.
        OnlineSafetyLead = "online-safety-lead", "online safety lead";
        /// Governor.
        Governor = "governor", "governor";
        /// Lead governor for safeguarding.
        LeadGovernor = "lead-governor", "lead governor for safeguarding";
        /// Chair of governors: hears complaints about the head.
        Chair = "chair", "chair of governors";
        /// Trust lead: hears complaints about the chair.
        TrustLead = "trust-lead", "trust lead";
        /// Technical staff, network manager.
        Technician = "technician", "network manager";
        /// Data-protection officer.
        DataProtection = "data-protection", "data-protection officer";
        /// Behaviour lead.
        BehaviourLead = "behaviour-lead", "behaviour lead";
        /// Special-needs coordinator.
        NeedsCoordinator = "needs-coordinator", "special-needs coordinator";
        /// Family liaison.
        FamilyLiaison = "family-liaison", "family liaison officer";
        /// Office staff.
        Office = "office", "office";
        /// Teacher.
        Teacher = "teacher", "teacher";
    }
}
