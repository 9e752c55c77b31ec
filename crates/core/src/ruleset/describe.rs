//! A verdict in words and codes: what goes into events, onto block pages and into explanations.

use super::{
    Ruleset, at,
    rules::{Action, SearchTool},
};
use crate::{
    address::{Address, Scheme},
    decide::{Cause, Considered, Fate, Reason, Redirection, Verdict},
    event::Outcome,
    request::Request,
    subject::Subject,
    wording::{Why, Words, words},
};
use std::sync::Arc;

/// What is told of a protected partner instead of its host.
const PARTNER: &str = "protected-partner";

/// A verdict told.
#[derive(Debug, Clone)]
pub struct Description {
    /// How the request turns out by policy.
    pub outcome: Outcome,
    /// The deciding layer's code.
    pub layer: &'static str,
    /// The deciding rule's code.
    pub rule: Option<Arc<str>>,
    /// The list that matched.
    pub list: Option<Arc<str>>,
    /// The entry that matched, as text.
    pub entry: Option<Arc<str>>,
    /// The category's or service's code.
    pub category: Option<Arc<str>>,
    /// The policy clauses the rule serves.
    pub clauses: Vec<Arc<str>>,
    /// Why, in words fit for the subject; `None` where the request simply passes.
    pub words: Option<Words>,
    /// Where a redirect leads.
    pub redirect_to: Option<String>,
    /// A visit to a help or report page: counted and never tied to anyone (practice 9).
    pub counted_only: bool,
}

impl Ruleset {
    /// Tells a verdict that this ruleset gave about this subject and request.
    pub fn describe(&self, verdict: &Verdict, subject: &Subject, request: &Request<'_>) -> Description {
        let say = |why: &Why| Some(words(self.band(subject), why));
        match verdict {
            Verdict::Sealed(hit) => Description {
                outcome: Outcome::Sealed,
                layer: "sealed",
                rule: Some(format!("{} {}", hit.tier, hit.feed_version).into()),
                list: None,
                entry: None,
                category: None,
                clauses: Vec::new(),
                words: say(&Why::Sealed),
                redirect_to: None,
                counted_only: false,
            },
            Verdict::Allow(reason) => self.describe_reason(Outcome::Allowed, *reason, request),
            Verdict::Block(reason) => Description {
                words: say(&self.why(reason.cause, subject)),
                ..self.describe_reason(Outcome::Blocked, *reason, request)
            },
            Verdict::Redirect(redirection, reason) => Description {
                words: say(&self.why(reason.cause, subject)),
                redirect_to: self.redirect_address(*redirection, request),
                ..self.describe_reason(Outcome::Redirected, *reason, request)
            },
        }
    }

    fn describe_reason(&self, outcome: Outcome, reason: Reason, request: &Request<'_>) -> Description {
        let mut description = Description {
            outcome,
            layer: reason.layer.code(),
            rule: self.rule_code(reason.cause),
            list: None,
            entry: None,
            category: None,
            clauses: Vec::new(),
            words: None,
            redirect_to: None,
            counted_only: matches!(reason.cause, Cause::Help(_)) && outcome == Outcome::Allowed,
        };
        match reason.cause {
            Cause::Category(category, found) => {
                description.category = Some(category.code().into());
                if let Some((list, entry)) = found {
                    description.list = self.content().lists().get(usize::from(list)).map(|facts| Arc::clone(&facts.id));
                    description.entry = Some(self.content().entry_text(request, entry).into());
                }
            }
            Cause::Service(index) => {
                description.category = at(self.services(), index.into()).map(|service| Arc::clone(&service.code));
            }
            Cause::Rule(index) => {
                description.clauses = self.rule(index).map(|rule| rule.clauses.clone()).unwrap_or_default();
            }
            _ => {}
        }
        description
    }

    /// The code of whatever decided. Of a protected partner never its host (practice 11).
    pub fn rule_code(&self, cause: Cause) -> Option<Arc<str>> {
        match cause {
            Cause::Help(index) => {
                at(&self.help, index).map(|help| Arc::from(if help.is_partner { PARTNER } else { &*help.host }))
            }
            Cause::Lifeline(index) => at(&self.lifelines, index).map(|lifeline| Arc::clone(&lifeline.code)),
            Cause::Emergency(index) => at(&self.emergencies, index).map(|emergency| Arc::clone(&emergency.code)),
            Cause::Suspension(index) => at(&self.suspensions, index).map(|suspension| Arc::clone(&suspension.code)),
            Cause::Lesson(index) => at(&self.lessons, index).map(|lesson| Arc::clone(&lesson.code)),
            Cause::Rule(index) => self.rule(index).map(|rule| Arc::clone(&rule.code)),
            Cause::SearchTool(Some(index)) => at(&self.search_tools, index).map(|tool| Arc::clone(&tool.code)),
            Cause::SearchTool(None) | Cause::Category(..) | Cause::Service(_) | Cause::Closed | Cause::Default => None,
        }
    }

