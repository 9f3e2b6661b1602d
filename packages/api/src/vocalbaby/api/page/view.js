// What stands beside and below the plate: one clip's answer, and the table of all.

const MEANINGS = {
  Canonical: "babble with syllables: “ba”, “da”",
  "Non-canonical": "vowel-like sounds, squeals, growls",
  Crying: "cries and fussing",
  Laughing: "laughter",
  Junk: "noise, other voices, nothing of the infant",
};

/** What keeps a recording from its answer, by the page's state. */
const WAITS = { key: "Key needed", offline: "No connection" };

export const $ = (id) => document.getElementById(id);

/** An element with properties and children. */
export function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

/** Show one item's answer, or what the answers mean where there is none. */
export function showReading(item, classes) {
  const { result, error } = item ?? {};
  const verdict = result ? result.label ?? "No label" : error ? "No answer" : item ? WAITS[document.body.dataset.state] ?? "Waiting" : "No recording yet";
  if ($("verdict").textContent !== verdict) $("verdict").textContent = verdict; // is read aloud
  $("verdict-name").textContent = item?.name ?? "Five answers, or none";
  const length = result ? `${result.duration_s.toFixed(2)} s` : "";
  $("verdict-note").textContent = result?.label
    ? `probability ${result.probabilities[result.label].toFixed(3)} · ${length}` : length;
  $("bars").replaceChildren(...(error ? [] : classes.map((label) => bar(label, result))));
  const note = (kind, words) => make("li", { className: kind }, make("b", {}, `${kind === "error" ? "Error" : "Note"}. `), words);
  $("notes").replaceChildren(
    ...(error ? [note("error", `${error.detail} ${error.hint}`.trim())] : []),
    ...(result?.warnings ?? []).map((warning) => note("warning", warning.message)));
}

function bar(label, result) {
  const p = result?.probabilities[label];
  const value = result
    ? [share(make("span", { className: "bar", ariaHidden: "true" }), p), make("span", { className: "figure" }, p.toFixed(3))]
    : [make("span", { className: "quiet" }, MEANINGS[label] ?? "")];
  return make("div", { className: result?.label === label ? "best" : "" },
    make("dt", {}, label), make("dd", {}, ...value));
}

/** Tell the style sheet a probability. */
function share(element, p) {
  element.style.setProperty("--p", p);
  return element;
}

/** The table's heading; `onSort(compare, descending)` is called with the order wanted. */
export function showHead(classes, onSort) {
  const text = (value) => (a, b) => (value(a) ?? "").localeCompare(value(b) ?? "", undefined, { numeric: true });
  const number = (value) => (a, b) => (value(a) ?? -1) - (value(b) ?? -1);
  const columns = [
    ["#", "count", number((item) => item.id)],
    ["File", "name", text((item) => item.name)],
    ["Label", "label", text((item) => item.result?.label)],
    ...classes.map((label) => [label, "class", number((item) => item.result?.probabilities[label])]),
    ["s", "length", number((item) => item.result?.duration_s)],
  ];
  $("head").replaceChildren(...columns.map(([title, className, compare], i) => {
    const th = make("th", { scope: "col", className, ariaSort: i ? "none" : "ascending" });
    th.append(make("button", { type: "button", onclick: () => {
      const descending = th.ariaSort === "ascending";
      for (const other of $("head").children) other.ariaSort = "none";
      th.ariaSort = descending ? "descending" : "ascending";
      onSort(compare, descending);
    } }, title));
    return th;
  }));
}

/** A new row at the end of the table, kept as `item.row`. */
export function addRow(item, classes, onSelect) {
  item.row = make("tr", {},
    make("td", { className: "count" }, String(item.id)),
    make("th", { scope: "row", className: "name" },
      make("button", { type: "button", onclick: () => onSelect(item) }, item.name), make("small")),
    make("td", { className: "label" }),
    ...classes.map(() => make("td", { className: "class" })),
    make("td", { className: "length" }));
  fillRow(item, classes);
  $("rows").append(item.row);
}

/** Write an item's answer into its row. */
export function fillRow({ row, result, error, state }, classes) {
  const [, name, label, ...rest] = row.children;
  row.className = state;
  const notes = error ? `${error.detail} ${error.hint}` : (result?.warnings ?? []).map((w) => w.message).join(" ");
  name.querySelector("small").textContent = notes;
  label.textContent = result ? result.label ?? "no label" : error ? "error" : "…";
  rest.pop().textContent = result?.duration_s.toFixed(2) ?? "";
  rest.forEach((cell, i) => {
    const p = result?.probabilities[classes[i]];
    share(cell, p ?? 0).textContent = p?.toFixed(3) ?? "";
    cell.classList.toggle("best", result?.label === classes[i]);
  });
}

/** What the card says of the model's origin and of the limits that come from it. */
export function showProvenance(card) {
  const plain = (text) => text.replace(/[*`]/g, "").replace(/\s+/g, " ").trim();
  const sections = card.split(/^##? /m).map((part) => [part.split("\n", 1)[0], part.slice(part.indexOf("\n"))]);
  const about = sections.find(([title]) => title.startsWith("Model card"))?.[1];
  const limits = sections.find(([title]) => title === "Limits")?.[1] ?? "";
  const first = limits.split(/^- /m)[1];
  const words = [about, first].map((text) => plain(text ?? "")).filter(Boolean);
  if (words.length) $("provenance").replaceChildren(...words.map((text) => make("p", {}, text)));
}
