//! Flags of `ringfence rule`: those of `az acr network-rule`, and more than one of each.

use std::path::{Path, PathBuf};

use clap::{Args, ValueHint};

use super::values::subscription_id;
use crate::cli::list_file::read_list;
use crate::error::Error;
use crate::model::{Cidr, Rule, SubnetId};
use crate::run::{GivenEntry, NamedRegistry, NamedSubnet};

/// The registry.
#[derive(Clone, Debug, Args)]
pub(crate) struct RegistryArgs {
    /// Registry name or registry id [on a terminal it is asked for]
    #[arg(short, long, value_name = "NAME", value_hint = ValueHint::Other)]
    pub name: Option<String>,
    /// Resource group of the registry
    #[arg(short = 'g', long, value_name = "RG", value_hint = ValueHint::Other)]
    resource_group: Option<String>,
    // Not from a variable: the name of a registry is unique, and one in another subscription must be found too.
    /// Subscription of the registry; with the group it saves the search for the name
    #[arg(long, value_name = "ID", value_hint = ValueHint::Other, value_parser = subscription_id)]
    subscription: Option<String>,
}

/// The rules that go in or out.
#[derive(Clone, Debug, Args)]
pub(crate) struct RuleArgs {
    /// IPv4 address or range (repeatable)
    #[arg(long, value_name = "CIDR", num_args = 1.., value_hint = ValueHint::Other)]
    ip_address: Vec<String>,
    /// File with an address or range on each line, or - for stdin
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub ip_file: Option<PathBuf>,
    /// Subnet id, or the name of a subnet of --vnet-name (repeatable)
    #[arg(long, value_name = "SUBNET", num_args = 1.., value_hint = ValueHint::Other)]
    subnet: Vec<String>,
    /// Virtual network of subnets given by name, in the resource group of the registry
    #[arg(long, value_name = "VNET", requires = "subnet", value_hint = ValueHint::Other)]
    vnet_name: Option<String>,
}

impl RegistryArgs {
    /// Returns the flags that complete the name.
    pub(crate) fn named(&self) -> NamedRegistry {
        NamedRegistry {
            subscription: self.subscription.clone(),
            resource_group: self.resource_group.clone(),
        }
    }
}

impl RuleArgs {
    /// Returns true if no rule is given.
    pub(crate) fn is_empty(&self) -> bool {
        self.ip_address.is_empty() && self.ip_file.is_none() && self.subnet.is_empty()
    }

    /// Returns the file of addresses, which no result may overwrite.
    pub(crate) fn inputs(&self) -> Vec<&Path> {
        self.ip_file.iter().map(PathBuf::as_path).collect()
    }

    /// Returns the addresses of the flags and of the file, in their order. A client of `checked` addresses must be able to
    /// have them.
    ///
    /// # Errors
    /// A usage error that names every address that cannot be a rule, with the corrected form.
    pub(crate) fn addresses(&self, purpose: Purpose) -> Result<Vec<Rule>, Error> {
        self.read(purpose, address)
    }

    /// Returns the entries of a spec: addresses, subnets, and names that the spec has for them.
    ///
    /// # Errors
    /// As for [`Self::addresses`].
    pub(crate) fn entries(&self, purpose: Purpose) -> Result<Vec<GivenEntry>, Error> {
        let mut entries = self.read(purpose, entry)?;
        for text in &self.subnet {
            entries.push(match (&self.vnet_name, text.starts_with('/')) {
                (_, true) => GivenEntry::Rule(subnet_id(text)?.into()),
                (Some(network), false) => GivenEntry::Subnet(format!("{network}/{text}")),
                (None, false) => GivenEntry::Subnet(text.clone()),
            });
        }
        Ok(entries)
    }

    /// Reads the texts of the flags and of the file, and collects the mistakes.
    fn read<T>(
        &self,
        purpose: Purpose,
        parse: fn(&str, Purpose) -> Result<T, String>,
    ) -> Result<Vec<T>, Error> {
        let mut given = Vec::new();
        for text in &self.ip_address {
            given.push((String::new(), text.clone()));
        }
        if let Some(file) = &self.ip_file {
            for (line, text) in read_list(file, "--ip-file", "an address")? {
                given.push((format!("{}:{line}: ", file.display()), text));
            }
        }
        let (mut read, mut mistakes, mut has_comma) = (Vec::new(), Vec::new(), false);
        for (place, text) in given {
            match parse(&text, purpose) {
                Ok(one) => read.push(one),
                Err(mistake) => {
                    has_comma |= text.contains(',');
                    mistakes.push(place + &mistake);
                }
            }
        }
        if mistakes.is_empty() {
            return Ok(read);
        }
        Err(Error::usage(mistakes.join("; "), help(purpose, has_comma)))
    }

