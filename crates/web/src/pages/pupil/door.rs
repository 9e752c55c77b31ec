//! A pupil's way in: the code on the board, their name, and what is theirs. Nothing is kept on the device but a cookie that goes with the
//! browser's window, and the browser is not remembered: the next child sits there in an hour.

use super::{Drawing, START, mark_words};
use crate::{
    fields::Fields,
    kit::{Choices, Field, Kind as Typing, Problem, Width},
    pages::{
        Frame, Here, errors, found, plain, render,
        set_up::is_own_form,
        sign_in::{HOME, onward, seat_before, seated},
        status,
    },
    seats::{Limits, NewSeat, SecondStep, Stage},
    visit::{Answered, DoorVisit},
    whence::is_at_school,
};
use askama::Template;
use axum::{http::StatusCode, response::Response};
use holdfast_records::{
    Fault, Session, id,
    pupil::{AtClass, ClassSeat, Picture, Shown, Tile, WayKind},
    settings::define::identity,
};
use jiff::SignedDuration;

/// Where the code is typed.
pub(super) const DOOR: &str = "/sign-in/pupil";

#[derive(Template)]
#[template(path = "pupil/code.html")]
struct CodePage {
    frame: Frame,
    code: Field,
    problems: Vec<Problem>,
}

#[derive(Template)]
#[template(path = "pupil/who.html")]
struct WhoPage {
    frame: Frame,
    tiles: Vec<TileRow>,
}

struct TileRow {
    person: String,
    name: String,
    mark: Option<String>,
}

#[derive(Template)]
#[template(path = "pupil/show.html")]
struct ShowPage {
    frame: Frame,
    name: String,
    mark: Option<String>,
    /// Two questions with the same pictures; none where words are asked for.
    pictures: Vec<PictureQuestion>,
    words: Vec<Field>,
    problems: Vec<Problem>,
}

struct PictureQuestion {
    name: &'static str,
    legend: &'static str,
    error: Option<String>,
    options: Vec<PictureOption>,
}

struct PictureOption {
    /// The first has the question's own name, so that a problem leads to it.
    id: String,
    drawing: Drawing,
    is_chosen: bool,
}

pub(crate) async fn code_page(visit: DoorVisit) -> Answered {
    if let Some(onward) = onward(&visit, HOME) {
        return Ok(onward);
    }
    Ok(asking_for_code(&visit, "", None))
}

pub(crate) async fn code(visit: DoorVisit, fields: Fields) -> Answered {
    let typed = fields.get("code");
    if typed.is_empty() {
        return Ok(asking_for_code(&visit, "", Some("Type the code on the board.".to_owned())));
    }
    let place = visit.caller.place();
    match visit.records.class_of_code(typed, &place, is_at_school(visit.caller.client)).await {
        Ok(at) => seated(&visit, seat_before(&visit, Stage::AtClass(at, None), true), "/sign-in/pupil/who"),
        Err(fault @ Fault::NotAllowed(_)) => Ok(asking_for_code(&visit, typed, Some(plain(&fault)))),
        Err(fault) => Err(fault),
    }
}

fn asking_for_code(visit: &DoorVisit, typed: &str, wrong: Option<String>) -> Response {
    let code = Field::new("code", "The code on the board")
        .kind(Typing::Code)
        .width(Width::Ten)
        .autocomplete("off")
        .hint("It has 6 letters and numbers. Your teacher shows it.")
        .value(typed)
        .error(wrong);
    let problems: Vec<Problem> = code.problem().into_iter().collect();
    let is_wrong = !problems.is_empty();
    let frame = Frame::new(&visit.sources, Here::Pupil).erring(is_wrong);
    render(status(is_wrong), &CodePage { frame, code, problems })
}

pub(crate) async fn who_page(visit: DoorVisit) -> Answered {
    let Some((at, _)) = at_class(&visit) else { return Ok(found(DOOR)) };
    let tiles = match visit.records.class_tiles(at).await {
        Ok(tiles) => tiles,
        Err(Fault::NotFound) => return Ok(over(&visit)),
        Err(fault) => return Err(fault),
    };
    let tiles = tiles
        .into_iter()
        .map(|tile| TileRow { person: tile.person.to_string(), name: tile.first_name, mark: tile.mark.map(mark_words) })
        .collect();
    Ok(render(StatusCode::OK, &WhoPage { frame: framed(&visit), tiles }))
}

pub(crate) async fn who(visit: DoorVisit, fields: Fields) -> Answered {
    let Some((at, _)) = at_class(&visit) else { return Ok(found(DOOR)) };
    if !is_own_form(&visit, &fields) {
        return Ok(errors::page(&visit.sources, StatusCode::FORBIDDEN));
    }
    let person = id::Person::parse(fields.get("person"))?;
    match visit.records.class_asks(at, person).await {
        Ok(_) => seated(&visit, seat_before(&visit, Stage::AtClass(at, Some(person)), true), "/sign-in/pupil/show"),
        Err(Fault::NotFound) => Ok(found("/sign-in/pupil/who")),
        Err(fault) => Err(fault),
    }
}

pub(crate) async fn show_page(visit: DoorVisit) -> Answered {
    match asked(&visit).await? {
        Ok((_, tile, kind)) => Ok(showing(&visit, tile, kind, [None, None], None)),
        Err(elsewhere) => Ok(elsewhere),
    }
}

