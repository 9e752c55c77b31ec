//! Building the router from the table, and what stands before every page: our own names only, a private connection where
//! somebody signs in, forms from our own pages only, and headers that keep a page to itself.

use crate::{
    fields::{Fields, MOST_BYTES},
    glance::Glance,
    log_work::LogWork,
    pages::{self, errors, found},
    passed_on::{Whence, whence},
    routes::{self, Access, Answer, Answering, Route},
    seats::{Seat, Seats, SecondStep, Stage},
    sign_on::SignOn,
    sources::Sources,
    visit::{Answered, Caller, DoorVisit, HelpVisit, Places, SignedIn, SignedVisit, Visit},
};
use axum::{
    Extension, Router,
    body::Body,
    extract::{RawPathParams, State},
    http::{HeaderMap, HeaderValue, Method, Request, StatusCode, header},
    middleware::{Next, from_fn_with_state},
    response::Response,
    routing::MethodRouter,
};
use holdfast_records::{Fault, Myself, Records, Session, access::Actor, id, people::Kind};
use jiff::Timestamp;
use std::{net::IpAddr, sync::Arc, time::Duration};
use tokio::{sync::Semaphore, time::timeout};

/// How long a page that needs nobody signed in waits to learn who is.
const WHO_WITHIN: Duration = Duration::from_secs(1);
/// The way out.
const SIGN_OUT: &str = "/sign-out";
/// How many files are read at once: together they hold this many times what a route takes at most.
const MOST_UPLOADS: usize = 4;
/// How long somebody who sends a file waits for their turn.
const TURN_WITHIN: Duration = Duration::from_secs(20);

/// Both ends of a connection.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ends {
    pub(crate) client: IpAddr,
    pub(crate) came_to: IpAddr,
    /// Whether nobody between the two can read or change what is said.
    pub(crate) is_secure: bool,
}

/// What all routes share.
struct House {
    sources: Arc<Sources>,
    glance: Glance,
    seats: Arc<Seats>,
    log_work: Arc<LogWork>,
    sign_on: Arc<SignOn>,
    /// The turns of those who send a file.
    uploads: Semaphore,
}

/// A form with words that must not be lost, and what kept it from being taken.
pub(crate) struct Lost<'a> {
    pub(crate) sources: &'a Sources,
    pub(crate) fields: &'a Fields,
    /// Who is signed in and may send it, if anybody is.
    pub(crate) visit: Option<&'a SignedVisit>,
    /// Who is signed in and reaches no such page any more.
    pub(crate) who: Option<&'a SignedIn>,
    /// What the form needs to be sent again.
    pub(crate) token: &'a str,
    pub(crate) path: &'a str,
    pub(crate) obstacle: Obstacle,
    pub(crate) now: Timestamp,
}

/// What stood in the way of a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Obstacle {
    /// The records could not be reached.
    Away,
    /// Nobody is let in at this browser just now.
    SignedOut,
    /// Whoever began it signed in anew since.
    SignedInAnew,
    /// Somebody else began it, and is not who sits there now.
    SomebodyElses,
    /// They are to show first that it is really them.
    Unconfirmed,
    /// It needs what is sealed, and they have not unlocked it.
    Locked,
    /// What it was written for is not there for them any more: moved, divided, placed, taken from them, or never theirs. Which of these is not
    /// said.
    Gone,
}

/// By which field a form with words is known, which says who began it: one that does not carry it has none to lose.
pub(crate) const BEGUN_BY: &str = "by";

/// Whether whoever sits there is who began a form.
fn is_begun_by(seat: Option<&Seat>, fields: &Fields) -> bool {
    let session = seat.and_then(Seat::session);
    session.is_some_and(|session| match session.actor {
        Actor::Person(person) => person.to_string() == fields.get(BEGUN_BY),
        _ => false,
    })
}

