// The list of marks that wait on this device, on every page of whoever marks: how old each is, and what is wrong.
"use strict";

const waiting = {
  start(section) {
    const { account, sync, renew, csrf } = section.dataset;
    queue.start({ account, sync, renew, csrf });
    const show = () => waiting.show(section).catch(() => (section.hidden = true));
    queue.watchers.add(show);
    section.querySelector("[data-send]").addEventListener("click", () => queue.send());
    section.querySelector("[data-export]").addEventListener("click", waiting.download);
    section.addEventListener("click", (event) => {
      const button = event.target.closest("[data-put-away]");
      if (button) waiting.putAway(Number(button.dataset.putAway));
    });
    document.querySelectorAll("form[action$='/sign-out']").forEach((form) => waiting.guard(section, form));
    setInterval(show, 30_000);
    show();
    queue.send();
  },

  async show(section) {
    const all = await queue.all();
    const mine = all.filter((mark) => mark.account === queue.about.account);
    const listed = mine.filter((mark) => queue.waiting(mark) || queue.told(mark));
    const waits = listed.filter(queue.waiting).length;
    const theirs = all.filter((mark) => mark.account !== queue.about.account && queue.waiting(mark)).length;
    section.hidden = listed.length + theirs === 0;
    waiting.number(section, "waits", waits);
    waiting.number(section, "told", listed.length - waits);
    waiting.number(section, "theirs", theirs);
    section.querySelectorAll("[data-why]").forEach((why) => (why.hidden = waits === 0 || why.dataset.why !== queue.trouble));
    section.querySelector("[data-said]").textContent = queue.said;
    section.querySelector("[data-send]").hidden = waits === 0;
    section.querySelector("[data-export]").hidden = listed.length === 0;
    section.querySelector("[data-list]").replaceChildren(...listed.map((mark) => waiting.item(section, mark)));
  },

  number(section, name, count) {
    const line = section.querySelector(`[data-${name}]`);
    line.hidden = count === 0;
    line.querySelector("[data-count]").textContent = String(count);
  },

  item(section, mark) {
    const item = section.querySelector("[data-item]").content.cloneNode(true);
    waiting.tell(item, mark);
    item.querySelector("[data-message]").textContent = mark.answer?.message ?? "";
    item.querySelector("[data-settle]").href = `${mark.page}/settle`;
    item.querySelectorAll("[data-outcome]").forEach((one) => (one.hidden = one.dataset.outcome !== queue.outcome(mark)));
    const away = item.querySelector("[data-put-away]");
    away.hidden = queue.waiting(mark);
    away.dataset.putAway = mark.n;
    return item;
  },

  // Who was marked as what, in which register, and how long ago.
  tell(item, mark) {
    const put = (part, text) => (item.querySelector(`[data-${part}]`).textContent = text);
    const link = item.querySelector("a");
    put("who", mark.name);
    put("what", mark.minutes_late === null ? mark.title : `${mark.title} (${mark.minutes_late})`);
    put("age", waiting.age(mark.made_at));
    link.textContent = mark.about;
    link.href = mark.page;
  },

  // "4 minutes ago", in the page's language; by the device's own clock, which made the mark too.
  age(made) {
    const words = new Intl.RelativeTimeFormat(document.documentElement.lang, { numeric: "auto" });
    const minutes = Math.round((new Date(made) - Date.now()) / 60_000);
    if (Math.abs(minutes) < 60) return words.format(minutes, "minute");
    const hours = Math.round(minutes / 60);
    return Math.abs(hours) < 48 ? words.format(hours, "hour") : words.format(Math.round(hours / 24), "day");
  },

  // Only what was answered may go.
  async putAway(n) {
    const seen = (await queue.mine()).filter((mark) => mark.n === n && !queue.waiting(mark));
    if (seen.length) await queue.remove(seen);
  },

  // The last resort: everything of one's own as a file, in the very form in which it would be sent.
  async download() {
    const mine = await queue.mine();
    const kept = { account: queue.about.account, marks: mine };
    const address = URL.createObjectURL(new Blob([JSON.stringify(kept, null, 2)], { type: "application/json" }));
    const link = document.createElement("a");
    link.href = address;
    link.download = `padu-${new Date().toISOString().slice(0, 16).replace(/\D/g, "-")}.json`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(address), 60_000);
  },

  // Whoever signs out with marks that wait is told so once; they stay until the same account is back.
  guard(section, form) {
    let told = false;
    form.addEventListener("submit", async (event) => {
      if (told) return;
      event.preventDefault();
      await queue.send();
      const left = (await queue.mine().catch(() => [])).filter(queue.waiting);
      told = true;
      if (!left.length) return form.requestSubmit();
      section.querySelector("[data-leaving]").hidden = false;
      section.querySelector("details").open = true;
      section.scrollIntoView();
      return section.querySelector("[data-leaving]").focus();
    });
  },
};

document.querySelectorAll("#waiting").forEach(waiting.start);
