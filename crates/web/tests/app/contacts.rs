//! Help, contacts and mail, through the pages.

use crate::{driver::Browser, looks::look, school::School};
use holdfast_records::{
    audit::KeyChange,
    contacts::{ContactFor, ContactRole, NewContact},
    mail::{MailAccount, MailOutcome, NewMailAccount, Security, SignInBy, Tried},
};
use jiff::SignedDuration;
use serde_json::json;

fn night() -> NewContact<'static> {
    NewContact {
        role: ContactRole::SocialCareNight,
        name: "Emergency duty team",
        telephone: "01632 960 002",
        web: "https://www.council.example/emergency",
        hours: "mon-sun 17:00-08:30, sat-sun 08:30-17:00",
        what_for: "Urgent worries about a child at night.",
        audience: ContactFor::Parents,
        source: "The council's page",
    }
}

/// The part of a page between two texts.
fn between<'a>(page: &'a str, from: &str, to: &str) -> &'a str {
    let (_, rest) = page.split_once(from).unwrap_or_else(|| panic!("“{from}” is not on the page:\n{page}"));
    rest.split_once(to).map_or(rest, |(part, _)| part)
}

#[tokio::test]
async fn help_is_there_for_everybody_and_leaves_no_trace() {
    let school = School::new().await;
    let mut lead = school.signed_in("lead").await;
    let session = school.session("lead").await;
    school.records.write_contact(&session, night(), None).await.unwrap();
    let entries = || async {
        let question = holdfast_records::audit::Question { most: 500, ..Default::default() };
        school.records.read_audit(&session, &question).await.unwrap().entries.len()
    };
    let before = entries().await;
    let mut stranger = school.browser();
    for path in ["/help", "/help/children"] {
        let page = stranger.get(path).await;
        assert_eq!(page.status, 200);
        for wanted in ["tel:999", "0800 1111", "https://www.ceop.police.uk/Safety-Centre/", "Leave this page"] {
            assert!(page.text.contains(wanted), "{path} lacks {wanted}");
        }
        // Who works here is for who is signed in, until the school says otherwise.
        assert!(!page.text.contains("Lena Frost"), "{path}");
        let known = lead.get(path).await.text;
        assert!(known.contains("Lena Frost") && known.contains("Leave this page"), "{path}");
    }
    // Monday at eight: the night's line is open until half past, and after five again.
    let adults = |text: &str| between(text, "Parents, carers and", "People who work").to_owned();
    assert!(adults(&stranger.get("/help").await.text).contains("Open now, until 08:30"));
    school.advance(SignedDuration::from_hours(4));
    assert!(adults(&stranger.get("/help").await.text).contains("Closed now. Opens today at 17:00"));
    // One look at the log more than before, which reads itself; looking for help left nothing.
    assert_eq!(entries().await, before + 1);
    // It stays when the store is away, and when the seat is over.
    school.share(None);
    let page = stranger.get("/help").await;
    assert!(page.status == 200 && page.text.contains("0800 1111"));
    assert_eq!(lead.get("/help/children").await.status, 200);
}

#[tokio::test]
async fn names_are_shown_to_strangers_where_the_school_says_so_and_who_is_away_is_told() {
    let school = School::new().await;
    let mut lead = school.signed_in("lead").await;
    let session = school.session("lead").await;
    let setting = |value| holdfast_records::settings::NewValue {
        setting: "help.names_in_public",
        value: Some(value),
        why: "agreed with staff",
        clause: None,
    };
    school.records.set_setting(&session, setting("yes")).await.unwrap();
    let mut stranger = school.browser();
    assert!(stranger.get("/help").await.text.contains("Lena Frost"));
    let now = school.records.clock().now();
    let holdfast_records::access::Actor::Person(me) = session.actor else { panic!("a person") };
    school.records.record_absence(&session, me, now, None).await.unwrap();
    let page = stranger.get("/help").await.text;
    assert!(between(&page, "Lena Frost", "</li>").contains("Away now"));
    assert!(between(&page, "Dora Hale", "</li>").contains("Not recorded as away"));
    // Children are sent to nobody who is not there.
    let children = stranger.get("/help/children").await.text;
    assert!(!children.contains("Lena Frost") && children.contains("Dora Hale"));
    assert!(lead.get("/help").await.text.contains("Away now"));
}

