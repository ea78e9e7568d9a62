// The queue of marks: each is kept on this device, under an id of its own, until the server has answered for it.
"use strict";

// Why marks could not be sent: offline, signed-out, someone-else or server; `said` is the server's own sentence.
class Trouble extends Error {
  constructor(kind, said = "") {
    super(kind);
    Object.assign(this, { kind, said });
  }
}

const queue = {
  EVERY: 15_000,
  LONGEST_PAUSE: 240_000,
  PATIENCE: 30_000,
  MOST_BYTES: 200_000,
  MOST_DAYS: 2,
  SURE: 60_000,

  // What the page says: who is signed in, where marks are sent to, and the token that goes with them.
  about: null,
  // The kind of Trouble that there is, "" while nothing is wrong.
  trouble: "",
  said: "",
  most: 200,
  failures: 0,
  next: 0,
  // Until when it is taken for granted who is signed in.
  sure: 0,
  sending: null,
  again: false,
  watchers: new Set(),

  // Browsers know randomUUID only on pages that came by https.
  newId() {
    if (crypto.randomUUID) return crypto.randomUUID();
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
  },

  // The store, opened once. It rejects where the browser keeps nothing for this site.
  open() {
    queue.opened ??= new Promise((resolve, reject) => {
      const request = indexedDB.open("padu", 1);
      request.onupgradeneeded = () => request.result.createObjectStore("marks", { keyPath: "n", autoIncrement: true });
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
    return queue.opened;
  },

  // One transaction; it has happened once it is on the disk, whatever becomes of the battery.
  async work(mode, action) {
    const database = await queue.open();
    return new Promise((resolve, reject) => {
      const transaction = database.transaction("marks", mode, mode === "readwrite" ? { durability: "strict" } : {});
      const request = action(transaction.objectStore("marks"));
      // It is carried out even if the page is left at this moment.
      if (mode === "readwrite") transaction.commit?.();
      transaction.oncomplete = () => resolve(request?.result);
      transaction.onabort = transaction.onerror = () => reject(transaction.error);
    });
  },

  // Everything that is kept, in the order in which it was made.
  all: () => queue.work("readonly", (store) => store.getAll()),

  // Those of whoever is signed in; `theirs` are another account's, which are sent when that one signs in here.
  async mine() {
    return (await queue.all()).filter((mark) => mark.account === queue.about.account);
  },

  waiting: (mark) => !mark.answer,
  // What a person has to see: it was kept by the server to be settled, or could not be taken at all.
  told: (mark) => ["contested", "refused"].includes(queue.outcome(mark)),

  // What became of a mark. A repeated one's answer tells what became of it the first time.
  outcome(mark) {
    if (!mark.answer) return "waiting";
    const { outcome, why } = mark.answer;
    if (outcome === "repeated") return why ? "contested" : "recorded";
    return outcome;
  },

  // Keep marks: they are on the disk when this returns.
  add: (marks) => queue.work("readwrite", (store) => marks.forEach((mark) => store.add(mark))),

  remove: (marks) =>
    queue
      .work("readwrite", (store) => marks.forEach((mark) => store.delete(mark.n)))
      .then(() => queue.changed()),

  // Tell this page, and the others that are open.
  changed() {
    queue.watchers.forEach((watch) => watch());
    queue.channel?.postMessage("changed");
  },

  // Send what waits. One page of the browser does so at a time; another that is asked to goes on when that one is done.
  send() {
    if (!queue.about || queue.trouble === "someone-else") return Promise.resolve();
    queue.again = Boolean(queue.sending);
    queue.sending ??= queue.turn().finally(() => {
      queue.sending = null;
      if (queue.again) queue.send();
    });
    return queue.sending;
  },

  async turn() {
    try {
      await (navigator.locks ? navigator.locks.request("padu-queue", queue.empty) : queue.empty());
      queue.settle("");
    } catch (trouble) {
      queue.settle(trouble.kind ?? "server", trouble.said);
    }
  },

  // Each failure in a row doubles the pause, and no two devices of a room come back at the same moment.
  settle(trouble, said = "") {
    queue.failures = trouble ? queue.failures + 1 : 0;
    if (trouble) queue.sure = 0;
    const pause = Math.min(queue.EVERY * 2 ** (queue.failures - 1), queue.LONGEST_PAUSE);
    queue.next = trouble ? Date.now() + pause * (0.75 + Math.random() / 2) : 0;
    const differs = trouble !== queue.trouble || said !== queue.said;
    [queue.trouble, queue.said] = [trouble, said];
    // What has to wait must outlast a browser that is short of room.
    if (trouble && differs) navigator.storage?.persist?.().catch(() => {});
    if (differs) queue.watchers.forEach((watch) => watch());
  },

  async empty() {
    for (;;) {
      const waiting = (await queue.mine()).filter(queue.waiting);
      if (!waiting.length) return;
      // Somebody else may have signed in since: nothing is sent under their name.
      if (Date.now() > queue.sure) await queue.renew();
      const reply = await queue.post(queue.batch(waiting));
      const answers = new Map(reply.marks.map((answer) => [answer.id, answer]));
      const answered = waiting.filter((mark) => answers.has(mark.id));
      if (!answered.length) throw new Trouble("server");
      for (const mark of answered) {
        mark.answer = answers.get(mark.id);
        mark.answered_at = Date.now();
      }
      await queue.work("readwrite", (store) => answered.forEach((mark) => store.put(mark)));
      queue.failures = 0;
      queue.sure = Date.now() + queue.SURE;
      queue.changed();
    }
  },

  // As many from the front as the server takes at once.
  batch(waiting) {
    let bytes = 0;
    const fits = (mark, index) => {
      bytes += new TextEncoder().encode(JSON.stringify(queue.sent(mark))).length + 1;
      return index === 0 || (index < queue.most && bytes <= queue.MOST_BYTES);
    };
    const end = waiting.findIndex((mark, index) => !fits(mark, index));
    return end < 0 ? waiting : waiting.slice(0, end);
  },

  // A mark as the server takes it; the rest of what is kept is for the eye.
  sent: ({ id, session, participant, status, minutes_late, remark, made_at, seen }) => ({
    id,
    session,
    participant,
    status,
    minutes_late,
    remark,
    made_at,
    seen,
  }),

  async post(marks, again = false) {
    // The server knows the device by its cookie, and looks whether the account is still the one that made the marks.
    const body = { account: queue.about.account, marks: marks.map(queue.sent) };
    const reply = await queue.ask(queue.about.sync, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRFToken": queue.about.csrf },
      body: JSON.stringify({ sent_at: new Date().toISOString(), ...body }),
    });
    if (reply.status === 413) queue.most = Math.max(1, Math.floor(marks.length / 2));
    // A token that the page has kept for long may have been replaced since.
    if (reply.status === 400 && !again) {
      await queue.renew();
      return queue.post(marks, true);
    }
    const said = await reply.json().catch(() => null);
    if (reply.status === 409) throw new Trouble("someone-else");
    if (!reply.ok) throw new Trouble("server", said?.error);
    // A hotel's network answers for everybody, but not like this.
    if (!Array.isArray(said?.marks)) throw new Trouble("offline");
    return said;
  },

  async ask(address, options = {}) {
    const headers = { Accept: "application/json", ...options.headers };
    const signal = AbortSignal.timeout?.(queue.PATIENCE);
    const reply = await fetch(address, { ...options, headers, signal, cache: "no-store", redirect: "error" }).catch(() => {
      throw new Trouble("offline");
    });
    if (reply.status === 401) throw new Trouble("signed-out");
    return reply;
  },

  async renew() {
    const reply = await queue.ask(queue.about.renew);
    const fresh = await reply.json().catch(() => null);
    if (!fresh?.csrf) throw new Trouble("offline");
    if (fresh.account !== queue.about.account) throw new Trouble("someone-else");
    queue.about.csrf = fresh.csrf;
  },

  // Drop what a fresh page shows anyway, and answers that nobody will look for any more.
  async tidy(fresh) {
    const old = Date.now() - queue.MOST_DAYS * 24 * 3600 * 1000;
    const shown = (mark) => mark.answer && !queue.told(mark);
    const over = (mark) => mark.answered_at < old || (mark.session === fresh && mark.answered_at < performance.timeOrigin);
    const done = (await queue.all()).filter((mark) => shown(mark) && over(mark));
    if (done.length) await queue.remove(done);
  },

  start(about) {
    queue.about = { ...about };
    if (!document.documentElement.dataset.kept) queue.sure = Date.now() + queue.SURE;
    if (window.BroadcastChannel) {
      queue.channel = new BroadcastChannel("padu-queue");
      queue.channel.onmessage = ({ data }) => {
        // Where somebody else has signed in on another page, nothing of ours is sent under their name.
        if (data.account) queue.settle(data.account === queue.about.account ? "" : "someone-else");
        queue.watchers.forEach((watch) => watch());
      };
      queue.channel.postMessage({ account: queue.about.account });
    }
    const now = () => {
      if (document.visibilityState === "visible") queue.send();
    };
    window.addEventListener("online", now);
    window.addEventListener("pageshow", now);
    document.addEventListener("visibilitychange", now);
    setInterval(() => {
      if (Date.now() >= queue.next) queue.send();
    }, queue.EVERY);
  },
};
