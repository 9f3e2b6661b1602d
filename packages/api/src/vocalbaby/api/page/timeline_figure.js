// The figure of a timeline: the whole recording, and below it a part with levels, segments by
// class and, when little enough is in view, waveform and spectrogram.
import { RATE } from "./audio.js";
import { drawWave, prepare, renderSpectrogram } from "./figure.js";
import { clock, laneOf, segmentsBetween } from "./segments.js";

const LEFT = 104;
const RIGHT = 10;
const STRIP = 44;
const WAVE = 84;
const LANE = 18;
const SPECTRUM = 150;
const GAP = 10;
const AXIS = 24;
const STEPS_S = [0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200,
  14400];
const RANGE = 140; // the levels that are drawn: 70 dB

/** The color of a lane in the style sheet. */
const colorOf = (lane) => `--lane-${lane.toLowerCase()}`;

/** Return where the parts of the figure are, in CSS pixels. */
export function layout(canvas, lanes) {
  const wave = STRIP + GAP;
  const top = wave + WAVE + 4;
  const spectrum = top + lanes.length * LANE + 6;
  return {
    x: LEFT, w: canvas.clientWidth - LEFT - RIGHT, strip: STRIP, wave, lanes: top, spectrum,
    bottom: spectrum + SPECTRUM, height: spectrum + SPECTRUM + AXIS,
  };
}

/** Draw a view: {from, to, duration, lanes, index, levels, whole, piece, selected, drag}. */
export function drawTimeline(canvas, view) {
  const { context, color } = prepare(canvas);
  const place = layout(canvas, view.lanes);
  const xOf = (time) => place.x + ((time - view.from) / (view.to - view.from)) * place.w;
  drawStrip(context, place, view, color);
  context.save();
  context.beginPath();
  context.rect(place.x, place.wave, place.w, place.bottom - place.wave);
  context.clip();
  drawMain(context, place, view, color, xOf);
  drawSegments(context, place.lanes, LANE, view, color, xOf);
  if (view.selected) drawSelection(context, place, view, color, xOf);
  if (view.drag) fillRange(context, place, xOf(view.drag[0]), xOf(view.drag[1]), color("--accent"));
  context.restore();
  drawLabels(context, place, view, color, xOf);
}

/** The whole recording, and which part of it is in view. */
function drawStrip(context, place, view, color) {
  const xOf = (time) => place.x + (time / view.duration) * place.w;
  drawLevels(context, view.whole, { ...place, y: 0, h: place.strip }, color("--soft"), xOf);
  const all = { ...view, from: 0, to: view.duration };
  drawSegments(context, place.strip - 6, 6, all, color, xOf, true);
  context.strokeStyle = color("--accent");
  context.lineWidth = 2;
  const from = xOf(view.from);
  context.strokeRect(from, 1, Math.max(3, xOf(view.to) - from), place.strip - 2);
}

function drawMain(context, place, view, color, xOf) {
  const box = { ...place, y: place.wave, h: WAVE };
  const piece = pieceInView(view);
  if (!piece) {
    drawLevels(context, view.levels ?? view.whole, box, color("--ink"), xOf);
    context.fillStyle = color("--soft");
    context.textAlign = "center";
    const text = view.canZoom ? "Loading…" : "Waveform and spectrogram appear at 30 s or less";
    context.fillText(text, place.x + place.w / 2, place.spectrum + SPECTRUM / 2);
    return;
  }
  const x = xOf(piece.from);
  const w = xOf(piece.to) - x;
  drawWave(context, piece.samples, { x, w, top: place.wave }, WAVE, color("--ink"));
  view.piece.sheet ??= renderSpectrogram(view.piece.samples, 1600, SPECTRUM * 2, color);
  const { sheet, samples, from } = view.piece;
  const perSecond = (sheet.width * RATE) / samples.length;
  context.drawImage(sheet, (piece.from - from) * perSecond, 0,
    (piece.to - piece.from) * perSecond, sheet.height, x, place.spectrum, w, SPECTRUM);
}

