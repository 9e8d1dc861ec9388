//! The A4 sheet.

use krilla::tagging::{TableHeaderScope, Tag};

use crate::code::{Code, UNIT};
use crate::error::PaperError;
use crate::facts::{Fact, Group};
use crate::flow::{A4, Flow};
use crate::page::{MM, Node};
use crate::paper::{Details, Paper};
use crate::typeset::{Line, Setter, Style};

const SIDE: f32 = 18.0 * MM;
const TOP: f32 = 14.0 * MM;
const BOTTOM: f32 = 18.0 * MM;
/// Largest side of the code with its quiet zone, in units of 1/300 inch: 88 mm.
const CODE: u16 = 1_039;

const TITLE: Style = Style::bold(24.0);
const HEADING: Style = Style::bold(18.0);
const GROUP: Style = Style::bold(16.0);
/// Facts in large print (the UK Association for Accessible Formats asks for 16 points and more).
const FACT: Style = Style::regular(16.0);
const FACT_BOLD: Style = Style::bold(16.0);
const TEXT: Style = Style::regular(14.0);
const TEXT_BOLD: Style = Style::bold(14.0);
const NOTE: Style = Style::regular(13.0);
const FOOT: Style = Style::regular(12.0);
const NAMES: [Style; 4] = [Style::bold(30.0), Style::bold(26.0), Style::bold(22.0), Style::bold(18.0)];
/// Width of a column of dates.
const DATE: f32 = 90.0;
const GAP: f32 = 8.0;
/// Height of the heads of a table.
const HEADS: f32 = TEXT_BOLD.leading + 5.0;

/// Prints the sheet.
pub(crate) fn print(paper: &Paper, details: &Details<'_>, setter: &mut Setter<'_>) -> Result<Vec<u8>, PaperError> {
    let code = Code::fit(&paper.text, CODE)?;
    let name = paper.shown_name(setter);
    let mut flow = Flow::new(setter, SIDE, TOP, BOTTOM);
    flow.heading(1, "Staff passport on paper", TITLE, 0.0);
    flow.canvas.bar(SIDE, flow.y + 2.0, (flow.width, 2.5), 0);
    flow.skip(4.5 + 4.0 * MM);
    who(&mut flow, paper, details, &name, code);
    what_to_do(&mut flow, paper, details);
    let about = format!(
        "As known on {}. Page 1 alone can be scanned. Organisations set their own periods for training and checks, so yours may differ.",
        paper.issued.london_date().plain()
    );
    flow.skip(5.0 * MM);
    flow.heading(2, &format!("What {} vouches for", paper.issuer_code), HEADING, 4.0 * TEXT.leading);
    flow.paragraph(&about, TEXT);
    for group in Group::ALL {
        table(&mut flow, group, paper);
    }
    lost(&mut flow, paper);
    feet(&mut flow, &name, &paper.reference());
    flow.canvas.finish("Staff passport on paper")
}

