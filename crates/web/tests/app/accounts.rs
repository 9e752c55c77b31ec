//! The register of accounts: made, reset and closed, and a passphrase that is shown once.

use crate::{
    pupils::{Pupils, between},
    school::CODE,
};

#[tokio::test]
async fn a_passphrase_is_shown_once_to_who_made_it_and_stands_in_no_address() {
    let pupils = Pupils::new().await;
    let mut technician = pupils.school.signed_in("technician").await;
    let mut head = pupils.school.signed_in("head").await;
    // Nobody on the staff is without an account in this school, so a pupil gets one.
    let found = technician.act("/accounts/add", "/accounts/add", &[("search", "ann birch")]).await;
    assert_eq!(found.text.matches("Another has this name.").count(), 2, "{}", found.text);
    let ann = pupils.ann.to_string();
    let fields = [("search", "ann"), ("step", "add"), ("person", &*ann), ("sign_in_name", "lead")];
    let taken = technician.act("/accounts/add", "/accounts/add", &fields).await;
    assert!(taken.status == 422 && taken.text.contains("Another account has this sign-in name"), "{}", taken.text);
    let fields = [fields[0], fields[1], fields[2], ("sign_in_name", "Ann.B")];
    let page = technician.act("/accounts/add", "/accounts/add", &fields).await.location().to_owned();
    assert_eq!(page, format!("/accounts/{ann}/passphrase"));
    // Somebody else who looks after accounts, and another seat, see nothing of it.
    assert!(head.get(&page).await.text.contains("It was shown once already"));
    let shown = technician.get(&page).await;
    let passphrase = between(&shown, "class=\"reference\">", "<").to_owned();
    assert!(shown.text.contains("ann.b") && passphrase.len() > 10, "{}", shown.text);
    let again = technician.get(&page).await;
    assert!(!again.text.contains(&passphrase) && again.text.contains("It was shown once already"));
    assert!(
        pupils.school.records.choose_password(CODE, "ann.b", &passphrase, "nine otters under the bridge").await.is_ok()
    );
    let listed = technician.get("/accounts").await;
    assert!(between(&listed, "Ann Birch", "</tr>").contains("In use"), "{}", listed.text);
}

#[tokio::test]
async fn a_lost_second_step_is_taken_away_by_somebody_else() {
    let pupils = Pupils::new().await;
    let school = &pupils.school;
    let martin = pupils.person("Martin Pike").await;
    let teacher = school.ready("teacher").await;
    school.set_up_app("teacher", &teacher).await;
    let mut technician = school.signed_in("technician").await;
    let page = format!("/accounts/{martin}/second-step");
    assert!(technician.get("/accounts").await.text.contains(&page));
    assert_eq!(technician.act(&page, &page, &[]).await.location(), "/accounts");
    assert!(technician.get("/accounts").await.text.contains("The second step is taken away"));
    assert!(school.records.second_steps(&teacher).await.unwrap().is_empty());
    let told = school.records.waiting_notices(&teacher).await.unwrap();
    assert!(told.iter().any(|notice| notice.kind == "own-second-step-reset"), "{told:?}");
    let again = technician.act(&page, &page, &[]).await;
    assert!(again.status == 422 && again.text.contains("nothing to take away"), "{}", again.text);
    // Of those who hear concerns, and one's own, it is not the technician's to take.
    for name in ["Lena Frost", "Theo Byte"] {
        let person = pupils.person(name).await;
        assert_eq!(technician.get(&format!("/accounts/{person}/second-step")).await.status, 404, "{name}");
    }
}

#[tokio::test]
async fn an_account_is_reset_and_closed_with_its_rules_told() {
    let pupils = Pupils::new().await;
    let mut technician = pupils.school.signed_in("technician").await;
    let mut teacher = pupils.school.signed_in("teacher").await;
    let martin = pupils.person("Martin Pike").await;
    let reset = format!("/accounts/{martin}/reset");
    let page = technician.act(&reset, &reset, &[]).await.location().to_owned();
    let passphrase = between(&technician.get(&page).await, "class=\"reference\">", "<").to_owned();
    assert!(!passphrase.is_empty());
    assert!(teacher.get("/today").await.location().starts_with("/sign-in"), "signed out at the next request");
    assert!(between(&technician.get("/accounts").await, "Martin Pike", "</tr>").contains("Not used yet"));
    let close = format!("/accounts/{martin}/close");
    assert_eq!(technician.act(&close, &close, &[]).await.location(), "/accounts");
    assert!(!technician.get("/accounts").await.text.contains(&close));
    assert!(technician.get("/accounts?state=closed").await.text.contains("Martin Pike"));
    assert!(between(&technician.get("/accounts").await, "Staff without an account", "</ul>").contains("Martin Pike"));
    // Theirs who hear concerns is not the technician's to take, nor is one's own.
    for name in ["Lena Frost", "Theo Byte"] {
        let person = pupils.person(name).await;
        assert!(!technician.get("/accounts").await.text.contains(&format!("/accounts/{person}/reset")), "{name}");
        assert_eq!(technician.get(&format!("/accounts/{person}/reset")).await.status, 404, "{name}");
    }
    let mut office = pupils.office().await;
    assert_eq!(office.get("/accounts").await.status, 404);
}
