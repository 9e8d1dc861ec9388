// A scanner that types: what is typed quickly and begins like a pass is taken as one, wherever the
// keyboard's focus is.

const PREFIX = 'SP1:';
/** A scanner's keys follow each other within this many milliseconds. */
const PAUSE = 100;
const LONGEST = 4_300;

/**
 * Calls `take` with each pass that a scanner types. Returns what stops it.
 * @param {Document} document
 * @param {(text: string) => void} take
 */
export function listen(document, take) {
  let typed = '';
  let last = 0;
  const key = (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.timeStamp - last > PAUSE) typed = '';
    last = event.timeStamp;
    if (event.key === 'Enter' || event.key === 'Tab') {
      if (typed.startsWith(PREFIX)) {
        // The pass must not press whatever has the focus.
        event.preventDefault();
        take(typed);
      }
      typed = '';
    } else if (event.key.length === 1 && typed.length < LONGEST) {
      typed += event.key;
      const field = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName);
      if (typed.startsWith(PREFIX) && !field) event.preventDefault();
    }
  };
  document.addEventListener('keydown', key, true);
  return () => document.removeEventListener('keydown', key, true);
}
