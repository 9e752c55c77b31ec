//! What must not cut devices off: a second roll-over, a clock that jumps, a backup of another line, a chain that is none.

use super::*;
use crate::files::mend;
use jiff::civil::date;

/// This minute of a day of 2027, by the world's clock.
fn at(day: i8, hour: i8, minute: i8) -> Timestamp {
    date(2027, 3, day).at(hour, minute, 0, 0).to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp()
}

fn current_bytes(source: &Source) -> Vec<u8> {
    fs::read(own::current_file(&source.folder)).unwrap()
}

#[test]
fn a_second_roll_over_is_refused_while_devices_are_led_on_and_no_key_is_ever_lost() {
    let (_folder, source) = place();
    let mut interception = Interception::open(source.clone()).unwrap();
    let old = interception.standing().current.unwrap();
    let first = current_bytes(&source);
    roll_over(&source, now()).unwrap();
    let second = current_bytes(&source);
    let refused = roll_over(&source, now()).unwrap_err();
    assert!(refused.contains("cut these off") && refused.contains(&day(old.expires)), "{refused}");
    assert_eq!(current_bytes(&source), second);
    assert!(!own::next_file(&source.folder).exists());
    device_takes(&old, &source, after(10)).unwrap();
    assert_eq!(aside(&source, "previous-"), std::slice::from_ref(&first));
    // Two of one day, however it came to that: each is kept.
    own::make_next(&source, now()).unwrap();
    own::switch(&source, now()).unwrap();
    let kept = aside(&source, "previous-");
    assert!(kept.len() == 2 && kept.contains(&first) && kept.contains(&second));
    // By itself it waits as long as it can: both of one day end together.
    interception.look();
    let end = interception.standing().expires.unwrap();
    for days in [70, 50, 20] {
        interception.look_at(days_after(end, -days));
    }
    let standing = interception.standing_at(days_after(end, -20));
    assert_eq!(standing.switches, Some(days_after(end, -14)));
    assert!(standing.next.is_some());
    interception.look_at(days_after(end, -13));
    assert_eq!(interception.standing_at(days_after(end, -13)).next, None);
    // Nobody is led on any more, so a person may do it again.
    let late = days_after(end, 1);
    roll_over(&source, late).unwrap();
}

#[test]
fn none_takes_over_by_itself_before_it_is_two_days_old_whatever_the_hour_it_was_made() {
    for (hour, minute) in [(0, 0), (12, 0), (23, 50), (23, 59)] {
        let (_folder, source) = place();
        let mut interception = Interception::open_at(source.clone(), at(1, 9, 0)).unwrap();
        let end = interception.standing_at(at(1, 9, 0)).expires.unwrap();
        // The clock jumps to some day in the last weeks, and stays there.
        let jump = days_after(end, -30).saturating_add(i64::from(hour).hours().minutes(i64::from(minute))).unwrap();
        interception.look_at(jump);
        let first = interception.standing_at(jump);
        assert!(first.next.is_some());
        let later = |hours: i64| jump.saturating_add(hours.hours()).unwrap();
        for hours in 1..48 {
            interception.look_at(later(hours));
        }
        assert_eq!(interception.standing_at(later(47)).current, first.current, "made at {hour}:{minute:02}");
        for hours in 48..=73 {
            interception.look_at(later(hours));
        }
        assert_eq!(interception.standing_at(later(73)).current, first.next, "made at {hour}:{minute:02}");
    }
}

#[test]
fn after_a_clock_that_was_ahead_for_days_a_person_goes_back_to_the_one_that_devices_have() {
    let (_folder, source) = place();
    let mut interception = Interception::open(source.clone()).unwrap();
    let old = interception.standing().current.unwrap();
    let first = current_bytes(&source);
    let ahead = days_after(old.expires, -50);
    for days in 0..5 {
        interception.look_at(days_after(ahead, days));
    }
    let future = current_bytes(&source);
    assert_ne!(future, first, "the clock stayed ahead so long that the next one took over");
    // Mended: nothing is opened, and the words lead to the cure.
    interception.look();
    let alarm = refused(&Interception::open(source.clone()).unwrap(), now());
    assert!(alarm.contains("goes back to the authority before"), "{alarm}");
    let told = roll_over(&source, now()).unwrap();
    assert!(told.contains("in force again") && told.contains("Devices need nothing new"), "{told}");
    interception.look();
    let standing = interception.standing();
    assert_eq!((standing.current, standing.opens), (Some(old.clone()), true));
    assert_eq!(current_bytes(&source), first);
    assert_eq!(aside(&source, "ahead-"), [future]);
    device_takes(&old, &source, after(10)).unwrap();
}

