//! At which level of the local thresholds a child’s concern was decided, and why (C-23); and of what happened outside school, on which
//! ground the school acts (C-43). Part of deciding: no call waits for it.

use super::{
    Ground, ThresholdLevel,
    statements::{NEW_THRESHOLD, OUTSIDE_AND_HARMED, THRESHOLDS, THRESHOLDS_THAT_HOLD},
};
use crate::{
    Entered, Fault, Records, Session,
    access::FileKind,
    concern::answer::{
        Course, NewDecision, Standing, Unanswered,
        case::Sealed,
        write::{answer, decide, open_row, sealed_if},
    },
    file::{Words, ground::FileRow},
    id,
    seal::Unlocked,
};
use std::collections::BTreeMap;

/// What was decided about something that happened outside school or out of hours.
#[derive(Debug, Clone, Default)]
pub struct OffSite {
    /// On which grounds the school acts; none: it is the parents’ matter.
    pub grounds: Vec<Ground>,
    /// By which policy; asked for where the school acts.
    pub policy: Option<Words>,
}

/// The level of a concern by the local thresholds.
#[derive(Debug, Clone)]
pub struct NewThreshold {
    /// Which.
    pub level: ThresholdLevel,
    /// What the local partnership calls it.
    pub local: Option<Words>,
    /// Why it is this level; may be left out where the decision’s own reason says it.
    pub reasoning: Option<Words>,
    /// To whom it is referred; asked for where it is.
    pub referred_to: Option<Words>,
    /// Where it happened outside school: whether the school acts, and why.
    pub off_site: Option<OffSite>,
}

/// The same, opened.
#[derive(Debug, Clone)]
pub struct ThresholdView {
    /// Which.
    pub level: ThresholdLevel,
    /// What the local partnership calls it.
    pub local: Option<Words>,
    /// Why it is this level, where that is not in the decision’s reason.
    pub reasoning: Option<Words>,
    /// Whether it was referred.
    pub is_referred: bool,
    /// To whom.
    pub referred_to: Option<Words>,
    /// What was decided about where it happened, where that was asked.
    pub off_site: Option<OffSite>,
}

impl Records {
    /// Decides what a child’s concern is and what is done, with its level by the local thresholds.
    pub async fn decide_at_threshold(
        &self,
        session: &Session,
        file: id::File,
        new: &NewDecision,
        threshold: &NewThreshold,
    ) -> Result<(), Fault> {
        let mut entered = answer(self, session, file, "decided").await?;
        let done = async {
            check(new, threshold)?;
            let (row, _) = open_row(&mut entered, file).await?;
            if row.kind != FileKind::Child {
                return Err(Fault::wrong("level: the local thresholds are for children. Leave this out."));
            }
            let decision = decide(&mut entered, file, new).await?;
            write(&mut entered, (&row, decision), new, threshold).await
        }
        .await;
        entered.finish(done).await
    }
}

fn check(new: &NewDecision, threshold: &NewThreshold) -> Result<(), Fault> {
    if threshold.reasoning.is_none() && new.reason.is_none() {
        return Err(Fault::wrong("reasoning: write why it is at this level, here or under “Why”."));
    }
    if new.course == Course::Refer && threshold.referred_to.is_none() {
        return Err(Fault::wrong("referred_to: write to whom it is referred."));
    }
    let acts = threshold.off_site.as_ref().filter(|off_site| !off_site.grounds.is_empty());
    if acts.is_some_and(|off_site| off_site.policy.is_none()) {
        return Err(Fault::wrong(
            "policy: write by which of your policies the school acts on what happened elsewhere.",
        ));
    }
    Ok(())
}

