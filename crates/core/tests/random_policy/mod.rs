//! Random policies, lists, people and requests, all from one number, for the tests that compare the compiled verdict
//! with a naive reading of the policy, and the wire with the explanation.

use holdfast_core::{
    category::Category,
    inspection::Extent,
    lists::{Entries, NameEntry, Scope},
    moment::Moment,
    policy::source::{
        Action, Day, EmergencySource, GroupSource, HelpSource, InspectionSource, Judging, LeftUnopenedSource,
        LessonSource, LifelineSource, PartnerSource, PolicySource, Relaxation, RuleSource, ScheduleSource,
        SearchToolSource, ServiceSource, StrictParameter, SuspensionSource,
    },
    ruleset::content::{Content, ContentBuilder, ListFacts},
    search_engines::StrictLevel,
    subject::{Confidence, Source, Subject},
    wording::Band,
};
use jiff::{Timestamp, tz::TimeZone};

/// A small random source: the same seed gives the same world for ever (`SplitMix64`).
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(end).unwrap()).unwrap()
    }

    pub fn one_in(&mut self, chances: usize) -> bool {
        self.below(chances) == 0
    }

    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }

    fn some<T: Clone>(&mut self, items: &[T], most: usize) -> Vec<T> {
        (0..self.below(most + 1)).map(|_| self.pick(items).clone()).collect()
    }
}

pub const HOSTS: [&str; 12] = [
    "a.test",
    "b.a.test",
    "c.b.a.test",
    "d.test",
    "e.d.test",
    "f.test",
    "find.test",
    "other.test",
    // An engine whose strict mode can be forced, a second door of another, and two of their other sites.
    "google.com",
    "mail.google.com",
    "lite.duckduckgo.com",
    "youtube.com",
];
pub const PATHS: [&str; 6] = ["/", "/x", "/x/y", "/xy", "/x?q=1", "/s?q=tides&safe=on"];
pub const PEOPLE: [&str; 3] = ["p1", "p2", "p3"];
pub const GROUPS: [&str; 3] = ["rowan", "oak", "ash"];
pub const CLASSES: [&str; 2] = ["5a", "5b"];
pub const ROOMS: [&str; 2] = ["library", "hall"];
pub const DEVICES: [&str; 2] = ["d1", "d2"];
pub const CATEGORIES: [Category; 7] = [
    Category::Pornography,
    Category::Gaming,
    Category::Gambling,
    Category::Video,
    Category::SearchEngines,
    Category::Education,
    Category::Finance,
];
const DATES: [&str; 4] = ["2026-11-20", "2026-11-23", "2026-11-25T12:00", "2026-12-01"];

/// One random world.
pub struct World {
    pub policy: PolicySource,
    pub names: Vec<(Category, &'static str)>,
}

impl World {
    pub fn new(dice: &mut Dice) -> Self {
        let names = (0..dice.below(8)).map(|_| (*dice.pick(&CATEGORIES), *dice.pick(&HOSTS))).collect();
        Self { policy: policy(dice), names }
    }

