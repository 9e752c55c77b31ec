//! National telephone numbers shown beside every stop, and the help and report sites that are always open
//! (practice 2, 15 and 30; requirements W-08, W-14).
//!
//! Facts with their source. `checked` is the day on which a person opened the source and found the fact true; where it
//! is `None` the fact is shipped to be confirmed by the school (practice, "(confirm)"), and `confirm` marks those of
//! which we were told that they change often. The school adds its own numbers and sites in its policy.

use super::Band;
use serde::Serialize;

/// Who a contact or site is meant for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Audience {
    /// Anyone.
    Anyone,
    /// Children and young people.
    Children,
    /// Adults who worry about a child.
    AdultsWorried,
    /// People who work in schools.
    SchoolStaff,
}

/// A number or page where a person answers: ours, or the school's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct HelpContact<'a> {
    /// Its name.
    pub name: &'a str,
    /// The number to ring, digits and spaces.
    pub telephone: Option<&'a str>,
    /// Where to send a text message, and the word to send.
    pub text: Option<HelpText<'a>>,
    /// Its page; the host is always open.
    pub web: Option<&'a str>,
    /// When somebody answers; empty where the page must be asked.
    pub hours: &'a str,
    /// What it is good for, one short sentence a child can read.
    pub what_for: &'a str,
    /// Who it is for.
    pub for_whom: Audience,
    /// Where the fact comes from.
    pub source: &'a str,
    /// When a person last found it true, `YYYY-MM-DD`.
    pub checked: Option<&'a str>,
    /// Whether it is known to change and must be confirmed before a school relies on it.
    pub confirm: bool,
}

/// A text-message line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct HelpText<'a> {
    /// The number.
    pub number: &'a str,
    /// The word to send; empty where any message will do.
    pub word: &'a str,
}

/// A site that is open to everyone in every state, with everything below its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct HelpSite {
    /// The host; all names below it belong to it.
    pub host: &'static str,
    /// Its name.
    pub name: &'static str,
    /// Why it is always open, one sentence.
    pub why: &'static str,
    /// Where the fact comes from.
    pub source: &'static str,
    /// Whether the host must be confirmed before a school relies on it.
    pub confirm: bool,
}

pub(super) const EMERGENCY: HelpContact<'static> = HelpContact {
    name: "Police, ambulance, fire",
    telephone: Some("999"),
    text: None,
    web: None,
    hours: "Any time",
    what_for: "Someone is in danger now.",
    for_whom: Audience::Anyone,
    source: "https://www.police.uk/contact/",
    checked: None,
    confirm: false,
};

pub(super) const CHILDLINE: HelpContact<'static> = HelpContact {
    name: "Childline",
    telephone: Some("0800 1111"),
    text: None,
    web: Some("https://www.childline.org.uk/"),
    hours: "Any time",
    what_for: "Talk about anything. It is free.",
    for_whom: Audience::Children,
    source: "https://www.childline.org.uk/",
    checked: None,
    confirm: false,
};

pub(super) const CEOP: HelpContact<'static> = HelpContact {
    name: "CEOP",
    telephone: None,
    text: None,
    web: Some("https://www.ceop.police.uk/Safety-Centre/"),
    hours: "Report any time",
    what_for: "Tell the police about someone online who worries you.",
    for_whom: Audience::Anyone,
    source: "https://www.ceop.police.uk/Safety-Centre/",
    checked: None,
    confirm: false,
};

pub(super) const SAMARITANS: HelpContact<'static> = HelpContact {
    name: "Samaritans",
    telephone: Some("116 123"),
    text: None,
    web: Some("https://www.samaritans.org/"),
    hours: "Any time",
    what_for: "Talk when things feel too hard. It is free.",
    for_whom: Audience::Anyone,
    source: "https://www.samaritans.org/",
    checked: None,
    confirm: false,
};

pub(super) const SHOUT: HelpContact<'static> = HelpContact {
    name: "Shout",
    telephone: None,
    text: Some(HelpText { number: "85258", word: "SHOUT" }),
    web: Some("https://giveusashout.org/"),
    hours: "Any time",
    what_for: "Text with someone when talking is hard. It is free.",
    for_whom: Audience::Anyone,
    source: "https://giveusashout.org/",
    checked: None,
    confirm: false,
};

