//! The built-in Azure Policies that find what a rule finds, and the controls that initiatives map them to
//! (Azure/azure-policy at f4a50ba, 2026-04-29).

/// A built-in Azure Policy.
pub struct AzurePolicy {
    pub id: &'static str,
    /// The name of the policy, in short.
    pub name: &'static str,
    pub controls: &'static [Controls],
}

/// The controls of one standard: its name, and the numbers.
pub type Controls = (&'static str, &'static [&'static str]);

/// Microsoft cloud security benchmark (1f3afdf9-d0c9-4c3d-847f-89da613e70a8).
const MCSB: &str = "Microsoft cloud security benchmark";
/// Version 2 preview (e3ec7e09-768c-4b64-882c-fcada3772047).
const MCSB_V2: &str = "Microsoft cloud security benchmark v2 (preview)";
/// 046796ef-e8a7-4398-bbe9-cce970b1a3ae.
const CIS_V8: &str = "CIS Controls v8.1";
/// 179d1daa-458f-4e47-8086-2a68d0d6c38f.
const NIST_R5: &str = "NIST SP 800-53 R5";
const NIST_R511: &str = "NIST SP 800-53 R5.1.1";
const NIST_171: &str = "NIST SP 800-171 R2";
const PCI: &str = "PCI DSS 4.0.1";

pub(super) const PUBLIC_ACCESS: AzurePolicy = AzurePolicy {
    id: "0fdf0491-d080-4575-b627-ad0e843cba0f",
    name: "Public network access should be disabled",
    controls: &[
        (MCSB_V2, &["NS-2"]),
        (CIS_V8, &["8.11", "10.7", "13.1", "13.3", "18.4"]),
        (NIST_R511, &["AC.4", "SC.7", "SC.7.3"]),
        (PCI, &["1.4.4"]),
    ],
};
pub(super) const UNRESTRICTED: AzurePolicy = AzurePolicy {
    id: "d0793b48-0edc-4296-a390-4c75d1bdfd71",
    name: "Should not allow unrestricted network access",
    controls: &[
        (MCSB, &["NS-2"]),
        (NIST_R5, &["AC-4", "SC-7", "SC-7(3)"]),
        (NIST_171, &["3.1.3", "3.13.1", "3.13.2", "3.13.5", "3.13.6"]),
    ],
};
pub(super) const PRIVATE_LINK: AzurePolicy = AzurePolicy {
    id: "e8eef0a8-67cf-4eb4-9386-14b0e78733d4",
    name: "Should use private link",
    controls: &[
        (MCSB, &["NS-2"]),
        (NIST_R5, &["AC-4", "AC-17", "AC-17(1)", "SC-7", "SC-7(3)"]),
    ],
};
pub(super) const SKU: AzurePolicy = AzurePolicy {
    id: "bd560fc0-3c69-498a-ae9f-aa8eb7de0e13",
    name: "SKUs that support Private Links",
    controls: &[],
};
pub(super) const EXPORTS: AzurePolicy = AzurePolicy {
    id: "524b0254-c285-4903-bee6-bb8126cde579",
    name: "Exports should be disabled",
    controls: &[],
};
pub(super) const ADMIN: AzurePolicy = AzurePolicy {
    id: "dc921057-6b28-4fbe-9b83-f7bec05db6c2",
    name: "Local admin account should be disabled",
    controls: &[(MCSB_V2, &["IM-1"])],
};
pub(super) const ANONYMOUS: AzurePolicy = AzurePolicy {
    id: "9f2dea28-e834-476c-99c5-3507b4728395",
    name: "Anonymous authentication should be disabled",
    controls: &[],
};
