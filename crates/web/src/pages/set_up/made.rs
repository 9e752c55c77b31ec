//! Setting the school up, and handing over what was made for its people: a passphrase for each first sign-in, a recovery code for each
//! custodian. They are in this seat's memory alone, each until it is handed over, and nowhere else.

use super::{
    Task, drafting, drafting_form, framed, is_own_form,
    people::{Row, rows},
    seat_of,
};
use crate::{
    fields::Fields,
    house::is_same,
    kit::{Field, Kind, Problem, Width},
    pages::{Frame, announce, errors, found, plain, render},
    visit::{Answered, DoorVisit},
};
use askama::Template;
use axum::{http::StatusCode, response::Response};
use holdfast_records::{
    Fault, Session,
    access::Actor,
    id,
    people::{Draft, SetUpDone},
};
use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use zeroize::Zeroizing;

/// How many groups of a printed code are typed back.
const ASKED: usize = 3;

/// What somebody has who sets the school up: nothing at first, then what was made.
#[derive(Default)]
pub(crate) struct SettingUp {
    made: Mutex<Option<Made>>,
}

impl fmt::Debug for SettingUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SettingUp")
    }
}

struct Made {
    school: id::School,
    people: Vec<MadePerson>,
}

/// What was made for one of the first people, as far as it is not handed over.
struct MadePerson {
    name: String,
    sign_in_name: Option<String>,
    passphrase: Option<Zeroizing<String>>,
    is_custodian: bool,
    /// Gone once some groups of it were typed back.
    code: Option<Zeroizing<String>>,
    /// Which groups are asked for, counted from 1.
    asked: [usize; ASKED],
}

impl SettingUp {
    fn made(&self) -> MutexGuard<'_, Option<Made>> {
        self.made.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is still to be handed over, once the school is there.
    pub(super) fn tasks(&self) -> Option<Tasks> {
        let made = self.made();
        let made = made.as_ref()?;
        let slips = made.people.iter().filter(|person| person.passphrase.is_some()).count();
        let mut tasks = vec![
            Task::new("slips", "Hand over the first sign-ins", format!("{slips} slips to print, one for each person."))
                .at("/set-up/slips")
                .done_if(slips == 0),
        ];
        for (place, person) in made.people.iter().enumerate().filter(|(_, person)| person.is_custodian) {
            let number = place + 1;
            let task = Task::new(
                format!("code-{number}"),
                format!("Recovery code of {}", person.name),
                "Printed, and some of it typed back. Ask them to the screen; nobody else looks at it.",
            );
            let href = format!("/set-up/codes/{number}");
            tasks.push(if person.code.is_some() { task.at(href) } else { task.done_if(true) });
        }
        let is_all_done = slips == 0 && made.people.iter().all(|person| person.code.is_none());
        Some(Tasks { tasks, is_all_done })
    }

    /// Whether all that was made is handed over; nothing before there is a school.
    pub(crate) fn is_handed_over(&self) -> Option<bool> {
        self.tasks().map(|tasks| tasks.is_all_done)
    }

    /// Puts in what was made.
    fn put(&self, draft: &Draft, done: SetUpDone) -> Result<(), Fault> {
        let mut people = Vec::with_capacity(done.people.len());
        for (person, made) in draft.people.iter().zip(done.people) {
            people.push(MadePerson {
                name: person.full_name.clone(),
                sign_in_name: person.sign_in_name.clone(),
                passphrase: made.passphrase,
                is_custodian: made.recovery_code.is_some(),
                asked: asked_of(made.recovery_code.as_deref().map_or(0, |code| groups(code).count()))?,
                code: made.recovery_code,
            });
        }
        *self.made() = Some(Made { school: done.school, people });
        Ok(())
    }

    /// The custodian of a number in the path, whose code is not typed back yet.
    fn custodian(&self, number: &str) -> Result<Custodian, Fault> {
        let place = number.parse::<usize>().ok().and_then(|number| number.checked_sub(1)).ok_or(Fault::NotFound)?;
        let made = self.made();
        let made = made.as_ref().ok_or(Fault::NotFound)?;
        let person = made.people.get(place).ok_or(Fault::NotFound)?;
        let code = person.code.clone().ok_or(Fault::NotFound)?;
        Ok(Custodian { school: made.school, place, name: person.name.clone(), code, asked: person.asked })
    }

    fn drop_code(&self, place: usize) {
        if let Some(person) = self.made().as_mut().and_then(|made| made.people.get_mut(place)) {
            person.code = None;
        }
    }
}

/// What is still to be handed over.
pub(super) struct Tasks {
    tasks: Vec<Task>,
    is_all_done: bool,
}

struct Custodian {
    school: id::School,
    place: usize,
    name: String,
    code: Zeroizing<String>,
    asked: [usize; ASKED],
}

