//! What the policy says about looking inside secure connections: which are opened, which are left unopened, the
//! protected partners, and whose accounts may be signed in to.

use super::{Compiler, Owner, Place, bare, did_you_mean};
use crate::{
    category::Labels,
    host::Host,
    inspection::{Extent, OpeningReason, PRIVATE},
    policy::{
        PolicySource,
        source::{GroupSource, InspectionSource, TenantsSource},
    },
    problem::Problem,
    rewrites::tenants,
    ruleset::{
        Ruleset, at,
        rules::{Help, Inspection, LeftUnopened, Tenants},
        strictness,
    },
    subject::{GroupCode, Subject},
    toml_text::Step,
};
use std::collections::{BTreeMap, HashSet};

/// One protected partner cannot be told from another in a problem, but for its line.
const WRITE_A_HOST: &str = "Write a host name only, such as `partner.example`.";

impl Compiler<'_> {
    pub(super) fn inspection(&mut self, number: u32, source: &InspectionSource, place: Place<'_>) -> Inspection {
        let hosts = below(place, "hosts");
        self.sites(&source.hosts, Owner::Chosen(number), &hosts);
        let services = self.service_labels(&source.services, &below(place, "services"));
        let labels = source.categories.iter().copied().collect::<Labels>().union(services);
        let private: Vec<&str> =
            PRIVATE.iter().filter(|category| source.categories.contains(category)).map(|of| of.title()).collect();
        if !private.is_empty() {
            self.warn(
                &below(place, "categories"),
                format!("“{}” is left unopened for privacy, although it is chosen here.", private.join("” and “")),
                Some("Choose single hosts where it must be (requirement M-13)."),
            );
        }
        Inspection { extent: source.extent, labels, has_choice: !source.hosts.is_empty() || !labels.is_empty(), number }
    }

    pub(super) fn left_unopened(&mut self, source: &PolicySource) -> Vec<LeftUnopened> {
        let mut compiled = Vec::new();
        for (index, entry) in (0_u32..).zip(&source.left_unopened) {
            let at = usize::try_from(index).unwrap_or(usize::MAX);
            let place = |key| [Step::Key("left_unopened"), Step::Index(at), Step::Key(key)];
            self.sites(&entry.hosts, Owner::LeftUnopened(index), &place("hosts"));
            self.known_groups(&entry.groups, source, &place("groups"));
            if entry.hosts.is_empty() && entry.categories.is_empty() {
                let message = format!("The entry “{}” leaves nothing unopened.", entry.code);
                self.error(&place("code"), message, Some("Name hosts or categories."));
            }
            compiled.push(LeftUnopened {
                code: entry.code.as_str().into(),
                title: entry.title.as_str().into(),
                groups: entry.groups.clone(),
                labels: entry.categories.iter().copied().collect(),
            });
        }
        compiled
    }

    /// Protected partners are open like help sites. No problem tells a partner's host (practice 11): its line is told.
    pub(super) fn partners(&mut self, source: &PolicySource, compiled: &mut Vec<Help>) {
        for (index, partner) in source.partners.iter().enumerate() {
            let place = [Step::Key("partner"), Step::Index(index), Step::Key("host")];
            let Ok(host) = Host::parse(bare(&partner.host)) else {
                let message = "The host of this protected partner is not a host name.".to_owned();
                self.error(&place, message, Some(WRITE_A_HOST));
                continue;
            };
            if host.address().is_none() && host.registrable().is_none() {
                let message = "The host of this protected partner is a whole public suffix.".to_owned();
                self.error(&place, message, Some("Name the site itself."));
            }
            let number = u32::try_from(compiled.len()).unwrap_or(u32::MAX);
            self.index.add(host.as_str(), None, Owner::Help(number));
            compiled.push(Help { host: host.as_str().into(), name: partner.name.as_str().into(), is_partner: true });
        }
    }

    pub(super) fn tenants(&mut self, source: &PolicySource) -> Vec<Tenants> {
        let mut compiled = Vec::new();
        let mut spoken_for: HashSet<(&str, Option<&GroupCode>)> = HashSet::new();
        for (index, entry) in source.tenants.iter().enumerate() {
            let place = |key| [Step::Key("tenants"), Step::Index(index), Step::Key(key)];
            self.known_groups(&entry.groups, source, &place("groups"));
            let everyone = entry.groups.is_empty().then_some(None);
            for audience in entry.groups.iter().map(Some).chain(everyone) {
                if !spoken_for.insert((entry.service.code(), audience)) {
                    let whom = audience.map_or_else(|| "everyone".to_owned(), |code| format!("“{}”", code.as_str()));
                    let message = format!(
                        "Another entry already says whose accounts of `{}` {whom} may use.",
                        entry.service.code()
                    );
                    self.error(&place("code"), message, Some("Write both in one entry."));
                }
            }
            self.tenant_values(entry, index);
            match tenants::fields(entry) {
                Ok(fields) => compiled.push(Tenants {
                    code: entry.code.as_str().into(),
                    service: entry.service,
                    groups: entry.groups.clone(),
                    fields,
                }),
                Err((key, message, cure)) => self.error(&place(key), message.to_owned(), Some(cure)),
            }
        }
        compiled
    }

    /// What is sent as a field must not end the field or begin another.
    fn tenant_values(&mut self, entry: &TenantsSource, index: usize) {
        let is_plain =
            |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b',');
        let values = entry.values.iter().map(|value| ("values", value));
        for (key, value) in values.chain(entry.context.iter().map(|context| ("context", context))) {
            if !is_plain(value) {
                self.error(
                    &[Step::Key("tenants"), Step::Index(index), Step::Key(key)],
                    format!("“{}” names no organisation.", value.escape_debug()),
                    Some("Write one domain or id each, without spaces and commas."),
                );
            }
        }
    }

    /// Hosts with everything below them, none of them a whole public suffix.
    fn sites(&mut self, texts: &[String], owner: Owner, place: Place<'_>) {
        for text in texts {
            if let Some(host) = self.host(text, place) {
                self.not_a_whole_suffix(&host, place);
                self.index.add(host.as_str(), None, owner);
            }
        }
    }

    fn known_groups(&mut self, groups: &[GroupCode], source: &PolicySource, place: Place<'_>) {
        for group in groups.iter().filter(|group| !source.groups.iter().any(|known| known.code == **group)) {
            let meant = did_you_mean(group.as_str(), source.groups.iter().map(|known| known.code.as_str()));
            self.error(place, format!("There is no group “{}”.", group.as_str()), meant.as_deref());
        }
    }

    fn warn(&mut self, place: Place<'_>, message: String, suggestion: Option<&str>) {
        self.problem(Problem::warning(message), place, suggestion);
    }

    /// What can only be told of the whole ruleset: choices that do nothing, and what goes unseen.
    pub(super) fn cautions(&mut self, ruleset: &Ruleset) {
        let source = &ruleset.source;
        let unknown: &[Step<'_>] = &[Step::Key("unknown")];
        self.chosen_in_vain(ruleset, None, &source.unknown.inspection, unknown);
        for (index, group) in source.groups.iter().enumerate() {
            let place = [Step::Key("group"), Step::Index(index), Step::Key("judging")];
            self.chosen_in_vain(ruleset, Some(&group.code), &group.judging.inspection, &place);
        }
        self.no_partner(ruleset);
        let is_seen_more = |group: &GroupSource| sees_more(ruleset, &group.code, &group.judging.inspection);
        if !strictness::is_blocked_by_default(ruleset) && source.groups.iter().any(is_seen_more) {
            self.warn(
                unknown,
                "Secure pages of some group are opened, and those of people we cannot tell are not: what only a whole \
                 address tells is not seen for them."
                    .to_owned(),
                Some("Choose the same under `unknown`, or ask for a sign-in on every listener."),
            );
        }
        for (index, entry) in source.tenants.iter().enumerate() {
            let place = [Step::Key("tenants"), Step::Index(index), Step::Key("service")];
            self.sent_in_vain(ruleset, entry, &place);
        }
    }

    /// Whatever of the designated officer's or social care's is not below the public bodies that are shipped as help is
    /// opened and logged like any other site.
    fn no_partner(&mut self, ruleset: &Ruleset) {
        let source = &ruleset.source;
        if !source.partners.is_empty() || !ruleset.opens_anything() {
            return;
        }
        let opens = |code: &GroupCode| ruleset.group(&member(Some(code))).inspection.opens_anything();
        let message = "Secure pages are opened, and no protected partner is named: what is said to the designated \
                       officer (LADO), social care and local counselling on sites that are not below `gov.uk`, `nhs.uk` \
                       or `police.uk` is logged by name, and may be opened.";
        let cure = Some("Add a `[[partner]]` with `host` and `name` for each of them.");
        match source.groups.iter().position(|group| opens(&group.code)) {
            Some(index) => {
                let place = [Step::Key("group"), Step::Index(index), Step::Key("judging")];
                self.warn(&below(&place, "extent"), message.to_owned(), cure);
            }
            None => self.warn(&below(&[Step::Key("unknown")], "extent"), message.to_owned(), cure),
        }
    }

    fn chosen_in_vain(
        &mut self,
        ruleset: &Ruleset,
        code: Option<&GroupCode>,
        inspection: &InspectionSource,
        place: Place<'_>,
    ) {
        let place = below(place, "hosts");
        for host in inspection.hosts.iter().filter_map(|host| Host::parse(bare(host)).ok()) {
            let told = if ruleset.is_partner(&host) {
                "One of these hosts is a protected partner's".to_owned()
            } else if ruleset.always_open(&host) {
                format!("“{host}” is a help site or a lifeline")
            } else {
                let reason = ruleset.opening(&member(code), &host).reason;
                if let OpeningReason::School(index) = reason {
                    let entry = at(ruleset.left_unopened(), index).map_or("", |entry| &*entry.code);
                    let message =
                        format!("“{host}” is chosen here, and the school's entry “{entry}” leaves it unopened.");
                    self.warn(&place, message, Some("The entry holds. Take it out of one of the two."));
                }
                continue;
            };
            self.warn(&place, format!("{told}, and is never opened."), Some("Take it out."));
        }
    }

    /// A restriction holds where the fields that tell it are sent, so at hosts that are opened. Told once for all whom
    /// the same hosts are not opened for. A group with an entry of its own goes by that.
    fn sent_in_vain(&mut self, ruleset: &Ruleset, entry: &TenantsSource, place: Place<'_>) {
        let hosts = tenants::hosts(entry);
        let mut unheld: BTreeMap<Vec<&str>, Vec<String>> = BTreeMap::new();
        let source = &ruleset.source;
        let has_own = |code: &GroupCode| {
            source.tenants.iter().any(|other| other.service == entry.service && other.groups.contains(code))
        };
        let everyone = source.groups.iter().map(|group| &group.code);
        let everyone = everyone.filter(|code| entry.groups.is_empty() && !has_own(code));
        let groups = entry.groups.iter().chain(everyone).map(Some);
        for code in groups.chain(entry.groups.is_empty().then_some(None)) {
            let is_unheld = |host: &Host| {
                ruleset.opening(&member(code), host).extent != Extent::Everything
                    && (code.is_some() || strictness::unknown_may_reach(ruleset, host))
            };
            let unopened: Vec<&str> =
                hosts.iter().copied().filter(|host| Host::parse(host).is_ok_and(|host| is_unheld(&host))).collect();
            if !unopened.is_empty() {
                let whom = code.map_or_else(|| "people we cannot tell".to_owned(), |code| format!("“{code}”"));
                unheld.entry(unopened).or_default().push(whom);
            }
        }
        for (unopened, whom) in unheld {
            let message = format!(
                "Which accounts of `{}` may be used is not held for {}: the connections to {} are not opened.",
                entry.service.code(),
                whom.join(", "),
                unopened.join(", ")
            );
            let cure = format!("Add to their `inspection`: `hosts = [\"{}\"]`.", unopened.join("\", \""));
            self.warn(place, message, Some(&cure));
        }
    }
}

