//! The words people see when something is stopped: fitted to age, without blame, with what to do next and whom to
//! tell. Also whom to ring, and the help sites that are always open.
//!
//! Pupils' words are short sentences for a reading age of seven to nine (spec `pages.md`), never speak of what the
//! child did, and name a category only where its name itself is fit for the age. The sealed words say nothing of why
//! (house invariant 3). `unknown` and `visitor` may be a child, so they get no category's name that a child should
//! not read.

mod help;
mod national;

pub use help::{Audience, HelpContact, HelpSite, always_open_help, help_numbers};
pub use national::{NATIONAL_EDITION, National, national_contacts};

use crate::category::Category;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Who reads: the filter level's audience. Pupils are told apart by reading age, not by class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Band {
    /// Pupils with a reading age of about seven.
    Youngest,
    /// Pupils with a reading age of about nine.
    Younger,
    /// Older pupils.
    Older,
    /// Staff.
    Staff,
    /// Visitors: an adult or a child.
    Visitor,
    /// Nobody knows who it is: possibly the youngest child.
    Unknown,
}

impl Band {
    /// Every band.
    pub const ALL: [Self; 6] = [Self::Youngest, Self::Younger, Self::Older, Self::Staff, Self::Visitor, Self::Unknown];

    /// The code written in policies and logs.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Youngest => "youngest",
            Self::Younger => "younger",
            Self::Older => "older",
            Self::Staff => "staff",
            Self::Visitor => "visitor",
            Self::Unknown => "unknown",
        }
    }

    /// The band with this code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|band| band.code() == code)
    }

    /// Whether the reader may be a child under about eleven, so that words for grown things are kept away.
    pub const fn may_be_young(self) -> bool {
        !matches!(self, Self::Older | Self::Staff)
    }

    const fn voice(self) -> Voice {
        match self {
            Self::Youngest => Voice::Small,
            Self::Younger | Self::Unknown => Voice::Child,
            Self::Older => Voice::Teen,
            Self::Staff | Self::Visitor => Voice::Adult,
        }
    }
}

/// Why something is stopped, as far as the reader may know.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// The site is in a category that is stopped for this reader.
    Category(Category),
    /// The site belongs to one of the school's services ("Video"), by its title.
    Service(Box<str>),
    /// The site is on no list that is open to this reader.
    NotOnTheList,
    /// The school made a rule for it.
    SchoolRule,
    /// The school closed it for everyone for now.
    Emergency,
    /// Most of the internet is off for this person.
    Suspended,
    /// Only the lesson's sites are open.
    Lesson,
    /// No internet until it is safe: only help and lifelines are open.
    OnlyHelp,
    /// Another search tool is used here.
    SearchTool,
    /// A search engine that cannot be made to leave out what is not for school, where others can.
    NoStrictSearch,
    /// The request could be read in two ways.
    Unclear,
    /// It leads into the school's own network.
    Inside,
    /// A sealed list. The words say only that it is not available.
    Sealed,
    /// The site could not be reached, or broke off.
    Fault,
}

impl Why {
    /// Every kind once, for tests and for showing the words to a school.
    pub fn examples() -> Vec<Self> {
        let mut all: Vec<Self> = Category::ALL.into_iter().map(Self::Category).collect();
        all.extend([
            Self::Service("Video".into()),
            Self::NotOnTheList,
            Self::SchoolRule,
            Self::Emergency,
            Self::Suspended,
            Self::Lesson,
            Self::OnlyHelp,
            Self::SearchTool,
            Self::NoStrictSearch,
            Self::Unclear,
            Self::Inside,
            Self::Sealed,
            Self::Fault,
        ]);
        all
    }
}

/// What a person is told.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Words {
    /// One line.
    pub heading: String,
    /// What happened and why.
    pub explanation: String,
    /// What to do next, and whom to tell.
    pub next: String,
}

/// How the words are chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Voice {
    /// Reading age seven.
    Small,
    /// Reading age nine, and anyone.
    Child,
    /// Older pupils.
    Teen,
    /// Adults.
    Adult,
}

