//! ARM's routes: one table of all paths, the methods that are served there, and the permission that each needs.
//!
//! Three things come from this table: the handler of a request, the permissions that a test can deny, and the list of
//! endpoints in `docs/sandbox.md`. To add an endpoint:
//!
//! 1. Write its handler in the folder of its resource.
//! 2. Add a row to the file of its provider. An older path with the same segments must not match first.
//! 3. Write the list again: `RINGFENCE_BLESS=1 cargo test --lib sandbox::routes`.
//! 4. Add a test to `tests/sandbox/facts`, and its evidence to `docs/sandbox.md`.

mod general;
mod networks;
mod registries;
mod surroundings;

use super::forms::types::{NETWORKS, PRIVATE_ENDPOINTS, REGISTRIES, REPLICATIONS};
use super::operations::polls::poll;
use super::route::{Name, Route, get};
use super::services::Service;

/// Returns all routes in order. The first whose pattern matches a path serves it.
pub(crate) fn routes() -> impl Iterator<Item = &'static Route> {
    let parts = [
        surroundings::AT_SCOPES,
        general::ROUTES,
        registries::ROUTES,
        networks::ROUTES,
        surroundings::ROUTES,
    ];
    parts.into_iter().flatten()
}

/// Route of an operation that is asked for at another place than its link says. The handler refuses it.
pub(crate) static POLL_ELSEWHERE: Route = Route {
    path: "/subscriptions/{subscription}/{scope*}",
    service: Service::Operations,
    name: Name::PathInSubscription,
    endpoints: &[get("", poll)],
};

/// Routes of all other paths of a provider, which are refused in its name.
#[rustfmt::skip]
pub(crate) static UNSERVED: &[Route] = &[
    Route { path: "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.ContainerRegistry/registries/{registry}/replications/{rest*}",
        service: Service::Replications, name: Name::Type(REPLICATIONS), endpoints: &[] },
    Route { path: "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.ContainerRegistry/registries/{registry}/privateEndpointConnections/{rest*}",
        service: Service::PrivateEndpoints, name: Name::Type(PRIVATE_ENDPOINTS), endpoints: &[] },
    Route { path: "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.ContainerRegistry/registries/{rest*}",
        service: Service::Registries, name: Name::Type(REGISTRIES), endpoints: &[] },
    Route { path: "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Network/virtualNetworks/{rest*}",
        service: Service::Networks, name: Name::Type(NETWORKS), endpoints: &[] },
];

#[cfg(test)]
mod tests {
    use std::fmt::Write;
    use std::path::Path;

    use super::*;

    const BEGIN: &str = "<!-- The list of endpoints is generated from src/sandbox/routes. -->\n";
    const END: &str = "<!-- End of the list of endpoints. -->\n";

    fn markdown() -> String {
        let mut list = "| request | permission |\n|---|---|\n".to_owned();
        for route in routes() {
            for endpoint in route.endpoints {
                let permission = match endpoint.permission {
                    "" => "none".to_owned(),
                    permission => format!("`{permission}`"),
                };
                writeln!(list, "| {} `{}` | {permission} |", endpoint.method, route.path).unwrap();
            }
        }
        list
    }

    /// `RINGFENCE_BLESS=1 cargo test --lib sandbox::routes` writes the list.
    #[test]
    fn documented_endpoints_are_those_of_the_table() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/sandbox.md");
        let docs = std::fs::read_to_string(&path).unwrap();
        let (before, rest) = docs.split_once(BEGIN).unwrap();
        let (_, after) = rest.split_once(END).unwrap();
        let wanted = format!("{before}{BEGIN}{}{END}{after}", markdown());
        if std::env::var_os("RINGFENCE_BLESS").is_some() {
            std::fs::write(&path, &wanted).unwrap();
            return;
        }
        assert!(
            docs == wanted,
            "docs/sandbox.md is stale: run with RINGFENCE_BLESS=1"
        );
    }

    #[test]
    fn no_route_hides_a_later_one() {
        for (position, route) in routes().enumerate() {
            let path: Vec<&str> = route.path.split('/').filter(|part| !part.is_empty()).collect();
            let first =
                routes().position(|known| known.find(&route.endpoints[0].method, &path).is_some());
            assert_eq!(first, Some(position), "{}", route.path);
        }
    }
}
