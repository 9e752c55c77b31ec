//! Single sign-on with a real provider, and with one that lies.

mod looks;
mod peer;

use crate::school::{PASSWORD, School};
use holdfast_records::{
    Session, id,
    sign_on::{NewProvider, ProviderKind},
};
use jiff::SignedDuration;
use peer::{Peer, Traveller};
use serde_json::json;
use zeroize::Zeroizing;

const CLIENT: &str = "holdfast-at-brook-lane";
const SECRET: &str = "a secret that the provider made for us, long enough";
/// What the provider calls somebody: nothing that says who they are.
const SUBJECT: &str = "248289761001";

/// A school with a provider.
struct Scene {
    school: School,
    peer: Peer,
    head: Session,
    provider: id::Provider,
}

impl Scene {
    /// The real provider; or one that lies.
    async fn new(kind: &str) -> Option<Self> {
        let peer = Peer::start()?;
        // Tokens are of today.
        let school = School::of_now().await;
        let head = school.ready("head").await;
        let provider = school.records.add_sign_on_provider(&head, &other(&peer.issuer())).await.expect("it is added");
        let scene = Self { school, peer, head, provider };
        scene.tell_peer(kind).await;
        Some(scene)
    }

    async fn tell_peer(&self, kind: &str) {
        let client = json!({
            "client_id": CLIENT,
            "client_secret": SECRET,
            "redirect_uris": [format!("{}/back", self.with())],
            "grant_types": ["authorization_code"],
            "response_types": ["code"],
        });
        let what = json!({
            "kind": kind,
            "client": client,
            "who": SUBJECT,
            "amr": ["pwd"],
            "email": "h.marsh@brook-lane.example",
            "lie": null,
            "claims": {},
        });
        self.peer.tell(&what).await;
    }

    fn at(&self, path: &str) -> String {
        format!("http://localhost:{}{path}", self.school.address.port())
    }

    /// The way to the provider.
    fn with(&self) -> String {
        self.at(&format!("/sign-in/with/{}", self.provider))
    }

    /// A browser in which somebody signed in with their password.
    async fn signed_in(&self, word: &str) -> Traveller {
        if word != "head" {
            self.school.ready(word).await;
        }
        let mut browser = self.school.browser();
        assert_eq!(self.school.enter(&mut browser, word, &[]).await, "/today");
        let cookie = browser.cookie.expect("they are in");
        let (name, value) = cookie.split_once('=').expect("a cookie has a value");
        let key = (self.school.address.port(), name.to_owned());
        Traveller { cookies: [(key, value.to_owned())].into() }
    }

    /// Goes there and comes back; what is answered to whoever comes back.
    async fn go(&self, traveller: &mut Traveller, from: &str) -> crate::browser::Answer {
        let back = traveller.follow(from, (self.school.address.port(), &self.back_path())).await;
        traveller.get(&back).await
    }

    fn back_path(&self) -> String {
        format!("/sign-in/with/{}/back", self.provider)
    }

    /// Somebody adds the account that the provider signs in.
    async fn add_account(&self, traveller: &mut Traveller) {
        let answer = self.go(traveller, &self.at(&format!("/account/sign-on/add/{}", self.provider))).await;
        assert_eq!(answer.location(), "/account/sign-on/found");
        let page = self.at("/account/sign-on/found");
        let answer = traveller.act(&page, &page, &[]).await;
        assert_eq!(answer.location(), "/account/sign-on");
    }

    async fn is_in(&self, traveller: &mut Traveller) -> bool {
        traveller.get(&self.at("/today")).await.status == 200
    }
}

fn other(issuer: &str) -> NewProvider {
    NewProvider {
        kind: Some(ProviderKind::Other),
        title: "your school account".to_owned(),
        issuer: issuer.to_owned(),
        client: CLIENT.to_owned(),
        secret: Zeroizing::new(SECRET.to_owned()),
        domain: String::new(),
    }
}

