/// <reference path="./types.d.ts" />
// The agent console. One module per behaviour; each binds itself by data attributes and finds its elements anew,
// because htmx replaces them.
import "./console/arrivals.js";
import "./console/availability.js";
import "./console/attention.js";
import "./console/bulk.js";
import "./console/chats.js";
import "./console/colleagues.js";
import "./console/composer.js";
import "./console/conversation.js";
import "./console/desk.js";
import "./console/frames.js";
import "./console/keyboard.js";
import "./console/list.js";
import "./console/panel.js";
import "./console/ready.js";
import "./console/selection.js";
import "./console/socket.js";
import "./console/mail.js";
import "./console/typing.js";
import "./console/company.js";
import "./console/fields.js";
