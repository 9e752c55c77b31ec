//! The queue of mails: content-free, once for each notice, tried with growing pauses by the clock passed in, given up in the end; and
//! the secret that it needs, which a copied store does not show.

use crate::{
    filing::Filing,
    ground::{Ground, both},
};
use holdfast_records::{
    Fault, Records,
    access::Duty,
    mail::{DueMail, MailAccount, MailBody, MailOutcome, NewMailAccount, Security, SignInBy, Tried},
    people::{ContactWay, GiveDuty, WayKind},
    store::Place,
};
use jiff::SignedDuration;

both!(
    a_notice_becomes_one_mail_that_says_nothing,
    tries_pause_longer_and_end_after_two_days,
    what_was_seen_or_left_is_not_mailed,
    the_secret_is_in_no_copy_and_goes_nowhere_else,
    what_cannot_work_is_refused,
    the_witness_is_sent_a_checkpoint_a_day,
    nobody_without_the_duty_sets_mail_up,
    a_change_of_mail_is_told_to_those_it_takes_a_warning_from,
    whoever_loses_their_address_is_told,
    what_was_changed_of_ones_own_sign_in_is_mailed_though_it_was_put_away,
);

const SECRET: &str = "canary-of-the-mailbox";

fn account() -> MailAccount {
    MailAccount {
        security: Security::StartTls,
        host: "smtp.school.example".to_owned(),
        user_name: "holdfast@school.example".to_owned(),
        sender: "holdfast@school.example".to_owned(),
        ..MailAccount::off()
    }
}

async fn with_mail(ground: &Ground) -> Filing {
    let school = Filing::new(ground).await;
    set(&school, &account(), SECRET).await.expect("it is set");
    for (word, address) in [("lead", "lena@school.example"), ("deputy", "dora@school.example")] {
        give_address(&school, word, address).await;
    }
    school
}

async fn set(school: &Filing, account: &MailAccount, secret: &str) -> Result<(), Fault> {
    school.records.set_mail_account(school.session("head"), NewMailAccount { account, secret }).await
}

async fn give_address(school: &Filing, word: &str, address: &str) {
    let (head, person) = (school.session("head"), school.person(word));
    let revision = school.records.person(head, person).await.expect("the record").revision;
    let ways = [ContactWay { kind: WayKind::Mail, way: address.to_owned() }];
    school.records.set_contact_ways(head, person, revision, &ways).await.expect("an address");
}

/// Something that all to whom concerns come are told of.
async fn something_happens(school: &Filing) {
    let duty = GiveDuty { duty: Duty::SeniorLeader, person: school.person("lead"), is_deputy: false, from: None };
    let holding = school.records.give_duty(school.session("head"), &duty).await.expect("given");
    school.records.end_duty(school.session("head"), holding).await.expect("ended");
}

async fn due(school: &Filing) -> Vec<DueMail> {
    school.records.make_mails(school.school).await.expect("made");
    school.records.end_mails(school.school).await.expect("ended");
    school.records.due_mails(school.school).await.expect("due")
}

async fn tried(school: &Filing, mail: &DueMail, outcome: MailOutcome, answer: &str) {
    let tried = Tried { mail: mail.id, outcome, answer: answer.to_owned() };
    school.records.note_mails(school.school, &[tried]).await.expect("noted");
}

async fn a_notice_becomes_one_mail_that_says_nothing(ground: Ground) {
    let school = with_mail(&ground).await;
    assert_eq!(due(&school).await, []);
    something_happens(&school).await;
    let mails = due(&school).await;
    let mut to: Vec<&str> = mails.iter().map(|mail| mail.to.as_str()).collect();
    to.sort_unstable();
    // The head did it, and chair and trust lead have no address. Two notices to each are one mail.
    assert_eq!(to, ["dora@school.example", "lena@school.example"]);
    assert!(mails.iter().all(|mail| mail.body == MailBody::Notices));
    assert_eq!(due(&school).await, mails, "it waits until it was tried");
    for mail in &mails {
        tried(&school, mail, MailOutcome::Sent, "250 kept").await;
    }
    // What ended stays as it ended: a second try that came late is no second outcome.
    tried(&school, &mails[0], MailOutcome::Refused, "550 late").await;
    assert_eq!(due(&school).await, []);
    // More within the pause waits for the pause, and is one mail then.
    something_happens(&school).await;
    assert_eq!(due(&school).await, []);
    ground.advance(SignedDuration::from_mins(29));
    assert_eq!(due(&school).await, []);
    ground.advance(SignedDuration::from_mins(1));
    assert_eq!(due(&school).await.len(), 2);
    // What is urgent waits a minute at the most, so that a flood is no flood of mails.
    ground.advance(SignedDuration::from_mins(2));
    school.records.reset_password(school.session("head"), school.person("lead")).await.expect("reset");
    assert_eq!(due(&school).await.len(), 4);
    let standing = school.records.mail_standing(school.session("head")).await.expect("read");
    assert_eq!(standing.failed, []);
    assert!(standing.without_address.contains(&"Cora Reed".to_owned()), "{standing:?}");
    assert!(!standing.without_address.contains(&"Lena Frost".to_owned()), "{standing:?}");
}

