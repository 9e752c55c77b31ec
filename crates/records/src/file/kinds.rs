//! The words that the store has for kinds of files, entries and holds.

use crate::store::words;

words! {
    /// What an entry is. Seen, said and thought are kept apart (KCSIE 2026, paragraph 74: with reasons, in writing).
    EntryKind {
        /// What was seen or heard.
        Seen = "seen", "what was seen or heard";
        /// The child's own words.
        Words = "words", "the child’s own words";
        /// What the writer thinks.
        Opinion = "opinion", "opinion";
        /// A note of those who work on it.
        Note = "note", "note";
        /// Something that was done.
        Action = "action", "action";
        /// A decision, with its reason; not to refer is one.
        Decision = "decision", "decision";
        /// A parent, carer or agency was told.
        Told = "told", "told";
        /// A parent or carer was not told, and why.
        NotTold = "not-told", "not told";
        /// The severity was changed, with a reason.
        Severity = "severity", "severity changed";
        /// Another entry was put right; both stay.
        Amendment = "amendment", "amendment";
    }
}

impl EntryKind {
    /// Whether it tells of something new: anybody who reported may write one.
    pub fn is_report(self) -> bool {
        matches!(self, Self::Seen | Self::Words | Self::Opinion)
    }

    /// Whether a reason belongs to it.
    pub fn needs_reason(self) -> bool {
        matches!(self, Self::Decision | Self::NotTold | Self::Severity | Self::Amendment)
    }
}

words! {
    /// Why somebody's records are held (practice 24).
    HoldReason {
        /// An open file about them. Placed and lifted with the file.
        Case = "case", "an open file";
        /// The police asked for it.
        Police = "police", "a police request";
        /// They asked to see or have erased what is kept about them.
        SubjectRequest = "subject-request", "a request by the person";
        /// A court.
        Court = "court", "a court";
        /// A complaint.
        Complaint = "complaint", "a complaint";
        /// A public inquiry.
        Inquiry = "inquiry", "an inquiry";
    }
}

words! {
    /// The rule under which something was erased.
    EraseRule {
        /// Its time to be kept has ended.
        Retention = "retention", "its time has ended";
        /// The person asked for it.
        SubjectRequest = "subject-request", "the person asked for it";
        /// A court ordered it.
        Court = "court", "a court ordered it";
        /// It was written in error.
        Error = "written-in-error", "it was written in error";
        /// It is with the next school, and this was the copy.
        Transferred = "transferred", "it is with the next school";
        /// It was about somebody else, and is with the right child now. Never proposed; the verb for it marks so.
        WrongChild = "wrong-child", "it was about somebody else";
    }
}

words! {
    /// What a mark leaves people to do.
    TaskKind {
        /// Ask a reader to forget it and give back what they wrote down.
        RecallReader = "recall-reader", "tell this reader that it was not about this person";
        /// Ask for a printed or exported copy back.
        RecallCopy = "recall-copy", "get the copy that was made back, or have it destroyed";
        /// Ask the data-protection officer whether the person and the authority must be told.
        AskDataProtection = "ask-data-protection", "decide whether the person and the authority must be told";
        /// Its time to be kept has ended: keep it for a reason, or propose to erase it.
        ReviewRetention = "review-retention", "its time has ended: keep it with a reason, or propose to erase it";
        /// A backup brought it back under the wrong child.
        MendAgain = "mend-again", "a backup brought it back under the wrong child: move it again";
    }
}
