//! Pages for people, through the public door: every link leads somewhere, every answer keeps the page to
//! itself, and no address leads out of the folder of files. `tests/browser` looks at them in Chromium.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use passport_issuer::web::assets::Assets;
use passport_tests::{Answer, Database, TestApp, agent, get};
use tempfile::TempDir;

const PAGE: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
    img-src 'self' data: blob:; connect-src 'self'; worker-src 'self'; manifest-src 'self'; \
    media-src 'self' blob:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// A folder like the one that `script/web` builds, with a secret beside it.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in [
        ("secret.css", "secret"),
        ("web/passport.css", "body{margin:0}"),
        ("web/icons/icon.svg", "<svg xmlns='http://www.w3.org/2000/svg'/>"),
        ("web/icons/logo.svg", "<svg xmlns='http://www.w3.org/2000/svg'/>"),
        ("web/verify/main.js", "export {}"),
        ("web/verify/verify.css", ""),
        ("web/verify/manifest.webmanifest", "{}"),
        ("web/verify/service-worker.js", "self"),
        ("web/wasm/passport.wasm", "\0asm"),
        ("web/.hidden", "secret"),
        ("web/with space.css", "secret"),
    ] {
        let file = folder.path().join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, content).unwrap();
    }
    std::os::unix::fs::symlink(folder.path().join("secret.css"), folder.path().join("web/link.css")).unwrap();
    folder
}

fn start() -> TestApp {
    let folder = folder();
    let assets = Assets::read(&folder.path().join("web")).unwrap();
    // The files are in memory: the folder may go.
    drop(folder);
    TestApp::start_with(Database::Sqlite, assets).0
}

/// The values of an attribute, as they stand.
fn values(html: &str, attribute: &str) -> Vec<String> {
    let start = format!(" {attribute}=\"");
    let rest = html.split(&start).skip(1).filter_map(|rest| rest.split('"').next());
    rest.map(|value| value.replace("&amp;", "&")).collect()
}

fn title(html: &str) -> &str {
    html.split("<title>").nth(1).and_then(|rest| rest.split('<').next()).unwrap_or_default()
}

fn is_page(answer: &Answer) -> bool {
    answer.header("content-type").starts_with("text/html")
}

#[test]
fn every_link_from_the_first_page_on_leads_somewhere() {
    let app = start();
    let (mut found, mut waiting) = (BTreeMap::new(), vec![("/".to_owned(), String::new())]);
    while let Some((path, from)) = waiting.pop() {
        if found.contains_key(&path) {
            continue;
        }
        let answer = app.get(&path, PAGE);
        assert_eq!(answer.status, 200, "{path}, to which {from} leads");
        let html = if is_page(&answer) { answer.text() } else { String::new() };
        for link in values(&html, "href").into_iter().chain(values(&html, "src")) {
            assert!(link.starts_with('/') && !link.starts_with("//") || link.starts_with('#'), "{path}: {link}");
            let address = link.split('#').next().unwrap();
            if !address.is_empty() {
                waiting.push((address.to_owned(), path.clone()));
            }
        }
        found.insert(path, html);
    }
    for (path, html) in &found {
        for link in values(html, "href") {
            let Some((address, fragment)) = link.split_once('#') else { continue };
            let target = if address.is_empty() { html } else { &found[address] };
            assert!(values(target, "id").iter().any(|id| id == fragment), "{path}: {link}");
        }
    }
    let pages: Vec<_> = found.values().filter(|html| !html.is_empty()).collect();
    assert!(pages.len() > 25, "{} pages", pages.len());
    let titles: BTreeSet<_> = pages.iter().map(|html| title(html)).collect();
    assert_eq!(titles.len(), pages.len(), "titles are unique: {titles:?}");
    for path in ["/verify", "/how-to-check", "/organisations/RNN", "/problems/internal", "/api", "/share", "/bundle"] {
        assert!(found.contains_key(path), "nothing leads to {path}");
    }
}

#[test]
fn every_public_answer_keeps_to_itself() {
    let app = start();
    for path in [
        "/",
        "/verify",
        "/api",
        "/share",
        "/organisations",
        "/organisations/RNN",
        "/problems",
        "/nowhere",
        "/trust-list",
        "/openapi.yaml",
        "/assets/passport.css",
        "/assets/none",
        "/verify/service-worker.js",
    ] {
        for accept in [PAGE, ""] {
            let answer = app.get(path, accept);
            assert_eq!(answer.header("content-security-policy"), POLICY, "{path}");
            assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
            assert_eq!(answer.header("referrer-policy"), "no-referrer", "{path}");
            assert_eq!(answer.header("cross-origin-opener-policy"), "same-origin", "{path}");
            let camera = if path == "/verify" { "camera=(self), " } else { "camera=(), " };
            assert!(answer.header("permissions-policy").starts_with(camera), "{path}");
        }
    }
    assert_eq!(app.get("/v1/staff", PAGE).header("x-content-type-options"), "nosniff");
}

#[test]
fn people_get_pages_and_programs_get_problems() {
    let app = start();
    let page = app.get("/nowhere", PAGE);
    assert_eq!((page.status, title(&page.text())), (404, "Page not found - Staff Passport"));
    assert!(is_page(&page) && page.header("vary").contains("Accept"));
    for accept in ["", "*/*", "application/json", "application/json, text/html", "text/html;q=0.1, application/json"] {
        let problem = app.get("/nowhere", accept);
        assert_eq!(problem.header("content-type"), "application/problem+json", "{accept}");
        assert_eq!(problem.header("link"), "</problems/not-found>; rel=\"help\"");
        assert_eq!(problem.expect(404)["title"], "Not found");
    }
    // What is under /v1 is for programs, whoever asks.
    assert_eq!(app.get("/v1/staff", PAGE).header("content-type"), "application/problem+json");
    for accept in ["", "application/json"] {
        assert_eq!(app.get("/organisations/RNN", accept).expect(200)["code"], "RNN");
    }
    assert!(is_page(&app.get("/organisations/RNN", PAGE)));
    assert_eq!(app.get("/organisations/RXX", PAGE).status, 404);
}