async fn tries_pause_longer_and_end_after_two_days(ground: Ground) {
    let school = with_mail(&ground).await;
    something_happens(&school).await;
    let began = ground.now();
    let (mut waited, mut tries) = (0, 0);
    loop {
        let mails = due(&school).await;
        if mails.is_empty() && school.records.mail_health(school.school).await.expect("read").waiting == 0 {
            break;
        }
        for mail in &mails {
            tried(&school, mail, MailOutcome::Later, "421 <lena@school.example> not now").await;
        }
        tries += mails.len() / 2;
        waited += 1;
        assert!(waited < 4_000, "it never ends");
        ground.advance(SignedDuration::from_mins(1));
    }
    assert_eq!(ground.now().duration_since(began).as_hours(), 48);
    // 1, 2, 5, 15, 30 and 60 minutes, and then every two hours.
    assert_eq!(tries, 30);
    let standing = school.records.mail_standing(school.session("head")).await.expect("read");
    assert_eq!(standing.failed.len(), 2);
    assert!(standing.failed.iter().all(|failed| failed.outcome == MailOutcome::GivenUp && !failed.is_for_witness));
    assert!(!format!("{standing:?}").contains("lena@"), "{standing:?}");
    // A refusal is told at once, and not tried again.
    ground.advance(SignedDuration::from_hours(1));
    something_happens(&school).await;
    let mails = due(&school).await;
    tried(&school, &mails[0], MailOutcome::Refused, "550 nobody").await;
    ground.advance(SignedDuration::from_hours(1));
    assert_eq!(due(&school).await.len(), 1);
    assert_eq!(school.records.mail_health(school.school).await.expect("read").failed[0].answer, "550 nobody");
}

async fn what_was_seen_or_left_is_not_mailed(ground: Ground) {
    let school = with_mail(&ground).await;
    something_happens(&school).await;
    school.records.notices(school.session("lead")).await.expect("seen");
    let mails = due(&school).await;
    assert_eq!(mails.iter().map(|mail| mail.to.as_str()).collect::<Vec<_>>(), ["dora@school.example"]);
    // One that waits in the queue ends when its person leaves.
    let (head, deputy) = (school.session("head"), school.person("deputy"));
    let revision = school.records.person(head, deputy).await.expect("the record").revision;
    school.records.leave(head, deputy, revision).await.expect("left");
    assert_eq!(due(&school).await, []);
    assert_eq!(school.records.mail_health(school.school).await.expect("read").waiting, 0);
    // An old notice is not mailed once mail is set up at last.
    let off = MailAccount::off();
    set(&school, &off, "").await.expect("off");
    something_happens(&school).await;
    ground.advance(SignedDuration::from_hours(80));
    set(&school, &account(), SECRET).await.expect("on again");
    // That it is on again is news itself; it is put away here, unlike the old one.
    let lead = school.session("lead");
    for notice in school.records.waiting_notices(lead).await.expect("hers") {
        if notice.kind == "mail-changed" {
            school.records.put_notice_away(lead, notice.id).await.expect("put away");
        }
    }
    assert_eq!(due(&school).await, []);
    // A notice of a file goes to nobody who may not know of the file any more, and there was none here to lose.
    assert_eq!(school.records.mail_health(school.school).await.expect("read").failed, []);
}

