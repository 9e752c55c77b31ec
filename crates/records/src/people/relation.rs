//! Parents and carers of pupils, court orders, and who must not be told: facts, each ended by a row of its own.

use super::{
    Kind, LivesWith, RelationKind, Responsibility, confidential,
    statements::{
        ADD_COURT_ORDER, ADD_NO_CONTACT, ADD_RELATION, COURT_ORDER, END_COURT_ORDER, END_NO_CONTACT, END_RELATION,
        LET_IN_ABOUT, NO_CONTACT, PERSON, RELATION, RELATIONS,
    },
};
use crate::{
    Entered, Fault, Records, Session,
    access::{self, Act, Actor, Duty, Resource},
    audit::Detail,
    id,
    store::{Row, Statement},
};
use jiff::civil::Date;

/// A parent or carer of a pupil, to be recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewRelation {
    /// The pupil.
    pub child: id::Person,
    /// The parent or carer; staff may be one too.
    pub adult: id::Person,
    /// What they are to the child.
    pub kind: RelationKind,
    /// Whether they have parental responsibility.
    pub responsibility: Responsibility,
    /// Whether the child lives with them.
    pub lives_with: LivesWith,
    /// When they are rung: 1 first.
    pub contact_order: i64,
}

/// A parent or carer of a pupil.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relation {
    /// Its id.
    pub id: id::Row,
    /// The parent or carer.
    pub adult: id::Person,
    /// Their name.
    pub full_name: String,
    /// What they are to the child.
    pub kind: RelationKind,
    /// Whether they have parental responsibility.
    pub responsibility: Responsibility,
    /// Whether the child lives with them.
    pub lives_with: LivesWith,
    /// When they are rung: 1 first.
    pub contact_order: i64,
}

/// A court order, to be recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewCourtOrder<'a> {
    /// The child.
    pub child: id::Person,
    /// Whom it binds.
    pub adult: id::Person,
    /// Whether they must not be told anything while it is in force.
    pub bars_telling: bool,
    /// Its first day.
    pub from: Date,
    /// Its last day, which counts, if it has one.
    pub until: Option<Date>,
    /// What it forbids. Sealed.
    pub words: &'a str,
}

impl Records {
    /// Records a parent or carer. What changes later (such as parental responsibility) is a new relation, after the end of
    /// this one.
    ///
    /// # Errors
    /// [`Fault::Wrong`] for a child that is no pupil, an adult who is one, or a relation that stands already;
    /// [`Fault::NotAllowed`] where it would keep somebody out of the child's file who may read it ([`refuse_to_move_readers`]).
    pub async fn record_relation(&self, session: &Session, new: &NewRelation) -> Result<id::Row, Fault> {
        if !(1..=99).contains(&new.contact_order) {
            return Err(Fault::wrong("contact_order: write 1 for whoever is rung first, then 2, up to 99."));
        }
        let detail = Detail::none().with("adult", new.adult.to_string()).with("kind", new.kind.word());
        let mut entered = self.act(session, Act::RelationChanged, Resource::Person(new.child), detail).await?;
        let written = write_relation(&mut entered, new).await;
        entered.finish(written).await
    }

    /// A child's parents and carers, in the order to ring them. Says nothing of orders: ask [`Records::who_may_be_told`].
    pub async fn relations(&self, session: &Session, child: id::Person) -> Result<Vec<Relation>, Fault> {
        let mut entered = self.act(session, Act::RelationsRead, Resource::Person(child), Detail::none()).await?;
        let relations = read_relations(&mut entered, child).await;
        entered.finish(relations).await
    }

    /// Ends a relation.
    pub async fn end_relation(&self, session: &Session, relation: id::Row) -> Result<(), Fault> {
        self.end_fact(session, Act::RelationChanged, (None, relation), (&RELATION, &END_RELATION)).await
    }

    /// Records a court order. Whom it bars from being told can hold no key to the child's details from now on.
    ///
    /// # Errors
    /// [`Fault::Wrong`] for an order that ends before it begins, missing words, or people of the wrong kind.
    pub async fn record_court_order(&self, session: &Session, new: &NewCourtOrder<'_>) -> Result<id::Row, Fault> {
        let words = confidential::checked(new.words)?;
        if new.until.is_some_and(|until| until < new.from) {
            return Err(Fault::wrong("The order ends before it begins."));
        }
        let detail = Detail::none().with("kind", "court-order");
        let mut entered = self.act(session, Act::ConfidentialChanged, Resource::Person(new.child), detail).await?;
        let written = write_court_order(&mut entered, new, words).await;
        entered.finish(written).await
    }

    /// Ends a court order before its last day, or one that has none.
    ///
    /// # Errors
    /// [`Fault::NotFound`] where it is about another child than `child`.
    pub async fn end_court_order(&self, session: &Session, child: id::Person, order: id::Row) -> Result<(), Fault> {
        let statements = (&COURT_ORDER, &END_COURT_ORDER);
        self.end_fact(session, Act::ConfidentialChanged, (Some(child), order), statements).await
    }

