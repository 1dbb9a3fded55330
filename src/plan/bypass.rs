//! The clients that get in past the rule lists.

use serde_json::Value;

use super::{RegistryPlan, Setting};

/// A kind of client that a bypass setting admits, whatever the rule lists say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BypassClient {
    /// Trusted services of Azure: `networkRuleBypassOptions`.
    TrustedServices,
    /// ACR Tasks with a system-assigned identity: `networkRuleBypassAllowedForTasks`.
    Tasks,
}

impl RegistryPlan {
    /// Returns the clients for whom the plan turns a bypass on, or off if `on` is false.
    pub fn bypass_turned(&self, on: bool) -> Vec<BypassClient> {
        let mut clients = Vec::new();
        for change in &self.changes {
            match change.path {
                Setting::NetworkRuleBypassOptions => {
                    let word = change.after.as_ref().and_then(Value::as_str);
                    if (word == Some("AzureServices")) == on {
                        clients.push(BypassClient::TrustedServices);
                    }
                }
                Setting::NetworkRuleBypassAllowedForTasks => {
                    let flag = change.after.as_ref().and_then(Value::as_bool);
                    if flag == Some(on) {
                        clients.push(BypassClient::Tasks);
                    }
                }
                _ => {}
            }
        }
        clients
    }
}
