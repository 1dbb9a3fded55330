//! Services whose clients no service endpoint admits.

/// Services whose clients no service endpoint admits (docs: container-registry-vnet, "Preview limitations": only virtual
/// machines and AKS clusters are supported).
const UNSUPPORTED: [&str; 3] = [
    "Microsoft.ContainerInstance/containerGroups",
    "Microsoft.Web/serverFarms",
    "Microsoft.App/environments",
];

/// Returns the first of these services whose clients no service endpoint admits.
pub(crate) fn unsupported(services: &[String]) -> Option<&str> {
    let mut services = services.iter().map(String::as_str);
    services.find(|service| {
        let mut known = UNSUPPORTED.iter();
        known.any(|known| known.eq_ignore_ascii_case(service))
    })
}