/// Who it is, beside the code.
fn who(flow: &mut Flow<'_, '_>, paper: &Paper, details: &Details<'_>, name: &str, code: Code) {
    let top = flow.y;
    let side = f32::from(code.side()) * UNIT;
    let width = flow.width - side - 1.0 * MM;
    let size = flow.setter.largest(name, &NAMES, width, 4);
    let say = |flow: &mut Flow<'_, '_>, text: &str, style: Style, gap: f32| {
        let lines = flow.text_in(SIDE, width, text, style);
        flow.skip(gap);
        flow.canvas.tree.push(Node::paragraph(lines));
    };
    say(flow, name, Style { leading: 1.12 * size.size, ..size }, 4.0);
    if let Some(date) = paper.birth_date {
        say(flow, &format!("Born {}", date.plain()), FACT, 8.0);
    }
    if let Some(role) = &paper.role {
        say(flow, role, Style::bold(18.0), 2.0);
    }
    say(flow, &format!("{} ({})", paper.issuer, paper.issuer_code), FACT, 10.0);
    say(flow, "Valid until", FACT, 0.0);
    say(flow, &paper.expires.london_date().plain(), Style::bold(20.0), 6.0);
    say(flow, &format!("Issued {}", paper.issued.london_date().plain()), TEXT, 0.0);
    if let Some(reissue) = details.reissue {
        let first = if reissue == 0 { " (the first)" } else { "" };
        say(flow, &format!("Reissue number {reissue}{first}"), TEXT, 0.0);
    }
    say(flow, &format!("Reference {}", paper.reference()), TEXT, 0.0);
    let alternative = format!(
        "QR code: the staff passport of {name}, signed by {}. A scanner reads from it what is printed here.",
        paper.issuer
    );
    if flow.canvas.page_count() > 1 {
        // A name and role of the greatest length have filled the first page.
        flow.need(side);
        let leaf = flow.canvas.code(SIDE, flow.y, code);
        flow.skip(side);
        flow.canvas.tree.push(Node::group(Tag::Figure(Some(alternative)), vec![leaf]));
        return;
    }
    // Its dark part stands at the margin; its quiet zone reaches into it, and ends below the rule.
    let quiet = code.quiet() * UNIT;
    let leaf = flow.canvas.code(A4.0 - SIDE - side + quiet, top + 2.0 * MM - quiet, code);
    flow.canvas.tree.push(Node::group(Tag::Figure(Some(alternative)), vec![leaf]));
    flow.y = flow.y.max(top + 2.0 * MM + side - quiet);
}

fn what_to_do(flow: &mut Flow<'_, '_>, paper: &Paper, details: &Details<'_>) {
    flow.skip(5.0 * MM);
    flow.heading(2, "If you are shown this sheet", HEADING, 4.0 * TEXT.leading);
    flow.skip(2.0);
    let page =
        details.verify_page.map(|page| format!(" ({} has one at {page})", paper.issuer_code)).unwrap_or_default();
    let scan = format!(
        "Use the verify page of your own organisation{page}, or the program “passport verify”. Go by what the scan says, not by what is printed."
    );
    let cannot = format!(
        "Do not rely on the print: anybody can print a sheet. Try again, flat and in good light. Then ask {}, by a number that you look up yourself.",
        paper.issuer_code
    );
    let steps: [[(Style, &str); 2]; 3] = [
        [
            (TEXT_BOLD, "Match photo ID: name and date of birth"),
            (TEXT, "This is a paper pass: whoever holds it can show it."),
        ],
        [(TEXT_BOLD, "Scan the code"), (TEXT, &scan)],
        [(TEXT_BOLD, "If it cannot be scanned"), (TEXT, &cannot)],
    ];
    flow.list(steps.iter().zip(1..).map(|(step, number)| (format!("{number}."), step.as_slice())), true);
}

fn table(flow: &mut Flow<'_, '_>, group: Group, paper: &Paper) {
    let facts: Vec<&Fact> = paper.facts.iter().filter(|fact| fact.group == group).collect();
    if facts.is_empty() {
        return;
    }
    flow.skip(4.0 * MM);
    // A head of a table never stands alone at the end of a page.
    let first = facts.first().map_or(0.0, |fact| height(&said(flow, fact)));
    let with = HEADS + first.min(flow.page_height() / 2.0);
    flow.heading(3, group.heading(), GROUP, with);
    let heads = heads(flow, group, true);
    let rows = facts.into_iter().map(|fact| row(flow, group, fact)).collect();
    let children = vec![Node::group(Tag::THead, vec![Node::group(Tag::TR, heads)]), Node::group(Tag::TBody, rows)];
    flow.canvas.tree.push(Node::group(Tag::Table, children));
}

/// Where each column begins.
fn columns(flow: &Flow<'_, '_>) -> [f32; 3] {
    let right = flow.x + flow.width;
    [flow.x, right - 2.0 * DATE - 1.5 * GAP, right - DATE]
}

/// The heads of the columns; on the pages that follow they repeat what a screen reader knows.
fn heads(flow: &mut Flow<'_, '_>, group: Group, first: bool) -> Vec<Node> {
    let y = flow.y;
    let page = flow.canvas.page_count() - 1;
    let mut cells = Vec::new();
    for (x, head) in columns(flow).into_iter().zip(group.columns()) {
        for line in flow.setter.lines(head, TEXT_BOLD, flow.width) {
            if first {
                let leaf = flow.canvas.line(x, y, TEXT_BOLD, line);
                cells.push(Node::group(Tag::TH(TableHeaderScope::Column), vec![leaf]));
            } else {
                flow.canvas.repeated_line(page, x, y, TEXT_BOLD, line);
            }
        }
    }
    flow.skip(TEXT_BOLD.leading + 1.0);
    flow.canvas.bar(flow.x, flow.y, (flow.width, 1.0), 0);
    flow.skip(4.0);
    cells
}

