//! The next step after a mistake in a spec: words for people, and a correction where there is only one.

/// The next step after a mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Help {
    pub(crate) words: String,
    /// What to write in the place of the mistake. `None` if a person has to choose.
    pub(crate) correction: Option<Replacement>,
}

/// What to write in the place of a mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Replacement {
    /// A text. It keeps the quotes of the mistake.
    Text(String),
    /// A value as YAML, such as a number.
    Yaml(String),
}

impl Help {
    /// Returns the help for a value of the wrong type, in words that name the right one.
    pub(crate) fn of_type(words: impl Into<String>, value: impl ToString) -> Self {
        Self {
            words: words.into(),
            correction: Some(Replacement::Yaml(value.to_string())),
        }
    }

    /// Returns the help for a text with one correction, in words that name it.
    pub(crate) fn correcting(words: impl Into<String>, text: impl ToString) -> Self {
        Self {
            words: words.into(),
            correction: Some(Replacement::Text(text.to_string())),
        }
    }

    /// Returns the help for a text that stands for another one.
    pub(crate) fn write(text: impl ToString) -> Self {
        let text = text.to_string();
        Self::correcting(format!("write `{text}`"), text)
    }

    /// Returns the help for a misspelled word.
    pub(crate) fn did_you_mean(word: &str) -> Self {
        Self::correcting(format!("did you mean `{word}`?"), word)
    }

    /// Returns the words alone, for a mistake that only a person can put right.
    pub(crate) fn without_correction(self) -> Self {
        self.words.into()
    }
}

impl From<String> for Help {
    fn from(words: String) -> Self {
        Self {
            words,
            correction: None,
        }
    }
}

impl From<&str> for Help {
    fn from(words: &str) -> Self {
        words.to_owned().into()
    }
}
