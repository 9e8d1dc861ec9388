//! `POST /v1/{credentials|passes|records}/{id}/{withdraw|suspend|reinstate|supersede}`. To supersede is to
//! issue, and has a route and a permission of its own.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use passport_schema::codes::{StatusReason, Term};
use passport_schema::field::Scalar as _;
use passport_schema::id::Id;
use passport_schema::record::Record;

use super::{Body, body, id, json, read};
use crate::app::App;
use crate::auth::Scope;
use crate::error::ApiError;
use crate::issuance::{self, Carrier, Wish};
use crate::issue::{self, Whom};
use crate::status_change::{self, Action, Target};
use crate::store::credentials::{Form, Tokens};

pub(crate) async fn change(
    app: web::Data<App>,
    scope: Scope,
    path: web::Path<(String, String, String)>,
    bytes: Body,
) -> Result<HttpResponse, ApiError> {
    let (what, wanted, action) = path.into_inner();
    let target = target(&what, &wanted)?;
    let action = match action.as_str() {
        "withdraw" => Action::Withdraw,
        "suspend" => Action::Suspend,
        "reinstate" => Action::Reinstate,
        _ => return Err(ApiError::NotFound),
    };
    let reason: Term<StatusReason> =
        read(&body(bytes)?, &app.lists, |object| object.required("reason", Term::from_json))?;
    let answer = status_change::change(&app, &scope, target, action, &reason.id()).await?;
    Ok(json(StatusCode::OK, answer))
}

fn target(what: &str, wanted: &str) -> Result<Target, ApiError> {
    let id = id(wanted)?;
    match what {
        "records" => Ok(Target::Record(id)),
        "credentials" => Ok(Target::Issued(Form::Credential, id)),
        "passes" => Ok(Target::Issued(Form::Pass, id)),
        _ => Err(ApiError::NotFound),
    }
}

/// Puts something newer in its place: for a record the `replacement` in the body, for a credential
/// or pass the same records signed anew.
pub(crate) async fn supersede(
    app: web::Data<App>,
    scope: Scope,
    path: web::Path<(String, String)>,
    bytes: Body,
) -> Result<HttpResponse, ApiError> {
    let (what, wanted) = path.into_inner();
    let target = target(&what, &wanted)?;
    let today = app.world.clock.now().london_date();
    let is_record = matches!(target, Target::Record(_));
    let (reason, replacement): (Term<StatusReason>, Option<Record>) = read(&body(bytes)?, &app.lists, |object| {
        let reason = object.required("reason", Term::from_json);
        let replacement = if is_record {
            object
                .required("replacement", |json, context| {
                    let record = Record::read(json, context);
                    issuance::check(json, today, context);
                    record
                })
                .map(Some)
        } else {
            Some(None)
        };
        Some((reason?, replacement?))
    })?;
    let (staff, wish) = match target {
        Target::Record(id) => supersede_record(&app, &scope, id, replacement).await?,
        Target::Issued(form, id) => supersede_issued(&app, &scope, form, id).await?,
    };
    let answer = issue::issue(&app, &scope, &Whom::Staff(staff), &wish, &reason.id(), None).await?;
    Ok(json(StatusCode::CREATED, answer))
}

/// The replacement goes where the record was: into its credential, and onto the pass that the
/// person has, if any.
async fn supersede_record(
    app: &App,
    scope: &Scope,
    id: Id,
    replacement: Option<Record>,
) -> Result<(Id, Wish), ApiError> {
    let mut tx = app.store.read().await?;
    let (staff, _) = tx.record(scope.organisation(), id).await?.ok_or(ApiError::NotFound)?;
    let issued = tx.issued_to(&[staff], Tokens::Leave).await?;
    let pass = issued.iter().find(|it| it.form == Form::Pass && it.standing);
    let carrier = pass.and_then(|pass| Carrier::parse(&pass.family));
    let incoming = replacement.into_iter().map(|record| (record, Some(id))).collect();
    Ok((staff, Wish { incoming, carrier, ..Wish::default() }))
}

async fn supersede_issued(app: &App, scope: &Scope, form: Form, id: Id) -> Result<(Id, Wish), ApiError> {
    let issued = app.store.read().await?.issued(scope.organisation(), id).await?;
    let issued = issued.filter(|issued| issued.form == form).ok_or(ApiError::NotFound)?;
    if !issued.standing {
        return Err(ApiError::State("a pass of chosen records is not renewed; withdraw it and issue another".into()));
    }
    Ok((issued.staff, Wish { carrier: Carrier::parse(&issued.family), renew: Some(id), ..Wish::default() }))
}
