//! The verdict: one pure function, asked everywhere (house invariants 2 to 4).
//!
//! Precedence. Sealed lists, always-open help, lifelines, emergency blocks and suspensions are final, in that order.
//! Below them the highest layer with an explicit match decides, allow or block:
//! lesson, person, group, search tool, category, default. Inside one layer the strictest wins.
//! No lesson, person or group allow frees a baseline category other than gaming (F-04).

use crate::{
    category::{Category, Labels},
    moment::Moment,
    request::Request,
    ruleset::{
        Ruleset,
        content::EntryRef,
        matching::Matches,
        rules::{Action, Group},
        sealed::SealedHit,
    },
    search_engines::{Standing, standing},
    subject::Subject,
};
use serde::{Deserialize, Serialize};

/// A layer of the policy, highest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Layer {
    /// Illegal-content lists under licence (F-05, F-08).
    Sealed,
    /// Always-open help (practice 15).
    Help,
    /// Lifelines (practice 16).
    Lifeline,
    /// No ruleset could be loaded: nothing but help and lifelines (house invariant 5).
    Closed,
    /// Emergency blocks (F-39, practice 8).
    Emergency,
    /// A suspension of one person's access (F-38).
    Suspension,
    /// A lesson's set of sites (F-13, F-14).
    Lesson,
    /// Rules for one person.
    Person,
    /// Rules for a group, or for everyone.
    Group,
    /// The search tools of the group (F-11).
    SearchTool,
    /// Categories and services.
    Category,
    /// What holds where nothing else spoke.
    Default,
}

impl Layer {
    /// The code in logs and tests.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Sealed => "sealed",
            Self::Help => "help",
            Self::Lifeline => "lifeline",
            Self::Closed => "closed",
            Self::Emergency => "emergency",
            Self::Suspension => "suspension",
            Self::Lesson => "lesson",
            Self::Person => "person",
            Self::Group => "group",
            Self::SearchTool => "search-tool",
            Self::Category => "category",
            Self::Default => "default",
        }
    }
}

/// Which thing of the ruleset decided; an index into the ruleset that made the verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// An always-open help site.
    Help(u32),
    /// A lifeline.
    Lifeline(u32),
    /// No ruleset.
    Closed,
    /// An emergency block.
    Emergency(u32),
    /// A suspension.
    Suspension(u32),
    /// A lesson set: on it, or not on it while the class is held to it.
    Lesson(u32),
    /// A rule.
    Rule(u32),
    /// A search tool that is not, or is, the group's; or, where there is none, an engine that is no search tool of the
    /// policy or that cannot be made to answer strictly.
    SearchTool(Option<u32>),
    /// A category, with the list and entry that hold it.
    Category(Category, Option<(u16, EntryRef)>),
    /// A service.
    Service(u8),
    /// Nothing matched.
    Default,
}

/// Why: the layer and what in it decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reason {
    /// The deciding layer.
    pub layer: Layer,
    /// What in it.
    pub cause: Cause,
}

/// Where a redirect leads; resolved to an address by [`Ruleset::describe`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Redirection {
    /// The group's own search tool, by index.
    SearchTool(u32),
    /// The same search in strict mode, by the tool's index (F-10).
    StrictSearch(u32),
}

/// The answer. Downstream code takes it as its input; it cannot be misread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// May pass.
    Allow(Reason),
    /// May not pass here, but leads on to another address. Only for requests seen whole.
    Redirect(Redirection, Reason),
    /// May not pass.
    Block(Reason),
    /// On a sealed list. Carries tier and feed version only (house invariant 3).
    Sealed(SealedHit),
}

impl Verdict {
    /// Whether the request passes as it is.
    pub fn is_allow(&self) -> bool {
        matches!(self, Self::Allow(_))
    }

    /// The deciding layer.
    pub fn layer(&self) -> Layer {
        match self {
            Self::Allow(reason) | Self::Redirect(_, reason) | Self::Block(reason) => reason.layer,
            Self::Sealed(_) => Layer::Sealed,
        }
    }
}

