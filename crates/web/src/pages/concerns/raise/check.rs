//! Checking what was answered, with who is meant and who could read it, before it is sent.

use super::{
    At, Form, People, Wrong, problems,
    questions::{Pick, Piece, parts},
    read_by,
};
use crate::{
    kit::{Choices, Field, Kind as Typing, Problem, Row, Width},
    pages::{
        Frame, Here,
        form::{called, told_apart, written_day},
        render, status,
    },
    visit::{Answered, SignedVisit},
    words::capital,
};
use askama::Template;
use holdfast_records::{
    access::FileKind,
    concern::{Mode, Picture, Place, Urgency},
    id,
    people::Picked,
};
use jiff::civil::Date;

/// Somebody it is about, as the page shows them.
struct Meant {
    heading: &'static str,
    id: String,
    name: String,
    about: String,
    has_photo: bool,
    is_namesake: bool,
}

#[derive(Template)]
#[template(path = "concerns/check.html")]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each says of a part of the page whether it is there, and they are independent"
)]
struct CheckPage {
    frame: Frame,
    problems: Vec<Problem>,
    meant: Vec<Meant>,
    /// Those whose name several bear, and questions about the children.
    pieces: Vec<Piece>,
    rows: Vec<CheckRow>,
    /// What the child's part will say, where an adult's names are taken out.
    masked: Vec<(&'static str, String)>,
    read_by: Vec<(String, Vec<String>)>,
    /// What is asked of the gravest: whom they told in person.
    told: Option<(Choices, Field)>,
    other: Other,
    kept: Vec<(&'static str, String)>,
    /// Whether nothing is left but to send it: the button has the focus.
    is_ready: bool,
    has_picture: bool,
    is_about_adult: bool,
    not_kept: bool,
}

impl CheckPage {
    /// Where what was sent is shown, for the script that sends it.
    fn sent_at(&self) -> String {
        let form = self.kept.iter().find(|(name, _)| *name == "form").map_or("", |(_, form)| form.as_str());
        format!("/concerns/sent/{form}")
    }

    /// The page that asks whom it is about.
    fn who(&self) -> &'static str {
        let is_guided = self.kept.iter().any(|(name, value)| *name == "way" && value == "guided");
        if is_guided { At::Who.word() } else { At::Quick.word() }
    }
}

/// Whether it concerns another child.
enum Other {
    /// It is about an adult, and names one child.
    NotAsked,
    /// Their name can be added.
    Asked(Field),
    /// It was.
    Given,
}

/// A line of what was answered, with the page on which it is changed.
struct CheckRow {
    row: Row,
    change: &'static str,
}

pub(super) async fn page(visit: &SignedVisit, form: &Form, people: &People, wrong: Wrong) -> Answered {
    let error = |field: &str| wrong.iter().find(|(one, _)| *one == field).map(|(_, words)| words.clone());
    let mut meant = Vec::new();
    let mut pieces = Vec::new();
    let headings = [
        ("name", "person", "The child"),
        ("adult-name", "adult-person", "The adult"),
        ("other-name", "other-person", "The other child"),
    ];
    for (name, field, heading) in headings {
        if form.get(name).is_empty() {
            continue;
        }
        if form.is_unlisted(name) {
            meant.push(Meant {
                heading,
                id: String::new(),
                name: form.get(name).to_owned(),
                about: "Not on the school’s list: whoever receives it finds out who it is".to_owned(),
                has_photo: false,
                is_namesake: false,
            });
        } else if let Some(picked) = people.chosen(form, name, field) {
            meant.push(of(heading, picked));
        } else {
            let found = people.of(name);
            let legend = if found.people.is_empty() {
                format!("{heading}: nobody of that name was found")
            } else {
                format!("{heading}: who is it? {} go by this name", found.people.len())
            };
            let mut pick = Pick::new(field, legend, found, form.get(field));
            pick.error = error(name);
            pick.is_focused = pieces.is_empty() && wrong.is_empty();
            pieces.push(Piece::Pick(pick));
        }
    }
    let has_other = !form.get("other-name").is_empty();
    if has_other {
        for (field, legend) in [("part", "What is the first child to it?"), ("other-part", "And the other child?")] {
            pieces.push(Piece::Radios(parts(field, legend, form.get(field))));
        }
    }
    let is_grave = form.urgency().is_told_in_person();
    let told = if is_grave { Some(asked_told(visit, form, &error).await?) } else { None };
    let other = if has_other {
        Other::Given
    } else if form.is_about_adult() || form.waits_to_be_placed() {
        Other::NotAsked
    } else {
        Other::Asked(
            Field::new("other-name", "Does it concern another child as well?")
                .hint("Their name. Each child has a file of their own, and gets the same words.")
                .autocomplete("off")
                .width(Width::Thirty)
                .error(error("other-name")),
        )
    };
    let mut asked = vec!["told", "told-time"];
    asked.extend(pieces.iter().filter_map(|piece| match piece {
        Piece::Pick(pick) => Some(pick.name),
        Piece::Radios(choices) if choices.name == "part" => Some("part"),
        Piece::Radios(_) => Some("other-part"),
        _ => None,
    }));
    if matches!(other, Other::Asked(_)) {
        asked.push("other-name");
    }
    let page = CheckPage {
        frame: Frame::signed(visit, Here::Concerns).hiding().erring(!wrong.is_empty()),
        problems: problems(&wrong),
        is_ready: pieces.is_empty() && wrong.is_empty() && !is_grave,
        meant,
        rows: rows(form),
        masked: masked(visit, form).await?,
        read_by: read_by(visit, form).await?,
        told,
        other,
        kept: form.kept(&asked),
        pieces,
        has_picture: matches!(form.picture(), Some(Picture::Yes | Picture::NotSure)),
        is_about_adult: form.is_about_adult(),
        not_kept: visit.session.unlocked.is_none(),
    };
    Ok(render(status(!wrong.is_empty()), &page))
}

fn of(heading: &'static str, picked: &Picked) -> Meant {
    Meant {
        heading,
        id: picked.id.to_string(),
        name: called(&picked.full_name, picked.preferred_name.as_deref()),
        about: told_apart(picked),
        has_photo: picked.has_photo,
        is_namesake: picked.another_has_this_name,
    }
}

/// Whom they told in person (C-03): asked of what cannot wait.
async fn asked_told(
    visit: &SignedVisit,
    form: &Form,
    error: &impl Fn(&str) -> Option<String>,
) -> Result<(Choices, Field), holdfast_records::Fault> {
    let adults: Vec<id::Person> = form.person("adult-person").into_iter().collect();
    let kind = if form.is_about_adult() { FileKind::StaffConcern } else { FileKind::Child };
    let readers = visit.records.who_would_read(&visit.session, kind, &adults).await?;
    let choices = Choices::new("told", "Have you told somebody in person, or by telephone?")
        .hint("This cannot wait until it is read. Go to one of them, or ring.")
        .option("not-yet", "Not yet: I go now");
    let choices = readers
        .iter()
        .filter(|reader| reader.person != visit.me.person)
        .fold(choices, |choices, reader| choices.option(reader.person.to_string(), super::super::reader_words(reader)));
    let choices =
        choices.option("somebody", "Somebody else who answers for it").chosen(form.get("told")).error(error("told"));
    let time = Field::new("told-time", "At what time today?")
        .hint("For example, 14:20. Left empty, it is now.")
        .value(form.get("told-time"))
        .autocomplete("off")
        .kind(Typing::Code)
        .width(Width::Five)
        .error(error("told-time"));
    Ok((choices, time))
}

/// What was answered, a line each. What was not answered has its line too where it is asked of everybody.
fn rows(form: &Form) -> Vec<CheckRow> {
    let page = |guided: &'static str| if form.is_guided() { guided } else { At::Quick.word() };
    let mut rows = Vec::new();
    let mut add = |key: &str, value: String, change: &'static str| {
        if !value.is_empty() {
            rows.push(CheckRow { row: Row::new(key, value), change });
        }
    };
    add("What you saw or heard", form.get("seen").to_owned(), page("seen"));
    add("What the child said", form.get("words").to_owned(), page("words"));
    let reassured =
        if form.get("reassured") == "yes" { "You told the child that they are taken seriously" } else { "" };
    add("What you said", reassured.to_owned(), page("words"));
    add("What you think", form.get("opinion").to_owned(), page("opinion"));
    add("How urgent", capital(form.urgency().title()), page("urgent"));
    add("When", when(form), page("when"));
    let place = Place::from_word(form.get("place")).map_or("", Place::title);
    add("Where", capital(place), page("when"));
    let mode = Mode::from_word(form.get("mode")).map_or("", Mode::title);
    add("Online", capital(mode), page("kind"));
    let risks: Vec<&str> = form.risks().iter().map(|risk| risk.title()).collect();
    add("Kind of risk", capital(&risks.join("; ")), page("kind"));
    let picture = form.picture().map_or("", Picture::title);
    add("Picture or video", capital(picture), At::First.word());
    let adult = if form.is_about_adult() { "Yes" } else { "No" };
    add("About an adult who works here", adult.to_owned(), At::First.word());
    add("Paper form", form.get("paper").to_owned(), page("urgent"));
    rows
}

