// The live register with a bad connection: a press waits on the device until the school has it.
// Without this file every button is a plain form.
(function () {
  "use strict";

  const waiting = document.querySelector("[data-queue]");
  const refused = document.getElementById("not-taken");
  if (!waiting || !refused || !window.htmx) { return; }

  const STORE = "register:" + waiting.dataset.queue;
  const GIVE_UP_AFTER = 8000;
  const SOONEST = 1000;
  const LATEST = 10000;
  // In the order in which they were pressed. They outlive a reload, and end with the tab.
  const queue = kept();
  let isSending = false;
  let wait = SOONEST;
  let timer = 0;
  let trouble = "";
  // What is answered at once is not said to wait: the page would come and go under the thumb.
  const LATE_AFTER = 600;
  let isLate = queue.length > 0;
  let pressed = "";
  let held = null;

  function kept() {
    try {
      const found = JSON.parse(window.sessionStorage.getItem(STORE) || "[]");
      return Array.isArray(found) ? found : [];
    } catch (fault) {
      return [];
    }
  }

  function keep() {
    try {
      if (queue.length) {
        window.sessionStorage.setItem(STORE, JSON.stringify(queue));
      } else {
        window.sessionStorage.removeItem(STORE);
      }
    } catch (fault) {
      // A browser that stores nothing still sends what this page remembers.
    }
  }

  // Of a press, so that one that is sent twice is one line. crypto.randomUUID wants https.
  function key() {
    const bytes = window.crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    const hex = Array.from(bytes, function (byte) { return byte.toString(16).padStart(2, "0"); });
    return [4, 2, 2, 2, 6].map(function (count) { return hex.splice(0, count).join(""); }).join("-");
  }

  function token() {
    const field = document.querySelector("#register [name=csrfmiddlewaretoken], main [name=csrfmiddlewaretoken]");
    return field ? field.value : "";
  }

  function line(kind, words) {
    const made = document.createElement(kind);
    made.textContent = words;
    return made;
  }

  // Whatever changes, the button that was pressed stays under the thumb, and the keyboard on it.
  function inSight(place) {
    const box = place.getBoundingClientRect();
    return box.bottom > 0 && box.top < window.innerHeight;
  }

  function hold() {
    const register = document.getElementById("register");
    const here = document.activeElement;
    const own = register.contains(here) ? here : document.getElementById(pressed);
    const row = own && own.closest(".register-row");
    const places = [own, row].concat(Array.from(register.querySelectorAll(".register-row")));
    held = {
      focus: register.contains(here) ? [here.id, row ? row.id : "", "line"] : [],
      tops: places.filter(function (place) {
        return place && place.id && inSight(place);
      }).map(function (place) {
        return { id: place.id, top: place.getBoundingClientRect().top };
      }),
    };
  }

  function byId(id) { return id && document.getElementById(id); }

  function steady() {
    if (!held) { return; }
    const line = document.getElementById("line");
    const focus = held.focus.map(byId).find(Boolean);
    if (focus && document.activeElement === document.body) { focus.focus({ preventScroll: true }); }
    const mark = held.tops.find(function (one) { return byId(one.id); });
    if (!mark) { return; }
    function moved() { return byId(mark.id).getBoundingClientRect().top - mark.top; }
    window.scrollBy({ top: moved(), behavior: "instant" });
    // At the top of the page nothing can be scrolled away: the room of what is gone is kept instead.
    const missing = -moved();
    if (missing > 0) {
      const room = document.createElement("div");
      room.style.height = missing + "px";
      line.append(room);
    }
  }

  function show() {
    const isAlone = !held;
    if (isAlone) { hold(); }
    draw();
    steady();
    if (isAlone) { held = null; }
  }

  function draw() {
    keep();
    document.querySelectorAll("[data-unsent]").forEach(function (pill) { pill.remove(); });
    const shown = isLate ? queue : [];
    shown.forEach(function (press) {
      const row = press.row && document.getElementById(press.row);
      const place = row && row.querySelector(".register-state");
      if (place && !place.querySelector("[data-unsent]")) {
        const pill = line("span", "Not sent yet");
        pill.className = "pill pill-care";
        pill.dataset.unsent = "yes";
        place.append(pill);
      }
    });
    waiting.hidden = !shown.length;
    if (!shown.length) { waiting.replaceChildren(); return; }
    const list = document.createElement("ul");
    queue.forEach(function (press) { list.append(line("li", press.words)); });
    const count = queue.length === 1 ? "1 press" : queue.length + " presses";
    const why = trouble || "Sent by itself as soon as there is a connection. Leave this page open.";
    waiting.replaceChildren(line("p", "Not sent yet: " + count), list, line("p", why));
  }

  function say(press, words) {
    let list = refused.querySelector("ul");
    if (!list) {
      list = document.createElement("ul");
      const read = line("button", "I have read this");
      read.type = "button";
      read.className = "btn btn-outline-primary";
      read.addEventListener("click", function () {
        refused.hidden = true;
        refused.replaceChildren();
      });
      refused.replaceChildren(line("p", "Not written down"), list, read);
    }
    list.append(line("li", press.words + ": " + words));
    refused.hidden = false;
  }

  function later() {
    window.clearTimeout(timer);
    timer = window.setTimeout(send, wait);
    wait = Math.min(wait * 2, LATEST);
  }

  async function ask(press) {
    const body = new URLSearchParams(press.body);
    body.set("press", press.key);
    body.set("ago", String(Math.max(0, Date.now() - press.at)));
    const limit = new AbortController();
    const clock = window.setTimeout(function () { limit.abort(); }, GIVE_UP_AFTER);
    try {
      const answer = await window.fetch(press.action, {
        method: "POST",
        body: body,
        headers: { "HX-Request": "true", "X-CSRFToken": token() },
        redirect: "manual",
        signal: limit.signal,
      });
      return { status: answer.type === "opaqueredirect" ? 302 : answer.status, text: await answer.text() };
    } catch (fault) {
      return { status: 0, text: "" };
    } finally {
      window.clearTimeout(clock);
    }
  }

  // The register as it stands after the press; a renewal that is under way would show an older one.
  function renew(text) {
    const old = document.getElementById("register");
    window.htmx.trigger(old, "htmx:abort");
    hold();
    window.htmx.swap(old, text, { swapStyle: "outerHTML" });
  }

  function take(press, answer) {
    const page = new DOMParser().parseFromString(answer.text, "text/html");
    const isRegister = answer.status === 200 && page.getElementById("register");
    if (isRegister) {
      const words = page.querySelector("#register .refused");
      queue.shift();
      if (words) { say(press, words.textContent); }
      trouble = "";
      wait = SOONEST;
      renew(answer.text);
      return true;
    }
    if (answer.status === 404) {
      queue.shift();
      say(press, "this is no longer possible.");
      return true;
    }
    if (answer.status >= 300 && answer.status < 500) {
      trouble = "The school does not know you any more. Load this page again and sign in: then it is sent.";
    }
    return false;
  }

  async function send() {
    if (isSending || !queue.length) { return; }
    isSending = true;
    const slow = window.setTimeout(function () { isLate = true; show(); }, LATE_AFTER);
    const answer = await ask(queue[0]);
    window.clearTimeout(slow);
    const isDone = take(queue[0], answer);
    isSending = false;
    isLate = queue.length > 0 && (isLate || !isDone);
    show();
    if (isDone) { send(); } else { later(); }
  }

  function isAgain(press) {
    const last = queue[queue.length - 1];
    return Boolean(last) && last.action === press.action && last.body === press.body;
  }

  // Before htmx and the page's own script see it: both would send it at once, or lose it.
  document.addEventListener("submit", function (event) {
    const form = event.target;
    if (!form.matches("form[data-press]")) { return; }
    event.preventDefault();
    event.stopImmediatePropagation();
    const body = new URLSearchParams(new FormData(form));
    body.delete("csrfmiddlewaretoken");
    const press = {
      key: key(),
      at: Date.now(),
      action: form.getAttribute("action"),
      body: body.toString(),
      words: form.dataset.press.trim(),
      row: form.dataset.row || "",
    };
    if (!isAgain(press)) { queue.push(press); }
    pressed = event.submitter ? event.submitter.id : "";
    form.reset();
    const dialog = form.closest("dialog");
    if (dialog) { dialog.close(); }
    show();
    send();
  }, true);

  document.addEventListener("click", function (event) {
    const link = event.target.closest("[data-removal]");
    const dialog = document.getElementById("removal");
    if (link && dialog) {
      event.preventDefault();
      const form = dialog.querySelector("form");
      form.action = link.href;
      form.dataset.press = "Remove " + link.dataset.removal;
      form.dataset.row = link.dataset.row;
      dialog.querySelector("h2").textContent = form.dataset.press;
      dialog.showModal();
    }
    if (event.target.closest("[data-close]")) { event.target.closest("dialog").close(); }
  });

  document.addEventListener("htmx:beforeSwap", function (event) {
    if (event.detail.shouldSwap && event.detail.target.id === "register") { hold(); }
  });
  document.addEventListener("htmx:afterSwap", function () {
    draw();
    steady();
  });
  document.addEventListener("htmx:afterSettle", function () {
    steady();
    held = null;
  });
  window.addEventListener("online", function () { wait = SOONEST; send(); });
  window.addEventListener("beforeunload", function (event) {
    if (queue.length) { event.preventDefault(); }
  });

  show();
  send();
}());
