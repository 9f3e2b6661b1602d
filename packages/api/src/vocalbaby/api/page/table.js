// The table of recordings.
import { byId, make, setProbability } from "./dom.js";

/** Show the heading and a row for every item; a button in each heading sorts the rows. */
export function showTable(session, onSelect) {
  showHeading(session.classes, (compare, descending) => {
    const order = descending ? (a, b) => compare(b, a) : compare;
    byId("rows").append(...session.items.toSorted(order).map((item) => item.row));
  });
  byId("rows").replaceChildren();
  session.items.forEach((item) => addRow(item, session.classes, onSelect));
  markRow(session.selected, true);
}

function showHeading(classes, onSort) {
  const text = (value) => (a, b) =>
    (value(a) ?? "").localeCompare(value(b) ?? "", undefined, { numeric: true });
  const number = (value) => (a, b) => (value(a) ?? -1) - (value(b) ?? -1);
  const probability = (label) => number((item) => item.result?.probabilities[label]);
  const columns = [
    ["#", "count", number((item) => item.id)],
    ["File", "name", text((item) => item.name)],
    ["Label", "label", text((item) => item.result?.label)],
    ...classes.map((label) => [label, "class", probability(label)]),
    ["s", "length", number((item) => item.result?.duration_s)],
  ];
  byId("head").replaceChildren(...columns.map(([title, className, compare], i) => {
    const cell = make("th", { scope: "col", className, ariaSort: i ? "none" : "ascending" });
    const onclick = () => onSort(compare, nextOrder(cell) === "descending");
    cell.append(make("button", { type: "button", onclick }, title));
    return cell;
  }));
}

/** Mark a heading as the sorted one, in the other order than before, and return the order. */
function nextOrder(cell) {
  const order = cell.ariaSort === "ascending" ? "descending" : "ascending";
  for (const other of byId("head").children) other.ariaSort = "none";
  cell.ariaSort = order;
  return order;
}

/** Append a row for an item, and keep it as `item.row`. */
export function addRow(item, classes, onSelect) {
  const select = make("button", { type: "button", onclick: () => onSelect(item) }, item.name);
  item.row = make(
    "tr",
    {},
    make("td", { className: "count" }, String(item.id)),
    make("th", { scope: "row", className: "name" }, select, make("small")),
    make("td", { className: "label" }),
    ...classes.map(() => make("td", { className: "class" })),
    make("td", { className: "length" }),
  );
  fillRow(item, classes);
  byId("rows").append(item.row);
}

/** Mark the row of an item as the one that is shown, or no longer; `item` may be null. */
export function markRow(item, on) {
  if (item) item.row.querySelector("button").ariaCurrent = on ? "true" : null;
}

/** Write the result of an item into its row. */
export function fillRow({ row, result, error, state, job }, classes) {
  const [, name, label, ...rest] = row.children;
  row.className = state;
  name.querySelector("small").textContent = notesOf(result, error);
  label.textContent = error && !job ? "error" : labelOf(result, state, job);
  rest.pop().textContent = result?.duration_s.toFixed(2) ?? "";
  rest.forEach((cell, i) => {
    const probability = result?.probabilities[classes[i]];
    cell.textContent = probability?.toFixed(3) ?? "";
    setProbability(cell, probability ?? 0);
    cell.classList.toggle("best", result?.label === classes[i]);
  });
}

function notesOf(result, error) {
  if (error) return `${error.detail} ${error.hint}`;
  return (result?.warnings ?? []).map((warning) => warning.message).join(" ");
}

function labelOf(result, state, job) {
  if (job) return job.state === "done" ? `${job.segments} segments` : job.state;
  if (state === "long") return "long";
  return result ? result.label ?? "no label" : "…";
}