#[tokio::test]
async fn somebody_adds_their_account_signs_in_with_it_and_takes_it_back() {
    let Some(scene) = Scene::new("real").await else { return };
    let door = Traveller::default().get(&scene.at("/sign-in")).await;
    assert!(door.text.contains("Sign in with your school account"), "{}", door.text);
    let mut at_desk = scene.signed_in("teacher").await;
    scene.add_account(&mut at_desk).await;
    let own = at_desk.get(&scene.at("/account/sign-on")).await;
    assert!(own.text.contains("your school account"), "{}", own.text);

    let mut elsewhere = Traveller::default();
    let from = format!("{}?then=%2Faccount", scene.with());
    let answer = scene.go(&mut elsewhere, &from).await;
    assert_eq!(answer.location(), "/account");
    let account = elsewhere.get(&scene.at("/account")).await;
    assert!(account.text.contains("Martin Pike"), "{}", account.text);
    // It unlocked nothing: adding another account needs the password.
    let own = elsewhere.get(&scene.at("/account/sign-on")).await;
    assert!(own.text.contains("href=\"/account/unlock?then=/account/sign-on\""), "{}", own.text);
    // Signing out here is none there, and is told.
    let mut leaving = elsewhere.clone();
    let out = leaving.act(&scene.at("/account"), &scene.at("/sign-out"), &[]).await;
    assert_eq!(out.location(), "/sign-in?there=yes");
    assert!(leaving.get(&scene.at("/sign-in?there=yes")).await.text.contains("sign out there too"));
    let mut elsewhere = Traveller::default();
    assert_eq!(scene.go(&mut elsewhere, &scene.with()).await.location(), "/today");

    // Taken back at the desk, it is over elsewhere at the next click.
    let (_, rest) = own.text.split_once("action=\"/account/sign-on/").expect("it can be removed");
    let binding = rest.split('/').next().expect("an id").to_owned();
    let page = scene.at("/account/sign-on");
    let answer = at_desk.act(&page, &scene.at(&format!("/account/sign-on/{binding}/remove")), &[]).await;
    assert_eq!(answer.location(), "/account/sign-on");
    assert!(!scene.is_in(&mut elsewhere).await);
    let answer = scene.go(&mut Traveller::default(), &scene.with()).await;
    assert_eq!(answer.status, 403);
    assert!(answer.text.contains("nobody’s here yet"), "{}", answer.text);
}

/// The account elsewhere lets somebody in and opens nothing that is sealed; the password here does, by the name that the pages give it
/// (docs/decisions/0034).
#[tokio::test]
async fn who_came_by_their_school_account_unlocks_with_the_safeguarding_passphrase() {
    let Some(scene) = Scene::new("real").await else { return };
    let mut at_desk = scene.signed_in("teacher").await;
    scene.add_account(&mut at_desk).await;
    let here = scene.at("/account/unlock");
    let mut elsewhere = Traveller::default();
    assert_eq!(scene.go(&mut elsewhere, &scene.with()).await.location(), "/today");
    let page = elsewhere.get(&here).await;
    assert!(page.text.contains("Your safeguarding passphrase"), "{}", page.text);
    assert!(page.text.contains("Not that of your school account."), "{}", page.text);
    assert!(!page.text.contains("/account/confirm/with/"), "the provider’s word unlocks nothing: {}", page.text);
    let told = elsewhere.get(&scene.at("/account/sign-on")).await;
    assert!(told.text.contains("your safeguarding passphrase, which is the password of your account here"));

    // Guesses are counted, and signing in anew brings no new ones.
    for _ in 0..5 {
        let wrong = elsewhere.act(&here, &here, &[("password", "the one of my school account")]).await;
        assert_eq!(wrong.status, 422, "{}", wrong.text);
    }
    for again in [false, true] {
        let mut traveller = if again { Traveller::default() } else { elsewhere.clone() };
        if again {
            assert_eq!(scene.go(&mut traveller, &scene.with()).await.location(), "/today");
        }
        let right = traveller.act(&here, &here, &[("password", PASSWORD)]).await;
        assert_eq!(right.status, 422, "it is too soon (again: {again}): {}", right.text);
    }
    scene.school.advance(SignedDuration::from_mins(1));
    let right = elsewhere.act(&here, &here, &[("password", PASSWORD), ("then", "/account/sign-on")]).await;
    assert_eq!(right.location(), "/account/sign-on");
    let own = elsewhere.get(&scene.at("/account/sign-on")).await;
    assert!(own.text.contains("href=\"/account/sign-on/add/"), "it is unlocked: {}", own.text);
}

