//! Our own taxonomy of what sites are, and sets of it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A set of categories and services: bits 0 to 95 are categories, 96 to 127 the school's services.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Labels(pub u128);

impl Labels {
    /// None.
    pub const NONE: Self = Self(0);
    /// The first bit that stands for a service.
    pub const FIRST_SERVICE: u8 = 96;
    /// How many services a ruleset can hold.
    pub const SERVICES: u8 = 32;

    /// The set with only this category.
    pub const fn of(category: Category) -> Self {
        Self(1 << (category as u8))
    }

    /// The set with only this service, by its index in the ruleset (below [`Self::SERVICES`]).
    pub const fn service(index: u8) -> Self {
        Self(1 << ((Self::FIRST_SERVICE + index) & 127))
    }

    /// Both sets together.
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What is in both.
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// What is here and not in `other`.
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether nothing is in it.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The lowest bit set, if any.
    pub const fn first(self) -> Option<u8> {
        if self.0 == 0 { None } else { Some(self.0.trailing_zeros().to_le_bytes()[0]) }
    }

    /// The categories in the set, in the taxonomy's order. Services are left out.
    pub fn categories(self) -> impl Iterator<Item = Category> {
        Category::ALL.into_iter().filter(move |category| !self.and(Self::of(*category)).is_empty())
    }
}

impl FromIterator<Category> for Labels {
    fn from_iter<I: IntoIterator<Item = Category>>(categories: I) -> Self {
        categories.into_iter().fold(Self::NONE, |set, category| set.union(Self::of(category)))
    }
}

macro_rules! taxonomy {
    ($( $name:ident $code:literal $title:literal $meaning:literal, )*) => {
        /// A category of site. The order is the taxonomy's; new ones are added at the end, never in between,
        /// because saved rulesets hold the numbers.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
        #[repr(u8)]
        pub enum Category {
            $( #[doc = $meaning] #[serde(rename = $code)] $name, )*
        }

        impl Category {
            /// Every category, in order.
            pub const ALL: [Self; [$($code),*].len()] = [$(Self::$name),*];

            /// The code written in policies, lists and logs.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code),* }
            }

            /// The name people see.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$name => $title),* }
            }

            /// What belongs in it, one sentence.
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$name => $meaning),* }
            }
        }
    };
}

