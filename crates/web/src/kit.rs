//! What the parts of a page are made from: one type for each macro of `templates/kit.html`, which holds the markup.
//!
//! The words are the page's own. A field's name is also its `id`, so a page has no two fields of one name.

/// An area of the navigation, or one place of a sub-navigation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Area {
    /// Where it leads.
    pub href: String,
    /// What it is called.
    pub words: String,
    /// Whether this page belongs to it.
    pub is_here: bool,
}

impl Area {
    /// An area.
    pub fn new(href: impl Into<String>, words: impl Into<String>, is_here: bool) -> Self {
        Self { href: href.into(), words: words.into(), is_here }
    }
}

/// Who is signed in, as the head of the page shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Who {
    /// Their name.
    pub name: String,
    /// The duty they act in, or what they are ("Deputy safeguarding lead"); may be empty.
    pub role_words: String,
}

/// What an act just now brought about: told once, on the next page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Announcement {
    /// What happened, in two or three words.
    pub title: String,
    /// What happened, who was told, and what happens next.
    pub words: String,
}

/// What kind of thing is typed into a field.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Kind {
    /// Words.
    #[default]
    Text,
    /// A name at a machine, a code or another thing that is no prose: no spelling is checked, nothing is made a capital.
    Code,
    /// An e-mail address.
    Email,
    /// A telephone number.
    Telephone,
    /// Digits, among them those of a one-time code. Not a number: there is nothing to count up.
    Digits,
    /// What nobody else may read. Its value is neither kept nor printed.
    Secret,
}

impl Kind {
    /// The `type` of its `input`.
    pub const fn of_input(self) -> &'static str {
        match self {
            Self::Text | Self::Code | Self::Digits => "text",
            Self::Email => "email",
            Self::Telephone => "tel",
            Self::Secret => "password",
        }
    }

    /// Whether a telephone should show digits to type with.
    pub fn is_of_digits(self) -> bool {
        self == Self::Digits
    }

    /// Whether spelling may be checked.
    pub fn is_prose(self) -> bool {
        self == Self::Text
    }
}

/// How wide a field is, in characters: as wide as what is expected, which tells people what that is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Width {
    /// As wide as the column.
    #[default]
    Full,
    /// For 30 characters.
    Thirty,
    /// For 20 characters.
    Twenty,
    /// For 10 characters.
    Ten,
    /// For 5 characters.
    Five,
}

impl Width {
    /// Its class in the kit.
    pub const fn class(self) -> &'static str {
        match self {
            Self::Full => "",
            Self::Thirty => " govuk-input--width-30",
            Self::Twenty => " govuk-input--width-20",
            Self::Ten => " govuk-input--width-10",
            Self::Five => " govuk-input--width-5",
        }
    }
}

/// A field that is typed into: for the macros `input`, `password` and `textarea`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its name and id.
    pub name: String,
    /// What it asks for.
    pub label: String,
    /// What helps with filling it in.
    pub hint: Option<String>,
    value: String,
    /// What is wrong with it.
    pub error: Option<String>,
    /// What browsers and password managers may fill in.
    pub autocomplete: Option<&'static str>,
    /// What kind of thing is typed.
    pub kind: Kind,
    /// How wide it is.
    pub width: Width,
    /// Whether it has the focus when the page opens: for pages that are one form and nothing else.
    pub is_focused: bool,
}

