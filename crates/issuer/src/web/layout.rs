//! What every page has around it: skip link, header, way back, footer (NHS.UK design system markup,
//! nhsuk-frontend 10). It needs no JavaScript.

use maud::{DOCTYPE, Markup, PreEscaped, html};

/// The service's name.
pub(crate) const NAME: &str = "Staff Passport";
const DISCLAIMER: &str = "Staff Passport is not an NHS service, and the NHS does not run or endorse it.";
/// The main navigation: address and words.
const NAVIGATION: [(&str, &str); 5] = [
    ("/verify", "Check a pass"),
    ("/for-staff", "For staff"),
    ("/for-organisations", "For organisations"),
    ("/for-developers", "For developers"),
    ("/organisations", "Who is trusted"),
];

/// A page.
pub(crate) struct Page {
    title: String,
    trail: Vec<(String, String)>,
    head: Markup,
    main: Markup,
    section: &'static str,
}

impl Page {
    /// A page with a title that no other page has, and what stands in its `main`.
    pub(crate) fn new(title: impl Into<String>, main: Markup) -> Self {
        Self { title: title.into(), trail: Vec::new(), head: PreEscaped(String::new()), main, section: "" }
    }

    /// The entry of the navigation that it belongs to, by its address.
    pub(crate) fn within(mut self, section: &'static str) -> Self {
        self.section = section;
        self
    }

    /// A page above it, from the top: address and words.
    pub(crate) fn below(mut self, address: impl Into<String>, words: impl Into<String>) -> Self {
        self.trail.push((address.into(), words.into()));
        self
    }

    /// More for its `head`.
    pub(crate) fn with_head(mut self, head: Markup) -> Self {
        self.head = head;
        self
    }

    /// The document.
    pub(crate) fn render(&self) -> String {
        let title = if self.title == NAME { NAME.to_owned() } else { format!("{} - {NAME}", self.title) };
        let document = html! {
            (DOCTYPE)
            html lang="en-GB" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover";
                    title { (title) }
                    link rel="stylesheet" href="/assets/passport.css";
                    link rel="icon" href="/assets/icons/icon.svg" type="image/svg+xml" sizes="any";
                    (self.head)
                }
                body {
                    a class="nhsuk-skip-link" href="#main" { "Skip to main content" }
                    (header(self.section))
                    div class="nhsuk-width-container" {
                        (breadcrumbs(&self.trail))
                        main class="nhsuk-main-wrapper" id="main" tabindex="-1" { (self.main) }
                    }
                    (footer())
                }
            }
        };
        document.into_string()
    }
}

fn header(section: &str) -> Markup {
    html! {
        header class="nhsuk-header" {
            div class="nhsuk-header__container nhsuk-width-container" {
                div class="nhsuk-header__service" {
                    a class="nhsuk-header__service-logo" href="/" {
                        img class="passport-logo" src="/assets/icons/logo.svg" alt="" width="40" height="40";
                        span class="nhsuk-header__service-name" { (NAME) }
                    }
                }
            }
            nav class="nhsuk-header__navigation" aria-label="Menu" {
                div class="nhsuk-header__navigation-container nhsuk-width-container" {
                    ul class="nhsuk-header__navigation-list" {
                        @for (address, words) in NAVIGATION {
                            @if address == section {
                                li class="nhsuk-header__navigation-item nhsuk-header__navigation-item--current" {
                                    a class="nhsuk-header__navigation-link" href=(address) aria-current="true" {
                                        strong class="nhsuk-header__navigation-item-current-fallback" { (words) }
                                    }
                                }
                            } @else {
                                li class="nhsuk-header__navigation-item" {
                                    a class="nhsuk-header__navigation-link" href=(address) { (words) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn breadcrumbs(trail: &[(String, String)]) -> Markup {
    html! {
        @if let Some((last, words)) = trail.last() {
            nav class="nhsuk-breadcrumb" aria-label="Breadcrumb" {
                ol class="nhsuk-breadcrumb__list" {
                    @for (address, words) in trail {
                        li class="nhsuk-breadcrumb__list-item" {
                            a class="nhsuk-breadcrumb__link" href=(address) { (words) }
                        }
                    }
                }
                a class="nhsuk-back-link" href=(last) {
                    span class="nhsuk-u-visually-hidden" { "Back to " }
                    (words)
                }
            }
        }
    }
}

fn footer() -> Markup {
    html! {
        footer class="nhsuk-footer" {
            div class="nhsuk-width-container" {
                div class="nhsuk-footer__meta" {
                    h2 class="nhsuk-u-visually-hidden" { "More" }
                    ul class="nhsuk-footer__list" {
                        @for (address, words) in [("/how-to-check", "How to check a pass"), ("/api", "API"), ("/openapi.yaml", "OpenAPI description"), ("/problems", "Problem types")] {
                            li class="nhsuk-footer__list-item" {
                                a class="nhsuk-footer__list-item-link" href=(address) { (words) }
                            }
                        }
                    }
                    p class="nhsuk-body-s" { (DISCLAIMER) }
                }
            }
        }
    }
}
