//! Changing a setting: with a reason, by whose setting it is, and with a fresh confirmation where it becomes looser.

use super::{capital, is_owner, named, said};
use crate::{
    fields::Fields,
    kit::{Choices, Field, Kind as FieldKind, Problem, Width},
    pages::{Frame, Here, announce, confirm_beside, error_at, found, render},
    visit::{Answered, SignedVisit},
};
use askama::Template;
use axum::{http::StatusCode, response::Response};
use holdfast_records::{
    Fault,
    access::Duty,
    settings::{Definition, Kind, NewValue, Part, Rhythm, State, Value, define},
};

#[derive(Template)]
#[template(path = "settings/change.html")]
struct ChangePage {
    frame: Frame,
    id: &'static str,
    title: &'static str,
    heading: &'static str,
    words: &'static str,
    verb: &'static str,
    button: &'static str,
    now: String,
    floor: Option<String>,
    part: Option<Choices>,
    input: Option<Input>,
    why: Field,
    clause: Option<Field>,
    problems: Vec<Problem>,
    must_confirm: bool,
}

/// What the value is entered with.
enum Input {
    Radios(Choices),
    Boxes(Choices),
    Line(Field),
    Lines(Field),
}

/// Which of the three forms it is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Change,
    Withdraw,
    Trust,
}

/// What was entered.
#[derive(Default)]
struct Entered {
    value: String,
    why: String,
    clause: String,
    part: String,
}

impl Entered {
    fn of(definition: &Definition, fields: &Fields) -> Self {
        let value = match definition.kind {
            Kind::Several { .. } | Kind::Duties => fields.all("value").collect::<Vec<_>>().join(", "),
            Kind::Names { .. } => {
                let names = fields.get("value").lines().map(str::trim).filter(|name| !name.is_empty());
                names.collect::<Vec<_>>().join(", ")
            }
            _ => fields.get("value").to_owned(),
        };
        let text = |name: &str| fields.get(name).to_owned();
        Self { value, why: text("why"), clause: text("clause"), part: text("part") }
    }

    fn clause(&self) -> Option<&str> {
        (!self.clause.is_empty()).then_some(self.clause.as_str())
    }
}

pub(crate) async fn form(visit: SignedVisit) -> Answered {
    show(&visit, Form::Change, None, Vec::new()).await
}

pub(crate) async fn withdraw_form(visit: SignedVisit) -> Answered {
    show(&visit, Form::Withdraw, None, Vec::new()).await
}

pub(crate) async fn trust_form(visit: SignedVisit) -> Answered {
    show(&visit, Form::Trust, None, Vec::new()).await
}

pub(crate) async fn change(visit: SignedVisit, fields: Fields) -> Answered {
    let definition = named(&visit)?;
    let entered = Entered::of(definition, &fields);
    let state = visit.records.settings(visit.session.school).await?.state(definition);
    let mut problems = Vec::new();
    match state.permit(Part::School, &entered.value) {
        Err(why) => problems.push(Problem::at("value", why)),
        // Whoever may not change it is told that by the records, and nothing else.
        Ok(value) if is_owner(&visit, definition) && loosens(&state, &value) => {
            problems.extend(confirm_beside(&visit).map(Problem::of_all));
        }
        Ok(_) => {}
    }
    if entered.why.is_empty() {
        problems.push(Problem::at("why", "Say why. One line is enough; it stays with the setting."));
    }
    if !problems.is_empty() {
        return show(&visit, Form::Change, Some(entered), problems).await;
    }
    let new =
        NewValue { setting: definition.id, value: Some(&entered.value), why: &entered.why, clause: entered.clause() };
    let done = visit.records.set_setting(&visit.session, new).await;
    ended(&visit, Form::Change, entered, done).await
}

pub(crate) async fn withdraw(visit: SignedVisit, fields: Fields) -> Answered {
    let definition = named(&visit)?;
    let entered = Entered::of(definition, &fields);
    let new = NewValue { setting: definition.id, value: None, why: &entered.why, clause: entered.clause() };
    let done = visit.records.set_setting(&visit.session, new).await;
    ended(&visit, Form::Withdraw, entered, done).await
}

