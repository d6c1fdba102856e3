import { t } from "./words.js";

/** What tells a visitor who looks elsewhere that somebody has answered: a sound (off until wished for), the title. */

/** @typedef {ReturnType<typeof makeNotifier>} Notifier */

const FLASH_EVERY = 1200;

/** @param {import("./store.js").Store} store */
export function makeNotifier(store) {
  /** @type {any} */
  let flashing = 0;
  let title = "";
  document.addEventListener("visibilitychange", () => document.hidden || calm());

  /** @param {"sound" | "flash"} name */
  function wanted(name) {
    return store.get(name) ?? name === "flash";
  }

  /** Somebody has answered. */
  function ring() {
    if (wanted("sound")) beep();
    if (!document.hidden || flashing || !wanted("flash")) return;
    title = document.title;
    flashing = setInterval(() => (document.title = document.title === title ? t("newMessage") : title), FLASH_EVERY);
  }

  function calm() {
    if (flashing) document.title = title;
    clearInterval(flashing);
    flashing = 0;
  }

  return { wanted, ring };
}

function beep() {
  try {
    const audio = new AudioContext();
    const tone = audio.createOscillator();
    const volume = audio.createGain();
    tone.connect(volume).connect(audio.destination);
    volume.gain.value = 0.08;
    tone.start();
    tone.stop(0.2);
  } catch {
    // No audio device, or not allowed before the visitor has touched the page.
  }
}
