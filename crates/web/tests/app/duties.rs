//! The pages of duties: giving, ending, being away, and a first trust lead named by two.

use crate::{
    pupils::{Pupils, between},
    school::School,
};
use jiff::SignedDuration;

#[tokio::test]
async fn a_duty_is_given_and_ended_by_who_showed_a_moment_ago_that_it_is_them() {
    let pupils = Pupils::new().await;
    let mut head = pupils.school.signed_in("head").await;
    let give = "/duties/give/needs-coordinator";
    pupils.school.advance(SignedDuration::from_mins(11));
    let first = head.get(give).await;
    assert!(first.location().starts_with("/account/confirm?then="), "{}", first.location());
    let confirmed = head
        .act("/account/confirm", "/account/confirm", &[("password", crate::school::PASSWORD), ("then", give)])
        .await;
    assert_eq!(confirmed.location(), give);
    let kai = pupils.person("Kai Ross").await.to_string();
    let missing = head.act(give, give, &[("search", "kai"), ("step", "give"), ("person", &kai)]).await;
    assert!(missing.status == 422 && missing.text.contains("Choose how they hold it."));
    let fields = [("search", "kai"), ("step", "give"), ("person", &*kai), ("part", "holder")];
    assert_eq!(head.act(give, give, &fields).await.location(), "/duties");
    let again = head.act(give, give, &fields).await;
    assert!(again.status == 422 && again.text.contains("already"), "{}", again.text);
    let listed = head.get("/duties").await;
    let row = between(&listed, "Special-needs coordinator</th>", "</tr>");
    assert!(row.contains("Kai Ross"), "{row}");
    let end =
        format!("/duties/holdings/{}/end", row.split("/duties/holdings/").nth(1).unwrap().split('/').next().unwrap());
    assert_eq!(head.act(&end, &end, &[]).await.location(), "/duties");
    assert!(!between(&head.get("/duties").await, "Special-needs coordinator</th>", "</tr>").contains("Kai Ross"));
    assert_eq!(head.get(&end).await.status, 404);
    // Nobody gives a duty to themselves, and nobody else sees that it could be given.
    let hilda = pupils.person("Hilda Marsh").await.to_string();
    let own =
        head.act(give, give, &[("search", "hilda"), ("step", "give"), ("person", &hilda), ("part", "holder")]).await;
    assert!(own.status == 422 || own.status == 200, "{}", own.text);
    let mut teacher = pupils.school.signed_in("teacher").await;
    assert_eq!(teacher.get(give).await.status, 404);
    assert!(!teacher.get("/duties").await.text.contains("/duties/give/"));
}

#[tokio::test]
async fn the_last_head_is_told_why_the_duty_cannot_end() {
    let pupils = Pupils::new().await;
    let mut chair = pupils.school.signed_in("chair").await;
    let listed = chair.get("/duties").await;
    let row = between(&listed, "Headteacher</th>", "</tr>");
    let end =
        format!("/duties/holdings/{}/end", row.split("/duties/holdings/").nth(1).unwrap().split('/').next().unwrap());
    let refused = chair.act(&end, &end, &[]).await;
    assert!(refused.status == 422 && refused.text.contains("A school always has a headteacher"), "{}", refused.text);
    // A chair who reads no directory still finds adults to give a duty to, and no children.
    let give = "/duties/give/senior-leader";
    assert!(chair.act(give, give, &[("search", "kai")]).await.text.contains("Kai Ross"));
    assert!(chair.act(give, give, &[("search", "ann")]).await.text.contains("Nobody was found"));
    assert_eq!(chair.get("/people").await.status, 404);
}

#[tokio::test]
async fn who_is_away_is_shown_with_who_answers_meanwhile() {
    let pupils = Pupils::new().await;
    let mut head = pupils.school.signed_in("head").await;
    let until = [("until-day", "24"), ("until-month", "11"), ("until-year", "2026"), ("time", "09:30")];
    let wrong = head
        .act("/duties/away", "/duties/away", &[("until-day", "1"), ("until-month", "1"), ("until-year", "2020")])
        .await;
    assert!(wrong.status == 422 && wrong.text.contains("ends before it begins"), "{}", wrong.text);
    assert_eq!(head.act("/duties/away", "/duties/away", &until).await.location(), "/duties");
    let listed = head.get("/duties").await;
    assert!(listed.text.contains("until Tuesday 24 November 2026, 09:30"), "{}", listed.text);
    let row = between(&listed, "Headteacher</th>", "</tr>");
    assert!(row.contains("Away") && row.contains("Answers now: Cora Ford, as chair of governors"), "{row}");
    let hilda = pupils.person("Hilda Marsh").await.to_string();
    assert_eq!(head.act("/duties", "/duties/back", &[("person", &hilda)]).await.location(), "/duties");
    assert!(head.get("/duties").await.text.contains("Nobody with a duty is recorded as away."));
    // Of somebody else, by who keeps the register.
    let mut office = pupils.office().await;
    let theo = pupils.person("Theo Byte").await.to_string();
    let path = "/duties/absence";
    let fields = [("search", "theo"), ("step", "record"), ("person", &*theo)];
    assert_eq!(office.act(path, path, &fields).await.location(), "/duties");
    assert!(office.get("/duties").await.text.contains("until they say that they are back"));
    let mut colleague = pupils.school.signed_in("colleague").await;
    assert_eq!(colleague.act("/duties", "/duties/back", &[("person", &theo)]).await.status, 404);
}

#[tokio::test]
async fn fewer_than_three_who_hear_is_said_and_a_first_trust_lead_takes_two() {
    let pupils = Pupils::in_school(School::without_trust_lead().await).await;
    let mut chair = pupils.school.signed_in("chair").await;
    let mut head = pupils.school.signed_in("head").await;
    assert!(!head.get("/duties").await.text.contains("Fewer than three"));
    let row = between(&chair.get("/duties").await, "Chair of governors</th>", "</tr>").to_owned();
    let end =
        row.split("Kai Ross").nth(1).unwrap().split("/duties/holdings/").nth(1).unwrap().split('/').next().unwrap();
    let end = format!("/duties/holdings/{end}/end");
    assert_eq!(chair.act(&end, &end, &[]).await.location(), "/duties");
    let told = head.get("/duties").await.text;
    assert!(told.contains("would hear a concern about an adult who works here (2)"), "{told}");
    assert!(!told.contains("/duties/give/trust-lead"), "the first is named by two");

    let propose = "/duties/trust-lead/propose";
    let kai = pupils.person("Kai Ross").await.to_string();
    let fields = [("search", "kai"), ("step", "propose"), ("person", &*kai)];
    assert_eq!(head.act(propose, propose, &fields).await.location(), "/duties/trust-lead");
    let agree = format!("/duties/trust-lead/{kai}/agree");
    // Who proposed does not agree; somebody else does.
    assert!(!head.get("/duties/trust-lead").await.text.contains(&agree));
    let refused = head.act(&agree, &agree, &[]).await;
    assert_eq!(refused.status, 422, "{}", refused.text);
    assert!(chair.get("/duties/trust-lead").await.text.contains(&agree));
    assert_eq!(chair.act(&agree, &agree, &[]).await.location(), "/duties");
    assert!(between(&head.get("/duties").await, "Trust lead</th>", "</tr>").contains("Kai Ross"));
    assert!(!head.get("/duties").await.text.contains("Fewer than three"));
    assert_eq!(chair.get(&agree).await.status, 404, "nobody waits any more");
}
