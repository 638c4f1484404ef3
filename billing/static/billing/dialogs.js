/* The desk by keyboard: keys of the list and of a record's page, and dialogs that are sent once. Single keys can be
   switched off (the page of the keys does so), and never act while somebody types. */
(() => {
  "use strict";

  const ROOT = "/admin/";
  const OFF = "deskKeysOff";
  const INVOICE = /\/billing\/invoice\/([0-9a-f-]{36})\/change\/$/;
  const TYPED = "input, textarea, select, [contenteditable], .select2-container";

  const shown = (element) => element && element.getClientRects().length > 0;
  const areOff = () => localStorage.getItem(OFF) === "1";

  function open(url) {
    window.htmx.ajax("GET", url, { target: "#modal-content", select: "#dialog", swap: "innerHTML" }).then(() => {
      if (document.querySelector("#modal-content #dialog")) window.Alpine.$data(document.documentElement).openModal = true;
    });
  }

  /* -- The list: a line at a time */
  const lines = () => [...document.querySelectorAll("#result_list tbody tr a[href]")].filter(
    (link) => INVOICE.test(link.pathname) && shown(link) && link === link.closest("tr").querySelector(`a[href="${link.getAttribute("href")}"]`),
  );
  function step(by) {
    const all = lines();
    if (!all.length) return false;
    const row = document.activeElement?.closest?.("#result_list tr");
    const at = all.findIndex((link) => link.closest("tr") === row);
    all[at < 0 ? 0 : Math.min(all.length - 1, Math.max(0, at + by))].focus();
    return true;
  }
  const mayTakeMoney = () => Boolean(document.querySelector(`a[href$="${ROOT}cash-desk/"]`));
  function payLine() {
    const link = lines().find((each) => each.closest("tr") === document.activeElement?.closest?.("tr"));
    if (!link || !mayTakeMoney()) return false;
    open(`${ROOT}billing/invoice/${INVOICE.exec(link.pathname)[1]}/verb/pay/`);
    return true;
  }

  function act(key) {
    if (key === "?") return open(`${ROOT}keys/`) ?? true;
    if (key === "j") return step(1);
    if (key === "k" && lines().length) return step(-1);
    if (key === "p" && payLine()) return true;
    const button = [...document.querySelectorAll("a[data-key], button[data-key]")].find(
      (each) => each.dataset.key === key && shown(each),
    );
    if (!button) return false;
    button.focus();
    button.click();
    return true;
  }
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    if (event.target.closest?.(TYPED) || (areOff() && event.key !== "?")) return;
    if (shown(document.getElementById("modal"))) return;
    if (event.key.length === 1 && act(event.key)) event.preventDefault();
  });

  /* -- Keys on and off */
  function dress(root) {
    for (const box of root.querySelectorAll?.("[data-keys-switch]") || []) box.checked = !areOff();
  }
  document.addEventListener("change", (event) => {
    if (!event.target.matches?.("[data-keys-switch]")) return;
    if (event.target.checked) localStorage.removeItem(OFF);
    else localStorage.setItem(OFF, "1");
  });
  document.addEventListener("DOMContentLoaded", () => dress(document));
  document.addEventListener("htmx:afterSettle", () => dress(document));

  /* -- An amount that is preset is typed over */
  document.addEventListener("focusin", (event) => {
    if (event.target.matches?.("input.money")) event.target.select();
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-print]")) window.print();
  });

  /* -- Sent once, and never lost: the server knows a form by its token, so that sending it again is harmless */
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("[data-once]") || event.submitter?.name === "_foretell") return;
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "1";
  });
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("[data-sent]")) delete form.dataset.sent;
  });
  const isForetelling = (event) => event.detail.requestConfig?.parameters?._foretell || event.detail.target?.id === "dialog-foretold";
  const busy = (event, is) => {
    const form = event.target.closest?.("#dialog form");
    if (!form || isForetelling(event)) return;
    for (const button of form.querySelectorAll("[type=submit]")) button.disabled = is;
  };
  document.addEventListener("htmx:beforeRequest", (event) => busy(event, true));
  document.addEventListener("htmx:responseError", (event) => leave(event));
  document.addEventListener("htmx:sendError", (event) => busy(event, false));

  /* What no dialog can hold, such as the question for the password after a long break, is shown as a page. */
  function leave(event) {
    const from = event.target;
    if (isForetelling(event)) return;
    if (from.matches("#dialog form")) from.submit();
    else if (from.matches("a[href]")) window.location.href = from.href;
  }
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target?.id !== "modal-content" || event.detail.xhr.status !== 200) return;
    if (event.detail.serverResponse.includes('id="dialog"')) return;
    event.detail.shouldSwap = false;
    window.location.reload();
  });
})();
