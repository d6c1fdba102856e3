// Behaviour of every page. One module per behaviour; each binds itself by data attributes.
import "./menu.js";
import "./rail.js";
import "./toasts.js";
import "./time.js";
import "./focus.js";
import "./help.js";
