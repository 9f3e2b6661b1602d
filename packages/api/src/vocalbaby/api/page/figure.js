// The figure of a recording: waveform above spectrogram, in the colors of the style sheet.
import { mel, spectrogram } from "./dsp.js";
import { RATE } from "./audio.js";

const LEFT = 54;
const RIGHT = 10;
const TOP = 10;
const BOTTOM = 26;
const GAP = 8;
const WAVE_SHARE = 0.26;
const RANGE_DB = 55;
const HERTZ = [0, 250, 500, 1000, 2000, 4000, 8000];
const STEPS_S = [0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300];

/** Return where a share of the duration is, in CSS pixels from the left of the canvas. */
export const positionOf = (canvas, share) =>
  LEFT + share * (canvas.clientWidth - LEFT - RIGHT);

/** Draw samples (at RATE), or only the axes when there are none. */
export function draw(canvas, samples) {
  if (!canvas.clientWidth) return; // no style sheet yet
  const { context, width, height, color } = prepare(canvas);
  const plot = { x: LEFT, w: width - LEFT - RIGHT, top: TOP, bottom: height - BOTTOM };
  const wave = Math.round((plot.bottom - plot.top) * WAVE_SHARE);
  const spectrum = { ...plot, y: TOP + wave + GAP, h: plot.bottom - TOP - wave - GAP };
  if (samples?.length) {
    drawSpectrogram(context, samples, spectrum, color);
    drawWave(context, samples, plot, wave, color("--ink"));
  } else {
    context.fillStyle = color("--rule");
    context.fillRect(LEFT, TOP + wave / 2, plot.w, 1);
  }
  drawAxes(context, spectrum, color, (samples?.length || RATE) / RATE);
}

/** Draw the level of a recording that is being made, the newest at the right. */
export function drawLive(canvas, peaks) {
  const { context, width, height, color } = prepare(canvas);
  context.fillStyle = color("--accent");
  const shown = peaks.slice(-Math.floor((width - LEFT - RIGHT) / 3));
  shown.forEach((peak, i) => {
    const tall = Math.max(1, Math.sqrt(peak) * (height - TOP - BOTTOM));
    context.fillRect(width - RIGHT - 3 * (shown.length - i), (height - tall) / 2, 2, tall);
  });
}

/** Clear a canvas for its size; returns what is needed to draw on it. */
export function prepare(canvas) {
  const { clientWidth: width, clientHeight: height } = canvas;
  const scale = devicePixelRatio;
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  const context = canvas.getContext("2d");
  context.scale(scale, scale);
  const style = getComputedStyle(canvas);
  context.font = `${style.fontSize} ${style.fontFamily}`;
  return { context, width, height, color: (name) => style.getPropertyValue(name).trim() };
}

/** Draw the waveform of samples: from `top` down, `high` pixels. */
export function drawWave(context, samples, { x, w, top }, high, color) {
  const loudest = samples.reduce((peak, s) => Math.max(peak, Math.abs(s)), 1e-4);
  const y = (s) => top + (high / 2) * (1 - s / loudest);
  context.fillStyle = color;
  for (let column = 0; column < w; column += 0.5) {
    const from = Math.floor((column / w) * samples.length);
    const to = Math.max(from + 1, Math.floor(((column + 0.5) / w) * samples.length));
    let [low, up] = [samples[from], samples[from]];
    for (let i = from; i < to; i++) {
      low = Math.min(low, samples[i]);
      up = Math.max(up, samples[i]);
    }
    context.fillRect(x + column, y(up), 0.6, Math.max(0.6, y(low) - y(up)));
  }
}

function drawSpectrogram(context, samples, { x, y, w, h }, color) {
  const columns = Math.round(Math.min(w * devicePixelRatio, 1400));
  const rows = Math.round(Math.min(h * devicePixelRatio, 400));
  context.drawImage(renderSpectrogram(samples, columns, rows, color), x, y, w, h);
}

/** Return a spectrogram as a canvas of its own. */
export function renderSpectrogram(samples, columns, rows, color) {
  const levels = spectrogram(samples, RATE, columns, rows);
  const palette = ramp(["--sono-0", "--sono-1", "--sono-2", "--sono-3"].map(color));
  const image = new ImageData(columns, rows);
  levels.forEach((level, i) => {
    const shade = Math.round(255 * Math.max(0, 1 + level / RANGE_DB));
    const at = (rows - 1 - (i % rows)) * columns + Math.floor(i / rows);
    image.data.set(palette.subarray(4 * shade, 4 * shade + 4), 4 * at);
  });
  const sheet = new OffscreenCanvas(columns, rows);
  sheet.getContext("2d").putImageData(image, 0, 0);
  return sheet;
}

/** 256 RGBA colors that go through the stops. */
function ramp(stops) {
  const context = new OffscreenCanvas(256, 1).getContext("2d");
  context.fillStyle = context.createLinearGradient(0, 0, 256, 0);
  stops.forEach((stop, i) => context.fillStyle.addColorStop(i / (stops.length - 1), stop));
  context.fillRect(0, 0, 256, 1);
  return context.getImageData(0, 0, 256, 1).data;
}

function drawAxes(context, { x, y, w, h, bottom }, color, duration) {
  context.strokeStyle = color("--rule");
  context.fillStyle = color("--soft");
  context.lineWidth = 1;
  context.strokeRect(x - 0.5, y - 0.5, w + 1, h + 1);
  const tick = (x0, y0, x1, y1) => {
    context.beginPath();
    context.moveTo(x0, y0);
    context.lineTo(x1, y1);
    context.stroke();
  };
  context.textAlign = "right";
  context.textBaseline = "middle";
  for (const hz of HERTZ) {
    const at = Math.round(y + h * (1 - mel(hz) / mel(RATE / 2))) - 0.5;
    tick(x - 5, at, x, at);
    context.fillText(hz < 1000 ? `${hz} Hz` : `${hz / 1000} kHz`, x - 8, at);
  }
  context.textBaseline = "top";
  const step = STEPS_S.find((s) => (s / duration) * w >= 64) ?? 600;
  for (let i = 0; i * step <= duration; i++) {
    const at = Math.round(x + (i * step * w) / duration) - 0.5;
    tick(at, bottom, at, bottom + 5);
    context.textAlign = at + 20 > x + w ? "right" : "center";
    context.fillText(`${Number((i * step).toFixed(2))} s`, at, bottom + 9);
  }
}
