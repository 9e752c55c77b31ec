//! One concern: summary first, one primary action, then words by kind, what was decided and done, and who can read it.

use super::{
    Ring, numbers,
    shared::{at, day_words, due_words, finds_children, frame, level_tag, read, waiting_words},
};
use crate::{
    fields::Fields,
    kit::{Row, RowAction, Tag, Tone},
    pages::{Frame, people::Identity, render},
    visit::{Answered, SignedVisit},
    words::{self, capital},
};
use askama::Template;
use axum::http::StatusCode;
use holdfast_records::{
    Fault,
    access::{Act, Capability, Decision, FileKind, Resource},
    concern::Picture,
    concern::answer::{ActionView, CallView, Case, Crime, DoneView, Extent, ParentView, Waiting},
    file::{EntryKind, EntryView, Words},
    id,
    people::Telling as MayTell,
};
use jiff::{Timestamp, civil::Date, tz::TimeZone};

#[derive(Template)]
#[template(path = "concerns/case.html")]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each says of a part of the page whether it is there, and they are independent"
)]
struct CasePage {
    frame: Frame,
    reference: String,
    href: String,
    is_about_adult: bool,
    may_list: bool,
    identity: Option<Identity>,
    name: String,
    child: Option<String>,
    level: Tag,
    /// Whether the numbers stand open, and not folded.
    is_grave: bool,
    numbers: Vec<Ring>,
    facts: Vec<Row>,
    primary: Primary,
    /// Whether a report waits for “I have it” beside what comes first.
    may_acknowledge: bool,
    acts: Vec<(&'static str, Vec<RowAction>)>,
    is_altered: bool,
    /// Whether somebody said that there is, or may be, a picture or video.
    may_be_crime: bool,
    has_picture: bool,
    /// Whether its pupil left open whether it is about an adult who works here: then whoever reads it is asked first.
    leaves_adult_open: bool,
    /// Where it is divided, for whoever may.
    divides: Option<String>,
    raised: Vec<Row>,
    raised_with: Vec<(String, String)>,
    /// Of which concern it was closed as a part, and its own parts: where, reference, how they belong together.
    merged: Vec<(String, String, &'static str)>,
    asked: Vec<String>,
    reported: Vec<(&'static str, Vec<EntryShown>)>,
    worked: Vec<EntryShown>,
    decisions: Vec<Told>,
    actions: Vec<ActionShown>,
    /// Whether it may be harm in the family, as is kept on it; and the page to say so or to lift it, for whoever may.
    is_family_harm: bool,
    harm: Option<RowAction>,
    parents: Vec<ParentShown>,
    calls: Vec<Told>,
    links: Vec<(String, String, String)>,
    child_part: bool,
    turns: Vec<Told>,
    readers: Vec<(String, String, String)>,
    is_print: bool,
    printed: String,
}

/// The one thing to do next.
#[derive(Debug)]
enum Primary {
    /// Say that one has it.
    Acknowledge,
    /// Go somewhere.
    Go(&'static str, &'static str),
    Nothing,
}

/// Something that was written: what, by whom and when, in words.
struct Told {
    title: String,
    words: Vec<String>,
    by: String,
}

struct EntryShown {
    title: String,
    /// Whether the title is shown: not under a heading that says the same.
    is_titled: bool,
    level: Option<Tag>,
    text: String,
    reason: String,
    by: String,
    happened: String,
    amendments: Vec<EntryShown>,
    amend: Option<String>,
}

struct ActionShown {
    words: String,
    owner: String,
    due: String,
    tag: Tag,
    by: String,
    done: String,
    /// What the link says that ends it.
    finish: &'static str,
    href: Option<String>,
}

struct ParentShown {
    name: String,
    bar: Option<Tag>,
    tag: Tag,
    words: Vec<String>,
    decide: Option<String>,
    told: Option<String>,
}

/// Names and times as the page shows them.
struct Said<'a> {
    case: &'a Case,
    now: Timestamp,
    zone: &'a TimeZone,
}

impl Said<'_> {
    /// What somebody is called here; of whom a child's part does not name, only that it was somebody.
    fn name(&self, person: Option<id::Person>) -> String {
        let known = person.and_then(|person| self.case.names.get(&person));
        known.cloned().unwrap_or_else(|| "Somebody".to_owned())
    }

    fn at(&self, moment: Timestamp) -> String {
        words::when(moment, self.now, self.zone)
    }

    fn by(&self, person: Option<id::Person>, moment: Timestamp) -> String {
        format!("{}, {}", self.name(person), self.at(moment))
    }

    fn day(&self, day: Date) -> String {
        day_words(day, self.now.to_zoned(self.zone.clone()).date())
    }
}

pub(crate) async fn page(visit: SignedVisit) -> Answered {
    let case = read(&visit).await?;
    shown(&visit, &case, false).await
}

/// The page to be printed. That it was is in the log from now on, so that the copy can be got back.
pub(crate) async fn print(visit: SignedVisit, _: Fields) -> Answered {
    let file = visit.records.concern_called(&visit.session, visit.places.get("reference")).await?;
    let case = visit.records.print_concern(&visit.session, file).await?;
    shown(&visit, &case, true).await
}

async fn shown(visit: &SignedVisit, case: &Case, is_print: bool) -> Answered {
    let (now, zone) = (visit.caller.now, &case.targets.zone);
    let words = Said { case, now, zone };
    let listed = &case.file.file;
    let (reference, href) = (listed.reference.clone(), at(&listed.reference));
    let is_child = listed.kind == FileKind::Child;
    let is_grave =
        case.standing.severity.is_some_and(|severity| severity.number() >= 4) || case.standing.to_ring.is_some();
    // About an adult at any level, and when it is closed too: the designated officer is always offered (practice 10).
    let shows_numbers = !is_print && (!is_child || case.standing.is_open);
    let may_read = visit.records.would(&visit.session, Act::PersonRead, &Resource::Person(listed.person)).await?;
    let identity = if may_read == Decision::Allowed && !is_print {
        Some(Identity::of(visit, &visit.records.person(&visit.session, listed.person).await?))
    } else {
        None
    };
    let (reported, worked) = entries(&words, &href, !is_print);
    let page = CasePage {
        frame: frame(visit),
        is_about_adult: !is_child,
        may_list: visit.me.may(Capability::ListFiles),
        name: words.name(Some(listed.person)),
        identity,
        child: (is_child && visit.me.may(Capability::ListFiles))
            .then(|| format!("/concerns/children/{}", listed.person)),
        level: level_tag(case.standing.severity),
        is_grave: is_grave || !is_child,
        numbers: if shows_numbers { numbers(visit).await? } else { Vec::new() },
        facts: facts(&words),
        primary: primary(case),
        may_acknowledge: case.is_worker && case.next.waiting == Waiting::Call && case.standing.acknowledged.is_none(),
        acts: acts(case, &href, finds_children(visit)),
        is_altered: !case.file.altered.is_empty(),
        may_be_crime: case.standing.is_open && matches!(case.standing.crime, Some(Crime::Suspected | Crime::Unclear)),
        has_picture: case.reports.iter().any(|one| matches!(one.picture, Some(Picture::Yes | Picture::NotSure))),
        leaves_adult_open: case.leaves_adult_open,
        divides: (case.is_worker && case.standing.is_open && !is_print).then(|| format!("{href}/about-an-adult")),
        raised: raised(&words),
        raised_with: case.raised_with.iter().map(|reference| (at(reference), reference.clone())).collect(),
        merged: merged(case),
        asked: if is_print { Vec::new() } else { asked(visit, &words).await? },
        reported,
        worked,
        decisions: decisions(&words),
        actions: case.actions.iter().map(|action| action_shown(&words, action, &href)).collect(),
        is_family_harm: case.standing.may_be_family_harm,
        harm: harm(case, &href),
        parents: parents(&words, &href),
        calls: case.calls.iter().map(|call| call_shown(&words, call)).collect(),
        links: case
            .links
            .iter()
            .map(|link| {
                let why = link.why.as_ref().map(|why| why.as_str().to_owned()).unwrap_or_default();
                (at(&link.reference), link.reference.clone(), why)
            })
            .collect(),
        child_part: case.file.child_part.is_some(),
        turns: turns(&words),
        readers: readers(&words),
        reference,
        href,
        is_print,
        printed: format!("{}, printed {} by {}", visit.sources.school.name, words::moment(now, zone), visit.me.name),
    };
    Ok(render(StatusCode::OK, &page))
}

fn merged(case: &Case) -> Vec<(String, String, &'static str)> {
    let one = |reference: &String, words| (at(reference), reference.clone(), words);
    let whole = case.part_of.iter().map(|reference| one(reference, "this one is part of it, and closed so"));
    whole.chain(case.parts.iter().map(|reference| one(reference, "it is part of this one"))).collect()
}

fn primary(case: &Case) -> Primary {
    if !case.is_worker {
        return Primary::Nothing;
    }
    match case.next.waiting {
        _ if !case.standing.is_open && case.debrief_by.is_some() => {
            Primary::Go("debrief", "Write down what was learned")
        }
        _ if !case.standing.is_open => Primary::Nothing,
        Waiting::Answer => Primary::Acknowledge,
        Waiting::Call => Primary::Go("call", "Ring, and write the call down"),
        Waiting::Decision if case.standing.decision.is_some() => Primary::Go("decision", "Decide it again"),
        Waiting::Decision => Primary::Go("decision", "Decide what this is"),
        Waiting::Action => Primary::Go("#to-do", "See what is to be done"),
        Waiting::Parents => Primary::Go("#parents", "See the parents and carers"),
        Waiting::Nothing if lacks_class(case) => Primary::Go("class", "Say what kind of thing it is"),
        Waiting::Nothing => Primary::Go("note", "Add to it"),
    }
}

/// Whether it is more than a note, and nobody has said what kind of thing it is.
fn lacks_class(case: &Case) -> bool {
    case.standing.crime.is_none() && case.standing.decision.is_some_and(|decided| decided.extent != Extent::Note)
}

fn facts(words: &Said<'_>) -> Vec<Row> {
    let case = words.case;
    let standing = &case.standing;
    let state = match (standing.is_open, due_words(&case.next, words.now, words.zone)) {
        (false, _) => "Closed".to_owned(),
        (true, due) if due.is_empty() => waiting_words(case.next.waiting).to_owned(),
        (true, due) => format!("{}, {due}", waiting_words(case.next.waiting)),
    };
    let has_it = standing.acknowledged.map_or_else(
        || "Nobody has said that they have what was reported last".to_owned(),
        |(person, at)| words.by(Some(person), at),
    );
    let decided = standing.decision.map_or_else(
        || "Not decided yet".to_owned(),
        |decided| {
            let said = super::lists::decided_words(decided.extent, decided.course);
            let since = if standing.outdated().is_some() { ". Something was reported since" } else { "" };
            format!("{said}. {}{since}", words.by(Some(decided.by), decided.at))
        },
    );
    let opened = words::moment(case.file.file.opened_at, words.zone);
    let to_ring = standing.to_ring.filter(|_| standing.is_open);
    let to_ring =
        to_ring.map(|at| Row::new("To be rung", format!("The agency: decided {}, no call since", words.at(at))));
    let about_crime = standing.crime_unheard.filter(|_| standing.is_open).map(|at| {
        let said = format!(
            "The police or the education safeguarding service, about a crime: said {}, no call since",
            words.at(at)
        );
        Row::new("To be rung", said)
    });
    let mut what = super::class::rows(case);
    what.extend(about_crime);
    let rows = [
        Some(Row::new("Waits for", state)),
        Some(Row::new("Who has it", has_it)),
        Some(Row::new("Decided", decided)),
        to_ring,
        Some(Row::new(
            "Who sees to it",
            standing.owner.map_or("Nobody yet".to_owned(), |owner| words.name(Some(owner))),
        )),
        Some(Row::new("Opened", opened)),
        case.debrief_by.map(|by| {
            let late = if by < words.now { ". That day is past" } else { "" };
            Row::new("What was learned", format!("To be written down by {}{late}", words::day(by, words.zone)))
        }),
    ];
    let mut rows: Vec<Row> = rows.into_iter().flatten().collect();
    // Below what it waits for.
    rows.splice(1..1, what);
    rows
}

/// What was answered when it was raised, beside the words.
fn raised(words: &Said<'_>) -> Vec<Row> {
    let mut rows = Vec::new();
    for report in &words.case.reports {
        let part = match report.part.as_str() {
            "harmed" => "A child was harmed by another: this one",
            "alleged" => "This child is alleged to have harmed another",
            _ => "This child",
        };
        rows.push(Row::new("Who", part));
        rows.extend(report.mode.map(|mode| Row::new("Online or face to face", capital(mode.title()))));
        let risks: Vec<&str> = report.risks.iter().map(|risk| risk.title()).collect();
        rows.extend((!risks.is_empty()).then(|| Row::new("Kind of risk", capital(&risks.join("; ")))));
        rows.extend(report.place.map(|place| Row::new("Where", capital(place.title()))));
        rows.extend(report.picture.map(|picture| Row::new("Picture or video", capital(picture.title()))));
        let reassured = "The child was told that they are taken seriously and will be helped";
        rows.extend(report.is_reassured.then(|| Row::new("What was said to the child", reassured)));
        for (told, at) in &report.told {
            let whom = told.map_or_else(|| "Somebody".to_owned(), |told| words.name(Some(told)));
            rows.push(Row::new("Told in person", format!("{whom}, {}", words.at(*at))));
        }
    }
    rows
}

/// Who was asked to answer it, and who is next.
async fn asked(visit: &SignedVisit, words: &Said<'_>) -> Result<Vec<String>, Fault> {
    let climbing = visit.records.how_it_climbs(&visit.session, words.case.file.file.file).await?;
    let told = climbing.told.iter().map(|told| {
        let name = told.name.as_ref().map(|name| format!("{name}, ")).unwrap_or_default();
        format!("{name}{}: {}", told.rung.title(), words.at(told.at))
    });
    let mut lines: Vec<String> = told.map(|line| capital(&line)).collect();
    if !climbing.is_answered
        && let Some((rung, at)) = climbing.next
    {
        lines.push(format!("Next, if nobody answers: {}, {}", rung.title(), words.at(at)));
    }
    Ok(lines)
}

/// What can be done, in groups; each is a page of its own.
fn acts(case: &Case, href: &str, finds_children: bool) -> Vec<(&'static str, Vec<RowAction>)> {
    let link = |what: &str, words: &str| RowAction {
        href: format!("{href}/{what}"),
        words: words.to_owned(),
        about: String::new(),
    };
    let mut groups = vec![(
        "Write",
        vec![link("call", "Write down a call to an agency"), link("note", "Add what was seen, said, done or told")],
    )];
    if case.standing.is_open
        && let Some((_, links)) = groups.first_mut()
    {
        links.push(link("unsure", "I am not sure how to go on"));
    }
    if !case.is_worker {
        return groups;
    }
    if !case.standing.is_open {
        groups.push(("Decide", vec![link("open", "Open it again")]));
        return groups;
    }
    let is_child = case.file.file.kind == FileKind::Child;
    groups.push((
        "Decide",
        vec![
            link("decision", "Decide what it is"),
            link("class", "Say what kind of thing it is, and whether a crime is suspected"),
            link("level", "Change the level"),
            link("owner", "Say who sees to it"),
            link("action", "Write down what is to be done"),
            link("close", "Close it"),
        ],
    ));
    let mut right = vec![link("link", "Another concern belongs to it")];
    if is_child {
        right.push(link("part-of", "It is the same matter as another concern of this child"));
        right.extend(finds_children.then(|| link("wrong-child", "It is about another child")));
        right.push(link("about-an-adult", "It is about an adult who works here"));
    }
    right.push(link("let-in", "Let somebody in"));
    right.push(link("step-aside", "I am too close to this"));
    groups.push(("Put it right", right));
    groups
}

fn entries(words: &Said<'_>, href: &str, may_amend: bool) -> (Vec<(&'static str, Vec<EntryShown>)>, Vec<EntryShown>) {
    let all = &words.case.file.entries;
    let firsts = || all.iter().filter(|entry| entry.amends.is_none());
    let shown = |entry: &EntryView| entry_shown(words, entry, href, may_amend);
    let of = |kind: EntryKind| firsts().filter(|entry| entry.kind == kind).map(shown).collect::<Vec<_>>();
    let kinds = [
        (EntryKind::Words, "The child’s own words"),
        (EntryKind::Seen, "What was seen or heard"),
        (EntryKind::Opinion, "Opinion"),
    ];
    let reported = kinds.into_iter().map(|(kind, title)| (title, of(kind)));
    let reported = reported.filter(|(_, entries)| !entries.is_empty()).collect();
    (reported, firsts().filter(|entry| !entry.kind.is_report()).map(shown).collect())
}

