//! A concern about somebody who is in no list of the school: a supply teacher, a contractor, a child who came today. It waits, sealed, for
//! who hears about children or about adults, and is placed by them once they know who it is; whoever wrote it is known to them and
//! keeps it among their own (practice 3, 10). A child in the list beside an adult who is in none does not wait for that: the child's part is
//! sent at once, without the adult's name as the writer knew it.

use super::{
    Answers, Channel, NewConcern, Part, Said, Sent, ToldInPerson, Urgency,
    door::{self, Brought, Concerned, Door, NewReport, Writer},
    own::sent,
    statements::NAMES,
};
use crate::{
    Fault, Records, Session,
    access::{self, Act, Actor, Decision, FileKind, Resource},
    calendar,
    file::{MOST_WORDS, Words, person_named},
    id,
};
use jiff::{Timestamp, tz::TimeZone};
use std::fmt::Write as _;
use zeroize::Zeroizing;

/// What whoever raises it is told where nobody here may receive the adult's part.
const NOBODY_FOR_ADULT: &str = "The child’s part is sent to those who look after children. Nobody at this school may receive what is about the \
    adult: everybody who would is concerned by it. Ring yourself, now: 999 if somebody is in danger; otherwise the local authority’s \
    designated officer (LADO).";

/// A concern about somebody who is not listed.
#[derive(Debug, Clone)]
pub struct Unlisted {
    /// The number of the form: sent twice with the same one, nothing is made a second time.
    pub form: id::Row,
    /// Whether it is about an adult who works or helps here.
    pub is_about_adult: bool,
    /// Whom it is about, as they wrote it.
    pub about: Zeroizing<String>,
    /// Beside an adult who is in no list: the child in it whom it is about.
    pub child: Option<ListedChild>,
    /// What was said, seen and thought.
    pub said: Said,
    /// What was answered beside it.
    pub answers: Answers,
    /// Whom the writer told in person already.
    pub told: Option<ToldInPerson>,
    /// The reference of the paper form it was written on first.
    pub paper: Option<String>,
}

/// A child of the list beside an adult who is in none.
#[derive(Debug, Clone)]
pub struct ListedChild {
    /// Who.
    pub person: id::Person,
    /// What they are to it.
    pub part: Part,
    /// The adult, as the writer names them: it is masked in the child's part.
    pub adult: Zeroizing<String>,
}

impl Records {
    /// Raises a concern about somebody who is not listed: it waits for those who read what is about a child, or about an adult. Of
    /// a child of the list beside an adult who is in none the child's part is opened at once.
    ///
    /// # Errors
    /// [`Fault::Wrong`] with what is missing, `field: words`; [`Fault::NotAllowed`] where nobody of the school may receive it, with
    /// whom to ring.
    pub async fn raise_unlisted(&self, session: &Session, new: &Unlisted) -> Result<Sent, Fault> {
        let Actor::Person(person) = session.actor else { return Err(Fault::NotFound) };
        if self.would(session, Act::SoughtToRaise, &Resource::School).await? != Decision::Allowed {
            return Err(Fault::NotFound);
        }
        if new.about.trim().is_empty() {
            return Err(Fault::wrong("person: write whom it is about, as well as you know it."));
        }
        let mut looking = self.looking().await?;
        let school = session.school;
        if new.child.is_none()
            && let Some(before) = sent(&mut looking, school, person, new.form).await?
        {
            return Ok(Sent { is_again: true, ..before });
        }
        let row = looking.row(&NAMES, &[person.into(), school.into()]).await?.ok_or(Fault::NotFound)?;
        let zone = calendar::zone(&mut looking, school).await?;
        drop(looking);
        let urgency = new.answers.urgency.unwrap_or(Urgency::Today);
        let told = door::Told {
            writer: Writer::Staff,
            concerned: if new.is_about_adult { Concerned::Adult } else { Concerned::Nobody },
            picture: new.answers.picture.unwrap_or(super::Picture::NotSure),
            about: new.about.clone(),
            words: Words::new(text(new, urgency, &zone)?)?,
            is_confidential: true,
            name: Zeroizing::new(row.get::<String>(0)?),
            reach: Zeroizing::default(),
        };
        // Before anything of the child is sent: what is too long for the adult's part comes back whole.
        told.check()?;
        // The child first: should the adult's part fail, the same form sends it again, and the child's no second time.
        let childs = match &new.child {
            Some(child) => Some(self.raise_childs_part(session, (new, child), &told).await?),
            None => None,
        };
        let is_danger = urgency.is_told_in_person();
        let report = NewReport { door: Door::Worry, form: new.form, told, is_danger, wants_receipt: false };
        // The child's surname is no adult's: theirs alone keeps anybody from it.
        let adult = new.child.as_ref().map(|child| child.adult.as_str());
        let arrived = match self.report_of(school, &report, Brought::By { person, adult }).await {
            Err(Fault::NotAllowed(_)) if childs.is_some() => {
                return Err(Fault::NotAllowed(NOBODY_FOR_ADULT.to_owned()));
            }
            arrived => arrived?,
        };
        // What was sent is no draft any more; one that stays for a while is refused where it is sent again.
        if let Err(fault) = self.throw_draft_away(session, new.form).await {
            tracing::warn!("a draft that was sent could not be thrown away: {fault}");
        }
        let is_again = arrived.came_before && childs.as_ref().is_none_or(|sent| sent.is_again);
        if let (true, Some(before)) = (is_again, sent(&mut self.looking().await?, school, person, new.form).await?) {
            return Ok(Sent { is_again, ..before });
        }
        let mut references: Vec<String> = childs.into_iter().flat_map(|sent| sent.references).collect();
        if !references.contains(&arrived.reference) {
            references.push(arrived.reference);
        }
        Ok(Sent { form: new.form, references, urgency, sent_at: self.clock().now(), is_again, is_unlisted: true })
    }

