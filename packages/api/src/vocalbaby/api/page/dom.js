// Elements of the document, and the texts that report the state of the page.

export const byId = (id) => document.getElementById(id);

/** Return a new element with properties and children. */
export function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

/** Pass a probability to the style sheet, which draws it as a bar. */
export function setProbability(element, probability) {
  element.style.setProperty("--p", probability);
}

/** The state of the page: empty, recording, working, busy, done, error, offline or key. */
export const pageState = () => document.body.dataset.state;
export const setPageState = (state) => { document.body.dataset.state = state; };

export const setStatus = (text) => { byId("status").textContent = text; };

/** Show what prevents the recordings from being classified. */
export function showTrouble(text, { canRetry }) {
  byId("trouble-text").textContent = text;
  byId("again").hidden = !canRetry;
  byId("trouble").hidden = false;
}

export function hideTrouble() {
  byId("trouble").hidden = true;
  byId("key-form").hidden = true;
}
