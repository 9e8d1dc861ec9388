// Many passes at once: from a list of texts to a table, and to a file for a spreadsheet. Pure.

/** Passes out of a text: one a line, or the cells of a CSV file that hold one. */
export function passesIn(text) {
  const tokens = text.match(/SP1:[0-9A-Z $%*+\-./:]+|[\w-]+\.[\w-]+\.[\w-]+/g) ?? [];
  return [...new Set(tokens.map((token) => token.trim()).filter((token) => token.length > 40))];
}

const HEAD = ['Number', 'Name', 'Born', 'Answer', 'What it says', 'To do first', 'To do later', 'List as of'];

/**
 * A row for each verdict, as texts.
 * @param {import("./verdict.js").Verdict[]} verdicts
 */
export function rows(verdicts) {
  const texts = (list) => list.map((step) => (step.due ? `${step.text} (by ${step.due})` : step.text)).join(' ');
  return verdicts.map((verdict, place) => [
    String(place + 1),
    verdict.who ?? '',
    verdict.born ?? '',
    verdict.word,
    verdict.say,
    texts(verdict.first),
    texts(verdict.later),
    verdict.asOf ?? '',
  ]);
}

export const head = HEAD;

/**
 * CSV (RFC 4180) with a byte order mark, for spreadsheets. A cell that a spreadsheet would take for a
 * formula begins with an apostrophe.
 */
export function csv(lines) {
  const cell = (text) => {
    const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
    return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  return `\uFEFF${lines.map((line) => line.map(cell).join(',')).join('\r\n')}\r\n`;
}
