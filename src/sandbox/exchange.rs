//! One request from arrival to answer: faults, the part of the sandbox that answers, the state on disk, the log.

use std::net::IpAddr;
use std::sync::PoisonError;
use std::time::Instant;

use super::answer::Answer;
use super::fault::Played;
use super::observe::Phase;
use super::request::Request;
use super::server::Shared;
use super::store::Store;
use super::{arm, auth, authority, errors, headers};

impl Shared {
    /// Answers, saves what changed and logs. One request at a time: the lock is what makes writes atomic.
    pub(super) fn exchange(
        &self,
        request: &Request,
        _peer: IpAddr,
        broken: Option<Answer>,
        arrived: Instant,
    ) -> Played {
        let mut store = self.store.lock().unwrap_or_else(PoisonError::into_inner);
        self.tell(Phase::Before, request, &store);
        let mut played = match broken {
            Some(answer) => Played::whole(answer),
            None => self.with_faults(&mut store, request),
        };
        if let Err(error) = store.save(self.options.state_file.as_deref()) {
            played = Played::whole(errors::internal(&error.to_string()));
        }
        let status = played.status();
        self.tell(Phase::After { status }, request, &store);
        drop(store);
        let secret = authority::is_one(request);
        self.log.write(request, secret, status, arrived.elapsed());
        if !secret {
            played.answer = headers::add(played.answer, request, &self.rates);
        }
        played
    }

    fn tell(&self, phase: Phase, request: &Request, store: &Store) {
        if let Some(observer) = &self.options.on_request {
            observer.tell(phase, request, store);
        }
    }

    fn with_faults(&self, store: &mut Store, request: &Request) -> Played {
        if self.options.faults.is_empty() {
            return Played::whole(self.process(store, request));
        }
        let mut faults = self.faults.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(effect) = faults.next(request) {
            return faults.play(effect, store, request, &mut |store, request| {
                self.process(store, request)
            });
        }
        let polled = faults.poll(request);
        drop(faults);
        match polled.map(|answer| auth::authenticate(&self.identity, request).map(|_| answer)) {
            Some(answered) => Played::whole(answered.unwrap_or_else(|refused| refused)),
            None => Played::whole(self.process(store, request)),
        }
    }

    /// The answer of whichever part is asked.
    fn process(&self, store: &mut Store, request: &Request) -> Answer {
        let tenants = self.tenants(store);
        authority::answer(&self.identity, &tenants, request)
            .unwrap_or_else(|| arm::answer(store, &self.options, &self.identity, request))
    }

    /// Tenants that the authority knows.
    fn tenants(&self, store: &Store) -> Vec<String> {
        let mut tenants = vec![self.identity.tenant_id.clone()];
        let of = store.subscriptions.iter().map(|known| known.tenant.clone());
        tenants.extend(of);
        tenants
    }
}
