//! What is counted instead of written at once, so that nobody can flood the log and nothing is lost without a trace.
//!
//! Failed sign-ins are counted in windows of five minutes, by account; a window becomes one entry once it has ended, and one
//! more if somebody signs in before that. Names that belong to no account are never kept: all of them count as one. Denied
//! acts are written in full for the first few of an hour, by who tried and what; the rest of the hour becomes one entry.
//! What has ended is folded into the chain before the next entry of any kind, or by the clock.

use super::{
    Detail, Outcome,
    chain::{Draft, append},
    statements::{CLEAR_TALLIES, COUNT, COUNTED, MARK, TALLIES},
};
use crate::{Fault, Records, access::Act, id, store::Transaction};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// A window of failed sign-ins, in microseconds: five minutes.
const SIGN_IN_WINDOW: i64 = 5 * 60 * 1_000_000;
/// A window of denied acts, in microseconds: an hour.
const DENIED_WINDOW: i64 = 60 * 60 * 1_000_000;
/// Denied acts of one kind by one person that are written in full in a window.
const IN_FULL: i64 = 10;
/// Accounts that the entry of a window names, those tried most often first.
const NAMED: usize = 10;
/// Stands for all names that belong to no account.
const UNKNOWN: &str = "unknown";
/// Marks that a window was folded once before its end.
const FOLDED: &str = "folded";

impl Records {
    /// Notes that a sign-in failed: for which account, if the name belongs to one. What was typed is not kept.
    pub async fn sign_in_failed(&self, school: id::School, account: Option<id::Person>) -> Result<(), Fault> {
        let now = self.clock().now();
        let mut transaction = self.counting().await?;
        // What is still counted of windows that have ended comes before what is counted now.
        fold(&mut transaction, school, now, false).await?;
        let actor = account.map_or_else(|| UNKNOWN.to_owned(), |person| person.to_string());
        let until = window_end(now, SIGN_IN_WINDOW);
        let values = [school.into(), actor.into(), Act::SignInsFailed.word().into(), until.into(), None::<&str>.into()];
        transaction.run(&COUNT, &values).await?;
        transaction.commit().await
    }

    /// Folds what was counted in windows that have ended into the chain. The clock asks for it, so that it also happens where
    /// nothing else is written.
    pub async fn fold_counts(&self, school: id::School) -> Result<(), Fault> {
        let mut transaction = self.counting().await?;
        fold(&mut transaction, school, self.clock().now(), false).await?;
        transaction.commit().await
    }
}

/// Counts a denied act, and says whether it is one of the first of its window, to be written in full.
pub(super) async fn is_to_be_written(
    transaction: &mut Transaction,
    draft: &Draft<'_>,
    now: Timestamp,
) -> Result<bool, Fault> {
    let until = window_end(now, DENIED_WINDOW);
    let key = [draft.school.into(), draft.actor.as_str().into(), draft.act.word().into(), until.into()];
    let with_kind = [key.as_slice(), &[draft.file_kind.into()]].concat();
    transaction.run(&COUNT, &with_kind).await?;
    let times = match transaction.row(&COUNTED, &key).await? {
        Some(row) => row.get::<i64>(0)?,
        None => 0,
    };
    Ok(times <= IN_FULL)
}

/// What was counted in one window of one act.
#[derive(Default)]
struct Window {
    counted: Vec<(String, i64, Option<String>)>,
    is_folded: bool,
}