/// The words for `band` about `why`.
pub fn words(band: Band, why: &Why) -> Words {
    let [heading, explanation, next] = match band.voice() {
        Voice::Small => small(why),
        Voice::Child => child(why),
        Voice::Teen => teen(why),
        Voice::Adult => adult(why, band),
    };
    Words { heading, explanation, next }
}

/// Whether the category's name is fit for a young child to read.
fn is_fit_to_name(category: Category) -> bool {
    use Category as C;
    !matches!(
        category,
        C::Pornography
            | C::Hatred
            | C::Extremism
            | C::Illegal
            | C::Gambling
            | C::Drugs
            | C::Alcohol
            | C::TobaccoAndVaping
            | C::Weapons
            | C::Violence
            | C::SelfHarm
            | C::Dating
            | C::AdultContent
            | C::Sects
            | C::SexEducation
            | C::Hacking
            | C::Piracy
            | C::Anonymisers
            | C::EncryptedDns
            | C::Tricks
    )
}

/// Whether the page could harm the computer or cheat the reader.
fn is_harmful_to_computers(category: Category) -> bool {
    matches!(category, Category::Malware | Category::Phishing)
}

fn say(heading: &str, explanation: &str, next: &str) -> [String; 3] {
    [heading.to_owned(), explanation.to_owned(), next.to_owned()]
}

/// Lower case, so that a title can stand inside a sentence; titles that are names of things keep their capitals.
fn inside_a_sentence(title: &str) -> String {
    let mut letters = title.chars();
    let first = letters.next();
    let second_is_capital = letters.next().is_some_and(char::is_uppercase);
    match first {
        Some(first) if !second_is_capital => first.to_lowercase().chain(title.chars().skip(1)).collect(),
        _ => title.to_owned(),
    }
}

const SMALL_NEXT: &str = "Go back to your work. Need this page? Ask your teacher.";
const SMALL_TELL: &str = "Tell a grown-up you trust. You can always ask for help.";

fn small(why: &Why) -> [String; 3] {
    match why {
        Why::Category(category) if is_harmful_to_computers(*category) => say(
            "This page is not safe",
            "This page could hurt the computer. We stopped it. You are not in trouble.",
            "Tell your teacher. Then go back to your work.",
        ),
        Why::Category(category) if is_fit_to_name(*category) => [
            "This page is closed".to_owned(),
            format!(
                "It is about {}. It is not open in school now. This happens to everyone.",
                inside_a_sentence(category.title())
            ),
            SMALL_NEXT.to_owned(),
        ],
        Why::Category(_) => say(
            "This page is closed",
            "This page is not for children. You are not in trouble. This happens to everyone.",
            "Did you see something that upset you? Tell a grown-up you trust. You can always ask for help.",
        ),
        Why::Service(title) => [
            "This page is closed".to_owned(),
            format!("It is part of {title}. It is not open now. This happens to everyone."),
            SMALL_NEXT.to_owned(),
        ],
        Why::NotOnTheList => {
            say("This page is not open yet", "Nobody has checked this page yet. This happens to everyone.", SMALL_NEXT)
        }
        Why::SchoolRule => {
            say("This page is closed", "Your school keeps this page closed. This happens to everyone.", SMALL_NEXT)
        }
        Why::Emergency => say(
            "This page is closed for now",
            "Your school has closed this page for everyone today. You are not in trouble.",
            SMALL_TELL,
        ),
        Why::Suspended => say(
            "The internet is resting",
            "Most pages are closed for you until your school says. Your lesson pages still work. Help pages still work too.",
            "Talk to your teacher. You can always ask for help.",
        ),
        Why::Lesson => say(
            "Not in this lesson",
            "Only the pages for this lesson are open now. This happens to everyone.",
            "Go back to your lesson. Need this page? Ask your teacher.",
        ),
        Why::OnlyHelp => say(
            "The internet is off for now",
            "There is no internet until it is safe. It is the same for everyone. Pages that help you still work.",
            "Tell your teacher. They will know what to do.",
        ),
        Why::SearchTool => say(
            "We search in another place",
            "Your school has a search page that is safe for you.",
            "Use the school search page. Your teacher can show you.",
        ),
        Why::NoStrictSearch => say(
            "We search in another place",
            "This search page can show things that are not for school.",
            "Use another search page. Your teacher can show you one.",
        ),
        Why::Unclear => say(
            "This page did not work",
            "The computer sent something we could not read. It is not your fault.",
            "Go back and try again. Still not working? Ask your teacher.",
        ),
        Why::Inside => say(
            "This page is closed",
            "This is a place for the school's computers. It is not a page to read.",
            SMALL_NEXT,
        ),
        Why::Sealed => say(
            "This page is not here",
            "You cannot open this page on the school internet. You are not in trouble.",
            "Are you worried? Tell a grown-up you trust. You can always ask for help.",
        ),
        Why::Fault => say(
            "This page did not open",
            "The page is not working right now. It is not your fault.",
            "Try again soon. Still not working? Ask your teacher.",
        ),
    }
}

