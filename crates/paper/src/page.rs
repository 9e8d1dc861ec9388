//! Pages of a PDF: marks in the order in which they are drawn, and the structure that a screen reader
//! follows (PDF/UA-1, ISO 14289-1, section 7).

use std::num::NonZeroU16;

use krilla::color::luma;
use krilla::configure::{Accessibility, ConfigurationBuilder};
use krilla::destination::XyzDestination;
use krilla::geom::{PathBuilder, Point, Rect, Transform};
use krilla::metadata::Metadata;
use krilla::outline::{Outline, OutlineNode};
use krilla::page::PageSettings;
use krilla::paint::{Fill, Stroke, StrokeDash};
use krilla::surface::Surface;
use krilla::tagging::{
    Artifact, ArtifactType, ContentTag, Identifier, Node as Tagged, SpanTag, Tag, TagGroup, TagKind, TagTree,
};
use krilla::{Document, SerializeSettings};

use crate::code::{Code, UNIT};
use crate::error::PaperError;
use crate::typeset::{Line, Style};

/// Points in a millimetre.
pub(crate) const MM: f32 = 72.0 / 25.4;

/// A part of the structure tree.
pub(crate) enum Node {
    /// A structure element and what is in it.
    Group(TagKind, Vec<Node>),
    /// Content, by the number that drawing it gave.
    Leaf(usize),
}

impl Node {
    pub fn group(tag: impl Into<TagKind>, children: Vec<Node>) -> Self {
        Self::Group(tag.into(), children)
    }

    pub fn heading(level: u16, text: &str, lines: Vec<Node>) -> Self {
        let level = NonZeroU16::new(level).unwrap_or(NonZeroU16::MIN);
        Self::group(Tag::Hn(level, Some(text.to_owned())), lines)
    }

    pub fn paragraph(lines: Vec<Node>) -> Self {
        Self::group(Tag::P, lines)
    }
}

enum Ink {
    Text(Line, f32),
    /// A filled rectangle of a width and height, and how light it is: 0 is black.
    Bar(f32, f32, u8),
    /// The outline of a rectangle, in dashes or whole.
    Frame(f32, f32, f32, bool),
    Code(Box<Code>),
}

struct Mark {
    x: f32,
    y: f32,
    ink: Ink,
    /// `None` for what only decorates or repeats.
    leaf: Option<usize>,
}

/// Pages being made, and their structure.
pub(crate) struct Canvas {
    size: (f32, f32),
    pages: Vec<Vec<Mark>>,
    leaves: usize,
    pub tree: Vec<Node>,
    outline: Vec<(String, usize, f32)>,
}

impl Canvas {
    /// One empty page of a size in points.
    pub fn new(size: (f32, f32)) -> Self {
        Self { size, pages: vec![Vec::new()], leaves: 0, tree: Vec::new(), outline: Vec::new() }
    }

    pub fn add_page(&mut self) {
        self.pages.push(Vec::new());
    }

    pub fn page_count(&self) -> usize {
        self.pages.len()
    }

    fn leaf(&mut self, page: usize, x: f32, y: f32, ink: Ink) -> Node {
        let number = self.leaves;
        self.leaves += 1;
        self.pages[page].push(Mark { x, y, ink, leaf: Some(number) });
        Node::Leaf(number)
    }

    fn last(&self) -> usize {
        self.pages.len() - 1
    }

    /// Draws a line whose top is at `y`.
    pub fn line(&mut self, x: f32, y: f32, style: Style, line: Line) -> Node {
        self.leaf(self.last(), x, y + style.baseline(), Ink::Text(line, style.size))
    }

    /// Draws a line that a screen reader leaves out, because it repeats what is said elsewhere.
    pub fn repeated_line(&mut self, page: usize, x: f32, y: f32, style: Style, line: Line) {
        self.pages[page].push(Mark { x, y: y + style.baseline(), ink: Ink::Text(line, style.size), leaf: None });
    }

    pub fn code(&mut self, x: f32, y: f32, code: Code) -> Node {
        self.leaf(self.last(), x, y, Ink::Code(Box::new(code)))
    }

    pub fn bar(&mut self, x: f32, y: f32, (width, height): (f32, f32), lightness: u8) {
        let page = self.last();
        self.pages[page].push(Mark { x, y, ink: Ink::Bar(width, height, lightness), leaf: None });
    }

    pub fn frame(&mut self, x: f32, y: f32, (width, height): (f32, f32), thick: f32, dashed: bool) {
        let page = self.last();
        self.pages[page].push(Mark { x, y, ink: Ink::Frame(width, height, thick, dashed), leaf: None });
    }

    /// Names a place for the table of contents that viewers show.
    pub fn name_place(&mut self, text: &str, y: f32) {
        self.outline.push((text.to_owned(), self.last(), y));
    }

