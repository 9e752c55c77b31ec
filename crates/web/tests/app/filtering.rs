//! The filter's pages: why something is blocked, the groups, and what is done to it for a while.

use crate::{browser::Browser, school::School};
use holdfast_core::{
    category::Category,
    lists::{Entries, NameEntry, Scope},
    policy,
    ruleset::{
        self,
        content::{ContentBuilder, ListFacts},
        sealed::SealedTier,
    },
};
use holdfast_records::{
    gate::Look,
    people::{Kind, NewPerson, Part},
};
use jiff::SignedDuration;
use std::sync::Arc;

pub const POLICY: &str = r#"
version = 1
title = "Brook Lane School, autumn"
author = "p-head"
reason = "First term."
review_by = "2027-07-20"
time_zone = "Europe/London"

[unknown]
default = "block"
block_categories = ["gambling", "social-media"]

[[group]]
code = "Rowan"
purpose = "Pupils who need calm: canary-purpose"
band = "older"
[group.judging]
default = "block"
block_categories = ["gambling", "social-media"]

[[group]]
code = "Alder"
purpose = "Staff"
band = "staff"
[group.judging]
default = "allow"
block_categories = ["gambling"]

[[rule]]
code = "maps-for-rowan"
action = "allow"
groups = ["Rowan"]
hosts = ["maps.example"]
ends = "2027-07-20"
author = "p-head"
reason = "Geography in the summer term."
"#;

/// Puts a policy in force in the store, and what is in force there into the pages, as the publisher does.
pub async fn with_policy(school: &School) {
    let head = school.ready("head").await;
    school.records.change_policy(&head, POLICY, "The first").await.expect("the head may");
    follow(school).await;
}

/// Compiles what the store has in force.
pub async fn follow(school: &School) {
    let look = school.records.look_for_gate(None, None).await.expect("the store answers");
    let Look::New(_, publication) = look else { panic!("nothing to publish: {look:?}") };
    let (_, text) = publication.policy.expect("there is a policy");
    let source = policy::read("policy.toml", &text).unwrap_or_else(|problems| panic!("{problems:#?}"));
    let mut builder = ContentBuilder::new(7);
    let facts = ListFacts {
        id: "casinos".into(),
        title: "Borough list of casinos".to_owned(),
        category: Category::Gambling,
        source: "https://lists.borough.example/casinos".to_owned(),
        licence: "CC-BY-SA-4.0".to_owned(),
        fetched: Some("2026-11-22 03:00 UTC".to_owned()),
        entries: 0,
    };
    let names = vec![NameEntry { name: "casino.example".into(), scope: Scope::Within }];
    builder.add(facts, Entries { names, ..Entries::default() });
    let (tier, _) = SealedTier::build("practice tier", "v1", [7; 32], ["sealed.example"].into_iter());
    builder.add_sealed(tier);
    let content = Arc::new(builder.finish().content);
    let (ruleset, _) =
        ruleset::compile(source, content, "policy.toml", &text).unwrap_or_else(|problems| panic!("{problems:#?}"));
    school.ruleset.send_replace(Arc::new(ruleset));
}

async fn ask(browser: &mut Browser, fields: &[(&str, &str)]) -> crate::browser::Answer {
    browser.act("/filter/explain", "/filter/explain", fields).await
}

#[tokio::test]
async fn why_something_is_blocked_is_told_with_the_layer_the_rule_and_the_list() {
    let school = School::new().await;
    with_policy(&school).await;
    let mut technician = school.signed_in("technician").await;
    let told = ask(&mut technician, &[("address", "https://www.casino.example/roulette"), ("group", "Alder")]).await;
    for part in ["Blocked", "A category or a service", "Gambling", "Borough list of casinos", "casino.example"] {
        assert!(told.text.contains(part), "{part} is not in {}", told.text);
    }
    let told = ask(&mut technician, &[("address", "maps.example"), ("group", "Rowan")]).await;
    for part in ["Allowed", "A rule for a group", "maps-for-rowan", "The name of the site only"] {
        assert!(told.text.contains(part), "{part} is not in {}", told.text);
    }
    // For another time it is judged at that time: the rule has ended then.
    let told = ask(&mut technician, &[("address", "maps.example"), ("group", "Rowan"), ("at", "1/9/2027 10:00")]).await;
    assert!(told.text.contains("Blocked") && told.text.contains("is for another time"), "{}", told.text);
    // What cannot be read is told beside its field, and stays in it.
    let wrong = ask(&mut technician, &[("address", "http://"), ("group", "Rowan"), ("at", "later")]).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.text.contains("href=\"#address\"") && wrong.text.contains("href=\"#at\""), "{}", wrong.text);
    assert!(wrong.text.contains("value=\"later\""), "{}", wrong.text);
}