const CHILD_NEXT: &str = "Go back to what you were doing. If you need this page for school work, ask your teacher.";
const CHILD_TELL: &str = "If something worried you, tell an adult you trust. You can also ring one of the numbers on this page. You will not be in trouble for asking.";

fn child(why: &Why) -> [String; 3] {
    match why {
        Why::Category(category) if is_harmful_to_computers(*category) => say(
            "This page is not safe",
            "This page may harm the computer or trick people. We stopped it in time.",
            "Tell your teacher what happened. If you typed in a password, tell them that too, so they can help.",
        ),
        Why::Category(category) if is_fit_to_name(*category) => [
            "This page is closed in school".to_owned(),
            format!(
                "It is on our list for {}. That list is closed right now. This happens to everyone.",
                inside_a_sentence(category.title())
            ),
            CHILD_NEXT.to_owned(),
        ],
        Why::Category(_) => say(
            "This page is closed in school",
            "It is on a list of pages that are not for children. Pages like this can pop up for anyone.",
            CHILD_TELL,
        ),
        Why::Service(title) => [
            "This page is closed in school".to_owned(),
            format!("It is part of {title}. That is closed right now. This happens to everyone."),
            CHILD_NEXT.to_owned(),
        ],
        Why::NotOnTheList => say(
            "This page is not open yet",
            "No one at school has checked this page yet. Until then it stays closed. This happens to everyone.",
            CHILD_NEXT,
        ),
        Why::SchoolRule => {
            say("This page is closed in school", "The school has a rule that keeps this page closed.", CHILD_NEXT)
        }
        Why::Emergency => say(
            "This page is closed for now",
            "The school has closed this page for everyone. It will look at it again soon.",
            CHILD_TELL,
        ),
        Why::Suspended => say(
            "Most of the internet is closed for now",
            "It stays closed until your school says. Your lesson pages and all help pages still work.",
            "Talk to your teacher. You can ask the school to think again about this.",
        ),
        Why::Lesson => say(
            "Not open in this lesson",
            "Only the pages for this lesson are open right now. It is the same for the whole class.",
            "Go back to your lesson. If you need this page, ask your teacher.",
        ),
        Why::OnlyHelp => say(
            "There is no internet until it is safe",
            "The school's filter is not ready, so only help pages are open. It is the same for everyone.",
            "Tell a teacher or another adult. They will know whom to call.",
        ),
        Why::SearchTool => say(
            "The school uses another search page",
            "It leaves out pages that are not for children.",
            "Use the school's search page. A teacher can show you where it is.",
        ),
        Why::NoStrictSearch => say(
            "This search page is closed in school",
            "It cannot leave out pages that are not for children. Other search pages can.",
            "Use another search page. A teacher can show you one.",
        ),
        Why::Unclear => say(
            "This page could not be opened",
            "The computer asked for it in a way we could not read. It is not your fault.",
            "Go back and try again. If it still does not work, tell your teacher.",
        ),
        Why::Inside => say(
            "This page is closed in school",
            "This address is inside the school's own network. It is kept for the school's computers.",
            CHILD_NEXT,
        ),
        Why::Sealed => say(
            "This address is not available",
            "This address is not available on the school network. You are not in trouble.",
            "If you are worried, tell an adult you trust. You can also ring one of the numbers on this page.",
        ),
        Why::Fault => say(
            "This page did not open",
            "The site is not working right now, or there is no site with that name. It is not your fault.",
            "Check the name and try again. If it still does not work, tell your teacher.",
        ),
    }
}