    /// The PDF.
    ///
    /// # Errors
    /// [`PaperError::Pdf`].
    pub fn finish(self, title: &str) -> Result<Vec<u8>, PaperError> {
        let fault = |what: &dyn std::fmt::Debug| PaperError::Pdf(format!("{what:?}"));
        let accessible = ConfigurationBuilder::new().with_accessibility_validator(Accessibility::UA1);
        let configuration = accessible.finish().map_err(|error| fault(&error))?;
        let mut document = Document::new_with(SerializeSettings { configuration, ..SerializeSettings::default() });
        document.set_metadata(
            Metadata::new().title(title.to_owned()).language("en-GB".into()).creator("Staff Passport".into()),
        );
        let mut outline = Outline::new();
        for (text, page, y) in self.outline {
            outline.push_child(OutlineNode::new(text, XyzDestination::new(page, Point::from_xy(0.0, y))));
        }
        document.set_outline(outline);
        let mut identifiers: Vec<Option<Identifier>> = vec![None; self.leaves];
        for marks in self.pages {
            let settings =
                PageSettings::from_wh(self.size.0, self.size.1).ok_or_else(|| fault(&"a page has no size"))?;
            let mut page = document.start_page_with(settings);
            let mut surface = page.surface();
            for mark in marks {
                let tag = match (&mark.leaf, &mark.ink) {
                    (None, Ink::Text(..)) => ContentTag::Artifact(Artifact::with_kind(ArtifactType::PaginationOther)),
                    (None, _) => ContentTag::Artifact(Artifact::with_kind(ArtifactType::Layout)),
                    (_, Ink::Text(..)) => ContentTag::Span(SpanTag::empty()),
                    _ => ContentTag::Other,
                };
                let identifier = surface.start_tagged(tag);
                draw(&mut surface, mark.x, mark.y, &mark.ink);
                surface.end_tagged();
                if let Some(leaf) = mark.leaf {
                    identifiers[leaf] = Some(identifier);
                }
            }
            surface.finish();
            page.finish();
        }
        let mut tree = TagTree::new().with_lang(Some("en-GB".into()));
        for node in self.tree {
            if let Some(node) = tagged(node, &identifiers) {
                tree.push(node);
            }
        }
        document.set_tag_tree(tree);
        document.finish().map_err(|error| fault(&error))
    }
}

fn tagged(node: Node, identifiers: &[Option<Identifier>]) -> Option<Tagged> {
    Some(match node {
        Node::Leaf(number) => identifiers.get(number).copied().flatten()?.into(),
        Node::Group(tag, children) => {
            let children = children.into_iter().filter_map(|child| tagged(child, identifiers)).collect();
            TagGroup::with_children(tag, children).into()
        }
    })
}

fn grey(lightness: u8) -> Fill {
    Fill { paint: luma::Color::new(lightness).into(), ..Fill::default() }
}

fn draw(surface: &mut Surface<'_>, x: f32, y: f32, ink: &Ink) {
    surface.set_fill(Some(grey(0)));
    surface.set_stroke(None);
    match ink {
        Ink::Text(line, size) => {
            let mut x = x;
            for run in &line.runs {
                surface.draw_glyphs(Point::from_xy(x, y), &run.glyphs, run.font.clone(), &run.text, *size, false);
                x += run.width * size;
            }
        }
        Ink::Bar(width, height, lightness) => {
            surface.set_fill(Some(grey(*lightness)));
            path(surface, |path| rectangle(path, x, y, *width, *height));
        }
        Ink::Frame(width, height, thick, dashed) => {
            let dash = dashed.then(|| StrokeDash { array: vec![4.0, 3.0], offset: 0.0 });
            surface.set_fill(None);
            surface.set_stroke(Some(Stroke { width: *thick, dash, ..Stroke::default() }));
            path(surface, |path| rectangle(path, x, y, *width, *height));
        }
        Ink::Code(code) => {
            surface.push_transform(&Transform::from_row(UNIT, 0.0, 0.0, UNIT, x, y));
            path(surface, |path| {
                for [left, top, width, height] in code.rectangles() {
                    rectangle(path, left.into(), top.into(), width.into(), height.into());
                }
            });
            surface.pop();
        }
    }
}

fn path(surface: &mut Surface<'_>, build: impl FnOnce(&mut PathBuilder)) {
    let mut builder = PathBuilder::new();
    build(&mut builder);
    if let Some(path) = builder.finish() {
        surface.draw_path(&path);
    }
}

fn rectangle(path: &mut PathBuilder, x: f32, y: f32, width: f32, height: f32) {
    if let Some(rect) = Rect::from_xywh(x, y, width, height) {
        path.push_rect(rect);
    }
}
