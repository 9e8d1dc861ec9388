// Elements out of texts: nothing that was scanned is ever read as markup.

/**
 * An element with attributes (`on…` are listeners) and children (texts and elements; what is empty is left out).
 */
export function el(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  set(element, attributes);
  element.append(...children.flat(Infinity).filter((child) => child !== undefined && child !== false && child !== ''));
  return element;
}

function set(element, attributes) {
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    if (key.startsWith('on')) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? '' : value);
  }
}

/** A drawing of paths in a square of 48, which says nothing to a screen reader. */
export function drawing(paths, className) {
  const space = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(space, 'svg');
  set(svg, { viewBox: '0 0 48 48', class: className, 'aria-hidden': 'true', focusable: 'false' });
  for (const attributes of paths) {
    const path = document.createElementNS(space, 'path');
    set(path, attributes);
    svg.append(path);
  }
  return svg;
}

/** The element with this id, which the server has put there. */
export const by = (id) => document.getElementById(id);
