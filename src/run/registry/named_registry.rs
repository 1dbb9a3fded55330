//! Names of registries, and the flags that complete them to ids.

use crate::error::Error;
use crate::model::{ErrorCode, Failure, RegistryId, valid_registry_name};
use crate::run::interface::{Interface, Question};
use crate::run::session::Session;
use crate::spec::{self, RegistrySpec, Spec};

/// The flags that complete the name of a registry to an id.
#[derive(Clone, Debug, Default)]
pub struct NamedRegistry {
    /// Id of the subscription.
    pub subscription: Option<String>,
    /// Name of the resource group.
    pub resource_group: Option<String>,
}

impl NamedRegistry {
    /// Reads a registry id, or a name that the flags complete. Returns `None` for a name that has to be looked up.
    ///
    /// # Errors
    /// A usage error: the text is neither.
    pub(crate) fn known(&self, text: &str) -> Result<Option<RegistryId>, Error> {
        if text.starts_with('/') {
            return parse_id(text).map(Some);
        }
        if !valid_registry_name(text) {
            return Err(Error::usage(
                format!("`{text}` is neither a registry id nor a registry name"),
                "a registry name has 5 to 50 letters and digits, without `.azurecr.io`",
            ));
        }
        if self.subscription.is_none() || self.resource_group.is_none() {
            return Ok(None);
        }
        self.registry(text).map(Some)
    }

    /// Returns the registry of a spec with this id or name.
    ///
    /// # Errors
    /// A usage error: the text is neither, or the spec has no such registry, or several of the name.
    pub(crate) fn wanted<'s>(&self, text: &str, spec: &'s Spec) -> Result<&'s RegistrySpec, Error> {
        let known = self.known(text)?;
        let found: Vec<&RegistrySpec> = spec
            .registries
            .iter()
            .filter(|wanted| match &known {
                Some(known) => wanted.id == *known,
                None => wanted.id.name().eq_ignore_ascii_case(text) && self.fits(&wanted.id),
            })
            .collect();
        match found[..] {
            [wanted] => Ok(wanted),
            [] => Err(Error::usage(
                format!("the spec has no registry `{text}`{}", self.place()),
                meant(text, spec),
            )),
            [first, second, ..] => Err(Error::usage(
                format!(
                    "the spec has {} registries `{text}`: which one is meant?",
                    found.len()
                ),
                format!("give its id, such as {} or {}", first.id, second.id),
            )),
        }
    }

    /// Returns the place that the flags name, as the end of a message.
    fn place(&self) -> String {
        let mut place = String::new();
        if let Some(group) = &self.resource_group {
            place += &format!(" in resource group `{group}`");
        }
        if let Some(subscription) = &self.subscription {
            place += &format!(" in subscription `{subscription}`");
        }
        place
    }

    /// Returns the id of a registry: the `known` one, or else that of the registry with this name, which is looked up with
    /// one request.
    ///
    /// # Errors
    /// The account sees no such registry, or the flags name another place than the registry's.
    pub(crate) fn find(
        &self,
        text: &str,
        known: Option<RegistryId>,
        session: &Session<'_>,
    ) -> Result<RegistryId, Error> {
        let id = match known {
            Some(id) => id,
            None => session.find_registry(text, self.subscription.as_deref())?,
        };
        self.check(text, &id)?;
        Ok(id)
    }

    /// Asks for a registry among those that the account sees, as far as the flags do not exclude it.
    ///
    /// # Errors
    /// There is no such registry, or the answer leads to none.
    fn ask(&self, question: &Question<'_>, session: &Session<'_>) -> Result<RegistryId, Error> {
        let mut ids = session.visible_ids()?;
        ids.retain(|id| self.fits(id));
        let names: Vec<String> = ids.iter().map(|id| id.name().to_owned()).collect();
        let answer = session.ask(&Question {
            names: &names,
            ..*question
        })?;
        // Two registries of one name are in two clouds, so the list has it once.
        match ids.iter().find(|id| id.name().eq_ignore_ascii_case(&answer)) {
            Some(id) => Ok(id.clone()),
            None => self.find(&answer, self.known(&answer)?, session),
        }
    }

    /// Reads what the command line says about a registry, as [`Self::known`] does. Without a registry, refuses to go on where
    /// the user cannot be asked.
    ///
    /// # Errors
    /// A usage error.
    pub(crate) fn known_or_asked(
        &self,
        text: Option<&str>,
        question: &Question<'_>,
        interface: &dyn Interface,
    ) -> Result<Option<RegistryId>, Error> {
        match text {
            Some(text) => self.known(text),
            None => question.check(interface).map(|()| None),
        }
    }

    /// Returns the id of a registry, as [`Self::find`] does. Without a registry, asks.
    ///
    /// # Errors
    /// As for [`Self::find`] and [`Self::ask`].
    pub(crate) fn find_or_ask(
        &self,
        text: Option<&str>,
        known: Option<RegistryId>,
        question: &Question<'_>,
        session: &Session<'_>,
    ) -> Result<RegistryId, Error> {
        match text {
            Some(text) => self.find(text, known, session),
            None => self.ask(question, session),
        }
    }

    /// Returns the registry with this id, or with this name and these flags.
    ///
    /// # Errors
    /// A usage error: the text is neither, or the flags leave something out.
    pub(crate) fn complete(&self, text: &str) -> Result<RegistryId, Error> {
        match self.known(text)? {
            Some(id) => Ok(id),
            None => self.registry(text),
        }
    }

    /// Returns true if the flags do not contradict the id.
    pub(crate) fn fits(&self, id: &RegistryId) -> bool {
        fits(self.subscription.as_deref(), id.subscription())
            && fits(self.resource_group.as_deref(), id.resource_group())
    }

    /// Checks that the flags do not contradict the registry that a name stands for.
    ///
    /// # Errors
    /// They do.
    pub(crate) fn check(&self, name: &str, id: &RegistryId) -> Result<(), Error> {
        match self.fits(id) {
            true => Ok(()),
            false => Err(Self::other_place(name, id)),
        }
    }

    /// Returns the error of a registry that is in another place than asked for.
    pub(crate) fn other_place(name: &str, id: &RegistryId) -> Error {
        let failure = Failure::new(
            ErrorCode::RegistryNotFound,
            format!(
                "registry `{name}` is in resource group `{}` of subscription `{}`",
                id.resource_group(),
                id.subscription()
            ),
        );
        Error::Failed(
            failure.with_help("correct --resource-group and --subscription, or leave them out"),
        )
    }

    /// Returns the registry with this name.
    pub(crate) fn registry(&self, name: &str) -> Result<RegistryId, Error> {
        const GROUP: (&str, &str) = ("resource group", "--resource-group RG");
        const SUBSCRIPTION: (&str, &str) =
            ("subscription", "--subscription ID (or AZURE_SUBSCRIPTION_ID)");
        let (subscription, group) = match (&self.subscription, &self.resource_group) {
            (Some(subscription), Some(group)) => (subscription, group),
            (None, None) => return Err(incomplete(name, &[GROUP, SUBSCRIPTION])),
            (None, Some(_)) => return Err(incomplete(name, &[SUBSCRIPTION])),
            (Some(_), None) => return Err(incomplete(name, &[GROUP])),
        };
        match RegistryId::new(subscription, group, name) {
            Ok(id) => Ok(id),
            Err(error) => Err(Error::usage(
                error.to_string(),
                "correct --subscription or --resource-group",
            )),
        }
    }
}

