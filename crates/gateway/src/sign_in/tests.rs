use super::*;
use holdfast_core::identity::KnownPerson;
use std::time::Instant as Clock;

const NOW: i64 = 1_700_000_000_000_000;
const HOUR: i64 = 3_600_000_000;

fn here() -> IpAddr {
    "192.0.2.9".parse().unwrap()
}

/// One pupil whose hash is cheap, so that the tests are quick; the cost does not matter to what they show.
fn table(generation: u64, password: &str) -> IdentityTable {
    let cheap = argon2::Params::new(64, 1, 1, None).unwrap();
    let hash: PasswordHash = Argon2::from(cheap).hash_password_with_salt(password.as_bytes(), &[7; 16]).unwrap();
    let id = PersonId::from("p-17");
    let mut table = IdentityTable { generation, ..IdentityTable::default() };
    table.people.insert(id.clone(), KnownPerson { id: id.clone(), group: "Rowan".into(), classes: Vec::new() });
    table.sign_ins.insert("rowan.pupil".into(), SignIn { person: id, password_hash: hash.to_string().into() });
    table
}

fn basic(name_and_password: &str) -> Vec<u8> {
    format!("Basic {}", STANDARD.encode(name_and_password)).into_bytes()
}

/// Comes back as often as it is told to.
async fn patient(signs: &SignIns, table: &IdentityTable, header: &[u8]) -> Answer {
    loop {
        match signs.check(table, Some(header), here(), NOW).await {
            Answer::Busy => tokio::time::advance(Duration::from_secs(3)).await,
            answer => return answer,
        }
    }
}

fn sign_ins() -> SignIns {
    SignIns::new(SignInSettings::default()).unwrap()
}

fn person() -> Answer {
    Answer::Person("p-17".into())
}

#[tokio::test]
async fn the_right_password_proves_the_person() {
    let (signs, table) = (sign_ins(), table(1, "river:stone"));
    assert_eq!(signs.check(&table, None, here(), NOW).await, Answer::Absent);
    for sent in ["rowan.pupil:river:stone", " Rowan.Pupil :river:stone", "ROWAN.PUPIL:river:stone"] {
        assert_eq!(signs.check(&table, Some(&basic(sent)), here(), NOW).await, person(), "{sent}");
    }
    let lower = String::from_utf8(basic("rowan.pupil:river:stone")).unwrap().replacen("Basic ", "bAsIc   ", 1);
    assert_eq!(signs.check(&table, Some(lower.as_bytes()), here(), NOW).await, person());
    for sent in ["rowan.pupil:river", "rowan.pupil: river:stone", "nobody:river:stone"] {
        assert_eq!(signs.check(&table, Some(&basic(sent)), here(), NOW).await, Answer::Wrong, "{sent}");
    }
}

#[tokio::test]
async fn malformed_headers_are_wrong_and_cost_nothing() {
    let (signs, table) = (sign_ins(), table(1, "x"));
    let encoded = STANDARD.encode("rowan.pupil:x");
    let headers: Vec<Vec<u8>> = vec![
        b"".to_vec(),
        b"Basic".to_vec(),
        b"Basic ".to_vec(),
        format!("Bearer {encoded}").into_bytes(),
        format!("Basic{encoded}").into_bytes(),
        format!("Basic {encoded}=").into_bytes(),
        format!("Basic {encoded} extra").into_bytes(),
        b"Basic !!!!".to_vec(),
        basic("no colon"),
        basic(":password without name"),
        basic("rowan.pupil:x\n"),
        basic("rowan\0.pupil:x"),
        [b"Basic ".to_vec(), STANDARD.encode([b'r', 0xff, b':', b'x']).into_bytes()].concat(),
        basic(&"a".repeat(5_000)),
    ];
    let started = Clock::now();
    for header in headers {
        let shown = String::from_utf8_lossy(&header).into_owned();
        assert_eq!(signs.check(&table, Some(&header), here(), NOW).await, Answer::Wrong, "{shown}");
    }
    assert!(started.elapsed() < Duration::from_millis(20));
}

#[tokio::test]
async fn a_success_is_remembered_until_its_time_or_a_new_table() {
    let signs = sign_ins();
    let header = basic("rowan.pupil:river");
    let first = table(1, "river");
    assert_eq!(signs.check(&first, Some(&header), here(), NOW).await, person());

    // The password is changed, but the table says it is still the same one: only memory can answer now.
    let changed_silently = table(1, "other");
    assert_eq!(signs.check(&changed_silently, Some(&header), here(), NOW + HOUR).await, person());
    assert_eq!(signs.check(&changed_silently, Some(&header), here(), NOW + 8 * HOUR).await, Answer::Wrong);
    let changed = table(2, "other");
    assert_eq!(signs.check(&changed, Some(&header), here(), NOW + 1).await, Answer::Wrong, "another generation");
    let signs = sign_ins();
    assert_eq!(signs.check(&first, Some(&header), here(), NOW).await, person());
    assert_eq!(
        signs.check(&changed_silently, Some(&header), here(), NOW - HOUR).await,
        Answer::Wrong,
        "clock set back"
    );
}