/// What became of one thing that was looked at; only built for explanations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Considered {
    /// Its layer.
    pub layer: Layer,
    /// What it is.
    pub cause: Cause,
    /// What it would do.
    pub action: Action,
    /// What became of it.
    pub fate: Fate,
}

/// What became of a rule that was considered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It matched and spoke; the highest such layer decides, the strictest within it.
    Spoke,
    /// It is for other people, rooms or devices.
    NotForThisSubject,
    /// It is for another time.
    NotNow,
    /// It needs the whole address, and only the name was seen.
    NeedsWholeAddress,
    /// It may not free a baseline category (F-04).
    CannotFreeBaseline,
}

/// Takes notes while deciding. [`NoTrace`] costs nothing.
pub trait Trace {
    /// Notes one thing that was considered.
    fn note(&mut self, considered: impl FnOnce() -> Considered);
}

/// No notes: the wire.
pub struct NoTrace;

impl Trace for NoTrace {
    fn note(&mut self, _: impl FnOnce() -> Considered) {}
}

impl Trace for Vec<Considered> {
    fn note(&mut self, considered: impl FnOnce() -> Considered) {
        self.push(considered());
    }
}

/// Judges a request. Pure: the same four things give the same verdict, always and everywhere.
pub fn decide(ruleset: &Ruleset, subject: &Subject, request: &Request<'_>, moment: &Moment) -> Verdict {
    decide_traced(ruleset, subject, request, moment, &mut NoTrace)
}

/// The same function as [`decide`], with the verdict and everything that was considered, for a person to read.
pub fn explain(
    ruleset: &Ruleset,
    subject: &Subject,
    request: &Request<'_>,
    moment: &Moment,
) -> (Verdict, Vec<Considered>) {
    let mut considered = Vec::new();
    let verdict = decide_traced(ruleset, subject, request, moment, &mut considered);
    (verdict, considered)
}

/// Whether a name stops the answer that leads over it (CNAME, DNAME, and the targets of SVCB and HTTPS), and with which
/// verdict. `asked` is the request that was made, `over` the same subject's request for the further name.
///
/// A site's further names are those of whoever serves it, and nobody writes them onto a list of allowed sites. So what
/// the asked name is allowed by carries over to them, and they stop it only by
///
/// 1. a sealed hit, always; an emergency block, and a blocked category that no allow frees, always but for help sites
///    and lifelines, which stand above both for their own names too (practice 15, 16);
/// 2. an explicit block (person's or group's rule, category, service) of a layer at or above the one that allowed the
///    asked name, where no allow above that block is about the further name.
///
/// Never by what is only left over: the default, the rest of a lesson or a suspension, the closed ruleset, or the group's
/// search tools. A name that nothing but `asked` itself stops is stopped with its own verdict, so that the answer is
/// never more than [`decide`] allows.
pub fn decide_over(
    ruleset: &Ruleset,
    subject: &Subject,
    asked: &Request<'_>,
    over: &Request<'_>,
    moment: &Moment,
) -> Option<Verdict> {
    if let Some(hit) = ruleset.content().sealed(over) {
        return Some(Verdict::Sealed(hit));
    }
    let allowed_by = match decide(ruleset, subject, asked, moment) {
        Verdict::Allow(reason) => reason.layer,
        stopped => return Some(stopped),
    };
    if matches!(allowed_by, Layer::Help | Layer::Lifeline) {
        return None;
    }
    let question = Question { ruleset, subject, request: over, moment, group: ruleset.group(subject) };
    question.stops_over(&question.matches(&mut NoTrace), allowed_by).map(Verdict::Block)
}

fn decide_traced(
    ruleset: &Ruleset,
    subject: &Subject,
    request: &Request<'_>,
    moment: &Moment,
    trace: &mut impl Trace,
) -> Verdict {
    if let Some(hit) = ruleset.content().sealed(request) {
        return Verdict::Sealed(hit);
    }
    let question = Question { ruleset, subject, request, moment, group: ruleset.group(subject) };
    let matches = question.matches(trace);
    question.final_layers(&matches).unwrap_or_else(|| question.lower_layers(&matches, trace))
}

