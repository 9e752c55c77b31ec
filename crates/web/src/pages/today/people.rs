//! Duties, absences, and who waits to be let in.

use super::{Task, Urgency, counted};
use crate::words::capital;
use crate::{
    pages::{
        duties::{HEAR, too_few},
        pupil::exempt::is_due,
        set_up::left,
    },
    visit::SignedVisit,
};
use holdfast_records::{
    Fault, Today,
    access::{Capability, Duty},
    accounts::SealedStanding,
    people::{Held, NEEDED_DUTIES},
};

/// How soon a duty that a school cannot be without needs a holder.
fn urgency(needed: Duty) -> Urgency {
    match needed {
        Duty::Head | Duty::DesignatedLead => Urgency::Now,
        Duty::Chair => Urgency::Today,
        _ => Urgency::Soon,
    }
}

/// Duties without a holder, too few people, and who is away.
pub(super) fn duties(visit: &SignedVisit, today: &Today) -> Vec<Task> {
    let Some(held) = &today.duties else { return Vec::new() };
    let mut found = absences(held);
    if visit.me.may(Capability::AssignDuties) {
        found.extend(gaps(held));
    }
    if held.iter().any(|held| held.person == visit.me.person && held.is_away) {
        found.push((Urgency::Today, "You are recorded as being away. If you are back, say so.".to_owned()));
    }
    let task = |(urgency, words)| Task::new(urgency, words).at(visit, "/duties", "Look at the duties");
    found.into_iter().map(task).collect()
}

/// That the school is not all set up yet; also after somebody ended the set-up, for as long as anything of it is open.
pub(super) async fn set_up(visit: &SignedVisit) -> Result<Vec<Task>, Fault> {
    if !visit.me.may(Capability::FinishSetUp) {
        return Ok(Vec::new());
    }
    let standing = visit.records.set_up_standing(&visit.session).await?;
    let words = match (left::open(visit, &standing), standing.is_finished) {
        (0, true) => return Ok(Vec::new()),
        (0, false) => "Setting the school up is done, and nobody has ended it.".to_owned(),
        (1, _) => "One thing of the set-up is not done yet.".to_owned(),
        (open, _) => format!("{open} things of the set-up are not done yet."),
    };
    Ok(vec![Task::new(Urgency::Soon, words).at(visit, "/set-up/left", "See what is not yet done")])
}

/// Sealed emergency sign-ins that were used and that nobody reviewed yet.
pub(super) fn sealed_sign_ins(visit: &SignedVisit, today: &Today) -> Vec<Task> {
    let waiting = today.sealed_sign_ins.iter().filter_map(|code| match code.state {
        SealedStanding::Used { reviewed: None, is_overdue, .. } => Some(is_overdue),
        _ => None,
    });
    let task = |is_overdue| {
        let (urgency, words) = if is_overdue {
            (Urgency::Now, "A sealed emergency sign-in was used, and its review is late.")
        } else {
            (Urgency::Today, "A sealed emergency sign-in was used and is not reviewed yet.")
        };
        Task::new(urgency, words).at(visit, "/emergency-sign-ins", "Review it")
    };
    waiting.map(task).collect()
}

/// Exemptions from a password whose day to be looked at again has come, or comes soon (I-05).
pub(super) fn exemptions(visit: &SignedVisit, today: &Today) -> Vec<Task> {
    let now = visit.caller.now;
    let due: Vec<_> = today.exemptions.iter().filter(|exemption| is_due(exemption, now)).collect();
    if due.is_empty() {
        return Vec::new();
    }
    let is_late = due.iter().any(|exemption| exemption.review_by <= now);
    let words = counted(
        due.len(),
        "A pupil’s exemption from a password is to be looked at again.",
        "exemptions of pupils from a password are to be looked at again.",
    );
    let task = Task::new(if is_late { Urgency::Today } else { Urgency::Soon }, words);
    vec![task.at(visit, "/exemptions", "Look at the exemptions")]
}

fn gaps(held: &[Held]) -> Vec<(Urgency, String)> {
    let mut gaps = Vec::new();
    for duty in NEEDED_DUTIES {
        if !held.iter().any(|held| held.duty == duty && !held.is_deputy) {
            gaps.push((urgency(duty), format!("Nobody holds the duty of {}.", duty.title())));
        }
    }
    gaps.extend(too_few(held).into_iter().map(|words| (Urgency::Now, words)));
    gaps
}