fn entry_shown(words: &Said<'_>, entry: &EntryView, href: &str, may_amend: bool) -> EntryShown {
    let amending = words.case.file.entries.iter().filter(|other| other.amends == Some(entry.id));
    EntryShown {
        title: capital(entry.kind.title()),
        is_titled: !entry.kind.is_report(),
        level: entry.severity.map(|severity| level_tag(Some(severity))),
        text: entry.text.as_str().to_owned(),
        reason: entry.reason.as_ref().map(|reason| reason.as_str().to_owned()).unwrap_or_default(),
        by: words.by(entry.author, entry.recorded_at),
        happened: entry.moment.map(|moment| words.at(moment)).unwrap_or_default(),
        amendments: amending.map(|other| entry_shown(words, other, href, false)).collect(),
        amend: may_amend.then(|| format!("{href}/entries/{}/amend", entry.id)),
    }
}

fn decisions(words: &Said<'_>) -> Vec<Told> {
    let case = words.case;
    let mut told: Vec<(Timestamp, Told)> = Vec::new();
    for decision in &case.decisions {
        let title = super::lists::decided_words(decision.extent, decision.course);
        let mut said: Vec<String> = decision.reason.iter().map(|reason| format!("Why: {}", reason.as_str())).collect();
        said.extend(decision.review.map(|day| format!("Looked at again {}.", words.day(day))));
        said.extend(decision.threshold.iter().flat_map(super::threshold::words));
        said.extend(decision.is_rung.then(|| "The agency had been rung before.".to_owned()));
        told.push((decision.at, Told { title, words: said, by: words.by(Some(decision.by), decision.at) }));
    }
    for (person, at) in &case.acknowledged {
        let title = "“I have it”".to_owned();
        told.push((*at, Told { title, words: Vec::new(), by: words.by(Some(*person), *at) }));
    }
    for (owner, by, at) in &case.assigned {
        let title = format!("{} sees to it", words.name(Some(*owner)));
        told.push((*at, Told { title, words: Vec::new(), by: words.by(Some(*by), *at) }));
    }
    for view in &case.classes {
        let title = "What kind of thing it is".to_owned();
        let by = words.by(Some(view.by), view.at);
        told.push((view.at, Told { title, words: super::class::told(&view.class), by }));
    }
    for harm in &case.harms {
        let title = if harm.stands { "It may be harm in the family" } else { "The family may be told: lifted" };
        let why = harm.reason.as_ref().map(|reason| format!("Why: {}", reason.as_str()));
        let by = words.by(Some(harm.by), harm.at);
        told.push((harm.at, Told { title: title.to_owned(), words: why.into_iter().collect(), by }));
    }
    told.sort_by_key(|(at, _)| *at);
    told.into_iter().map(|(_, told)| told).collect()
}