#[derive(Template)]
#[template(path = "set_up/check.html")]
struct CheckPage {
    frame: Frame,
    draft: Draft,
    people: Vec<Row>,
    missing: Vec<String>,
}

#[derive(Template)]
#[template(path = "set_up/made.html")]
struct MadePage {
    frame: Frame,
    tasks: Vec<Task>,
    is_all_done: bool,
}

#[derive(Template)]
#[template(path = "set_up/slips.html")]
struct SlipsPage {
    frame: Frame,
    address: String,
    slips: Vec<Slip>,
}

struct Slip {
    name: String,
    sign_in_name: String,
    passphrase: Zeroizing<String>,
}

#[derive(Template)]
#[template(path = "set_up/code.html")]
struct CodePage {
    frame: Frame,
    number: usize,
    name: String,
    rows: Vec<CodeRow>,
}

/// A group of a printed code with its place.
struct CodeRow {
    place: usize,
    group: String,
}

#[derive(Template)]
#[template(path = "set_up/check_code.html")]
struct CheckCodePage {
    frame: Frame,
    number: usize,
    name: String,
    fields: Vec<Field>,
    problems: Vec<Problem>,
}

pub(crate) async fn check(visit: DoorVisit) -> Answered {
    if let Err(elsewhere) = drafting(&visit).await? {
        return Ok(elsewhere);
    }
    let draft = visit.records.set_up_draft()?;
    let missing = draft.missing();
    Ok(check_page(&visit, StatusCode::OK, draft, missing))
}

fn check_page(visit: &DoorVisit, status: StatusCode, draft: Draft, missing: Vec<String>) -> Response {
    let frame = framed(visit);
    let frame = if status == StatusCode::OK { frame } else { frame.with_errors() };
    render(status, &CheckPage { frame, people: rows(&draft.people), draft, missing })
}

pub(crate) async fn make(visit: DoorVisit, fields: Fields) -> Answered {
    if let Err(elsewhere) = drafting_form(&visit, &fields).await? {
        return Ok(elsewhere);
    }
    let setting_up = seat_of(&visit).ok_or(Fault::NotFound)?;
    let draft = visit.records.set_up_draft()?;
    let done = match draft.to_set_up() {
        Ok(set_up) => visit.records.set_up(set_up).await,
        Err(problems) => Err(Fault::Wrong(problems)),
    };
    match done {
        Ok(done) => {
            setting_up.put(&draft, done)?;
            Ok(found("/set-up"))
        }
        Err(Fault::Wrong(problems)) => {
            let missing = problems.into_iter().map(|problem| problem.message).collect();
            Ok(check_page(&visit, StatusCode::UNPROCESSABLE_ENTITY, draft, missing))
        }
        Err(fault) => Err(fault),
    }
}

/// The list of what is to be handed over.
pub(super) fn page(visit: &DoorVisit, tasks: Tasks) -> Response {
    let Tasks { tasks, is_all_done } = tasks;
    render(StatusCode::OK, &MadePage { frame: framed(visit), tasks, is_all_done })
}

pub(crate) async fn slips(visit: DoorVisit) -> Answered {
    let setting_up = seat_of(&visit).ok_or(Fault::NotFound)?;
    let slips = {
        let made = setting_up.made();
        let made = made.as_ref().ok_or(Fault::NotFound)?;
        let slip = |person: &MadePerson| {
            Some(Slip {
                name: person.name.clone(),
                sign_in_name: person.sign_in_name.clone()?,
                passphrase: person.passphrase.clone()?,
            })
        };
        made.people.iter().filter_map(slip).collect::<Vec<_>>()
    };
    if slips.is_empty() {
        return Ok(found("/set-up"));
    }
    let settings = &visit.sources.settings;
    let origin = settings.secure_origin.clone().unwrap_or_else(|| settings.own_origin.clone());
    let address = format!("{origin}/sign-in");
    Ok(render(StatusCode::OK, &SlipsPage { frame: framed(&visit), address, slips }))
}

pub(crate) async fn handed_over(visit: DoorVisit, fields: Fields) -> Answered {
    let setting_up = handing_over(&visit, &fields)?;
    let setting_up = match setting_up {
        Ok(setting_up) => setting_up,
        Err(elsewhere) => return Ok(elsewhere),
    };
    if let Some(made) = setting_up.made().as_mut() {
        made.people.iter_mut().for_each(|person| person.passphrase = None);
    }
    announce(
        &visit,
        "Handed over",
        "The passphrases are kept nowhere now. Each person chooses a password of their own with theirs.",
    );
    Ok(found("/set-up"))
}

pub(crate) async fn code(visit: DoorVisit) -> Answered {
    let setting_up = seat_of(&visit).ok_or(Fault::NotFound)?;
    let custodian = setting_up.custodian(visit.places.get("number"))?;
    let rows = groups(&custodian.code).enumerate();
    let rows = rows.map(|(place, group)| CodeRow { place: place + 1, group: group.to_owned() }).collect();
    let page = CodePage { frame: framed(&visit), number: custodian.place + 1, name: custodian.name, rows };
    Ok(render(StatusCode::OK, &page))
}