/// One question with the group's policy found.
pub(crate) struct Question<'a> {
    pub(crate) ruleset: &'a Ruleset,
    pub(crate) subject: &'a Subject,
    pub(crate) request: &'a Request<'a>,
    pub(crate) moment: &'a Moment,
    pub(crate) group: &'a Group,
}

impl Question<'_> {
    /// Help, lifelines, emergency blocks and suspensions, in this order. A suspension keeps its teaching allow-list.
    fn final_layers(&self, matches: &Matches) -> Option<Verdict> {
        let allow = |layer, cause| Some(Verdict::Allow(Reason { layer, cause }));
        let block = |layer, cause| Some(Verdict::Block(Reason { layer, cause }));
        if let Some(index) = matches.help {
            return allow(Layer::Help, Cause::Help(index));
        }
        if let Some(index) = matches.lifeline {
            return allow(Layer::Lifeline, Cause::Lifeline(index));
        }
        if self.ruleset.is_closed() {
            return block(Layer::Closed, Cause::Closed);
        }
        if let Some(index) = matches.emergency {
            return block(Layer::Emergency, Cause::Emergency(index));
        }
        let suspension = matches.suspension?;
        if matches.kept_when_suspended && !matches.unfreeable {
            allow(Layer::Suspension, Cause::Suspension(suspension))
        } else {
            block(Layer::Suspension, Cause::Suspension(suspension))
        }
    }

    /// What of a further name stops the answer to a name that this layer allowed ([`decide_over`]).
    fn stops_over(&self, matches: &Matches, allowed_by: Layer) -> Option<Reason> {
        if matches.help.is_some() || matches.lifeline.is_some() {
            return None;
        }
        if let Some(index) = matches.emergency {
            return Some(Reason { layer: Layer::Emergency, cause: Cause::Emergency(index) });
        }
        let blocked = matches.labels.and(self.group.blocked_labels(self.moment));
        let category = |label| Reason { layer: Layer::Category, cause: self.label_cause(label) };
        if let Some(label) = blocked.and(self.ruleset.unfreeable()).first() {
            return Some(category(label));
        }
        // A lesson that opens the name is above every rule; one that holds its class to its sites says nothing of it.
        if matches.lesson.allow.is_some() {
            return None;
        }
        for (layer, spoken) in [(Layer::Person, &matches.person), (Layer::Group, &matches.group)] {
            match (spoken.block, spoken.allow) {
                (Some(cause), _) => return (layer <= allowed_by).then_some(Reason { layer, cause }),
                (None, Some(_)) => return None,
                (None, None) => {}
            }
        }
        if Layer::Category <= allowed_by { blocked.first().map(category) } else { None }
    }

    /// Lesson, person, group, search tool, category, default: the highest that speaks decides.
    /// (A group's own search tool opens after the categories, so that a block of the site itself still holds.)
    fn lower_layers(&self, matches: &Matches, trace: &mut impl Trace) -> Verdict {
        for (layer, spoken) in
            [(Layer::Lesson, &matches.lesson), (Layer::Person, &matches.person), (Layer::Group, &matches.group)]
        {
            if let Some(cause) = spoken.block {
                return Verdict::Block(Reason { layer, cause });
            }
            if let Some(cause) = spoken.allow {
                return Verdict::Allow(Reason { layer, cause });
            }
        }
        self.search_tool(matches, trace)
            .or_else(|| self.category(matches.labels, trace))
            .or_else(|| self.own_search_tool(matches, trace))
            .unwrap_or_else(|| self.group_default())
    }

    /// Keeps a group to its own search tools, and those to their strict mode (F-10, F-11).
    fn search_tool(&self, matches: &Matches, trace: &mut impl Trace) -> Option<Verdict> {
        let Some(&default) = self.group.search_tools.first() else {
            return self.engine_without_strict_mode(matches, trace);
        };
        let is_engine = match standing(self.request.host) {
            Standing::Forced { is_search } => is_search,
            Standing::Loose => true,
            Standing::Kin => false,
            Standing::Stranger => is_listed_engine(matches),
        };
        let reason = Reason { layer: Layer::SearchTool, cause: Cause::SearchTool(matches.search_tool) };
        let note = |action| Considered { layer: reason.layer, cause: reason.cause, action, fate: Fate::Spoke };
        let redirection = match matches.search_tool {
            Some(tool) if self.group.search_tools.contains(&tool) => {
                let needs_strict = self.request.address.is_some_and(|address| self.ruleset.needs_strict(tool, address));
                if !needs_strict {
                    return None;
                }
                Redirection::StrictSearch(tool)
            }
            None if !is_engine => return None,
            Some(_) | None => Redirection::SearchTool(default),
        };
        trace.note(|| note(Action::Block));
        Some(if self.request.address.is_some() {
            Verdict::Redirect(redirection, reason)
        } else {
            Verdict::Block(reason)
        })
    }

    /// A group that may use any engine may still not use one that nothing makes answer strictly (F-10). There is
    /// nothing to lead to, so that a request seen whole is blocked too.
    fn engine_without_strict_mode(&self, matches: &Matches, trace: &mut impl Trace) -> Option<Verdict> {
        if self.group.engines_without_strict_mode == Action::Allow {
            return None;
        }
        let has_no_strict_mode = match standing(self.request.host) {
            Standing::Loose => true,
            Standing::Forced { .. } | Standing::Kin => false,
            Standing::Stranger => is_listed_engine(matches),
        };
        let reason = Reason { layer: Layer::SearchTool, cause: Cause::SearchTool(None) };
        has_no_strict_mode.then(|| {
            let Reason { layer, cause } = reason;
            trace.note(|| Considered { layer, cause, action: Action::Block, fate: Fate::Spoke });
            Verdict::Block(reason)
        })
    }

    /// A group that is kept to a search tool may use it even where the default is block.
    fn own_search_tool(&self, matches: &Matches, trace: &mut impl Trace) -> Option<Verdict> {
        let tool = matches.search_tool.filter(|tool| self.group.search_tools.contains(tool))?;
        let reason = Reason { layer: Layer::SearchTool, cause: Cause::SearchTool(Some(tool)) };
        if self.group.default == Action::Allow {
            return None;
        }
        let Reason { layer, cause } = reason;
        trace.note(|| Considered { layer, cause, action: Action::Allow, fate: Fate::Spoke });
        Some(Verdict::Allow(reason))
    }

    /// The group's blocked and allowed categories and services. A block wins.
    fn category(&self, labels: Labels, trace: &mut impl Trace) -> Option<Verdict> {
        let blocked = self.group.blocked_labels(self.moment);
        let (action, label) = match labels.and(blocked).first() {
            Some(label) => (Action::Block, label),
            None => (Action::Allow, labels.and(self.group.allowed).first()?),
        };
        let cause = self.label_cause(label);
        trace.note(|| Considered { layer: Layer::Category, cause, action, fate: Fate::Spoke });
        let reason = Reason { layer: Layer::Category, cause };
        Some(match action {
            Action::Block => Verdict::Block(reason),
            Action::Allow => Verdict::Allow(reason),
        })
    }

    fn label_cause(&self, label: u8) -> Cause {
        match Category::ALL.get(usize::from(label)) {
            Some(&category) => Cause::Category(
                category,
                self.ruleset.content().evidence(self.request, category).map(|found| (found.list, found.entry)),
            ),
            None => Cause::Service(label.saturating_sub(Labels::FIRST_SERVICE)),
        }
    }

    fn group_default(&self) -> Verdict {
        let reason = Reason { layer: Layer::Default, cause: Cause::Default };
        match self.group.default {
            Action::Allow => Verdict::Allow(reason),
            Action::Block => Verdict::Block(reason),
        }
    }
}

/// Whether a list calls the request a search engine.
fn is_listed_engine(matches: &Matches) -> bool {
    !matches.labels.and(Labels::of(Category::SearchEngines)).is_empty()
}
