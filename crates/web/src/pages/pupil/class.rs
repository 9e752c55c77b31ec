//! An adult lets their class in: the code for the board, who came, and cards.

use super::{CardRow, mark_words};
use crate::{
    fields::Fields,
    kit::{Choices, Tag, Tone},
    pages::{
        Frame, Here, announce,
        form::{FormPage, Part, Wrong, comes_back},
        found,
        people::may,
        render,
    },
    visit::{Answered, SignedVisit},
    words,
};
use askama::Template;
use axum::http::StatusCode;
use holdfast_records::{
    Fault,
    access::{Act, Capability},
    id,
    pupil::{Here as Pupil, OpenClass, WayKind},
};
use zeroize::Zeroizing;

#[derive(Template)]
#[template(path = "pupil/class.html")]
struct ClassPage {
    frame: Frame,
    id: id::Class,
    code: String,
    board: Option<Board>,
    rows: Vec<Row>,
    /// “3 of 28 came in”.
    told: String,
    /// Whether somebody has nothing to show yet, and cards may be made.
    lacks_cards: bool,
}

#[derive(Template)]
#[template(path = "pupil/board.html")]
struct BoardPage {
    frame: Frame,
    id: id::Class,
    board: Option<Board>,
}

struct Board {
    /// In two groups, as it is read aloud.
    code: Zeroizing<String>,
    until: String,
    address: String,
}

struct Row {
    id: String,
    name: String,
    door_name: String,
    shows: &'static str,
    tag: Tag,
    is_stuck: bool,
    may_help: bool,
}

#[derive(Template)]
#[template(path = "pupil/cards.html")]
pub(super) struct CardsPage {
    pub(super) frame: Frame,
    pub(super) back: String,
    pub(super) address: String,
    pub(super) cards: Vec<CardRow>,
}

pub(crate) async fn page(visit: SignedVisit) -> Answered {
    let class = named(&visit)?;
    let door = visit.records.class_door(&visit.session, class).await?;
    let board = door.open.map(|open| board_of(&visit, &open));
    let came = door.pupils.iter().filter(|pupil| pupil.came.is_some()).count();
    let mut rows = Vec::new();
    for pupil in &door.pupils {
        rows.push(row(&visit, pupil, board.is_some()).await?);
    }
    let page = ClassPage {
        frame: Frame::signed(&visit, Here::People).hiding(),
        id: class,
        code: door.class_code,
        told: format!("{came} of {} came in", door.pupils.len()),
        lacks_cards: door.pupils.iter().any(|pupil| pupil.way.is_none()) && visit.me.may(Capability::HelpPupils),
        board,
        rows,
    };
    Ok(render(StatusCode::OK, &page))
}

/// The code alone: what may be seen on the board, where the list of who came and who needs help may not (practice 13).
pub(crate) async fn board(visit: SignedVisit) -> Answered {
    let class = named(&visit)?;
    let open = visit.records.class_door(&visit.session, class).await?.open;
    let board = open.map(|open| board_of(&visit, &open));
    Ok(render(StatusCode::OK, &BoardPage { frame: Frame::signed(&visit, Here::People), id: class, board }))
}

fn board_of(visit: &SignedVisit, open: &OpenClass) -> Board {
    let (first, second) = open.code.split_at(open.code.len() / 2);
    Board {
        code: Zeroizing::new(format!("{first} {second}")),
        until: words::hour(open.until, &visit.sources.school.zone),
        address: address(visit),
    }
}

async fn row(visit: &SignedVisit, pupil: &Pupil, is_open: bool) -> Result<Row, Fault> {
    let zone = &visit.sources.school.zone;
    let tag = match (pupil.came, pupil.is_stuck, pupil.way) {
        (_, true, _) => Tag::new("Needs you: wrong 6 times", Tone::Warn),
        (Some(at), ..) => Tag::new(format!("Came in {}", words::hour(at, zone)), Tone::Good),
        (None, _, None) => Tag::new("Has no card", Tone::Plain),
        (None, ..) if is_open => Tag::new("Not yet", Tone::Plain),
        _ => Tag::new("Has a card", Tone::Plain),
    };
    let mark = pupil.mark.map(|mark| format!("{} ", mark_words(mark))).unwrap_or_default();
    Ok(Row {
        id: pupil.person.to_string(),
        name: pupil.full_name.clone(),
        door_name: format!("{} {}", pupil.first_name, mark.trim_end()).trim_end().to_owned(),
        shows: match pupil.way {
            Some(WayKind::Pictures) => "Two pictures",
            Some(WayKind::Words) => "Two words",
            None => "Nothing yet",
        },
        tag,
        is_stuck: pupil.is_stuck,
        may_help: may(visit, Act::PupilWaySet, pupil.person).await?,
    })
}

