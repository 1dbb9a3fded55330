//! The command line's side of a run.

use std::sync::Arc;

use super::context::Context;
use super::prompt::ask;
use super::prompt::confirm::confirm;
use crate::apply::Report;
use crate::azure::RequestObserver;
use crate::error::Error;
use crate::lease::Lease;
use crate::plan::Plan;
use crate::run::{Account, Interface, Notice, ProgressEvent, Question, SignalNotice};

impl Interface for Context {
    fn observer(&self) -> Arc<dyn RequestObserver> {
        self.observed.clone()
    }

    fn progress(&self, event: ProgressEvent<'_>) {
        self.observed.show(event);
    }

    fn end_progress(&self) {
        self.observed.clear();
    }

    fn notify(&self, notice: &Notice<'_>) {
        match notice {
            // Rehearsal and reality must never be mistaken for each other, so `--quiet` does not hide this.
            Notice::Sandbox(url) => self.tell(&sandbox_notice(url)),
            Notice::Selected { .. }
            | Notice::Resumed { .. }
            | Notice::SignIn { .. }
            | Notice::MayHaveEnded { .. }
            | Notice::Leased { .. }
                if self.globals.quiet => {}
            Notice::Selected { chosen, all } => {
                self.tell(&format!(
                    "only {chosen} of {all} registries, by --only, --except or --shard\n"
                ));
            }
            Notice::Resumed { done, all } => {
                self.tell(&format!("resuming: {done} of {all} registries are done\n"));
            }
            Notice::Warnings(warnings) => self.warn(warnings),
            Notice::SignIn { method, why } => {
                self.tell(&format!("signing in with {}: {why}\n", method.as_str()));
            }
            Notice::MayHaveEnded { registry, limit } => {
                self.tell(&format!(
                    "{registry} admits this machine, maybe by an access that has just ended: asking again for up to {} s; \
                     --ip ADDRESS does not wait\n",
                    limit.as_secs()
                ));
            }
            Notice::Leased { registry, lease } => {
                let Lease { name, until, .. } = lease;
                self.tell(&format!(
                    "{registry}: the lease {name} is written, until {until}\n"
                ));
            }
        }
    }

    fn interruption_notice(&self) -> SignalNotice {
        self.interruption_teller()
    }

    fn show_plan(&self, plan: &Plan, asks: bool) -> Result<(), Error> {
        // A user who is asked must have seen the plan, also with `--quiet`.
        self.preview(plan, asks)
    }

    fn confirm(&self, plan: &Plan, account: &Account) -> Result<(), Error> {
        confirm(plan, account, self)
    }

    fn can_ask(&self) -> bool {
        ask::can_ask()
    }

    fn ask(&self, question: &Question<'_>) -> Result<String, Error> {
        ask::ask(question, self)
    }

    fn show_report(&self, report: &Report) -> Result<(), Error> {
        self.write_report(report)
    }

    fn lose_report(&self, report: &Report, error: &Error) {
        self.lose(report, error);
    }

    fn complain(&self, error: &Error) {
        Context::complain(self, error);
    }
}

/// Returns the line that tells a sandbox from Azure.
pub(crate) fn sandbox_notice(url: &str) -> String {
    format!("sandbox: using a local stand-in at {url}, not Azure\n")
}
