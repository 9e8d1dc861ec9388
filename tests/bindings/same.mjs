// The module says what the native build says, to the byte: node same.mjs PASSPORT.WASM ANSWERS
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { door } from './door.mjs';

const [file, answers] = process.argv.slice(2);
const wasm = await door(file);
const counts = { open: 0, verify: 0, assess: 0, scan: 0, found: 0 };
const spent = { verify: [], assess: [], scan: [] };
const timed = (call, run) => {
  const start = performance.now();
  const answer = run();
  spent[call].push(performance.now() - start);
  return answer;
};

for (const line of readFileSync(answers, 'utf8').split('\n').filter(Boolean)) {
  const asked = JSON.parse(line);
  if (asked.scan) {
    const { width, height, turn, pixels } = asked.scan;
    const bytes = Buffer.from(pixels, 'base64');
    const answer = timed('scan', () => wasm.scan(width, height, bytes, turn));
    assert.equal(answer, asked.answer, `scan ${asked.name}`);
    counts.scan += 1;
    counts.found += JSON.parse(answer).codes.length;
    continue;
  }
  const opened = wasm.open(asked.open);
  assert.equal(opened, asked.opened, `open ${asked.name}`);
  counts.open += 1;
  const { handle } = JSON.parse(opened);
  if (asked.call) {
    assert.equal(timed(asked.call, () => wasm[asked.call](handle, asked.request)), asked.answer, asked.name);
    counts[asked.call] += 1;
  }
  if (handle) assert.equal(wasm.close(handle), 1);
}
assert.ok(counts.verify > 80 && counts.assess >= 10 && counts.found > 40, JSON.stringify(counts));
const median = (all) => all.sort((a, b) => a - b)[all.length >> 1].toFixed(2);
console.log(`the same to the byte: ${counts.open} bundles, ${counts.verify} verdicts, ${counts.assess} assessments, ${counts.scan} pictures`);
console.log(`median ms: verify ${median(spent.verify)}, assess ${median(spent.assess)}, picture of 640x480 ${median(spent.scan)}`);
