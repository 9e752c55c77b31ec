//! Single sign-on: whose an account at a provider is counts only as its owner said it here, and as the log tells.

use crate::{
    filing::Filing,
    ground::{Ground, both},
};
use holdfast_records::{
    Fault, Records, Session,
    access::{Act, Actor},
    audit::Question,
    id,
    sign_on::{NewProvider, ProviderKind, SignOnOutcome},
};
use zeroize::Zeroizing;

both!(
    an_account_signs_in_its_owner_and_unlocks_nothing,
    only_who_is_in_with_their_password_says_whose_an_account_is,
    what_is_put_into_the_store_signs_nobody_in,
    a_provider_led_elsewhere_in_the_store_counts_no_more,
    what_was_taken_back_stays_so,
    whoever_is_short_of_a_second_step_is_not_noted_as_signed_in,
    whoever_hears_concerns_is_told_by_which_words_a_second_step_counts,
    the_secret_cannot_be_read_from_the_store,
);

const SECRET: &str = "canary-secret-of-the-provider";

fn new(issuer: &str) -> NewProvider {
    NewProvider {
        kind: Some(ProviderKind::Other),
        title: "your school account".to_owned(),
        issuer: issuer.to_owned(),
        client: "client".to_owned(),
        secret: Zeroizing::new(SECRET.to_owned()),
        domain: String::new(),
    }
}

async fn provider(school: &Filing) -> id::Provider {
    let added = school.records.add_sign_on_provider(school.session("head"), &new("https://id.school.example")).await;
    added.expect("added")
}

async fn whose(records: &Records, school: id::School, provider: id::Provider, subject: &str) -> Option<Session> {
    match records.begin_sign_on(school, provider, subject, true).await.expect("it is looked up") {
        SignOnOutcome::In(signed_on) => Some(signed_on.session),
        SignOnOutcome::Short | SignOnOutcome::Nobody => None,
    }
}

async fn an_account_signs_in_its_owner_and_unlocks_nothing(ground: Ground) {
    let school = Filing::new(&ground).await;
    let provider = provider(&school).await;
    let lead = school.session("lead");
    assert!(whose(&school.records, school.school, provider, "s-1").await.is_none());
    let binding = school.records.bind_sign_on(lead, provider, "s-1").await.expect("bound");
    let session = whose(&school.records, school.school, provider, "s-1").await.expect("theirs");
    assert_eq!(session.actor, Actor::Person(school.person("lead")));
    assert!(session.unlocked.is_none());
    assert!(whose(&school.records, school.school, provider, "S-1").await.is_none());
    assert_eq!(school.records.is_signed_on(&session, binding).await, Ok(true));
    // They act in their duty, and read nothing that is sealed.
    let raised = school.raise("head", "ann", "came without a coat").await;
    assert!(matches!(school.records.read_file(&session, raised.file).await, Err(Fault::Locked(_))));
    // A provider that is removed signs nobody in, and who is in by it is not any more.
    school.records.remove_sign_on_provider(school.session("head"), provider).await.expect("removed");
    assert!(whose(&school.records, school.school, provider, "s-1").await.is_none());
    assert_eq!(school.records.is_signed_on(&session, binding).await, Ok(false));
    assert!(school.records.sign_on_providers(school.school).await.expect("read").is_empty());
}

async fn only_who_is_in_with_their_password_says_whose_an_account_is(ground: Ground) {
    let school = Filing::new(&ground).await;
    let provider = provider(&school).await;
    let lead = school.session("lead");
    let locked = Session { unlocked: None, ..lead.clone() };
    assert!(matches!(school.records.bind_sign_on(&locked, provider, "s-1").await, Err(Fault::Locked(_))));
    school.records.bind_sign_on(lead, provider, "s-1").await.expect("bound");
    let head = school.session("head");
    assert!(matches!(school.records.bind_sign_on(head, provider, "s-1").await, Err(Fault::NotAllowed(_))));
    for wrong in ["", &"s".repeat(256), "s\n1"] {
        assert!(school.records.bind_sign_on(head, provider, wrong).await.is_err(), "{wrong}");
    }
    // Nor does anybody take back another's.
    let own = school.records.own_sign_on_bindings(lead).await.expect("read");
    assert_eq!(school.records.unbind_sign_on(head, own[0].id).await, Err(Fault::NotFound));
    assert!(whose(&school.records, school.school, provider, "s-1").await.is_some());
    // Whoever teaches adds no provider.
    let teacher = school.session("teacher");
    assert!(school.records.add_sign_on_provider(teacher, &new("https://id.other.example")).await.is_err());
}

async fn what_is_put_into_the_store_signs_nobody_in(ground: Ground) {
    let school = Filing::new(&ground).await;
    let provider = provider(&school).await;
    school.records.bind_sign_on(school.session("teacher"), provider, "s-1").await.expect("bound");
    let (teacher, head) = (school.person("teacher"), school.person("head"));
    // The teacher's own account made the head's.
    ground.order(&format!("UPDATE sign_on_binding SET person = '{head}' WHERE person = '{teacher}'")).await;
    assert!(whose(&school.records, school.school, provider, "s-1").await.is_none());
    ground.order(&format!("UPDATE sign_on_binding SET person = '{teacher}'")).await;
    assert!(whose(&school.records, school.school, provider, "s-1").await.is_some());
    // Another account made the teacher's.
    ground.order("UPDATE sign_on_binding SET subject = 's-2'").await;
    assert!(whose(&school.records, school.school, provider, "s-2").await.is_none());
    // A row that nobody wrote.
    ground
        .order(&format!(
            "INSERT INTO sign_on_binding (id, school, provider, person, holder_key, subject, bound_at) \
             SELECT '0197a000-0000-7000-8000-000000000001', school, '{provider}', person, id, 's-3', 0 FROM holder_key k \
             WHERE person = '{head}' AND NOT EXISTS (SELECT 1 FROM holder_key_ended e WHERE e.holder_key = k.id)"
        ))
        .await;
    assert!(whose(&school.records, school.school, provider, "s-3").await.is_none());
}

