//! The questions: all on one page, or one a page.

use super::{
    super::{Ring, officer},
    At, Form, People, Wrong, problems, read_by, urgencies,
};
use crate::{
    kit::{Choices, DateField, Field, Kind as Typing, Problem, Width},
    pages::{
        Frame, Here,
        form::{called, told_apart},
        render, status,
    },
    visit::{Answered, SignedVisit},
    words::capital,
};
use askama::Template;
use holdfast_records::{
    Fault,
    concern::{Mode, Part, Picture, Place, Risk},
    people::Found,
};

/// One thing that is asked.
pub(super) enum Piece {
    Input(Field),
    Area(Field, u8),
    Radios(Choices),
    Ticks(Choices),
    Date(DateField),
    Pick(Pick),
}

/// Whom a name found, to choose one of them (practice 21).
pub(super) struct Pick {
    pub(super) name: &'static str,
    pub(super) legend: String,
    pub(super) error: Option<String>,
    pub(super) rows: Vec<PickRow>,
    pub(super) is_focused: bool,
}

/// One of them.
pub(super) struct PickRow {
    pub(super) id: String,
    pub(super) person: String,
    pub(super) name: String,
    pub(super) about: String,
    pub(super) has_photo: bool,
    pub(super) is_namesake: bool,
    pub(super) is_chosen: bool,
}

impl Pick {
    pub(super) fn new(name: &'static str, legend: String, found: &Found, chosen: &str) -> Self {
        let rows = (1..).zip(&found.people).map(|(place, picked)| {
            let person = picked.id.to_string();
            PickRow {
                id: if place == 1 { name.to_owned() } else { format!("{name}-{place}") },
                name: called(&picked.full_name, picked.preferred_name.as_deref()),
                about: told_apart(picked),
                has_photo: picked.has_photo,
                is_namesake: picked.another_has_this_name,
                is_chosen: person == chosen,
                person,
            }
        });
        Self { name, legend, error: None, rows: rows.collect(), is_focused: false }
    }
}

#[derive(Template)]
#[template(path = "concerns/questions.html")]
struct QuestionsPage {
    frame: Frame,
    title: &'static str,
    /// Who could read it, under what they would read.
    read_by: Vec<(String, Vec<String>)>,
    has_picture: bool,
    is_about_adult: bool,
    /// The designated officer, where it is about an adult.
    officer: Vec<Ring>,
    problems: Vec<Problem>,
    pieces: Vec<Piece>,
    /// What need not be answered, folded away.
    more: Vec<Piece>,
    kept: Vec<(&'static str, String)>,
    at: &'static str,
    before: Option<&'static str>,
    button: &'static str,
    /// Why what was written cannot be kept before it is sent, if it cannot.
    not_kept: bool,
}

pub(super) async fn page(visit: &SignedVisit, form: &Form, people: &People, at: At, wrong: Wrong) -> Answered {
    let asking = Asking { form, people, wrong: &wrong };
    let (title, pieces, more) = match at {
        At::Quick => ("Raise a concern", asking.quick(), asking.quick_more()),
        At::Who => (
            if form.is_about_adult() { "Who is it about?" } else { "Which child is it about?" },
            asking.who(true),
            Vec::new(),
        ),
        At::Seen => ("What did you see or hear?", vec![asking.seen(8, true)], Vec::new()),
        At::Words => ("What did the child say?", asking.words(true), Vec::new()),
        At::Opinion => ("What do you think?", vec![asking.opinion(true)], Vec::new()),
        At::When => ("When and where was it?", asking.when(), Vec::new()),
        At::Kind => ("What kind of concern is it?", asking.kind(), Vec::new()),
        _ => ("How urgent is it?", vec![Piece::Radios(urgencies(form))], Vec::new()),
    };
    let asked: Vec<&str> = asked_at(at).to_vec();
    let page = QuestionsPage {
        frame: Frame::signed(visit, Here::Concerns).hiding().erring(!wrong.is_empty()),
        title,
        read_by: read_by(visit, form).await?,
        has_picture: matches!(form.picture(), Some(Picture::Yes | Picture::NotSure)),
        is_about_adult: form.is_about_adult(),
        officer: if form.is_about_adult() { officer(visit).await? } else { Vec::new() },
        problems: problems(&wrong),
        pieces,
        more,
        kept: form.kept(&asked),
        at: at.word(),
        before: at.before().map(At::word),
        button: if at == At::Quick { "Check and send" } else { "Go on" },
        not_kept: visit.session.unlocked.is_none(),
    };
    Ok::<_, Fault>(render(status(!wrong.is_empty()), &page))
}

/// The fields that a page asks itself; all others it carries along.
fn asked_at(at: At) -> &'static [&'static str] {
    match at {
        At::Quick => &[
            "name",
            "person",
            "unlisted",
            "adult-name",
            "adult-person",
            "adult-unlisted",
            "seen",
            "words",
            "reassured",
            "opinion",
            "urgency",
            "when-day",
            "when-month",
            "when-year",
            "time",
            "place",
            "mode",
            "risk",
            "paper",
        ],
        At::Who => &["name", "person", "unlisted", "adult-name", "adult-person", "adult-unlisted"],
        At::Seen => &["seen"],
        At::Words => &["words", "reassured"],
        At::Opinion => &["opinion"],
        At::When => &["when-day", "when-month", "when-year", "time", "place"],
        At::Kind => &["mode", "risk"],
        At::Urgent => &["urgency", "paper"],
        At::First | At::Check => &[],
    }
}

