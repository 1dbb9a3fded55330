// Microsoft's management SDKs for networks and resources in JavaScript.

import assert from "node:assert/strict";
import { test } from "node:test";
import { fast, groupsOf, subscription } from "./setup.mjs";

const network = groupsOf("@azure/arm-network", "NetworkManagementClient");
const resource = groupsOf("@azure/arm-resources", "ResourceManagementClient");
const contoso = `/subscriptions/${subscription}/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/contoso`;
const version = "2025-11-01";

test("networks and subnets are read and changed", async () => {
  const networks = network("virtualNetworks");
  const subnets = network("subnets");
  assert.equal((await networks.get("rg", "hub")).name, "hub");
  assert.deepEqual((await networks.list("rg")).map((one) => one.name), ["hub"]);
  assert.deepEqual((await networks.listAll()).map((one) => one.name), ["hub"]);
  assert.deepEqual((await subnets.list("rg", "hub")).map((one) => one.name), ["build"]);
  const subnet = await subnets.get("rg", "hub", "build");
  const endpoints = { ...subnet, serviceEndpoints: [{ service: "Microsoft.ContainerRegistry" }] };
  const put = await subnets.beginCreateOrUpdateAndWait("rg", "hub", "build", endpoints, fast);
  assert.equal(put.serviceEndpoints[0].provisioningState, "Succeeded");
  await subnets.beginCreateOrUpdateAndWait("rg", "hub", "second", { addressPrefix: "10.0.9.0/24" }, fast);
  await subnets.beginDeleteAndWait("rg", "hub", "second", fast);
  assert.deepEqual((await networks.updateTags("rg", "hub", { tags: { team: "core" } })).tags, { team: "core" });
});

test("a network through its life", async () => {
  const networks = network("virtualNetworks");
  const body = { location: "eastus", addressSpace: { addressPrefixes: ["10.50.0.0/16"] } };
  const made = await networks.beginCreateOrUpdateAndWait("rg", "spoke", body, fast);
  assert.equal(made.provisioningState, "Succeeded");
  await networks.beginDeleteAndWait("rg", "spoke", fast);
  await assert.rejects(networks.get("rg", "spoke"), { statusCode: 404 });
});

test("other network types in passing", async () => {
  await network("networkSecurityGroups").list("rg");
  await network("privateEndpoints").list("rg");
  await network("natGateways").list("rg");
  await network("publicIPAddresses").listAll();
  await network("virtualNetworkPeerings").list("rg", "hub");
  await network("availableEndpointServices").list("eastus");
  await network("serviceTags").list("eastus");
});

test("generic resources are read and changed", async () => {
  const resources = resource("resources");
  const filter = "resourceType eq 'Microsoft.ContainerRegistry/registries'";
  assert.deepEqual((await resources.list({ filter })).map((one) => one.name), ["contoso"]);
  assert.deepEqual((await resources.listByResourceGroup("rg", { filter })).map((one) => one.name), ["contoso"]);
  assert.equal((await resources.getById(contoso, version)).properties.loginServer, "contoso.azurecr.io");
  const tagged = await resources.beginUpdateByIdAndWait(contoso, version, { tags: { team: "core" } }, fast);
  assert.deepEqual(tagged.tags, { team: "core" });
  await resources.checkExistenceById(contoso, version);
});

test("resource groups, providers and tags", async () => {
  const groups = resource("resourceGroups");
  assert.equal((await groups.createOrUpdate("fresh", { location: "westeurope" })).location, "westeurope");
  assert.equal((await groups.checkExistence("fresh")).body, true);
  assert.equal((await groups.get("fresh")).properties.provisioningState, "Succeeded");
  assert.deepEqual((await groups.list()).map((one) => one.name).sort(), ["fresh", "rg"]);
  await groups.beginDeleteAndWait("fresh", fast);
  assert.equal((await resource("providers").get("Microsoft.Network")).registrationState, "Registered");
  await resource("providers").list();
  await resource("tagsOperations").list();
  await resource("tagsOperations").getAtScope(contoso);
});