/// Duties to which concerns come, and of which every holder is away.
fn absences(held: &[Held]) -> Vec<(Urgency, String)> {
    let mut away = Vec::new();
    for duty in &HEAR {
        let holders: Vec<_> = held.iter().filter(|held| held.duty == *duty && !held.is_deputy).collect();
        if holders.is_empty() || holders.iter().any(|holder| !holder.is_away) {
            continue;
        }
        let deputies = held.iter().filter(|held| held.duty == *duty && held.is_deputy && !held.is_away);
        let names: Vec<_> = deputies.map(|deputy| deputy.full_name.as_str()).collect();
        let title = capital(duty.title());
        away.push(match names.as_slice() {
            [] => (
                Urgency::Today,
                format!("{title}: away, and no deputy is named for them. Others who hear concerns stand in."),
            ),
            names => (Urgency::Soon, format!("{title}: away. {} acts for them.", names.join(" or "))),
        });
    }
    away
}

/// Who waits to be let in to what the asker can open, and whose key waits until somebody confirms that it is theirs.
pub(super) fn waiting(visit: &SignedVisit, today: &Today) -> Vec<Task> {
    const HERE: (&str, &str) = ("/admissions", "See who waits");
    let (keys, admissions): (Vec<_>, Vec<_>) = today.waiting.iter().partition(|one| one.needs_voucher);
    let may_vouch = keys.iter().filter(|one| one.made_by != Some(visit.me.person)).count();
    let mut tasks = Vec::new();
    if may_vouch > 0 {
        let words = counted(
            may_vouch,
            "Somebody has a new key and acts in no duty until somebody confirms that it is theirs.",
            "people have new keys and act in no duty until somebody confirms that they are theirs.",
        );
        tasks.push(Task::new(Urgency::Now, words).at(visit, HERE.0, HERE.1));
    }
    let open = admissions.iter().filter(|one| one.fingerprint.is_some()).count();
    if open > 0 {
        let words = counted(
            open,
            "Somebody is entitled to what you can open, and waits for you to let them in.",
            "people are entitled to what you can open, and wait for you to let them in.",
        );
        tasks.push(Task::new(Urgency::Today, words).at(visit, HERE.0, HERE.1));
    }
    tasks
}

#[cfg(test)]
mod tests {
    use super::*;
    use holdfast_records::id;

    fn held(duty: Duty, person: id::Person, is_deputy: bool, is_away: bool) -> Held {
        let now = "2026-11-23T08:00:00Z".parse().unwrap();
        Held {
            holding: id::Holding::new(now).unwrap(),
            duty,
            is_deputy,
            person,
            full_name: "Dora Hale".to_owned(),
            is_away,
        }
    }

    #[test]
    fn one_person_in_several_duties_is_one_person() {
        let now = "2026-11-23T08:00:00Z".parse().unwrap();
        let (one, other, third) =
            (id::Person::new(now).unwrap(), id::Person::new(now).unwrap(), id::Person::new(now).unwrap());
        let mut all = vec![
            held(Duty::Head, one, false, false),
            held(Duty::DesignatedLead, one, false, false),
            held(Duty::Chair, other, false, false),
        ];
        let few = |held: &[Held]| gaps(held).iter().any(|(_, words)| words.contains("a concern about a child (2)"));
        assert!(few(&all));
        all.push(held(Duty::DeputyDesignatedLead, third, false, false));
        assert!(!few(&all));
        assert!(gaps(&all).iter().any(|(_, words)| words == "Nobody holds the duty of network manager."));
    }

    #[test]
    fn who_is_away_is_told_with_who_acts() {
        let now = "2026-11-23T08:00:00Z".parse().unwrap();
        let (lead, deputy) = (id::Person::new(now).unwrap(), id::Person::new(now).unwrap());
        let mut all = vec![held(Duty::DesignatedLead, lead, false, true)];
        assert!(absences(&all)[0].1.contains("no deputy is named"));
        all.push(held(Duty::DesignatedLead, deputy, true, false));
        assert_eq!(absences(&all)[0].1, "Designated safeguarding lead: away. Dora Hale acts for them.");
        all[0].is_away = false;
        assert_eq!(absences(&all), []);
    }
}
