//! `ringfence plan`

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use crate::cli::session::{self, Reads, Session};
use crate::cli::{Context, Repeated, SpecArgs};
use crate::error::{Error, Exit};
use crate::live::ReadOptions;
use crate::model::{Cidr, CidrError};
use crate::plan::{FailOn, Guard, Policy, Summary};

/// Show what would change, why, and whom it opens or closes
///
/// Reads and never writes. A plan that apply would refuse ends with 3.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  ringfence plan registries.yaml
  ringfence plan specs/ --detailed-exitcode -o json=plan.json   exit 2: there are changes
  ringfence plan registries.yaml --override removals            many rules may go this time")]
pub(crate) struct PlanArgs {
    #[command(flatten)]
    pub specs: SpecArgs,
    /// End with 2 instead of 0 where something would change
    #[arg(long)]
    pub detailed_exitcode: bool,
    #[command(flatten)]
    pub policy: PolicyArgs,
    #[command(flatten)]
    pub repeated: Repeated,
}

/// What a plan may do, and how closely it looks.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct PolicyArgs {
    /// Let a change past this guard (repeatable)
    #[arg(long = "override", value_name = "GUARD", value_parser = guards())]
    pub overrides: Vec<Guard>,
    /// Refuse changes of this kind in this run (repeatable)
    #[arg(long, value_name = "KIND", value_parser = kinds())]
    pub fail_on: Vec<FailOn>,
    /// Refuse to take access from this address; auto: from this machine, by asking the registries (repeatable)
    #[arg(long, value_name = "IP|auto", value_parser = Protect::parse)]
    pub protect: Vec<Protect>,
    /// Read every wanted subnet, so that a service endpoint lost since is found
    #[arg(long)]
    pub verify_endpoints: bool,
}

/// Whose access must not be lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protect {
    /// This machine's, as the registries see it.
    Auto,
    Address(Cidr),
}

impl Protect {
    /// The parser shows the value itself, made harmless, so the message leaves it out.
    fn parse(text: &str) -> Result<Self, String> {
        if text == "auto" {
            return Ok(Self::Auto);
        }
        let expected = "expected an IPv4 address, a range or auto";
        text.parse().map(Self::Address).map_err(|error| match error {
            CidrError::HostBits { corrected, .. } => {
                format!("host bits are set: expected the range {corrected} or the address alone")
            }
            CidrError::Ipv6(_) => format!("rules of registries are IPv4 only: {expected}"),
            CidrError::Syntax { .. } => expected.to_owned(),
        })
    }
}

impl Protect {
    fn address(&self) -> Option<Cidr> {
        match self {
            Self::Auto => None,
            Self::Address(cidr) => Some(*cidr),
        }
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

pub(crate) fn run(args: &PlanArgs, context: &Context) -> Result<Exit, Error> {
    let spec = session::load(&args.specs, context)?;
    let session = Session::open(context, &spec)?;
    let (plan, _) = session.plan(&spec, args.policy.read(), &args.policy.policy());
    context.write(&plan)?;
    Ok(exit(&plan.summary, args.detailed_exitcode))
}

impl PolicyArgs {
    /// Whether none of these flags is given.
    pub(crate) fn is_default(&self) -> bool {
        self.given().is_empty()
    }

    /// The names of those that are given.
    pub(crate) fn given(&self) -> Vec<&'static str> {
        let flags = [
            ("--override", !self.overrides.is_empty()),
            ("--fail-on", !self.fail_on.is_empty()),
            ("--protect", !self.protect.is_empty()),
            ("--verify-endpoints", self.verify_endpoints),
        ];
        let given = flags.into_iter().filter(|(_, given)| *given);
        given.map(|(name, _)| name).collect()
    }

    pub(crate) fn policy(&self) -> Policy {
        Policy {
            overrides: self.overrides.iter().copied().collect(),
            fail_on: self.fail_on.iter().copied().collect(),
            protect: self.protect.iter().filter_map(Protect::address).collect(),
            created: session::now(),
            ..Policy::default()
        }
    }

    pub(crate) fn read(&self) -> Reads {
        Reads {
            options: ReadOptions {
                all_subnets: self.verify_endpoints,
            },
            probe: self.protect.contains(&Protect::Auto),
        }
    }
}

/// What could not be read weighs more than what is refused, and that more than changes.
pub(crate) fn exit(summary: &Summary, detailed: bool) -> Exit {
    match (summary.failed, summary.refusals, detailed && summary.changed > 0) {
        (1.., ..) => Exit::Failed,
        (0, 1.., _) => Exit::Refused,
        (0, 0, true) => Exit::Differs,
        (0, 0, false) => Exit::Done,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_not_be_read_weighs_more_than_a_refusal_and_that_more_than_a_change() {
        let rows = [
            ((0, 0, 0), [Exit::Done, Exit::Done]),
            ((0, 0, 3), [Exit::Done, Exit::Differs]),
            ((0, 2, 3), [Exit::Refused, Exit::Refused]),
            ((1, 2, 3), [Exit::Failed, Exit::Failed]),
        ];
        for ((failed, refusals, changed), want) in rows {
            let summary = Summary {
                failed,
                refusals,
                changed,
                ..Summary::default()
            };
            assert_eq!([exit(&summary, false), exit(&summary, true)], want);
        }
    }
}
