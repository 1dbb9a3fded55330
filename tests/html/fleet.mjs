// A spec and a state of the sandbox for any number of registries, in all modes and with every kind of drift.

const SUBSCRIPTION = "11111111-1111-1111-1111-111111111111";
const GROUP = `/subscriptions/${SUBSCRIPTION}/resourceGroups/platform/providers`;
const SUBNET = `${GROUP}/Microsoft.Network/virtualNetworks/hub/subnets/build`;

const rule = (value) => ({ value, action: "Allow" });

// What a registry shows beside what the spec wants of it. The first one has the most to look at.
const KINDS = [
  { defaultAction: "Deny", ipRules: ["203.0.113.0/24", "8.8.8.8", "20.0.0.0/12"], subnets: [], bypass: "None" },
  { defaultAction: "Deny", ipRules: ["203.0.113.0/24", "198.51.100.16/28"], subnets: [SUBNET], bypass: "AzureServices" },
  { defaultAction: "Deny", ipRules: ["203.0.113.0/24", "198.51.100.16/28"], subnets: [SUBNET], bypass: "AzureServices" },
  { defaultAction: "Deny", ipRules: ["203.0.113.0/24"], subnets: [SUBNET], bypass: "AzureServices" },
  { defaultAction: "Deny", ipRules: ["203.0.113.0/24", "198.51.100.16/28"], subnets: [SUBNET], bypass: "AzureServices" },
  { defaultAction: "Allow", ipRules: [], subnets: [], bypass: "AzureServices" },
  { defaultAction: "Deny", ipRules: [], subnets: [], bypass: "AzureServices" },
  { defaultAction: "Deny", ipRules: [], subnets: [], bypass: "None", publicNetworkAccess: "Disabled" },
];

const name = (at) => `fleet${String(at).padStart(5, "0")}`;

// Returns the text of the spec and of the state. Names of the spec are hostile where they may be.
export function fleet(number) {
  const entries = [];
  const resources = [{
    id: SUBNET,
    properties: { addressPrefix: "10.0.0.0/24", serviceEndpoints: [{ service: "Microsoft.ContainerRegistry" }] },
  }];
  for (let at = 0; at < number; at += 1) {
    const id = `${GROUP}/Microsoft.ContainerRegistry/registries/${name(at)}`;
    const kind = KINDS[at % KINDS.length];
    entries.push(`  - {id: ${id}}`);
    resources.push({
      id,
      location: "westeurope",
      sku: { name: "Premium" },
      properties: {
        publicNetworkAccess: kind.publicNetworkAccess ?? "Enabled",
        networkRuleBypassOptions: kind.bypass,
        networkRuleSet: {
          defaultAction: kind.defaultAction,
          ipRules: kind.ipRules.map(rule),
          virtualNetworkRules: kind.subnets.map((subnet) => ({ id: subnet, action: "Allow" })),
        },
      },
    });
  }
  const spec = `version: 1
networks:
  offices: {cidrs: [203.0.113.0/24], owner: platform, reason: "</script><b>offices</b>"}
  vendor: {cidrs: [198.51.100.16/28], reason: nightly scans, expires: 2099-01-01}
subnets:
  build: ${SUBNET}
defaults:
  publicNetworkAccess: Enabled
  defaultAction: Deny
  ipRules: [offices, vendor]
  subnets: [build]
  trustedServices: true
registries:
${entries.join("\n")}
`;
  return { spec, state: JSON.stringify({ subscriptions: [{ id: SUBSCRIPTION }], resources }) };
}
