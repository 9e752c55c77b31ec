//! The page shown in place of one that was stopped.
//!
//! It is served on the stranger's own origin, so it has nothing to run, nothing to fetch and nothing to fill in: one
//! style sheet in the page, allowed by its hash, and links. What a person can do about it is at `/stopped` on our own
//! origin. Whatever came from outside is escaped. For a sealed hit the page is given no host and no reason, so that it
//! cannot show them (house invariant 3).

use base64::{Engine, engine::general_purpose::STANDARD};
use holdfast_core::wording::{Band, HelpContact, Words};
use sha2::{Digest, Sha256};
use std::sync::LazyLock;

/// The media type to serve it with.
pub const BLOCK_PAGE_MEDIA_TYPE: &str = "text/html; charset=utf-8";

const STYLE: &str = include_str!("block_page.css");

static POLICY: LazyLock<String> = LazyLock::new(|| {
    let hash = STANDARD.encode(Sha256::digest(STYLE.as_bytes()));
    format!("default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'")
});

/// The value of the `Content-Security-Policy` header to send with the page. Framing is not forbidden: a stopped frame
/// inside another page should show why it is empty, and there is nothing on the page to be tricked into pressing.
pub fn content_security_policy() -> &'static str {
    &POLICY
}

/// What the page may show of what was stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown<'a> {
    /// Nothing at all: a sealed hit.
    Sealed,
    /// The host asked for, and for staff and older pupils which list or rule it was.
    Open {
        /// The host, as asked for; escaped here.
        host: &'a str,
        /// The list or rule in words ("Gambling, list “UT1”"); `None` where there is none to name.
        reason: Option<&'a str>,
    },
}

/// Everything on the page.
#[derive(Debug, Clone, Copy)]
pub struct BlockPage<'a> {
    /// Who reads.
    pub band: Band,
    /// The school's name.
    pub school_name: &'a str,
    /// What is said ([`holdfast_core::wording::words`]).
    pub words: &'a Words,
    /// The opaque reference, the same as in the event.
    pub reference: &'a str,
    /// What is shown of the request.
    pub shown: Shown<'a>,
    /// Our own origin, `http://…` or `https://…` without a slash at the end. Any other scheme is left out.
    pub our_origin: &'a str,
    /// Whom to ring ([`holdfast_core::wording::help_numbers`] and the school's own).
    pub help: &'a [HelpContact<'a>],
}

/// Everything on a page that tells of something other than a block: a site that was closed when the reader's device asked
/// and may be open now, or one that cannot be reached or trusted.
#[derive(Debug, Clone, Copy)]
pub struct NoticePage<'a> {
    /// Who reads.
    pub band: Band,
    /// The school's name.
    pub school_name: &'a str,
    /// What is said.
    pub words: &'a Words,
    /// The opaque reference, the same as in the event.
    pub reference: &'a str,
    /// The host, as asked for; escaped here.
    pub host: &'a str,
    /// Our own origin, as in [`BlockPage`].
    pub our_origin: &'a str,
}

/// The whole page as HTML. It never loads itself again: a device may remember for longer
/// than it should, and the page would go round in a circle.
pub fn render_notice(page: &NoticePage<'_>) -> String {
    let mut html = String::with_capacity(6 * 1024);
    head(&mut html, page.band, page.school_name, page.words);
    heading(&mut html, SYMBOL_NOTICE, page.words);
    next(&mut html, page.words);
    html.push_str("<h2>About this page</h2>\n<dl>\n");
    row(&mut html, "Address", page.host);
    row(&mut html, "Reference", page.reference);
    html.push_str("</dl>\n");
    more(&mut html, page.our_origin);
    html.push_str("</main>\n</body>\n</html>\n");
    html
}

/// The whole page as HTML.
pub fn render(page: &BlockPage<'_>) -> String {
    let mut html = String::with_capacity(8 * 1024);
    let is_adult = matches!(page.band, Band::Staff | Band::Visitor);
    head(&mut html, page.band, page.school_name, page.words);
    heading(&mut html, SYMBOL, page.words);
    if is_adult {
        next(&mut html, page.words);
        details(&mut html, page);
        help(&mut html, page, "Numbers to ring");
    } else {
        next(&mut html, page.words);
        help(&mut html, page, "You can always talk to someone");
        details(&mut html, page);
    }
    html.push_str("</main>\n</body>\n</html>\n");
    html
}

