//! One request from arrival to answer: faults, the part of the sandbox that answers, the state on disk, the log.

use std::net::IpAddr;
use std::sync::PoisonError;
use std::time::Instant;

use axum::http::Method;

use super::arm;
use super::data_plane::DataPlane;
use super::data_plane::visit::is_host;
use super::entra::{authority, bearer, metadata};
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
    /// Answers, saves what changed and logs. One request at a time: the lock is what makes writes atomic.
    pub(crate) fn exchange(
        &self,
        request: &Request,
        peer: IpAddr,
        broken: Option<Answer>,
        arrived: Instant,
    ) -> Played {
        let mut store = self.store.lock().unwrap_or_else(PoisonError::into_inner);
        self.tell(Phase::Before, request, &store);
        let mut played = match broken {
            Some(answer) => Played::whole(answer),
            None => self.keeping_changes(&mut store, request, peer),
        };
        let status = played.status();
        self.tell(Phase::After { status }, request, &store);
        drop(store);
        let secret = authority::is_one(request) || is_host(&request.host());
        self.log.write(request, secret, status, arrived.elapsed());
        if !secret {
            played.answer = headers::add(played.answer, request, self.rates());
        }
        played
    }

    /// What counts requests where nothing is throttled.
    fn rates(&self) -> Option<&Rates> {
        self.buckets.is_none().then_some(&self.rates)
    }

    fn tell(&self, phase: Phase, request: &Request, store: &Store) {
        let observer = self.options().on_request.clone();
        if let Some(observer) = observer {
            observer.tell(phase, request, store);
        }
    }

    /// Processes the request and saves what it changed. A write that cannot be saved has not happened.
    fn keeping_changes(&self, store: &mut Store, request: &Request, peer: IpAddr) -> Played {
        let found = store.begin(!matches!(request.method, Method::GET | Method::HEAD));
        let played = self.noting_changes(store, request, peer);
        match store.finish(found) {
            Err(unsaved) if unsaved.undone => Played::whole(errors::unsaved(&unsaved.error)),
            Err(Unsaved { error, .. }) => {
                tracing::warn!(%error, "the state is not saved; the next write tries again");
                played
            }
            Ok(()) => played,
        }
    }

    /// Processes the request and notes what it changed of a registry's firewall.
    fn noting_changes(&self, store: &mut Store, request: &Request, peer: IpAddr) -> Played {
        if self.options().propagation.is_zero() || request.method == Method::GET {
            return self.with_faults(store, request, peer);
        }
        let key = request.resource_key();
        let propagation = || self.propagation.lock().unwrap_or_else(PoisonError::into_inner);
        let before = propagation().before(store.resources.get(&key));
        let played = self.with_faults(store, request, peer);
        let now = self.options().clock.now();
        propagation().after(now, &key, before, store.resources.get(&key));
        played
    }

    fn with_faults(&self, store: &mut Store, request: &Request, peer: IpAddr) -> Played {
        if self.options().faults.is_empty() {
            store.operations.release();
            return Played::whole(self.process(store, request, peer));
        }
        let mut faults = self.faults.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(effect) = faults.next(request) {
            let actor = bearer::authenticate(&self.identity, request).map(|claims| claims.appid);
            let actor = actor.unwrap_or_default();
            return faults.play(effect, store, request, &actor, &mut |store, request| {
                self.process(store, request, peer)
            });
        }
        let polled = faults.poll(request);
        drop(faults);
        match polled.map(|answer| bearer::authenticate(&self.identity, request).map(|_| answer)) {
            Some(answered) => Played::whole(answered.unwrap_or_else(|refused| refused)),
            None => Played::whole(self.process(store, request, peer)),
        }
    }

    /// The answer of whichever part is asked.
    fn process(&self, store: &mut Store, request: &Request, peer: IpAddr) -> Answer {
        let tenants = self.tenants(store);
        self.data_plane(store, request, peer)
            .or_else(|| authority::answer(&self.identity, &tenants, request))
            .or_else(|| metadata::answer(request))
            .unwrap_or_else(|| self.limited(store, request))
    }

    fn data_plane(&self, store: &Store, request: &Request, peer: IpAddr) -> Option<Answer> {
        let plane = DataPlane {
            store,
            identity: &self.identity,
            propagation: &self.propagation.lock().unwrap_or_else(PoisonError::into_inner),
            now: self.options().clock.now(),
            peer: self.options().client_ip.unwrap_or(peer),
        };
        plane.answer(request)
    }

    /// ARM's answer, within the limits.
    fn limited(&self, store: &mut Store, request: &Request) -> Answer {
        match self.take(store, request) {
            None => self.answer_arm(store, request),
            Some(Ok(remaining)) => remaining.add(self.answer_arm(store, request)),
            Some(Err(throttled)) => throttled,
        }
    }

    fn answer_arm(&self, store: &mut Store, request: &Request) -> Answer {
        arm::answer(store, &self.options(), &self.identity, request)
    }

    /// Takes a token for a request that a known principal sends to a known subscription; `None` where none is due.
    fn take(&self, store: &Store, request: &Request) -> Option<Result<Remaining, Answer>> {
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

    /// Tenants that the authority knows.
    fn tenants(&self, store: &Store) -> Vec<String> {
        let mut tenants = vec![self.identity.tenant_id.clone()];
        let of = store.subscriptions.iter().map(|known| known.tenant.clone());
        tenants.extend(of);
        tenants
    }
}
