// What the module needs and stands: no imports, no trap, no growth. node hostile.mjs PASSPORT.WASM VECTORS
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { door } from './door.mjs';

const [file, vectors] = process.argv.slice(2);
const wasm = await door(file);

assert.deepEqual(WebAssembly.Module.imports(wasm.module), [], 'it reaches nothing outside');
assert.deepEqual(
  WebAssembly.Module.exports(wasm.module).map((it) => it.name).filter((name) => name.startsWith('passport')).sort(),
  ['abi', 'alloc', 'assess', 'close', 'free', 'open', 'scan', 'verify'].map((name) => `passport_${name}`),
);

const { root, vectors: all } = JSON.parse(readFileSync(`${vectors}/vectors.json`, 'utf8'));
const pass = all.find((vector) => vector.name === 'pass');
const bundle = readFileSync(`${vectors}/bundles/${pass.bundle}.json`, 'utf8');
const toOpen = JSON.stringify({ bundle, root });
const { handle } = JSON.parse(wasm.open(toOpen));
const request = JSON.stringify({ at: pass.at, texts: [pass.input] });
const good = wasm.verify(handle, request);
assert.equal(JSON.parse(good).answer.decision, 'accepted');

// Numbers that look random and are the same every time.
let seed = 7;
const random = (below) => {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return Math.floor((seed / 2 ** 32) * below);
};
const noise = (length) => Uint8Array.from({ length }, () => random(256));
const codes = new Set();
const refused = (answer) => {
  const { ok, error } = JSON.parse(answer);
  assert.equal(ok, false, answer);
  codes.add(error.code);
};

for (let round = 0; round < 500; round += 1) {
  const bytes = noise(random(400));
  refused(wasm.open(bytes));
  refused(wasm.verify(handle, bytes));
  refused(wasm.assess(handle, bytes));
  // One byte of something good.
  const near = Buffer.from(request);
  near[random(near.length)] = random(256);
  JSON.parse(wasm.verify(handle, near));
  const [width, height] = [1 + random(90), 1 + random(90)];
  assert.equal(JSON.parse(wasm.scan(width, height, noise(width * height), random(9))).ok, true);
  refused(wasm.scan(width, height, noise(random(width * height)), 0));
}
assert.equal(wasm.exports.passport_alloc(2 ** 32 - 1), 0, 'no buffer as large as the memory');
wasm.exports.passport_free(0);
refused(wasm.verify(handle + 1, request));
refused(wasm.open('['.repeat(2 ** 20)));
const deep = `{"profile":${'['.repeat(2 ** 20)}`;
refused(wasm.assess(handle, deep));
refused(wasm.scan(2 ** 31, 2 ** 31, noise(9), 0));
assert.equal(wasm.verify(handle, request), good, 'after all that it says what it said');

// Ten thousand calls leave nothing behind.
const calls = (count) => {
  for (let round = 0; round < count; round += 1) {
    if (round % 10 === 0) {
      const other = JSON.parse(wasm.open(toOpen)).handle;
      wasm.verify(other, request);
      wasm.close(other);
    }
    wasm.verify(handle, round % 3 ? request : 'x');
  }
};
calls(500);
const before = wasm.pages();
calls(10_000);
assert.equal(wasm.pages(), before, `memory grew from ${before} to ${wasm.pages()} bytes`);

assert.equal(wasm.close(handle), 1);
assert.equal(wasm.close(handle), 0);
refused(wasm.verify(handle, request));
console.log(`no imports; refusals: ${[...codes].sort().join(' ')}; memory after 10,000 calls: ${before} bytes, as before`);
