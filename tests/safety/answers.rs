//! Each field of each answer is removed, nulled or retyped once, and each answer is lost, repeated or old once. The run
//! succeeds or reports the failure truthfully.

use std::collections::BTreeSet;

use crate::cases::{Known, named};
use crate::judge::{self, End, count, judge};
use crate::matrix::full;
use crate::pool;
use crate::proxy::{Answer, Damage, Place, Proxy};
use crate::rig::{Rig, Run};
use crate::spoil;

/// The kinds of change.
const CASES: [&str; 7] = [
    "IP rules",
    "lock down an open registry",
    "subnets in two networks",
    "endpoints below rules",
    "provider registration",
    "restore",
    "restore --from a report",
];

/// One run with damage to one answer.
struct Point<'a> {
    known: &'a Known,
    place: Place,
    damage: Damage,
}

#[test]
fn damaged_answers_are_reported_truthfully() {
    let known = pool::each(CASES.to_vec(), |name| named(name).known());
    let (mut seen, mut lies) = (BTreeSet::new(), Vec::new());
    for known in &known {
        let all = points(known);
        let whole = all.len();
        let tried = if full() { all } else { one_of_each(all, &mut seen) };
        let results = pool::each(tried, |point| (point.shown(), point.end()));
        println!(
            "answers, {}: {} tried, {} converged, {} failed honestly, {} lies ({whole} in all)",
            known.case.name,
            results.len(),
            count(&results, &End::Converged),
            count(&results, &End::Honest),
            judge::lies(&results).len(),
        );
        lies.extend(judge::lies(&results));
    }
    assert!(lies.is_empty(), "{}", lies.join("\n"));
}

/// Returns all damage to all answers of a case.
fn points(known: &Known) -> Vec<Point<'_>> {
    let mut points = Vec::new();
    for answer in clean_answers(known) {
        for damage in damage(&answer) {
            points.push(Point {
                known,
                place: answer.place.clone(),
                damage,
            });
        }
    }
    points
}

/// Runs a case through a proxy that does no damage.
fn clean_answers(known: &Known) -> Vec<Answer> {
    let (rig, run) = run(known, None);
    assert_eq!(judge(known, &rig, &run), End::Converged, "{}", known.case.name);
    rig.answers()
}

fn run(known: &Known, damage: Option<(Place, Damage)>) -> (Rig, Run) {
    let rig = known.case.rig(None);
    let proxy = Proxy::start(rig.sandbox().ready(), damage);
    let rig = rig.behind(proxy);
    let run = rig.run(&[&known.case.words[..], &["--timeout", "10s"]].concat());
    (rig, run)
}

/// Returns all damage to an answer.
fn damage(answer: &Answer) -> Vec<Damage> {
    let mut all = vec![Damage::Late, Damage::Truncated, Damage::Dropped, Damage::Repeated];
    if answer.place.nth > 0 {
        all.push(Damage::Stale);
    }
    for how in spoil::ALL {
        for pointer in spoil::fields(&answer.body) {
            all.push(Damage::Field(pointer, how));
        }
    }
    for name in spoil::headers(&answer.headers) {
        all.push(Damage::Header(name, spoil::How::Missing));
        all.push(Damage::Header(name, spoil::How::OtherType));
    }
    all
}

/// Keeps one point for each name of a field that was not `seen` and for each other kind of damage, with the ways to spoil
/// in turn.
fn one_of_each<'a>(points: Vec<Point<'a>>, seen: &mut BTreeSet<String>) -> Vec<Point<'a>> {
    let mut kept = Vec::new();
    for point in points {
        let name = point.kind();
        let turn = spoil::ALL[seen.len() % spoil::ALL.len()];
        let is_its_turn = match &point.damage {
            Damage::Field(_, how) => *how == turn,
            // A run that waits for its timeout is left to the whole matrix.
            Damage::Late => false,
            _ => true,
        };
        if is_its_turn && seen.insert(name) {
            kept.push(point);
        }
    }
    kept
}

impl Point<'_> {
    /// Returns the name of the field, or the damage itself.
    fn kind(&self) -> String {
        match &self.damage {
            Damage::Field(pointer, _) => pointer.rsplit('/').next().unwrap_or_default().to_owned(),
            other => format!("{other:?} {}", self.known.case.name),
        }
    }

    fn shown(&self) -> String {
        let Place { request, nth } = &self.place;
        let case = self.known.case.name;
        format!("{:?} in answer {nth} to {request} of {case}", self.damage)
    }

    fn end(&self) -> End {
        let (rig, run) = run(self.known, Some((self.place.clone(), self.damage.clone())));
        judge(self.known, &rig, &run)
    }
}
