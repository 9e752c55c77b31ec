//! Where one source contradicts itself (end of the catalogue's Part 4.1, and its Part 7). A policy written from it carries
//! the contradiction on, and only a person can say what the school means. Nothing is chosen for them: until somebody has,
//! it is listed as open.

/// A contradiction inside one policy.
#[derive(Debug)]
pub struct Conflict {
    /// Its id, which never changes.
    pub id: &'static str,
    /// The question that somebody must answer.
    pub question: &'static str,
    /// Which source, with its lines.
    pub source: &'static str,
    /// What can be chosen.
    pub options: &'static [Answer],
}

/// One answer to it.
#[derive(Debug)]
pub struct Answer {
    /// Its word.
    pub word: &'static str,
    /// What it means.
    pub title: &'static str,
    /// The settings that it sets, with their values; each under the same rules as if it were set by hand.
    pub sets: &'static [(&'static str, &'static str)],
}

/// The answer of a school whose policy does not say both.
pub const NOT_OURS: &str = "not-in-our-policy";

const fn answer(word: &'static str, title: &'static str, sets: &'static [(&'static str, &'static str)]) -> Answer {
    Answer { word, title, sets }
}

const NOT_IN_OURS: Answer = answer(NOT_OURS, "our policy does not say both", &[]);

