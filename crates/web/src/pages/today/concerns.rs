//! Concerns that wait for whoever asks: because they were told of them, or because those who were told have not answered. No name, no
//! kind and no child stands in any of it (practice 11).

use super::{Task, Urgency, counted};
use crate::{pages::form::written_day, routes, sources::State, visit::SignedVisit, words};
use holdfast_records::{
    Fault, Today,
    access::{Capability, Notice},
    concern::{answer::Yours, climb::PassedBy},
    people::Kind,
};
use jiff::{Timestamp, civil::Date};
use std::borrow::Cow;

/// The part of the program that passes concerns on, as the status page has it.
const JOB: &str = "Concerns";
/// As many concerns are named to whoever has the list of all of them.
const NAMED: usize = 3;
/// Where a concern is answered.
const CASE: &str = "/concerns/{reference}";

/// What they were told of and nobody has answered.
pub(super) fn waiting(visit: &SignedVisit, today: &Today) -> Vec<Task> {
    let (zone, now) = (&visit.sources.school.zone, visit.caller.now);
    let day = |moment: Timestamp| moment.to_zoned(zone.clone()).date();
    let has_page = routes::all().any(|route| route.path == CASE);
    // Whoever has the list finds them all there, counted beside this; the most urgent are named.
    let most = if visit.me.may(Capability::ListFiles) { NAMED } else { usize::MAX };
    let task = |one: &holdfast_records::concern::climb::WaitingConcern| {
        let by = one.answer_by;
        let when = words::when(by, now, zone);
        let (urgency, by) = if by <= now {
            (Urgency::Now, format!("Somebody had to answer {when}."))
        } else {
            let urgency = match one.is_immediate {
                true => Urgency::Now,
                false if day(by) <= day(now) => Urgency::Today,
                false => Urgency::Soon,
            };
            (urgency, format!("Somebody must answer by {}.", deadline(&when)))
        };
        let link = has_page.then(|| (format!("/concerns/{}", one.reference).into(), "Open it"));
        Task { link, ..Task::new(urgency, format!("A concern waits for you. {by}")) }
    };
    today.concerns.iter().take(most).map(task).collect()
}

/// “by today at 09:15” is “by 09:15”.
fn deadline(when: &str) -> &str {
    when.strip_prefix("today at ").or_else(|| when.strip_prefix("on ")).unwrap_or(when)
}

/// What those who may read it have not answered, for the chair and the trust.
pub(super) fn passed_by(_: &SignedVisit, today: &Today) -> Vec<Task> {
    told(&today.passed_by).into_iter().map(|words| Task::new(Urgency::Now, words)).collect()
}

/// What is theirs in concerns, each with its own way there. What somebody sees to, or was let into, is told to whoever has no list of
/// concerns; what is theirs to do to everybody.
pub(super) fn yours(visit: &SignedVisit, today: &Today) -> Vec<Task> {
    let day = visit.caller.now.to_zoned(visit.sources.school.zone.clone()).date();
    let has_list = visit.me.may(Capability::ListFiles);
    let is_told = |one: &&Yours| if has_list { one.due.is_some_and(|due| due <= day) } else { true };
    let task = |one: &Yours| {
        let (urgency, words) = own_words(one, day);
        Task { link: Some((format!("/concerns/{}", one.reference).into(), "Open it")), ..Task::new(urgency, words) }
    };
    today.yours.iter().filter(is_told).map(task).collect()
}

fn own_words(one: &Yours, today: Date) -> (Urgency, String) {
    let what = || match one.actions {
        1 => "In a concern something is yours to do".to_owned(),
        count => format!("In a concern {count} things are yours to do"),
    };
    match one.due {
        Some(day) if one.is_late => (Urgency::Now, format!("{}: it was due {}.", what(), written_day(day))),
        Some(day) if day == today => (Urgency::Today, format!("{}, by today.", what())),
        Some(day) => (Urgency::Soon, format!("{}, by {}.", what(), written_day(day))),
        None if one.sees_to => (Urgency::Soon, "You see to a concern.".to_owned()),
        None => (Urgency::Soon, "You were let into a concern.".to_owned()),
    }
}

/// Where the concern is of which a notice says that something in it is theirs, if it is theirs still.
pub(super) fn yours_in(notice: &Notice, today: &Today) -> Option<(Cow<'static, str>, &'static str)> {
    if !matches!(notice.kind.as_str(), "file-assigned" | "file-action") {
        return None;
    }
    let one = today.yours.iter().find(|one| one.file.to_string() == notice.about)?;
    Some((format!("/concerns/{}", one.reference).into(), "Open it"))
}

