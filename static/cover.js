// A page that was hidden at once stays hidden when it is loaded again; schoolsafe.js puts up the cover.
(function () {
  "use strict";
  try {
    if (window.sessionStorage.getItem("is-hidden")) { document.documentElement.classList.add("is-hiding"); }
  } catch (fault) {
    // A browser that keeps nothing shows the page.
  }
}());
