/** The looks: `widget.css`, which `chat/bundle.py` puts here. */

export const STYLES = "";
