//! Other systems that speak the Digital Staff Passport API, as far as the tests need them: a real server on
//! a socket that checks who signs in, and a caller of ours.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::Duration;

use actix_web::{App as WebApp, HttpRequest, HttpResponse, HttpServer, web};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use passport_tests::{Answer, Hr, agent, get};
use serde_json::{Value, json};

/// What the other system has and does.
#[derive(Default)]
pub(super) struct State {
    pub(super) employees: Vec<Value>,
    pub(super) records: HashMap<String, Value>,
    /// What was added, by employee.
    pub(super) added: Vec<(String, Value)>,
    /// Answers with this status instead.
    pub(super) broken: Option<u16>,
    /// How often somebody signed in.
    pub(super) signed_in: usize,
    /// Tokens up to this one are good no more.
    pub(super) called_back: usize,
    /// Why somebody was not let in.
    pub(super) refused: Vec<String>,
    /// Every address that was asked for.
    pub(super) asked: Vec<String>,
    keys: String,
    token_address: String,
}

pub(super) type Shared = Arc<Mutex<State>>;

/// The other system.
pub(super) struct Learning {
    pub(super) url: String,
    pub(super) state: Shared,
}

impl Learning {
    pub(super) fn start() -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://127.0.0.1:{}", listener.local_addr().unwrap().port());
        let state = Shared::default();
        let data = web::Data::new(state.clone());
        let (send, receive) = mpsc::channel();
        thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let employees = "/dsp-api/organisations/{code}/employees";
                let server = HttpServer::new(move || {
                    WebApp::new()
                        .app_data(data.clone())
                        .route("/token", web::post().to(token))
                        .route(employees, web::get().to(search))
                        .route(&format!("{employees}/{{id}}"), web::get().to(details))
                        .route(&format!("{employees}/{{id}}/records"), web::get().to(records))
                        .route(&format!("{employees}/{{id}}/records"), web::post().to(add))
                });
                let server = server.workers(1).disable_signals().listen(listener).expect("a listener").run();
                send.send(()).expect("somebody waits");
                server.await
            })
        });
        receive.recv_timeout(Duration::from_secs(10)).expect("it starts");
        Self { url, state }
    }

    /// Has an organisation register it, and learns where its keys are.
    pub(super) fn register(&self, hr: &Hr, system: &str, algorithm: &str) -> Value {
        let peer = hr.post("/v1/peers", &self.request(system, algorithm)).expect(201);
        self.trusts(&peer);
        peer
    }

    /// Learns where the keys of a registration are.
    pub(super) fn trusts(&self, peer: &Value) {
        let mut state = self.state.lock().unwrap();
        peer["keys"].as_str().unwrap().clone_into(&mut state.keys);
        state.token_address = format!("{}/token", self.url);
    }

    pub(super) fn request(&self, system: &str, algorithm: &str) -> Value {
        json!({
            "system": system, "name": "A system", "address": format!("{}/dsp-api", self.url), "source": "example.system",
            "clientId": "passport-1", "tokenAddress": format!("{}/token", self.url), "algorithm": algorithm,
        })
    }

    pub(super) fn has(&self, id: &str, first: &str, surname: &str, birth_date: &str) {
        let employee = json!({ "id": id, "firstName": first, "surname": surname, "birthDate": birth_date });
        self.state.lock().unwrap().employees.push(employee);
    }

    pub(super) fn gives(&self, id: &str, records: &Value) {
        self.state.lock().unwrap().records.insert(id.to_owned(), json!({ "id": id, "records": records }));
    }

    /// An event of its own about an employee.
    pub(super) fn event(&self, id: &str, organisation: &str, employee: &str) -> Value {
        json!({
            "specversion": "1.0", "id": id, "source": "example.system", "type": "employee-elearning-completed",
            "time": "2026-11-21T09:00:00Z", "subject": employee, "filtering": { "organisation": organisation },
            "dataref": format!("{}/dsp-api/organisations/{organisation}/employees/{employee}/records", self.url),
        })
    }
}

/// Checks a private-key JWT with another library (RFC 7523, section 3).
fn check(state: &State, form: &HashMap<String, String>) -> Result<(), String> {
    let field = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
    if field("grant_type") != "client_credentials"
        || field("client_assertion_type") != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    {
        return Err("another grant".into());
    }
    let assertion = field("client_assertion");
    let header = decode_header(assertion).map_err(|error| error.to_string())?;
    let set = get(&agent(), &state.keys, "").json();
    let key = set["keys"].as_array().unwrap().iter().find(|key| key["kid"] == header.kid.clone().unwrap_or_default());
    let key = key.ok_or("an unknown key")?;
    let text = |name: &str| key[name].as_str().unwrap_or_default();
    let decoding = match header.alg {
        Algorithm::RS512 => DecodingKey::from_rsa_components(text("n"), text("e")),
        Algorithm::EdDSA => DecodingKey::from_ed_components(text("x")),
        other => return Err(format!("{other:?}")),
    };
    let mut validation = Validation::new(header.alg);
    // The deployment's clock stands still.
    validation.validate_exp = false;
    validation.set_audience(&[&state.token_address]);
    validation.set_required_spec_claims(&["exp", "aud", "sub", "iss"]);
    let decoding = decoding.map_err(|error| error.to_string())?;
    let claims = decode::<Value>(assertion, &decoding, &validation).map_err(|error| error.to_string())?.claims;
    let lasts = claims["exp"].as_i64().zip(claims["iat"].as_i64()).map(|(exp, iat)| exp - iat);
    let fits = claims["iss"] == "passport-1" && claims["sub"] == "passport-1" && claims["jti"].as_str().is_some();
    if fits && lasts.is_some_and(|lasts| lasts <= 300) { Ok(()) } else { Err(claims.to_string()) }
}

