//! Every template, from sample data: what is true of all of them, and hostile names.

use std::collections::BTreeSet;

use actix_web::http::StatusCode;
use passport_schema::codes::CodeLists;
use passport_schema::id::{KeyId, OrganisationCode};
use passport_schema::record::Kind;
use passport_schema::time::Timestamp;
use passport_schema::trust_list::{
    Entitlement, ISSUING, Information, Key, KeyState, LIST_TYPE, Member, Scheme, Service, ServiceInformation,
    TrustList, Worded,
};

use super::layout::Page;
use super::trust::{Known, Search, Seen};
use super::{api, check, errors, guides, problems, trust, verify};
use crate::error::ALL;
use crate::publish::OPENAPI;
use crate::store::organisations::Organisation;

const HOSTILE: &str = "</h1><script>alert('&\"')</script>";
const NOW: Timestamp = Timestamp(1_795_253_400);
const YEAR: i64 = 31_536_000;

fn member(code: &str, name: &str, kinds: &[Kind], subjects: &[&str]) -> Member {
    let key = |number: u8, state, from| Key {
        kid: KeyId::of_ed25519(&[number; 32]),
        kty: "OKP".into(),
        crv: "Ed25519".into(),
        x: [number; 32],
        not_before: NOW.plus(from),
        not_after: NOW.plus(from + YEAR),
        state,
    };
    let keys = vec![
        key(1, KeyState::Active, -60),
        key(2, KeyState::Active, 60),
        key(3, KeyState::Active, -2 * YEAR),
        key(4, KeyState::Retired, -60),
        key(5, KeyState::Compromised, -60),
    ];
    let entitlement = Entitlement {
        kinds: kinds.iter().copied().collect(),
        subjects: subjects.iter().map(|it| (*it).to_owned()).collect(),
    };
    Member {
        information: Information {
            name: Worded::english(name),
            code: OrganisationCode::parse(code).unwrap(),
            address: format!("https://passport.example/organisations/{code}"),
            successor: OrganisationCode::parse("RTD").filter(|_| code == "RNN"),
        },
        services: vec![Service { information: ServiceInformation { service_type: ISSUING.into(), keys, entitlement } }],
    }
}

fn list(members: usize) -> TrustList {
    let subjects = ["cstf/*", "ommt/*", "local:*", "cstf/fire-safety/1", "other/<b>"];
    let mut all = vec![
        member("RNN", "North Cumbria", Kind::ALL, &subjects),
        member("RTD", HOSTILE, &[Kind::Training, Kind::Identity], &[]),
        member("RXX", "Nothing", &[], &["*"]),
    ];
    all.extend((3..members).map(|n| member(&format!("ZZ{n:03}"), &format!("Charity {n}"), Kind::ALL, &["*"])));
    TrustList {
        scheme: Scheme {
            version: 1,
            sequence: 7,
            list_type: LIST_TYPE.into(),
            operator: Worded::english("North East"),
            issued: NOW.plus(-60),
            next_update: NOW.plus(YEAR / 12),
        },
        members: all,
    }
}

fn seen(list: &TrustList, now: Timestamp) -> Seen<'_> {
    Seen { list, root: "root".into(), now }
}

fn search(q: &str, page: usize) -> Search {
    Search { q: q.into(), page }
}

fn one(code: &str, list: &TrustList, own: Option<&Organisation>) -> Page {
    let member = list.members.iter().find(|member| member.information.code.as_str() == code);
    trust::organisation(&Known { code, member, own }, Some(&seen(list, NOW)), &CodeLists::embedded())
}

fn every_page() -> Vec<Page> {
    let (list, many) = (list(3), list(120));
    let own = Organisation {
        code: OrganisationCode::parse("RYY").unwrap(),
        name: "Not listed".into(),
        kind: "charity".into(),
        successor: None,
    };
    let mut pages = vec![
        guides::home(),
        guides::for_staff(),
        guides::for_organisations(),
        guides::for_developers("https://passport.example", true),
        guides::for_developers("https://passport.example", false),
        guides::share(),
        check::how_to_check(),
        verify::verify_page(None),
        verify::verify_page(Some(&[7; 32])),
        api::render(OPENAPI),
        api::render("a: [<b>"),
        problems::problems(),
        trust::organisations(None, &search("", 0)),
        trust::organisations(Some(&seen(&list, NOW)), &search("", 0)),
        trust::organisations(Some(&seen(&list, NOW.plus(YEAR))), &search(HOSTILE, 3)),
        trust::organisations(Some(&seen(&list, NOW)), &search(&"x".repeat(101), 0)),
        trust::organisations(Some(&seen(&many, NOW)), &search("charity", 2)),
        trust::organisations(Some(&seen(&many, NOW)), &search("", usize::MAX)),
        one("RNN", &list, None),
        one("RTD", &list, None),
        one("RXX", &list, None),
        one("RYY", &list, Some(&own)),
    ];
    pages.extend(ALL.iter().map(|kind| problems::problem(kind)));
    let statuses = [400, 404, 405, 500, 503].map(|status| StatusCode::from_u16(status).unwrap());
    pages.extend(statuses.map(errors::error_page));
    pages
}

