//! A school's first trust lead. Whoever holds the duty hears about the chair, so the head does not name them alone: one proposes,
//! another agrees. Proposals are entries of the audit log and nothing else, so that a row put in behind our back proposes nobody.

use super::{
    GiveDuty,
    duties::{has_trust_lead, insert_holding},
    statements::PROPOSED,
};
use crate::{
    Entered, Fault, Records, Session,
    access::{Act, Actor, Duty, Resource, tell_all},
    audit::{self, Detail, Note},
    id,
};
use jiff::{SignedDuration, Timestamp};

/// How long a proposal waits for the second person.
const WAITS: SignedDuration = SignedDuration::from_hours(14 * 24);
/// Who agrees where there is no chair.
const WITHOUT_CHAIR: [Duty; 2] = [Duty::DesignatedLead, Duty::DeputyDesignatedLead];

/// Somebody whom others proposed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// Who is proposed.
    pub person: id::Person,
    /// Their name.
    pub full_name: String,
    /// Whether somebody else than the asker proposed them, so that the asker may agree, if their duty allows it.
    pub is_by_another: bool,
    /// Until when the last proposal waits.
    pub until: Timestamp,
}

impl Records {
    /// Who is proposed as the first trust lead and waits for a second person: from the log, as agreeing reads it.
    pub async fn trust_lead_proposals(&self, session: &Session) -> Result<Vec<Proposal>, Fault> {
        let mut entered = self.act(session, Act::DutyProposalsRead, Resource::School, Detail::none()).await?;
        let proposals = waiting(&mut entered).await;
        entered.finish(proposals).await
    }

    /// Proposes the first trust lead of a school. All to whom concerns come are told; until when somebody else can agree.
    ///
    /// # Errors
    /// [`Fault::NotAllowed`] for oneself, for whoever is neither head nor chair, and where there is a trust lead already.
    pub async fn propose_trust_lead(&self, session: &Session, person: id::Person) -> Result<Timestamp, Fault> {
        let until = self.clock().now().saturating_add(WAITS).map_err(|_never| Fault::wrong("The clock is wrong."))?;
        let detail = Detail::none().with("duty", Duty::TrustLead.word()).with("until", until.to_string());
        let mut entered = self.act(session, Act::DutyProposed, Resource::Person(person), detail).await?;
        let proposed = propose(&mut entered, person).await;
        entered.finish(proposed.map(|()| until)).await
    }

    /// Agrees to the first trust lead whom somebody else proposed, who has the duty from now on: the chair to whom the head
    /// proposed, or the head to whom the chair did. Where there is no chair beside whom it is about, a safeguarding lead who neither
    /// is the head nor deputises for them.
    ///
    /// # Errors
    /// [`Fault::NotAllowed`] where nobody else proposed it within two weeks, and for whoever came to their duty less than two weeks
    /// ago, after the other.
    pub async fn agree_trust_lead(&self, session: &Session, person: id::Person) -> Result<id::Holding, Fault> {
        let detail = Detail::none().with("duty", Duty::TrustLead.word());
        let mut entered = self.act(session, Act::DutyAgreed, Resource::Person(person), detail).await?;
        let agreed = agree(&mut entered, person).await;
        entered.finish(agreed).await
    }
}

async fn propose(entered: &mut Entered, person: id::Person) -> Result<(), Fault> {
    refuse_another(entered)?;
    let is_proposer = |duty: &Duty| matches!(duty, Duty::Head | Duty::Chair);
    if !entered.standing().duties.iter().any(is_proposer) {
        return Err(Fault::NotAllowed(
            "The head or the chair of governors proposes a school’s first trust lead.".to_owned(),
        ));
    }
    tell_all(entered, person, "duty-proposed").await
}

async fn agree(entered: &mut Entered, person: id::Person) -> Result<id::Holding, Fault> {
    refuse_another(entered)?;
    let proposers = proposers(entered, person).await?;
    if proposers.is_empty() {
        return Err(Fault::NotAllowed(
            "Nobody else has proposed them within two weeks. The head or the chair of governors does (holdfast duty propose), then \
             another agrees."
                .to_owned(),
        ));
    }
    let mut why = None;
    for proposer in proposers {
        match refuse_pair(entered, person, proposer).await {
            Err(Fault::NotAllowed(refused)) => why = Some(refused),
            refused => {
                refused?;
                return give(entered, person).await;
            }
        }
    }
    Err(Fault::NotAllowed(why.unwrap_or_default()))
}

async fn give(entered: &mut Entered, person: id::Person) -> Result<id::Holding, Fault> {
    let given = GiveDuty { duty: Duty::TrustLead, person, is_deputy: false, from: None };
    let holding = insert_holding(entered, &given).await?;
    // What the log tells of duties is told by this act, whoever gives them.
    let detail = Detail::none().with("duty", Duty::TrustLead.word()).with("part", "holder");
    let note = Note { act: Act::DutyGiven, kind: "person", resource: person.to_string(), detail: &detail };
    audit::note(entered, note).await?;
    tell_all(entered, person, "duty-given").await?;
    Ok(holding)
}

