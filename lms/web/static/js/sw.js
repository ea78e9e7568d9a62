// The service worker: keeps today's registers of whoever is signed in on their device, so that they open without network.
// It keeps nothing else of anybody, and forgets everything when somebody signs in or out or another day begins.
"use strict";

const KEPT = "padu-kept";
const FILES = "padu-files";
const OFFLINE = "/offline";
const ABOUT = "/about-what-is-kept";
const TODAY = "/registers/today.json";
// Milliseconds: how long a page that is kept waits for the network, and how long it is shown at all.
const PATIENCE = 5_000;
const MOST_AGE = 36 * 3600 * 1000;
// Milliseconds between two looks at what there is today, and after which a page is brought anew.
const SOON = 60_000;
const STALE = 600_000;
const MOST_PAGES = 24;

const REGISTER = /^\/cohorts\/[^/]+\/sessions\/[^/]+$/;
const ENTRANCE = /^\/(sign-in|sign-out|o\/[^/]+\/sign-in|invitations\/|setup)/;
const ASSETS = /(?:src|href)="(\/(?:static\/|style\.css)[^"#]*\?v=[0-9a-f]+)/g;

self.addEventListener("install", (event) => event.waitUntil(self.skipWaiting()));
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (url.origin !== self.location.origin) return;
  if (request.method === "POST" && ENTRANCE.test(url.pathname)) event.waitUntil(forget());
  if (request.method !== "GET") return;
  const isFile = (url.pathname.startsWith("/static/") || url.pathname === "/style.css") && url.searchParams.has("v");
  if (isFile) event.respondWith(file(request));
  else if (request.mode === "navigate") event.respondWith(page(event, REGISTER.test(url.pathname)));
});

self.addEventListener("message", (event) => {
  const { account, pages } = event.data ?? {};
  if (account) event.waitUntil(keep(account, pages ?? []).then(() => tell(event.source)));
});

// A file whose address holds the hash of its content never changes.
async function file(request) {
  const files = await caches.open(FILES);
  const kept = await files.match(request);
  if (kept) return kept;
  const fresh = await fetch(request);
  if (fresh.ok) await files.put(request, fresh.clone());
  return fresh;
}

// The network first. Where it does not answer, or not in time, a register comes from the device.
async function page(event, isRegister) {
  const answer = fetch(event.request);
  if (!isRegister) return answer.catch(offline);
  const kept = await find(event.request.url);
  event.waitUntil(answer.then((fresh) => afterwards(event.request.url, fresh.clone())).catch(() => {}));
  if (!kept) return answer.catch(offline);
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE));
  const fresh = await Promise.race([answer.catch(() => null), late]);
  return fresh && fresh.status < 500 ? fresh : kept;
}

// A register that leads to the sign-in is nobody's any more; one that may not be seen is not kept.
async function afterwards(url, fresh) {
  if (fresh.type === "opaqueredirect" || fresh.status === 401) return forget();
  if (fresh.status === 403 || fresh.status === 404) return (await caches.open(KEPT)).delete(url);
  return store(url, fresh);
}

async function offline() {
  return (await caches.match(OFFLINE)) ?? Response.error();
}

// What is kept of an address, with or without its query, unless it is older than that.
async function find(url, age = MOST_AGE) {
  const kept = await caches.open(KEPT);
  const found = (await kept.match(url)) ?? (await kept.match(url, { ignoreSearch: true }));
  return found && Date.now() - Number(found.headers.get("X-Kept-At")) < age ? found : null;
}

// Keep a register that can be taken, of the account that is known here and of no other; it says of itself from when it is.
async function store(url, reply) {
  const about = await read();
  if (!about || reply.status !== 200) return;
  const text = await reply.text();
  const kept = await caches.open(KEPT);
  if (!text.includes(`data-account="${about.account}"`) || !text.includes('data-session="')) {
    await kept.delete(url);
    return;
  }
  const headers = new Headers(reply.headers);
  const now = Date.now();
  headers.set("X-Kept-At", String(now));
  headers.delete("Content-Length");
  headers.delete("Content-Encoding");
  const body = text.replace("<html", `<html data-kept="${new Date(now).toISOString()}"`);
  await kept.put(url, new Response(body, { headers }));
  await storeFiles(text);
}

async function storeFiles(text) {
  const files = await caches.open(FILES);
  for (const [, address] of text.matchAll(ASSETS)) {
    if (!(await files.match(address))) await files.add(address).catch(() => {});
  }
}

async function read() {
  const kept = await caches.open(KEPT);
  const about = await kept.match(ABOUT);
  return about ? about.json() : null;
}

async function forget() {
  await caches.delete(KEPT);
  await caches.delete(FILES);
}

// Bring along what this account marks today, and the pages named: they have just been opened, or have new marks.
async function keep(account, pages) {
  const today = await look(account);
  const wanted = new Set([...pages, ...(today?.pages ?? [])]);
  for (const path of [...wanted].filter((one) => REGISTER.test(one)).slice(0, MOST_PAGES)) {
    const url = new URL(path, self.location.origin).href;
    if (pages.includes(path) || !(await find(url, STALE))) await afterwards(url, await fetch(url, { cache: "no-store" }));
  }
}

// What there is today; null where that was asked a moment ago. Another account or day begins with nothing kept.
async function look(account) {
  const about = await read();
  if (about?.account === account && Math.abs(Date.now() - about.looked) < SOON) return null;
  if (about?.account !== account) await forget();
  const reply = await fetch(TODAY, { headers: { Accept: "application/json" }, cache: "no-store" });
  const today = reply.ok && !reply.redirected ? await reply.json() : null;
  if (today?.account !== account || about?.day !== today.day) await forget();
  if (today?.account !== account) return null;
  const kept = await caches.open(KEPT);
  await kept.put(ABOUT, new Response(JSON.stringify({ account, day: today.day, looked: Date.now() })));
  await storeOffline(kept);
  return today;
}

// Tell the page that asked what is on the device now.
async function tell(client) {
  const kept = await caches.open(KEPT);
  client?.postMessage({ kept: (await kept.keys()).map((request) => new URL(request.url).pathname) });
}

// The page for every other address without network; it is the same for everybody.
async function storeOffline(kept) {
  const reply = await fetch(OFFLINE, { cache: "no-store" });
  if (!reply.ok) return;
  await storeFiles(await reply.clone().text());
  await kept.put(OFFLINE, reply);
}