const TEEN_NEXT: &str = "If you need this page for your work, ask a member of staff to have it looked at. Give them the reference on this page.";
const TEEN_TELL: &str = "If this looks like a mistake, give a member of staff the reference on this page. If something worries you, or someone is putting you under pressure, talk to an adult you trust or use one of the numbers on this page. Asking for help is never held against you.";

fn teen(why: &Why) -> [String; 3] {
    match why {
        Why::Category(category) if is_harmful_to_computers(*category) => say(
            "This page is not safe",
            "It is on a list of pages that harm computers or trick people out of passwords or money.",
            "If you typed in a password or other details, tell a member of staff now, so that they can help you change it.",
        ),
        Why::Category(Category::SelfHarm) => say(
            "This page is not open at school",
            "It is on a list of pages that can make hard feelings worse. Pages that help are always open.",
            "If things are hard right now, you do not have to manage alone. Ring or text one of the numbers on this page at any time, or talk to an adult you trust.",
        ),
        Why::Category(category) => [
            "This page is not open at school".to_owned(),
            format!(
                "It is on our list for {}, which is closed for your group at the moment. Lists make mistakes, and this can happen to anyone.",
                inside_a_sentence(category.title())
            ),
            if is_fit_to_name(*category) { TEEN_NEXT } else { TEEN_TELL }.to_owned(),
        ],
        Why::Service(title) => [
            "This page is not open at school".to_owned(),
            format!("It is part of {title}, which is closed for your group at the moment."),
            TEEN_NEXT.to_owned(),
        ],
        Why::NotOnTheList => say(
            "This page has not been checked yet",
            "Only pages that the school has looked at are open for your group. This one is not on the list yet.",
            TEEN_NEXT,
        ),
        Why::SchoolRule => {
            say("This page is not open at school", "The school has a rule that keeps this page closed.", TEEN_NEXT)
        }
        Why::Emergency => say(
            "This page is closed for now",
            "The school has closed it for everyone for the moment. The decision is looked at again on the next school day.",
            TEEN_TELL,
        ),
        Why::Suspended => say(
            "Most of the internet is closed for you for now",
            "It stays closed until your school says. The pages for your lessons and all help pages still work.",
            "Talk to a member of staff. You can ask the school to look at this decision again.",
        ),
        Why::Lesson => say(
            "Not open in this lesson",
            "Only the pages chosen for this lesson are open right now. It is the same for the whole class.",
            "If you need this page for the lesson, ask your teacher to add it.",
        ),
        Why::OnlyHelp => say(
            "There is no internet until it is safe",
            "The school's filter is not ready, so only help pages are open. It is the same for everyone.",
            "Tell a member of staff, so that they can call the technician.",
        ),
        Why::SearchTool => say(
            "The school uses another search page",
            "Search works here through a page that leaves out what is not meant for school.",
            "Use the school's search page instead. If you cannot find what you need, ask a member of staff.",
        ),
        Why::NoStrictSearch => say(
            "This search page is closed in school",
            "It has no way to leave out what is not meant for school. Other search pages have one.",
            "Use another search page instead. If you cannot find what you need, ask a member of staff.",
        ),
        Why::Unclear => say(
            "This page could not be opened",
            "The request reached us in a form that can be read in two ways, so it was not sent on. This is usually a fault in a program.",
            "Go back and open the page again. If it happens again, give a member of staff the reference on this page.",
        ),
        Why::Inside => say(
            "This address is inside the school's network",
            "It leads to the school's own computers, not to a site on the internet.",
            TEEN_NEXT,
        ),
        Why::Sealed => say(
            "This address is not available",
            "This address is not available on the school network.",
            "If you are worried about anything, talk to an adult you trust or use one of the numbers on this page.",
        ),
        Why::Fault => say(
            "This page could not be reached",
            "The site is not answering, or there is no site with that name. It is not something you did.",
            "Check the address and try again in a few minutes. If it still does not work, tell a member of staff.",
        ),
    }
}

