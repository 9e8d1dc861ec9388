//! What people see when something is not there or went wrong.

use actix_web::http::StatusCode;
use maud::html;

use super::layout::Page;

/// The page of a status.
pub(super) fn error_page(status: StatusCode) -> Page {
    let (title, main) = match status {
        StatusCode::NOT_FOUND => (
            "Page not found",
            html! {
                p { "If you typed the address, check it. If you pasted it, check that you copied all of it." }
                p { "An organisation has a page here only if this service knows it: see " a href="/organisations" { "who is trusted" } "." }
            },
        ),
        StatusCode::METHOD_NOT_ALLOWED => (
            "This address does not take that",
            html! { p { "Nothing was changed. Go back and try again, or start from " a href="/" { "the first page" } "." } },
        ),
        status if status.is_server_error() => (
            "Sorry, there is a problem with the service",
            html! {
                p { "Try again in some minutes. Nothing that you have was changed." }
                p { "A pass can still be checked with the command line, from a bundle that you have: see " a href="/how-to-check" { "how to check a pass" } "." }
            },
        ),
        _ => ("This request cannot be answered", html! { p { "Start from " a href="/" { "the first page" } "." } }),
    };
    Page::new(title, html! { h1 { (title) } (main) })
}
