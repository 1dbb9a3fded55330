// The SDKs as installed, and clients of the sandbox that test_javascript_sdk.py started.

import { createRequire } from "node:module";
import path from "node:path";
import { watched } from "./matrix.mjs";

const require = createRequire(path.join(process.env.RINGFENCE_NODE_CLIENTS, "package.json"));
const { dependencies } = require("./package.json");
const { ClientSecretCredential } = require("@azure/identity");
const { AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_SECRET, AZURE_AUTHORITY_HOST } = process.env;

export const subscription = process.env.RINGFENCE_SUBSCRIPTION;
export const fast = { updateIntervalInMs: 10 };
const credential = new ClientSecretCredential(AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_SECRET, {
  authorityHost: AZURE_AUTHORITY_HOST,
  disableInstanceDiscovery: true,
});

/** Returns a function that gives an operation group of a package's client by its name. */
export function groupsOf(name, kind) {
  const client = new (require(name)[kind])(credential, subscription, {
    endpoint: process.env.RINGFENCE_ARM_ENDPOINT,
    credentials: { scopes: ["https://management.azure.com/.default"] },
  });
  return (group) => watched(client[group], `${name} (JavaScript)`, dependencies[name], group);
}
