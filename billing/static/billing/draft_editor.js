/* The draft editor: items are added, moved, duplicated and removed here; the server calculates the totals. */
(() => {
  "use strict";

  const DELAY = 300; // milliseconds between the last input and the request of the totals
  let isChanged = false;
  let isSubmitting = false;

  // -- Warn before unsaved input is lost, in the draft editor and on the page of an issued invoice

  function warnBeforeLeaving(form) {
    const markChanged = () => (isChanged = true);
    form.addEventListener("input", markChanged);
    form.addEventListener("choice", markChanged);
    form.addEventListener("submit", (event) => {
      if (isSubmitting) event.preventDefault(); // a double click
      isSubmitting = true;
    });
  }
  window.addEventListener("beforeunload", (event) => {
    if (isChanged && !isSubmitting) event.preventDefault();
  });
  window.addEventListener("pageshow", () => (isSubmitting = false));
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-leave]")) isChanged = false;
  });
  document.querySelectorAll("[data-warn-before-leaving]").forEach(warnBeforeLeaving);

  const form = document.getElementById("draft");
  if (!form) return;
  warnBeforeLeaving(form);
  isChanged = Boolean(form.querySelector(".draft-alert:not([hidden]), [aria-invalid]"));

  const list = document.getElementById("draft-rows");
  const liveRegion = document.getElementById("draft-live-region");
  const rowTemplate = document.getElementById("draft-row-template");
  const rows = () => [...list.children];
  const rowOf = (element) => element.closest("[data-row]");
  const fieldOf = (row, name) => row.querySelector(`[data-field="${name}"]`);
  const isBlank = (row) =>
    [...row.querySelectorAll('[data-field]:not([data-field="quantity"])')].every((field) => !field.value.trim());
  let rowCount = 0;

  // -- Rows

  function newRow() {
    rowCount += 1;
    const key = `n${Date.now().toString(36).slice(-6)}${rowCount.toString(36)}`;
    const holder = document.createElement("template");
    holder.innerHTML = rowTemplate.innerHTML.replaceAll("KEY", key);
    return holder.content.querySelector("[data-row]");
  }

  function addRow() {
    if (rows().length > Number(form.dataset.maxItems)) return null;
    const row = newRow();
    list.append(row);
    return row;
  }

  /* The last row is always a blank one. */
  function ensureBlankRow() {
    const all = rows();
    if (!all.length || !isBlank(all[all.length - 1])) addRow();
  }

  function duplicateRow(row) {
    const copy = newRow();
    for (const source of row.querySelectorAll("[data-field]")) {
      if (source.dataset.field !== "id") fieldOf(copy, source.dataset.field).value = source.value;
    }
    showDetails(copy, !row.querySelector("[data-details]").hidden);
    row.after(copy);
    fieldOf(copy, "description").focus();
    liveRegion.textContent = form.dataset.messageCopied;
    onChange();
  }

  function removeRow(row) {
    const next = row.nextElementSibling || row.previousElementSibling;
    row.remove();
    ensureBlankRow();
    fieldOf(next || rows()[0], "description").focus();
    liveRegion.textContent = form.dataset.messageRemoved;
    onChange();
  }

  function moveRow(row, step) {
    const other = step < 0 ? row.previousElementSibling : row.nextElementSibling;
    if (!other || (step > 0 && isBlank(other) && !other.nextElementSibling)) return;
    const focused = document.activeElement;
    if (step < 0) other.before(row);
    else other.after(row);
    focused?.focus();
    liveRegion.textContent = `${form.dataset.messageMoved} ${rows().indexOf(row) + 1}`;
    onChange();
  }

  const language = document.documentElement.lang;
  const locale = language === "en" ? "en-GB" : language; // with the day first
  const day = (iso) => new Date(`${iso}T00:00`).toLocaleDateString(locale, { dateStyle: "medium" });

  /* Show the values of the collapsed fields. */
  function summarise(row) {
    const value = (name) => fieldOf(row, name).value.trim();
    const values = [
      value("code"),
      value("service_date") && day(value("service_date")),
      value("tax_rate") && `${value("tax_rate")} ${form.dataset.messageTax}`,
      value("discount_amount") && `${value("discount_amount")} ${form.dataset.messageOff}`,
    ].filter(Boolean);
    const summary = row.querySelector("[data-summary]");
    summary.textContent = values.join(" · ");
    summary.hidden = !values.length || !row.querySelector("[data-details]").hidden;
  }

  function showDetails(row, isShown) {
    row.querySelector("[data-details]").hidden = !isShown;
    summarise(row);
    row.querySelector('[data-row-action="more"]').setAttribute("aria-expanded", String(isShown));
  }

  const rowActions = {
    more: (row) => {
      showDetails(row, row.querySelector("[data-details]").hidden);
      if (!row.querySelector("[data-details]").hidden) fieldOf(row, "code").focus();
    },
    up: (row) => moveRow(row, -1),
    down: (row) => moveRow(row, 1),
    copy: duplicateRow,
    remove: removeRow,
    add: () => {
      const last = rows().at(-1);
      fieldOf(last && isBlank(last) ? last : addRow() || last, "description").focus();
    },
  };

  form.addEventListener("click", (event) => {
    const button = event.target.closest("[data-row-action]");
    if (button) rowActions[button.dataset.rowAction](rowOf(button));
  });

  // -- Drag and drop, by the handle

  let dragged = null;
  list.addEventListener("dragstart", (event) => {
    dragged = event.target.closest?.(".draft-handle") ? rowOf(event.target) : null;
    if (!dragged) return;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", dragged.dataset.row);
    event.dataTransfer.setDragImage(dragged, 10, 10);
    dragged.classList.add("is-dragged");
  });
  list.addEventListener("dragover", (event) => {
    const over = dragged && rowOf(event.target);
    if (!over) return;
    event.preventDefault();
    if (over === dragged) return;
    const box = over.getBoundingClientRect();
    if (event.clientY < box.top + box.height / 2) over.before(dragged);
    else over.after(dragged);
  });
  list.addEventListener("drop", (event) => dragged && event.preventDefault());
  list.addEventListener("dragend", () => {
    if (!dragged) return;
    dragged.classList.remove("is-dragged");
    dragged = null;
    ensureBlankRow();
    onChange();
  });

  // -- Keyboard

  form.addEventListener("keydown", (event) => {
    const row = rowOf(event.target);
    const action = { ArrowUp: "up", ArrowDown: "down", d: "copy", D: "copy", Delete: "remove" }[event.key];
    if (event.altKey && row && action) {
      event.preventDefault();
      rowActions[action](row);
    } else if (event.key === "Enter" && event.target.matches("input") && !event.ctrlKey && !event.metaKey) {
      event.preventDefault(); // only its buttons and Ctrl+S submit the form
      if (row) fieldOf(row.nextElementSibling || addRow() || row, "description").focus();
    }
  });
  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey)) return;
    const next = { s: "", Enter: "issue" }[event.key];
    const button = next === undefined ? null : form.querySelector(`.draft-bar [name="next"][value="${next}"]`);
    if (!button) return;
    event.preventDefault();
    button.click();
  });

  // -- Autocomplete

  form.addEventListener("choice", (event) => {
    const choice = event.detail;
    const row = rowOf(event.target);
    if (event.target.dataset.choices === "services") {
      fieldOf(row, "service").value = choice.value;
      for (const [name, value] of Object.entries(choice.fill)) fieldOf(row, name).value = value;
      if (!fieldOf(row, "quantity").value) fieldOf(row, "quantity").value = "1";
      fieldOf(row, "quantity").focus();
      fieldOf(row, "quantity").select();
    } else if (event.target.dataset.choices === "patients") {
      if (choice.dialog) return window.openDialog(choice.dialog);
      form.elements.patient.value = choice.value;
      loadAppointments(choice.value);
    }
    onChange();
  });

  /* The dialog of a new patient ends with a patient: the new one, or a likely duplicate. */
  function choosePatient({ value, text }) {
    form.elements.patient_search.value = text;
    form.elements.patient.value = value;
    loadAppointments(value);
    onChange();
    fieldOf(rows()[0], "description").focus();
    window.dispatchEvent(new CustomEvent("close-dialog"));
  }
  document.addEventListener("patient-chosen", (event) => choosePatient(event.detail));
  document.addEventListener("click", (event) => {
    const link = event.target.closest("#modal [data-patient]");
    if (!link) return;
    event.preventDefault();
    choosePatient({ value: link.dataset.patient, text: link.dataset.text });
  });

  form.addEventListener("input", (event) => {
    const field = event.target;
    if (field.dataset.choices === "patients") form.elements.patient.value = ""; // the patient has to be chosen again
    if (field.dataset.choices === "services" && !field.value.trim()) fieldOf(rowOf(field), "service").value = "";
    onChange();
  });

  async function loadAppointments(patient) {
    const url = `${form.dataset.choicesUrl.replace("KIND", "appointments")}?q=${patient}`;
    const response = await fetch(url).catch(() => null);
    if (!response?.ok) return;
    const select = form.elements.appointment;
    const { choices } = await response.json();
    select.replaceChildren(select.options[0], ...choices.map((choice) => new Option(choice.text, choice.value)));
    select.value = "";
  }

  // -- Totals, calculated by the server

  let timer = 0;
  let lastRequest = 0;
  function onChange() {
    isChanged = true;
    ensureBlankRow();
    rows().forEach(summarise);
    clearTimeout(timer);
    timer = setTimeout(refreshTotals, DELAY);
  }

  async function refreshTotals() {
    lastRequest += 1;
    const request = lastRequest;
    form.setAttribute("aria-busy", "true");
    const body = new FormData(form);
    const response = await fetch(form.dataset.totalsUrl, { method: "POST", body }).catch(() => null);
    if (request !== lastRequest) return; // a newer request is under way
    form.removeAttribute("aria-busy");
    if (!response?.ok) return;
    const result = await response.json();
    document.getElementById("draft-totals").innerHTML = result.html;
    document.getElementById("draft-total").textContent = result.total;
    for (const row of rows()) {
      row.querySelector("[data-line-total]").textContent = result.line_totals[row.dataset.row] || "";
    }
    const stale = document.getElementById("draft-stale");
    stale.hidden = !result.stale;
    stale.textContent = result.stale;
  }

  ensureBlankRow();
  rows().forEach(summarise);
})();