/// How a page behind the door is read and acted on, and whether whoever asks must have shown a moment ago that it is them.
type Handlers = (Option<fn(SignedVisit) -> Answering>, Option<fn(SignedVisit, Fields) -> Answering>, bool);

/// How a form with words is acted on, what comes back where it cannot be taken, and whether whoever sends it must have shown a moment ago
/// that it is them.
type WordsHandlers = (fn(SignedVisit, Fields) -> Answering, fn(&Lost<'_>) -> Response, bool);

/// What is known of a request before its page is asked.
struct Asked {
    caller: Caller,
    query: String,
    places: Places,
    headers: HeaderMap,
    method: Method,
    /// Whether the other end is a program at this computer, and nobody passed it on.
    is_here: bool,
    is_direct: bool,
    is_secure: bool,
}

/// By what it is known who asks.
struct Whom {
    cookie: Option<String>,
    now: Timestamp,
    /// Whether nobody between the two could have read the cookie.
    is_private: bool,
}

impl Asked {
    fn whom(&self) -> Whom {
        let is_private = self.is_here || self.is_secure;
        Whom { cookie: self.caller.cookie.clone(), now: self.caller.now, is_private }
    }
}

/// Builds the router, and tells where people sit. Each request must carry the connection's [`Ends`] as an extension; [`crate::serve`] puts it there.
pub(crate) fn router(sources: Sources) -> (Router, Arc<Seats>) {
    let seats: Arc<Seats> = Arc::default();
    let glance = Glance::new(Arc::clone(&sources.health));
    let sources = Arc::new(sources);
    let house = Arc::new(House {
        sources: Arc::clone(&sources),
        glance,
        seats: Arc::clone(&seats),
        log_work: Arc::default(),
        sign_on: Arc::default(),
        uploads: Semaphore::new(MOST_UPLOADS),
    });
    let mut router = Router::new();
    for route in routes::all() {
        let answering = Arc::clone(&house);
        let handler = move |Extension(ends): Extension<Ends>, places: RawPathParams, request: Request<Body>| {
            let house = Arc::clone(&answering);
            async move {
                let places = Places(places.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect());
                house.answer(route, ends, places, request).await
            }
        };
        let refusing = Arc::clone(&house);
        let mut methods = MethodRouter::new();
        if route.reads() {
            methods = methods.get(handler.clone());
        }
        if route.acts() {
            methods = methods.post(handler);
        }
        router = router.route(
            route.path,
            methods.fallback(move |Extension(ends): Extension<Ends>, request: Request<Body>| async move {
                let mut response = refusing.refuse(ends, request, StatusCode::METHOD_NOT_ALLOWED).await;
                response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(allowed(route)));
                response
            }),
        );
    }
    let router = router
        .fallback(move |Extension(ends): Extension<Ends>, request: Request<Body>| async move {
            house.refuse(ends, request, StatusCode::NOT_FOUND).await
        })
        .layer(from_fn_with_state(Arc::clone(&sources), only_our_own_names))
        .layer(from_fn_with_state(Arc::clone(&sources), harden))
        .with_state(sources);
    (router, seats)
}

/// What a route can be asked with (RFC 9110 §10.2.1).
fn allowed(route: &Route) -> &'static str {
    match (route.reads(), route.acts()) {
        (true, true) => "GET, HEAD, POST",
        (_, false) => "GET, HEAD",
        (false, true) => "POST",
    }
}

impl House {
    async fn answer(&self, route: &'static Route, ends: Ends, places: Places, request: Request<Body>) -> Response {
        let (asked, body) = self.asked(ends, places, request);
        let whom = asked.whom();
        let response = match route.answer {
            Answer::File(_) | Answer::Page(_) | Answer::WithHealth(_) => self.open_page(route, &asked).await,
            Answer::Help(answer) => {
                let answered = answer(self.help_visit(&asked).await).await;
                answered.unwrap_or_else(|fault| errors::of(&self.sources, &fault))
            }
            Answer::Door { .. } | Answer::Signed { .. } | Answer::Words { .. } | Answer::Upload { .. } => {
                let answered = self.private_page(route, asked, body).await;
                answered.unwrap_or_else(|fault| errors::of(&self.sources, &fault))
            }
        };
        self.as_whoever_asks(&whom, response).await
    }

