//! What became of each row, to keep: as a table for spreadsheets or as JSON, written as it is read.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use actix_web::web::Bytes;
use futures_core::Stream;
use passport_intake::sheet::Sheet;
use serde_json::Value;

use super::Import;
use super::ask::{row, rows};
use super::rows::RowResult;
use crate::app::App;
use crate::error::ApiError;

const COLUMNS: [&str; 7] = ["Line", "Reference", "Outcome", "About", "Field", "Code", "Detail"];

/// In which form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// A table of which no cell is a formula.
    Csv,
    /// An object with all rows.
    Json,
}

/// The rows of an import, page by page.
pub(crate) fn download(app: App, import: Import, form: Form) -> impl Stream<Item = Result<Bytes, ApiError>> {
    let state = Some((Writer::begin(form), String::new()));
    futures_util::stream::try_unfold(state, move |state| {
        let (app, import) = (app.clone(), import.clone());
        async move {
            let Some((mut writer, after)) = state else { return Ok(None) };
            let (page, next) = rows(&app, &import, None, &after).await?;
            for row in &page {
                writer.row(row);
            }
            if next.is_none() {
                writer.end();
            }
            let bytes = writer.take();
            Ok(Some((bytes, next.map(|next| (writer, next)))))
        }
    })
}

/// Bytes that were written and not yet sent.
#[derive(Clone, Default)]
struct Waiting(Arc<Mutex<Vec<u8>>>);

impl Write for Waiting {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Writes rows in one form. Writing into memory does not fail.
struct Writer {
    waiting: Waiting,
    sheet: Option<Sheet<Waiting>>,
    first: bool,
}

impl Writer {
    fn begin(form: Form) -> Self {
        let mut waiting = Waiting::default();
        let sheet = match form {
            Form::Csv => Sheet::begin(waiting.clone(), COLUMNS).ok(),
            Form::Json => {
                let _ = waiting.write(b"{\"rows\":[");
                None
            }
        };
        Self { waiting, sheet, first: true }
    }

    fn row(&mut self, it: &RowResult) {
        let Some(sheet) = &mut self.sheet else {
            let comma = if std::mem::take(&mut self.first) { "" } else { "," };
            let _ = write!(self.waiting, "{comma}{}", row(it));
            return;
        };
        let text = |name: &str| it.detail[name].as_str().unwrap_or_default();
        let line = it.line.to_string();
        let about = [text("about"), text("subject")].concat();
        let faults: &[Value] = it.detail["faults"].as_array().map_or(&[], Vec::as_slice);
        let part = |name: &str| {
            let parts: Vec<_> = faults.iter().filter_map(|fault| fault[name].as_str()).collect();
            parts.join("; ")
        };
        let people: Vec<_> = it.detail["people"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let code = if faults.is_empty() { text("reason").to_owned() } else { part("code") };
        let detail = if faults.is_empty() { people.join("; ") } else { part("detail") };
        let cells: [&str; 7] = [&line, &it.reference, it.outcome.name(), &about, &part("field"), &code, &detail];
        let _ = sheet.row(cells);
    }

    fn end(&mut self) {
        if self.sheet.is_none() {
            let _ = self.waiting.write(b"]}\n");
        }
    }

    fn take(&mut self) -> Bytes {
        std::mem::take(&mut *self.waiting.0.lock().unwrap_or_else(PoisonError::into_inner)).into()
    }
}
