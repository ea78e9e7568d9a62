// Looking for people of a register while typing; without this the form asks the server.
"use strict";

const finding = {
  start(form) {
    const people = [...document.querySelectorAll("[data-participant]")];
    const search = form.querySelector("[name=search]");
    const group = form.querySelector("[name=group]");
    const told = document.querySelector("[data-nobody]");
    const words = new Map(people.map((one) => [one, one.querySelector("legend").textContent.toLocaleLowerCase()]));

    const show = () => {
      const typed = search.value.toLocaleLowerCase().split(/\s+/);
      for (const one of people) {
        const fits = typed.every((word) => words.get(one).includes(word));
        one.hidden = !fits || Boolean(group?.value && one.dataset.group !== group.value);
      }
      if (told) told.hidden = people.some((one) => !one.hidden);
    };
    // A list of this very page may lead to somebody who is hidden.
    window.addEventListener("hashchange", () => {
      const one = document.getElementById(location.hash.slice(1));
      if (!one?.hidden) return;
      form.reset();
      search.value = "";
      if (group) group.value = "";
      show();
      one.scrollIntoView();
    });
    form.querySelector("button").hidden = true;
    search.addEventListener("input", show);
    for (const event of ["change", "submit"]) {
      form.addEventListener(
        event,
        (happened) => {
          happened.preventDefault();
          happened.stopImmediatePropagation();
          show();
        },
        true,
      );
    }
    if (!location.search.includes("search=") && !location.search.includes("group=")) show();
  },
};

document.querySelectorAll("form.filters").forEach(finding.start);
