/* Action dialogs and forms: a form is sent once, and its input is never lost. */
(() => {
  "use strict";

  /* -- A preset amount is selected on focus, so that typing replaces it */
  document.addEventListener("focusin", (event) => {
    if (event.target.matches?.("input.money")) event.target.select();
  });

  window.openDialog = (url) => {
    window.htmx.ajax("GET", url, { target: "#modal-content", select: "#dialog", swap: "innerHTML" }).then(() => {
      if (document.querySelector("#modal-content #dialog"))
        window.Alpine.$data(document.documentElement).openModal = true;
    });
  };

  /* -- A form with data-once is sent once: a second click does nothing. */
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("[data-once]") || event.submitter?.name === "_preview") return;
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "1";
  });
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("[data-sent]")) delete form.dataset.sent;
  });
  const isPreview = (event) =>
    event.detail.requestConfig?.parameters?._preview || event.detail.target?.id === "dialog-preview";
  function setBusy(event, isBusy) {
    const form = event.target.closest?.("#dialog form");
    if (!form || isPreview(event)) return;
    for (const button of form.querySelectorAll("[type=submit]")) button.disabled = isBusy;
  }
  document.addEventListener("htmx:beforeRequest", (event) => setBusy(event, true));
  document.addEventListener("htmx:responseError", openAsPage);
  document.addEventListener("htmx:sendError", (event) => setBusy(event, false));

  /* A response that is no dialog, such as the login after the session has ended, is opened as a page. */
  function openAsPage(event) {
    const source = event.target;
    if (isPreview(event)) return;
    if (source.matches("#dialog form")) source.submit();
    else if (source.matches("a[href]")) window.location.href = source.href;
  }
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target?.id !== "modal-content" || event.detail.xhr.status !== 200) return;
    if (event.detail.serverResponse.includes('id="dialog"')) return;
    event.detail.shouldSwap = false;
    window.location.reload();
  });
})();