/// One sentence for each person to be rung.
fn told(passed: &[PassedBy]) -> Vec<String> {
    let mut people: Vec<Option<&str>> = passed.iter().map(|one| one.ring.as_deref()).collect();
    people.sort_unstable();
    people.dedup();
    let words = |ring: Option<&str>| {
        let count = passed.iter().filter(|one| one.ring.as_deref() == ring).count();
        let what = counted(
            count,
            "A concern that was raised has not been answered in time.",
            "concerns that were raised have not been answered in time.",
        );
        match ring {
            Some(name) => format!(
                "{what} What they say is not yours to read: ring {name} now and ask them to look. If you reach nobody, ring children’s \
                 social care; in danger 999."
            ),
            None => format!(
                "{what} Nobody who may read it is here. Ring children’s social care now, in danger 999, and see that somebody is \
                 back or is given the duty."
            ),
        }
    };
    people.into_iter().map(words).collect()
}

/// That concerns are not passed on, for those to whom they come: they look themselves meanwhile. Whoever looks after the machine is told
/// with its other parts.
pub(super) async fn job(visit: &SignedVisit) -> Result<Vec<Task>, Fault> {
    let looks_after = visit.me.may(Capability::BackUp) || visit.me.may(Capability::ChangeNetwork);
    if looks_after || !visit.me.may(Capability::ManageFile) {
        return Ok(Vec::new());
    }
    // That how the parts are doing cannot be read is told with them.
    let Some(seen) = visit.glance.seen().await else { return Ok(Vec::new()) };
    let broken = seen.health.components.iter().any(|part| part.name == JOB && part.state != State::Working);
    let words = "Concerns that nobody answers are not passed on to whoever is next just now. Look yourself what waits, now and again, \
                 and make sure that whoever looks after the machine knows.";
    Ok(if broken { vec![Task::new(Urgency::Now, words)] } else { Vec::new() })
}

/// Whether a notice is told among what needs them, where it stays until somebody answers.
pub(super) fn is_told_as_task(notice: &Notice) -> bool {
    matches!(notice.kind.as_str(), "file-waits" | "file-waits-now" | "concern-waits" | "talk-asked" | "talk-waits")
}

/// Whether a notice cannot wait: whoever reported something is to ring somebody themselves.
pub(super) fn presses(notice: &Notice) -> bool {
    matches!(notice.kind.as_str(), "concern-unanswered" | "report-unanswered")
}

/// What whoever reported is told when nobody answers. To a pupil nothing that somebody who looks over their shoulder could take for a
/// report (practice 17).
pub(super) fn said(notice: &Notice, kind: Kind) -> Option<&'static str> {
    presses(notice).then_some(match kind {
        Kind::Pupil => {
            "Is something wrong? Go to an adult you trust, now. Childline listens, day and night: 0800 1111. In danger, ring 999."
        }
        _ => {
            "Nobody has answered a concern that you raised. Do not wait: in danger ring 999; otherwise ring children’s social care \
             yourself, or about an adult who works here the local authority’s designated officer (LADO)."
        }
    })
}

/// What the chair or the trust is told of a severe concern that is others' to read: one person whom they may ask, and no other.
pub(super) fn severe(notice: &Notice, today: &Today) -> Option<String> {
    let asked = || today.to_ask.iter().find(|(id, _)| *id == notice.id).and_then(|(_, name)| name.as_deref());
    (notice.kind == "concern-serious").then(|| {
        let who = asked().map_or_else(
            || "Nobody who may read it is here: see that somebody is back or is given the duty.".to_owned(),
            |name| format!("{name} can tell you how it stands. Ask nobody else about it."),
        );
        format!("A severe concern is open here. You cannot read it, and need not. {who}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use holdfast_records::id;

    #[test]
    fn who_reads_over_a_pupils_shoulder_reads_of_no_report() {
        let now = "2026-11-23T08:00:00Z".parse().unwrap();
        let notice = Notice {
            id: id::Row::new(now).unwrap(),
            kind: "concern-unanswered".to_owned(),
            about: String::new(),
            made_at: now,
        };
        let to_pupil = said(&notice, Kind::Pupil).unwrap();
        assert!(to_pupil.contains("0800 1111") && to_pupil.contains("999"));
        assert!(!["report", "concern", "raised", "answered"].iter().any(|word| to_pupil.contains(word)));
        assert!(said(&notice, Kind::Staff).unwrap().contains("ring children’s social care"));
        assert_eq!(said(&Notice { kind: "duty-given".to_owned(), ..notice }, Kind::Staff), None);
    }

    #[test]
    fn the_chair_is_told_whom_to_ring_once_for_each() {
        let one = |ring: Option<&str>| PassedBy { ring: ring.map(str::to_owned) };
        let all = told(&[one(Some("Hilda Marsh")), one(None), one(Some("Hilda Marsh"))]);
        assert_eq!(all.len(), 2);
        assert!(all[0].contains("Nobody who may read it is here"), "{all:?}");
        assert!(all[1].starts_with("2 concerns") && all[1].contains("ring Hilda Marsh now"), "{all:?}");
    }

    #[test]
    fn a_deadline_reads_well() {
        assert_eq!(deadline("today at 09:15"), "09:15");
        assert_eq!(deadline("on Tuesday 4 May at 08:15"), "Tuesday 4 May at 08:15");
    }
}
