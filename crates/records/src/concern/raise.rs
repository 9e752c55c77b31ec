//! Raising a concern: one act opens each file it needs, with what was said, seen and thought apart, and keeps what was answered beside
//! them (catalogue C-01, C-02, C-33, C-44, C-45; practice 3, 7, 10).

use super::{
    Mode, Picture, Place, Risk, Sent, Urgency,
    draft::drop_draft,
    own::{adults_form, sent},
    paper::of_paper,
    statements::{KIND, NEW_REPORT, NEW_TOLD},
};
use crate::{
    Entered, Fault, Records, Session,
    access::{self, Act, Actor, FileKind, Resource, statements::KIN},
    audit::Detail,
    file::{self, EntryKind, NewEntry, Raised, Words},
    id,
    people::Kind,
    store::{Value, words},
};
use jiff::Timestamp;

/// The most children that one concern is about.
const MOST_CHILDREN: usize = 5;

words! {
    /// What a child is to the concern (C-33: children can abuse other children).
    Part {
        /// It is about them.
        About = "about", "the concern is about them";
        /// They were harmed by another child.
        Harmed = "harmed", "may have been harmed by another child";
        /// They are said to have harmed another child.
        Alleged = "alleged", "is said to have harmed another child";
    }
}

/// What was said, seen and thought, kept apart. One of them is enough.
#[derive(Debug, Clone, Default)]
pub struct Said {
    /// What was seen or heard.
    pub seen: Option<Words>,
    /// The child's own words.
    pub words: Option<Words>,
    /// What the writer thinks.
    pub opinion: Option<Words>,
}

/// What is answered beside the words. Nothing of it must be.
#[derive(Debug, Clone, Default)]
pub struct Answers {
    /// Whether it happened online.
    pub mode: Option<Mode>,
    /// Which kinds of risk it is.
    pub risks: Vec<Risk>,
    /// Where.
    pub place: Option<Place>,
    /// Whether there is a picture or video.
    pub picture: Option<Picture>,
    /// How urgent it is; a decision today, where nobody says.
    pub urgency: Option<Urgency>,
    /// When it happened.
    pub moment: Option<Timestamp>,
    /// Whether the child was told that they are taken seriously and will be kept safe (C-36).
    pub is_reassured: bool,
}

/// That somebody was told in person or by telephone (C-03).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ToldInPerson {
    /// Whom; nobody by name where it was somebody who is not listed.
    pub person: Option<id::Person>,
    /// When.
    pub at: Timestamp,
}

/// A concern to be raised.
#[derive(Debug, Clone)]
pub struct NewConcern {
    /// The number of the form: sent twice with the same one, nothing is made a second time.
    pub form: id::Row,
    /// The children it is about, and what each is to it. With an adult beside them, one at most.
    pub children: Vec<(id::Person, Part)>,
    /// The adult who works here, if it is about one.
    pub adult: Option<id::Person>,
    /// What was said, seen and thought.
    pub said: Said,
    /// What was answered beside it.
    pub answers: Answers,
    /// Whom the writer told in person already.
    pub told: Option<ToldInPerson>,
    /// The reference of the paper form it was written on first.
    pub paper: Option<String>,
}

/// By which way a concern comes that somebody raises who signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Channel {
    /// On the form for adults of the school.
    Staff,
    /// On a pupil's own page. What a child does not say is not made up: nobody has rated it then.
    Pupil,
}

impl Channel {
    fn word(self) -> &'static str {
        match self {
            Self::Staff => "staff",
            Self::Pupil => "pupil",
        }
    }

    fn urgency(self, new: &NewConcern) -> Option<Urgency> {
        match self {
            Self::Staff => Some(urgency(new)),
            Self::Pupil => new.answers.urgency,
        }
    }
}

/// One of the files of a concern.
struct Opened {
    raised: Raised,
    part: Part,
    form: String,
    number: i64,
}