async fn the_secret_is_in_no_copy_and_goes_nowhere_else(ground: Ground) {
    let school = with_mail(&ground).await;
    let secret = |records: Records| async move {
        let (_, secret) = records.mail_account_for_clock(school.school).await?.expect("mail is sent");
        Ok::<_, Fault>(secret.expect("there is one").as_str().to_owned())
    };
    assert_eq!(secret(school.records.clone()).await.as_deref(), Ok(SECRET));
    if let Some(bytes) = ground.bytes() {
        assert!(!bytes.windows(SECRET.len()).any(|window| window == SECRET.as_bytes()));
    }
    assert!(!format!("{:?}", school.records.mail_account(school.session("head")).await).contains(SECRET));
    // Without a new secret it stays, but only for the same server.
    let same = MailAccount { sender: "office@school.example".to_owned(), ..account() };
    set(&school, &same, "").await.expect("the same server");
    assert_eq!(secret(school.records.clone()).await.as_deref(), Ok(SECRET));
    for other in [
        MailAccount { host: "smtp.thief.example".to_owned(), ..account() },
        MailAccount { port: 2525, ..account() },
        MailAccount { own_root: "-----BEGIN CERTIFICATE-----".to_owned(), ..account() },
    ] {
        let refused = set(&school, &other, "").await;
        assert!(
            matches!(&refused, Err(Fault::Wrong(problems)) if problems[0].message.contains("again")),
            "{refused:?}"
        );
    }
    // Somebody who can write rows sends it nowhere else either.
    ground.order("UPDATE mail_account SET host = 'smtp.thief.example'").await;
    assert!(matches!(secret(school.records.clone()).await, Err(Fault::Unavailable(_))));
    ground.order("UPDATE mail_account SET host = 'smtp.school.example'").await;
    assert_eq!(secret(school.records.clone()).await.as_deref(), Ok(SECRET));
    // On another machine, with other secrets, it does not open.
    let there = Place { secrets: ground.path("other-secrets"), ..ground.place() };
    school.records.close().await;
    let moved = Records::open(&there, ground.clock()).await;
    let opened = match moved {
        Ok(records) => secret(records).await,
        Err(fault) => Err(fault),
    };
    assert!(opened.is_err(), "{opened:?}");
}

async fn what_cannot_work_is_refused(ground: Ground) {
    let school = Filing::new(&ground).await;
    let wrong = [
        MailAccount { host: String::new(), ..account() },
        MailAccount { host: "smtp.school.example\r\n".to_owned(), ..account() },
        MailAccount { port: 0, ..account() },
        MailAccount { security: Security::Clear, ..account() },
        MailAccount { user_name: String::new(), ..account() },
        MailAccount { sender: "nobody".to_owned(), ..account() },
        MailAccount { witness: "a@school.example, b@school.example".to_owned(), ..account() },
        MailAccount { own_root: "not a certificate".to_owned(), ..account() },
        MailAccount { sign_in: SignInBy::OAuth2, token_client: "id".to_owned(), ..account() },
        MailAccount {
            sign_in: SignInBy::OAuth2,
            token_client: "id".to_owned(),
            token_address: "http://login.school.example/token".to_owned(),
            ..account()
        },
    ];
    for wrong in wrong {
        assert!(matches!(set(&school, &wrong, SECRET).await, Err(Fault::Wrong(_))), "{wrong:?}");
    }
    assert!(matches!(set(&school, &account(), "").await, Err(Fault::Wrong(_))), "a password is needed");
    let here = MailAccount { security: Security::Clear, host: "localhost".to_owned(), ..account() };
    set(&school, &here, SECRET).await.expect("a server on this computer");
    let known = MailAccount { sign_in: SignInBy::Nothing, user_name: String::new(), ..account() };
    set(&school, &known, "").await.expect("a server that knows us");
    let kept = school.records.mail_account(school.session("head")).await.expect("read");
    assert_eq!((kept.has_secret, kept.sign_in), (false, SignInBy::Nothing));
}

async fn the_witness_is_sent_a_checkpoint_a_day(ground: Ground) {
    let school = Filing::new(&ground).await;
    let account = MailAccount { witness: "trust@elsewhere.example".to_owned(), ..account() };
    set(&school, &account, SECRET).await.expect("set");
    assert_eq!(due(&school).await, [], "nothing was signed yet");
    let sign = || async {
        let clock = holdfast_records::Session {
            school: school.school,
            actor: holdfast_records::access::Actor::Clock,
            unlocked: None,
        };
        let change = holdfast_records::audit::KeyChange::None;
        school.records.sign_checkpoint(&clock, &ground.place(), None, change).await.expect("signed")
    };
    sign().await;
    let mails = due(&school).await;
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].to, "trust@elsewhere.example");
    let MailBody::Checkpoint(line) = &mails[0].body else { panic!("{mails:?}") };
    assert!(line.starts_with("checkpoint 1 "), "{line}");
    // What the witness keeps, verifies the log.
    let witness = ground.path("kept-by-the-witness");
    std::fs::write(&witness, format!("# a remark\n{line}\n")).expect("kept");
    let extent = holdfast_records::audit::Extent::Whole;
    let verified = school.records.verify_audit(&ground.place(), extent, Some(&witness), &[]).await.expect("verified");
    assert!(verified.is_whole(), "{verified:?}");
    tried(&school, &mails[0], MailOutcome::Sent, "250 kept").await;
    ground.advance(SignedDuration::from_hours(23));
    sign().await;
    assert_eq!(due(&school).await, []);
    ground.advance(SignedDuration::from_hours(1));
    assert_eq!(due(&school).await.len(), 1);
}

