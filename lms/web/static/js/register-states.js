// What became of each mark of a register, in words and with an icon; how many are marked; the way back.
"use strict";

Object.assign(marking, {
  // The rows as the queue knows them better than the page: what waits, and what was answered since the page was made.
  async show(register) {
    const turn = register.turn;
    const marks = (await queue.mine()).filter((mark) => mark.session === register.form.dataset.session);
    // Something was tapped while the disk was read; it is told in a moment.
    if (turn !== register.turn || register.adding) return;
    const newest = new Map(marks.map((mark) => [mark.participant, mark]));
    for (const row of register.rows) {
      const mark = newest.get(row.participant);
      if (mark && !row.timer && row.told !== "minutes") marking.place(register, row, mark);
    }
    register.waits = marks.filter(queue.waiting).length;
    marking.count(register);
  },

  place(register, row, mark) {
    const outcome = queue.outcome(mark);
    const shown = marking.standing(row, mark, outcome);
    const untouched = !marking.differs(row);
    const told = `${mark.id} ${outcome}`;
    row.shown = shown;
    if (untouched) {
      marking.write(row, shown);
      row.shown = { ...marking.read(row), seen: shown.seen };
    }
    if (row.told === told) return;
    row.told = told;
    marking.badge(row, outcome === "same" ? "recorded" : outcome, queue.told(mark) ? mark.answer.message : "");
    if (mark.answer && mark.answered_at > performance.timeOrigin) {
      marking.say(register, `${row.name}: ${marking.title(row, shown.status)}, ${marking.words(outcome)}`);
    }
  },

  // What stands for somebody after this mark, and the mark that the next one is made from.
  standing(row, mark, outcome) {
    const own = { status: mark.status, minutes: String(mark.minutes_late ?? ""), remark: mark.remark, seen: mark.id };
    if (outcome === "waiting" || outcome === "recorded") return own;
    const counting = mark.answer.counting;
    if (!counting) return row.stands;
    const minutes = String(counting.minutes_late ?? "");
    return { status: counting.status, minutes, remark: "", seen: counting.id };
  },

  // The state beside a name; what needs a sentence has it below. Both are copies of what the page brought along.
  badge(row, state, message = "") {
    row.element.querySelectorAll(".person-state, .person-told").forEach((old) => old.remove());
    const states = document.getElementById("mark-states").content;
    const badge = states.querySelector(`[data-state="${state}"]`);
    if (badge) row.element.querySelector("legend").after(badge.cloneNode(true));
    if (!message) return;
    const told = states.querySelector("[data-told]").cloneNode(true);
    told.querySelector("[data-message]").textContent = message;
    told.querySelector("[data-settle]").hidden = state !== "contested";
    row.element.querySelector(".segments").after(told);
  },

  words(state) {
    const states = document.getElementById("mark-states").content;
    return states.querySelector(`[data-state="${state === "same" ? "recorded" : state}"]`)?.textContent.trim() ?? "";
  },

  // The bar at the foot: how many are marked and how many wait.
  count({ form, rows, foot, waits, undo }) {
    const marked = form.querySelector("[data-marked]");
    if (marked) marked.textContent = String(rows.filter((row) => row.radios.some((radio) => radio.checked)).length);
    marking.missing(rows);
    // It stays where the focus is, though there may be nothing to undo.
    foot.querySelector("[data-undo]").setAttribute("aria-disabled", String(undo.length === 0));
    foot.querySelector("[data-none-waits]").hidden = waits > 0;
    foot.querySelector("[data-some-wait]").hidden = waits === 0;
    foot.querySelector("[data-waiting]").textContent = String(waits);
  },

  // Who is still missing, without waiting for the server, which may be out of reach.
  missing(rows) {
    const list = document.querySelector(".live-missing");
    if (!list?.querySelector("li")) return;
    for (const row of rows) {
      const line = list.querySelector(`[href="#${row.element.id}"]`)?.closest("li");
      if (line) line.hidden = row.radios.some((radio) => radio.checked);
    }
    const words = list.querySelector("summary span");
    words.textContent = words.textContent.replace(/\d+/, list.querySelectorAll("li:not([hidden])").length);
  },

  // Said to a screen reader, the last sentence only where several come at once.
  say(register, sentence) {
    clearTimeout(register.saying);
    register.saying = setTimeout(() => {
      register.foot.querySelector("[data-say]").textContent = sentence;
    }, 300);
  },

  // The button that saves is not needed any more; in its place are what waits and the way back.
  equip(register) {
    const { form } = register;
    const bar = form.querySelector(".savebar-inside");
    const button = bar.querySelector("button:not([name])");
    const tools = document.getElementById("mark-tools").content.cloneNode(true);
    const waiting = document.getElementById("waiting");
    button.hidden = true;
    bar.append(tools);
    // Below the register, where no row moves under the finger when it opens; the bar leads there.
    (form.closest("#register") ?? form).after(waiting);
    bar.querySelector("[data-some-wait]").addEventListener("click", () => (waiting.querySelector("details").open = true));
    register.foot = bar;
    bar.querySelector("[data-undo]").addEventListener("click", () => marking.undo(register));
  },
});

document.querySelectorAll("form[data-register]").forEach(marking.start);
document.addEventListener("htmx:load", (event) => {
  if (event.detail.elt !== document.body) event.detail.elt.querySelectorAll("form[data-register]").forEach(marking.start);
});
