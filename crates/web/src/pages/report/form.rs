//! What each form asks, what was typed into it, and what is missing.

use crate::{
    fields::Fields,
    kit::{Choices, Field, Problem},
    pages::{error_at, form::Part, plain},
    words::capital,
};
use holdfast_records::{
    Fault,
    concern::{
        Picture,
        door::{Concerned, Door, NewReport, Told, Writer},
    },
    file::Words,
    id,
};
use jiff::Timestamp;
use zeroize::Zeroizing;

/// A form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sheet {
    Worry,
    Child,
    Complaint,
    Whistleblowing,
}

impl Sheet {
    pub(super) const ALL: [Self; 4] = [Self::Worry, Self::Child, Self::Complaint, Self::Whistleblowing];

    pub(super) fn path(self) -> &'static str {
        match self {
            Self::Worry => "/report/worry",
            Self::Child => "/report/child",
            Self::Complaint => "/report/complaint",
            Self::Whistleblowing => "/report/whistleblowing",
        }
    }

    pub(super) fn door(self) -> Door {
        match self {
            Self::Worry | Self::Child => Door::Worry,
            Self::Complaint => Door::Complaint,
            Self::Whistleblowing => Door::Whistleblowing,
        }
    }

    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Worry => "Tell us of a worry",
            Self::Child => "Tell us",
            Self::Complaint => "Make a complaint",
            Self::Whistleblowing => "Whistleblowing",
        }
    }

    /// What is said before anything is asked.
    pub(super) fn intro(self) -> &'static [&'static str] {
        match self {
            Self::Worry => &[
                "For a parent or carer, a visitor, a neighbour, or anybody who worries about a child or about how somebody at this \
                 school behaves. You need not be sure, and you need not say who you are.",
                "Words only: do not send pictures, and do not copy or pass on any that you have seen.",
            ],
            Self::Child => &["You are not in trouble. It is good to tell.", "You do not have to say your name."],
            Self::Complaint => &[
                "It goes to the head. If it is about the head it goes to the chair of governors, and the head does not see it.",
                "If a child may be harmed, tell us of a worry instead: it is read by other people, and sooner.",
                "Online bullying is seen to by the school’s anti-bullying procedure; a complaint about somebody who works here by the \
                 procedure for that.",
            ],
            Self::Whistleblowing => &[
                "For anybody who sees at this school what is wrong or unsafe and cannot tell those in charge. It goes to the chair of \
                 governors and round the head and the safeguarding leads. If it is about the chair, it goes to the trust.",
                "You need not say who you are. Whoever works here and tells of a wrong in good faith is protected by law.",
                "Use a device of your own and not one of the school’s, if you do not want the school to see that you were on this page.",
            ],
        }
    }

    /// The national numbers that stand beside it.
    pub(super) fn numbers(self) -> &'static [&'static str] {
        match self {
            Self::Worry => &["nspcc", "childline"],
            Self::Child => &["childline"],
            Self::Complaint => &[],
            Self::Whistleblowing => &["whistleblowing", "nspcc"],
        }
    }

    pub(super) fn is_for_children(self) -> bool {
        self == Self::Child
    }

    fn writers(self) -> &'static [Writer] {
        match self {
            Self::Worry | Self::Complaint => &[Writer::Parent, Writer::Visitor, Writer::Other, Writer::Pupil],
            Self::Child => &[],
            Self::Whistleblowing => &[Writer::Staff, Writer::Parent, Writer::Other],
        }
    }

    fn asks_danger(self) -> bool {
        matches!(self, Self::Worry | Self::Child)
    }
}

/// What was typed.
pub(super) struct Typed {
    pub(super) sheet: Sheet,
    /// Its number; nothing where it was sent without one of ours.
    form: Option<id::Row>,
    /// Whether they want a receipt.
    pub(super) receipt: bool,
    writer: String,
    concerned: String,
    danger: String,
    picture: String,
    about: Zeroizing<String>,
    words: Zeroizing<String>,
    naming: String,
    name: Zeroizing<String>,
    reach: Zeroizing<String>,
}

impl Typed {
    /// A form nobody has written on.
    pub(super) fn blank(sheet: Sheet, now: Timestamp) -> Result<Self, Fault> {
        let form = id::Row::new(now)?;
        Ok(Self { form: Some(form), ..Self::of(sheet, &Fields::default()) })
    }