async fn nobody_without_the_duty_sets_mail_up(ground: Ground) {
    let school = Filing::new(&ground).await;
    for word in ["lead", "teacher"] {
        let session = school.session(word);
        let account = account();
        let new = NewMailAccount { account: &account, secret: SECRET };
        assert_eq!(school.records.set_mail_account(session, new).await, Err(Fault::NotFound), "{word}");
        assert!(school.records.mail_account(session).await.is_err(), "{word}");
        assert!(school.records.mail_standing(session).await.is_err(), "{word}");
        assert!(school.records.mail_account_to_test(session).await.is_err(), "{word}");
    }
    let tested = school.records.mail_account_to_test(school.session("head")).await;
    assert!(matches!(tested, Err(Fault::Wrong(_))), "{tested:?}");
}

/// The kinds of what somebody is to be told and was not told before.
async fn told(school: &Filing, word: &str) -> Vec<String> {
    let notices = school.records.notices(school.session(word)).await.expect("their notices");
    notices.into_iter().map(|notice| notice.kind).collect()
}

async fn a_change_of_mail_is_told_to_those_it_takes_a_warning_from(ground: Ground) {
    let school = with_mail(&ground).await;
    assert_eq!(told(&school, "lead").await, [""; 0], "there was none before");
    set(&school, &account(), "").await.expect("nothing is different");
    assert_eq!(told(&school, "lead").await, [""; 0]);
    let elsewhere = MailAccount { host: "smtp.elsewhere.example".to_owned(), ..account() };
    let witnessed = MailAccount { witness: "witness@elsewhere.example".to_owned(), ..elsewhere.clone() };
    for changed in [elsewhere, witnessed, MailAccount::off(), account()] {
        set(&school, &changed, SECRET).await.expect("it is set");
        assert_eq!(told(&school, "lead").await, ["mail-changed"], "{changed:?}");
        assert_eq!(told(&school, "head").await, [""; 0], "who did it knows");
    }
}

async fn whoever_loses_their_address_is_told(ground: Ground) {
    let school = with_mail(&ground).await;
    give_address(&school, "lead", "lena@school.example").await;
    assert_eq!(told(&school, "lead").await, [""; 0], "nothing is different");
    give_address(&school, "lead", "somebody@elsewhere.example").await;
    assert_eq!(told(&school, "lead").await, ["contact-ways-changed"]);
    let (head, lead) = (school.session("head"), school.person("lead"));
    let revision = school.records.person(head, lead).await.expect("the record").revision;
    school.records.set_contact_ways(head, lead, revision, &[]).await.expect("none");
    assert_eq!(told(&school, "lead").await, ["contact-ways-changed"]);
    // A teacher, to whom no concerns come, need not be told.
    for address in ["one@school.example", "two@school.example"] {
        give_address(&school, "teacher", address).await;
    }
    assert_eq!(told(&school, "teacher").await, [""; 0]);
}

async fn what_was_changed_of_ones_own_sign_in_is_mailed_though_it_was_put_away(ground: Ground) {
    let school = with_mail(&ground).await;
    let (records, lead) = (&school.records, school.session("lead"));
    crate::second_step::with_app(&school, &ground, lead).await;
    records.renew_spare_codes(lead).await.expect("made");
    // Somebody at her browser puts away what would tell her.
    let mut kinds = Vec::new();
    for notice in records.waiting_notices(lead).await.expect("hers") {
        records.put_notice_away(lead, notice.id).await.expect("away");
        kinds.push(notice.kind);
    }
    kinds.sort_unstable();
    assert_eq!(kinds, ["own-app-added", "own-spare-codes-made"]);
    let mails = due(&school).await;
    assert_eq!(mails.iter().map(|mail| mail.to.as_str()).collect::<Vec<_>>(), ["lena@school.example"]);
    tried(&school, &mails[0], MailOutcome::Sent, "250 kept").await;
    ground.advance(SignedDuration::from_hours(1));
    assert_eq!(due(&school).await, [], "once");
    // Anything else that was seen is not mailed.
    something_happens(&school).await;
    records.notices(lead).await.expect("seen");
    records.notices(school.session("lead")).await.expect("seen");
    assert!(!due(&school).await.iter().any(|mail| mail.to == "lena@school.example"));
    records.remove_authenticator(lead).await.expect_err("her duties need one");
    assert_eq!(told(&school, "lead").await, [""; 0], "nothing was done");
}
