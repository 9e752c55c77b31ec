//! The two ways back for a school in which nobody who looks after accounts can sign in: a sealed code from the safe, and the machine's
//! console. Neither opens a record, and neither is silent.

use crate::ground::{Ground, both};
use holdfast_records::{
    Fault, Records, Session,
    access::{Actor, Duty},
    accounts::{SealedReason, SealedStanding},
    audit::Question,
    file::Which,
    people::{FirstDuty, FirstPerson, GiveDuty, Kind, NewPerson, SetUp, SetUpDone, StaffKind},
};
use jiff::SignedDuration;

both!(
    a_code_from_the_safe_looks_after_accounts_and_reads_nothing,
    a_code_is_spent_is_told_and_is_reviewed,
    a_code_put_in_behind_our_back_lets_nobody_in,
    guessing_a_code_slows_down,
    the_console_lets_a_lead_sign_in_who_acts_once_somebody_confirms_it,
    where_nobody_signed_in_for_two_weeks_the_lead_acts_at_once,
);

const CODE: &str = "ash";
const PASSWORD: &str = "seven green herons on the weir";
const HERE: &str = "127.0.0.1";
const WHY: SealedReason = SealedReason::NobodyIn;

struct School {
    records: Records,
    done: SetUpDone,
}

const PEOPLE: [(&str, Duty); 5] = [
    ("hana", Duty::Head),
    ("dora", Duty::DesignatedLead),
    ("carl", Duty::Chair),
    ("theo", Duty::Technician),
    ("orla", Duty::Office),
];

impl School {
    async fn new(ground: &Ground) -> Self {
        let records = ground.records().await;
        let first = |(name, duty): (&str, Duty)| FirstPerson {
            person: NewPerson::staff(StaffKind::Employed, name),
            duties: vec![FirstDuty { duty, is_deputy: false }],
            sign_in_name: Some(name.to_owned()),
            is_custodian: ["hana", "dora", "carl"].contains(&name),
        };
        let mut people: Vec<FirstPerson> = PEOPLE.into_iter().map(first).collect();
        people.push(FirstPerson {
            person: NewPerson::new(Kind::Governor, "Gita"),
            duties: vec![FirstDuty { duty: Duty::Chair, is_deputy: true }],
            sign_in_name: None,
            is_custodian: false,
        });
        let set_up = SetUp {
            code: CODE.to_owned(),
            name: "Ash School".to_owned(),
            time_zone: "Europe/London".to_owned(),
            trust: None,
            people,
        };
        let done = records.set_up(set_up).await.expect("it is set up");
        Self { records, done }
    }

    fn place(name: &str) -> usize {
        PEOPLE.iter().position(|(one, _)| *one == name).expect("one of them")
    }

    fn person(&self, name: &str) -> holdfast_records::id::Person {
        self.done.people[Self::place(name)].person
    }

    async fn signed_in(&self, name: &str) -> Session {
        let one_time = self.done.people[Self::place(name)].passphrase.as_ref().expect("an account");
        self.records.choose_password(CODE, name, one_time, PASSWORD).await.expect("signed in")
    }

    async fn used(&self, code: &str) -> Session {
        self.records.use_sealed_sign_in(CODE, code, WHY, HERE).await.expect("the code is right").0
    }

    fn console(&self) -> Session {
        Session { school: self.done.school, actor: Actor::Console, unlocked: None }
    }

    async fn kinds_told(&self, to: &Session) -> Vec<String> {
        self.records.notices(to).await.expect("read").into_iter().map(|notice| notice.kind).collect()
    }
}

