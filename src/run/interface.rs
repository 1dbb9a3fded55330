//! The caller's side of a run: showing, asking and reporting.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::apply::Report;
use crate::azure::{AuthMethod, RequestObserver};
use crate::error::Error;
use crate::lease::Lease;
use crate::live::ProgressEvent;
use crate::plan::Plan;
use crate::spec::Diagnostic;

/// Functions through which a run talks to its user.
pub trait Interface: Sync {
    /// Returns the observer of requests to Azure, which shows waits and retries.
    fn observer(&self) -> Arc<dyn RequestObserver>;

    /// Shows news of the work on the registries.
    fn progress(&self, event: ProgressEvent<'_>);

    /// Removes all progress from the screen.
    fn end_progress(&self);

    /// Tells the user something that is not a result.
    fn notify(&self, notice: &Notice<'_>);

    /// Returns a function that tells the user what a signal does. It is called from another thread.
    fn interruption_notice(&self) -> SignalNotice;

    /// Shows a plan before it is applied. `asks` is true if [`Interface::confirm`] follows.
    ///
    /// # Errors
    /// The plan could not be written, so the run must not go on.
    fn show_plan(&self, plan: &Plan, asks: bool) -> Result<(), Error>;

    /// Asks whether to write this plan. `account` says where, and as whom.
    ///
    /// # Errors
    /// The answer is not yes, or there is no way to ask.
    fn confirm(&self, plan: &Plan, account: &Account) -> Result<(), Error>;

    /// Returns true if a user can be asked for what the command line leaves out.
    fn can_ask(&self) -> bool;

    /// Asks a question and returns the answer, or its default.
    ///
    /// # Errors
    /// The answer cannot be read.
    fn ask(&self, question: &Question<'_>) -> Result<String, Error>;

    /// Shows the result of an apply.
    ///
    /// # Errors
    /// The report could not be written in one of its places.
    fn show_report(&self, report: &Report) -> Result<(), Error>;

    /// Tells the user what was done, in the place of a report that could not be written because of this error.
    fn lose_report(&self, report: &Report, error: &Error);

    /// Tells the user of an error beside the result.
    fn complain(&self, error: &Error);
}

/// A question about something that the command line leaves out.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// What is asked for, such as `registry`.
    pub what: &'a str,
    /// Names that complete an answer.
    pub names: &'a [String],
    /// The answer to an empty line.
    pub default: Option<&'a str>,
    /// What the command line leaves out, in words.
    pub missing: &'a str,
    /// What to write where no user can be asked.
    pub instead: &'a str,
}

impl Question<'_> {
    /// Refuses to go on where no user can be asked.
    ///
    /// # Errors
    /// A usage error that says what to write.
    pub(crate) fn check(&self, interface: &dyn Interface) -> Result<(), Error> {
        match interface.can_ask() {
            true => Ok(()),
            false => Err(Error::usage(self.missing, self.instead)),
        }
    }
}

/// The account that a run writes with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// The cloud, such as `AzureCloud`, or `sandbox`.
    pub cloud: String,
    /// The identity that is signed in, if its token names one.
    pub identity: Option<String>,
}

/// Function that tells the user what a signal does.
pub type SignalNotice = Box<dyn Fn(SignalEffect<'_>) + Send>;

/// The effect of a signal on a run.
#[derive(Clone, Copy, Debug)]
pub enum SignalEffect<'a> {
    /// The process ends at once. Nothing was written.
    EndsReading,
    /// The process ends at once, while a question waits for its answer. Nothing was written.
    EndsQuestion,
    /// The opening of a registry ends after its current request, and what it opened is closed.
    EndsOpening,
    /// The closing of a registry goes on to its end.
    FinishesClosing,
    /// The current step is finished, then the run reports.
    FinishesStep,
    /// The current step is given up, then the run reports.
    AbandonsStep,
    /// The process ends at once, before the report is complete. The states before the writes are in this folder.
    EndsReport { snapshots: &'a Path },
}

/// A piece of news for the user.
#[derive(Clone, Copy, Debug)]
pub enum Notice<'a> {
    /// The spec is valid, but does something that its author hardly meant.
    Warnings(&'a [Diagnostic]),
    /// The run is about some of the registries of the spec.
    Selected { chosen: usize, all: usize },
    /// The run goes on: `done` registries were done by an earlier one.
    Resumed { done: usize, all: usize },
    /// Requests go to a local sandbox at this URL.
    Sandbox(&'a str),
    /// The run signs in with this method, because of `why`.
    SignIn { method: AuthMethod, why: &'a str },
    /// The registry admits this machine, maybe by an access that has just ended: it is asked again, at most for this time.
    MayHaveEnded { registry: &'a str, limit: Duration },
    /// The registry has this lease, and does not admit this machine yet.
    Leased { registry: &'a str, lease: &'a Lease },
}
