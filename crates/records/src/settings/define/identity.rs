//! Log-ins, passwords, agreements, mail and the website (catalogue areas I, A, E, W).

use crate::{
    access::Duty,
    settings::definition::{Kind, Limit, Order, Owner, choice, define, said, silent},
};
use std::collections::BTreeSet;

define! {
    PUPIL_LOGIN_FROM: u32 = "pupil_login.from_year" of "pupil_login.from_year",
    "Pupils have a log-in of their own from" {
        kind: Kind::Whole { unit: "school year; 0 is Reception", from: 0, to: 13 },
        order: Order::Less,
        default: "1",
        said: &[
            said("S0", "enforced for everyone", "@107"),
            said("S2", "from Year 1", "@285"),
            said("S3", "every pupil", "@458"),
        ],
        controls: &["I-03", "I-04"],
        owner: Owner::OnlineSafety,
    }

    PUPIL_LOGIN_EXEMPT: BTreeSet<&'static str> = "pupil_login.exempt" of "pupil_login.exempt",
    "For whom an own log-in may be waived, with a reason each time" {
        kind: Kind::Several {
            from: &[choice("youngest", "the youngest"), choice("need", "a pupil who is not able to use one")],
            at_least: 0,
        },
        order: Order::Less,
        default: "youngest, need",
        said: &[
            said("S0", "nobody is exempt from logging in", "@107"),
            said("S2", "the youngest", "@279, @285"),
            said("S3", "the youngest and the least able, although every pupil has one", "@450, @458"),
        ],
        controls: &["I-05"],
        owner: Owner::OnlineSafety,
        note: "Whoever is unknown to the filter gets the strictest policy (house.md, invariant 4). No receipt is shown on a \
               shared log-in (practice 17).",
    }

    PUPIL_LOGIN_SHARED: &'static str = "pupil_login.exempt.generic" of "pupil_login.exempt",
    "Shared or generic passwords" {
        kind: Kind::Choice(&[
            choice("none", "none"),
            choice("with-recorded-need", "for a pupil or class with a recorded need"),
        ]),
        order: Order::Listed,
        default: "with-recorded-need",
        said: &[silent("S0"), silent("S2"), said("S3", "a generic password is sometimes used", "@460")],
        controls: &["I-08"],
        owner: Owner::OnlineSafety,
    }

    SIGN_IN_IDLE_SAFEGUARDING: u32 = "sign_in.idle.safeguarding" of "sign_in.idle",
    "Without a request, whoever has a safeguarding duty is signed out after" {
        kind: Kind::Whole { unit: "minutes", from: 5, to: 60 },
        order: Order::Less,
        default: "15",
        said: &[said("S0", "unattended devices are locked or logged off", "@348"), said("S2", "the same", "@280"), said("S3", "the same", "@451")],
        controls: &["I-15"],
        owner: Owner::OnlineSafety,
        note: "Also holds for head, chair and trust lead. ASVS 5.0 §7.3.1.",
    }

    SIGN_IN_IDLE: u32 = "sign_in.idle.others" of "sign_in.idle",
    "Without a request, anybody else is signed out after" {
        kind: Kind::Whole { unit: "minutes", from: 5, to: 120 },
        order: Order::Less,
        default: "30",
        said: &[said("S0", "unattended devices are locked or logged off", "@348"), said("S2", "the same", "@280"), said("S3", "the same", "@451")],
        controls: &["I-15"],
        owner: Owner::OnlineSafety,
    }

    SIGN_IN_IDLE_SHARED: u32 = "sign_in.idle.shared" of "sign_in.idle",
    "Without a request, whoever said that others use the computer too is signed out after" {
        kind: Kind::Whole { unit: "minutes", from: 1, to: 30 },
        order: Order::Less,
        default: "5",
        said: &[silent("S0"), silent("S2"), silent("S3")],
        controls: &["I-15"],
        owner: Owner::OnlineSafety,
    }

    SIGN_IN_LONGEST: u32 = "sign_in.longest" of "sign_in.longest",
    "However busy, everybody signs in again after" {
        kind: Kind::Whole { unit: "hours", from: 1, to: 14 },
        order: Order::Less,
        default: "10",
        said: &[silent("S0"), silent("S2"), silent("S3")],
        controls: &["I-15"],
        owner: Owner::OnlineSafety,
        note: "One school day. ASVS 5.0 §7.3.2.",
    }

    SECOND_STEP: BTreeSet<&'static str> = "sign_in.second_step" of "sign_in.second_step",
    "Who shows an authenticator app or a passkey beside their password" {
        kind: Kind::Several {
            from: &[
                choice("safeguarding", "the safeguarding lead and deputies"),
                choice("leadership", "head, senior leaders, data protection, chair, trust lead"),
                choice("technical", "technicians and the online safety lead"),
            ],
            at_least: 0,
        },
        order: Order::More,
        default: "safeguarding, leadership, technical",
        limit: Some(Limit {
            value: "safeguarding",
            why: "Children's files are never behind a password alone (ASVS 5.0 §6.3.3).",
        }),
        said: &[silent("S0"), silent("S2"), silent("S3")],
        controls: &["I-21"],
        owner: Owner::OnlineSafety,
        note: "Anybody else may have one as well. Whoever must have one and has none sets it up right after the password, and \
               reaches no other page before.",
    }

    STAFF_PASSWORDS: &'static str = "password.strength.staff" of "password.strength",
    "Passwords of staff" {
        kind: Kind::Choice(&[
            choice("passphrase-and-second-factor", "a long pass-phrase and a second factor"),
            choice("strong", "strong: 12 characters or more, none of the well-known ones"),
        ]),
        order: Order::Listed,
        default: "strong",
        limit: Some(Limit { value: "strong", why: "All sources ask for strong passwords of staff (I-06)." }),
        said: &[
            said("S0", "strong", "@354"),
            said("S2", "strong, for every user", "@287"),
            said("S3", "strong", "@459"),
        ],
        controls: &["I-06"],
        owner: Owner::OnlineSafety,
    }

    PUPIL_PASSWORDS: &'static str = "password.strength.pupil" of "password.strength",
    "Passwords of pupils" {
        kind: Kind::Choice(&[
            choice("strong", "strong"),
            choice("by-band", "as strong as the pupil can remember and type; picture log-ins for those who need them"),
        ]),
        order: Order::Listed,
        default: "by-band",
        said: &[
            said("S0", "strong, save for the youngest", "@347, @354"),
            said("S2", "strong, for every user", "@287"),
            said("S3", "as the pupil's need allows", "@460"),
        ],
        controls: &["I-06", "I-07", "I-08"],
        owner: Owner::OnlineSafety,
    }

    STAFF_ROTATION: &'static str = "password.rotation.staff" of "password.rotation",
    "How often staff change their password" {
        kind: Kind::Choice(&[
            choice("six-monthly", "every six months"),
            choice("yearly", "every year"),
            choice("in-directory", "every six months, which the school's own sign-in service sees to; here it is only counted"),
            choice("none-with-second-factor", "not by date: a long pass-phrase and a second factor instead"),
        ]),
        order: Order::None,
        default: "six-monthly",
        said: &[
            silent("S0"),
            said("S2", "regularly, for every user", "@288"),
            said("S3", "every six months", "@462"),
        ],
        controls: &["I-10", "I-11"],
        owner: Owner::Leadership,
        note: "Guidance of today (NCSC, NIST, OWASP) advises against changing by date; which way is stricter is therefore not \
               for us to say, and leaving it is a recorded change of policy.",
    }

    OTHERS_ROTATION: &'static str = "password.rotation.others" of "password.rotation",
    "How often governors, parents and others who sign in change their password" {
        kind: Kind::Choice(&[
            choice("six-monthly", "every six months"),
            choice("yearly", "every year"),
            choice("on-suspicion", "when somebody may know it"),
        ]),
        order: Order::None,
        default: "yearly",
        said: &[silent("S0"), said("S2", "regularly, for every user", "@288"), said("S3", "silent for others than staff", "")],
        controls: &["I-11"],
        owner: Owner::OnlineSafety,
    }

    PUPIL_ROTATION: &'static str = "password.rotation.pupil" of "password.rotation",
    "How often pupils change their password" {
        kind: Kind::Choice(&[
            choice("six-monthly", "every six months"),
            choice("yearly", "every year"),
            choice("on-suspicion", "when somebody may know it"),
        ]),
        order: Order::None,
        default: "yearly",
        said: &[silent("S0"), said("S2", "regularly, for every user", "@288"), said("S3", "silent for pupils", "")],
        controls: &["I-11"],
        owner: Owner::OnlineSafety,
    }

    STAFF_HOLD_PUPIL_PASSWORDS: bool = "password.staff_hold_pupil" of "password.staff_hold_pupil",
    "Staff may hold a pupil's password where need is recorded and each release is logged" {
        kind: Kind::Switch,
        order: Order::No,
        default: "no",
        said: &[
            said("S0", "always private", "@351"),
            said("S2", "always private", "@289"),
            said("S3", "by need", "@456"),
        ],
        controls: &["I-09", "I-12"],
        owner: Owner::Safeguarding,
    }

    AGREEMENT_SCOPE: BTreeSet<&'static str> = "agreement.scope" of "agreement.scope",
    "Who signs an agreement before any access" {
        kind: Kind::Several {
            from: &[
                choice("staff", "staff"),
                choice("pupils", "pupils"),
                choice("visitors", "visitors and guests"),
                choice("wireless", "whoever brings a device to the wireless network"),
            ],
            at_least: 1,
        },
        order: Order::More,
        default: "staff, pupils, visitors, wireless",
        said: &[
            said("S0", "names guests only", "@336"),
            said("S2", "staff, learners and visitors", "@242"),
            said("S3", "the same, though it names the visitors' edition for all, and one for the wireless network", "@175, @383, @395"),
        ],
        controls: &["A-02", "A-03", "A-04", "I-20"],
        owner: Owner::Leadership,
        note: "Each role has its own edition; that one source gives everybody the visitors' one is taken for a slip. Help \
               stays open to whoever has not signed (practice 15).",
    }

    PUPIL_MAIL: &'static str = "email.pupil" of "email.pupil",
    "Pupils' mail" {
        kind: Kind::Choice(&[
            choice("none", "none"),
            choice("school-by-group", "from the school, for groups that need it"),
            choice("school-for-all", "from the school, for every pupil"),
        ]),
        order: Order::Listed,
        default: "school-by-group",
        said: &[
            said("S0", "only the school's", "@155"),
            said("S2", "pupils may have it", "@322"),
            said("S3", "pupils will have it", "@518"),
        ],
        controls: &["E-01"],
        owner: Owner::OnlineSafety,
    }

    OUTSIDE_MAIL_AUTHORISED: bool = "email.external_authorise" of "email.external_authorise",
    "Mail of pupils to outside organisations is authorised before it goes" {
        kind: Kind::Switch,
        order: Order::Yes,
        default: "yes",
        said: &[said("S0", "authorised beforehand, like headed paper", "@162"), silent("S2"), silent("S3")],
        controls: &["E-10"],
        owner: Owner::OnlineSafety,
        note: "Mail to helplines and to the school's own report address is never held (practice 2, 15).",
    }

    WEBMAIL_BLOCKED: BTreeSet<&'static str> = "email.webmail_block" of "email.webmail_block",
    "For whom outside web mail is blocked on site" {
        kind: Kind::Several {
            from: &[choice("pupils", "pupils"), choice("visitors", "visitors"), choice("staff", "staff")],
            at_least: 0,
        },
        order: Order::More,
        default: "pupils",
        said: &[silent("S0"), said("S2", "may be blocked", "@313"), said("S3", "may be blocked", "@507")],
        controls: &["E-12"],
        owner: Owner::OnlineSafety,
    }

    OFFICIAL_MAIL_SCOPE: BTreeSet<&'static str> = "email.staff_scope" of "email.staff_scope",
    "Who uses no personal address for official business" {
        kind: Kind::Several {
            from: &[
                choice("staff", "staff"),
                choice("governors", "governors"),
                choice("trustees", "trustees"),
                choice("volunteers", "volunteers"),
            ],
            at_least: 1,
        },
        order: Order::More,
        default: "staff, governors, trustees",
        said: &[
            said("S0", "staff", ""),
            said("S2", "staff, governors and trustees", "@317"),
            said("S3", "staff", "@512"),
        ],
        controls: &["E-02", "E-03"],
        owner: Owner::Leadership,
    }

    OFFENSIVE_MAIL_TO: Vec<Duty> = "email.offensive_to" of "email.offensive_to",
    "Who is told of an offensive message" {
        kind: Kind::Duties,
        order: Order::More,
        default: "dsl",
        said: &[
            said("S0", "designated staff", "@160"),
            said("S2", "the safeguarding lead or the head", "@312"),
            said("S3", "the safeguarding lead", "@506"),
        ],
        controls: &["E-08"],
        owner: Owner::Safeguarding,
        note: "Whom it is about is taken out first (practice 11).",
    }

    REPORT_BUTTON_PLACES: BTreeSet<&'static str> = "website.ceop_places" of "website.ceop_places",
    "Where the national report button is shown" {
        kind: Kind::Several {
            from: &[
                choice("homepage", "the website's first page"),
                choice("intranet", "the intranet"),
                choice("start-page", "the pupils' start page"),
            ],
            at_least: 1,
        },
        order: Order::More,
        default: "homepage, intranet, start-page",
        said: &[
            said("S0", "first page and intranet", "@439"),
            said("S2", "first page", "@428"),
            said("S3", "visible and available", "@905"),
        ],
        controls: &["W-08"],
        owner: Owner::Safeguarding,
    }

    WEBSITE_ADMIN_MAIL: bool = "website.admin_mail" of "website.admin_mail",
    "The website's administrators use a school address" {
        kind: Kind::Switch,
        order: Order::Yes,
        default: "yes",
        said: &[silent("S0"), said("S2", "required", "@297"), silent("S3")],
        controls: &["W-06"],
        owner: Owner::OnlineSafety,
    }
}
