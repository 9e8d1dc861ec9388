//! The card in the size of an ID card (ISO/IEC 7810, ID-1).

use krilla::tagging::Tag;

use crate::code::{Code, UNIT};
use crate::error::PaperError;
use crate::flow::{A4, Flow};
use crate::page::{Canvas, MM, Node};
use crate::paper::{Details, Paper};
use crate::typeset::{Setter, Style};

const WIDTH: f32 = 85.6 * MM;
const HEIGHT: f32 = 53.98 * MM;
/// White at the edge, for what a cut takes away.
const EDGE: f32 = 4.0 * MM;
/// Largest side of the code with its quiet zone, in units of 1/300 inch: 53.3 mm.
const CODE: u16 = 630;

/// The card as two pages of its own size.
pub(crate) fn print(paper: &Paper, details: &Details<'_>, setter: &mut Setter<'_>) -> Result<Vec<u8>, PaperError> {
    let code = Code::fit(&paper.text, CODE)?;
    let mut canvas = Canvas::new((WIDTH, HEIGHT));
    canvas.name_place("Staff passport card", 0.0);
    front(&mut canvas, (0.0, 0.0), 1, paper, details, setter);
    canvas.add_page();
    canvas.name_place("QR code", 0.0);
    back(&mut canvas, (0.0, 0.0), paper, details, setter, code);
    canvas.finish("Staff passport card")
}

/// Both sides on a page of A4, to cut out and fold.
pub(crate) fn print_to_cut(
    paper: &Paper,
    details: &Details<'_>,
    setter: &mut Setter<'_>,
) -> Result<Vec<u8>, PaperError> {
    let code = Code::fit(&paper.text, CODE)?;
    let text = Style::regular(14.0);
    let (left, top) = ((A4.0 - 2.0 * WIDTH) / 2.0, 70.0 * MM);
    let mut flow = Flow::new(setter, left, 18.0 * MM, 20.0 * MM);
    flow.heading(1, "Staff passport card", Style::bold(24.0), 0.0);
    flow.skip(6.0);
    let steps = [
        "Print this page at its actual size (100%), not fitted to the page.",
        "Cut along the outer line. Fold along the middle line, print outwards. Glue or laminate it.",
    ];
    let steps = steps.map(|step| [(text, step)]);
    flow.list(steps.iter().zip(1..).map(|(step, number)| (format!("{number}."), step.as_slice())), true);
    let Flow { mut canvas, .. } = flow;
    canvas.frame(left, top, (2.0 * WIDTH, HEIGHT), 0.5, false);
    for (y, height) in [(top - 14.0, 12.0), (top + HEIGHT + 2.0, 12.0)] {
        canvas.bar(left + WIDTH - 0.25, y, (0.5, height), 0);
    }
    front(&mut canvas, (left, top), 2, paper, details, setter);
    back(&mut canvas, (left + WIDTH, top), paper, details, setter, code);
    keep(canvas, paper, setter, left, top + HEIGHT + 16.0 * MM).finish("Staff passport card")
}

/// What the holder keeps when the card is lost.
fn keep(canvas: Canvas, paper: &Paper, setter: &mut Setter<'_>, left: f32, y: f32) -> Canvas {
    let text = Style::regular(14.0);
    let mut flow = Flow::going_on(canvas, setter, left, y, 20.0 * MM);
    flow.heading(2, "Keep this part apart from the card", Style::bold(18.0), 0.0);
    flow.skip(4.0);
    let lost = format!(
        "If the card is lost, tell {} at once and give the reference {}. The card alone is cancelled then: your records stand, and so does a pass on a phone.",
        paper.issuer,
        paper.reference()
    );
    flow.paragraph(&lost, text);
    flow.skip(6.0);
    let until = format!("The card can be used until {}.", paper.expires.london_date().plain());
    flow.paragraph(&until, text);
    flow.canvas
}

struct Block {
    text: String,
    style: Style,
    gap: f32,
    /// Level of the heading that it is, if it is one.
    heading: Option<u16>,
}

fn block(text: impl Into<String>, style: Style, gap: f32) -> Block {
    Block { text: text.into(), style, gap, heading: None }
}

fn scaled(style: Style, by: f32) -> Style {
    Style { size: style.size * by, leading: style.leading * by, ..style }
}

fn tight(style: Style) -> Style {
    Style { leading: 1.18 * style.size, ..style }
}

fn height(blocks: &[Block], by: f32, width: f32, setter: &mut Setter<'_>) -> f32 {
    let of = |block: &Block| {
        let style = scaled(block.style, by);
        let lines = setter.lines(&block.text, style, width).len();
        #[expect(clippy::cast_precision_loss, reason = "few lines")]
        let lines = lines as f32;
        lines * style.leading + block.gap * by
    };
    blocks.iter().map(of).sum()
}

