use super::*;

fn every() -> impl Iterator<Item = (Band, Why, Words)> {
    Band::ALL.into_iter().flat_map(|band| {
        Why::examples().into_iter().map(move |why| {
            let words = words(band, &why);
            (band, why, words)
        })
    })
}

fn whole(words: &Words) -> String {
    format!("{}. {} {}", words.heading, words.explanation, words.next)
}

#[test]
fn nobody_is_blamed() {
    let blaming = [
        "you tried",
        "denied",
        "forbidden",
        "violat",
        "illegal attempt",
        "not allowed to",
        "caught",
        "logged",
        "reported you",
        "inappropriate",
        "breach",
        "banned",
        "punish",
        "must not",
        "warning",
        "suspicious",
    ];
    for (band, why, words) in every() {
        let text = whole(&words).to_lowercase();
        for word in blaming {
            assert!(!text.contains(word), "{band:?} {why:?}: “{word}” in “{text}”");
        }
    }
}

#[test]
fn every_answer_has_all_three_parts_in_whole_sentences() {
    for (band, why, words) in every() {
        assert!(!words.heading.is_empty() && !words.heading.ends_with('.'), "{band:?} {why:?}");
        for part in [&words.explanation, &words.next] {
            assert!(part.ends_with('.') || part.ends_with('?'), "{band:?} {why:?}: {part}");
        }
    }
}

#[test]
fn pupils_sentences_are_short_enough_for_their_reading_age() {
    for (band, why, words) in every() {
        let longest = match band {
            Band::Youngest => 13,
            Band::Younger | Band::Unknown => 19,
            Band::Older => 30,
            Band::Staff | Band::Visitor => 32,
        };
        for sentence in whole(&words).split(['.', '?', '!']) {
            let count = sentence.split_whitespace().count();
            assert!(count <= longest, "{band:?} {why:?}: {count} words in “{sentence}”");
        }
    }
}

/// Flesch-Kincaid grade: American school year; add five for the age in years. Syllables are counted roughly.
fn grade(text: &str) -> f64 {
    let sentences = text.matches(['.', '?', '!']).count().max(1);
    let words: Vec<&str> = text.split_whitespace().collect();
    let syllables: usize = words.iter().map(|word| syllables(word)).sum();
    let count = |number: usize| f64::from(u32::try_from(number).unwrap());
    0.39 * count(words.len()) / count(sentences) + 11.8 * count(syllables) / count(words.len()) - 15.59
}

fn syllables(word: &str) -> usize {
    let word: String = word.to_lowercase().chars().filter(char::is_ascii_alphabetic).collect();
    let is_vowel = |letter: char| "aeiouy".contains(letter);
    let groups = word
        .chars()
        .fold((0, false), |(count, was), letter| (count + usize::from(is_vowel(letter) && !was), is_vowel(letter)))
        .0;
    let silent = word.ends_with('e') && !word.ends_with("le") || word.ends_with("ed") && !word.ends_with("ted");
    (groups - usize::from(silent && groups > 1)).max(1)
}

#[test]
fn pupils_words_fit_their_reading_age() {
    for (band, highest) in [(Band::Youngest, 2.5), (Band::Younger, 4.5), (Band::Unknown, 4.5)] {
        for why in Why::examples() {
            // A title is the school's or the taxonomy's own word; only what we say round it is measured here.
            if matches!(why, Why::Category(_) | Why::Service(_)) && whole(&words(band, &why)).contains("about") {
                continue;
            }
            let text = whole(&words(band, &why));
            let grade = grade(&text);
            assert!(grade <= highest, "{band:?} {why:?}: grade {grade:.1} for “{text}”");
        }
    }
}

#[test]
fn grown_categories_are_not_named_to_the_young() {
    for (band, why, words) in every() {
        let Why::Category(category) = why else { continue };
        if band.may_be_young() && !is_fit_to_name(category) {
            let text = whole(&words).to_lowercase();
            assert!(!text.contains(&category.title().to_lowercase()), "{band:?} {text}");
        }
    }
    assert!(words(Band::Older, &Why::Category(Category::Gambling)).explanation.contains("gambling"));
    assert!(words(Band::Younger, &Why::Category(Category::Gaming)).explanation.contains("games"));
    assert!(words(Band::Staff, &Why::Category(Category::AiAssistants)).explanation.contains("AI assistants"));
}

