//! The trust list as people can read it: all organisations, and a page for each.

use maud::{Markup, html};
use passport_schema::codes::{CodeLists, Subject};
use passport_schema::record::{Family, Kind};
use passport_schema::time::Timestamp;
use passport_schema::trust_list::{Entitlement, Key, KeyState, Member, TrustList};

use super::components::{Colour, Field, error_summary, lead, pagination, summary_list, table, tag, warning};
use super::layout::Page;
use crate::store::organisations::Organisation;

/// Organisations on one page.
const PER_PAGE: usize = 50;
/// Characters that may be searched for.
const MAX_SEARCH: usize = 100;

/// A trust list as it was published, and when it is looked at.
pub(super) struct Seen<'l> {
    pub(super) list: &'l TrustList,
    /// The public half of the root key, in base64url.
    pub(super) root: String,
    pub(super) now: Timestamp,
}

/// What somebody looks for, and which page of what was found.
#[derive(Debug, Default, serde::Deserialize)]
pub(crate) struct Search {
    #[serde(default)]
    pub(super) q: String,
    #[serde(default)]
    pub(super) page: usize,
}

/// Every organisation on the list.
pub(super) fn organisations(seen: Option<&Seen<'_>>, search: &Search) -> Page {
    let body = match seen {
        None => html! {
            h1 { (TITLE) }
            (lead("No trust list has been published here yet. Until then nothing that is signed here is accepted anywhere."))
        },
        Some(seen) => listed(seen, search),
    };
    // A form with something to mend says so first (WCAG 2.2, 2.4.2 and 3.3.1).
    let title = if is_too_long(search) { format!("Error: {TITLE}") } else { TITLE.into() };
    Page::new(title, body).within("/organisations").below("/", "Home")
}

const TITLE: &str = "Who is trusted";

fn is_too_long(search: &Search) -> bool {
    search.q.trim().chars().count() > MAX_SEARCH
}

fn listed(seen: &Seen<'_>, search: &Search) -> Markup {
    let wanted = search.q.trim();
    let too_long = is_too_long(search).then(|| format!("Search for at most {MAX_SEARCH} characters"));
    let wanted = if too_long.is_some() { "" } else { wanted };
    let found: Vec<_> = seen.list.members.iter().filter(|member| fits(member, wanted)).collect();
    let pages = found.len().div_ceil(PER_PAGE).max(1);
    let page = search.page.clamp(1, pages);
    let rows: Vec<_> = found.iter().skip((page - 1) * PER_PAGE).take(PER_PAGE).map(|it| row(it, seen.now)).collect();
    let errors: Vec<_> = too_long.iter().map(|words| ("q", words.as_str())).collect();
    let field = Field {
        name: "q",
        label: "Find an organisation",
        hint: "Part of its name, or its code, such as RNN",
        value: search.q.trim(),
        error: too_long.as_deref(),
    };
    let (before, after) = (page_link(page - 1, pages, wanted), page_link(page + 1, pages, wanted));
    html! {
        (error_summary(&errors))
        h1 { (TITLE) }
        (lead("A pass is accepted only if one of these organisations signed it, with one of its keys, and may attest what it says."))
        (about(seen))
        form action="/organisations" method="get" role="search" aria-label="Organisations" {
            (field.render())
            button class="nhsuk-button" type="submit" { "Find" }
        }
        @if rows.is_empty() {
            p { "No organisation of that name or code is on the list. " a href="/organisations" { "Show all" } "." }
        } @else {
            (table(&caption(found.len(), wanted), &["Organisation", "Code", "May attest", "Keys"], &rows))
            (pagination(before.as_ref().map(link_parts), after.as_ref().map(link_parts)))
        }
        p { "For programs: " a href="/trust-list" { "the signed list" } "." }
    }
}

fn link_parts(link: &(String, String)) -> (&str, &str) {
    (&link.0, &link.1)
}

fn caption(count: usize, wanted: &str) -> String {
    let organisations = if count == 1 { "1 organisation".to_owned() } else { format!("{count} organisations") };
    if wanted.is_empty() { organisations } else { format!("{organisations} with “{wanted}”") }
}

fn page_link(page: usize, pages: usize, wanted: &str) -> Option<(String, String)> {
    let query = query(wanted);
    (1..=pages).contains(&page).then(|| (format!("/organisations?page={page}{query}"), format!("{page} of {pages}")))
}

/// `&q=` and the text, percent-encoded, or nothing.
fn query(wanted: &str) -> String {
    let encode = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    if wanted.is_empty() { String::new() } else { format!("&q={}", wanted.bytes().map(encode).collect::<String>()) }
}

