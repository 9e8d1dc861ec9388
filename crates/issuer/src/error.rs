//! Everything that can go wrong with a request, and the one place where that becomes an answer:
//! problem details (RFC 9457).

use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, LINK, WWW_AUTHENTICATE};
use actix_web::{HttpResponse, ResponseError};
use passport_paper::PaperError;
use passport_schema::json::JsonError;
use passport_schema::problem::{Problem, Problems};
use serde_json::json;
use thiserror::Error;

use crate::dsp::asking::PeerFault;
use crate::keys::KeyFault;
use crate::signing::SelfCheck;
use crate::store::StoreError;

/// What problem types are named by. It stands for the product, not for a deployment: each deployment
/// describes them at `/problems/`.
pub const PROBLEM_TYPES: &str = "https://staff-passport.example/problems/";

/// What went wrong.
#[derive(Debug, Error)]
pub enum ApiError {
    /// No access token or API key, or one that is not valid.
    #[error(
        "no valid access token, API key, link or receipt came with the request; it is sent in the header `Authorization: Bearer …`"
    )]
    Unauthorised,
    /// The access token does not open this.
    #[error("this needs an access token with the scope {0}")]
    Scope(&'static str),
    /// A link that was used, has run out, or never was.
    #[error("this link does not work: it works once and for two weeks; ask for another")]
    LinkGone,
    /// Nothing of that name, or not yours.
    #[error("there is no such thing, or it belongs to somebody else")]
    NotFound,
    /// That method does not exist here.
    #[error("this address knows only {0}")]
    Method(&'static str),
    /// The body is not the JSON that we read.
    #[error("the body cannot be read: {0}")]
    Body(#[from] JsonError),
    /// The body is longer than allowed.
    #[error("the body is longer than {0} bytes")]
    TooLong(usize),
    /// The body did not come in whole.
    #[error("the body did not come in whole")]
    Interrupted,
    /// Fields are missing, unknown or faulty.
    #[error("the request has faulty fields")]
    Fields(#[from] Problems),
    /// The same idempotency key came with another body.
    #[error("this Idempotency-Key was used with another body before")]
    KeyReused,
    /// The request of that idempotency key is still at work.
    #[error("the request with this Idempotency-Key is still at work; ask again in some seconds")]
    KeyAtWork,
    /// The state of a thing does not allow this.
    #[error("{0}")]
    State(String),
    /// Somebody else changes the same person's records all the time.
    #[error("somebody else is changing this person's records; ask again")]
    Busy,
    /// The pass grew longer than a QR code that scans well.
    #[error("the pass would be {length} characters long; at most {limit} scan well")]
    PassTooLong {
        /// Its length in characters.
        length: usize,
        /// What is allowed.
        limit: usize,
        /// What takes most room, as problems with pointers to records.
        leave_out: Vec<Problem>,
    },
    /// It cannot be printed.
    #[error(transparent)]
    Paper(#[from] PaperError),
    /// The organisation cannot sign.
    #[error(transparent)]
    Key(#[from] KeyFault),
    /// Another system, which was asked on somebody's behalf.
    #[error(transparent)]
    Peer(PeerFault),
    /// The database does not answer.
    #[error("the database does not answer")]
    Unavailable,
    /// What was signed does not read back.
    #[error(transparent)]
    SelfCheck(#[from] SelfCheck),
    /// The database.
    #[error(transparent)]
    Store(StoreError),
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict => Self::Busy,
            StoreError::Database(sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::Io(_)) => {
                Self::Unavailable
            }
            other => Self::Store(other),
        }
    }
}

/// A kind of problem: its stable code, status and title.
pub struct ProblemType {
    /// The last part of its `type`.
    pub code: &'static str,
    /// The HTTP status that it comes with.
    pub status: StatusCode,
    /// The same for every problem of this kind.
    pub title: &'static str,
    /// What it means, in a sentence or two.
    pub means: &'static str,
    /// What to do about it.
    pub next: &'static str,
}

macro_rules! problem_types {
    ($($name:ident = $code:literal $status:ident $title:literal $means:literal $next:literal;)*) => {
        $(const $name: &ProblemType = &ProblemType {
            code: $code,
            status: StatusCode::$status,
            title: $title,
            means: $means,
            next: $next,
        };)*
        /// Every kind of problem.
        pub const ALL: &[&ProblemType] = &[$($name),*];
    };
}

problem_types! {
    UNAUTHORISED = "unauthorised" UNAUTHORIZED "Signing in is needed"
        "No access token, API key, link or receipt came with the request, or it is not valid here. An access token lasts ten minutes."
        "Get an access token from /oauth/token and send it in the header Authorization, as Bearer and the token; or an API key of your organisation, where the operator of the service allows those.";
    SCOPE = "insufficient-scope" FORBIDDEN "Another scope is needed"
        "The access token is valid, but does not open this. The header WWW-Authenticate names the scope that does."
        "Ask for a token with that scope. If the client does not have it, ask whoever added the client for another.";
    LINK_GONE = "link-gone" GONE "The link does not work"
        "A link works once and for two weeks. This one was used, has run out, or never was."
        "Ask the organisation that sent the link for another.";
    NOT_FOUND = "not-found" NOT_FOUND "Not found"
        "There is no such thing, or it belongs to another organisation. Which of the two it is stays unsaid."
        "Check the address and the id, and that the key is of the organisation that made it.";
    METHOD = "method-not-allowed" METHOD_NOT_ALLOWED "Another method is needed"
        "The address exists, but does not take this method."
        "Use one of the methods that the header Allow names.";
    BODY = "unreadable-body" BAD_REQUEST "The body cannot be read"
        "The body is not JSON as it is read here: UTF-8, no member twice, no fractions."
        "Mend the body at the place that the detail names, and send it again.";
    TOO_LONG = "body-too-long" PAYLOAD_TOO_LARGE "The body is too long"
        "The body is longer than is read."
        "Send fewer records in one request.";
    INTERRUPTED = "interrupted" BAD_REQUEST "The body did not come in whole"
        "The connection broke, or nothing came for half a minute. Nothing was kept."
        "Send the request again.";
    FIELDS = "faulty-fields" UNPROCESSABLE_ENTITY "Some fields are faulty"
        "One or more fields are missing, unknown, or do not hold what they should. Nothing of the request was kept."
        "Mend every field that the list of problems names by its JSON pointer, and send the request again.";
    KEY_REUSED = "idempotency-key-reused" CONFLICT "The Idempotency-Key was used for something else"
        "The Idempotency-Key came before with another body. Nothing was done this time."
        "Use a new key for a new request. To repeat the old one, send its body again, unchanged.";
    KEY_AT_WORK = "idempotency-key-at-work" CONFLICT "The first request is still at work"
        "The first request with this Idempotency-Key has not ended yet."
        "Wait some seconds and send the same request with the same key. You get the answer of the first one.";
    STATE = "wrong-state" CONFLICT "Its state does not allow this"
        "The thing is in a state that does not allow this step, such as a record that was withdrawn already."
        "Fetch it and look at its state. The detail says what stands in the way.";
    BUSY = "changed-meanwhile" CONFLICT "Somebody else changed the same thing"
        "Somebody else changed the same person's records at the same time, several times in a row. Nothing was done."
        "Send the request again.";
    PASS_TOO_LONG = "pass-too-long" UNPROCESSABLE_ENTITY "The pass is too long for a QR code"
        "With all of its records the pass would not fit a QR code that scans well. Nothing was cut off, and nothing was kept."
        "Leave out some of the records that the list of problems names, or issue without a pass and then a pass of chosen records.";
    CANNOT_SIGN = "cannot-sign" SERVICE_UNAVAILABLE "The organisation cannot sign now"
        "The organisation has no key that may sign now."
        "This is for the operator of the service: make a signing key, and have it put on the trust list. Then send the request again.";
    PEER = "peer-failed" BAD_GATEWAY "The other system did not do its part"
        "Another system was asked and cannot be reached, does not let us in, refuses, or answers something else than its specification says."
        "Look at the detail. If it does not let us in, check the client id and that it knows the public key at the organisation's address for keys. Then send the request again.";
    UNAVAILABLE = "unavailable" SERVICE_UNAVAILABLE "The service cannot work now"
        "The service does not reach its database."
        "Send the request again in some minutes, with the same Idempotency-Key if it had one.";
    INTERNAL = "internal" INTERNAL_SERVER_ERROR "Something went wrong on our side"
        "Something failed inside the service. The reason is in its log, not in the answer."
        "Send the request again with the same Idempotency-Key: it is done once at most. If it fails again, tell the operator of the service the time of the request.";
}

impl ApiError {
    fn problem_type(&self) -> &'static ProblemType {
        match self {
            Self::Unauthorised => UNAUTHORISED,
            Self::Scope(_) => SCOPE,
            Self::LinkGone => LINK_GONE,
            Self::NotFound => NOT_FOUND,
            Self::Method(_) => METHOD,
            Self::Body(_) => BODY,
            Self::TooLong(_) => TOO_LONG,
            Self::Interrupted => INTERRUPTED,
            Self::Fields(_) => FIELDS,
            Self::KeyReused => KEY_REUSED,
            Self::KeyAtWork => KEY_AT_WORK,
            Self::State(_)
            | Self::Paper(PaperError::NotAPass | PaperError::NotAccepted { .. } | PaperError::CodeTooBig { .. }) => {
                STATE
            }
            Self::Busy => BUSY,
            Self::PassTooLong { .. } => PASS_TOO_LONG,
            Self::Key(_) => CANNOT_SIGN,
            Self::Peer(_) => PEER,
            Self::Unavailable => UNAVAILABLE,
            Self::SelfCheck(_) | Self::Store(_) | Self::Paper(_) => INTERNAL,
        }
    }

    fn problems(&self) -> &[Problem] {
        match self {
            Self::Fields(problems) => &problems.0,
            Self::PassTooLong { leave_out, .. } => leave_out,
            _ => &[],
        }
    }
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        self.problem_type().status
    }

    fn error_response(&self) -> HttpResponse {
        let kind = self.problem_type();
        // What another system did is said in words of our own.
        let internal = kind.status.is_server_error() && !matches!(self, Self::Peer(_));
        if internal {
            tracing::error!(error.kind = kind.code, error.detail = %self, "request failed");
        }
        // What went wrong inside is for the log, not for a stranger.
        let detail = if internal { kind.title.to_owned() } else { self.to_string() };
        let mut body = json!({
            "type": format!("{PROBLEM_TYPES}{}", kind.code),
            "title": kind.title,
            "status": kind.status.as_u16(),
            "detail": detail,
        });
        if !self.problems().is_empty() {
            body["problems"] = json!(self.problems());
        }
        let mut response = HttpResponse::build(kind.status);
        response.insert_header((CONTENT_TYPE, "application/problem+json"));
        if kind.status == StatusCode::UNAUTHORIZED {
            response.insert_header((WWW_AUTHENTICATE, "Bearer"));
        }
        if let Self::Scope(needed) = self {
            // RFC 6750, section 3.1.
            response
                .insert_header((WWW_AUTHENTICATE, format!("Bearer error=\"insufficient_scope\", scope=\"{needed}\"")));
        }
        if let Self::Method(allowed) = self {
            response.insert_header((ALLOW, *allowed));
        }
        response.insert_header((LINK, format!("</problems/{}>; rel=\"help\"", kind.code)));
        response.insert_header((CACHE_CONTROL, "no-store")).insert_header(("Access-Control-Allow-Origin", "*"));
        response.body(body.to_string())
    }
}