fn refuse_another(entered: &Entered) -> Result<(), Fault> {
    if !has_trust_lead(&entered.standing().roll) {
        return Ok(());
    }
    Err(Fault::NotAllowed(
        "The school has a trust lead already, who gives the duty to others (holdfast duty give).".to_owned(),
    ))
}

/// Who is proposed and for whom nobody has agreed yet.
async fn waiting(entered: &mut Entered) -> Result<Vec<Proposal>, Fault> {
    let (school, now) = (entered.session().school, entered.now());
    if has_trust_lead(&entered.standing().roll) {
        return Ok(Vec::new());
    }
    let since = now.saturating_sub(WAITS).map_err(|_never| Fault::wrong("The clock is wrong."))?;
    let rows = entered.rows(&PROPOSED, &[school.into(), since.into()]).await?;
    let mut waiting = Vec::new();
    for row in rows {
        let (person, full_name) = (row.get(0)?, row.get(1)?);
        let standing = standing_proposals(entered, person).await?;
        let Some(until) = standing.iter().map(|(_, until)| *until).max() else { continue };
        let actor = entered.session().actor;
        let is_by_another = standing.iter().any(|(proposer, _)| Actor::Person(*proposer) != actor);
        waiting.push(Proposal { person, full_name, is_by_another, until });
    }
    Ok(waiting)
}

/// Who else proposed them.
async fn proposers(entered: &mut Entered, person: id::Person) -> Result<Vec<id::Person>, Fault> {
    let actor = entered.session().actor;
    let mut proposers = Vec::new();
    for (proposer, _) in standing_proposals(entered, person).await? {
        if Actor::Person(proposer) != actor && !proposers.contains(&proposer) {
            proposers.push(proposer);
        }
    }
    Ok(proposers)
}

/// Who proposed them and until when that waits, as the log tells it: in the last two weeks, and since they last were given the
/// duty or left.
async fn standing_proposals(entered: &mut Entered, person: id::Person) -> Result<Vec<(id::Person, Timestamp)>, Fault> {
    let (school, now) = (entered.session().school, entered.now());
    let acts = &[Act::DutyProposed, Act::DutyGiven, Act::PersonLeft];
    let told = audit::noted_on(entered.transaction(), school, ("person", &person.to_string()), acts).await?;
    let mut proposals = Vec::new();
    for entry in told {
        let is_of_trust_lead = entry.says("duty") == Some(Duty::TrustLead.word());
        if entry.tells_of(Act::PersonLeft) || entry.tells_of(Act::DutyGiven) && is_of_trust_lead {
            break;
        }
        let until = entry.says("until").and_then(|until| until.parse::<Timestamp>().ok());
        let Some(until) = until.filter(|until| *until >= now) else { continue };
        if entry.tells_of(Act::DutyProposed)
            && is_of_trust_lead
            && let Ok(proposer) = id::Person::parse(&entry.actor)
        {
            proposals.push((proposer, until));
        }
    }
    Ok(proposals)
}

/// Refuses two people who are not head and chair, or, without a chair, head and a safeguarding lead; and of two whoever was named by
/// the other a moment ago.
async fn refuse_pair(entered: &mut Entered, person: id::Person, proposer: id::Person) -> Result<(), Fault> {
    let (school, now) = (entered.session().school, entered.now());
    let Actor::Person(asker) = entered.session().actor else { return Err(Fault::NotFound) };
    let told = audit::duties_given(entered.transaction(), school, proposer).await?;
    let standing = entered.standing();
    let roll = &standing.roll;
    let mut proposed_as = roll.acting(proposer);
    proposed_as.retain(|duty| told.contains(duty));
    let has = |duties: &[Duty], any: &[Duty]| duties.iter().any(|duty| any.contains(duty));
    // In which duties the two act here: proposing, and agreeing.
    let pairs: &[(Duty, &[Duty])] = if roll.answering(Duty::Chair, &[person]).is_empty() {
        &[(Duty::Head, &WITHOUT_CHAIR)]
    } else {
        &[(Duty::Head, &[Duty::Chair]), (Duty::Chair, &[Duty::Head])]
    };
    let is_right = |(proposing, agreeing): &&(Duty, &[Duty])| {
        let is_under_head = *agreeing == WITHOUT_CHAIR && roll.holds_or_deputises(asker, Duty::Head);
        proposed_as.contains(proposing) && has(&standing.duties, agreeing) && !is_under_head
    };
    let Some((proposing, agreeing)) = pairs.iter().find(is_right) else {
        return Err(Fault::NotAllowed(
            "A school’s first trust lead is named by the head and the chair of governors together: one proposes, the other agrees. \
             Where there is no chair, a safeguarding lead agrees who is not the head’s deputy."
                .to_owned(),
        ));
    };
    let is_new = roll.is_newer(asker, agreeing, proposer, now) || roll.is_newer(proposer, &[*proposing], asker, now);
    if is_new {
        return Err(Fault::NotAllowed(
            "One of you two came to the duty after the other, less than two weeks ago. Agree once two weeks have gone by.".to_owned(),
        ));
    }
    Ok(())
}
