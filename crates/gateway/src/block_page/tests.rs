use super::*;
use holdfast_core::{
    category::Category,
    wording::{Why, help_numbers, words},
};

fn page(band: Band, why: &Why, shown: Shown<'_>) -> String {
    render(&BlockPage {
        band,
        school_name: "Wrenfield School",
        words: &words(band, why),
        reference: "7Q4K-92MD",
        shown,
        our_origin: "http://localhost:8080",
        help: help_numbers(band),
    })
}

fn open(host: &str) -> Shown<'_> {
    Shown::Open { host, reason: Some("Gambling, from the list “Starter set”") }
}

const GAMBLING: Why = Why::Category(Category::Gambling);

#[test]
fn nothing_from_outside_can_break_out() {
    let nasty = "\"><script>alert(1)</script><img src=x onerror=alert(1)>'&\u{202e}\0\n.example";
    let mut heading = words(Band::Staff, &GAMBLING);
    heading.heading.push_str(nasty);
    heading.explanation.push_str(nasty);
    heading.next.push_str(nasty);
    let html = render(&BlockPage {
        band: Band::Staff,
        school_name: nasty,
        words: &heading,
        reference: nasty,
        shown: Shown::Open { host: nasty, reason: Some(nasty) },
        our_origin: &format!("http://{nasty}"),
        help: help_numbers(Band::Staff),
    });
    for dangerous in ["<script", "<img", "onerror=alert(1)>", "\"><", "\u{202e}", "\0"] {
        // Our own mark-up has `"><` only after a class or a target that we wrote.
        let ours = page(Band::Staff, &GAMBLING, open("a.example")).matches(dangerous).count();
        assert_eq!(html.matches(dangerous).count(), ours, "{dangerous:?}");
    }
    assert_eq!(html.matches('<').count(), page(Band::Staff, &GAMBLING, open("a.example")).matches('<').count());
}

#[test]
fn an_origin_of_another_scheme_is_left_out() {
    for origin in ["javascript:alert(1)//", "data:text/html,x", "", "//elsewhere.example"] {
        let html = render(&BlockPage {
            band: Band::Older,
            school_name: "Wrenfield School",
            words: &words(Band::Older, &GAMBLING),
            reference: "7Q4K",
            shown: open("casino.example"),
            our_origin: origin,
            help: &[],
        });
        assert!(!html.contains("/stopped"), "{origin}");
    }
}

#[test]
fn the_page_runs_fetches_and_asks_for_nothing() {
    for band in Band::ALL {
        let html = page(band, &GAMBLING, open("casino.example"));
        for absent in ["<script", "<form", "<button", "<input", "<img", "<link", " style=", "url(", "@import", "src="] {
            assert!(!html.contains(absent), "{band:?}: {absent}");
        }
        for target in html.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
            let known = ["tel:", "sms:", "https://", "http://localhost:8080/stopped"];
            assert!(known.iter().any(|start| target.starts_with(start)), "{band:?}: {target}");
        }
        assert!(html.starts_with("<!DOCTYPE html>") && html.contains("<html lang=\"en\">"));
        assert!(html.contains("href=\"tel:999\"") && html.contains("href=\"http://localhost:8080/stopped\""));
    }
}

#[test]
fn the_style_in_the_page_is_the_one_the_policy_allows() {
    let html = page(Band::Younger, &GAMBLING, open("casino.example"));
    let style = html.split("<style>").nth(1).and_then(|rest| rest.split("</style>").next()).unwrap();
    let hash = STANDARD.encode(Sha256::digest(style.as_bytes()));
    assert_eq!(
        content_security_policy(),
        format!("default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'")
    );
    assert!(!STYLE.contains('<'));
}

#[test]
fn a_sealed_stop_shows_no_address_and_no_reason() {
    for band in Band::ALL {
        let html = page(band, &Why::Sealed, Shown::Sealed);
        assert!(!html.contains("<dt>Address") && !html.contains("<dt>Why"), "{band:?}");
        assert!(html.contains("7Q4K-92MD"));
    }
}

#[test]
fn those_who_may_be_young_are_not_shown_the_list() {
    for (band, shown) in [
        (Band::Youngest, false),
        (Band::Younger, false),
        (Band::Visitor, false),
        (Band::Unknown, false),
        (Band::Older, true),
        (Band::Staff, true),
    ] {
        let html = page(band, &GAMBLING, open("casino.example"));
        assert_eq!(html.to_lowercase().contains("gambling"), shown, "{band:?}");
        assert!(html.contains("casino.example"), "{band:?}");
    }
}

/// WCAG 2.2 contrast ratio of two colours written as `rrggbb`.
fn contrast(one: u32, other: u32) -> f64 {
    let luminance = |colour: u32| -> f64 {
        [16, 8, 0]
            .iter()
            .zip([0.2126, 0.7152, 0.0722])
            .map(|(shift, weight)| {
                let part = f64::from(colour >> shift & 255) / 255.0;
                weight * if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
            })
            .sum()
    };
    let (high, low) = (luminance(one).max(luminance(other)), luminance(one).min(luminance(other)));
    (high + 0.05) / (low + 0.05)
}

#[test]
fn every_pair_of_colours_can_be_read() {
    for (text, ground) in [
        (0xff_ffff, 0x0f_4c5c),
        (0x0b_0c0c, 0xff_ffff),
        (0x0b_0c0c, 0xf3_f6f7),
        (0x1d_70b8, 0xff_ffff),
        (0x50_5a5f, 0xff_ffff),
        (0x0b_0c0c, 0xff_dd00),
    ] {
        assert!(contrast(text, ground) >= 4.5, "{text:06x} on {ground:06x}: {}", contrast(text, ground));
    }
}

/// Writes sample pages for looking at, where `HOLDFAST_LOOK` names a folder.
#[test]
fn sample_pages_can_be_looked_at() {
    let Some(folder) = std::env::var_os("HOLDFAST_LOOK") else { return };
    let folder = std::path::PathBuf::from(folder);
    for band in Band::ALL {
        let samples = [("stopped", GAMBLING, open("casino.example")), ("sealed", Why::Sealed, Shown::Sealed)];
        for (name, why, shown) in samples {
            std::fs::write(folder.join(format!("{}-{name}.html", band.code())), page(band, &why, shown)).unwrap();
        }
    }
}

#[test]
fn the_open_page_shows_only_what_was_asked_and_runs_nothing() {
    let nasty = "\"><script>alert(1)</script>'&\u{202e}\0.example";
    let words = words(Band::Unknown, &GAMBLING);
    let show = |host| {
        render_notice(&NoticePage {
            band: Band::Unknown,
            school_name: host,
            words: &words,
            reference: host,
            host,
            our_origin: "http://filter.school.example",
        })
    };
    let (html, plain) = (show(nasty), show("a.example"));
    assert!(!html.contains("<script") && !html.contains('\u{202e}') && !html.contains('\0'));
    assert_eq!(html.matches('<').count(), plain.matches('<').count());
    assert!(!plain.contains("http-equiv"), "it never loads itself again");
    assert!(plain.ends_with("</main>\n</body>\n</html>\n") && plain.matches("<h1>").count() == 1);
}
