//! Why was this blocked? The function that the wire asks, with everything that was considered. What is typed comes by POST and is kept
//! nowhere: not in an address, not in a log.

use super::{lists::list_title, tabs};
use crate::words::capital;
use crate::{
    fields::Fields,
    kit::{Area, Choices, Field, Kind, Problem, Width},
    pages::{Frame, Here, error_at, plain, render, status},
    visit::{Answered, SignedVisit},
    words,
};
use askama::Template;
use holdfast_core::{
    address::Address,
    category::Category,
    decide::{Verdict, explain},
    event::Outcome,
    host::Host,
    moment::Moment,
    request::Request,
    ruleset::{Description, Ruleset},
    subject::{GroupCode, Subject},
};
use holdfast_records::access::Capability;
use jiff::{Timestamp, civil::DateTime};

/// The longest address that is judged, in bytes.
const LONGEST: usize = 8_192;
/// What stands for whom we cannot tell.
const UNKNOWN: &str = "unknown";

#[derive(Template)]
#[template(path = "filtering/explain.html")]
struct ExplainPage {
    frame: Frame,
    tabs: Vec<Area>,
    problems: Vec<Problem>,
    address: Field,
    group: Choices,
    person: Option<Field>,
    at: Field,
    name_only: Choices,
    told: Option<Told>,
}

