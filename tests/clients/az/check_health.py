#!/usr/bin/env python3
"""Compares `az acr check-health` with `ringfence doctor` on the set-ups of docs/doctor.md, and prints that page's table.

    tests/clients/run check_health_is_installed   # installs the Azure CLI, once
    RINGFENCE_BIN=target/release/ringfence PYTHON-OF-THE-CLIENTS tests/clients/az/check_health.py [NAME…]

It runs itself in a network namespace of its own (`unshare`), where a name server, a registry on port 443 and broken servers
are on loopback, so nothing leaves the machine. With names, only the set-ups whose name contains one are run; `TCP gets no
answer` takes the CLI two minutes. Times are those of this machine. Needs Linux, unshare, ip and openssl."""

import contextlib
import json
import os
import re
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
INSIDE = "RINGFENCE_CHECK_HEALTH_INSIDE"
HOST = "contoso.azurecr.io"
DATA = "contoso.eastus.data.azurecr.io"
OWN = "198.51.100.7"
# Neither is installed where this was measured, and both say nothing of the registry.
ENVIRONMENT = {"DOCKER_COMMAND_ERROR", "HELM_COMMAND_ERROR"}


def serve(address, handle, backlog=16):
    """Answers each connection in a thread."""
    listener = socket.create_server(address, backlog=backlog)

    def accept():
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=handle, args=(client,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    return listener


def read_head(client):
    head = b""
    while b"\r\n\r\n" not in head:
        part = client.recv(4096)
        if not part:
            return head
        head += part
    return head


def join(one, other):
    """Copies bytes in both directions."""

    def copy(source, target):
        try:
            while part := source.recv(65536):
                target.sendall(part)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    back = threading.Thread(target=copy, args=(other, one), daemon=True)
    back.start()
    copy(one, other)
    back.join()


def forwarder(port):
    """Joins each connection with one to a port of this machine."""

    def handle(client):
        with client, socket.create_connection(("127.0.0.1", port)) as server:
            join(client, server)

    return handle


def proxy(status):
    """An HTTP proxy that answers CONNECT with this status line, and with 200 goes to the registry."""

    def handle(client):
        with client:
            if not read_head(client):
                return
            client.sendall(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode())
            if status.startswith("200"):
                with socket.create_connection(("127.0.0.1", 443)) as server:
                    join(client, server)

    return serve(("127.0.0.1", 8080), handle)


def tls_server(address, folder, answer):
    """A server for the registry's name, with a certificate of an authority of its own, `ca.pem` in the folder."""
    run = lambda *words: subprocess.run(["openssl", *words], check=True, cwd=folder, capture_output=True)
    run("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/O=Contoso Web Gateway/CN=Gateway",
        "-keyout", "ca.key", "-out", "ca.pem")
    run("req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={HOST}", "-keyout", "own.key", "-out", "own.csr")
    Path(folder, "names").write_text(f"subjectAltName=DNS:{HOST}\n")
    run("x509", "-req", "-in", "own.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2",
        "-extfile", "names", "-out", "own.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(Path(folder, "own.pem"), Path(folder, "own.key"))

    def handle(client):
        try:
            with context.wrap_socket(client, server_side=True) as stream:
                if read_head(stream):
                    stream.sendall(answer)
        except OSError:
            pass

    return serve((address, 443), handle)


def silent(address):
    """An address whose connections get no answer: the queue of its listener is full."""
    listener = socket.create_server((address, 443), backlog=0)
    return [listener, socket.create_connection((address, 443))]


class NameServer:
    """Answers A for the names that it knows, NXDOMAIN for others, and an alias without an address for None."""

    def __init__(self):
        self.names = {}
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 53))
        threading.Thread(target=self.answer, daemon=True).start()

    def answer(self):
        while True:
            query, client = self.socket.recvfrom(512)
            labels, at = [], 12
            while query[at]:
                labels.append(query[at + 1:at + 1 + query[at]].decode())
                at += query[at] + 1
            kind, question = query[at + 1:at + 3], query[12:at + 5]
            name, records, code = ".".join(labels).lower(), b"", 0
            if name not in self.names:
                code = 0 if name.endswith(".privatelink.azurecr.io") else 3
            elif self.names[name] is None:
                alias = b"".join(bytes([len(part)]) + part.encode() for part in f"{labels[0]}.privatelink.azurecr.io".split("."))
                records = b"\xc0\x0c\x00\x05\x00\x01\x00\x00\x00\x01" + (len(alias) + 1).to_bytes(2, "big") + alias + b"\0"
            elif kind == b"\0\1":
                records = b"\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x01\x00\x04" + socket.inet_aton(self.names[name])
            head = query[:2] + bytes([0x81, 0x80 | code]) + b"\0\1" + (b"\0\1" if records else b"\0\0") + b"\0\0\0\0"
            self.socket.sendto(head + question + records, client)


FILTERED = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 20\r\nConnection: close\r\n\r\n<html>blocked</html>"
DENY = {"defaultAction": "Deny", "virtualNetworkRules": [], "ipRules": [{"action": "Allow", "value": "203.0.113.9"}]}
PRIVATE = [{"properties": {"provisioningState": "Succeeded", "privateEndpoint": {"id": "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Network/privateEndpoints/one"},
                           "privateLinkServiceConnectionState": {"status": "Approved"}}}]


def fault(path, status):
    return [{"fault": status, "code": "UNAUTHORIZED", "message": "refused", "match": {"path": path}}]


