// As much of a document as the page's panels need: elements with attributes and children.

class FakeElement {
  attributes = {};
  children = [];
  hidden = false;

  constructor(name) {
    this.name = name;
  }

  setAttribute(name, value) {
    this.attributes[name] = value;
  }

  append(...children) {
    this.children.push(...children);
  }

  replaceChildren(...children) {
    this.children = children;
  }

  addEventListener() {}

  get textContent() {
    return this.children.map((child) => child.textContent ?? child).join("");
  }

  set textContent(text) {
    this.children = text ? [text] : [];
  }
}

/** A document that has an element for each id. */
export class FakeDocument {
  #elements = {};

  createElement(name) {
    return new FakeElement(name);
  }

  createElementNS(_, name) {
    return new FakeElement(name);
  }

  getElementById(id) {
    return (this.#elements[id] ??= new FakeElement("div"));
  }
}

/** The children of an element: a text, or a list of an element's name and its children. */
export const outline = ({ children }) =>
  children.map((child) => (child.name ? [child.name, ...outline(child)] : child));
