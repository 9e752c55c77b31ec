//! Placing a report: it becomes the beginning of a file, and stands in no other place any more. So what it says goes by the file's own
//! rules, and whoever read it here and may not read the file has lost it (practice 10).

use super::{
    super::{
        Part, Picture, Urgency,
        own::adults_form,
        statements::{FILES_OF_FORM, NEW_REPORT, NEXT_NUMBER},
    },
    Concerned, Door, Outcome, Told, Waits, Writer, spelt,
    statements::{DROP_WORDS, RAISED_BY},
    wait::{end, still_waits, told},
};
use crate::{
    Entered, Fault, Records, Session,
    access::{Act, Resource},
    audit::Detail,
    file::{
        EntryKind, FromOutside, NewEntry, Raised, Severity, Words, name_adult, open_from_outside, pair, person_named,
    },
    id, seal,
    store::Value,
};
use jiff::tz::TimeZone;
use zeroize::Zeroizing;

/// Whom it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placing {
    /// A child: their file.
    Child(id::Person),
    /// An adult who works here: the confidential staff-concerns file.
    Adult(id::Person),
    /// An adult, and a child whom it touches: two files, the child's without the adult's names.
    Both {
        /// The child.
        child: id::Person,
        /// The adult.
        adult: id::Person,
    },
}

/// Where it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// The references of the files that were opened, the child's first.
    pub references: Vec<String>,
    /// Whether the child's part that was sent before is with somebody else now who cannot open it yet: two custodians let them in, or
    /// whoever still has its key.
    pub must_let_in: bool,
}

impl Records {
    /// Places a report in a file, or two, that begin with it. Its words are there from then on and not here.
    ///
    /// # Errors
    /// [`Fault::NotAllowed`] where nobody here may read a file about them: the words say whom to ring.
    pub async fn place_report(&self, session: &Session, report: id::Report, placing: Placing) -> Result<Placed, Fault> {
        let zone = self.time_zone(session.school).await?;
        let mut entered = self.act(session, Act::ReportPlaced, Resource::Report(report), Detail::none()).await?;
        let placed = place(&mut entered, report, placing, &zone).await;
        entered.finish(placed).await
    }
}

async fn place(entered: &mut Entered, report: id::Report, placing: Placing, zone: &TimeZone) -> Result<Placed, Fault> {
    let school = entered.session().school;
    // Whoever it was kept from does not get it by its being placed.
    let kept_from = entered.facts().subjects.clone();
    let waits = still_waits(entered, report).await?;
    let told = told(entered, &waits).await?.ok_or(Fault::NotFound)?;
    let (child, adult) = match placing {
        Placing::Child(child) => (Some(child), None),
        Placing::Adult(adult) => (None, Some(adult)),
        Placing::Both { child, adult } => (Some(child), Some(adult)),
    };
    let row = entered.row(&RAISED_BY, &[report.into(), school.into()]).await?.ok_or(Fault::NotFound)?;
    let (raised_by, form): (Option<id::Person>, id::Row) = (row.get(0)?, row.get(1)?);
    // Whoever turns out to be concerned by it themselves hears nothing more of it.
    let is_concerned = |writer: &id::Person| adult == Some(*writer) || kept_from.contains(writer);
    let from = Written { author: raised_by.filter(|writer| !is_concerned(writer)), is_signed_in: raised_by.is_some() };
    let child_names = match child {
        Some(child) => names_in_full(entered, child).await?,
        None => Vec::new(),
    };
    // First what is written of the report itself: leave for the files is asked behind it.
    end(entered, report, Outcome::Placed, None).await?;
    entered.change_one(&DROP_WORDS, &[report.into(), school.into()]).await?;
    seal::shred(entered, waits.compartment()).await?;
    let whole = entries(&waits, (&told, from.is_signed_in), zone)?;
    // In the child's part the adult stands neither by the name in the register nor by the one that the writer knew.
    let childs = match adult {
        Some(_) => {
            without_adult(&entries(&waits, (&without_about(&told), from.is_signed_in), zone)?, &told, &child_names)
        }
        None => whole.clone(),
    };
    let outside = FromOutside { childs: &childs, adults: &whole, kept_from: &kept_from, author: from.author };
    let raised = open_from_outside(entered, (child, adult), &outside).await?;
    let mut must_let_in = false;
    if let (Some(writer), Some(adult)) = (raised_by, adult) {
        // Of two parts that are opened now each leads to the other already.
        let adults_part = raised.first().filter(|_| child.is_none()).map(|adults| adults.file);
        must_let_in = join_childs_part(entered, (writer, form), adult, adults_part).await?;
    }
    // The child's first, where there is one.
    for (one, is_adults) in raised.iter().zip([child.is_none(), true]) {
        let form = match (from.author, is_adults) {
            (None, _) => id::Row::new(entered.now())?.to_string(),
            (Some(_), true) => adults_form(form),
            (Some(_), false) => form.to_string(),
        };
        write_report(entered, (&waits, &told), (from.author, &form), one).await?;
    }
    Ok(Placed { references: raised.into_iter().map(|raised| raised.reference).collect(), must_let_in })
}

/// Who wrote it, where they signed in.
struct Written {
    /// As whom they keep it among their own; nobody where it turned out to concern them.
    author: Option<id::Person>,
    is_signed_in: bool,
}

