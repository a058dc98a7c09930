// The menu of a message (right click, long press or the menu key): what the bot adds to it, as in Discord under "Apps".

const key = window.location.hash.slice(1);
const menu = document.getElementById("play-menu");

function ask(path, options = {}) {
  const page = window.simcordPreview;
  const headers = { "X-Simcord-Capability": key, "X-Simcord-Context": page.contextId, "Content-Type": "application/json" };
  return fetch(`${path}?as=${page.viewerId}`, { headers, cache: "no-store", ...options });
}

function close() {
  menu.hidden = true;
}

async function choose(message, entry) {
  close();
  await ask("/api/menu", { method: "POST", body: JSON.stringify({ message, entry }) });
}

function button(message, label, entry) {
  const item = document.createElement("button");
  item.type = "button";
  item.role = "menuitem";
  item.textContent = label;
  item.addEventListener("click", () => void choose(message, entry));
  return item;
}

async function open(message, left, top) {
  const answer = await ask("/api/menu").catch(() => null);
  const entries = answer?.ok ? Object.entries(await answer.json()) : [];
  if (!entries.length) return;
  menu.replaceChildren(...entries.map(([label, entry]) => button(message, label, entry)));
  menu.hidden = false;
  menu.style.left = `${Math.min(left, window.innerWidth - menu.offsetWidth - 8)}px`;
  menu.style.top = `${Math.min(top, window.innerHeight - menu.offsetHeight - 8)}px`;
  menu.firstElementChild.focus();
}

document.addEventListener("contextmenu", (event) => {
  const message = event.target instanceof Element && event.target.closest(".channel-message")?.dataset.messageId;
  if (!message || event.target.closest("a, input, textarea") || String(window.getSelection())) return;
  event.preventDefault();
  void open(message, event.clientX, event.clientY);
});
document.addEventListener("pointerdown", (event) => menu.contains(event.target) || close());
document.addEventListener("keydown", (event) => event.key === "Escape" && close());
