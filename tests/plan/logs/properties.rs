//! Properties of the matcher: no text makes it fail, no secret passes, long logs are read in pieces.

use proptest::prelude::*;
use ringfence::doctor::{Confidence, read_log};

use super::{diagnosed, ids};

const DENIED: &str = "denied: client with IP '203.0.113.7' is not allowed access. Refer https://aka.ms/acr/firewall to grant access.";

#[test]
fn verdict_names_line_registry_address_and_remedy() {
    let log = format!("pulling contoso.azurecr.io/web:1\n\n{DENIED}\n");
    let verdict = &diagnosed(&log).verdicts[0];
    assert_eq!(
        (verdict.id.as_str(), verdict.confidence),
        ("NC2", Confidence::High)
    );
    assert_eq!((verdict.seen[0].line, verdict.times), (3, 1));
    assert_eq!(verdict.registries, ["contoso.azurecr.io"]);
    assert_eq!(verdict.addresses, ["203.0.113.7"]);
    assert!(verdict.remedies[0].contains("ringfence explain contoso --from 203.0.113.7"));
}

#[test]
fn hosts_that_only_begin_like_a_registry_are_others() {
    for host in [
        "contoso.azurecr.io.attacker.net",
        "contoso.azurecr.io@attacker.net",
        "contoso.azurecr.iofoo.net",
    ] {
        let log = format!("Get https://{host}/v2/: dial tcp: lookup {host}: no such host");
        assert_eq!(ids(&log), Vec::<String>::new(), "{log}");
    }
    let log = "Get https://contoso.azurecr.io./v2/: lookup contoso.azurecr.io: no such host";
    assert_eq!(diagnosed(log).verdicts[0].registries, ["contoso.azurecr.io"]);
}

#[test]
fn throttling_counts_beside_a_registry() {
    let log = "az acr show -n contoso: contoso.azurecr.io\nERROR: (SubscriptionRequestsThrottled) Number of 'read' requests for subscription 's' exceeded.";
    assert_eq!(ids(log), ["SubscriptionRequestsThrottled"]);
}

#[test]
fn masked_registry_is_said_to_be_masked() {
    let log = "Get \"https://***/v2/\": dial tcp: lookup *** on 127.0.0.53:53: no such host";
    let verdict = &diagnosed(log).verdicts[0];
    assert!(verdict.masked && verdict.registries.is_empty());
    assert!(verdict.remedies[0].contains("REGISTRY.azurecr.io"));
}

#[test]
fn each_sighting_is_counted_once_over_block_borders() {
    for filler in [0, 1, 60_000, 65_400, 65_535, 65_536, 131_000] {
        let log = format!("{}\n{DENIED}\n", "x".repeat(filler)).repeat(3);
        let verdict = &diagnosed(&log).verdicts[0];
        assert_eq!((verdict.times, verdict.seen[2].line), (3, 6), "{filler}");
    }
}

#[test]
fn text_across_the_border_of_two_blocks_is_found() {
    for filler in (64_000..66_000).step_by(97) {
        let log = format!("{}\n{DENIED}", "x".repeat(filler));
        assert_eq!(diagnosed(&log).verdicts[0].times, 1, "{filler}");
    }
}

#[test]
fn secrets_of_a_log_are_in_no_verdict() {
    let secrets = [
        "https://eusmanaged1.blob.core.windows.net/a//docker/registry/v2/blobs/sha256/ab/data?se=1&sig=TOPSECRET%2Fx&sp=r: 403 Forbidden",
        "failed to fetch anonymous token: https://contoso.azurecr.io/oauth2/token?access_token=TOPSECRET&scope=a:403",
        "dial tcp: lookup password=TOPSECRET contoso.azurecr.io: no such host",
        "CONNECTIVITY_REFRESH_TOKEN_ERROR eyJTOPSECRET0.eyJ.sig registry contoso.azurecr.io Response code: 403",
        "login attempt to https://contoso.azurecr.io/v2/?password=TOPSECRET failed with status: 403 Forbidden",
        "code: DENIED Authorization: Bearer TOPSECRETTOPSECRET aka.ms/acr/firewall",
        "code: DENIED {\"auths\":{\"contoso.azurecr.io\":{\"auth\":\"TOPSECRET=\"}}} aka.ms/acr/firewall",
    ];
    for log in secrets {
        let diagnosis = diagnosed(log);
        assert!(!diagnosis.verdicts.is_empty(), "{log}");
        let json = serde_json::to_string(&diagnosis).unwrap();
        assert!(!json.contains("TOPSECRET"), "{json}");
    }
}

#[test]
fn unreadable_bytes_are_read_as_text() {
    let mut log = vec![0xff, 0xfe, b'\n', 0, 0x1b];
    log.extend(DENIED.bytes());
    log.extend([0xc3, 0x28]);
    assert_eq!(read_log(&log[..]).unwrap().diagnosis().verdicts[0].id, "NC2");
}

proptest! {
    #[test]
    fn no_text_makes_the_matcher_fail(log in "(?s).{0,400}", cut in 0..DENIED.len()) {
        ids(&log);
        // Parts of known words, with anything around.
        ids(&format!("{log}{}{log}https://contoso.azurecr.io\n", &DENIED[..cut]));
        ids(&format!("{}{log}", &DENIED[cut..]));
    }

    #[test]
    fn surrounding_text_hides_no_denial(before in "(?s)[^*/:]{0,300}", after in "(?s).{0,300}") {
        let found = ids(&format!("{before}\n{DENIED}\n{after}"));
        prop_assert!(found.contains(&"NC2".to_owned()), "{found:?}");
    }
}