#[tokio::test]
async fn a_sealed_address_is_told_by_its_tier_alone_and_nothing_typed_is_kept() {
    let school = School::new().await;
    with_policy(&school).await;
    let mut lead = school.signed_in("lead").await;
    let told = ask(&mut lead, &[("address", "http://sealed.example/canary-path"), ("group", "Alder")]).await;
    assert!(told.text.contains("practice tier v1"), "{}", told.text);
    assert!(!told.text.contains("canary-path") && !told.text.contains("sealed.example"), "{}", told.text);
    ask(&mut lead, &[("address", "http://maps.example/canary-path"), ("group", "Rowan")]).await;
    // Neither the log nor a page of it holds what was typed, and by GET nothing is taken in.
    for path in ["/audit", "/filter", "/filter/explain?address=canary-path&group=Rowan"] {
        assert!(!lead.get(path).await.text.contains("canary-path"), "{path}");
    }
}

#[tokio::test]
async fn one_person_is_judged_by_their_group_and_classes_for_whoever_may_see_them() {
    let school = School::new().await;
    with_policy(&school).await;
    let head = school.ready("head").await;
    add_pupil(&school).await;
    let mut browser = school.signed_in("head").await;
    let told = ask(&mut browser, &[("address", "maps.example"), ("person", "p-7777")]).await;
    assert!(told.text.contains("Allowed") && told.text.contains("Rowan"), "{}", told.text);
    let unknown = ask(&mut browser, &[("address", "maps.example"), ("person", "nobody-9")]).await;
    assert_eq!(unknown.status, 422);
    assert!(unknown.text.contains("href=\"#person\""), "{}", unknown.text);
    // Whoever may not see people is not asked about one, and a field sent all the same is not read.
    let mut technician = school.signed_in("technician").await;
    assert!(!technician.get("/filter/explain").await.text.contains("neutral code\""));
    let told = ask(&mut technician, &[("address", "maps.example"), ("group", "unknown"), ("person", "p-7777")]).await;
    assert!(told.text.contains("Blocked"), "{}", told.text);
    drop(head);
}

/// A pupil of the group Rowan, with a neutral code, in a class that the teacher teaches.
pub async fn add_pupil(school: &School) -> holdfast_records::id::Person {
    let head = school.ready("head").await;
    let mut petra = NewPerson::new(Kind::Pupil, "Petra Quill");
    petra.gate.code = Some("p-7777".to_owned());
    petra.gate.group = Some("Rowan".to_owned());
    let petra = school.records.add_person(&head, petra).await.expect("the head may");
    school.records.add_class(&head, "5b", "Class 5B").await.expect("the head may");
    school.records.join_class(&head, "5b", petra, Part::Learns).await.expect("the head may");
    let teacher = school.records.find_people(&head, "Martin", None).await.unwrap().people[0].id;
    school.records.join_class(&head, "5b", teacher, Part::Teaches).await.expect("the head may");
    petra
}

#[tokio::test]
async fn what_a_group_is_for_is_told_to_those_entitled_alone() {
    let school = School::new().await;
    with_policy(&school).await;
    for (word, is_told) in [("head", true), ("lead", true), ("technician", false), ("chair", false), ("trust", false)] {
        let mut browser = school.signed_in(word).await;
        for path in ["/filter/groups", "/filter/groups/Rowan"] {
            let page = browser.get(path).await;
            assert_eq!(page.status, 200, "{word} {path}");
            assert!(page.text.contains("Rowan"), "{}", page.text);
            assert_eq!(page.text.contains("canary-purpose"), is_told, "{word} {path}");
        }
        assert!(browser.get("/filter/groups/Rowan").await.text.contains("Geography in the summer term."));
        assert_eq!(browser.get("/filter/groups/Nowhere").await.status, 404);
        let lists = browser.get("/filter/lists").await;
        assert!(
            lists.text.contains("Borough list of casinos") && lists.text.contains("CC-BY-SA-4.0"),
            "{}",
            lists.text
        );
        assert!(!lists.text.contains("sealed.example"));
    }
}