impl Records {
    /// Raises a concern: opens a file for each child, and one for the adult; whoever answers first is told in the same act. Whoever
    /// raises it reads nothing back. If any part cannot be kept, none is.
    ///
    /// # Errors
    /// [`Fault::Wrong`] with what is missing, `field: words`; [`Fault::NotAllowed`] where nobody of the school may receive it, with
    /// whom to ring.
    pub async fn raise_concern(&self, session: &Session, new: &NewConcern) -> Result<Sent, Fault> {
        self.raise_by(session, new, Channel::Staff).await
    }

    /// The same, by whichever way it comes.
    pub(crate) async fn raise_by(&self, session: &Session, new: &NewConcern, channel: Channel) -> Result<Sent, Fault> {
        self.raise_without(session, new, channel, &[]).await
    }

    /// The same, where somebody is kept out of the child's part by name: they may be the adult whom the writer found in no list.
    pub(super) async fn raise_without(
        &self,
        session: &Session,
        new: &NewConcern,
        channel: Channel,
        without: &[id::Person],
    ) -> Result<Sent, Fault> {
        let Actor::Person(person) = session.actor else { return Err(Fault::NotFound) };
        let mut looking = self.looking().await?;
        if let Some(before) = sent(&mut looking, session.school, person, new.form).await? {
            return Ok(Sent { is_again: true, ..before });
        }
        drop(looking);
        let entries = entries(new, channel)?;
        let (kind, about) = first(new)?;
        // The first file's entry names the file, as that of any file that is opened.
        let now = self.clock().now();
        let file = id::File::new(now)?;
        let detail = Detail::none().with("file", file.to_string());
        let mut entered = self.act(session, Act::FileOpened, Resource::NewFile(kind, about), detail).await?;
        let raised = async {
            if sent(entered.transaction(), session.school, person, new.form).await?.is_some() {
                // Sent twice at once: the other one was quicker, and of this one nothing lasts.
                return Err(Fault::Changed("This form was sent already.".to_owned()));
            }
            check_people(&mut entered, new).await?;
            let opened = open(&mut entered, (new, without), &entries, file).await?;
            let mut reports = Vec::new();
            for one in &opened {
                reports.push(write_report(&mut entered, (person, channel), new, one).await?);
            }
            if let Some(told) = new.told {
                write_told(&mut entered, &reports, told).await?;
            }
            drop_draft(&mut entered, person, new.form).await?;
            let references = opened.into_iter().map(|one| one.raised.reference).collect();
            Ok(Sent {
                form: new.form,
                references,
                urgency: urgency(new),
                sent_at: entered.now(),
                is_again: false,
                is_unlisted: false,
            })
        }
        .await;
        match entered.finish(raised).await {
            Err(fault @ Fault::Changed(_)) => {
                let before = sent(&mut self.looking().await?, session.school, person, new.form).await?;
                before.map(|before| Sent { is_again: true, ..before }).ok_or(fault)
            }
            raised => raised,
        }
    }
}

fn urgency(new: &NewConcern) -> Urgency {
    new.answers.urgency.unwrap_or(Urgency::Today)
}

/// The entries that each file begins with: what was seen first, because it is most often what there is.
fn entries(new: &NewConcern, channel: Channel) -> Result<Vec<NewEntry>, Fault> {
    let Said { seen, words, opinion } = &new.said;
    let said = [(EntryKind::Seen, seen), (EntryKind::Words, words), (EntryKind::Opinion, opinion)];
    let mut entries: Vec<NewEntry> = said
        .into_iter()
        .filter_map(|(kind, text)| {
            let text = text.clone()?;
            Some(NewEntry { kind, severity: None, moment: new.answers.moment, text, reason: None })
        })
        .collect();
    let Some(first) = entries.first_mut() else {
        return Err(Fault::wrong("seen: write one line at least: what was seen, heard or said."));
    };
    first.severity = channel.urgency(new).and_then(Urgency::severity);
    entries.iter().try_for_each(file::check_first)?;
    Ok(entries)
}

