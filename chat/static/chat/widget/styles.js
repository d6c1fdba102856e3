/** How everything looks: `launcher.css` and `panel.css`, which `chat/bundle.py` puts here. */

export const STYLES = "";
