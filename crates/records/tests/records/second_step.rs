//! What is shown beside a password, as the store keeps it: who takes it, alters it or loses it.

use crate::{
    filing::Filing,
    ground::{Ground, both},
};
use holdfast_records::{
    Fault, Session,
    accounts::{NewAuthenticator, SignIn, Site},
};
use totp_rs::{Builder, Secret};

both!(
    what_the_store_tells_and_the_log_does_not_lets_nobody_in,
    one_that_was_taken_out_of_the_store_opens_no_way_around_it,
    the_secret_is_not_in_the_store,
    a_reset_password_takes_the_app_with_it,
    whoever_looks_after_accounts_resets_one_hearer_a_day_and_each_is_told,
    without_ones_own_key_nothing_is_added_or_taken_away,
);

fn secret(new: &NewAuthenticator) -> Secret {
    Secret::try_from_base32(new.typed.replace(' ', "")).expect("base32")
}

fn code(new: &NewAuthenticator, ground: &Ground) -> String {
    let totp = Builder::new().with_secret(secret(new)).build().expect("an app");
    totp.generate(u64::try_from(ground.now().as_second()).expect("after 1970")).to_string()
}

/// Sets an authenticator app up.
pub async fn with_app(school: &Filing, ground: &Ground, session: &Session) -> NewAuthenticator {
    let new = school.records.new_authenticator(session).await.expect("a secret");
    let added = school.records.add_authenticator(session, &new, &code(&new, ground)).await.expect("it is set up");
    assert_eq!(added.1.expect("codes come with the first").0.len(), 10);
    new
}

async fn begin(school: &Filing, name: &str) -> Result<SignIn, Fault> {
    school.records.begin_at_console("filing", name, "heron under the old bridge").await
}

async fn what_the_store_tells_and_the_log_does_not_lets_nobody_in(ground: Ground) {
    let school = Filing::new(&ground).await;
    let (teacher, id) = (school.person("teacher"), "0197a000-0000-7000-8000-000000000001");
    let sql = format!(
        "INSERT INTO passkey (id, school, person, site, handle, credential, title, fixed, counted, made_at) \
         SELECT '{id}', school, '{teacher}', 'localhost', public_key, public_key, 'mine', public_key, public_key, 1 \
         FROM holder_key WHERE person = '{teacher}' AND NOT EXISTS (SELECT 1 FROM holder_key_ended e WHERE e.holder_key = id)"
    );
    ground.order(&sql).await;
    let begun = begin(&school, "teacher").await;
    assert!(matches!(begun, Err(Fault::Damaged(_))), "{begun:?}");
    // Whoever looks after accounts takes it out again.
    school.records.reset_second_step(school.session("head"), teacher).await.expect("it is reset");
    assert!(matches!(begin(&school, "teacher").await, Ok(SignIn::In(_))));
}

async fn one_that_was_taken_out_of_the_store_opens_no_way_around_it(ground: Ground) {
    let school = Filing::new(&ground).await;
    with_app(&school, &ground, school.session("lead")).await;
    assert!(matches!(begin(&school, "lead").await, Ok(SignIn::SecondStep(_))));
    ground.order("DELETE FROM authenticator").await;
    let begun = begin(&school, "lead").await;
    assert!(matches!(begun, Err(Fault::Damaged(_))), "{begun:?}");
}

async fn the_secret_is_not_in_the_store(ground: Ground) {
    let school = Filing::new(&ground).await;
    let new = with_app(&school, &ground, school.session("lead")).await;
    let secret = secret(&new);
    let Some(bytes) = ground.bytes() else { return };
    assert!(!bytes.windows(20).any(|part| part == secret.as_ref()), "the secret lies in the file");
    assert!(!bytes.windows(32).any(|part| part == secret.to_base32().as_bytes()), "and as it is typed");
}

async fn a_reset_password_takes_the_app_with_it(ground: Ground) {
    let school = Filing::new(&ground).await;
    with_app(&school, &ground, school.session("teacher")).await;
    let passphrase = school.records.reset_password(school.session("head"), school.person("teacher")).await;
    let passphrase = passphrase.expect("it is reset");
    let new = "nine paper lanterns on a wall";
    let session = school.records.choose_password("filing", "teacher", &passphrase, new).await.expect("chosen");
    let has = school.records.second_steps(&session).await.expect("read");
    assert!(has.is_empty() && has.spare_codes == 0, "{has:?}");
}

async fn whoever_looks_after_accounts_resets_one_hearer_a_day_and_each_is_told(ground: Ground) {
    let school = Filing::with(&ground, &["deputy", "chair"]).await;
    for name in ["lead", "deputy"] {
        with_app(&school, &ground, school.session(name)).await;
    }
    let head = school.session("head");
    school.records.reset_second_step(head, school.person("lead")).await.expect("it is reset");
    let again = school.records.reset_second_step(head, school.person("deputy")).await;
    assert!(matches!(again, Err(Fault::NotAllowed(_))), "{again:?}");
    let told = school.records.waiting_notices(school.session("chair")).await.expect("read");
    assert!(told.iter().any(|notice| notice.kind == "second-step-reset"), "{told:?}");
    let own = school.records.waiting_notices(school.session("lead")).await.expect("read");
    assert!(own.iter().any(|notice| notice.kind == "own-second-step-reset"), "{own:?}");
    let other = school.records.reset_second_step(school.session("teacher"), school.person("lead")).await;
    assert!(other.is_err(), "a teacher resets nobody's");
}

async fn without_ones_own_key_nothing_is_added_or_taken_away(ground: Ground) {
    let school = Filing::new(&ground).await;
    let session = school.session("teacher");
    with_app(&school, &ground, session).await;
    let locked = Session { unlocked: None, ..session.clone() };
    let removed = school.records.remove_authenticator(&locked).await;
    assert!(matches!(removed, Err(Fault::Locked(_))), "{removed:?}");
    let site = Site::of("http://localhost:8080").expect("a site");
    let begun = school.records.begin_passkey(&locked, site).await;
    assert!(matches!(begun, Err(Fault::Locked(_))), "{begun:?}");
    school.records.remove_authenticator(session).await.expect("it is removed");
}
