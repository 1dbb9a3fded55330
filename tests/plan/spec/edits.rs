//! Edits of a spec: many files of many styles, and what they say before and after.

use jiff::civil::{Date, date};
use ringfence::model::{Rule, RuleTarget, Setting, SubnetId};
use ringfence::spec::edit::{
    EditAction, EditError, EditErrorKind, EntryOutcome, ListEntry, RuleEdit, TextEdit, edit_rules,
    is_edited,
};
use ringfence::spec::{RegistrySpec, RuleInfo, Spec, corrected, load_str};

use super::edit_texts::{SpecFile, files};
use crate::azure_bodies::registry_id;

const TODAY: Date = date(2026, 11, 21);

/// Loads a text, as a file named `a.yaml`.
fn load(text: &str) -> Spec {
    match load_str("a.yaml", text, TODAY) {
        Ok(loaded) => loaded.spec,
        Err(invalid) => panic!("{:?}\n{text}", invalid.diagnostics),
    }
}

fn registry<'s>(spec: &'s Spec, name: &str) -> &'s RegistrySpec {
    let mut registries = spec.registries.iter();
    registries.find(|registry| registry.id.name() == name).unwrap()
}

/// Returns the edit of the rules of `contoso`.
fn edit(text: &str, edit: &RuleEdit) -> Result<TextEdit, Box<EditError>> {
    let spec = load(text);
    let contoso = registry(&spec, "contoso");
    let without_mark = text.strip_prefix('\u{feff}').unwrap_or(text);
    edit_rules(
        without_mark,
        &spec,
        contoso,
        contoso.source.as_ref().unwrap(),
        edit,
    )
}

/// Edits a text, and checks that it means what it should.
fn edited(text: &str, change: &RuleEdit) -> String {
    let found = edit(text, change).unwrap_or_else(|error| panic!("{error}\n{text}"));
    let after = corrected(text.as_bytes(), &found.corrections).unwrap();
    let after = String::from_utf8(after).unwrap();
    let (before, id) = (load(text), registry_id("contoso"));
    let id = ringfence::model::RegistryId::parse(&id).unwrap();
    assert!(
        is_edited(&before, &load(&after), &id, change),
        "{change:?}\n{text}\n---\n{after}"
    );
    after
}

fn entry(text: &str) -> ListEntry {
    match Rule::parse(text).target() {
        RuleTarget::Ip(range) => ListEntry::Range(*range),
        RuleTarget::Subnet(id) => ListEntry::Subnet((**id).clone()),
        RuleTarget::Unparsed(name) => ListEntry::Network(name.clone()),
    }
}

fn add(entries: &[&str], info: RuleInfo) -> RuleEdit {
    RuleEdit {
        action: EditAction::Add(info),
        entries: entries.iter().map(|text| entry(text)).collect(),
    }
}

fn remove(entries: &[&str]) -> RuleEdit {
    RuleEdit {
        action: EditAction::Remove,
        entries: entries.iter().map(|text| entry(text)).collect(),
    }
}

fn lab() -> RuleInfo {
    RuleInfo {
        reason: Some("lab: bench #7".into()),
        expires: Some(date(2027, 3, 31)),
        ..RuleInfo::default()
    }
}

/// The lines of `after` that `before` does not have, and the other way round, when the same lines at both ends are cut.
fn changed<'t>(before: &'t str, after: &'t str) -> (Vec<&'t str>, Vec<&'t str>) {
    let (mut old, mut new): (Vec<_>, Vec<_>) = (
        before.split_inclusive('\n').collect(),
        after.split_inclusive('\n').collect(),
    );
    while !old.is_empty() && old.first() == new.first() {
        old.remove(0);
        new.remove(0);
    }
    while !old.is_empty() && old.last() == new.last() {
        old.pop();
        new.pop();
    }
    (old, new)
}

/// Checks an edit that puts one entry in or takes one out: the lines around the list stay, and comments on other lines too.
fn check_lines(file: &SpecFile, before: &str, after: &str) {
    let (old, new) = changed(before, after);
    assert!(old.len() <= 3 && new.len() <= 4, "{old:#?}\n{new:#?}\n{before}");
    let comments = |text: &str| text.matches("# keep").count();
    assert_eq!(comments(before), comments(after), "{before}\n---\n{after}");
    let is_windows = before.contains("\r\n");
    assert_eq!(after.contains("\r\n"), is_windows, "{before}");
    if is_windows {
        assert_eq!(
            after.matches('\n').count(),
            after.matches("\r\n").count(),
            "{after}"
        );
    }
    assert_eq!(before.ends_with('\n'), after.ends_with('\n'), "{file:?}");
}

