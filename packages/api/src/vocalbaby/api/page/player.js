// Playback of the selected recording, and the line that moves over its figure.
import { byId } from "./dom.js";
import { positionOf } from "./figure.js";
import { session } from "./session.js";

export const player = new Audio();

/** Load a file in place of the one before. */
export function loadFile(file) {
  URL.revokeObjectURL(player.src);
  player.src = URL.createObjectURL(file);
}

/** Play from the start, or stop. */
export function togglePlayback() {
  if (player.paused) {
    player.currentTime = 0;
    player.play();
  } else {
    player.pause();
  }
}

function movePlayhead() {
  const playhead = byId("playhead");
  playhead.hidden = player.paused;
  byId("play").textContent = player.paused ? "Play" : "Stop playing";
  if (player.paused) return;
  const share = player.currentTime / session.selected.duration;
  playhead.style.left = `${positionOf(byId("canvas"), share)}px`;
  requestAnimationFrame(movePlayhead);
}

player.onplay = movePlayhead;
player.onpause = movePlayhead;
player.onended = movePlayhead;