impl Field {
    /// An empty field for words.
    pub fn new(name: impl Into<String>, label: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            label: label.into(),
            hint: None,
            value: String::new(),
            error: None,
            autocomplete: None,
            kind: Kind::Text,
            width: Width::Full,
            is_focused: false,
        }
    }

    /// A field for a password. `autocomplete` tells password managers which: `current-password` or `new-password`.
    pub fn password(name: impl Into<String>, label: impl Into<String>, autocomplete: &'static str) -> Self {
        Self::new(name, label).kind(Kind::Secret).autocomplete(autocomplete).width(Width::Thirty)
    }

    /// What helps with filling it in.
    #[must_use]
    pub fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// What was typed before, so that nobody's words are lost. A secret is dropped.
    #[must_use]
    pub fn value(self, value: impl Into<String>) -> Self {
        let value = if self.kind == Kind::Secret { String::new() } else { value.into() };
        Self { value, ..self }
    }

    /// What is wrong with it, if anything.
    #[must_use]
    pub fn error(self, error: Option<String>) -> Self {
        Self { error, ..self }
    }

    /// What browsers and password managers may fill in.
    #[must_use]
    pub fn autocomplete(self, autocomplete: &'static str) -> Self {
        Self { autocomplete: Some(autocomplete), ..self }
    }

    /// What kind of thing is typed. A secret drops what was there.
    #[must_use]
    pub fn kind(self, kind: Kind) -> Self {
        let value = if kind == Kind::Secret { String::new() } else { self.value };
        Self { value, kind, ..self }
    }

    /// How wide it is.
    #[must_use]
    pub fn width(self, width: Width) -> Self {
        Self { width, ..self }
    }

    /// Gives it the focus when the page opens.
    #[must_use]
    pub fn focused(self) -> Self {
        Self { is_focused: true, ..self }
    }

    /// The problem of this field for the summary at the top of the page.
    pub fn problem(&self) -> Option<Problem> {
        self.error.as_ref().map(|error| Problem::at(self.name.clone(), error.clone()))
    }

    /// The value that may be printed: none of a secret.
    pub fn shown_value(&self) -> &str {
        if self.kind == Kind::Secret { "" } else { &self.value }
    }

    /// The ids of what describes it.
    pub fn described_by(&self) -> Option<String> {
        described_by(&self.name, self.hint.is_some(), self.error.is_some())
    }
}

/// The ids of what describes a part, for screen readers: its hint, then its error.
fn described_by(name: &str, has_hint: bool, has_error: bool) -> Option<String> {
    match (has_hint, has_error) {
        (false, false) => None,
        (true, false) => Some(format!("{name}-hint")),
        (false, true) => Some(format!("{name}-error")),
        (true, true) => Some(format!("{name}-hint {name}-error")),
    }
}

/// One of several things to choose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// What is sent, or shown.
    pub value: String,
    /// What people read.
    pub words: String,
    /// What helps with filling it in.
    pub hint: Option<String>,
    /// Whether it is chosen.
    pub is_chosen: bool,
}

/// Several things of which one or more are chosen: for the macros `radios`, `checkboxes` and `select`. A short list is
/// radios, never a select.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choices {
    /// Its name and id.
    pub name: String,
    /// The question.
    pub legend: String,
    /// What helps with filling it in.
    pub hint: Option<String>,
    /// What is wrong with it.
    pub error: Option<String>,
    /// What can be chosen.
    pub options: Vec<Choice>,
    /// Whether the options stand side by side.
    pub is_inline: bool,
    /// Whether the first of them has the focus when the page opens.
    pub is_focused: bool,
}

