use std::collections::BTreeSet;

use proptest::prelude::*;
use scraper::{Html, Selector};

use crate::audit::{self, Audit};
use crate::plan::Plan;
use crate::posture::{AcceptedFinding, PostureFinding};
use crate::render::text::samples;
use crate::render::{Document, safe};
use crate::spec::{PostureRule, Severity};

/// Markup, and what a browser reads in attributes, styles and scripts.
const PIECES: [&str; 18] = [
    "<script>alert(1)</script>",
    "</script>",
    "</style>",
    "<!--",
    "-->",
    "<img src=x onerror=alert(1)>",
    "\" onclick=\"x",
    "' x='",
    "&lt;b&gt;",
    "&#60;",
    "<svg/onload=x>",
    "javascript:x",
    "`",
    "<b>",
    "]]>",
    "\u{202e}\0\u{1b}[31m",
    "Zürich 東京",
    " ",
];

/// The elements that the page is made of.
const ELEMENTS: [&str; 52] = [
    "html", "head", "meta", "title", "style", "script", "body", "header", "h1", "h2", "h3", "h4", "p",
    "dl", "dt", "dd", "time", "code", "nav", "a", "main", "section", "ul", "ol", "li", "b", "span",
    "div", "table", "thead", "tbody", "tr", "th", "td", "small", "form", "label", "input", "select",
    "option", "fieldset", "legend", "button", "article", "svg", "path", "footer", "link", "i", "em",
    "strong", "caption",
];

fn select(page: &Html, selector: &str) -> Vec<String> {
    let selector = Selector::parse(selector).unwrap();
    page.select(&selector)
        .map(|found| found.text().collect())
        .collect()
}

fn attributes(page: &Html, selector: &str, name: &str) -> Vec<String> {
    let selector = Selector::parse(selector).unwrap();
    let found = page.select(&selector).filter_map(|found| found.attr(name));
    found.map(str::to_owned).collect()
}

/// Gives every field of a plan that others write the same text.
fn hostile(text: &str) -> Plan {
    let mut plan = samples::plan();
    plan.specs = vec![text.to_owned()];
    plan.failures[0].error.message = text.into();
    plan.failures[0].error.code = text.to_owned();
    plan.failures[0].error.help = Some(text.to_owned());
    for registry in &mut plan.registries {
        registry.mode.before = text.to_owned();
        for step in &mut registry.steps {
            step.cost = Some(text.to_owned());
        }
        if let Some(last) = &mut registry.last_modified {
            last.by = text.into();
        }
        if let Some(source) = &mut registry.source {
            source.file = text.into();
        }
        for change in &mut registry.changes.settings {
            for listed in change.add.iter_mut().chain(&mut change.remove) {
                listed.name = Some(text.into());
                listed.rule = crate::model::Rule::parse(&format!("odd {text}"));
            }
        }
    }
    plan
}

/// Returns an audit with a posture finding whose texts are those of the plan, open and accepted.
fn audited(plan: &Plan) -> Audit {
    let text = plan.specs.concat();
    let finding = PostureFinding {
        rule: PostureRule::ExpiringEntry,
        severity: Severity::Warning,
        registry: samples::registry_id("contoso"),
        message: text.clone(),
        objects: Vec::new(),
        source: samples::source(&text, 7),
        help: text.clone(),
        policy: None,
        accepted: None,
    };
    let mut audit = audit::audit(plan);
    audit.posture = vec![
        PostureFinding {
            accepted: Some(AcceptedFinding {
                reason: text.into(),
                expires: None,
                source: None,
            }),
            ..finding.clone()
        },
        finding,
    ];
    audit
}

fn pages(plan: &Plan) -> [String; 3] {
    let mut report = samples::report();
    report.undo = plan.specs.first().cloned();
    report.specs.clone_from(&plan.specs);
    report.failures.clone_from(&plan.failures);
    [plan.html(), audited(plan).html(), report.html()]
}

/// Checks that a page has only our own elements, attributes and links.
fn check_own(page: &Html) -> Result<(), TestCaseError> {
    for node in page.tree.values() {
        let Some(element) = node.as_element() else {
            prop_assert!(!node.is_comment(), "{node:?}");
            continue;
        };
        prop_assert!(ELEMENTS.contains(&element.name()), "{}", element.name());
        for (name, value) in element.attrs() {
            prop_assert!(
                !name.starts_with("on") && name != "style" && name != "src",
                "{name}={value}"
            );
            prop_assert!(name != "href" || value.starts_with('#'), "{value}");
        }
    }
    for (tag, number) in [("script", 1), ("style", 1), ("title", 1)] {
        prop_assert_eq!(select(page, tag).len(), number);
    }
    Ok(())
}

