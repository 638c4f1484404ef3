/* The cash desk while somebody types: the server says what each invoice gets, what is left over, and the change. */
(() => {
  "use strict";

  const form = document.getElementById("cash-form");
  const search = document.getElementById("cash-q");

  /* -- Finding the patient: down to those that are found, and up again */
  const found = () => [...document.querySelectorAll(".cash-found a")];
  document.addEventListener("keydown", (event) => {
    if (!search || !["ArrowDown", "ArrowUp"].includes(event.key)) return;
    const stops = [search, ...found()];
    const at = stops.indexOf(document.activeElement);
    if (at < 0) return;
    event.preventDefault();
    stops[Math.min(stops.length - 1, Math.max(0, at + (event.key === "ArrowDown" ? 1 : -1)))].focus();
  });
  if (!form) return;

  const isShare = (input) => input.name?.startsWith("share-");
  const entered = () => form.querySelector("[name=allocation][value=entered]");
  let waiting = 0;
  let asked = 0;

  async function ask() {
    const body = new FormData(form);
    body.set("_foretell", "1");
    const number = ++asked;
    const answer = await fetch(form.action, { method: "POST", body, headers: { "X-Requested-With": "fetch" } });
    if (!answer.ok || number !== asked) return;
    const told = new DOMParser().parseFromString(await answer.text(), "text/html");
    const sum = told.getElementById("cash-foretold");
    if (!sum) return;
    document.getElementById("cash-foretold").innerHTML = sum.innerHTML;
    if (entered()?.checked) return;
    for (const input of form.querySelectorAll("[name^=share-]")) {
      input.value = told.querySelector(`[name="${input.name}"]`)?.value ?? "";
    }
  }

  form.addEventListener("input", (event) => {
    if (isShare(event.target) && entered()) entered().checked = true;
    clearTimeout(waiting);
    waiting = setTimeout(() => ask().catch(() => {}), 250);
  });
})();