fn head(html: &mut String, band: Band, school_name: &str, words: &Words) {
    html.push_str("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    html.push_str("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    html.push_str(
        "<meta name=\"robots\" content=\"noindex\">\n<meta name=\"referrer\" content=\"no-referrer\">\n<title>",
    );
    escape(html, &words.heading);
    html.push_str(" – Holdfast</title>\n<style>");
    html.push_str(STYLE);
    html.push_str("</style>\n</head>\n<body class=\"");
    html.push_str(band.code());
    html.push_str("\">\n<header><div class=\"bar\"><span class=\"product\">Holdfast</span> <span class=\"school\">");
    escape(html, school_name);
    html.push_str("</span></div></header>\n<main>\n");
}

fn heading(html: &mut String, symbol: &str, words: &Words) {
    html.push_str("<h1>");
    html.push_str(symbol);
    html.push_str("<span>");
    escape(html, &words.heading);
    html.push_str("</span></h1>\n<p>");
    escape(html, &words.explanation);
    html.push_str("</p>\n");
}

fn next(html: &mut String, words: &Words) {
    html.push_str("<div class=\"next\"><h2>What to do next</h2><p>");
    escape(html, &words.next);
    html.push_str("</p></div>\n");
}

fn help(html: &mut String, page: &BlockPage<'_>, title: &str) {
    if page.help.is_empty() {
        return;
    }
    html.push_str("<h2>");
    html.push_str(title);
    html.push_str("</h2>\n<ul class=\"help\">\n");
    for contact in page.help {
        html.push_str("<li><b>");
        escape(html, contact.name);
        html.push_str("</b> ");
        if !contact.hours.is_empty() {
            html.push_str("<span class=\"when\">");
            escape(html, contact.hours);
            html.push_str("</span>");
        }
        html.push_str("<p>");
        escape(html, contact.what_for);
        html.push_str("</p><div class=\"ways\">");
        ways(html, contact);
        html.push_str("</div></li>\n");
    }
    html.push_str("</ul>\n");
}

/// The ways to reach a contact, each a link that a telephone or browser can follow.
fn ways(html: &mut String, contact: &HelpContact<'_>) {
    if let Some(number) = contact.telephone {
        link(html, &format!("tel:{}", digits(number)), TELEPHONE, &format!("Ring {number}"));
    }
    if let Some(text) = contact.text {
        let label = match text.word {
            "" => format!("Text {}", text.number),
            word => format!("Text {word} to {}", text.number),
        };
        link(html, &format!("sms:{}", digits(text.number)), MESSAGE, &label);
    }
    if let Some(web) = contact.web.filter(|web| web.starts_with("https://")) {
        let host = web.trim_start_matches("https://").split('/').next().unwrap_or_default();
        link(html, web, PAGE, host.strip_prefix("www.").unwrap_or(host));
    }
}

fn link(html: &mut String, target: &str, symbol: &str, label: &str) {
    html.push_str("<a href=\"");
    escape(html, target);
    html.push_str("\">");
    html.push_str(symbol);
    escape(html, label);
    html.push_str("</a>");
}

fn digits(number: &str) -> String {
    number.chars().filter(|letter| letter.is_ascii_digit() || *letter == '+').collect()
}

fn details(html: &mut String, page: &BlockPage<'_>) {
    let shows_reason = !page.band.may_be_young();
    html.push_str("<h2>About this page</h2>\n<dl>\n");
    if let Shown::Open { host, reason } = page.shown {
        row(html, "Address", host);
        if let Some(reason) = reason.filter(|_| shows_reason) {
            row(html, "Why", reason);
        }
    }
    row(html, "Reference", page.reference);
    html.push_str("</dl>\n");
    more(html, page.our_origin);
}

/// The way to what was stopped, on our own origin.
fn more(html: &mut String, our_origin: &str) {
    if our_origin.starts_with("http://") || our_origin.starts_with("https://") {
        html.push_str("<a class=\"more\" href=\"");
        escape(html, our_origin.trim_end_matches('/'));
        html.push_str("/stopped\">See what was stopped and why</a>\n");
    }
}

fn row(html: &mut String, title: &str, value: &str) {
    html.push_str("<div><dt>");
    html.push_str(title);
    html.push_str("</dt><dd>");
    escape(html, value);
    html.push_str("</dd></div>\n");
}

/// Makes any text harmless in HTML, in element and in quoted attribute alike. Control characters, and those that turn
/// the direction of writing so that one name looks like another, are shown as a mark.
fn escape(html: &mut String, text: &str) {
    for letter in text.chars() {
        match letter {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => html.push('\u{fffd}'),
            other if other.is_control() => html.push('\u{fffd}'),
            other => html.push(other),
        }
    }
}

/// A resting hand-sized sign; decoration beside the heading's words.
const SYMBOL: &str = "<svg viewBox=\"0 0 48 48\" aria-hidden=\"true\" focusable=\"false\"><circle cx=\"24\" cy=\"24\" r=\"22\" fill=\"#0f4c5c\"/><rect x=\"16\" y=\"14\" width=\"5.5\" height=\"20\" rx=\"2\" fill=\"#fff\"/><rect x=\"26.5\" y=\"14\" width=\"5.5\" height=\"20\" rx=\"2\" fill=\"#fff\"/></svg>";
/// A clock, for what only needs a little time.
const SYMBOL_NOTICE: &str = "<svg viewBox=\"0 0 48 48\" aria-hidden=\"true\" focusable=\"false\"><circle cx=\"24\" cy=\"24\" r=\"22\" fill=\"#0f4c5c\"/><path d=\"M24 12v12l8 6\" fill=\"none\" stroke=\"#fff\" stroke-width=\"4\" stroke-linecap=\"round\" stroke-linejoin=\"round\"/></svg>";
const TELEPHONE: &str = "<svg viewBox=\"0 0 24 24\" aria-hidden=\"true\" focusable=\"false\"><path d=\"M6.6 10.8c1.4 2.8 3.8 5.1 6.6 6.6l2.2-2.2c.3-.3.7-.4 1-.2 1.1.4 2.3.6 3.6.6.6 0 1 .4 1 1V20c0 .6-.4 1-1 1C10.6 21 3 13.4 3 4c0-.6.4-1 1-1h3.5c.6 0 1 .4 1 1 0 1.3.2 2.5.6 3.6.1.4 0 .7-.2 1z\" fill=\"currentColor\"/></svg>";
const MESSAGE: &str = "<svg viewBox=\"0 0 24 24\" aria-hidden=\"true\" focusable=\"false\"><path d=\"M4 3h16a2 2 0 0 1 2 2v10a2 2 0 0 1-2 2h-9l-6 5v-5H4a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2z\" fill=\"currentColor\"/></svg>";
const PAGE: &str = "<svg viewBox=\"0 0 24 24\" aria-hidden=\"true\" focusable=\"false\"><path d=\"M4 3h16a2 2 0 0 1 2 2v14a2 2 0 0 1-2 2H4a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2zm0 6v10h16V9z\" fill=\"currentColor\"/></svg>";

#[cfg(test)]
mod tests;
