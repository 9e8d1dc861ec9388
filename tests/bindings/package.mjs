// The package as somebody gets it who installed it: node package.mjs VECTORS, in a folder where it is installed.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { load } from 'staff-passport-verifier';

const vectors = process.argv[2];
const { root, vectors: all } = JSON.parse(readFileSync(`${vectors}/vectors.json`, 'utf8'));
const pass = all.find((vector) => vector.name === 'pass');
const bundle = readFileSync(`${vectors}/bundles/${pass.bundle}.json`, 'utf8');

const wasm = readFileSync(new URL(import.meta.resolve('staff-passport-verifier/passport.wasm')));
for (const source of [undefined, wasm, new Response(wasm), Promise.resolve(new Response(wasm))]) {
  const passport = await load(source);
  const opened = passport.open({ bundle, root });
  assert.ok(opened.ok && opened.bundle.organisations.length > 0);
  const request = { at: pass.at, texts: [pass.input] };
  const judged = opened.verifier.verify(request);
  assert.equal(judged.answer.decision, 'accepted');
  opened.verifier.close();
  assert.equal(opened.verifier.verify(request).error.code, 'closed');
}

const passport = await load();
const circle = {};
circle.circle = circle;
for (const request of [undefined, null, 7, 'x', [], {}, circle, { bundle: 1n }, { bundle, root: 'AA' }]) {
  const refused = passport.open(request);
  assert.equal(refused.ok, false);
  assert.equal(typeof refused.error.code, 'string');
}
for (const picture of [undefined, null, {}, { data: [1], width: 1, height: 1 }, { data: new Uint8Array(5), width: 2, height: 2 }]) {
  assert.equal(passport.scan(picture).error.code, 'picture');
}
assert.deepEqual(passport.scan({ data: new Uint8ClampedArray(64 * 64 * 4), width: 64, height: 64 }), { ok: true, codes: [] });
for (const turn of [0, 1, -1, NaN, 1e12, 'x', undefined]) {
  assert.ok(passport.scan({ data: new Uint8Array(64), width: 8, height: 8 }, { effort: 'quick', turn }).ok);
}
await assert.rejects(load(new Response('', { status: 404 })), /404/);
await assert.rejects(load(new Uint8Array(9)));
console.log('the package opens, judges, scans and refuses');
