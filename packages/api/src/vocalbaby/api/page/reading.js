// The result of one recording: label, probabilities, warnings; and the model's origin.
import { byId, make, pageState, setProbability } from "./dom.js";

const MEANINGS = {
  Canonical: "babble with syllables: “ba”, “da”",
  "Non-canonical": "vowel-like sounds, squeals, growls",
  Crying: "cries and fussing",
  Laughing: "laughter",
  Junk: "noise, other voices, nothing of the infant",
};

/** Why a recording has no result yet, by the state of the page. */
const OBSTACLES = { key: "Key needed", offline: "No connection" };

/** Show the result of an item, or what the classes mean where there is none. */
export function showReading(item, classes) {
  const { result, error } = item ?? {};
  const verdict = verdictOf(item);
  // Set only when it changes, since screen readers read it aloud each time.
  if (byId("verdict").textContent !== verdict) byId("verdict").textContent = verdict;
  byId("verdict-name").textContent = item?.name ?? "Five answers, or none";
  byId("verdict-note").textContent = result ? summaryOf(result) : "";
  byId("bars").replaceChildren(...(error ? [] : classes.map((label) => bar(label, result))));
  byId("notes").replaceChildren(
    ...(error ? [note("error", `${error.detail} ${error.hint}`.trim())] : []),
    ...(result?.warnings ?? []).map((warning) => note("warning", warning.message)),
  );
}

function verdictOf(item) {
  if (!item) return "No recording yet";
  if (item.state === "long") return "A long recording";
  if (item.result) return item.result.label ?? "No label";
  if (item.error) return "No answer";
  return OBSTACLES[pageState()] ?? "Waiting";
}

function summaryOf({ label, probabilities, duration_s: duration }) {
  const length = `${duration.toFixed(2)} s`;
  return label ? `probability ${probabilities[label].toFixed(3)} · ${length}` : length;
}

function note(kind, text) {
  const title = kind === "error" ? "Error" : "Note";
  return make("li", { className: kind }, make("b", {}, `${title}. `), text);
}

function bar(label, result) {
  const value = result
    ? probabilityBar(result.probabilities[label])
    : [make("span", { className: "quiet" }, MEANINGS[label] ?? "")];
  const className = result?.label === label ? "best" : "";
  return make("div", { className }, make("dt", {}, label), make("dd", {}, ...value));
}

function probabilityBar(probability) {
  const rule = make("span", { className: "bar", ariaHidden: "true" });
  setProbability(rule, probability);
  return [rule, make("span", { className: "figure" }, probability.toFixed(3))];
}

/** Show what the model card says about the model's origin, and the first of its limits. */
export function showProvenance(card) {
  const plain = (text) => text.replace(/[*`]/g, "").replace(/\s+/g, " ").trim();
  const sections = card
    .split(/^##? /m)
    .map((part) => [part.split("\n", 1)[0], part.slice(part.indexOf("\n"))]);
  const about = sections.find(([title]) => title.startsWith("Model card"))?.[1];
  const limits = sections.find(([title]) => title === "Limits")?.[1] ?? "";
  const firstLimit = limits.split(/^- /m)[1];
  const paragraphs = [about, firstLimit].map((text) => plain(text ?? "")).filter(Boolean);
  if (paragraphs.length) {
    byId("provenance").replaceChildren(...paragraphs.map((text) => make("p", {}, text)));
  }
}