async fn a_code_from_the_safe_looks_after_accounts_and_reads_nothing(ground: Ground) {
    let school = School::new(&ground).await;
    let records = &school.records;
    let head = school.signed_in("hana").await;
    let code = records.make_sealed_sign_in(&head).await.expect("made").text;
    let sealed = school.used(&code.to_uppercase().replace('-', " ")).await;
    assert_eq!(records.accounts(&sealed).await.expect("listed").len(), 5);
    let passphrase = records.reset_password(&sealed, school.person("theo")).await.expect("the technician is let in");
    assert!(records.choose_password(CODE, "theo", &passphrase, PASSWORD).await.is_ok());
    let given = |duty, name: &str| GiveDuty { duty, person: school.person(name), is_deputy: false, from: None };
    records.give_duty(&sealed, &given(Duty::Technician, "orla")).await.expect("somebody looks after it");
    // It names nobody to whom concerns come, closes nothing, resets one of them and no second.
    for duty in Duty::ALL.iter().copied().filter(|duty| *duty != Duty::Technician) {
        let refused = records.give_duty(&sealed, &given(duty, "orla")).await;
        assert!(matches!(refused, Err(Fault::NotAllowed(_))), "{duty:?}: {refused:?}");
    }
    let gita = school.done.people[5].person;
    let made = records.create_account(&sealed, gita, "gita").await;
    assert!(matches!(made, Err(Fault::NotAllowed(_))), "the chair’s deputy: {made:?}");
    let closed = records.close_account(&sealed, school.person("orla")).await;
    assert!(matches!(closed, Err(Fault::NotAllowed(_))), "{closed:?}");
    let passphrase = records.reset_password(&sealed, school.person("dora")).await.expect("one of them");
    let second = records.reset_password(&sealed, school.person("carl")).await;
    assert!(matches!(second, Err(Fault::NotAllowed(_))), "{second:?}");
    // Whoever holds the passphrase is in and acts in no duty until somebody confirms that it is them.
    let lead = records.choose_password(CODE, "dora", &passphrase, PASSWORD).await.expect("in");
    assert!(records.list_files(&lead, &Which::default()).await.is_err());
    // It reads nothing.
    assert_eq!(records.list_files(&sealed, &Which::default()).await.err(), Some(Fault::NotFound));
    assert_eq!(records.person(&sealed, school.person("orla")).await.err(), Some(Fault::NotFound));
    assert_eq!(records.read_audit(&sealed, &Question::default()).await.err(), Some(Fault::NotFound));
    assert_eq!(records.make_sealed_sign_in(&sealed).await.err(), Some(Fault::NotFound));
    ground.advance(SignedDuration::from_mins(30));
    assert_eq!(records.accounts(&sealed).await.err(), Some(Fault::NotFound), "after half an hour it is over");
    assert!(!records.sealed_sign_in_runs(&sealed).await.expect("told"));
    records.close().await;
}

async fn a_code_is_spent_is_told_and_is_reviewed(ground: Ground) {
    let school = School::new(&ground).await;
    let records = &school.records;
    let (head, chair) = (school.signed_in("hana").await, school.signed_in("carl").await);
    let technician = school.signed_in("theo").await;
    assert_eq!(records.make_sealed_sign_in(&technician).await.err(), Some(Fault::NotFound));
    let (one, other) = (
        records.make_sealed_sign_in(&head).await.expect("made"),
        records.make_sealed_sign_in(&head).await.expect("made"),
    );
    assert!(matches!(records.make_sealed_sign_in(&head).await, Err(Fault::Wrong(_))), "two lie in the safe");
    records.end_sealed_sign_in(&head, other.id).await.expect("it was seen");
    for refused in ["0000-0000-0000-0000-0000", &other.text] {
        let used = records.use_sealed_sign_in(CODE, refused, WHY, HERE).await;
        assert!(matches!(used, Err(Fault::NotAllowed(_))), "{used:?}");
    }
    school.used(&one.text).await;
    let again = records.use_sealed_sign_in(CODE, &one.text, WHY, HERE).await;
    assert!(matches!(again, Err(Fault::NotAllowed(_))), "it is spent: {again:?}");
    for told in [&head, &chair, &technician] {
        assert!(school.kinds_told(told).await.contains(&"sealed-sign-in-used".to_owned()));
    }
    let office = school.signed_in("orla").await;
    assert!(school.kinds_told(&office).await.is_empty());
    assert_eq!(records.sealed_sign_ins(&office).await.err(), Some(Fault::NotFound));
    let of = |state: &SealedStanding| match state {
        SealedStanding::Used { reviewed, is_overdue, .. } => Some((*reviewed, *is_overdue)),
        _ => None,
    };
    let listed = records.sealed_sign_ins(&chair).await.expect("listed");
    let uses: Vec<_> = listed.iter().filter_map(|one| of(&one.state)).collect();
    assert_eq!(uses, [(None, false)]);
    ground.advance(SignedDuration::from_hours(48));
    let listed = records.sealed_sign_ins(&chair).await.expect("listed");
    assert_eq!(listed.iter().filter_map(|one| of(&one.state)).collect::<Vec<_>>(), [(None, true)]);
    records.review_sealed_sign_in(&chair, one.id, true).await.expect("reviewed");
    assert!(matches!(records.review_sealed_sign_in(&head, one.id, false).await, Err(Fault::Changed(_))));
    assert!(records.review_sealed_sign_in(&chair, other.id, true).await.is_err(), "it was never used");
    records.close().await;
}