#[test]
fn added_entries_change_only_their_lines_and_go_again() {
    for file in files(200) {
        for (new, info) in [
            ("198.51.100.77", RuleInfo::default()),
            ("198.51.100.64/28", lab()),
        ] {
            let after = edited(&file.text, &add(&[new], info.clone()));
            check_lines(&file, &file.text, &after);
            let again = edit(&after, &add(&[new], info)).unwrap();
            assert_eq!(again.corrections, [], "{after}");
            assert_eq!(again.entries[0].outcome, EntryOutcome::Listed);
            let back = edited(&after, &remove(&[new]));
            assert_eq!(back, file.text, "\n{after}");
        }
    }
}

#[test]
fn every_entry_of_a_list_can_be_taken_out() {
    for file in files(200) {
        for own in &file.own {
            let after = edited(&file.text, &remove(&[own]));
            check_lines(&file, &file.text, &after);
            let again = edit(&after, &remove(&[own])).unwrap();
            assert_eq!(again.corrections, [], "{after}");
            assert_eq!(again.entries[0].outcome, EntryOutcome::NotListed);
        }
        let all: Vec<&str> = file.own.iter().map(String::as_str).collect();
        let empty = edited(&file.text, &remove(&all));
        let spec = load(&empty);
        let left = registry(&spec, "contoso").settings.rules(Setting::IpRules);
        assert!(left.unwrap().iter().all(|rule| rule.name.is_some()), "{empty}");
        let full = edited(
            &empty,
            &add(&["198.51.100.77", "198.51.100.78"], RuleInfo::default()),
        );
        assert_eq!(edited(&full, &remove(&["198.51.100.77", "198.51.100.78"])), empty);
    }
}

#[test]
fn subnets_are_added_by_the_name_that_the_file_has() {
    let build = SubnetId::parse(super::edit_texts::BUILD).unwrap();
    for file in files(60) {
        let change = RuleEdit {
            action: EditAction::Add(RuleInfo::default()),
            entries: vec![ListEntry::Subnet(build.clone())],
        };
        let after = edited(&file.text, &change);
        let (_, new) = changed(&file.text, &after);
        assert!(new.iter().any(|line| line.contains("build")), "{new:?}");
        let back = RuleEdit {
            action: EditAction::Remove,
            ..change
        };
        assert_eq!(edited(&after, &back), file.text);
    }
}

/// A file of one registry with these lines, and an edit that a person has to make.
fn refusal(head: &str, lines: &str, change: &RuleEdit) -> Box<EditError> {
    let text = format!(
        "version: 1\n{head}registries:\n  - id: {}\n{lines}",
        registry_id("contoso")
    );
    edit(&text, change).unwrap_err()
}

#[test]
fn lists_of_others_are_not_changed_for_one_registry() {
    let one = add(&["192.0.2.9"], RuleInfo::default());
    let other = format!("  - id: {}\n", registry_id("fabrikam"));
    let rows = [
        ("defaults: {ipRules: [192.0.2.7]}\n", String::new(), vec![]),
        (
            "defaults: {ipRules: [192.0.2.7]}\n",
            other.clone(),
            vec!["fabrikam"],
        ),
        ("x-a: &a [192.0.2.7]\n", "    ipRules: *a\n".to_owned(), vec![]),
        (
            "x-a: &a {ipRules: [192.0.2.7]}\n",
            "    <<: *a\n".to_owned(),
            vec![],
        ),
        (
            "",
            format!("    ipRules: &a [192.0.2.7]\n{other}    ipRules: *a\n"),
            vec!["fabrikam"],
        ),
    ];
    for (head, lines, shared) in rows {
        let error = refusal(head, &lines, &one);
        let (key, others, by_hand) = match &error.kind {
            EditErrorKind::Shared { key, others, .. } => {
                (key, others, "ipRules: [192.0.2.7, 192.0.2.9]")
            }
            // The list is its own, so the others get what they have.
            EditErrorKind::RepeatedBy { key, others, .. } if lines.contains("&a") => {
                (key, others, "ipRules: [192.0.2.7]")
            }
            _ => panic!("{error:?}"),
        };
        assert_eq!(
            (*key, others),
            ("ipRules", &shared.iter().map(|it| (*it).to_owned()).collect())
        );
        assert_eq!(error.by_hand, by_hand);
        // What is listed already, or is not listed, needs no edit.
        let listed = add(&["192.0.2.7/32"], RuleInfo::default());
        let text = format!(
            "version: 1\n{head}registries:\n  - id: {}\n{lines}",
            registry_id("contoso")
        );
        assert_eq!(edit(&text, &listed).unwrap().corrections, []);
        assert_eq!(edit(&text, &remove(&["192.0.2.8"])).unwrap().corrections, []);
    }
}