pub(crate) async fn check_code(visit: DoorVisit) -> Answered {
    let setting_up = seat_of(&visit).ok_or(Fault::NotFound)?;
    let custodian = setting_up.custodian(visit.places.get("number"))?;
    Ok(check_code_page(&visit, &custodian, &[None, None, None]))
}

fn check_code_page(visit: &DoorVisit, custodian: &Custodian, wrong: &[Option<String>; ASKED]) -> Response {
    let field = |(number, wrong): (&usize, &Option<String>)| {
        Field::new(format!("group-{number}"), format!("Group {number} of the sheet"))
            .kind(Kind::Code)
            .width(Width::Ten)
            .autocomplete("off")
            .error(wrong.clone())
    };
    let fields: Vec<Field> = custodian.asked.iter().zip(wrong).map(field).collect();
    let problems: Vec<Problem> = fields.iter().filter_map(Field::problem).collect();
    let frame = framed(visit);
    let (status, frame) = if problems.is_empty() {
        (StatusCode::OK, frame)
    } else {
        (StatusCode::UNPROCESSABLE_ENTITY, frame.with_errors())
    };
    let (number, name) = (custodian.place + 1, custodian.name.clone());
    render(status, &CheckCodePage { frame, number, name, fields, problems })
}

pub(crate) async fn code_checked(visit: DoorVisit, fields: Fields) -> Answered {
    let setting_up = match handing_over(&visit, &fields)? {
        Ok(setting_up) => setting_up,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let custodian = setting_up.custodian(visit.places.get("number"))?;
    let wrong = custodian.asked.map(|number| {
        let printed = groups(&custodian.code).nth(number.saturating_sub(1)).unwrap_or_default();
        let is_right = is_same(&tidied(fields.get(&format!("group-{number}"))), &tidied(printed));
        (!is_right).then(|| format!("Group {number} is not as it is printed. Type it from the sheet once more."))
    });
    if wrong.iter().any(Option::is_some) {
        return Ok(check_code_page(&visit, &custodian, &wrong));
    }
    let console = Session { school: custodian.school, actor: Actor::Console, unlocked: None };
    match visit.records.check_recovery_code(&console, &custodian.code).await {
        Ok(_) => {}
        Err(fault @ Fault::Wrong(_)) => {
            let told = Some(plain(&fault));
            return Ok(check_code_page(&visit, &custodian, &[told, None, None]));
        }
        Err(fault) => return Err(fault),
    }
    setting_up.drop_code(custodian.place);
    announce(
        &visit,
        "The sheet is right",
        "The code is kept nowhere now but on paper. It goes into an envelope, and to its custodian.",
    );
    Ok(found("/set-up"))
}

/// Whoever hands over what was made, by a form of their own seat.
fn handing_over(visit: &DoorVisit, fields: &Fields) -> Result<Result<Arc<SettingUp>, Response>, Fault> {
    let setting_up = seat_of(visit).filter(|setting_up| setting_up.made().is_some()).ok_or(Fault::NotFound)?;
    if is_own_form(visit, fields) {
        return Ok(Ok(setting_up));
    }
    Ok(Err(errors::page(&visit.sources, StatusCode::FORBIDDEN)))
}

/// The groups of a printed code.
fn groups(code: &str) -> impl Iterator<Item = &str> {
    code.split('-')
}

/// A group however it was typed.
fn tidied(typed: &str) -> Zeroizing<String> {
    let signs =
        typed.chars().filter(|sign| !sign.is_whitespace() && *sign != '-').map(|sign| sign.to_ascii_lowercase());
    Zeroizing::new(
        signs
            .map(|sign| match sign {
                'o' => '0',
                'i' | 'l' => '1',
                sign => sign,
            })
            .collect(),
    )
}

/// Which of so many groups are asked for: one by chance of each third, so that it was read from the first to the last.
fn asked_of(count: usize) -> Result<[usize; ASKED], Fault> {
    let mut chance = [0; ASKED];
    getrandom::fill(&mut chance)
        .map_err(|fault| Fault::Unavailable(format!("The system gave no random bytes: {fault}. Try again.")))?;
    let third = (count / ASKED).max(1);
    let mut asked = [1; ASKED];
    for ((part, one), chance) in asked.iter_mut().enumerate().zip(chance) {
        *one = part * third + usize::from(chance) % third + 1;
    }
    Ok(asked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_different_groups_of_the_whole_code_are_asked_for() {
        for _ in 0..200 {
            let [one, two, three] = asked_of(13).unwrap();
            assert!((1..=4).contains(&one) && (5..=8).contains(&two) && (9..=12).contains(&three));
        }
        assert!(asked_of(0).is_ok());
        assert_eq!(*tidied(" aO-l2 "), "a012");
    }
}