/// Every contradiction.
pub const ALL: &[Conflict] = &[
    Conflict {
        id: "conferencing",
        question: "The policy says that video-conferencing is not used, and then allows tools for it. Is it used?",
        source: "S3 @524, @534-535",
        options: &[
            answer("not-used", "it is not used", &[("vc.enabled", "no")]),
            answer("approved-tools", "it is used, with approved tools only", &[("vc.enabled", "yes")]),
            NOT_IN_OURS,
        ],
    },
    Conflict {
        id: "every-pupil-a-login",
        question: "The policy gives every pupil a log-in, and then exempts some. Does everyone have one?",
        source: "S3 @450, @458, @460",
        options: &[
            answer(
                "everyone",
                "everyone, from the first year",
                &[("pupil_login.from_year", "0"), ("pupil_login.exempt", ""), ("pupil_login.exempt.generic", "none")],
            ),
            answer(
                "exempt-by-need",
                "everyone but those exempt for a recorded reason",
                &[("pupil_login.exempt", "youngest, need"), ("pupil_login.exempt.generic", "with-recorded-need")],
            ),
            NOT_IN_OURS,
        ],
    },
    Conflict {
        id: "deletion-of-pictures",
        question: "One sentence speaks of deleting pictures on request and a year after leaving. Is that one duty or two?",
        source: "S3 @495",
        options: &[
            answer("two-duties", "two: on request, and a year after leaving", &[("image.retention", "12")]),
            answer("at-leaving", "on request, and at once when a pupil leaves", &[("image.retention", "0")]),
            NOT_IN_OURS,
        ],
    },
    Conflict {
        id: "guidance-edition",
        question: "Two editions of the same statutory guidance are cited. Which does the school go by?",
        source: "S3 @145, @844",
        options: &[
            answer("the-newer", "the newer of the two, in every place; name it in `guidance.editions`", &[]),
            answer(
                "the-one-in-force",
                "the edition in force today, which is neither; name it in `guidance.editions`",
                &[],
            ),
            NOT_IN_OURS,
        ],
    },
    Conflict {
        id: "pupil-device-consent",
        question: "A pupil's own device in a lesson is agreed by a member of staff, and by leadership. Who must agree?",
        source: "S0 @286-287",
        options: &[
            answer("both", "both", &[("devices.pupil_lesson_approver", "staff-and-leadership")]),
            answer("leadership", "leadership", &[("devices.pupil_lesson_approver", "leadership")]),
            answer("staff", "the member of staff", &[("devices.pupil_lesson_approver", "staff")]),
            NOT_IN_OURS,
        ],
    },
    Conflict {
        id: "school-phones",
        question: "School phones are for staff only, and yet pupils use school phones and devices. Who uses which?",
        source: "S3 @776, @801, @803",
        options: &[
            answer(
                "by-device",
                "family phones: staff; loan devices: pupils too; the office phone: pupils with an adult beside them",
                &[
                    ("devices.school_phone_users.family", "staff"),
                    ("devices.school_phone_users.loan", "pupils-and-staff"),
                    ("devices.school_phone_users.office", "supervised"),
                ],
            ),
            answer(
                "staff-only",
                "staff only, save the office phone with an adult beside the pupil",
                &[
                    ("devices.school_phone_users.family", "staff"),
                    ("devices.school_phone_users.loan", "staff"),
                    ("devices.school_phone_users.office", "supervised"),
                ],
            ),
            NOT_IN_OURS,
        ],
    },
    Conflict {
        id: "risk-classes",
        question: "Training covers three classes of risk while the policy names four. How many does the school use?",
        source: "S3 @154-158, @341",
        options: &[
            answer(
                "four",
                "four, in training too",
                &[("risk.taxonomy", "four"), ("training.topics", "as-the-risk-classes")],
            ),
            answer("three", "three in both", &[("risk.taxonomy", "three"), ("training.topics", "three")]),
            NOT_IN_OURS,
        ],
    },
    Conflict {
        id: "online-safety-lead",
        question: "The head is named as online safety lead, and elsewhere a deputy. Who leads?",
        source: "S3 @149, @340, @416, @430, @481, @506, @540",
        options: &[
            answer("head", "the head", &[("role.lead_split", "head")]),
            answer("dsl", "the designated safeguarding lead", &[("role.lead_split", "dsl")]),
            answer("deputy-dsl", "a deputy safeguarding lead", &[("role.lead_split", "deputy-dsl")]),
            answer("own-lead", "somebody else, named for it", &[("role.lead_split", "own-lead")]),
            NOT_IN_OURS,
        ],
    },
    Conflict {
        id: "games-and-consoles",
        question: "The games category is blocked, yet consoles stand in the list of class technology. Can a lesson open games?",
        source: "S3 @379, @412",
        options: &[
            answer("blocked", "no", &[("filter.gaming_in_lessons", "blocked")]),
            answer("lesson", "a lesson may, for its own devices", &[("filter.gaming_in_lessons", "lesson-exemption")]),
            NOT_IN_OURS,
        ],
    },
    Conflict {
        id: "cameras",
        question: "Cameras can be switched off, yet pupils' pictures must be taken on school devices. Whose cameras are on?",
        source: "S3 @383, @491",
        options: &[
            answer(
                "staff-only",
                "those of staff",
                &[("devices.camera_policy.pupil", "off"), ("devices.camera_policy.staff", "yes")],
            ),
            answer(
                "lessons-too",
                "those of staff, and pupils' for a lesson",
                &[("devices.camera_policy.pupil", "lesson"), ("devices.camera_policy.staff", "yes")],
            ),
            NOT_IN_OURS,
        ],
    },
    Conflict {
        id: "whole-school-pictures",
        question: "Pictures go to one family only, yet leaders may publish some to the whole school. May they?",
        source: "S3 @480, @725",
        options: &[
            answer("none", "no", &[("photo.publish_whole_school", "none")]),
            answer(
                "specific-consent",
                "with consent to just that",
                &[("photo.publish_whole_school", "specific-consent")],
            ),
            NOT_IN_OURS,
        ],
    },
    Conflict {
        id: "edition-of-the-agreement",
        question: "Everybody is told to sign the visitors' edition of the agreement. Is that meant?",
        source: "S3 @175, @383, @395",
        options: &[
            answer(
                "own-edition",
                "no: each role signs its own edition",
                &[("agreement.scope", "staff, pupils, visitors, wireless")],
            ),
            answer("visitors-edition", "yes: one edition for all; it must then cover pupils and staff", &[]),
            NOT_IN_OURS,
        ],
    },
    Conflict {
        id: "editing-rights",
        question: "A pupil's right to edit the platform can mean editing, or approving single items. Which is meant?",
        source: "S3 @586",
        options: &[
            answer("approval", "each item is approved by a member of staff", &[]),
            answer("editing", "the pupil may edit for a limited time", &[]),
            NOT_IN_OURS,
        ],
    },
    Conflict {
        id: "deletion-in-a-search",
        question: "Staff never delete imagery, yet what breaks policy may be deleted in a search. Does that reach imagery?",
        source: "S3 @783, @882",
        options: &[answer("never", "no: imagery waits for IWF or police (practice 5)", &[]), NOT_IN_OURS],
    },
];

/// The contradiction with this id.
pub fn by_id(id: &str) -> Option<&'static Conflict> {
    ALL.iter().find(|conflict| conflict.id == id)
}