#[test]
fn rule_of_a_network_is_not_taken_out_for_one_registry() {
    let head = "networks: {vendor: {cidrs: [192.0.2.7, 192.0.2.8], owner: ops}, lab: [203.0.113.5]}\n";
    let lines = format!(
        "    ipRules: [vendor, lab, 198.51.100.1]\n  - id: {}\n    ipRules: [vendor]\n",
        registry_id("fabrikam")
    );
    let error = refusal(head, &lines, &remove(&["192.0.2.7"]));
    let EditErrorKind::InNetwork { network, others, .. } = &error.kind else {
        panic!("{error:?}");
    };
    assert_eq!(
        (network.as_str(), &others[..]),
        ("vendor", &["fabrikam".to_owned()][..])
    );
    assert_eq!(
        error.by_hand,
        "ipRules: [{cidr: 192.0.2.8, owner: ops}, lab, 198.51.100.1]"
    );
    // The rest is without all that was asked for.
    let error = refusal(head, &lines, &remove(&["192.0.2.7", "198.51.100.1"]));
    assert_eq!(error.by_hand, "ipRules: [{cidr: 192.0.2.8, owner: ops}, lab]");
    // The whole network can go, by its name or by all of its ranges.
    let text = format!(
        "version: 1\n{head}registries:\n  - id: {}\n{lines}",
        registry_id("contoso")
    );
    for entries in [&["vendor"][..], &["192.0.2.7", "192.0.2.8"]] {
        let after = edited(&text, &remove(entries));
        assert!(after.contains("ipRules: [lab, 198.51.100.1]"), "{after}");
    }
    assert!(edited(&text, &remove(&["203.0.113.5"])).contains("[vendor, 198.51.100.1]"));
}

#[test]
fn unmanaged_list_is_added_only_for_an_additive_registry() {
    let one = add(&["192.0.2.9"], RuleInfo::default());
    let error = refusal("", "    defaultAction: Deny\n", &one);
    assert!(matches!(
        error.kind,
        EditErrorKind::Unmanaged { key: "ipRules", .. }
    ));
    let id = registry_id("contoso");
    for (lines, want) in [
        (
            format!("  - id: {id}\n    ownership: additive # why\n"),
            "    ownership: additive # why\n    ipRules: [192.0.2.9]\n",
        ),
        (
            format!("  - {{ id: {id}, ownership: additive }}\n"),
            "ownership: additive, ipRules: [192.0.2.9] }\n",
        ),
    ] {
        let text = format!("version: 1\nregistries:\n{lines}");
        let after = edited(&text, &one);
        assert!(after.ends_with(want), "{after}");
    }
}

#[test]
fn information_is_added_to_an_entry_that_is_there() {
    let rows = [
        (
            "[a, 192.0.2.7]",
            "[a, {cidr: 192.0.2.7, reason: \"lab: bench #7\", expires: 2027-03-31}]",
        ),
        (
            "['192.0.2.7', { cidr: 192.0.2.8 }]",
            "[{ cidr: '192.0.2.7', reason: 'lab: bench #7', expires: '2027-03-31' }, { cidr: 192.0.2.8 }]",
        ),
        (
            "[a, {cidr: 192.0.2.7, reason: 'old'}]",
            "[a, {cidr: 192.0.2.7, reason: 'lab: bench #7', expires: 2027-03-31}]",
        ),
        (
            "\n      - a\n      - cidr: 192.0.2.7 # keep\n        owner: ops\n",
            "\n      - a\n      - cidr: 192.0.2.7 # keep\n        owner: ops\n        reason: \"lab: bench #7\"\n        expires: 2027-03-31\n",
        ),
        (
            "[{cidr: 192.0.2.7, expires: 2026-01-01}]",
            "[{cidr: 192.0.2.7, expires: 2027-03-31, reason: \"lab: bench #7\"}]",
        ),
    ];
    for (list, want) in rows {
        let text = format!(
            "version: 1\nnetworks: {{a: [203.0.113.9]}}\nregistries:\n  - id: {}\n    ipRules: {list}\n",
            registry_id("contoso")
        );
        let after = edited(&text, &add(&["192.0.2.7"], lab()));
        assert_eq!(after, text.replace(list, want));
        let again = edit(&after, &add(&["192.0.2.7"], lab())).unwrap();
        assert_eq!(again.corrections, []);
    }
}

