//! Why something is not printed: typed, with stable codes and plain words.

use passport_verifier::Decision;
use thiserror::Error;

/// Side of the smallest module that is printed, in millimetres.
pub(crate) const SMALLEST_MM: f32 = 0.42;

/// Why something is not printed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PaperError {
    /// A credential, which fits no QR code.
    #[error("only a pass can be printed, and this is a credential")]
    NotAPass,
    /// The verifier does not accept it.
    #[error("this is not printed, because it is not accepted: {why}")]
    NotAccepted {
        /// What the verifier decided.
        decision: Decision,
        /// Its first reason.
        why: String,
    },
    /// Its QR code would need modules that are too small to be read off paper.
    #[error(
        "the QR code has {modules} modules a side, and at most {fit} fit on this form at {} mm each; print it on A4, or make a pass with fewer records",
        SMALLEST_MM
    )]
    CodeTooBig {
        /// Modules a side, with the quiet zone.
        modules: u16,
        /// How many fit.
        fit: u16,
    },
    /// A font file cannot be read.
    #[error("the file is no font that can be embedded (TrueType or OpenType, no collection)")]
    Font,
    /// The PDF library refuses.
    #[error("the PDF cannot be made: {0}")]
    Pdf(String),
}

impl PaperError {
    /// A stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotAPass => "not-a-pass",
            Self::NotAccepted { .. } => "not-accepted",
            Self::CodeTooBig { .. } => "code-too-big",
            Self::Font => "font",
            Self::Pdf(_) => "pdf",
        }
    }
}
