//! Work on many registries, side by side and fair: ARM counts requests per subscription, so one that is throttled must not
//! hold up the registries of the others.

use std::collections::BTreeMap;

use futures::stream::{self, Stream, StreamExt};

use crate::model::RegistryId;

/// Does the work of each registry, up to `parallel` registries of a subscription and up to `parallel` subscriptions at a
/// time. Gives the results as they come.
pub fn side_by_side<'a, W>(
    work: impl IntoIterator<Item = (&'a RegistryId, W)>,
    parallel: usize,
) -> impl Stream<Item = W::Output> + 'a
where
    W: Future + Send + 'a,
    W::Output: Send + 'a,
{
    let parallel = parallel.max(1);
    let streams = by_subscription(work)
        .into_values()
        .map(move |works| stream::iter(works).buffer_unordered(parallel).boxed());
    stream::iter(streams).flatten_unordered(parallel)
}

/// Sorts the work of each registry by its subscription, whose key is in lower case.
pub fn by_subscription<'a, W>(
    work: impl IntoIterator<Item = (&'a RegistryId, W)>,
) -> BTreeMap<String, Vec<W>> {
    let mut subscriptions: BTreeMap<String, Vec<W>> = BTreeMap::new();
    for (id, work) in work {
        let subscription = id.subscription().to_ascii_lowercase();
        subscriptions.entry(subscription).or_default().push(work);
    }
    subscriptions
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use futures::future::Either;

    use super::*;

    fn id(subscription: usize, name: &str) -> RegistryId {
        let id = format!(
            "/subscriptions/{subscription}/resourceGroups/g/providers/Microsoft.ContainerRegistry/registries/{name}"
        );
        RegistryId::parse(&id).unwrap()
    }

    #[tokio::test]
    async fn a_subscription_that_waits_holds_up_no_other() {
        let slow = [id(1, "aaaaa"), id(1, "bbbbb"), id(1, "ccccc")];
        let quick = [id(2, "ddddd"), id(2, "eeeee")];
        let mut work = Vec::new();
        for id in &slow {
            work.push((id, Either::Left(pending::<&str>())));
        }
        for id in &quick {
            work.push((id, Either::Right(ready(id.name()))));
        }
        let done: Vec<&str> = side_by_side(work, 2).take(2).collect().await;
        assert_eq!(done, ["ddddd", "eeeee"]);
    }
}
