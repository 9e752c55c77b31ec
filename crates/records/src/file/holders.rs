//! Who may open a file: letting somebody in, taking somebody out, and keeping a subject out for good.

use super::{
    Words,
    ground::{self, FileRow, Spot, asking_person, seal_words, unlocked},
    hold, raise,
    statements::{NEW_ADMISSION, NEW_REMOVAL},
};
use crate::{
    Entered, Fault, Records, Session,
    access::{self, Act, FileKind, Resource},
    audit::Detail,
    id, seal,
    store::Statement,
};

impl Records {
    /// Lets somebody into one file beside those whom duty entitles: by who can open it, with a reason. No subject of the
    /// file can be let in.
    pub async fn admit_to_file(
        &self,
        session: &Session,
        file: id::File,
        person: id::Person,
        reason: &Words,
    ) -> Result<(), Fault> {
        let detail = Detail::none().with("person", person.to_string());
        let mut entered = self.act(session, Act::HolderAdmitted, Resource::File(file), detail).await?;
        let done = admit(&mut entered, file, person, reason).await;
        entered.finish(done).await
    }

    /// Takes somebody out of a file, with a reason. What they read they have read; from the next request on they read no
    /// more. The last who can open it cannot be taken out. Whoever else holds it is told.
    pub async fn remove_from_file(
        &self,
        session: &Session,
        file: id::File,
        person: id::Person,
        reason: &Words,
    ) -> Result<(), Fault> {
        let detail = Detail::none().with("person", person.to_string());
        let mut entered = self.act(session, Act::HolderRemoved, Resource::File(file), detail).await?;
        let done = remove(&mut entered, file, person, reason).await;
        entered.finish(done).await
    }

    /// Makes somebody a subject of a file: they lose any sight of it at once, and whoever is entitled in their place gets
    /// in (practice 10: one press re-routes, and earlier readers lose it). Whoever else holds it is told.
    pub async fn add_file_subject(&self, session: &Session, file: id::File, person: id::Person) -> Result<(), Fault> {
        // The subject is not named in the entry: that would tell every reader of the child's part who the adult is.
        let mut entered = self.act(session, Act::SubjectAdded, Resource::File(file), Detail::none()).await?;
        let done = make_subject(&mut entered, file, person).await;
        entered.finish(done).await
    }

    /// Who can open a file, for who can open it themselves. In a child's file, nobody is told who is kept out.
    pub async fn file_holders(&self, session: &Session, file: id::File) -> Result<Vec<id::Person>, Fault> {
        let detail = Detail::none().with("part", "holders");
        let mut entered = self.act(session, Act::HoldersRead, Resource::File(file), detail).await?;
        let holders = holders(&mut entered, file).await;
        entered.finish(holders).await
    }
}

async fn admit(entered: &mut Entered, file: id::File, person: id::Person, reason: &Words) -> Result<(), Fault> {
    let school = entered.session().school;
    let row = ground::file(entered.transaction(), school, file).await?;
    let admitted = ground::person(entered.transaction(), school, person).await?;
    if ground::subjects(entered.transaction(), file).await?.contains(&person) {
        // Said of everybody who cannot be let in, so that it does not tell who is a subject.
        return Err(cannot_admit());
    }
    if !matches!(admitted.kind.as_str(), "staff" | "governor" | "outside") {
        return Err(cannot_admit());
    }
    let unlocked = unlocked(entered)?;
    seal::admit(entered, &unlocked, row.compartment, person).await?;
    note(entered, &row, person, reason, ("file_admission", &NEW_ADMISSION)).await
}

async fn remove(entered: &mut Entered, file: id::File, person: id::Person, reason: &Words) -> Result<(), Fault> {
    let school = entered.session().school;
    let row = ground::file(entered.transaction(), school, file).await?;
    let holders = seal::holders(entered.transaction(), school, row.compartment).await?;
    if !holders.contains(&person) {
        return Err(Fault::wrong("This person cannot open the file."));
    }
    if holders.len() == 1 {
        return Err(Fault::NotAllowed(
            "Nobody else can open the file. Let somebody else in first, so that it is not lost.".to_owned(),
        ));
    }
    seal::remove(entered, row.compartment, person).await?;
    note(entered, &row, person, reason, ("file_removal", &NEW_REMOVAL)).await?;
    tell_holders(entered, &row, "file-holder-removed").await
}

/// Tells everybody else who holds the file that who reads it was changed: whoever shuts somebody out does not do it unseen. It says
/// neither who nor why, and whoever loses the file before they look is told nothing.
async fn tell_holders(entered: &mut Entered, file: &FileRow, kind: &str) -> Result<(), Fault> {
    let (school, asker) = (entered.session().school, asking_person(entered)?);
    let about = file.id.to_string();
    for holder in seal::holders(entered.transaction(), school, file.compartment).await? {
        if holder != asker {
            access::tell(entered, holder, kind, &about).await?;
        }
    }
    Ok(())
}