    pub(super) fn of(sheet: Sheet, fields: &Fields) -> Self {
        let own = |name: &str| fields.get(name).to_owned();
        let secret = |name: &str| Zeroizing::new(own(name));
        Self {
            sheet,
            form: id::Row::parse(fields.get("form")).ok(),
            receipt: fields.get("receipt") == "yes",
            writer: own("writer"),
            concerned: own("concerned"),
            danger: own("danger"),
            picture: own("picture"),
            about: secret("about"),
            words: secret("words"),
            naming: own("naming"),
            name: secret("name"),
            reach: secret("reach"),
        }
    }

    /// Its number as the form carries it.
    pub(super) fn number(&self) -> String {
        self.form.map(|form| form.to_string()).unwrap_or_default()
    }

    fn is_danger(&self) -> bool {
        self.danger == "yes"
    }

    /// Whether the form has this field.
    pub(super) fn has(field: &str) -> bool {
        ["concerned", "about", "words", "name", "reach"].contains(&field)
    }

    /// What it says, or what is missing.
    pub(super) fn read(&self, now: Timestamp) -> Result<NewReport, Vec<Problem>> {
        let mut problems = Vec::new();
        let mut missing = |field: &str, words: &str| problems.push(Problem::at(field, words));
        let writer = if self.sheet.is_for_children() { Some(Writer::Pupil) } else { Writer::from_word(&self.writer) };
        if writer.is_none() {
            missing("writer", "Choose who you are.");
        }
        let concerned = Concerned::from_word(&self.concerned).filter(|one| self.sheet.door().asks().contains(one));
        if concerned.is_none() {
            let words = if self.sheet.is_for_children() { "Choose one." } else { "Choose whom it is about." };
            missing("concerned", words);
        }
        if self.sheet.asks_danger() && !["yes", "no"].contains(&self.danger.as_str()) {
            missing("danger", "Choose whether somebody is in danger now.");
        }
        let picture = match self.sheet {
            Sheet::Worry => Picture::from_word(&self.picture),
            Sheet::Child | Sheet::Complaint | Sheet::Whistleblowing => Some(Picture::No),
        };
        if picture.is_none() {
            missing("picture", "Choose whether there is a picture or video.");
        }
        let words = match Words::new(self.words.as_str()) {
            Ok(words) => Some(words),
            Err(_nothing) if self.words.is_empty() => {
                missing("words", "Write what happened. One line is enough.");
                None
            }
            Err(fault) => {
                missing("words", &plain(&fault));
                None
            }
        };
        let (writer, concerned, picture, words) = match (writer, concerned, picture, words) {
            (Some(writer), Some(concerned), Some(picture), Some(words)) if problems.is_empty() => {
                (writer, concerned, picture, words)
            }
            _ => return Err(problems),
        };
        let told = Told {
            writer,
            concerned,
            picture,
            about: self.about.clone(),
            words,
            is_confidential: self.naming == "confidential",
            name: if self.naming == "none" { Zeroizing::default() } else { self.name.clone() },
            reach: self.reach.clone(),
        };
        let form = match self.form {
            Some(form) => form,
            None => id::Row::new(now).map_err(|fault| vec![Problem::of_all(plain(&fault))])?,
        };
        let (is_danger, wants_receipt) = (self.is_danger(), self.receipt);
        Ok(NewReport { door: self.sheet.door(), form, told, is_danger, wants_receipt })
    }

    /// The questions, with what was typed and what is wrong with it.
    pub(super) fn parts(&self, problems: &[Problem]) -> Vec<Part> {
        let error = |field: &str| error_at(problems, field);
        if self.sheet.is_for_children() { self.for_children(&error) } else { self.for_adults(&error) }
    }