#[tokio::test]
async fn an_account_that_nobody_added_gets_nothing_whatever_its_address() {
    let Some(scene) = Scene::new("real").await else { return };
    // The head has added theirs; another account has the same e-mail address.
    let mut head = scene.signed_in("head").await;
    scene.add_account(&mut head).await;
    scene.peer.tell(&json!({"who": "somebody-else"})).await;
    let mut stranger = Traveller::default();
    let answer = scene.go(&mut stranger, &scene.with()).await;
    assert_eq!(answer.status, 403);
    assert!(answer.text.contains("nobody’s here yet"), "{}", answer.text);
    assert!(!scene.is_in(&mut stranger).await);
}

#[tokio::test]
async fn an_account_is_one_persons_and_ends_with_their_key() {
    let Some(scene) = Scene::new("real").await else { return };
    let mut teacher = scene.signed_in("teacher").await;
    scene.add_account(&mut teacher).await;
    let mut colleague = scene.signed_in("colleague").await;
    let answer = scene.go(&mut colleague, &scene.at(&format!("/account/sign-on/add/{}", scene.provider))).await;
    assert_eq!(answer.location(), "/account/sign-on/found");
    let page = scene.at("/account/sign-on/found");
    let answer = colleague.act(&page, &page, &[]).await;
    assert_eq!(answer.status, 422);
    assert!(answer.text.contains("somebody else’s already"), "{}", answer.text);
    // Whoever's password is reset is out, and their account there signs in nobody.
    let mut elsewhere = Traveller::default();
    assert_eq!(scene.go(&mut elsewhere, &scene.with()).await.location(), "/today");
    let people = scene.school.records.accounts(&scene.head).await.expect("read");
    let person = people.iter().find(|account| account.sign_in_name == "teacher").expect("there").person;
    scene.school.records.reset_password(&scene.head, person).await.expect("reset");
    assert!(!scene.is_in(&mut elsewhere).await);
    assert_eq!(scene.go(&mut Traveller::default(), &scene.with()).await.status, 403);
}

#[tokio::test]
async fn whoever_hears_concerns_needs_a_second_step_that_the_school_believes() {
    let Some(scene) = Scene::new("real").await else { return };
    let mut head = scene.signed_in("head").await;
    scene.add_account(&mut head).await;
    let answer = scene.go(&mut Traveller::default(), &scene.with()).await;
    assert_eq!(answer.status, 403);
    assert!(answer.text.contains("need a second step"), "{}", answer.text);
    // Shown there, and still not believed here.
    scene.peer.tell(&json!({"amr": ["pwd", "mfa"]})).await;
    assert_eq!(scene.go(&mut Traveller::default(), &scene.with()).await.status, 403);
    scene.school.records.set_sign_on_second_step(&scene.head, scene.provider, "mfa").await.expect("set");
    let mut elsewhere = Traveller::default();
    assert_eq!(scene.go(&mut elsewhere, &scene.with()).await.location(), "/today");
    assert!(scene.is_in(&mut elsewhere).await);
    // The word is taken back: whoever came in by it is out.
    scene.school.records.set_sign_on_second_step(&scene.head, scene.provider, "hwk").await.expect("set");
    assert!(!scene.is_in(&mut elsewhere).await);
    scene.school.records.set_sign_on_second_step(&scene.head, scene.provider, "mfa").await.expect("set");
    scene.peer.tell(&json!({"amr": ["pwd"]})).await;
    assert_eq!(scene.go(&mut Traveller::default(), &scene.with()).await.status, 403);
}

