//! How to check a pass, and what the answer means (`docs/VERDICT.md` says the same for programs).

use maud::{Markup, html};

use super::components::{button_link, inset, lead, table, warning};
use super::layout::Page;

pub(super) fn how_to_check() -> Page {
    let main = html! {
        h1 { "How to check a pass" }
        (lead("Checking answers two things: did the organisation named really sign this, and does it still stand?"))
        h2 { "With a phone or computer" }
        p { "Open the page below and scan the QR code with the camera, choose a picture of it, or paste its text. What you scan stays on your device." }
        (button_link("/verify", "Check a pass"))
        h2 id="command-line" { "With the command line" }
        p { "The " code { "passport" } " command checks pictures and texts of passes, one or hundreds at a time. It opens no connection." }
        pre { code { "passport verify pass.png --bundle bundle.json --root root.pub" } }
        p { "It ends with 0 for accepted, 1 for refused, and 2 for cannot tell. How to get a bundle: see " a href="/for-developers" { "for developers" } "." }
        h2 id="paper" { "On paper" }
        p { "Scan the QR code on the paper in the same way, and match the name with photo ID. What is printed beside the code can be altered; only the code can be checked. If you cannot scan it, treat the paper as a claim that nobody has checked." }
        (answers())
        (records())
        (freshness())
        h2 { "What an answer without a network cannot tell" }
        ul {
            li { "what was withdrawn since the last news that the device has; the answer says as of when" }
            li { "what a regulator's register, the Home Office or the DBS says now; look it up where you have to" }
            li { "whether the person in front of you is the one named; match photo ID" }
        }
    };
    Page::new("How to check a pass", main).within("/verify").below("/", "Home").below("/verify", "Check a pass")
}

fn answers() -> Markup {
    let rows = [
        [
            html! { "Accepted" },
            html! { "The organisation named signed it, and it stands." },
            html! { "Match photo ID. Look at the records that you need: each can still be out of date by itself." },
        ],
        [
            html! { "Refused" },
            html! { "It was altered, has run out, was cancelled, or was not signed by an organisation that is trusted. Nothing that it claims is shown." },
            html! { "Do not rely on it. Ask the person for a newer pass, or their organisation about this one." },
        ],
        [
            html! { "Cannot tell" },
            html! { "It may be good, but that cannot be said here and now: the news is missing or too old, or the clock is wrong." },
            html! { "This is not a yes. Get newer news where there is a network, then check again. The reason says what is missing." },
        ],
    ];
    html! {
        h2 { "What the answer means" }
        (table("The answer for a whole pass", &["Answer", "What it means", "What to do next"], &rows))
        p { "A record that was withdrawn does not refuse the pass: the others still count." }
    }
}

fn records() -> Markup {
    let rows = [
        ("Counts", "Yes", "It stands."),
        (
            "Counts; its status is not fresh",
            "Yes",
            "The last news is more than a day old. That is tolerated for training and competency.",
        ),
        ("Expired", "No", "Its last day, in London, has passed."),
        ("Replaced by something newer", "No", "The organisation has signed a newer record in its place."),
        ("Suspended by the issuer", "No", "The organisation doubts it for now."),
        ("Withdrawn by the issuer", "No", "The organisation has taken it back."),
        ("Not entitled", "No", "The organisation may not attest this kind of record, or this training subject."),
        (
            "Not so, or not yet",
            "No",
            "It says that something is not so: a check still under way, a registration that is suspended.",
        ),
        (
            "Cannot tell",
            "No",
            "The news about it is missing or too old, or it has a code that this version does not know.",
        ),
    ];
    let rows: Vec<_> = rows.iter().map(|row| [html! { (row.0) }, html! { (row.1) }, html! { (row.2) }]).collect();
    table("The answer for each record", &["What it says", "Does it count?", "What it means"], &rows)
}

fn freshness() -> Markup {
    let rows = [
        ("the last 24 hours", "counts", "counts"),
        ("up to 7 days ago", "counts, and is marked as not fresh", "cannot tell"),
        ("longer ago, or not at all", "cannot tell", "cannot tell"),
    ];
    let rows: Vec<_> = rows.iter().map(|row| [html! { (row.0) }, html! { (row.1) }, html! { (row.2) }]).collect();
    html! {
        h2 { "How fresh the news has to be" }
        p { "An organisation can withdraw a record at any time. Your device learns of it with its next bundle." }
        (table("What a record is worth, by the age of the news", &["The news is from", "Training, competency", "Checks, identity, job"], &rows))
        (inset(&html! { p { "The organisation that receives may set other limits." } }))
        (warning("Never treat cannot tell as accepted", &html! {
            p { "If you have no newer news and the shift has to start, follow your organisation's own rules for staff whose checks could not be seen." }
        }))
    }
}
