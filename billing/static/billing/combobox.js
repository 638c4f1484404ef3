/* A text field that offers what the server knows: arrow keys, Enter, Escape; what is typed stands if nothing is chosen.
   <input data-choices="services"> inside an element with data-choices-url (KIND stands for the kind). A choice is told
   by the event "choice" on the field: {value, text, note, fill}. Fields of words (tags) complete the last word. */
(() => {
  "use strict";

  const WAIT = 200; // milliseconds after the last key
  let counter = 0;
  let open = null; // the one list that is shown

  const words = (field) => field.dataset.choices === "tags";
  const sought = (field) => (words(field) ? field.value.split(",").pop() : field.value).trim();

  function setUp(field) {
    if (field.dataset.ready) return;
    field.dataset.ready = "1";
    field.setAttribute("role", "combobox");
    field.setAttribute("aria-autocomplete", "list");
    field.setAttribute("aria-expanded", "false");
    field.setAttribute("autocomplete", "off");
  }

  function close() {
    if (!open) return;
    clearTimeout(open.field.choicesTimer);
    open.field.setAttribute("aria-expanded", "false");
    open.field.removeAttribute("aria-activedescendant");
    open.field.removeAttribute("aria-controls");
    open.list.remove();
    open = null;
  }

  function show(field, choices) {
    close();
    if (!choices.length || document.activeElement !== field) return;
    const list = document.createElement("ul");
    list.id = `choices-${++counter}`;
    list.className = "sheet-choices";
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", document.querySelector(`label[for="${CSS.escape(field.id)}"]`)?.textContent || "");
    choices.forEach((choice, at) => {
      const line = document.createElement("li");
      line.id = `${list.id}-${at}`;
      line.setAttribute("role", "option");
      line.setAttribute("aria-selected", "false");
      const text = line.appendChild(document.createElement("span"));
      text.textContent = choice.text;
      if (choice.note) {
        const note = line.appendChild(document.createElement("span"));
        note.className = "sheet-note";
        note.textContent = choice.note;
      }
      line.addEventListener("mousedown", (event) => {
        event.preventDefault();
        take(at);
      });
      list.append(line);
    });
    field.parentElement.append(list);
    field.setAttribute("aria-expanded", "true");
    field.setAttribute("aria-controls", list.id);
    open = { field, list, choices, at: -1 };
    const said = document.getElementById("draft-said");
    if (said) said.textContent = `${choices.length} ${field.closest("[data-said-found]")?.dataset.saidFound || ""}`;
  }

  function mark(at) {
    const lines = open.list.children;
    open.at = (at + lines.length) % lines.length;
    [...lines].forEach((line, number) => line.setAttribute("aria-selected", String(number === open.at)));
    lines[open.at].scrollIntoView({ block: "nearest" });
    open.field.setAttribute("aria-activedescendant", lines[open.at].id);
  }

  function take(at) {
    const { field, choices } = open;
    const choice = choices[at];
    close();
    if (words(field)) {
      const before = field.value.split(",").slice(0, -1).map((word) => word.trim());
      field.value = [...before, choice.text].join(", ");
    } else {
      field.value = choice.fill?.description || choice.text;
    }
    field.dispatchEvent(new CustomEvent("choice", { bubbles: true, detail: choice }));
    field.dispatchEvent(new Event("change", { bubbles: true }));
  }

  async function ask(field) {
    const text = sought(field);
    const from = field.closest("[data-choices-url]")?.dataset.choicesUrl;
    if (!text || !from) return close();
    const url = `${from.replace("KIND", field.dataset.choices)}?q=${encodeURIComponent(text)}`;
    const answer = await fetch(url, { headers: { "X-Requested-With": "fetch" } }).catch(() => null);
    if (!answer?.ok || sought(field) !== text) return;
    show(field, (await answer.json()).choices);
  }

  document.addEventListener("input", (event) => {
    const field = event.target;
    if (!field.dataset?.choices) return;
    setUp(field);
    clearTimeout(field.choicesTimer);
    field.choicesTimer = setTimeout(() => ask(field), WAIT);
  });
  document.addEventListener("focusin", (event) => event.target.dataset?.choices && setUp(event.target));
  document.addEventListener("focusout", (event) => event.target === open?.field && close());
  document.addEventListener("keydown", (event) => {
    const field = event.target;
    if (!field.dataset?.choices || event.altKey || event.ctrlKey || event.metaKey) return;
    if (!open || open.field !== field) {
      if (event.key === "ArrowDown") {
        event.preventDefault();
        ask(field);
      }
      return;
    }
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      mark(open.at < 0 && event.key === "ArrowUp" ? -1 : open.at + (event.key === "ArrowDown" ? 1 : -1));
    } else if (event.key === "Enter" && open.at >= 0) {
      event.preventDefault();
      event.stopPropagation();
      take(open.at);
    } else if (event.key === "Tab" && open.at >= 0) {
      take(open.at);
    } else if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      close();
    }
  }, true);
  document.addEventListener("DOMContentLoaded", () => document.querySelectorAll("[data-choices]").forEach(setUp));
})();
