//! `holdfast setting` and `holdfast trust-setting`.

use super::surroundings::{AsWhom, OfSchool, Opened, Surroundings, Where};
use crate::{
    Fault, id,
    settings::{AsOf, Chosen, Decision, Definition, Effective, Fact, NewValue, Part, Version, define},
};
use clap::{Args, Subcommand, ValueEnum};
use jiff::Timestamp;

/// `holdfast setting`.
#[derive(Debug, Args)]
pub struct Setting {
    #[command(flatten)]
    place: Where,
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Lists every setting with the value in force and where it comes from.
    List {
        #[command(flatten)]
        school: OfSchool,
        #[command(flatten)]
        when: When,
    },
    /// Shows one setting: what is in force, what is allowed, what the sources say.
    Show {
        /// The setting's id.
        setting: String,
        #[command(flatten)]
        school: OfSchool,
        #[command(flatten)]
        when: When,
    },
    /// Sets the school's value, or withdraws it.
    Set {
        #[command(flatten)]
        as_whom: AsWhom,
        #[command(flatten)]
        new: New,
    },
    /// Shows everything that was ever decided about a setting.
    History {
        #[command(flatten)]
        as_whom: AsWhom,
        /// The setting's id.
        setting: String,
    },
    /// Lists the questions that a person must decide because a policy says two things.
    Questions {
        #[command(flatten)]
        school: OfSchool,
    },
    /// Decides one of those questions, and sets what the answer sets.
    Decide {
        #[command(flatten)]
        as_whom: AsWhom,
        /// The question's id.
        question: String,
        /// The answer's word.
        answer: String,
        /// Why.
        #[arg(long)]
        why: String,
        /// The clause of the policy: its id or text.
        #[arg(long)]
        clause: Option<String>,
    },
}

/// `holdfast trust-setting`.
#[derive(Debug, Args)]
pub struct TrustSetting {
    #[command(flatten)]
    place: Where,
    /// What of the setting.
    #[arg(value_enum)]
    part: TrustPart,
    #[command(flatten)]
    as_whom: AsWhom,
    #[command(flatten)]
    new: New,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum TrustPart {
    /// How loose the trust's schools may be.
    Floor,
    /// What schools have that chose nothing.
    Default,
}

#[derive(Debug, Args)]
struct New {
    /// The setting's id.
    setting: String,
    /// The value. In a list, words are separated by commas.
    #[arg(required_unless_present = "withdraw", conflicts_with = "withdraw", allow_hyphen_values = true)]
    value: Option<String>,
    /// Takes back what was chosen before, instead of a value.
    #[arg(long)]
    withdraw: bool,
    /// Why.
    #[arg(long)]
    why: String,
    /// The clause of the policy: its id or text.
    #[arg(long)]
    clause: Option<String>,
}

/// As of when.
#[derive(Debug, Args)]
struct When {
    /// As it stood at this moment, such as 2026-11-02T09:00:00Z.
    #[arg(long, value_name = "MOMENT", conflicts_with = "version")]
    at: Option<Timestamp>,
    /// As it stood in this state, such as 12.3.
    #[arg(long, value_name = "STATE")]
    version: Option<String>,
}

impl When {
    fn as_of(&self) -> Result<AsOf, String> {
        match (&self.at, &self.version) {
            (Some(moment), _) => Ok(AsOf::Moment(*moment)),
            (None, None) => Ok(AsOf::Now),
            (None, Some(text)) => Version::parse(text)
                .map(AsOf::Version)
                .ok_or_else(|| format!("“{text}” names no state of the settings; one looks like 12.3.")),
        }
    }
}

impl New {
    fn value(&self) -> NewValue<'_> {
        NewValue {
            setting: &self.setting,
            value: self.value.as_deref(),
            why: &self.why,
            clause: self.clause.as_deref(),
        }
    }
}

impl Setting {
    pub(super) fn run(self, surroundings: Surroundings) -> Result<String, String> {
        let opened = Opened::open(&self.place, surroundings)?;
        match self.what {
            What::List { school, when } => Ok(list(&effective(&opened, &school, &when)?)),
            What::Show { setting, school, when } => {
                let definition = define::by_id(&setting).ok_or_else(|| {
                    format!("There is no setting “{setting}”; `holdfast setting list` shows them all.")
                })?;
                Ok(show(definition, &effective(&opened, &school, &when)?))
            }
            What::Set { as_whom, new } => {
                let session = opened.sign_in(&as_whom)?;
                Ok(changed(told(opened.runtime.block_on(opened.records.set_setting(&session, new.value())))?))
            }
            What::History { as_whom, setting } => {
                let session = opened.sign_in(&as_whom)?;
                let history = told(opened.runtime.block_on(opened.records.setting_history(&session, &setting)))?;
                if history.is_empty() {
                    return Ok(format!("Nothing was ever decided about {setting}; our starting value is in force."));
                }
                Ok(history.iter().map(|told| line(told.part.word(), &told.fact)).collect::<Vec<_>>().join("\n"))
            }
            What::Questions { school } => {
                let school = school_of(&opened, &school)?;
                Ok(questions(&told(opened.runtime.block_on(opened.records.decisions(school)))?))
            }
            What::Decide { as_whom, question, answer, why, clause } => {
                let session = opened.sign_in(&as_whom)?;
                let chosen = Chosen { conflict: &question, answer: &answer, why: &why, clause: clause.as_deref() };
                Ok(changed(told(opened.runtime.block_on(opened.records.decide_conflict(&session, chosen)))?))
            }
        }
    }
}

