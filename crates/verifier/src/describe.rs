//! What a bundle holds, as JSON: whom it names, as of when, and the role profiles that it offers.

use passport_schema::codes::{CodeLists, Term};
use passport_schema::id::OrganisationCode;
use passport_schema::profile::{Profile, ProfileName};
use passport_schema::time::Timestamp;
use serde_json::{Value, json};

use crate::bundle::{Bundle, BundleFault, Issuer};

impl BundleFault {
    /// The fault as JSON (`docs/VERDICT.md`).
    #[must_use]
    pub fn to_json(&self) -> Value {
        let organisation = self.organisation.as_ref().map(OrganisationCode::as_str);
        json!({ "organisation": organisation, "code": self.code, "detail": self.detail })
    }
}

impl Bundle {
    /// What it holds, as JSON (`docs/VERDICT.md`). A profile that cannot be read by the lists at hand
    /// stands among the faults.
    #[must_use]
    pub fn to_json(&self, lists: &CodeLists) -> Value {
        let mut names: Vec<&ProfileName> = self.profiles().collect();
        names.sort_by(|a, b| (&a.owner, &a.name, b.version).cmp(&(&b.owner, &b.name, a.version)));
        names.dedup();
        let mut faults: Vec<_> = self.faults().iter().map(BundleFault::to_json).collect();
        let mut profiles = Vec::new();
        for name in names {
            let id = format!("{}/{}@{}", name.owner, name.name, name.version);
            match self.profile(&id, lists) {
                Ok(Some(profile)) => profiles.push(self.profile_json(&id, &profile)),
                Ok(None) => {}
                Err(problems) => {
                    let detail = format!("profile {id}: {problems}");
                    let organisation = Some(name.owner.clone());
                    faults.push(BundleFault { organisation, code: "profile-content", detail }.to_json());
                }
            }
        }
        let organisations: Vec<_> = self.issuers().iter().map(issuer_json).collect();
        let mut json = json!({
            "system": self.system(),
            "sequence": self.sequence(),
            "issued": self.issued().to_string(),
            "nextUpdate": self.next_update().to_string(),
            "newest": self.newest().to_string(),
            "organisations": organisations,
            "profiles": profiles,
            "faults": faults,
        });
        if let Some(status) = span(self.issuers().iter().flat_map(Issuer::status_lists)) {
            json["status"] = status;
        }
        json
    }

    fn profile_json(&self, id: &str, profile: &Profile) -> Value {
        let name = &profile.name;
        let purposes: Vec<_> =
            profile.purposes.iter().map(|it| json!({ "id": it.id(), "title": it.title() })).collect();
        json!({
            "id": id,
            "owner": name.owner.as_str(),
            "ownerName": self.issuer(&name.owner).map(Issuer::name),
            "name": name.name,
            "version": name.version,
            "title": profile.title.as_str(),
            "role": { "id": profile.role.id(), "title": Term::title(&profile.role) },
            "purposes": purposes,
            "requirements": profile.requirements.len(),
        })
    }
}

fn issuer_json(issuer: &Issuer) -> Value {
    let mut json = json!({ "code": issuer.code().as_str(), "name": issuer.name() });
    if let Some((code, name)) = issuer.successor() {
        json["successor"] = json!({ "code": code.as_str(), "name": name });
    }
    if let Some(status) = span(issuer.status_lists()) {
        json["status"] = status;
    }
    json
}

/// When the oldest and the newest of these were signed.
fn span(lists: impl Iterator<Item = (u32, Timestamp)>) -> Option<Value> {
    let signed: Vec<_> = lists.map(|(_, issued)| issued).collect();
    let (oldest, newest) = (signed.iter().min()?, signed.iter().max()?);
    Some(json!({ "oldest": oldest.to_string(), "newest": newest.to_string() }))
}
