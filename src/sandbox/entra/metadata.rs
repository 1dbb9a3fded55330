//! `/metadata/endpoints`: addresses of a cloud that a client reads before it signs in.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::sandbox::protocol::request::Request;
use crate::sandbox::protocol::response::{Answer, Answered};
use crate::sandbox::protocol::{call, errors};

/// Versions that answer a list (read by azure-cli-core 2.91 through `ARM_CLOUD_METADATA_URL`).
const LISTS: [&str; 3] = ["2018-05-01", "2019-05-01", "2020-06-01"];
/// Versions that answer one object (read by azure-cli-core 2.91 for `az cloud register`).
const OBJECTS: [&str; 3] = ["2015-01-01", "2022-09-01", "2023-12-01"];

/// Answers the path without a token; `None` for other paths.
pub(crate) fn answer(request: &Request) -> Option<Answer> {
    let [first, second] = request.segments.as_slice() else {
        return None;
    };
    if !first.eq_ignore_ascii_case("metadata") || !second.eq_ignore_ascii_case("endpoints") {
        return None;
    }
    match endpoints(request) {
        Ok(answer) | Err(answer) => Some(answer),
    }
}

fn endpoints(request: &Request) -> Answered {
    if request.method != Method::GET {
        return Err(errors::not_served(&format!(
            "{} of `/metadata/endpoints`",
            request.method
        )));
    }
    // The version decides between the two shapes.
    let version = request.query("api-version").unwrap_or_default();
    if version.is_empty() {
        return Err(call::missing_version());
    }
    if LISTS.contains(&version) {
        return Ok(Answer::ok(json!([cloud(request)])));
    }
    if OBJECTS.contains(&version) {
        return Ok(Answer::ok(cloud(request)));
    }
    let known = [LISTS, OBJECTS].concat().join(",");
    let message =
        format!("The api-version '{version}' is invalid. The supported versions are '{known}'.");
    Err(errors::gateway(
        StatusCode::BAD_REQUEST,
        "InvalidApiVersionParameter",
        &message,
    ))
}

/// Returns the public cloud with the sandbox as ARM and authority (docs: the answer of management.azure.com; keys as
/// azure-cli-core 2.91 reads them). Services that the sandbox does not have keep their public names.
fn cloud(request: &Request) -> Value {
    let base = &request.base;
    json!({
        "portal": "https://portal.azure.com",
        "authentication": {
            "loginEndpoint": base,
            "audiences": ["https://management.core.windows.net/", "https://management.azure.com/"],
            "tenant": "common",
            "identityProvider": "AAD",
        },
        "media": "https://rest.media.azure.net",
        "graphAudience": "https://graph.windows.net/",
        "graph": "https://graph.windows.net/",
        "name": "RingfenceSandbox",
        "suffixes": {
            "azureDataLakeStoreFileSystem": "azuredatalakestore.net",
            "acrLoginServer": "azurecr.io",
            "sqlServerHostname": "database.windows.net",
            "azureDataLakeAnalyticsCatalogAndJob": "azuredatalakeanalytics.net",
            "keyVaultDns": "vault.azure.net",
            "storage": "core.windows.net",
            "azureFrontDoorEndpointSuffix": "azurefd.net",
            "storageSyncEndpointSuffix": "afs.azure.net",
            "mhsmDns": "managedhsm.azure.net",
            "mysqlServerEndpoint": "mysql.database.azure.com",
            "postgresqlServerEndpoint": "postgres.database.azure.com",
            "mariadbServerEndpoint": "mariadb.database.azure.com",
            "synapseAnalytics": "dev.azuresynapse.net",
            "attestationEndpoint": "attest.azure.net",
        },
        "batch": "https://batch.core.windows.net/",
        "resourceManager": base,
        "vmImageAliasDoc": "https://raw.githubusercontent.com/Azure/azure-rest-api-specs/main/arm-compute/quickstart-templates/aliases.json",
        "activeDirectoryDataLake": "https://datalake.azure.net/",
        "sqlManagement": "https://management.core.windows.net:8443/",
        "microsoftGraphResourceId": "https://graph.microsoft.com/",
        "appInsightsResourceId": "https://api.applicationinsights.io",
        "appInsightsTelemetryChannelResourceId": "https://dc.applicationinsights.azure.com/v2/track",
        "attestationResourceId": "https://attest.azure.net",
        "synapseAnalyticsResourceId": "https://dev.azuresynapse.net",
        "logAnalyticsResourceId": "https://api.loganalytics.io",
        "ossrDbmsResourceId": "https://ossrdbms-aad.database.windows.net",
        "gallery": "https://gallery.azure.com/",
    })
}
