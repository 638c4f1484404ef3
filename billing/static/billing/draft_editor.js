/* A draft on the page: lines are added, moved, doubled and taken away here; what they come to, the server says. */
(() => {
  "use strict";

  const WAIT = 300; // milliseconds after the last key, before the server is asked for the figures
  let isChanged = false;
  let leaving = false;

  // -- What was typed is not lost by a slip: of a draft, and of the form on an issued invoice

  function guard(form) {
    const changed = () => (isChanged = true);
    form.addEventListener("input", changed);
    form.addEventListener("choice", changed);
    form.addEventListener("submit", (event) => {
      if (leaving) event.preventDefault(); // sent twice by a double click
      leaving = true;
    });
  }
  window.addEventListener("beforeunload", (event) => {
    if (isChanged && !leaving) event.preventDefault();
  });
  window.addEventListener("pageshow", () => (leaving = false));
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-leave]")) isChanged = false;
  });
  document.querySelectorAll("[data-guard]").forEach(guard);

  const form = document.getElementById("draft");
  if (!form) return;
  guard(form);
  isChanged = Boolean(form.querySelector(".sheet-alert:not([hidden]), [aria-invalid]"));

  const list = document.getElementById("draft-rows");
  const said = document.getElementById("draft-said");
  const model = document.getElementById("draft-row");
  const rows = () => [...list.children];
  const rowOf = (element) => element.closest("[data-row]");
  const part = (row, name) => row.querySelector(`[data-field="${name}"]`);
  const texts = ["description", "code", "unit_price", "discount_percent", "discount_amount"];
  const isBlank = (row) => texts.every((name) => !part(row, name).value.trim()) && !part(row, "service").value;
  let made = 0;

  // -- Lines

  function fresh() {
    const key = `n${Date.now().toString(36).slice(-6)}${(made += 1).toString(36)}`;
    const holder = document.createElement("template");
    holder.innerHTML = model.innerHTML.replaceAll("KEY", key);
    return holder.content.querySelector("[data-row]");
  }

  function add() {
    if (rows().length > Number(form.dataset.most)) return null;
    const row = fresh();
    list.append(row);
    return row;
  }

  /* The last line is always an empty one to go on in. */
  function keepBlank() {
    const all = rows();
    if (!all.length || !isBlank(all[all.length - 1])) add();
  }

  function copy(row) {
    const twin = fresh();
    for (const from of row.querySelectorAll("[data-field]")) {
      if (from.dataset.field !== "id") part(twin, from.dataset.field).value = from.value;
    }
    unfold(twin, !row.querySelector("[data-details]").hidden);
    row.after(twin);
    part(twin, "description").focus();
    said.textContent = form.dataset.saidCopied;
    changed();
  }

  function remove(row) {
    const next = row.nextElementSibling || row.previousElementSibling;
    row.remove();
    keepBlank();
    part(next || rows()[0], "description").focus();
    said.textContent = form.dataset.saidRemoved;
    changed();
  }

  function move(row, by) {
    const other = by < 0 ? row.previousElementSibling : row.nextElementSibling;
    if (!other || (by > 0 && isBlank(other) && !other.nextElementSibling)) return;
    const focused = document.activeElement;
    if (by < 0) other.before(row);
    else other.after(row);
    focused?.focus();
    said.textContent = `${form.dataset.saidMoved} ${rows().indexOf(row) + 1}`;
    changed();
  }

  const language = document.documentElement.lang;
  const locale = language === "en" ? "en-GB" : language; // the day first, as everywhere here
  const day = (iso) => new Date(`${iso}T00:00`).toLocaleDateString(locale, { dateStyle: "medium" });

  /* What stands in the fields that are folded away. */
  function summarise(row) {
    const value = (name) => part(row, name).value.trim();
    const said = [
      value("code"),
      value("service_date") && day(value("service_date")),
      value("tax_rate") && `${value("tax_rate")} ${form.dataset.saidTax}`,
      value("discount_amount") && `${value("discount_amount")} ${form.dataset.saidOff}`,
    ].filter(Boolean);
    const summary = row.querySelector("[data-summary]");
    summary.textContent = said.join(" · ");
    summary.hidden = !said.length || !row.querySelector("[data-details]").hidden;
  }

  function unfold(row, shown) {
    row.querySelector("[data-details]").hidden = !shown;
    summarise(row);
    row.querySelector('[data-do="more"]').setAttribute("aria-expanded", String(shown));
  }

  const deeds = {
    more: (row) => {
      unfold(row, row.querySelector("[data-details]").hidden);
      if (!row.querySelector("[data-details]").hidden) part(row, "code").focus();
    },
    up: (row) => move(row, -1),
    down: (row) => move(row, 1),
    copy,
    remove,
    add: () => {
      const last = rows().at(-1);
      part(last && isBlank(last) ? last : add() || last, "description").focus();
    },
  };

  form.addEventListener("click", (event) => {
    const button = event.target.closest("[data-do]");
    if (button) deeds[button.dataset.do](rowOf(button));
  });

  // -- Drag to order, by the handle

  let dragged = null;
  list.addEventListener("dragstart", (event) => {
    dragged = event.target.closest?.(".sheet-handle") ? rowOf(event.target) : null;
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
    keepBlank();
    changed();
  });

  // -- Keys

  form.addEventListener("keydown", (event) => {
    const row = rowOf(event.target);
    const deed = { ArrowUp: "up", ArrowDown: "down", d: "copy", D: "copy", Delete: "remove" }[event.key];
    if (event.altKey && row && deed) {
      event.preventDefault();
      deeds[deed](row);
    } else if (event.key === "Enter" && event.target.matches("input") && !event.ctrlKey && !event.metaKey) {
      event.preventDefault(); // the form is sent by its buttons and by Ctrl+S
      if (row) part(row.nextElementSibling || add() || row, "description").focus();
    }
  });
  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey)) return;
    const next = { s: "", Enter: "issue" }[event.key];
    const button = next === undefined ? null : form.querySelector(`.sheet-bar [name="next"][value="${next}"]`);
    if (!button) return;
    event.preventDefault();
    button.click();
  });

  // -- What was chosen

  form.addEventListener("choice", (event) => {
    const choice = event.detail;
    const row = rowOf(event.target);
    if (event.target.dataset.choices === "services") {
      part(row, "service").value = choice.value;
      for (const [name, value] of Object.entries(choice.fill)) part(row, name).value = value;
      if (!part(row, "quantity").value) part(row, "quantity").value = "1";
      part(row, "quantity").focus();
      part(row, "quantity").select();
    } else if (event.target.dataset.choices === "patients") {
      form.elements.patient.value = choice.value;
      appointmentsOf(choice.value);
    }
    changed();
  });

  form.addEventListener("input", (event) => {
    const field = event.target;
    if (field.dataset.choices === "patients") form.elements.patient.value = ""; // another one is meant
    if (field.dataset.choices === "services" && !field.value.trim()) part(rowOf(field), "service").value = "";
    changed();
  });

  async function appointmentsOf(patient) {
    const url = `${form.dataset.choicesUrl.replace("KIND", "appointments")}?q=${patient}`;
    const answer = await fetch(url).catch(() => null);
    if (!answer?.ok) return;
    const select = form.elements.appointment;
    const { choices } = await answer.json();
    select.replaceChildren(select.options[0], ...choices.map((choice) => new Option(choice.text, choice.value)));
    select.value = "";
  }

  // -- What it comes to: asked of the server, which reckons by the rules of the books

  let timer = 0;
  let asked = 0;
  function changed() {
    isChanged = true;
    keepBlank();
    rows().forEach(summarise);
    clearTimeout(timer);
    timer = setTimeout(reckon, WAIT);
  }

  async function reckon() {
    const mine = (asked += 1);
    form.setAttribute("aria-busy", "true");
    const answer = await fetch(form.dataset.figures, { method: "POST", body: new FormData(form) }).catch(() => null);
    if (mine !== asked) return; // a later question is on its way
    form.removeAttribute("aria-busy");
    if (!answer?.ok) return;
    const told = await answer.json();
    document.getElementById("draft-figures").innerHTML = told.box;
    document.getElementById("draft-total").textContent = told.total;
    for (const row of rows()) row.querySelector("[data-line-total]").textContent = told.lines[row.dataset.row] || "";
    const stale = document.getElementById("draft-stale");
    stale.hidden = !told.stale;
    stale.textContent = told.stale;
  }

  keepBlank();
  rows().forEach(summarise);
})();
