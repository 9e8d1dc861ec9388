//! `/verify`: where passes are checked in the browser. Scanning and judging are done by
//! `web/verify/main.js` with the verifier as WASM; this is what stands there before it has started, and
//! every field and button that it uses.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use maud::{Markup, html};

use super::layout::Page;

/// The page; `root` is the public half of the system's root key, when a trust list is published.
pub(super) fn verify_page(root: Option<&[u8]>) -> Page {
    let main = html! {
        h1 { "Check a pass" }
        noscript {
            p class="nhsuk-body-l" { "This page needs JavaScript to scan and check a pass on your own device." }
            p { "Without it you can:" }
            ul {
                li { "use another phone or computer, whose browser runs JavaScript" }
                li { "check the pass with the command line: " a href="/how-to-check#command-line" { "how to check without this page" } }
            }
            p { "Until it has been checked, rely on nothing that the pass says." }
        }
        p id="starting" role="status" { "Starting the verifier. If this stays here, reload the page or use another browser." }
        div id="verify" hidden {
            (news())
            (role())
            (look())
            div id="answer" aria-live="polite" {}
            div class="after" {
                button class="nhsuk-button" type="button" id="next" hidden { "Next person" }
                button class="nhsuk-button nhsuk-button--secondary" type="button" id="keep" hidden { "Save this answer as a file" }
            }
            section id="seen" hidden aria-labelledby="seen-title" {
                h2 id="seen-title" class="nhsuk-heading-m" { "Checked before, on this page" }
                ol id="seen-list" {}
            }
            (other_ways())
            (many())
            (settings())
        }
    };
    let head = html! {
        @if let Some(root) = root {
            meta name="passport-root" content=(URL_SAFE_NO_PAD.encode(root));
        }
        link rel="stylesheet" href="/assets/verify/verify.css";
        link rel="manifest" href="/assets/verify/manifest.webmanifest";
        script type="module" src="/assets/verify/main.js" {}
    };
    Page::new("Check a pass", main).within("/verify").with_head(head)
}

/// How old the news is, always in sight.
fn news() -> Markup {
    html! {
        section class="news" id="news" data-state="none" aria-label="The list that passes are checked by" {
            p id="news-text" role="status" { "There is no list on this device yet." }
            button class="nhsuk-button nhsuk-button--secondary nhsuk-button--small" type="button" id="refresh" { "Get the latest list" }
            p class="news__trouble" id="news-trouble" role="status" hidden {}
        }
    }
}

/// What somebody is to do, chosen once for a shift.
fn role() -> Markup {
    html! {
        details class="nhsuk-details" id="role" {
            summary class="nhsuk-details__summary" {
                span class="nhsuk-details__summary-text" { "What are they to do? " span id="role-summary" { "No role: only check the pass" } }
            }
            div class="nhsuk-details__text" {
                div class="nhsuk-form-group" {
                    label class="nhsuk-label" for="profile" { "Role" }
                    select class="nhsuk-select" id="profile" {}
                }
                div id="role-more" hidden {
                    div class="nhsuk-form-group" {
                        label class="nhsuk-label" for="purpose" { "Why they come" }
                        select class="nhsuk-select" id="purpose" {}
                    }
                    div class="nhsuk-form-group" {
                        label class="nhsuk-label" for="starts" { "First day" }
                        input class="nhsuk-input nhsuk-input--width-10" type="date" id="starts";
                    }
                    div class="nhsuk-form-group" {
                        label class="nhsuk-label" for="ends" { "Last day" }
                        input class="nhsuk-input nhsuk-input--width-10" type="date" id="ends";
                    }
                }
            }
        }
    }
}

fn look() -> Markup {
    html! {
        section class="look" aria-labelledby="look-title" {
            h2 id="look-title" class="nhsuk-heading-m" { "Scan" }
            video class="look__video" id="video" muted playsinline hidden {}
            button class="nhsuk-button" type="button" id="camera" { "Start the camera" }
            p id="camera-says" role="status" {}
        }
    }
}