pub(super) const PAPYRUS: HelpContact<'static> = HelpContact {
    name: "Papyrus HOPELINE247",
    telephone: Some("0800 068 4141"),
    text: None,
    web: Some("https://www.papyrus-uk.org/"),
    hours: "",
    what_for: "For people under 35 who think about suicide, and for their friends.",
    for_whom: Audience::Children,
    source: "https://www.papyrus-uk.org/",
    checked: None,
    confirm: true,
};

pub(super) const REPORT_REMOVE: HelpContact<'static> = HelpContact {
    name: "Report Remove",
    telephone: None,
    text: None,
    web: Some("https://www.childline.org.uk/remove"),
    hours: "Report any time",
    what_for: "Get a private picture of yourself taken down.",
    for_whom: Audience::Children,
    source: "https://www.childline.org.uk/",
    checked: None,
    confirm: true,
};

pub(super) const NSPCC: HelpContact<'static> = HelpContact {
    name: "NSPCC Helpline",
    telephone: Some("0808 800 5000"),
    text: None,
    web: Some("https://www.nspcc.org.uk/"),
    hours: "",
    what_for: "Adults who are worried about a child.",
    for_whom: Audience::AdultsWorried,
    source: "https://www.nspcc.org.uk/",
    checked: None,
    confirm: true,
};

pub(super) const WHISTLEBLOWING: HelpContact<'static> = HelpContact {
    name: "NSPCC Whistleblowing Advice Line",
    telephone: Some("0800 028 0285"),
    text: None,
    web: Some("https://www.nspcc.org.uk/"),
    hours: "",
    what_for: "Staff who worry how their organisation keeps children safe.",
    for_whom: Audience::SchoolStaff,
    source: "https://www.nspcc.org.uk/",
    checked: None,
    confirm: true,
};

pub(super) const PROFESSIONALS: HelpContact<'static> = HelpContact {
    name: "Professionals Online Safety Helpline",
    telephone: Some("0344 381 4772"),
    text: None,
    web: Some("https://saferinternet.org.uk/"),
    hours: "Monday to Friday, 10:00 to 16:00",
    what_for: "Advice for staff about children and online safety.",
    for_whom: Audience::SchoolStaff,
    source: "https://saferinternet.org.uk/",
    checked: None,
    confirm: true,
};

pub(super) const EDUCATION_SUPPORT: HelpContact<'static> = HelpContact {
    name: "Education Support",
    telephone: Some("08000 562 561"),
    text: None,
    web: Some("https://www.educationsupport.org.uk/"),
    hours: "Any time",
    what_for: "A listening ear for everyone who works in education.",
    for_whom: Audience::SchoolStaff,
    source: "https://www.educationsupport.org.uk/",
    checked: None,
    confirm: true,
};

