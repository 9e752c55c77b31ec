//! The fictional school's term, lived through in a real store.

use holdfast_demo::{
    staff::{HEAD, RECORDS_PASSWORD, SCHOOL_CODE},
    term,
};
use holdfast_records::{
    Records,
    concern::{
        answer::Wanted,
        trends::{Asked, Topic},
    },
    store::{Clock, Place},
};
use jiff::Timestamp;

async fn at_work(now: &str) -> (tempfile::TempDir, Records) {
    let folder = tempfile::tempdir().unwrap();
    let place = Place { data: folder.path().join("data"), database: None, secrets: folder.path().join("secrets") };
    let now: Timestamp = now.parse().unwrap();
    term::live(&place, "$argon2id$nobody", now).await.unwrap();
    // A second time changes nothing.
    term::live(&place, "$argon2id$nobody", now).await.unwrap();
    let records = Records::open(&place, Clock::new(move || now)).await.unwrap();
    (folder, records)
}

/// Whatever day it is: in the week, or on the Sunday on which the clocks change.
#[tokio::test]
async fn each_role_finds_its_own_view_of_the_term() {
    for now in ["2026-11-25T10:30:00Z", "2027-03-28T05:00:00Z"] {
        let (_folder, records) = at_work(now).await;
        let lead = records.sign_in(SCHOOL_CODE, "lead", RECORDS_PASSWORD).await.unwrap();
        let head = records.sign_in(SCHOOL_CODE, HEAD, RECORDS_PASSWORD).await.unwrap();
        let teacher = records.sign_in(SCHOOL_CODE, "teacher", RECORDS_PASSWORD).await.unwrap();
        let leads = records.concerns(&lead, &Wanted::default()).await.unwrap();
        let heads = records.concerns(&head, &Wanted::default()).await.unwrap();
        assert!(leads.counts.open > 5 && leads.counts.answer > 0, "{now}: {:?}", leads.counts);
        assert_eq!(heads.counts.open, leads.counts.open + 1, "{now}: the adult's part is the head's alone");
        let teachers = records.concerns(&teacher, &Wanted::default()).await.unwrap();
        assert!(teachers.concerns.is_empty() && teachers.counts.open == 0, "{now}: {:?}", teachers.counts);
        assert!(records.own_concerns(&teacher).await.unwrap().len() > 3, "{now}");
        // Whom to ring stands on the pages: nothing is asked for any more.
        let book = records.contact_book(lead.school).await.unwrap();
        assert!(book.missing.is_empty() && book.local.len() > 7, "{now}: {:?}", book.missing);
        // Looking back at the term there is something to see.
        let trends = records.concern_trends(&lead, Asked::default()).await.unwrap();
        assert!(trends.totals[0].total > Some(5), "{now}: {:?}", trends.totals);
        let answered = trends.tables.iter().find(|table| table.topic == Topic::Answer).unwrap();
        assert!(answered.rows.iter().filter(|row| row.count > Some(0)).count() > 1, "{now}: {:?}", answered.rows);
    }
}
