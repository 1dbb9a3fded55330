//! What somebody probably meant.

/// Most known words that are looked at.
pub(crate) const MOST_KNOWN: usize = 200;

/// The known word that `text` is most likely a slip of.
pub(crate) fn nearest<'a>(text: &str, known: &[&'a str]) -> Option<&'a str> {
    const LONGEST: usize = 40;
    if text.len() > LONGEST {
        return None;
    }
    let lower = text.to_lowercase();
    let scored = known
        .iter()
        .filter(|word| word.len() <= LONGEST)
        .map(|word| (strsim::osa_distance(&lower, &word.to_lowercase()), *word));
    let near = scored.filter(|(distance, word)| *distance <= word.chars().count().max(3) / 3);
    near.min().map(|(_, word)| word)
}

/// A help line: the nearest of the known words, or all of them.
pub(crate) fn among(text: &str, known: &[&str]) -> String {
    const MOST: usize = 20;
    if let Some(word) = nearest(text, known) {
        return format!("did you mean `{word}`?");
    }
    let shown: Vec<String> = known.iter().take(MOST).map(|word| format!("`{word}`")).collect();
    match (known.len(), known.len().saturating_sub(MOST)) {
        (0, _) => "none is defined".to_owned(),
        (_, 0) => format!("it can be {}", shown.join(", ")),
        (_, more) => format!("it can be {}, or one of {more} more", shown.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_get_the_word_and_strangers_get_the_list() {
        let known = ["Allow", "Deny"];
        assert_eq!(among("deny", &known), "did you mean `Deny`?");
        assert_eq!(among("Alow", &known), "did you mean `Allow`?");
        assert_eq!(among("Refuse", &known), "it can be `Allow`, `Deny`");
        assert_eq!(nearest("ipRule", &["ipRules", "id"]), Some("ipRules"));
        assert_eq!(nearest(&"x".repeat(10_000), &known), None);
    }
}