    /// Opens the child's part at once, without the adult's name as the writer knows it, and without whoever may be meant by that.
    async fn raise_childs_part(
        &self,
        session: &Session,
        (new, child): (&Unlisted, &ListedChild),
        told: &door::Told,
    ) -> Result<Sent, Fault> {
        let school = session.school;
        let mut looking = self.looking().await?;
        let (now, child_names) = (self.clock().now(), person_named(&mut looking, school, child.person).await?.names);
        let roll = access::roll(&mut looking, school, now).await?;
        let meant = door::Told { about: child.adult.clone(), ..told.clone() };
        let mut without = door::kept_from(&mut looking, (school, &roll), (&meant, None), now).await?;
        let holders = access::entitled(&mut looking, school, FileKind::Child, &[child.person], now).await?;
        without.retain(|person| holders.contains(person));
        drop(looking);
        let names = door::spelt(&child.adult, &child_names);
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let masked = |words: &Option<Words>| words.as_ref().map(|words| words.masked(&names));
        let Said { seen, words, opinion } = &new.said;
        let concern = NewConcern {
            form: new.form,
            children: vec![(child.person, child.part)],
            adult: None,
            said: Said { seen: masked(seen), words: masked(words), opinion: masked(opinion) },
            answers: new.answers.clone(),
            told: new.told,
            paper: new.paper.clone(),
        };
        self.raise_without(session, &concern, Channel::Staff, &without).await
    }

    /// Words as the child's part will have them where the adult is in no list. Whoever writes sees them so before they are sent.
    pub async fn as_masked_unlisted(
        &self,
        session: &Session,
        (child, adult): (Option<id::Person>, &str),
        words: &str,
    ) -> Result<Zeroizing<String>, Fault> {
        let Actor::Person(_) = session.actor else { return Err(Fault::NotFound) };
        if words.trim().is_empty() || words.len() > MOST_WORDS {
            return Ok(Zeroizing::new(String::new()));
        }
        let child_names = match child {
            Some(child) => person_named(&mut self.looking().await?, session.school, child).await?.names,
            None => Vec::new(),
        };
        let names = door::spelt(adult, &child_names);
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        Ok(Zeroizing::new(Words::new(words)?.masked(&names).as_str().to_owned()))
    }
}

/// What those read who receive it: each thing as it was answered.
fn text(new: &Unlisted, urgency: Urgency, zone: &TimeZone) -> Result<String, Fault> {
    let Said { seen, words, opinion } = &new.said;
    if seen.is_none() && words.is_none() && opinion.is_none() {
        return Err(Fault::wrong("seen: write one line at least: what was seen, heard or said."));
    }
    let mut text = "About somebody who is not on the school’s list.".to_owned();
    if new.child.is_some() {
        text.push_str(" The child’s part is with those who look after children, without the adult’s name.");
    }
    let mut add = |title: &str, said: &str| {
        // Writing into a text cannot fail.
        let _written = write!(text, "\n{title}: {said}");
    };
    let said = [("Seen or heard", seen), ("The child’s own words", words), ("What the writer thinks", opinion)];
    for (title, said) in said {
        if let Some(said) = said {
            add(title, said.as_str());
        }
    }
    let Answers { mode, risks, place, moment, is_reassured, .. } = &new.answers;
    let at = |moment: Timestamp| moment.to_zoned(zone.clone()).strftime("%-d %B %Y, %H:%M").to_string();
    add("How urgent", urgency.title());
    if let Some(moment) = moment {
        add("When", &at(*moment));
    }
    if let Some(place) = place {
        add("Where", place.title());
    }
    if let Some(mode) = mode {
        add("Online or face to face", mode.title());
    }
    if !risks.is_empty() {
        let risks: Vec<&str> = risks.iter().map(|risk| risk.title()).collect();
        add("Kind of risk", &risks.join("; "));
    }
    if *is_reassured {
        add("What was said to the child", "that they are taken seriously and will be helped");
    }
    if let Some(told) = new.told {
        add("Somebody was told in person", &at(told.at));
    }
    if let Some(paper) = &new.paper {
        add("Paper form", paper);
    }
    Ok(text)
}
