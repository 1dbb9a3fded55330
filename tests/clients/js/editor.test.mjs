// Specs in an editor: what the YAML language server says with the committed schema.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { startLanguageServer } from "./language_server.mjs";

const root = path.join(import.meta.dirname, "../../..");
const specs = path.join(root, "specs");
const contoso = "/subscriptions/s/resourceGroups/r/providers/Microsoft.ContainerRegistry/registries/contoso";
const registry = `version: 1\nregistries:\n  - id: ${contoso}\n`;

let editor;
before(async () => (editor = await startLanguageServer(path.join(specs, "ringfence.schema.json"))));
after(() => editor.stop());

test("an editor has nothing to say about the examples", async () => {
  for (const name of ["minimal.yaml", "quickstart.yaml", "full.yaml"]) {
    assert.deepEqual(await editor.diagnose(readFileSync(path.join(specs, name), "utf8")), [], name);
  }
});

test("completion inserts each key with its colon", async () => {
  const places = {
    "": ["version", "include", "networks", "subnets", "defaults", "registries", "guardrails"],
    [`${registry}    `]: ["publicNetworkAccess", "defaultAction", "ipRules", "serviceEndpoints", "ownership", "expect"],
    "version: 1\ndefaults:\n  ": ["publicNetworkAccess", "trustedServices", "endpointProtocol", "ownership"],
    "version: 1\nnetworks:\n  offices:\n    ": ["cidrs", "owner", "reason", "ticket", "expires"],
    [`${registry}    ipRules:\n      - `]: ["cidr", "owner", "reason", "ticket", "expires"],
    [`${registry}    expect:\n      `]: ["allow", "deny"],
    "version: 1\nguardrails:\n  ": ["maxRemovals", "maxRemovalPercent", "widestRule"],
  };
  for (const [text, keys] of Object.entries(places)) {
    const items = await editor.complete(text);
    for (const key of keys) {
      const item = items.find(({ label }) => label === key);
      assert.match(item?.insertText ?? "", new RegExp(`^${key}:[ \\n]`), `${key} at the end of ${text}`);
    }
  }
});

test("completion describes each value of an enumeration", async () => {
  const values = {
    publicNetworkAccess: ["Disabled", "Enabled"],
    defaultAction: ["Allow", "Deny"],
    serviceEndpoints: ["assume", "ensure"],
    endpointProtocol: ["IPv4", "IPv4AndIPv6"],
    ownership: ["additive", "exact"],
  };
  for (const [key, words] of Object.entries(values)) {
    const items = await editor.complete(`${registry}    ${key}: `);
    assert.deepEqual(items.map(({ label }) => label).sort(), words, key);
    for (const item of items) {
      assert.ok(item.documentation?.value ?? item.documentation, `${key}: ${item.label}`);
    }
  }
});

test("completion offers a registry, a network and a subnet as snippets", async () => {
  const offered = {
    "version: 1\nregistries:\n  - ": "registry for selected networks",
    "version: 1\nnetworks:\n  offices:\n    ": "network with owner and expiry",
    "version: 1\nsubnets:\n  build:\n    ": "subnet with its public addresses",
    "": "spec for one registry",
  };
  for (const [text, label] of Object.entries(offered)) {
    const items = await editor.complete(text);
    const labels = items.map((item) => item.label);
    assert.ok(labels.includes(label), `${label} is not in ${labels}`);
  }
});

test("hover shows an example of each key", async () => {
  const full = readFileSync(path.join(specs, "full.yaml"), "utf8");
  const schema = JSON.parse(readFileSync(path.join(specs, "ringfence.schema.json"), "utf8"));
  const keys = Object.keys(schema.properties.registries.items.properties);
  let seen = 0;
  for (const key of [...keys, "networks", "guardrails", "maxRemovals", "widestRule"]) {
    const line = full.match(new RegExp(`^[ -]*${key}:`, "m"));
    if (line) {
      seen += 1;
      const offset = line.index + line[0].indexOf(key);
      assert.match(await editor.hover(full, offset), /Example/, key);
    }
  }
  assert.ok(seen > 12, `${seen} keys`);
});

/** Specs with one fault: the rest of the registry, the line, what the editor says, and the code of `validate`. */
const broken = [
  ["    ipRules: [203.0.113.7/24]", /without host bits/, "host-bits"],
  ["    ipRules: [203.0.113.300]", /IPv4 address/, "bad-address"],
  ["    ipRules: [203.0.113.0/33]", /IPv4 address/, "bad-address"],
  ["    ipRules: ['2001:db8::/32']", /IPv4 address/, "ipv6"],
  ["    ipRules: [203.0.113.1-203.0.113.9]", /IPv4 address/, "bad-address"],
  ["    ipRules: [{cidr: 203.0.113.7/24}]", /without host bits/, "host-bits"],
  ["    defaultAction: deny", /"Allow", "Deny"/, "unknown-value"],
  ["    defaultActions: Deny", /defaultActions is not allowed/, "unknown-key"],
  ["    trustedServices: always", /Expected "boolean"/, "wrong-type"],
  ["    name: contoso", /name is not allowed/, "registry-identity"],
  ["    ipRules: [{cidr: 203.0.113.7, expires: 31.12.2026}]", /YYYY-MM-DD/, "bad-date"],
  ["    subnets: [/subscriptions/s]", /resource id of a subnet/, "bad-id"],
  ["guardrails:\n  maxRemovalPercent: 101", /above the maximum of 100/, "out-of-range"],
  ["guardrails:\n  widestRule: 8", /Expected "string"/, "wrong-type"],
  ["guardrails:\n  widestRule: /33", /prefix length/, "bad-prefix"],
];

test("an editor and validate agree about broken specs", async () => {
  const documents = broken.map(([lines, ...expected]) => [`${registry}${lines}\n`, ...expected]);
  documents.push(
    ["registries: []\n", /Missing property "version"/, "missing-key"],
    ["version: 1\nregistries:\n  - name: contoso\n    resourceGroup: r\n", /Missing property "subscription"/, "registry-identity"],
    ["version: 1\nregistries:\n  - id: contoso.azurecr.io\n", /resource id of a registry/, "bad-id"],
  );
  for (const [text, message, code] of documents) {
    const said = await editor.diagnose(text);
    const found = validate(text);
    assert.deepEqual(said.map(({ range }) => range.start.line + 1), found.map(({ source }) => source.line), text);
    assert.match(said.map((one) => one.message).join("\n"), message, text);
    assert.deepEqual(found.map((one) => one.code), [code], text);
  }
});

/** Returns the errors that `ringfence validate` finds in a spec. */
function validate(text) {
  const stdio = ["pipe", "pipe", "ignore"];
  try {
    execFileSync(process.env.RINGFENCE_BIN, ["validate", "-", "-o", "json"], { input: text, stdio });
  } catch (error) {
    return JSON.parse(error.stdout).diagnostics.filter(({ severity }) => severity === "error");
  }
  return [];
}
