// Registers that the service worker keeps on this device: what it is told, and what a page from the device says.
"use strict";

const kept = {
  // Browsers have a worker only for pages that came by https, or from the machine itself.
  async start(account) {
    if (!navigator.serviceWorker) return;
    const { worker } = document.getElementById("waiting").dataset;
    navigator.serviceWorker.addEventListener("message", ({ data }) => kept.here(data?.kept ?? []));
    await navigator.serviceWorker.register(worker).catch(() => null);
    const registration = await navigator.serviceWorker.ready;
    const tell = (pages) => registration.active?.postMessage({ account, pages });
    const isRegister = document.querySelector("form[data-register][data-session]") !== null;
    const isFresh = !document.documentElement.dataset.kept;
    tell(isRegister && isFresh ? [location.pathname] : []);
    kept.refresh(tell);
  },

  // Whoever is about to lose the network wants to know whether this register will still open.
  here(pages) {
    const line = document.getElementById("on-device");
    if (line) line.hidden = !pages.includes(location.pathname);
  },

  // A register whose marks were sent is fetched anew, so that the one on the device has them too.
  refresh(tell) {
    let timer = 0;
    const known = new Set();
    queue.watchers.add(async () => {
      const answered = (await queue.mine().catch(() => [])).filter((mark) => !queue.waiting(mark) && !known.has(mark.id));
      const pages = new Set(answered.filter((mark) => mark.answered_at > performance.timeOrigin).map((mark) => mark.page));
      answered.forEach((mark) => known.add(mark.id));
      if (!pages.size) return;
      clearTimeout(timer);
      timer = setTimeout(() => tell([...pages]), 2_000);
    });
  },

  // A page from the device says so, and from when it is; it is loaded anew once the network is back.
  banner(notice) {
    const at = new Date(document.documentElement.dataset.kept);
    const { lang } = document.documentElement;
    const words = new Intl.DateTimeFormat(lang === "en" ? "en-GB" : lang, { dateStyle: "medium", timeStyle: "short" });
    notice.hidden = false;
    // What was said when it was made was said then.
    document.getElementById("notices")?.replaceChildren();
    document.querySelectorAll(".live-counts, .live-heads").forEach((counts) => counts.remove());
    notice.querySelector("time").dateTime = at.toISOString();
    notice.querySelector("time").textContent = words.format(at);
    notice.querySelector("[data-reload]").addEventListener("click", () => location.reload());
    const look = () => kept.back(notice);
    window.addEventListener("online", look);
    queue.watchers.add(look);
    setInterval(look, queue.EVERY);
  },

  // Once the server answers again, the page says so; it is still the one from the device until it is loaded anew.
  async back(notice) {
    if (!notice.querySelector("[data-away]:not([hidden])") || queue.trouble) return;
    try {
      await queue.renew();
    } catch {
      return;
    }
    notice.querySelector("[data-away]").hidden = true;
    notice.querySelector("[data-back]").hidden = false;
  },

  // The page that stands for all others without network lists what waits, of whoever is signed in on this device,
  async marks(section) {
    const about = await (await caches.match("/about-what-is-kept"))?.json();
    const all = about ? await queue.all().catch(() => []) : [];
    const waits = all.filter((mark) => mark.account === about.account && queue.waiting(mark));
    const items = waits.map((mark) => {
      const item = section.querySelector("template").content.cloneNode(true);
      waiting.tell(item, mark);
      return item;
    });
    section.querySelector("ul").replaceChildren(...items);
    section.hidden = items.length === 0;
  },

  // and the registers that are there.
  async list(element) {
    const cache = await caches.open("padu-kept");
    const pages = (await cache.keys()).filter((request) => new URL(request.url).pathname.startsWith("/cohorts/"));
    for (const request of pages) {
      const text = await (await cache.match(request)).text();
      const page = new DOMParser().parseFromString(text, "text/html");
      const link = document.createElement("a");
      const item = document.createElement("li");
      link.href = request.url;
      link.textContent = page.querySelector("h1")?.textContent.trim() || request.url;
      const about = document.createElement("span");
      about.className = "soft";
      about.textContent = page.querySelector(".lead")?.textContent.trim() ?? "";
      item.append(link, about);
      element.append(item);
    }
    document.querySelector("[data-no-pages]").hidden = pages.length > 0;
  },
};

if (document.documentElement.dataset.kept) document.querySelectorAll("#kept").forEach(kept.banner);
document.querySelectorAll("[data-kept-marks]").forEach(kept.marks);
document.querySelectorAll("[data-kept-pages]").forEach(kept.list);
if (document.getElementById("waiting")) kept.start(document.getElementById("waiting").dataset.account);
