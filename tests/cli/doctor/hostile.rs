//! Hostile servers, files and programs: nothing panics, hangs or reaches a terminal.

use serde_json::json;

use super::dns_server::Says;
use super::lab::{HOST, Lab};
use super::servers::{CLOSED, Impostor, challenge, http, proxy};

/// Checks that a run ends with a result, and that no format has a control character or a command of a CI system.
fn stays_harmless(lab: &mut Lab, what: &str) {
    for format in ["text", "json", "jsonl", "markdown"] {
        let (code, stdout, stderr) = lab.run_as(format);
        assert!(matches!(code, 0 | 2), "{what}: {code}\n{stderr}");
        for hazard in ["\u{1b}", "\u{7}", "\u{202e}", "##vso["] {
            assert!(
                !stdout.contains(hazard) && !stderr.contains(hazard),
                "{what}: {stdout}{stderr}"
            );
        }
    }
}

#[test]
fn answers_of_hostile_servers_are_judged() {
    let evil = "\u{1b}[2J\u{7}\u{202e}##vso[task.complete]";
    let denial = json!({"errors": [{"code": evil, "message": format!("client with IP '{evil}' is not allowed")}]});
    let realm = format!(
        "HTTP/1.1 401 X\r\nWWW-Authenticate: Bearer realm=\"{}\",service=\"##vso[x]\"\r\n\r\n",
        "a".repeat(9000)
    );
    for answer in [
        String::new(),
        "\r\n\r\n".to_owned(),
        "HTTP/1.1 999 ?\r\n\r\n".to_owned(),
        "HTTP/1.1 403 Forbidden\r\nContent-Length: 99999999999999999999\r\n\r\n".to_owned(),
        "HTTP/1.1 403 Forbidden\r\nContent-Length: 100\r\n\r\nshort".to_owned(),
        http("403 Forbidden", &denial.to_string()),
        http("403 Forbidden", &"[".repeat(60_000)),
        http("401 Unauthorized", &"x".repeat(200_000)),
        realm,
    ] {
        let impostor = Impostor::start("DigiCert Inc", &[HOST], vec![("/v2/", answer.clone())]);
        let what: String = answer.chars().take(60).collect();
        stays_harmless(Lab::new().impostor(&impostor, true), &what);
    }
}

#[test]
fn tokens_of_hostile_servers_are_judged() {
    for token in [
        "{}",
        "[]",
        r#"{"refresh_token": 1}"#,
        r#"{"refresh_token": "a.b"}"#,
        "\u{1b}[2J",
    ] {
        let answers = vec![("/v2/", challenge(HOST)), ("/oauth2/", http("200 OK", token))];
        let impostor = Impostor::start("DigiCert Inc", &[HOST], answers);
        let mut lab = Lab::new();
        lab.impostor(&impostor, true).flag("--repository", "web");
        stays_harmless(&mut lab, token);
    }
}

#[test]
fn issuers_proxies_and_names_are_shown_without_control_characters() {
    let impostor = Impostor::start("\u{1b}[2J##vso[x]\u{7}", &[HOST], vec![]);
    stays_harmless(Lab::new().impostor(&impostor, false), "issuer");
    let proxy = proxy("407 \u{1b}[2J", CLOSED);
    stays_harmless(
        Lab::new().variable("HTTPS_PROXY", &format!("http://{proxy}")),
        "proxy",
    );
    for url in ["http://", "://", "http://\u{1b}[2J:1", "http://[::1", "x"] {
        stays_harmless(Lab::new().variable("HTTPS_PROXY", url), url);
    }
    let odd = vec![(HOST, Says::aliased(&["other.example", HOST], &[]))];
    stays_harmless(Lab::new().dns(odd), "a circle of aliases");
}

#[test]
fn files_and_programs_of_docker_are_judged() {
    for config in [
        "",
        "[]",
        r#"{"auths": []}"#,
        r#"{"auths": {"contoso.azurecr.io": 1}}"#,
        r#"{"credsStore": "../x"}"#,
        r#"{"credsStore": "none"}"#,
        r#"{"proxies": 1}"#,
    ] {
        stays_harmless(Lab::new().file(".docker/config.json", config), config);
    }
    for answer in [
        "echo",
        "echo '{\"Client\":1}'",
        "printf '\\033[2J'; exit 3",
        "echo '{\"Client\":{\"Version\":\"\\u001b[2J\"}}'",
    ] {
        let mut lab = Lab::new();
        lab.program("docker", answer)
            .program("az", answer)
            .program("docker-credential-lab", answer);
        lab.file(".docker/config.json", r#"{"credsStore": "lab"}"#);
        stays_harmless(&mut lab, answer);
    }
}
