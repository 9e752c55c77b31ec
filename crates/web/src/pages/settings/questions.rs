//! What a person must decide because a policy says two things. Holdfast chooses neither.

use super::{Deciders, capital, decider};
use crate::{
    fields::Fields,
    kit::{Choices, Field, Problem},
    pages::{Frame, Here, announce, error_at, found, render, status},
    visit::{Answered, SignedVisit},
    words,
};
use askama::Template;
use axum::http::StatusCode;
use holdfast_records::{
    Fault,
    access::Capability,
    settings::{
        Chosen, Decision, Owner,
        conflicts::{self, Conflict},
    },
};

#[derive(Template)]
#[template(path = "settings/questions.html")]
struct ListPage {
    frame: Frame,
    open: usize,
    questions: Vec<QuestionRow>,
    may_decide: bool,
}

struct QuestionRow {
    id: &'static str,
    question: &'static str,
    source: &'static str,
    /// What was decided, by whom, when and why; nothing while it is open.
    decided: Option<(String, String)>,
}

#[derive(Template)]
#[template(path = "settings/question.html")]
struct FormPage {
    frame: Frame,
    id: &'static str,
    question: &'static str,
    source: &'static str,
    answer: Choices,
    why: Field,
    clause: Field,
    problems: Vec<Problem>,
}

pub(crate) async fn list(visit: SignedVisit) -> Answered {
    let mut decisions = visit.records.decisions(visit.session.school).await?;
    let deciders = visit.records.deciders(&visit.session).await?;
    decisions.sort_by_key(|decision| decision.answer.is_some());
    let page = ListPage {
        frame: Frame::signed(&visit, Here::Settings),
        open: decisions.iter().filter(|decision| decision.answer.is_none()).count(),
        questions: decisions.iter().map(|decision| row(decision, &deciders, &visit)).collect(),
        may_decide: may_decide(&visit),
    };
    Ok(render(StatusCode::OK, &page))
}

fn may_decide(visit: &SignedVisit) -> bool {
    let owners = Owner::Safeguarding.duties();
    visit.me.may(Capability::ChangeSettings) && visit.me.duties.iter().any(|duty| owners.contains(duty))
}

fn row(decision: &Decision, deciders: &Deciders, visit: &SignedVisit) -> QuestionRow {
    let told = |fact: &holdfast_records::settings::Fact| {
        let day = words::day(fact.at, &visit.sources.school.zone);
        format!("{}, {day}: {}", decider(deciders, fact.by), fact.why)
    };
    let decided = decision.answer.zip(decision.fact.as_ref());
    QuestionRow {
        id: decision.conflict.id,
        question: decision.conflict.question,
        source: decision.conflict.source,
        decided: decided.map(|(answer, fact)| (capital(answer.title), told(fact))),
    }
}

fn named(visit: &SignedVisit) -> Result<&'static Conflict, Fault> {
    conflicts::by_id(visit.places.get("question")).ok_or(Fault::NotFound)
}

pub(crate) async fn form(visit: SignedVisit) -> Answered {
    show(&visit, &Fields::default(), Vec::new())
}

pub(crate) async fn decide(visit: SignedVisit, fields: Fields) -> Answered {
    let conflict = named(&visit)?;
    let (answer, why, clause) = (fields.get("answer"), fields.get("why"), fields.get("clause"));
    let mut problems = Vec::new();
    if answer.is_empty() {
        problems.push(Problem::at("answer", "Choose one of the answers."));
    }
    if why.is_empty() {
        problems.push(Problem::at("why", "Say why. One line is enough; it stays with the decision."));
    }
    if !problems.is_empty() {
        return show(&visit, &fields, problems);
    }
    let clause = (!clause.is_empty()).then_some(clause);
    let chosen = Chosen { conflict: conflict.id, answer, why, clause };
    match visit.records.decide_conflict(&visit.session, chosen).await {
        Ok(_) => {
            announce(&visit, "It is decided", "The settings that follow from it are in force now.");
            Ok(found("/settings/questions"))
        }
        Err(Fault::Wrong(wrong)) => {
            let field = |file: &str| if file == "why" { "why" } else { "answer" };
            let problems = wrong.iter().map(|one| Problem::at(field(&one.file), &*one.message)).collect();
            show(&visit, &fields, problems)
        }
        Err(fault) => Err(fault),
    }
}

fn show(visit: &SignedVisit, fields: &Fields, problems: Vec<Problem>) -> Answered {
    let conflict = named(visit)?;
    if !may_decide(visit) {
        let words = format!("This is for the {} to decide. Ask one of them.", Owner::Safeguarding.words());
        return Err(Fault::NotAllowed(words));
    }
    let error = |field: &str| error_at(&problems, field);
    let options = conflict.options.iter();
    let answer = options.fold(Choices::new("answer", "What does the school mean?"), |all, one| {
        all.option(one.word, capital(one.title))
    });
    let is_wrong = !problems.is_empty();
    let frame = Frame::signed(visit, Here::Settings);
    let page = FormPage {
        frame: frame.erring(is_wrong),
        id: conflict.id,
        question: conflict.question,
        source: conflict.source,
        answer: answer.chosen(fields.get("answer")).error(error("answer")),
        why: Field::new("why", "Why").value(fields.get("why")).error(error("why")),
        clause: Field::new("clause", "Clause of the policy (if there is one)").value(fields.get("clause")),
        problems,
    };
    Ok(render(status(is_wrong), &page))
}
