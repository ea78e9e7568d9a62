// What a script adds to pages that work without one. Nothing here is needed to read, fill in or send anything.
"use strict";

const padu = {
  // The register: count what is marked, and mark whoever has no mark yet.
  register(form) {
    const people = [...form.querySelectorAll("fieldset")].filter((person) => person.querySelector("input[type=radio]"));
    const marked = (person) => person.querySelector("input[type=radio]:checked") !== null;
    const count = form.querySelector("[data-marked]");
    const recount = () => {
      if (count) count.textContent = String(people.filter(marked).length);
    };
    form.addEventListener("change", recount);
    // Where marks are kept as they are made, nothing is lost by leaving.
    const isKept = () => form.dataset.queued !== undefined;
    const rest = form.querySelector("[data-rest]");
    if (rest) {
      rest.hidden = false;
      rest.addEventListener("click", (event) => {
        const button = event.target.closest("[data-rest-as]");
        if (!button) return;
        for (const person of people.filter((one) => !marked(one) && !one.hidden)) {
          const choice = [...person.querySelectorAll("input[type=radio]")].find((one) => one.value === button.dataset.restAs);
          if (choice) choice.checked = true;
        }
        form.dispatchEvent(new Event("change"));
      });
    }
    let changed = false;
    form.addEventListener("change", () => (changed = true));
    form.addEventListener("submit", () => (changed = false));
    window.addEventListener("beforeunload", (event) => {
      if (changed && form.isConnected && !isKept()) event.preventDefault();
    });
    recount();
  },

  // A button that copies the value of a field; it stays hidden where the browser has no clipboard for this page.
  copy(button) {
    if (!navigator.clipboard) return;
    button.hidden = false;
    const words = button.querySelector("span");
    button.addEventListener("click", async () => {
      const field = document.getElementById(button.dataset.copy);
      field.select();
      await navigator.clipboard.writeText(field.value);
      words.textContent = button.dataset.copied;
    });
  },

  // A filter's lists send the form at once; what is typed waits for Enter or the button.
  autosubmit(form) {
    form.addEventListener("change", (event) => {
      if (event.target.matches("select, input[type=checkbox], input[type=radio]")) form.requestSubmit();
    });
  },

  // An open menu closes on Escape and on a click elsewhere.
  menu(menu) {
    document.addEventListener("click", (event) => {
      if (!menu.contains(event.target)) menu.open = false;
    });
    menu.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !menu.open) return;
      menu.open = false;
      menu.querySelector("summary").focus();
    });
  },

  // On a narrow screen, what is current may lie beyond the edge of a row that scrolls.
  current(link) {
    const row = link.closest("ul");
    row.scrollLeft += Math.max(0, link.getBoundingClientRect().right - row.getBoundingClientRect().right);
  },

  enhance(root) {
    const each = (selector, action) => {
      if (root.matches?.(selector)) action(root);
      root.querySelectorAll(selector).forEach(action);
    };
    each("form[data-register]", padu.register);
    each("[data-copy]", padu.copy);
    each("form[data-autosubmit]", padu.autosubmit);
    each("details.menu", padu.menu);
    each(".nav-list [aria-current], .tabs [aria-current]", padu.current);
    each("[data-focus]", (summary) => summary.focus());
  },
};

padu.enhance(document);
document.addEventListener("htmx:load", (event) => {
  if (event.detail.elt !== document.body) padu.enhance(event.detail.elt);
});
// What asks again and again by itself does so only where somebody looks and there is a network.
document.addEventListener("htmx:beforeRequest", (event) => {
  const asksAgain = event.detail.elt.getAttribute("hx-trigger")?.includes("every");
  if (asksAgain && (document.hidden || !navigator.onLine)) event.preventDefault();
});
document.addEventListener("htmx:sendError", (event) => {
  // What was only asked for is asked for again; nothing of the page was lost.
  if (event.detail.requestConfig?.verb === "get") return;
  const notice = document.getElementById("offline-notice");
  if (notice) document.getElementById("notices").replaceChildren(notice.content.cloneNode(true));
});