# Name on the page: properties of the registry, address of its name (or None), faults, server in its place, proxy.
SETUPS = {
    "in order": {},
    "the firewall refuses": {"registry": {"networkRuleSet": DENY}},
    "public access is disabled, and the name resolves to a public address":
        {"registry": {"publicNetworkAccess": "Disabled", "privateEndpointConnections": PRIVATE}},
    "the name does not exist": {"names": {}},
    "a private zone lacks the record": {"names": {HOST: None}},
    "TCP is refused": {"address": "127.0.0.2"},
    "TCP gets no answer": {"address": "127.0.0.3", "silent": True},
    "a gateway opens TLS": {"address": "127.0.0.4", "gateway": FILTERED},
    "a proxy wants credentials": {"proxy": "407 Proxy Authentication Required"},
    "no rule admits the proxy": {"registry": {"networkRuleSet": DENY}, "proxy": "200 OK"},
    "a filter on the way answers 403": {"address": "127.0.0.5", "gateway": FILTERED, "trusted": True},
    "the identity has no role": {"faults": fault("/oauth2/exchange", 401)},
    "the registry answers 429": {"faults": fault("/v2/", 429)},
    "a data endpoint has no DNS record": {"registry": {"dataEndpointEnabled": True, "dataEndpointHostNames": [DATA]}},
}


def measured(sandbox, words, env):
    """Runs a command, and returns its output, its time and the requests to the sandbox."""
    sandbox.logged()
    began = time.monotonic()
    done = subprocess.run(words, env=env, capture_output=True, text=True, cwd=sandbox.path)
    seconds = time.monotonic() - began
    return done, f"{seconds:.1f}", len(sandbox.logged())


def of_az(done):
    codes = [code for code in re.findall(r"[A-Z_]+_ERROR", done.stderr) if code not in ENVIRONMENT]
    return f"`{codes[0]}`" if codes else "OK"


def of_doctor(done):
    verdicts = json.loads(done.stdout)["verdicts"]
    return verdicts[0]["id"] if verdicts else "nothing known found"


def both(sandbox, setup, server, folder):
    """Breaks the way to the registry, and returns what the Azure CLI says and what doctor says."""
    import lab
    from azure_cli import AzureCli

    address = setup.get("address", "127.0.0.1")
    # The name of a registry has no port, and so it is reached on that of HTTPS.
    held = [serve(("127.0.0.1", 443), forwarder(sandbox.port()))]
    try:
        server.names = setup.get("names", {HOST: address})
        # No Docker and no Helm of this machine.
        env = dict(AzureCli(sandbox).env, NO_PROXY="127.0.0.1", no_proxy="127.0.0.1", PATH=str(Path(sys.executable).parent))
        for variable in ("HTTPS_PROXY", "HTTP_PROXY", "https_proxy", "http_proxy"):
            env.pop(variable)
        if "gateway" in setup:
            held.append(tls_server(address, folder, setup["gateway"]))
        if setup.get("silent"):
            held.extend(silent(address))
        if setup.get("trusted"):
            bundle = Path(folder, "bundle.pem")
            bundle.write_text(Path(env["RINGFENCE_CA_FILE"]).read_text() + Path(folder, "ca.pem").read_text())
            env |= {name: str(bundle) for name in ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "RINGFENCE_CA_FILE")}
        if "proxy" in setup:
            held.append(proxy(setup["proxy"]))
            env["HTTPS_PROXY"] = "http://127.0.0.1:8080"
        az = measured(sandbox, ["az", "acr", "check-health", "-n", "contoso", "--ignore-errors", "--yes"], env)
        words = [lab.RINGFENCE, "doctor", "contoso", "-o", "json", "--dns-server", "127.0.0.1:53", "--connect-to", f"{address}:443"]
        return az, measured(sandbox, words, env | {"RINGFENCE_AUTH": "client-secret"})
    finally:
        for one in held:
            # A thread that waits for the next connection keeps the port. A connection may have ended with its listener.
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()


def row(name, setup, server):
    import lab

    with tempfile.TemporaryDirectory(prefix="ringfence-health-") as folder:
        registry = lab.registry("contoso", **setup.get("registry", {}))
        for connection in registry["properties"]["privateEndpointConnections"]:
            connection["id"] = f"{registry['id']}/privateEndpointConnections/one"
        flags = ["--client-ip", OWN]
        if "faults" in setup:
            Path(folder, "faults.json").write_text(json.dumps(setup["faults"]))
            flags += ["--faults", f"{folder}/faults.json"]
        sandbox = lab.Sandbox([registry], *flags)
        try:
            az, own = both(sandbox, setup, server, folder)
        finally:
            sandbox.stop()
    said = [of_az(az[0]), az[1], az[2], of_doctor(own[0]), own[1], own[2]]
    print("| " + " | ".join(str(cell) for cell in [name, *said]) + " |", flush=True)


def main(wanted):
    if not os.environ.get(INSIDE):
        words = ["unshare", "--map-root-user", "--net", "--mount", sys.executable, "-B", __file__, *wanted]
        os.execvpe(words[0], words, dict(os.environ, **{INSIDE: "1"}))
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    with tempfile.NamedTemporaryFile("w", prefix="resolv-") as resolv:
        resolv.write("nameserver 127.0.0.1\noptions timeout:2 attempts:1\n")
        resolv.flush()
        subprocess.run(["mount", "--bind", resolv.name, "/etc/resolv.conf"], check=True)
        server = NameServer()
        print("| set-up | `az acr check-health` says | s | requests | `ringfence doctor` says | s | requests |")
        print("|---|---|---|---|---|---|---|", flush=True)
        for name, setup in SETUPS.items():
            if not wanted or any(part in name for part in wanted):
                row(name, setup, server)


if __name__ == "__main__":
    main(sys.argv[1:])
