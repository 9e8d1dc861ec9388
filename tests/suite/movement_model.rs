//! The states of a movement, explored: from each state every actor tries every step, and only what the
//! diagram in `docs/MOVEMENT.md` allows happens, also when two calls race.

use std::thread;

use passport_issuer::movement::sweep;
use passport_issuer::world::{Random, World};
use passport_tests::moving::{Moving, registered_nurse, ward_nurse};
use passport_tests::{DAY, Hr, TestApp, count, on_each_database};
use serde_json::{Value, json};

/// The diagram: state, step, who may take it, where it leads. Written down a second time, on purpose.
const DIAGRAM: &[(&str, &str, &str, &str)] = &[
    ("requested", "share", "person", "shared"),
    ("requested", "decline", "person", "declined"),
    ("requested", "cancel", "host", "cancelled"),
    ("shared", "share", "person", "shared"),
    ("shared", "assess", "host", "assessed"),
    ("shared", "decline", "host", "declined"),
    ("shared", "withdraw", "person", "withdrawn"),
    ("shared", "cancel", "host", "cancelled"),
    ("assessed", "share", "person", "shared"),
    ("assessed", "assess", "host", "assessed"),
    ("assessed", "agree", "host", "agreed"),
    ("assessed", "decline", "host", "declined"),
    ("assessed", "withdraw", "person", "withdrawn"),
    ("assessed", "cancel", "host", "cancelled"),
    ("agreed", "share", "person", "agreed"),
    ("agreed", "assess", "host", "agreed"),
    ("agreed", "start", "host", "active"),
    ("agreed", "withdraw", "person", "withdrawn"),
    ("agreed", "cancel", "host", "cancelled"),
    ("active", "share", "person", "active"),
    ("active", "assess", "host", "active"),
    ("active", "end", "host", "ended"),
    ("active", "withdraw", "person", "withdrawn"),
];
const STATES: [&str; 9] =
    ["requested", "shared", "assessed", "agreed", "active", "ended", "declined", "withdrawn", "cancelled"];
const STEPS: [&str; 8] = ["share", "assess", "agree", "start", "end", "decline", "withdraw", "cancel"];
const ACTORS: [&str; 4] = ["host", "person", "sender", "stranger"];

fn leads_to(state: &str, step: &str, actor: &str) -> Option<&'static str> {
    DIAGRAM.iter().find(|(from, by, who, _)| (*from, *by, *who) == (state, step, actor)).map(|(.., to)| *to)
}

struct Scene {
    app: TestApp,
    host: Hr,
    sender: Hr,
    pass: Value,
}

impl Scene {
    fn new(database: passport_tests::Database) -> Self {
        let (app, sender, host) = TestApp::start(database);
        let pass = sender.issue(&registered_nurse("1", "Ana Ng"))["pass"]["text"].clone();
        let _ = host.publish(&ward_nurse()).expect(201);
        Self { app, host, sender, pass }
    }

    fn fresh(&self) -> Moving {
        self.host.ask("ward-nurse")
    }

    /// A movement that was taken to a state by the steps of the diagram.
    fn in_state(&self, state: &str) -> Moving {
        let mut moving = self.fresh();
        let way: &[&str] = match state {
            "requested" => &[],
            "shared" => &["share"],
            "assessed" => &["share", "assess"],
            "agreed" => &["share", "assess", "agree"],
            "active" => &["share", "assess", "agree", "start"],
            "ended" => &["share", "assess", "agree", "start", "end"],
            "declined" => &["share", "decline"],
            "withdrawn" => &["share", "withdraw"],
            _ => &["cancel"],
        };
        for step in way {
            let actor = if matches!(*step, "share" | "withdraw") { "person" } else { "host" };
            assert!(self.attempt(&mut moving, step, actor), "{step} on the way to {state}");
        }
        assert_eq!(moving.state(), state);
        moving
    }

    /// Somebody tries a step; whether it was done.
    fn attempt(&self, moving: &mut Moving, step: &str, actor: &str) -> bool {
        if step == "start" {
            let _ = moving.confirm("nmc", "2026-11-21", true);
        }
        if (step, actor) == ("share", "person") && moving.receipt.is_some() && !is_over(moving) {
            moving.ask_again();
        }
        let answer = match (actor, step) {
            ("host", _) => moving.step(step),
            ("sender", _) => moving.step_as(&self.sender, step),
            ("stranger", _) => moving.step_as(&self.sender.with_key("spk_none"), step),
            ("person", "share") => moving.show(&[&self.pass]),
            ("person", "decline") => moving.person().post("/v1/share/decline", &json!({ "reason": "asks-too-much" })),
            ("person", "withdraw") => moving.holder().post("/v1/receipt/withdraw", &json!({})),
            // A person has no door to the host's steps: neither link nor receipt opens it.
            _ => {
                let by_link = moving.step_as(&moving.person(), step);
                assert_eq!(by_link.status, 401, "{}", by_link.text());
                moving.step_as(&moving.holder(), step)
            }
        };
        assert!(answer.status < 500, "{actor} {step}: {}", answer.text());
        (200..300).contains(&answer.status)
    }
}