#[tokio::test]
async fn a_provider_shows_that_it_is_really_them_only_by_asking_anew() {
    let Some(scene) = Scene::new("real").await else { return };
    let mut teacher = scene.signed_in("teacher").await;
    scene.add_account(&mut teacher).await;
    scene.school.advance(SignedDuration::from_mins(11));
    let confirm = scene.at("/account/confirm?then=%2Faccount%2Fsign-on");
    assert!(teacher.get(&confirm).await.text.contains("Show it with your school account"));
    // The fake clock is ahead of the provider's, so that what it did just now is from before we asked.
    let from = scene.at(&format!("/account/confirm/with/{}?then=%2Faccount", scene.provider));
    let answer = scene.go(&mut teacher, &from).await;
    assert_eq!(answer.status, 403);
    assert!(answer.text.contains("not asked again there"), "{}", answer.text);
    scene.school.advance(SignedDuration::from_mins(-11));
    let answer = scene.go(&mut teacher, &from).await;
    assert_eq!(answer.location(), "/account");
    // With an account that is not theirs it shows nothing.
    scene.peer.tell(&json!({"who": "somebody-else"})).await;
    teacher.cookies.retain(|(port, _), _| *port != scene.peer.port);
    let answer = scene.go(&mut teacher, &from).await;
    assert!(answer.text.contains("That account is not yours"), "{}", answer.text);
}

#[tokio::test]
async fn a_code_is_good_once_and_in_the_browser_that_was_sent() {
    let Some(scene) = Scene::new("real").await else { return };
    let mut teacher = scene.signed_in("teacher").await;
    scene.add_account(&mut teacher).await;
    let port = scene.school.address.port();
    // Caught on the way back and brought in another browser: nothing, and it is spent.
    let mut victim = Traveller::default();
    let caught = victim.follow(&scene.with(), (port, &scene.back_path())).await;
    let mut thief = Traveller::default();
    assert_eq!(thief.get(&caught).await.status, 400);
    assert_eq!(victim.get(&caught).await.status, 400);
    assert!(!scene.is_in(&mut victim).await && !scene.is_in(&mut thief).await);
    // Used, and used again.
    let mut victim = Traveller::default();
    let used = victim.follow(&scene.with(), (port, &scene.back_path())).await;
    assert_eq!(victim.get(&used).await.location(), "/today");
    assert_eq!(victim.get(&used).await.status, 400);
    // A browser's own sign-in does not take in another's code: the state is not the one it was sent with.
    let mut other = Traveller::default();
    let own = other.follow(&scene.with(), (port, &scene.back_path())).await;
    let crossed = own.replace(&part(&own, "code"), &part(&used, "code"));
    assert_ne!(crossed, own);
    assert_eq!(other.get(&crossed).await.status, 403);
    // And nobody stays too long.
    let mut late = Traveller::default();
    let back = late.follow(&scene.with(), (port, &scene.back_path())).await;
    scene.school.advance(SignedDuration::from_mins(10));
    assert_eq!(late.get(&back).await.status, 400);
}

#[tokio::test]
async fn a_way_on_that_leads_elsewhere_leads_home() {
    let Some(scene) = Scene::new("real").await else { return };
    let mut teacher = scene.signed_in("teacher").await;
    scene.add_account(&mut teacher).await;
    for then in ["%2F%2Fevil.example", "https%3A%2F%2Fevil.example%2F", "%2F%5Cevil.example"] {
        let from = format!("{}?then={then}", scene.with());
        assert_eq!(scene.go(&mut Traveller::default(), &from).await.location(), "/today", "{then}");
    }
}

