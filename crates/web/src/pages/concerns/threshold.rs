//! What deciding an incident or a case asks further: its level by the local thresholds, to whom it is referred, and, where it happened
//! outside school, on which ground the school acts.

use super::shared::{field, said};
use crate::{
    fields::Fields,
    kit::Choices,
    pages::form::{Part, Wrong},
    words::capital,
};
use holdfast_records::{
    access::FileKind,
    concern::answer::{Case, Course, Extent, Ground, NewThreshold, OffSite, ThresholdLevel, ThresholdView},
    file::Words,
};

/// On none of the grounds.
const PARENTS: &str = "parents";

/// What was decided last, to begin from. What was decided before it was moved here was about another child.
fn last(case: &Case) -> Option<&ThresholdView> {
    let of_this_child = case.decisions.iter().filter(|decision| decision.at >= case.file.file.opened_at);
    of_this_child.rev().find_map(|decision| decision.threshold.as_ref())
}

/// What the form asks of a child’s concern; of an adult’s nothing.
pub(super) fn parts(case: &Case, fields: &Fields, wrong: &Wrong) -> Vec<Part> {
    if case.file.file.kind != FileKind::Child {
        return Vec::new();
    }
    let is_untouched = fields.get("extent").is_empty() && wrong.0.is_empty();
    let before = last(case).filter(|_| is_untouched);
    let field = |name: &str, label: &str, before: Option<&Words>| {
        let field = field(name, label, fields, wrong);
        if let Some(before) = before { field.value(before.as_str()) } else { field }
    };
    let mut levels = Choices::new("level", "Which level of the local thresholds?")
        .hint("Asked for an incident or a case. Your partnership’s threshold document says what each means.")
        .error(wrong.field("level"));
    for level in ThresholdLevel::ALL {
        levels = levels.option(level.word(), capital(level.title()));
    }
    let level = before.map_or(fields.get("level"), |before| before.level.word());
    let local = field(
        "local",
        "What your partnership calls it, if it uses other words",
        before.and_then(|one| one.local.as_ref()),
    );
    let reasoning = field("reasoning", "Why this level", before.and_then(|one| one.reasoning.as_ref()))
        .hint("May stay empty where “Why” above says it.");
    let referred_to =
        field("referred_to", "If it is referred, to whom", before.and_then(|one| one.referred_to.as_ref()));
    let needs = "Of a child with special educational needs or a disability: look into the sign itself, and do not put it down to the \
                 disability. The concern’s page says what is easily missed.";
    let mut parts = vec![
        Part::Words(needs.to_owned()),
        Part::Radios(levels.chosen(level)),
        Part::Input(local),
        Part::Area(reasoning),
        Part::Input(referred_to),
    ];
    if case.is_outside {
        let off_site = before.and_then(|one| one.off_site.as_ref());
        let mut grounds = Choices::new("grounds", "It happened outside school. Why does the school act?")
            .hint("Asked for an incident or a case.")
            .error(wrong.field("grounds"));
        for ground in Ground::ALL {
            grounds = grounds.option(ground.word(), capital(ground.title()));
        }
        grounds = grounds.option(PARENTS, "None of these: it is the parents’ matter");
        for chosen in fields.all("grounds") {
            grounds = grounds.chosen(chosen);
        }
        for chosen in off_site.map(|one| one.grounds.as_slice()).unwrap_or_default() {
            grounds = grounds.chosen(chosen.word());
        }
        if off_site.is_some_and(|one| one.grounds.is_empty()) {
            grounds = grounds.chosen(PARENTS);
        }
        let policy = field("policy", "By which of your policies", off_site.and_then(|one| one.policy.as_ref()))
            .hint("Asked for where the school acts. For example, the behaviour policy and its section.");
        parts.extend([Part::Ticks(grounds), Part::Input(policy)]);
    }
    parts
}

/// What was answered, where it is asked: of a child’s incident or case.
pub(super) fn read(
    case: &Case,
    fields: &Fields,
    (extent, course): (Option<Extent>, Option<Course>),
    wrong: &mut Wrong,
) -> Option<NewThreshold> {
    let is_asked = extent.is_some_and(|extent| extent != Extent::Note) && case.file.file.kind == FileKind::Child;
    if !is_asked {
        return None;
    }
    let level = ThresholdLevel::from_word(fields.get("level"));
    if level.is_none() {
        wrong.0.push(("level".to_owned(), "Choose its level by the local thresholds.".to_owned()));
    }
    let (local, reasoning) = (said(fields, "local", wrong), said(fields, "reasoning", wrong));
    if course == Some(Course::Refer) && reasoning.is_none() && fields.get("reason").is_empty() {
        wrong.0.push(("reasoning".to_owned(), "Write why it is at this level, here or under “Why”.".to_owned()));
    }
    let referred_to = said(fields, "referred_to", wrong);
    if course == Some(Course::Refer) && referred_to.is_none() {
        wrong.0.push(("referred_to".to_owned(), "Write to whom it is referred.".to_owned()));
    }
    let off_site = if case.is_outside { off_site(fields, wrong) } else { None };
    Some(NewThreshold { level: level?, local, reasoning, referred_to, off_site })
}

fn off_site(fields: &Fields, wrong: &mut Wrong) -> Option<OffSite> {
    let grounds: Vec<Ground> = fields.all("grounds").filter_map(Ground::from_word).collect();
    let is_parents = fields.all("grounds").any(|one| one == PARENTS);
    let policy = said(fields, "policy", wrong);
    if grounds.is_empty() != is_parents {
        let words = "Choose why the school acts, or that it is the parents’ matter.";
        wrong.0.push(("grounds".to_owned(), words.to_owned()));
        return None;
    }
    if !grounds.is_empty() && policy.is_none() {
        wrong.0.push(("policy".to_owned(), "Write by which of your policies the school acts.".to_owned()));
    }
    Some(OffSite { grounds, policy })
}

/// What was decided, in words.
pub(super) fn words(threshold: &ThresholdView) -> Vec<String> {
    let local = threshold.local.as_ref().map(|local| format!(" (“{}”)", local.as_str())).unwrap_or_default();
    let mut words = vec![format!("Local threshold: {}{local}.", threshold.level.title())];
    words.extend(threshold.reasoning.as_ref().map(|why| format!("Why this level: {}", why.as_str())));
    words.push(match &threshold.referred_to {
        Some(to) => format!("Referred to: {}", to.as_str()),
        None if threshold.is_referred => "Referred.".to_owned(),
        None => "Not referred.".to_owned(),
    });
    if let Some(off_site) = &threshold.off_site {
        let grounds: Vec<&str> = off_site.grounds.iter().map(|ground| ground.title()).collect();
        words.push(if grounds.is_empty() {
            "It happened outside school, and is the parents’ matter.".to_owned()
        } else {
            format!("It happened outside school. The school acts because {}.", grounds.join(", and "))
        });
        words.extend(off_site.policy.as_ref().map(|policy| format!("By: {}", policy.as_str())));
    }
    words
}
