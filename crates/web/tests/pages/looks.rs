//! How a page is looked at: with axe-core, and for anything that stands beside the screen.

use crate::driver::Browser;
use serde_json::Value;

/// axe-core 4.14.1, MPL-2.0: see the licence beside it.
const AXE: &str = include_str!("../data/axe-core-4.14.1/axe.min.js");

pub(crate) const WIDTHS: [(u32, &str); 2] = [(390, "phone"), (1280, "desk")];

/// What is wrong with the page that is open, a line each.
pub(crate) fn faults(browser: &Browser) -> Vec<String> {
    browser.run(AXE);
    let found = browser.run(
        "return axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']})
            .then((result) => result.violations.flatMap((fault) => fault.nodes.map((node) =>
                `${fault.id}: ${node.html} ${node.failureSummary}`)));",
    );
    let lines = |value: &Value| -> Vec<String> {
        value.as_array().unwrap().iter().map(|line| line.as_str().unwrap().to_owned()).collect()
    };
    let mut faults = lines(&found);
    let beside = browser.run(
        "const wide = document.documentElement.clientWidth;
         return document.documentElement.scrollWidth <= wide ? [] : [...document.querySelectorAll('body *')]
            .filter((part) => part.getBoundingClientRect().right > wide + 1)
            .map((part) => `beside the screen: ${part.outerHTML.slice(0, 160)}`);",
    );
    faults.extend(lines(&beside));
    faults
}

/// Looks at pages at both widths; `name` is for the pictures.
pub(crate) fn look(browser: &Browser, pages: &[(String, &str)]) {
    let mut all = Vec::new();
    for (address, name) in pages {
        for (width, screen) in WIDTHS {
            browser.width(width);
            browser.open(address);
            browser.picture(&format!("{name}-{screen}"));
            all.extend(faults(browser).into_iter().map(|fault| format!("{address} at {width}: {fault}")));
        }
    }
    assert!(all.is_empty(), "{} faults:\n{}", all.len(), all.join("\n"));
}
