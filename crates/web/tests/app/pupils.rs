//! The school with pupils, a class and their families, for the tests of the pages of people.

use crate::{
    browser::{Answer, Browser},
    school::School,
};
use holdfast_records::{
    Session, id,
    people::{Kind, NewPerson, Part},
};
use jiff::civil::date;

/// Two pupils with one name, a third, a mother, and a class with a teacher.
pub struct Pupils {
    pub school: School,
    pub office: Session,
    pub ann: id::Person,
    pub other_ann: id::Person,
    pub ben: id::Person,
    pub mother: id::Person,
}

impl Pupils {
    pub async fn new() -> Self {
        Self::in_school(School::new().await).await
    }

    /// In a school that is there.
    pub async fn in_school(school: School) -> Self {
        let office = school.ready("office").await;
        let records = &school.records;
        let mut pupils = Vec::new();
        for (name, born) in
            [("Ann Birch", date(2014, 6, 8)), ("Ann Birch", date(2015, 1, 30)), ("Ben Ash", date(2014, 11, 2))]
        {
            let pupil = NewPerson { date_of_birth: Some(born), ..NewPerson::new(Kind::Pupil, name) };
            pupils.push(records.add_person(&office, pupil).await.expect("added"));
        }
        let mother = school.mother(&office, pupils[0], "Pia Birch").await;
        records.add_class(&office, "7B", "Seven Birches").await.expect("a class");
        records.join_class(&office, "7B", pupils[0], Part::Learns).await.expect("she learns");
        let teacher = records.find_people(&office, "Martin Pike", None).await.expect("found").people[0].id;
        records.join_class(&office, "7B", teacher, Part::Teaches).await.expect("he teaches");
        Self { office, ann: pupils[0], other_ann: pupils[1], ben: pupils[2], mother, school }
    }

    /// Somebody of the staff by name.
    pub async fn person(&self, name: &str) -> id::Person {
        let found = self.school.records.find_people(&self.office, name, None).await.expect("found");
        found.people.first().expect("somebody has that name").id
    }

    /// A browser in which the office is signed in.
    pub async fn office(&self) -> Browser {
        self.again("office").await
    }

    /// A browser in which somebody is signed in who chose their password before.
    pub async fn again(&self, word: &str) -> Browser {
        let mut browser = self.school.browser();
        assert_eq!(self.school.enter(&mut browser, word, &[]).await, "/today");
        browser
    }
}

/// What stands between two words of a page.
pub fn between<'a>(answer: &'a Answer, before: &str, after: &str) -> &'a str {
    let (_, rest) = answer.text.split_once(before).unwrap_or_else(|| panic!("no “{before}” in {}", answer.text));
    rest.split_once(after).expect("it ends").0
}
