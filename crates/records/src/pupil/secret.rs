//! What a pupil shows: two pictures in order, or two words. Made by us by chance, so that nobody's favourite animal is their secret;
//! compared by a mark that needs the machine's own key, so that a stolen store can neither be read nor tried.

use crate::{Fault, audit::MachineKey, id, store::words};
use zeroize::Zeroizing;

/// What the mark says it is of.
const OF: &str = "pupil way 1";
/// The longest word that is looked at, in bytes.
const LONGEST: usize = 40;
/// How many are told apart by a sign; more of one name in one class share one again.
const MARKS: usize = 6;

words! {
    /// What kind of thing a pupil shows.
    WayKind {
        /// Two pictures, one after the other.
        Pictures = "pictures", "two pictures";
        /// Two words.
        Words = "words", "two words";
    }
}

words! {
    /// A picture to choose. Its word stands beside it.
    Picture {
        /// A cat.
        Cat = "cat", "cat";
        /// A fish.
        Fish = "fish", "fish";
        /// A bird.
        Bird = "bird", "bird";
        /// A tree.
        Tree = "tree", "tree";
        /// A flower.
        Flower = "flower", "flower";
        /// The sun.
        Sun = "sun", "sun";
        /// The moon.
        Moon = "moon", "moon";
        /// A star.
        Star = "star", "star";
        /// A house.
        House = "house", "house";
        /// A boat.
        Boat = "boat", "boat";
        /// A ball.
        Ball = "ball", "ball";
        /// A key.
        Key = "key", "key";
    }
}

words! {
    /// What tells two of one name apart in a class: a sign that says nothing of them.
    Mark {
        /// A circle.
        Circle = "circle", "circle";
        /// A square.
        Square = "square", "square";
        /// A triangle.
        Triangle = "triangle", "triangle";
        /// A diamond.
        Diamond = "diamond", "diamond";
        /// A cross.
        Cross = "cross", "cross";
        /// A heart.
        Heart = "heart", "heart";
    }
}

impl Mark {
    /// The sign of the one who comes so many after the first.
    pub(super) fn of(place: usize) -> Self {
        Self::ALL.get(place % MARKS).copied().unwrap_or(Self::Circle)
    }

    /// The sign itself, for beside its word.
    pub fn sign(self) -> &'static str {
        match self {
            Self::Circle => "●",
            Self::Square => "■",
            Self::Triangle => "▲",
            Self::Diamond => "◆",
            Self::Cross => "✚",
            Self::Heart => "♥",
        }
    }
}

/// What was made for a pupil: shown once, on a card.
pub enum Secret {
    /// Two pictures in order, never the same one twice.
    Pictures([Picture; 2]),
    /// Two words.
    Words(Zeroizing<String>),
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}

/// What somebody showed at the door.
pub enum Shown<'a> {
    /// Two pictures in order.
    Pictures([Picture; 2]),
    /// Words as they were typed.
    Words(&'a str),
}

impl std::fmt::Debug for Shown<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Shown")
    }
}

impl Shown<'_> {
    /// Its kind, and it as it is compared: `None` for what is none.
    fn normalised(&self) -> Option<(WayKind, Zeroizing<String>)> {
        match self {
            Self::Pictures([first, second]) => {
                Some((WayKind::Pictures, Zeroizing::new(format!("{} {}", first.word(), second.word()))))
            }
            Self::Words(typed) if typed.len() <= LONGEST => {
                let mut words = Zeroizing::new(String::with_capacity(LONGEST));
                let parts = typed.split(|sign: char| !sign.is_alphanumeric()).filter(|part| !part.is_empty());
                for part in parts {
                    if !words.is_empty() {
                        words.push(' ');
                    }
                    words.extend(part.chars().flat_map(char::to_lowercase));
                }
                Some((WayKind::Words, words))
            }
            Self::Words(_) => None,
        }
    }

    /// Whether it is what stands in this row.
    pub(super) fn is_right(&self, key: &MachineKey, row: &Bound, kind: WayKind, mark: &[u8]) -> bool {
        self.normalised()
            .is_some_and(|(shown, secret)| shown == kind && key.is_mark(OF, &row.bytes(kind, &secret), mark))
    }
}

/// What a mark is bound to: no row's passes for another's.
pub(super) struct Bound {
    pub(super) school: id::School,
    pub(super) row: id::Row,
    pub(super) person: id::Person,
}

