//! What needs whoever asks, most urgent first: their notices, and what is not as it should be of what they look after.

use super::{Frame, Here, UNCONFIRMED, found, render};
use crate::{
    fields::Fields,
    visit::{Answered, SignedVisit},
    words,
};
use askama::Template;
use axum::http::StatusCode;
use holdfast_records::{Fault, access::Notice, id};

#[derive(Template)]
#[template(path = "today/today.html")]
struct TodayPage {
    frame: Frame,
    name: String,
    /// Whether their key waits for somebody to vouch for it.
    waits: bool,
    notices: Vec<NoticeRow>,
    /// Until when they change their password, if that is soon.
    password: Option<String>,
    /// Whether they have yet to read how to keep their account safe.
    has_advice: bool,
}

struct NoticeRow {
    id: String,
    words: &'static str,
    when: String,
}

pub(crate) async fn page(visit: SignedVisit) -> Answered {
    let (zone, now) = (&visit.sources.school.zone, visit.caller.now);
    let notices = visit.records.waiting_notices(&visit.session).await?;
    let due = visit.records.own_password_due(&visit.session).await?;
    let has_advice = !visit.records.has_read_advice(&visit.session).await?;
    let notices = notices
        .iter()
        .map(|notice| NoticeRow {
            id: notice.id.to_string(),
            words: said(notice),
            when: words::when(notice.made_at, now, zone),
        })
        .collect();
    let page = TodayPage {
        frame: Frame::signed(&visit, Here::Today),
        name: visit.me.name.clone(),
        waits: !visit.me.is_confirmed,
        notices,
        password: due.and_then(|due| super::password::reminder(&due, &visit)),
        has_advice,
    };
    Ok(render(StatusCode::OK, &page))
}

pub(crate) async fn put_away(visit: SignedVisit, _: Fields) -> Answered {
    let notice = id::Row::parse(visit.places.get("notice")).map_err(|_no_id| Fault::NotFound)?;
    visit.records.put_notice_away(&visit.session, notice).await?;
    Ok(found("/today"))
}

/// A notice in words that name nobody and nothing (practice 11): whom it is about is looked up by whoever may.
fn said(notice: &Notice) -> &'static str {
    match notice.kind.as_str() {
        "emergency-access" => "Somebody took emergency access to a person’s records.",
        "account-reset" => "The password of somebody to whom concerns come was reset.",
        "second-step-reset" => "What somebody to whom concerns come shows beside their password was reset.",
        "own-second-step-reset" => {
            "What you show beside your password was reset by somebody else. If you did not ask for it, tell the head."
        }
        "account-closed" => "The account of somebody to whom concerns come was closed.",
        "absence-recorded" => "An absence was recorded for somebody to whom concerns come.",
        "duty-given" => "A duty was given to somebody to whom concerns come.",
        "duty-ended" => "A duty of somebody to whom concerns come was ended.",
        "family-recorded" => "A family relation of somebody to whom concerns come was recorded.",
        "family-ended" => "A family relation of somebody to whom concerns come was ended.",
        "duty-proposed" => "Somebody was proposed as the first trust lead. It takes a second person to agree.",
        "sign-in-odd" => {
            "A sign-in of yours was out of the ordinary. Look at your last sign-ins in your account, and say there if one was not you."
        }
        "sign-in-disowned" => "Somebody said that a sign-in of theirs was not them. Help them change their password.",
        "file-holder-removed" => "Somebody was taken out of a file that you can open.",
        "file-subject-added" => "A file that you can open concerns somebody more.",
        _ => "Something was done that you are to know of. The audit log says what.",
    }
}
