//! Every route of the table, asked by everybody.

use crate::school::School;
use holdfast_web::routes::{self, Access};

/// A path with something in each of its places that is nowhere.
fn filled(path: &str) -> String {
    path.split('/')
        .map(|part| if part.starts_with('{') { "0190b5a4-0000-7000-8000-00000000dead" } else { part })
        .collect::<Vec<_>>()
        .join("/")
}

#[tokio::test]
async fn nobody_who_is_not_signed_in_sees_what_is_behind_the_door() {
    let school = School::new().await;
    let mut browser = school.browser();
    let mut behind = 0;
    for route in
        routes::all().filter(|route| matches!(route.access, Access::Arriving | Access::SignedIn | Access::May(_)))
    {
        let path = filled(route.path);
        if route.reads() {
            let answer = browser.get(&path).await;
            assert!(answer.location().starts_with("/sign-in"), "{path}");
        }
        if route.acts() {
            assert_eq!(browser.post(&path, &[("token", "x")]).await.location(), "/sign-in", "{path}");
        }
        behind += 1;
    }
    assert!(behind > 5, "only {behind} routes are behind the door");
}

#[tokio::test]
async fn no_page_behind_the_door_is_kept_or_framed() {
    let school = School::new().await;
    let mut lead = school.signed_in("lead").await;
    for route in routes::all()
        .filter(|route| matches!(route.access, Access::Arriving | Access::SignedIn | Access::May(_)) && route.reads())
    {
        let answer = lead.get(&filled(route.path)).await;
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{}", route.path);
        let policy = answer.header("content-security-policy").unwrap();
        for part in ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "form-action 'self'"] {
            assert!(policy.contains(part), "{}: {policy}", route.path);
        }
        for part in [" style=\"", "<style", "<script>", " onclick"] {
            assert!(!answer.text.contains(part), "{} holds {part}", route.path);
        }
    }
}