impl Bound {
    fn bytes(&self, kind: WayKind, secret: &str) -> Zeroizing<Vec<u8>> {
        let ids = [self.school.bytes(), self.row.bytes(), self.person.bytes()].map(<[u8; 16]>::as_slice).concat();
        // The ids are of one length, and no kind holds a zero.
        Zeroizing::new([ids.as_slice(), kind.word().as_bytes(), &[0], secret.as_bytes()].concat())
    }
}

impl Secret {
    /// A new one, by chance alone.
    pub(super) fn new(kind: WayKind) -> Result<Self, Fault> {
        match kind {
            WayKind::Pictures => {
                let first = below(Picture::ALL.len())?;
                // One of the others, each as likely.
                let second = (first + 1 + below(Picture::ALL.len() - 1)?) % Picture::ALL.len();
                let picture = |place: usize| Picture::ALL.get(place).copied().unwrap_or(Picture::Sun);
                Ok(Self::Pictures([picture(first), picture(second)]))
            }
            WayKind::Words => {
                let list: Vec<&str> = LIST.split_whitespace().collect();
                let one = || Ok::<_, Fault>(list.get(below(list.len())?).copied().unwrap_or_default());
                let (first, mut second) = (one()?, one()?);
                while second == first {
                    second = one()?;
                }
                Ok(Self::Words(Zeroizing::new(format!("{first} {second}"))))
            }
        }
    }

    /// Its mark in a row.
    pub(super) fn mark(&self, key: &MachineKey, row: &Bound) -> Vec<u8> {
        let (kind, secret) = match self {
            Self::Pictures([first, second]) => {
                (WayKind::Pictures, Zeroizing::new(format!("{} {}", first.word(), second.word())))
            }
            Self::Words(words) => (WayKind::Words, words.clone()),
        };
        key.mark(OF, &row.bytes(kind, &secret)).to_vec()
    }
}

/// A number below another by chance, each as likely.
pub(super) fn below(limit: usize) -> Result<usize, Fault> {
    let limit = u64::try_from(limit).unwrap_or(1).max(1);
    let fair = u64::MAX - u64::MAX % limit;
    loop {
        let mut bytes = [0; 8];
        getrandom::fill(&mut bytes)
            .map_err(|fault| Fault::Unavailable(format!("The system gave no random bytes: {fault}.")))?;
        let number = u64::from_be_bytes(bytes);
        if number < fair {
            return usize::try_from(number % limit).map_err(|_never| Fault::wrong("The number is too large."));
        }
    }
}

/// Short words that children of seven spell, none of which makes a rude or sad pair with another.
const LIST: &str = "apple arm bag bear bed bell bike bird boat book boot bowl box bread brush bus cake camp cap car cat chair \
    chalk chest clay clock cloud coat coin comb corn cow crab crown cup desk dish doll door drum duck egg farm fish flag flute \
    fog fork fox frog fruit game gate glass globe goat gold goose grape grass hat hay hen hill honey hook hoop house ice ink \
    jam jar jelly jug jump kite lake lamb lamp leaf lemon lid lion map milk mint mole moon moss mug nest net oak oil olive onion \
    otter owl paint pan park peach pear pen piano plum pond pony queen rain ring road robin rock roof rope rug sail salt sand \
    seed sheep ship shoe silk silver snow soap sock song soup spoon star stone sun swan table tea tent tiger toast toy train \
    tree tulip van violin wagon wall watch wave wheel whale wind wing wolf wood wool zebra";

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_words_are_many_short_and_each_there_once() {
        let list: Vec<&str> = LIST.split_whitespace().collect();
        assert!(list.len() >= 150, "{}", list.len());
        assert_eq!(list.iter().collect::<BTreeSet<_>>().len(), list.len());
        assert!(list.iter().all(|word| word.len() <= 6 && word.bytes().all(|byte| byte.is_ascii_lowercase())));
    }

    #[test]
    fn pictures_are_chosen_by_chance_and_differ() {
        let mut seen = BTreeSet::new();
        for _ in 0..500 {
            let Secret::Pictures([first, second]) = Secret::new(WayKind::Pictures).unwrap() else { panic!("pictures") };
            assert_ne!(first, second);
            seen.insert((first, second));
        }
        assert!(seen.len() > 90, "{}", seen.len());
    }

    #[test]
    fn words_are_compared_as_children_type_them() {
        let normalised = |typed| Shown::Words(typed).normalised().map(|(_, words)| words.to_string());
        assert_eq!(normalised("  Apple-BEAR "), Some("apple bear".to_owned()));
        assert_eq!(normalised("apple  bear"), Some("apple bear".to_owned()));
        assert_eq!(normalised(&"a".repeat(41)), None);
    }
}
