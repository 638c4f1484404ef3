/* Keyboard shortcuts of the invoice list and of a record's page. They can be switched off on the page that lists them,
   and are ignored while the user types and before the page has been shown for a moment. */
(() => {
  "use strict";

  const ROOT = "/admin/";
  const OFF_KEY = "shortcutsOff"; // in localStorage
  const INVOICE_PATH = /\/billing\/invoice\/([0-9a-f-]{36})\/change\/$/;
  const INPUTS =
    "input, textarea, select, [contenteditable], [role=textbox], [role=searchbox], [role=combobox], .select2-container";
  const DELAY = 500; // milliseconds after a page is shown in which no shortcut runs: keys may be meant for a field
  let shownAt = Number.POSITIVE_INFINITY;

  const pageIsShown = () => requestAnimationFrame((time) => (shownAt = time));
  document.addEventListener("alpine:initialized", pageIsShown);
  window.addEventListener("pageshow", (event) => event.persisted && pageIsShown());

  const isVisible = (element) => element && element.getClientRects().length > 0;
  const searchField = () => document.getElementById("searchbar");
  const areOff = () => localStorage.getItem(OFF_KEY) === "1";

  /* -- The list: one row at a time */
  const rowOf = (element) => element?.closest?.("#result_list tr");
  const isFirstInRow = (link) => link === link.closest("tr").querySelector(`a[href="${link.getAttribute("href")}"]`);
  const rowLinks = () =>
    [...document.querySelectorAll("#result_list tbody tr a[href]")].filter(
      (link) => INVOICE_PATH.test(link.pathname) && isVisible(link) && isFirstInRow(link),
    );
  function moveFocus(step) {
    const links = rowLinks();
    if (!links.length) return false;
    const row = rowOf(document.activeElement);
    const index = links.findIndex((link) => link.closest("tr") === row);
    links[index < 0 ? 0 : Math.min(links.length - 1, Math.max(0, index + step))].focus();
    return true;
  }
  const mayTakePayments = () => Boolean(document.querySelector(`a[href$="${ROOT}cash-desk/"]`));
  function recordPaymentOfRow() {
    const link = rowLinks().find((each) => each.closest("tr") === rowOf(document.activeElement));
    if (!link || !mayTakePayments()) return false;
    window.openDialog(`${ROOT}billing/invoice/${INVOICE_PATH.exec(link.pathname)[1]}/verb/pay/`);
    return true;
  }

  /* Return whether the key has an effect. */
  function run(key) {
    if (key === "/" && isVisible(searchField())) return searchField().focus() ?? true;
    if (key === "?") return window.openDialog(`${ROOT}keys/`) ?? true;
    if (key === "j") return moveFocus(1);
    if (key === "k" && rowLinks().length) return moveFocus(-1);
    if (key === "p" && recordPaymentOfRow()) return true;
    const button = [...document.querySelectorAll("a[data-shortcut], button[data-shortcut]")].find(
      (each) => each.dataset.shortcut === key && isVisible(each),
    );
    if (!button) return false;
    button.focus();
    button.click();
    return true;
  }
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    if (performance.now() < shownAt + DELAY) return;
    if (event.target.closest?.(INPUTS) || (areOff() && event.key !== "?")) return;
    if (isVisible(document.getElementById("modal"))) return;
    if (event.key.length === 1 && run(event.key)) event.preventDefault();
  });

  /* -- The switch on the page of the shortcuts */
  function showSwitchState(root) {
    for (const box of root.querySelectorAll?.("[data-shortcuts-switch]") || []) box.checked = !areOff();
  }
  document.addEventListener("change", (event) => {
    if (!event.target.matches?.("[data-shortcuts-switch]")) return;
    if (event.target.checked) localStorage.removeItem(OFF_KEY);
    else localStorage.setItem(OFF_KEY, "1");
  });
  document.addEventListener("DOMContentLoaded", () => showSwitchState(document));
  document.addEventListener("htmx:afterSettle", () => showSwitchState(document));
})();
