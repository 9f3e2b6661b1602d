// The segments of a recording: found by time without looking at all of them, and listed.
import { make } from "./dom.js";

const MAX_LISTED = 200;

/** Return segments in the order of their onsets, with what is needed to find those in a view. */
export function indexSegments(segments) {
  const sorted = segments.toSorted((a, b) => a.onset_s - b.onset_s);
  const longest = sorted.reduce((most, s) => Math.max(most, s.offset_s - s.onset_s), 0);
  return { sorted, onsets: Float64Array.from(sorted, (s) => s.onset_s), longest };
}

/** Return the position of the first onset that is not before a time. */
function position(onsets, time) {
  let [low, high] = [0, onsets.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (onsets[middle] < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Return the segments that lie, at least in part, between two times. */
export function segmentsBetween({ sorted, onsets, longest }, from, to) {
  return sorted
    .slice(position(onsets, from - longest), position(onsets, to))
    .filter((segment) => segment.offset_s > from);
}

/** Return the segment after (step 1) or before (step -1) one, or after a time when there is none. */
export function neighbour({ sorted, onsets }, segment, step, time) {
  const at = segment ? sorted.indexOf(segment) + step : position(onsets, time) - (step < 0 ? 1 : 0);
  return sorted[Math.min(Math.max(at, 0), sorted.length - 1)];
}

/** The name of the lane of a segment: its class, or that of all defects of the recording. */
export const laneOf = (segment) => (segment.tier === "quality" ? "Quality" : segment.label);

/** Return a time as h:mm:ss with some decimals. */
export function clock(seconds, decimals = 0) {
  const units = Math.round(seconds * 10 ** decimals);
  const whole = Math.floor(units / 10 ** decimals);
  const two = (value) => String(value).padStart(2, "0");
  const part = decimals ? `.${String(units % 10 ** decimals).padStart(decimals, "0")}` : "";
  return `${Math.floor(whole / 3600)}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}${part}`;
}

/** Return what is known of a segment, in words. */
export function describe({ onset_s: onset, offset_s: offset, label, tier, probabilities }) {
  const share = probabilities?.[label];
  return [
    tier === "quality" ? `Defect: ${label}` : label,
    `${clock(onset, 2)}, ${(offset - onset).toFixed(2)} s`,
    share === undefined ? "" : `probability ${share.toFixed(2)}`,
  ].filter(Boolean).join(" · ");
}

/** List segments as buttons, up to a number that a reader can use. */
export function listSegments(list, note, shown, selected, onSelect) {
  list.replaceChildren(...shown.slice(0, MAX_LISTED).map((segment) => {
    const button = make("button", { type: "button" }, describe(segment));
    button.onclick = () => onSelect(segment);
    button.ariaCurrent = segment === selected ? "true" : null;
    return make("li", {}, button);
  }));
  note.textContent = shown.length > MAX_LISTED
    ? `The first ${MAX_LISTED} of ${shown.length.toLocaleString("en")} segments in view`
    : `${shown.length} segment${shown.length === 1 ? "" : "s"} in view`;
}