    /// Records that somebody must not be contacted or told anything about a child. They can hold no key to the child's
    /// details from now on.
    pub async fn record_no_contact(
        &self,
        session: &Session,
        child: id::Person,
        adult: id::Person,
        reason: &str,
    ) -> Result<id::Row, Fault> {
        let reason = confidential::checked(reason)?;
        let detail = Detail::none().with("kind", "no-contact");
        let mut entered = self.act(session, Act::ConfidentialChanged, Resource::Person(child), detail).await?;
        let written = write_no_contact(&mut entered, (child, adult), reason).await;
        entered.finish(written).await
    }

    /// Ends a no-contact.
    ///
    /// # Errors
    /// [`Fault::NotFound`] where it is about another child than `child`.
    pub async fn end_no_contact(&self, session: &Session, child: id::Person, no_contact: id::Row) -> Result<(), Fault> {
        let statements = (&NO_CONTACT, &END_NO_CONTACT);
        self.end_fact(session, Act::ConfidentialChanged, (Some(child), no_contact), statements).await
    }

    /// Ends a fact about a child: `find` reads the child it is about, `end` writes the end. Where a child is named, the fact of
    /// another is not there: whoever ends it has the named child before their eyes.
    async fn end_fact(
        &self,
        session: &Session,
        act: Act,
        (named, fact): (Option<id::Person>, id::Row),
        (find, end): (&Statement, &Statement),
    ) -> Result<(), Fault> {
        let mut looking = self.looking().await?;
        let found = looking.row(find, &[fact.into(), session.school.into()]).await?;
        drop(looking);
        let detail = Detail::none().with("ended", fact.to_string());
        let Some(row) = found else {
            // That it was tried is kept, also where there is no such thing.
            let entered = self.act(session, act, Resource::School, detail).await?;
            return entered.finish(Err(Fault::NotFound)).await;
        };
        let (child, adult): (id::Person, id::Person) = (row.get(0)?, row.get(1)?);
        if let Some(named) = named.filter(|named| *named != child) {
            let entered = self.act(session, act, Resource::Person(named), detail).await?;
            return entered.finish(Err(Fault::NotFound)).await;
        }
        let mut entered = self.act(session, act, Resource::Person(child), detail).await?;
        let ended = async {
            write_end(&mut entered, (child, adult), fact, end).await?;
            // The end of a bar is told to nobody: that there was one is confidential.
            if act == Act::RelationChanged {
                access::tell_ladder(&mut entered, adult, "family-ended").await
            } else {
                Ok(())
            }
        }
        .await;
        entered.finish(ended).await
    }
}

async fn write_relation(entered: &mut Entered, new: &NewRelation) -> Result<id::Row, Fault> {
    let (school, now) = (entered.session().school, entered.now());
    refuse_other_pairs(entered, new.child, new.adult).await?;
    refuse_to_move_readers(entered, new.child, new.adult).await?;
    refuse_family(entered, new.child, new).await?;
    for row in entered.rows(&RELATIONS, &[new.child.into(), school.into()]).await? {
        if row.get::<id::Person>(1)? == new.adult {
            return Err(Fault::wrong("They are recorded for this child already. End that first if it is to change."));
        }
    }
    let id = id::Row::new(now)?;
    let values = [
        id.into(),
        school.into(),
        new.child.into(),
        new.adult.into(),
        new.kind.into(),
        new.responsibility.into(),
        new.lives_with.into(),
        new.contact_order.into(),
        now.into(),
    ];
    entered.change_one(&ADD_RELATION, &values).await?;
    access::tell_ladder(entered, new.adult, "family-recorded").await?;
    confidential::take_key(entered, new.child, new.adult).await?;
    Ok(id)
}

async fn read_relations(entered: &mut Entered, child: id::Person) -> Result<Vec<Relation>, Fault> {
    let rows = entered.rows(&RELATIONS, &[child.into(), entered.session().school.into()]).await?;
    let relation = |row: &Row| {
        Ok(Relation {
            id: row.get(0)?,
            adult: row.get(1)?,
            kind: row.get(2)?,
            responsibility: row.get(3)?,
            lives_with: row.get(4)?,
            contact_order: row.get(5)?,
            full_name: row.get(6)?,
        })
    };
    rows.iter().map(relation).collect()
}

