//! The first page, a page for each kind of reader, and where the link of a movement leads.

use maud::{Markup, html};

use super::components::{button_link, cards, inset, lead, warning};
use super::layout::{NAME, Page};

/// What this is, for whom, and the ways on.
pub(super) fn home() -> Page {
    let ways = cards(&[
        (
            "/verify",
            "Check a pass",
            "Scan somebody's pass and see at once whether it can be relied on. It also works without a network.",
        ),
        (
            "/for-staff",
            "For staff",
            "You have a pass, or were asked for one: what is in it, how to show it, what to do if it is wrong or lost.",
        ),
        (
            "/for-organisations",
            "For organisations",
            "Sign what you know about your staff, or take in people from elsewhere without asking for everything again.",
        ),
        (
            "/for-developers",
            "For developers",
            "The API, its description for programs, schemas, and how to verify in your own software.",
        ),
    ]);
    let main = html! {
        h1 { (NAME) }
        (lead("Take your checks, training and competencies with you to the next organisation, so that nobody has to do them again."))
        p { "A health or care organisation signs what it knows about a member of staff. The person carries it as one QR code, on a phone or on paper. Whoever receives it can check it on the spot." }
        (ways)
        h2 { "What a pass says" }
        ul {
            li { "who the person is, and which organisation vouches for it" }
            li { "checks such as identity, right to work and registration, as they were when they were made" }
            li { "training and competencies, each with its dates" }
        }
        h2 { "What a pass is not" }
        ul {
            li { "It is not an identity document. Match it with photo ID." }
            li { "It is not a live look at a register. Where a register has to be looked up, look it up." }
            li { "It is not in a central store. Each organisation keeps what it signed, and the person carries the pass." }
        }
    };
    Page::new(NAME, main)
}

/// For whoever carries a pass.
pub(super) fn for_staff() -> Page {
    let main = html! {
        h1 { "For staff" }
        (lead("A pass is yours to carry and to show. It holds what your organisation has checked and what you have learned there."))
        h2 { "How you get one" }
        p { "Ask the HR or workforce team where you work. If they issue passes, they give you one as a QR code: a picture for your phone, or on paper." }
        p { "If you have worked at several organisations, keep a pass from each. They can be read one after another." }
        h2 { "See what it says" }
        p { "Scan it yourself before you show it to anybody. You see every record in it, and what each is worth today." }
        (button_link("/verify", "Check your own pass"))
        h2 { "Show it" }
        ul {
            li { "Let the person in charge scan the QR code. Nothing else is needed, and no network." }
            li { "Have photo ID with you. A pass does not prove that you are the person named in it." }
            li { "Show it only to somebody who needs to know. Whoever scans it can read all of it." }
        }
        h2 { "If you were sent a link" }
        p { "An organisation where you are to work may send you a link with which you show your passport once. " a href="/share" { "What such a link is for" } "." }
        h2 { "If something in it is wrong" }
        p { "Ask the organisation that signed it. It can replace one record or withdraw it, and the rest of your pass still stands. Then it gives you a new pass." }
        h2 { "If you lose it" }
        p { "Tell the organisation that gave it to you. It can cancel that one pass. Your other passes, and the records, still stand." }
        h2 { "What happens to your data" }
        ul {
            li { "The organisation that signed your records keeps them, as it did before." }
            li { "There is no central store, and nobody is told when your pass is checked on the page here: what is scanned stays on the device." }
            li { "If you show your passport with a link, the organisation keeps what you showed, sealed, while the move is open. It is deleted when that is over." }
        }
    };
    Page::new("For staff", main).within("/for-staff").below("/", "Home")
}

/// For whoever signs, or receives.
pub(super) fn for_organisations() -> Page {
    let main = html! {
        h1 { "For organisations" }
        (lead("Sign what you know about your own staff. Take in staff from elsewhere on what another organisation has signed."))
        h2 { "When your staff move on" }
        p { "Send what your systems hold about a person: checks, training, competencies. The service signs it and gives back a pass for the person. Send it again whenever you like: only what has changed is signed anew." }
        ul {
            li { "Each record says where it comes from and when it was last refreshed." }
            li { "A record that no longer holds is withdrawn by itself. The others still stand." }
            li { "What you may sign is decided by the trust list, record kind by record kind." }
        }
        h2 { "When somebody comes to you" }
        ol {
            li { "Write down once what a role asks for, as a role profile." }
            li { "Open a movement and send the person its link. They show their passport with it." }
            li { "The service says what is met and until when, what you have to look up, what is done locally, and what is missing." }
            li { "You agree, they start, and rosters can ask until which day they may work." }
        }
        (warning("What stays with you", &html! {
            p { "A pass can fill in a registration, a right to work or a criminal record check. It cannot prove that they hold today. The service tells you which of them to look up." }
        }))
        h2 { "On the ward" }
        p { "To see whether somebody may start a shift, scan their pass. It works without a network, and needs no account." }
        (button_link("/verify", "Check a pass"))
        h2 { "How to join" }
        ol {
            li { "Run this service yourself, or have somebody run it for you. It has its own signing keys for your organisation." }
            li { "Ask whoever keeps the trust list of your system to add your organisation, its keys, and what it may attest." }
            li { "Connect the systems that hold your records: see " a href="/for-developers" { "for developers" } "." }
        }
        p { "See " a href="/organisations" { "which organisations are trusted here" } "." }
    };
    Page::new("For organisations", main).within("/for-organisations").below("/", "Home")
}