fn done_words(words: &Said<'_>, done: &DoneView) -> String {
    let said = done.words.as_ref().map(|said| format!(": {}", said.as_str())).unwrap_or_default();
    format!("{}{said}", words.by(Some(done.by), done.at))
}

fn action_shown(words: &Said<'_>, action: &ActionView, href: &str) -> ActionShown {
    let today = words.now.to_zoned(words.zone.clone()).date();
    let tag = match &action.done {
        Some(_) => Tag::new("Done", Tone::Good),
        None if action.due < today => Tag::new("Late", Tone::Bad),
        None if action.due == today => Tag::new("Due today", Tone::Warn),
        None => Tag::new("To do", Tone::Plain),
    };
    let (words_of, done, (place, finish)) = match &action.advice {
        None => (String::new(), String::new(), ("actions", "It is done")),
        Some(advice) => (
            format!("Advice asked of {}: ", advice.whom.as_str()),
            advice
                .advised
                .as_ref()
                .map(|(who, at)| format!("Advised by {}, {}. ", who.as_str(), words.at(*at)))
                .unwrap_or_default(),
            ("advice", "Write down the advice"),
        ),
    };
    ActionShown {
        words: format!("{words_of}{}", action.words.as_str()),
        owner: words.name(Some(action.owner)),
        due: words.day(action.due),
        tag,
        by: words.by(Some(action.by), action.at),
        done: action.done.as_ref().map(|by| format!("{done}{}", done_words(words, by))).unwrap_or_default(),
        finish,
        href: action.done.is_none().then(|| format!("{href}/{place}/{}", action.id)),
    }
}

