//! Time and randomness, handed to whoever needs them, so that a test can hold them still.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use passport_schema::id::Id;
use passport_schema::time::Timestamp;
use sha2::{Digest as _, Sha256};

/// Where the time comes from.
#[derive(Debug, Clone)]
pub enum Clock {
    /// The system's clock.
    System,
    /// A clock that moves only when it is told to.
    Manual(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that stands at an instant.
    #[must_use]
    pub fn manual(at: Timestamp) -> Self {
        Self::Manual(Arc::new(AtomicI64::new(at.0)))
    }

    /// Now.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    pub fn now(&self) -> Timestamp {
        match self {
            Self::System => Timestamp(time::OffsetDateTime::now_utc().unix_timestamp()),
            Self::Manual(at) => Timestamp(at.load(Ordering::SeqCst)),
        }
    }

    /// Now, in milliseconds.
    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    fn millis(&self) -> u64 {
        let millis = match self {
            Self::System => time::OffsetDateTime::now_utc().unix_timestamp_nanos() / 1_000_000,
            Self::Manual(at) => i128::from(at.load(Ordering::SeqCst)) * 1_000,
        };
        u64::try_from(millis).unwrap_or_default()
    }

    /// Moves a manual clock on by so many seconds.
    pub fn advance(&self, seconds: i64) {
        if let Self::Manual(at) = self {
            at.fetch_add(seconds, Ordering::SeqCst);
        }
    }
}

/// Where random bytes come from.
#[derive(Debug, Clone)]
pub enum Random {
    /// The system.
    System,
    /// The same bytes for the same seed; for tests only.
    Seeded(u64, Arc<AtomicU64>),
}

impl Random {
    /// Random bytes that repeat for the same seed.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self::Seeded(seed, Arc::default())
    }

    /// 32 random bytes.
    ///
    /// # Panics
    /// If the system has no random bytes to give: nothing here is safe then.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is the source")]
    pub fn bytes(&self) -> [u8; 32] {
        match self {
            Self::System => {
                let mut bytes = [0; 32];
                getrandom::fill(&mut bytes).expect("the system gives random bytes");
                bytes
            }
            Self::Seeded(seed, count) => {
                let count = count.fetch_add(1, Ordering::SeqCst);
                Sha256::new().chain_update(seed.to_be_bytes()).chain_update(count.to_be_bytes()).finalize().into()
            }
        }
    }
}

/// Time and randomness together.
#[derive(Debug, Clone)]
pub struct World {
    /// The clock.
    pub clock: Clock,
    /// Random bytes.
    pub random: Random,
    made: Arc<AtomicU64>,
}

impl World {
    /// The real one.
    #[must_use]
    pub fn system() -> Self {
        Self::new(Clock::System, Random::System)
    }

    /// One with this clock and these random bytes.
    #[must_use]
    pub fn new(clock: Clock, random: Random) -> Self {
        Self { clock, random, made: Arc::default() }
    }

    /// A new id: a UUID of version 7 (RFC 9562, section 5.7), so that rows lie in the order of time;
    /// within a millisecond a counter keeps the order of one process (section 6.2, method 1).
    #[must_use]
    pub fn id(&self) -> Id {
        let random = self.random.bytes();
        let mut bytes = [0; 10];
        bytes.copy_from_slice(&random[..10]);
        let [.., high, low] = self.made.fetch_add(1, Ordering::SeqCst).to_be_bytes();
        bytes[..2].copy_from_slice(&[high, low]);
        Id(uuid::Builder::from_unix_timestamp_millis(self.clock.millis(), &bytes).into_uuid())
    }
}
