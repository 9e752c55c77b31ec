//! How old a password may become, where the school's policy has people change it by date (I-10, I-11).
//!
//! That clause departs from national advice: OWASP ASVS 5.0 §6.2.10, NIST SP 800-63B-4 and the NCSC ask for no change by date, but for
//! long passwords, a second factor, and a change once somebody may know it. So each school says which of three things is true: it is
//! enforced here, its own sign-in service sees to it and we only count, or the clause was replaced by a dated decision. Nobody is
//! locked out by a date: whoever hears concerns puts the change off for one sign-in, and the others change it as they come in.

use super::{
    super::statements::{AGES, OWN_AGE},
    Rule,
};
use crate::{
    Fault, Records, Session,
    access::{self, Act, Actor, Resource},
    audit::Detail,
    calendar::{Answer, Calendar},
    id,
    people::Kind,
    settings::{Effective, Part, define::identity},
    store::Row,
};
use jiff::{SignedDuration, Timestamp, ToSpan as _, tz::TimeZone};

/// From how many days before on somebody is told, and when more urgently.
const NOTICE_DAYS: [i64; 3] = [30, 14, 3];

/// What is true at this school of changing passwords by date, for people of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// After so many months it is changed at the next sign-in.
    Enforced {
        /// How many.
        months: i32,
    },
    /// The school's own sign-in service sees to it; what is older here is an exception, and counted.
    Counted {
        /// After how many months.
        months: i32,
    },
    /// Somebody decided that it is changed when somebody may know it, and not by date.
    Superseded {
        /// When; `None` where that is our own starting value.
        since: Option<Timestamp>,
        /// Why, in their words.
        why: String,
    },
}

impl Standing {
    /// What is true for people of this kind.
    pub fn of(settings: &Effective, kind: Kind) -> Self {
        let setting = match kind {
            Kind::Staff => &identity::STAFF_ROTATION,
            Kind::Pupil => &identity::PUPIL_ROTATION,
            Kind::Governor | Kind::Parent | Kind::Visitor | Kind::Outside => &identity::OTHERS_ROTATION,
        };
        match settings.of(setting) {
            "six-monthly" => Self::Enforced { months: 6 },
            "yearly" => Self::Enforced { months: 12 },
            "in-directory" => Self::Counted { months: 6 },
            _ => {
                let state = settings.state(setting.definition());
                let fact = state.newest(Part::School).or_else(|| state.newest(Part::Default));
                let why = fact.map(|fact| fact.why.clone()).unwrap_or_default();
                Self::Superseded { since: fact.map(|fact| fact.at), why }
            }
        }
    }

    /// After how many months a password is old.
    pub fn months(&self) -> Option<i32> {
        match self {
            Self::Enforced { months } | Self::Counted { months } => Some(*months),
            Self::Superseded { .. } => None,
        }
    }

    /// Whether it is changed at the next sign-in once it is old.
    pub fn is_enforced(&self) -> bool {
        matches!(self, Self::Enforced { .. })
    }
}

/// How it stands with somebody's own password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// What is true for people like them.
    pub standing: Standing,
    /// When they set it.
    pub set_at: Timestamp,
    /// When it becomes old, if ever.
    pub due_at: Option<Timestamp>,
    /// How many days are left, from the first notice on; none or fewer once it is old.
    pub days_left: Option<i64>,
    /// Whether they may put the change off, because concerns come to them.
    pub may_postpone: bool,
}

impl Due {
    /// Whether it is changed before anything else.
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.standing.is_enforced() && self.due_at.is_some_and(|due| due <= now)
    }

    /// Whether the notice is one of the urgent ones.
    pub fn is_urgent(&self) -> bool {
        self.days_left.is_some_and(|days| days <= NOTICE_DAYS[2])
    }
}

/// The passwords of the people of one kind, counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasswordAges {
    /// Of which kind.
    pub kind: Kind,
    /// What is true for them.
    pub standing: Standing,
    /// How many have a password of their own.
    pub passwords: u64,
    /// How many of those are older than they may become (I-10, I-11).
    pub past: u64,
    /// How many will be within thirty days.
    pub soon: u64,
    /// How many were set before the rule of today, or under a weaker one (I-06).
    pub before_rule: u64,
}

/// Somebody whose password is older than it may become.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OldPassword {
    /// Whose.
    pub person: id::Person,
    /// What they are called.
    pub name: String,
    /// Since when it is too old.
    pub since: Timestamp,
}

/// One password, as it is counted.
struct Counted {
    person: id::Person,
    name: String,
    kind: Kind,
    set_at: Timestamp,
    rule: Option<String>,
}

/// What reckoning needs.
struct Reckoning {
    settings: Effective,
    calendar: Option<Calendar>,
    now: Timestamp,
}

impl Reckoning {
    /// When a password becomes old. A day without school is put off to the next school day, where the calendar knows.
    fn due_at(&self, kind: Kind, set_at: Timestamp) -> Option<Timestamp> {
        let months = Standing::of(&self.settings, kind).months()?;
        let zone = self.calendar.as_ref().map_or(TimeZone::UTC, |calendar| calendar.zone().clone());
        let due = set_at.to_zoned(zone).checked_add(months.months()).ok()?;
        let Some(calendar) = self.calendar.as_ref().filter(|_| matches!(kind, Kind::Staff | Kind::Pupil)) else {
            return Some(due.timestamp());
        };
        if calendar.is_school_day(due.date()) != Answer::No {
            return Some(due.timestamp());
        }
        let next = calendar.next_school_day(due.date()).ok().and_then(|day| day.to_zoned(due.time_zone().clone()).ok());
        Some(next.map_or(due.timestamp(), |next| next.timestamp()))
    }