pub(crate) async fn set_for_trust(visit: SignedVisit, fields: Fields) -> Answered {
    let definition = named(&visit)?;
    let entered = Entered::of(definition, &fields);
    let (part, value) = match entered.part.as_str() {
        "floor" => (Part::Floor, Some(entered.value.as_str())),
        "default" => (Part::Default, Some(entered.value.as_str())),
        "no-floor" => (Part::Floor, None),
        "no-default" => (Part::Default, None),
        _ => {
            let problem = Problem::at("part", "Choose what you set for the trust’s schools.");
            return show(&visit, Form::Trust, Some(entered), vec![problem]).await;
        }
    };
    let new = NewValue { setting: definition.id, value, why: &entered.why, clause: entered.clause() };
    let done = visit.records.set_trust_setting(&visit.session, part, new).await;
    ended(&visit, Form::Trust, entered, done).await
}

/// Whether a value is not as strict as what is in force; where neither way is stricter, any other value counts as that. Of how
/// people sign in, each change does.
fn loosens(state: &State, value: &Value) -> bool {
    let definition = state.definition();
    let is_security = define::area_of(definition.id).is_some_and(|area| area.word == "identity");
    is_security || !definition.is_as_strict(value, &state.effective().0)
}

async fn ended<T>(visit: &SignedVisit, form: Form, entered: Entered, done: Result<T, Fault>) -> Answered {
    let definition = named(visit)?;
    match done {
        Ok(_) => {
            let settings = visit.records.settings(visit.session.school).await?;
            let (value, _) = settings.state(definition).effective();
            let words = format!(
                "{}: {}. It is in force now, and stays in its history.",
                definition.title,
                said(definition, &value)
            );
            announce(visit, "The setting is changed", words);
            Ok(found(&format!("/settings/{}", definition.id)))
        }
        Err(Fault::Wrong(wrong)) => {
            let field = |file: &str| if file == "why" || form == Form::Withdraw { "why" } else { "value" };
            let problems = wrong.iter().map(|problem| Problem::at(field(&problem.file), &*problem.message)).collect();
            show(visit, form, Some(entered), problems).await
        }
        Err(fault) => Err(fault),
    }
}

async fn show(visit: &SignedVisit, form: Form, entered: Option<Entered>, problems: Vec<Problem>) -> Answered {
    let definition = named(visit)?;
    if form != Form::Trust && !is_owner(visit, definition) {
        return Err(Fault::NotAllowed(format!(
            "This is for the {} to change. Ask one of them.",
            definition.owner.words()
        )));
    }
    let state = visit.records.settings(visit.session.school).await?.state(definition);
    let (value, _) = state.effective();
    let is_again = entered.is_some();
    let entered = entered.unwrap_or_else(|| Entered { value: value.to_string(), ..Entered::default() });
    let error = |field: &str| error_at(&problems, field);
    let page = ChangePage {
        id: definition.id,
        title: definition.title,
        heading: match form {
            Form::Change => "Change this setting",
            Form::Withdraw => "Take back what the school decided",
            Form::Trust => "Set this for the trust’s schools",
        },
        words: match form {
            Form::Change => {
                "The change is in force at once. Nothing is overwritten: what was before stays in the history."
            }
            Form::Withdraw => "Then the trust’s default is in force, or Holdfast’s starting value where there is none.",
            Form::Trust => {
                "A school may always be stricter than the floor, and never looser. The default is what schools have that decided nothing."
            }
        },
        verb: match form {
            Form::Change => "change",
            Form::Withdraw => "withdraw",
            Form::Trust => "trust",
        },
        button: match form {
            Form::Change => "Change it",
            Form::Withdraw => "Take it back",
            Form::Trust => "Set it",
        },
        now: said(definition, &value),
        floor: state.floor().filter(|_| form == Form::Change).map(|floor| said(definition, &floor)),
        part: (form == Form::Trust).then(|| parts(&entered, error("part"))),
        input: (form != Form::Withdraw).then(|| input(definition, &entered.value, error("value").as_deref())),
        why: Field::new("why", "Why")
            .value(entered.why.as_str())
            .error(error("why"))
            .hint("One line is enough. Write nobody’s name."),
        clause: Some(Field::new("clause", "Clause of the policy (if there is one)").value(entered.clause.as_str())),
        must_confirm: is_again
            && problems.iter().any(|problem| problem.field.is_none())
            && confirm_beside(visit).is_some(),
        frame: framed(visit, &problems),
        problems,
    };
    Ok(answered(&page, is_again))
}

