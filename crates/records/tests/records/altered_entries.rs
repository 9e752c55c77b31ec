//! One entry of a file that somebody altered in the database: it is seen, also where only what stands open beside its words was
//! altered, and it does not take the rest of the file with it.

use crate::{
    filing::{Filing, seen, words},
    ground::{Ground, both},
};
use holdfast_records::{Fault, file::Wrong, id};

both!(what_stands_open_beside_the_words_is_bound_to_them, an_altered_entry_leaves_the_rest_of_the_file);

/// A file with two entries; the second one is the lead's.
async fn two_entries(school: &Filing) -> (id::File, [id::Entry; 2]) {
    let raised = school.raise("head", "ann", "came without a coat").await;
    let next = school.records.add_entry(school.session("lead"), raised.file, &seen("fell asleep in class")).await;
    (raised.file, [raised.entry, next.expect("added")])
}

async fn what_stands_open_beside_the_words_is_bound_to_them(ground: Ground) {
    let school = Filing::new(&ground).await;
    let (file, [first, next]) = two_entries(&school).await;
    let lead = school.session("lead");
    let was = format!("(SELECT {{}} FROM file_entry WHERE id = '{next}')");
    let alterations = [
        ("author", format!("'{}'", school.person("lead")), format!("'{}'", school.person("head"))),
        ("author", "NULL".to_owned(), format!("'{}'", school.person("head"))),
        ("kind", "'opinion'".to_owned(), "'seen'".to_owned()),
        ("severity", "1".to_owned(), String::new()),
        ("amends", format!("'{next}'"), "NULL".to_owned()),
        ("moment", "1".to_owned(), "NULL".to_owned()),
        ("recorded_at", "recorded_at + 1".to_owned(), "recorded_at - 1".to_owned()),
    ];
    for (column, altered, before) in alterations {
        let before = if before.is_empty() { was.replace("{}", column) } else { before };
        ground.order(&format!("UPDATE file_entry SET {column} = {altered} WHERE id = '{first}'")).await;
        let read = school.records.read_file(lead, file).await.expect("the rest is read");
        let told: Vec<&str> = read.altered.iter().map(|altered| altered.id.as_str()).collect();
        assert_eq!(told, [first.to_string()], "{column}");
        assert_eq!(read.entries.iter().map(|entry| entry.id).collect::<Vec<_>>(), [next], "{column}");
        ground.order(&format!("UPDATE file_entry SET {column} = {before} WHERE id = '{first}'")).await;
        let read = school.records.read_file(lead, file).await.expect("read");
        assert_eq!((read.entries.len(), read.altered.len()), (2, 0), "{column} as it was");
    }
}

async fn an_altered_entry_leaves_the_rest_of_the_file(ground: Ground) {
    let school = Filing::new(&ground).await;
    let (file, [first, next]) = two_entries(&school).await;
    let lead = school.session("lead");
    let sql =
        format!("UPDATE file_entry SET text = (SELECT text FROM file_entry WHERE id = '{next}') WHERE id = '{first}'");
    ground.order(&sql).await;
    let read = school.records.read_file(lead, file).await.expect("the rest is read");
    assert_eq!(read.entries.iter().map(|entry| entry.text.as_str()).collect::<Vec<_>>(), ["fell asleep in class"]);
    assert_eq!(read.altered.iter().map(|altered| altered.id.clone()).collect::<Vec<_>>(), [first.to_string()]);
    let found = school.records.search_files(lead, "asleep").await.expect("searched");
    assert_eq!(found.files.iter().map(|(_, hits)| hits.clone()).collect::<Vec<_>>(), [vec![next]]);
    // What is moved is sealed again and vouched for anew: not while something in it was altered.
    let (ben, why) = (school.person("ben"), words("it was Ben"));
    let moved = school.records.mend_wrong_child(lead, Wrong::File(file), ben, &why, &ground.place()).await;
    assert!(matches!(moved, Err(Fault::Damaged(_))), "{moved:?}");
}