pub(crate) async fn show(visit: DoorVisit, fields: Fields) -> Answered {
    let (at, tile, kind) = match asked(&visit).await? {
        Ok(asked) => asked,
        Err(elsewhere) => return Ok(elsewhere),
    };
    if !is_own_form(&visit, &fields) {
        return Ok(errors::page(&visit.sources, StatusCode::FORBIDDEN));
    }
    let person = tile.person;
    let chosen = ["first", "second"].map(|name| Picture::from_word(fields.get(name)));
    let words = ["first", "second"].map(|name| fields.exact(name).trim().to_owned()).join(" ");
    let shown = match (kind, chosen) {
        (WayKind::Pictures, [Some(first), Some(second)]) => Shown::Pictures([first, second]),
        (WayKind::Pictures, chosen) => {
            let wrong = "Choose your first picture and your second picture.".to_owned();
            return Ok(showing(&visit, tile, kind, chosen, Some(wrong)));
        }
        (WayKind::Words, _) if words.trim().is_empty() => {
            return Ok(showing(&visit, tile, kind, [None, None], Some("Type your two words.".to_owned())));
        }
        (WayKind::Words, _) => Shown::Words(&words),
    };
    match visit.records.enter_class(at, person, &shown).await {
        Ok((session, seat)) => sit_down(&visit, session, seat).await,
        // What was chosen is not shown again: somebody may look.
        Err(fault @ Fault::NotAllowed(_)) => Ok(showing(&visit, tile, kind, [None, None], Some(plain(&fault)))),
        Err(Fault::NotFound) => Ok(over(&visit)),
        Err(fault) => Err(fault),
    }
}

/// Seats a pupil whom the records let in to their class.
pub(in crate::pages) async fn sit_down(visit: &DoorVisit, session: Session, seat: ClassSeat) -> Answered {
    let me = visit.records.myself(&session).await?;
    let password_set = visit.records.own_password_due(&session).await?.map(|due| due.set_at);
    let new = NewSeat {
        limits: limits(visit, seat.at).await?,
        shown: SecondStep::OfClass(seat),
        key: me.key,
        password_set,
        ..seat_before(visit, Stage::In(session), true)
    };
    seated(visit, new, START)
}

/// Until the class is over at the latest, and short where nobody asks: others use that computer too.
async fn limits(visit: &DoorVisit, at: AtClass) -> Result<Limits, Fault> {
    let settings = visit.records.settings(at.school).await?;
    let minutes = |minutes: u32| SignedDuration::from_mins(i64::from(minutes));
    let idle = minutes(settings.of(&identity::SIGN_IN_IDLE_SHARED)).min(minutes(settings.of(&identity::SIGN_IN_IDLE)));
    let longest = at.until.duration_since(visit.caller.now);
    // Nothing that needs it is theirs to do.
    Ok(Limits { idle, idle_safeguarding: idle, longest, confirmed: SignedDuration::ZERO })
}

/// The class whose code was typed at this browser, and who was found in it.
fn at_class(visit: &DoorVisit) -> Option<(AtClass, Option<id::Person>)> {
    match visit.seat.as_ref()?.stage {
        Stage::AtClass(at, person) => Some((at, person)),
        _ => None,
    }
}

/// Who stands at the last step, and what they are asked; or where they go first.
async fn asked(visit: &DoorVisit) -> Result<Result<(AtClass, Tile, WayKind), Response>, Fault> {
    let Some((at, Some(person))) = at_class(visit) else { return Ok(Err(found("/sign-in/pupil/who"))) };
    match visit.records.class_asks(at, person).await {
        Ok((tile, kind)) => Ok(Ok((at, tile, kind))),
        Err(Fault::NotFound) => Ok(Err(found("/sign-in/pupil/who"))),
        Err(fault) => Err(fault),
    }
}

/// The class is over: back to the code.
fn over(visit: &DoorVisit) -> Response {
    let wrong = "This class is finished. Ask your teacher for a new code.".to_owned();
    asking_for_code(visit, "", Some(wrong))
}

fn framed(visit: &DoorVisit) -> Frame {
    let token = visit.seat.as_ref().map(|seat| seat.token.to_string()).unwrap_or_default();
    Frame { token, ..Frame::new(&visit.sources, Here::Pupil) }
}

fn showing(
    visit: &DoorVisit,
    tile: Tile,
    kind: WayKind,
    chosen: [Option<Picture>; 2],
    wrong: Option<String>,
) -> Response {
    let problems: Vec<Problem> = wrong.iter().map(|wrong| Problem::at("first", wrong.clone())).collect();
    let is_wrong = wrong.is_some();
    let [first, second] = chosen;
    let (pictures, words) = match kind {
        WayKind::Pictures => (
            vec![
                question("first", "Your first picture", first, wrong),
                question("second", "Your second picture", second, None),
            ],
            Vec::new(),
        ),
        WayKind::Words => {
            (Vec::new(), vec![word("first", "Your first word", wrong), word("second", "Your second word", None)])
        }
    };
    let page = ShowPage {
        frame: framed(visit).erring(is_wrong),
        name: tile.first_name,
        mark: tile.mark.map(mark_words),
        pictures,
        words,
        problems,
    };
    render(status(is_wrong), &page)
}

fn question(
    name: &'static str,
    legend: &'static str,
    chosen: Option<Picture>,
    error: Option<String>,
) -> PictureQuestion {
    // The same ids as radios of the kit have.
    let mut ids = Choices::new(name, legend);
    for picture in Picture::ALL {
        ids = ids.option(picture.word(), picture.title());
    }
    let options = ids.identified().zip(Picture::ALL).map(|((id, _), picture)| PictureOption {
        id,
        drawing: Drawing::of(*picture),
        is_chosen: chosen == Some(*picture),
    });
    PictureQuestion { name, legend, error, options: options.collect() }
}

fn word(name: &'static str, label: &'static str, error: Option<String>) -> Field {
    Field::new(name, label).kind(Typing::Code).width(Width::Twenty).autocomplete("off").error(error)
}