    fn for_adults(&self, error: &dyn Fn(&str) -> Option<String>) -> Vec<Part> {
        let sheet = self.sheet;
        let mut writers = Choices::new("writer", "Who are you?").error(error("writer"));
        for one in sheet.writers() {
            writers = writers.option(one.word(), capital(one.title()));
        }
        let legend = match sheet {
            Sheet::Worry | Sheet::Child => "Is it about an adult who works or helps at this school?",
            Sheet::Complaint | Sheet::Whistleblowing => "What or whom is it about?",
        };
        let hint = match sheet {
            Sheet::Worry | Sheet::Child => "It decides who reads this. Whoever it is about does not.",
            Sheet::Complaint | Sheet::Whistleblowing => "It decides who reads this. Whoever you name here does not.",
        };
        let mut concerned = Choices::new("concerned", legend).hint(hint).error(error("concerned"));
        for one in sheet.door().asks() {
            concerned = concerned.option(one.word(), asked(sheet, *one));
        }
        let mut parts =
            vec![Part::Radios(writers.chosen(&self.writer)), Part::Radios(concerned.chosen(&self.concerned))];
        if sheet.asks_danger() {
            let danger = Choices::new("danger", "Is somebody in danger now?")
                .option("yes", "Yes")
                .option("no", "No")
                .hint("If so, ring 999 first.")
                .inline();
            parts.push(Part::Radios(danger.chosen(&self.danger).error(error("danger"))));
            let mut picture = Choices::new("picture", "Is there a picture or video?")
                .hint("Tell us only that there is one. Do not send, copy or show it.")
                .error(error("picture"));
            for one in Picture::ALL {
                picture = picture.option(one.word(), capital(one.title()));
            }
            parts.push(Part::Radios(picture.chosen(&self.picture)));
        }
        let about = match sheet {
            Sheet::Worry | Sheet::Child => "About whom? A name, a class, or how you know them",
            Sheet::Complaint | Sheet::Whistleblowing => "Who is it about, if it is about somebody?",
        };
        let told = match sheet {
            Sheet::Complaint => "What happened, and what would put it right?",
            Sheet::Worry | Sheet::Child | Sheet::Whistleblowing => {
                "What happened? What did you see or hear, when and where?"
            }
        };
        parts.push(Part::Input(kept_off("about", about, &self.about).error(error("about"))));
        parts.push(Part::Area(kept_off("words", told, &self.words).error(error("words"))));
        parts.extend(self.naming(error));
        parts
    }

    fn naming(&self, error: &dyn Fn(&str) -> Option<String>) -> Vec<Part> {
        let naming = Choices::new("naming", "May we know who you are?")
            .option("named", "Yes")
            .option_with(
                "confidential",
                "Yes, in confidence",
                "Only those who read this know. The law can make them tell.",
            )
            .option("none", "No")
            .chosen(if self.naming.is_empty() { "none" } else { &self.naming });
        let reach = match self.sheet {
            Sheet::Complaint => "How can we answer you? Without this we cannot",
            Sheet::Worry | Sheet::Child | Sheet::Whistleblowing => "How can we reach you, if you want us to?",
        };
        vec![
            Part::Radios(naming),
            Part::Input(kept_off("name", "Your name (if you said yes)", &self.name).error(error("name"))),
            Part::Input(
                kept_off("reach", reach, &self.reach)
                    .hint("A telephone number or e-mail address, and when it is safe to use it.")
                    .error(error("reach")),
            ),
        ]
    }

    fn for_children(&self, error: &dyn Fn(&str) -> Option<String>) -> Vec<Part> {
        let danger = Choices::new("danger", "Are you in danger now?")
            .option("yes", "Yes")
            .option("no", "No")
            .chosen(&self.danger)
            .error(error("danger"));
        let concerned = Choices::new("concerned", "Is it about a grown-up who works at school?")
            .option(Concerned::Nobody.word(), "No")
            .option(Concerned::Adult.word(), "Yes")
            .option(Concerned::Head.word(), "Yes, it is the head teacher")
            .option(Concerned::Lead.word(), "Yes, it is a grown-up who keeps children safe here")
            .option(Concerned::NotSure.word(), "I do not know")
            .hint("They will not be shown what you write.")
            .chosen(&self.concerned)
            .error(error("concerned"));
        vec![
            Part::Radios(danger),
            Part::Radios(concerned),
            Part::Area(
                kept_off("words", "What happened?", &self.words).hint("One line is enough.").error(error("words")),
            ),
            Part::Input(
                kept_off("about", "Who is it about?", &self.about)
                    .hint("You can leave this out.")
                    .error(error("about")),
            ),
            Part::Input(
                kept_off("reach", "How can we find you?", &self.reach)
                    .hint("Your name, or your class. You can leave this out.")
                    .error(error("reach")),
            ),
        ]
    }
}

/// A field that no browser fills in or remembers.
fn kept_off(name: &str, label: &str, typed: &str) -> Field {
    Field::new(name, label).autocomplete("off").value(typed)
}

fn asked(sheet: Sheet, concerned: Concerned) -> String {
    match (sheet, concerned) {
        (_, Concerned::Nobody) => "No".to_owned(),
        (Sheet::Worry, Concerned::Adult) => "Yes, an adult who works or helps here".to_owned(),
        (Sheet::Worry, Concerned::NotSure) => "I am not sure".to_owned(),
        (Sheet::Worry, concerned) => format!("Yes, {}", concerned.title()),
        (_, Concerned::Bullying) => "Bullying, online or not".to_owned(),
        (Sheet::Whistleblowing, Concerned::School) => "How things are done here".to_owned(),
        (_, concerned) => capital(concerned.title()),
    }
}
