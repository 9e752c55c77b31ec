//! The pages of single sign-on in a real browser, which also goes to the provider and back with its own cookies.

use super::Scene;
use crate::{driver::Browser, looks::look, school::PASSWORD};

const ENTER: char = '\u{E007}';

/// Signs somebody in, with a code where one is asked for.
fn sign_in(browser: &Browser, door: &str, name: &str, code: Option<&str>) {
    browser.open(door);
    for (field, text) in [("name", name), ("password", PASSWORD)] {
        browser.run(&format!("document.getElementById('{field}').focus()"));
        browser.press(&text.chars().collect::<Vec<_>>());
    }
    browser.press(&[ENTER]);
    if let Some(code) = code {
        browser.until("return location.pathname === '/sign-in/second-step'");
        browser.run("document.getElementById('code').focus()");
        browser.press(&code.chars().collect::<Vec<_>>());
        browser.press(&[ENTER]);
    }
    browser.until("return location.pathname === '/today'");
}

#[tokio::test]
async fn a_browser_goes_there_and_back_and_no_page_has_a_fault() {
    let Some(scene) = Scene::new("real").await else { return };
    scene.school.choose("teacher").await;
    let (door, account, add) = (
        scene.at("/sign-in"),
        scene.at("/account/sign-on"),
        scene.at(&format!("/account/sign-on/add/{}", scene.provider)),
    );
    let with = scene.with();
    let (nobodys, confirm) =
        (scene.at(&format!("/sign-in/with/{}/back", scene.provider)), scene.at("/account/confirm"));
    let settings: Vec<(String, &'static str)> = [
        ("/settings/sign-in".to_owned(), "sign-on-providers"),
        (format!("/settings/sign-in/{}", scene.provider), "sign-on-provider"),
        ("/settings/sign-in/new/entra".to_owned(), "sign-on-new-entra"),
        ("/settings/sign-in/new/google".to_owned(), "sign-on-new-google"),
        ("/settings/sign-in/new/other".to_owned(), "sign-on-new-other"),
    ]
    .map(|(path, name)| (scene.at(&path), name))
    .into();
    let (out, code) = (scene.at("/account"), scene.school.spare_code("head"));
    let done = tokio::task::spawn_blocking(move || {
        let Some(browser) = Browser::start() else { return };
        look(
            &browser,
            &[
                (door.clone(), "sign-on-door"),
                (nobodys, "sign-on-not-in"),
                (format!("{door}?there=yes"), "sign-on-left"),
            ],
        );
        sign_in(&browser, &door, "teacher", None);
        look(&browser, &[(account.clone(), "sign-on-account-empty")]);
        browser.open(&add);
        browser.until("return location.pathname === '/account/sign-on/found'");
        let found = browser.run("return location.href").as_str().expect("an address").to_owned();
        look(&browser, &[(found, "sign-on-found")]);
        browser.run("document.querySelector('main form button').click()");
        browser.until("return location.pathname === '/account/sign-on'");
        look(&browser, &[(account, "sign-on-account"), (confirm, "sign-on-confirm")]);
        // Out, and in again by the button at the door.
        browser.open(&out);
        browser.run("document.querySelector('form[action=\"/sign-out\"] button').click()");
        browser.until("return location.pathname === '/sign-in'");
        browser.run(&format!(
            "document.querySelector('a[href^=\"{}?\"]').click()",
            url::Url::parse(&with).expect("an address").path()
        ));
        browser.until("return location.pathname === '/today'");
        browser.run("document.querySelector('form[action=\"/sign-out\"] button').click()");
        browser.until("return location.pathname === '/sign-in'");
        sign_in(&browser, &door, "head", Some(&code));
        look(&browser, &settings);
    });
    done.await.expect("the browser did it");
}