/// What is opened first: the child's part where there is one.
fn first(new: &NewConcern) -> Result<(FileKind, id::Person), Fault> {
    let mut seen: Vec<id::Person> = Vec::new();
    for (child, _) in &new.children {
        if seen.contains(child) {
            return Err(Fault::wrong("person: the same child was chosen twice."));
        }
        seen.push(*child);
    }
    if new.children.len() > MOST_CHILDREN {
        return Err(Fault::wrong(format!(
            "person: one concern is about {MOST_CHILDREN} children at most. Raise another one for the others."
        )));
    }
    if new.adult.is_some() && new.children.len() > 1 {
        return Err(Fault::wrong(
            "person: a concern about an adult names one child at most. Write who else was there, and raise another one for them.",
        ));
    }
    match (new.children.first(), new.adult) {
        (Some((child, _)), _) => Ok((FileKind::Child, *child)),
        (None, Some(adult)) => Ok((FileKind::StaffConcern, adult)),
        (None, None) => Err(Fault::wrong("person: choose whom it is about.")),
    }
}

/// Children are pupils, adults are none, and nobody is both.
async fn check_people(entered: &mut Entered, new: &NewConcern) -> Result<(), Fault> {
    let school = entered.session().school;
    for (child, _) in &new.children {
        let row = entered.row(&KIND, &[(*child).into(), school.into()]).await?;
        if row.ok_or(Fault::NotFound)?.get::<Kind>(0)? != Kind::Pupil {
            return Err(Fault::wrong("person: this is no pupil. A concern about an adult is raised as that."));
        }
    }
    if let Some(adult) = new.adult {
        let row = entered.row(&KIND, &[adult.into(), school.into()]).await?;
        if row.ok_or(Fault::NotFound)?.get::<Kind>(0)? == Kind::Pupil {
            return Err(Fault::wrong("adult: this is a pupil. Choose the adult."));
        }
    }
    Ok(())
}

/// Opens every file. Leave for the first was asked for; it gets that id, and the paper form's reference.
async fn open(
    entered: &mut Entered,
    (new, without): (&NewConcern, &[id::Person]),
    entries: &[NewEntry],
    first: id::File,
) -> Result<Vec<Opened>, Fault> {
    let paper = match new.paper.as_deref().map(str::trim).filter(|typed| !typed.is_empty()) {
        Some(typed) => Some(of_paper(entered, typed).await?),
        None => None,
    };
    let named: Vec<id::Person> = new.adult.into_iter().collect();
    let mut masked = Vec::new();
    for entry in entries {
        masked.push(if named.is_empty() { entry.clone() } else { file::masked(entered, &named, entry).await? });
    }
    let mut opened = Vec::new();
    let mut next = Some(first);
    for ((child, part), number) in new.children.iter().zip(0..) {
        let id = asked_for(entered, next.take(), FileKind::Child, *child).await?;
        let mut family = family_of_others(entered, new, *child).await?;
        family.extend(without.iter().filter(|person| !family.contains(person)).copied().collect::<Vec<_>>());
        let start = file::Start {
            file: id,
            kind: FileKind::Child,
            person: *child,
            named: &named,
            without: &family,
            concerned: without,
            came_from: None,
            reference: paper.as_deref().filter(|_| opened.is_empty()),
        };
        let raised = file::begin(entered, &start, &with_ids(entered, &masked)?).await?;
        opened.push(Opened { raised, part: *part, form: new.form.to_string(), number });
    }
    if let Some(adult) = new.adult {
        let id = asked_for(entered, next.take(), FileKind::StaffConcern, adult).await?;
        let start = file::Start {
            file: id,
            kind: FileKind::StaffConcern,
            person: adult,
            named: &[],
            without: &[],
            concerned: &[],
            came_from: None,
            reference: paper.as_deref().filter(|_| opened.is_empty()),
        };
        let raised = file::begin(entered, &start, &with_ids(entered, entries)?).await?;
        if let Some(child) = opened.first() {
            file::pair(entered, raised.file, child.raised.file).await?;
        }
        // Another number than the child's part has: nothing leads from that to this.
        let form = if opened.is_empty() { new.form.to_string() } else { adults_form(new.form) };
        opened.push(Opened { raised, part: Part::About, form, number: 0 });
    }
    Ok(opened)
}

