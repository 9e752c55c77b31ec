//! A page with every part of the kit on it, for the browser and for people who change the look.

use askama::Template;
use axum::{
    Router,
    http::header,
    response::{Html, IntoResponse},
    routing::get,
};
use holdfast_web::kit::{
    Announcement, Area, Choices, DateField, Field, Kind, PageLinks, Problem, Row, Tag, Tone, Who, Width,
};
use std::net::SocketAddr;
use tokio::net::TcpListener;

/// What `layout.html` asks of a frame.
#[derive(Debug, Clone)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each says of a part of the page whether it is there, and they are independent"
)]
pub(crate) struct Frame {
    pub(crate) edition: &'static str,
    pub(crate) school: String,
    pub(crate) areas: Vec<Area>,
    pub(crate) person: Option<Who>,
    pub(crate) has_account: bool,
    pub(crate) raises: bool,
    pub(crate) token: String,
    pub(crate) reload: Option<u32>,
    pub(crate) leave_to: Option<String>,
    pub(crate) hides: bool,
    pub(crate) idle_seconds: u32,
    pub(crate) stays: Option<Stays>,
    pub(crate) announces: Option<Announcement>,
    pub(crate) has_errors: bool,
}

/// Until when the sign-in lasts.
#[derive(Debug, Clone)]
pub(crate) struct Stays {
    pub(crate) until: String,
    pub(crate) seconds: i64,
    pub(crate) at: &'static str,
}

impl Frame {
    pub(crate) fn signed_in() -> Self {
        let areas = [("/today", "Today", false), ("/concerns", "Concerns", true), ("/filter", "Filter", false)]
            .map(|(href, words, is_here)| Area::new(href, words, is_here));
        Self {
            edition: "specimen",
            school: "Brook Lane School".to_owned(),
            areas: areas.into(),
            person: Some(Who { name: "Jo Marsh".to_owned(), role_words: "Deputy safeguarding lead".to_owned() }),
            has_account: true,
            raises: true,
            token: "4f\"<9".to_owned(),
            reload: None,
            leave_to: Some("/elsewhere".to_owned()),
            hides: false,
            idle_seconds: 0,
            stays: Some(Stays { until: "16:42".to_owned(), seconds: 900, at: "/account/stay" }),
            announces: None,
            has_errors: false,
        }
    }
}