fn other_ways() -> Markup {
    html! {
        details class="nhsuk-details" {
            summary class="nhsuk-details__summary" { span class="nhsuk-details__summary-text" { "No camera? A picture, the text, or a scanner" } }
            div class="nhsuk-details__text" {
                div class="nhsuk-form-group" {
                    label class="nhsuk-label" for="pictures" { "Pictures or files of one person’s passes" }
                    input class="nhsuk-file-upload" type="file" id="pictures" multiple accept="image/png,image/jpeg,image/webp,text/plain,.txt,.jwt";
                }
                form id="paste-form" {
                    div class="nhsuk-form-group" {
                        label class="nhsuk-label" for="pasted" { "Text of one person’s passes" }
                        div class="nhsuk-hint" id="pasted-hint" { "It begins with SP1:" }
                        textarea class="nhsuk-textarea" id="pasted" rows="4" aria-describedby="pasted-hint" spellcheck="false" autocomplete="off" {}
                    }
                    button class="nhsuk-button nhsuk-button--secondary" type="submit" { "Check this text" }
                }
                p { "A scanner that types needs nothing: scan, and the answer appears above." }
            }
        }
    }
}

fn many() -> Markup {
    html! {
        details class="nhsuk-details" {
            summary class="nhsuk-details__summary" { span class="nhsuk-details__summary-text" { "Many people at once" } }
            div class="nhsuk-details__text" {
                form id="many-form" {
                    div class="nhsuk-form-group" {
                        label class="nhsuk-label" for="many-text" { "Passes, one on each line" }
                        textarea class="nhsuk-textarea" id="many-text" rows="5" spellcheck="false" autocomplete="off" {}
                    }
                    div class="nhsuk-form-group" {
                        label class="nhsuk-label" for="many-files" { "Or files and pictures" }
                        input class="nhsuk-file-upload" type="file" id="many-files" multiple accept="image/png,image/jpeg,image/webp,text/plain,text/csv,.txt,.csv";
                    }
                    button class="nhsuk-button nhsuk-button--secondary" type="submit" { "Check them all" }
                }
                p id="many-says" role="status" {}
                section class="many" id="many-table" tabindex="0" aria-label="Answers" {}
                button class="nhsuk-button nhsuk-button--secondary" type="button" id="many-export" hidden { "Save as a spreadsheet file (CSV)" }
            }
        }
    }
}

fn settings() -> Markup {
    let tick = |id: &str, words: &str| {
        html! {
            div class="nhsuk-checkboxes__item" {
                input class="nhsuk-checkboxes__input" type="checkbox" id=(id);
                label class="nhsuk-label nhsuk-checkboxes__label" for=(id) { (words) }
            }
        }
    };
    html! {
        details class="nhsuk-details" {
            summary class="nhsuk-details__summary" { span class="nhsuk-details__summary-text" { "Settings, and what stays on this device" } }
            div class="nhsuk-details__text" {
                fieldset class="nhsuk-fieldset nhsuk-form-group" {
                    legend class="nhsuk-fieldset__legend" { "When an answer appears" }
                    div class="nhsuk-checkboxes" {
                        (tick("sound", "Play a sound"))
                        (tick("shake", "Vibrate"))
                        (tick("large", "Large type"))
                    }
                }
                p id="offline-says" role="status" {}
                p { "Nothing that you scan leaves this device, and nothing of it is kept when you close the page, unless you save an answer. What stays is the list, the role that you chose, and these settings." }
                div class="nhsuk-form-group" {
                    label class="nhsuk-label" for="news-file" { "The latest list from a file, where there is no network" }
                    input class="nhsuk-file-upload" type="file" id="news-file" accept=".json,application/json";
                }
                button class="nhsuk-button nhsuk-button--warning" type="button" id="forget" { "Forget everything on this device" }
            }
        }
    }
}
