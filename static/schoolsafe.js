// Conveniences only: every page does its work without this file.
(function () {
  "use strict";

  function announce(words) {
    const place = document.getElementById("announce");
    if (place) {
      place.textContent = "";
      // A screen reader reads the change, so the same word twice needs an empty moment between.
      window.setTimeout(function () { place.textContent = words; }, 50);
    }
  }

  function showCopied(button) {
    const words = button.dataset.copied || "Copied";
    const label = button.querySelector("span") || button;
    if (!button.dataset.label) {
      button.dataset.label = label.textContent;
    }
    label.textContent = words;
    announce(words);
    window.setTimeout(function () { label.textContent = button.dataset.label; }, 3000);
  }

  function copy(button) {
    const source = document.querySelector(button.dataset.copy);
    if (!source) { return; }
    const text = "value" in source ? source.value : source.textContent.trim();
    function selectInstead() {
      if (source.select) {
        source.focus();
        source.select();
        if (document.execCommand("copy")) { showCopied(button); }
      }
    }
    if (navigator.clipboard && window.isSecureContext) {
      navigator.clipboard.writeText(text).then(function () { showCopied(button); }, selectInstead);
    } else {
      selectInstead();
    }
  }

  function showCopyButtons(root) {
    root.querySelectorAll("[data-copy][hidden]").forEach(function (button) { button.hidden = false; });
  }

  function release(form) {
    delete form.dataset.sending;
    form.querySelectorAll("[aria-disabled='true']").forEach(function (button) {
      button.removeAttribute("aria-disabled");
    });
  }

  function rearm() {
    document.querySelectorAll("form[data-sending]").forEach(release);
  }

  document.addEventListener("click", function (event) {
    const button = event.target.closest("[data-copy]");
    if (button) { copy(button); }
  });

  // The second press of a double click is ignored. The button is not disabled: a disabled button
  // would drop its name from the form and lose the keyboard's place.
  document.addEventListener("submit", function (event) {
    const form = event.target;
    if (form.method.toLowerCase() !== "post" || event.defaultPrevented) { return; }
    if (form.dataset.sending) {
      event.preventDefault();
      return;
    }
    form.dataset.sending = "yes";
    if (event.submitter) { event.submitter.setAttribute("aria-disabled", "true"); }
    // A request that never gets an answer must not leave a dead button behind. One that is answered
    // with a file leaves this page where it is, and somebody may want another file.
    window.setTimeout(release, "download" in form.dataset ? 1500 : 15000, form);
  });

  window.addEventListener("pageshow", rearm);

  // A family's page that came of a form is in no store, so the browser's Back would ask whether to
  // send the form once more. This way it opens the address afresh, which shows how things stand.
  if (document.body.classList.contains("family")) {
    window.history.replaceState(null, "", window.location.href);
  }

  // Choosing people: narrow a long list of ticks down by typing; chosen ones always stay in sight.
  function armPicker(picker) {
    const box = picker.querySelector(".picker-filter");
    const field = box.querySelector("input");
    const count = box.querySelector(".picker-count");
    const rows = Array.from(picker.querySelectorAll(".picker-list > li"));
    function narrow() {
      const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
      let chosen = 0;
      rows.forEach(function (row) {
        const text = row.textContent.toLowerCase();
        const ticked = row.querySelector("input").checked;
        chosen += ticked ? 1 : 0;
        row.hidden = !ticked && !words.every(function (word) { return text.includes(word); });
        row.classList.toggle("is-chosen", ticked);
      });
      count.textContent = chosen + " chosen";
    }
    if (rows.length > 6) { box.hidden = false; }
    field.addEventListener("input", narrow);
    field.addEventListener("keydown", function (event) {
      if (event.key === "Enter") { event.preventDefault(); }
    });
    picker.addEventListener("change", narrow);
    narrow();
  }

  document.addEventListener("DOMContentLoaded", function () {
    document.querySelectorAll("[data-picker]").forEach(armPicker);
    showCopyButtons(document);
    const summary = document.querySelector("[data-focus]");
    if (summary) { summary.focus(); }
  });

  // A passkey or key that did not answer: allauth's script would tell the console alone.
  document.addEventListener("allauth.error", function (event) {
    const words = document.querySelector("[data-key-failed]");
    if (words) {
      words.hidden = false;
      event.preventDefault();
    }
  });

  function stale(isStale) {
    const banner = document.getElementById("stale");
    if (banner) { banner.hidden = !isStale; }
  }

  ["htmx:sendError", "htmx:timeout", "htmx:responseError"].forEach(function (name) {
    document.addEventListener(name, function () { stale(true); });
  });

  document.addEventListener("htmx:afterOnLoad", function (event) {
    if (event.detail.successful) { stale(false); }
  });

  document.addEventListener("htmx:load", function (event) { showCopyButtons(event.detail.elt); });
}());