impl TrustSetting {
    pub(super) fn run(self, surroundings: Surroundings) -> Result<String, String> {
        let opened = Opened::open(&self.place, surroundings)?;
        let session = opened.sign_in(&self.as_whom)?;
        let part = match self.part {
            TrustPart::Floor => Part::Floor,
            TrustPart::Default => Part::Default,
        };
        Ok(changed(told(opened.runtime.block_on(opened.records.set_trust_setting(&session, part, self.new.value())))?))
    }
}

/// What came of a verb, in words.
pub(super) fn told<T>(result: Result<T, Fault>) -> Result<T, String> {
    result.map_err(|fault| fault.to_string())
}

/// The school that was typed, or the only one there is.
pub(super) fn school_of(opened: &Opened, typed: &OfSchool) -> Result<id::School, String> {
    let code = opened.school_code(typed)?;
    told(opened.runtime.block_on(opened.records.school_of(&code)))
}

fn effective(opened: &Opened, school: &OfSchool, when: &When) -> Result<Effective, String> {
    let as_of = when.as_of()?;
    let school = school_of(opened, school)?;
    told(opened.runtime.block_on(opened.records.settings_as_of(school, as_of)))
}

fn changed(version: Version) -> String {
    format!("Done. The settings are now {version}.")
}

fn list(settings: &Effective) -> String {
    let mut lines = vec![format!("Settings {}", settings.version())];
    for definition in define::all() {
        let (value, origin) = settings.state(definition).effective();
        lines.push(format!("{} = {}   ({})", definition.id, shown(&value.to_string()), origin.words()));
    }
    lines.join("\n")
}

fn show(definition: &'static Definition, settings: &Effective) -> String {
    let state = settings.state(definition);
    let (value, origin) = state.effective();
    let ours = definition.ours().to_string();
    let mut lines = vec![
        format!("{}: {}", definition.id, definition.title),
        format!("In force: {} ({}; settings {})", shown(&value.to_string()), origin.words(), settings.version()),
        format!("Our starting value: {} (ours, no policy's)", shown(&ours)),
        format!("Allowed: {}; {}", definition.kind.allowed(), definition.order.words()),
    ];
    if let Some(floor) = state.floor() {
        lines.push(format!("No looser than: {}", shown(&floor.to_string())));
    }
    if let Some(limit) = &definition.limit {
        lines.push(limit.why.to_owned());
    }
    for part in [Part::School, Part::Default, Part::Floor] {
        lines.extend(state.newest(part).map(|fact| line(part.word(), fact)));
    }
    for said in definition.said {
        lines.push(format!("{}: {} {}", said.source, said.words, said.lines).trim_end().to_owned());
    }
    lines.push(format!("Changed by: {}. Controls: {}.", definition.owner.words(), definition.controls.join(", ")));
    if !definition.note.is_empty() {
        lines.push(definition.note.to_owned());
    }
    lines.join("\n")
}

fn line(whose: &str, fact: &Fact) -> String {
    let value = fact.value.as_ref().map_or_else(|| "withdrawn".to_owned(), |value| shown(&value.to_string()));
    let clause = fact.clause.as_ref().map(|clause| format!(" Clause: {clause}.")).unwrap_or_default();
    format!("{} {} {whose} {value} by {}: {}{clause}", fact.at, fact.number, fact.by, fact.why)
}

fn shown(value: &str) -> String {
    if value.is_empty() { "(empty)".to_owned() } else { value.to_owned() }
}

fn questions(decisions: &[Decision]) -> String {
    let open = decisions.iter().filter(|decision| decision.answer.is_none()).count();
    let mut lines = vec![format!("{open} of {} questions are open.", decisions.len())];
    for Decision { conflict, answer, fact } in decisions {
        lines.push(format!("\n{}: {} ({})", conflict.id, conflict.question, conflict.source));
        match (answer, fact) {
            (Some(answer), Some(fact)) => {
                lines.push(format!("  decided {} by {}: {} — {}", fact.at, fact.by, answer.word, fact.why));
            }
            _ => lines.push("  OPEN: needs a decision".to_owned()),
        }
        lines.extend(conflict.options.iter().map(|answer| format!("  {}: {}", answer.word, answer.title)));
    }
    lines.join("\n")
}