#[test]
fn a_method_that_an_address_does_not_take_is_told_to_people_too() {
    let app = start();
    let post = agent().post(format!("{}/verify", app.url)).header("Accept", PAGE);
    let answer = post.send_empty().unwrap();
    assert_eq!(answer.status().as_u16(), 405);
    assert_eq!(answer.headers()["allow"], "GET, HEAD");
    assert_eq!(answer.headers()["content-type"], "text/html; charset=utf-8");
}

#[test]
fn a_service_whose_database_is_gone_says_so_on_a_page() {
    let app = start();
    app.runtime.block_on(app.app.store.close());
    let answer = app.get("/organisations", PAGE);
    assert_eq!((answer.status, is_page(&answer)), (503, true));
    assert!(answer.text().contains("Try again in some minutes"));
    assert_eq!(app.get("/for-staff", PAGE).status, 200, "what needs no database is there");
}

#[test]
fn files_have_their_types_and_strong_validators() {
    let app = start();
    for (path, kind) in [
        ("/assets/passport.css", "text/css; charset=utf-8"),
        ("/assets/icons/icon.svg", "image/svg+xml"),
        ("/assets/verify/main.js", "text/javascript; charset=utf-8"),
        ("/assets/verify/manifest.webmanifest", "application/manifest+json"),
        ("/assets/wasm/passport.wasm", "application/wasm"),
        ("/verify/service-worker.js", "text/javascript; charset=utf-8"),
    ] {
        let answer = app.get(path, "");
        assert_eq!((answer.status, answer.header("content-type")), (200, kind), "{path}");
        assert_eq!(answer.header("cache-control"), "public, no-cache", "{path}");
        let mut tags = BTreeSet::new();
        for coding in ["gzip", "identity", "gzip;q=0", "br, gzip;q=0.5"] {
            let url = format!("{}{path}", app.url);
            let one = agent().get(&url).header("Accept-Encoding", coding).call().unwrap();
            let tag = one.headers()["etag"].to_str().unwrap().to_owned();
            assert!(tag.starts_with('"') && one.headers()["vary"].to_str().unwrap().contains("Accept-Encoding"));
            let again =
                agent().get(&url).header("Accept-Encoding", coding).header("If-None-Match", &tag).call().unwrap();
            assert_eq!(again.status().as_u16(), 304, "{path} {coding}");
            tags.insert(tag);
        }
        assert_eq!(tags.len(), 2, "{path}: one as it is, one compressed: {tags:?}");
    }
    let worker = app.get("/verify/service-worker.js", "");
    assert_eq!(worker.header("service-worker-allowed"), "/");
    assert_eq!(app.get("/assets/passport.css", "").text(), "body{margin:0}");
}

/// The status of an answer to exactly this target, which a client would tidy up.
fn raw(app: &TestApp, target: &str) -> String {
    let mut stream = TcpStream::connect(app.url.trim_start_matches("http://")).unwrap();
    write!(stream, "GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn no_address_leads_out_of_the_folder_or_to_what_is_not_for_show() {
    let app = start();
    assert!(raw(&app, "/assets/passport.css").starts_with("HTTP/1.1 200"));
    for target in [
        "/assets/../secret.css",
        "/assets/..%2fsecret.css",
        "/assets/%2e%2e/secret.css",
        "/assets/verify/../../secret.css",
        "/assets/./passport.css",
        "/assets//passport.css",
        "/assets/passport.css%00",
        "/assets/passport.css/",
        "/assets/PASSPORT.CSS",
        "/assets/",
        "/assets/verify",
        "/assets/.hidden",
        "/assets/with%20space.css",
        "/assets/link.css",
        "/assets/..\\secret.css",
        "/verify/../verify/main.js",
        "/verify/main.js",
    ] {
        let answer = raw(&app, target);
        assert!(answer.starts_with("HTTP/1.1 404") || answer.starts_with("HTTP/1.1 400"), "{target}: {answer}");
        assert!(!answer.contains("secret\n") && !answer.ends_with("secret"), "{target}");
    }
}

#[test]
fn a_folder_that_is_none_or_too_much_is_refused_and_a_poor_one_says_what_is_missing() {
    let folder = folder();
    assert!(Assets::read(&folder.path().join("nowhere")).is_err());
    let missing = Assets::read(&folder.path().join("web/icons")).unwrap().missing().count();
    assert_eq!(missing, 3);
    assert_eq!(Assets::read(&folder.path().join("web")).unwrap().missing().count(), 0);
    for number in 0..501 {
        fs::write(folder.path().join(format!("web/icons/{number}.svg")), "x").unwrap();
    }
    assert!(Assets::read(&folder.path().join("web")).unwrap_err().contains("500 files"));
}

#[test]
fn pages_are_there_without_files_and_without_a_trust_list() {
    let (app, _, _) = TestApp::start(Database::Sqlite);
    assert_eq!(app.get("/assets/passport.css", "").status, 404);
    let verify = app.get("/verify", PAGE).text();
    assert!(verify.contains("<noscript>") && verify.contains("name=\"passport-root\""));
    let listed = get(&agent(), &format!("{}/organisations?q=rnn", app.url), PAGE).text();
    assert!(listed.contains("href=\"/organisations/RNN\"") && !listed.contains("href=\"/organisations/RTD\""));
}
