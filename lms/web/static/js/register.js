// A register whose every tap is kept in the queue and sent at once. Without it the form is sent by its button.
"use strict";

const marking = {
  // Milliseconds. Arrow keys pass over statuses that nobody means; what they rest on counts. What is typed about somebody
  // is one mark: it is made when the next person is turned to, or after a while without a key.
  REST: 900,
  TYPED: 4_000,
  MOST_MINUTES: 600,
  MOST_UNDONE: 20,

  async start(form) {
    if (!form.dataset.session || !window.indexedDB || !queue.about) return;
    const register = marking.prepare(form);
    marking.listen(register);
    try {
      await queue.open();
    } catch {
      // The browser keeps nothing for this site: the button saves, as without scripts.
      document.getElementById("no-storage")?.removeAttribute("hidden");
      return;
    }
    form.dataset.queued = "";
    register.ready = true;
    marking.equip(register);
    // Whoever was faster than the disk has tapped already.
    marking.take(register, register.rows);
    if (!document.documentElement.dataset.kept) await queue.tidy(form.dataset.session);
    // A form that was replaced by another shows nothing any more.
    const show = () => (form.isConnected ? marking.show(register) : queue.watchers.delete(show));
    queue.watchers.add(show);
    await show();
  },

  prepare(form) {
    const rows = [...form.querySelectorAll("[data-participant]")].map((element) => {
      const fields = {
        radios: [...element.querySelectorAll("input[type=radio]")],
        minutes: element.querySelector("[name$=-minutes_late]"),
        remark: element.querySelector("[name$=-remark]"),
      };
      const row = { element, ...fields, participant: element.dataset.participant, timer: 0, told: "" };
      row.name = element.querySelector("legend").firstChild.textContent.trim();
      row.stands = { ...marking.given(row), seen: element.dataset.seen || null };
      row.shown = row.stands;
      return row;
    });
    return { form, rows, ready: false, undo: [], turn: 0, adding: 0, waits: 0 };
  },

  // What the fields of a row say; minutes say nothing beside a status that does not ask for them.
  read(row) {
    const chosen = row.radios.find((radio) => radio.checked);
    const typed = chosen?.closest(".segment-asked") ? (row.minutes?.value.trim() ?? "") : "";
    return { status: chosen?.value ?? "", minutes: typed, remark: (row.remark?.value ?? "").trim() };
  },

  // The same as the page was made: somebody may have tapped before the script was there.
  given(row) {
    const chosen = row.radios.find((radio) => radio.defaultChecked);
    const minutes = chosen?.closest(".segment-asked") ? (row.minutes?.defaultValue ?? "") : "";
    return { status: chosen?.value ?? "", minutes, remark: row.remark?.defaultValue ?? "" };
  },

  write(row, { status, minutes, remark }) {
    for (const radio of row.radios) radio.checked = radio.value === status;
    if (row.minutes && row.minutes !== document.activeElement) row.minutes.value = minutes;
    if (row.remark && row.remark !== document.activeElement) row.remark.value = remark;
  },

  differs(row) {
    const now = marking.read(row);
    return now.status !== "" && ["status", "minutes", "remark"].some((part) => now[part] !== row.shown[part]);
  },

  listen(register) {
    const { form, rows } = register;
    let byKey = false;
    form.addEventListener("pointerdown", () => (byKey = false), true);
    form.addEventListener("keydown", (event) => {
      byKey = event.key.startsWith("Arrow");
      marking.key(register, event);
    });
    form.addEventListener("change", (event) => {
      const row = marking.rowOf(register, event.target);
      if (row && event.target.type !== "radio") return marking.later(register, row, marking.TYPED);
      if (row && byKey) return marking.later(register, row, marking.REST);
      return marking.take(register, row ? [row] : rows);
    });
    form.addEventListener("input", (event) => {
      const row = marking.rowOf(register, event.target);
      if (row?.timer && event.target.type !== "radio") marking.later(register, row, marking.TYPED);
    });
    form.addEventListener("focusout", (event) => {
      const row = marking.rowOf(register, event.target);
      if (row?.timer && !row.element.contains(event.relatedTarget)) marking.take(register, [row]);
    });
    // Whoever leaves the page while something is being typed means it.
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "hidden") marking.take(register, rows);
    });
    window.addEventListener("beforeunload", (event) => {
      if (register.adding) event.preventDefault();
    });
    // The button that has no name saves; there may be others.
    const save = (event) => {
      if (event.submitter?.name || !register.ready) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      marking.take(register, rows);
      queue.send();
    };
    form.addEventListener("submit", save, true);
  },

  rowOf: (register, target) => register.rows.find((row) => row.element.contains(target)),

  later(register, row, pause) {
    clearTimeout(row.timer);
    row.timer = setTimeout(() => marking.take(register, [row]), pause);
  },

  // A digit chooses a status and goes on to the next person; Enter goes on too.
  key(register, event) {
    const row = marking.rowOf(register, event.target);
    if (!row || event.target.type !== "radio" || event.ctrlKey || event.altKey || event.metaKey) return;
    const radio = /^[1-9]$/.test(event.key) ? row.radios[event.key - 1] : null;
    if (!radio && event.key !== "Enter") return;
    event.preventDefault();
    if (radio) radio.checked = true;
    marking.take(register, [row]);
    const rest = register.rows.slice(register.rows.indexOf(row) + 1);
    const next = rest.find((one) => one.element.offsetParent);
    (next?.radios.find((one) => one.checked) ?? next?.radios[0])?.focus();
  },

  // Keep what is new in these rows, as one step that can be undone.
  take(register, rows) {
    rows.forEach((row) => {
      clearTimeout(row.timer);
      row.timer = 0;
    });
    if (!register.ready) return;
    const changed = rows.filter(marking.differs).filter(marking.settled);
    // What was wrong and is put right again says what it said before.
    rows.filter((row) => row.told === "minutes" && !marking.differs(row)).forEach((row) => (row.told = ""));
    if (!changed.length) {
      marking.show(register);
      return;
    }
    const step = changed.filter(marking.undoable).map((row) => ({ row, before: row.shown }));
    if (step.length) register.undo.push(step);
    register.undo.splice(0, register.undo.length - marking.MOST_UNDONE);
    marking.keep(register, changed);
  },

  // A mark without a remark leaves the remark that stands, so nothing takes away one that was only added.
  undoable(row) {
    const { status, minutes } = marking.read(row);
    return status !== row.shown.status || minutes !== row.shown.minutes || row.shown.remark !== "";
  },

  // Another status takes the minutes and the remark of the one before with it, unless they were just typed.
  settled(row) {
    const now = marking.read(row);
    if (now.status !== row.shown.status && row.shown.status) {
      for (const part of ["minutes", "remark"]) {
        if (row[part] && now[part] === row.shown[part]) row[part].value = "";
      }
    }
    const minutes = marking.read(row).minutes;
    const fits = /^\d{0,3}$/.test(minutes) && Number(minutes) <= marking.MOST_MINUTES;
    marking.badge(row, fits ? "" : "minutes");
    row.told = fits ? "" : "minutes";
    return fits;
  },

  keep(register, rows) {
    const { session } = register.form.dataset;
    const marks = rows.map((row) => {
      const { status, minutes, remark } = marking.read(row);
      const mark = {
        id: queue.newId(),
        account: queue.about.account,
        session,
        participant: row.participant,
        status,
        minutes_late: minutes === "" ? null : Number(minutes),
        remark,
        made_at: new Date().toISOString(),
        seen: row.shown.seen,
        answer: null,
        name: row.name,
        title: marking.title(row, status),
        about: document.querySelector("h1").textContent.trim(),
        page: location.pathname,
      };
      row.shown = { status, minutes, remark, seen: mark.id };
      return mark;
    });
    // What the queue knew until now is older than this.
    register.turn += 1;
    register.adding += 1;
    register.waits += marks.length;
    marking.count(register);
    const kept = () => {
      register.adding -= 1;
      queue.changed();
      queue.send();
    };
    return queue.add(marks).then(kept, () => marking.lost(register, rows));
  },

  // What could not be kept is not shown as if it were.
  lost(register, rows) {
    register.ready = false;
    rows.forEach((row) => marking.badge(row, "lost"));
    delete register.form.dataset.queued;
    register.form.querySelector(".savebar button[hidden]")?.removeAttribute("hidden");
    document.getElementById("no-storage")?.removeAttribute("hidden");
  },

  title(row, status) {
    const radio = row.radios.find((one) => one.value === status);
    return radio ? radio.labels[0].textContent.trim() : "–";
  },

  undo(register) {
    const step = register.undo.pop();
    if (!step) return;
    for (const { row, before } of step) {
      marking.write(row, before);
    }
    marking.keep(
      register,
      step.map(({ row }) => row),
    );
  },
};
