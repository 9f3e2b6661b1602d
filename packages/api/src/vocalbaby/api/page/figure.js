// The plate: waveform above spectrogram, in ink on paper or light on dark.
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

/** Where a moment stands, in CSS pixels from the left of the canvas. */
export const xOf = (canvas, share) => LEFT + share * (canvas.clientWidth - LEFT - RIGHT);

/** Draw samples (at RATE), or only the axes where there are none. */
export function draw(canvas, samples) {
  if (!canvas.clientWidth) return; // no style sheet yet
  const { g, width, height, ink } = prepare(canvas);
  const plot = { x: LEFT, w: width - LEFT - RIGHT, top: TOP, bottom: height - BOTTOM };
  const wave = Math.round((plot.bottom - plot.top) * WAVE_SHARE);
  const sono = { ...plot, y: TOP + wave + GAP, h: plot.bottom - TOP - wave - GAP };
  if (samples?.length) {
    drawSono(g, samples, sono, ink);
    drawWave(g, samples, plot, wave, ink("--ink"));
  } else {
    g.fillStyle = ink("--rule");
    g.fillRect(LEFT, TOP + wave / 2, plot.w, 1);
  }
  drawAxes(g, sono, ink, (samples?.length || RATE) / RATE);
}

/** Draw the loudness of a recording under way, newest at the right. */
export function drawLive(canvas, peaks) {
  const { g, width, height, ink } = prepare(canvas);
  g.fillStyle = ink("--accent");
  const shown = peaks.slice(-Math.floor((width - LEFT - RIGHT) / 3));
  shown.forEach((peak, i) => {
    const tall = Math.max(1, Math.sqrt(peak) * (height - TOP - BOTTOM));
    g.fillRect(width - RIGHT - 3 * (shown.length - i), (height - tall) / 2, 2, tall);
  });
}

function prepare(canvas) {
  const { clientWidth: width, clientHeight: height } = canvas;
  const scale = devicePixelRatio;
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  const g = canvas.getContext("2d");
  g.scale(scale, scale);
  const style = getComputedStyle(canvas);
  g.font = `${style.fontSize} ${style.fontFamily}`;
  return { g, width, height, ink: (name) => style.getPropertyValue(name).trim() };
}

function drawWave(g, samples, { x, w, top }, high, colour) {
  const loudest = samples.reduce((peak, s) => Math.max(peak, Math.abs(s)), 1e-4);
  const y = (s) => top + (high / 2) * (1 - s / loudest);
  g.fillStyle = colour;
  for (let column = 0; column < w; column += 0.5) {
    const from = Math.floor((column / w) * samples.length);
    const to = Math.max(from + 1, Math.floor(((column + 0.5) / w) * samples.length));
    let [low, up] = [samples[from], samples[from]];
    for (let i = from; i < to; i++) {
      low = Math.min(low, samples[i]);
      up = Math.max(up, samples[i]);
    }
    g.fillRect(x + column, y(up), 0.6, Math.max(0.6, y(low) - y(up)));
  }
}

function drawSono(g, samples, { x, y, w, h }, ink) {
  const columns = Math.round(Math.min(w * devicePixelRatio, 1400));
  const rows = Math.round(Math.min(h * devicePixelRatio, 400));
  const levels = spectrogram(samples, RATE, columns, rows);
  const palette = ramp(["--sono-0", "--sono-1", "--sono-2", "--sono-3"].map(ink));
  const image = new ImageData(columns, rows);
  levels.forEach((level, i) => {
    const shade = Math.round(255 * Math.max(0, 1 + level / RANGE_DB));
    const at = (rows - 1 - (i % rows)) * columns + Math.floor(i / rows);
    image.data.set(palette.subarray(4 * shade, 4 * shade + 4), 4 * at);
  });
  const sheet = new OffscreenCanvas(columns, rows);
  sheet.getContext("2d").putImageData(image, 0, 0);
  g.drawImage(sheet, x, y, w, h);
}

/** 256 RGBA colours that go through the stops. */
function ramp(stops) {
  const g = new OffscreenCanvas(256, 1).getContext("2d");
  g.fillStyle = g.createLinearGradient(0, 0, 256, 0);
  stops.forEach((stop, i) => g.fillStyle.addColorStop(i / (stops.length - 1), stop));
  g.fillRect(0, 0, 256, 1);
  return g.getImageData(0, 0, 256, 1).data;
}

function drawAxes(g, { x, y, w, h, bottom }, ink, duration) {
  g.strokeStyle = ink("--rule");
  g.fillStyle = ink("--soft");
  g.lineWidth = 1;
  g.strokeRect(x - 0.5, y - 0.5, w + 1, h + 1);
  const tick = (x0, y0, x1, y1) => { g.beginPath(); g.moveTo(x0, y0); g.lineTo(x1, y1); g.stroke(); };
  g.textAlign = "right";
  g.textBaseline = "middle";
  for (const hz of HERTZ) {
    const at = Math.round(y + h * (1 - mel(hz) / mel(RATE / 2))) - 0.5;
    tick(x - 5, at, x, at);
    g.fillText(hz < 1000 ? `${hz} Hz` : `${hz / 1000} kHz`, x - 8, at);
  }
  g.textBaseline = "top";
  const step = STEPS_S.find((s) => (s / duration) * w >= 64) ?? 600;
  for (let i = 0; i * step <= duration; i++) {
    const at = Math.round(x + (i * step * w) / duration) - 0.5;
    tick(at, bottom, at, bottom + 5);
    g.textAlign = at + 20 > x + w ? "right" : "center";
    g.fillText(`${Number((i * step).toFixed(2))} s`, at, bottom + 9);
  }
}
