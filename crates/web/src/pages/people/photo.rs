//! Somebody's photograph: shown, handed in, taken away. What is beside the picture is left out (`holdfast_records::people::Photo`).

use super::{Identity, announce, at, frame, named, read_to};
use crate::{
    fields::Fields,
    kit::Field,
    pages::{
        form::{FormPage, Part, Wrong, comes_back},
        found,
    },
    visit::{Answered, SignedVisit},
};
use axum::{http::header, response::IntoResponse};
use holdfast_records::{
    Fault,
    access::Act,
    people::{Person, Photo, PhotoFormat},
};

/// The most that the form may send: more than is kept, so that too large a picture is told as that.
pub(crate) const MOST: usize = 4 * 1024 * 1024;

/// The picture itself.
pub(crate) async fn picture(visit: SignedVisit) -> Answered {
    let photo = visit.records.photo(&visit.session, named(&visit)?).await?;
    let kind = match photo.format {
        PhotoFormat::Jpeg => "image/jpeg",
        PhotoFormat::Png => "image/png",
    };
    Ok(([(header::CONTENT_TYPE, kind)], photo.bytes).into_response())
}

pub(crate) async fn page(visit: SignedVisit) -> Answered {
    let person = read_to(&visit, Act::PersonChanged).await?;
    form(&visit, &person, Wrong::default()).into()
}

pub(crate) async fn set(visit: SignedVisit, fields: Fields) -> Answered {
    let person = read_to(&visit, Act::PersonChanged).await?;
    let takes_away = fields.get("remove") == "yes";
    let picture = match fields.file("picture") {
        _ if takes_away => Ok(None),
        Some(bytes) => Photo::read(bytes).map(Some),
        None => Err(Fault::wrong("Choose a file.")),
    };
    let revision = fields.get("revision").parse().unwrap_or_default();
    let done = match picture {
        Ok(picture) => visit.records.set_photo(&visit.session, person.id, revision, picture.as_ref()).await,
        Err(fault) => Err(fault),
    };
    match done {
        Ok(()) if takes_away => {
            announce(&visit, "There is no photograph now", "Without one, look twice at class and date of birth.");
            Ok(found(&at(person.id)))
        }
        Ok(()) => {
            announce(&visit, "The photograph is set", "Only the picture was kept, not where and when it was taken.");
            Ok(found(&at(person.id)))
        }
        Err(fault) if comes_back(&fault) => form(&visit, &person, Wrong::of(&fault, &[], "picture")).into(),
        Err(fault) => Err(fault),
    }
}

fn form(visit: &SignedVisit, person: &Person, wrong: Wrong) -> FormPage {
    let field = Field::new("picture", "The picture")
        .hint("A JPEG or PNG, up to 512 KiB and 2,000 pixels a side.")
        .error(wrong.field("picture"));
    let mut parts =
        vec![Part::File(field, "image/jpeg,image/png"), Part::Kept("revision", person.revision.to_string())];
    if person.has_photo {
        let remove = crate::kit::Choices::new("remove", "Or").option("yes", "Take the photograph away");
        parts.insert(1, Part::Ticks(remove));
    }
    FormPage {
        identity: Some(Identity::of(visit, person)),
        words: vec![
            "It shows at a glance that it is the right person. Where and when it was taken is left out of the file."
                .to_owned(),
        ],
        wrong,
        parts,
        sends_file: true,
        ..FormPage::new(frame(visit), "Their photograph", format!("{}/picture", at(person.id)), at(person.id))
    }
}