    /// Says that there is no such page, or that nothing can be sent to it.
    async fn refuse(&self, ends: Ends, request: Request<Body>, status: StatusCode) -> Response {
        let (asked, _) = self.asked(ends, Places::default(), request);
        self.as_whoever_asks(&asked.whom(), errors::page(&self.sources, status)).await
    }

    /// A page that says what went wrong is shown in the frame of whoever is signed in; every other answer stays as it is.
    async fn as_whoever_asks(&self, whom: &Whom, response: Response) -> Response {
        if response.extensions().get::<errors::Told>().is_none() {
            return response;
        }
        match self.who(whom).await {
            Some(who) => errors::for_signed_in(&self.sources, &who, response),
            None => response,
        }
    }

    /// What is known of a request before its page is asked, and what it sent.
    fn asked(&self, ends: Ends, places: Places, request: Request<Body>) -> (Asked, Body) {
        let (parts, body) = request.into_parts();
        let proxies = &self.sources.settings.reverse_proxies;
        let Whence { client, is_secure, is_direct, is_here } =
            whence(&parts.headers, ends.client, ends.is_secure, proxies);
        let now = (self.sources.clock)();
        let asked = Asked {
            caller: Caller::new(
                Ends { client, is_secure, ..ends },
                (&parts.method, parts.uri.path()),
                &parts.headers,
                now,
            ),
            query: parts.uri.query().unwrap_or_default().to_owned(),
            places,
            headers: parts.headers,
            method: parts.method,
            is_here,
            is_direct,
            is_secure,
        };
        (asked, body)
    }

    /// A page that needs nobody signed in.
    async fn open_page(&self, route: &'static Route, asked: &Asked) -> Response {
        let settings = &self.sources.settings;
        let client = asked.caller.client;
        let may_measure =
            asked.is_here || (asked.is_direct && settings.metrics_from.iter().any(|net| net.contains(&client)));
        if route.access == Access::Monitors && !may_measure {
            return errors::page(&self.sources, StatusCode::NOT_FOUND);
        }
        let who = match route.answer {
            Answer::File(_) => None,
            _ => self.who(&asked.whom()).await,
        };
        let visit = Visit {
            sources: &self.sources,
            client,
            now: asked.caller.now,
            sees_all: settings.demo_view || asked.is_here,
            query: &asked.query,
            who: who.as_ref(),
        };
        match route.answer {
            Answer::File(answer) | Answer::Page(answer) => answer(&visit),
            Answer::WithHealth(answer) => {
                let seen = self.glance.seen().await;
                answer(&Visit { now: (self.sources.clock)(), ..visit }, seen.as_ref())
            }
            Answer::Help(_)
            | Answer::Door { .. }
            | Answer::Signed { .. }
            | Answer::Words { .. }
            | Answer::Upload { .. } => errors::page(&self.sources, StatusCode::NOT_FOUND),
        }
    }

    /// A visit to a page of help. Who is signed in is kept nowhere.
    async fn help_visit(&self, asked: &Asked) -> HelpVisit {
        let records = self.sources.records.borrow().clone();
        let who = self.who(&asked.whom()).await;
        let token = who.as_ref().map(|who| who.seat.token.to_string()).unwrap_or_default();
        let me = who.and_then(|who| Some((who.me, who.seat.session()?.school)));
        HelpVisit { sources: Arc::clone(&self.sources), records, me, token, now: asked.caller.now }
    }