#[derive(Template)]
#[template(path = "../tests/pages/specimen.html")]
pub(crate) struct Specimen {
    pub(crate) frame: Frame,
    problems: Vec<Problem>,
    field: Field,
    email: Field,
    code: Field,
    password: Field,
    words: Field,
    select: Choices,
    radios: Choices,
    inline: Choices,
    checkboxes: Choices,
    date: DateField,
    rows: Vec<Row>,
    tags: Vec<Tag>,
    facts: Vec<(&'static str, String)>,
    figures: Vec<(&'static str, &'static str)>,
    places: Vec<Area>,
    stepping: PageLinks,
    numbered: PageLinks,
}

impl Specimen {
    /// As it is first shown, or as it comes back with what is wrong.
    pub(crate) fn new(frame: Frame, is_wrong: bool) -> Self {
        let wrong = |words: &str| is_wrong.then(|| words.to_owned());
        let field = Field::new("what", "What happened?")
            .hint("In your own words.")
            .value("He said \"<b>no</b>\"")
            .error(wrong("Say what happened"));
        let password = Field::password("password", "Password", "current-password")
            .value("correct horse")
            .error(wrong("Enter your password"));
        let radios = Choices::new("where", "Where was it?")
            .hint("Choose one.")
            .option_with("in", "Inside", "A room, a corridor or the hall.")
            .option("out", "Outside")
            .error(wrong("Choose where it was"));
        let date = DateField::new("day", "On which day?")
            .hint("For example, 27 3 2027")
            .error(wrong("Enter a day in the past"));
        let checkboxes = Choices::new("told", "Who was told?")
            .option("parents", "Parents")
            .option("social-care", "Social care")
            .chosen("parents")
            .error(wrong("Choose whoever was told"));
        let problems: Vec<_> =
            [field.problem(), password.problem(), radios.problem(), checkboxes.problem(), date.problem()]
                .into_iter()
                .flatten()
                .chain(is_wrong.then(|| Problem::of_all("Nothing was saved")))
                .collect();
        Self {
            frame: Frame { has_errors: is_wrong, ..frame },
            problems,
            field,
            email: Field::new("email", "E-mail address").kind(Kind::Email).autocomplete("email").width(Width::Thirty),
            code: Field::new("code", "Code")
                .hint("Six digits from your authenticator app.")
                .kind(Kind::Digits)
                .autocomplete("one-time-code")
                .width(Width::Ten),
            password,
            words: Field::new("more", "Anything else?").value("\nSecond line").width(Width::Full),
            select: Choices::new("class", "Class").option("", "Choose a class").option("3a", "3A").chosen("3a"),
            radios,
            inline: Choices::new("now", "Is it still going on?").option("yes", "Yes").option("no", "No").inline(),
            checkboxes,
            date: date.values(["31".to_owned(), "11".to_owned(), "2026".to_owned()]),
            rows: vec![
                Row::new("Telephone", "01632 960001").action("/account/telephone", "Change", "your telephone number"),
                Row::new("Signed in since", "Tuesday 3 November, 09:12"),
            ],
            tags: [
                ("Draft", Tone::Plain),
                ("In progress", Tone::Under),
                ("Done", Tone::Good),
                ("Due today", Tone::Warn),
                ("Late", Tone::Bad),
            ]
            .map(|(words, tone)| Tag::new(words, tone))
            .into(),
            facts: vec![("Policy in force", "Autumn, version 3".to_owned()), ("Entries", "1,035,804".to_owned())],
            figures: vec![("Allowed", "1,035,804"), ("Blocked", "71,300"), ("Refused", "0")],
            places: [("#summary", "Summary", true), ("#steps", "Steps", false), ("#people", "People", false)]
                .map(|(href, words, is_here)| Area::new(href, words, is_here))
                .into(),
            stepping: PageLinks::stepping(Some("?before=7".to_owned()), Some("?after=9".to_owned()))
                .label("Pages of another list"),
            numbered: PageLinks::numbered(6, 12, |number| format!("?page={number}")),
        }
    }
}

/// Serves it: as it is first shown at `/`, with what is wrong at `/wrong`, after an act at `/done`, and at `/hides` as a page
/// that hides itself after two seconds.
pub(crate) async fn serve() -> SocketAddr {
    let show = |frame: Frame, is_wrong| async move {
        let csp = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; form-action 'self'";
        ([(header::CONTENT_SECURITY_POLICY, csp)], Html(Specimen::new(frame, is_wrong).render().unwrap()))
    };
    let announces = Some(Announcement {
        title: "Concern raised".to_owned(),
        words: "Ms Marsh was told at 10:46. She reads it today.".to_owned(),
    });
    let done = Frame { announces, ..Frame::signed_in() };
    let hides = Frame { hides: true, idle_seconds: 2, ..Frame::signed_in() };
    let file =
        |kind: &'static str, text: &'static str| async move { ([(header::CONTENT_TYPE, kind)], text).into_response() };
    let router = Router::new()
        .route("/", get(move || show(Frame::signed_in(), false)))
        .route("/wrong", get(move || show(Frame::signed_in(), true)))
        .route("/done", get(move || show(done, false)))
        .route("/hides", get(move || show(hides, false)))
        .route("/elsewhere", get(|| async { "Nothing to see here." }))
        .route("/style.css", get(move || file("text/css", include_str!("../../assets/holdfast.css"))))
        .route("/holdfast.js", get(move || file("text/javascript", include_str!("../../assets/holdfast.js"))));
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}
