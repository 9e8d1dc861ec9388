//! `/verify`: where passes are checked in the browser. Scanning and judging are done by
//! `web/verify/main.js` with the verifier as WASM; this is what stands there before it has started.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use maud::html;

use super::layout::Page;

/// The page; `root` is the public half of the system's root key, when a trust list is published.
pub(super) fn verify_page(root: Option<&[u8]>) -> Page {
    let main = html! {
        h1 { "Check a pass" }
        div id="verify" {
            noscript {
                p class="nhsuk-body-l" { "This page needs JavaScript to scan and check a pass on your own device." }
                p { "Without it you can:" }
                ul {
                    li { "use another phone or computer, whose browser runs JavaScript" }
                    li { "check the pass with the command line: " a href="/how-to-check#command-line" { "how to check without this page" } }
                }
                p { "Until it has been checked, rely on nothing that the pass says." }
            }
        }
    };
    let head = html! {
        @if let Some(root) = root {
            meta name="passport-root" content=(URL_SAFE_NO_PAD.encode(root));
        }
        link rel="manifest" href="/assets/verify/manifest.webmanifest";
        script type="module" src="/assets/verify/main.js" {}
    };
    Page::new("Check a pass", main).within("/verify").with_head(head)
}
