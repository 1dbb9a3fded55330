//! JUnit XML: a suite for each registry, a case for each finding.
//!
//! The elements are those of `junit-10.xsd` of Jenkins, which GitLab and Azure Pipelines read too.

use std::collections::BTreeMap;
use std::io;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use super::entries::Entry;
use crate::model::RegistryId;
use crate::render::safe;
use crate::spec::Severity;

/// A registry that a result is about, and what the result says of it as a whole.
#[derive(Clone, Debug)]
pub struct Subject {
    pub registry: RegistryId,
    pub state: String,
    /// The reason why the check of the registry neither passed nor failed.
    pub skipped: Option<&'static str>,
}

/// Renders a suite for each registry, and one for findings that are about the spec. A registry without a failure has a case
/// named by its state, which passes or is skipped.
pub(in crate::render) fn junit(subjects: &[Subject], entries: &[Entry]) -> String {
    let suites = suites(subjects, entries);
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    write(&mut writer, &suites).expect("a vector takes every byte");
    String::from_utf8(writer.into_inner()).expect("the writer was given UTF-8") + "\n"
}

/// The cases about one registry, or about the spec.
struct Suite<'a> {
    registry: Option<&'a RegistryId>,
    cases: Vec<Case<'a>>,
}

/// One case of a suite.
enum Case<'a> {
    /// What the result says of the registry as a whole.
    Whole(&'a Subject),
    Found(&'a Entry),
}

/// The status of a case.
#[derive(Clone, Copy, PartialEq, Eq)]
enum CaseStatus {
    Passed,
    Skipped,
    Failure,
    Error,
}

impl Case<'_> {
    fn status(&self) -> CaseStatus {
        match self {
            Self::Whole(subject) if subject.skipped.is_some() => CaseStatus::Skipped,
            Self::Whole(_) => CaseStatus::Passed,
            Self::Found(entry) if entry.accepted.is_some() => CaseStatus::Skipped,
            Self::Found(entry) if entry.severity == Severity::Note => CaseStatus::Passed,
            Self::Found(entry) if entry.is_failure => CaseStatus::Error,
            Self::Found(_) => CaseStatus::Failure,
        }
    }
}

impl Suite<'_> {
    fn count(&self, status: CaseStatus) -> usize {
        self.cases.iter().filter(|case| case.status() == status).count()
    }

    fn name(&self) -> String {
        match self.registry {
            Some(registry) => xml(registry.name()),
            None => "spec".to_owned(),
        }
    }

    /// Returns the class of its cases, by which Jenkins and GitLab group them.
    fn class(&self) -> String {
        match self.registry {
            Some(registry) => xml(registry.as_str()),
            None => "spec".to_owned(),
        }
    }
}

fn suites<'a>(subjects: &'a [Subject], entries: &'a [Entry]) -> Vec<Suite<'a>> {
    let (mut suites, mut places) = (Vec::new(), BTreeMap::new());
    for subject in subjects {
        places.insert(Some(&subject.registry), suites.len());
        suites.push(Suite {
            registry: Some(&subject.registry),
            cases: Vec::new(),
        });
    }
    for entry in entries {
        let registry = entry.registry.as_ref();
        let place = *places.entry(registry).or_insert(suites.len());
        if place == suites.len() {
            suites.push(Suite {
                registry,
                cases: Vec::new(),
            });
        }
        suites[place].cases.push(Case::Found(entry));
    }
    for (suite, subject) in suites.iter_mut().zip(subjects) {
        if suite.count(CaseStatus::Failure) + suite.count(CaseStatus::Error) == 0 {
            suite.cases.insert(0, Case::Whole(subject));
        }
    }
    suites
}

