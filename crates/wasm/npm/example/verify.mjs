// node verify.mjs BUNDLE ROOT TEXT-FILE [TIME]: ends with 0 accepted, 1 refused, 2 cannot tell.
import { readFileSync } from 'node:fs';
import { load } from 'staff-passport-verifier';

const [bundle, root, text, at] = process.argv.slice(2);
const passport = await load();
const opened = passport.open({ bundle: readFileSync(bundle, 'utf8'), root });
if (!opened.ok) {
  console.error(`${opened.error.detail} (${opened.error.code})`);
  process.exit(2);
}
const judged = opened.verifier.verify({
  at: at ?? new Date().toISOString().replace(/\.\d+Z$/, 'Z'),
  texts: [readFileSync(text, 'utf8')],
});
opened.verifier.close();
if (!judged.ok) {
  console.error(`${judged.error.detail} (${judged.error.code})`);
  process.exit(2);
}
const { answer } = judged;
console.log(answer.decision);
for (const reason of answer.reasons) console.log(`  ${reason.detail}`);
for (const { verified } of answer.verdicts) {
  if (!verified) continue;
  console.log(`${verified.name}, says ${verified.issuer.name}; ${verified.bindingPlain}`);
  for (const record of verified.records) console.log(`  ${record.title}: ${record.detail}${record.note && ` [${record.note}]`}`);
}
process.exitCode = { accepted: 0, refused: 1, 'cannot-tell': 2 }[answer.decision];
