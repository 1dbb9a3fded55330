//! One request from arrival to answer: faults, the part of the sandbox that answers, the state on disk, the log.

use std::net::IpAddr;
use std::sync::PoisonError;
use std::time::Instant;

use axum::http::Method;

use super::arm;
use super::data_plane::DataPlane;
use super::data_plane::client_address::{self, OWN_HEADERS, misspelt_header};
use super::data_plane::visit::{self, is_host};
use super::entra::{authority, bearer, metadata};
use super::faults::operations;
use super::faults::played::Played;
use super::protocol::errors;
use super::protocol::headers::{self, Rates};
use super::protocol::request::Request;
use super::protocol::response::Answer;
use super::server::request_hook::Phase;
use super::server::shared::Shared;
use super::server::throttle::{Ask, Remaining};
use super::state::store::{Store, Unsaved};

impl Shared {
    /// Answers a request, saves the changes it made, and logs it.
    ///
    /// The lock on the state is held until the answer is known, so requests are processed one at a time. `broken`
    /// is the answer for a request whose body could not be read.
    pub(crate) fn exchange(
        &self,
        request: &Request,
        peer: IpAddr,
        broken: Option<Answer>,
        arrived: Instant,
    ) -> Played {
        let mut store = self.store.lock().unwrap_or_else(PoisonError::into_inner);
        self.call_hook(Phase::Before, request, &store);
        let mut played = match broken {
            Some(answer) => Played::whole(answer),
            None => self.process_and_save(&mut store, request, peer),
        };
        let status = played.status();
        self.call_hook(Phase::After { status }, request, &store);
        drop(store);
        // Requests to the authority and to registries carry secrets; ARM's headers are not theirs.
        let secret = authority::is_one(request) || is_host(&request.host.name);
        self.log.write(request, secret, status, arrived.elapsed());
        if !secret {
            played.answer = headers::add(played.answer, request, self.rates());
        }
        played
    }

    /// Returns the counters of the rate headers, `None` if throttling has counters of its own.
    fn rates(&self) -> Option<&Rates> {
        match self.buckets {
            Some(_) => None,
            None => Some(&self.rates),
        }
    }

    fn call_hook(&self, phase: Phase, request: &Request, store: &Store) {
        // The lock on the options must not be held during the call: the hook may change them.
        let hook = self.options().on_request.clone();
        if let Some(hook) = hook {
            hook.call(phase, request, store);
        }
    }

    /// Processes a request and saves its changes. A write that cannot be saved is undone and answered 500.
    fn process_and_save(&self, store: &mut Store, request: &Request, peer: IpAddr) -> Played {
        let found = store.begin(!matches!(request.method, Method::GET | Method::HEAD));
        let played = self.process_and_propagate(store, request, peer);
        match store.finish(found) {
            Err(unsaved) if unsaved.undone => Played::whole(errors::unsaved(&unsaved.error)),
            Err(Unsaved { error, .. }) => {
                tracing::warn!(%error, "the state is not saved; the next write tries again");
                played
            }
            Ok(()) => played,
        }
    }

    /// Processes a request, and notes when its change of a registry's firewall reaches the data plane.
    fn process_and_propagate(&self, store: &mut Store, request: &Request, peer: IpAddr) -> Played {
        if self.options().propagation.is_zero() || request.method == Method::GET {
            return self.process_with_faults(store, request, peer);
        }
        let key = request.resource_key();
        // The data plane takes this lock too, so it is released while the request is processed.
        let before = {
            let propagation = self.propagation.lock().unwrap_or_else(PoisonError::into_inner);
            propagation.before(store.resources.get(&key))
        };
        let played = self.process_with_faults(store, request, peer);
        let now = self.options().clock.now();
        let mut propagation = self.propagation.lock().unwrap_or_else(PoisonError::into_inner);
        propagation.after(now, &key, before, store.resources.get(&key));
        played
    }

    fn process_with_faults(&self, store: &mut Store, request: &Request, peer: IpAddr) -> Played {
        if self.options().faults.is_empty() {
            store.operations.release();
            return Played::whole(self.process(store, request, peer));
        }
        let mut faults = self.faults.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(effect) = faults.next(request) {
            let actor = match bearer::authenticate(&self.identity, request) {
                Ok(claims) => claims.appid,
                Err(_) => String::new(),
            };
            return faults.play(effect, store, request, &actor, &mut |store, request| {
                self.process(store, request, peer)
            });
        }
        // A fault of an earlier write may let this read show the resource before it.
        let old = faults.old_resource(request);
        drop(faults);
        Played::whole(match old {
            Some(old) => operations::with_old_resource(store, request, old, &mut |store, request| {
                self.process(store, request, peer)
            }),
            None => self.process(store, request, peer),
        })
    }

    /// Asks the parts of the sandbox in turn; ARM answers what the others do not.
    fn process(&self, store: &mut Store, request: &Request, peer: IpAddr) -> Answer {
        if let Some(name) = misspelt_header(request) {
            let what = format!(
                "the header `{name}` is unknown; the sandbox has {}",
                OWN_HEADERS.join(", ")
            );
            return match is_host(&request.host.name) {
                true => client_address::refused(&what),
                false => errors::own_invalid_content(&what),
            };
        }
        if let Some(what) = request.open_question() {
            return match is_host(&request.host.name) {
                true => visit::not_established(&what),
                false => errors::not_established(&what),
            };
        }
        if let Some(answer) = self.answer_data_plane(store, request, peer) {
            return answer;
        }
        if authority::is_one(request) {
            return authority::answer(&self.identity, &self.tenants(store), request);
        }
        if let Some(answer) = metadata::answer(request) {
            return answer;
        }
        self.answer_arm(store, request)
    }

    fn answer_data_plane(&self, store: &Store, request: &Request, peer: IpAddr) -> Option<Answer> {
        let plane = DataPlane {
            store,
            identity: &self.identity,
            propagation: &self.propagation.lock().unwrap_or_else(PoisonError::into_inner),
            now: self.options().clock.now(),
            peer: self.options().client_ip.unwrap_or(peer),
        };
        plane.answer(request)
    }

    /// Returns ARM's answer, or its 429 if the request is over the limits.
    fn answer_arm(&self, store: &mut Store, request: &Request) -> Answer {
        let limits = self.take_token(store, request);
        if let Some(Err(throttled)) = limits {
            return throttled;
        }
        let answer = arm::answer(store, &self.options(), &self.identity, request);
        match limits {
            Some(Ok(remaining)) => remaining.add(answer),
            _ => answer,
        }
    }

    /// Takes a token from the buckets of the caller and its subscription.
    ///
    /// `None` if nothing is throttled, the caller is not authenticated, or the subscription is not known.
    fn take_token(&self, store: &Store, request: &Request) -> Option<Result<Remaining, Answer>> {
        let buckets = self.buckets.as_ref()?;
        let claims = bearer::authenticate(&self.identity, request).ok()?;
        let subscription = store.subscription(request.segments.get(1)?)?;
        let ask = Ask {
            subscription: &subscription.id,
            principal: &claims.appid,
            method: request.counted_as(),
        };
        let mut buckets = buckets.lock().unwrap_or_else(PoisonError::into_inner);
        Some(buckets.take(self.options().clock.now(), &ask))
    }

    /// Returns the tenants that the authority knows: the application's own, and those of all subscriptions.
    fn tenants(&self, store: &Store) -> Vec<String> {
        let mut tenants = vec![self.identity.tenant_id.clone()];
        for subscription in &store.subscriptions {
            tenants.push(subscription.tenant.clone());
        }
        tenants
    }
}
