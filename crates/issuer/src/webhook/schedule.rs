//! When something that did not get through is tried again: pure functions of what happened, the time and
//! random bytes.

use passport_schema::time::Timestamp;

/// Until each next try of one event, in seconds: some seconds first, a day in the end, three and a half
/// days together. Whoever has not answered by then has to ask for it (dead letters).
const DELAYS: [i64; 10] = [5, 30, 120, 600, 1_800, 7_200, 21_600, 43_200, 86_400, 129_600];
/// Longest pause of a webhook between two tries of anything, in seconds.
const MAX_PAUSE: i64 = 300;
/// Longest pause that a receiver can ask for, in seconds.
pub const MAX_WISH: i64 = 3_600;
/// How long a webhook may fail without a success in between before it is disabled, in seconds.
pub const MAX_FAILING: i64 = 5 * 86_400;

/// Up to a fifth more, so that many that failed together do not come back together.
fn jitter(delay: i64, random: &[u8; 32]) -> i64 {
    let [first, second, ..] = random;
    delay + delay * i64::from(u16::from_be_bytes([*first, *second])) / (5 * i64::from(u16::MAX))
}

/// When an event is tried again that has failed this many times; `None` when it is given up.
#[must_use]
pub fn next_try(failed: i64, now: Timestamp, random: &[u8; 32]) -> Option<Timestamp> {
    let index = usize::try_from(failed).ok()?.checked_sub(1)?;
    DELAYS.get(index).map(|delay| now.plus(jitter(*delay, random)))
}

/// Until when a webhook rests that has failed this many times in a row.
#[must_use]
pub fn rest(failures: i64, now: Timestamp, random: &[u8; 32]) -> Timestamp {
    let doubled = u32::try_from(failures.clamp(0, 16)).map_or(MAX_PAUSE, |failures| 1_i64 << failures);
    now.plus(jitter(doubled.min(MAX_PAUSE), random))
}

/// Whether a webhook has failed for too long.
#[must_use]
pub fn is_lost(failing_since: Timestamp, now: Timestamp) -> bool {
    now.0 - failing_since.0 > MAX_FAILING
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_800_000_000);

    #[test]
    fn each_try_is_later_than_the_one_before_and_there_is_a_last_one() {
        let delays: Vec<_> = (1..).map_while(|failed| next_try(failed, NOW, &[0; 32])).map(|at| at.0 - NOW.0).collect();
        assert_eq!(delays, DELAYS);
        assert!(delays.is_sorted() && delays.iter().sum::<i64>() > 3 * 86_400);
        assert_eq!(next_try(0, NOW, &[0; 32]), None);
        assert_eq!(next_try(11, NOW, &[0; 32]), None);
    }

    #[test]
    fn chance_adds_up_to_a_fifth_and_takes_nothing_away() {
        for (random, wanted) in [([0; 32], 100), ([0x80; 32], 110), ([0xff; 32], 120)] {
            assert_eq!(jitter(100, &random), wanted);
        }
    }

    #[test]
    fn a_rest_doubles_and_is_never_long() {
        let rest = |failures| rest(failures, NOW, &[0; 32]).0 - NOW.0;
        assert_eq!([1, 2, 3, 8, 9, 1_000_000].map(rest), [2, 4, 8, 256, 300, 300]);
        assert!(!is_lost(NOW, NOW.plus(MAX_FAILING)));
        assert!(is_lost(NOW, NOW.plus(MAX_FAILING + 1)));
    }
}
