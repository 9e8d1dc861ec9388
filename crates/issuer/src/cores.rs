//! The same work for many things, on every core, off the threads that answer requests.

use std::num::NonZero;
use std::sync::Arc;
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
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let share = things.len().div_ceil(cores);
    let work = Arc::new(work);
    let mut rest = things.into_iter();
    let mut at_work = Vec::with_capacity(cores);
    while rest.len() > 0 {
        let share: Vec<T> = rest.by_ref().take(share).collect();
        let work = work.clone();
        at_work.push(tokio::task::spawn_blocking(move || share.into_iter().map(&*work).collect::<Vec<R>>()));
    }
    let mut all = Vec::new();
    for it in at_work {
        all.append(&mut it.await.expect("no work panics"));
    }
    all
}
