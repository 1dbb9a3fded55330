//! The text, the Markdown and the lines of a diagnosis, and what they never say.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hickory_proto::op::ResponseCode;
use serde_json::{Value, json};

use super::dns_server::Says;
use super::lab::{HOST, Lab, OWN};
use super::servers::{CLOSED, Impostor, challenge, proxy};
use crate::azure_bodies::{SUBSCRIPTION, subnet_id};
use crate::virtual_network::vnet_body;

/// Replaces the port of the sandbox, which is another one in each run.
fn without_ports(text: &str) -> String {
    let port = regex::Regex::new(r"127\.0\.0\.1:\d+").unwrap();
    port.replace_all(text, "127.0.0.1:PORT").into_owned()
}

/// The remedies of a verdict or a note.
fn remedies(lab: &mut Lab, list: &str, id: &str) -> Vec<String> {
    let seen = lab.run();
    let found = seen.document[list].as_array().expect("a list");
    let one = found.iter().find(|one| one["id"] == id).expect("it is found");
    let remedies = one["remedies"].as_array().expect("remedies").iter();
    remedies
        .map(|remedy| remedy.as_str().expect("a text").to_owned())
        .collect()
}

#[test]
fn remedies_help_in_the_case_at_hand() {
    let mut subnets = Lab::new();
    let subnet = subnet_id("hub", "build");
    subnets.deny(&[OWN]).admit_subnet(subnet.as_str());
    subnets.resource(vnet_body(&[subnet]));
    assert_eq!(
        remedies(&mut subnets, "notes", "N10"),
        [
            "let trusted services come through a private endpoint",
            "remove every subnet rule"
        ]
    );
    let mut dual_stack = Lab::new();
    let data = "contoso.eastus.data.azurecr.io";
    dual_stack.set(&json!({"endpointProtocol": "IPv4AndIPv6", "dataEndpointEnabled": true, "dataEndpointHostNames": [data]}));
    assert_eq!(
        remedies(&mut dual_stack, "notes", "N9"),
        ["set `endpointProtocol: IPv4` in the spec of contoso"]
    );
    let mut proxied = Lab::new();
    proxied.variable("HTTPS_PROXY", &format!("http://{CLOSED}"));
    let found = remedies(&mut proxied, "verdicts", "N5b");
    assert!(found[0].starts_with("correct `HTTPS_PROXY`"), "{found:?}");
    assert!(!found.iter().any(|remedy| remedy.contains("daemon")), "{found:?}");
    let mut basic = Lab::new();
    basic.registry["sku"] = json!({"name": "Basic", "tier": "Basic"});
    let properties = basic.registry["properties"].as_object_mut().unwrap();
    properties.remove("networkRuleSet");
    let command = format!("az acr update -n contoso --sku Premium --subscription {SUBSCRIPTION}");
    assert_eq!(
        remedies(&mut basic, "notes", "S3"),
        [format!("change the tier: `{command}`")]
    );
}