/// Whom to ring, most urgent first, fitted to who reads. Kept short: a long list is no help in need.
pub fn help_numbers(band: Band) -> &'static [HelpContact<'static>] {
    const SMALL: &[HelpContact<'static>] = &[EMERGENCY, CHILDLINE, CEOP];
    const CHILD: &[HelpContact<'static>] = &[EMERGENCY, CHILDLINE, SAMARITANS, CEOP];
    const TEEN: &[HelpContact<'static>] = &[EMERGENCY, CHILDLINE, SHOUT, SAMARITANS, PAPYRUS, CEOP, REPORT_REMOVE];
    const STAFF: &[HelpContact<'static>] =
        &[EMERGENCY, NSPCC, PROFESSIONALS, EDUCATION_SUPPORT, SAMARITANS, WHISTLEBLOWING];
    const VISITOR: &[HelpContact<'static>] = &[EMERGENCY, CHILDLINE, NSPCC, SAMARITANS, CEOP];
    match band {
        Band::Youngest => SMALL,
        Band::Younger | Band::Unknown => CHILD,
        Band::Older => TEEN,
        Band::Staff => STAFF,
        Band::Visitor => VISITOR,
    }
}

macro_rules! sites {
    ($( $host:literal $name:literal $why:literal $($confirm:ident)?, )*) => {
        &[$( HelpSite {
            host: $host,
            name: $name,
            why: $why,
            source: concat!("https://", $host, "/"),
            confirm: sites!(@ $($confirm)?),
        }, )*]
    };
    (@ confirm) => { true };
    (@) => { false };
}

/// The national help sites and report pages that are always open, below nothing but the sealed lists (practice 15).
pub fn always_open_help() -> &'static [HelpSite] {
    SITES
}

const SITES: &[HelpSite] = sites! {
    // Whole public bodies: pages of theirs are where every other page sends people.
    "gov.uk" "GOV.UK and councils" "Social care, the courts, forced marriage and modern slavery help, and every council's front door.",
    "nhs.uk" "NHS" "Health, mental health and 111 online.",
    "police.uk" "Police" "Reports to the police, CEOP and fraud reporting.",
    "ceopeducation.co.uk" "CEOP Education" "Where children learn to report online harm.",
    "thinkuknow.co.uk" "Thinkuknow" "The older name of CEOP Education, still printed in books and posters.",
    "nationalcrimeagency.gov.uk" "National Crime Agency" "Reports of exploitation.",
    // Reporting and taking down.
    "iwf.org.uk" "Internet Watch Foundation" "Reports of indecent images of children.",
    "reportharmfulcontent.com" "Report Harmful Content" "Help with reports that a platform has turned down.",
    "saferinternet.org.uk" "UK Safer Internet Centre" "Advice and the helpline for professionals.",
    "swgfl.org.uk" "SWGfL" "Runs the helplines for harmful content and intimate images.",
    "stopncii.org" "StopNCII" "Keeps intimate images of adults from being shared.",
    "takeitdown.ncmec.org" "Take It Down" "Gets images of under-18s taken down from platforms.",
    "revengepornhelpline.org.uk" "Revenge Porn Helpline" "Help for adults whose intimate images are shared.",
    "report-it.org.uk" "True Vision" "Reports of hate crime.",
    "actearly.uk" "ACT Early" "For worries that someone is being drawn into extremism.",
    "crimestoppers-uk.org" "Crimestoppers" "Tells the police without giving a name.",
    "fearless.org" "Fearless" "Crimestoppers for young people.",
    // Children and young people.
    "childline.org.uk" "Childline" "Children talk to a counsellor about anything.",
    "nspcc.org.uk" "NSPCC" "For anyone worried about a child.",
    "kooth.com" "Kooth" "Counselling online for young people.",
    "youngminds.org.uk" "YoungMinds" "Young people's mental health.",
    "themix.org.uk" "The Mix" "Support for under-25s." confirm,
    "runawayhelpline.org.uk" "Runaway Helpline" "For young people away from home or thinking of it.",
    "missingpeople.org.uk" "Missing People" "For missing people and their families.",
    "barnardos.org.uk" "Barnardo's" "Support for children and families.",
    "actionforchildren.org.uk" "Action for Children" "Support for children and parents.",
    "childrenssociety.org.uk" "The Children's Society" "Support for children who are exploited or neglected.",
    "coramvoice.org.uk" "Coram Voice" "Advocates for children in care.",
    "nyas.net" "NYAS" "Advocates for children in care.",
    "becomecharity.org.uk" "Become" "For children in care and care leavers.",
    "childlawadvice.org.uk" "Child Law Advice" "The law about children and families.",
    "nacoa.org.uk" "Nacoa" "For children whose parent drinks too much.",
    "winstonswish.org" "Winston's Wish" "For children who grieve.",
    "childbereavementuk.org" "Child Bereavement UK" "For families when a child grieves or dies.",
    "carers.org" "Carers Trust" "For young carers too.",
    // Mental health, self-harm and suicide.
    "samaritans.org" "Samaritans" "Someone to talk to at any hour.",
    "giveusashout.org" "Shout" "Text support in a crisis.",
    "papyrus-uk.org" "Papyrus" "Prevention of young suicide.",
    "mind.org.uk" "Mind" "Mental health.",
    "rethink.org" "Rethink Mental Illness" "Mental health.",
    "thecalmzone.net" "CALM" "Prevention of suicide.",
    "harmless.org.uk" "Harmless" "Help with self-harm.",
    "beateatingdisorders.org.uk" "Beat" "Help with eating disorders.",
    "sane.org.uk" "SANE" "Mental health.",
    // Bullying, hate and identity.
    "anti-bullyingalliance.org.uk" "Anti-Bullying Alliance" "Help against bullying.",
    "kidscape.org.uk" "Kidscape" "Help against bullying.",
    "ditchthelabel.org" "Ditch the Label" "Help against bullying for young people.",
    "switchboard.lgbt" "Switchboard" "LGBT people talk to someone who understands.",
    "galop.org.uk" "Galop" "LGBT people who are abused.",
    "mermaidsuk.org.uk" "Mermaids" "Support for trans young people and families.",
    "akt.org.uk" "akt" "LGBT young people without a safe home.",
    "myh.org.uk" "Muslim Youth Helpline" "Someone to talk to for young Muslims.",
    "tellmamauk.org" "Tell MAMA" "Reports of anti-Muslim hate.",
    "cst.org.uk" "Community Security Trust" "Reports of antisemitism.",
    // Abuse, exploitation and violence.
    "stopitnow.org.uk" "Stop It Now" "For anyone worried by thoughts or behaviour towards children.",
    "lucyfaithfull.org.uk" "Lucy Faithfull Foundation" "Prevents child sexual abuse.",
    "mariecollinsfoundation.org.uk" "Marie Collins Foundation" "For children harmed online.",
    "rapecrisis.org.uk" "Rape Crisis" "Help after rape or abuse.",
    "thesurvivorstrust.org" "The Survivors Trust" "Help after rape or abuse.",
    "victimsupport.org.uk" "Victim Support" "For victims of crime, children too.",
    "refuge.org.uk" "Refuge" "Help with domestic abuse.",
    "nationaldahelpline.org.uk" "National Domestic Abuse Helpline" "Help with domestic abuse.",
    "womensaid.org.uk" "Women's Aid" "Help with domestic abuse.",
    "mensadviceline.org.uk" "Men's Advice Line" "Help for men with domestic abuse.",
    "respectphoneline.org.uk" "Respect Phoneline" "For people who want to stop hurting a partner.",
    "karmanirvana.org.uk" "Karma Nirvana" "Help with honour-based abuse and forced marriage.",
    "freedomcharity.org.uk" "Freedom Charity" "Help with forced marriage and female genital mutilation." confirm,
    "modernslaveryhelpline.org" "Modern Slavery Helpline" "Help with slavery and trafficking.",
    // Health, drugs, gambling, relationships.
    "talktofrank.com" "FRANK" "Honest facts about drugs.",
    "brook.org.uk" "Brook" "Sexual health for under-25s.",
    "gamcare.org.uk" "GamCare" "Help with gambling.",
    "bigdeal.org.uk" "BigDeal" "Help with gambling for young people." confirm,
    "al-anonuk.org.uk" "Al-Anon and Alateen" "For families and teenagers of people who drink.",
    "mencap.org.uk" "Mencap" "People with a learning disability and their families.",
    "autism.org.uk" "National Autistic Society" "Autistic people and their families.",
    "scope.org.uk" "Scope" "Disabled people and their families.",
    // Online safety, money, rights, work.
    "childnet.com" "Childnet" "Online safety for children, parents and teachers.",
    "internetmatters.org" "Internet Matters" "Online safety for parents.",
    "parentzone.org.uk" "Parent Zone" "Online safety for parents.",
    "getsafeonline.org" "Get Safe Online" "Help against scams.",
    "citizensadvice.org.uk" "Citizens Advice" "Rights, money and housing.",
    "shelter.org.uk" "Shelter" "Help to keep or find a home.",
    "ico.org.uk" "Information Commissioner" "Rights over one's own data.",
    "protect-advice.org.uk" "Protect" "Advice for whistleblowers.",
    "educationsupport.org.uk" "Education Support" "Help for people who work in education.",
    "acas.org.uk" "Acas" "Rights at work.",
};