fn fits(member: &Member, wanted: &str) -> bool {
    let wanted = wanted.to_lowercase();
    member.name().to_lowercase().contains(&wanted) || member.information.code.as_str().to_lowercase() == wanted
}

/// Which list this is, and until when it is good.
fn about(seen: &Seen<'_>) -> Markup {
    let scheme = &seen.list.scheme;
    let current = seen.now <= scheme.next_update;
    html! {
        @if !current {
            (warning("This trust list is too old", &html! {
                p { "Checking with it answers cannot tell. Whoever keeps the list has to sign it anew." }
            }))
        }
        (summary_list(&[
            ("System", html! { (seen.list.system()) }),
            ("Number", html! { (scheme.sequence) }),
            ("Signed", html! { (scheme.issued.plain()) }),
            ("Good until", html! { (scheme.next_update.plain()) " " (if current { tag(Colour::Green, "Current") } else { tag(Colour::Red, "Too old") }) }),
            ("Root key", html! { code { (seen.root) } br; "Compare it with the one that you were given: that it stands here proves nothing." }),
        ]))
    }
}

fn row(member: &Member, now: Timestamp) -> [Markup; 4] {
    let code = &member.information.code;
    [
        html! { a href={ "/organisations/" (code) } { (member.name()) } },
        html! { (code) },
        html! { (in_short(entitlement(member))) },
        html! { (keys_in_short(&keys(member), now)) },
    ]
}

fn entitlement(member: &Member) -> Option<&Entitlement> {
    member.services.first().map(|service| &service.information.entitlement)
}

fn keys(member: &Member) -> Vec<&Key> {
    member.services.iter().flat_map(|service| &service.information.keys).collect()
}

/// The families of which it may attest something.
fn in_short(entitlement: Option<&Entitlement>) -> String {
    let Some(entitlement) = entitlement.filter(|it| !it.kinds.is_empty()) else { return "nothing".into() };
    if Kind::ALL.iter().all(|kind| entitlement.kinds.contains(kind)) {
        return "every kind of record".into();
    }
    let of = |family: Family| Kind::ALL.iter().copied().filter(move |kind| kind.family() == family);
    let words = Family::ALL.into_iter().filter_map(|family| {
        let (all, some) = (
            of(family).all(|kind| entitlement.kinds.contains(&kind)),
            of(family).any(|kind| entitlement.kinds.contains(&kind)),
        );
        let name = family_words(family).to_lowercase();
        some.then(|| if all { name } else { format!("some {name}") })
    });
    words.collect::<Vec<_>>().join(", ")
}

fn keys_in_short(keys: &[&Key], now: Timestamp) -> Markup {
    let count = |wanted: &str| keys.iter().filter(|key| key_words(key, now).1 == wanted).count();
    html! {
        @if count(SIGNS) > 0 { (tag(Colour::Green, SIGNS)) } @else { (tag(Colour::Grey, "Cannot sign now")) }
        @if count(COMPROMISED) > 0 { " " (tag(Colour::Red, "Had a compromised key")) }
    }
}

const SIGNS: &str = "Signs now";
const COMPROMISED: &str = "Compromised";

/// What has become of a key: in colour, in a word, in a sentence.
fn key_words(key: &Key, now: Timestamp) -> (Colour, &'static str, &'static str) {
    match key.state {
        KeyState::Compromised => {
            (Colour::Red, COMPROMISED, "Nothing that it signed counts, whenever it claims to be from.")
        }
        KeyState::Retired => (Colour::Grey, "Retired", "It signs no more. What it signed stands."),
        KeyState::Active if now < key.not_before => (Colour::Grey, "Not yet", "It will sign from its first day on."),
        KeyState::Active if now > key.not_after => {
            (Colour::Grey, "Has ended", "It signs no more. What it signed stands.")
        }
        KeyState::Active => (Colour::Green, SIGNS, "What it signs within its time counts."),
    }
}

fn family_words(family: Family) -> &'static str {
    match family {
        Family::Identity => "Identity and work",
        Family::Check => "Employment checks",
        Family::Training => "Training",
        Family::Competency => "Competencies",
        Family::Agreement => "Agreements",
    }
}

fn kind_words(kind: Kind) -> &'static str {
    match kind {
        Kind::Identity => "who somebody is",
        Kind::Employment => "a job",
        Kind::Placement => "a placement",
        Kind::IdentityCheck => "identity check",
        Kind::RightToWork => "right to work",
        Kind::Registration => "professional registration",
        Kind::CriminalRecordCheck => "criminal record check",
        Kind::Reference => "references",
        Kind::HealthClearance => "work health clearance",
        Kind::Screening => "screening and immunisation",
        Kind::Training => "training",
        Kind::Competency => "competencies",
        Kind::Qualification => "qualifications",
        Kind::Preceptorship => "preceptorship",
        Kind::CarerAgreement => "working carer’s agreements",
        Kind::AdjustmentsAgreement => "adjustments agreements",
    }
}

