//! Finding everything in the policy that a request touches, in one walk over the host's suffixes.
//! No allocation: what speaks is kept as one cause for each layer and action.

use super::rules::{Action, Rule};
use crate::{
    category::{Category, Labels},
    decide::{Cause, Considered, Fate, Layer, Question, Trace},
};
use foldhash::fast::FixedState;
use std::{collections::HashMap, fmt};

/// What a host of the policy belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Posting {
    pub(crate) owner: Owner,
    /// For address entries: the canonical path that the request's must equal or continue.
    pub(crate) path: Option<Box<str>>,
}

/// Whose a posting is; indices into the ruleset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Owner {
    Help(u32),
    Lifeline(u32),
    Emergency(u32),
    KeptBy(u32),
    Lesson(u32),
    Rule(u32),
    Service(u8),
    SearchTool(u32),
    /// What the school leaves unopened; says nothing about verdicts.
    LeftUnopened(u32),
    /// A host that a group chose to be opened, by the group's number; says nothing about verdicts.
    Chosen(u32),
}

/// Every host the policy names, with what it belongs to. Looked up by each suffix of a request's host.
#[derive(Clone, Default)]
pub(crate) struct HostIndex {
    /// With a quick hash: its keys are the school's own, and strangers only look things up.
    postings: HashMap<Box<str>, Vec<Posting>, FixedState>,
}

/// Tells how many hosts only: some are protected partners'.
impl fmt::Debug for HostIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HostIndex").field("hosts", &self.postings.len()).finish_non_exhaustive()
    }
}

impl HostIndex {
    pub(crate) fn add(&mut self, host: &str, path: Option<&str>, owner: Owner) {
        self.postings.entry(host.into()).or_default().push(Posting { owner, path: path.map(Into::into) });
    }

    /// Postings of one name, not of its parents.
    pub(crate) fn at(&self, name: &str) -> &[Posting] {
        self.postings.get(name).map_or(&[], Vec::as_slice)
    }
}

/// What one layer said.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Spoken {
    pub(crate) block: Option<Cause>,
    pub(crate) allow: Option<Cause>,
}

impl Spoken {
    fn say(&mut self, action: Action, cause: Cause) {
        let place = match action {
            Action::Block => &mut self.block,
            Action::Allow => &mut self.allow,
        };
        // The rule written first is named where several say the same.
        *place = Some(place.map_or(cause, |earlier| earliest(earlier, cause)));
    }
}

fn earliest(a: Cause, b: Cause) -> Cause {
    match (a, b) {
        (Cause::Rule(first), Cause::Rule(second)) => Cause::Rule(first.min(second)),
        (Cause::Lesson(first), Cause::Lesson(second)) => Cause::Lesson(first.min(second)),
        _ => a,
    }
}

/// Everything of the ruleset that a request touches.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Matches {
    pub(crate) help: Option<u32>,
    pub(crate) lifeline: Option<u32>,
    pub(crate) emergency: Option<u32>,
    pub(crate) suspension: Option<u32>,
    pub(crate) kept_when_suspended: bool,
    pub(crate) lesson: Spoken,
    pub(crate) person: Spoken,
    pub(crate) group: Spoken,
    pub(crate) search_tool: Option<u32>,
    /// Categories and services of the request.
    pub(crate) labels: Labels,
    /// Whether it is of a category that no allow frees.
    pub(crate) unfreeable: bool,
}

/// Sets that hold the request, by index. Empty, and so without memory, for nearly every request.
#[derive(Default)]
struct Opened {
    lessons: Vec<u32>,
    /// Suspensions whose teaching allow-list holds it.
    kept_by: Vec<u32>,
}

