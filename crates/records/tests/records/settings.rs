//! Settings through the verbs: provenance, floors, versions, refusals, contradictions.

use crate::{
    decided::{School, school},
    ground::{Ground, both},
};
use holdfast_records::{
    Fault, Session,
    access::Actor,
    settings::{AsOf, Chosen, NewValue, Origin, Part, Version, conflicts, define},
};
use jiff::SignedDuration;

both!(
    a_change_keeps_who_when_why_and_the_clause,
    every_setting_can_be_decided_on_with_its_provenance_complete,
    a_trusts_floor_binds_all_of_its_schools_and_no_other,
    a_state_has_a_name_and_can_be_read_again,
    what_may_not_be_set_is_refused_with_the_field_and_changes_nothing,
    only_those_whose_setting_it_is_may_change_it,
    contradictions_stay_open_until_somebody_decides,
    a_decision_that_the_floor_forbids_is_undone_whole,
    facts_are_never_overwritten,
);

fn to<'a>(setting: &'a str, value: &'a str) -> NewValue<'a> {
    NewValue { setting, value: Some(value), why: "The governors asked for it.", clause: Some("G-12 of our policy") }
}

async fn value(school: &School, setting: &str) -> (String, Origin) {
    let settings = school.records.settings(school.id).await.expect("settings");
    let (value, origin) = settings.state(define::by_id(setting).expect("a setting")).effective();
    (value.to_string(), origin)
}

fn wrong(result: Result<Version, Fault>) -> String {
    match result {
        Err(Fault::Wrong(problems)) => problems.iter().map(ToString::to_string).collect(),
        other => panic!("not refused as wrong: {other:?}"),
    }
}

async fn a_change_keeps_who_when_why_and_the_clause(ground: Ground) {
    let school = school(&ground, "oak", None).await;
    ground.advance(SignedDuration::from_mins(7));
    let version = school.records.set_setting(&school.lead, to("immediate_minutes", "10")).await.expect("set");
    assert_eq!(version, Version { school: 1, trust: 0 });
    assert_eq!(value(&school, "immediate_minutes").await, ("10".to_owned(), Origin::School));
    let minutes = school.records.settings(school.id).await.expect("settings").of(&define::incidents::IMMEDIATE_MINUTES);
    assert_eq!(minutes, 10);
    let history = school.records.setting_history(&school.head, "immediate_minutes").await.expect("history");
    let [told] = history.as_slice() else { panic!("one line: {history:?}") };
    assert_eq!(told.part, Part::School);
    assert_eq!((Actor::Person(told.fact.by), told.fact.at), (school.lead.actor, ground.now()));
    assert_eq!(told.fact.why, "The governors asked for it.");
    assert_eq!(told.fact.clause.as_deref(), Some("G-12 of our policy"));
}

async fn every_setting_can_be_decided_on_with_its_provenance_complete(ground: Ground) {
    let school = school(&ground, "oak", Some("forest")).await;
    for (number, definition) in (1..).zip(define::all()) {
        let new = to(definition.id, definition.default);
        let version = school.records.set_setting(&school.head, new).await.unwrap_or_else(|fault| panic!("{fault}"));
        assert_eq!(version.school, number, "{}", definition.id);
        assert_eq!(value(&school, definition.id).await.1, Origin::School, "{}", definition.id);
    }
    let settings = school.records.settings(school.id).await.expect("settings");
    for definition in define::all() {
        let state = settings.state(definition);
        let fact = state.newest(Part::School).expect("a fact");
        assert_eq!(Actor::Person(fact.by), school.head.actor);
        assert!(fact.at == ground.now() && !fact.why.is_empty() && fact.clause.is_some(), "{}", definition.id);
        assert_eq!(state.effective().0, definition.ours());
    }
}