/// Takes whoever acts out of a file by their own word, and lets in whoever is entitled in their place: by duty, or as the next who would
/// hear it.
pub(crate) async fn step_aside(entered: &mut Entered, file: id::File, why: &Words) -> Result<(), Fault> {
    let (school, now, asker) = (entered.session().school, entered.now(), asking_person(entered)?);
    let row = ground::file(entered.transaction(), school, file).await?;
    let mut kept_out = entered.facts().kept_out();
    kept_out.push(asker);
    let entitled = access::entitled(entered.transaction(), school, row.kind, &kept_out, now).await?;
    let holders = seal::holders(entered.transaction(), school, row.compartment).await?;
    let missing: Vec<id::Person> = entitled.into_iter().filter(|person| !holders.contains(person)).collect();
    if !missing.is_empty() {
        let unlocked = unlocked(entered)?;
        for newcomer in &missing {
            seal::admit(entered, &unlocked, row.compartment, *newcomer).await?;
        }
    }
    if holders.contains(&asker) {
        seal::remove(entered, row.compartment, asker).await?;
    }
    note(entered, &row, asker, why, ("file_removal", &NEW_REMOVAL)).await?;
    tell_holders(entered, &row, "file-holder-removed").await
}

async fn make_subject(entered: &mut Entered, file: id::File, person: id::Person) -> Result<(), Fault> {
    let (school, now) = (entered.session().school, entered.now());
    let row = ground::file(entered.transaction(), school, file).await?;
    ground::person(entered.transaction(), school, person).await?;
    let mut subjects = ground::subjects(entered.transaction(), file).await?;
    if subjects.contains(&person) {
        return Ok(());
    }
    subjects.push(person);
    let entitled = access::entitled(entered.transaction(), school, row.kind, &subjects, now).await?;
    let holders = seal::holders(entered.transaction(), school, row.compartment).await?;
    let missing: Vec<id::Person> = entitled.into_iter().filter(|person| !holders.contains(person)).collect();
    let somebody_stays = holders.iter().any(|holder| *holder != person);
    if entered.session().unlocked.is_some() {
        let unlocked = unlocked(entered)?;
        for newcomer in &missing {
            seal::admit(entered, &unlocked, row.compartment, *newcomer).await?;
        }
    } else if !somebody_stays {
        return Err(Fault::Locked(
            "Whoever steps in must be let in by somebody who can open the file. Sign in with your password first."
                .to_owned(),
        ));
    }
    if !somebody_stays && missing.is_empty() {
        return Err(Fault::NotAllowed(
            "Nobody else could open the file then. Give somebody the duty to stand in first.".to_owned(),
        ));
    }
    raise::add_subject_row(entered, file, person, "named").await?;
    seal::add_subject(entered, row.compartment, person).await?;
    // With the head as subject, for one, the head's deputies are no longer entitled either.
    let still = access::entitled_to_compartment(entered.transaction(), school, row.compartment, now).await?;
    for holder in seal::holders(entered.transaction(), school, row.compartment).await? {
        if !still.contains(&holder) {
            seal::remove(entered, row.compartment, holder).await?;
        }
    }
    // While the file is open, the records of whom it names are held too.
    if ground::standing_of(entered.transaction(), file).await?.is_open {
        hold::for_case(entered, &row).await?;
    }
    tell_holders(entered, &row, "file-subject-added").await
}

/// Names an adult in a child's part of which it has just become known who they are: they never read it, and what is added says nothing of
/// who they are. In an act that places the adult's part, by whoever does. Whoever is entitled in their place holds it from now on, and
/// waits: nobody who acts here need be able to open it. Whether nobody who may read it now could open it before.
pub(crate) async fn name_adult(entered: &mut Entered, file: id::File, adult: id::Person) -> Result<bool, Fault> {
    let (school, now) = (entered.session().school, entered.now());
    let row = ground::file(entered.transaction(), school, file).await?;
    if row.kind != FileKind::Child || ground::subjects(entered.transaction(), file).await?.contains(&adult) {
        return Ok(false);
    }
    let before = seal::holders(entered.transaction(), school, row.compartment).await?;
    raise::add_subject_row(entered, file, adult, "named").await?;
    let entitled = access::entitled_to_compartment(entered.transaction(), school, row.compartment, now).await?;
    for newcomer in entitled.iter().filter(|person| !before.contains(person)) {
        seal::add_holder(entered, row.compartment, *newcomer).await?;
    }
    seal::add_subject(entered, row.compartment, adult).await?;
    if ground::standing_of(entered.transaction(), file).await?.is_open {
        hold::for_case(entered, &row).await?;
    }
    Ok(!entitled.iter().any(|person| before.contains(person)))
}

async fn holders(entered: &mut Entered, file: id::File) -> Result<Vec<id::Person>, Fault> {
    let school = entered.session().school;
    let row = ground::file(entered.transaction(), school, file).await?;
    seal::holders(entered.transaction(), school, row.compartment).await
}

fn cannot_admit() -> Fault {
    Fault::NotAllowed(
        "This person cannot be let into this file. Only adults who work with the school and whom the file does not \
         concern can be."
            .to_owned(),
    )
}

async fn note(
    entered: &mut Entered,
    file: &FileRow,
    person: id::Person,
    reason: &Words,
    (table, statement): (&'static str, &Statement),
) -> Result<(), Fault> {
    let id = id::Row::new(entered.now())?;
    let row = id.to_string();
    let spot = Spot { compartment: file.compartment, table, column: "reason", row: &row };
    let reason = seal_words(entered, spot, reason).await?;
    let (school, asker, now) = (entered.session().school, asking_person(entered)?, entered.now());
    let values = [id.into(), school.into(), file.id.into(), person.into(), asker.into(), reason.into(), now.into()];
    entered.change_one(statement, &values).await
}
