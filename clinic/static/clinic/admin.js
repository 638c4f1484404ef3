/* Accessibility of the theme: keyboard access, names for screen readers, and the focus of pages and dialogs. */
(() => {
  "use strict";

  const FOCUSABLE = "a[href], button:not([disabled]), input:not([type=hidden]):not([disabled]), select, textarea";
  const CLICKABLE = "[x-on\\:click]:not(a[href]):not(button):not(input):not(label):not(select)";
  let opener = null; // the element that opened the dialog and gets the focus back

  const isVisible = (element) => element.getClientRects().length > 0;

  /* Hide icons from screen readers, which would read their names, such as “chevron_right”; make clickable elements
     buttons. */
  function fixAccessibility(root) {
    for (const icon of root.querySelectorAll(".material-symbols-outlined")) {
      if (!icon.closest("[aria-hidden]") && !icon.matches(CLICKABLE)) icon.setAttribute("aria-hidden", "true");
    }
    for (const element of root.querySelectorAll(CLICKABLE)) {
      if (element.id === "changelist-filter-close" || element.hasAttribute("tabindex")) continue;
      element.setAttribute("role", "button");
      element.setAttribute("tabindex", "0");
      element.removeAttribute("aria-hidden");
    }
    for (const cell of root.querySelectorAll("td[data-label]")) {
      // the heading of a cell on narrow screens
      const { label } = cell.dataset;
      cell.dataset.label = label.charAt(0).toLocaleUpperCase() + label.slice(1);
    }
    for (const area of root.querySelectorAll(".simplebar-content-wrapper")) {
      area.setAttribute("role", "group"); // not a region, of which a page would have several with one name
      area.removeAttribute("aria-label");
    }
  }

  /* Give a select with a search (select2) the label of its field. */
  function labelSelects(root) {
    for (const box of root.querySelectorAll(".select2-selection")) {
      const select = box.closest(".select2")?.previousElementSibling;
      const name = select?.id && document.querySelector(`label[for="${CSS.escape(select.id)}"]`);
      const text = name?.textContent.replace("*", "").trim() || select?.getAttribute("aria-label");
      const rendered = box.querySelector(".select2-selection__rendered");
      if (!text) continue;
      const value = rendered?.getAttribute("title") || "";
      box.removeAttribute("aria-labelledby");
      box.setAttribute("aria-label", value ? `${text}: ${value}` : text);
      rendered?.setAttribute("aria-label", text);
      box.querySelector("textarea, input")?.setAttribute("aria-label", text);
    }
  }

  /* Keep the focus inside the dialog when it is moved with Tab. */

  function trapFocus(event, box) {
    const focusable = [...box.querySelectorAll(FOCUSABLE)].filter(isVisible);
    if (!focusable.length) return;
    const [first, last] = [focusable[0], focusable[focusable.length - 1]];
    if (event.shiftKey && (document.activeElement === first || !box.contains(document.activeElement))) {
      last.focus();
      event.preventDefault();
    } else if (!event.shiftKey && (document.activeElement === last || !box.contains(document.activeElement))) {
      first.focus();
      event.preventDefault();
    }
  }

  document.addEventListener("keydown", (event) => {
    const { target } = event;
    if ((event.key === "Enter" || event.key === " ") && target.matches?.('[role="button"][tabindex="0"]')) {
      event.preventDefault();
      target.click();
    }
    const modal = document.getElementById("modal");
    if (event.key === "Tab" && modal && isVisible(modal)) trapFocus(event, modal);
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest("#modal [data-close-dialog]")) {
      event.preventDefault();
      window.dispatchEvent(new CustomEvent("close-dialog"));
    }
  });

  /* Focus the first field of a dialog, the first with an error if there is one; without fields, its button. */
  function focusDialog(dialog) {
    const invalid = dialog.querySelector(".errors input, .errors select, .errors textarea");
    const first = dialog.querySelector("input:not([type=hidden]), select, textarea, button[type=submit]");
    if (invalid || !dialog.contains(document.activeElement)) (invalid || first)?.focus();
  }

  function focusWhenShown(dialog) {
    if (isVisible(dialog)) focusDialog(dialog);
    else if (dialog.isConnected) requestAnimationFrame(() => focusWhenShown(dialog));
  }

  /* A new dialog gets the focus; when it closes, the focus goes back to the element that opened it, unless it is
     somewhere else by then. */
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.target?.id === "modal-content") opener = document.activeElement;
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    fixAccessibility(event.target);
    const dialog = document.querySelector("#modal-content #dialog");
    if (!dialog || event.target.id === "dialog-preview") return;
    requestAnimationFrame(() => focusWhenShown(dialog));
  });

  /* A page's first field gets the focus when it is there; what was typed before that is put into it. */
  const TEXT_FIELD = "input[type=text][autofocus], input[type=search][autofocus], textarea[autofocus]";
  let typed = "";
  const hasNoFocus = () => !document.activeElement || document.activeElement === document.body;
  function keepTyped(event) {
    if (!hasNoFocus() || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Backspace") typed = typed.slice(0, -1);
    else if (event.key.length === 1) typed += event.key;
  }
  function insertTyped(event) {
    // listens on the window: after the listener that selects a preset amount
    if (!typed || !event.target.matches?.(TEXT_FIELD)) return;
    event.target.setRangeText(typed, event.target.selectionStart, event.target.selectionEnd, "end");
    typed = "";
  }
  document.addEventListener("keydown", keepTyped, true);
  window.addEventListener("focusin", insertTyped);

  function focusFirstField() {
    const field = document.querySelector("[autofocus]");
    const dialog = document.querySelector("#content-main #dialog");
    if (field && hasNoFocus()) field.focus();
    else if (dialog) focusDialog(dialog);
    document.removeEventListener("keydown", keepTyped, true);
    window.removeEventListener("focusin", insertTyped);
    // the scripts of the page did not run yet when it was typed
    if (field?.matches(TEXT_FIELD) && field.value !== field.defaultValue)
      field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  document.addEventListener("DOMContentLoaded", () => {
    focusFirstField();
    fixAccessibility(document);
    const modal = document.getElementById("modal");
    if (!modal) return;
    new MutationObserver(() => {
      if (isVisible(modal) || !opener) return;
      if (hasNoFocus() || modal.contains(document.activeElement)) opener.focus();
      opener = null;
    }).observe(modal, { attributes: true, attributeFilter: ["style"] });
  });
  document.addEventListener("alpine:initialized", () => fixAccessibility(document));
  const fixAgain = () =>
    setTimeout(() => {
      fixAccessibility(document);
      labelSelects(document);
    }, 0);
  window.addEventListener("load", fixAgain);
  document.addEventListener("formset:added", fixAgain);
  document.addEventListener("change", () => labelSelects(document));
})();