#[tokio::test]
async fn the_pages_are_there_for_those_who_may_and_for_nobody_else() {
    let school = School::new().await;
    with_policy(&school).await;
    let reads =
        ["/filter", "/filter/explain", "/filter/groups", "/filter/groups/Rowan", "/filter/lists", "/filter/versions"];
    let all = [
        ("head", true, true, true, true),
        ("lead", true, true, true, true),
        ("deputy", true, true, true, true),
        ("chair", true, false, false, false),
        ("trust", true, false, false, false),
        ("technician", true, false, false, false),
        ("teacher", false, false, false, true),
        ("office", false, false, false, false),
        ("colleague", false, false, false, false),
    ];
    for (word, may_read, may_suspend, may_block, may_teach) in all {
        let mut browser = school.signed_in(word).await;
        let status = |may: bool| if may { 200 } else { 404 };
        for path in reads {
            assert_eq!(browser.get(path).await.status, status(may_read), "{word} {path}");
        }
        for path in ["/filter/suspensions", "/filter/suspensions/new"] {
            assert_eq!(browser.get(path).await.status, status(may_suspend), "{word} {path}");
        }
        assert_eq!(browser.get("/filter/emergency").await.status, status(may_block), "{word}");
        assert_eq!(browser.get("/lessons").await.status, status(may_teach), "{word}");
        if may_read {
            // Whom governors are shown counts, the last verdicts are not.
            let shows = browser.get("/filter").await.text.contains("Last verdicts");
            assert_eq!(shows, !["chair", "trust"].contains(&word), "{word}");
        }
    }
}

#[tokio::test]
async fn an_emergency_block_is_at_once_and_lifting_it_needs_a_confirmation() {
    let school = School::new().await;
    with_policy(&school).await;
    let mut lead = school.signed_in("lead").await;
    let path = "/filter/emergency";
    let wrong = lead.act(path, path, &[("sites", "canary.example"), ("why", "")]).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.text.contains("canary.example") && wrong.text.contains("href=\"#why\""), "{}", wrong.text);
    // Eleven minutes after the sign-in, and still at once.
    idle(&school, &mut lead).await;
    let fields = [("sites", "https://canary.example/\nother.example/path"), ("why", "A video goes round")];
    assert_eq!(lead.act(path, path, &fields).await.location(), path);
    follow(&school).await;
    let page = lead.get(path).await;
    assert!(
        page.text.contains("2 sites blocked for everyone") && page.text.contains("canary.example"),
        "{}",
        page.text
    );
    assert!(page.text.contains("Tuesday 24 November 2026"), "{}", page.text);
    let told = ask(&mut lead, &[("address", "canary.example"), ("group", "Alder")]).await;
    assert!(told.text.contains("An emergency block, for everyone"), "{}", told.text);
    // The addresses are the safeguarding leads' alone.
    let mut head = school.signed_in("head").await;
    let page = head.get(path).await;
    assert!(
        page.text.contains("2 sites blocked for everyone") && !page.text.contains("canary.example"),
        "{}",
        page.text
    );
    // Its day comes, and Today says so.
    school.advance(SignedDuration::from_hours(24));
    let mut head = school.browser();
    school.enter(&mut head, "head", &[]).await;
    assert!(head.get("/today").await.text.contains("An emergency block is to be looked at again."));
    let lift = "/filter/emergency/emergency-2/lift";
    idle(&school, &mut head).await;
    assert!(head.get(lift).await.location().starts_with("/account/confirm"), "it loosens");
    head.act("/account/confirm", "/account/confirm", &[("password", crate::school::PASSWORD)]).await.location();
    assert_eq!(head.act(lift, lift, &[("why", "")]).await.status, 422);
    assert_eq!(head.act(lift, lift, &[("why", "It is gone")]).await.location(), path);
    follow(&school).await;
    assert!(head.get(path).await.text.contains("There is none."));
    let versions = head.get("/filter/versions").await;
    for part in ["An emergency block was lifted", "It is gone", "Lena Frost", "A video goes round"] {
        assert!(versions.text.contains(part), "{part} is not in {}", versions.text);
    }
}

/// Eleven minutes later, and still signed in.
async fn idle(school: &School, browser: &mut Browser) {
    for _ in 0..2 {
        school.advance(SignedDuration::from_secs(330));
        assert_eq!(browser.get("/account").await.status, 200);
    }
}

/// F-24, F-25.
#[tokio::test]
async fn who_relies_on_the_filter_reads_that_none_is_complete() {
    let school = School::new().await;
    with_policy(&school).await;
    for (word, path) in [("nobody", "/"), ("head", "/filter"), ("teacher", "/lessons")] {
        let mut browser = if word == "nobody" { school.browser() } else { school.signed_in(word).await };
        let page = browser.get(path).await.text;
        for words in ["can never be ruled out", "alone do not keep pupils safe"] {
            assert!(page.contains(words), "{word} at {path}: {page}");
        }
    }
}