/// Folds what was counted in windows that have ended into the chain; at a sign-in also the failed ones of this window, if
/// that was not done before.
pub(super) async fn fold(
    transaction: &mut Transaction,
    school: id::School,
    now: Timestamp,
    is_sign_in: bool,
) -> Result<(), Fault> {
    let this_window = window_end(now, SIGN_IN_WINDOW);
    let early = is_sign_in.then(|| Act::SignInsFailed.word());
    let values = [school.into(), now.into(), early.into()];
    let mut windows: BTreeMap<(i64, String), Window> = BTreeMap::new();
    for row in transaction.rows(&TALLIES, &values).await? {
        let window = windows.entry((row.get(1)?, row.get(0)?)).or_default();
        match (row.get::<String>(2)?, row.get::<i64>(3)?) {
            (actor, _) if actor == FOLDED => window.is_folded = true,
            (actor, times) => window.counted.push((actor, times, row.get(4)?)),
        }
    }
    if windows.is_empty() {
        return Ok(());
    }
    let sign_ins = Act::SignInsFailed.word();
    let is_early = windows.get(&(this_window, sign_ins.to_owned())).is_some_and(|window| !window.is_folded);
    let cleared = [school.into(), now.into(), early.filter(|_| is_early).into()];
    transaction.run(&CLEAR_TALLIES, &cleared).await?;
    if is_early {
        let mark = [school.into(), FOLDED.into(), sign_ins.into(), this_window.into()];
        transaction.run(&MARK, &mark).await?;
    }
    for ((until, act), window) in &windows {
        let has_ended = *until <= now.as_microsecond();
        if !has_ended && !is_early {
            continue;
        }
        if act == sign_ins {
            fold_sign_ins(transaction, school, window, *until, now).await?;
        } else {
            fold_denied(transaction, school, act, window, now).await?;
        }
    }
    Ok(())
}

/// One entry for all failed sign-ins of a window.
async fn fold_sign_ins(
    transaction: &mut Transaction,
    school: id::School,
    window: &Window,
    until: i64,
    now: Timestamp,
) -> Result<(), Fault> {
    if window.counted.is_empty() {
        return Ok(());
    }
    let mut accounts: Vec<(&str, i64)> = window
        .counted
        .iter()
        .map(|(actor, times, _)| (actor.as_str(), *times))
        .filter(|(a, _)| *a != UNKNOWN)
        .collect();
    let known: i64 = accounts.iter().map(|(_, times)| times).sum();
    let all: i64 = window.counted.iter().map(|(_, times, _)| times).sum();
    accounts.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(other.0)));
    let most: Vec<String> = accounts.iter().take(NAMED).map(|(account, times)| format!("{account}:{times}")).collect();
    let detail = Detail::none()
        .with("known", known.to_string())
        .with("unknown", (all - known).to_string())
        .with("accounts", accounts.len().to_string())
        .with("most", most.join(" "))
        .with("from", moment(until - SIGN_IN_WINDOW));
    let draft = draft(school, "clock".to_owned(), Act::SignInsFailed, &detail);
    append(transaction, &draft, now).await.map(drop)
}

/// One entry for each person whose denied acts were too many to be written in full.
async fn fold_denied(
    transaction: &mut Transaction,
    school: id::School,
    act: &str,
    window: &Window,
    now: Timestamp,
) -> Result<(), Fault> {
    let Some(act) = Act::ALL.iter().copied().find(|known| known.word() == act) else { return Ok(()) };
    for (actor, times, file_kind) in &window.counted {
        if *times <= IN_FULL {
            continue;
        }
        let detail = Detail::none().with("more", (times - IN_FULL).to_string());
        let draft = Draft { file_kind: file_kind.as_deref(), ..draft(school, actor.clone(), act, &detail) };
        append(transaction, &draft, now).await?;
    }
    Ok(())
}

fn draft(school: id::School, actor: String, act: Act, detail: &Detail) -> Draft<'_> {
    Draft {
        school,
        actor,
        act,
        outcome: Outcome::Denied,
        resource_kind: "many",
        resource: None,
        file_kind: None,
        subjects: &[],
        compartment: None,
        detail,
    }
}

fn window_end(now: Timestamp, length: i64) -> i64 {
    let now = now.as_microsecond();
    now - now.rem_euclid(length) + length
}

fn moment(microseconds: i64) -> String {
    Timestamp::from_microsecond(microseconds).map_or_else(|_out_of_range| String::new(), |moment| moment.to_string())
}