/// Somebody of a group, or somebody we cannot tell.
fn member(code: Option<&GroupCode>) -> Subject {
    Subject { group: code.cloned(), ..Subject::unknown() }
}

/// Whether requests of this group may be seen whole where those of the unknown may not. A block page is no looking
/// inside, and what stays unopened for the group as well says nothing.
fn sees_more(ruleset: &Ruleset, code: &GroupCode, source: &InspectionSource) -> bool {
    let (group, unknown) = (ruleset.group(&member(Some(code))), ruleset.unknown());
    let (inspection, of_unknown) = (&group.inspection, &unknown.inspection);
    let is_whole =
        |code: Option<&GroupCode>, host: &Host| ruleset.opening(&member(code), host).extent == Extent::Everything;
    let hosts = source.hosts.iter().filter_map(|host| Host::parse(bare(host)).ok());
    let private: Labels = PRIVATE.into_iter().collect();
    let labels = inspection.labels.without(private).without(of_unknown.labels);
    (of_unknown.extent != Extent::Everything && (inspection.extent == Extent::Everything || !labels.is_empty()))
        || hosts.into_iter().any(|host| is_whole(Some(code), &host) && !is_whole(None, &host))
}

/// The place of a group's word about inspection.
fn below<'a>(place: Place<'a>, key: &'a str) -> Vec<Step<'a>> {
    place.iter().copied().chain([Step::Key("inspection"), Step::Key(key)]).collect()
}