#[test]
fn refusal_is_told_with_the_line_to_add() {
    let mut lab = Lab::new();
    lab.deny(&["198.51.100.0/30"]);
    let (code, stdout, _) = lab.run_as("text");
    assert_eq!(code, 2, "{stdout}");
    insta::assert_snapshot!(without_ports(&stdout), @r"
    1 possible cause found on the way to contoso.azurecr.io, the likeliest first

    ✘ the registry's firewall refuses this client (NC2, likely)
      - address that the registry saw: 198.51.100.7
      - settings: public network access is enabled
      - settings: the default action is Deny: the rules decide
      - settings: no IP rule admits it
      - nearest rule: 198.51.100.0/30 (distance 4)
      - why: no rule admits the address that the registry saw, or public network access is disabled
      to do: add `- 198.51.100.7` to `ipRules` in the spec of contoso
      to do: see why: `ringfence explain contoso --from 198.51.100.7`
      to do: for good: `ringfence rule add -n contoso --ip-address 198.51.100.7`, or the same line in `ipRules` of the spec
      to do: for one job: `ringfence with-access contoso -- COMMAND`
      see https://aka.ms/acr/firewall

    step by step
      ✔ name: contoso
      ✔ registry: Premium, selected networks (1 IP, 0 subnets)
      – DNS: not asked: the address to connect to is given
      – proxy: none for this host
      ✔ TCP: connected to 127.0.0.1:PORT
      ✔ TLS: trusted, issued by ringfence sandbox CA
      ✘ GET /v2/: 403: the registry refuses 198.51.100.7
      – other hosts: the registry lists none of its own
      – sign-in: not reached
      – repository: none was asked for, or not reached
      – Docker: not found on this machine
      – Azure CLI: not found on this machine
      – login events: no diagnostic setting sends them anywhere

    not the cause here, but worth knowing
      ! the Docker client is missing or too old (LX1)
        to do: install Docker, or get a token without it: `az acr login -n contoso --expose-token`
      ! nothing keeps the login events of the registry (NX10)
        to do: keep them: `az monitor diagnostic-settings create -n logins --resource /subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/contoso --workspace WORKSPACE_ID --logs '[{category:ContainerRegistryLoginEvents,enabled:true}]'`
      ! ACR Tasks do not get into the registry (N9)
        to do: set `tasksBypass: true` in the spec of contoso
    ");
}

#[test]
fn step_that_a_cause_names_does_not_hold() {
    let mut old = Lab::new();
    let versions = json!({"Client": {"Version": "17.09.0"}, "Server": {"Version": "17.09.0"}});
    old.program("docker", &format!("echo '{versions}'"));
    let seen = old.run();
    assert_eq!(
        (seen.ids("verdicts"), seen.step("Docker")),
        (vec!["LX1".to_owned()], "failed")
    );
    // Another host is told by its name, and nothing is said of its answer or of clients of registries.
    let host = "gitlab.example.com";
    let impostor = Impostor::start("DigiCert Inc", &[host], vec![("/v2/", challenge(host))]);
    let mut other = Lab::new();
    other.ask(host).impostor(&impostor, true);
    let seen = other.run();
    assert_eq!(seen.ids("verdicts"), ["NOT_A_REGISTRY"]);
    assert_eq!((seen.step("name"), seen.step("GET /v2/")), ("failed", "skipped"));
    assert_eq!(seen.ids("notes"), [""; 0]);
}

/// A case: its name, what makes it, and the commands of ringfence that are offered there.
type Case = (&'static str, fn(&mut Lab), &'static [&'static str]);

const REFUSED: &[Case] = &[
    (
        "no rule",
        |lab| {
            lab.deny(&[]);
        },
        &["explain", "rule", "with-access"],
    ),
    (
        "disabled",
        |lab| {
            lab.set(&json!({"publicNetworkAccess": "Disabled"}));
        },
        &["explain"],
    ),
    (
        "agents, and disabled",
        |lab| {
            lab.deny(&[]).set(&json!({"publicNetworkAccess": "Disabled"}));
            lab.flags(&["--devops"]);
        },
        &["with-access"],
    ),
    (
        "agents, and rules without effect",
        |lab| {
            lab.deny(&["203.0.113.9"])
                .set(&json!({"publicNetworkAccess": "Disabled"}));
            lab.flags(&["--devops"]);
        },
        &[],
    ),
    (
        "IPv6",
        |lab| {
            lab.deny(&[]).seen_from("2001:db8::7");
        },
        &["explain"],
    ),
    (
        "IPv6, and disabled",
        |lab| {
            lab.deny(&[]).set(&json!({"publicNetworkAccess": "Disabled"}));
            lab.seen_from("2001:db8::7");
        },
        &["explain"],
    ),
    (
        "this machine",
        |lab| {
            lab.deny(&[]).seen_from("127.0.0.1");
        },
        &["explain"],
    ),
];

/// What a diagnosis offers, the command itself does not refuse.
#[test]
fn offered_commands_are_not_refused() {
    for (what, make, want) in REFUSED {
        let mut lab = Lab::new();
        make(&mut lab);
        lab.program("COMMAND", "exit 0");
        let seen = lab.run();
        let mut offered = Vec::new();
        for verdict in seen.document["verdicts"].as_array().unwrap() {
            let remedies = verdict["remedies"].as_array().unwrap().iter();
            let texts =
                remedies.flat_map(|remedy| remedy.as_str().unwrap().split('`').skip(1).step_by(2));
            offered.extend(
                texts
                    .filter(|text| text.starts_with("ringfence "))
                    .map(str::to_owned),
            );
        }
        // Access for a while ends, so it goes before a rule that stays.
        offered.sort_by_key(|command| std::cmp::Reverse(command.contains("with-access")));
        let mut names = Vec::new();
        for command in &offered {
            let words: Vec<String> = command.split(' ').skip(1).map(str::to_owned).collect();
            let (code, stdout, stderr) = lab.run_words(&words);
            assert!(
                matches!(code, 0 | 2),
                "{what}: `{command}` {code} {stdout}{stderr}"
            );
            names.push(words[0].clone());
        }
        names.sort();
        assert_eq!(names, *want, "{what}");
    }
}

#[test]
fn server_that_was_asked_is_named_with_its_port() {
    for (says, words) in [
        (
            Some(Says::Code(ResponseCode::ServFail)),
            "ask the server itself: ",
        ),
        (Some(Says::Code(ResponseCode::Refused)), "ask the server itself: "),
        (None, "look the name up: "),
    ] {
        let mut lab = Lab::new();
        lab.dns(says.map(|says| (HOST, says)).into_iter().collect());
        let found = remedies(&mut lab, "verdicts", "N1");
        let command = found[0].strip_prefix(words).expect(&found[0]);
        assert!(
            command.starts_with("`nslookup -port=")
                && command.ends_with(" contoso.azurecr.io 127.0.0.1`"),
            "{command}"
        );
    }
}

#[test]
fn ticket_has_causes_steps_and_boxes() {
    let mut lab = Lab::new();
    lab.connect_to(CLOSED);
    let (code, stdout, _) = lab.run_as("markdown");
    assert_eq!(code, 2, "{stdout}");
    for part in [
        "## ringfence doctor: contoso.azurecr.io",
        "### [N3](",
        "), likely: the client could not connect",
        "| ✘ | TCP |",
        "- [ ] ",
    ] {
        assert!(stdout.contains(part), "{stdout}");
    }
}

#[test]
fn lines_have_a_type_each() {
    let mut lab = Lab::new();
    lab.connect_to(CLOSED);
    let (_, stdout, _) = lab.run_as("jsonl");
    let mut kinds = Vec::new();
    for line in stdout.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        kinds.push(line["type"].as_str().unwrap().to_owned());
    }
    kinds.dedup();
    assert_eq!(kinds, ["verdict", "note", "step", "summary"]);
}

#[test]
fn secrets_of_docker_and_proxies_never_appear() {
    let secret = "s3cr3t-0f-th3-t3st";
    let pair = STANDARD.encode(format!("puller:{secret}"));
    for config in [
        json!({"auths": {HOST: {"auth": pair}}}).to_string(),
        json!({"auths": {HOST: {"auth": pair, "identitytoken": secret}}}).to_string(),
        format!("{{\"auths\": {{\"{HOST}\": {{\"auth\": \"{pair}\" {secret}"),
    ] {
        let mut lab = Lab::new();
        let with_password = format!("http://user:{secret}@{}", proxy("407 No", CLOSED));
        let daemon = json!({"proxies": {"https-proxy": with_password}});
        lab.file(".docker/config.json", &config)
            .file(".config/docker/daemon.json", &daemon.to_string())
            .variable("HTTPS_PROXY", &with_password);
        for format in ["text", "json", "jsonl", "markdown"] {
            let (_, stdout, stderr) = lab.run_as(format);
            for hidden in [secret, &pair, "dXNlcj"] {
                assert!(
                    !stdout.contains(hidden) && !stderr.contains(hidden),
                    "{stdout}{stderr}"
                );
            }
        }
    }
}

#[test]
fn refusal_of_the_network_never_asks_for_a_login() {
    let mut lab = Lab::new();
    lab.deny(&["203.0.113.9"]);
    for format in ["text", "json", "markdown"] {
        let (_, stdout, _) = lab.run_as(format);
        let stdout = stdout.to_ascii_lowercase();
        for bad in [
            "log in again",
            "az login",
            "admin-enabled",
            "default-action allow",
            "allow all",
        ] {
            assert!(!stdout.contains(bad), "{stdout}");
        }
    }
}

#[test]
fn log_and_probes_are_told_together() {
    let mut lab = Lab::new();
    lab.deny(&["203.0.113.9"]);
    lab.file(
        "log.txt",
        "denied: client with IP '198.51.100.7' is not allowed access to contoso.azurecr.io\n",
    );
    lab.flag("--log", "log.txt");
    let seen = lab.run();
    let first = &seen.document["verdicts"][0];
    assert_eq!(first["id"], "NC2", "{first}");
    assert!(first["facts"].is_array() && first["seen"].is_array(), "{first}");
    assert_eq!(seen.document["lines"], 1);
}

#[test]
fn sandbox_that_does_not_start_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("state.json"), "{").unwrap();
    let run =
        crate::ringfence_binary::run_in(folder.path(), &["doctor", "contoso", "--sandbox=state.json"]);
    assert_eq!(run.code, 1, "{}", run.stdout);
}

/// The login server of the registry with that name is another one.
#[test]
fn registry_of_another_host_is_not_taken_for_it() {
    let mut lab = Lab::new();
    lab.deny(&["203.0.113.9"]).ask("contoso-a1b2.azurecr.io");
    let seen = lab.run();
    assert_eq!(seen.step("registry"), "skipped", "{}", seen.document);
}

#[test]
fn doctor_without_a_registry_or_a_log_says_what_to_give() {
    let folder = tempfile::tempdir().unwrap();
    let run = crate::ringfence_binary::run_in(folder.path(), &["doctor"]);
    assert_eq!(run.code, 64);
    assert!(
        run.stderr
            .contains("ringfence doctor REGISTRY, or give --log FILE"),
        "{}",
        run.stderr
    );
}