fn course_tag(parent: Option<&ParentView>, is_family_harm: bool) -> Tag {
    use holdfast_records::concern::answer::Telling;
    match parent.map(|parent| (parent.course, parent.told.is_some())) {
        None => Tag::new("Not decided", Tone::Warn),
        Some((Telling::Tell, true)) => Tag::new("Told", Tone::Good),
        Some((Telling::Tell, false)) if is_family_harm => Tag::new("Do not tell: decide again", Tone::Bad),
        Some((Telling::Tell, false)) => Tag::new("To be told", Tone::Warn),
        Some((Telling::Wait, _)) => Tag::new("Wait for the agency", Tone::Under),
        Some((Telling::DoNotTell, _)) => Tag::new("Do not tell", Tone::Bad),
    }
}

fn parents(words: &Said<'_>, href: &str) -> Vec<ParentShown> {
    let case = words.case;
    let is_open = case.standing.is_open;
    let newest = |adult: id::Person| case.parents.iter().rfind(|parent| parent.adult == adult);
    let shown = |adult: id::Person, name: String, bar: Option<Tag>| {
        let parent = newest(adult);
        let mut said = Vec::new();
        for one in case.parents.iter().filter(|one| one.adult == adult) {
            let why = one.reason.as_ref().map(|why| format!(" Why: {}", why.as_str())).unwrap_or_default();
            let review = one.review.map(|day| format!(" Looked at again {}.", words.day(day))).unwrap_or_default();
            said.push(format!("{}. {}.{why}{review}", capital(one.course.title()), words.by(Some(one.by), one.at)));
            said.extend(one.told.as_ref().map(|told| format!("Told. {}", done_words(words, told))));
        }
        let waits = parent.filter(|parent| {
            parent.course == holdfast_records::concern::answer::Telling::Tell && parent.told.is_none() && is_open
        });
        ParentShown {
            name,
            bar,
            tag: course_tag(parent, case.standing.may_be_family_harm),
            words: said,
            decide: (case.is_worker && is_open).then(|| format!("{href}/parents/{adult}")),
            told: waits.map(|parent| format!("{href}/told/{}", parent.id)),
        }
    };
    let bar = |telling: MayTell| match telling {
        MayTell::May => None,
        MayTell::Ask(_) => Some(Tag::new("Ask first", Tone::Warn)),
        MayTell::Never => Some(Tag::new("Never: do not contact", Tone::Bad)),
    };
    let mut all = Vec::new();
    let family = case.family.as_ref().map(|family| family.adults.as_slice()).unwrap_or_default();
    for told in family {
        let kind = told.kind.map(|kind| format!(", {}", kind.title())).unwrap_or_default();
        all.push(shown(told.adult, format!("{}{kind}", told.full_name), bar(told.telling)));
    }
    let mut others: Vec<id::Person> = case.parents.iter().map(|parent| parent.adult).collect();
    others.sort();
    others.dedup();
    others.retain(|adult| family.iter().all(|told| told.adult != *adult));
    all.extend(others.into_iter().map(|adult| shown(adult, words.name(Some(adult)), None)));
    all
}