impl Question<'_> {
    /// Walks the policy once. Labels come first, because they tell whether an allow may free the request at all.
    pub(crate) fn matches(&self, trace: &mut impl Trace) -> Matches {
        let ruleset = self.ruleset;
        let mut matches = Matches { labels: ruleset.content().labels(self.request), ..Matches::default() };
        for name in self.request.host.suffixes() {
            for posting in ruleset.index().at(name) {
                if let Owner::Service(service) = posting.owner {
                    matches.labels = matches.labels.union(Labels::service(service));
                }
            }
        }
        matches.unfreeable = !matches.labels.and(ruleset.unfreeable()).is_empty();
        let mut opened = Opened::default();
        for name in self.request.host.suffixes() {
            for posting in ruleset.index().at(name) {
                self.consider(posting, &mut matches, &mut opened, trace);
            }
        }
        self.suspensions(&opened, &mut matches, trace);
        self.lessons(&opened, &mut matches, trace);
        self.label_rules(&mut matches, trace);
        matches
    }

    fn consider(&self, posting: &Posting, matches: &mut Matches, opened: &mut Opened, trace: &mut impl Trace) {
        let reach = self.reach(posting);
        match posting.owner {
            Owner::Service(_) | Owner::LeftUnopened(_) | Owner::Chosen(_) => {}
            Owner::Help(index) => {
                trace.note(|| spoke(Layer::Help, Cause::Help(index), Action::Allow));
                matches.help.get_or_insert(index);
            }
            Owner::Lifeline(index) => {
                trace.note(|| spoke(Layer::Lifeline, Cause::Lifeline(index), Action::Allow));
                matches.lifeline.get_or_insert(index);
            }
            Owner::Emergency(index) => self.emergency(index, reach, matches, trace),
            Owner::KeptBy(index) => opened.kept_by.push(index),
            Owner::Lesson(index) => match reach {
                Reach::Inside => opened.lessons.push(index),
                Reach::Unseen => {
                    trace.note(|| noted(Layer::Lesson, Cause::Lesson(index), Action::Allow, Fate::NeedsWholeAddress));
                }
                Reach::Outside => {}
            },
            Owner::Rule(index) => match (reach, self.ruleset.rule(index)) {
                (Reach::Inside, Some(rule)) => self.rule(index, rule, matches, trace),
                (Reach::Unseen, Some(rule)) => {
                    trace.note(|| noted(rule.layer(), Cause::Rule(index), rule.action, Fate::NeedsWholeAddress));
                }
                (Reach::Outside, _) | (_, None) => {}
            },
            // The longest suffix comes first, and names the tool.
            Owner::SearchTool(index) => {
                matches.search_tool.get_or_insert(index);
            }
        }
    }

    /// Whether the request lies within the posting. A path cannot be told where only the name was seen. An allow of a
    /// path holds only where the path is plain: one that servers may read in several ways could be allowed as one page
    /// and served as another.
    fn reach(&self, posting: &Posting) -> Reach {
        let (path, address) = match (&posting.path, self.request.address) {
            (None, _) => return Reach::Inside,
            (Some(_), None) => return Reach::Unseen,
            (Some(path), Some(address)) => (path, address),
        };
        let may_be_bent = !address.has_plain_path() && self.allows(posting.owner);
        if continues(address.canonical_path(), path) && !may_be_bent { Reach::Inside } else { Reach::Outside }
    }

    /// Whether a posting opens something.
    fn allows(&self, owner: Owner) -> bool {
        match owner {
            Owner::Lesson(_) | Owner::KeptBy(_) | Owner::Help(_) | Owner::Lifeline(_) => true,
            Owner::Rule(index) => self.ruleset.rule(index).is_some_and(|rule| rule.action == Action::Allow),
            Owner::Emergency(_)
            | Owner::Service(_)
            | Owner::SearchTool(_)
            | Owner::LeftUnopened(_)
            | Owner::Chosen(_) => false,
        }
    }

    /// An emergency block of an address blocks its whole host where the address was not seen: too much rather than
    /// too little, until it is reviewed next school day (practice 8).
    fn emergency(&self, index: u32, reach: Reach, matches: &mut Matches, trace: &mut impl Trace) {
        let Some(emergency) = self.ruleset.emergency(index) else { return };
        if reach == Reach::Outside {
            return;
        }
        let is_now = emergency.span.holds(self.moment);
        let fate = if is_now { Fate::Spoke } else { Fate::NotNow };
        trace.note(|| noted(Layer::Emergency, Cause::Emergency(index), Action::Block, fate));
        if is_now {
            matches.emergency.get_or_insert(index);
        }
    }

    /// Suspensions in force for the person. Where there are several, only what each of them keeps stays open.
    fn suspensions(&self, opened: &Opened, matches: &mut Matches, trace: &mut impl Trace) {
        let Some(person) = self.subject.person.as_ref() else { return };
        matches.kept_when_suspended = true;
        for (index, suspension) in self.ruleset.suspensions_of(person) {
            let is_now = suspension.span.holds(self.moment);
            let fate = if is_now { Fate::Spoke } else { Fate::NotNow };
            trace.note(|| noted(Layer::Suspension, Cause::Suspension(index), Action::Block, fate));
            if is_now {
                matches.suspension.get_or_insert(index);
                matches.kept_when_suspended &= opened.kept_by.contains(&index);
            }
        }
    }

    /// Lessons in force for the subject: one that opens the request allows it, one the class is held to blocks the rest.
    fn lessons(&self, opened: &Opened, matches: &mut Matches, trace: &mut impl Trace) {
        for (index, lesson) in self.ruleset.lessons() {
            let opens = opened.lessons.contains(&index);
            if !opens && !lesson.only {
                continue;
            }
            let action = if opens { Action::Allow } else { Action::Block };
            let fate = if !lesson.audience.holds(self.subject, self.group) {
                Fate::NotForThisSubject
            } else if !lesson.span.holds(self.moment) {
                Fate::NotNow
            } else if opens && matches.unfreeable {
                Fate::CannotFreeBaseline
            } else {
                Fate::Spoke
            };
            trace.note(|| noted(Layer::Lesson, Cause::Lesson(index), action, fate));
            if fate == Fate::Spoke {
                matches.lesson.say(action, Cause::Lesson(index));
            }
        }
    }

    /// Rules about categories, services or everything.
    fn label_rules(&self, matches: &mut Matches, trace: &mut impl Trace) {
        for &index in self.ruleset.label_rules() {
            let Some(rule) = self.ruleset.rule(index) else { continue };
            if rule.everything || !rule.labels.and(matches.labels).is_empty() {
                self.rule(index, rule, matches, trace);
            }
        }
    }

    fn rule(&self, index: u32, rule: &Rule, matches: &mut Matches, trace: &mut impl Trace) {
        let fate = if !rule.is_for(self.subject, self.group) {
            Fate::NotForThisSubject
        } else if !rule.is_now(self.moment) {
            Fate::NotNow
        } else if rule.action == Action::Allow && matches.unfreeable {
            Fate::CannotFreeBaseline
        } else {
            Fate::Spoke
        };
        trace.note(|| noted(rule.layer(), Cause::Rule(index), rule.action, fate));
        if fate == Fate::Spoke {
            let layer = if rule.is_personal { &mut matches.person } else { &mut matches.group };
            layer.say(rule.action, Cause::Rule(index));
        }
    }
}

impl Rule {
    /// The layer it is of.
    pub fn layer(&self) -> Layer {
        if self.is_personal { Layer::Person } else { Layer::Group }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    Inside,
    Outside,
    Unseen,
}

/// Whether `path` equals `prefix` or continues it at a boundary, so that `/a` holds `/a/b` and `/a?b` and not `/ab`.
pub(crate) fn continues(path: &str, prefix: &str) -> bool {
    path.strip_prefix(prefix).is_some_and(|rest| {
        rest.is_empty() || prefix.ends_with(['/', '?', '&', '=']) || rest.starts_with(['/', '?', '&', ';', '#'])
    })
}

fn noted(layer: Layer, cause: Cause, action: Action, fate: Fate) -> Considered {
    Considered { layer, cause, action, fate }
}

fn spoke(layer: Layer, cause: Cause, action: Action) -> Considered {
    noted(layer, cause, action, Fate::Spoke)
}

/// The labels that no allow frees: the baseline without games.
pub(crate) fn unfreeable_labels() -> Labels {
    Category::ALL.into_iter().filter(|category| category.is_unfreeable()).collect()
}
