/* The button of the page for paper. */
document.querySelector("[data-print]").addEventListener("click", () => window.print());