async fn write_court_order(entered: &mut Entered, new: &NewCourtOrder<'_>, words: &str) -> Result<id::Row, Fault> {
    let (school, now) = (entered.session().school, entered.now());
    refuse_other_pairs(entered, new.child, new.adult).await?;
    let id = id::Row::new(now)?;
    if new.bars_telling {
        refuse_to_move_readers(entered, new.child, new.adult).await?;
        confidential::keep_out(entered, new.child, new.adult).await?;
    }
    let sealed = confidential::sealed(entered, new.child, ("court_order", "words"), id, words).await?;
    let values = [
        id.into(),
        school.into(),
        new.child.into(),
        new.adult.into(),
        new.bars_telling.into(),
        new.from.into(),
        new.until.into(),
        sealed.into(),
        now.into(),
    ];
    entered.change_one(&ADD_COURT_ORDER, &values).await?;
    Ok(id)
}

async fn write_no_contact(
    entered: &mut Entered,
    (child, adult): (id::Person, id::Person),
    reason: &str,
) -> Result<id::Row, Fault> {
    let (school, now) = (entered.session().school, entered.now());
    refuse_other_pairs(entered, child, adult).await?;
    refuse_to_move_readers(entered, child, adult).await?;
    confidential::keep_out(entered, child, adult).await?;
    let id = id::Row::new(now)?;
    let sealed = confidential::sealed(entered, child, ("no_contact", "reason"), id, reason).await?;
    let values = [id.into(), school.into(), child.into(), adult.into(), sealed.into(), now.into()];
    entered.change_one(&ADD_NO_CONTACT, &values).await?;
    Ok(id)
}

async fn write_end(
    entered: &mut Entered,
    (child, adult): (id::Person, id::Person),
    fact: id::Row,
    end: &Statement,
) -> Result<(), Fault> {
    let (school, now) = (entered.session().school, entered.now());
    if entered.session().actor == Actor::Person(adult) {
        return Err(Fault::NotAllowed(
            "This is about yourself, and may keep you out of the child’s file. Somebody else ends it.".to_owned(),
        ));
    }
    refuse_to_move_readers(entered, child, adult).await?;
    if is_family(entered, child).await? {
        return Err(own_family());
    }
    if entered.change(end, &[fact.into(), school.into(), now.into()]).await? != 1 {
        return Err(Fault::Changed("That has ended already.".to_owned()));
    }
    Ok(())
}

/// Nobody decides about their own family: a parent who works here says that they are one, and no more.
async fn refuse_family(entered: &mut Entered, child: id::Person, new: &NewRelation) -> Result<(), Fault> {
    let is_own = entered.session().actor == Actor::Person(new.adult);
    let says_more = new.responsibility != Responsibility::NotKnown;
    if is_own && says_more || !is_own && is_family(entered, child).await? { Err(own_family()) } else { Ok(()) }
}

async fn is_family(entered: &mut Entered, child: id::Person) -> Result<bool, Fault> {
    let Actor::Person(asker) = entered.session().actor else { return Ok(false) };
    let rows = entered.rows(&RELATIONS, &[child.into(), entered.session().school.into()]).await?;
    for row in rows {
        if row.get::<id::Person>(1)? == asker {
            return Ok(true);
        }
    }
    Ok(false)
}

fn own_family() -> Fault {
    Fault::NotAllowed(
        "This is about your own family. You can record that you are a parent or carer, with parental responsibility not known; \
         everything else somebody else records."
            .to_owned(),
    )
}

/// A relation, a no-contact or an order keeps its adult out of the child's file, and its end lets them in again. Of somebody who
/// may read that file, by duty or by name, only those say so who hear concerns themselves, or they themselves: whoever keeps the
/// register could otherwise choose who reads about a child.
async fn refuse_to_move_readers(entered: &mut Entered, child: id::Person, adult: id::Person) -> Result<(), Fault> {
    let standing = entered.standing();
    let hears = |duty: &Duty| access::LADDER.contains(duty);
    if entered.session().actor == Actor::Person(adult) || standing.duties.iter().any(hears) {
        return Ok(());
    }
    let school = entered.session().school;
    let is_reader = standing.roll.is_on_ladder(adult)
        || entered.row(&LET_IN_ABOUT, &[school.into(), child.into(), adult.into()]).await?.is_some();
    if !is_reader {
        return Ok(());
    }
    Err(Fault::NotAllowed(
        "They may read this child’s file, and this changes whether they do. The head, a safeguarding lead, the chair or the trust \
         lead records it, or they record it themselves."
            .to_owned(),
    ))
}

/// A relation is between a pupil and somebody who is none, both of this school.
async fn refuse_other_pairs(entered: &mut Entered, child: id::Person, adult: id::Person) -> Result<(), Fault> {
    let school = entered.session().school;
    let child = entered.row(&PERSON, &[child.into(), school.into()]).await?.ok_or(Fault::NotFound)?;
    let adult = entered.row(&PERSON, &[adult.into(), school.into()]).await?.ok_or(Fault::NotFound)?;
    if child.get::<Kind>(1)? != Kind::Pupil || adult.get::<Kind>(1)? == Kind::Pupil {
        return Err(Fault::wrong("This is recorded between a pupil and an adult."));
    }
    Ok(())
}