fn when(form: &Form) -> String {
    let number = |field: &str| form.get(field).parse().ok();
    let day = || Date::new(form.get("when-year").parse().ok()?, number("when-month")?, number("when-day")?).ok();
    let day = day().map_or_else(String::new, written_day);
    match (day.as_str(), form.get("time")) {
        ("", "") => String::new(),
        ("", time) => format!("Today at {time}"),
        (day, "") => day.to_owned(),
        (day, time) => format!("{day} at {time}"),
    }
}

/// The child's part as it will be, where it is about an adult too (practice 10).
async fn masked(visit: &SignedVisit, form: &Form) -> Result<Vec<(&'static str, String)>, holdfast_records::Fault> {
    // Also while it is still open which of several children it is.
    let adult = form.person("adult-person");
    let is_unlisted = form.is_unlisted("adult-name") && !form.is_unlisted("name");
    if form.get("name").is_empty() || adult.is_none() && !is_unlisted {
        return Ok(Vec::new());
    }
    let mut masked = Vec::new();
    for (field, title) in
        [("seen", "What you saw or heard"), ("words", "What the child said"), ("opinion", "What you think")]
    {
        let words = if let Some(adult) = adult {
            visit.records.as_masked(&visit.session, adult, form.get(field)).await?
        } else {
            let of = (form.person("person"), form.get("adult-name"));
            visit.records.as_masked_unlisted(&visit.session, of, form.get(field)).await?
        };
        if !words.is_empty() {
            masked.push((title, words.to_string()));
        }
    }
    Ok(masked)
}

/// Whether somebody is to be told in person.
pub(super) fn is_grave(urgency: Urgency) -> bool {
    urgency.is_told_in_person()
}
