//! ARM resource ids: parts, comparison without case, and refused texts.

use std::collections::{BTreeMap, BTreeSet};

use ringfence::model::{RegistryId, ResourceId, SubnetId, valid_registry_name};

const REGISTRY: &str =
    "/subscriptions/s1/resourceGroups/My-Rg/providers/Microsoft.ContainerRegistry/registries/Contoso";
const SUBNET: &str =
    "/subscriptions/s1/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/hub/subnets/build";

#[test]
fn parts_keep_the_spelling_of_the_id() {
    let id = ResourceId::parse(REGISTRY).unwrap();
    assert_eq!(id.as_str(), REGISTRY);
    assert_eq!(id.key(), REGISTRY.to_lowercase());
    assert_eq!(
        (id.subscription(), id.resource_group(), id.name()),
        ("s1", "My-Rg", "Contoso")
    );
}

#[test]
fn ids_without_a_group_have_an_empty_one() {
    let id = ResourceId::parse("/subscriptions/s1/providers/Microsoft.ContainerRegistry").unwrap();
    assert_eq!((id.subscription(), id.resource_group()), ("s1", ""));
}

#[test]
fn trailing_slash_is_dropped() {
    let id = RegistryId::parse(&format!("{REGISTRY}/")).unwrap();
    assert_eq!(id.as_str(), REGISTRY);
}

#[test]
fn ids_that_differ_in_case_are_equal() {
    let (plain, shouted) = (
        RegistryId::parse(REGISTRY).unwrap(),
        RegistryId::parse(&REGISTRY.to_uppercase()).unwrap(),
    );
    assert_eq!(plain, shouted);
    assert_eq!(BTreeSet::from([plain.clone(), shouted.clone()]).len(), 1);
    let found = BTreeMap::from([(plain, 1)]);
    assert_eq!(found.get(&shouted), Some(&1));
}

#[test]
fn texts_that_are_not_ids_are_refused() {
    for text in [
        "",
        "/",
        "contoso",
        "subscriptions/s1",
        "https://management.azure.com/subscriptions/s1",
        "/subscriptions//resourceGroups/rg",
        "/subscriptions/s1/resourceGroups/..",
        "/subscriptions/s1/resourceGroups/./x",
        "/subscriptions/s1/resourceGroups/a b",
        "/subscriptions/s1/resourceGroups/rg?api-version=1",
        "/subscriptions/s1/resourceGroups/rg#x",
        "/subscriptions/s1/resourceGroups/%2e%2e",
        "/subscriptions/s1/resourceGroups/rg\n",
        "/subscriptions/s1/resourceGroups/rg//",
    ] {
        assert!(ResourceId::parse(text).is_err(), "{text:?}");
    }
}

#[test]
fn ids_of_another_type_are_refused_with_the_expected_shape() {
    for text in [
        "/subscriptions/s1",
        SUBNET,
        "/subscriptions/s1/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries",
        "/subscriptions/s1/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/a/replications/b",
        "/subscriptions/s1/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/a",
    ] {
        let message = RegistryId::parse(text).unwrap_err().to_string();
        assert!(
            message.contains("Microsoft.ContainerRegistry/registries/"),
            "{message}"
        );
    }
    let message = SubnetId::parse(REGISTRY).unwrap_err().to_string();
    assert!(message.contains("/subnets/"), "{message}");
}

#[test]
fn subnets_of_one_network_have_one_network_key() {
    let build = SubnetId::parse(SUBNET).unwrap();
    let test = SubnetId::parse(&SUBNET.to_uppercase().replace("BUILD", "test")).unwrap();
    let other = SubnetId::parse(&SUBNET.replace("/hub/", "/spoke/")).unwrap();
    assert_eq!(build.vnet_key(), test.vnet_key());
    assert_ne!(build.vnet_key(), other.vnet_key());
}

#[test]
fn registry_ids_are_built_from_checked_parts() {
    let id = RegistryId::new("s1", "My-Rg", "Contoso").unwrap();
    assert_eq!(id, RegistryId::parse(REGISTRY).unwrap());
    for (subscription, group, name) in [
        ("", "rg", "contoso"),
        ("s1", "", "contoso"),
        ("s1", "rg", ""),
        ("s1/x", "rg", "contoso"),
        ("s1", "../rg", "contoso"),
        ("s1", "rg", "contoso?x"),
    ] {
        assert!(
            RegistryId::new(subscription, group, name).is_err(),
            "{subscription} {group} {name}"
        );
    }
}

/// Names: 5 to 50 letters and digits (resource-name-rules).
#[test]
fn registry_names_follow_azures_rule() {
    let longest = "a".repeat(50);
    let too_long = "a".repeat(51);
    for (name, valid) in [
        ("contoso", true),
        ("abcde", true),
        ("ABC12", true),
        (longest.as_str(), true),
        ("abcd", false),
        (too_long.as_str(), false),
        ("con-toso", false),
        ("con_toso", false),
        ("contoso.azurecr.io", false),
        ("cöntoso", false),
        ("", false),
    ] {
        assert_eq!(valid_registry_name(name), valid, "{name}");
    }
}
