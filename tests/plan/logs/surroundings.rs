//! What CI systems, shells and loggers do to a text.

/// A place that a text was copied from.
#[derive(Clone, Copy, Debug)]
pub(super) enum Surroundings {
    /// Between other lines of a job.
    Job,
    /// GitHub Actions and Azure Pipelines put a time before each line.
    Timestamps,
    /// The log of a container.
    Kubernetes,
    /// A BuildKit step.
    BuildKit,
    /// A string in JSON.
    Json,
    /// A terminal that breaks lines, copied from the screen.
    Narrow,
    /// Colours, and a prompt in another language.
    Colours,
}

impl Surroundings {
    pub(super) const ALL: [Self; 7] = [
        Self::Job,
        Self::Timestamps,
        Self::Kubernetes,
        Self::BuildKit,
        Self::Json,
        Self::Narrow,
        Self::Colours,
    ];

    pub(super) fn around(self, text: &str) -> String {
        match self {
            Self::Job => format!(
                "Run make image\n  step 1/7: ok\n{text}\nError: Process completed with exit code 1.\n"
            ),
            Self::Timestamps => each_line(text, "2026-11-29T01:02:03.1234567Z ", "\r\n"),
            Self::Kubernetes => each_line(text, "2026-11-29T01:02:03.123456789Z stderr F ", "\n"),
            Self::BuildKit => each_line(text, "#12 3.456 ", "\n"),
            Self::Json => format!(
                "{{\"level\":\"error\",\"msg\":{}}}\n",
                serde_json::Value::from(text)
            ),
            Self::Narrow => broken(text),
            Self::Colours => format!("Anmeldung läuft …\n\x1b[31m{text}\x1b[0m\nFehler\n"),
        }
    }
}

fn each_line(text: &str, prefix: &str, end: &str) -> String {
    let mut lines = String::new();
    for line in text.lines() {
        lines += prefix;
        lines += line;
        lines += end;
    }
    lines
}

/// Breaks a text after every 37 characters, inside words too.
fn broken(text: &str) -> String {
    let mut lines = String::new();
    for (at, c) in text.chars().enumerate() {
        if at > 0 && at % 37 == 0 {
            lines.push('\n');
        }
        lines.push(c);
    }
    lines
}