#[tokio::test]
async fn contacts_are_written_confirmed_and_ended_by_who_keeps_them() {
    let school = School::new().await;
    let mut office = school.signed_in("office").await;
    let page = office.get("/contacts").await;
    assert_eq!(page.status, 200);
    assert!(page.text.contains("Not written down yet") && page.text.contains("Children’s social care, out of hours"));
    // What is wrong stands at its field, and no word is lost.
    let wrong = [("role", "social-care"), ("name", "Front door"), ("telephone", "ring"), ("hours", "office hours")];
    let answer = office.act("/contacts/new", "/contacts/new", &wrong).await;
    assert_eq!(answer.status, 422);
    for wanted in
        ["There is a problem", "id=\"telephone-error\"", "id=\"hours-error\"", "value=\"Front door\"", "value=\"ring\""]
    {
        assert!(answer.text.contains(wanted), "{wanted} is not on\n{}", answer.text);
    }
    let right = [
        ("role", "social-care"),
        ("name", "Front <door>"),
        ("telephone", "01632 960 001"),
        ("web", "https://www.council.example/children"),
        ("hours", "mon-fri 09:00-17:00"),
        ("audience", "staff"),
        ("source", "Rang them on 3 November"),
    ];
    assert_eq!(office.act("/contacts/new", "/contacts/new", &right).await.location(), "/contacts");
    let page = office.get("/contacts").await.text;
    assert!(page.contains("Front &#60;door&#62;") || page.contains("Front &lt;door&gt;"), "{page}");
    assert!(page.contains("not on the list of sites that are always open"));
    let contact = between(&page, "/contacts/", "/confirm").rsplit('/').next().unwrap().to_owned();
    assert_eq!(office.act("/contacts/new", "/contacts/childline/confirm", &[]).await.location(), "/contacts");
    assert!(office.get("/contacts").await.text.contains("Found right on 23 November 2026"));
    assert_eq!(office.act("/contacts/new", &format!("/contacts/{contact}/end"), &[]).await.location(), "/contacts");
    assert!(!office.get("/contacts").await.text.contains("01632 960 001"));
    // A teacher reads, and keeps none.
    let mut teacher = school.signed_in("teacher").await;
    let page = teacher.get("/contacts").await;
    assert!(page.status == 200 && !page.text.contains("/contacts/new"));
    assert_eq!(teacher.get("/contacts/new").await.status, 404);
    // The chair is no member of staff.
    assert_eq!(school.signed_in("chair").await.get("/contacts").await.status, 404);
}

#[tokio::test]
async fn mail_is_set_up_by_whoever_may_and_a_try_tells_what_went_wrong() {
    let school = School::new().await;
    let mut technician = school.signed_in("technician").await;
    assert!(technician.get("/mail").await.text.contains("No mail is sent"));
    let wrong = [("security", "clear"), ("host", "smtp.school.example"), ("port", "25"), ("sign_in", "none")];
    let answer = technician.act("/mail/server", "/mail/server", &wrong).await;
    assert_eq!(answer.status, 422);
    assert!(answer.text.contains("id=\"security-error\"") && answer.text.contains("id=\"sender-error\""));
    // A port at which nobody listens.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
    let right = [
        ("security", "starttls"),
        ("host", "localhost"),
        ("port", port.as_str()),
        ("sign_in", "password"),
        ("user_name", "holdfast"),
        ("secret", "canary-of-the-mailbox"),
        ("sender", "holdfast@school.example"),
    ];
    assert_eq!(technician.act("/mail/server", "/mail/server", &right).await.location(), "/mail/test");
    let answer = technician.act("/mail/test", "/mail/test", &[("to", "theo@school.example")]).await;
    assert_eq!(answer.status, 422);
    assert!(answer.text.contains("cannot be reached"), "{}", answer.text);
    for path in ["/mail", "/mail/server", "/mail/test"] {
        assert!(!technician.get(path).await.text.contains("canary-of-the-mailbox"), "{path}");
    }
    // The password is not sent to another server than it was given for.
    let elsewhere: Vec<(&str, &str)> = right
        .iter()
        .filter(|(name, _)| *name != "secret")
        .map(|(name, value)| (*name, if *name == "port" { "587" } else { value }))
        .collect();
    let answer = technician.act("/mail/server", "/mail/server", &elsewhere).await;
    assert!(answer.status == 422 && answer.text.contains("Type the password or secret again"), "{}", answer.text);
    assert_eq!(technician.act("/mail/server", "/mail/server", &[("security", "off")]).await.location(), "/mail");
    for word in ["lead", "teacher", "office"] {
        assert_eq!(school.signed_in(word).await.get("/mail").await.status, 404, "{word}");
    }
}