async fn a_code_put_in_behind_our_back_lets_nobody_in(ground: Ground) {
    let school = School::new(&ground).await;
    let head = school.signed_in("hana").await;
    let real = school.records.make_sealed_sign_in(&head).await.expect("made");
    let other = school.records.make_sealed_sign_in(&head).await.expect("made");
    // Somebody who writes the database gives one code's row the digest of another: the log tells of no such code.
    ground
        .order(&format!(
            "DELETE FROM sealed_sign_in WHERE id = '{}'; \
             UPDATE sealed_sign_in SET id = '{}' WHERE id = '{}';",
            real.id, real.id, other.id
        ))
        .await;
    let used = school.records.use_sealed_sign_in(CODE, &other.text, WHY, HERE).await;
    assert!(matches!(used, Err(Fault::NotAllowed(_))), "{used:?}");
    school.records.close().await;
}

async fn guessing_a_code_slows_down(ground: Ground) {
    let school = School::new(&ground).await;
    let head = school.signed_in("hana").await;
    let code = school.records.make_sealed_sign_in(&head).await.expect("made").text;
    for _ in 0..6 {
        assert!(school.records.use_sealed_sign_in(CODE, "nonsense", WHY, HERE).await.is_err());
    }
    assert!(school.records.use_sealed_sign_in(CODE, &code, WHY, HERE).await.is_err(), "it comes too soon");
    ground.advance(SignedDuration::from_secs(31));
    school.used(&code).await;
    school.records.close().await;
}

async fn the_console_lets_a_lead_sign_in_who_acts_once_somebody_confirms_it(ground: Ground) {
    let school = School::new(&ground).await;
    let records = &school.records;
    let (head, technician) = (school.signed_in("hana").await, school.signed_in("theo").await);
    let before = school.signed_in("dora").await;
    for nobody in ["theo", "orla", "carl", "nobody"] {
        let refused = records.restore_sign_in(&school.console(), nobody).await;
        assert!(matches!(refused, Err(Fault::NotAllowed(_))), "{nobody}: {refused:?}");
    }
    assert_eq!(records.restore_sign_in(&technician, "dora").await.err(), Some(Fault::NotFound));
    assert_eq!(records.restore_sign_in(&head, "dora").await.err(), Some(Fault::NotFound));
    let restored = records.restore_sign_in(&school.console(), "dora").await.expect("made");
    assert!(!restored.acts_at_once, "the head signed in a moment ago");
    assert!(records.myself(&before).await.is_err(), "whoever was signed in is out");
    let lead = records.choose_password(CODE, "dora", &restored.passphrase, PASSWORD).await.expect("in");
    let me = records.myself(&lead).await.expect("told");
    assert!(!me.is_confirmed && me.duties.is_empty(), "{me:?}");
    assert!(school.kinds_told(&head).await.contains(&"sign-in-restored".to_owned()));
    records.admit_waiting(&head, school.person("dora"), None).await.expect("the head confirms it");
    assert_eq!(records.myself(&lead).await.expect("told").duties, [Duty::DesignatedLead]);
    records.close().await;
}

async fn where_nobody_signed_in_for_two_weeks_the_lead_acts_at_once(ground: Ground) {
    let school = School::new(&ground).await;
    let records = &school.records;
    school.signed_in("hana").await;
    school.signed_in("dora").await;
    // Without a calendar it may be the holidays, and then everybody is there to be asked.
    ground.advance(SignedDuration::from_hours(55 * 24));
    let early = records.restore_sign_in(&school.console(), "hana").await.expect("made");
    assert!(!early.acts_at_once);
    ground.advance(SignedDuration::from_hours(2 * 24));
    let office = school.signed_in("orla").await;
    drop(office);
    let restored = records.restore_sign_in(&school.console(), "hana").await.expect("made");
    assert!(restored.acts_at_once);
    let head = records.choose_password(CODE, "hana", &restored.passphrase, PASSWORD).await.expect("in");
    assert_eq!(records.myself(&head).await.expect("told").duties, [Duty::Head]);
    // The head lets the others in as usual; the one who signed in meanwhile is somebody to ask again.
    let again = records.restore_sign_in(&school.console(), "dora").await.expect("made");
    assert!(!again.acts_at_once);
    records.close().await;
}