async fn token(state: web::Data<Shared>, form: web::Form<HashMap<String, String>>) -> HttpResponse {
    let state = state.get_ref().clone();
    let token = web::block(move || {
        let mut state = state.lock().unwrap();
        match check(&state, &form) {
            Ok(()) => {
                state.signed_in += 1;
                Some(format!("token-{}", state.signed_in))
            }
            Err(why) => {
                state.refused.push(why);
                None
            }
        }
    });
    match token.await.expect("it is checked") {
        Some(token) => {
            HttpResponse::Ok().json(json!({ "access_token": token, "token_type": "Bearer", "expires_in": "599" }))
        }
        None => HttpResponse::BadRequest().json(json!({ "error": "invalid_client" })),
    }
}

fn outcome(status: u16, code: &str) -> HttpResponse {
    let body = json!({ "resourceType": "OperationOutcome", "issue": [{ "severity": "error", "code": code, "details": { "text": "Jane Smith" } }] });
    HttpResponse::build(actix_web::http::StatusCode::from_u16(status).unwrap()).json(body)
}

/// What keeps a request from being answered.
fn barrier(state: &mut State, request: &HttpRequest) -> Option<HttpResponse> {
    state.asked.push(request.uri().to_string());
    if let Some(status) = state.broken {
        return Some(HttpResponse::build(actix_web::http::StatusCode::from_u16(status).unwrap()).body("Jane Smith"));
    }
    let bearer = request.headers().get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let number = bearer.strip_prefix("Bearer token-").and_then(|number| number.parse::<usize>().ok());
    let good = number.is_some_and(|number| number > state.called_back && number <= state.signed_in);
    (!good).then(|| outcome(401, "invalid-credentials"))
}

async fn search(
    state: web::Data<Shared>,
    request: HttpRequest,
    query: web::Query<HashMap<String, String>>,
) -> HttpResponse {
    let mut state = state.lock().unwrap();
    if let Some(answer) = barrier(&mut state, &request) {
        return answer;
    }
    let found = state.employees.iter().filter(|it| query.get("birthDate").is_none_or(|date| it["birthDate"] == *date));
    HttpResponse::Ok().json(found.collect::<Vec<_>>())
}

async fn details(state: web::Data<Shared>, request: HttpRequest, path: web::Path<(String, String)>) -> HttpResponse {
    let mut state = state.lock().unwrap();
    if let Some(answer) = barrier(&mut state, &request) {
        return answer;
    }
    match state.employees.iter().find(|it| it["id"] == path.1) {
        Some(employee) => HttpResponse::Ok().json(employee),
        None => outcome(404, "not-found"),
    }
}

async fn records(state: web::Data<Shared>, request: HttpRequest, path: web::Path<(String, String)>) -> HttpResponse {
    let mut state = state.lock().unwrap();
    if let Some(answer) = barrier(&mut state, &request) {
        return answer;
    }
    match state.records.get(&path.1) {
        Some(records) => HttpResponse::Ok().json(records),
        None => outcome(404, "not-found"),
    }
}

async fn add(
    state: web::Data<Shared>,
    request: HttpRequest,
    path: web::Path<(String, String)>,
    body: web::Json<Value>,
) -> HttpResponse {
    let mut state = state.lock().unwrap();
    if let Some(answer) = barrier(&mut state, &request) {
        return answer;
    }
    let same =
        |it: &Value| it["competencyName"] == body["competencyName"] && it["dateLastAwarded"] == body["dateLastAwarded"];
    if state.added.iter().any(|(_, it)| same(it)) {
        return outcome(409, "duplicate");
    }
    if body["competencyName"] == "Conflict Resolution" {
        return outcome(409, "conflict");
    }
    state.added.push((path.1.clone(), body.clone()));
    HttpResponse::Created().json(body)
}

/// Posts with headers of its own, and without a key unless one is among them.
pub(super) fn post_raw(url: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
    let mut request = agent().post(url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let mut response = request.send(body).expect("an answer");
    let body = response.body_mut().read_to_vec().expect("a body");
    let (parts, _) = response.into_parts();
    Answer { status: parts.status.as_u16(), headers: parts.headers, body }
}

/// The code and the first text of an `OperationOutcome`.
pub(super) fn issue(answer: &Answer) -> (u16, String, String) {
    let json = answer.json();
    assert_eq!(json["resourceType"], "OperationOutcome", "{}", answer.text());
    assert_eq!(answer.header("content-type"), "application/json");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    (answer.status, text(&json["issue"][0]["code"]), text(&json["issue"][0]["details"]["text"]))
}
