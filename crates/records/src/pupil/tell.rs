//! A pupil tells somebody: a picture is a whole report (“hurt”, “come to me”, and where; practice 18). Whether it is about an adult who
//! works here is asked before any words, and then the adult's part goes where that adult is not (practice 10). Nothing comes back to the
//! page by which others could see that something was told (practice 17): an adult tells the child in person.

use super::{
    heard::Wishes,
    statements::{ADULT_NEAR, ADULTS_NEAR, OWN_CLASSES, PUPIL},
};
use crate::{
    Fault, Records, Session,
    access::Actor,
    concern::{
        self, Answers, Channel, Mode, NewConcern, Part, Picture, Said, Urgency,
        door::{self, Brought, Concerned, Door, NewReport, Writer},
    },
    file::Words,
    id,
    people::first_name,
    store::{Transaction, words},
};
use jiff::Timestamp;
use std::fmt::Write as _;
use zeroize::Zeroizing;

/// The most of their own words that is taken, in signs: a few pages.
pub const MOST_TOLD: usize = 4_000;
/// What stands before all else where the child does not say whether it is about an adult who works here: who reads on thinks first of whom
/// they tell (practice 10).
const NOT_KNOWN: &str = "It is not known whether this is about an adult who works here: the pupil does not know, or does not want to say. \
    Find that out before anybody who works with them is told.";

words! {
    /// What it is, as the child chooses it.
    TellWhat {
        /// They are hurt.
        Hurt = "hurt", "I am hurt";
        /// They are afraid.
        Scared = "scared", "I am scared";
        /// They are sad.
        Sad = "sad", "I am sad";
        /// Something happened on a screen.
        Online = "screen", "Something online";
        /// Something else.
        Other = "tell", "Something else";
    }
}

words! {
    /// What the child wants.
    TellWant {
        /// An adult comes now.
        Come = "come", "Come to me now";
        /// An adult talks with them later.
        Later = "later", "Talk to me later";
    }
}

words! {
    /// Where the child is.
    TellWhere {
        /// In their classroom.
        Classroom = "book", "In my classroom";
        /// Outside.
        Outside = "tree", "Outside";
        /// Somewhere else in school.
        Inside = "door", "Somewhere else in school";
        /// At home.
        Home = "house", "At home";
    }
}

/// Whether it is about an adult who works here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AboutAdult {
    /// It is not.
    No,
    /// They do not know. What a child needs comes first: it goes to those who look after children, who are told that it is not known.
    NotSaid,
    /// It is, and they found nobody in the list. It goes to who hears about adults, before anybody knows whom it is about.
    Unnamed,
    /// About this one.
    Somebody(id::Person),
}

/// What a child tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// The number of the form: the same sent twice with it is one report.
    pub form: id::Row,
    /// Whether it is about an adult who works here.
    pub adult: AboutAdult,
    /// What it is.
    pub what: TellWhat,
    /// What they want.
    pub want: Option<TellWant>,
    /// Where they are.
    pub place: Option<TellWhere>,
    /// Their own words; may be empty.
    pub words: String,
    /// What they wish for it.
    pub wishes: Wishes,
}

/// What a pupil's first page is made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PupilStart {
    /// What they are called.
    pub first_name: String,
    /// The codes of the classes that they learn in.
    pub classes: Vec<String>,
}

/// An adult whom a child knows: who teaches them, and who looks after children here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NearAdult {
    /// Who.
    pub person: id::Person,
    /// Their name.
    pub name: String,
}

impl Records {
    /// What a pupil is called, and their classes. Leaves no entry: it tells them about themselves.
    ///
    /// # Errors
    /// [`Fault::NotFound`] for whoever is no pupil.
    pub async fn pupil_start(&self, session: &Session) -> Result<PupilStart, Fault> {
        let Actor::Person(person) = session.actor else { return Err(Fault::NotFound) };
        let mut looking = self.looking().await?;
        let row = looking.row(&PUPIL, &[person.into(), session.school.into()]).await?.ok_or(Fault::NotFound)?;
        let (full, preferred): (String, Option<String>) = (row.get(0)?, row.get(1)?);
        let classes = looking.rows(&OWN_CLASSES, &[person.into(), session.school.into()]).await?;
        let classes = classes.iter().map(|row| row.get(0)).collect::<Result<_, _>>()?;
        Ok(PupilStart { first_name: first_name(&full, preferred.as_deref()), classes })
    }

