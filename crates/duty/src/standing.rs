//! How the school's records stand, in numbers and states, for monitors and the status page: no names, and no word of what is
//! kept.

use holdfast_records::{Fault, Records, backup, calendar};
use jiff::Timestamp;
use std::{path::PathBuf, time::Duration};
use tokio::{sync::watch, task::JoinHandle, time};

/// How often it is looked at.
const LOOK: Duration = Duration::from_mins(1);
/// A calendar that ends sooner is told, as `holdfast calendar show` does.
const WEEKS: u32 = 8;

/// How they stand. Where the store holds several schools, the worst of each.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    /// The schools that were set up.
    pub schools: usize,
    /// The newest backup of the school whose newest is the oldest; `None` where a school has none, or no folder is named.
    pub last_backup: Option<Timestamp>,
    /// The calendar, at the school where it stands worst.
    pub calendar: Option<calendar::Standing>,
    /// Contradictions in the settings that nobody has settled.
    pub open_questions: usize,
}

/// Starts looking. Must be called within a runtime. While the store is away, what was seen last stands.
pub fn start(
    records: watch::Receiver<Option<Records>>,
    backups: Option<PathBuf>,
) -> (JoinHandle<()>, watch::Receiver<Option<Standing>>) {
    let (tell, told) = watch::channel(None);
    (tokio::spawn(look(records, backups, tell)), told)
}

async fn look(
    mut records: watch::Receiver<Option<Records>>,
    backups: Option<PathBuf>,
    tell: watch::Sender<Option<Standing>>,
) {
    loop {
        let store = records.borrow_and_update().clone();
        // What is wrong with the store is the publisher's to tell.
        if let Some(store) = store
            && let Ok(standing) = standing(&store, backups.clone()).await
        {
            tell.send_replace(Some(standing));
        }
        tokio::select! {
            () = time::sleep(LOOK) => {}
            changed = records.changed() => if changed.is_err() { return },
        }
    }
}

/// How they stand now.
pub async fn standing(records: &Records, backups: Option<PathBuf>) -> Result<Standing, Fault> {
    let schools = records.schools().await?;
    let mut standing = Standing { schools: schools.len(), ..Standing::default() };
    for (school, _) in &schools {
        let calendar = records.calendar_standing(*school, WEEKS).await?;
        let worst = standing.calendar.filter(|worst| badness(*worst) >= badness(calendar));
        standing.calendar = worst.or(Some(calendar));
        let decisions = records.decisions(*school).await?;
        standing.open_questions += decisions.iter().filter(|decision| decision.answer.is_none()).count();
    }
    // The folder may be on a network that does not answer.
    let listed = backups.map(|folder| tokio::task::spawn_blocking(move || backup::list(&folder)));
    if let Some(listed) = listed
        && let Ok(Ok((backups, _))) = listed.await
    {
        let newest = schools.iter().map(|(school, _)| {
            let (school, of) = (school.to_string(), backups.iter());
            of.filter(|backup| backup.header.school == school).map(|backup| backup.header.made_at).max()
        });
        // One without any is the worst.
        standing.last_backup = newest.min().flatten();
    }
    Ok(standing)
}

fn badness(standing: calendar::Standing) -> u8 {
    match standing {
        calendar::Standing::Good(_) => 0,
        calendar::Standing::EndsSoon(_) => 1,
        calendar::Standing::BeginsLater(_) => 2,
        calendar::Standing::Ended(_) => 3,
        calendar::Standing::Missing => 4,
    }
}