    /// Who is signed in at this browser, for the head of a page that needs nobody signed in. Such a page waits for no store: where
    /// that does not answer, it is shown as to somebody who is not signed in.
    async fn who(&self, whom: &Whom) -> Option<SignedIn> {
        if !whom.is_private {
            return None;
        }
        let seat = self.seats.glimpse(whom.cookie.as_deref()?, whom.now)?;
        let session = seat.session()?.clone();
        let records = self.sources.records.borrow().clone()?;
        let looking = async {
            let me = records.myself(&session).await?;
            Ok::<_, Fault>(self.is_still_theirs(&records, &seat, &session, &me).await?.then_some(me))
        };
        let me = timeout(WHO_WITHIN, looking).await.ok()?.ok()??;
        // Whoever must set up a second step first is not in yet.
        let is_arriving = me.needs_second_step && seat.shown == SecondStep::NotShown;
        (!is_arriving).then_some(SignedIn { seat, me })
    }

    /// A page of the door, or behind it.
    async fn private_page(&self, route: &'static Route, asked: Asked, body: Body) -> Answered {
        if route.access == Access::Demonstration && !(asked.is_here && self.sources.settings.demonstration.is_some()) {
            return Err(Fault::NotFound);
        }
        if !asked.is_here && !asked.is_secure {
            // Passwords and records do not travel in the clear.
            return Ok(errors::insecure(&self.sources, &asked.caller.path));
        }
        let Some(query) = Fields::parse(asked.query.as_bytes()) else {
            return Ok(errors::page(&self.sources, StatusCode::BAD_REQUEST));
        };
        let is_act = asked.method == Method::POST;
        if is_act && !is_from_our_own_page(&asked.headers, asked.is_secure) {
            return Ok(errors::page(&self.sources, StatusCode::FORBIDDEN));
        }
        let fields = match route.answer {
            _ if !is_act => None,
            Answer::Upload { most, .. } => match self.uploaded(route, &asked, body, most).await? {
                Ok(fields) => Some(fields),
                Err(elsewhere) => return Ok(elsewhere),
            },
            _ => match Fields::read(&asked.headers, body, MOST_BYTES).await {
                Ok(fields) => Some(fields),
                Err(status) => return Ok(errors::page(&self.sources, status)),
            },
        };
        let seat = self.seat(&asked);
        let records = self.sources.records.borrow().clone();
        if let (Answer::Words { post: Some(post), again, confirmed, .. }, Some(fields)) = (route.answer, &fields)
            && !fields.get(BEGUN_BY).is_empty()
        {
            return self.words_page(route, (post, again, confirmed), (records, seat, query), (asked, fields)).await;
        }
        let Some(records) = records else {
            // Whoever wrote at a door finds their words again.
            let kept = fields.as_ref().and_then(|fields| {
                pages::report::came_back(&self.sources, &asked.caller.path, fields, asked.caller.now)
            });
            return Ok(kept.unwrap_or_else(|| errors::no_records(&self.sources)));
        };
        match route.answer {
            Answer::Door { get, post } => {
                if let Some(way) = unfinished(&records, route, seat.as_ref()).await? {
                    return Ok(found(way));
                }
                let visit = DoorVisit {
                    sources: Arc::clone(&self.sources),
                    records,
                    seats: Arc::clone(&self.seats),
                    seat,
                    caller: asked.caller,
                    query,
                    places: asked.places,
                    sign_on: Arc::clone(&self.sign_on),
                };
                match (fields, get, post) {
                    (Some(fields), _, Some(post)) => post(visit, fields).await,
                    (None, Some(get), _) => get(visit).await,
                    _ => Err(Fault::NotFound),
                }
            }
            Answer::Signed { get, post, confirmed } | Answer::Words { get, post, confirmed, .. } => {
                self.signed_page(route, (get, post, confirmed), (records, seat, query), (asked, fields)).await
            }
            Answer::Upload { get, post, .. } => {
                self.signed_page(route, (get, post, false), (records, seat, query), (asked, fields)).await
            }
            Answer::File(_) | Answer::Page(_) | Answer::WithHealth(_) | Answer::Help(_) => Err(Fault::NotFound),
        }
    }

