/* The page to take a payment: while the user types, the server calculates the allocations, the rest and the change. */
(() => {
  "use strict";

  const DELAY = 250; // milliseconds after the last input
  const form = document.getElementById("payment-form");
  const search = document.getElementById("payment-query");

  /* -- Search: arrow keys move between the field and the results */
  const results = () => [...document.querySelectorAll(".payment-patients a")];
  document.addEventListener("keydown", (event) => {
    if (!search || !["ArrowDown", "ArrowUp"].includes(event.key)) return;
    const stops = [search, ...results()];
    const index = stops.indexOf(document.activeElement);
    if (index < 0) return;
    event.preventDefault();
    stops[Math.min(stops.length - 1, Math.max(0, index + (event.key === "ArrowDown" ? 1 : -1)))].focus();
  });
  if (!form) return;

  /* -- Preview */

  const isAllocation = (input) => input.name?.startsWith("share-");
  const asEntered = () => form.querySelector("[name=allocation][value=entered]");
  let timer = 0;
  let lastRequest = 0;

  async function refreshPreview() {
    const body = new FormData(form);
    body.set("_preview", "1");
    const request = ++lastRequest;
    const response = await fetch(form.action, { method: "POST", body, headers: { "X-Requested-With": "fetch" } });
    if (!response.ok || request !== lastRequest) return;
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const preview = page.getElementById("payment-preview");
    if (!preview) return;
    document.getElementById("payment-preview").innerHTML = preview.innerHTML;
    if (asEntered()?.checked) return;
    for (const input of form.querySelectorAll("[name^=share-]")) {
      input.value = page.querySelector(`[name="${input.name}"]`)?.value ?? "";
    }
  }

  form.addEventListener("input", (event) => {
    if (isAllocation(event.target) && asEntered()) asEntered().checked = true;
    clearTimeout(timer);
    timer = setTimeout(() => refreshPreview().catch(() => {}), DELAY);
  });
})();
