//! From what a pass says to the PDF of a form.

use std::collections::BTreeSet;

use crate::error::PaperError;
use crate::fonts::Fonts;
use crate::paper::{Details, Paper};
use crate::typeset::Setter;
use crate::{card, letter, sheet};

/// What is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A sheet of A4, and more sheets where one does not hold everything.
    A4,
    /// A card in the size of an ID card (85.6 x 54 mm, ISO/IEC 7810 ID-1): both sides on one page of
    /// A4, to cut out and fold.
    Card,
    /// The same card as two pages in its own size, for a card printer.
    CardPrinter,
    /// A letter that invites somebody to collect their passport on paper. No code is in it.
    Letter,
}

impl Form {
    /// Every form.
    pub const ALL: [Self; 4] = [Self::A4, Self::Card, Self::CardPrinter, Self::Letter];

    /// The word in requests and on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::A4 => "a4",
            Self::Card => "card",
            Self::CardPrinter => "card-printer",
            Self::Letter => "letter",
        }
    }

    /// The form of that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|form| form.name() == name)
    }
}

/// A PDF.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Printed {
    /// The file.
    pub pdf: Vec<u8>,
    /// Letters that no font has. In their place the paper says that they are in the code.
    pub missing: BTreeSet<char>,
}

impl Paper {
    /// Prints it. The same input gives the same bytes.
    ///
    /// # Errors
    /// [`PaperError::CodeTooBig`], [`PaperError::Pdf`].
    pub fn print(&self, form: Form, details: &Details<'_>, fonts: &Fonts) -> Result<Printed, PaperError> {
        let mut setter = Setter::new(fonts);
        let details = Details { verify_page: details.verify_page.filter(|it| it.chars().count() <= 80), ..*details };
        let pdf = match form {
            Form::A4 => sheet::print(self, &details, &mut setter)?,
            Form::Card => card::print_to_cut(self, &details, &mut setter)?,
            Form::CardPrinter => card::print(self, &details, &mut setter)?,
            Form::Letter => letter::print(self, &mut setter)?,
        };
        Ok(Printed { pdf, missing: setter.missing })
    }
}