fn framed(visit: &SignedVisit, problems: &[Problem]) -> Frame {
    let frame = Frame::signed(visit, Here::Settings);
    if problems.is_empty() { frame } else { frame.with_errors() }
}

fn answered(page: &impl Template, is_again: bool) -> Response {
    render(if is_again { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK }, page)
}

fn parts(entered: &Entered, error: Option<String>) -> Choices {
    Choices::new("part", "What do you set?")
        .option_with("floor", "The floor", "How loose the trust’s schools may be.")
        .option_with("default", "The default", "What schools have that decided nothing.")
        .option_with("no-floor", "Take the floor back", "The value below is not used.")
        .option_with("no-default", "Take the default back", "The value below is not used.")
        .chosen(&entered.part)
        .error(error)
}

fn input(definition: &Definition, value: &str, error: Option<&str>) -> Input {
    let error = || error.map(str::to_owned);
    let question = || Choices::new("value", "The value").error(error());
    let field = || Field::new("value", "The value").error(error());
    let chosen_all = |choices: Choices| value.split(',').map(str::trim).fold(choices, Choices::chosen);
    match definition.kind {
        Kind::Choice(from) => {
            let choices = from.iter().fold(question(), |all, one| all.option(one.word, capital(one.title)));
            Input::Radios(choices.hint(capital(definition.order.words())).chosen(value))
        }
        Kind::Several { from, at_least } => {
            let choices = from.iter().fold(question(), |all, one| all.option(one.word, capital(one.title)));
            Input::Boxes(chosen_all(
                choices.hint(format!("At least {at_least}. {}.", capital(definition.order.words()))),
            ))
        }
        Kind::Duties => {
            let choices = Duty::ALL.iter().fold(question(), |all, duty| all.option(duty.word(), capital(duty.title())));
            Input::Boxes(chosen_all(choices.hint("At least one.")))
        }
        Kind::Switch => Input::Radios(
            question()
                .option("yes", "Yes")
                .option("no", "No")
                .hint(capital(definition.order.words()))
                .chosen(value)
                .inline(),
        ),
        Kind::Rhythm => {
            let choices = Rhythm::ALL.iter().fold(question(), |all, (_, one)| all.option(one.word, capital(one.title)));
            Input::Radios(choices.chosen(value))
        }
        Kind::Whole { unit, from, to } => Input::Line(
            field()
                .value(value)
                .hint(format!("A whole number from {from} to {to}: {unit}. {}.", capital(definition.order.words())))
                .kind(FieldKind::Digits)
                .width(Width::Five),
        ),
        Kind::Names { what, at_least } => {
            let hint = format!("{}, one a line; at least {at_least}.", capital(what));
            Input::Lines(field().value(value.replace(", ", "\n")).hint(hint))
        }
        Kind::Hours => Input::Line(
            field().value(value).hint("For example: mon-fri 10:30-10:50. It may be empty.").kind(FieldKind::Code),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looser_is_told_from_stricter() {
        let state = |id: &str| State::new(define::by_id(id).unwrap(), false);
        let of = |id: &str, text: &str| define::by_id(id).unwrap().kind.read(text).unwrap();
        let use_of_staff = state("sm.staff_personal_use");
        assert!(loosens(&use_of_staff, &of("sm.staff_personal_use", "breaks")));
        assert!(!loosens(&use_of_staff, &of("sm.staff_personal_use", "never")));
        let idle = state("sign_in.idle.others");
        assert!(loosens(&idle, &idle.effective().0), "how people sign in is confirmed each time");
    }
}
