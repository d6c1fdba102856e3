/** How launcher and empty window look: `launcher.css`, which `chat/bundle.py` puts here. `panel.css` comes with the words. */

export const STYLES = "";