/** The part of the loaded sound that is in view. */
function pieceInView({ piece, from, to, canZoom }) {
  const start = Math.max(from, piece?.from ?? to);
  const end = Math.min(to, piece ? piece.from + piece.samples.length / RATE : from);
  if (!canZoom || start >= end) return null;
  const at = (time) => Math.round((time - piece.from) * RATE);
  return { from: start, to: end, samples: piece.samples.subarray(at(start), at(end)) };
}

/** Levels as bars: {data, from, to}. */
function drawLevels(context, { data, from, to }, { y, h }, color, xOf) {
  context.fillStyle = color;
  const wide = (xOf(to) - xOf(from)) / data.length;
  data.forEach((level, i) => {
    const tall = Math.max(1, h * Math.max(0, 1 - (255 - level) / RANGE));
    context.fillRect(xOf(from) + i * wide, y + (h - tall) / 2, Math.max(0.5, wide), tall);
  });
}

/** Segments in their lanes, or all in one; of those at the same pixel one is drawn. */
function drawSegments(context, top, high, view, color, xOf, together = false) {
  const last = new Map();
  const colors = new Map(view.lanes.map((lane) => [lane, color(colorOf(lane))]));
  for (const segment of segmentsBetween(view.index, view.from, view.to)) {
    const lane = laneOf(segment);
    if (together && (lane === "Junk" || lane === "Quality")) continue;
    const x = xOf(segment.onset_s);
    const end = Math.max(x + 1, xOf(segment.offset_s));
    if (end - (last.get(lane) ?? -Infinity) < 0.5) continue;
    last.set(lane, end);
    context.fillStyle = colors.get(lane) ?? color("--soft");
    const y = together ? top : top + view.lanes.indexOf(lane) * high + 2;
    context.fillRect(x, y, end - x, together ? high : high - 4);
  }
}

function drawSelection(context, place, view, color, xOf) {
  const { onset_s: onset, offset_s: offset } = view.selected;
  fillRange(context, place, xOf(onset), xOf(offset), color("--accent"));
  const y = place.lanes + view.lanes.indexOf(laneOf(view.selected)) * LANE;
  context.strokeStyle = color("--ink");
  context.lineWidth = 2;
  context.strokeRect(xOf(onset) - 1, y + 1, Math.max(2, xOf(offset) - xOf(onset)) + 2, LANE - 2);
}

function fillRange(context, place, from, to, color) {
  context.globalAlpha = 0.15;
  context.fillStyle = color;
  context.fillRect(Math.min(from, to), place.wave, Math.max(1, Math.abs(to - from)),
    place.bottom - place.wave);
  context.globalAlpha = 1;
}

function drawLabels(context, place, view, color, xOf) {
  context.fillStyle = color("--soft");
  context.textAlign = "right";
  context.textBaseline = "middle";
  context.fillText("Whole", place.x - 8, place.strip / 2);
  context.fillText("In view", place.x - 8, place.wave + WAVE / 2);
  view.lanes.forEach((lane, i) => {
    const y = place.lanes + i * LANE;
    context.fillText(lane, place.x - 22, y + LANE / 2);
    context.fillStyle = color(colorOf(lane));
    context.fillRect(place.x - 17, y + 4, 9, LANE - 8);
    context.fillStyle = color("--rule");
    context.fillRect(place.x, y + LANE - 1, place.w, 1);
    context.fillStyle = color("--soft");
  });
  context.fillText("0–8 kHz", place.x - 8, place.spectrum + SPECTRUM / 2);
  context.textBaseline = "top";
  const span = view.to - view.from;
  const step = STEPS_S.find((s) => (s / span) * place.w >= 84) ?? 28800;
  const start = (view.clockStart ?? 0) + view.from;
  const decimals = step < 0.1 ? 2 : Number(step < 1);
  for (let i = Math.ceil(start / step); i * step <= start + span; i++) {
    const x = Math.round(xOf(view.from + i * step - start)) - 0.5;
    context.fillRect(x, place.bottom, 1, 5);
    context.textAlign = x > place.x + place.w - 24 ? "right" : "center";
    const time = view.clockStart === null ? i * step : (i * step) % 86400;
    context.fillText(clock(time, decimals), x, place.bottom + 8);
  }
}
