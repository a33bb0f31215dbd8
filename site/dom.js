// Helpers that build elements. Text becomes text nodes only, so that it never runs as code.

/** An element with attributes (skipping false and null) and children, which may be strings. */
export function el(name, attributes = {}, ...children) {
  return build(document.createElement(name), attributes, children);
}

/** The same for SVG. */
export function svg(name, attributes = {}, ...children) {
  return build(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);
}

function build(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

export const byId = (id) => document.getElementById(id);

/** Set a text only if it changed, so as not to disturb screen readers and selections. */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

const shown = new WeakMap();

/** Replace the children only if `key`, which identifies their content, changed. */
export function update(element, key, make) {
  if (shown.get(element) === key) return;
  shown.set(element, key);
  element.replaceChildren(...make());
}
