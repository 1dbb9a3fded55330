//! Flags about guards.

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use super::values::WithNames;
use crate::model::{Cidr, CidrError};
use crate::plan::{FailOn, Guard};
use crate::run::PlanOptions;

/// Guards of one run, beside those of the spec.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct PolicyArgs {
    /// Allow a change that this guard refuses (repeatable)
    #[arg(long = "override", value_name = "GUARD", value_parser = guards())]
    pub overrides: Vec<Guard>,
    /// Refuse changes of this kind in this run (repeatable)
    #[arg(long, value_name = "KIND", value_parser = kinds())]
    pub fail_on: Vec<FailOn>,
    /// Refuse to take access from this address; auto: from this machine, by asking the registries (repeatable)
    #[arg(long, value_name = "IP|auto", value_parser = Protect::values(), hide_possible_values = true)]
    pub protect: Vec<Protect>,
    /// Read every wanted subnet, so that a service endpoint lost since is found
    #[arg(long)]
    pub verify_endpoints: bool,
}

/// An address that must not lose access.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protect {
    /// The address of this machine, as the registries see it.
    Auto,
    Address(Cidr),
}

impl Protect {
    /// Takes an address, a range or `auto`.
    fn values() -> WithNames<Self> {
        let names = &["auto"];
        WithNames {
            parse: Self::parse,
            names,
        }
    }

    /// Reads an address, a range or `auto`. The parser shows the value itself, made harmless, so the messages leave it
    /// out.
    fn parse(text: &str) -> Result<Self, String> {
        const EXPECTED: &str = "expected an IPv4 address, a range or auto";
        if text == "auto" {
            return Ok(Self::Auto);
        }
        match text.parse() {
            Ok(cidr) => Ok(Self::Address(cidr)),
            Err(CidrError::HostBits { corrected, .. }) => Err(format!(
                "host bits are set: expected the range {corrected} or the address alone"
            )),
            Err(CidrError::Ipv6(_)) => Err(format!("rules of registries are IPv4 only: {EXPECTED}")),
            Err(CidrError::Syntax { .. }) => Err(EXPECTED.to_owned()),
        }
    }
}

impl PolicyArgs {
    /// Returns the options of the run.
    pub(crate) fn options(&self) -> PlanOptions {
        let mut options = PlanOptions {
            overrides: self.overrides.iter().copied().collect(),
            fail_on: self.fail_on.iter().copied().collect(),
            verify_endpoints: self.verify_endpoints,
            ..PlanOptions::default()
        };
        // The address behind `auto` is known only when the registries have answered.
        for protect in &self.protect {
            match protect {
                Protect::Auto => options.protect_own_address = true,
                Protect::Address(cidr) => options.protect.push(*cidr),
            }
        }
        options
    }
}

fn kinds() -> impl TypedValueParser<Value = FailOn> {
    PossibleValuesParser::new(FailOn::ALL.map(FailOn::name)).map(|name| {
        let kind = FailOn::ALL.into_iter().find(|kind| kind.name() == name);
        kind.expect("the possible values are the names of all kinds")
    })
}

fn guards() -> impl TypedValueParser<Value = Guard> {
    PossibleValuesParser::new(Guard::ALL.map(Guard::name)).map(|name| {
        let guard = Guard::ALL.into_iter().find(|guard| guard.name() == name);
        guard.expect("the possible values are the names of all guards")
    })
}
