//! The register: by kind and class, a page at a time, and by name. A name never stands in an address, so it is sent and not asked
//! for.

use super::{at, frame, places};
use crate::{
    fields::Fields,
    kit::{Area, Choices, PageLinks},
    pages::{
        Frame,
        form::{Search, called, told_apart},
        render,
    },
    visit::{Answered, SignedVisit},
    words,
};
use askama::Template;
use axum::http::StatusCode;
use holdfast_records::{
    access::Capability,
    id,
    people::{Class, Found, Kind, Listing, Picked},
};

#[derive(Template)]
#[template(path = "people/list.html")]
struct ListPage {
    frame: Frame,
    places: Vec<Area>,
    search: Search,
    kinds: Choices,
    classes: Choices,
    states: Option<Choices>,
    may_change: bool,
    caption: String,
    rows: Vec<Row>,
    has_left: bool,
    pages: PageLinks,
}

struct Row {
    name: String,
    href: Option<String>,
    about: String,
    is_namesake: bool,
    left: String,
}

pub(crate) async fn page(visit: SignedVisit) -> Answered {
    let class = match visit.query.get("class") {
        "" => None,
        class => Some(id::Class::parse(class)?),
    };
    let listing = Listing {
        kind: Kind::from_word(visit.query.get("kind")),
        class,
        has_left: visit.query.get("state") == "left",
        page: visit.query.get("page").parse().unwrap_or(1),
    };
    let listed = visit.records.list_people(&visit.session, listing).await?;
    let classes = visit.records.classes(&visit.session).await?;
    let zone = &visit.sources.school.zone;
    let rows = listed
        .people
        .iter()
        .map(|(picked, left)| Row { left: left.map(|left| words::day(left, zone)).unwrap_or_default(), ..row(picked) });
    let rows = rows.collect();
    let caption = match listed.count {
        0 => "Nobody is listed here.".to_owned(),
        1 => "One person".to_owned(),
        count => format!("{} people, by last name", words::Number(u64::try_from(count).unwrap_or_default())),
    };
    let pages = PageLinks::numbered(listed.page, listed.pages, |number| address(&listing, number));
    let page = ListPage { caption, rows, pages, ..empty(&visit, &listing, &classes) };
    Ok(render(StatusCode::OK, &page))
}

pub(crate) async fn search(visit: SignedVisit, fields: Fields) -> Answered {
    let typed = fields.get("search").to_owned();
    let found = visit.records.find_people(&visit.session, &typed, None).await?;
    let classes = visit.records.classes(&visit.session).await?;
    let Found { people, .. } = &found;
    let page = ListPage {
        search: Search::new("Find somebody by name", &typed, Some(&found)),
        caption: "Whom the search found".to_owned(),
        rows: people.iter().map(row).collect(),
        ..empty(&visit, &Listing::default(), &classes)
    };
    Ok(render(StatusCode::OK, &page))
}

fn empty(visit: &SignedVisit, listing: &Listing, classes: &[Class]) -> ListPage {
    let mut kinds = Choices::new("kind", "Who").option("", "Everybody");
    for kind in Kind::ALL {
        kinds = kinds.option(kind.word(), plural(*kind));
    }
    let mut by_class = Choices::new("class", "Class").option("", "Any class or none");
    for class in classes {
        by_class = by_class.option(class.id.to_string(), class.code.clone());
    }
    let may_change = visit.me.may(Capability::ChangePeople);
    let states = Choices::new("state", "Here or left").option("", "Here now").option("left", "Left");
    ListPage {
        frame: frame(visit),
        places: places(visit, "/people"),
        search: Search::new("Find somebody by name", "", None),
        kinds: kinds.chosen(listing.kind.map_or("", Kind::word)),
        classes: by_class.chosen(&listing.class.map(|class| class.to_string()).unwrap_or_default()),
        states: may_change.then(|| states.chosen(if listing.has_left { "left" } else { "" })),
        may_change,
        caption: String::new(),
        rows: Vec::new(),
        has_left: listing.has_left,
        pages: PageLinks::default(),
    }
}

fn row(picked: &Picked) -> Row {
    Row {
        name: called(&picked.full_name, picked.preferred_name.as_deref()),
        href: picked.is_readable.then(|| at(picked.id)),
        about: told_apart(picked),
        is_namesake: picked.another_has_this_name,
        left: String::new(),
    }
}

/// A page of the list: with neutral codes, never a name.
fn address(listing: &Listing, page: usize) -> String {
    let mut parts = Vec::new();
    parts.extend(listing.kind.map(|kind| format!("kind={}", kind.word())));
    parts.extend(listing.class.map(|class| format!("class={class}")));
    parts.extend(listing.has_left.then(|| "state=left".to_owned()));
    parts.push(format!("page={page}"));
    format!("/people?{}", parts.join("&"))
}

fn plural(kind: Kind) -> &'static str {
    match kind {
        Kind::Pupil => "Pupils",
        Kind::Staff => "Staff",
        Kind::Parent => "Parents and carers",
        Kind::Visitor => "Visitors",
        Kind::Governor => "Governors",
        Kind::Outside => "Outside professionals",
    }
}
