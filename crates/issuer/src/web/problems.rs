//! Problem types (RFC 9457) as people can read them. `error.rs` has the words.

use maud::html;

use super::components::{lead, summary_list};
use super::layout::Page;
use crate::error::{ALL, PROBLEM_TYPES, ProblemType};

const TITLE: &str = "Problem types";

/// Every problem type.
pub(super) fn problems() -> Page {
    let main = html! {
        h1 { (TITLE) }
        (lead("When the API refuses something, it says what kind of problem it is."))
        p { "Each answer has a " code { "type" } ": " code { (PROBLEM_TYPES) } " and one of these codes. Tell problems apart by it, never by their words. The " code { "type" } " is a name and leads nowhere; the header " code { "Link" } " with " code { "rel=\"help\"" } " leads to the pages here." }
        ul {
            @for kind in ALL {
                li { a href={ "/problems/" (kind.code) } { (kind.code) } " (" (kind.status.as_u16()) "): " (kind.title) }
            }
        }
    };
    Page::new(TITLE, main).within("/for-developers").below("/", "Home").below("/for-developers", "For developers")
}

/// One of them.
pub(super) fn problem(kind: &ProblemType) -> Page {
    let main = html! {
        h1 { (kind.title) }
        (summary_list(&[
            ("Type", html! { code { (PROBLEM_TYPES) (kind.code) } }),
            ("Status", html! { (kind.status.as_u16()) " " (kind.status.canonical_reason().unwrap_or_default()) }),
        ]))
        h2 { "What it means" }
        p { (kind.means) }
        h2 { "What to do" }
        p { (kind.next) }
    };
    Page::new(format!("Problem: {}", kind.code), main)
        .within("/for-developers")
        .below("/", "Home")
        .below("/for-developers", "For developers")
        .below("/problems", TITLE)
}