/// The id of a file that is opened next: the one that leave was asked for first, or a new one with leave of its own.
async fn asked_for(
    entered: &mut Entered,
    given: Option<id::File>,
    kind: FileKind,
    about: id::Person,
) -> Result<id::File, Fault> {
    if let Some(file) = given {
        return Ok(file);
    }
    let file = id::File::new(entered.now())?;
    let detail = Detail::none().with("file", file.to_string());
    entered.also(Act::FileOpened, Resource::NewFile(kind, about), detail).await?;
    Ok(file)
}

fn with_ids(entered: &Entered, entries: &[NewEntry]) -> Result<Vec<(id::Entry, NewEntry)>, Fault> {
    Ok(ordered_ids(entered, entries.len())?.into_iter().zip(entries.iter().cloned()).collect())
}

/// Ids of entries that are read in this order though they are of one moment.
fn ordered_ids(entered: &Entered, count: usize) -> Result<Vec<id::Entry>, Fault> {
    let mut ids = (0..count).map(|_| id::Entry::new(entered.now())).collect::<Result<Vec<_>, Fault>>()?;
    ids.sort_unstable();
    Ok(ids)
}

/// Who would read this child's file and is family of another child whom the same words tell of. They are kept out by name, unless
/// nobody would be left.
async fn family_of_others(
    entered: &mut Entered,
    new: &NewConcern,
    child: id::Person,
) -> Result<Vec<id::Person>, Fault> {
    let (school, now) = (entered.session().school, entered.now());
    let mut family: Vec<id::Person> = Vec::new();
    for (other, _) in new.children.iter().filter(|(other, _)| *other != child) {
        for row in entered.rows(&KIN, &[(*other).into(), now.into()]).await? {
            family.push(row.get(0)?);
        }
    }
    if family.is_empty() {
        return Ok(family);
    }
    let holders = access::entitled(entered.transaction(), school, FileKind::Child, &[child], now).await?;
    family.retain(|person| holders.contains(person));
    family.sort_unstable();
    family.dedup();
    if family.len() == holders.len() {
        family.clear();
    }
    Ok(family)
}

async fn write_report(
    entered: &mut Entered,
    (person, channel): (id::Person, Channel),
    new: &NewConcern,
    opened: &Opened,
) -> Result<id::Row, Fault> {
    let (school, now) = (entered.session().school, entered.now());
    let id = id::Row::new(now)?;
    let Answers { mode, risks, place, picture, urgency, is_reassured, .. } = &new.answers;
    let risks = Risk::ALL.iter().filter(|risk| risks.contains(risk)).map(|risk| risk.word());
    let values: [Value; 17] = [
        id.into(),
        school.into(),
        opened.raised.file.into(),
        opened.raised.entry.into(),
        person.into(),
        channel.word().into(),
        opened.form.as_str().into(),
        opened.number.into(),
        opened.part.into(),
        opened.raised.reference.as_str().into(),
        mode.map(Mode::word).into(),
        risks.collect::<Vec<_>>().join(" ").into(),
        place.map(Place::word).into(),
        picture.map(Picture::word).into(),
        urgency.map(Urgency::word).into(),
        i64::from(*is_reassured).into(),
        now.into(),
    ];
    entered.change_one(&NEW_REPORT, &values).await?;
    Ok(id)
}

/// Writes down that somebody was told in person, for each file of a concern.
pub(super) async fn write_told(entered: &mut Entered, reports: &[id::Row], told: ToldInPerson) -> Result<(), Fault> {
    let (school, now) = (entered.session().school, entered.now());
    let person = file::asker(entered).ok_or(Fault::NotFound)?;
    if told.at > now {
        return Err(Fault::wrong("told: that moment has not come yet. Write when you told them."));
    }
    for report in reports {
        let values = [
            id::Row::new(now)?.into(),
            school.into(),
            (*report).into(),
            person.into(),
            told.person.into(),
            told.at.into(),
            now.into(),
        ];
        entered.change_one(&NEW_TOLD, &values).await?;
    }
    Ok(())
}