#[tokio::test]
async fn no_lie_of_a_provider_signs_anybody_in() {
    let Some(scene) = Scene::new("hostile").await else { return };
    let mut teacher = scene.signed_in("teacher").await;
    scene.add_account(&mut teacher).await;
    let try_with = async |what: serde_json::Value| {
        scene.peer.tell(&what).await;
        let mut traveller = Traveller::default();
        let answer = scene.go(&mut traveller, &scene.with()).await;
        let is_in = scene.is_in(&mut traveller).await;
        scene.peer.tell(&json!({"lie": null, "claims": {}})).await;
        (answer.status, is_in)
    };
    // It can sign in at all, so that what follows fails for the lie alone.
    assert_eq!(try_with(json!({})).await, (303, true));
    for lie in ["nonce", "issuer", "audience", "two-audiences", "none", "secret", "key", "expired", "iss", "no-iss"] {
        assert_eq!(try_with(json!({"lie": lie})).await, (403, false), "{lie}");
    }
    assert_eq!(try_with(json!({"lie": "state"})).await, (400, false));
    assert_eq!(try_with(json!({"claims": {"azp": "another-client"}})).await, (403, false));
    assert_eq!(try_with(json!({})).await, (303, true));
}

#[tokio::test]
async fn what_a_provider_says_of_itself_is_believed_only_whole() {
    let Some(scene) = Scene::new("hostile").await else { return };
    let mut head = scene.signed_in("head").await;
    let page = scene.at(&format!("/settings/sign-in/{}", scene.provider));
    let test = format!("{page}/test");
    assert!(head.act(&page, &test, &[]).await.text.contains("It answers"));
    for (lie, words) in [
        ("discovery-issuer", "is not what was entered"),
        ("clear-endpoint", "in the clear"),
        ("no-algorithm", "signs in no way that is taken"),
    ] {
        scene.peer.tell(&json!({"lie": lie})).await;
        let answer = head.act(&page, &test, &[]).await;
        assert!(
            answer.text.contains("It cannot be used as it is") && answer.text.contains(words),
            "{lie}: {}",
            answer.text
        );
    }
}

#[tokio::test]
async fn two_providers_are_not_mixed_up() {
    let Some(scene) = Scene::new("hostile").await else { return };
    let Some(second) = Peer::start() else { return };
    let mut teacher = scene.signed_in("teacher").await;
    scene.add_account(&mut teacher).await;
    let added = scene.school.records.add_sign_on_provider(&scene.head, &other(&second.issuer())).await.expect("added");
    // Sent to the first, and led back to the address of the second: what the first said is not taken there.
    let port = scene.school.address.port();
    let mut traveller = Traveller::default();
    let back = traveller.follow(&scene.with(), (port, &scene.back_path())).await;
    let mixed = back.replace(&scene.provider.to_string(), &added.to_string());
    assert_eq!(traveller.get(&mixed).await.status, 400);
    assert!(!scene.is_in(&mut traveller).await);
}

#[tokio::test]
async fn of_entra_and_google_only_the_schools_own_organisation_comes_in() {
    let Some(scene) = Scene::new("hostile").await else { return };
    let mut head = scene.signed_in("head").await;
    let page = scene.at("/settings/sign-in/new/entra");
    let fields =
        [("title", "Microsoft"), ("domain", "common"), ("client", "a-client"), ("secret", "a-secret-of-theirs")];
    let answer = head.act(&page, &page, &fields).await;
    assert_eq!(answer.status, 422);
    assert!(answer.text.contains("would let in people of every organisation"), "{}", answer.text);
    assert!(!answer.text.contains("a-secret-of-theirs"));
}

fn part(address: &str, name: &str) -> String {
    let address = url::Url::parse(address).expect("an address");
    let found = address.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
    found.unwrap_or_else(|| panic!("{address} has no {name}"))
}

#[tokio::test]
async fn a_password_changed_elsewhere_ends_what_came_by_single_sign_on() {
    let Some(scene) = Scene::new("real").await else { return };
    let mut at_desk = scene.signed_in("teacher").await;
    scene.add_account(&mut at_desk).await;
    let mut elsewhere = Traveller::default();
    assert_eq!(scene.go(&mut elsewhere, &scene.with()).await.location(), "/today");
    assert!(scene.is_in(&mut elsewhere).await);
    scene.school.advance(SignedDuration::from_secs(40));
    let session = scene.school.session("teacher").await;
    let new = "nine paper lanterns on a wall";
    scene.school.records.change_password(&session, PASSWORD, new).await.expect("changed");
    assert!(!scene.is_in(&mut elsewhere).await);
}
