//! Any bytes as the claims of a status list, in JSON and in CBOR.
#![no_main]

use libfuzzer_sys::fuzz_target;
use passport_schema::status::{LIST_SIZE, Purpose, StatusToken};

fuzz_target!(|bytes: &[u8]| {
    for token in [StatusToken::from_json(bytes), StatusToken::from_cbor(bytes)].into_iter().flatten() {
        assert_eq!(token.list.get(LIST_SIZE), None);
        for index in [0, 1, LIST_SIZE / 2, LIST_SIZE - 1] {
            let status = token.list.get(index);
            let bit = |purpose| {
                let byte = token.list.bitstring(purpose).get(index as usize / 8).copied();
                byte.map_or(0, |byte| byte >> (7 - index % 8) & 1)
            };
            let bits = status.map_or(0, |status| status.bits());
            assert_eq!(bit(Purpose::Revocation), bits & 1);
            assert_eq!(bit(Purpose::Suspension), u8::from(bits == 2));
        }
        assert_eq!(StatusToken::from_json(&token.to_json()).as_ref(), Ok(&token));
        assert_eq!(StatusToken::from_cbor(&token.to_cbor()).as_ref(), Ok(&token));
    }
});
