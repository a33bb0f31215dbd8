// Building elements. Text goes in as text nodes only, so that nothing in it can run.

/** An element with attributes (false and null leave one out) and children, strings among them. */
export function el(name, attributes = {}, ...children) {
  return fillIn(document.createElement(name), attributes, children);
}

/** The same for SVG. */
export function svg(name, attributes = {}, ...children) {
  return fillIn(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);
}

function fillIn(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

export const byId = (id) => document.getElementById(id);

/** Set text only where it changed, so that screen readers and selections are left alone. */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

const shown = new WeakMap();

/** Replace children only where what they show changed; `key` stands for what they show. */
export function update(element, key, make) {
  if (shown.get(element) === key) return;
  shown.set(element, key);
  element.replaceChildren(...make());
}