fn is_over(moving: &Moving) -> bool {
    STATES[5..].contains(&moving.state().as_str())
}

#[test]
fn from_every_state_only_what_the_diagram_allows_happens() {
    on_each_database(|database| {
        let scene = Scene::new(database);
        for state in STATES {
            let mut moving = scene.in_state(state);
            for actor in ACTORS {
                for step in STEPS {
                    let expected = leads_to(state, step, actor);
                    let done = scene.attempt(&mut moving, step, actor);
                    assert_eq!(done, expected.is_some(), "{actor} tries to {step} what is {state}");
                    assert_eq!(moving.state(), expected.unwrap_or(state), "{actor}: {step} from {state}");
                    if done && step != "share" {
                        moving = scene.in_state(state);
                    } else if done {
                        moving = if moving.state() == state { moving } else { scene.in_state(state) };
                    }
                }
            }
        }
    });
}

#[test]
fn no_walk_of_any_mix_of_actors_leaves_the_diagram() {
    on_each_database(|database| {
        let scene = Scene::new(database);
        let world = World::new(scene.app.clock.clone(), Random::seeded(7));
        for _ in 0..count(12, 150) {
            let mut moving = scene.fresh();
            let mut state = "requested";
            let random = world.random.bytes();
            for pair in random.chunks(2) {
                let (step, actor) = (STEPS[usize::from(pair[0]) % 8], ACTORS[usize::from(pair[1]) % 4]);
                let expected = leads_to(state, step, actor);
                assert_eq!(scene.attempt(&mut moving, step, actor), expected.is_some(), "{actor} {step} from {state}");
                state = expected.unwrap_or(state);
                assert_eq!(moving.state(), state);
            }
        }
    });
}

#[test]
fn of_two_calls_that_race_one_at_most_wins_from_a_state() {
    on_each_database(|database| {
        let scene = Scene::new(database);
        let pairs = [
            ("assessed", ("agree", "host"), ("cancel", "host")),
            ("assessed", ("agree", "host"), ("withdraw", "person")),
            ("agreed", ("start", "host"), ("withdraw", "person")),
            ("active", ("end", "host"), ("withdraw", "person")),
            ("requested", ("cancel", "host"), ("share", "person")),
            ("requested", ("share", "person"), ("share", "person")),
            ("shared", ("decline", "host"), ("withdraw", "person")),
        ];
        for round in 0..count(2, 20) {
            for (state, one, two) in pairs {
                let moving = scene.in_state(state);
                let _ = if state == "agreed" { Some(moving.confirm("nmc", "2026-11-21", true)) } else { None };
                let call = |(step, actor): (&'static str, &'static str)| {
                    let answer = match (actor, step) {
                        ("host", step) => moving.step(step),
                        (_, "share") => moving.person().post("/v1/share", &json!({ "passes": [scene.pass] })),
                        _ => moving.holder().post("/v1/receipt/withdraw", &json!({})),
                    };
                    assert!(answer.status < 500, "{step}: {}", answer.text());
                    answer.status < 300
                };
                let (first, second) = thread::scope(|scope| {
                    let first = scope.spawn(|| call(one));
                    let second = scope.spawn(|| call(two));
                    (first.join().unwrap(), second.join().unwrap())
                });
                let steps = moving.look()["steps"].as_array().unwrap().clone();
                let mut at = "requested".to_owned();
                for step in &steps {
                    let (name, to) = (step["step"].as_str().unwrap(), step["state"].as_str().unwrap());
                    let allowed = ["host", "person"].iter().any(|actor| leads_to(&at, name, actor) == Some(to));
                    assert!(allowed, "round {round}: {at} -{name}-> {to}: {steps:#?}");
                    to.clone_into(&mut at);
                }
                assert_eq!(moving.state(), at, "the books tell how it came to this");
                assert!(first || second, "somebody wins: {state} {one:?} {two:?}");
                let used = steps.iter().filter(|step| step["step"] == "share").count();
                assert!(used <= 1, "a link works once");
            }
        }
    });
}

#[test]
fn the_clock_ends_what_is_active_and_cancels_what_is_not() {
    on_each_database(|database| {
        let scene = Scene::new(database);
        let all: Vec<Moving> = STATES.iter().map(|state| scene.in_state(state)).collect();
        scene.app.clock.advance(28 * DAY);
        let sweep_once = || scene.app.runtime.block_on(sweep(&scene.app.app)).unwrap();
        // Two nodes look at once.
        let (one, two) = thread::scope(|scope| {
            let other = scope.spawn(sweep_once);
            (sweep_once(), other.join().unwrap())
        });
        assert!(one + two >= 5, "{one} and {two}");
        for (state, moving) in STATES.iter().zip(&all) {
            let expected = match *state {
                "active" => "ended",
                "requested" | "shared" | "assessed" | "agreed" => "cancelled",
                over => over,
            };
            assert_eq!(moving.state(), expected);
            let ends = moving.look()["steps"].as_array().unwrap().iter().filter(|it| it["actor"] == "clock").count();
            assert_eq!(ends, usize::from(*state != expected), "once");
        }
    });
}
