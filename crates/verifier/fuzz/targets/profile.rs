//! Any bytes as a role profile.
#![no_main]

use libfuzzer_sys::fuzz_target;
use passport_fuzz::LISTS;
use passport_schema::json::Json;
use passport_schema::profile::{Needs, Profile, over_asking};
use passport_schema::record::{Family, Kind};

fuzz_target!(|bytes: &[u8]| {
    let profile = match Profile::parse(bytes, &LISTS) {
        Ok(profile) => profile,
        Err(problems) => {
            assert!(!problems.0.is_empty(), "refused for nothing");
            return;
        }
    };
    assert_eq!(Profile::parse(bytes, &LISTS).as_ref(), Ok(&profile));
    // Which profile it is reads back as it was written.
    let json = Json::parse(bytes).expect("it was read");
    let name = &profile.name;
    assert_eq!(json.member("owner").and_then(Json::as_text), Some(name.owner.as_str()));
    assert_eq!(json.member("name").and_then(Json::as_text), Some(name.name.as_str()));
    assert_eq!(json.member("version").and_then(Json::as_int), Some(i64::from(name.version)));
    for purpose in &profile.purposes {
        let kinds = profile.kinds_for(purpose);
        assert!(kinds.iter().all(|kind| kind.family() != Family::Agreement));
        assert!(over_asking(&profile, purpose, &Kind::ALL.iter().copied().collect()).contains(&Kind::CarerAgreement));
    }
    for requirement in &profile.requirements {
        if let Needs::Training { subject, .. } = &requirement.rule.needs {
            assert!(profile.accepted(subject).count() > 0);
        }
    }
});
