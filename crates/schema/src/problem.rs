//! What is wrong with an input, field by field.
//!
//! A reader never stops at the first fault: it collects every one, each with the JSON pointer
//! (RFC 6901) of the field, so that a person can mend a request in one go.

use std::fmt;

/// One fault in one field.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Problem {
    /// Where, as a JSON pointer (RFC 6901); empty for the whole document.
    pub pointer: String,
    /// A stable, lower-case code such as `unknown-field`.
    pub code: &'static str,
    /// What is wrong and what is expected, in plain English. Never repeats personal data.
    pub detail: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = if self.pointer.is_empty() { "the document" } else { &self.pointer };
        write!(f, "{place}: {} ({})", self.detail, self.code)
    }
}

/// Every fault that was found, in document order. Never empty when it stands in an `Err`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Problems(pub Vec<Problem>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("; ")?;
            }
            problem.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}