#[tokio::test]
async fn a_remembered_sign_in_is_quick() {
    let (signs, mut table) = (sign_ins(), table(1, "x"));
    let hash = hash_password("river").unwrap();
    table.sign_ins.get_mut("rowan.pupil").unwrap().password_hash = hash.into();
    let header = basic("rowan.pupil:river");
    let started = Clock::now();
    assert_eq!(signs.check(&table, Some(&header), here(), NOW).await, person());
    let first = started.elapsed();
    let started = Clock::now();
    for _ in 0..1_000 {
        assert_eq!(signs.check(&table, Some(&header), here(), NOW).await, person());
    }
    let remembered = started.elapsed() / 1_000;
    println!("first check {first:?}, remembered {remembered:?}");
    assert!(remembered < Duration::from_millis(1));
}

#[tokio::test]
async fn the_same_sign_in_sent_many_times_at_once_is_checked_once() {
    let signs = Arc::new(sign_ins());
    let table = Arc::new(table(1, "river"));
    let waiting: Vec<_> = (0..40)
        .map(|_| {
            let (signs, table) = (Arc::clone(&signs), Arc::clone(&table));
            tokio::spawn(async move { signs.check(&table, Some(&basic("rowan.pupil:river")), here(), NOW).await })
        })
        .collect();
    for one in waiting {
        assert_eq!(one.await.unwrap(), person());
    }
    assert_eq!(signs.answers.lock().unwrap().len(), 1);
}

#[test]
fn wrong_tries_wait_longer_and_longer_and_never_for_ever() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let mut tries = Tries::default();
        let mut waits = Vec::new();
        for _ in 0..9 {
            let wait = tries.next().map_or(0, |next| next.duration_since(Instant::now()).as_secs());
            waits.push(wait);
            tokio::time::advance(Duration::from_secs(wait)).await;
            tries.count_wrong();
        }
        assert_eq!(waits, [0, 0, 0, 1, 2, 4, 8, 8, 8]);
        tokio::time::advance(FORGET_TRIES + Duration::from_secs(1)).await;
        tries.count_wrong();
        assert_eq!(tries.wrong, 1, "forgotten after a quarter of an hour");
    });
}

#[test]
fn after_wrong_tries_the_right_password_still_works_and_others_do_not_wait() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let (signs, table) = (sign_ins(), table(1, "river"));
        for number in 0..6 {
            let header = basic(&format!("rowan.pupil:guess{number}"));
            assert_eq!(patient(&signs, &table, &header).await, Answer::Wrong);
        }
        let started = Instant::now();
        let elsewhere = "192.0.2.77".parse().unwrap();
        let right = basic("rowan.pupil:river");
        assert_eq!(signs.check(&table, Some(&right), elsewhere, NOW).await, person());
        assert!(started.elapsed() < Duration::from_secs(1), "another place does not wait");
        // In the place of the guesses it is told to come back, and then it works.
        let again = sign_ins();
        for number in 0..5 {
            let header = basic(&format!("rowan.pupil:guess{number}"));
            assert_eq!(patient(&again, &table, &header).await, Answer::Wrong);
        }
        assert_eq!(again.check(&table, Some(&right), here(), NOW).await, Answer::Busy);
        let started = Instant::now();
        assert_eq!(patient(&again, &table, &right).await, person());
        assert!(started.elapsed().as_secs() <= 12, "late, but not shut out: {:?}", started.elapsed());
    });
}

#[tokio::test]
async fn an_unknown_name_costs_what_a_wrong_password_costs() {
    // Compared by the work asked for, not by the clock: the same function on a hash of the same cost.
    let (signs, table) = (sign_ins(), table(1, "x"));
    let ours = hash_password("river").unwrap();
    let (nobody, known) = (PasswordHash::new(&signs.nobody).unwrap(), PasswordHash::new(&ours).unwrap());
    assert_eq!((nobody.algorithm, nobody.params), (known.algorithm, known.params));
    let started = Clock::now();
    assert_eq!(signs.check(&table, Some(&basic("nobody:x")), here(), NOW).await, Answer::Wrong);
    assert!(started.elapsed() > Duration::from_millis(3), "19 MiB cannot be filled twice any faster");
    assert_eq!(signs.places.lock().unwrap().len(), 1, "an unknown name waits longer and longer too");
}

