//! The letter that invites somebody to collect their passport on paper. There is no code in it: what
//! goes by post can be opened by others.

use crate::error::PaperError;
use crate::flow::{A4, Flow};
use crate::page::MM;
use crate::paper::Paper;
use crate::typeset::{Setter, Style};

const SIDE: f32 = 22.0 * MM;
const TEXT: Style = Style { leading: 17.5, ..Style::regular(14.0) };
const BOLD: Style = Style::bold(14.0);
const HEADING: Style = Style::bold(16.0);
/// Where the address shows in a DL window envelope.
const WINDOW: f32 = 48.0 * MM;
const AFTER_WINDOW: f32 = 88.0 * MM;

/// Prints the letter.
pub(crate) fn print(paper: &Paper, setter: &mut Setter<'_>) -> Result<Vec<u8>, PaperError> {
    // A letter without a name reaches nobody, and no code says it here.
    let known = setter.knows(&paper.name);
    let name = if known { paper.name.clone() } else { "colleague".to_owned() };
    if !known {
        setter.keep_missing(&paper.name);
    }
    let mut flow = Flow::new(setter, SIDE, 16.0 * MM, 16.0 * MM);
    flow.paragraph(&paper.issuer, BOLD);
    flow.y = flow.y.max(WINDOW);
    if known {
        flow.paragraph(&name, TEXT);
    }
    flow.y = flow.y.max(AFTER_WINDOW);
    flow.paragraph(&paper.issued.london_date().plain(), TEXT);
    flow.skip(8.0);
    flow.heading(1, "Collect your staff passport on paper", Style::bold(22.0), 0.0);
    flow.skip(4.0);
    flow.paragraph(&format!("Dear {name},"), TEXT);
    flow.skip(6.0);
    flow.paragraph(
        "Your staff passport shows other health and care organisations which checks and training you have done, so that you need not do them again. You do not need a phone: we have it ready for you on paper.",
        TEXT,
    );
    flow.skip(8.0);
    flow.heading(2, "Where and when", HEADING, 3.0 * TEXT.leading);
    flow.skip(2.0);
    for label in ["Place", "Days and times", "Telephone"] {
        flow.skip(4.0);
        let y = flow.y;
        flow.paragraph(label, TEXT);
        let (x, width) = (SIDE + 36.0 * MM, A4.0 - 2.0 * SIDE - 36.0 * MM);
        flow.canvas.bar(x, y + TEXT.leading - 2.0, (width, 0.5), 0);
    }
    flow.skip(12.0);
    flow.heading(2, "What to bring", HEADING, 3.0 * TEXT.leading);
    flow.skip(2.0);
    let bring = ["this letter", "photo ID: your passport, driving licence or work badge"].map(|text| [(TEXT, text)]);
    flow.list(bring.iter().map(|item| ("•".to_owned(), item.as_slice())), false);
    flow.skip(8.0);
    flow.heading(2, "What you will get", HEADING, 3.0 * TEXT.leading);
    flow.skip(2.0);
    let until = format!("You can use it until {}. Then ask us for a new one.", paper.expires.london_date().plain());
    let lost = format!(
        "Whoever holds it can show it. If you lose it, tell us at once and say {}: we cancel it, and your records stand.",
        paper.reference()
    );
    let get = ["You get a sheet in large print, a small card, or both.", &until, &lost].map(|text| [(TEXT, text)]);
    flow.list(get.iter().map(|item| ("•".to_owned(), item.as_slice())), false);
    flow.skip(8.0);
    flow.paragraph(
        "If you cannot come, or need this letter in larger print, Braille or another language, please telephone.",
        TEXT,
    );
    flow.skip(8.0);
    flow.paragraph("Yours sincerely,", TEXT);
    flow.canvas.finish("Collect your staff passport on paper")
}