struct Asking<'a> {
    form: &'a Form,
    people: &'a People,
    wrong: &'a Wrong,
}

impl Asking<'_> {
    fn error(&self, field: &str) -> Option<String> {
        self.wrong.iter().find(|(one, _)| *one == field).map(|(_, words)| words.clone())
    }

    /// The first field has the focus, unless something is wrong: then the summary has.
    fn first(&self, field: Field, is_first: bool) -> Field {
        if is_first && self.wrong.is_empty() { field.focused() } else { field }
    }

    fn quick(&self) -> Vec<Piece> {
        let mut pieces = self.who(false);
        pieces.push(self.seen(5, false));
        pieces.push(Piece::Radios(urgencies(self.form)));
        pieces
    }

    fn quick_more(&self) -> Vec<Piece> {
        let mut pieces = self.words(false);
        pieces.push(self.opinion(false));
        pieces.extend(self.when());
        pieces.extend(self.kind());
        pieces.push(self.paper());
        pieces
    }

    fn who(&self, shows_found: bool) -> Vec<Piece> {
        let mut pieces = Vec::new();
        let is_about_adult = self.form.is_about_adult();
        if is_about_adult {
            let field = Field::new("adult-name", "Which adult is it about?")
                .hint("The beginning of any part of their name is enough");
            pieces.push(self.name(field, "adult-name", true));
            pieces.extend(self.pick("adult-name", "adult-person", "Which adult is it?", shows_found));
            pieces.extend(self.unlisted(
                "adult-unlisted",
                "adult-name",
                "Such as supply staff, a contractor, a volunteer",
            ));
        }
        let (label, hint) = if is_about_adult {
            (
                "Which child does it concern? (if there is one)",
                "Their name. The safeguarding leads get this part, without the adult’s name; none of them whom it is about.",
            )
        } else {
            ("Which child is it about?", "The beginning of any part of their name, or the code of their class")
        };
        pieces.push(self.name(Field::new("name", label).hint(hint), "name", !is_about_adult));
        pieces.extend(self.pick("name", "person", "Which child is it?", shows_found));
        pieces.extend(self.unlisted("unlisted", "name", "Such as a child who is new or visits"));
        pieces
    }

    /// That whoever is meant is in no list. Asked beside a name that was looked for, also where the list has others of that name.
    fn unlisted(&self, field: &'static str, name: &str, such_as: &str) -> Option<Piece> {
        let legend = if name == "name" {
            "Is the child on the school’s list?"
        } else {
            "Is the adult on the school’s list?"
        };
        let hint = format!("{such_as}. Whoever receives it finds out who it is.");
        let choices = Choices::new(field, legend)
            .hint(hint)
            .option("yes", "No, or I do not know: send it with the name as I wrote it")
            .chosen(self.form.get(field));
        (!self.form.get(name).is_empty()).then_some(Piece::Ticks(choices))
    }

    fn name(&self, field: Field, name: &str, is_first: bool) -> Piece {
        let field = field.value(self.form.get(name)).autocomplete("off").width(Width::Thirty).error(self.error(name));
        Piece::Input(self.first(field, is_first))
    }

    fn pick(&self, name: &'static str, field: &'static str, legend: &str, shows_found: bool) -> Option<Piece> {
        let found = self.people.of(name);
        let is_open = shows_found && found.people.len() > 1;
        is_open.then(|| {
            let legend = if found.there_are_more {
                format!("{legend} There are more: say more of the name.")
            } else {
                legend.to_owned()
            };
            Piece::Pick(Pick::new(field, legend, found, self.form.get(field)))
        })
    }

    fn seen(&self, rows: u8, is_first: bool) -> Piece {
        let field = Field::new("seen", "What did you see or hear?")
            .hint("Facts, in your own words: who, what, where. One line is enough to begin with; you can always add more. No pictures.")
            .value(self.form.get("seen"))
            .autocomplete("off")
            .error(self.error("seen"));
        Piece::Area(self.first(field, is_first), rows)
    }

    fn words(&self, is_first: bool) -> Vec<Piece> {
        let field = Field::new("words", "What did the child say, in their own words?")
            .hint("As they said it, also if it is rude or does not make sense. Do not ask again. Left empty: it was not spoken.")
            .value(self.form.get("words"))
            .autocomplete("off")
            .error(self.error("words"));
        let reassured = Choices::new("reassured", "If a child told you")
            .hint("Say: “You were right to tell me. I take it seriously. I cannot keep it to myself, and I will help you be safe.”")
            .option("yes", "I told the child that they are taken seriously and will be helped")
            .chosen(self.form.get("reassured"));
        vec![Piece::Area(self.first(field, is_first), 4), Piece::Ticks(reassured)]
    }

    fn opinion(&self, is_first: bool) -> Piece {
        let field = Field::new("opinion", "What do you think about it?")
            .hint("Opinion, apart from the facts. Of a child with special needs: do not explain signs of harm away by the need.")
            .value(self.form.get("opinion"))
            .autocomplete("off")
            .error(self.error("opinion"));
        Piece::Area(self.first(field, is_first), 4)
    }

    fn when(&self) -> Vec<Piece> {
        let values = ["when-day", "when-month", "when-year"].map(|field| self.form.get(field).to_owned());
        let place = Place::ALL.iter().fold(Choices::new("place", "Where was it?"), |choices, place| {
            choices.option(place.word(), capital(place.title()))
        });
        vec![
            Piece::Date(
                DateField::new("when", "Which day was it?")
                    .hint("For example, 23 11 2026. Left empty with a time, it is today.")
                    .values(values)
                    .error(self.error("when")),
            ),
            Piece::Input(
                Field::new("time", "At what time?")
                    .hint("For example, 14:20, if that is known")
                    .value(self.form.get("time"))
                    .autocomplete("off")
                    .kind(Typing::Code)
                    .width(Width::Five)
                    .error(self.error("time")),
            ),
            Piece::Radios(place.chosen(self.form.get("place"))),
        ]
    }

    fn kind(&self) -> Vec<Piece> {
        let mode = Mode::ALL.iter().fold(Choices::new("mode", "Was it online?"), |choices, mode| {
            choices.option(mode.word(), capital(mode.title()))
        });
        let risks = Risk::ALL.iter().fold(Choices::new("risk", "What kind of risk is it?"), |choices, risk| {
            choices.option(risk.word(), capital(risk.title()))
        });
        let risks = self.form.risks().iter().fold(risks, |risks, risk| risks.chosen(risk.word()));
        vec![Piece::Radios(mode.chosen(self.form.get("mode"))), Piece::Ticks(risks.hint("As many as fit"))]
    }

    fn paper(&self) -> Piece {
        let field = Field::new("paper", "Did you write it on a paper form first?")
            .hint("The reference at the top of that form, such as 7KQ2M-WH4XA; the concern keeps it")
            .value(self.form.get("paper"))
            .autocomplete("off")
            .kind(Typing::Code)
            .width(Width::Twenty)
            .error(self.error("paper"));
        Piece::Input(field)
    }
}

/// What each of two children is to it.
pub(super) fn parts(field: &'static str, legend: &str, chosen: &str) -> Choices {
    let choices = Part::ALL
        .iter()
        .fold(Choices::new(field, legend), |choices, part| choices.option(part.word(), capital(part.title())));
    choices.chosen(if chosen.is_empty() { Part::About.word() } else { chosen })
}
