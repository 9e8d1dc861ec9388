//! Work that outlives a request: done once by whoever claims it, and gone on with when they die.

use passport_issuer::app::App;
use passport_issuer::error::ApiError;
use passport_issuer::jobs::{Claimed, Progress, work};
use passport_issuer::store::jobs::LEASE;
use passport_issuer::store::jobs::{Job, Kind, State};
use passport_schema::id::{Id, OrganisationCode};
use passport_tests::{TestApp, on_each_database};

fn rnn() -> OrganisationCode {
    OrganisationCode::parse("RNN").unwrap()
}

/// Adds a job of some steps that may begin in so many seconds.
async fn add(app: &App, total: i64, wait: i64) -> Id {
    let now = app.world.clock.now();
    let job = Job {
        id: app.world.id(),
        organisation: rnn(),
        kind: Kind::Withdrawal,
        state: State::Open,
        actor: "hr".into(),
        done: 0,
        total,
        not_before: now.plus(wait),
        failure: None,
        created: now,
        changed: now,
    };
    let mut tx = app.store.write().await.unwrap();
    tx.add_job(&job).await.unwrap();
    tx.commit().await.unwrap();
    job.id
}

async fn job(app: &App, id: Id) -> Job {
    app.store.read().await.unwrap().job(&rnn(), id).await.unwrap().unwrap()
}

/// One step: counts up by one, and leaves a trace that stands only if the count does.
async fn count_up(app: &App, claimed: &Claimed) -> Result<Progress, ApiError> {
    let Job { done, total, .. } = claimed.job;
    if done == total {
        return Ok(Progress::Done);
    }
    let now = app.world.clock.now();
    let mut tx = app.store.write().await?;
    tx.add_job(&Job { id: app.world.id(), kind: Kind::Pull, total: done, ..claimed.job.clone() }).await?;
    tx.advance_job(&claimed.lease, done + 1, now).await?;
    tx.commit().await?;
    Ok(Progress::More(done + 1))
}

/// The traces that were left, each once.
async fn traces(app: &App) -> Vec<i64> {
    let mut found = Vec::new();
    let mut tx = app.store.write().await.unwrap();
    while let Some((job, _)) = tx.claim_job(Kind::Pull, "test", app.world.clock.now()).await.unwrap() {
        found.push(job.total);
    }
    found.sort_unstable();
    found
}

#[test]
fn a_job_is_done_once_however_many_look_for_work() {
    on_each_database(|database| {
        let (app, _, _) = TestApp::start(database);
        app.runtime.block_on(async {
            let id = add(&app.app, 20, 0).await;
            let workers: Vec<_> = (0..6)
                .map(|_| {
                    let app = app.app.clone();
                    tokio::spawn(async move { work(&app, Kind::Withdrawal, count_up).await })
                })
                .collect();
            let mut steps = 0;
            for worker in workers {
                steps += worker.await.unwrap().unwrap();
            }
            assert_eq!(steps, 21, "twenty and the one that finds nothing left");
            let job = job(&app.app, id).await;
            assert_eq!((job.state, job.done), (State::Done, 20));
            assert_eq!(traces(&app.app).await, (0..20).collect::<Vec<_>>());
        });
    });
}

#[test]
fn whoever_comes_after_a_dead_node_goes_on_and_the_dead_one_writes_nothing_more() {
    on_each_database(|database| {
        let (app, _, _) = TestApp::start(database);
        app.runtime.block_on(async {
            let id = add(&app.app, 3, 0).await;
            let mut tx = app.app.store.write().await.unwrap();
            let (job_then, dead) =
                tx.claim_job(Kind::Withdrawal, "dead", app.app.world.clock.now()).await.unwrap().unwrap();
            tx.advance_job(&dead, 1, app.app.world.clock.now()).await.unwrap();
            tx.commit().await.unwrap();
            assert_eq!(job_then.id, id);
            assert_eq!(work(&app.app, Kind::Withdrawal, count_up).await.unwrap(), 0, "its lease still holds");

            app.clock.advance(LEASE + 1);
            assert_eq!(work(&app.app, Kind::Withdrawal, count_up).await.unwrap(), 3);
            assert_eq!(job(&app.app, id).await.state, State::Done);
            assert_eq!(traces(&app.app).await, [1, 2]);

            let mut tx = app.app.store.write().await.unwrap();
            tx.advance_job(&dead, 2, app.app.world.clock.now()).await.unwrap_err();
            tx.finish_job(&dead, None, app.app.world.clock.now()).await.unwrap_err();
        });
    });
}

#[test]
fn what_was_overtaken_or_cannot_be_done_leaves_nothing_behind() {
    on_each_database(|database| {
        let (app, _, _) = TestApp::start(database);
        app.runtime.block_on(async {
            let id = add(&app.app, 3, 0).await;
            let overtaken = async |_: &App, _: &Claimed| Err(ApiError::Busy);
            assert_eq!(work(&app.app, Kind::Withdrawal, overtaken).await.unwrap(), 1);
            assert_eq!(work(&app.app, Kind::Withdrawal, count_up).await.unwrap(), 0, "not at once again");
            app.clock.advance(60);
            let never = async |_: &App, _: &Claimed| Ok(Progress::Failed("never"));
            work(&app.app, Kind::Withdrawal, never).await.unwrap();
            let job = job(&app.app, id).await;
            assert_eq!((job.state, job.done, job.failure.as_deref()), (State::Failed, 0, Some("never")));
            assert_eq!(traces(&app.app).await, Vec::<i64>::new());
        });
    });
}

#[test]
fn a_job_is_called_off_only_before_it_begins() {
    on_each_database(|database| {
        let (app, _, _) = TestApp::start(database);
        app.runtime.block_on(async {
            let id = add(&app.app, 1, 600).await;
            let cancel = async |id| {
                let mut tx = app.app.store.write().await.unwrap();
                let cancelled = tx.cancel_job(&rnn(), id, app.app.world.clock.now()).await;
                tx.commit().await.unwrap();
                cancelled
            };
            assert_eq!(work(&app.app, Kind::Withdrawal, count_up).await.unwrap(), 0, "not before its time");
            cancel(id).await.unwrap();
            app.clock.advance(600);
            assert_eq!(work(&app.app, Kind::Withdrawal, count_up).await.unwrap(), 0);
            assert_eq!(job(&app.app, id).await.state, State::Cancelled);

            let late = add(&app.app, 1, 0).await;
            work(&app.app, Kind::Withdrawal, count_up).await.unwrap();
            cancel(late).await.unwrap_err();
            let other = OrganisationCode::parse("RTD").unwrap();
            assert!(app.app.store.read().await.unwrap().job(&other, late).await.unwrap().is_none());
        });
    });
}
