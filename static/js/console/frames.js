// Mail in HTML stands in a sandboxed frame without scripts; it is as high as its content.
import { toEnd } from "./conversation.js";

const MOST_PX = 20_000;

/** @param {HTMLIFrameElement} frame */
function fit(frame) {
  const page = frame.contentDocument;
  if (!page?.body) return;
  const box = document.querySelector("[data-scroller]");
  const atEnd = box && !document.getElementById("new-line") && box.scrollHeight - box.scrollTop - box.clientHeight < 40;
  const height = Math.min(MOST_PX, Math.ceil(Math.max(page.documentElement.offsetHeight, page.body.scrollHeight)));
  if (height && Math.abs(frame.clientHeight - height) > 1) frame.height = String(height);
  if (atEnd) toEnd();
}

/** @param {HTMLIFrameElement} frame */
function watch(frame) {
  const page = frame.contentDocument;
  if (!page?.body || frame.dataset.fitted === page.URL) return;
  frame.dataset.fitted = page.URL;
  fit(frame);
  new ResizeObserver(() => fit(frame)).observe(page.body);
}

// `load` does not bubble, but it can be caught on its way down.
document.addEventListener(
  "load",
  (event) => {
    if (event.target instanceof HTMLIFrameElement && event.target.matches("[data-mail-frame]")) watch(event.target);
  },
  true,
);
for (const frame of document.querySelectorAll("iframe[data-mail-frame]")) watch(/** @type {HTMLIFrameElement} */ (frame));