    /// Returns the subnets.
    ///
    /// # Errors
    /// A usage error: an id is not that of a subnet, or a name has no virtual network.
    pub(crate) fn subnets(&self) -> Result<Vec<NamedSubnet>, Error> {
        let mut subnets = Vec::new();
        for text in &self.subnet {
            subnets.push(self.subnet(text)?);
        }
        Ok(subnets)
    }

    fn subnet(&self, text: &str) -> Result<NamedSubnet, Error> {
        if text.starts_with('/') {
            return subnet_id(text).map(NamedSubnet::Id);
        }
        match &self.vnet_name {
            Some(network) if network.contains('/') => Err(Error::usage(
                format!("`--vnet-name {network}` is not a name"),
                "give the id of the subnet to --subnet, as `az network vnet subnet show --query id` prints it",
            )),
            Some(network) => Ok(NamedSubnet::InNetwork {
                network: network.clone(),
                subnet: text.to_owned(),
            }),
            None => Err(Error::usage(
                format!("`--subnet {text}` is a name, and its virtual network is missing"),
                "add --vnet-name VNET, or give the id of the subnet",
            )),
        }
    }
}

fn subnet_id(text: &str) -> Result<SubnetId, Error> {
    SubnetId::parse(text).map_err(|error| {
        Error::usage(
            error.to_string(),
            "give the id as `az network vnet subnet show --query id` prints it",
        )
    })
}

/// What an address is given for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// A client must be able to have the address.
    Add,
    /// Any range may go.
    Remove,
    /// Any range may go, and any rule that is none and is named by its text.
    RemoveText,
}

/// Returns the help for addresses that cannot be rules.
fn help(purpose: Purpose, has_comma: bool) -> &'static str {
    if has_comma {
        return "nothing was written; separate addresses with spaces instead of commas, or repeat --ip-address; a file has one on \
                each line";
    }
    match purpose {
        Purpose::Add => {
            "nothing was written; give public IPv4 addresses or ranges, and add clients of a virtual network with --subnet"
        }
        Purpose::Remove => {
            "nothing was written; give the addresses or ranges as `ringfence rule list` prints them, and add \
             `--override unparsed` for a rule that is neither"
        }
        Purpose::RemoveText => {
            "nothing was written; give the rules as `ringfence rule list` prints them, and subnets with --subnet"
        }
    }
}

/// Reads an address or a range. The message of a mistake has the corrected form.
fn address(text: &str, purpose: Purpose) -> Result<Rule, String> {
    let address = match text.parse::<Cidr>() {
        Ok(address) => address,
        Err(error) => return by_text(text, purpose).ok_or_else(|| error.to_string()),
    };
    match address.special_use() {
        Some(kind) if purpose == Purpose::Add => Err(format!(
            "`{address}` lies in {kind}: no client has it on the public endpoint of a registry"
        )),
        _ => Ok(address.into()),
    }
}

/// Returns the rule that cannot be read and that has this text.
fn by_text(text: &str, purpose: Purpose) -> Option<Rule> {
    let rule = Rule::parse(text);
    let names_rule = purpose == Purpose::RemoveText && !text.is_empty() && rule.subnet().is_none();
    names_rule.then_some(rule)
}

/// Reads an address, a range, or the name of a network of a spec.
fn entry(text: &str, purpose: Purpose) -> Result<GivenEntry, String> {
    if let Err(error) = text.parse::<Cidr>()
        && error.corrected().is_none()
        && text.starts_with(|c: char| c.is_alphabetic())
        && !text.contains([':', '/'])
    {
        return Ok(GivenEntry::Network(text.to_owned()));
    }
    address(text, purpose).map(GivenEntry::Rule)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_public_ipv4_addresses_are_added() {
        let rows = [
            ("203.0.113.2", true, true, true),
            ("203.0.113.0/24", true, true, true),
            ("0.0.0.0/0", true, true, true),
            ("172.16.5.4", false, true, true),
            ("203.0.113.7/24", false, false, true),
            ("2001:db8:1a::b91c", false, false, true),
            ("203.0.113.7 203.0.113.8", false, false, true),
            ("<!DOCTYPE html>", false, false, true),
            ("", false, false, false),
        ];
        for (text, added, removed, by_text) in rows {
            assert_eq!(address(text, Purpose::Add).is_ok(), added, "{text}");
            assert_eq!(address(text, Purpose::Remove).is_ok(), removed, "{text}");
            assert_eq!(address(text, Purpose::RemoveText).is_ok(), by_text, "{text}");
        }
    }
}