#[test]
fn one_that_waits_from_a_wrong_future_is_put_aside_and_not_written_over() {
    let (_folder, source) = place();
    let mut interception = Interception::open(source.clone()).unwrap();
    let end = interception.standing().expires.unwrap();
    own::make_next(&source, days_after(end, 400)).unwrap();
    let waiting = fs::read(own::next_file(&source.folder)).unwrap();
    interception.look_at(days_after(end, -170));
    assert_ne!(fs::read(own::next_file(&source.folder)).unwrap(), waiting);
    assert_eq!(aside(&source, "ahead-"), [waiting]);
}

#[test]
fn a_restore_overwrites_nothing_and_leaves_no_next_one_of_another_line() {
    let passphrase = "heron lamp copper thursday";
    let (_folder, source) = place();
    drop(Interception::open(source.clone()).unwrap());
    let text = backup(&source, passphrase).unwrap();
    let (_folder, other) = place();
    drop(Interception::open(other.clone()).unwrap());
    own::make_next(&other, now()).unwrap();
    let before = current_bytes(&other);
    let waiting = fs::read(own::next_file(&other.folder)).unwrap();
    restore(&other, &text, passphrase).unwrap();
    let restored = Interception::open(other.clone()).unwrap().standing();
    assert_eq!((restored.next, restored.alarm, restored.opens), (None, None, true));
    // A second time, over the first: what was there at the beginning is still there.
    restore(&other, &text, passphrase).unwrap();
    let kept = aside(&other, "replaced-");
    assert!(kept.contains(&before) && kept.contains(&waiting) && kept.len() == 3);
    // One that waits for the same authority goes on waiting.
    own::make_next(&other, now()).unwrap();
    restore(&other, &text, passphrase).unwrap();
    let again = Interception::open(other.clone()).unwrap().standing();
    assert!(again.next.is_some() && again.opens, "{again}");
    // One that this secret does not open is told long before it is to take over.
    own::make_next(&source, now()).unwrap();
    fs::copy(own::next_file(&source.folder), own::next_file(&other.folder)).unwrap();
    let standing = Interception::open(other.clone()).unwrap().standing();
    let alarm = standing.alarm.unwrap();
    assert!(standing.opens && alarm.contains("next.pem") && alarm.contains("does not open the key"), "{alarm}");
}

#[test]
fn a_secret_that_root_makes_anew_at_a_restore_can_be_read_by_the_service() {
    let passphrase = "heron lamp copper thursday";
    let (_folder, source) = place();
    drop(Interception::open(source.clone()).unwrap());
    let text = backup(&source, passphrase).unwrap();
    let (_folder, other) = place();
    let data = other.folder.parent().unwrap();
    if mend(data, Rights { mode: 0o700, owner: Some((4_242, 4_243)) }).is_err() {
        crate::skipped::because("only root gives files away");
        return;
    }
    restore(&other, &text, passphrase).unwrap();
    let of = |path: &Path| {
        let found = fs::metadata(path).unwrap();
        (found.uid(), found.gid(), found.mode() & 0o7777)
    };
    assert_eq!(of(&other.secret), (0, 4_243, 0o640), "as `holdfast install` makes it");
    assert_eq!(of(&own::current_file(&other.folder)), (4_242, 4_243, 0o600));
    assert_eq!(of(&other.folder), (4_242, 4_243, 0o700));
}

#[test]
fn a_chain_of_the_schools_own_that_no_device_can_follow_is_told() {
    let (folder, mut source) = place();
    let files = school_authority(folder.path(), None);
    source.files = Some(files.clone());
    let good = fs::read_to_string(&files.certificate).unwrap();
    let issuing = good.find("-----END CERTIFICATE-----\n").unwrap() + "-----END CERTIFICATE-----\n".len();
    // The root of another, which has the same name: only the signature tells it.
    let others = tempfile::tempdir().unwrap();
    let stranger = fs::read_to_string(school_authority(others.path(), None).certificate).unwrap();
    let stranger_root = &stranger[stranger.rfind("-----BEGIN").unwrap()..];
    for upper in [stranger_root.to_owned(), format!("{}{}", &good[issuing..], stranger_root)] {
        fs::write(&files.certificate, format!("{}{upper}", &good[..issuing])).unwrap();
        let alarm = refused(&Interception::open(source.clone()).unwrap(), now());
        assert!(alarm.contains("is not signed by certificate") && alarm.contains("authority.pem"), "{alarm}");
    }
    fs::write(&files.certificate, &good).unwrap();
    assert!(Interception::open(source).unwrap().standing().opens);
}

#[test]
fn a_folder_that_another_keeps_is_not_waited_for_without_end() {
    let (_folder, source) = place();
    drop(Interception::open(source.clone()).unwrap());
    let taken = fs::File::open(&source.folder).unwrap();
    taken.lock().unwrap();
    assert!(roll_over(&source, now()).unwrap_err().contains("try it again"));
    taken.unlock().unwrap();
    roll_over(&source, now()).unwrap();
}
