// Compiled, never run: the types hold what the README promises.
import { load, type Answer, type Assessment, type Code, type Fault } from 'staff-passport-verifier';

export async function all(bundle: string, root: string, picture: ImageData): Promise<string> {
  const passport = await load(new URL('passport.wasm', 'https://passport.example/'));
  const opened = passport.open({ bundle, root, sequence: 3 });
  if (!opened.ok) {
    const fault: Fault = opened.error;
    return fault.code;
  }
  const scanned = passport.scan(picture, { effort: 'quick', turn: 7 });
  const codes: Code[] = scanned.ok ? scanned.codes : [];
  const texts = codes.map((code) => code.text);
  const judged = opened.verifier.verify({ at: '2026-11-22T09:30:00Z', texts, require: ['registration'] });
  if (!judged.ok) return judged.error.detail;
  const answer: Answer = judged.answer;
  const assessed = opened.verifier.assess({
    at: '2026-11-22T09:30:00Z',
    texts,
    profile: opened.bundle.profiles[0]?.id ?? {},
    starts: '2026-11-23',
    ends: '2026-12-23',
  });
  if (!assessed.ok || assessed.assessment.overall === 'cannot-tell') return answer.decision;
  const assessment: Assessment = assessed.assessment;
  opened.verifier.close();
  // @ts-expect-error: there is no such outcome.
  if (assessment.overall === 'perhaps') return '';
  return assessment.actions.map((action) => action.detail).join(assessed.plain);
}