pub(crate) async fn open(visit: SignedVisit, _: Fields) -> Answered {
    let class = named(&visit)?;
    visit.records.open_class(&visit.session, class, &visit.caller.place()).await?;
    let told = "Show the code on the board. It ends by itself after an hour. That you opened it stands in the log.";
    announce(&visit, "The class is open", told);
    Ok(found(&path(class)))
}

pub(crate) async fn end(visit: SignedVisit, _: Fields) -> Answered {
    let class = named(&visit)?;
    visit.records.close_class(&visit.session, class).await?;
    announce(
        &visit,
        "The class is ended",
        "The code is good for nothing any more, and whoever came in by it is signed out.",
    );
    Ok(found(&path(class)))
}

pub(crate) async fn again(visit: SignedVisit, fields: Fields) -> Answered {
    let class = named(&visit)?;
    let person = id::Person::parse(fields.get("person"))?;
    match visit.records.let_pupil_try_again(&visit.session, class, person).await {
        Ok(()) => announce(
            &visit,
            "They may try again",
            "If they forgot, make them a new card. If somebody else tried to be them, make one too, and talk with who it was.",
        ),
        Err(Fault::Changed(words)) => announce(&visit, "Nothing was done", words),
        Err(fault) => return Err(fault),
    }
    Ok(found(&path(class)))
}

pub(crate) async fn cards_page(visit: SignedVisit) -> Answered {
    // A class that is not there is told so before anything is chosen.
    visit.records.class(&visit.session, named(&visit)?).await?;
    cards_form(&visit, &Fields::default(), Wrong::default())
}

pub(crate) async fn cards(visit: SignedVisit, fields: Fields) -> Answered {
    let class = named(&visit)?;
    let Some(kind) = WayKind::from_word(fields.get("kind")) else {
        return cards_form(&visit, &fields, Wrong::at("kind", "Choose pictures or words."));
    };
    match visit.records.set_class_ways(&visit.session, class, kind).await {
        Ok(cards) if cards.is_empty() => {
            let wrong = "No card was made: everybody has one, or the school has words or passwords for pupils of their year. \
                The page of each pupil says which.";
            cards_form(&visit, &fields, Wrong::at("kind", wrong))
        }
        Ok(cards) => {
            let page = CardsPage {
                frame: Frame::signed(&visit, Here::People).hiding(),
                back: format!("/classes/{class}"),
                address: address(&visit),
                cards: cards.iter().map(CardRow::of).collect(),
            };
            Ok(render(StatusCode::OK, &page))
        }
        Err(fault) if comes_back(&fault) => cards_form(&visit, &fields, Wrong::of(&fault, &[], "kind")),
        Err(fault) => Err(fault),
    }
}

fn cards_form(visit: &SignedVisit, fields: &Fields, wrong: Wrong) -> Answered {
    let class = named(visit)?;
    let kind = Choices::new("kind", "What do they show?")
        .option_with("pictures", "Two pictures", "For the youngest, and for whoever is exempted from a password.")
        .option_with("words", "Two words", "For those who read and type.")
        .chosen(fields.get("kind"))
        .error(wrong.field("kind"));
    FormPage {
        words: vec![
            "Everybody in the class who has nothing to show yet gets a card. What others have stays.".to_owned(),
            "The cards are shown once, to be printed and handed out. Nobody can look them up later, you neither: who forgets gets a \
             new one."
                .to_owned(),
        ],
        parts: vec![Part::Radios(kind)],
        wrong,
        button: "Make the cards",
        ..FormPage::new(
            Frame::signed(visit, Here::People).hiding(),
            "Cards for the class",
            format!("{}/cards", path(class)),
            format!("/classes/{class}"),
        )
    }
    .into()
}

/// Where pupils type the code, as they type it into a browser.
pub(super) fn address(visit: &SignedVisit) -> String {
    let settings = &visit.sources.settings;
    let origin = settings.secure_origin.clone().unwrap_or_else(|| settings.own_origin.clone());
    format!("{origin}/sign-in/pupil")
}

fn path(class: id::Class) -> String {
    format!("/classes/{class}/sign-in")
}

fn named(visit: &SignedVisit) -> Result<id::Class, Fault> {
    id::Class::parse(visit.places.get("class"))
}