taxonomy! {
    Pornography "pornography" "Pornography" "Sexual pictures, film or writing made to arouse.",
    Hatred "hatred" "Hatred" "Racial hatred and other hatred of people for what they are.",
    Extremism "extremism" "Extremism" "Terrorist or violent extremist material.",
    Gaming "gaming" "Games" "Games to play, and sites about them.",
    Illegal "illegal" "Illegal content" "Content believed to be against the law.",
    Gambling "gambling" "Gambling" "Betting, casinos, lotteries and tips for them.",
    Drugs "drugs" "Drugs" "Buying, making or praising illegal drugs.",
    Alcohol "alcohol" "Alcohol" "Selling or praising alcohol.",
    TobaccoAndVaping "tobacco-and-vaping" "Tobacco and vaping" "Selling or praising tobacco or vapes.",
    Weapons "weapons" "Weapons" "Buying or making weapons or explosives.",
    Violence "violence" "Violence" "Gore, cruelty and the praise of violence.",
    SelfHarm "self-harm" "Self-harm" "Encouragement of self-harm, suicide or eating disorders; never help with them.",
    Dating "dating" "Dating" "Meeting people for dating or sex.",
    AdultContent "adult-content" "Adult content" "Nudity, lingerie and sexual talk that is not pornography.",
    Anonymisers "anonymisers" "Filter bypass" "Web proxies, VPNs and other ways round a filter.",
    EncryptedDns "encrypted-dns" "Outside name services" "Encrypted resolvers outside the school.",
    Malware "malware" "Malware" "Sites that attack or infect computers, mining included.",
    Phishing "phishing" "Phishing and scams" "Sites that trick people out of secrets or money.",
    Hacking "hacking" "Hacking" "Tools and lessons for breaking into systems.",
    RemoteControl "remote-control" "Remote control" "Software to see or steer a computer from outside.",
    Piracy "piracy" "Piracy" "Copyright works shared without leave, torrents, warez.",
    FileSharing "file-sharing" "File sharing" "Places to upload and fetch files.",
    Downloads "downloads" "Downloads" "Software archives.",
    Shorteners "shorteners" "Link shorteners" "Addresses that hide another address.",
    SocialMedia "social-media" "Social media" "Networks for sharing one's life with others.",
    ChatAndForums "chat-and-forums" "Chat and forums" "Talking with strangers, boards and messaging.",
    Messaging "messaging" "Messaging" "Messages and calls between people who know each other.",
    Webmail "webmail" "Web mail" "Personal mail in the browser.",
    Blogs "blogs" "Blogs" "Personal pages and the places that host them.",
    Video "video" "Video" "Film and video to watch.",
    Audio "audio" "Music and radio" "Music, radio and podcasts.",
    Pictures "pictures" "Pictures" "Collections of pictures.",
    AiAssistants "ai-assistants" "AI assistants" "Chat with or writing by machine intelligence.",
    SearchEngines "search-engines" "Search engines" "Finding things on the web.",
    Advertising "advertising" "Advertising" "Advertisements and the networks that sell them.",
    Tracking "tracking" "Tracking" "Following people across sites.",
    Shopping "shopping" "Shopping" "Buying and selling, auctions included.",
    Finance "finance" "Banking and finance" "Banks, money and shares.",
    CryptoCurrency "crypto-currency" "Crypto-currency" "Coins, wallets and exchanges.",
    Jobs "jobs" "Jobs" "Looking for work.",
    News "news" "News" "News and press.",
    Sport "sport" "Sport" "Sport and its followers.",
    Celebrity "celebrity" "Celebrity" "The lives of famous people.",
    Lifestyle "lifestyle" "Lifestyle" "Cooking, cars, home, fashion.",
    Astrology "astrology" "Astrology" "Horoscopes and fortune telling.",
    Sects "sects" "Sects" "Groups reported to prey upon their members.",
    Religion "religion" "Religion" "Faiths and their communities.",
    Politics "politics" "Politics and government" "Parties, parliament and public bodies.",
    Health "health" "Health" "Health, medicine and wellbeing.",
    SexEducation "sex-education" "Sex and relationships education" "Teaching about sex and relationships.",
    IdentityAndRights "identity-and-rights" "Identity and rights" "Help and community for LGBT people and for rights.",
    Education "education" "Education" "Schools, universities, reference and lessons.",
    ChildFriendly "child-friendly" "Made for children" "Sites chosen for children.",
    Translation "translation" "Translation" "Translators, which can show other sites inside themselves.",
    CloudServices "cloud-services" "Cloud and office services" "Office work, storage and hosting.",
    Updates "updates" "Software updates" "Where computers fetch their updates.",
    Parked "parked" "Parked names" "Names with nothing of their own on them.",
    DynamicNames "dynamic-names" "Dynamic names" "Names that anyone may take for any computer.",
    FakeNews "fake-news" "False news" "Made-up news passed off as true.",
    Tricks "tricks" "Cheating" "Essays for sale and exam cheating.",
}

impl Category {
    /// The five that F-04 ships blocked for everyone. Only [`Category::Gaming`] may be relaxed, by a recorded change.
    pub const BASELINE: [Self; 5] = [Self::Pornography, Self::Hatred, Self::Extremism, Self::Gaming, Self::Illegal];

    /// The category with this code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|category| category.code() == code)
    }

    /// Whether no lesson, person or group allow frees it (house invariant 4).
    pub fn is_unfreeable(self) -> bool {
        Self::BASELINE.contains(&self) && self != Self::Gaming
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_taxonomy_fits_below_the_services() {
        assert!(Category::ALL.len() <= usize::from(Labels::FIRST_SERVICE));
    }

    #[test]
    fn codes_find_their_category() {
        for category in Category::ALL {
            assert_eq!(Category::from_code(category.code()), Some(category));
        }
    }
}
