//! The markup of the kit's macros: what belongs together is linked by id, values are escaped, secrets are never printed;
//! and nothing that is served belongs to a government service.

use crate::{get, ruleset, some_recent, sources, specimen, start};
use askama::Template;
use holdfast_activity::recent::Limits;
use holdfast_web::{
    kit::{Announcement, Choices, Field, Kind, PageLinks},
    routes,
};

#[derive(Template)]
#[template(
    source = "{% import \"kit.html\" as kit %}{{ kit::input(field) }}|{{ kit::password(field) }}|{{ kit::textarea(field, 5) }}",
    ext = "html"
)]
struct OneField {
    field: Field,
}

#[derive(Template)]
#[template(
    source = "{% import \"kit.html\" as kit %}{{ kit::radios(choices) }}|{{ kit::select(choices) }}",
    ext = "html"
)]
struct OneChoice {
    choices: Choices,
}

#[derive(Template)]
#[template(source = "{% import \"kit.html\" as kit %}{{ kit::pagination(pages) }}", ext = "html")]
struct OnePagination {
    pages: PageLinks,
}

fn rendered(field: Field) -> String {
    OneField { field }.render().unwrap()
}

#[test]
fn a_field_is_linked_with_its_label_its_hint_and_its_error() {
    let plain = rendered(Field::new("what", "What happened?"));
    assert!(plain.contains("<label class=\"govuk-label\" for=\"what\">What happened?</label>"), "{plain}");
    assert!(plain.contains("id=\"what\" name=\"what\" type=\"text\""), "{plain}");
    assert!(!plain.contains("describedby") && !plain.contains("error") && !plain.contains("hint"), "{plain}");
    assert!(!plain.contains("value="), "{plain}");

    let hinted = rendered(Field::new("what", "What?").hint("In your own words."));
    assert!(hinted.contains("<div id=\"what-hint\" class=\"govuk-hint\">In your own words.</div>"), "{hinted}");
    assert_eq!(hinted.matches("aria-describedby=\"what-hint\"").count(), 3, "{hinted}");

    let wrong = rendered(Field::new("what", "What?").hint("Hint").error(Some("Say what happened".to_owned())));
    for said in [
        "<p id=\"what-error\" class=\"govuk-error-message\"><span class=\"govuk-visually-hidden\">Error:</span> Say what happened</p>",
        "govuk-form-group--error",
        "govuk-input--error",
        "govuk-textarea--error",
    ] {
        assert!(wrong.contains(said), "lacks “{said}”:\n{wrong}");
    }
    assert_eq!(wrong.matches("aria-describedby=\"what-hint what-error\"").count(), 3, "{wrong}");
}

#[test]
fn what_was_typed_comes_back_escaped_and_whole() {
    let page = rendered(Field::new("what", "A & B").value("\n\"><script>alert(1)</script>").hint("<b>"));
    assert!(!page.contains("<script") && !page.contains("<b>"), "{page}");
    assert!(page.contains("value=\"\n&#34;&#62;&#60;script&#62;"), "{page}");
    // The first line break after the tag is the browser's to drop; the value's own stands after it.
    assert!(page.contains(">\n\n&#34;&#62;&#60;script&#62;alert(1)&#60;/script&#62;</textarea>"), "{page}");
    assert!(page.contains(">A &#38; B</label>"), "{page}");
}

#[test]
fn a_password_is_never_printed() {
    let secret = "correct horse";
    let before = Field::new("password", "Password").value(secret).kind(Kind::Secret);
    let after = Field::password("password", "Password", "new-password").value(secret);
    for field in [before, after] {
        assert!(!format!("{field:?}").contains(secret));
        let page = rendered(field);
        assert!(!page.contains(secret) && !page.contains("value="), "{page}");
    }
    // Nor by the macro for passwords, whatever kind of field it is given.
    let page = rendered(Field::new("password", "Password").value(secret));
    let password = page.split('|').nth(1).unwrap();
    assert!(!password.contains(secret), "{password}");
    assert!(
        password.contains(
            "type=\"password\" spellcheck=\"false\" autocapitalize=\"none\" autocomplete=\"current-password\""
        )
    );
    assert!(rendered(Field::password("new", "New", "new-password")).contains("autocomplete=\"new-password\""));
}

#[test]
fn kinds_of_fields_tell_telephones_and_password_managers_what_to_offer() {
    let page = rendered(Field::new("code", "Code").kind(Kind::Digits).autocomplete("one-time-code"));
    let input = page.split('|').next().unwrap();
    assert!(input.contains("type=\"text\" inputmode=\"numeric\" spellcheck=\"false\" autocapitalize=\"none\" autocomplete=\"one-time-code\""), "{input}");
    assert!(rendered(Field::new("mail", "Mail").kind(Kind::Email)).contains("type=\"email\""));
    assert!(rendered(Field::new("ring", "Ring").kind(Kind::Telephone)).contains("type=\"tel\""));
}

