//! Suggestions for a misspelled word.

use super::help::Help;

/// Most known words that are compared.
pub(crate) const MOST_KNOWN: usize = 200;
/// Longest word that is compared, in bytes.
const LONGEST: usize = 40;
/// Most known words that a help line lists.
const MOST_LISTED: usize = 20;

/// Returns the known word that `text` most likely misspells.
pub(crate) fn nearest<'a>(text: &str, known: &[&'a str]) -> Option<&'a str> {
    if text.len() > LONGEST {
        return None;
    }
    // A wrong case is the most common mistake, so it costs nothing.
    let lower = text.to_lowercase();
    let mut best: Option<(usize, &str)> = None;
    for word in known {
        if word.len() > LONGEST {
            continue;
        }
        let candidate = (strsim::osa_distance(&lower, &word.to_lowercase()), *word);
        // A third of the letters may differ.
        let near = candidate.0 <= word.chars().count().max(3) / 3;
        if near && best.is_none_or(|best| candidate < best) {
            best = Some(candidate);
        }
    }
    Some(best?.1)
}

/// Returns the nearest of the known words, or a list of them.
pub(crate) fn help(text: &str, known: &[&str]) -> Help {
    match nearest(text, known) {
        Some(word) => Help::did_you_mean(word),
        None => format!("expected {}", one_of(known)).into(),
    }
}

/// Returns the same for a name outside of a spec, as a line. `otherwise` is what to give where no name is known.
pub fn suggest_name(text: &str, known: &[&str], otherwise: &str) -> String {
    if known.is_empty() {
        return format!("the spec has none: {otherwise}");
    }
    help(text, known).words
}

/// Lists words as alternatives: `` `a`, `b` or `c` ``.
pub(crate) fn one_of(words: &[&str]) -> String {
    let mut shown = Vec::new();
    for word in words.iter().take(MOST_LISTED) {
        shown.push(format!("`{word}`"));
    }
    if words.len() > MOST_LISTED {
        shown.push(format!("one of {} more", words.len() - MOST_LISTED));
    }
    match shown.split_last() {
        None => "no keys".to_owned(),
        Some((only, [])) => only.clone(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_suggested_out_of_nothing() {
        assert_eq!(
            suggest_name("contoso", &[], "add one"),
            "the spec has none: add one"
        );
        assert_eq!(
            suggest_name("contos", &["contoso"], "add one"),
            "did you mean `contoso`?"
        );
    }

    #[test]
    fn misspelled_words_get_the_nearest_known_word() {
        let known = ["Allow", "Deny"];
        assert_eq!(help("deny", &known).words, "did you mean `Deny`?");
        assert_eq!(help("Alow", &known).words, "did you mean `Allow`?");
        assert_eq!(help("Refuse", &known).words, "expected `Allow` or `Deny`");
        assert_eq!(nearest("ipRule", &["ipRules", "id"]), Some("ipRules"));
        assert_eq!(nearest(&"x".repeat(10_000), &known), None);
    }
}