/// A mail that the server refused.
async fn failed_mail(school: &School) {
    let (records, head) = (&school.records, school.session("head").await);
    let account = MailAccount {
        security: Security::StartTls,
        host: "smtp.school.example".to_owned(),
        sender: "holdfast@school.example".to_owned(),
        witness: "witness@trust.example".to_owned(),
        sign_in: SignInBy::Nothing,
        ..MailAccount::off()
    };
    records.set_mail_account(&head, NewMailAccount { account: &account, secret: "" }).await.unwrap();
    records.sign_checkpoint(&head, &school.place(), None, KeyChange::None).await.unwrap();
    records.make_mails(head.school).await.unwrap();
    let due = records.due_mails(head.school).await.unwrap();
    let mail = due.first().expect("the witness is sent a checkpoint").id;
    let tried = Tried { mail, outcome: MailOutcome::Refused, answer: "550 nobody of that name".to_owned() };
    records.note_mails(head.school, &[tried]).await.unwrap();
}

#[tokio::test]
async fn the_pages_of_help_contacts_and_mail_have_no_fault() {
    let school = School::new().await;
    let signed = school.signed_in("head").await;
    let (records, head) = (school.records.clone(), school.session("head").await);
    let contact = records.write_contact(&head, night(), None).await.unwrap();
    let found = holdfast_records::contacts::LinkFound::Broken;
    let looks = [(night().web.to_owned(), found, "The site says that there is no such page (404).".to_owned())];
    records.record_links(head.school, &looks).await.unwrap();
    failed_mail(&school).await;
    let page = signed.clone().get("/mail").await.text;
    for words in ["The last try, ", "did not succeed: 550 nobody of that name", "A checkpoint for the witness"] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let row = between(&page, "A checkpoint for the witness", "</tr>");
    assert!(row.contains("550 nobody of that name"), "{row}");
    let port = school.address.port();
    let cookie = signed.cookie.clone().unwrap();
    let done = tokio::task::spawn_blocking(move || {
        let Some(browser) = Browser::start() else { return };
        let of = |path: &str| format!("http://localhost:{port}{path}");
        look(&browser, &[(of("/help"), "help-stranger"), (of("/help/children"), "help-children-stranger")]);
        // The seat of somebody who signed in elsewhere in this test.
        let (name, value) = cookie.split_once('=').expect("a cookie has a value");
        let cookie = json!({"name": name, "value": value, "url": of("/"), "path": "/", "secure": true});
        browser.command("Network.setCookie", &cookie);
        look(
            &browser,
            &[
                (of("/help"), "help-signed"),
                (of("/help/children"), "help-children"),
                (of("/contacts"), "contacts"),
                (of("/contacts/new"), "contacts-new"),
                (of(&format!("/contacts/{contact}/change")), "contacts-change"),
                (of(&format!("/contacts/{contact}/end")), "contacts-end"),
                (of("/mail"), "mail"),
                (of("/mail/server"), "mail-server"),
                (of("/mail/test"), "mail-test"),
            ],
        );
    });
    done.await.unwrap();
}