/// Returns the next step for a registry that a spec does not have: the place of one with this name, or a name like it.
fn meant(text: &str, spec: &Spec) -> String {
    let name = text.rsplit('/').next().unwrap_or(text);
    let mut names = Vec::new();
    for wanted in &spec.registries {
        let id = &wanted.id;
        if id.name().eq_ignore_ascii_case(name) {
            return format!(
                "it has `{name}` in resource group `{}` of subscription `{}`",
                id.resource_group(),
                id.subscription()
            );
        }
        names.push(id.name());
    }
    spec::suggest_name(name, &names, "add the registry under `registries`")
}

/// Returns true if a flag is not given, or names this part of an id.
fn fits(flag: Option<&str>, part: &str) -> bool {
    flag.is_none_or(|flag| flag.eq_ignore_ascii_case(part))
}

/// Reads a registry id.
pub(crate) fn parse_id(text: &str) -> Result<RegistryId, Error> {
    RegistryId::parse(text).map_err(|error| {
        Error::usage(
            error.to_string(),
            "give the id as `az acr show --query id` prints it",
        )
    })
}

/// Returns the error of a name without these parts of its id. Each part has the flag that gives it.
fn incomplete(name: &str, parts: &[(&str, &str)]) -> Error {
    let (mut missing, mut flags) = (Vec::new(), Vec::new());
    for (part, flag) in parts {
        missing.push(*part);
        flags.push(*flag);
    }
    Error::usage(
        format!("registry `{name}` needs its {}", missing.join(" and ")),
        format!("add {}, or give the registry's id", flags.join(" and ")),
    )
}
