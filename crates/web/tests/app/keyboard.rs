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

/// The button of this form, and until the page of this path is there.
fn press_button(browser: &Browser, form: &str, arrived: &str) {
    reach_what(browser, &format!("{form} button"));
    browser.press(&[ENTER]);
    browser.until(&format!("return document.readyState === 'complete' && {arrived}"));
}

/// Chooses one of several by its value, as the arrow keys do.
fn choose(browser: &Browser, name: &str, value: &str) {
    const DOWN: char = '\u{E015}';
    reach_what(browser, &format!("input[name=\"{name}\"]"));
    browser.press(&[' ']);
    for _ in 0..9 {
        if browser.run("return document.activeElement.value") == json!(value) {
            return;
        }
        browser.press(&[DOWN]);
    }
    panic!("“{value}” is no choice of “{name}”");
}

/// Issue 6, end 7: nothing of it needs a script, from the door to a decision.
#[tokio::test]
async fn a_concern_is_raised_and_answered_without_javascript() {
    let school = School::new().await;
    school.ready("teacher").await;
    school.ready("lead").await;
    let spare = school.spare_code("lead");
    let office = school.ready("office").await;
    let pupil = holdfast_records::people::NewPerson::new(holdfast_records::people::Kind::Pupil, "Mia Reed");
    school.records.add_person(&office, pupil).await.unwrap();
    let port = school.address.port();
    let done = tokio::task::spawn_blocking(move || {
        let Some(browser) = Browser::start() else { return };
        browser.command("Emulation.setScriptExecutionDisabled", &json!({"value": true}));
        browser.open(&format!("http://localhost:{port}/sign-in"));
        let heading = |words: &str| format!("document.querySelector('h1')?.textContent === '{words}'");
        let at = |path: &str| format!("location.pathname === '{path}'");
        write(&browser, "name", "teacher");
        write(&browser, "password", PASSWORD);
        press_button(&browser, "main form[action=\"/sign-in\"]", &at("/today"));
        reach_what(&browser, "a[href=\"/concerns/new\"]");
        browser.press(&[ENTER]);
        browser.until(&format!("return {}", heading("Raise a concern")));
        choose(&browser, "adult", "no");
        choose(&browser, "picture", "no");
        browser.press(&[ENTER]);
        browser.until("return document.getElementById('seen') !== null");
        write(&browser, "name", "Mia Reed");
        write(&browser, "seen", "She came without a coat again.");
        browser.press(&[TAB, ENTER]);
        browser.until(&format!("return {}", heading("Check it, and send it")));
        press_button(&browser, "main form[action=\"/concerns/new/send\"]", &heading("It is sent"));
        press_button(&browser, "form[action=\"/sign-out\"]", &at("/sign-in"));
        write(&browser, "name", "lead");
        write(&browser, "password", PASSWORD);
        press_button(&browser, "main form[action=\"/sign-in\"]", &at("/sign-in/second-step"));
        write(&browser, "code", &spare);
        press_button(&browser, "main form[action=\"/sign-in/second-step\"]", &at("/today"));
        reach_what(&browser, "nav a[href=\"/concerns\"]");
        browser.press(&[ENTER]);
        browser.until(&format!("return {}", at("/concerns")));
        let concern = browser.run(
            "return [...document.querySelectorAll('main a')].map((link) => link.pathname)
                .find((path) => /^\\/concerns\\/(?!(all|children|mine|new|meeting|oversight|paper|search|trends|waiting)\\b)[^/]+$/.test(path))",
        );
        let concern = concern.as_str().expect("it waits").to_owned();
        reach_what(&browser, &format!("main a[href=\"{concern}\"]"));
        browser.press(&[ENTER]);
        browser.until(&format!("return {}", at(&concern)));
        reach_what(&browser, "main a[href$=\"/decision\"]");
        browser.press(&[ENTER]);
        browser.until(&format!("return {}", at(&format!("{concern}/decision"))));
        choose(&browser, "extent", "incident");
        choose(&browser, "course", "watch");
        write(&browser, "reason", "the first time this term");
        choose(&browser, "level", "universal");
        press_button(&browser, "main form[action$=\"/decision\"]", &at(&concern));
        browser.until("return document.body.textContent.includes('the first time this term')");
    });
    done.await.unwrap();
}
