//! Flags about guards.

use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

use super::values::WithNames;
use crate::model::{Cidr, CidrError, Rule, SubnetId};
use crate::plan::{FailOn, Guard};
use crate::run::{ChosenRule, PlanOptions};

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

/// The clients that a run is about.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct OnlyChangeArgs {
    /// Refuse to change the access of any client but these: CIDR, subnet id, or a name of the spec (repeatable)
    #[arg(long, value_name = "CIDR|SUBNET", value_parser = chosen_rule, value_hint = clap::ValueHint::Other)]
    pub only_change: Vec<ChosenRule>,
}

/// Reads an address, a range, the id of a subnet, or a name.
fn chosen_rule(text: &str) -> Result<ChosenRule, String> {
    if text.starts_with('/') {
        return match SubnetId::parse(text) {
            Ok(id) => Ok(ChosenRule::Rule(Rule::from(id))),
            Err(error) => Err(error.to_string()),
        };
    }
    let digits = text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'/'));
    match text.parse::<Cidr>() {
        Ok(cidr) => Ok(ChosenRule::Rule(Rule::from(cidr))),
        // A text of digits and dots is a mistyped address, and no name.
        Err(CidrError::Syntax { .. }) if !digits && !text.is_empty() => {
            Ok(ChosenRule::Name(text.to_owned()))
        }
        Err(error) => Err(mistake(
            &error,
            "expected an IPv4 address, a range, a subnet id or a name",
        )),
    }
}

/// Describes an address that cannot be a rule. The parser shows the value itself, made harmless, so the message leaves it
/// out.
fn mistake(error: &CidrError, expected: &str) -> String {
    match error {
        CidrError::HostBits { corrected, .. } => {
            format!("host bits are set: expected the range {corrected} or the address alone")
        }
        CidrError::Ipv6(_) => format!("rules of registries are IPv4 only: {expected}"),
        CidrError::Syntax { .. } => expected.to_owned(),
    }
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

    /// Reads an address, a range or `auto`.
    fn parse(text: &str) -> Result<Self, String> {
        if text == "auto" {
            return Ok(Self::Auto);
        }
        match text.parse() {
            Ok(cidr) => Ok(Self::Address(cidr)),
            Err(error) => Err(mistake(&error, "expected an IPv4 address, a range or auto")),
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

/// Returns a value with the line that the long help and the manual page show beside it.
fn described(name: &'static str, about: &'static str) -> PossibleValue {
    PossibleValue::new(name).help(about)
}

fn kinds() -> impl TypedValueParser<Value = FailOn> {
    PossibleValuesParser::new(FailOn::ALL.map(|kind| described(kind.name(), kind.about()))).map(|name| {
        let kind = FailOn::ALL.into_iter().find(|kind| kind.name() == name);
        kind.expect("the possible values are the names of all kinds")
    })
}

fn guards() -> impl TypedValueParser<Value = Guard> {
    PossibleValuesParser::new(Guard::ALL.map(|guard| described(guard.name(), guard.about()))).map(
        |name| {
            let guard = Guard::ALL.into_iter().find(|guard| guard.name() == name);
            guard.expect("the possible values are the names of all guards")
        },
    )
}
