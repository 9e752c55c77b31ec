//! A concern about somebody who is in no list of the school: a supply teacher, a contractor, a child who came today. It waits, sealed, for
//! who hears about children or about adults, and is placed by them once they know who it is; whoever wrote it is known to them and
//! keeps it among their own (practice 3, 10).

use super::{
    Answers, Said, Sent, ToldInPerson, Urgency,
    door::{self, Concerned, Door, NewReport, Writer},
    own::sent,
    statements::NAMES,
};
use crate::{
    Fault, Records, Session,
    access::{Act, Actor, Decision, Resource},
    calendar,
    file::Words,
    id,
};
use jiff::{Timestamp, tz::TimeZone};
use std::fmt::Write as _;
use zeroize::Zeroizing;

/// A concern about somebody who is not listed.
#[derive(Debug, Clone)]
pub struct Unlisted {
    /// The number of the form: sent twice with the same one, nothing is made a second time.
    pub form: id::Row,
    /// Whether it is about an adult who works or helps here.
    pub is_about_adult: bool,
    /// Whom it is about, as they wrote it.
    pub about: Zeroizing<String>,
    /// What was said, seen and thought.
    pub said: Said,
    /// What was answered beside it.
    pub answers: Answers,
    /// Whom the writer told in person already.
    pub told: Option<ToldInPerson>,
    /// The reference of the paper form it was written on first.
    pub paper: Option<String>,
}

impl Records {
    /// Raises a concern about somebody who is not listed: it waits for those who read what is about a child, or about an adult.
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
        if let Some(before) = sent(&mut looking, school, person, new.form).await? {
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
        let is_danger = urgency.is_told_in_person();
        let report = NewReport { door: Door::Worry, form: new.form, told, is_danger, wants_receipt: false };
        let arrived = self.report_of(school, &report, &person.to_string(), Some(person)).await?;
        // What was sent is no draft any more; one that stays for a while is refused where it is sent again.
        if let Err(fault) = self.throw_draft_away(session, new.form).await {
            tracing::warn!("a draft that was sent could not be thrown away: {fault}");
        }
        Ok(Sent {
            form: new.form,
            references: vec![arrived.reference],
            urgency,
            sent_at: self.clock().now(),
            is_again: arrived.came_before,
            is_unlisted: true,
        })
    }
}

/// What those read who receive it: each thing as it was answered.
fn text(new: &Unlisted, urgency: Urgency, zone: &TimeZone) -> Result<String, Fault> {
    let Said { seen, words, opinion } = &new.said;
    if seen.is_none() && words.is_none() && opinion.is_none() {
        return Err(Fault::wrong("seen: write one line at least: what was seen, heard or said."));
    }
    let mut text = "About somebody who is not on the school’s list.".to_owned();
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