/// A verdict as it is told.
struct Told {
    style: &'static str,
    title: String,
    /// Nothing of a sealed hit but its tier.
    facts: Vec<(&'static str, String)>,
    they_read: Option<String>,
    considered: Vec<String>,
    is_sealed: bool,
}

/// What is judged.
enum Asked {
    Name(Host),
    Whole(Address),
}

pub(crate) async fn form(visit: SignedVisit) -> Answered {
    Ok(show(&visit, &Fields::default(), Vec::new(), None))
}

pub(crate) async fn answer(visit: SignedVisit, fields: Fields) -> Answered {
    let mut problems = Vec::new();
    let asked = match asked(fields.get("address"), fields.get("name-only") == "yes") {
        Ok(asked) => Some(asked),
        Err(words) => {
            problems.push(Problem::at("address", words));
            None
        }
    };
    let at = match moment(&visit, fields.get("at")) {
        Ok(at) => Some(at),
        Err(words) => {
            problems.push(Problem::at("at", words));
            None
        }
    };
    let subject = match subject(&visit, &fields).await {
        Ok(subject) => Some(subject),
        Err(problem) => {
            problems.push(problem);
            None
        }
    };
    let (Some(asked), Some(at), Some(subject)) = (asked, at, subject) else {
        return Ok(show(&visit, &fields, problems, None));
    };
    let ruleset = visit.sources.ruleset.borrow().clone();
    let zone = &visit.sources.school.zone;
    let moment = Moment::at(at, zone);
    let told = match &asked {
        Asked::Name(host) => told(&ruleset, &subject, &Request::name_only(host), &moment),
        Asked::Whole(address) => told(&ruleset, &subject, &Request::whole(address), &moment),
    };
    let facts = [("Judged for", words::moment(at, zone))];
    let told = Told { facts: facts.into_iter().chain(told.facts).collect(), ..told };
    Ok(show(&visit, &fields, problems, Some(told)))
}

/// A host alone is a name; with a path and no scheme it is an `http` address, as the command has it.
fn asked(typed: &str, name_only: bool) -> Result<Asked, String> {
    if typed.is_empty() || typed.len() > LONGEST {
        return Err(
            "Enter the address, such as https://www.rivers.example/delta, or the name of a site alone.".to_owned()
        );
    }
    if let Ok(host) = Host::parse(typed.trim_start_matches('[').trim_end_matches(']')) {
        return Ok(Asked::Name(host));
    }
    let with_scheme = if typed.contains("://") { typed.to_owned() } else { format!("http://{typed}") };
    let address = Address::parse(&with_scheme).map_err(|fault| fault.to_string())?;
    Ok(if name_only { Asked::Name(address.host().clone()) } else { Asked::Whole(address) })
}

fn moment(visit: &SignedVisit, typed: &str) -> Result<Timestamp, String> {
    if typed.is_empty() {
        return Ok(visit.caller.now);
    }
    let zone = &visit.sources.school.zone;
    let time = ["%d/%m/%Y %H:%M", "%d %B %Y %H:%M", "%Y-%m-%d %H:%M"]
        .iter()
        .find_map(|format| DateTime::strptime(format, typed).ok())
        .or_else(|| typed.parse::<DateTime>().ok().filter(|_| typed.contains(['T', ' '])))
        .or_else(|| Some(zone.to_datetime(visit.caller.now).date().to_datetime(typed.parse().ok()?)));
    let at = time.and_then(|time| zone.to_timestamp(time).ok());
    at.ok_or_else(|| "This is no time. Write 10:45 for today, or 23/11/2026 10:45.".to_owned())
}

/// Whose request: a person's, by their neutral code and for who may see their record; else a group's.
async fn subject(visit: &SignedVisit, fields: &Fields) -> Result<Subject, Problem> {
    let person = fields.get("person");
    if !person.is_empty() && visit.me.may(Capability::ReadPerson) {
        let found = async {
            let person = visit.records.person_of_gate_code(&visit.session, person).await?;
            visit.records.subject_for_filter(&visit.session, person).await
        }
        .await;
        return found.map_err(|fault| Problem::at("person", plain(&fault)));
    }
    let group = fields.get("group");
    if group == UNKNOWN {
        return Ok(Subject::unknown());
    }
    let ruleset = visit.sources.ruleset.borrow().clone();
    let code = GroupCode::from(group);
    if !ruleset.groups().any(|known| known.code.as_ref() == Some(&code)) {
        return Err(Problem::at("group", "Choose whose request it is."));
    }
    Ok(Subject { group: Some(code), ..Subject::unknown() })
}

fn told(ruleset: &Ruleset, subject: &Subject, request: &Request<'_>, moment: &Moment) -> Told {
    let (verdict, considered) = explain(ruleset, subject, request, moment);
    let told = ruleset.describe(&verdict, subject, request);
    let is_sealed = matches!(verdict, Verdict::Sealed(_));
    let (title, style) = match (told.outcome, &told.redirect_to) {
        (Outcome::Redirected, Some(to)) => (format!("Sent on to {to}"), "warn"),
        (Outcome::Allowed, _) => ("Allowed".to_owned(), "good"),
        _ if is_sealed => ("Blocked: it is on an illegal-content list".to_owned(), "bad"),
        _ => ("Blocked".to_owned(), "bad"),
    };
    Told {
        style,
        title,
        facts: facts(ruleset, &told, &verdict, subject, request),
        they_read: told
            .words
            .as_ref()
            .map(|words| format!("{}. {} {}", words.heading.trim_end_matches('.'), words.explanation, words.next)),
        considered: if is_sealed { Vec::new() } else { considered.iter().map(|one| ruleset.tell(one)).collect() },
        is_sealed,
    }
}

fn facts(
    ruleset: &Ruleset,
    told: &Description,
    verdict: &Verdict,
    subject: &Subject,
    request: &Request<'_>,
) -> Vec<(&'static str, String)> {
    let group = ruleset.group(subject).code.as_ref().map_or(UNKNOWN, |code| code.as_str());
    if matches!(verdict, Verdict::Sealed(_)) {
        // No address, not even back to whoever typed it (house invariant 3).
        return vec![("As", group.to_owned()), ("Tier", told.rule.as_deref().unwrap_or_default().to_owned())];
    }
    let seen = if request.address.is_some() { "The whole address" } else { "The name of the site only" };
    let asked = request.address.map_or_else(|| request.host.to_string(), ToString::to_string);
    let mut facts = vec![
        ("Asked for", asked),
        ("Seen", seen.to_owned()),
        ("As", group.to_owned()),
        ("Decided by", layer_words(told.layer).to_owned()),
    ];
    let category = told.category.as_deref().map(|code| match Category::from_code(code) {
        Some(category) => category.title().to_owned(),
        None => code.to_owned(),
    });
    let list = told.list.as_deref().map(|list| list_title(ruleset, list));
    for (name, value) in [
        ("Rule", told.rule.as_deref().map(str::to_owned)),
        ("Category", category),
        ("List", list),
        ("Its entry", told.entry.as_deref().map(str::to_owned)),
        ("Clauses of the policy", (!told.clauses.is_empty()).then(|| told.clauses.join(", "))),
    ] {
        facts.extend(value.map(|value| (name, value)));
    }
    facts.extend(ruleset.tell_inside(verdict, subject, request).into_iter().map(|(label, value)| match label {
        "inside TLS" => ("Inside a secure connection", capital(&value)),
        "sent on as" => ("Sent on as", value),
        _ => ("Changed by", value),
    }));
    facts.push(("Ruleset", format!("{}, policy version {}", ruleset.id(), ruleset.source().version)));
    facts
}

/// A layer in words; the order is that in which they are asked.
fn layer_words(layer: &str) -> &'static str {
    match layer {
        "help" => "Always-open help: nothing below it is asked",
        "lifeline" => "A lifeline: nothing below it is asked",
        "closed" => "There are no rules that can be trusted, so only help and lifelines are open",
        "emergency" => "An emergency block, for everyone",
        "suspension" => "A suspension of this person’s access",
        "lesson" => "A lesson’s set of sites",
        "person" => "A rule for one person",
        "group" => "A rule for a group, or for everyone",
        "search-tool" => "The search tools of the group",
        "category" => "A category or a service",
        "default" => "What holds where nothing else spoke",
        _ => "Another layer",
    }
}

