//! The access mode of a registry.

use std::fmt;

/// The access mode in one word, as the portal and the documentation name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Everyone on the internet reaches the registry; listed rules are dormant.
    Open { dormant: usize },
    /// Only listed addresses and subnets reach the registry. `None` where there may be rules that are not shown.
    SelectedNetworks {
        ips: Option<usize>,
        subnets: Option<usize>,
    },
    /// Listed addresses are all that there are.
    AllAddresses { ips: usize, subnets: Option<usize> },
    /// No public client reaches the registry: `Deny` without a rule.
    Closed,
    /// Public access is disabled, which cuts service endpoints too; listed rules have no effect.
    PrivateOnly { dead: usize },
}

impl Mode {
    /// The names of all modes.
    pub const NAMES: [&'static str; 5] = [
        "open",
        "selected networks",
        "open to all",
        "closed",
        "private only",
    ];

    /// Returns the name of the mode, without the numbers of rules.
    pub fn name(self) -> &'static str {
        match self {
            Self::Open { .. } => "open",
            Self::SelectedNetworks { .. } => "selected networks",
            Self::AllAddresses { .. } => "open to all",
            Self::Closed => "closed",
            Self::PrivateOnly { .. } => "private only",
        }
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Open { dormant: 0 } => f.write_str("open"),
            Self::Open { dormant } => {
                write!(f, "open ({dormant} dormant {})", plural(dormant, "rule", "rules"))
            }
            Self::SelectedNetworks { ips, subnets } => {
                let ips = match ips {
                    Some(number) => format!("{number} IP"),
                    None => "IP rules unknown".to_owned(),
                };
                write!(f, "selected networks ({ips}, {})", subnet_count(subnets))
            }
            Self::AllAddresses { ips, subnets } => {
                write!(f, "open to all ({ips} IP, {})", subnet_count(subnets))
            }
            Self::Closed => f.write_str("closed"),
            Self::PrivateOnly { dead: 0 } => f.write_str("private only"),
            Self::PrivateOnly { dead } => {
                write!(f, "private only ({dead} dead {})", plural(dead, "rule", "rules"))
            }
        }
    }
}

fn subnet_count(subnets: Option<usize>) -> String {
    match subnets {
        Some(number) => format!("{number} {}", plural(number, "subnet", "subnets")),
        None => "subnets unknown".to_owned(),
    }
}

fn plural<'a>(count: usize, one: &'a str, many: &'a str) -> &'a str {
    if count == 1 { one } else { many }
}
