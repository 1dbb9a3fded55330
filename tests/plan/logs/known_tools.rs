//! Texts of known problems, by the tool that prints them: clients of registries, CI systems, and Windows in three languages.

use super::known::Known;

pub(super) const KNOWN_TOOLS: &[Known] = &[
    // Docker.
    (
        "Error response from daemon: Get \"https://contoso.azurecr.io/v2/\": dial tcp 20.62.128.1:443: connect: connection refused",
        &["N3"],
        &["NC2", "N1"],
    ),
    (
        "Error response from daemon: Get \"https://contoso.azurecr.io/v2/\": EOF",
        &["N3", "NC1"],
        &["NC2"],
    ),
    (
        "Error response from daemon: Get \"https://contoso.azurecr.io/v2/\": read tcp 10.1.0.4:51234->20.62.128.1:443: read: connection reset by peer",
        &["N3", "NC1"],
        &["NC2"],
    ),
    (
        "Error response from daemon: Get \"https://contoso.azurecr.io/v2/\": tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time 2020-01-01T00:00:00Z is before 2026-05-01T00:00:00Z",
        &["N3"],
        &["NC2"],
    ),
    (
        "Get \"https://contoso.azurecr.io/v2/\": x509: certificate is valid for gateway.corp.example, not contoso.azurecr.io",
        &["N3"],
        &["N11"],
    ),
    (
        "Error response from daemon: Get \"https://contoso.azurecr.io/v2/\": Proxy Authentication Required",
        &["NC1"],
        &["NC2", "L2a"],
    ),
    (
        "Error response from daemon: Get \"https://contoso.azurecr.io/v2/\": unauthorized: {\"errors\":[{\"code\":\"UNAUTHORIZED\",\"message\":\"authentication required, visit https://aka.ms/acr/authorization for more information.\",\"detail\":null}]}",
        &["L2a"],
        &["NC2"],
    ),
    (
        "The push refers to repository [contoso.azurecr.io/web]\nb370636613f1: Preparing\nno basic auth credentials",
        &["L2a"],
        &["NC2"],
    ),
    (
        "az acr login -n contoso\ncontoso.azurecr.io\nfailed to connect to the docker API at unix:///var/run/docker.sock; check if the path is correct and if the daemon is running: dial unix /var/run/docker.sock: connect: no such file or directory",
        &["LX2"],
        &["N3"],
    ),
    (
        "docker login contoso.azurecr.io\nerror during connect: this error may indicate that the docker daemon is not running: Post \"http://%2F%2F.%2Fpipe%2Fdocker_engine/v1.24/auth\": open //./pipe/docker_engine: The system cannot find the file specified.",
        &["LX2"],
        &["L2a"],
    ),
    (
        "Error response from daemon: Get \"https://contoso.azurecr.io/v2/\": http: server gave HTTP response to HTTPS client",
        &["N3", "NC1"],
        &["NC2"],
    ),
    (
        "Get \"https://contoso.azurecr.io/v2/\": remote error: tls: handshake failure",
        &["N3", "NC1"],
        &["NC2"],
    ),
    (
        "Get \"https://contoso.azurecr.io/v2/\": dial tcp: lookup contoso.azurecr.io on 10.0.0.10:53: read udp 10.1.0.4:4242->10.0.0.10:53: i/o timeout",
        &["N1"],
        &["N2", "NC2"],
    ),
    (
        "Get \"https://contoso.azurecr.io/v2/\": dial tcp: lookup contoso.azurecr.io on [::1]:53: read udp [::1]:4242->[::1]:53: read: connection refused",
        &["N1"],
        &["N3"],
    ),
    // containerd, kubelet, CRI-O.
    (
        "Failed to pull image \"contoso.azurecr.io/web:1\": failed to copy: httpReadSeeker: failed open: unexpected status code https://contoso.azurecr.io/v2/web/blobs/sha256:ab: 429 Too Many Requests",
        &["CONNECTIVITY_TOOMANYREQUESTS_ERROR"],
        &["L4"],
    ),
    (
        "rpc error: code = Unknown desc = failed to pull and unpack image \"contoso.azurecr.io/web:1\": failed to resolve reference \"contoso.azurecr.io/web:1\": pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed",
        &["LC5"],
        &["NC2"],
    ),
    (
        "failed to authorize: failed to fetch oauth token: unexpected status from POST request to https://contoso.azurecr.io/oauth2/token: 401 Unauthorized",
        &["L4"],
        &["NC2"],
    ),
    (
        "failed to resolve reference \"contoso.azurecr.io/web:1\": failed to do request: Head \"https://contoso.azurecr.io/v2/web/manifests/1\": dial tcp 10.1.0.5:443: i/o timeout",
        &["N2", "N11"],
        &["NC2"],
    ),
    // Podman, Buildah, Skopeo.
    (
        "Error: logging into \"contoso.azurecr.io\": invalid username/password",
        &["L2a"],
        &["NC2"],
    ),
    (
        "Error: copying system image from manifest list: trying to reuse blob sha256:ab at destination: pinging container registry contoso.azurecr.io: invalid status code from registry 403 (Forbidden)",
        &["NC2"],
        &["L2a"],
    ),
    (
        "time=\"2026-11-29T01:02:03Z\" level=fatal msg=\"Error parsing image name \\\"docker://contoso.azurecr.io/web:1\\\": reading manifest 1 in contoso.azurecr.io/web: unauthorized: authentication required, visit https://aka.ms/acr/authorization for more information.\"",
        &["L4", "L2a"],
        &["NC2"],
    ),
    (
        "Error: initializing source docker://contoso.azurecr.io/web:1: pinging container registry contoso.azurecr.io: Get \"https://contoso.azurecr.io/v2/\": dial tcp: lookup contoso.azurecr.io: no such host",
        &["N1"],
        &["NC2"],
    ),
    // Helm, ORAS, kaniko, crane, Jib.
    (
        "Error: INSTALLATION FAILED: failed to perform \"FetchReference\" on source: GET \"https://contoso.azurecr.io/v2/charts/web/manifests/1.0.0\": response status code 403: Forbidden",
        &["NC2"],
        &["L4"],
    ),
    (
        "Error: GET \"https://contoso.azurecr.io/v2/charts/web/tags/list\": GET \"https://contoso.azurecr.io/oauth2/token?scope=repository%3Acharts%2Fweb%3Apull&service=contoso.azurecr.io\": response status code 401: Unauthorized",
        &["L4"],
        &["NC2"],
    ),
    (
        "Error response from registry: HEAD \"https://contoso.azurecr.io/v2/web/manifests/1\": response status code 403: denied: client with IP '203.0.113.7' is not allowed access. Refer https://aka.ms/acr/firewall to grant access.",
        &["NC2"],
        &["L4"],
    ),
    (
        "error checking push permissions -- make sure you entered the correct tag name, and that you are authenticated correctly, and try again: checking push permission for \"contoso.azurecr.io/web:1\": POST https://contoso.azurecr.io/v2/web/blobs/uploads/: UNAUTHORIZED: authentication required",
        &["L4", "L2a"],
        &["NC2"],
    ),
    (
        "Error: GET https://contoso.azurecr.io/v2/webb/manifests/1: NAME_UNKNOWN: repository name not known to registry; map[name:webb]",
        &["LC2"],
        &["LC5"],
    ),
    (
        "Build image failed, perhaps you should make sure your credentials for 'contoso.azurecr.io/web' are set up correctly",
        &["L2a"],
        &["NC2"],
    ),
    (
        "Caused by: java.net.UnknownHostException: contoso.azurecr.io",
        &["N1"],
        &["NC2"],
    ),
    (
        "https://contoso.azurecr.io/v2/: sun.security.validator.ValidatorException: PKIX path building failed: unable to find valid certification path to requested target",
        &["N3"],
        &["NC2"],
    ),
    // Terraform, GitLab, Azure Pipelines, Jenkins.
    (
        "Error: retrieving Container Registry (Subscription: \"s\"): unexpected status 404 (404 Not Found) with error: ResourceNotFound: The Resource 'Microsoft.ContainerRegistry/registries/contoso' under resource group 'rg' was not found.",
        &["LC2"],
        &["N7"],
    ),
    (
        "Error: updating Container Registry (Subscription: \"s\" Resource Group Name: \"rg\" Registry Name: \"contoso\"): unexpected status 403 (403 Forbidden) with error: RequestDisallowedByPolicy: Resource 'contoso' was disallowed by policy. type Microsoft.ContainerRegistry/registries",
        &["N8"],
        &["NC2", "N7"],
    ),
    (
        "ERROR: Job failed: failed to pull image \"contoso.azurecr.io/ci:1\" with specified policies [always]: Error response from daemon: Head \"https://contoso.azurecr.io/v2/ci/manifests/1\": unauthorized: authentication required (manager.go:237:0s)",
        &["L4", "L2a"],
        &["NC2"],
    ),
    (
        "##[error]Error response from daemon: Get \"https://contoso.azurecr.io/v2/\": net/http: request canceled while waiting for connection (Client.Timeout exceeded while awaiting headers)",
        &["N2"],
        &["NC2"],
    ),
    // Tools of the system.
    (
        "*** UnKnown can't find contoso.azurecr.io: Non-existent domain",
        &["N1"],
        &[],
    ),
    ("** server can't find contoso.azurecr.io: SERVFAIL", &["N1"], &[]),
    (
        "wget: unable to resolve host address 'contoso.azurecr.io'",
        &["N1"],
        &[],
    ),
    (
        "* Connecting to contoso.azurecr.io\ncurl: (56) CONNECT tunnel failed, response 407",
        &["NC1"],
        &["NC2"],
    ),
    // Windows, in English, French, German and Japanese.
    (
        "Error response from daemon: Get \"https://contoso.azurecr.io/v2/\": dial tcp 20.62.128.1:443: connectex: A connection attempt failed because the connected party did not properly respond after a period of time, or established connection failed because connected host has failed to respond.",
        &["N2"],
        &["NC2"],
    ),
    (
        "Get \"https://contoso.azurecr.io/v2/\": dial tcp 20.62.128.1:443: connectex: No connection could be made because the target machine actively refused it.",
        &["N3"],
        &["NC2"],
    ),
    (
        "Invoke-WebRequest : Le nom distant n'a pas pu être résolu: 'contoso.azurecr.io'",
        &["N1"],
        &[],
    ),
    (
        "System.Net.Http.HttpRequestException: Hôte inconnu. (contoso.azurecr.io:443)",
        &["N1"],
        &[],
    ),
    (
        "Get \"https://contoso.azurecr.io/v2/\": dial tcp 20.62.128.1:443: connectex: Une tentative de connexion a échoué car le parti connecté n'a pas répondu convenablement au-delà d'une certaine durée",
        &["N2"],
        &["NC2"],
    ),
    (
        "Get \"https://contoso.azurecr.io/v2/\": dial tcp 20.62.128.1:443: connectex: Aucune connexion n'a pu être établie car l'ordinateur cible l'a expressément refusée.",
        &["N3"],
        &["NC2"],
    ),
    (
        "Invoke-WebRequest : Der Remotename konnte nicht aufgelöst werden: 'contoso.azurecr.io'",
        &["N1"],
        &[],
    ),
    (
        "System.Net.Http.HttpRequestException: Es ist kein solcher Host bekannt. (contoso.azurecr.io:443)",
        &["N1"],
        &[],
    ),
    (
        "Get \"https://contoso.azurecr.io/v2/\": dial tcp 20.62.128.1:443: connectex: Ein Verbindungsversuch ist fehlgeschlagen, da die Gegenstelle nach einer bestimmten Zeitspanne nicht richtig reagiert hat",
        &["N2"],
        &["NC2"],
    ),
    (
        "Get \"https://contoso.azurecr.io/v2/\": dial tcp 20.62.128.1:443: connectex: Es konnte keine Verbindung hergestellt werden, da der Zielcomputer die Verbindung verweigerte.",
        &["N3"],
        &["NC2"],
    ),
    (
        "Invoke-WebRequest : リモート名を解決できませんでした。: 'contoso.azurecr.io'",
        &["N1"],
        &[],
    ),
    (
        "System.Net.Http.HttpRequestException: そのようなホストは不明です。 (contoso.azurecr.io:443)",
        &["N1"],
        &[],
    ),
    (
        "Get \"https://contoso.azurecr.io/v2/\": dial tcp 20.62.128.1:443: connectex: 接続済みの呼び出し先が一定の時間を過ぎても正しく応答しなかったため、接続できませんでした。",
        &["N2"],
        &["NC2"],
    ),
    (
        "Get \"https://contoso.azurecr.io/v2/\": dial tcp 20.62.128.1:443: connectex: 対象のコンピューターによって拒否されたため、接続できませんでした。",
        &["N3"],
        &["NC2"],
    ),
];
