// The sum of the weights of a list while they are typed; without this it is told whenever the page is saved.
"use strict";

const BILLION = 1_000_000_000n;

const weights = {
  start(told) {
    const inputs = [...document.querySelectorAll("[id^='component.'][id$='.weight'], [id^='criteria-'][id$='-weight']")];
    const point = new Intl.NumberFormat(document.documentElement.lang).formatToParts(1.5)[1].value;
    const [right, wrong] = told.closest("p").querySelectorAll("[data-sum]");

    const show = () => {
      const sum = inputs.reduce((sum, input) => sum + weights.billionths(input.value), 0n);
      const rest = (sum % BILLION).toString().padStart(9, "0").replace(/0+$/, "");
      told.textContent = `${sum / BILLION}${rest && point + rest}`;
      right.hidden = sum !== 100n * BILLION;
      wrong.hidden = !right.hidden;
    };
    inputs.forEach((input) => input.addEventListener("input", show));
  },

  // Exact, and nothing for what is no weight.
  billionths(typed) {
    const found = /^([0-9]{1,9})(?:[.,]([0-9]{1,9}))?$/.exec(typed.trim());
    return found ? BigInt(found[1]) * BILLION + BigInt((found[2] ?? "").padEnd(9, "0")) : 0n;
  },
};

document.querySelectorAll("[data-total]").forEach(weights.start);