    /// The seat at which somebody asks.
    fn seat(&self, asked: &Asked) -> Option<Seat> {
        self.seats.find(asked.caller.cookie.as_deref()?, asked.caller.now)
    }

    /// What a form with a file sent. It may be large, so who sends it, and whether they may, is known before any of it is read; the
    /// page then asks again, since reading takes a while.
    async fn uploaded(
        &self,
        route: &'static Route,
        asked: &Asked,
        body: Body,
        most: usize,
    ) -> Result<Result<Fields, Response>, Fault> {
        let Some(records) = self.sources.records.borrow().clone() else {
            return Ok(Err(errors::no_records(&self.sources)));
        };
        if let Err(elsewhere) = self.let_in(route, &records, self.seat(asked), asked).await? {
            return Ok(Err(elsewhere));
        }
        let Ok(Ok(_turn)) = timeout(TURN_WITHIN, self.uploads.acquire()).await else {
            return Ok(Err(errors::page(&self.sources, StatusCode::SERVICE_UNAVAILABLE)));
        };
        let read = Fields::read(&asked.headers, body, most).await;
        Ok(read.map_err(|status| errors::page(&self.sources, status)))
    }

    /// A form behind the door with words that must not be lost: where it cannot be taken, the page that says why has them, and it can
    /// be sent again from there. Nothing is done before whoever sends it is known, is who began it, and their form's token is right.
    async fn words_page(
        &self,
        route: &'static Route,
        (post, again, confirmed): WordsHandlers,
        (records, seat, query): (Option<Records>, Option<Seat>, Fields),
        (asked, fields): (Asked, &Fields),
    ) -> Answered {
        let (sources, path, now, whom) = (&*self.sources, asked.caller.path.clone(), asked.caller.now, asked.whom());
        let empty =
            Lost { sources, fields, visit: None, who: None, token: "", path: &path, obstacle: Obstacle::Away, now };
        let lost = |visit: Option<&SignedVisit>, token: &str, obstacle| {
            let answer = again(&Lost { visit, token, obstacle, ..empty });
            if visit.is_some() { may_ask(answer) } else { answer }
        };
        let Some(records) = records else { return Ok(lost(None, fields.exact("token"), Obstacle::Away)) };
        let is_theirs = is_begun_by(seat.as_ref(), fields);
        let visit = match self.signed(route, records, seat, asked, query).await {
            Ok(Ok(visit)) => visit,
            Ok(Err(_to_the_door)) => return Ok(lost(None, "", Obstacle::SignedOut)),
            Err(Fault::Unavailable(words) | Fault::Damaged(words)) => {
                tracing::error!("a form could not be taken: {words}");
                return Ok(lost(None, fields.exact("token"), Obstacle::Away));
            }
            // Their duty may have ended while they wrote.
            Err(Fault::NotFound) if is_theirs => {
                let who = self.who(&whom).await;
                return Ok(again(&Lost { who: who.as_ref(), obstacle: Obstacle::Gone, ..empty }));
            }
            Err(fault) => return Err(fault),
        };
        if !is_theirs {
            return Ok(lost(Some(&visit), "", Obstacle::SomebodyElses));
        }
        let token = Arc::clone(&visit.seat.token);
        if !is_same(fields.exact("token"), &token) {
            return Ok(lost(Some(&visit), &token, Obstacle::SignedInAnew));
        }
        if confirmed && !visit.seat.is_confirmed(now) {
            return Ok(lost(Some(&visit), &token, Obstacle::Unconfirmed));
        }
        // Whoever is still signed in has their words back on a page with their name and their way out, that hides itself.
        match post(visit.clone(), fields.clone()).await {
            Err(Fault::Unavailable(words) | Fault::Damaged(words)) => {
                tracing::error!("a form could not be taken: {words}");
                Ok(lost(Some(&visit), &token, Obstacle::Away))
            }
            Err(Fault::Locked(_)) => Ok(lost(Some(&visit), &token, Obstacle::Locked)),
            Err(Fault::NotFound) => Ok(lost(Some(&visit), &token, Obstacle::Gone)),
            answered => answered.map(may_ask),
        }
    }

