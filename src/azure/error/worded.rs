//! Facts that Azure puts into the text of an error and nowhere else. Such texts are read only here.

use super::body::ErrorBody;

/// A cause that the text of an error names, and its code does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WordedCause {
    /// The caller may not join a subnet that the request lists (Azure/azure-cli#14596).
    MayNotJoin,
    /// Microsoft.ContainerRegistry is not registered in the subscription of a virtual network. The text reads like a
    /// missing right (Azure/acr#358).
    NetworkNotRegistered,
}

/// The cause of each text, in lower case. A text names an action of Microsoft.Network that the caller, or the service in
/// its name, may not take.
const CAUSES: [(&str, WordedCause); 3] = [
    ("subnets/joinviaserviceendpoint", WordedCause::MayNotJoin),
    ("subnets/join/action", WordedCause::MayNotJoin),
    (
        "virtualnetworks/taggedtrafficconsumers/validate",
        WordedCause::NetworkNotRegistered,
    ),
];

/// A right that the caller lacks, as far as the text names it.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct MissingRight<'a> {
    pub(crate) action: Option<&'a str>,
    pub(crate) scope: Option<&'a str>,
}

impl ErrorBody {
    /// Returns the cause that the text names, that of a detail included.
    pub(crate) fn worded_cause(&self) -> Option<WordedCause> {
        let message = self.full_message().to_ascii_lowercase();
        let found = CAUSES.iter().find(|(text, _)| message.contains(text));
        found.map(|(_, cause)| *cause)
    }

    /// Returns the right that the caller lacks: "does not have authorization to perform action 'A' over scope 'S'"
    /// (Azure/acr troubleshooting guide). The refusal of a linked resource first names what the caller may do: "has
    /// permission to perform action 'A' on scope 'S'; however, it does not have permission to perform action(s) 'B' on the
    /// linked scope(s) 'L'" (Azure/azure-cli#14596).
    pub(crate) fn missing_right(&self) -> MissingRight<'_> {
        // Skip the right that the caller has.
        let mut lacks = self.message.as_str();
        if let Some(at) = lacks.find("does not have") {
            lacks = &lacks[at..];
        }
        MissingRight {
            action: quoted(lacks, "action '").or_else(|| quoted(lacks, "action(s) '")),
            scope: quoted(lacks, "scope '").or_else(|| quoted(lacks, "scope(s) '")),
        }
    }

    /// Returns the provider that the subscription has not registered: "not registered to use namespace 'N'" (docs: ARM
    /// common deployment errors).
    pub(crate) fn unregistered_namespace(&self) -> Option<&str> {
        quoted(&self.message, "namespace '")
    }

    /// Returns the api-versions that ARM offers in place of the one that it refuses, between the quotes after one of its
    /// two phrases. Empty if the text lists none.
    pub(crate) fn offered_versions(&self) -> impl Iterator<Item = &str> {
        let list = quoted(&self.message, "supported api-versions are '")
            .or_else(|| quoted(&self.message, "supported versions are '"));
        let versions = list.unwrap_or_default().split(',').map(str::trim);
        versions.filter(|version| !version.is_empty())
    }
}

/// Returns the text between `start`, which ends with a quote, and the next quote.
fn quoted<'a>(message: &'a str, start: &str) -> Option<&'a str> {
    let (_, rest) = message.split_once(start)?;
    let (text, _) = rest.split_once('\'')?;
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_are_read_from_the_text() {
        for (message, cause) in [
            (
                "does not have authorization to perform action 'Microsoft.Network/virtualNetworks/subnets/joinViaServiceEndpoint/action' over scope 's'",
                Some(WordedCause::MayNotJoin),
            ),
            (
                "no permission to perform action(s) 'microsoft.network/virtualnetworks/subnets/join/action'",
                Some(WordedCause::MayNotJoin),
            ),
            (
                "Could not validate network rule - The client 'c' with object id 'c' does not have authorization to perform action 'Microsoft.Network/virtualNetworks/taggedTrafficConsumers/validate/action' over scope 's'",
                Some(WordedCause::NetworkNotRegistered),
            ),
            ("Could not validate network rule - Subnets s", None),
        ] {
            let body = ErrorBody::bare("NetworkRuleValidationError", message);
            assert_eq!(body.worded_cause(), cause, "{message}");
        }
    }
}
