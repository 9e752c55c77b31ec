//! Which files may be open: looked up quickly, and held against the facts.

use crate::{
    filing::{Filing, seen, words},
    ground::{Ground, both},
};
use holdfast_records::{
    Records,
    concern::answer::{Course, Extent, NewDecision, Wanted},
    file::Closing,
};
use jiff::SignedDuration;

both!(
    what_is_missing_where_open_ones_are_looked_up_comes_back,
    a_closed_one_is_looked_at_no_more_until_something_is_reported,
);

async fn looked_up(ground: &Ground) -> usize {
    ground.ask("SELECT file FROM open_file").await.len()
}

async fn what_is_missing_where_open_ones_are_looked_up_comes_back(ground: Ground) {
    let school = Filing::new(&ground).await;
    let lead = school.session("lead");
    let listed =
        async |records: &Records| records.concerns(lead, &Wanted::default()).await.expect("what waits").concerns.len();
    school.raise("teacher", "ann", "canary").await;
    assert_eq!((listed(&school.records).await, looked_up(&ground).await), (1, 1));
    ground.order("DELETE FROM open_file").await;
    assert_eq!(listed(&school.records).await, 0, "it is where it is looked for");
    // Each night, and whenever the store is opened.
    school.records.take_statistics().await;
    assert_eq!(listed(&school.records).await, 1);
    ground.order("DELETE FROM open_file").await;
    school.records.close().await;
    assert_eq!(listed(&ground.records().await).await, 1);
}

async fn a_closed_one_is_looked_at_no_more_until_something_is_reported(ground: Ground) {
    let school = Filing::new(&ground).await;
    let (records, lead) = (&school.records, school.session("lead"));
    let raised = school.raise("teacher", "ann", "canary").await;
    let minute = || ground.advance(SignedDuration::from_mins(1));
    minute();
    records.acknowledge_concern(lead, raised.file).await.expect("they have it");
    let decision = NewDecision {
        extent: Extent::Note,
        course: Course::Nothing,
        reason: Some(words("it was a game")),
        review: None,
        is_rung: false,
    };
    records.decide_concern(lead, raised.file, &decision).await.expect("decided");
    records.read_concern(lead, raised.file).await.expect("read");
    minute();
    let closing = Closing { outcome: words("kept"), reason: words("nothing more is needed") };
    records.close_files(lead, &[raised.file], &closing).await.expect("closed");
    assert_eq!(looked_up(&ground).await, 0);
    minute();
    records.add_to_report(school.session("teacher"), raised.entry, &seen("it was no game")).await.expect("more");
    assert_eq!(looked_up(&ground).await, 1);
    assert_eq!(records.concerns(lead, &Wanted::default()).await.expect("what waits").concerns.len(), 1);
    // Another closing, and an opening again by hand.
    minute();
    records.decide_concern(lead, raised.file, &decision).await.expect("decided");
    records.read_concern(lead, raised.file).await.expect("read");
    minute();
    records.close_files(lead, &[raised.file], &closing).await.expect("closed");
    assert_eq!(looked_up(&ground).await, 0);
    minute();
    records.reopen_file(lead, raised.file, &words("it goes on")).await.expect("opened");
    assert_eq!(looked_up(&ground).await, 1);
}
