//! Texts of known problems.
//!
//! The words are those of the articles, and of public reports: docker/build-push-action#1214, docker/login-action#705 and
//! #718, Azure/AKS#4459, Azure/azure-cli#12711, spotify/docker-maven-plugin#364, MicrosoftDocs/azure-docs#61015.

/// A text, the causes that it speaks of, and causes that it must not be taken for.
pub(super) type Known = (&'static str, &'static [&'static str], &'static [&'static str]);

pub(super) const KNOWN: &[Known] = &[
    // The registry's firewall.
    (
        r#"denied: {"errors":[{"code":"DENIED","message":"client with IP '172.214.169.102' is not allowed access. Refer https://aka.ms/acr/firewall to grant access."}]}"#,
        &["NC2"],
        &["L2a", "L4"],
    ),
    (
        r#"error: failed to solve: failed to push contoso.azurecr.io/web:1: unexpected status from POST request to https://contoso.azurecr.io/v2/web/blobs/uploads/: 403 Forbidden: {"errors":[{"code":"DENIED","message":"client with IP \u0027203.0.113.7\u0027 is not allowed access. Refer https://aka.ms/acr/firewall to grant access."}]}"#,
        &["NC2"],
        &["L4"],
    ),
    (
        "Error response from daemon: Get \"https://contoso.azurecr.io/v2/\": denied: client with IP 203.0.113.7 is not allowed access, refer https://aka.ms/acr/firewall",
        &["NC2"],
        &["L2a"],
    ),
    (
        "denied: client with IP ''203.0.113.7'' is not allowed access. Refer https://aka.ms/acr/firewall to grant access.",
        &["NC2"],
        &[],
    ),
    (
        "denied: client with IP '<ip-address>' is not allowed access. Refer https://aka.ms/acr/firewall to grant access.",
        &["NC2"],
        &[],
    ),
    (
        "denied: client with IP '52.xxx. xxx.' is not allowed access. Refer https://aka.ms/acr/firewall to grant access.",
        &["NC2"],
        &[],
    ),
    (
        "DockerApiException: Docker API responded with status code=InternalServerError, response={\"message\":\"denied: {\\\"errors\\\":[{\\\"code\\\":\\\"DENIED\\\",\\\"message\\\":\\\"client with IP '203.0.113.7' is not allowed access. CorrelationId: 0000\\\"}]}\"}",
        &["NC2"],
        &[],
    ),
    (
        "Looks like you don't have access to registry 'contoso.azurecr.io'. To see configured firewall rules, run 'az acr show --query networkRuleSet --name contoso'.",
        &["NC2"],
        &[],
    ),
    (
        "2026-11-29 01:02:03.123456 An error occurred: CONNECTIVITY_FORBIDDEN_ERROR\nAccess to registry 'contoso.azurecr.io' was denied. Response code: 403.",
        &["NC2"],
        &["L2a"],
    ),
    (
        "An error occurred: CONNECTIVITY_CHALLENGE_ERROR\nRegistry 'contoso.azurecr.io' did not issue a challenge.",
        &["NC2"],
        &[],
    ),
    (
        "CONNECTIVITY_REFRESH_TOKEN_ERROR\nAccess to registry 'contoso.azurecr.io' was denied. Response code: 403. Please try running 'az login' again to refresh permissions.",
        &["L5", "NC2"],
        &["LC5"],
    ),
    (
        "Unable to get AAD authorization tokens with message: An error occurred: CONNECTIVITY_REFRESH_TOKEN_ERROR\nAccess to registry \"contoso.azurecr.io\" was denied. Response code: 401. Please try running \"az login\" again to refresh permissions.",
        &["L5", "LC5"],
        &["NC2"],
    ),
    (
        "Unable to get admin user credentials with message: Admin user is disabled.\nUnable to authenticate using AAD or admin login credentials.",
        &["L5"],
        &[],
    ),
    (
        "failed to login, ran out of retries: failed to set docker credentials: Error response from daemon: Get \"https://contoso.azurecr.io/v2/\": denied: client with IP '20.45.1.2' is not allowed access. Refer https://aka.ms/acr/firewall to grant access.",
        &["N9", "NC2"],
        &[],
    ),
    // A 403 that names no address.
    (
        "Error response from daemon: login attempt failed with status: 403 Forbidden",
        &["NC2", "N5a"],
        &["L2a"],
    ),
    (
        "Error response from daemon: login attempt to https://contoso.azurecr.io/v2/ failed with status: 403 Forbidden",
        &["NC2", "N5a"],
        &["L2a"],
    ),
    (
        "Failed to pull image \"contoso.azurecr.io/main/api:v5\": failed to authorize: failed to fetch anonymous token: unexpected status from GET request to https://contoso.azurecr.io/oauth2/token?scope=repository%3Amain%2Fapi%3Apull&service=contoso.azurecr.io: 403 Forbidden",
        &["N4", "NC2"],
        &["LC5"],
    ),
    (
        "Failed to pull image \"contoso.azurecr.io/main/api:v5\": failed to authorize: failed to fetch anonymous token: unexpected status from GET request to https://contoso.azurecr.io/oauth2/token?scope=repository%3Amain%2Fapi%3Apull&service=contoso.azurecr.io: 401 Unauthorized",
        &["LC5", "LC2"],
        &["NC2"],
    ),
    (
        "The push refers to repository [contoso.azurecr.io/web]\nb370636613f1: Preparing\nd000633a5681: Waiting\nerror parsing HTTP 403 response body: unexpected end of JSON input: \"\"",
        &["N5a", "NX5", "NC1"],
        &["NC2"],
    ),
    (
        "failed to do request: Head \"https://contoso.azurecr.io/v2/web/manifests/1\": unexpected status from HEAD request to https://contoso.azurecr.io/v2/web/manifests/1: 403 Forbidden",
        &["NC2"],
        &["LC5"],
    ),
    // DNS.
    (
        "Error response from daemon: Get \"https://contoso.azurecr.io/v2/\": dial tcp: lookup contoso.azurecr.io on 127.0.0.53:53: no such host",
        &["N1"],
        &["NC2", "N2"],
    ),
    (
        "Error response from daemon: Get \"https://***/v2/\": dial tcp: lookup *** on 127.0.0.53:53: no such host",
        &["N1"],
        &["NC2"],
    ),
    ("dial tcp: lookup ***.azurecr.io: no such host", &["N1"], &["NC2"]),
    (
        "curl: (6) Could not resolve host: contoso.azurecr.io",
        &["N1"],
        &[],
    ),
    ("npm ERR! getaddrinfo ENOTFOUND contoso.azurecr.io", &["N1"], &[]),
    (
        "HTTPSConnectionPool(host='contoso.azurecr.io', port=443): Max retries exceeded with url: /v2/ (Caused by NameResolutionError(\"Failed to resolve 'contoso.azurecr.io' ([Errno -2] Name or service not known)\"))",
        &["N1"],
        &[],
    ),
    (
        "Get \"https://contoso.azurecr.us/v2/\": dial tcp: lookup contoso.azurecr.us on 10.0.0.10:53: server misbehaving",
        &["N1"],
        &[],
    ),
    ("** server can't find contoso.azurecr.io: NXDOMAIN", &["N1"], &[]),
    (
        "An error occurred: CONNECTIVITY_DNS_ERROR\nFailed to reach DNS for registry 'contoso.azurecr.io'.",
        &["N1"],
        &[],
    ),
    (
        "Unable to connect: The remote name could not be resolved: 'contoso.azurecr.io'",
        &["N1"],
        &[],
    ),
    // TCP, TLS, proxies.
    (
        "Failed to pull image \"contoso.azurecr.io/front:v1\": failed to do request: Head \"https://contoso.azurecr.io/v2/front/manifests/v1\": dial tcp 12.0.0.5:443: i/o timeout",
        &["N2", "N11"],
        &["NC2"],
    ),
    (
        "Error response from daemon: Get \"https://contoso.azurecr.io/v2/\": net/http: request canceled while waiting for connection (Client.Timeout exceeded while awaiting headers)",
        &["N2"],
        &["NC2"],
    ),
    (
        "Get \"https://contoso.azurecr.io/v2/\": net/http: TLS handshake timeout",
        &["N2"],
        &[],
    ),
    (
        "Head \"https://contoso.azurecr.io/v2/web/manifests/1\": context deadline exceeded",
        &["N2"],
        &[],
    ),
    ("Error: contoso.azurecr.io: host is not reachable", &["N11"], &[]),
    (
        "dial tcp 10.1.2.3:443: connect: no route to host while pulling contoso.azurecr.io/web:1",
        &["N11"],
        &[],
    ),
    (
        "x509: certificate is valid for *.azurecr.io, *.eastus.geo.azurecr.io, not contoso.privatelink.azurecr.io",
        &["N11"],
        &[],
    ),
    (
        "Get \"https://contoso.azurecr.io/v2/\": x509: certificate signed by unknown authority",
        &["N3", "NC1"],
        &[],
    ),
    (
        "requests.exceptions.SSLError: HTTPSConnectionPool(host='contoso.azurecr.io', port=443): [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: unable to get local issuer certificate",
        &["N3", "NC1"],
        &[],
    ),
    (
        "An error occurred: CONNECTIVITY_SSL_ERROR\nRegistry 'contoso.azurecr.io'",
        &["N3"],
        &[],
    ),
    (
        "Error response from daemon: Get https://contoso.azurecr.io/v2/: proxyconnect tcp: EOF\nLogin failed",
        &["N5b"],
        &["L2a"],
    ),
    (
        "Get \"https://***/v2/\": proxyconnect tcp: dial tcp 10.0.0.8:3128: connect: connection refused",
        &["N5b"],
        &["N1"],
    ),
    (
        "Could not connect to the registry login server 'contoso.azurecr.io'. Please verify that the registry exists and the URL 'https://contoso.azurecr.io/v2/' is reachable from your environment.",
        &["N3"],
        &[],
    ),
    // The host of the layers.
    (
        "error pulling image configuration: download failed after attempts=6: Get \"https://eusmanaged1.blob.core.windows.net/685d5c2f//docker/registry/v2/blobs/sha256/ab/abc/data?se=2026&sig=SECRETSECRET&sp=r\": EOF",
        &["NX5"],
        &["NC2"],
    ),
    (
        "failed to copy: httpReadSeeker: failed open: unexpected status code https://weumanaged9.blob.core.windows.net/1a//docker/registry/v2/blobs/sha256/cd/cdef/data?sig=SECRETSECRET: 403 Forbidden",
        &["NX5"],
        &["LC5"],
    ),
    (
        "error pulling image: Get \"https://contoso.westeurope.data.azurecr.io/abc//docker/registry/v2/blobs/sha256/ab/data\": dial tcp 20.1.2.3:443: i/o timeout",
        &["NX5"],
        &["NC2"],
    ),
    (
        "Get \"https://contoso.westeurope.data.azurecr.io/abc\": dial tcp: lookup contoso.westeurope.data.azurecr.io on 10.0.0.4:53: no such host",
        &["NX5", "N1"],
        &["NC2"],
    ),
    // Credentials and roles.
    (
        "Error response from daemon: Get \"https://contoso.azurecr.io/v2/\": unauthorized: authentication required, visit https://aka.ms/acr/authorization for more information.",
        &["L4", "L2a"],
        &["NC2"],
    ),
    (
        "The push refers to repository [contoso.azurecr.io/web]\nunauthorized: authentication required",
        &["L4"],
        &["NC2"],
    ),
    (
        "Error response from daemon: Get \"https://contoso.azurecr.io/v2/\": unauthorized: Application not registered with AAD.",
        &["L2b"],
        &["NC2"],
    ),
    (
        "pull access denied for contoso.azurecr.io/web, repository does not exist or may require 'docker login': denied: requested access to the resource is denied",
        &["LC5"],
        &["NC2"],
    ),
    (
        "failed to resolve source metadata for contoso.azurecr.io/base:1: pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed",
        &["LC5"],
        &["NC2"],
    ),
    (
        "(AuthorizationFailed) The client 'a' with object id 'b' does not have authorization to perform action 'Microsoft.ContainerRegistry/registries/read' over scope '/subscriptions/s/resourceGroups/rg' or the scope is invalid.",
        &["N7"],
        &["NC2"],
    ),
    // The machine.
    (
        "An error occurred: DOCKER_DAEMON_ERROR\nThe Docker daemon is not running",
        &["LX2"],
        &[],
    ),
    (
        "Logging in to contoso.azurecr.io\nCannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?",
        &["LX2"],
        &["NC2"],
    ),
    (
        "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?\nfailed: docker pull contoso.azurecr.io/web:1",
        &["LX2"],
        &["NC2"],
    ),
    (
        "Logging in to contoso.azurecr.io\nCannot connect to the Docker daemon at tcp://docker:2375. Is the docker daemon running?",
        &["LX2"],
        &["NC2"],
    ),
    (
        "An error occurred: DOCKER_COMMAND_ERROR\nPlease verify if Docker client is installed and running.",
        &["LX1"],
        &[],
    ),
    (
        "docker push contoso.azurecr.io/web\nbash: docker: command not found",
        &["LX1"],
        &[],
    ),
    (
        "docker push contoso.azurecr.io/Web:1\ninvalid reference format: repository name must be lowercase",
        &["LX3"],
        &[],
    ),
    (
        "az acr login -n contoso.azurecr.io\nPlease run 'az login' to setup account.",
        &["LX4"],
        &[],
    ),
    (
        "az acr login -n contoso\nPlease run 'az login' to setup account.",
        &["LX4"],
        &[],
    ),
    (
        "(ResourceNotFound) The resource with name 'contoso' and type 'Microsoft.ContainerRegistry/registries' could not be found in subscription 'prod (s)'.",
        &["LC2"],
        &[],
    ),
    // Refused changes.
    (
        "Failed to save firewall and virtual network settings for container registry 'contoso'. Error: Could not validate network rule",
        &["N6"],
        &[],
    ),
    (
        "Could not validate network rule - The client 'x' does not have authorization to perform action 'Microsoft.Network/virtualNetworks/taggedTrafficConsumers/validate/action'",
        &["N6"],
        &[],
    ),
    (
        "(LinkedAuthorizationFailed) … does not have permission to perform action(s) 'Microsoft.Network/virtualNetworks/subnets/joinViaServiceEndpoint/action' on the linked scope(s)",
        &["N6"],
        &[],
    ),
    (
        "(NetworkRuleValidationError) Could not validate network rule - Subnets build of virtual network hub do not have ServiceEndpoints for Microsoft.ContainerRegistry resources configured.",
        &["S15"],
        &[],
    ),
    (
        "Virtual network rule is not valid - Found duplicate virtual network rule /subscriptions/s/subnets/build.",
        &["S16"],
        &[],
    ),
    (
        "(NetworkRuleNotSupported) Network rules are only supported for managed registries in Premium SKU.",
        &["S3"],
        &[],
    ),
    (
        "Error: DisablingPublicNetworkAccessNotSupported: Disabling public network access is not supported for the SKU Basic.",
        &["S3"],
        &[],
    ),
    (
        "The count of IP rules 201 exceeds allowed quota 200 for the SKU Premium.",
        &["S1"],
        &[],
    ),
    (
        "The operation is not allowed: registry 'contoso' has exports disabled.",
        &["N8"],
        &[],
    ),
    (
        "(RequestDisallowedByPolicy) Resource 'contoso' was disallowed by policy. Target: /subscriptions/s/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/contoso",
        &["N8"],
        &["NC2"],
    ),
    (
        "(ScopeLocked) The scope '/subscriptions/s/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/contoso' cannot perform write operation because following scope(s) are locked: 'rg'.",
        &["N8"],
        &[],
    ),
    (
        "Code: RegistryStatusConflict Message: The registry is being updated.",
        &["RegistryStatusConflict"],
        &[],
    ),
    (
        "(MissingSubscriptionRegistration) The subscription is not registered to use namespace 'Microsoft.ContainerRegistry'.",
        &["NX8"],
        &[],
    ),
    (
        "(NoRegisteredProviderFound) No registered resource provider found for location 'westeurope' and API version '2020-01-01' for type 'registries'.",
        &["NoRegisteredProviderFound"],
        &[],
    ),
    (
        "(SubscriptionRequestsThrottled) Number of 'write' requests for subscription 's' exceeded. Please try again after '10' seconds. PATCH /subscriptions/s/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/contoso",
        &["SubscriptionRequestsThrottled"],
        &[],
    ),
    (
        "An error occurred: CONNECTIVITY_TOOMANYREQUESTS_ERROR",
        &["CONNECTIVITY_TOOMANYREQUESTS_ERROR"],
        &[],
    ),
    // Encryption.
    (
        "Failed to access KeyId 'https://contoso.vault.azure.net/keys/acr/0'. Verify that identity 'x' has 'Get, Wrap Key, Unwrap Key' permission on key. For more information on bring your own key, please visit 'https://aka.ms/acr/cmk'.\nresultDescription: Client address is not authorized and caller is not a trusted service. Client address: 203.0.113.64 Vault: contoso;location=westeurope",
        &["CMK_ERROR"],
        &["NC2"],
    ),
];
