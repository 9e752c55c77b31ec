//! The pages in a real browser, at the width of a telephone and of a desk's screen: without a fault that axe-core finds,
//! without anything beside the screen; and what the script adds.

use crate::{driver::Browser, inspection, looks::look, ruleset, some_recent, sources, specimen, start};
use holdfast_activity::recent::Limits;
use serde_json::{Value, json};

const ESCAPE: char = '\u{E00C}';
const TAB: char = '\u{E004}';
const ENTER: char = '\u{E007}';

#[tokio::test]
async fn no_page_has_a_fault_at_either_width() {
    let demo = start(sources(ruleset(), some_recent(Limits::default()), true)).await;
    let quiet = start(inspection::with_everything()).await;
    let specimen = specimen::serve().await;
    let done = tokio::task::spawn_blocking(move || {
        let Some(browser) = Browser::start() else { return };
        let of = |port: u16, path: &str| format!("http://localhost:{port}{path}");
        let (demo, quiet) = (demo.addresses[0].port(), quiet.addresses[0].port());
        look(
            &browser,
            &[
                (of(demo, "/"), "status"),
                (of(demo, "/stopped"), "stopped"),
                (of(demo, "/help"), "help"),
                (of(demo, "/nowhere"), "lost"),
                (of(quiet, "/"), "status-opening"),
                (of(quiet, "/certificate"), "certificate"),
                (format!("http://{specimen}/"), "specimen"),
                (format!("http://{specimen}/wrong"), "specimen-wrong"),
                (format!("http://{specimen}/done"), "specimen-done"),
            ],
        );
        // As somebody else in the school sees it.
        browser.command("Network.enable", &json!({}));
        browser.command("Network.setExtraHTTPHeaders", &json!({"headers": {"X-Forwarded-For": "10.9.8.7"}}));
        look(&browser, &[(of(quiet, "/"), "status-brief")]);
    });
    done.await.unwrap();
}

#[tokio::test]
async fn the_page_hides_itself_at_two_presses_of_a_key_or_when_nobody_is_there() {
    let specimen = specimen::serve().await;
    let done = tokio::task::spawn_blocking(move || {
        let Some(browser) = Browser::start() else { return };
        let is_hidden = "return document.querySelector('.sheet') !== null
            && !document.querySelector('h1').checkVisibility({visibilityProperty: true})
            && document.activeElement === document.querySelector('.sheet') && document.title === 'Holdfast'
            && !document.body.innerText.includes('Every part of the kit');";
        let is_shown = "return document.querySelector('.sheet') === null
            && document.querySelector('h1').checkVisibility({visibilityProperty: true})
            && document.title.startsWith('Every part') && document.querySelector('main').inert === false;";
        browser.width(1280);
        browser.open(&format!("http://{specimen}/"));
        browser.run("document.querySelector('#what').focus()");
        browser.press(&[ESCAPE]);
        browser.until(is_shown);
        std::thread::sleep(std::time::Duration::from_millis(1_100));
        browser.press(&[ESCAPE]);
        assert_eq!(browser.run(is_shown), json!(true), "two presses that far apart are no sign");
        browser.press(&[ESCAPE]);
        browser.until(is_hidden);
        browser.picture("sheet-desk");
        // Nothing behind the sheet can be reached.
        browser.press(&[TAB, TAB, TAB]);
        assert_eq!(browser.run("return document.activeElement.closest('main')"), Value::Null);
        browser.press(&[ESCAPE, ESCAPE]);
        browser.until(is_shown);
        browser.until("return document.activeElement.id === 'what'");
        // By the button, for those who have no such key.
        browser.press(&[ESCAPE, ESCAPE]);
        browser.until(is_hidden);
        browser.press(&[TAB, ENTER]);
        browser.until(is_shown);
        // A page that holds nothing of a child's stays.
        std::thread::sleep(std::time::Duration::from_millis(2_500));
        assert_eq!(browser.run(is_shown), json!(true));

        browser.open(&format!("http://{specimen}/hides"));
        assert_eq!(browser.run(is_shown), json!(true));
        browser.until(is_hidden);
        browser.press(&[ESCAPE, ESCAPE]);
        browser.until(is_shown);
        browser.until(is_hidden);
    });
    done.await.unwrap();
}

#[tokio::test]
async fn on_paper_stand_the_school_the_classification_and_all_that_is_folded_away() {
    let specimen = specimen::serve().await;
    let done = tokio::task::spawn_blocking(move || {
        let Some(browser) = Browser::start() else { return };
        browser.width(780);
        browser.open(&format!("http://{specimen}/"));
        let shown = "const shows = (part) => document.querySelector(part).checkVisibility();
            return ['.classification', '.brand', 'h1', 'table', '.govuk-details__text p', '.who', '.foot', '.govuk-button',
                '.govuk-service-navigation', '.govuk-exit-this-page', '.govuk-skip-link'].map(shows);";
        let on_screen = json!([false, true, true, true, false, true, true, true, true, true, true]);
        assert_eq!(browser.run(shown), on_screen);
        browser.command("Emulation.setEmulatedMedia", &json!({"media": "print"}));
        browser.picture("specimen-paper");
        let on_paper = json!([true, true, true, true, true, false, false, false, false, false, false]);
        assert_eq!(browser.run(shown), on_paper);
    });
    done.await.unwrap();
}

#[tokio::test]
async fn what_went_wrong_or_was_done_is_brought_into_sight_and_leaving_leaves_no_way_back() {
    let specimen = specimen::serve().await;
    let done = tokio::task::spawn_blocking(move || {
        let Some(browser) = Browser::start() else { return };
        browser.open(&format!("http://{specimen}/wrong"));
        browser.until("return document.activeElement.classList.contains('govuk-error-summary')");
        browser.press(&[TAB, ENTER]);
        browser.until("return document.activeElement.id === 'what' || location.hash === '#what'");
        browser.open(&format!("http://{specimen}/done"));
        browser.until("return document.activeElement.classList.contains('govuk-notification-banner')");
        let before = browser.run("return history.length");
        browser.run("document.querySelector('.govuk-exit-this-page__button').click()");
        browser.until("return location.pathname === '/elsewhere'");
        assert_eq!(browser.run("return history.length"), before, "the page is one step back");
        browser.run("history.back()");
        browser.until("return location.pathname !== '/elsewhere'");
        assert_ne!(browser.run("return location.pathname"), json!("/done"));
        // Without the script, the way out is a link like any other, and everything is there.
        browser.command("Emulation.setScriptExecutionDisabled", &json!({"value": true}));
        browser.open(&format!("http://{specimen}/wrong"));
        let way = browser.command("DOM.getDocument", &json!({"depth": -1})).to_string();
        assert!(way.contains("govuk-exit-this-page__button") && way.contains("/elsewhere"), "{way}");
    });
    done.await.unwrap();
}
