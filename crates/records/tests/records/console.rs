//! A school in which nobody can sign in any more: two custodians with their codes at the machine's console.

use crate::ground::{Ground, both};
use holdfast_records::{
    Fault, Records, Session,
    access::{Actor, Duty, FileKind},
    file::{EntryKind, NewEntry, NewFile, Severity, Words},
    id,
    people::{FirstDuty, FirstPerson, Kind, NewPerson, SetUp, SetUpDone, StaffKind},
    store::proof::Older,
};

both!(
    two_custodians_let_the_lead_in_again,
    one_custodian_or_none_lets_nobody_in,
    one_altered_wrap_keeps_nobody_out_of_the_rest,
    what_nobody_can_open_is_counted_and_lets_the_lead_in,
    right_codes_for_a_closed_account_leave_an_entry,
    with_head_and_chair_as_custodians_and_no_trust_lead_a_fourth_is_named,
);

const CODE: &str = "console";
const PASSWORD: &str = "heron under the old bridge";
const WORDS: &str = "came without a coat";

struct School {
    records: Records,
    done: SetUpDone,
    console: Session,
    head: Session,
}

const HEAD: usize = 0;
const LEAD: usize = 1;
const CHAIR: usize = 2;
const VICE: usize = 3;

impl School {
    async fn new(ground: &Ground) -> Self {
        let records = ground.records().await;
        // No trust lead: who hears about an adult when head and chair cannot is the head's deputy.
        let first = |(name, duty, is_custodian): (&str, Duty, bool)| FirstPerson {
            person: NewPerson::staff(StaffKind::Employed, name),
            duties: vec![FirstDuty { duty, is_deputy: name == "Vice" }],
            sign_in_name: Some(name.to_lowercase()),
            is_custodian,
        };
        let people = [
            ("Head", Duty::Head, true),
            ("Lead", Duty::DesignatedLead, true),
            ("Chair", Duty::Chair, true),
            ("Vice", Duty::Head, false),
        ];
        let set_up = SetUp {
            code: CODE.to_owned(),
            name: "Console School".to_owned(),
            time_zone: "Europe/London".to_owned(),
            trust: None,
            people: people.into_iter().map(first).collect(),
        };
        let done = records.set_up(set_up).await.expect("it is set up");
        let console = Session { school: done.school, actor: Actor::Console, unlocked: None };
        let one_time = done.people[HEAD].passphrase.as_ref().expect("an account");
        let head = records.choose_password(CODE, "head", one_time, PASSWORD).await.expect("signed in");
        Self { records, done, console, head }
    }

    fn codes(&self, one: usize, other: usize) -> [&str; 2] {
        [one, other].map(|place| self.done.people[place].recovery_code.as_ref().expect("a code").as_str())
    }

    fn person(&self, place: usize) -> id::Person {
        self.done.people[place].person
    }

    async fn sign_in(&self, name: &str, one_time: &str) -> Result<Session, Fault> {
        self.records.choose_password(CODE, name, one_time, PASSWORD).await
    }

    async fn raise(&self) -> id::File {
        let person = NewPerson::new(Kind::Pupil, "Ann Birch");
        let person = self.records.add_person(&self.head, person).await.expect("a pupil");
        let text = Words::new(WORDS).expect("words");
        let entry = NewEntry { kind: EntryKind::Seen, severity: Severity::new(3), moment: None, text, reason: None };
        let new = NewFile { kind: FileKind::Child, person, named: Vec::new(), entry };
        self.records.open_file(&self.head, &new).await.expect("raised").file
    }
}

async fn two_custodians_let_the_lead_in_again(ground: Ground) {
    let school = School::new(&ground).await;
    let first = school.done.people[LEAD].passphrase.as_ref().expect("an account");
    let before = school.sign_in("lead", first).await.expect("signed in");
    let file = school.raise().await;
    assert!(school.records.read_file(&before, file).await.is_ok());

    let codes = school.codes(HEAD, CHAIR);
    let way_in = school.records.recover_at_console(&school.console, codes, school.person(LEAD)).await.expect("made");
    assert_eq!((way_in.sign_in_name.as_str(), way_in.recovered.not_opened), ("lead", 0));
    assert!(way_in.recovered.opened > 0);
    // Whoever was signed in with the old key is out, and the password of before is worth nothing.
    assert!(school.records.read_file(&before, file).await.is_err());
    assert!(school.records.sign_in(CODE, "lead", PASSWORD).await.is_err());
    let lead = school.sign_in("lead", &way_in.passphrase).await.expect("signed in");
    let read = school.records.read_file(&lead, file).await.expect("what was sealed before opens");
    assert_eq!(read.entries[0].text.as_str(), WORDS);
    let next = school.raise().await;
    assert!(school.records.read_file(&lead, next).await.is_ok(), "and what is sealed from now on");
    // From there everybody else is let in as usual, and all are told.
    let notices = school.records.notices(&school.head).await.expect("read");
    assert!(notices.iter().any(|notice| notice.kind == "account-recovered"), "{notices:?}");
    let notices = school.records.notices(&lead).await.expect("read");
    assert!(notices.iter().any(|notice| notice.about == school.person(LEAD).to_string()), "{notices:?}");
    school.records.close().await;
}

