//! Text that flows down a column and onto the next page.

use krilla::tagging::{ListNumbering, Tag};

use crate::page::{Canvas, MM, Node};
use crate::typeset::{Line, Setter, Style};

/// A4 in points (ISO 216).
pub(crate) const A4: (f32, f32) = (210.0 * MM, 297.0 * MM);

/// A column of text over one or more pages.
pub(crate) struct Flow<'s, 'f> {
    pub canvas: Canvas,
    pub setter: &'s mut Setter<'f>,
    pub x: f32,
    pub y: f32,
    pub width: f32,
    top: f32,
    bottom: f32,
}

impl<'s, 'f> Flow<'s, 'f> {
    /// On A4, with margins in points: left and right, top, bottom.
    pub fn new(setter: &'s mut Setter<'f>, side: f32, top: f32, bottom: f32) -> Self {
        let canvas = Canvas::new(A4);
        Self { canvas, setter, x: side, y: top, width: A4.0 - 2.0 * side, top, bottom: A4.1 - bottom }
    }

    /// On the last page of something, from `y` on.
    pub fn going_on(canvas: Canvas, setter: &'s mut Setter<'f>, side: f32, y: f32, bottom: f32) -> Self {
        Self { canvas, y, ..Self::new(setter, side, y, bottom) }
    }

    /// Whether so much height is left on this page.
    pub fn has_room(&self, height: f32) -> bool {
        self.y + height <= self.bottom
    }

    /// Goes on to the next page.
    pub fn turn(&mut self) {
        self.canvas.add_page();
        self.y = self.top;
    }

    /// Goes on to the next page unless so much height is left; a page holds at least one line.
    pub fn need(&mut self, height: f32) {
        if !self.has_room(height) && self.y > self.top {
            self.turn();
        }
    }

    /// Height of a whole page.
    pub fn page_height(&self) -> f32 {
        self.bottom - self.top
    }

    pub fn skip(&mut self, height: f32) {
        self.y += height;
    }

    /// A text over the column.
    pub fn text(&mut self, text: &str, style: Style) -> Vec<Node> {
        self.text_in(self.x, self.width, text, style)
    }

    /// A text in a part of the column.
    pub fn text_in(&mut self, x: f32, width: f32, text: &str, style: Style) -> Vec<Node> {
        let lines = self.setter.lines(text, style, width);
        lines.into_iter().map(|line| self.line(x, line, style)).collect()
    }

    pub fn line(&mut self, x: f32, line: Line, style: Style) -> Node {
        self.need(style.leading);
        let node = self.canvas.line(x, self.y, style, line);
        self.y += style.leading;
        node
    }

    pub fn paragraph(&mut self, text: &str, style: Style) {
        let lines = self.text(text, style);
        self.canvas.tree.push(Node::paragraph(lines));
    }

    /// A heading, kept together with so much height after it.
    pub fn heading(&mut self, level: u16, text: &str, style: Style, with: f32) {
        let lines = self.setter.lines(text, style, self.width).len();
        #[expect(clippy::cast_precision_loss, reason = "few lines")]
        self.need(lines as f32 * style.leading + with);
        self.canvas.name_place(text, self.y);
        let lines = self.text(text, style);
        self.canvas.tree.push(Node::heading(level, text, lines));
    }

    /// A list, each item with its label.
    pub fn list<'t>(&mut self, items: impl IntoIterator<Item = (String, &'t [(Style, &'t str)])>, numbered: bool) {
        let mut list = Vec::new();
        for (label, parts) in items {
            let Some((first, _)) = parts.first() else { continue };
            let indent = 1.6 * first.size;
            self.need(2.0 * first.leading);
            let y = self.y;
            let lines = self.setter.lines(&label, *first, indent);
            let label = lines.into_iter().map(|line| self.canvas.line(self.x, y, *first, line)).collect();
            let mut body = Vec::new();
            for (style, text) in parts {
                body.extend(self.text_in(self.x + indent, self.width - indent, text, *style));
            }
            self.skip(4.0);
            list.push(Node::group(Tag::LI, vec![Node::group(Tag::Lbl, label), Node::group(Tag::LBody, body)]));
        }
        let numbering = if numbered { ListNumbering::Decimal } else { ListNumbering::Disc };
        self.canvas.tree.push(Node::group(Tag::L(numbering), list));
    }
}
