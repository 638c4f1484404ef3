/* Autocomplete of a text field: arrow keys, Enter, Escape; the typed text stays if nothing is chosen.
   <input data-choices="services"> inside an element with data-choices-url, in which KIND stands for the kind. Choosing
   dispatches the event "choice" on the field: {value, text, note, fill}; a choice with the URL of a `dialog` leaves the
   text as it is. In a tag list the last tag is completed. Where only a choice counts, Enter takes the first. */
(() => {
  "use strict";

  const DELAY = 200; // milliseconds after the last input
  let counter = 0;
  let open = null; // the list that is shown, if any

  const isTagList = (field) => field.dataset.choices === "tags";
  const takesFreeText = (field) => field.dataset.choices !== "patients";
  const searchText = (field) => (isTagList(field) ? field.value.split(",").pop() : field.value).trim();

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
    list.className = "draft-choices";
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", document.querySelector(`label[for="${CSS.escape(field.id)}"]`)?.textContent || "");
    choices.forEach((choice, index) => {
      const option = document.createElement("li");
      option.id = `${list.id}-${index}`;
      option.setAttribute("role", "option");
      option.setAttribute("aria-selected", "false");
      const text = option.appendChild(document.createElement("span"));
      text.textContent = choice.text;
      if (choice.note) {
        const note = option.appendChild(document.createElement("span"));
        note.className = "draft-note";
        note.textContent = choice.note;
      }
      option.addEventListener("mousedown", (event) => {
        event.preventDefault();
        take(index);
      });
      list.append(option);
    });
    field.parentElement.append(list);
    field.setAttribute("aria-expanded", "true");
    field.setAttribute("aria-controls", list.id);
    open = { field, list, choices, index: -1 };
    const liveRegion = document.getElementById("draft-live-region");
    const message = field.closest("[data-message-found]")?.dataset.messageFound || "";
    if (liveRegion) liveRegion.textContent = `${choices.length} ${message}`;
  }

  function highlight(index) {
    const options = open.list.children;
    open.index = (index + options.length) % options.length;
    [...options].forEach((option, number) => {
      option.setAttribute("aria-selected", String(number === open.index));
    });
    options[open.index].scrollIntoView({ block: "nearest" });
    open.field.setAttribute("aria-activedescendant", options[open.index].id);
  }

  function take(index) {
    const { field, choices } = open;
    const choice = choices[index];
    close();
    if (isTagList(field)) {
      const previous = field.value
        .split(",")
        .slice(0, -1)
        .map((tag) => tag.trim());
      field.value = [...previous, choice.text].join(", ");
    } else if (!choice.dialog) {
      field.value = choice.fill?.description || choice.text;
    }
    field.dispatchEvent(new CustomEvent("choice", { bubbles: true, detail: choice }));
    field.dispatchEvent(new Event("change", { bubbles: true }));
  }

  async function loadChoices(field) {
    const text = searchText(field);
    const template = field.closest("[data-choices-url]")?.dataset.choicesUrl;
    if (!text || !template) return close();
    const url = `${template.replace("KIND", field.dataset.choices)}?q=${encodeURIComponent(text)}`;
    const response = await fetch(url, { headers: { "X-Requested-With": "fetch" } }).catch(() => null);
    if (!response?.ok || searchText(field) !== text) return;
    show(field, (await response.json()).choices);
  }

  document.addEventListener("input", (event) => {
    const field = event.target;
    if (!field.dataset?.choices) return;
    setUp(field);
    clearTimeout(field.choicesTimer);
    field.choicesTimer = setTimeout(() => loadChoices(field), DELAY);
  });
  document.addEventListener("focusin", (event) => event.target.dataset?.choices && setUp(event.target));
  document.addEventListener("focusout", (event) => event.target === open?.field && close());
  document.addEventListener(
    "keydown",
    (event) => {
      const field = event.target;
      if (!field.dataset?.choices || event.altKey || event.ctrlKey || event.metaKey) return;
      if (!open || open.field !== field) {
        if (event.key === "ArrowDown") {
          event.preventDefault();
          loadChoices(field);
        }
        return;
      }
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        highlight(open.index < 0 && event.key === "ArrowUp" ? -1 : open.index + (event.key === "ArrowDown" ? 1 : -1));
      } else if (event.key === "Enter" && (open.index >= 0 || !takesFreeText(field))) {
        event.preventDefault();
        event.stopPropagation();
        take(Math.max(0, open.index));
      } else if (event.key === "Tab" && open.index >= 0) {
        take(open.index);
      } else if (event.key === "Escape") {
        event.preventDefault();
        event.stopPropagation();
        close();
      }
    },
    true,
  );
  document.addEventListener("DOMContentLoaded", () => document.querySelectorAll("[data-choices]").forEach(setUp));
})();