async fn one_custodian_or_none_lets_nobody_in(ground: Ground) {
    let school = School::new(&ground).await;
    let (records, console) = (&school.records, &school.console);
    let lead = school.person(LEAD);
    let stranger = "AAAA-AAAA-AAAA-AAAA";
    for codes in [school.codes(HEAD, HEAD), [school.codes(HEAD, CHAIR)[0], stranger], [stranger, stranger]] {
        let refused = records.recover_at_console(console, codes, lead).await;
        assert!(matches!(refused, Err(Fault::NotAllowed(_))), "{refused:?}");
    }
    let vice = records.recover_at_console(console, school.codes(HEAD, CHAIR), school.person(VICE)).await;
    assert!(matches!(vice, Err(Fault::NotAllowed(_))), "{vice:?}");
    // The console alone still resets nothing.
    let reset = records.reset_password(console, lead).await;
    assert_eq!(reset.err(), Some(Fault::NotFound));
    // Each try is in the log, and the lead's passphrase of before still lets them in.
    let store = Older::open(&ground.place(), &ground.clock(), usize::MAX).await.expect("it opens");
    let rows = store.rows("audit_entry", &["act".to_owned(), "outcome".to_owned()]).await.expect("they are read");
    store.close().await;
    assert_eq!(rows.iter().filter(|row| row.contains("recovered") && row.contains("denied")).count(), 4);
    let first = school.done.people[LEAD].passphrase.as_ref().expect("an account");
    school.sign_in("lead", first).await.expect("nothing was changed");
}

async fn one_altered_wrap_keeps_nobody_out_of_the_rest(ground: Ground) {
    let school = School::new(&ground).await;
    let (altered, whole) = (school.raise().await, school.raise().await);
    let of_file = format!("compartment = (SELECT compartment FROM file WHERE id = '{altered}')");
    let other = "(SELECT hash FROM audit_entry WHERE number = 1)";
    ground.order(&format!("UPDATE compartment_pair_wrap SET wrapped = {other} WHERE {of_file}")).await;
    let codes = school.codes(HEAD, CHAIR);
    let way_in = school.records.recover_at_console(&school.console, codes, school.person(LEAD)).await.expect("made");
    assert_eq!((way_in.recovered.not_opened, way_in.stranded), (1, 0));
    let lead = school.sign_in("lead", &way_in.passphrase).await.expect("signed in");
    assert!(school.records.read_file(&lead, whole).await.is_ok());
    assert!(school.records.read_file(&school.head, altered).await.is_ok(), "the head still opens it");
    school.records.close().await;
}

async fn what_nobody_can_open_is_counted_and_lets_the_lead_in(ground: Ground) {
    let school = School::new(&ground).await;
    let (lost, whole) = (school.raise().await, school.raise().await);
    let of_file = format!("WHERE compartment = (SELECT compartment FROM file WHERE id = '{lost}')");
    for table in ["compartment_pair_wrap", "compartment_wrap"] {
        ground.order(&format!("DELETE FROM {table} {of_file}")).await;
    }
    let codes = school.codes(HEAD, CHAIR);
    let way_in = school.records.recover_at_console(&school.console, codes, school.person(LEAD)).await.expect("made");
    assert_eq!((way_in.recovered.not_opened, way_in.stranded), (1, 1));
    let lead = school.sign_in("lead", &way_in.passphrase).await.expect("signed in");
    assert!(school.records.read_file(&lead, whole).await.is_ok());
    school.records.close().await;
}

/// A lead who has no account any more, with the right codes: refused, and in the log.
async fn right_codes_for_a_closed_account_leave_an_entry(ground: Ground) {
    let school = School::new(&ground).await;
    let close = "INSERT INTO account_closed (account, school, closed_at) SELECT id, school, made_at FROM account";
    ground.order(&format!("{close} WHERE sign_in_name = 'lead'")).await;
    let codes = school.codes(HEAD, CHAIR);
    let refused = school.records.recover_at_console(&school.console, codes, school.person(LEAD)).await;
    assert!(
        matches!(&refused, Err(fault @ Fault::NotAllowed(_)) if fault.to_string().contains("no account")),
        "{refused:?}"
    );
    let store = Older::open(&ground.place(), &ground.clock(), usize::MAX).await.expect("it opens");
    let rows = store.rows("audit_entry", &["act".to_owned(), "outcome".to_owned()]).await.expect("they are read");
    store.close().await;
    assert_eq!(rows.iter().filter(|row| row.contains("recovered") && row.contains("denied")).count(), 1);
    school.records.close().await;
}

/// docs/sealing.md says how: the head hands their own code to somebody, who makes one for themselves.
async fn with_head_and_chair_as_custodians_and_no_trust_lead_a_fourth_is_named(ground: Ground) {
    let school = School::new(&ground).await;
    let (records, head) = (&school.records, &school.head);
    let sign_in = async |place: usize, name: &str| {
        let one_time = school.done.people[place].passphrase.as_ref().expect("an account");
        school.sign_in(name, one_time).await.expect("signed in")
    };
    let (chair, vice) = (sign_in(CHAIR, "chair").await, sign_in(VICE, "vice").await);
    let fourth = NewPerson::staff(StaffKind::Employed, "Fourth");
    let fourth = records.add_person(head, fourth).await.expect("added");
    for session in [head, &chair] {
        let named = records.name_custodian(session, fourth).await;
        assert!(matches!(named, Err(Fault::NotAllowed(_))), "{named:?}");
    }
    records.replace_custodian(head, school.person(HEAD), school.person(VICE)).await.expect("handed on");
    let too_soon = records.name_custodian(head, fourth).await;
    assert!(matches!(too_soon, Err(Fault::NotAllowed(_))), "the head saw the code: {too_soon:?}");
    let own = school.person(VICE);
    records.replace_custodian(&vice, own, own).await.expect("a code of their own");
    records.name_custodian(head, fourth).await.expect("a fourth");
}
