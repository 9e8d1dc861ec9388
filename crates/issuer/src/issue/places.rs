//! Where the status of what is signed will lie: blocks out of the organisation's lists.

use passport_schema::id::OrganisationCode;
use passport_schema::status::{LIST_SIZE, Place, block_size};
use passport_schema::time::Timestamp;

use crate::app::App;
use crate::error::ApiError;
use crate::issuance::Draft;
use crate::permutation::permute;
use crate::store::WriteTx;

/// A place for each draft, out of the lists for blocks of its size.
pub(crate) async fn reserve(
    tx: &mut WriteTx,
    app: &App,
    organisation: &OrganisationCode,
    drafts: &[&Draft],
    now: Timestamp,
) -> Result<Vec<Place>, ApiError> {
    let mut places = vec![None; drafts.len()];
    for size in [32, 64, 128] {
        let wanted: Vec<usize> =
            (0..drafts.len()).filter(|&index| block_size(drafts[index].records.len()) == Some(size)).collect();
        if wanted.is_empty() {
            continue;
        }
        let blocks =
            allocate(tx, app, organisation, size, u32::try_from(wanted.len()).unwrap_or(u32::MAX), now).await?;
        for (index, place) in wanted.into_iter().zip(blocks) {
            places[index] = Some(place);
        }
    }
    Ok(places.into_iter().flatten().collect())
}

/// Takes blocks of one size from the organisation's newest list for it, opening a list when needed.
///
/// # Errors
/// [`ApiError`].
pub async fn allocate(
    tx: &mut WriteTx,
    app: &App,
    organisation: &OrganisationCode,
    size: u32,
    count: u32,
    now: Timestamp,
) -> Result<Vec<Place>, ApiError> {
    loop {
        if let Some(reserved) = tx.reserve(organisation, size, count).await? {
            let key = app.keyring.sealing().open(&reserved.sealed, &list_context(organisation, reserved.list));
            let key =
                key.and_then(|key| <[u8; 32]>::try_from(key.as_slice()).ok()).ok_or(crate::keys::KeyFault::Sealed)?;
            let bits = (LIST_SIZE / size).ilog2();
            let place = |counter| Place { list: reserved.list, block: permute(&key, bits, counter) };
            return Ok((reserved.first..reserved.first + count).map(place).collect());
        }
        let number = tx.0.status_lists(organisation).await?.last().map_or(1, |last| last + 1);
        let sealed = app.keyring.sealing().seal(
            &app.world.random.bytes(),
            &list_context(organisation, number),
            &app.world.random.bytes(),
        );
        // When somebody else was quicker, their list serves as well.
        tx.open_list(organisation, number, size, &sealed, now).await?;
    }
}

fn list_context(organisation: &OrganisationCode, number: u32) -> String {
    format!("status-list/{organisation}/{number}")
}
