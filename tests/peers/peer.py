"""Answers the jobs on standard input with other people's implementations. See README.md."""

import io
import json
import math
import re
import sys
import zlib

import base45
import cbor2
import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cwt import COSE, COSEKey
from jwcrypto.jwk import JWK
from jwcrypto.jws import JWS


def verify_jwt(job):
    jws = JWS()
    jws.allowed_algs = ["EdDSA", "Ed25519"]
    jws.deserialize(job["jwt"], JWK(**job["jwk"]))
    header = json.loads(jws.objects["protected"])
    if "typ" in job and header.get("typ") != job["typ"]:
        raise ValueError(f"typ is {header.get('typ')!r}, not {job['typ']!r}")
    return {"header": header, "payload": json.loads(jws.payload)}


def sign_jwt(job):
    jws = JWS(json.dumps(job["payload"], separators=(",", ":"), ensure_ascii=False))
    jws.allowed_algs = ["EdDSA", "Ed25519"]
    jws.add_signature(JWK(**job["jwk"]), protected=json.dumps(job["header"]))
    return {"jwt": jws.serialize(compact=True)}


def sign_assertion(job):
    return {"jwt": jwt.encode(job["claims"], job["pem"], job["alg"], headers={"kid": job["kid"]})}


def cose_key(kid, x, d=None):
    key = {1: 1, 2: kid, -1: 6, -2: x, -4: d}  # an octet key pair on Ed25519
    return COSEKey.new({name: value for name, value in key.items() if value is not None})


def verify_cose(job):
    message = bytes.fromhex(job["cose"])
    tagged = cbor_decode(message)
    if not isinstance(tagged, cbor2.CBORTag) or tagged.tag != 18:
        raise ValueError("not a tagged COSE_Sign1")
    # cwt wants a key that bears the message's kid, and leaves the algorithm to us.
    kid = cbor_decode(tagged.value[0]).get(4, tagged.value[1].get(4))
    key = cose_key(kid, bytes.fromhex(job["x"]))
    protected, unprotected, payload = COSE.new().decode_with_headers(message, key)
    if protected.get(1) != -8:
        raise ValueError("the protected header does not say EdDSA (-8)")
    return {
        "protected": to_json(protected),
        "unprotected": to_json(unprotected),
        "payload": to_json(cbor_decode(payload)),
    }


def sign_cose(job):
    d, kid = bytes.fromhex(job["d"]), bytes.fromhex(job["kid"])
    x = Ed25519PrivateKey.from_private_bytes(d).public_key().public_bytes_raw()
    message = COSE.new(deterministic_header=True).encode_and_sign(
        bytes.fromhex(job["payload"]), cose_key(kid, x, d), protected={1: -8, 4: kid}, unprotected={}
    )
    return {"cose": message.hex()}


def zlib_inflate(job):
    inflater = zlib.decompressobj()
    data = inflater.decompress(bytes.fromhex(job["hex"]))
    if not inflater.eof or inflater.unused_data:
        raise ValueError("the zlib stream is cut short, or something follows it")
    return {"hex": data.hex()}


def cbor_decode(data):
    """cbor2 alone would not mind bytes after the first value."""
    stream = io.BytesIO(data)
    value = cbor2.load(stream)
    if stream.tell() != len(data):
        raise ValueError("something follows the CBOR value")
    return value


def to_json(value):
    """Byte strings become hex, integer keys become strings."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dict):
        members = {str(to_json(key)): to_json(member) for key, member in value.items()}
        if len(members) != len(value):
            raise ValueError("two keys of a map are the same in JSON")
        return members
    if isinstance(value, list):
        return [to_json(item) for item in value]
    if isinstance(value, cbor2.CBORTag):
        return {"tag": value.tag, "value": to_json(value.value)}
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    raise ValueError(f"JSON has no way to say {value!r}")


def from_json(value):
    """Keys that are integers become integers, {"$hex": "..."} becomes a byte string."""
    if isinstance(value, dict):
        if value.keys() == {"$hex"}:
            return bytes.fromhex(value["$hex"])
        return {
            int(key) if re.fullmatch(r"0|-?[1-9][0-9]*", key) else key: from_json(member)
            for key, member in value.items()
        }
    if isinstance(value, list):
        return [from_json(item) for item in value]
    return value


JOBS = {
    "verify-jwt": verify_jwt,
    "sign-jwt": sign_jwt,
    "sign-assertion": sign_assertion,
    "verify-cose": verify_cose,
    "sign-cose": sign_cose,
    "base45-encode": lambda job: {"text": base45.b45encode(bytes.fromhex(job["hex"])).decode()},
    "base45-decode": lambda job: {"hex": base45.b45decode(job["text"].encode()).hex()},
    "zlib-inflate": zlib_inflate,
    "cbor-decode": lambda job: {"value": to_json(cbor_decode(bytes.fromhex(job["hex"])))},
    "cbor-canonical": lambda job: {"hex": cbor2.dumps(from_json(job["json"]), canonical=True).hex()},
}


def answer(job):
    try:
        if job["do"] not in JOBS:
            raise ValueError(f"there is no job {job['do']!r}")
        return {"ok": True, **JOBS[job["do"]](job)}
    except Exception as error:  # whatever a library throws is the answer to this job
        return {"ok": False, "error": f"{type(error).__name__}: {error}"}


json.dump([answer(job) for job in json.load(sys.stdin)["jobs"]], sys.stdout)
print()