fn bare(text: &str) -> String {
    text.replace('`', "").split_whitespace().collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn hostile_text_survives_as_text(pieces in prop::collection::vec(prop::sample::select(&PIECES[..]), 1..5)) {
        let text = pieces.concat();
        for page in pages(&hostile(&text)) {
            let page = Html::parse_document(&page);
            check_own(&page)?;
            let shown = bare(&page.root_element().text().collect::<String>());
            let want = bare(&safe(&text));
            prop_assert!(shown.matches(&want).count() >= 2 || want.is_empty(), "{want}");
        }
    }
}

#[test]
fn links_lead_to_places_of_the_page() {
    for page in pages(&samples::plan()) {
        let page = Html::parse_document(&page);
        let ids = attributes(&page, "[id]", "id");
        let unique: BTreeSet<&String> = ids.iter().collect();
        assert_eq!(unique.len(), ids.len(), "{ids:?}");
        let links = attributes(&page, "a", "href");
        assert!(links.len() > 4);
        for link in links {
            assert!(unique.contains(&link[1..].to_owned()), "{link}");
        }
    }
}

#[test]
fn page_needs_nothing_but_itself() {
    let html = samples::plan().html();
    let page = Html::parse_document(&html);
    let policy = attributes(&page, "meta[http-equiv]", "content").concat();
    assert!(
        policy.starts_with("default-src 'none'; style-src 'sha256-"),
        "{policy}"
    );
    assert_eq!(html, samples::plan().html());
}

#[test]
fn plan_shows_who_gets_in_before_and_after() {
    let page = Html::parse_document(&samples::plan().html());
    let contoso = r"[id='registry/contoso']";
    assert_eq!(
        select(&page, &format!("{contoso} .strips dt")),
        ["now", "after apply"]
    );
    insta::assert_snapshot!(select(&page, &format!("{contoso} .strips dd")).join("\n"), @r"
    every public address gets in
    257 addresses get in: 203.0.113.0/24, 192.0.2.7
    ");
    insta::assert_snapshot!(select(&page, &format!("{contoso} .clients li")).join("\n"), @r"
    May lose access: ACR Tasks with a system-assigned identity, IPv6 clients
    Lose access: trusted services, unlisted subnets over service endpoints
    Get in: 1 subnet hub/build
    ");
    insta::assert_snapshot!(select(&page, &format!("{contoso} .changes li")).join("\n"), @r"
    defaultAction Allow → Deny registries.yaml:7
    ipRules 192.0.2.7 vendor: nightly scans; owner supply-chain; SEC-142; expires 2027-03-31; networks.yaml:6
    ipRules 203.0.113.0/24 offices; networks.yaml:3
    subnets hub/build build; networks.yaml:13
    serviceEndpoints hub/build build; networks.yaml:13
    ");
}

#[test]
fn fleet_has_a_cell_for_each_registry() {
    let plan = samples::plan();
    let page = Html::parse_document(&plan.html());
    insta::assert_snapshot!(select(&page, ".fleet h3").join("\n"), @r"
    selected networks 3
    not read 1
    ");
    assert_eq!(select(&page, ".cells a").len(), plan.summary.registries);
    let one = samples::plan_of(vec![samples::closing()], Vec::new());
    assert!(select(&Html::parse_document(&one.html()), ".fleet").is_empty());
}

#[test]
fn findings_have_their_rule_and_line() {
    let audit: Audit = samples::audit();
    let page = Html::parse_document(&audit.html());
    let findings = select(&page, ".findings li");
    assert_eq!(findings.len(), audit.entries().len());
    assert_eq!(
        attributes(&page, ".findings li a", "href")[0],
        "#different-setting"
    );
    insta::assert_snapshot!(findings[0], @"error different-setting defaultAction is Allow, and the spec wants Deny (line 7)");
    insta::assert_snapshot!(select(&page, ".facts").concat(), @"Compared withregistries.yamlTime2026-11-21T03:00:00ZSee what an apply would changeringfence plan registries.yamlExit codes0: in sync, and no finding at or over --fail-on. 2: drift, or such a finding. 1: something could not be compared.");
}
