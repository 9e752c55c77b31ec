//! Raising a concern: the first screen, the form on one page or one question a page, checking it, sending it.
//!
//! The page carries everything that was answered, so each answer comes back with it whatever goes wrong; beside that a draft is
//! kept for whoever has a key of their own unlocked. Nothing is kept on the device (practice 19).

mod check;
mod form;
mod lost;
mod questions;
mod sent;

use super::{Ring, adults_only, care_now, numbers, readers};
use crate::{
    fields::Fields,
    kit::{Choices, Problem},
    pages::{Frame, Here, announce, found, plain, render},
    visit::{Answered, SignedVisit},
    words,
};
use askama::Template;
use axum::{http::StatusCode, response::IntoResponse as _};
use form::Form;
use holdfast_records::{
    Fault,
    access::FileKind,
    concern::{Urgency, climb::WhenRead},
    contacts::TeamMember,
    id,
    people::{Found, Kind, Listing, Picked},
    settings::define::incidents::LEAD_PLACES,
};

pub(super) use form::told;
pub(crate) use lost::again;
pub(crate) use sent::page as sent_page;

/// The pages of the form, by the words that its buttons send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    First,
    Quick,
    Who,
    Seen,
    Words,
    Opinion,
    When,
    Kind,
    Urgent,
    Check,
}

impl At {
    const ALL: [(Self, &'static str); 10] = [
        (Self::First, "first"),
        (Self::Quick, "quick"),
        (Self::Who, "who"),
        (Self::Seen, "seen"),
        (Self::Words, "words"),
        (Self::Opinion, "opinion"),
        (Self::When, "when"),
        (Self::Kind, "kind"),
        (Self::Urgent, "urgent"),
        (Self::Check, "check"),
    ];

    fn of(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == word).map(|(at, _)| *at)
    }

    fn word(self) -> &'static str {
        Self::ALL.iter().find(|(at, _)| *at == self).map_or("first", |(_, word)| word)
    }

    /// The page after it.
    fn next(self, is_guided: bool) -> Self {
        match self {
            Self::First if is_guided => Self::Who,
            Self::First => Self::Quick,
            Self::Who => Self::Seen,
            Self::Seen => Self::Words,
            Self::Words => Self::Opinion,
            Self::Opinion => Self::When,
            Self::When => Self::Kind,
            Self::Kind => Self::Urgent,
            Self::Quick | Self::Urgent | Self::Check => Self::Check,
        }
    }

    /// The question before it, where there is one.
    fn before(self) -> Option<Self> {
        match self {
            Self::Seen => Some(Self::Who),
            Self::Words => Some(Self::Seen),
            Self::Opinion => Some(Self::Words),
            Self::When => Some(Self::Opinion),
            Self::Kind => Some(Self::When),
            Self::Urgent => Some(Self::Kind),
            Self::First | Self::Quick | Self::Who | Self::Check => None,
        }
    }
}