#[tokio::test]
async fn a_broken_hash_in_the_table_proves_nobody() {
    let (signs, mut table) = (sign_ins(), table(1, "x"));
    for (place, broken) in (1_u8..).zip(["", "plain text", "$argon2id$v=19$m=64,t=1,p=1$", "$2b$12$abc"]) {
        let here = IpAddr::from([198, 51, 100, place]);
        table.generation += 1;
        table.sign_ins.get_mut("rowan.pupil").unwrap().password_hash = broken.into();
        assert_eq!(signs.check(&table, Some(&basic("rowan.pupil:x")), here, NOW).await, Answer::Wrong, "{broken}");
        assert_eq!(signs.check(&table, Some(&basic("rowan.pupil:")), here, NOW).await, Answer::Wrong, "{broken}");
    }
}

#[test]
fn a_hash_is_argon2id_with_a_new_salt_each_time() {
    let (one, two) = (hash_password("river").unwrap(), hash_password("river").unwrap());
    assert!(one.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{one}");
    assert_ne!(one, two);
    for bad in ["", "a\nb", &"x".repeat(2_000)] {
        assert_eq!(hash_password(bad), Err(SignInFault::Password));
    }
}

#[tokio::test]
async fn nothing_secret_is_shown() {
    let (signs, table) = (sign_ins(), table(1, "river"));
    let answer = signs.check(&table, Some(&basic("rowan.pupil:river")), here(), NOW).await;
    let wrong = signs.check(&table, Some(&basic("rowan.pupil:lake")), here(), NOW).await;
    let shown = format!("{signs:?} {answer:?} {wrong:?}");
    for secret in ["river", "lake", "rowan.pupil", "cm93YW4u", "argon2"] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
}

#[test]
fn a_flood_of_sign_ins_from_one_place_waits_briefly_and_stops_nobody_elsewhere() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async {
        let signs = Arc::new(SignIns::new(SignInSettings { at_once: 1, ..SignInSettings::default() }).unwrap());
        let table = Arc::new(table(1, "river"));
        let flood: Vec<_> = (0..300)
            .map(|number| {
                let (signs, table) = (Arc::clone(&signs), Arc::clone(&table));
                let header = basic(&format!("nobody{number}:x"));
                tokio::spawn(async move { signs.check(&table, Some(&header), here(), NOW).await })
            })
            .collect();
        tokio::task::yield_now().await;
        assert!(signs.waiting.lock().unwrap().values().all(|of_client| of_client.len() <= WAITING_OF_A_CLIENT));
        let started = Clock::now();
        let elsewhere = "192.0.2.77".parse().unwrap();
        let right = signs.check(&table, Some(&basic("rowan.pupil:river")), elsewhere, NOW).await;
        assert_eq!(right, person());
        assert!(started.elapsed() < Duration::from_secs(3), "{:?}", started.elapsed());
        let mut busy = 0;
        for one in flood {
            busy += usize::from(one.await.unwrap() == Answer::Busy);
        }
        assert!(busy > 290, "{busy} of 300 were told to come back");
        assert!(signs.waiting.lock().unwrap().is_empty() && signs.places.lock().unwrap().len() < 10);
    });
}

#[test]
fn a_try_that_would_wait_too_long_is_told_to_come_back() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let (signs, table) = (sign_ins(), table(1, "river"));
        let turns = Arc::clone(&signs.turns).acquire_many_owned(2).await.unwrap();
        let started = Instant::now();
        assert_eq!(signs.check(&table, Some(&basic("rowan.pupil:river")), here(), NOW).await, Answer::Busy);
        assert!(started.elapsed() <= LONGEST_QUEUE + Duration::from_millis(10));
        drop(turns);
        assert_eq!(signs.check(&table, Some(&basic("rowan.pupil:river")), here(), NOW).await, person());
    });
}

#[test]
fn places_with_wrong_tries_are_bounded_and_forgotten_one_by_one() {
    let signs = sign_ins();
    for number in 0..REMEMBERED {
        let place = signs.place(&format!("name{number}"), here()).unwrap();
        place.try_lock().unwrap().count_wrong();
    }
    let held: Vec<_> = (0..10).map(|number| signs.place(&format!("more{number}"), here()).unwrap()).collect();
    assert_eq!(signs.places.lock().unwrap().len(), REMEMBERED);
    assert_eq!(held.len(), 10);
}
