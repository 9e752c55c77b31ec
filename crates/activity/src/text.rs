//! Bounds on texts that come from outside, so that nobody fills the memory or the disk with long ones.

use std::sync::Arc;

/// The text itself where it has at most `most` bytes; otherwise its beginning with `…` behind it, never longer than
/// `most` bytes and the sign together.
pub(crate) fn cut(text: &Arc<str>, most: usize) -> Arc<str> {
    if text.len() <= most {
        return Arc::clone(text);
    }
    shortened(text, most).into()
}

/// The beginning of a text of more than `most` bytes, with `…` behind it.
pub(crate) fn shortened(text: &str, most: usize) -> String {
    format!("{}…", &text[..text.floor_char_boundary(most)])
}

/// Whether `kept` is what [`cut`] makes of `text`.
pub(crate) fn is_cut_of(kept: &str, text: &str, most: usize) -> bool {
    if text.len() <= most {
        return kept == text;
    }
    kept.strip_suffix('…') == Some(&text[..text.floor_char_boundary(most)])
}

/// [`cut`] for a text that may be absent.
pub(crate) fn cut_some(text: Option<&Arc<str>>, most: usize) -> Option<Arc<str>> {
    text.map(|text| cut(text, most))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_cut_between_letters_and_short_ones_are_not_copied() {
        let short: Arc<str> = "casino.example".into();
        assert!(Arc::ptr_eq(&cut(&short, 14), &short));
        assert_eq!(&*cut(&"añb".into(), 2), "a…");
        assert_eq!(cut_some(None, 2), None);
        for (text, most) in [("casino.example", 14), ("casino.example", 13), ("añb", 2), ("añb", 1)] {
            assert!(is_cut_of(&cut(&text.into(), most), text, most), "{text} {most}");
        }
        assert!(
            !is_cut_of("casino.exampl", "casino.example", 13) && !is_cut_of("casino.exampl…", "casino.example", 14)
        );
    }
}