/// The values of an attribute, as they stand.
fn values<'h>(html: &'h str, attribute: &str) -> Vec<&'h str> {
    html.split(&format!(" {attribute}=\"")).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

/// The levels of the headings, in order.
fn headings(html: &str) -> Vec<u32> {
    let level = |rest: &str| rest.chars().next().and_then(|level| level.to_digit(10));
    html.split("<h").skip(1).filter_map(level).collect()
}

#[test]
fn every_template_keeps_to_the_rules_of_a_page() {
    for page in every_page() {
        let html = page.render();
        let title = html.split("<title>").nth(1).and_then(|rest| rest.split('<').next()).unwrap();
        assert!(html.starts_with("<!DOCTYPE html><html lang=\"en-GB\">"), "{title}");
        assert_eq!(html.matches("<h1").count(), 1, "{title}");
        assert_eq!(html.matches("<main").count(), 1, "{title}");
        let levels = headings(&html);
        assert!(levels.windows(2).all(|pair| pair[1] <= pair[0] + 1), "{title}: {levels:?}");
        let ids = values(&html, "id");
        assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "{title}: {ids:?}");
        for target in values(&html, "href").into_iter().filter_map(|href| href.strip_prefix('#')) {
            assert!(ids.contains(&target), "{title}: #{target}");
        }
        // Nothing inline, and nothing from elsewhere.
        assert!(!html.contains("<style") && values(&html, "style").is_empty(), "{title}");
        assert!(!html.contains("<script>") && !html.contains(" onclick=") && !html.contains("javascript:"), "{title}");
        let scripts = html.matches("<script").count();
        assert_eq!(scripts, html.matches("<script type=\"module\" src=\"/assets/").count(), "{title}");
        for link in values(&html, "src").into_iter().chain(values(&html, "href")) {
            assert!(link.starts_with('/') || link.starts_with('#'), "{title}: {link}");
        }
    }
}

#[test]
fn only_the_page_that_checks_has_a_script_and_says_which_root_it_pins() {
    let page = verify::verify_page(Some(&[7; 32])).render();
    assert_eq!(page.matches("<script").count(), 1);
    let pinned = "<meta name=\"passport-root\" content=\"BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc\">";
    assert!(page.contains(pinned));
    assert!(!verify::verify_page(None).render().contains("passport-root"));
    let others = every_page().iter().filter(|page| page.render().contains("<script")).count();
    assert_eq!(others, 2, "with and without a root");
}

#[test]
fn what_others_write_is_escaped() {
    let list = list(3);
    for page in [
        trust::organisations(Some(&seen(&list, NOW)), &search("", 0)),
        trust::organisations(Some(&seen(&list, NOW)), &search(HOSTILE, 0)),
        one("RTD", &list, None),
    ] {
        let html = page.render();
        assert!(!html.contains("<script"), "{html}");
        assert!(html.contains("&lt;/h1&gt;&lt;script&gt;alert('&amp;&quot;')&lt;/script&gt;"), "{html}");
    }
}

#[test]
fn a_key_is_shown_by_its_state_and_its_time() {
    let html = one("RNN", &list(3), None).render();
    for words in ["Signs now", "Not yet", "Has ended", "Retired", "Compromised"] {
        assert_eq!(html.matches(&format!(">{words}</strong>")).count(), 1, "{words}");
    }
    assert!(html.contains("href=\"/organisations/RTD\""), "its successor");
}

#[test]
fn what_an_organisation_may_attest_is_said_in_words() {
    let html = one("RNN", &list(3), None).render();
    for words in
        ["Core Skills Training Framework", "training of its own", "<li>Fire Safety", "<code>other/&lt;b&gt;</code>"]
    {
        assert!(html.contains(words), "{words}");
    }
    let all = trust::organisations(Some(&seen(&list(3), NOW)), &search("", 0)).render();
    for words in ["every kind of record", "some identity and work, training", ">nothing</span>"] {
        assert!(all.contains(words), "{words}: {all}");
    }
    assert!(one("RTD", &list(3), None).render().contains("no training record of it counts"));
}

#[test]
fn a_long_list_comes_in_pages_and_can_be_searched() {
    let many = list(120);
    let rows = |q: &str, page| {
        let html = trust::organisations(Some(&seen(&many, NOW)), &search(q, page)).render();
        html.matches(" role=\"rowheader\"").count()
    };
    assert_eq!((rows("", 0), rows("", 1), rows("", 2), rows("", 3), rows("", 99)), (50, 50, 50, 20, 20));
    assert_eq!((rows("rnn", 1), rows("CHARITY 11", 1), rows("no such", 1)), (1, 11, 0));
    let second = trust::organisations(Some(&seen(&many, NOW)), &search("charity", 2)).render();
    assert!(second.contains("href=\"/organisations?page=1&amp;q=charity\"") && second.contains("page=3&amp;q=charity"));
}

#[test]
fn a_list_that_is_too_old_says_so() {
    let list = list(3);
    let old = trust::organisations(Some(&seen(&list, NOW.plus(YEAR))), &search("", 0)).render();
    assert!(old.contains("This trust list is too old"));
    assert!(!trust::organisations(Some(&seen(&list, NOW)), &search("", 0)).render().contains("too old"));
}
