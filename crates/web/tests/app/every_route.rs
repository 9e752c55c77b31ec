//! Every route of the table, asked by everybody.

use crate::{
    by_role,
    school::{School, roles},
};
use holdfast_web::routes::{self, Access};

/// A path with something in each of its places that is nowhere.
pub(crate) fn filled(path: &str) -> String {
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

/// With real people, concerns and classes at the places of the paths: what is not there shows little of a page.
#[tokio::test]
async fn no_page_behind_the_door_is_kept_or_framed() {
    let school = School::of_every_duty().await;
    let mut browsers = Vec::new();
    for (role, _) in roles() {
        browsers.push((role, school.signed_in(role).await));
    }
    let places = by_role::places(&school).await;
    let mut seen = 0;
    for route in routes::all()
        .filter(|route| matches!(route.access, Access::Arriving | Access::SignedIn | Access::May(_)) && route.reads())
    {
        let path = by_role::filled(route.path, &places);
        let mut was_shown = false;
        for (role, browser) in &mut browsers {
            let answer = browser.get(&path).await;
            assert_eq!(answer.header("cache-control"), Some("no-store"), "{role}: {path}");
            let policy = answer.header("content-security-policy").unwrap();
            for part in ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "form-action 'self'"] {
                assert!(policy.contains(part), "{role}: {path}: {policy}");
            }
            for part in [" style=\"", "<style", "<script>", " onclick"] {
                assert!(!answer.text.contains(part), "{role}: {path} holds {part}");
            }
            was_shown |= answer.status == 200;
        }
        seen += usize::from(was_shown);
    }
    assert!(seen > 90, "only {seen} pages were seen");
}