    /// The adults whom a pupil may mean. That somebody looked leaves no trace: it would tell that a child is about to say something.
    pub async fn adults_near(&self, session: &Session) -> Result<Vec<NearAdult>, Fault> {
        let Actor::Person(person) = session.actor else { return Err(Fault::NotFound) };
        let mut looking = self.looking().await?;
        looking.row(&PUPIL, &[person.into(), session.school.into()]).await?.ok_or(Fault::NotFound)?;
        near(&mut looking, session.school, person, self.clock().now()).await
    }

    /// Takes what a child tells: a file about themselves for those who look after children; where it is about an adult, that adult's part
    /// for who hears such things, and the child's part without their name. Whoever is entitled is told in the same act. The same sent
    /// twice with one form is kept once; what a child changed in between is another report, so that no word of theirs is lost.
    ///
    /// # Errors
    /// [`Fault::NotFound`] for whoever is no pupil, and where the adult does not work here; [`Fault::Wrong`] for words that are too long;
    /// [`Fault::NotAllowed`] where nobody of the school may receive it.
    pub async fn tell(&self, session: &Session, told: &Told) -> Result<(), Fault> {
        let Actor::Person(child) = session.actor else { return Err(Fault::NotFound) };
        let start = self.pupil_start(session).await?;
        if told.words.chars().count() > MOST_TOLD {
            return Err(Fault::wrong(
                "That is a lot of words. Write a little less. You can tell the rest to a grown-up.",
            ));
        }
        let adult = match told.adult {
            AboutAdult::Somebody(adult) => {
                let row = self.looking().await?.row(&ADULT_NEAR, &[adult.into(), session.school.into()]).await?;
                Some((adult, row.ok_or(Fault::NotFound)?.get::<String>(0)?))
            }
            AboutAdult::No | AboutAdult::NotSaid | AboutAdult::Unnamed => None,
        };
        let talk_to = self.name_to_talk_to(session, &told.wishes).await?;
        let text = text(told, &start, adult.as_ref().map(|(_, name)| name.as_str()), talk_to.as_deref());
        let text = Words::new(text)?;
        let form = told.number(child);
        if told.adult == AboutAdult::Unnamed {
            return self.tell_of_unnamed((session.school, child), told, form, text).await;
        }
        let new = NewConcern {
            form,
            children: vec![(child, Part::About)],
            adult: adult.map(|(adult, _)| adult),
            said: Said { words: Some(text), ..Said::default() },
            answers: Answers {
                mode: (told.what == TellWhat::Online).then_some(Mode::Online),
                urgency: urgency(told),
                ..Answers::default()
            },
            told: None,
            paper: None,
        };
        let sent = self.raise_by(session, &new, Channel::Pupil).await?;
        // It is kept by now: whatever fails from here on is no reason to say that it was not. Sent again, because the line was cut, each wish is
        // seen to that was not yet.
        let first = async { concern::first_entry(&mut self.looking().await?, session.school, child, form).await };
        let first = first.await.unwrap_or_default();
        let sent_before = sent.is_again.then_some(sent.sent_at);
        self.see_to_wishes(session, told, (first, sent_before)).await;
        Ok(())
    }

    /// It waits, sealed, for who hears about adults: they place the child's part and the adult's once they know whom it is about
    /// (practice 10). As urgent as a child who asks somebody to come.
    async fn tell_of_unnamed(
        &self,
        (school, child): (id::School, id::Person),
        told: &Told,
        form: id::Row,
        words: Words,
    ) -> Result<(), Fault> {
        let row = self.looking().await?.row(&PUPIL, &[child.into(), school.into()]).await?.ok_or(Fault::NotFound)?;
        let report = NewReport {
            door: Door::Worry,
            form,
            told: door::Told {
                writer: Writer::Pupil,
                concerned: Concerned::Adult,
                picture: Picture::NotSure,
                about: Zeroizing::default(),
                words,
                is_confidential: told.wishes.may_name != Some(true),
                name: Zeroizing::new(row.get::<String>(0)?),
                reach: Zeroizing::default(),
            },
            is_danger: told.want == Some(TellWant::Come),
            wants_receipt: false,
        };
        self.report_of(school, &report, Brought::ByPupil).await.map(drop)
    }
}