    /// A page behind the door.
    async fn signed_page(
        &self,
        route: &'static Route,
        (get, post, confirmed): Handlers,
        (records, seat, query): (Records, Option<Seat>, Fields),
        (asked, fields): (Asked, Option<Fields>),
    ) -> Answered {
        let visit = match self.signed(route, records, seat, asked, query).await? {
            Ok(visit) => visit,
            Err(elsewhere) => return Ok(elsewhere),
        };
        if let Some(fields) = &fields
            && !is_same(fields.exact("token"), &visit.seat.token)
        {
            return Ok(errors::page(&self.sources, StatusCode::FORBIDDEN));
        }
        if confirmed && !visit.seat.is_confirmed(visit.caller.now) {
            return Ok(pages::account::confirm_first(&visit, route));
        }
        let answered = match (fields, get, post) {
            (Some(fields), _, Some(post)) => post(visit, fields).await,
            (None, Some(get), _) => get(visit).await,
            _ => Err(Fault::NotFound),
        };
        answered.map(may_ask)
    }

    /// Who is signed in at this seat, read afresh, and may use this route; or where they must go first.
    async fn let_in(
        &self,
        route: &'static Route,
        records: &Records,
        seat: Option<Seat>,
        asked: &Asked,
    ) -> Result<Result<(Seat, Session, Myself), Response>, Fault> {
        let then = (asked.method != Method::POST).then_some(asked.caller.path.as_str());
        let Some((seat, session)) = seat.and_then(|seat| seat.session().cloned().map(|session| (seat, session))) else {
            return Ok(Err(first(route, then)));
        };
        let me = match records.myself(&session).await {
            Ok(me) => me,
            // Their key or their account is gone, or they are: so is the seat.
            Err(Fault::NotAllowed(_) | Fault::NotFound) => {
                if let Some(cookie) = &asked.caller.cookie {
                    self.seats.leave(cookie);
                }
                return Ok(Err(first(route, then)));
            }
            Err(fault) => return Err(fault),
        };
        if !self.is_still_theirs(records, &seat, &session, &me).await? {
            if let Some(cookie) = &asked.caller.cookie {
                self.seats.leave(cookie);
            }
            return Ok(Err(first(route, then)));
        }
        if !is_for(route, &seat, &me) {
            return Err(Fault::NotFound);
        }
        if me.needs_second_step && seat.shown == SecondStep::NotShown && route.access != Access::Arriving {
            return Ok(Err(pages::second_step::first(then)));
        }
        if seat.owes && route.access != Access::Arriving && !pages::password::comes_first(route.path) {
            return Ok(Err(pages::password::due_first(then)));
        }
        if let Access::May(capability) = route.access
            && !me.may(capability)
        {
            return Err(Fault::NotFound);
        }
        Ok(Ok((seat, session, me)))
    }

    /// A visit of whoever is signed in at this seat; or where they must go first.
    async fn signed(
        &self,
        route: &'static Route,
        records: Records,
        seat: Option<Seat>,
        asked: Asked,
        query: Fields,
    ) -> Result<Result<SignedVisit, Response>, Fault> {
        let (seat, session, me) = match self.let_in(route, &records, seat, &asked).await? {
            Ok(let_in) => let_in,
            Err(elsewhere) => return Ok(Err(elsewhere)),
        };
        if pages::sign_in::is_safeguarding(&me) {
            self.seats.tighten(seat.number);
        }
        let (caller, places) = (asked.caller, asked.places);
        let (sources, seats, sign_on) = (Arc::clone(&self.sources), Arc::clone(&self.seats), Arc::clone(&self.sign_on));
        let (glance, log_work) = (self.glance.clone(), Arc::clone(&self.log_work));
        Ok(Ok(SignedVisit {
            sources,
            records,
            seats,
            glance,
            log_work,
            seat,
            session,
            me,
            caller,
            query,
            places,
            sign_on,
        }))
    }
}