fn write(writer: &mut Writer<Vec<u8>>, suites: &[Suite<'_>]) -> io::Result<()> {
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let (mut tests, mut failures, mut errors) = (0, 0, 0);
    for suite in suites {
        tests += suite.cases.len();
        failures += suite.count(CaseStatus::Failure);
        errors += suite.count(CaseStatus::Error);
    }
    let numbers = [tests, failures, errors].map(|number| number.to_string());
    let attributes = [
        ("name", "ringfence"),
        ("tests", &*numbers[0]),
        ("failures", &*numbers[1]),
        ("errors", &*numbers[2]),
    ];
    let element = writer.create_element("testsuites").with_attributes(attributes);
    element.write_inner_content(|writer| {
        for suite in suites {
            write_suite(writer, suite)?;
        }
        Ok(())
    })?;
    Ok(())
}

fn write_suite(writer: &mut Writer<Vec<u8>>, suite: &Suite<'_>) -> io::Result<()> {
    let (name, class) = (suite.name(), suite.class());
    let numbers = [
        suite.cases.len(),
        suite.count(CaseStatus::Failure),
        suite.count(CaseStatus::Error),
        suite.count(CaseStatus::Skipped),
    ]
    .map(|number| number.to_string());
    let attributes = [
        ("name", &*name),
        ("tests", &*numbers[0]),
        ("failures", &*numbers[1]),
        ("errors", &*numbers[2]),
        ("skipped", &*numbers[3]),
    ];
    let element = writer.create_element("testsuite").with_attributes(attributes);
    element.write_inner_content(|writer| {
        for case in &suite.cases {
            write_case(writer, case, &class)?;
        }
        Ok(())
    })?;
    Ok(())
}

fn write_case(writer: &mut Writer<Vec<u8>>, case: &Case<'_>, class: &str) -> io::Result<()> {
    let entry = match case {
        Case::Whole(subject) => return write_whole(writer, subject, class),
        Case::Found(entry) => entry,
    };
    let (rule, message) = (xml(&entry.rule), xml(&entry.message));
    let name = format!("{rule}: {message}");
    let attributes = [("name", &*name), ("classname", class)];
    let element = writer.create_element("testcase").with_attributes(attributes);
    element.write_inner_content(|writer| {
        let details = details(entry);
        let text = BytesText::new(&details);
        let reason = [("type", &*rule), ("message", &*message)];
        match case.status() {
            CaseStatus::Passed => writer.create_element("system-out").write_text_content(text)?,
            CaseStatus::Skipped => {
                let reason = entry.accepted.as_deref().unwrap_or_default();
                write_skipped(writer, "accepted", reason)?;
                writer
            }
            CaseStatus::Failure => writer
                .create_element("failure")
                .with_attributes(reason)
                .write_text_content(text)?,
            CaseStatus::Error => writer
                .create_element("error")
                .with_attributes(reason)
                .write_text_content(text)?,
        };
        Ok(())
    })?;
    Ok(())
}

/// Writes the case about a registry as a whole.
fn write_whole(writer: &mut Writer<Vec<u8>>, subject: &Subject, class: &str) -> io::Result<()> {
    let attributes = [("name", &*xml(&subject.state)), ("classname", class)];
    let element = writer.create_element("testcase").with_attributes(attributes);
    match subject.skipped {
        Some(reason) => {
            element.write_inner_content(|writer| write_skipped(writer, &subject.state, reason))?;
        }
        None => drop(element.write_empty()?),
    }
    Ok(())
}

fn write_skipped(writer: &mut Writer<Vec<u8>>, kind: &str, reason: &str) -> io::Result<()> {
    let attributes = [("type", kind), ("message", &*xml(reason))];
    let element = writer.create_element("skipped").with_attributes(attributes);
    element.write_empty()?;
    Ok(())
}

/// Writes what is found, its place and the next step, a line each.
fn details(entry: &Entry) -> String {
    let mut text = xml(&entry.about);
    if let Some(source) = &entry.source {
        text += &format!("\nat {}:{}:{}", xml(&source.file), source.line, source.column);
    }
    if let Some(help) = &entry.help {
        text += &format!("\nhelp: {}", xml(help));
    }
    text
}

/// Returns a text without the characters that XML 1.0 forbids. The writer escapes markup.
fn xml(text: &str) -> String {
    safe(text).replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}")
}
