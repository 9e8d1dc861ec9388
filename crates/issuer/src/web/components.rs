//! Parts of pages, in the markup of the NHS.UK design system (nhsuk-frontend 10).

use maud::{Markup, html};

/// What a page is about, under its heading.
pub(super) fn lead(words: &str) -> Markup {
    html! { p class="nhsuk-body-l" { (words) } }
}

/// Something to set apart from the text around it.
pub(super) fn inset(body: &Markup) -> Markup {
    html! {
        div class="nhsuk-inset-text" {
            span class="nhsuk-u-visually-hidden" { "Information: " }
            (body)
        }
    }
}

/// What must not be overlooked, under a heading of the second level.
pub(super) fn warning(heading: &str, body: &Markup) -> Markup {
    html! {
        div class="nhsuk-card nhsuk-card--warning" {
            div class="nhsuk-card__content" {
                h2 class="nhsuk-card__heading" { (heading) }
                (body)
            }
        }
    }
}

/// Ways on, as cards: address, heading, words.
pub(super) fn cards(cards: &[(&str, &str, &str)]) -> Markup {
    html! {
        ul class="nhsuk-grid-row nhsuk-card-group" {
            @for (address, heading, words) in cards {
                li class="nhsuk-grid-column-one-half nhsuk-card-group__item" {
                    div class="nhsuk-card nhsuk-card--clickable" {
                        div class="nhsuk-card__content" {
                            h2 class="nhsuk-card__heading nhsuk-heading-m" {
                                a class="nhsuk-card__link" href=(address) { (heading) }
                            }
                            p class="nhsuk-card__description" { (words) }
                        }
                    }
                }
            }
        }
    }
}

/// A link that is the next step, as a button.
pub(super) fn button_link(address: &str, words: &str) -> Markup {
    html! { p { a class="nhsuk-button" href=(address) draggable="false" { (words) } } }
}

/// Facts with their names.
pub(super) fn summary_list(rows: &[(&str, Markup)]) -> Markup {
    html! {
        dl class="nhsuk-summary-list" {
            @for (name, value) in rows {
                div class="nhsuk-summary-list__row" {
                    dt class="nhsuk-summary-list__key" { (name) }
                    dd class="nhsuk-summary-list__value" { (value) }
                }
            }
        }
    }
}

/// A table whose rows become blocks where there is no room for columns. The first cell of a row names it.
/// The roles repeat what the elements mean, because showing a table as blocks takes their meaning away.
pub(super) fn table<const N: usize>(caption: &str, heads: &[&str; N], rows: &[[Markup; N]]) -> Markup {
    html! {
        table class="nhsuk-table nhsuk-table--responsive" role="table" {
            caption class="nhsuk-table__caption nhsuk-table__caption--s" { (caption) }
            thead class="nhsuk-table__head" role="rowgroup" {
                tr class="nhsuk-table__row" role="row" {
                    @for head in heads {
                        th class="nhsuk-table__header" scope="col" role="columnheader" { (head) }
                    }
                }
            }
            tbody class="nhsuk-table__body" role="rowgroup" {
                @for row in rows {
                    tr class="nhsuk-table__row" role="row" {
                        @for (index, (head, cell)) in heads.iter().zip(row).enumerate() {
                            @if index == 0 {
                                th class="nhsuk-table__header" scope="row" role="rowheader" {
                                    span class="nhsuk-table__heading" aria-hidden="true" { (head) " " }
                                    span class="passport-table__value" { (cell) }
                                }
                            } @else {
                                td class="nhsuk-table__cell" role="cell" {
                                    span class="nhsuk-table__heading" aria-hidden="true" { (head) " " }
                                    span class="passport-table__value" { (cell) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The colour of a tag.
#[derive(Debug, Clone, Copy)]
pub(super) enum Colour {
    Green,
    Grey,
    Red,
}

/// A state in a word; the colour only repeats it.
pub(super) fn tag(colour: Colour, words: &str) -> Markup {
    let class = match colour {
        Colour::Green => "nhsuk-tag nhsuk-tag--green",
        Colour::Grey => "nhsuk-tag nhsuk-tag--grey",
        Colour::Red => "nhsuk-tag nhsuk-tag--red",
    };
    html! { strong class=(class) { (words) } }
}

/// What has to be mended in a form: the id of each field, and what is wrong.
pub(super) fn error_summary(errors: &[(&str, &str)]) -> Markup {
    html! {
        @if !errors.is_empty() {
            div class="nhsuk-error-summary" {
                div role="alert" {
                    h2 class="nhsuk-error-summary__heading" { "There is a problem" }
                    div class="nhsuk-error-summary__body" {
                        ul class="nhsuk-list nhsuk-error-summary__list" {
                            @for (id, words) in errors { li { a href={ "#" (id) } { (words) } } }
                        }
                    }
                }
            }
        }
    }
}

/// A line of text that somebody types.
pub(super) struct Field<'t> {
    /// Its id and name.
    pub(super) name: &'t str,
    /// What to type.
    pub(super) label: &'t str,
    /// How, if that is not plain.
    pub(super) hint: &'t str,
    /// What is there already.
    pub(super) value: &'t str,
    /// What is wrong with that.
    pub(super) error: Option<&'t str>,
}

impl Field<'_> {
    pub(super) fn render(&self) -> Markup {
        let Self { name, label, hint, value, error } = self;
        let described = if error.is_some() { format!("{name}-hint {name}-error") } else { format!("{name}-hint") };
        html! {
            div class=(if error.is_some() { "nhsuk-form-group nhsuk-form-group--error" } else { "nhsuk-form-group" }) {
                label class="nhsuk-label" for=(name) { (label) }
                div class="nhsuk-hint" id={ (name) "-hint" } { (hint) }
                @if let Some(error) = error {
                    span class="nhsuk-error-message" id={ (name) "-error" } {
                        span class="nhsuk-u-visually-hidden" { "Error: " }
                        (error)
                    }
                }
                input class=(if error.is_some() { "nhsuk-input nhsuk-input--width-20 nhsuk-input--error" } else { "nhsuk-input nhsuk-input--width-20" }) id=(name)
                    name=(name) type="text" value=(value) spellcheck="false" aria-describedby=(described);
            }
        }
    }
}

/// Ways to the pages of a list before and after this one: address and words.
pub(super) fn pagination(before: Option<(&str, &str)>, after: Option<(&str, &str)>) -> Markup {
    html! {
        @if before.is_some() || after.is_some() {
            nav class="nhsuk-pagination" aria-label="Pagination" {
                ul class="nhsuk-list nhsuk-pagination__list" {
                    @if let Some((address, words)) = before {
                        li class="nhsuk-pagination-item--previous" {
                            a class="nhsuk-pagination__link nhsuk-pagination__link--prev" href=(address) rel="prev" {
                                (pagination_words("Previous", words))
                            }
                        }
                    }
                    @if let Some((address, words)) = after {
                        li class="nhsuk-pagination-item--next" {
                            a class="nhsuk-pagination__link nhsuk-pagination__link--next" href=(address) rel="next" {
                                (pagination_words("Next", words))
                            }
                        }
                    }
                }
            }
        }
    }
}

fn pagination_words(title: &str, words: &str) -> Markup {
    html! {
        span class="nhsuk-pagination__title" { (title) span class="nhsuk-u-visually-hidden" { " page" } }
        span class="nhsuk-u-visually-hidden" { ":" }
        span class="nhsuk-pagination__page" { (words) }
    }
}
