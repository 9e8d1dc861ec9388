//! The same work for many things, on every core, off the threads that answer requests.

use std::num::NonZero;
use std::thread;

/// Below this it is not worth waking anybody.
const FEW: usize = 8;

/// What each comes to, in order.
///
/// # Panics
/// If `work` does.
pub(crate) async fn on_every_core<T, R>(things: Vec<T>, work: impl Fn(T) -> R + Send + Sync + 'static) -> Vec<R>
where
    T: Send + 'static,
    R: Send + 'static,
{
    if things.len() < FEW {
        return things.into_iter().map(work).collect();
    }
    let spread = move || {
        let cores = thread::available_parallelism().map_or(1, NonZero::get);
        let share = things.len().div_ceil(cores);
        let mut rest = things.into_iter();
        let work = &work;
        thread::scope(|scope| {
            let shares: Vec<Vec<T>> = (0..cores).map(|_| rest.by_ref().take(share).collect()).collect();
            let at_work: Vec<_> = shares
                .into_iter()
                .map(|share| scope.spawn(move || share.into_iter().map(work).collect::<Vec<_>>()))
                .collect();
            at_work.into_iter().flat_map(|it| it.join().expect("no work panics")).collect()
        })
    };
    tokio::task::spawn_blocking(spread).await.expect("no work panics")
}