#[tokio::test]
async fn a_suspension_is_placed_on_whom_it_is_meant_for_and_ends() {
    let school = School::new().await;
    with_policy(&school).await;
    let petra = add_pupil(&school).await;
    let mut deputy = school.signed_in("deputy").await;
    let find = "/filter/suspensions/new";
    let found = deputy.act(find, find, &[("name", "quill")]).await;
    assert!(found.text.contains("Petra Quill") && found.text.contains("class 5b"), "{}", found.text);
    let path = format!("/filter/suspensions/of/{petra}");
    let wrong = deputy.act(&path, &path, &[("until", "Friday"), ("keep", "maps.example")]).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.text.contains("value=\"Friday\"") && wrong.text.contains("maps.example"), "{}", wrong.text);
    let fields = [("until", "27/11/2026 16:00"), ("keep", "maps.example")];
    assert_eq!(deputy.act(&path, &path, &fields).await.location(), "/filter/suspensions");
    let list = deputy.get("/filter/suspensions").await;
    assert!(list.text.contains("Petra Quill") && list.text.contains("Friday 27 November 2026, 16:00"), "{}", list.text);
    follow(&school).await;
    let told = ask(&mut deputy, &[("address", "rivers.example"), ("person", "p-7777")]).await;
    assert!(told.text.contains("A suspension of this person’s access"), "{}", told.text);
    // No name of a person in an address.
    assert!(!list.text.contains("href=\"/filter/suspensions/Petra"));
    // A child's name is not for whoever looks over a shoulder.
    for page in ["/filter/suspensions", &path, find] {
        assert!(deputy.get(page).await.text.contains(" data-hides "), "{page} does not hide");
    }
    let code = list.text.split("/filter/suspensions/").find_map(|rest| rest.split_once("/end\"")).unwrap().0.to_owned();
    let end = format!("/filter/suspensions/{code}/end");
    assert_eq!(deputy.act(&end, &end, &[]).await.location(), "/filter/suspensions");
    assert!(deputy.get("/filter/suspensions").await.text.contains("Nobody’s access is suspended"));
    assert_eq!(deputy.get(&end).await.status, 404);
    // Oneself, and somebody who is not there.
    let me = school.ready("deputy").await;
    let holdfast_records::access::Actor::Person(me) = me.actor else { panic!("a person") };
    let own = format!("/filter/suspensions/of/{me}");
    assert_eq!(deputy.act(find, &own, &fields).await.status, 403);
    assert_eq!(deputy.get("/filter/suspensions/of/0190b5a4-0000-7000-8000-00000000dead").await.status, 404);
}

#[tokio::test]
async fn a_teacher_opens_a_lesson_for_their_own_class_and_ends_it() {
    let school = School::new().await;
    with_policy(&school).await;
    add_pupil(&school).await;
    let head = school.ready("head").await;
    school.records.add_class(&head, "6a", "Class 6A").await.expect("the head may");
    let mut teacher = school.signed_in("teacher").await;
    let path = "/lessons";
    let page = teacher.get(path).await;
    assert!(page.text.contains("Class 5B") && !page.text.contains("Class 6A"), "{}", page.text);
    let wrong =
        teacher.act(path, path, &[("class", "5b"), ("title", "Rivers"), ("sites", ""), ("until", "soon")]).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.text.contains("href=\"#sites\"") && wrong.text.contains("href=\"#until\""), "{}", wrong.text);
    assert!(wrong.text.contains("value=\"Rivers\""), "{}", wrong.text);
    let other = [("class", "6a"), ("title", "Rivers"), ("sites", "rivers.example"), ("until", "10:45")];
    assert_eq!(teacher.act(path, path, &other).await.status, 403, "another teacher’s class");
    let mine = [("class", "5b"), ("title", "Rivers"), ("sites", "rivers.example"), ("only", "yes"), ("until", "10:45")];
    assert_eq!(teacher.act(path, path, &mine).await.location(), path);
    follow(&school).await;
    let page = teacher.get(path).await;
    assert!(
        page.text.contains("today at 10:45") && page.text.contains("Nothing else is open to them"),
        "{}",
        page.text
    );
    let code = page.text.split("/lessons/").find_map(|rest| rest.split_once("/end\"")).unwrap().0.to_owned();
    assert_eq!(teacher.act(path, &format!("/lessons/{code}/end"), &[]).await.location(), path);
    follow(&school).await;
    assert!(teacher.get(path).await.text.contains("No lesson of yours is open."));
}
