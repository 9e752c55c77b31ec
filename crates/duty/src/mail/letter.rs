//! The words of mails. They name nobody and nothing: mail lies open on its way, and telephones show it on locked screens
//! (practice 11; the ICO's reprimand of a school that named a child in a subject line).

use super::server::Trouble;
use holdfast_records::{id, mail::MailBody};
use jiff::Timestamp;
use lettre::{
    Address, Message,
    message::{
        Body, Mailbox,
        header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue},
    },
};
use std::time::SystemTime;

/// The longest line of a mail, in letters.
const LONGEST_LINE: usize = 998;

/// What identifies a mail and stays the same at each try.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark {
    pub(super) id: id::Row,
    pub(super) made_at: Timestamp,
}

/// A mail as it goes over the wire.
pub(super) fn of(body: &MailBody, mark: Mark, from: &Address, to: &Address, sign_in: &str) -> Result<Vec<u8>, Trouble> {
    match body {
        MailBody::Notices => written(mark, from, to, "Something waits for you in Holdfast", &waits(sign_in)),
        MailBody::Checkpoint(line) => written(mark, from, to, "Holdfast: where the audit log stands", &witness(line)),
    }
}

/// A mail that tries out how the school sends mail.
pub(super) fn trial(mark: Mark, from: &Address, to: &Address) -> Result<Vec<u8>, Trouble> {
    let words = "Somebody at your school asked Holdfast to send this mail, to see whether it can.\r\n\r\n\
                 It arrived. There is nothing to do.\r\n";
    written(mark, from, to, "Holdfast: this is a test", words)
}

fn waits(sign_in: &str) -> String {
    let how = if sign_in.is_empty() {
        "Sign in as you always do to see it.".to_owned()
    } else {
        format!("Sign in to see it:\r\n{sign_in}")
    };
    format!(
        "There is something for you in Holdfast.\r\n\r\n{how}\r\n\r\nThis mail says nothing more on purpose: others may see \
         it. Nobody\r\nreads answers to it.\r\n\r\nIs somebody in danger now? Ring 999.\r\n"
    )
}

/// Every line but one is a remark, so that the whole mail can be kept in the file of a witness as it is.
fn witness(line: &str) -> String {
    format!(
        "# This is where the audit log of a school's Holdfast stood. Keep it where nobody\r\n\
         # at the school can change it. To verify the log, save these mails in one file:\r\n\
         # holdfast audit verify --witness FILE\r\n{line}\r\n"
    )
}

fn written(mark: Mark, from: &Address, to: &Address, subject: &str, words: &str) -> Result<Vec<u8>, Trouble> {
    let moment = SystemTime::from(mark.made_at);
    let message = Message::builder()
        .from(Mailbox::new(Some("Holdfast".to_owned()), from.clone()))
        .to(Mailbox::new(None, to.clone()))
        .date(moment)
        .message_id(Some(format!("<{}@{}>", mark.id, from.domain())))
        .subject(subject)
        // No machine answers to it that somebody is away (RFC 3834 §5).
        .raw_header(HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".to_owned()))
        .header(ContentType::TEXT_PLAIN);
    // As it stands, and not in an encoding that breaks lines: a witness keeps the mail as it is, and addresses stay whole. What is
    // not of seven bits, or of longer lines than mail may have (RFC 5322 §2.1.1), is not sent.
    if !words.is_ascii() || words.lines().any(|line| line.len() > LONGEST_LINE) {
        return Err(Trouble::later("The mail holds letters or lines that mail cannot carry.".to_owned()));
    }
    let body = Body::dangerous_pre_encoded(words.as_bytes().to_vec(), ContentTransferEncoding::SevenBit);
    let message = message.body(body);
    message
        .map(|message| message.formatted())
        .map_err(|fault| Trouble::later(format!("The mail cannot be written: {fault}.")))
}