impl Choices {
    /// A question without answers yet.
    pub fn new(name: impl Into<String>, legend: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            legend: legend.into(),
            hint: None,
            error: None,
            options: Vec::new(),
            is_inline: false,
            is_focused: false,
        }
    }

    /// One more thing to choose.
    #[must_use]
    pub fn option(mut self, value: impl Into<String>, words: impl Into<String>) -> Self {
        self.options.push(Choice { value: value.into(), words: words.into(), hint: None, is_chosen: false });
        self
    }

    /// One more thing to choose, with what it means.
    #[must_use]
    pub fn option_with(mut self, value: impl Into<String>, words: impl Into<String>, hint: impl Into<String>) -> Self {
        let hint = Some(hint.into());
        self.options.push(Choice { value: value.into(), words: words.into(), hint, is_chosen: false });
        self
    }

    /// Chooses what has this value; may be called again where several can be chosen.
    #[must_use]
    pub fn chosen(mut self, value: &str) -> Self {
        for option in &mut self.options {
            option.is_chosen |= option.value == value;
        }
        self
    }

    /// What helps with choosing.
    #[must_use]
    pub fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// What is wrong with the choice, if anything.
    #[must_use]
    pub fn error(self, error: Option<String>) -> Self {
        Self { error, ..self }
    }

    /// Puts the options side by side: for two short ones.
    #[must_use]
    pub fn inline(self) -> Self {
        Self { is_inline: true, ..self }
    }

    /// Gives the first option the focus when the page opens.
    #[must_use]
    pub fn focused(self) -> Self {
        Self { is_focused: true, ..self }
    }

    /// The problem of this question for the summary at the top of the page. It leads to the first option.
    pub fn problem(&self) -> Option<Problem> {
        self.error.as_ref().map(|error| Problem::at(self.name.clone(), error.clone()))
    }

    /// The ids of what describes it.
    pub fn described_by(&self) -> Option<String> {
        described_by(&self.name, self.hint.is_some(), self.error.is_some())
    }

    /// The options with the id of each. The first has the question's own, so that a problem leads to it.
    pub fn identified(&self) -> impl Iterator<Item = (String, &Choice)> {
        (1..).zip(&self.options).map(|(place, option)| {
            let id = if place == 1 { self.name.clone() } else { format!("{}-{place}", self.name) };
            (id, option)
        })
    }
}

/// A date in three boxes: for the macro `date`. Its fields are named after it: `name-day`, `name-month`, `name-year`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DateField {
    /// Its name and id.
    pub name: String,
    /// The question.
    pub legend: String,
    /// What helps with filling it in.
    pub hint: Option<String>,
    /// What is wrong with it.
    pub error: Option<String>,
    values: [String; 3],
}

impl DateField {
    /// An empty date.
    pub fn new(name: impl Into<String>, legend: impl Into<String>) -> Self {
        Self { name: name.into(), legend: legend.into(), hint: None, error: None, values: Default::default() }
    }

    /// What helps with filling it in ("For example, 27 3 2027").
    #[must_use]
    pub fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// What was typed before: day, month, year.
    #[must_use]
    pub fn values(self, values: [String; 3]) -> Self {
        Self { values, ..self }
    }

    /// What is wrong with it, if anything.
    #[must_use]
    pub fn error(self, error: Option<String>) -> Self {
        Self { error, ..self }
    }

    /// The problem of this date for the summary at the top of the page. It leads to the day.
    pub fn problem(&self) -> Option<Problem> {
        self.error.as_ref().map(|error| Problem::at(format!("{}-day", self.name), error.clone()))
    }

    /// The ids of what describes it.
    pub fn described_by(&self) -> Option<String> {
        described_by(&self.name, self.hint.is_some(), self.error.is_some())
    }

    /// Its three boxes.
    pub fn boxes(&self) -> [DateBox<'_>; 3] {
        let [day, month, year] = &self.values;
        [("day", "Day", 2, day), ("month", "Month", 2, month), ("year", "Year", 4, year)]
            .map(|(part, words, width, value)| DateBox { id: format!("{}-{part}", self.name), words, width, value })
    }
}

/// One of the three boxes of a date.
#[derive(Debug)]
pub struct DateBox<'a> {
    /// Both its id and its name.
    pub id: String,
    /// What people read.
    pub words: &'static str,
    /// How many characters it takes.
    pub width: u8,
    /// What was typed before.
    pub value: &'a str,
}

/// One line of the error summary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The id of the field to which the line leads.
    pub field: Option<String>,
    /// What people read.
    pub words: String,
}

impl Problem {
    /// A problem of one field, to which the line leads.
    pub fn at(field: impl Into<String>, words: impl Into<String>) -> Self {
        Self { field: Some(field.into()), words: words.into() }
    }

    /// A problem of the whole form.
    pub fn of_all(words: impl Into<String>) -> Self {
        Self { field: None, words: words.into() }
    }
}