impl Told {
    /// The number under which it is kept, from what was chosen and written and not from the text that is made of it: a class that
    /// changes in between makes no second report.
    fn number(&self, child: id::Person) -> id::Row {
        let adult: &[u8] = match &self.adult {
            AboutAdult::No => b"no",
            AboutAdult::NotSaid => b"not-said",
            AboutAdult::Unnamed => b"unnamed",
            AboutAdult::Somebody(adult) => adult.bytes(),
        };
        let answers = [self.what.word(), self.want.map_or("", TellWant::word), self.place.map_or("", TellWhere::word)];
        let [what, want, place] = answers.map(str::as_bytes);
        let Wishes { may_name, talk_to, wants_receipt } = &self.wishes;
        let talk_to: &[u8] = talk_to.as_ref().map_or(b"", |adult| adult.bytes());
        let wishes = [may_name.map_or(b'?', u8::from), u8::from(*wants_receipt)];
        let said = [child.bytes().as_slice(), adult, what, want, place, self.words.as_bytes(), talk_to, &wishes];
        id::Row::of_form(self.form, &said)
    }
}

/// Whether an entry is what a pupil told without saying whether it is about an adult who works here.
pub(crate) fn leaves_adult_open(text: &str) -> bool {
    text.starts_with(NOT_KNOWN)
}

/// The adults near a child, by name.
pub(super) async fn near(
    t: &mut Transaction,
    school: id::School,
    child: id::Person,
    now: Timestamp,
) -> Result<Vec<NearAdult>, Fault> {
    let rows = t.rows(&ADULTS_NEAR, &[school.into(), child.into(), now.into()]).await?;
    rows.iter().map(|row| Ok(NearAdult { person: row.get(0)?, name: row.get(1)? })).collect()
}

/// By the answers given (practice 7): a child who asks somebody to come is seen to before others. Else nobody said, which needs a
/// decision today.
fn urgency(told: &Told) -> Option<Urgency> {
    told.want.filter(|want| *want == TellWant::Come).map(|_come| Urgency::Harm)
}

/// What stands in the file: each thing as the child chose it.
fn text(told: &Told, start: &PupilStart, adult: Option<&str>, talk_to: Option<&str>) -> String {
    let mut text = if told.adult == AboutAdult::NotSaid { format!("{NOT_KNOWN}\n") } else { String::new() };
    text.push_str(told.wishes.first_line());
    text.extend(["\nThe pupil told this themselves, on their own page. “", told.what.title(), ".”"]);
    let mut add = |line: &str| {
        // Writing into a text cannot fail.
        let _written = write!(text, "\n{line}");
    };
    match told.want {
        Some(want) => add(&format!("They want: “{}.”", want.title())),
        None => add("They did not choose whether somebody comes now or later. Go to them."),
    }
    match told.place {
        Some(place) => add(&format!("Where they are: “{}.”", place.title())),
        None => add("They did not say where they are."),
    }
    if let Some(name) = talk_to {
        add(&Wishes::talk_line(name));
    }
    if !start.classes.is_empty() {
        add(&format!("Their class: {}.", start.classes.join(", ")));
    }
    match (told.adult, adult) {
        // It stands before all else.
        (AboutAdult::NotSaid, _) | (AboutAdult::Somebody(_), None) => {}
        (AboutAdult::No, _) => add("They said that it is not about an adult who works here."),
        (AboutAdult::Unnamed, _) => {
            add(
                "They said that it is about an adult who works here, and did not find them in the list. Ask them who it is.",
            );
        }
        (AboutAdult::Somebody(_), Some(name)) => {
            add(&format!("They said that it is about an adult who works here: {name}."));
        }
    }
    let words = told.words.trim();
    if !words.is_empty() {
        add(&format!("In their own words:\n{words}"));
    }
    text
}
