//! Beginning again when somebody else has changed the same thing in between.

use std::time::Duration;

use crate::error::ApiError;

const ATTEMPTS: u32 = 25;
const PAUSE: Duration = Duration::from_millis(20);

/// Does it until nobody gets in between; gives up with [`ApiError::Busy`] after some seconds.
///
/// # Errors
/// What it comes to.
pub async fn retry<T, F>(mut attempt: impl FnMut() -> F) -> Result<T, ApiError>
where
    F: Future<Output = Result<T, ApiError>>,
{
    for count in 1..=ATTEMPTS {
        match attempt().await {
            Err(ApiError::Busy) => tokio::time::sleep(PAUSE * count).await,
            result => return result,
        }
    }
    Err(ApiError::Busy)
}