#[test]
fn options_have_ids_of_their_own_and_the_first_one_takes_the_summarys_link() {
    let choices = Choices::new("where", "Where & when?")
        .option_with("in", "Inside", "A room.")
        .option("out", "<Outside>")
        .chosen("out")
        .error(Some("Choose where it was".to_owned()));
    let problem = choices.problem().unwrap();
    assert_eq!(format!("{problem:?}"), "Problem { field: Some(\"where\"), words: \"Choose where it was\" }");
    let page = OneChoice { choices }.render().unwrap();
    for said in [
        "<legend class=\"govuk-fieldset__legend govuk-fieldset__legend--s\">Where &#38; when?</legend>",
        "<fieldset class=\"govuk-fieldset\" aria-describedby=\"where-error\">",
        "id=\"where\" name=\"where\" type=\"radio\" value=\"in\" aria-describedby=\"where-hint\"",
        "id=\"where-2\" name=\"where\" type=\"radio\" value=\"out\" checked>",
        "for=\"where-2\">&#60;Outside&#62;</label>",
        "<option value=\"out\" selected>&#60;Outside&#62;</option>",
    ] {
        assert!(page.contains(said), "lacks “{said}”:\n{page}");
    }
}

#[test]
fn the_way_to_other_pages_says_where_it_leads_and_is_absent_where_there_are_none() {
    let page = |pages| OnePagination { pages }.render().unwrap();
    assert_eq!(page(PageLinks::stepping(None, None)).trim(), "");
    assert_eq!(page(PageLinks::numbered(1, 1, |number| format!("?page={number}"))).trim(), "");
    let middle = page(PageLinks::numbered(6, 12, |number| format!("?page={number}")));
    for said in [
        "href=\"?page=5\" rel=\"prev\"",
        "href=\"?page=7\" rel=\"next\"",
        "aria-label=\"Page 6\" aria-current=\"page\"",
    ] {
        assert!(middle.contains(said), "lacks “{said}”:\n{middle}");
    }
    assert_eq!(middle.matches("__item\"").count(), 4, "1, 5, 7 and 12: {middle}");
    assert_eq!(middle.matches("--ellipsis").count(), 2, "{middle}");
}

#[test]
fn the_frame_shows_who_is_signed_in_and_signs_out_with_a_form() {
    let frame = specimen::Frame {
        announces: Some(Announcement { title: "Done <b>".to_owned(), words: "Ms Marsh was told.".to_owned() }),
        hides: true,
        idle_seconds: 300,
        ..specimen::Frame::signed_in()
    };
    let page = specimen::Specimen::new(frame, true).render().unwrap();
    for said in [
        "<title>Error: Every part of the kit – Holdfast – Brook Lane School</title>",
        "<body class=\"govuk-template__body\" data-hides data-idle=\"300\" data-stays=\"900\"",
        "<form method=\"post\" action=\"/sign-out\"><input type=\"hidden\" name=\"token\" value=\"4f&#34;&#60;9\">",
        "<strong>Jo Marsh</strong>, Deputy safeguarding lead",
        "href=\"/account\"",
        "href=\"/concerns\" aria-current=\"page\">Concerns</a>",
        "govuk-notification-banner--success\" role=\"alert\"",
        "Done &#60;b&#62;",
        "<li><a href=\"#what\">Say what happened</a></li>",
        "<li><a href=\"#day-day\">Enter a day in the past</a></li>",
        "<li>Nothing was saved</li>",
    ] {
        assert!(page.contains(said), "lacks “{said}”:\n{page}");
    }
    assert!(!page.contains("/sign-in\"") && !page.contains("correct horse"));
    let nobody = specimen::Frame { person: None, ..specimen::Frame::signed_in() };
    let page = specimen::Specimen::new(nobody, false).render().unwrap();
    assert!(page.contains("<a href=\"/sign-in\">Sign in</a>") && !page.contains("/sign-out"), "{page}");
    assert!(page.contains("<title>Every") && !page.contains("data-hides") && !page.contains("role=\"alert\""));
}

/// A government service's own font, crest, crown and sign are for government services only (practice of the kits), and
/// nothing that we serve may fetch anything from anywhere else.
#[tokio::test]
async fn nothing_served_is_a_government_services_own() {
    let site = start(sources(ruleset(), some_recent(Limits::default()), true)).await;
    for route in routes::all().filter(|route| route.path.contains('.') || !route.path.starts_with("/certificate")) {
        let (_, answer) = get(site.addresses[0], route.path).await;
        let (_, body) = answer.split_once("\r\n\r\n").unwrap();
        let body = body.to_lowercase();
        for word in ["gds transport", "crest", "crown", "govuk-logo", "@font-face", "@import"] {
            assert!(!body.contains(word), "{} holds “{word}”", route.path);
        }
        // What follows in the proxy's file is code of its own.
        for address in body.split("url(").skip(1).filter(|_| !["/proxy.pac", "/wpad.dat"].contains(&route.path)) {
            let address = address.trim_start_matches(['"', '\'', ' ']);
            assert!(address.starts_with('/') && !address.starts_with("//"), "{} fetches “{address:.60}”", route.path);
        }
    }
}