async fn write(
    entered: &mut Entered,
    (row, decision): (&FileRow, id::Row),
    new: &NewDecision,
    threshold: &NewThreshold,
) -> Result<(), Fault> {
    let policy = threshold.off_site.as_ref().and_then(|off_site| off_site.policy.as_ref());
    let grounds = threshold.off_site.as_ref().map(|off_site| {
        Ground::ALL
            .iter()
            .filter(|ground| off_site.grounds.contains(ground))
            .map(|ground| ground.word())
            .collect::<Vec<_>>()
    });
    let referred_to = threshold.referred_to.as_ref().filter(|_| new.course == Course::Refer);
    let place = |column| (row, "file_threshold", column);
    let local = sealed_if(entered, place("local"), decision, threshold.local.as_ref()).await?;
    let reasoning = sealed_if(entered, place("reasoning"), decision, threshold.reasoning.as_ref()).await?;
    let referred_to = sealed_if(entered, place("referred_to"), decision, referred_to).await?;
    let policy = sealed_if(entered, place("policy"), decision, policy).await?;
    let values = [
        decision.into(),
        entered.session().school.into(),
        threshold.level.into(),
        local.into(),
        reasoning.into(),
        (new.course == Course::Refer).into(),
        referred_to.into(),
        grounds.map(|grounds| grounds.join(" ")).into(),
        policy.into(),
    ];
    entered.change_one(&NEW_THRESHOLD, &values).await
}

/// What was decided so in a file, by its decision.
pub(in crate::concern::answer) async fn views(
    entered: &mut Entered,
    unlocked: &Unlocked,
    file: &FileRow,
) -> Result<BTreeMap<id::Row, ThresholdView>, Fault> {
    let sealed = Sealed { unlocked, file, table: "file_threshold" };
    let mut views = BTreeMap::new();
    for row in entered.rows(&THRESHOLDS, &[file.id.into()]).await? {
        let id = row.get(0)?;
        let off_site = match row.get::<Option<String>>(6)? {
            Some(grounds) => Some(OffSite {
                grounds: grounds.split_whitespace().filter_map(Ground::from_word).collect(),
                policy: sealed.if_any(entered, ("policy", id), row.get(7)?).await?,
            }),
            None => None,
        };
        let view = ThresholdView {
            level: row.get(1)?,
            local: sealed.if_any(entered, ("local", id), row.get(2)?).await?,
            reasoning: sealed.if_any(entered, ("reasoning", id), row.get(3)?).await?,
            is_referred: row.get(4)?,
            referred_to: sealed.if_any(entered, ("referred_to", id), row.get(5)?).await?,
            off_site,
        };
        views.insert(id, view);
    }
    Ok(views)
}

/// What of it is missing in a child’s file that was decided to be more than a note.
pub(in crate::concern::answer) async fn unanswered(
    entered: &mut Entered,
    file: &FileRow,
    standing: &Standing,
) -> Result<Vec<Unanswered>, Fault> {
    if file.kind != FileKind::Child || standing.decision.is_none() {
        return Ok(Vec::new());
    }
    let rows = entered.rows(&THRESHOLDS_THAT_HOLD, &[file.id.into(), file.opened_at.into()]).await?;
    let mut open = Vec::new();
    if rows.is_empty() {
        open.push(Unanswered::Threshold);
    }
    let grounds = rows.iter().map(|row| row.get::<Option<String>>(0)).collect::<Result<Vec<_>, Fault>>()?;
    let (is_outside, _) = outside_and_harmed(entered, file).await?;
    if is_outside && grounds.iter().all(Option::is_none) {
        open.push(Unanswered::OffSite);
    }
    Ok(open)
}

/// Whether it happened outside school, and whether its child was harmed by another, as was answered when it was raised.
pub(in crate::concern::answer) async fn outside_and_harmed(
    entered: &mut Entered,
    file: &FileRow,
) -> Result<(bool, bool), Fault> {
    let row = entered.row(&OUTSIDE_AND_HARMED, &[file.id.into()]).await?.ok_or(Fault::NotFound)?;
    Ok((row.get::<i64>(0)? > 0, row.get::<i64>(1)? > 0))
}
