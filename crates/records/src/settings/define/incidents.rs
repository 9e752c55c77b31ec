//! Incidents and procedures (catalogue areas C and P), and how soon somebody must act.

use crate::{
    access::Duty,
    settings::definition::{Choice, Kind, Limit, Order, Owner, choice, define, said, silent},
};
use std::collections::BTreeSet;

/// The agencies to which a procedure may lead.
const POLICE: Choice = choice("police", "the police");
const EXPLOITATION_TEAM: Choice = choice("exploitation-team", "the local team on child exploitation");
const OFFICER: Choice = choice("lado", "the designated officer (LADO)");

/// How a procedure asks about parents. “Always” is not there: practice 4.
const PARENTS: &[Choice] = &[
    choice("suggest-telling", "the form suggests telling them"),
    choice("suggest-waiting", "the form suggests waiting for the agency"),
    choice("ask-only", "the form asks without suggesting"),
];

const PARENTS_NOTE: &str = "Practice 4 decides: for each parent somebody decides to tell, to wait or not to tell, with a \
                            reason; nothing is sent by itself, and some cases stop hard.";

define! {
    IMAGERY_VIEWING: &'static str = "imagery.viewing" of "imagery.viewing",
    "Looking at nudes and semi-nudes" {
        kind: Kind::Choice(&[
            choice("never", "nobody at the school ever looks"),
            choice("lead-last-resort", "the safeguarding lead alone, as a last resort, with the reason written down"),
            choice("lead-or-deputy", "the lead or a deputy, with the reason written down"),
        ]),
        order: Order::Listed,
        default: "never",
        said: &[
            said("S0", "the safeguarding lead, as a last resort", "@406"),
            said("S2", "the lead or a deputy, with a documented reason", "@405"),
            said("S3", "staff never look; nothing about the lead", "@881"),
        ],
        controls: &["P-27", "P-33", "P-34"],
        owner: Owner::Safeguarding,
        note: "Nothing is ever shown, kept or taken in by Holdfast itself (practice 25); a look is always documented.",
    }

    IMAGERY_DELETION: &'static str = "imagery.deletion" of "imagery.deletion",
    "Deleting nudes and semi-nudes" {
        kind: Kind::Choice(&[
            choice("agency-answer-first", "only after IWF or police have said who deletes and when"),
            choice("lead-decides", "when the safeguarding lead has checked that nobody else needs them"),
        ]),
        order: Order::Listed,
        default: "agency-answer-first",
        limit: Some(Limit {
            value: "agency-answer-first",
            why: "Nothing is deleted in an imagery case before IWF or police have said who deletes and when (practice 5).",
        }),
        said: &[
            silent("S0"),
            said("S2", "the lead, once it is sure that no other agency needs them", "@419"),
            said("S3", "staff never delete; elsewhere what breaks policy may be deleted in a search", "@882, @783"),
        ],
        controls: &["P-29", "P-40", "D-29"],
        owner: Owner::Head,
        note: "The general permission to delete what breaks policy never reaches imagery. Nobody can loosen it.",
    }

    IMAGERY_PARENTS: &'static str = "imagery.parents" of "imagery.parents",
    "Parents, when nudes or semi-nudes were shared" {
        kind: Kind::Choice(PARENTS),
        order: Order::None,
        default: "suggest-telling",
        said: &[
            said("S0", "they are told", "@405"),
            said("S2", "if it is appropriate", "@415"),
            said("S3", "early, unless that is a risk", "@888"),
        ],
        controls: &["P-09", "P-36"],
        owner: Owner::Safeguarding,
        note: PARENTS_NOTE,
    }

    IMAGERY_STORAGE: bool = "imagery.device_storage" of "imagery.device_storage",
    "Devices in an imagery case are stored securely" {
        kind: Kind::Switch,
        order: Order::Yes,
        default: "yes",
        said: &[said("S0", "stored", "@398"), said("S2", "stored", "@410"), said("S3", "not stated", "")],
        controls: &["P-03", "F-39"],
        owner: Owner::Safeguarding,
        note: "Isolate instead of deleting (practice 5).",
    }

    EXPLOITATION_STORAGE: bool = "exploitation.device_storage" of "exploitation.device_storage",
    "Devices in an exploitation case are stored securely, or the reason why not is given" {
        kind: Kind::Switch,
        order: Order::Yes,
        default: "yes",
        said: &[
            said("S0", "always", "@427"),
            said("S2", "if it is appropriate", "@431"),
            said("S3", "if it is appropriate", "@908"),
        ],
        controls: &["P-03"],
        owner: Owner::Safeguarding,
    }

    EXPLOITATION_INTELLIGENCE: BTreeSet<&'static str> = "exploitation.intelligence_to" of "exploitation.intelligence_to",
    "Where information on child exploitation goes" {
        kind: Kind::Several { from: &[POLICE, EXPLOITATION_TEAM], at_least: 1 },
        order: Order::More,
        default: "exploitation-team, police",
        said: &[
            said("S0", "the exploitation team", "@421"),
            said("S2", "the exploitation team", "@441"),
            said("S3", "the police", "@917"),
        ],
        controls: &["P-43"],
        owner: Owner::Safeguarding,
        note: "Never behind consultation or consent (practice 2).",
    }

    INDECENT_IMAGES_PARENTS: &'static str = "iioc.parents" of "iioc.parents",
    "Parents, when a child met indecent images of children by accident" {
        kind: Kind::Choice(PARENTS),
        order: Order::None,
        default: "ask-only",
        said: &[
            said("S0", "not stated", ""),
            said("S2", "as appropriate", "@459"),
            said("S3", "as appropriate", "@935"),
        ],
        controls: &["P-45"],
        owner: Owner::Safeguarding,
        note: PARENTS_NOTE,
    }

    INDECENT_IMAGES_STAFF_TO: Vec<Duty> = "iioc.staff_report_to" of "iioc.staff_report_to",
    "Who is told when a member of staff is thought to possess indecent images" {
        kind: Kind::Duties,
        order: Order::None,
        default: "head",
        said: &[
            said("S0", "the safeguarding lead, or the way for whistleblowing", "@474"),
            said("S2", "the head of the school", "@468"),
            said("S3", "the head", "@944"),
        ],
        controls: &["P-48"],
        owner: Owner::Head,
        note: "Whom it is about is passed over: head, then chair, then trust; the designated officer is always offered \
               directly (practice 10, 12).",
    }

    INDECENT_IMAGES_COPIES: &'static str = "iioc.copies" of "iioc.copies",
    "Copies of indecent images that exist, for example in mail" {
        kind: Kind::Choice(&[
            choice("police-answer-first", "isolated until the police have answered; then as they say"),
            choice("delete-unless-asked", "deleted, unless the police ask for them"),
        ]),
        order: Order::Listed,
        default: "police-answer-first",
        limit: Some(Limit {
            value: "police-answer-first",
            why: "The police answer first, before anything is deleted or kept (Part 4; practice 5).",
        }),
        said: &[
            said("S0", "both: copies are deleted, and kept if the police ask", "@468, @470"),
            said("S2", "both", "@463, @465"),
            said("S3", "both", "@939, @941"),
        ],
        controls: &["P-46", "P-47", "P-64"],
        owner: Owner::Head,
        note: "Listed so that it can be seen; nobody can loosen it.",
    }

    STAFF_DEVICE_ILLEGAL: BTreeSet<&'static str> = "staff_illegal_device" of "staff_illegal_device",
    "Who is called when illegal content is suspected on a device of staff" {
        kind: Kind::Several { from: &[POLICE, OFFICER], at_least: 1 },
        order: Order::More,
        default: "lado, police",
        said: &[
            said("S0", "the police", "@310"),
            silent("S2"),
            said("S3", "the police and the designated officer", "@763"),
        ],
        controls: &["D-43"],
        owner: Owner::Safeguarding,
        note: "Neither is ever behind a second person (practice 2); no interview before their advice (practice 10).",
    }

    RADICALISATION_SCOPE: BTreeSet<&'static str> = "radicalisation.scope" of "radicalisation.scope",
    "About whom a concern of radicalisation can be raised" {
        kind: Kind::Several {
            from: &[
                choice("child", "a child"),
                choice("parent", "a parent or carer"),
                choice("staff", "a member of staff; to the head"),
            ],
            at_least: 1,
        },
        order: Order::More,
        default: "child, parent, staff",
        said: &[
            said("S0", "a child", "@483"),
            said("S2", "a child, a parent or carer; staff to the head", "@487-488"),
            said("S3", "as S2", "@969, @972"),
        ],
        controls: &["P-49", "P-50"],
        owner: Owner::Safeguarding,
    }

    OTHER_SCHOOLS: &'static str = "cross_border_contact" of "cross_border_contact",
    "Who is asked first when pupils of other schools seem concerned" {
        kind: Kind::Choice(&[
            choice("police-or-advice-first", "police, the advice team, or both, before anybody else is told"),
            choice("advice-team-tells", "the advice team tells the other schools"),
        ]),
        order: Order::None,
        default: "police-or-advice-first",
        said: &[
            said("S0", "the advice team tells other schools", "@380, @437"),
            said("S2", "police, advice team or both first", "@360, @442"),
            said("S3", "police, advice team or both first", "@815, @918"),
        ],
        controls: &["C-27", "C-28", "P-13"],
        owner: Owner::Safeguarding,
        note: "Other schools are told only after the agency has answered (practice 1); a referral never waits (practice 2).",
    }

    BULLYING_RECORDED: bool = "bullying.record" of "bullying.record",
    "Every report of online bullying is recorded" {
        kind: Kind::Switch,
        order: Order::Yes,
        default: "yes",
        said: &[
            said("S0", "all are recorded", "@491"),
            said("S2", "by the anti-bullying policy", "@475"),
            said("S3", "by the anti-bullying policy, in the system and to a person", "@951-953"),
        ],
        controls: &["P-55", "P-56"],
        owner: Owner::Safeguarding,
    }

    BULLYING_SANCTIONS: BTreeSet<&'static str> = "bullying.sanctions" of "bullying.sanctions",
    "What may follow online bullying" {
        kind: Kind::Several {
            from: &[
                choice("ask-removal", "whoever posted is asked to remove it"),
                choice("provider-removal", "the provider is asked to remove it"),
                choice("suspension", "access is suspended for a time; there is an appeal"),
                choice("behaviour-policy", "what the behaviour policy says"),
                choice("police", "the police, where it may be a crime"),
            ],
            at_least: 1,
        },
        order: Order::None,
        default: "ask-removal, behaviour-policy, police, provider-removal, suspension",
        said: &[
            said("S0", "a list: removal, the provider, suspension, sanctions, police", "@501-507"),
            said("S2", "by the anti-bullying policy", "@475"),
            said("S3", "by the anti-bullying policy", "@951-953"),
        ],
        controls: &["P-60", "F-38"],
        owner: Owner::Leadership,
        note: "A suspension has an appeal; what a child reports of itself grounds none without the lead (practice 20).",
    }

    SANCTION_LEANING: &'static str = "sanction.leaning" of "sanction.leaning",
    "What a decision asks about first" {
        kind: Kind::Choice(&[choice("support", "support, then sanction"), choice("sanction", "sanction, then support")]),
        order: Order::None,
        default: "support",
        said: &[
            said("S0", "lists sanctions", "@501-507"),
            said("S2", "by the behaviour policy", ""),
            said("S3", "support is likelier than sanction", "@694"),
        ],
        controls: &["C-32", "P-60"],
        owner: Owner::Leadership,
        note: "Both are always asked (Part 4); curiosity is not a crime (practice 20).",
    }

    IMMEDIATE_MINUTES: u32 = "immediate_minutes" of "immediate_minutes",
    "What “immediately” means: acknowledged within" {
        kind: Kind::Whole { unit: "minutes; then passed to the deputy, then to the head", from: 1, to: 60 },
        order: Order::Less,
        default: "15",
        said: &[said(
            "S0, S2, S3",
            "“immediately”, “as soon as practically possible”; no number",
            "S0 @397, @426, @454, S2 @387, S3 @819, @858, @880, @902",
        )],
        controls: &["P-02", "C-03", "F-33"],
        owner: Owner::Safeguarding,
        note: "Out of hours level 5 goes to a rota agreed in writing, otherwise first at opening and labelled so (practice \
               27); the last rung tells the reporter to ring (practice 12).",
    }

    LEAD_PLACES: Vec<String> = "incidents.lead_places" of "incidents.lead_places",
    "Where the safeguarding leads are found" {
        kind: Kind::Names { what: "places or extensions", at_least: 0 },
        order: Order::None,
        default: "",
        said: &[silent("S0, S2, S3")],
        controls: &["C-03"],
        owner: Owner::Safeguarding,
        note: "Shown on the first screen of raising a concern: whoever has a child in danger beside them goes to an adult first \
               (practice 3).",
    }

    ALERT_SCHOOL_DAYS: u32 = "alert_target" of "alert_target",
    "An alert is answered within" {
        kind: Kind::Whole { unit: "school days; 0 is the same school day", from: 0, to: 5 },
        order: Order::Less,
        default: "0",
        said: &[said("S0, S2, S3", "“follow up”, “report”; no number", "S0 @356, S2 @255-257, S3 @416, @421-423, @430")],
        controls: &["F-28", "F-30", "M-06"],
        owner: Owner::Safeguarding,
    }

    TRIAGE_SCHOOL_DAYS: u32 = "triage_target" of "triage_target",
    "A concern has a decision within" {
        kind: Kind::Whole { unit: "school days", from: 0, to: 5 },
        order: Order::Less,
        default: "1",
        said: &[said("S0, S2, S3", "“informed”, “recorded”; no number", "S0 @66, S2 @112, S3 @245, @431")],
        controls: &["C-01", "C-04"],
        owner: Owner::Safeguarding,
        note: "Severity 4 and 5 never wait for it (practice 7).",
    }

    HEAD_NOTICE_SEVERITY: u32 = "incidents.head_notice_severity" of "incidents.head_notice_severity",
    "The head is told of an open concern of this severity and above" {
        kind: Kind::Whole { unit: "from 1 to 5; 0 is never, so that the head sees it on the list alone", from: 0, to: 5 },
        order: Order::None,
        default: "4",
        said: &[
            silent("S0"),
            said("S2", "the head or the lead learns of concerns as appropriate", "@85"),
            said("S3", "the head learns of concerns, for oversight", "@161, @195"),
        ],
        controls: &["C-07"],
        owner: Owner::Head,
        note: "The notice says nothing of the concern. Where the head is concerned by it whoever is next on the ladder is told instead; \
               where the head is the safeguarding lead too, whoever is next as well.",
    }

    DEBRIEF_SCHOOL_DAYS: u32 = "debrief_target" of "debrief_target",
    "After a case is closed what was learned is written down within" {
        kind: Kind::Whole { unit: "school days", from: 1, to: 60 },
        order: Order::Less,
        default: "20",
        said: &[said("S2, S3", "after investigations are complete; no number", "S2 @357, S3 @202, @812")],
        controls: &["C-29"],
        owner: Owner::Safeguarding,
    }

    TRENDS_LEAST: u32 = "trends.smallest_number" of "trends",
    "Looking back: a number below this is withheld" {
        kind: Kind::Whole { unit: "concerns", from: 5, to: 20 },
        order: Order::More,
        default: "5",
        said: &[said(
            "S0, S2, S3",
            "figures go to leadership, governors and agencies; no number",
            "S0 @67, S2 @113, @116, S3 @246-247",
        )],
        controls: &["C-08", "C-09"],
        owner: Owner::Safeguarding,
        note: "Practice 14: small numbers are withheld, and with them what they could be worked out from. Who looks after children \
               sees every number; they can read each of these concerns.",
    }

    TRENDS_PERIOD: &'static str = "trends.period" of "trends",
    "Looking back: what governors and leaders see is counted by" {
        kind: Kind::Choice(&[
            choice("term", "term"),
            choice("year", "school year, which withholds less in a small school"),
        ]),
        order: Order::None,
        default: "term",
        said: &[silent("S0"), silent("S2"), silent("S3")],
        controls: &["C-08", "C-09"],
        owner: Owner::Safeguarding,
        note: "Practice 14: fixed periods, of one length, because a term could be worked out from the year and the other terms. Do not \
               change it back and forth.",
    }
}