impl House {
    /// Whether a seat is still its person's: their key pair is the one they sat down with, which matters where nothing is unlocked
    /// that would tell, and what they showed beside their password is still theirs.
    async fn is_still_theirs(
        &self,
        records: &Records,
        seat: &Seat,
        session: &Session,
        me: &Myself,
    ) -> Result<bool, Fault> {
        if me.key != seat.key {
            return Ok(false);
        }
        if session.unlocked.is_none() {
            // What is unlocked tells by itself that the password is another; here nothing is.
            let due = records.own_password_due(session).await?;
            if due.map(|due| due.set_at) != seat.password_set {
                return Ok(false);
            }
        }
        if let Some(binding) = seat.signed_on
            && !records.is_signed_on(session, binding).await?
        {
            // What they signed in with is theirs no more, or no more the school's.
            return Ok(false);
        }
        match &seat.shown {
            SecondStep::NotShown | SecondStep::OfDemonstration => Ok(true),
            SecondStep::OfClass(class) => records.class_seat_stands(session, class).await,
            SecondStep::Shown(step) => records.step_stands(session, *step).await,
            SecondStep::ByProvider(word) => is_believed(records, session, seat.signed_on, word).await,
        }
    }
}

/// Whether a page is for whoever sits there at all. A pupil in a class reaches pupils' own pages and the way out; pupils' own pages are
/// nobody else's.
fn is_for(route: &Route, seat: &Seat, me: &Myself) -> bool {
    let is_pupils = route.access == Access::Pupil;
    if is_pupils && me.kind != Kind::Pupil {
        return false;
    }
    is_pupils || !seat.is_of_class() || route.path == SIGN_OUT
}

/// Where whoever is not signed in goes first.
fn first(route: &Route, then: Option<&str>) -> Response {
    if route.access == Access::Pupil { found("/sign-in/pupil") } else { pages::sign_in::first(then) }
}

/// Whether the school still believes a provider's word that somebody showed a second step there.
async fn is_believed(
    records: &Records,
    session: &Session,
    binding: Option<id::Binding>,
    word: &str,
) -> Result<bool, Fault> {
    let bindings = records.own_sign_on_bindings(session).await?;
    let Some(binding) = bindings.into_iter().find(|known| Some(known.id) == binding) else { return Ok(false) };
    let providers = records.sign_on_providers(session.school).await?;
    let provider = providers.iter().find(|provider| provider.id == binding.provider);
    Ok(provider.is_some_and(|provider| provider.shown_by.iter().any(|believed| believed == word)))
}

/// Where a seat goes on that has something under way that cannot be begun again, when its browser asks for the door: a sign-in there
/// would take its place, and with it passphrases and codes that nobody has yet.
async fn unfinished(records: &Records, route: &Route, seat: Option<&Seat>) -> Result<Option<&'static str>, Fault> {
    const SEALED: &str = "/sign-in/emergency/";
    if !route.path.starts_with("/sign-in") {
        return Ok(None);
    }
    Ok(match seat.map(|seat| &seat.stage) {
        Some(Stage::SettingUp(setting_up)) => {
            let is_over = match setting_up.is_handed_over() {
                Some(is_handed_over) => is_handed_over,
                None => !records.is_first_run().await?,
            };
            (!is_over).then_some("/set-up")
        }
        Some(Stage::Sealed(session)) if !route.path.starts_with(SEALED) => {
            records.sealed_sign_in_runs(session).await?.then_some("/sign-in/emergency/accounts")
        }
        _ => None,
    })
}