    /// How many days are left until then, rounded up; `None` while that is further off than the first notice.
    fn days_left(&self, due_at: Timestamp) -> Option<i64> {
        let left = due_at.duration_since(self.now);
        let day = SignedDuration::from_hours(24).as_secs();
        let days = left.as_secs().div_euclid(day) + i64::from(left.as_secs().rem_euclid(day) > 0);
        (days <= NOTICE_DAYS[0]).then_some(days)
    }

    fn is_past(&self, one: &Counted) -> Option<Timestamp> {
        self.due_at(one.kind, one.set_at).filter(|due| *due <= self.now)
    }
}

impl Records {
    /// How it stands with the asker's own password; `None` for who has none of their own here. Leaves no entry: it tells them about
    /// themselves.
    pub async fn own_password_due(&self, session: &Session) -> Result<Option<Due>, Fault> {
        let Actor::Person(person) = session.actor else { return Ok(None) };
        let reckoning = self.reckoning(session.school).await?;
        let mut looking = self.looking().await?;
        let Some(row) = looking.row(&OWN_AGE, &[session.school.into(), person.into()]).await? else { return Ok(None) };
        let (kind, set_at): (Kind, Timestamp) = (row.get(0)?, row.get(1)?);
        let standing = access::standing(&mut looking, session.school, session.actor, reckoning.now).await?;
        let due_at = reckoning.due_at(kind, set_at);
        Ok(Some(Due {
            standing: Standing::of(&reckoning.settings, kind),
            set_at,
            due_at,
            days_left: due_at.and_then(|due| reckoning.days_left(due)),
            may_postpone: standing.roll.is_on_ladder(person),
        }))
    }

    /// Puts the change of one's own old password off for this sign-in: for those to whom concerns come, so that a date never stands
    /// between them and a child. Each time is an entry.
    ///
    /// # Errors
    /// [`Fault::NotAllowed`] for everybody else: they change it, which takes a minute.
    pub async fn postpone_password_change(&self, session: &Session) -> Result<(), Fault> {
        let Actor::Person(person) = session.actor else { return Err(Fault::NotFound) };
        let about = Resource::Person(person);
        let entered = self.act(session, Act::PasswordChangePostponed, about, Detail::none()).await?;
        let is_heard = entered.standing().roll.is_on_ladder(person);
        let allowed = is_heard.then_some(()).ok_or_else(|| {
            Fault::NotAllowed("Change your password now; it takes a minute, and then you go on.".to_owned())
        });
        entered.finish(allowed).await
    }

    /// The passwords of a school counted by kind of person, for those who answer for it. No names, so that this leaves no trace.
    pub async fn password_ages(&self, school: id::School) -> Result<Vec<PasswordAges>, Fault> {
        let reckoning = self.reckoning(school).await?;
        let rows = self.looking().await?.rows(&AGES, &[school.into()]).await?;
        let counted = rows.iter().map(counted).collect::<Result<Vec<Counted>, Fault>>()?;
        let of_kind = |kind: Kind| {
            let passwords: Vec<&Counted> = counted.iter().filter(|one| one.kind == kind).collect();
            let rule = Rule::of(&reckoning.settings, kind);
            let count = |which: &dyn Fn(&Counted) -> bool| passwords.iter().filter(|one| which(one)).count() as u64;
            let past = count(&|one| reckoning.is_past(one).is_some());
            let near =
                count(&|one| reckoning.due_at(one.kind, one.set_at).and_then(|due| reckoning.days_left(due)).is_some());
            PasswordAges {
                kind,
                standing: Standing::of(&reckoning.settings, kind),
                passwords: passwords.len() as u64,
                past,
                soon: near - past,
                before_rule: count(&|one| !rule.is_met_by(one.rule.as_deref())),
            }
        };
        Ok(Kind::ALL.iter().copied().map(of_kind).filter(|ages| ages.passwords > 0).collect())
    }

    /// Whose passwords are older than they may become, the oldest first: for whoever looks after accounts.
    pub async fn old_passwords(&self, session: &Session) -> Result<Vec<OldPassword>, Fault> {
        let reckoning = self.reckoning(session.school).await?;
        let detail = Detail::none().with("what", "old-passwords");
        let mut entered = self.act(session, Act::AccountsListed, Resource::School, detail).await?;
        let rows = entered.rows(&AGES, &[session.school.into()]).await?;
        entered.commit().await?;
        let mut old = Vec::new();
        for row in &rows {
            let one = counted(row)?;
            if let Some(since) = reckoning.is_past(&one) {
                old.push(OldPassword { person: one.person, name: one.name, since });
            }
        }
        old.sort_by_key(|one| (one.since, one.person));
        Ok(old)
    }

    async fn reckoning(&self, school: id::School) -> Result<Reckoning, Fault> {
        // A calendar that cannot be read keeps nobody from signing in: days are counted as they come.
        let calendar = self.calendar(school).await.ok().flatten().map(|version| version.calendar);
        Ok(Reckoning { settings: self.settings(school).await?, calendar, now: self.clock().now() })
    }
}

fn counted(row: &Row) -> Result<Counted, Fault> {
    Ok(Counted { person: row.get(0)?, name: row.get(1)?, kind: row.get(2)?, set_at: row.get(3)?, rule: row.get(4)? })
}