#[test]
fn entry_that_expired_needs_a_new_day() {
    let list = "    ipRules: [{cidr: 192.0.2.7, expires: 2026-01-01}, {cidr: 192.0.2.8}]\n";
    let error = refusal("", list, &add(&["192.0.2.7"], RuleInfo::default()));
    assert!(matches!(error.kind, EditErrorKind::Expired { .. }), "{error:?}");
    let text = format!(
        "version: 1\nregistries:\n  - id: {}\n{list}",
        registry_id("contoso")
    );
    let after = edited(&text, &remove(&["192.0.2.7"]));
    assert!(after.contains("ipRules: [{cidr: 192.0.2.8}]"), "{after}");
}

/// Other tools than ringfence read a spec in JSON.
#[test]
fn json_stays_json() {
    let id = registry_id("contoso");
    let pretty = format!(
        "{{\n  \"version\": 1,\n  \"registries\": [\n    {{\n      \"id\": \"{id}\",\n      \"ownership\": \"additive\"RULES\n    \
         }}\n  ]\n}}\n"
    );
    let tight = format!(
        "{{\"version\":1,\"registries\":[{{\"id\":\"{id}\",\"ownership\":\"additive\"RULES}}]}}"
    );
    let entry = "{\"cidr\": \"192.0.2.9\", \"reason\": \"lab: bench #7\", \"expires\": \"2027-03-31\"}";
    let rows = [
        (&tight, "", format!(", \"ipRules\": [{entry}]")),
        (&pretty, "", format!(",\n      \"ipRules\": [{entry}]")),
        (&tight, ",\"ipRules\":[]", format!(",\"ipRules\":[{entry}]")),
        (
            &tight,
            ",\"ipRules\":[\"192.0.2.9\"]",
            format!(",\"ipRules\":[{entry}]"),
        ),
        (
            &pretty,
            ",\n      \"ipRules\": [\n        {\n          \"cidr\": \"192.0.2.9\"\n        }\n      ]",
            ",\n      \"ipRules\": [\n        {\n          \"cidr\": \"192.0.2.9\",\n          \"reason\": \"lab: bench \
             #7\",\n          \"expires\": \"2027-03-31\"\n        }\n      ]"
                .to_owned(),
        ),
    ];
    for (file, before, after) in rows {
        let found = edited(&file.replace("RULES", before), &add(&["192.0.2.9"], lab()));
        assert_eq!(found, file.replace("RULES", &after));
        serde_json::from_str::<serde_json::Value>(&found).unwrap();
    }
}

/// The mark of a text in lines of its own has a hyphen too.
#[test]
fn entry_in_lines_of_its_own_is_followed_by_others() {
    let head = format!(
        "version: 1\nregistries:\n  - id: {}\n    ipRules:\n",
        registry_id("contoso")
    );
    let text = head + "      - |-\n        192.0.2.7\n";
    let after = edited(&text, &add(&["192.0.2.9"], RuleInfo::default()));
    assert_eq!(after, text + "      - 192.0.2.9\n");
}

#[test]
fn document_on_one_line_stays_on_it() {
    let id = registry_id("contoso");
    let text = format!(
        "{{\"version\": 1, \"registries\": [{{\"id\": \"{id}\", \"ipRules\": [\"192.0.2.1\"]}}]}}\n"
    );
    let after = edited(&text, &add(&["192.0.2.2", "192.0.2.3"], RuleInfo::default()));
    assert_eq!(
        after,
        text.replace("\"192.0.2.1\"", "\"192.0.2.1\", \"192.0.2.2\", \"192.0.2.3\"")
    );
}

#[test]
fn long_lists_are_broken_and_joined_again() {
    let mut entries = Vec::new();
    for index in 0..4 {
        entries.push(format!("203.0.113.{index}"));
    }
    let text = format!(
        "version: 1\nregistries:\n  - id: {}\n    ipRules: [{}] # short\n",
        registry_id("contoso"),
        entries.join(", ")
    );
    let many: Vec<String> = (0..50).map(|index| format!("198.51.100.{index}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let after = edited(&text, &add(&many, RuleInfo::default()));
    let (old, new) = changed(&text, &after);
    assert_eq!((old.len(), new.len()), (1, 8), "{after}");
    for line in &new {
        assert!(line.trim_end().len() <= 120, "{line}");
    }
    assert_eq!(edited(&after, &remove(&many)), text);
}
