//! The register of contacts: what is asked for, where it is from, when somebody last looked; and who of the safeguarding team is in.

use crate::{
    filing::Filing,
    ground::{Ground, both},
};
use holdfast_records::{
    Fault,
    access::Duty,
    contacts::{ContactFor, ContactRole, LinkFound, NewContact, WhyEnded},
    settings::NewValue,
};
use jiff::SignedDuration;

both!(
    a_contact_is_written_replaced_confirmed_and_ended,
    what_cannot_be_checked_is_refused,
    a_broken_address_is_told_once_and_when_it_lasts,
    the_team_is_who_holds_the_duty_and_who_is_in,
);

fn social_care() -> NewContact<'static> {
    NewContact {
        role: ContactRole::SocialCareNight,
        name: "Emergency duty team",
        telephone: "01632 960 002",
        web: "https://www.council.example/emergency",
        hours: "mon-sun 17:00-08:30, sat-sun 08:30-17:00",
        what_for: "Urgent referrals at night.",
        audience: ContactFor::Staff,
        source: "The council's page, read on 3 November 2026",
    }
}

async fn a_contact_is_written_replaced_confirmed_and_ended(ground: Ground) {
    let school = Filing::new(&ground).await;
    let (records, lead) = (&school.records, school.session("lead"));
    let book = records.contact_book(school.school).await.expect("read");
    assert_eq!(book.missing, ContactRole::ASKED_FOR);
    assert!(book.national["childline"].is_due, "nobody has looked yet");
    let first = records.write_contact(lead, social_care(), None).await.expect("written");
    let newer = NewContact { telephone: "01632 960 003", ..social_care() };
    let second = records.write_contact(lead, newer, Some(first)).await.expect("replaced");
    assert_eq!(records.write_contact(lead, newer, Some(first)).await, Err(Fault::NotFound), "it was replaced already");
    let book = records.contact_book(school.school).await.expect("read");
    assert_eq!(book.local.len(), 1);
    assert_eq!((book.local[0].id, book.local[0].telephone.as_str()), (second, "01632 960 003"));
    assert!(!book.missing.contains(&ContactRole::SocialCareNight));
    assert!(book.local[0].hours.contains("mon 00:00-08:30") || book.local[0].hours.contains("tue 00:00-08:30"));
    // Half a year later somebody looks again.
    ground.advance(SignedDuration::from_hours(24 * 180));
    assert!(records.contact_book(school.school).await.expect("read").local[0].confirmed.is_due);
    records.confirm_contact(lead, &second.to_string()).await.expect("confirmed");
    records.confirm_contact(lead, "childline").await.expect("confirmed");
    let book = records.contact_book(school.school).await.expect("read");
    assert!(!book.local[0].confirmed.is_due && !book.national["childline"].is_due && book.national["nspcc"].is_due);
    assert_eq!(records.confirm_contact(lead, &first.to_string()).await, Err(Fault::NotFound));
    assert_eq!(records.confirm_contact(lead, "no-such-line").await, Err(Fault::NotFound));
    records.end_contact(lead, second, WhyEnded::Retired).await.expect("ended");
    assert_eq!(records.contact_book(school.school).await.expect("read").local, []);
    // A teacher reads them, which leaves no trace, and changes none.
    let teacher = school.session("teacher");
    assert_eq!(records.write_contact(teacher, social_care(), None).await, Err(Fault::NotFound));
    assert_eq!(records.confirm_contact(teacher, "childline").await, Err(Fault::NotFound));
}

async fn what_cannot_be_checked_is_refused(ground: Ground) {
    let school = Filing::new(&ground).await;
    let wrong = [
        NewContact { name: "", ..social_care() },
        NewContact { name: "two\nlines", ..social_care() },
        NewContact { telephone: "ring us", ..social_care() },
        NewContact { telephone: "", web: "", ..social_care() },
        NewContact { web: "http://www.council.example/", ..social_care() },
        NewContact { web: "https://192.168.0.1/", ..social_care() },
        NewContact { hours: "office hours", ..social_care() },
        NewContact { source: "", ..social_care() },
    ];
    for wrong in wrong {
        let refused = school.records.write_contact(school.session("lead"), wrong, None).await;
        assert!(matches!(refused, Err(Fault::Wrong(_))), "{wrong:?}: {refused:?}");
    }
}

async fn a_broken_address_is_told_once_and_when_it_lasts(ground: Ground) {
    let school = Filing::new(&ground).await;
    let records = &school.records;
    records.write_contact(school.session("lead"), social_care(), None).await.expect("written");
    let addresses = records.link_addresses(school.school).await.expect("read");
    assert!(addresses.contains("https://www.council.example/emergency"));
    assert!(addresses.contains("https://www.childline.org.uk/"));
    let broken = [("https://www.council.example/emergency".to_owned(), LinkFound::Broken, "Gone.".to_owned())];
    let told = || async {
        let notices = records.waiting_notices(school.session("lead")).await.expect("read");
        notices.iter().filter(|notice| notice.kind == "contact-broken").count()
    };
    let mut counts = Vec::new();
    let begun = ground.now();
    for _ in 0..4 {
        records.record_links(school.school, &broken).await.expect("kept");
        counts.push(told().await);
        ground.advance(SignedDuration::from_hours(24));
    }
    assert_eq!(counts, [0, 1, 1, 1]);
    let looks = records.links(school.school).await.expect("read");
    assert_eq!((looks.len(), looks[0].since), (1, begun));
    // What works again and breaks again is news again.
    let works = [(broken[0].0.clone(), LinkFound::Works, "It answers.".to_owned())];
    for found in [&works, &broken, &broken] {
        records.record_links(school.school, found).await.expect("kept");
        ground.advance(SignedDuration::from_hours(24));
    }
    assert_eq!(told().await, 2);
}

async fn the_team_is_who_holds_the_duty_and_who_is_in(ground: Ground) {
    let school = Filing::new(&ground).await;
    let (records, head) = (&school.records, school.session("head"));
    let team = records.safeguarding_team(school.school).await.expect("read");
    let told: Vec<_> = team.iter().map(|member| (member.name.as_str(), member.duty, member.is_away)).collect();
    assert_eq!(told, [("Lena Frost", Duty::DesignatedLead, false), ("Dora Hale", Duty::DeputyDesignatedLead, false)]);
    let now = ground.now();
    let until = now.checked_add(SignedDuration::from_hours(8)).expect("later");
    records.record_absence(head, school.person("lead"), now, Some(until)).await.expect("away");
    assert!(records.safeguarding_team(school.school).await.expect("read")[0].is_away);
    ground.advance(SignedDuration::from_hours(9));
    assert!(!records.safeguarding_team(school.school).await.expect("read")[0].is_away);
    // Names are for who is signed in, until the school says otherwise.
    assert!(!records.names_are_public(school.school).await.expect("read"));
    let new = NewValue { setting: "help.names_in_public", value: Some("yes"), why: "agreed with staff", clause: None };
    records.set_setting(school.session("lead"), new).await.expect("set");
    assert!(records.names_are_public(school.school).await.expect("read"));
}