/// A row of a summary list, with what can be done about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// What the row is about.
    pub key: String,
    /// What is sent, or shown.
    pub value: String,
    /// What can be done about it.
    pub action: Option<RowAction>,
}

/// What can be done about a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowAction {
    /// Where it leads.
    pub href: String,
    /// What people read.
    pub words: String,
    /// What completes the words for those who hear links alone.
    pub about: String,
}

impl Row {
    /// A row to read.
    pub fn new(key: impl Into<String>, value: impl Into<String>) -> Self {
        Self { key: key.into(), value: value.into(), action: None }
    }

    /// With a link. `about` completes its words for those who hear links alone: "Change" "your telephone number".
    #[must_use]
    pub fn action(self, href: impl Into<String>, words: impl Into<String>, about: impl Into<String>) -> Self {
        Self { action: Some(RowAction { href: href.into(), words: words.into(), about: about.into() }), ..self }
    }
}

/// How a tag looks. The words say the same.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Tone {
    /// Neither well nor ill.
    #[default]
    Plain,
    /// Something is under way.
    Under,
    /// Well.
    Good,
    /// A person should look.
    Warn,
    /// Ill.
    Bad,
}

impl Tone {
    /// Its class in the kit.
    pub const fn class(self) -> &'static str {
        match self {
            Self::Plain => "govuk-tag--grey",
            Self::Under => "govuk-tag--blue",
            Self::Good => "govuk-tag--green",
            Self::Warn => "govuk-tag--yellow",
            Self::Bad => "govuk-tag--red",
        }
    }
}

/// A state in one or two words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag {
    /// What people read.
    pub words: String,
    /// How it looks.
    pub tone: Tone,
}

impl Tag {
    /// A tag.
    pub fn new(words: impl Into<String>, tone: Tone) -> Self {
        Self { words: words.into(), tone }
    }
}

/// The way to the other pages of a list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PageLinks {
    /// What the list is, for those who go from landmark to landmark.
    pub label: String,
    /// The page before.
    pub previous: Option<String>,
    /// The next page.
    pub next: Option<String>,
    /// Pages by number.
    pub numbers: Vec<PageLink>,
}

/// A numbered page, or a gap where it has no address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageLink {
    /// Its number.
    pub number: usize,
    /// Where it leads; `None` in a gap.
    pub href: Option<String>,
    /// Whether it is this page.
    pub is_here: bool,
}

/// How the way to other pages is called where a page has only one list.
const LABEL: &str = "Pages of this list";

impl PageLinks {
    /// For a list of which nobody knows the length: back and on.
    pub fn stepping(previous: Option<String>, next: Option<String>) -> Self {
        Self { label: LABEL.to_owned(), previous, next, numbers: Vec::new() }
    }

    /// For a list of `last` pages, counted from 1: this one, those beside it, the first and the last.
    pub fn numbered(here: usize, last: usize, href: impl Fn(usize) -> String) -> Self {
        let is_shown = |number: usize| number == 1 || number == last || number.abs_diff(here) <= 1;
        let mut numbers: Vec<PageLink> = Vec::new();
        for number in 1..=last {
            if is_shown(number) {
                numbers.push(PageLink { number, href: Some(href(number)), is_here: number == here });
            } else if numbers.last().is_some_and(|link| link.href.is_some()) {
                numbers.push(PageLink { number, href: None, is_here: false });
            }
        }
        Self {
            label: LABEL.to_owned(),
            previous: (here > 1).then(|| href(here - 1)),
            next: (here < last).then(|| href(here + 1)),
            numbers,
        }
    }

    /// With another name, where a page has more than one list.
    #[must_use]
    pub fn label(self, label: impl Into<String>) -> Self {
        Self { label: label.into(), ..self }
    }

    /// Whether there is another page at all.
    pub fn leads_on(&self) -> bool {
        self.previous.is_some() || self.next.is_some()
    }
}