/// What is wrong with what was typed: a field and words.
type Wrong = Vec<(&'static str, String)>;

/// Whom the names found, as they are found again on each page: an id that a page sends is none unless its name finds it.
struct People {
    child: Found,
    adult: Found,
    other: Found,
}

impl People {
    /// The names' fields, and that of the choice, for each.
    const FIELDS: [(&'static str, &'static str); 3] =
        [("name", "person"), ("adult-name", "adult-person"), ("other-name", "other-person")];

    fn of(&self, name: &str) -> &Found {
        match name {
            "name" => &self.child,
            "adult-name" => &self.adult,
            _ => &self.other,
        }
    }

    /// Whoever was chosen among them.
    fn chosen(&self, form: &Form, name: &str, field: &str) -> Option<&Picked> {
        let person = form.person(field)?;
        self.of(name).people.iter().find(|picked| picked.id == person)
    }
}

#[derive(Template)]
#[template(path = "concerns/first.html")]
struct FirstPage {
    frame: Frame,
    team: Vec<TeamRow>,
    /// Where they are found, in the school's words.
    places: String,
    reading: String,
    numbers: Vec<Ring>,
    problems: Vec<Problem>,
    adult: Choices,
    picture: Choices,
    kept: Vec<(&'static str, String)>,
}

/// One of the safeguarding team, as the first screen shows them.
struct TeamRow {
    name: String,
    role: &'static str,
    is_away: bool,
}

impl From<&TeamMember> for TeamRow {
    fn from(member: &TeamMember) -> Self {
        let is_lead = member.duty == holdfast_records::access::Duty::DesignatedLead && !member.is_deputy;
        let role = if is_lead { "safeguarding lead" } else { "deputy safeguarding lead" };
        Self { name: member.name.clone(), role, is_away: member.is_away }
    }
}

/// The first screen: an adult first, the form after (practice 3).
pub(crate) async fn page(visit: SignedVisit) -> Answered {
    adults_only(&visit)?;
    let form = Form::begun(id::Row::new(visit.caller.now)?, visit.me.person);
    first(&visit, &form, Vec::new()).await
}

/// One of one's own drafts, opened where it can be gone on with.
pub(crate) async fn draft(visit: SignedVisit) -> Answered {
    adults_only(&visit)?;
    let draft = id::Row::parse(visit.places.get("draft"))?;
    let words = visit.records.draft(&visit.session, draft).await?;
    let mut form = Form::of_draft(&words);
    let people = look_up(&visit, &mut form).await?;
    let at = match (form.is_guided(), form.get("adult")) {
        (_, "") => At::First,
        (true, _) => At::Check,
        (false, _) => At::Quick,
    };
    show(&visit, &form, &people, at, Vec::new()).await
}

/// A page of the form was sent: what was answered is kept, and the next is shown.
pub(crate) async fn go_on(visit: SignedVisit, fields: Fields) -> Answered {
    adults_only(&visit)?;
    let mut form = Form::of(&fields);
    if !is_theirs(&visit, &form) {
        return Ok(lost::not_yours(&visit));
    }
    let at = At::of(fields.get("at")).unwrap_or(At::First);
    let go = fields.get("go");
    if go == "without-other" {
        form.clear("other-name");
        form.clear("other-person");
    }
    let people = look_up(&visit, &mut form).await?;
    let is_kept = keep(&visit, &form).await;
    if go == "keep" {
        return match is_kept {
            Ok(()) => {
                announce(
                    &visit,
                    "It is kept for you",
                    "Nothing was sent yet. Only you can open it, and it goes after 14 days.",
                );
                Ok(found("/concerns/mine"))
            }
            Err(words) => show(&visit, &form, &people, at, vec![("", words)]).await,
        };
    }
    if let Some(to) = At::of(go) {
        return show(&visit, &form, &people, to, Vec::new()).await;
    }
    let wrong = wrong_at(&visit, &form, &people, at);
    if !wrong.is_empty() {
        return show(&visit, &form, &people, at, wrong).await;
    }
    // Several go by the name: who it is is asked on the same page, as long as nobody was chosen.
    let is_open = at == At::Who && !is_settled(&form, &people);
    let next = if is_open { At::Who } else { at.next(form.is_guided()) };
    show(&visit, &form, &people, next, Vec::new()).await
}

/// Keeps what stands in an open form, for the script that does it while somebody writes. Nothing is answered.
pub(crate) async fn keep_quietly(visit: SignedVisit, fields: Fields) -> Answered {
    adults_only(&visit)?;
    let form = Form::of(&fields);
    let status = match (is_theirs(&visit, &form), form.number()) {
        // What was sent meanwhile is no draft any more: the verb refuses it.
        (true, Ok(_number)) if keep(&visit, &form).await.is_ok() => StatusCode::NO_CONTENT,
        _ => StatusCode::CONFLICT,
    };
    Ok(status.into_response())
}

/// The form is sent.
pub(crate) async fn send(visit: SignedVisit, fields: Fields) -> Answered {
    adults_only(&visit)?;
    // Whoever pressed a button that changes or keeps it has not sent it, wherever the press arrives.
    if !fields.get("go").is_empty() {
        return go_on(visit, fields).await;
    }
    let mut form = Form::of(&fields);
    if !is_theirs(&visit, &form) {
        return Ok(lost::not_yours(&visit));
    }
    let sent_about = People::FIELDS.map(|(_, field)| form.get(field).to_owned());
    let people = look_up(&visit, &mut form).await?;
    if sent_about != People::FIELDS.map(|(_, field)| form.get(field).to_owned()) {
        // A name was typed or its bearer changed since the page was made: nobody is meant whom they were not shown.
        let wrong = vec![("", "Look at whom it is about once more, then send it.".to_owned())];
        return show(&visit, &form, &people, At::Check, wrong).await;
    }
    if let Some((name, _)) = People::FIELDS.into_iter().find(|(name, field)| !is_chosen(&form, &people, name, field)) {
        let wrong = vec![(name, "Choose who it is: several go by this name.".to_owned())];
        return show(&visit, &form, &people, At::Check, wrong).await;
    }
    let zone = &visit.sources.school.zone;
    let concern = match form.concern(zone, visit.caller.now) {
        Ok(concern) => concern,
        Err(wrong) => return show(&visit, &form, &people, At::Check, wrong).await,
    };
    let raised = if form.waits_to_be_placed() {
        let meant = People::FIELDS.into_iter().filter_map(|(name, field)| {
            people.chosen(&form, name, field).map(|picked| (name, picked.full_name.clone()))
        });
        let unlisted = form.unlisted(concern, &meant.collect::<Vec<_>>());
        visit.records.raise_unlisted(&visit.session, &unlisted).await
    } else {
        visit.records.raise_concern(&visit.session, &concern).await
    };
    match raised {
        Ok(sent) => {
            if sent.is_again {
                announce(
                    &visit,
                    "It was sent already",
                    "Nothing was made a second time. If you wrote more since, add it with “I have heard more”.",
                );
            }
            Ok(found(&format!("/concerns/sent/{}", sent.form)))
        }
        Err(fault @ (Fault::Unavailable(_) | Fault::Damaged(_))) => Err(fault),
        Err(fault) => {
            // Their words are safe in a draft too, as far as one can be kept.
            drop(keep(&visit, &form).await);
            let wrong = match &fault {
                Fault::NotFound => {
                    vec![("", "One of those it is about is not here any more. Choose again.".to_owned())]
                }
                fault => named(fault),
            };
            show(&visit, &form, &people, At::Check, wrong).await
        }
    }
}

/// What the records said, at the field they name.
fn named(fault: &Fault) -> Wrong {
    let Fault::Wrong(problems) = fault else { return vec![("", plain(fault))] };
    let one = |message: &str| match message.split_once(": ") {
        Some(("person" | "about", words)) => ("name", words::capital(words)),
        Some(("adult", words)) => ("adult-name", words::capital(words)),
        Some(("seen" | "words", words)) => ("seen", words::capital(words)),
        Some(("told", words)) => ("told", words::capital(words)),
        Some(("paper", words)) => ("paper", words::capital(words)),
        _ => ("", message.to_owned()),
    };
    problems.iter().map(|problem| one(&problem.message)).collect()
}

/// Whether whoever sends a form began it: at a shared computer somebody else may have sat down meanwhile.
fn is_theirs(visit: &SignedVisit, form: &Form) -> bool {
    form.person("by") == Some(visit.me.person)
}

/// Keeps what was written; or why it cannot be kept.
async fn keep(visit: &SignedVisit, form: &Form) -> Result<(), String> {
    let Ok(number) = form.number() else { return Ok(()) };
    if !form.has_words() {
        return Ok(());
    }
    visit.records.keep_draft(&visit.session, number, &form.to_draft()).await.map_err(|fault| match fault {
        Fault::Locked(words) => words,
        fault => {
            tracing::warn!("a draft could not be kept: {fault}");
            "It could not be kept just now. What you wrote is still on this page.".to_owned()
        }
    })
}

/// Finds whom the names mean. One alone is chosen; whoever was chosen under another name is so no more.
async fn look_up(visit: &SignedVisit, form: &mut Form) -> Result<People, Fault> {
    if !form.is_about_adult() {
        for field in ["adult-name", "adult-person", "adult-unlisted"] {
            form.clear(field);
        }
    }
    let people = People {
        child: find_listed(visit, form, "name").await?,
        adult: find_listed(visit, form, "adult-name").await?,
        other: find(visit, form.get("other-name"), false).await?,
    };
    for (name, field) in People::FIELDS {
        if people.chosen(form, name, field).is_some() {
            continue;
        }
        form.clear(field);
        if let [only] = people.of(name).people.as_slice()
            && !people.of(name).there_are_more
        {
            form.set(field, only.id.to_string());
        }
    }
    Ok(people)
}

/// Whom a name finds; nobody, where the writer says that whoever they mean is not listed.
async fn find_listed(visit: &SignedVisit, form: &Form, name: &str) -> Result<Found, Fault> {
    if form.is_unlisted(name) {
        return Ok(Found::default());
    }
    find(visit, form.get(name), name == "adult-name").await
}

/// People by the beginnings of their names; pupils also by the code of their class.
async fn find(visit: &SignedVisit, typed: &str, is_adult: bool) -> Result<Found, Fault> {
    if typed.is_empty() {
        return Ok(Found::default());
    }
    let kind = (!is_adult).then_some(Kind::Pupil);
    let mut found = visit.records.find_to_raise(&visit.session, typed, kind).await?;
    found.people.retain(|picked| match picked.kind {
        Kind::Pupil => !is_adult,
        Kind::Parent => false,
        Kind::Staff | Kind::Governor | Kind::Visitor | Kind::Outside => is_adult,
    });
    let reads_directory = visit.me.may(holdfast_records::access::Capability::ReadDirectory);
    if found.people.is_empty() && !is_adult && reads_directory {
        let classes = visit.records.classes(&visit.session).await?;
        if let Some(class) = classes.iter().find(|class| class.code.eq_ignore_ascii_case(typed)) {
            let listing = Listing { kind, class: Some(class.id), ..Listing::default() };
            let listed = visit.records.list_people(&visit.session, listing).await?;
            found.there_are_more = listed.pages > 1;
            found.people = listed.people.into_iter().map(|(picked, _)| picked).collect();
        }
    }
    Ok(found)
}

/// Whether each name that was typed has its person.
fn is_settled(form: &Form, people: &People) -> bool {
    People::FIELDS.into_iter().all(|(name, field)| is_chosen(form, people, name, field))
}

fn is_chosen(form: &Form, people: &People, name: &str, field: &str) -> bool {
    form.get(name).is_empty() || form.is_unlisted(name) || people.chosen(form, name, field).is_some()
}

/// What is wrong with the answers of a page.
fn wrong_at(visit: &SignedVisit, form: &Form, people: &People, at: At) -> Wrong {
    let mut wrong = Wrong::new();
    if at == At::First {
        if !["yes", "no"].contains(&form.get("adult")) {
            wrong.push(("adult", "Say whether it is about an adult who works here.".to_owned()));
        }
        if form.picture().is_none() {
            wrong.push(("picture", "Say whether there is a picture or video.".to_owned()));
        }
        return wrong;
    }
    if matches!(at, At::Quick | At::Who) {
        for (name, _) in People::FIELDS {
            if !form.get(name).is_empty() && !form.is_unlisted(name) && people.of(name).people.is_empty() {
                let words = if form.is_about_adult() { NOBODY_FOUND_ADULT } else { NOBODY_FOUND };
                wrong.push((name, words.to_owned()));
            }
        }
        let (asked, words) = if form.is_about_adult() {
            ("adult-name", "Write the name of the adult it is about.")
        } else {
            ("name", "Write the name of the child it is about, or the code of their class.")
        };
        if form.get(asked).is_empty() {
            wrong.push((asked, words.to_owned()));
        }
    }
    if matches!(at, At::Quick | At::When) {
        let problems = form.concern(&visit.sources.school.zone, visit.caller.now).err().unwrap_or_default();
        wrong.extend(problems.into_iter().filter(|(field, _)| matches!(*field, "when" | "time")));
    }
    if matches!(at, At::Quick | At::Opinion)
        && ["seen", "words", "opinion"].iter().all(|field| form.get(field).is_empty())
    {
        let field = if at == At::Quick { "seen" } else { "opinion" };
        wrong.push((field, "Write one line at least: what was seen, heard or said.".to_owned()));
    }
    wrong
}

const NOBODY_FOUND: &str = "Nobody of that name was found. Try the beginning of one of their names. Whoever is not on the \
    school’s list: tick that below, and it goes with the name as you wrote it. If it cannot wait, tell the safeguarding lead in person.";

/// The same where it is about an adult, who may be the lead or the head.
const NOBODY_FOUND_ADULT: &str = "Nobody of that name was found. Try the beginning of one of their names. Whoever is not on the \
    school’s list: tick that below, and it goes with the name as you wrote it. If it cannot wait, tell the head in person; if it is about \
    the head, the chair of governors. You can always ring the local authority’s designated officer (LADO) yourself.";

/// A page of the form.
async fn show(visit: &SignedVisit, form: &Form, people: &People, at: At, wrong: Wrong) -> Answered {
    match at {
        At::First => first(visit, form, wrong).await,
        At::Check => check::page(visit, form, people, wrong).await,
        at => questions::page(visit, form, people, at, wrong).await,
    }
}

async fn first(visit: &SignedVisit, form: &Form, wrong: Wrong) -> Answered {
    let team = visit.records.safeguarding_team(visit.session.school).await?;
    let error = |field: &str| wrong.iter().find(|(one, _)| *one == field).map(|(_, words)| words.clone());
    let mut adult = Choices::new("adult", "Is it about an adult who works here?")
        .hint("Staff, supply, volunteers, contractors, governors. It then goes to the head, or to whoever stands in where it is about the head, and not to the adult.")
        .option("no", "No")
        .option("yes", "Yes")
        .chosen(form.get("adult"))
        .error(error("adult"))
        .inline();
    if wrong.is_empty() {
        adult = adult.focused();
    }
    let picture = Choices::new("picture", "Is there a picture or video?")
        .hint("On a telephone, online or on paper. You are told first what not to do with it.")
        .option("no", "No")
        .option("yes", "Yes")
        .option("not-sure", "Not sure")
        .chosen(form.get("picture"))
        .error(error("picture"))
        .inline();
    let page = FirstPage {
        frame: Frame::signed(visit, Here::Concerns).erring(!wrong.is_empty()),
        team: team.iter().map(TeamRow::from).collect(),
        places: lead_places(visit).await?,
        reading: reading(visit).await?,
        numbers: numbers(visit).await?,
        problems: problems(&wrong),
        adult,
        picture,
        kept: form.kept(&["adult", "picture", "way"]),
    };
    Ok(render(crate::pages::status(!wrong.is_empty()), &page))
}

/// The lines of the summary of what is wrong. What belongs to no field is of the whole.
fn problems(wrong: &Wrong) -> Vec<Problem> {
    let line = |(field, words): &(&'static str, String)| match *field {
        "" => Problem::of_all(words.clone()),
        "when" => Problem::at("when-day", words.clone()),
        field => Problem::at(field, words.clone()),
    };
    wrong.iter().map(line).collect()
}

/// Where the safeguarding leads are found, as the school has written it.
async fn lead_places(visit: &SignedVisit) -> Result<String, Fault> {
    Ok(visit.records.settings(visit.session.school).await?.of(&LEAD_PLACES).join(", or "))
}

/// When it will be read (practice 27): by the school's watched hours.
async fn reading(visit: &SignedVisit) -> Result<String, Fault> {
    Ok(match visit.records.when_will_it_be_read(visit.session.school).await? {
        WhenRead::Now => "Concerns are watched for now: somebody is told as soon as you send it.".to_owned(),
        WhenRead::At(at) => {
            let when = words::when_next(at, visit.caller.now, &visit.sources.school.zone);
            let care = care_now(visit).await?;
            format!(
                "Nobody watches for concerns at this hour. It will be read from {when}. If it cannot wait, ring: 999, or {care}."
            )
        }
        WhenRead::NotKnown => {
            "The school has not said in which hours concerns are read. If it cannot wait, tell the safeguarding lead \
            in person, or where it is about them the head, or ring 999 or children’s social care."
                .to_owned()
        }
    })
}

/// Who could read it, as the page says it while somebody writes.
async fn read_by(visit: &SignedVisit, form: &Form) -> Result<Vec<(String, Vec<String>)>, Fault> {
    let adult = form.person("adult-person");
    let adults: Vec<id::Person> = adult.into_iter().collect();
    if form.waits_to_be_placed() {
        let kind = if form.is_about_adult() { FileKind::StaffConcern } else { FileKind::Child };
        let people = match (kind, adult) {
            (FileKind::StaffConcern, None) => {
                vec!["The head, or who stands in; nobody whom you name".to_owned()]
            }
            _ => readers(visit, kind, &adults).await?,
        };
        let mut groups =
            vec![("What you write, with your name, until it is known whom it is about".to_owned(), people)];
        // A child of the list does not wait for that.
        if form.is_unlisted("adult-name") && form.person("person").is_some() {
            let title = "The child’s part at once, without the adult’s name".to_owned();
            groups.push((title, readers(visit, FileKind::Child, &[]).await?));
        }
        return Ok(groups);
    }
    let has_child = !form.is_about_adult() || !form.get("name").is_empty();
    let mut groups = Vec::new();
    if form.is_about_adult() {
        let people = match adult {
            Some(_) => readers(visit, FileKind::StaffConcern, &adults).await?,
            None => vec!["The head; where it is about the head, the chair of governors".to_owned()],
        };
        groups.push(("The part about the adult".to_owned(), people));
    }
    if has_child {
        let title =
            if form.is_about_adult() { "The child’s part, without the adult’s name" } else { "What you write" };
        groups.push((title.to_owned(), readers(visit, FileKind::Child, &adults).await?));
    }
    Ok(groups)
}

/// How urgent it is, as the form asks it.
fn urgencies(form: &Form) -> Choices {
    let chosen = if form.get("urgency").is_empty() { Urgency::Today } else { form.urgency() };
    Urgency::ALL
        .iter()
        .fold(Choices::new("urgency", "How urgent is it?"), |choices, urgency| {
            let words = words::capital(urgency.title());
            let (danger, harm) = if form.is_about_adult() {
                (
                    "Ring 999 first, and go to the head; if it is about the head, to the chair of governors.",
                    "Tell the head in person as well, now; if it is about the head, the chair of governors. You can always ring the \
                     designated officer (LADO) yourself.",
                )
            } else {
                (
                    "Ring 999 first, and go to an adult of the safeguarding team.",
                    "Tell somebody of the safeguarding team in person as well, now.",
                )
            };
            match urgency {
                Urgency::Danger => choices.option_with(urgency.word(), words, danger),
                Urgency::Harm => choices.option_with(urgency.word(), words, harm),
                _ => choices.option(urgency.word(), words),
            }
        })
        .chosen(chosen.word())
}