/// For whoever connects software.
pub(super) fn for_developers(address: &str, has_trust_list: bool) -> Page {
    let schemas = [
        ("StaffIdentityCredential", "identity and work"),
        ("EmploymentCheckCredential", "employment checks"),
        ("StaffTrainingCredential", "training"),
        ("StaffCompetencyCredential", "competencies, qualifications, preceptorship"),
        ("StaffAgreementCredential", "agreements, which are never on a pass"),
        ("RoleProfile", "what a role asks for"),
    ];
    let main = html! {
        h1 { "For developers" }
        (lead("Issue and withdraw through an API. Verify with a library or a command that needs no network and no account."))
        h2 { "Issue" }
        ul {
            li { a href="/api" { "The API" } ", with every operation, field and answer" }
            li { a href="/openapi.yaml" { "openapi.yaml" } ", the same for programs (OpenAPI 3.1)" }
            li { a href="/problems" { "Problem types" } ": what each error means and what to do" }
        }
        p { "Your system signs in with a key of its own and has only the scopes that it needs; for a small set-up, whoever runs the service may give you an API key instead." }
        h2 { "Verify" }
        p { "Pin the root key of the system once. Then one file, the bundle, is all that a verifier needs." }
        @if has_trust_list {
            pre { code {
                "curl -o bundle.json " (address) "/bundle\n"
                "passport verify pass.png --bundle bundle.json --root root.pub"
            } }
        }
        ul {
            @if has_trust_list {
                li { a href="/bundle" { "The bundle" } ": trust list, status lists and role profiles of the organisations here; take it anew at least once a day" }
                li { a href="/trust-list" { "The trust list" } ", signed by the root key; " a href="/organisations" { "the same to read" } }
            } @else {
                li { "No trust list is published here yet, so that there is no bundle." }
            }
            li { code { "passport bundle build" } " makes a bundle of all organisations on a trust list, wherever they are" }
        }
        p { "Get the root key from whoever runs the system, by a way that you trust. A key that you took from the same place as the pass proves nothing." }
        h2 { "Formats" }
        p { "A pass is a signed CWT (RFC 8392) in Base45, in a QR code. Credentials are W3C Verifiable Credentials 2.0 as JWT. Their JSON Schemas, with the ids of every code list:" }
        ul {
            @for (name, about) in schemas {
                li { a href={ "/schemas/v1/" (name) ".json" } { (name) } ": " (about) }
            }
            li { a href="/contexts/v1" { "The JSON-LD context" } " of the credentials" }
        }
        p { "The project's documents say the rest, to the byte: " code { "docs/FORMAT.md" } " (the pass), " code { "docs/VERDICT.md" } " (what a verdict says), " code { "docs/ASSESSMENT.md" } " and " code { "docs/MOVEMENT.md" } " (role profiles and moves)." }
        (inset(&html! { p { "Each organisation here is a " code { "did:web" } ". Online parties can resolve its keys; a verifier of ours never does." } }))
    };
    Page::new("For developers", main).within("/for-developers").below("/", "Home")
}

/// Where the link of a movement leads whoever opens it in a browser. The secret in it stays there.
pub(super) fn share() -> Page {
    let main = html! {
        h1 { "Somebody asks to see your staff passport" }
        (lead("An organisation where you are to work has sent you this link. With it you can show your passport, once. The link works for two weeks."))
        h2 { "What you can do" }
        (commands())
        p { "In place of " code { "LINK" } " put this page's whole address, as you were sent it. What stands behind the " code { "#" } " in it is yours: whoever has it can show a passport in your place, so do not pass it on." }
        h2 { "If you would rather not" }
        p { "You do not have to do anything, and you can ask them why they want to see it. You can also take paper with you: a printed pass can be checked on the spot." }
        h2 { "Afterwards" }
        p { "You get a receipt. With it you can look at what became of what you showed, take it back, or let your own organisation know. What you showed is deleted when your time there is over." }
    };
    Page::new("Somebody asks to see your staff passport", main).below("/", "Home").below("/for-staff", "For staff")
}

fn commands() -> Markup {
    html! {
        ul {
            li { "See what they ask for, and why: " code { "passport share 'LINK'" } }
            li { "Show a pass, on file or as a picture of its QR code: " code { "passport share 'LINK' my-pass.png --receipt receipt.json" } }
            li { "Look for yourself first whether you have what they ask for, without telling anybody: " code { "passport assess" } }
        }
    }
}
