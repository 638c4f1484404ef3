/* What the theme leaves to the mouse, made to work from the keyboard and for a screen reader. No page needs a script of
   its own for that. */
(() => {
  "use strict";

  const FOCUSABLE = "a[href], button:not([disabled]), input:not([type=hidden]):not([disabled]), select, textarea";
  const CLICKABLE = "[x-on\\:click]:not(a[href]):not(button):not(input):not(label):not(select)";
  let opener = null; // what opened the dialog, and gets the focus back

  const shown = (element) => element.getClientRects().length > 0;

  /* Icons are words in a font: a reader would spell “chevron_right”. */
  function dress(root) {
    for (const icon of root.querySelectorAll(".material-symbols-outlined")) {
      if (!icon.closest("[aria-hidden]") && !icon.matches(CLICKABLE)) icon.setAttribute("aria-hidden", "true");
    }
    for (const element of root.querySelectorAll(CLICKABLE)) {
      if (element.id === "changelist-filter-close" || element.hasAttribute("tabindex")) continue;
      element.setAttribute("role", "button");
      element.setAttribute("tabindex", "0");
      element.removeAttribute("aria-hidden");
    }
    for (const cell of root.querySelectorAll("td[data-label]")) { // the heading of a cell on a phone
      const { label } = cell.dataset;
      cell.dataset.label = label.charAt(0).toLocaleUpperCase() + label.slice(1);
    }
    for (const area of root.querySelectorAll(".simplebar-content-wrapper")) {
      if (!area.getAttribute("aria-label")) area.setAttribute("role", "presentation");
      area.removeAttribute("aria-label");
    }
  }

  /* A choice with a search (select2) is called as its field is. */
  function label(root) {
    for (const box of root.querySelectorAll(".select2-selection")) {
      const select = box.closest(".select2")?.previousElementSibling;
      const name = select?.id && document.querySelector(`label[for="${CSS.escape(select.id)}"]`);
      const text = name?.textContent.replace("*", "").trim() || select?.getAttribute("aria-label");
      const shownValue = box.querySelector(".select2-selection__rendered");
      if (!text) continue;
      const value = shownValue?.getAttribute("title") || "";
      box.removeAttribute("aria-labelledby");
      box.setAttribute("aria-label", value ? `${text}: ${value}` : text);
      shownValue?.setAttribute("aria-label", text);
      box.querySelector("textarea, input")?.setAttribute("aria-label", text);
    }
  }

  function trap(event, box) {
    const stops = [...box.querySelectorAll(FOCUSABLE)].filter(shown);
    if (!stops.length) return;
    const [first, last] = [stops[0], stops[stops.length - 1]];
    if (event.shiftKey && (document.activeElement === first || !box.contains(document.activeElement))) {
      last.focus();
      event.preventDefault();
    } else if (!event.shiftKey && (document.activeElement === last || !box.contains(document.activeElement))) {
      first.focus();
      event.preventDefault();
    }
  }

  document.addEventListener("keydown", (event) => {
    const at = event.target;
    if ((event.key === "Enter" || event.key === " ") && at.matches?.('[role="button"][tabindex="0"]')) {
      event.preventDefault();
      at.click();
    }
    const modal = document.getElementById("modal");
    if (event.key === "Tab" && modal && shown(modal)) trap(event, modal);
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest("#modal [data-close-dialog]")) {
      event.preventDefault();
      window.dispatchEvent(new CustomEvent("close-dialog"));
    }
  });

  /* A dialog that came in takes the focus; when it is gone, the focus is where it was. */
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.target?.id === "modal-content") opener = document.activeElement;
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    dress(event.target);
    const dialog = document.querySelector("#modal-content #dialog");
    if (!dialog || event.target.id === "dialog-preview") return;
    requestAnimationFrame(() => {
      const wrong = dialog.querySelector(".errors input, .errors select, .errors textarea");
      const first = dialog.querySelector("input:not([type=hidden]), select, textarea, button[type=submit]");
      if (wrong || !dialog.contains(document.activeElement)) (wrong || first)?.focus();
    });
  });

  document.addEventListener("DOMContentLoaded", () => {
    dress(document);
    const modal = document.getElementById("modal");
    if (!modal) return;
    new MutationObserver(() => {
      if (shown(modal) || !opener) return;
      opener.focus();
      opener = null;
    }).observe(modal, { attributes: true, attributeFilter: ["style"] });
  });
  document.addEventListener("alpine:initialized", () => dress(document));
  const again = () => setTimeout(() => { dress(document); label(document); }, 0);
  window.addEventListener("load", again);
  document.addEventListener("formset:added", again);
  document.addEventListener("change", () => label(document));
})();
