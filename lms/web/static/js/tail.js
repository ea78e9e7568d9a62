// The list of statements that grows by itself: htmx asks for what is new, and this says when not to ask.
"use strict";

const tail = {
  paused: false,
  most: 500,

  // Nobody looks at a page that is hidden. Of a page that was left open, only the newest rows are kept.
  start(around) {
    around.addEventListener("htmx:beforeRequest", (event) => {
      if (tail.paused || document.hidden) event.preventDefault();
    });
    // A question that got no answer is asked again; nothing of the page was lost.
    around.addEventListener("htmx:sendError", (event) => event.stopPropagation());
    const list = document.getElementById("statements");
    new MutationObserver(() => {
      document.querySelector(".statement-none")?.remove();
      while (list.children.length > tail.most) list.lastElementChild.remove();
    }).observe(list, { childList: true });
  },

  pause(button) {
    const words = button.querySelector("span");
    button.hidden = false;
    button.addEventListener("click", () => {
      tail.paused = !tail.paused;
      [words.textContent, button.dataset.pause] = [button.dataset.pause, words.textContent];
    });
  },
};

document.querySelectorAll("[data-tail]").forEach(tail.start);
document.querySelectorAll("[data-pause]").forEach(tail.pause);
