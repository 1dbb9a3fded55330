//! The clients that `explain` is asked about.

use crate::error::Error;
use crate::explain::AskedClient;
use crate::model::{Client, Rule, RuleTarget};
use crate::spec::{KnownNames, suggest_name};

/// The forms of a client that need no spec.
pub const CLIENTS: &str = "an IPv4 address, a range, a subnet id, trusted-services, tasks or ipv6";

/// A client as the user names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChosenClient {
    Client(AskedClient),
    /// The name that a spec has for a network or a subnet.
    Name(String),
}

/// Returns the clients that are meant. A network of several ranges is a client for each.
///
/// # Errors
/// A name that no file of the spec has.
pub(crate) fn clients(chosen: &[ChosenClient], names: &KnownNames) -> Result<Vec<AskedClient>, Error> {
    let mut clients = Vec::new();
    for one in chosen {
        match one {
            ChosenClient::Client(client) => {
                clients.push(client.clone());
                // A spec may have a network of the same name, which its `expect` means then.
                if let Client::Other(_) = client.client {
                    clients.extend(asked(&client.written, &names.rules_named(&client.written), false));
                }
            }
            ChosenClient::Name(name) => clients.extend(named(name, names)?),
        }
    }
    Ok(clients)
}

/// Returns the clients, where no spec names any.
///
/// # Errors
/// One of them is a name.
pub(crate) fn clients_without_names(chosen: &[ChosenClient]) -> Result<Vec<AskedClient>, Error> {
    let mut clients = Vec::new();
    for one in chosen {
        match one {
            ChosenClient::Client(client) => clients.push(client.clone()),
            ChosenClient::Name(name) => {
                return Err(Error::usage(
                    format!("`{name}` is not a client"),
                    format!("give {CLIENTS}; names of a spec need `--spec FILE`"),
                ));
            }
        }
    }
    Ok(clients)
}

fn named(name: &str, names: &KnownNames) -> Result<Vec<AskedClient>, Error> {
    let rules = names.rules_named(name);
    if rules.is_empty() {
        return Err(Error::usage(
            format!("the spec has no network or subnet `{name}`"),
            suggest_name(name, &names.all_names(), &format!("give {CLIENTS}")),
        ));
    }
    Ok(asked(name, &rules, rules.len() == 1))
}

/// Returns a client for each rule of a name. One that is the only client of the name is called so.
fn asked(name: &str, rules: &[Rule], is_only: bool) -> Vec<AskedClient> {
    let mut clients = Vec::new();
    for rule in rules {
        let Some(client) = client_of(rule) else { continue };
        let written = match is_only {
            true => name.to_owned(),
            false => format!("{name} ({rule})"),
        };
        clients.push(AskedClient { written, client });
    }
    clients
}

fn client_of(rule: &Rule) -> Option<Client> {
    match rule.target() {
        RuleTarget::Ip(range) => Some(Client::Address(*range)),
        RuleTarget::Subnet(id) => Some(Client::Subnet((**id).clone())),
        RuleTarget::Unparsed(_) => None,
    }
}
