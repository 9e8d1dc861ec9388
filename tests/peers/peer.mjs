// Answers the jobs on standard input with other people's implementations. See README.md.
import {decodeList} from '@digitalbazaar/vc-bitstring-status-list';
import {getListFromStatusListJWT} from '@sd-jwt/jwt-status-list';
import {CompactSign, calculateJwkThumbprint, compactVerify, importJWK} from 'jose';
import {Webhook} from 'standardwebhooks';
import {text} from 'node:stream/consumers';

const decode = bytes => JSON.parse(new TextDecoder('utf-8', {fatal: true}).decode(bytes));

async function verify(jwt, jwk, typ) {
  const key = await importJWK(jwk, 'EdDSA');
  const {protectedHeader: header, payload} =
    await compactVerify(jwt, key, {algorithms: ['EdDSA', 'Ed25519']});
  if(header.typ !== typ) {
    throw new Error(`typ is ${JSON.stringify(header.typ)}, not ${JSON.stringify(typ)}`);
  }
  return {header, payload: decode(payload)};
}

const jobs = {
  'verify-jwt': ({jwt, jwk, typ}) => verify(jwt, jwk, typ),

  async 'sign-jwt'({header, payload, jwk}) {
    const jwt = await new CompactSign(new TextEncoder().encode(JSON.stringify(payload)))
      .setProtectedHeader(header)
      .sign(await importJWK(jwk, header.alg));
    return {jwt};
  },

  // Its clock is the machine's, and ours stands still in tests: the time is written over.
  'verify-webhook'({secret, headers, body, now}) {
    const {now: real} = Date;
    Date.now = () => now * 1000;
    try {
      return {payload: new Webhook(secret).verify(body, headers)};
    } finally {
      Date.now = real;
    }
  },

  async 'token-status-list'({jwt, jwk, indices}) {
    const verified = await verify(jwt, jwk, 'statuslist+jwt');
    const list = getListFromStatusListJWT(jwt);
    return {
      ...verified,
      bits: list.getBitsPerStatus(),
      size: list.statusList.length,
      statuses: indices.map(index => list.getStatus(index)),
    };
  },

  async bitstring({encodedList, indices}) {
    const list = await decodeList({encodedList});
    return {size: list.length, statuses: indices.map(index => list.getStatus(index))};
  },

  thumbprint: async ({jwk}) => ({thumbprint: await calculateJwkThumbprint(jwk, 'sha256')}),
};

async function answer(job) {
  try {
    if(!Object.hasOwn(jobs, job.do)) {
      throw new Error(`there is no job ${JSON.stringify(job.do)}`);
    }
    return {ok: true, ...await jobs[job.do](job)};
  } catch(error) {
    return {ok: false, error: String(error)};
  }
}

const input = JSON.parse(await text(process.stdin));
const results = [];
for(const job of input.jobs) {
  results.push(await answer(job));
}
process.stdout.write(JSON.stringify(results) + '\n');
