// Counts the seconds down until the digits on the screen change. The server tells them anew every ten seconds.
"use strict";

const checkIn = {
  tick() {
    document.querySelectorAll("[data-seconds]").forEach((shown) => {
      const left = Math.max(0, Number(shown.dataset.seconds) - 1);
      shown.dataset.seconds = left;
      shown.textContent = left;
      // New digits do not wait for the next turn.
      if (left === 0 && window.htmx) htmx.trigger(shown.closest("[hx-get]"), "over");
    });
  },
};

setInterval(checkIn.tick, 1000);
