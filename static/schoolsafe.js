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

  // Choosing people. Arrows lead from the field where one types to those found and back; a press of
  // Enter finds, it does not keep the plan. Where the part was renewed, the keyboard keeps its place.
  let place = null;

  function foundBy(field) {
    return Array.from(document.querySelectorAll("#found_" + field.dataset.find + " :is(input, button)"));
  }

  function toward(key, rows, at, home) {
    if (key === "Escape") { return home; }
    return key === "ArrowDown" ? rows[at + 1] : rows[at - 1] || home;
  }

  document.addEventListener("keydown", function (event) {
    const field = event.target.closest("[data-find]");
    const found = event.target.closest("[data-found]");
    if (field && event.key === "Enter") {
      event.preventDefault();
      field.parentElement.querySelector("[name='find']").click();
    } else if ((field && event.key === "ArrowDown") || (found && /^(Arrow(Down|Up)|Escape)$/.test(event.key))) {
      const home = field || found.parentElement.querySelector("[data-find]");
      const rows = foundBy(home);
      const to = toward(event.key, rows, rows.indexOf(event.target), home);
      if (to) { to.focus(); }
      event.preventDefault();
    }
  });

  // Words to find somebody by are no part of the plan: the verdict is not asked because of them.
  document.addEventListener("change", function (event) {
    if (event.target.matches("[data-find]")) { event.stopPropagation(); }
  }, true);

  // Where one touches, a field that takes the focus by itself brings the keyboard up.
  function homeOf(field) {
    return window.matchMedia("(pointer: coarse)").matches ? "id_" + field.dataset.find : field.id;
  }

  // Where the keyboard is when the part is renewed: with whom one ticked after typing, back to typing.
  function keepPlace(pressed) {
    const chooser = pressed.closest(".chooser");
    if (!chooser) { return; }
    const field = chooser.querySelector("[data-find]");
    const here = document.activeElement;
    const isTick = here === pressed && here.type === "checkbox";
    place = { was: isTick && field.value ? field.id : here.id, next: homeOf(field) };
  }

  document.addEventListener("htmx:beforeSwap", function (event) {
    if (event.detail.target.id !== "who") { return; }
    keepPlace(event.detail.requestConfig.elt);
    keepTyped(event.detail.requestConfig.formData);
  });

  // What was typed while the answer was on its way is no part of it: it stays, and is looked for.
  let typed = [];

  function keepTyped(sent) {
    typed = Array.from(document.querySelectorAll("#who [data-find]")).filter(function (field) {
      return sent.has(field.name) && sent.get(field.name) !== field.value;
    });
  }

  function giveTypedBack() {
    typed.forEach(function (old) {
      const field = document.getElementById(old.id);
      field.value = old.value;
      field.dispatchEvent(new Event("input", { bubbles: true }));
    });
    typed = [];
  }

  // A list in which somebody is ticked is renewed by that tick alone, not by an answer that is older.
  document.addEventListener("htmx:oobBeforeSwap", function (event) {
    const list = event.detail.target;
    if (list.matches("[data-found]") && list.querySelector("input:checked")) {
      event.detail.shouldSwap = false;
    }
    const chooser = list.closest(".chooser");
    if (chooser && list.contains(document.activeElement)) {
      left = { was: document.activeElement.id, next: homeOf(chooser.querySelector("[data-find]")) };
    }
  });

  // A chip that is taken off goes with what was typed before, when that is answered first: the keyboard stays.
  let left = null;

  document.addEventListener("htmx:oobAfterSwap", function () {
    const to = left && (document.getElementById(left.was) || document.getElementById(left.next));
    if (to && document.activeElement === document.body) { to.focus(); }
    left = null;
  });

  // A verdict that was asked while somebody was being chosen may be about fewer people, or the other
  // way round: it is asked once more. So it is when a tick gave way to what was typed next.
  let isCrossed = false;

  document.addEventListener("htmx:beforeRequest", function (event) {
    const asks = event.target;
    if (asks.matches("form.plan")) { isCrossed = true; }
    if (asks.closest("#who")) { isCrossed = asks.form.classList.contains("htmx-request"); }
  });

  document.addEventListener("htmx:sendAbort", function (event) {
    const given = event.target;
    if (given.form && given.closest("#who") && !given.matches("[data-find]")) {
      window.htmx.trigger(given.form, "change");
    }
  });

  // The same verdict once more is no news: nothing flickers, nothing is read out twice.
  let verdict = "";

  document.addEventListener("htmx:beforeSwap", function (event) {
    if (event.detail.target.id !== "verdict-box") { return; }
    const isNews = event.detail.serverResponse !== verdict;
    event.detail.shouldSwap = event.detail.shouldSwap && isNews;
    verdict = event.detail.serverResponse;
  });

  document.addEventListener("htmx:afterSettle", function (event) {
    if (event.target.id === "who" && place) {
      const to = document.getElementById(place.was) || document.getElementById(place.next);
      to.focus();
      if (to.matches("[data-find]")) { to.select(); }
      giveTypedBack();
      announce(event.target.dataset.said);
      place = null;
      verdict = "";
      if (isCrossed) { window.htmx.trigger(event.target.closest("form"), "change"); }
      isCrossed = false;
    } else if (event.target.matches("[data-found]") && document.activeElement.matches("[data-find]")) {
      const said = event.target.querySelector(".found-said");
      if (said) { announce(said.textContent); }
    }
  });

  // Hiding the page at once when somebody comes in: nothing of it is left, not its title either, and
  // it does not come back by the same key pressed twice.
  let hiddenTitle = "";

  // In this tab, until somebody goes on: to load the page again, or to go back, shows nothing either.
  function keepHidden(isHidden) {
    try {
      if (isHidden) {
        window.sessionStorage.setItem("is-hidden", "yes");
      } else {
        window.sessionStorage.removeItem("is-hidden");
      }
    } catch (fault) {
      // Nothing is kept; the page is hidden all the same.
    }
  }

  function hidePage() {
    const cover = document.querySelector("template[data-cover]");
    const classes = document.body.classList;
    if (!cover || classes.contains("is-covered") || classes.contains("is-locked")) { return; }
    document.body.append(cover.content.cloneNode(true));
    document.body.classList.add("is-covered");
    hiddenTitle = document.title;
    document.title = document.querySelector(".cover h1").textContent;
    document.querySelector("[data-show]").focus();
    keepHidden(true);
  }

  function showPage() {
    document.querySelector(".cover").remove();
    document.body.classList.remove("is-covered");
    document.documentElement.classList.remove("is-hiding");
    document.title = hiddenTitle;
    keepHidden(false);
    document.querySelector("[data-hide]").focus();
  }

  document.addEventListener("click", function (event) {
    if (event.target.closest("[data-hide]")) { hidePage(); }
    if (event.target.closest("[data-show]")) { showPage(); }
    if (event.target.closest("[data-print]")) { window.print(); }
  });

  document.addEventListener("keydown", function (event) {
    if (event.key === "Escape") { hidePage(); }
  });

  document.addEventListener("DOMContentLoaded", function () {
    showCopyButtons(document);
    document.querySelectorAll("[data-hide], [data-print]").forEach(function (button) { button.hidden = false; });
    if (document.documentElement.classList.contains("is-hiding")) { hidePage(); }
    const summary = document.querySelector("[data-focus]");
    if (summary) { summary.focus(); }
  });

  // What is downloaded leaves the page as it is: what was wrong before is not wrong any more.
  document.addEventListener("submit", function (event) {
    if (!event.target.matches("[data-download]")) { return; }
    document.querySelectorAll(".error-summary, .invalid-feedback").forEach(function (one) { one.remove(); });
    document.querySelectorAll(".is-invalid").forEach(function (one) { one.classList.remove("is-invalid"); });
  });

  // A passkey or key that did not answer: allauth's script would tell the console alone.
  document.addEventListener("allauth.error", function (event) {
    const words = document.querySelector("[data-key-failed]");
    if (words) {
      words.hidden = false;
      event.preventDefault();
    }
  });

  // A file dropped on the form is the one that it asks for, and is sent at once.
  function drops(event) { return event.target.closest ? event.target.closest("[data-drop]") : null; }

  ["dragenter", "dragover", "dragleave", "drop"].forEach(function (name) {
    document.addEventListener(name, function (event) {
      const place = drops(event);
      if (!place || !event.dataTransfer) { return; }
      event.preventDefault();
      place.classList.toggle("is-over", name === "dragenter" || name === "dragover");
      const input = place.querySelector("input[type=file]");
      if (name !== "drop" || !input || event.dataTransfer.files.length !== 1) { return; }
      input.files = event.dataTransfer.files;
      const button = place.querySelector("button[name=drop]");
      if (button && button.form) { button.form.requestSubmit(button); }
    });
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
