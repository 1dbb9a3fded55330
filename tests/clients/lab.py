"""A running `ringfence sandbox`, and the environment of its clients."""

import base64
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

RINGFENCE = os.environ["RINGFENCE_BIN"]
SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"
UNREGISTERED = "00000000-0000-0000-0000-000000000002"
TENANT = "00000000-0000-0000-0000-00000000000f"
# Operations take one poll and one second. Without Retry-After these clients wait 30 s between two polls.
PACE = ("--polls", "1", "--retry-after", "1")
# Clients with fixed endpoints find the sandbox under these names.
AZURE = ("management.azure.com", "login.microsoftonline.com")
# What the SDKs for Python read: the proxy and the certificate authority.
SDK_VARIABLES = ("HTTPS_PROXY", "HTTP_PROXY", "https_proxy", "http_proxy", "NO_PROXY", "no_proxy", "REQUESTS_CA_BUNDLE")
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg"


def registry_id(name):
    return f"{GROUP}/providers/Microsoft.ContainerRegistry/registries/{name}"


def vnet_id(vnet="hub"):
    return f"{GROUP}/providers/Microsoft.Network/virtualNetworks/{vnet}"


def subnet_id(subnet="build", vnet="hub"):
    return f"{vnet_id(vnet)}/subnets/{subnet}"


def registry(name, sku="Premium", **changed):
    """A fresh registry with every property of 2026-09-01-preview (keys and values recorded: azure-cli
    test_acr_with_dual_stack_endpoints, 2026-09). Below Premium there is no `networkRuleSet`."""
    made = "2026-09-10T06:48:16.1242114"
    system = {"By": "test@example.com", "ByType": "User", "At": made + "+00:00"}
    properties = {
        "loginServer": f"{name}.azurecr.io", "creationDate": made + "Z", "provisioningState": "Succeeded",
        "adminUserEnabled": False,
        "networkRuleSet": {"defaultAction": "Allow", "virtualNetworkRules": [], "ipRules": []},
        "policies": {"quarantinePolicy": {"status": "disabled"},
                     "trustPolicy": {"type": "Notary", "status": "disabled"},
                     "retentionPolicy": {"days": 7, "lastUpdatedTime": made + "+00:00", "status": "disabled"},
                     "exportPolicy": {"status": "enabled"}},
        "encryption": {"status": "disabled"}, "dataEndpointEnabled": False, "dataEndpointHostNames": [],
        "privateEndpointConnections": [], "publicNetworkAccess": "Enabled",
        "networkRuleBypassOptions": "AzureServices", "networkRuleBypassAllowedForTasks": False,
        "zoneRedundancy": "Disabled", "anonymousPullEnabled": False,
        "roleAssignmentMode": "LegacyRegistryPermissions",
    } | changed
    if sku != "Premium":
        del properties["networkRuleSet"]
    return {"id": registry_id(name), "name": name, "type": "Microsoft.ContainerRegistry/registries",
            "location": "eastus", "tags": {}, "sku": {"name": sku, "tier": sku}, "properties": properties,
            "systemData": {when + key: value for when in ("created", "lastModified") for key, value in system.items()}}


def vnet(name, subnets):
    subnets = [{"name": subnet, "id": subnet_id(subnet, name), "properties": {"addressPrefix": f"10.0.{at}.0/24"}}
               for at, subnet in enumerate(subnets)]
    return {"id": vnet_id(name), "name": name, "type": "Microsoft.Network/virtualNetworks", "location": "eastus",
            "properties": {"addressSpace": {"addressPrefixes": ["10.0.0.0/16"]}, "subnets": subnets}}


def state(resources):
    both = ["Microsoft.ContainerRegistry", "Microsoft.Network"]
    return {"subscriptions": [{"id": SUBSCRIPTION, "tenant": TENANT, "registered": both},
                              {"id": UNREGISTERED, "tenant": TENANT, "registered": ["Microsoft.Network"]}],
            "resources": resources}


