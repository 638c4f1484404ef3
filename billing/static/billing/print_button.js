/* Print the page when a button with data-print is pressed. */
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});
