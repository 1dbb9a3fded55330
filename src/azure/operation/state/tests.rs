use super::*;
use serde_json::json;

const OP: &str = "https://arm/op?t=1&c=2&s=3&h=4";
const OP2: &str = "https://arm/op?t=5&c=6&s=7&h=8";
const LOC: &str = "https://arm/results/1";

fn state(stage: Stage) -> OperationState {
    OperationState {
        deleting: false,
        stage,
    }
}

fn poll(stage: Stage, after: Option<u64>) -> Next {
    let after = after.map(Duration::from_secs);
    Next::Poll {
        state: state(stage),
        after,
    }
}

fn reply<'a>(
    status: u16,
    operation: Option<&'a str>,
    location: Option<&'a str>,
    body: &'a Value,
) -> OperationReply<'a> {
    OperationReply {
        status,
        operation,
        location,
        retry_after: None,
        body: Some(body).filter(|body| !body.is_null()),
    }
}

#[test]
fn write_is_done_or_names_its_next_poll() {
    let succeeded = json!({"properties": {"provisioningState": "Succeeded"}});
    let updating = json!({"properties": {"provisioningState": "Updating"}});
    let failed = json!({"properties": {"provisioningState": "Failed"}});
    let null = Value::Null;
    let cases = [
        // PATCH of network rules (recorded: azure-cli test_acr_network_rule): synchronous
        (reply(200, None, None, &succeeded), Next::Done),
        // flavour A: create, encryption (recorded: azure-cli test_acr_encryption_with_cmk)
        (
            reply(201, Some(OP), None, &updating),
            poll(Stage::Status(OP.into()), None),
        ),
        // flavour D: subnet PUT answers 200 and is not done (recorded: azure-cli test_acr_network_rule, 2023-12)
        (
            reply(200, Some(OP), None, &updating),
            poll(Stage::Status(OP.into()), None),
        ),
        // both headers: the operation wins (recorded: azure-cli test_network_vnet, subnet DELETE)
        (
            reply(202, Some(OP), Some(LOC), &null),
            poll(Stage::Status(OP.into()), None),
        ),
        // flavour C: Location alone (recorded: azure-cli test_acr_agentpool)
        (
            reply(202, None, Some(LOC), &null),
            poll(Stage::Location(LOC.into()), None),
        ),
        // a Location on 200 is that of the resource, not of an operation
        (reply(200, None, Some(LOC), &succeeded), Next::Done),
        // `Updating` without a header: ask the resource (azure-cli 2.91 does)
        (reply(200, None, None, &updating), poll(Stage::Resource, None)),
        (reply(202, None, None, &null), poll(Stage::Resource, None)),
        (reply(204, None, None, &null), Next::Done),
    ];
    for (reply, next) in cases {
        assert_eq!(step(&OperationState::started(false), &reply), next, "{reply:?}");
    }
    let next = step(&OperationState::started(false), &reply(200, None, None, &failed));
    assert!(matches!(next, Next::Failed(error) if error.code == "Failed"));
}

#[test]
fn operation_runs_until_one_of_three_words() {
    let status = |word: &str| json!({ "status": word });
    let at = state(Stage::Status(OP.into()));
    for word in [
        "InProgress",
        "Updating",
        "Creating",
        "Accepted",
        "Running",
        "SomethingNew",
    ] {
        for code in [200, 201, 202] {
            let body = status(word);
            let next = step(&at, &reply(code, None, None, &body));
            assert_eq!(next, poll(Stage::Status(OP.into()), None), "{code} {word}");
        }
    }
    for word in ["Succeeded", "succeeded", "SUCCEEDED"] {
        assert_eq!(
            step(&at, &reply(200, None, None, &status(word))),
            Next::FinalGet,
            "{word}"
        );
    }
    for word in ["Failed", "failed", "Canceled"] {
        let next = step(&at, &reply(200, None, None, &status(word)));
        assert!(
            matches!(next, Next::Failed(error) if error.code == word),
            "{word}"
        );
    }
    assert_eq!(step(&at, &reply(204, None, None, &Value::Null)), Next::FinalGet);
    assert_eq!(
        step(&at, &reply(202, None, None, &Value::Null)),
        poll(Stage::Status(OP.into()), None)
    );
}

#[test]
fn newly_signed_link_replaces_the_old_one() {
    let body = json!({"status": "Updating"});
    let next = step(
        &state(Stage::Status(OP.into())),
        &reply(200, Some(OP2), None, &body),
    );
    assert_eq!(next, poll(Stage::Status(OP2.into()), None));
}

#[test]
fn failed_operation_keeps_code_and_message() {
    let bodies = [
        json!({"status": "Failed", "error": {"code": "AnotherOperationInProgress", "message": "busy"}}),
        json!({"Status": "failed", "Error": {"Code": "AnotherOperationInProgress", "Message": "busy"}}),
        json!({"status": "Failed", "properties": {"error": {"code": "AnotherOperationInProgress", "message": "busy"}}}),
    ];
    for body in bodies {
        let Next::Failed(error) = step(&state(Stage::Status(OP.into())), &reply(200, None, None, &body))
        else {
            panic!("{body}")
        };
        assert_eq!(
            (error.code.as_str(), error.message.as_str()),
            ("AnotherOperationInProgress", "busy")
        );
    }
}

#[test]
fn location_is_polled_while_it_answers_202() {
    let at = state(Stage::Location(LOC.into()));
    let null = Value::Null;
    assert_eq!(
        step(&at, &reply(202, None, None, &null)),
        poll(Stage::Location(LOC.into()), None)
    );
    assert_eq!(step(&at, &reply(200, None, None, &null)), Next::FinalGet);
    assert_eq!(step(&at, &reply(204, None, None, &null)), Next::FinalGet);
    let updating = json!({"status": "Updating"});
    assert_eq!(
        step(&at, &reply(200, None, None, &updating)),
        poll(Stage::Location(LOC.into()), None)
    );
}

#[test]
fn deletion_ends_with_404_of_its_link() {
    let deleting = |stage| OperationState {
        deleting: true,
        stage,
    };
    let null = Value::Null;
    for stage in [
        Stage::Status(OP.into()),
        Stage::Location(LOC.into()),
        Stage::Started,
    ] {
        // recorded: azure-cli test_acr_agentpool, DELETE ends in 404 on the poll URL
        assert_eq!(step(&deleting(stage), &reply(404, None, None, &null)), Next::Done);
    }
    let done = json!({"status": "Succeeded"});
    assert_eq!(
        step(
            &deleting(Stage::Status(OP.into())),
            &reply(200, None, None, &done)
        ),
        Next::Done
    );
}

#[test]
fn poll_waits_as_long_as_the_answer_asks() {
    let body = json!({"status": "InProgress"});
    let asked = OperationReply {
        retry_after: Some(Duration::ZERO),
        ..reply(200, None, None, &body)
    };
    let next = step(&state(Stage::Status(OP.into())), &asked);
    assert_eq!(next, poll(Stage::Status(OP.into()), Some(0)));
}
