//! How people came in: which browsers are known for them, what was odd, and what they see of it themselves (I-13; ASVS 5.0 §6.3.5).
//!
//! A browser in which somebody signed in whole keeps a random word, and we its digest. The word is a new one at each sign-in, so
//! that a copy of it is worth nothing once its owner has signed in again.

use super::{
    statements::{
        ADD_BROWSER, ADD_RECENT, BROWSER_OF, BY_PERSON, EVER_IN, FORGET_BROWSERS_BUT, FORGET_ENDED_BROWSERS,
        FORGET_OLD_BROWSERS, FORGET_OLD_RECENT, RECENT, RENEW_BROWSER, SEE_BROWSER, WAITING_NOTICE,
    },
    tries::{TOLD_FROM, TOLD_OF_CODES_FROM, by_strangers, codes_by_strangers, digest_of_word},
};
use crate::{
    Entered, Fault, Records, Session,
    access::{Act, Actor, Capability, Resource, tell},
    audit::Detail,
    id, seal,
    store::words,
};
use jiff::{SignedDuration, Timestamp};

/// How long a browser is known after the last sign-in in it: over the summer holidays.
const KNOWN_FOR: SignedDuration = SignedDuration::from_hours(24 * 90);
/// The same of a computer that others use too.
const SHARED_KNOWN_FOR: SignedDuration = SignedDuration::from_hours(24 * 14);
/// How many browsers of one person are known at most.
const MOST_BROWSERS: i64 = 10;
/// How many sign-ins of one person are kept, and how long.
const MOST_RECENT: i64 = 20;
const RECENT_FOR: SignedDuration = SignedDuration::from_hours(24 * 90);
/// The longest that a browser or a place is quoted, in signs.
const LONGEST: usize = 80;
/// The kind of the notice to the person themselves.
const ODD_NOTICE: &str = "sign-in-odd";
/// The kind of the notice to whoever looks after accounts.
const DISOWNED_NOTICE: &str = "sign-in-disowned";

words! {
    /// What was odd about a sign-in.
    Odd {
        /// Nobody had signed in whole as this person in that browser before.
        NewBrowser = "new-browser", "a browser in which you had not signed in before";
        /// The account was in use somewhere else at that moment.
        TwoPlaces = "two-places", "you were signed in somewhere else at the time";
        /// Strangers had tried many wrong passwords.
        AfterWrongTries = "after-wrong-tries", "many wrong passwords had been tried before";
        /// Strangers had typed wrong codes, which nobody can who has not typed the password first.
        AfterWrongCodes = "after-wrong-codes", "your password had been typed in a browser that you do not use, and wrong codes after it";
    }
}

/// How somebody came in.
#[derive(Debug, Clone, Copy)]
pub struct Came<'a> {
    /// The word that the browser kept, if it had one.
    pub old_word: Option<&'a str>,
    /// The word that it is given now.
    pub new_word: &'a str,
    /// The browser in plain words.
    pub browser: &'a str,
    /// The address.
    pub place: &'a str,
    /// Whether they are signed in from somewhere else too.
    pub is_elsewhere_too: bool,
    /// Whether others use that computer too.
    pub is_shared: bool,
}

/// A sign-in, as its person sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecentSignIn {
    /// When.
    pub at: Timestamp,
    /// The browser in plain words.
    pub browser: String,
    /// The address.
    pub place: String,
    /// What was odd.
    pub odd: Vec<Odd>,
}

impl Records {
    /// Notes how somebody came in, at the end of every way in; what was odd about it. Of what was, they find a notice.
    pub async fn note_arrival(&self, session: &Session, came: Came<'_>) -> Result<Vec<Odd>, Fault> {
        let Actor::Person(person) = session.actor else { return Err(Fault::NotFound) };
        let odd = self.oddities(session.school, person, came).await?;
        let words: Vec<&str> = odd.iter().map(|odd| odd.word()).collect();
        let detail = if odd.is_empty() { Detail::none() } else { Detail::none().with("odd", words.join(" ")) };
        let mut entered = self.act(session, Act::ArrivalNoted, Resource::Person(person), detail).await?;
        let noted = note(&mut entered, person, came, &words).await;
        entered.finish(noted).await?;
        Ok(odd)
    }

    /// One's own last sign-ins, newest first. Leaves no entry: it tells them about themselves.
    pub async fn recent_sign_ins(&self, session: &Session) -> Result<Vec<RecentSignIn>, Fault> {
        let Actor::Person(person) = session.actor else { return Err(Fault::NotFound) };
        let mut looking = self.looking().await?;
        if let Some(unlocked) = &session.unlocked {
            seal::refuse_unless_in_force(&mut looking, unlocked).await?;
        }
        let rows = looking.rows(&RECENT, &[session.school.into(), person.into()]).await?;
        rows.iter()
            .map(|row| {
                let odd: Option<String> = row.get(2)?;
                let odd = odd.iter().flat_map(|odd| odd.split(' ')).filter_map(Odd::from_word).collect();
                Ok(RecentSignIn { browser: row.get(0)?, place: row.get(1)?, odd, at: row.get(3)? })
            })
            .collect()
    }

