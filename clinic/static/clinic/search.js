/* The search over everything (Ctrl+K), on top of the theme's: it takes input at once, and Enter opens the marked result,
   which is the first until another one is chosen; when the results of the text are not there yet, it waits for them. */
window.clinicSearch = () => {
  let awaited = null; // the text with which Enter was pressed before its results were there
  let isInNewTab = false;
  const queryOfResults = () => document.getElementById("command-results-list")?.dataset.query;

  return {
    ...window.searchCommand(),

    /* Open the search. It is displayed and focused at once, so that no key is lost. */
    open() {
      if (!this.openCommandResults) {
        this.openCommandResults = true;
        this.toggleBodyOverflow();
      }
      this.$root.style.removeProperty("display");
      this.$refs.searchInputCommand.focus();
    },

    /* Open the marked result of the text in the field. */
    follow(inNewTab) {
      const field = this.$refs.searchInputCommand;
      if (!field.value.trim()) return;
      if (queryOfResults() === field.value) return this.openMarked(inNewTab);
      awaited = field.value;
      isInNewTab = inNewTab;
      window.htmx.trigger(field, "find");
    },

    showResults(event) {
      if (event.target.id !== "command-results") return;
      this.items = document.querySelectorAll("#command-results-list li");
      this.totalItems = this.items.length;
      this.currentIndex = Math.min(1, this.totalItems);
      const text = this.$refs.searchInputCommand.value;
      if (awaited !== text || queryOfResults() !== text) return;
      awaited = null;
      this.openMarked(isInNewTab);
    },

    openMarked(inNewTab) {
      if (this.totalItems) this.selectItem(false, inNewTab);
    },
  };
};
