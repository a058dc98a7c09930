// Lists channels and threads beside Preview's conversation, and brings the page back after `make play` was restarted.
// A tab's place and member stand in its address: /?place=ID&as=ID#KEY.

const LOOK_EVERY_MS = 500;
const PATIENCE = 30; // looks, for a conversation that does not appear
const language = navigator.language.startsWith("zh") ? "zh" : "en";
const STOPPED = {
  en: "Greenbeard is not running. Start it again with make play; this page then goes on by itself.",
  zh: "Greenbeard 没有在运行。再次 make play，这个页面就会自己接上。",
}[language];
const OUTDATED = {
  en: "This address is out of date. Open the one that make play printed.",
  zh: "这个地址已经过期，请打开 make play 显示的那一个。",
}[language];

const key = window.location.hash.slice(1);
const wanted = new URLSearchParams(window.location.search);
const list = document.getElementById("places-list");
const stopped = document.getElementById("play-stopped");
const seen = JSON.parse(sessionStorage.getItem("seen") ?? "null");
let newest = seen;
let drawn = "";
let looksWithoutPage = 0;

function address(place, member) {
  return `/?${new URLSearchParams({ place, as: member })}#${key}`;
}

function complain(sentence) {
  stopped.textContent = sentence;
  stopped.hidden = !sentence;
}

function entry(place, current, member) {
  const link = document.createElement("a");
  link.className = place.thread ? "place place-thread" : "place";
  link.href = address(place.id, member);
  link.textContent = place.name;
  if (place.id === current) link.setAttribute("aria-current", "page");
  else if (newest && BigInt(place.newest) > BigInt(newest[place.id] ?? 0)) link.classList.add("place-news");
  if (place.archived) link.classList.add("place-archived");
  const item = document.createElement("li");
  item.append(link);
  return item;
}

function draw(places, current, member) {
  newest ??= Object.fromEntries(places.map((place) => [place.id, place.newest]));
  const here = places.find((place) => place.id === current);
  newest[current] = here.newest;
  sessionStorage.setItem("seen", JSON.stringify(newest));
  document.title = `#${here.name} · Greenbeard`;
  list.replaceChildren(...places.map((place) => entry(place, current, member)));
}

async function look() {
  const page = window.simcordPreview;
  const member = page?.viewerId ?? wanted.get("as") ?? "";
  const headers = { "X-Simcord-Capability": key };
  const answer = await fetch(`/api/places?as=${member}`, { headers, cache: "no-store" }).catch(() => null);
  if (answer?.status === 401) return complain(OUTDATED);
  if (!answer?.ok) return complain(STOPPED);
  complain("");
  const places = await answer.json();
  const current = wanted.get("place") ?? places[0].id;
  if (!places.some((place) => place.id === current)) return window.location.assign(address(places[0].id, member));
  looksWithoutPage = page?.authorized ? 0 : looksWithoutPage + 1;
  if (looksWithoutPage && (page?.contextId || looksWithoutPage > PATIENCE)) return window.location.reload();
  const now = JSON.stringify([places, current, member]);
  if (now !== drawn) draw(places, current, member);
  drawn = now;
}

async function keepLooking() {
  await look();
  setTimeout(keepLooking, LOOK_EVERY_MS);
}

function showEnd() {
  const timeline = document.getElementById("channel-timeline");
  timeline.scrollTop = timeline.scrollHeight;
}

// Names of threads, and links to messages, lead to their place on this page.
document.addEventListener("click", (event) => {
  const link = event.target instanceof Element && event.target.closest('[data-place], a[href^="https://discord.com/channels/"]');
  if (!link) return;
  event.preventDefault();
  window.location.assign(address(link.dataset.place ?? link.pathname.split("/")[3], window.simcordPreview.viewerId));
});
// Whoever sends something wants to see what comes of it.
document.getElementById("channel-composer").addEventListener("keydown", (event) => event.key === "Enter" && showEnd());
document.getElementById("channel-composer").addEventListener("submit", showEnd, true);
for (const help of document.querySelectorAll(".places-help")) help.hidden = help.lang !== language;
void keepLooking();
