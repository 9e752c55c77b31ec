//! “We have read it”: for a child who asked for it when they told, signed in with a password of their own, and shows that password once
//! more (practice 17). Neutral words, nothing of what was told, and never “sorted”. And later: “Did it help?” (C-37).

use super::statements::{ADD_FEEDBACK, ADD_RECEIPT, RECEIPT_OF, RECEIPTS};
use crate::{
    Entered, Fault, Records, Session,
    access::{Act, Actor, Resource},
    audit::Detail,
    concern::Stage,
    file::{self, EntryKind, NewEntry, Words},
    id,
    people::Kind,
    store::{Row, Transaction, words},
};
use jiff::Timestamp;

words! {
    /// Whether it helped.
    Helped {
        /// It did.
        Yes = "yes", "Yes";
        /// A little.
        Bit = "bit", "A bit";
        /// It did not.
        No = "no", "No";
        /// They want to talk again.
        Again = "again", "I want to talk again";
    }
}

impl Helped {
    /// What those who look after them read, where the answer is a report: the child is not helped yet.
    fn report(self) -> Option<&'static str> {
        match self {
            Self::Yes | Self::Bit => None,
            Self::No => {
                Some("The pupil was asked on their own page whether it helped. They answered: “No.” Go to them.")
            }
            Self::Again => Some(
                "The pupil was asked on their own page whether it helped. They answered: “I want to talk again.” Go to them.",
            ),
        }
    }
}

/// A receipt of a child's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwnReceipt {
    /// Its id.
    pub id: id::Row,
    /// When they told it.
    pub told_at: Timestamp,
    /// How far it came.
    pub stage: Stage,
    /// Whether they have been asked whether it helped, and answered.
    pub is_answered: bool,
    entry: id::Entry,
    file: id::File,
}

impl Records {
    /// Keeps that a child wants to look later whether what they told was read. Only where their own password unlocked this session; of
    /// others an adult tells the child. The entry stands on the file, so that only who may know that sees it.
    pub(in super::super) async fn wish_receipt(&self, session: &Session, entry: id::Entry) -> Result<(), Fault> {
        let Actor::Person(child) = session.actor else { return Err(Fault::NotFound) };
        if session.unlocked.is_none() {
            return Ok(());
        }
        let (file, author) = file::file_and_author(&mut self.looking().await?, session.school, entry).await?;
        if author != Some(child) {
            return Err(Fault::NotFound);
        }
        let of_entry = [session.school.into(), child.into(), entry.into()];
        if self.looking().await?.row(&RECEIPT_OF, &of_entry).await?.is_some() {
            // It was sent twice.
            return Ok(());
        }
        let mut entered = self.act(session, Act::ReceiptKept, Resource::File(file), Detail::none()).await?;
        let kept = async {
            if entered.row(&RECEIPT_OF, &of_entry).await?.is_some() {
                return Ok(());
            }
            let now = entered.now();
            let values = [id::Row::new(now)?.into(), session.school.into(), child.into(), entry.into(), now.into()];
            entered.change_one(&ADD_RECEIPT, &values).await
        }
        .await;
        entered.finish(kept).await
    }

    /// A child's own receipts, newest first: that it is there, was read, is being worked on; nothing of what it says or who has it. The
    /// page shows them behind their password, typed a moment ago.
    ///
    /// # Errors
    /// [`Fault::NotFound`] for whoever is no pupil, and for a pupil who did not sign in with a password of their own.
    pub async fn own_receipts(&self, session: &Session) -> Result<Vec<OwnReceipt>, Fault> {
        let Actor::Person(child) = session.actor else { return Err(Fault::NotFound) };
        if session.unlocked.is_none() {
            return Err(Fault::NotFound);
        }
        let shown = receipts(&mut self.looking().await?, session.school, child).await?;
        let ids: Vec<String> = shown.iter().map(|receipt| receipt.id.to_string()).collect();
        // Which and how many is a digest: readers of the log would learn that a child told something.
        let detail = Detail::none().digest("entries", ids.join(" "));
        let mut entered = self.act(session, Act::OwnReportsRead, Resource::Person(child), detail).await?;
        let found = async {
            if entered.standing().kind != Some(Kind::Pupil) {
                return Err(Fault::NotFound);
            }
            let mut found = receipts(entered.transaction(), session.school, child).await?;
            found.retain(|receipt| shown.iter().any(|known| known.id == receipt.id));
            Ok(found)
        }
        .await;
        entered.finish(found).await
    }

    /// What a child answers to “Did it help?”. That it did not, or that they want to talk again, is a new report, wherever what they told
    /// first is by now: it waits for an answer again and climbs until somebody has it.
    ///
    /// # Errors
    /// [`Fault::NotFound`] for somebody else's, and for one of which nothing was done yet.
    pub async fn say_whether_it_helped(
        &self,
        session: &Session,
        receipt: id::Row,
        helped: Helped,
    ) -> Result<(), Fault> {
        let own = self.own_receipts(session).await?.into_iter().find(|own| own.id == receipt);
        let own = own.filter(|own| own.stage == Stage::ActedOn).ok_or(Fault::NotFound)?;
        if own.is_answered {
            // Pressed twice: the first was kept.
            return Ok(());
        }
        let now = self.clock().now();
        let report = helped.report().map(Words::new).transpose()?;
        let act = if report.is_some() { Act::EntryAdded } else { Act::ReceiptKept };
        let detail = Detail::none().with("kind", "answer");
        let mut entered = self.act(session, act, Resource::File(own.file), detail).await?;
        let written = write(&mut entered, &own, (helped, report), id::Entry::new(now)?).await;
        entered.finish(written).await
    }
}

async fn write(
    entered: &mut Entered,
    own: &OwnReceipt,
    (helped, report): (Helped, Option<Words>),
    entry: id::Entry,
) -> Result<(), Fault> {
    let (school, now) = (entered.session().school, entered.now());
    // Once more where it is written: what they told may have been moved meanwhile.
    let (file, author) = file::file_and_author(entered.transaction(), school, own.entry).await?;
    if file != own.file || author.is_none() || author != file::asker(entered) {
        return Err(Fault::NotFound);
    }
    if let Some(text) = report {
        let new = NewEntry { kind: EntryKind::Words, severity: None, moment: None, text, reason: None };
        file::add_report(entered, file, entry, &new).await.map(drop)?;
    }
    let values = [id::Row::new(now)?.into(), school.into(), own.id.into(), helped.into(), now.into()];
    entered.change_one(&ADD_FEEDBACK, &values).await
}

async fn receipts(t: &mut Transaction, school: id::School, child: id::Person) -> Result<Vec<OwnReceipt>, Fault> {
    t.rows(&RECEIPTS, &[school.into(), child.into()]).await?.iter().map(receipt).collect()
}

fn receipt(row: &Row) -> Result<OwnReceipt, Fault> {
    let told_at: Timestamp = row.get(2)?;
    let newest = row.get::<Option<Timestamp>>(4)?.unwrap_or(told_at);
    let is_since = |at: Option<Timestamp>| at.is_some_and(|at| at >= newest);
    let stage = if is_since(row.get(6)?) {
        Stage::ActedOn
    } else if is_since(row.get(5)?) {
        Stage::Read
    } else {
        Stage::Received
    };
    let is_answered = row.get::<Option<Timestamp>>(7)?.is_some();
    Ok(OwnReceipt { id: row.get(0)?, told_at, stage, is_answered, entry: row.get(1)?, file: row.get(3)? })
}
