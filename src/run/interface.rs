//! The caller's side of a run: showing, asking and reporting.

use std::sync::Arc;

use crate::apply::Report;
use crate::azure::{AuthMethod, WaitObserver};
use crate::error::Error;
use crate::model::RegistryId;
use crate::plan::Plan;
use crate::spec::Diagnostic;

/// Functions through which a run talks to its user.
pub trait Interface: Sync {
    /// Returns the observer of requests to Azure, which shows waits and retries.
    fn observer(&self) -> Arc<dyn WaitObserver>;

    /// Shows the current activity for a registry, such as `reading`.
    fn progress(&self, registry: &RegistryId, activity: &str);

    /// Removes all progress from the screen.
    fn end_progress(&self);

    /// Tells the user something that is not a result.
    fn notify(&self, notice: &Notice<'_>);

    /// Returns a function that tells the user of an interruption. It is called once, from another thread.
    fn interruption_notice(&self) -> Box<dyn Fn() + Send>;

    /// Shows a plan before it is applied. `asks` is true if [`Interface::confirm`] follows.
    ///
    /// # Errors
    /// The plan could not be written, so the run must not go on.
    fn show_plan(&self, plan: &Plan, asks: bool) -> Result<(), Error>;

    /// Asks whether to write this plan.
    ///
    /// # Errors
    /// The answer is not yes, or there is no way to ask.
    fn confirm(&self, plan: &Plan) -> Result<(), Error>;

    /// Shows the result of an apply.
    ///
    /// # Errors
    /// The report could not be written in one of its places.
    fn show_report(&self, report: &Report) -> Result<(), Error>;

    /// Tells the user of an error beside the result.
    fn complain(&self, error: &Error);
}

/// A piece of news for the user.
#[derive(Clone, Copy, Debug)]
pub enum Notice<'a> {
    /// The spec is valid, but does something that its author hardly meant.
    Warnings(&'a [Diagnostic]),
    /// The run is about some of the registries of the spec.
    Selected { chosen: usize, all: usize },
    /// Requests go to a local sandbox at this URL.
    Sandbox(&'a str),
    /// The run signs in with this method, because of `why`.
    SignIn { method: AuthMethod, why: &'a str },
}