/// A pattern of training subjects in words.
fn subject_words(pattern: &str, lists: &CodeLists) -> Markup {
    match pattern {
        "*" => html! { "every training subject" },
        "cstf/*" => html! { "every subject of the Core Skills Training Framework" },
        "ommt/*" => html! { "Oliver McGowan Mandatory Training" },
        "local:*" => html! { "training of its own" },
        id => lists.term::<Subject>(id).map_or_else(|| html! { code { (id) } }, |term| html! { (term.title()) }),
    }
}

/// What is known of an organisation: what the trust list says of it, what this deployment says of itself.
pub(super) struct Known<'k> {
    pub(super) code: &'k str,
    pub(super) member: Option<&'k Member>,
    pub(super) own: Option<&'k Organisation>,
}

/// One organisation.
pub(super) fn organisation(known: &Known<'_>, seen: Option<&Seen<'_>>, lists: &CodeLists) -> Page {
    let Known { code, member, own } = known;
    let own_name = own.map_or("", |own| own.name.as_str());
    // The name that people are shown is the trust list's.
    let name = member.map_or(own_name, |member| member.name()).to_owned();
    let successor = member
        .map_or_else(|| own.and_then(|own| own.successor.as_ref()), |member| member.information.successor.as_ref());
    let kind = own.and_then(|own| lists.term::<passport_schema::codes::OrganisationKind>(&own.kind));
    let mut facts = vec![("Code", html! { (code) })];
    facts.extend(kind.map(|kind| ("Kind", html! { (kind.title()) })));
    facts.extend(member.map(|member| ("Address", html! { code { (member.information.address) } })));
    facts.extend(successor.map(|code| ("Succeeded by", html! { a href={ "/organisations/" (code) } { (code) } })));
    facts.extend(seen.filter(|_| member.is_some()).map(|seen| {
        ("As of", html! { (seen.list.scheme.issued.plain()) ", trust list number " (seen.list.scheme.sequence) })
    }));
    let main = html! {
        h1 { (name) }
        @match member {
            Some(_) => (lead("This organisation is on the trust list.")),
            None => (warning("Not on the trust list", &html! {
                p { "This organisation uses this service, but nothing that it signs is accepted until it is on the trust list." }
            })),
        }
        (summary_list(&facts))
        @if let (Some(member), Some(seen)) = (member, seen) {
            (may_attest(entitlement(member), lists))
            (key_table(&keys(member), seen.now))
        }
        @if own.is_some() {
            h2 { "For programs" }
            ul {
                li { a href={ "/organisations/" (code) "/did.json" } { "DID document" } }
                li { a href={ "/organisations/" (code) "/jwks.json" } { "Keys" } }
                li { a href={ "/organisations/" (code) "/status" } { "Status lists" } }
                li { a href={ "/organisations/" (code) "/profiles" } { "Role profiles" } }
            }
        }
    };
    Page::new(format!("{name} ({code})"), main)
        .within("/organisations")
        .below("/", "Home")
        .below("/organisations", TITLE)
}

fn may_attest(entitlement: Option<&Entitlement>, lists: &CodeLists) -> Markup {
    let nothing = Entitlement::default();
    let entitlement = entitlement.unwrap_or(&nothing);
    let rows: Vec<_> = Family::ALL
        .into_iter()
        .map(|family| {
            let kinds = entitlement.kinds.iter().filter(|kind| kind.family() == family);
            let words = kinds.map(|kind| kind_words(*kind)).collect::<Vec<_>>().join(", ");
            let value = html! { @if words.is_empty() { "nothing" } @else { (words) } };
            (family_words(family), value)
        })
        .collect();
    html! {
        h2 { "What it may attest" }
        (summary_list(&rows))
        @if entitlement.kinds.contains(&Kind::Training) {
            h3 { "Training subjects for which it is aligned" }
            @if entitlement.subjects.is_empty() {
                p { "None: no training record of it counts." }
            } @else {
                ul { @for pattern in &entitlement.subjects { li { (subject_words(pattern, lists)) } } }
            }
        }
    }
}

fn key_table(keys: &[&Key], now: Timestamp) -> Markup {
    let rows: Vec<_> = keys
        .iter()
        .map(|key| {
            let (colour, word, sentence) = key_words(key, now);
            [
                html! { code { (key.kid) } },
                html! { (tag(colour, word)) br; (sentence) },
                html! { (key.not_before.plain()) },
                html! { (key.not_after.plain()) },
            ]
        })
        .collect();
    html! {
        (table("Its keys", &["Key", "State", "From", "Until"], &rows))
    }
}
