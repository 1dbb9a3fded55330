//! The CI system that runs this.

/// A CI system that has formats of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CiSystem {
    Github,
    AzurePipelines,
    Gitlab,
}

/// Variables by which a system is known: docs.github.com "Variables", learn.microsoft.com "Predefined variables",
/// docs.gitlab.com "Predefined CI/CD variables".
const SYSTEMS: [(&str, &str, CiSystem); 3] = [
    ("GITHUB_ACTIONS", "true", CiSystem::Github),
    ("TF_BUILD", "True", CiSystem::AzurePipelines),
    ("GITLAB_CI", "true", CiSystem::Gitlab),
];

impl CiSystem {
    /// Returns the system of this process's environment.
    pub(crate) fn detect() -> Option<Self> {
        for (name, value, system) in SYSTEMS {
            if std::env::var(name).is_ok_and(|found| found == value) {
                return Some(system);
            }
        }
        None
    }
}