const STAFF_NEXT: &str = "If you need it for your work, ask the person who looks after the filter to open it, and give the reference on this page.";
const VISITOR_NEXT: &str =
    "If you need it for your visit, ask at the school office, and give the reference on this page.";

fn adult(why: &Why, band: Band) -> [String; 3] {
    let need = if band == Band::Staff { STAFF_NEXT } else { VISITOR_NEXT };
    match why {
        Why::Category(category) if is_harmful_to_computers(*category) => say(
            "This page is not safe",
            "It is on a list of pages that harm computers or trick people out of passwords or money.",
            "If you entered a password or other details, tell the school's technician now, and change that password.",
        ),
        Why::Category(category) if band.may_be_young() && !is_fit_to_name(*category) => say(
            "This page is not open here",
            "It is on a list of pages that are closed on the school network.",
            "If this is a mistake, tell the school office and give the reference on this page.",
        ),
        Why::Category(category) => [
            "This page is not open here".to_owned(),
            format!(
                "It is on a list for {}, which is closed for your group at the moment. Lists make mistakes.",
                inside_a_sentence(category.title())
            ),
            need.to_owned(),
        ],
        Why::Service(title) => [
            "This page is not open here".to_owned(),
            format!("It is part of {title}, which is closed for your group at the moment."),
            need.to_owned(),
        ],
        Why::NotOnTheList => say(
            "This page has not been checked yet",
            "Only pages on the school's list are open for your group, and this one is not on it yet.",
            need,
        ),
        Why::SchoolRule => say("This page is not open here", "A rule of the school keeps this page closed.", need),
        Why::Emergency => say(
            "This page is closed for now",
            "It was closed for everyone on safeguarding grounds. The decision is looked at again on the next school day.",
            "If children may have seen it, or you have a concern, speak to the designated safeguarding lead.",
        ),
        Why::Suspended => say(
            "Most of the internet is closed for this account for now",
            "It stays closed until the school says. Teaching sites and all help pages still work.",
            "Speak to the person who looks after the filter, or to a member of the leadership team.",
        ),
        Why::Lesson => say(
            "Not open in this lesson",
            "Only the pages chosen for this lesson are open right now.",
            "Whoever leads the lesson can add this page or end the lesson list.",
        ),
        Why::OnlyHelp => say(
            "There is no internet until it is safe",
            "The filter has no rules it can trust, so only help pages and lifelines are open. It is the same for everyone.",
            "Call the school's technician. Teaching that needs the internet has to wait.",
        ),
        Why::SearchTool => say(
            "The school uses another search page",
            "Search works here through a page that the school has chosen.",
            "Use the school's search page instead.",
        ),
        Why::NoStrictSearch => say(
            "This search page is closed here",
            "Its strict mode cannot be held on from outside. Other search pages have one that can.",
            "Use another search page instead.",
        ),
        Why::Unclear => say(
            "This request was not clear",
            "It reached the filter in a form that can be read in two ways, so it was not sent on. This is usually a fault in a program.",
            "Open the page again. If it happens again, give the technician the reference on this page.",
        ),
        Why::Inside => say(
            "This address is inside the school's network",
            "It leads to the school's own computers and is not on the list of services open from here.",
            "If it is a school service, ask the technician to list it, and give the reference on this page.",
        ),
        Why::Sealed => say(
            "This address is not available",
            "This address is not available on the school network.",
            "If you have a concern about a child, speak to the designated safeguarding lead. If you are worried about anything else, the numbers on this page can help.",
        ),
        Why::Fault => say(
            "This page could not be reached",
            "The site is not answering, or there is no site with that name.",
            "Check the address and try again in a few minutes. If other sites fail too, tell the technician.",
        ),
    }
}

#[cfg(test)]
mod tests;