/// Whether two words are the same, without telling by the time how far they agree.
pub(crate) fn is_same(one: &str, other: &str) -> bool {
    aws_lc_rs::constant_time::verify_slices_are_equal(one.as_bytes(), other.as_bytes()).is_ok()
}

/// Whether a form was sent from a page of ours (CSRF; ASVS 5.0 §3.5.1). Browsers say so themselves; of one that does not, the
/// origin must be the host it asks.
fn is_from_our_own_page(headers: &HeaderMap, is_secure: bool) -> bool {
    let one = |name: &str| {
        let mut values = headers.get_all(name).iter();
        match (values.next(), values.next()) {
            (Some(only), None) => only.to_str().ok(),
            _ => None,
        }
    };
    if headers.contains_key("sec-fetch-site") {
        return one("sec-fetch-site") == Some("same-origin");
    }
    let (Some(origin), Some(host)) = (one("origin"), one("host")) else { return false };
    origin.strip_prefix(if is_secure { "https://" } else { "http://" }) == Some(host)
}

async fn only_our_own_names(
    State(sources): State<Arc<Sources>>,
    Extension(ends): Extension<Ends>,
    request: Request<Body>,
    next: Next,
) -> Response {
    let (parts, body) = request.into_parts();
    match crate::origin::check(&parts, &sources.own_hosts, ends.came_to) {
        Ok(()) => next.run(Request::from_parts(parts, body)).await,
        Err(status) => errors::page(&sources, status),
    }
}

/// Marks an answer that stays as it is at its address, so that a browser may keep it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lasting;

impl Lasting {
    const WORDS: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
}

/// Marks a page whose script asks us something: to put off the end of a sign-in, as on every page of whoever is signed in, or to send its
/// form for it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MayAsk;

/// The same page, whose script may ask us.
pub(crate) fn may_ask(mut page: Response) -> Response {
    page.extensions_mut().insert(MayAsk);
    page
}

impl MayAsk {
    const POLICY: HeaderValue = HeaderValue::from_static(
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    );
}

/// What every answer carries: nothing but our own style and pictures, no framing, nothing kept, nothing passed on.
const HEADERS: [(header::HeaderName, HeaderValue); 7] = [
    (
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(
            "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        ),
    ),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    // Nothing to other sites; to our own pages the origin, by which a form of ours is known.
    (header::REFERRER_POLICY, HeaderValue::from_static("same-origin")),
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    (header::HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
    (header::HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
    (
        header::HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static("camera=(), geolocation=(), microphone=()"),
    ),
];

/// For how long a browser keeps to HTTPS: a year (ASVS 5.0 §3.4.1).
const ONLY_HTTPS: HeaderValue = HeaderValue::from_static("max-age=31536000");

async fn harden(
    State(sources): State<Arc<Sources>>,
    Extension(ends): Extension<Ends>,
    request: Request<Body>,
    next: Next,
) -> Response {
    let settings = &sources.settings;
    let whence = whence(request.headers(), ends.client, ends.is_secure, &settings.reverse_proxies);
    let mut response = next.run(request).await;
    let is_lasting = response.extensions().get::<Lasting>().is_some();
    let may_ask = response.extensions().get::<MayAsk>().is_some();
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(name, value);
    }
    if may_ask {
        headers.insert(header::CONTENT_SECURITY_POLICY, MayAsk::POLICY);
    }
    if is_lasting {
        headers.insert(header::CACHE_CONTROL, Lasting::WORDS);
    }
    // A browser that is told this uses HTTPS at every port of the name. So only a school that gives people an address over
    // HTTPS says it: of another one the proxy file, the certificate and the help page are in the clear at that name.
    if whence.is_secure && settings.own_origin.starts_with("https://") {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, ONLY_HTTPS);
    }
    response
}
