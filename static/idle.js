// Locks a page in time when nobody does anything, and asks a minute before. The server knows how long is
// left, so two tabs never disagree; without this file it locks at the next page.
(function () {
  "use strict";

  const warning = document.querySelector("[data-idle]");
  const cover = document.querySelector("template[data-lock]");
  if (!warning || !cover) { return; }

  const LOOK_EVERY = 1000;
  const ASK_AGAIN_AFTER = 5000;
  const TELL_EVERY = 60000;
  const warnBefore = Number(warning.dataset.warn) * 1000;
  let ends = Date.now() + Number(warning.dataset.left) * 1000;
  let told = Date.now();
  let asked = 0;
  let isTyped = false;
  let isAsking = false;
  let title = "";

  function isLocked() { return document.body.classList.contains("is-locked"); }

  function token() {
    const field = document.querySelector("[name=csrfmiddlewaretoken]");
    return field ? field.value : "";
  }

  // Whoever has signed in again has another token: the forms of this page take it.
  function renew(fresh) {
    document.querySelectorAll("[name=csrfmiddlewaretoken]").forEach(function (field) { field.value = fresh; });
    if (document.body.hasAttribute("hx-headers")) {
      document.body.setAttribute("hx-headers", JSON.stringify({ "X-CSRFToken": fresh }));
    }
  }

  async function ask(isThere) {
    const here = window.location.pathname;
    const address = warning.dataset.idle + "?at=" + encodeURIComponent(here);
    try {
      const answer = await window.fetch(address, {
        method: isThere ? "POST" : "GET",
        headers: isThere ? { "X-CSRFToken": token() } : {},
      });
      return answer.ok ? await answer.json() : null;
    } catch (fault) {
      return null;
    }
  }

  // Nobody is told anything by a page of somebody else: it is loaded anew, as theirs.
  function take(answer) {
    if (!answer) { return; }
    if (answer.whose && answer.whose !== warning.dataset.whose) {
      window.location.reload();
      return;
    }
    ends = Date.now() + (answer.left === null ? Infinity : answer.left * 1000);
    if (answer.token) { renew(answer.token); }
  }

  function lock() {
    if (isLocked()) { return; }
    document.body.append(cover.content.cloneNode(true));
    const shown = document.querySelector(".lock");
    const link = shown.querySelector("[data-unlock]");
    if (isTyped) {
      shown.querySelector("[data-typed]").hidden = false;
      link.target = "_blank";
      link.rel = "noopener";
    } else {
      const here = window.location.pathname + window.location.search;
      link.href += "?next=" + encodeURIComponent(here);
    }
    title = document.title;
    document.title = "Locked";
    document.body.classList.add("is-locked");
    shown.focus();
  }

  function unlock() {
    document.body.classList.remove("is-locked");
    document.querySelector(".lock").remove();
    document.title = title;
  }

  function show() {
    const left = ends - Date.now();
    warning.hidden = left > warnBefore || left <= 0;
    if (left <= 0) { lock(); }
    if (left > 0 && isLocked()) { unlock(); }
  }

  // What was done in another tab counts here, so the server is asked before anything is said.
  async function look() {
    const isDue = ends - Date.now() <= warnBefore;
    if (ends - Date.now() <= 0 && asked) { show(); }
    if (!isDue || isAsking || Date.now() - asked < ASK_AGAIN_AFTER) { return; }
    isAsking = true;
    asked = Date.now();
    take(await ask(false));
    isAsking = false;
    show();
  }

  // Somebody writes a long answer and asks the server for nothing: that they write says that they are there.
  async function act(event) {
    if (!event.isTrusted || isLocked() || Date.now() - told < TELL_EVERY) { return; }
    told = Date.now();
    take(await ask(true));
    show();
  }

  ["keydown", "pointerdown"].forEach(function (kind) { document.addEventListener(kind, act, true); });
  document.addEventListener("input", function () { isTyped = true; }, true);
  document.addEventListener("submit", function () { isTyped = false; }, true);
  document.addEventListener("click", async function (event) {
    if (!event.target.closest("[data-stay]")) { return; }
    told = Date.now();
    take(await ask(true));
    show();
  });
  document.addEventListener("visibilitychange", function () { asked = 0; look(); });
  window.addEventListener("pageshow", function () { asked = 0; look(); });
  window.setInterval(look, LOOK_EVERY);
}());
