// Microsoft's management SDK for registries in JavaScript. test_javascript_sdk.py starts it beside a sandbox.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import path from "node:path";
import { test } from "node:test";

const require = createRequire(path.join(process.env.RINGFENCE_NODE_CLIENTS, "package.json"));
const { ContainerRegistryManagementClient } = require("@azure/arm-containerregistry");
const { ClientSecretCredential } = require("@azure/identity");

const { AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_SECRET, AZURE_AUTHORITY_HOST } = process.env;
const subscription = process.env.RINGFENCE_SUBSCRIPTION;
const credential = new ClientSecretCredential(AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_SECRET, {
  authorityHost: AZURE_AUTHORITY_HOST,
  disableInstanceDiscovery: true,
});
const { registries } = new ContainerRegistryManagementClient(credential, subscription, {
  endpoint: process.env.RINGFENCE_ARM_ENDPOINT,
  credentials: { scopes: ["https://management.azure.com/.default"] },
});
const fast = { updateIntervalInMs: 10 };

async function names(pages) {
  const found = [];
  for await (const registry of pages) found.push(registry.name);
  return found;
}

test("get and list", async () => {
  const registry = await registries.get("rg", "contoso");
  assert.equal(registry.loginServer, "contoso.azurecr.io");
  assert.equal(registry.sku.name, "Premium");
  assert.deepEqual((await names(registries.list())).sort(), ["contoso", "ruled"]);
  assert.deepEqual((await names(registries.listByResourceGroup("rg"))).sort(), ["contoso", "ruled"]);
});

test("a missing registry is a RestError with ARM's code", async () => {
  await assert.rejects(registries.get("rg", "nowhere"), (error) => {
    assert.equal(error.statusCode, 404);
    assert.equal(error.code, "ResourceNotFound");
    return true;
  });
});

test("update of network rules through its poller", async () => {
  const rules = { defaultAction: "Deny", ipRules: [{ action: "Allow", iPAddressOrRange: "203.0.113.7" }] };
  const updated = await registries.update("rg", "ruled", { networkRuleSet: rules }, fast);
  assert.equal(updated.networkRuleSet.defaultAction, "Deny");
  assert.deepEqual(updated.networkRuleSet.ipRules.map((rule) => rule.iPAddressOrRange), ["203.0.113.7"]);
  const cleared = await registries.update("rg", "ruled", { networkRuleSet: { defaultAction: "Allow", ipRules: [] } }, fast);
  assert.deepEqual(cleared.networkRuleSet.ipRules, []);
});

test("create and delete through their pollers", async () => {
  const body = { location: "eastus", sku: { name: "Premium" }, adminUserEnabled: false };
  const made = await registries.create("rg", "madebyjs", body, fast);
  assert.equal(made.provisioningState, "Succeeded");
  await registries.delete("rg", "madebyjs", fast);
  await assert.rejects(registries.get("rg", "madebyjs"), { statusCode: 404 });
});

test("usages and name availability", async () => {
  const usages = await registries.listUsages("rg", "contoso");
  assert.equal(usages.value.find((usage) => usage.name === "Webhooks").limit, 500);
  const kind = "Microsoft.ContainerRegistry/registries";
  const taken = await registries.checkNameAvailability({ name: "contoso", type: kind });
  assert.deepEqual([taken.nameAvailable, taken.reason], [false, "AlreadyExists"]);
});