/// The names of a child in the register.
async fn names_in_full(entered: &mut Entered, child: id::Person) -> Result<Vec<String>, Fault> {
    let school = entered.session().school;
    Ok(person_named(entered.transaction(), school, child).await?.names)
}

/// A report without whom it is about, in its writer's words.
fn without_about(told: &Told) -> Told {
    Told { about: Zeroizing::default(), ..told.clone() }
}

/// Entries without the names by which the writer knew the adult.
fn without_adult(entries: &[NewEntry], told: &Told, child: &[String]) -> Vec<NewEntry> {
    let names = spelt(&told.about, child);
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    entries.iter().map(|entry| NewEntry { text: entry.text.masked(&names), ..entry.clone() }).collect()
}

/// The child's part of the same form was sent at once, before it was known who the adult is: it names them from now on, whoever wrote it
/// and wherever the rest is placed, so that nothing which is added says who they are and they never come to read it; and the adult's part
/// leads to it. Whether nobody who may read it can open it until they are let in.
async fn join_childs_part(
    entered: &mut Entered,
    (writer, form): (id::Person, id::Row),
    adult: id::Person,
    adults_part: Option<id::File>,
) -> Result<bool, Fault> {
    let school = entered.session().school;
    let mut must_let_in = false;
    for row in entered.rows(&FILES_OF_FORM, &[school.into(), writer.into(), form.into()]).await? {
        let child: id::File = row.get(0)?;
        must_let_in |= name_adult(entered, child, adult).await?;
        if let Some(adults) = adults_part {
            pair(entered, adults, child).await?;
        }
    }
    Ok(must_let_in)
}

/// What was answered at the door, beside the words: when it came, from whom, as they say, whether there is a picture. Each file's row
/// has a form of its own, so that nothing leads from the child's part to the adult's, nor from either to the door; whoever signed in finds
/// both by theirs.
async fn write_report(
    entered: &mut Entered,
    (waits, told): (&Waits, &Told),
    (author, form): (Option<id::Person>, &str),
    raised: &Raised,
) -> Result<(), Fault> {
    let (school, now) = (entered.session().school, entered.now());
    let id = id::Row::new(now)?;
    let number = entered.row(&NEXT_NUMBER, &[school.into(), form.into()]).await?;
    let number: i64 = number.ok_or(Fault::NotFound)?.get(0)?;
    let urgency = if waits.is_danger { Urgency::Danger } else { Urgency::Today };
    let not_said: Option<&str> = None;
    let values: [Value; 17] = [
        id.into(),
        school.into(),
        raised.file.into(),
        raised.entry.into(),
        author.into(),
        channel(told.writer).into(),
        form.into(),
        number.into(),
        Part::About.into(),
        raised.reference.as_str().into(),
        not_said.into(),
        "".into(),
        not_said.into(),
        told.picture.into(),
        urgency.into(),
        0_i64.into(),
        waits.arrived_at.into(),
    ];
    entered.change_one(&NEW_REPORT, &values).await
}

/// The word of a report's channel.
fn channel(writer: Writer) -> &'static str {
    match writer {
        Writer::Parent => "parent",
        Writer::Visitor => "visitor",
        Writer::Staff => "staff",
        Writer::Other => "public",
        Writer::Pupil => "pupil",
    }
}

/// What stands in the file: what was written, as it was written, and a note of how it came.
fn entries(waits: &Waits, (told, is_signed_in): (&Told, bool), zone: &TimeZone) -> Result<Vec<NewEntry>, Fault> {
    let severity = if waits.is_danger { Some(Severity::DANGER) } else { Severity::new(3) };
    let came = waits.arrived_at.to_zoned(zone.clone()).strftime("%-d %B %Y, %H:%M");
    let by = match waits.door {
        Door::Worry => "by the page for reports",
        Door::Complaint => "as a complaint",
        Door::Whistleblowing => "as whistleblowing",
    };
    let (title, reference) = (told.writer.title(), &waits.reference);
    let mut lines = vec![if is_signed_in {
        format!(
            "Came on {came}, from {title}, who had signed in. It was about somebody on no list. Reference {reference}."
        )
    } else {
        format!("Came {by} on {came}, from {title}, as they say. Nobody signed in. Reference {reference}.")
    }];
    if told.concerned != Concerned::Nobody {
        lines.push(format!("They say what it is about: {}.", told.concerned.title()));
    }
    if !told.about.is_empty() {
        lines.push(format!("About whom, in their words: {}", told.about.as_str()));
    }
    match told.picture {
        Picture::Yes => lines.push("There is a picture or video. Do not look at it, copy it or send it on.".to_owned()),
        Picture::NotSure => lines.push("They are not sure whether there is a picture or video.".to_owned()),
        Picture::No => {}
    }
    if !told.name.is_empty() {
        lines.push(format!("Their name: {}", told.name.as_str()));
    }
    if !told.reach.is_empty() {
        lines.push(format!("How to reach them: {}", told.reach.as_str()));
    }
    if told.is_confidential {
        lines.push("They asked that their name is kept from the family and from whom it is about.".to_owned());
    }
    let note = Words::new(lines.join("\n"))?;
    Ok(vec![
        NewEntry::from_outside(EntryKind::Seen, severity, told.words.clone()),
        NewEntry::from_outside(EntryKind::Note, None, note),
    ])
}
