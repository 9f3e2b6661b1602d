// Signal processing: a WAV encoder, a Fourier transform and a spectrogram.

/** Return a 16-bit mono PCM WAV of samples in [-1, 1]. */
export function encodeWav(samples, rate) {
  const size = 2 * samples.length;
  const bytes = new ArrayBuffer(44 + size);
  // "RIFF", length, "WAVE", "fmt ", 16, PCM and 1 channel, rates, 2 bytes and 16 bits, "data"
  new Uint32Array(bytes, 0, 11).set([0x46464952, 36 + size, 0x45564157, 0x20746d66, 16,
    1 | (1 << 16), rate, 2 * rate, 2 | (16 << 16), 0x61746164, size]);
  const toInt16 = (x) => Math.round(32767 * Math.max(-1, Math.min(1, x)));
  new Int16Array(bytes, 44).set(samples.map(toInt16));
  return bytes;
}

/** Discrete Fourier transform in place; the length is a power of two. */
export function fft(re, im) {
  const n = re.length;
  for (let i = 1, j = 0; i < n; i++) {
    let bit = n >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) {
      [re[i], re[j]] = [re[j], re[i]];
      [im[i], im[j]] = [im[j], im[i]];
    }
  }
  for (let size = 2; size <= n; size *= 2) {
    const half = size / 2;
    for (let k = 0; k < half; k++) {
      const c = Math.cos((-2 * Math.PI * k) / size);
      const s = Math.sin((-2 * Math.PI * k) / size);
      for (let a = k; a < n; a += size) {
        const b = a + half;
        const x = re[b] * c - im[b] * s;
        const y = re[b] * s + im[b] * c;
        re[b] = re[a] - x;
        im[b] = im[a] - y;
        re[a] += x;
        im[a] += y;
      }
    }
  }
}

export const mel = (hz) => 2595 * Math.log10(1 + hz / 700); // O'Shaughnessy (1987)
export const hertz = (m) => 700 * (10 ** (m / 2595) - 1);

const WINDOW_S = 0.025;
const FAINT_DB = -50; // the least level of the loudest point, so that silence stays blank

/**
 * Return levels in dB relative to the loudest point, on a mel axis from 0 Hz to half the rate,
 * as a Float32Array of (columns, rows). Row 0 is the lowest frequency.
 */
export function spectrogram(samples, rate, columns, rows) {
  const width = Math.round(WINDOW_S * rate);
  const size = 2 ** Math.ceil(Math.log2(width));
  const hann = Float64Array.from(
    { length: width },
    (_, i) => Math.sin((Math.PI * (i + 0.5)) / width) ** 2,
  );
  const bins = Array.from({ length: rows }, (_, r) =>
    (hertz((mel(rate / 2) * (r + 0.5)) / rows) * size) / rate);
  const levels = new Float32Array(columns * rows);
  const re = new Float64Array(size);
  const im = new Float64Array(size);
  let top = FAINT_DB;
  for (let column = 0; column < columns; column++) {
    const first = Math.round(((column + 0.5) * samples.length) / columns - width / 2);
    re.fill(0);
    im.fill(0);
    for (let i = 0; i < width; i++) {
      const at = first + i;
      // Pre-emphasis, as usual in phonetics: without it nothing is visible above 2 kHz.
      if (at > 0 && at < samples.length) re[i] = (samples[at] - 0.95 * samples[at - 1]) * hann[i];
    }
    fft(re, im);
    for (let row = 0; row < rows; row++) {
      const low = Math.floor(bins[row]);
      const part = bins[row] - low;
      const power = (k) => re[k] ** 2 + im[k] ** 2;
      const level = 10 * Math.log10((1 - part) * power(low) + part * power(low + 1) + 1e-12);
      levels[column * rows + row] = level;
      top = Math.max(top, level);
    }
  }
  return levels.map((level) => level - top);
}