    /// One thing that was considered, in a line for a person: its layer, what it would do, and what became of it.
    pub fn tell(&self, considered: &Considered) -> String {
        let name = match considered.cause {
            Cause::Category(category, _) => category.title().to_owned(),
            Cause::Service(index) => {
                at(self.services(), index.into()).map_or_else(String::new, |service| service.title.to_string())
            }
            Cause::SearchTool(None) => "a search engine that is not the group's or has no strict mode".to_owned(),
            cause => self.rule_code(cause).map_or_else(String::new, |code| code.to_string()),
        };
        let action = match considered.action {
            Action::Allow => "allow",
            Action::Block => "block",
        };
        let fate = match considered.fate {
            Fate::Spoke => "speaks",
            Fate::NotForThisSubject => "is for others",
            Fate::NotNow => "is for another time",
            Fate::NeedsWholeAddress => "needs the whole address",
            Fate::CannotFreeBaseline => "cannot open a category that is blocked for everyone",
        };
        format!("{:<11} {action} {name}: {fate}", considered.layer.code())
    }

    /// How far a secure connection to what was asked for is opened, and what is changed in a request that is seen whole:
    /// labels and words, for an explanation. Nothing of a sealed hit, and no change of what does not pass.
    pub fn tell_inside(
        &self,
        verdict: &Verdict,
        subject: &Subject,
        request: &Request<'_>,
    ) -> Vec<(&'static str, String)> {
        let mut told = Vec::new();
        if matches!(verdict, Verdict::Sealed(_)) {
            return told;
        }
        if request.address.is_none_or(|address| address.scheme() == Scheme::Https) {
            told.push(("inside TLS", self.tell_opening(&self.opening(subject, request.host))));
        }
        if let Some(address) = request.address.filter(|_| verdict.is_allow()) {
            let rewrites = self.rewrites(subject, address, "GET");
            told.extend(rewrites.path_and_query.map(|path| ("sent on as", path.into_string())));
            told.extend(rewrites.applied.iter().map(|applied| ("changed by", applied.to_string())));
        }
        told
    }

    fn why(&self, cause: Cause, subject: &Subject) -> Why {
        match cause {
            Cause::Emergency(_) => Why::Emergency,
            Cause::Suspension(_) => Why::Suspended,
            Cause::Lesson(_) => Why::Lesson,
            Cause::Closed => Why::OnlyHelp,
            Cause::SearchTool(_) if self.group(subject).search_tools.is_empty() => Why::NoStrictSearch,
            Cause::SearchTool(_) => Why::SearchTool,
            Cause::Category(category, _) => Why::Category(category),
            Cause::Service(index) => at(self.services(), index.into())
                .map_or(Why::SchoolRule, |service| Why::Service(service.title.as_ref().into())),
            Cause::Default => Why::NotOnTheList,
            Cause::Rule(_) | Cause::Help(_) | Cause::Lifeline(_) => Why::SchoolRule,
        }
    }

    fn redirect_address(&self, redirection: Redirection, request: &Request<'_>) -> Option<String> {
        match redirection {
            Redirection::SearchTool(tool) => {
                let tool = at(&self.search_tools, tool)?;
                Some(request.address.map_or_else(|| tool.home.to_string(), |address| home_with_words(tool, address)))
            }
            Redirection::StrictSearch(tool) => {
                let (tool, address) = (at(&self.search_tools, tool)?, request.address?);
                let (name, value) = tool.strict.as_ref()?;
                let mut url = url::Url::parse(&address.to_string()).ok()?;
                let kept: Vec<(String, String)> = url
                    .query_pairs()
                    .filter(|(key, _)| key != name.as_ref())
                    .map(|(key, value)| (key.into_owned(), value.into_owned()))
                    .collect();
                url.query_pairs_mut().clear().extend_pairs(kept).append_pair(name, value);
                Some(url.into())
            }
        }
    }
}

/// The tool's home, taking along the words that were searched for elsewhere where they stand in the usual parameter.
fn home_with_words(tool: &SearchTool, address: &Address) -> String {
    let Ok(mut url) = url::Url::parse(&tool.home) else { return tool.home.to_string() };
    let query = address.path_and_query().split_once('?').map_or("", |(_, query)| query);
    let words = url::form_urlencoded::parse(query.as_bytes())
        .find(|(key, _)| ["q", "query", "p", "text", "wd"].contains(&key.as_ref()))
        .map(|(_, words)| words.into_owned());
    if let Some(words) = words.filter(|words| !words.is_empty()) {
        url.query_pairs_mut().append_pair(&tool.query_parameter, &words);
        if let Some((name, value)) = &tool.strict {
            url.query_pairs_mut().append_pair(name, value);
        }
    }
    url.into()
}