async fn a_trusts_floor_binds_all_of_its_schools_and_no_other(ground: Ground) {
    let oak = school(&ground, "oak", Some("forest")).await;
    let elm = school(&ground, "elm", Some("forest")).await;
    let ash = school(&ground, "ash", None).await;
    // Looser than our starting value: only where the trust allows.
    assert!(
        wrong(oak.records.set_setting(&oak.head, to("immediate_minutes", "30")).await).contains("Ask the trust lead")
    );
    ash.records.set_setting(&ash.head, to("immediate_minutes", "30")).await.expect("no trust");
    let floor = elm.records.set_trust_setting(&elm.head, Part::Floor, to("immediate_minutes", "40")).await;
    assert_eq!(floor, Ok(Version { school: 0, trust: 1 }));
    oak.records.set_setting(&oak.head, to("immediate_minutes", "30")).await.expect("the trust allows it");
    assert_eq!(value(&oak, "immediate_minutes").await, ("30".to_owned(), Origin::School));
    // The floor rises: what was chosen before is tightened, and comes back when the floor is withdrawn for a looser one.
    elm.records.set_trust_setting(&elm.head, Part::Floor, to("immediate_minutes", "20")).await.expect("set");
    assert_eq!(value(&oak, "immediate_minutes").await, ("20".to_owned(), Origin::Tightened));
    assert_eq!(value(&elm, "immediate_minutes").await, ("15".to_owned(), Origin::Ours));
    assert_eq!(value(&ash, "immediate_minutes").await, ("30".to_owned(), Origin::School), "no school of the trust");
    elm.records.set_trust_setting(&elm.head, Part::Default, to("immediate_minutes", "12")).await.expect("set");
    assert_eq!(value(&elm, "immediate_minutes").await, ("12".to_owned(), Origin::Trust));
    let history = oak.records.setting_history(&oak.head, "immediate_minutes").await.expect("history");
    assert_eq!(history.iter().filter(|told| told.part != Part::School).count(), 3, "the trust's are told too");
    let of_none = ash.records.set_trust_setting(&ash.head, Part::Floor, to("immediate_minutes", "5")).await;
    assert!(wrong(of_none).contains("belongs to no trust"));
}

async fn a_state_has_a_name_and_can_be_read_again(ground: Ground) {
    let school = school(&ground, "oak", Some("forest")).await;
    let of = |as_of: AsOf| {
        let records = school.records.clone();
        let id = school.id;
        async move { records.settings_as_of(id, as_of).await.expect("settings").of(&define::incidents::IMMEDIATE_MINUTES) }
    };
    let before = ground.now();
    ground.advance(SignedDuration::from_hours(1));
    let first = school.records.set_setting(&school.head, to("immediate_minutes", "10")).await.expect("set");
    let then = ground.now();
    ground.advance(SignedDuration::from_hours(1));
    let floor =
        school.records.set_trust_setting(&school.head, Part::Floor, to("immediate_minutes", "8")).await.expect("set");
    let withdrawn = NewValue { value: None, ..to("immediate_minutes", "") };
    let last = school.records.set_setting(&school.head, withdrawn).await.expect("withdrawn");
    assert_eq!((first.to_string(), floor.to_string(), last.to_string()), ("1.0".into(), "1.1".into(), "2.1".into()));
    assert_eq!((of(AsOf::Moment(before)).await, of(AsOf::Moment(then)).await), (15, 10));
    assert_eq!((of(AsOf::Version(first)).await, of(AsOf::Version(floor)).await), (10, 8));
    assert_eq!((of(AsOf::Version(last)).await, of(AsOf::Now).await), (8, 8), "ours is 15, tightened to the floor");
    assert_eq!(Version::parse("2.1"), Some(last));
}

async fn what_may_not_be_set_is_refused_with_the_field_and_changes_nothing(ground: Ground) {
    let school = school(&ground, "oak", None).await;
    for (setting, text, told) in [
        ("immediate_minutes", "0", "immediate_minutes: “0” is not a whole number from 1 to 60"),
        ("imagery.viewing", "everyone", "imagery.viewing: “everyone” is not one of"),
        ("imagery.deletion", "lead-decides", "looser than it may ever be"),
        ("sm.official_dm.staff_pupil", "official-app", "always off"),
        ("breach.recipients", "", "breach.recipients: At least 1"),
        ("imagery.parents", "always", "imagery.parents: “always” is not one of"),
        ("no.such.setting", "1", "There is no such setting"),
    ] {
        let refusal = wrong(school.records.set_setting(&school.head, to(setting, text)).await);
        assert!(refusal.contains(told), "{refusal}");
    }
    let reasonless = NewValue { why: "  ", ..to("immediate_minutes", "10") };
    assert!(wrong(school.records.set_setting(&school.head, reasonless).await).starts_with("why: "));
    let endless = "pool, ".repeat(1_000);
    assert!(
        wrong(school.records.set_setting(&school.head, to("devices.exclusion_zones", &endless)).await).contains("2000")
    );
    assert!(school.records.set_setting(&school.head, to("devices.exclusion_zones", "pool\0")).await.is_err());
    let settings = school.records.settings(school.id).await.expect("settings");
    assert_eq!(settings.version(), Version::default(), "nothing was changed");
}

