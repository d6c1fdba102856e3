// The menu with what one can do with a chat closes when it was done; caught on the way down, so that the header, which
// stays as it is while somebody uses it, is free when the conversation is fetched anew.
document.addEventListener(
  "conversation:changed",
  () => {
    const menu = document.querySelector("#menu-chat[open]");
    if (!menu) return;
    menu.removeAttribute("open");
    document.getElementById("conversation")?.focus();
  },
  true,
);
