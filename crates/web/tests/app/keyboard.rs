//! The pages behind the door in a real browser: reached with the keyboard alone, and without a fault at either width.

use crate::{
    driver::Browser,
    looks::look,
    school::{PASSWORD, School},
};
use serde_json::json;

pub(crate) const TAB: char = '\u{E004}';
pub(crate) const ENTER: char = '\u{E007}';

/// Goes from field to field with the Tab key until this one has the focus.
pub(crate) fn reach(browser: &Browser, id: &str) {
    for _ in 0..60 {
        if browser.run("return document.activeElement.id") == json!(id) {
            return;
        }
        browser.press(&[TAB]);
    }
    panic!("“{id}” cannot be reached with the keyboard");
}

/// The same for what has no id: until this selector finds what has the focus.
pub(crate) fn reach_what(browser: &Browser, selector: &str) {
    let has_focus = format!("return document.activeElement.matches({})", json!(selector));
    for _ in 0..90 {
        if browser.run(&has_focus) == json!(true) {
            return;
        }
        browser.press(&[TAB]);
    }
    panic!("“{selector}” cannot be reached with the keyboard");
}

pub(crate) fn write(browser: &Browser, id: &str, text: &str) {
    reach(browser, id);
    browser.press(&text.chars().collect::<Vec<_>>());
}

#[tokio::test]
async fn somebody_signs_in_and_goes_round_with_the_keyboard_and_no_page_has_a_fault() {
    let school = School::new().await;
    school.ready("lead").await;
    let spare = school.spare_code("lead");
    let port = school.address.port();
    let done = tokio::task::spawn_blocking(move || {
        let Some(browser) = Browser::start() else { return };
        let of = |path: &str| format!("http://localhost:{port}{path}");
        look(&browser, &[(of("/sign-in"), "sign-in")]);
        write(&browser, "name", "lead");
        write(&browser, "password", "not the right one");
        browser.press(&[ENTER]);
        browser.until("return document.title.startsWith('Error: ')");
        browser.until("return document.activeElement.classList.contains('govuk-error-summary')");
        browser.picture("sign-in-wrong");
        write(&browser, "password", PASSWORD);
        browser.press(&[ENTER]);
        browser.until("return location.pathname === '/sign-in/second-step'");
        look(&browser, &[(of("/sign-in/second-step"), "second-step")]);
        write(&browser, "code", &spare);
        browser.press(&[ENTER]);
        browser.until("return location.pathname === '/today'");
        look(
            &browser,
            &[
                (of("/today"), "today"),
                (of("/account"), "account"),
                (of("/account/password"), "password"),
                (of("/account/confirm"), "confirm"),
                (of("/account/second-step"), "second-step-own"),
                (of("/account/second-step/app"), "second-step-app"),
                (of("/account/second-step/app/remove"), "second-step-remove"),
                (of("/account/second-step/codes"), "second-step-codes"),
            ],
        );
    });
    done.await.unwrap();
}