    /// Somebody says that a sign-in of theirs was not them: no browser is known any more but the one with this word, and whoever
    /// looks after accounts is told. Ending their other sign-ins is for who keeps them.
    pub async fn disown_sign_ins(&self, session: &Session, kept: Option<&str>) -> Result<(), Fault> {
        let Actor::Person(person) = session.actor else { return Err(Fault::NotFound) };
        let mut entered = self.act(session, Act::SignInDisowned, Resource::Person(person), Detail::none()).await?;
        let disowned = disown(&mut entered, person, kept).await;
        entered.finish(disowned).await
    }

    async fn oddities(&self, school: id::School, person: id::Person, came: Came<'_>) -> Result<Vec<Odd>, Fault> {
        let mut t = self.looking().await?;
        let digest = digest_of_word(came.old_word.unwrap_or_default());
        let now = self.clock().now();
        let values = [school.into(), person.into(), digest.into(), now.into()];
        let is_known = t.row(&BROWSER_OF, &values).await?.is_some();
        let is_first = t.row(&EVER_IN, &[school.into(), person.into()]).await?.is_none();
        let name: Option<String> =
            t.row(&BY_PERSON, &[school.into(), person.into()]).await?.map(|row| row.get(1)).transpose()?;
        let wrong = match name {
            Some(name) => by_strangers(&mut t, school, &name).await?,
            None => 0,
        };
        let codes = codes_by_strangers(&mut t, school, person).await?;
        let found = [
            (Odd::NewBrowser, !is_known && !is_first),
            (Odd::TwoPlaces, came.is_elsewhere_too),
            (Odd::AfterWrongTries, wrong >= TOLD_FROM),
            (Odd::AfterWrongCodes, codes >= TOLD_OF_CODES_FROM),
        ];
        Ok(found.into_iter().filter_map(|(odd, is_so)| is_so.then_some(odd)).collect())
    }
}

async fn note(entered: &mut Entered, person: id::Person, came: Came<'_>, odd: &[&str]) -> Result<(), Fault> {
    let (school, now) = (entered.session().school, entered.now());
    let after = |time: SignedDuration| now.checked_add(time).unwrap_or(now);
    let until = after(if came.is_shared { SHARED_KNOWN_FOR } else { KNOWN_FOR });
    let digest = digest_of_word(came.new_word);
    if let Some(old) = came.old_word {
        let values = [school.into(), digest_of_word(old).into(), digest.clone().into()];
        entered.change(&RENEW_BROWSER, &values).await.map(drop)?;
    }
    let seen = [school.into(), person.into(), digest.clone().into(), now.into(), until.into()];
    if entered.change(&SEE_BROWSER, &seen).await? == 0 {
        let values = [id::Row::new(now)?.into(), school.into(), person.into(), digest.into(), now.into(), until.into()];
        entered.change_one(&ADD_BROWSER, &values).await?;
    }
    entered.change(&FORGET_ENDED_BROWSERS, &[now.into()]).await.map(drop)?;
    let most = [school.into(), person.into(), (MOST_BROWSERS - 1).into()];
    entered.change(&FORGET_OLD_BROWSERS, &most).await.map(drop)?;
    let recent = [
        id::Row::new(now)?.into(),
        school.into(),
        person.into(),
        bounded(came.browser).into(),
        bounded(came.place).into(),
        (!odd.is_empty()).then(|| odd.join(" ")).into(),
        now.into(),
    ];
    entered.change_one(&ADD_RECENT, &recent).await?;
    let since = now.checked_sub(RECENT_FOR).unwrap_or(now);
    let kept = [school.into(), person.into(), since.into(), (MOST_RECENT - 1).into()];
    entered.change(&FORGET_OLD_RECENT, &kept).await.map(drop)?;
    if odd.is_empty() {
        return Ok(());
    }
    tell_once(entered, person, ODD_NOTICE, person).await
}

async fn disown(entered: &mut Entered, person: id::Person, kept: Option<&str>) -> Result<(), Fault> {
    let school = entered.session().school;
    let kept = kept.map(digest_of_word).unwrap_or_default();
    entered.change(&FORGET_BROWSERS_BUT, &[school.into(), person.into(), kept.into()]).await.map(drop)?;
    for keeper in entered.standing().roll.who_may(Capability::ManageAccounts) {
        if keeper != person {
            tell(entered, keeper, DISOWNED_NOTICE, &person.to_string()).await?;
        }
    }
    Ok(())
}

/// Leaves a notice, unless one like it waits already: whoever sets off a hundred buries nothing under them.
async fn tell_once(entered: &mut Entered, whom: id::Person, kind: &str, about: id::Person) -> Result<(), Fault> {
    let values = [entered.session().school.into(), whom.into(), kind.into()];
    if entered.row(&WAITING_NOTICE, &values).await?.is_some() {
        return Ok(());
    }
    tell(entered, whom, kind, &about.to_string()).await
}

fn bounded(text: &str) -> String {
    text.chars().filter(|sign| !sign.is_control()).take(LONGEST).collect()
}