class Sandbox:
    """`ringfence sandbox` on a free port, with its own folder, environment and request log."""

    def __init__(self, resources, *flags, names=()):
        """Starts it. Under `names` it stands in for Azure's own hosts."""
        self.folder = tempfile.TemporaryDirectory(prefix="ringfence-clients-")
        self.path = Path(self.folder.name)
        self.log = self.path / "requests.jsonl"
        self.state = self.path / "state.json"
        self.state.write_text(json.dumps(state(resources)))
        words = [RINGFENCE, "sandbox", "--state", self.state, "--request-log", self.log, *PACE, *flags]
        for name in names:
            words += ["--announce", name]
        with open(self.path / "stderr", "w") as stderr:
            self.process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=stderr, env=plain(self.path),
                                            text=True)
        late = threading.Timer(60, self.process.kill)
        late.start()
        line = self.process.stdout.readline()
        late.cancel()
        if not line:
            raise AssertionError("the sandbox did not start: " + (self.path / "stderr").read_text())
        self.ready = json.loads(line)
        self.gate = Gate(self.port(), names)

    def port(self):
        return int(self.ready["arm"].rsplit(":", 1)[1])

    def stop(self):
        """Stops the sandbox with SIGTERM, as a service manager does, and returns its exit code."""
        self.gate.close()
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(timeout=30)
        finally:
            self.process.kill()
            self.process.wait()
            self.process.stdout.close()
            self.folder.cleanup()

    def requests(self):
        """Returns the requests to ARM since the last call."""
        return [line for line in self.logged() if line["path"].lower().startswith("/subscriptions")]

    def answers(self):
        """Returns the statuses of all answers since the last call."""
        return [line["status"] for line in self.logged()]

    def logged(self):
        """Returns the lines of the request log, and empties it."""
        lines = [json.loads(line) for line in self.log.read_text().splitlines()]
        self.log.write_text("")
        return lines

    def resource(self, resource_id):
        """Returns a resource of the saved state."""
        saved = json.loads(self.state.read_text())["resources"]
        found = [one for one in saved if one["id"].lower() == resource_id.lower()]
        return found[0] if found else None

    def lend_environment(self, case):
        """Sets the variables that the SDKs read in this process until the tests of a class end."""
        env = self.environment()
        before = {name: os.environ.get(name) for name in SDK_VARIABLES}
        os.environ.update({name: env[name] for name in SDK_VARIABLES})
        case.addClassCleanup(restore, before)

    def environment(self):
        """Returns the environment of a client: the CA in each client's own variable, and a proxy that refuses other hosts."""
        proxy = f"http://127.0.0.1:{self.gate.port}"
        ca = self.ready["ca_file"]
        return plain(self.path) | {
            "HTTPS_PROXY": proxy, "HTTP_PROXY": proxy, "https_proxy": proxy, "http_proxy": proxy,
            "NO_PROXY": "127.0.0.1,localhost", "no_proxy": "127.0.0.1,localhost",
            "REQUESTS_CA_BUNDLE": ca, "SSL_CERT_FILE": ca, "NODE_EXTRA_CA_CERTS": ca,
            "AZURE_AUTHORITY_HOST": self.ready["authority"], "AZURE_TENANT_ID": self.ready["tenant_id"],
            "AZURE_CLIENT_ID": self.ready["client_id"], "AZURE_CLIENT_SECRET": self.ready["client_secret"],
            "RINGFENCE_ARM_ENDPOINT": self.ready["arm"], "RINGFENCE_CA_FILE": ca,
        }


def restore(values):
    """Sets variables of this process back."""
    for name, value in values.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


def federated_token(issuer="https://token.actions.githubusercontent.com", audience="api://AzureADTokenExchange"):
    """Returns a token as a pipeline's issuer makes it. The sandbox does not know the issuer's key."""
    now = int(time.time())
    claims = {"iss": issuer, "aud": audience, "sub": "repo:contoso/infra:ref:refs/heads/main",
              "iat": now, "nbf": now, "exp": now + 600}
    parts = [{"alg": "RS256", "typ": "JWT", "kid": "1"}, claims]
    encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts]
    return ".".join([*encoded, base64.urlsafe_b64encode(b"signature").decode().rstrip("=")])


def plain(home):
    """Returns an environment without the user's Azure settings."""
    return {"PATH": os.environ["PATH"], "HOME": str(home), "LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1"}


def inside(resources, words, *flags):
    """Runs a command as `ringfence sandbox … -- COMMAND`, with the environment that this sets and a proxy that does not
    exist."""
    with tempfile.TemporaryDirectory(prefix="ringfence-clients-") as folder:
        seed = Path(folder, "seed.json")
        seed.write_text(json.dumps(state(resources)))
        nowhere = {name: "http://127.0.0.1:9" for name in ("HTTPS_PROXY", "HTTP_PROXY", "https_proxy", "http_proxy")}
        env = plain(folder) | nowhere | {"AZURE_CONFIG_DIR": f"{folder}/azure"}
        env["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{env['PATH']}"
        return run([RINGFENCE, "sandbox", "--seed", seed, *PACE, *flags, "--", *words], env, cwd=folder)


class Gate:
    """An HTTP proxy on loopback. It sends `*.azurecr.io` to the sandbox, as Azure's name service sends it to a registry,
    and so the names that the sandbox stands in for. It refuses and records every other name, because no client of these
    tests may contact another host."""

    def __init__(self, port, names=()):
        self.target, self.names = port, names
        self.refused = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def close(self):
        self.listener.close()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        with client:
            head = b""
            while b"\r\n\r\n" not in head:
                part = client.recv(4096)
                if not part:
                    return
                head += part
            words = head.split(b"\r\n", 1)[0].decode("ascii", "replace").split(" ")
            host = words[1].rsplit(":", 1)[0] if len(words) > 1 else ""
            if words[0] != "CONNECT" or not (host.endswith(".azurecr.io") or host in self.names):
                self.refused.append(" ".join(words[:2]))
                client.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
                return
            with socket.create_connection(("127.0.0.1", self.target)) as server:
                client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                back = threading.Thread(target=pump, args=(server, client), daemon=True)
                back.start()
                pump(client, server)
                back.join(timeout=30)


def pump(source, sink):
    """Copies until one side ends."""
    try:
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def run(words, env, cwd=None, timeout=300):
    """Runs a command to its end."""
    return subprocess.run([str(word) for word in words], env=env, cwd=cwd, timeout=timeout, text=True,
                          stdin=subprocess.DEVNULL, capture_output=True)