async fn only_those_whose_setting_it_is_may_change_it(ground: Ground) {
    let school = school(&ground, "oak", Some("forest")).await;
    let by_teacher = school.records.set_setting(&school.teacher, to("immediate_minutes", "10")).await;
    assert!(matches!(by_teacher, Err(Fault::NotFound | Fault::NotAllowed(_))), "{by_teacher:?}");
    // The lead changes settings, and not those of the head alone.
    let by_lead = school.records.set_setting(&school.lead, to("sm.official_approver", "dsl")).await;
    assert_eq!(by_lead, Err(Fault::NotAllowed("This is for the headteacher to change. Ask one of them.".to_owned())));
    let by_teacher =
        school.records.set_trust_setting(&school.teacher, Part::Floor, to("immediate_minutes", "10")).await;
    assert!(matches!(by_teacher, Err(Fault::NotFound | Fault::NotAllowed(_))), "{by_teacher:?}");
    let clock = Session { actor: Actor::Clock, ..school.head.clone() };
    assert!(matches!(school.records.set_setting(&clock, to("vc.enabled", "no")).await, Err(Fault::NotAllowed(_))));
    assert_eq!(school.records.settings(school.id).await.expect("settings").version(), Version::default());
    // Somebody of another school sees nothing of this one's.
    let other = crate::decided::school(&ground, "elm", None).await;
    let astray = Session { school: school.id, ..other.head.clone() };
    let result = school.records.set_setting(&astray, to("immediate_minutes", "10")).await;
    assert!(matches!(result, Err(Fault::NotFound | Fault::NotAllowed(_))), "{result:?}");
}

async fn contradictions_stay_open_until_somebody_decides(ground: Ground) {
    let school = school(&ground, "oak", None).await;
    let decisions = school.records.decisions(school.id).await.expect("decisions");
    assert_eq!(decisions.len(), conflicts::ALL.len());
    assert!(decisions.iter().all(|decision| decision.answer.is_none()), "nobody has decided anything");
    let chosen =
        |answer: &'static str| Chosen { conflict: "conferencing", answer, why: "We call families.", clause: None };
    let refusal = wrong(school.records.decide_conflict(&school.head, chosen("perhaps")).await);
    assert!(refusal.contains("not-used, approved-tools, not-in-our-policy"), "{refusal}");
    let version = school.records.decide_conflict(&school.head, chosen("approved-tools")).await.expect("decided");
    assert_eq!(version.school, 2, "the decision, and the setting that it set");
    assert_eq!(value(&school, "vc.enabled").await, ("yes".to_owned(), Origin::School));
    let decisions = school.records.decisions(school.id).await.expect("decisions");
    let decided = decisions.iter().find(|decision| decision.conflict.id == "conferencing").expect("there");
    assert_eq!(decided.answer.map(|answer| answer.word), Some("approved-tools"));
    assert_eq!(decided.fact.as_ref().map(|fact| Actor::Person(fact.by)), Some(school.head.actor));
    assert_eq!(decisions.iter().filter(|decision| decision.answer.is_none()).count(), conflicts::ALL.len() - 1);
}

async fn a_decision_that_the_floor_forbids_is_undone_whole(ground: Ground) {
    let school = school(&ground, "oak", Some("forest")).await;
    let chosen = Chosen { conflict: "conferencing", answer: "approved-tools", why: "We call families.", clause: None };
    assert!(wrong(school.records.decide_conflict(&school.head, chosen).await).contains("vc.enabled"));
    assert!(
        school.records.decisions(school.id).await.expect("decisions").iter().all(|decision| decision.answer.is_none())
    );
    assert_eq!(school.records.settings(school.id).await.expect("settings").version(), Version::default());
}

async fn facts_are_never_overwritten(ground: Ground) {
    let school = school(&ground, "oak", None).await;
    for minutes in ["10", "12", "9"] {
        ground.advance(SignedDuration::from_mins(1));
        school.records.set_setting(&school.head, to("immediate_minutes", minutes)).await.expect("set");
    }
    school.records.close().await;
    let records = ground.records().await;
    let history = records.setting_history(&school.head, "immediate_minutes").await.expect("history");
    let values: Vec<String> =
        history.iter().filter_map(|told| told.fact.value.as_ref()).map(ToString::to_string).collect();
    assert_eq!(values, ["10", "12", "9"]);
    assert!(history.is_sorted_by_key(|told| told.fact.number));
}

/// `docs/settings.md` says what the program says. `HOLDFAST_WRITE_DOCS=1` writes it anew.
#[test]
fn the_page_about_settings_is_the_definitions() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/settings.md");
    let page = holdfast_records::settings::page();
    if std::env::var_os("HOLDFAST_WRITE_DOCS").is_some() {
        std::fs::write(file, &page).expect("the page is written");
    }
    let written = std::fs::read_to_string(file).expect("docs/settings.md is there");
    assert!(
        written == page,
        "docs/settings.md is not what the definitions say; run this test with HOLDFAST_WRITE_DOCS=1"
    );
}
