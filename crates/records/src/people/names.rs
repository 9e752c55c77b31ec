//! Names as they are sorted and found: folded by us and stored beside the name, because the engines fold differently and
//! neither folds all letters.

use unicode_normalization::{UnicodeNormalization as _, char::is_combining_mark};

/// How many words of a search count.
pub(super) const MOST_WORDS: usize = 4;

/// The words of a name without case, accents and punctuation: `Zoë O’Brien-Łoś` becomes `zoe`, `obrien`, `los`.
pub(crate) fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    for letter in name.nfkd().filter(|letter| !is_combining_mark(*letter)) {
        let is_inside = matches!(letter, '\'' | '’' | '‘' | 'ʼ' | '`' | '.' | '\u{ad}');
        match words.last_mut() {
            Some(word) if letter.is_alphanumeric() => letter.to_lowercase().for_each(|letter| push(word, letter)),
            Some(word) if !is_inside && !word.is_empty() => words.push(String::new()),
            _ => {}
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Letters that Unicode does not take apart, as people type them who have not got them on their keyboard.
fn push(word: &mut String, letter: char) {
    match letter {
        'ß' => word.push_str("ss"),
        'æ' => word.push_str("ae"),
        'œ' => word.push_str("oe"),
        'þ' => word.push_str("th"),
        'ø' => word.push('o'),
        'ł' => word.push('l'),
        'đ' | 'ð' => word.push('d'),
        'ħ' => word.push('h'),
        'ı' => word.push('i'),
        letter if is_combining_mark(letter) => {}
        letter => word.push(letter),
    }
}

/// What somebody is called among others in a room: what they like to be called, else the first word of their name.
pub(crate) fn first_name(full_name: &str, preferred_name: Option<&str>) -> String {
    let preferred = preferred_name.map(str::trim).filter(|name| !name.is_empty());
    preferred.or_else(|| full_name.split_whitespace().next()).unwrap_or(full_name).to_owned()
}

/// What a list sorts a person by: what they say they sort as, else the last word of the full name and then the others.
pub(super) fn sort_name(full_name: &str, sort_as: Option<&str>) -> String {
    let mut words = words(sort_as.unwrap_or(full_name));
    if sort_as.is_none() {
        let by = usize::from(words.len() > 1);
        words.rotate_right(by);
    }
    words.join(" ")
}

/// What a person is found by: each word of both names, with a space before each, so that the beginning of a word can be
/// looked for.
pub(super) fn search_key(full_name: &str, preferred_name: Option<&str>) -> String {
    let mut key = words(full_name);
    for word in preferred_name.map(words).unwrap_or_default() {
        if !key.contains(&word) {
            key.push(word);
        }
    }
    key.iter().fold(String::new(), |key, word| key + " " + word)
}

/// What two people with the same name share, in whatever order its words stand.
pub(super) fn name_key(full_name: &str) -> String {
    let mut words = words(full_name);
    words.sort_unstable();
    words.join(" ")
}

/// The patterns that a search key must match, all of them; nothing for a search without a letter or digit. Folded words
/// hold no `%` and no `_`.
pub(super) fn patterns(search: &str) -> Option<[String; MOST_WORDS]> {
    let words = words(search);
    if words.is_empty() {
        return None;
    }
    let mut words = words.iter();
    Some(std::array::from_fn(|_| words.next().map_or_else(|| "%".to_owned(), |word| format!("% {word}%"))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_folded_alike_however_they_are_typed() {
        assert_eq!(words("Zoë O’Brien-Łoś"), ["zoe", "obrien", "los"]);
        assert_eq!(words("ZOE\u{308}  O'BRIEN LOS"), ["zoe", "obrien", "los"]);
        assert_eq!(words("Þóra Ægisdóttir Weiß"), ["thora", "aegisdottir", "weiss"]);
        assert_eq!(words("İpek Işık"), ["ipek", "isik"]);
        assert_eq!(words("Нина Ёлкина"), ["нина", "елкина"]);
        assert_eq!(words("王小明"), ["王小明"]);
        assert_eq!(words(" \u{200b}-…' "), Vec::<String>::new());
    }

    #[test]
    fn a_name_sorts_by_its_last_word_unless_it_is_said_otherwise() {
        assert_eq!(sort_name("Shirley Anne Lowe", None), "lowe shirley anne");
        assert_eq!(sort_name("Jan van der Berg", Some("van der Berg, Jan")), "van der berg jan");
        assert_eq!(sort_name("Madonna", None), "madonna");
    }

    #[test]
    fn names_are_the_same_in_any_order() {
        assert_eq!(name_key("Wei Li"), name_key("LI, wei"));
        assert_ne!(name_key("Wei Li"), name_key("Wei Lin"));
    }

    #[test]
    fn a_search_without_a_letter_finds_nothing() {
        assert_eq!(patterns(""), None);
        assert_eq!(patterns(" % _ "), None);
        assert_eq!(patterns("Ann%").unwrap()[..2], ["% ann%", "%"]);
    }
}
