//! Paper passes as PDF. What is printed is what the verifier says of it by this deployment's own bundle.

use passport_paper::{Details, Fonts, Form, Paper, PaperError};
use passport_verifier::Verifier;

use crate::app::App;
use crate::error::ApiError;
use crate::issuance::Carrier;
use crate::relied;
use crate::store::credentials::Issued;

/// A paper pass as PDF.
///
/// # Errors
/// [`ApiError::State`] for a pass that is not for paper, or before the first trust list;
/// [`ApiError::Paper`] for one that is not accepted.
pub async fn print(app: &App, pass: &Issued, form: Form) -> Result<Vec<u8>, ApiError> {
    if pass.family != Carrier::Paper.name() {
        return Err(ApiError::State("this pass is not for paper; ask for one with the carrier paper".into()));
    }
    let reissue = app.store.read().await?.paper_passes_before(pass).await?;
    let bundle = relied::bundle(app).await?;
    let (lists, at, text) = (app.lists.clone(), app.world.clock.now(), pass.token.clone());
    let page = format!("{}/verify", app.address);
    let printed = tokio::task::spawn_blocking(move || {
        let paper = Paper::read(&text, &Verifier::new(&bundle, &lists), at, &lists)?;
        let details = Details { reissue: Some(reissue), verify_page: Some(&page) };
        paper.print(form, &details, &Fonts::built_in())
    });
    let printed = printed.await.map_err(|error| PaperError::Pdf(error.to_string()))??;
    Ok(printed.pdf)
}