async fn a_provider_led_elsewhere_in_the_store_counts_no_more(ground: Ground) {
    let school = Filing::new(&ground).await;
    let provider = provider(&school).await;
    school.records.bind_sign_on(school.session("lead"), provider, "s-1").await.expect("bound");
    for (column, theirs, ours) in [
        ("issuer", "https://id.evil.example", "https://id.school.example"),
        ("client", "theirs", "client"),
        ("shown_by", "pwd", ""),
    ] {
        ground.order(&format!("UPDATE sign_on_provider SET {column} = '{theirs}'")).await;
        assert!(school.records.sign_on_providers(school.school).await.expect("read").is_empty(), "{column}");
        assert!(school.records.sign_on_provider(school.school, provider).await.is_err(), "{column}");
        assert!(whose(&school.records, school.school, provider, "s-1").await.is_none(), "{column}");
        ground.order(&format!("UPDATE sign_on_provider SET {column} = '{ours}'")).await;
        assert!(whose(&school.records, school.school, provider, "s-1").await.is_some(), "{column}");
    }
}

async fn what_was_taken_back_stays_so(ground: Ground) {
    let school = Filing::new(&ground).await;
    let provider = provider(&school).await;
    let lead = school.session("lead");
    let binding = school.records.bind_sign_on(lead, provider, "s-1").await.expect("bound");
    school.records.unbind_sign_on(lead, binding).await.expect("taken back");
    assert!(whose(&school.records, school.school, provider, "s-1").await.is_none());
    // Put back in the store, and even with the log's own entry of it cut out.
    ground.order("UPDATE sign_on_binding SET ended_at = NULL").await;
    assert!(whose(&school.records, school.school, provider, "s-1").await.is_none());
    ground.order("DELETE FROM audit_entry WHERE act = 'sign-on-unbound'").await;
    assert!(whose(&school.records, school.school, provider, "s-1").await.is_none());
}

async fn whoever_is_short_of_a_second_step_is_not_noted_as_signed_in(ground: Ground) {
    let school = Filing::new(&ground).await;
    let provider = provider(&school).await;
    school.records.bind_sign_on(school.session("lead"), provider, "s-1").await.expect("bound");
    let question = Question { most: 200, ..Question::default() };
    let signed_in = async || {
        let log = school.records.read_audit(school.session("head"), &question).await.expect("the head reads the log");
        log.entries.iter().filter(|entry| entry.outcome == "done" && entry.act == Act::SignedIn.word()).count()
    };
    let before = signed_in().await;
    let begun = school.records.begin_sign_on(school.school, provider, "s-1", false).await.expect("looked up");
    assert!(matches!(begun, SignOnOutcome::Short), "{begun:?}");
    assert_eq!(signed_in().await, before);
    assert!(whose(&school.records, school.school, provider, "s-1").await.is_some());
    assert_eq!(signed_in().await, before + 1);
}

async fn whoever_hears_concerns_is_told_by_which_words_a_second_step_counts(ground: Ground) {
    let school = Filing::new(&ground).await;
    let provider = provider(&school).await;
    let (head, lead) = (school.session("head"), school.session("lead"));
    assert!(school.records.set_sign_on_second_step(head, provider, "mfa pwd").await.is_err());
    let told = async || {
        let notices = school.records.waiting_notices(lead).await.expect("read");
        notices.iter().filter(|notice| notice.kind == "sign-on-second-step").count()
    };
    assert_eq!(told().await, 0);
    for _ in 0..2 {
        school.records.set_sign_on_second_step(head, provider, "mfa").await.expect("set");
        assert_eq!(told().await, 1, "once, when they changed");
    }
}

async fn the_secret_cannot_be_read_from_the_store(ground: Ground) {
    let school = Filing::new(&ground).await;
    let first = provider(&school).await;
    let (found, secret) = school.records.sign_on_provider(school.school, first).await.expect("read");
    assert_eq!((found.issuer.as_str(), secret.as_str()), ("https://id.school.example", SECRET));
    let head = school.session("head");
    let second = school.records.add_sign_on_provider(head, &new("https://id.second.example")).await.expect("added");
    school.records.replace_sign_on_secret(head, second, "another").await.expect("replaced");
    assert_eq!(school.records.sign_on_provider(school.school, second).await.expect("read").1.as_str(), "another");
    // Not in the place of another's, and not altered.
    ground
        .order(&format!(
            "UPDATE sign_on_provider SET secret = (SELECT secret FROM sign_on_provider WHERE id = '{first}') WHERE id = '{second}'"
        ))
        .await;
    assert!(matches!(school.records.sign_on_provider(school.school, second).await, Err(Fault::Damaged(_))));
    if !ground.is_server() {
        let bytes = std::fs::read(ground.place().embedded_file()).expect("the store's file");
        let wal = std::fs::read(ground.place().embedded_file().with_extension("db-wal")).unwrap_or_default();
        let holds = |bytes: &[u8]| bytes.windows(SECRET.len()).any(|window| window == SECRET.as_bytes());
        assert!(!holds(&bytes) && !holds(&wal));
    }
}