    pub fn content(&self) -> Content {
        let mut builder = ContentBuilder::new(1);
        for category in CATEGORIES {
            let names = self.names.iter().filter(|(of, _)| *of == category);
            let names = names.map(|(_, name)| NameEntry { name: (*name).into(), scope: Scope::Within }).collect();
            let facts = ListFacts {
                id: category.code().into(),
                title: category.title().to_owned(),
                category,
                source: "random".to_owned(),
                licence: "none".to_owned(),
                fetched: None,
                entries: 0,
            };
            builder.add(facts, Entries { names, ..Entries::default() });
        }
        builder.finish().content
    }
}

/// A random person, or nobody, somewhere on some device.
pub fn subject(dice: &mut Dice) -> Subject {
    let mut subject = Subject::unknown();
    if !dice.one_in(5) {
        subject.person = (!dice.one_in(4)).then(|| (*dice.pick(&PEOPLE)).into());
        subject.group = Some((*dice.pick(&GROUPS)).into());
        subject.classes = dice.some(&CLASSES, 1).into_iter().map(Into::into).collect();
        subject.source = Source::Listener;
        subject.confidence = Confidence::Likely;
    }
    subject.room = dice.one_in(3).then(|| (*dice.pick(&ROOMS)).into());
    subject.device = dice.one_in(3).then(|| (*dice.pick(&DEVICES)).into());
    subject
}

/// A random host, sometimes below one the policy knows.
pub fn host(dice: &mut Dice) -> String {
    let host = *dice.pick(&HOSTS);
    if dice.one_in(4) { format!("www.{host}") } else { host.to_owned() }
}

/// A random moment in the fortnight the random dates lie in.
pub fn moment(dice: &mut Dice) -> Moment {
    let zone = TimeZone::get("Europe/London").unwrap();
    let start: Timestamp = "2026-11-18T00:00:00Z".parse().unwrap();
    let minutes = i64::try_from(dice.below(16 * 24 * 60)).unwrap();
    let timestamp = Timestamp::from_second(start.as_second() + minutes * 60).unwrap();
    Moment::at(timestamp, &zone)
}

fn policy(dice: &mut Dice) -> PolicySource {
    // Either everyone is allowed something, and then blocks are for everyone too, or blocks may be for groups alone:
    // both are policies under which the unknown are held at least as strictly as every group.
    let group_blocks = dice.one_in(2);
    let unknown_blocks: Vec<Category> =
        CATEGORIES.into_iter().filter(|category| *category != Category::Education).collect();
    let tools = if dice.one_in(3) { vec!["find".to_owned()] } else { Vec::new() };
    let groups = GROUPS.into_iter().map(|code| group(dice, code, &tools)).collect();
    let rules = (0..dice.below(7)).map(|index| rule(dice, index, group_blocks)).collect();
    PolicySource {
        version: 1,
        title: "Random".to_owned(),
        author: "dice".into(),
        reason: "To test with.".to_owned(),
        review_by: "2027-07-31".to_owned(),
        time_zone: "Europe/London".to_owned(),
        groups,
        unknown: Judging {
            default: Action::Block,
            block_categories: unknown_blocks,
            allow_categories: Vec::new(),
            block_services: vec!["film".to_owned()],
            allow_services: Vec::new(),
            search_tools: Vec::new(),
            strict_search: None,
            engines_without_strict_mode: dice.one_in(2).then_some(Action::Block),
            relax_gaming: None,
            inspection: inspection(dice),
        },
        services: vec![ServiceSource {
            code: "film".to_owned(),
            title: "Film".to_owned(),
            hosts: vec!["f.test".to_owned()],
        }],
        search_tools: vec![SearchToolSource {
            code: "find".to_owned(),
            title: "Find".to_owned(),
            hosts: vec!["find.test".to_owned()],
            home: "http://find.test/".to_owned(),
            query_parameter: "q".to_owned(),
            strict: Some(StrictParameter { name: "safe".to_owned(), value: "on".to_owned() }),
        }],
        schedules: vec![ScheduleSource {
            code: "day".to_owned(),
            days: vec![Day::Monday, Day::Wednesday, Day::Saturday],
            from: "08:30".to_owned(),
            to: "15:30".to_owned(),
        }],
        rules,
        lessons: (0..dice.below(3)).map(|index| lesson(dice, index)).collect(),
        suspensions: (0..dice.below(3)).map(|index| suspension(dice, index)).collect(),
        emergencies: (0..dice.below(2)).map(|index| emergency(dice, index)).collect(),
        help: if dice.one_in(4) {
            vec![HelpSource { host: "e.d.test".to_owned(), name: "Help".to_owned() }]
        } else {
            Vec::new()
        },
        lifelines: if dice.one_in(4) { vec![lifeline()] } else { Vec::new() },
        partners: if dice.one_in(4) {
            vec![PartnerSource { host: "other.test".to_owned(), name: "Partner".to_owned() }]
        } else {
            Vec::new()
        },
        left_unopened: (0..dice.below(3)).map(|index| left_unopened(dice, index)).collect(),
        tenants: Vec::new(),
    }
}

fn inspection(dice: &mut Dice) -> InspectionSource {
    let chooses = dice.one_in(2);
    InspectionSource {
        extent: *dice.pick(&[Extent::Nothing, Extent::BlockPages, Extent::Everything]),
        hosts: dice.some(&HOSTS, 2).into_iter().filter(|_| chooses).map(str::to_owned).collect(),
        categories: dice.some(&CATEGORIES, 1).into_iter().filter(|_| chooses).collect(),
        services: if chooses && dice.one_in(4) { vec!["film".to_owned()] } else { Vec::new() },
    }
}

fn left_unopened(dice: &mut Dice, index: usize) -> LeftUnopenedSource {
    LeftUnopenedSource {
        code: format!("u{index}"),
        title: "Left".to_owned(),
        hosts: vec![(*dice.pick(&HOSTS)).to_owned()],
        categories: dice.some(&CATEGORIES, 1),
        groups: dice.some(&GROUPS, 1).into_iter().map(Into::into).collect(),
        author: "dice".into(),
        reason: "Random".to_owned(),
    }
}

pub fn group(dice: &mut Dice, code: &str, tools: &[String]) -> GroupSource {
    let default = if dice.one_in(3) { Action::Block } else { Action::Allow };
    let blockable = [Category::Gambling, Category::Video, Category::SearchEngines];
    let band = *dice.pick(&Band::ALL);
    GroupSource {
        code: code.into(),
        purpose: "Random".to_owned(),
        band,
        judging: Judging {
            default,
            block_categories: dice.some(&blockable, 2),
            allow_categories: if default == Action::Block { vec![Category::Education] } else { Vec::new() },
            block_services: if dice.one_in(4) { vec!["film".to_owned()] } else { Vec::new() },
            allow_services: Vec::new(),
            search_tools: if dice.one_in(2) { tools.to_vec() } else { Vec::new() },
            strict_search: dice
                .one_in(2)
                .then(|| *dice.pick(&[StrictLevel::Strict, StrictLevel::Moderate, StrictLevel::Off]))
                .filter(|level| *level != StrictLevel::Off || band == Band::Staff),
            engines_without_strict_mode: dice.one_in(3).then(|| *dice.pick(&[Action::Allow, Action::Block])),
            relax_gaming: dice.one_in(5).then(|| Relaxation {
                author: "dice".into(),
                reason: "Club".to_owned(),
                ends: "2026-11-26".to_owned(),
            }),
            inspection: inspection(dice),
        },
    }
}

pub fn rule(dice: &mut Dice, index: usize, group_blocks: bool) -> RuleSource {
    let action = if dice.one_in(2) { Action::Block } else { Action::Allow };
    let personal = dice.one_in(3);
    let for_groups = !personal && (if action == Action::Block { group_blocks } else { dice.one_in(2) || group_blocks });
    let everything = action == Action::Block && dice.one_in(12);
    let mut rule = RuleSource {
        code: format!("r{index}"),
        action,
        people: if personal { vec![(*dice.pick(&PEOPLE)).into()] } else { Vec::new() },
        groups: if for_groups { vec![(*dice.pick(&GROUPS)).into()] } else { Vec::new() },
        everyone: !personal && !for_groups,
        hosts: dice.some(&HOSTS, 2).into_iter().map(str::to_owned).collect(),
        addresses: if dice.one_in(3) {
            vec![format!("{}{}", dice.pick(&HOSTS), dice.pick(&["/x", "/x/y", "/s"]))]
        } else {
            Vec::new()
        },
        categories: if dice.one_in(4) { vec![*dice.pick(&CATEGORIES)] } else { Vec::new() },
        services: if dice.one_in(6) { vec!["film".to_owned()] } else { Vec::new() },
        everything,
        rooms: if dice.one_in(6) { vec![(*dice.pick(&ROOMS)).into()] } else { Vec::new() },
        devices: if dice.one_in(6) { vec![(*dice.pick(&DEVICES)).into()] } else { Vec::new() },
        schedule: dice.one_in(4).then(|| "day".to_owned()),
        starts: dice.one_in(4).then(|| DATES[dice.below(2)].to_owned()),
        ends: (action == Action::Allow || dice.one_in(3)).then(|| DATES[2 + dice.below(2)].to_owned()),
        author: "dice".into(),
        reason: "Random".to_owned(),
        clauses: Vec::new(),
    };
    if rule.hosts.is_empty() && rule.addresses.is_empty() && rule.categories.is_empty() && rule.services.is_empty() {
        rule.hosts.push((*dice.pick(&HOSTS)).to_owned());
    }
    rule
}

fn lesson(dice: &mut Dice, index: usize) -> LessonSource {
    LessonSource {
        code: format!("l{index}"),
        title: "Lesson".to_owned(),
        classes: vec![(*dice.pick(&CLASSES)).into()],
        people: Vec::new(),
        groups: if dice.one_in(3) { vec![(*dice.pick(&GROUPS)).into()] } else { Vec::new() },
        hosts: dice.some(&HOSTS, 2).into_iter().map(str::to_owned).collect(),
        addresses: if dice.one_in(3) { vec!["a.test/x".to_owned()] } else { Vec::new() },
        only: dice.one_in(3),
        author: "dice".into(),
        starts: DATES[dice.below(2)].to_owned(),
        ends: DATES[2 + dice.below(2)].to_owned(),
    }
}

fn suspension(dice: &mut Dice, index: usize) -> SuspensionSource {
    SuspensionSource {
        code: format!("s{index}"),
        person: (*dice.pick(&PEOPLE)).into(),
        author: "dice".into(),
        starts: DATES[dice.below(2)].to_owned(),
        ends: DATES[2 + dice.below(2)].to_owned(),
        keep_hosts: dice.some(&HOSTS, 1).into_iter().map(str::to_owned).collect(),
    }
}

fn emergency(dice: &mut Dice, index: usize) -> EmergencySource {
    EmergencySource {
        code: format!("e{index}"),
        hosts: vec![(*dice.pick(&HOSTS)).to_owned()],
        addresses: if dice.one_in(2) { vec!["d.test/x".to_owned()] } else { Vec::new() },
        author: "dice".into(),
        starts: DATES[dice.below(2)].to_owned(),
        review: "2026-11-26".to_owned(),
        ends: dice.one_in(2).then(|| DATES[3].to_owned()),
    }
}

fn lifeline() -> LifelineSource {
    LifelineSource {
        code: "voice".to_owned(),
        title: "Speech".to_owned(),
        hosts: vec!["c.b.a.test".to_owned()],
        ports: Vec::new(),
        author: "dice".into(),
        reason: "A voice".to_owned(),
    }
}