fn show(visit: &SignedVisit, fields: &Fields, problems: Vec<Problem>, told: Option<Told>) -> axum::response::Response {
    let error = |field: &str| error_at(&problems, field);
    let ruleset = visit.sources.ruleset.borrow().clone();
    let mut groups: Vec<(&str, &str)> = ruleset
        .groups()
        .filter_map(|group| group.code.as_ref().map(|code| (code.as_str(), super::groups::band_words(group.band))))
        .collect();
    groups.sort_unstable();
    let choices = Choices::new("group", "Whose request?")
        .option(UNKNOWN, "Somebody whom the filter cannot tell")
        .hint("A group by its neutral code");
    let group = groups.iter().fold(choices, |all, (code, band)| all.option(*code, format!("{code} ({band})")));
    let chosen = Some(fields.get("group")).filter(|group| !group.is_empty()).unwrap_or(UNKNOWN);
    // What was found on a sealed list is shown to nobody, so it does not come back in the field either.
    let address = if told.as_ref().is_some_and(|told| told.is_sealed) { "" } else { fields.get("address") };
    let is_wrong = !problems.is_empty();
    let frame = Frame::signed(visit, Here::Filter);
    let page = ExplainPage {
        frame: frame.erring(is_wrong),
        tabs: tabs(visit, "/filter/explain"),
        address: Field::new("address", "Which address?")
            .hint("As it stands in the browser, or the name of the site alone. It is kept nowhere.")
            .kind(Kind::Code)
            .value(address)
            .error(error("address")),
        group: group.chosen(chosen).error(error("group")),
        person: visit.me.may(Capability::ReadPerson).then(|| {
            Field::new("person", "Or one person, by their neutral code")
                .hint("It stands on their page. The group above is not used then.")
                .kind(Kind::Code)
                .width(Width::Twenty)
                .value(fields.get("person"))
                .error(error("person"))
        }),
        at: Field::new("at", "When?")
            .hint("Now, if you leave it empty. Otherwise 10:45 for today, or 23/11/2026 10:45.")
            .width(Width::Twenty)
            .value(fields.get("at"))
            .error(error("at")),
        name_only: Choices::new("name-only", "How much of it is seen?")
            .option_with("yes", "Judge the name of the site only", "As for a secure page that is not opened.")
            .chosen(fields.get("name-only")),
        told,
        problems,
    };
    render(status(is_wrong), &page)
}
