//! Whether the login events of a registry are kept, and where.

use super::fetch::{entries, id_in};
use crate::azure::{ArmClient, Surrounding};
use crate::live::parse::json_node::{JsonNode, UnexpectedJson};
use crate::model::{Failure, RegistryId, ResourceId};

/// The category of login events (docs: monitor-container-registry-reference).
const LOGIN_EVENTS: &str = "ContainerRegistryLoginEvents";
/// Groups of categories that have the login events (docs: diagnostic-settings, "Category groups").
const GROUPS: [&str; 2] = ["audit", "allLogs"];

/// A diagnostic setting of a registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoginLogging {
    pub setting: String,
    /// True if the setting sends login events.
    pub sends_logins: bool,
    pub destinations: Vec<LogDestination>,
}

/// A place that a diagnostic setting sends to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogDestination {
    /// The one place that a query can read.
    Workspace(ResourceId),
    Storage(ResourceId),
    EventHub,
}

/// Says where the diagnostic settings of a registry send its login events, or why that is not known.
pub fn login_events_in_words(logging: &Result<Vec<LoginLogging>, Failure>) -> String {
    let settings = match logging {
        Ok(settings) => settings,
        Err(failure) => return format!("its diagnostic settings cannot be read ({})", failure.code),
    };
    let mut places = Vec::new();
    for setting in settings.iter().filter(|setting| setting.sends_logins) {
        for place in &setting.destinations {
            places.push(match place {
                LogDestination::Workspace(id) => format!("workspace {id}"),
                LogDestination::Storage(id) => format!("storage account {}", id.name()),
                LogDestination::EventHub => "an event hub".to_owned(),
            });
        }
    }
    match places.is_empty() {
        true => "no diagnostic setting sends them anywhere".to_owned(),
        false => format!("sent to {}", places.join(", ")),
    }
}

/// Reads the diagnostic settings of a registry.
///
/// # Errors
/// The account may not read them.
pub async fn read_login_logging(
    client: &ArmClient,
    registry: &RegistryId,
) -> Result<Vec<LoginLogging>, Failure> {
    let path = format!("{registry}/providers/Microsoft.Insights/diagnosticSettings");
    let list = client
        .surroundings(Surrounding::DiagnosticSetting, &path, None)
        .await?;
    entries(&list, &path, login_logging)
}

fn login_logging(node: &JsonNode<'_>) -> Result<LoginLogging, UnexpectedJson> {
    let properties = node.at("properties")?;
    let mut sends_logins = false;
    for log in properties.at("logs")?.elements()? {
        let category = log.at("category")?.text()?.unwrap_or_default();
        let group = log.at("categoryGroup")?.text()?.unwrap_or_default();
        let has_logins = category.eq_ignore_ascii_case(LOGIN_EVENTS)
            || GROUPS.iter().any(|known| known.eq_ignore_ascii_case(&group));
        sends_logins |= has_logins && log.at("enabled")?.flag()?.unwrap_or_default();
    }
    let mut destinations = Vec::new();
    let workspace = id_in(&properties.at("workspaceId")?)?;
    destinations.extend(workspace.map(LogDestination::Workspace));
    let storage = id_in(&properties.at("storageAccountId")?)?;
    destinations.extend(storage.map(LogDestination::Storage));
    if !properties.at("eventHubAuthorizationRuleId")?.is_missing() {
        destinations.push(LogDestination::EventHub);
    }
    Ok(LoginLogging {
        setting: node.at("name")?.needed_text()?,
        sends_logins,
        destinations,
    })
}