#[test]
fn the_sealed_words_give_no_reason() {
    for band in Band::ALL {
        let text = whole(&words(band, &Why::Sealed)).to_lowercase();
        for category in Category::ALL {
            assert!(!text.contains(&category.title().to_lowercase()), "{band:?}: {text}");
        }
        for word in ["list", "police", "abuse", "children", "crime", "because"] {
            assert!(!text.contains(word), "{band:?}: “{word}” in {text}");
        }
    }
}

#[test]
fn pupils_are_told_whom_to_ask() {
    for (band, why, words) in every() {
        if matches!(band, Band::Youngest | Band::Younger | Band::Older) {
            let next = words.next.to_lowercase();
            assert!(
                ["teacher", "grown-up", "adult", "member of staff"].iter().any(|who| next.contains(who)),
                "{band:?} {why:?}: {next}"
            );
        }
    }
}

#[test]
fn bands_are_written_in_kebab_case() {
    for band in Band::ALL {
        assert_eq!(serde_json::to_string(&band).unwrap(), format!("\"{}\"", band.code()));
        assert_eq!(Band::from_code(band.code()), Some(band));
    }
}

#[test]
fn help_hosts_are_normal_and_named_once() {
    let mut seen = std::collections::BTreeSet::new();
    for site in always_open_help() {
        let host = crate::host::Host::parse(site.host).unwrap();
        assert_eq!(host.as_str(), site.host);
        assert!(host.address().is_none() && site.host.contains('.'));
        assert!(seen.insert(site.host), "{} twice", site.host);
        assert!(!site.name.is_empty() && site.why.ends_with('.') && site.source.starts_with("https://"));
    }
    assert!(seen.len() >= 60, "{}", seen.len());
    for host in ["childline.org.uk", "nspcc.org.uk", "police.uk", "samaritans.org", "nhs.uk", "gov.uk", "iwf.org.uk"] {
        assert!(seen.contains(host), "{host}");
    }
}

#[test]
fn every_number_can_be_rung_and_its_site_is_always_open() {
    for band in Band::ALL {
        let contacts = help_numbers(band);
        assert_eq!(contacts.first().map(|contact| contact.telephone), Some(Some("999")), "{band:?}");
        assert!(contacts.len() >= 3, "{band:?}");
        for contact in contacts {
            assert!(contact.telephone.is_some() || contact.text.is_some() || contact.web.is_some());
            if let Some(number) = contact.telephone {
                assert!(number.chars().all(|letter| letter.is_ascii_digit() || letter == ' '), "{number}");
            }
            if let Some(web) = contact.web {
                let address = url::Url::parse(web).unwrap();
                let host = crate::host::Host::parse(address.host_str().unwrap()).unwrap();
                assert!(always_open_help().iter().any(|site| host.is_within(site.host)), "{web} is not always open");
            }
        }
    }
    for band in [Band::Youngest, Band::Younger, Band::Older, Band::Unknown, Band::Visitor] {
        assert!(help_numbers(band).iter().any(|contact| contact.telephone == Some("0800 1111")), "{band:?}");
    }
}

#[test]
fn every_national_contact_is_one_of_its_kind_and_its_site_is_always_open() {
    let mut keys = std::collections::BTreeSet::new();
    for national in national_contacts() {
        let (key, contact) = (national.key, national.contact);
        assert!(keys.insert(key), "{key} twice");
        assert!(key.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-'));
        let reachable = contact.telephone.is_some() || contact.text.is_some() || contact.web.is_some();
        assert_eq!(reachable, national.retired.is_none(), "{key}");
        assert!(contact.what_for.ends_with('.') && !contact.source.is_empty(), "{key}");
        if let Some(web) = contact.web {
            let address = url::Url::parse(web).unwrap();
            assert_eq!(address.scheme(), "https", "{key}");
            let host = crate::host::Host::parse(address.host_str().unwrap()).unwrap();
            assert!(always_open_help().iter().any(|site| host.is_within(site.host)), "{web} is not always open");
        }
    }
    // One source: what stands on a stop stands here too.
    for band in Band::ALL {
        for contact in help_numbers(band) {
            assert!(national_contacts().iter().any(|national| national.contact == *contact), "{}", contact.name);
        }
    }
}