/// Draws the first of some choices that fits, as large as it fits; each says less than the one before.
fn fill(canvas: &mut Canvas, (x, y): (f32, f32), room: (f32, f32), choices: Vec<Vec<Block>>, setter: &mut Setter<'_>) {
    const SCALES: [f32; 8] = [1.2, 1.15, 1.1, 1.05, 1.0, 0.95, 0.9, 0.85];
    let fit = |blocks: &[Block], whole_words: bool, setter: &mut Setter<'_>| {
        SCALES.into_iter().find(|by| {
            let whole = |block: &Block| setter.whole_words(&block.text, scaled(block.style, *by), room.0);
            (!whole_words || blocks.iter().all(whole)) && height(blocks, *by, room.0, setter) <= room.1
        })
    };
    // A name of one endless word has to be broken.
    let found = [true, false].into_iter().find_map(|whole_words| {
        let fits = |(at, blocks): (usize, &Vec<Block>)| Some((at, fit(blocks, whole_words, setter)?));
        choices.iter().enumerate().find_map(fits)
    });
    let (at, scale) = found.unwrap_or((choices.len() - 1, 0.7));
    let Some(blocks) = choices.into_iter().nth(at) else { return };
    let mut y = y;
    for block in blocks {
        let style = scaled(block.style, scale);
        let mut lines = Vec::new();
        for line in setter.lines(&block.text, style, room.0) {
            lines.push(canvas.line(x, y, style, line));
            y += style.leading;
        }
        y += block.gap * scale;
        canvas.tree.push(match block.heading {
            Some(level) => Node::heading(level, &block.text, lines),
            None => Node::paragraph(lines),
        });
    }
}

/// Who it is and what to do.
fn front(
    canvas: &mut Canvas,
    at: (f32, f32),
    level: u16,
    paper: &Paper,
    details: &Details<'_>,
    setter: &mut Setter<'_>,
) {
    let room = (WIDTH - 2.0 * EDGE, HEIGHT - 2.0 * EDGE);
    let name = paper.shown_name(setter);
    let names = [17.0, 15.0, 13.0, 11.0].map(|size| tight(Style::bold(size)));
    let name_style = setter.largest(&name, &names, room.0, 2);
    let valid = format!("Valid until {}", paper.expires.london_date().plain());
    let page = details.verify_page.map(|page| format!(" ({} has one: {page})", paper.issuer_code)).unwrap_or_default();
    let choice = |employer: &str, role: bool, page: &str| {
        let mut blocks = vec![
            Block { heading: Some(level), ..block("Staff passport: paper pass", tight(Style::bold(9.0)), 4.0) },
            block(name.as_str(), name_style, 2.0),
        ];
        if let Some(title) = paper.role.as_ref().filter(|_| role) {
            blocks.push(block(title.as_str(), tight(Style::bold(11.0)), 1.0));
        }
        let what = tight(Style::regular(8.5));
        blocks.push(block(employer, tight(Style::regular(9.5)), 4.0));
        blocks.push(block(valid.as_str(), tight(Style::bold(12.0)), 4.0));
        blocks.push(block("1. Match photo ID: whoever holds this card can show it.", what, 1.0));
        let scan = format!("2. Scan the other side with the verify page that you use{page}. Go by what it says.");
        blocks.push(block(scan, what, 1.0));
        blocks.push(block("3. If it cannot be scanned, do not rely on it.", what, 0.0));
        blocks
    };
    let employer = format!("{} ({})", paper.issuer, paper.issuer_code);
    let choices = vec![
        choice(&employer, true, &page),
        choice(&employer, true, ""),
        choice(&paper.issuer_code, true, ""),
        choice(&paper.issuer_code, false, ""),
    ];
    fill(canvas, (at.0 + EDGE, at.1 + EDGE), room, choices, setter);
}

/// The code, as large as the card allows, and what is needed when it is lost.
fn back(
    canvas: &mut Canvas,
    at: (f32, f32),
    paper: &Paper,
    details: &Details<'_>,
    setter: &mut Setter<'_>,
    code: Code,
) {
    let side = f32::from(code.side()) * UNIT;
    let slack = (HEIGHT - side) / 2.0;
    let width = WIDTH - side - slack - EDGE - 2.0;
    let what = tight(Style::regular(8.5));
    let mut blocks = vec![
        Block { heading: Some(2), ..block("Scan this code", tight(Style::bold(11.0)), 5.0) },
        block(format!("Issued {}", paper.issued.london_date().plain()), what, 4.0),
    ];
    if let Some(reissue) = details.reissue {
        blocks.push(block(format!("Reissue number {reissue}"), what, 4.0));
    }
    blocks.push(block(format!("Reference {}", paper.reference()), what, 4.0));
    blocks.push(block(format!("Lost or found? Tell {}: this card alone is cancelled.", paper.issuer_code), what, 0.0));
    fill(canvas, (at.0 + EDGE, at.1 + EDGE), (width, HEIGHT - 2.0 * EDGE), vec![blocks], setter);
    let leaf = canvas.code(at.0 + WIDTH - side - slack, at.1 + slack, code);
    let alternative = format!("QR code: a staff passport, signed by {}.", paper.issuer);
    canvas.tree.push(Node::group(Tag::Figure(Some(alternative)), vec![leaf]));
}
