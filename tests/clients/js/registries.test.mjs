// Microsoft's management SDK for registries in JavaScript. test_javascript_sdk.py starts it beside a sandbox.

import assert from "node:assert/strict";
import { test } from "node:test";
import { fast, groupsOf } from "./setup.mjs";

const registries = groupsOf("@azure/arm-containerregistry", "ContainerRegistryManagementClient")("registries");

function names(found) {
  return found.map((registry) => registry.name).sort();
}

test("get and list", async () => {
  const registry = await registries.get("rg", "contoso");
  assert.equal(registry.loginServer, "contoso.azurecr.io");
  assert.equal(registry.sku.name, "Premium");
  assert.deepEqual(names(await registries.list()), ["contoso", "ruled"]);
  assert.deepEqual(names(await registries.listByResourceGroup("rg")), ["contoso", "ruled"]);
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
