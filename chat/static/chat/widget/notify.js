import { Store } from "./store.js";
import { t } from "./words.js";

/** What tells a visitor who looks elsewhere that somebody has answered: a sound (off until wished for), the title. */

const FLASH_EVERY = 1200;

export class Notifier {
  /** @type {any} */
  flashing = 0;
  title = "";

  /** @param {Store} store */
  constructor(store) {
    this.store = store;
    document.addEventListener("visibilitychange", () => document.hidden || this.calm());
  }

  /** @param {"sound" | "flash"} name */
  wanted(name) {
    return this.store.get(name) ?? name === "flash";
  }

  /** Somebody has answered. */
  ring() {
    if (this.wanted("sound")) this.beep();
    if (!document.hidden || this.flashing || !this.wanted("flash")) return;
    const title = (this.title = document.title);
    this.flashing = setInterval(() => (document.title = document.title === title ? t("newMessage") : title), FLASH_EVERY);
  }

  calm() {
    if (this.flashing) document.title = this.title;
    clearInterval(this.flashing);
    this.flashing = 0;
  }

  beep() {
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
}