/// The page to say that it may be harm in the family, or to lift that.
fn harm(case: &Case, href: &str) -> Option<RowAction> {
    let is_asked = case.is_worker && case.standing.is_open && case.file.file.kind == FileKind::Child;
    let words = match (case.standing.may_be_family_harm, case.may_lift_harm) {
        (false, _) => "It may be harm in the family",
        (true, true) => "The family may be told: lift this",
        (true, false) => return None,
    };
    is_asked.then(|| RowAction { href: format!("{href}/family-harm"), words: words.to_owned(), about: String::new() })
}

fn call_shown(words: &Said<'_>, call: &CallView) -> Told {
    let said = |title: &str, said: &Option<Words>| said.as_ref().map(|said| format!("{title}: {}", said.as_str()));
    Told {
        title: format!("{}, {}", capital(call.agency.title()), words.at(call.rung_at)),
        words: [said("Spoke to", &call.spoke_to), said("Their reference", &call.reference), said("Said", &call.words)]
            .into_iter()
            .flatten()
            .collect(),
        by: words.by(Some(call.by), call.at),
    }
}

fn turns(words: &Said<'_>) -> Vec<Told> {
    let turn = |turn: &holdfast_records::file::Turn| {
        let outcome = turn.outcome.as_ref().map(|outcome| format!("Outcome: {}", outcome.as_str()));
        let title = if outcome.is_some() { "Closed" } else { "Opened again" };
        let why = format!("Why: {}", turn.reason.as_str());
        Told {
            title: title.to_owned(),
            words: outcome.into_iter().chain([why]).collect(),
            by: words.by(turn.by, turn.recorded_at),
        }
    };
    let mut all: Vec<(Timestamp, Told)> =
        words.case.file.turns.iter().map(|one| (one.recorded_at, turn(one))).collect();
    for one in &words.case.considered {
        let (title, said) = ("Considered when it was closed".to_owned(), super::closing::words(one));
        all.push((one.at, Told { title, words: said, by: words.by(Some(one.by), one.at) }));
        all.extend(one.debrief.as_ref().map(|debrief| {
            let title = format!("What was learned, {}", words.day(debrief.debrief.held_on));
            let by = words.by(Some(debrief.by), debrief.at);
            (debrief.at, Told { title, words: super::debrief::told(debrief), by })
        }));
    }
    all.sort_by_key(|(at, _)| *at);
    all.into_iter().map(|(_, told)| told).collect()
}

fn readers(words: &Said<'_>) -> Vec<(String, String, String)> {
    let state = |is_reading| if is_reading { "Can read it now" } else { "Only while standing in" };
    let row = |reader: &holdfast_records::concern::answer::Reader| {
        let read =
            reader.read_at.map_or_else(|| "Has not read it".to_owned(), |at| format!("Read it last {}", words.at(at)));
        (reader.name.clone(), state(reader.is_reading).to_owned(), read)
    };
    words.case.readers.iter().map(row).collect()
}

/// “I have it.”
pub(crate) async fn acknowledge(visit: SignedVisit, _: Fields) -> Answered {
    let (file, reference) = super::shared::named(&visit, Act::ConcernAnswered).await?;
    match visit.records.acknowledge_concern(&visit.session, file).await {
        Ok(()) => super::shared::done(
            &visit,
            &reference,
            "You have it",
            "Nobody else is asked now, and whoever raised it sees that it was read. Next: decide what it is.",
        ),
        Err(Fault::Wrong(_)) => Ok(crate::pages::found(&at(&reference))),
        Err(fault) => Err(fault),
    }
}
