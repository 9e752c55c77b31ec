//! Placing a report: it becomes the beginning of a file, and stands in no other place any more. So what it says goes by the file's own
//! rules, and whoever read it here and may not read the file has lost it (practice 10).

use super::{
    super::{Part, Picture, Urgency, statements::NEW_REPORT},
    Concerned, Door, Outcome, Told, Waits, Writer,
    statements::DROP_WORDS,
    wait::{end, still_waits, told},
};
use crate::{
    Entered, Fault, Records, Session,
    access::{Act, Resource},
    audit::Detail,
    file::{EntryKind, NewEntry, Raised, Severity, Words, open_from_outside},
    id, seal,
    store::Value,
};
use jiff::tz::TimeZone;

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
}

impl Records {
    /// Places a report in a file, or two, that begin with it. Its words are there from then on and not here.
    ///
    /// # Errors
    /// [`Fault::NotAllowed`] where nobody here may read a file about them: the words say whom to ring.
    pub async fn place_report(&self, session: &Session, report: id::Report, placing: Placing) -> Result<Placed, Fault> {
        let zone = self.time_zone(session.school).await?;
        let mut entered = self.act(session, Act::ReportPlaced, Resource::Report(report), Detail::none()).await?;
        let placed = async {
            let school = entered.session().school;
            // Whoever it was kept from does not get it by its being placed.
            let kept_from = entered.facts().subjects.clone();
            let waits = still_waits(&mut entered, report).await?;
            let told = told(&mut entered, &waits).await?.ok_or(Fault::NotFound)?;
            let people = match placing {
                Placing::Child(child) => (Some(child), None),
                Placing::Adult(adult) => (None, Some(adult)),
                Placing::Both { child, adult } => (Some(child), Some(adult)),
            };
            // First what is written of the report itself: leave for the files is asked behind it.
            end(&mut entered, report, Outcome::Placed, None).await?;
            entered.change_one(&DROP_WORDS, &[report.into(), school.into()]).await?;
            seal::shred(&mut entered, waits.compartment()).await?;
            let raised = open_from_outside(&mut entered, people, (&entries(&waits, &told, &zone)?, &kept_from)).await?;
            for one in &raised {
                write_report(&mut entered, &waits, &told, one).await?;
            }
            Ok(Placed { references: raised.into_iter().map(|raised| raised.reference).collect() })
        }
        .await;
        entered.finish(placed).await
    }
}

/// What was answered at the door, beside the words: when it came, from whom, as they say, whether there is a picture. Each file's row
/// has a number of its own, so that nothing leads from the child's part to the adult's, nor from either to the door.
async fn write_report(entered: &mut Entered, waits: &Waits, told: &Told, raised: &Raised) -> Result<(), Fault> {
    let (school, now) = (entered.session().school, entered.now());
    let (id, form) = (id::Row::new(now)?, id::Row::new(now)?);
    let urgency = if waits.is_danger { Urgency::Danger } else { Urgency::Today };
    let nobody: Option<id::Person> = None;
    let not_said: Option<&str> = None;
    let values: [Value; 17] = [
        id.into(),
        school.into(),
        raised.file.into(),
        raised.entry.into(),
        nobody.into(),
        channel(told.writer).into(),
        form.into(),
        0_i64.into(),
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
fn entries(waits: &Waits, told: &Told, zone: &TimeZone) -> Result<Vec<NewEntry>, Fault> {
    let severity = if waits.is_danger { Some(Severity::DANGER) } else { Severity::new(3) };
    let came = waits.arrived_at.to_zoned(zone.clone()).strftime("%-d %B %Y, %H:%M");
    let by = match waits.door {
        Door::Worry => "by the page for reports",
        Door::Complaint => "as a complaint",
        Door::Whistleblowing => "as whistleblowing",
    };
    let mut lines = vec![format!(
        "Came {by} on {came}, from {}, as they say. Nobody signed in. Reference {}.",
        told.writer.title(),
        waits.reference
    )];
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