/// What stands in the first column of a row: the title, and notes over the whole width.
fn said(flow: &mut Flow<'_, '_>, fact: &Fact) -> Vec<(Style, Line)> {
    let [title_at, date_at, _] = columns(flow);
    let width = date_at - title_at - GAP;
    let mut lines = set(flow, &fact.title, FACT_BOLD, width);
    if !fact.notes.is_empty() {
        lines.extend(set(flow, &format!("{}.", fact.notes.join(". ")), NOTE, flow.width));
    }
    lines
}

fn set(flow: &mut Flow<'_, '_>, text: &str, style: Style, width: f32) -> Vec<(Style, Line)> {
    flow.setter.lines(text, style, width).into_iter().map(|line| (style, line)).collect()
}

fn height(lines: &[(Style, Line)]) -> f32 {
    lines.iter().map(|(style, _)| style.leading).sum::<f32>() + 10.0
}

/// A row. Whole on one page where a page can hold it, else over as many as it takes.
fn row(flow: &mut Flow<'_, '_>, group: Group, fact: &Fact) -> Node {
    let [title_at, date_at, until_at] = columns(flow);
    let lines = said(flow, fact);
    let height = height(&lines);
    if !flow.has_room(height) && (height <= flow.page_height() - HEADS || !flow.has_room(120.0)) {
        flow.turn();
        heads(flow, group, false);
    }
    let y = flow.y;
    let mut dates = Vec::new();
    for (x, text) in [(date_at, &fact.date), (until_at, &fact.until)] {
        let mut cell = Vec::new();
        for (style, line) in set(flow, text, FACT, flow.width) {
            cell.push(flow.canvas.line(x, y, style, line));
        }
        dates.push(Node::group(Tag::TD, cell));
    }
    let mut first = Vec::new();
    for (style, line) in lines {
        if !flow.has_room(style.leading) {
            flow.turn();
            heads(flow, group, false);
        }
        first.push(flow.line(title_at, line, style));
    }
    flow.skip(4.0);
    flow.canvas.bar(flow.x, flow.y, (flow.width, 0.5), 150);
    flow.skip(5.0);
    let mut cells = vec![Node::group(Tag::TH(TableHeaderScope::Row), first)];
    cells.extend(dates);
    Node::group(Tag::TR, cells)
}

fn lost(flow: &mut Flow<'_, '_>, paper: &Paper) {
    flow.skip(4.0 * MM);
    flow.heading(2, "If this sheet is lost", HEADING, 5.0 * TEXT.leading);
    let text = format!(
        "Tell {} at once and give the reference {}; keep a note of it apart from the sheet. Then this sheet alone is cancelled: your records stand, and so does a pass on a phone. If you have found it, please hand it to them.",
        paper.issuer,
        paper.reference()
    );
    flow.paragraph(&text, TEXT);
}

/// Whose it is and which page of how many, at the foot of each page.
fn feet(flow: &mut Flow<'_, '_>, name: &str, reference: &str) {
    let pages = flow.canvas.page_count();
    let y = A4.1 - 14.0 * MM;
    for page in 0..pages {
        let right = format!("{reference}   Page {} of {pages}", page + 1);
        let right = flow.setter.lines(&right, FOOT, flow.width);
        let taken = right.first().map_or(0.0, |line| line.width * FOOT.size);
        let left = flow.setter.lines(name, FOOT, flow.width - taken - 12.0);
        // A name that does not fit stands on the first page all the same.
        if let [line] = left.as_slice() {
            flow.canvas.repeated_line(page, flow.x, y, FOOT, line.clone());
        }
        for line in right {
            flow.canvas.repeated_line(page, flow.x + flow.width - taken, y, FOOT, line);
        }
    }
}
