//! The rules of one registry, for people and in the form of `az`.

use std::io::{self, Write};

use super::document::{Document, write_json};
use super::{Paint, safe, text};
use crate::apply::Report;
use crate::az::{AzRegistry, RuleList};

/// The result of a command that changes rules. Programs get the registry as `az` prints it, or, where the change did not
/// come about as planned, the report that says why.
pub struct RuleResult<'a> {
    pub report: &'a Report,
    pub registry: Option<&'a AzRegistry>,
}

impl Document for RuleResult<'_> {
    fn text(&self, paint: Paint) -> String {
        text::report(self.report, paint)
    }

    fn write_json(&self, out: &mut dyn Write) -> io::Result<()> {
        match self.registry {
            Some(registry) => write_json(registry, out),
            None => write_json(self.report, out),
        }
    }

    fn write_jsonl(&self, out: &mut dyn Write) -> io::Result<()> {
        self.report.write_jsonl(out)
    }
}

impl Document for RuleList {
    fn text(&self, paint: Paint) -> String {
        let mut text = format!("{}: {}\n", paint.bold(&*safe(&self.registry)), safe(&self.mode));
        match &self.ip_rules {
            Some(rules) => {
                for rule in rules {
                    text += &format!("  {}\n", safe(&rule.ip_address_or_range));
                }
            }
            None => text += "  IP rules are not managed: the spec has no `ipRules` here\n",
        }
        match &self.virtual_network_rules {
            Some(rules) => {
                for rule in rules {
                    text += &format!("  {}\n", safe(&rule.virtual_network_resource_id));
                }
            }
            None => text += &format!("  {}\n", self.without_subnets),
        }
        text
    }

    fn write_json(&self, out: &mut dyn Write) -> io::Result<()> {
        write_json(self, out)
    }

    fn write_jsonl(&self, out: &mut dyn Write) -> io::Result<()> {
        self.write_json(out)
    }
}
