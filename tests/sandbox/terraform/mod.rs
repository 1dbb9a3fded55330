//! The requests of Terraform's providers, in their order, each with what the provider needs of the answer.
//!
//! The order is that of the providers' own source: azurerm `internal/services/containers/container_registry_resource.go`
//! (5.x: api-version 2025-11-01, which hides subnet rules), and azapi 2.12 `azapi_update_resource`, which reads the whole
//! resource, merges its body into it and PUTs the result.

mod lives;
mod player;

use player::Life;

#[tokio::test]
async fn azurerm_creates_updates_and_destroys_a_registry() {
    Life::new().await.play(&lives::azurerm()).await;
}

#[tokio::test]
async fn azapi_writes_a_registry_and_subnets_by_put() {
    Life::without_providers().await.play(&lives::azapi()).await;
}

#[tokio::test]
async fn ip_rules_by_azurerm_keep_subnets_by_azapi() {
    Life::new().await.play(&lives::both()).await;
}
