// Logging a concern with a bad connection or a session that has ended: nothing that was typed is lost,
// and the page says NOT SENT until it is. Without this file the form is a plain form.
(function () {
  "use strict";

  const KEEP_AFTER = 3000;
  const GIVE_UP_AFTER = 20000;
  const TRY_AGAIN_AFTER = 10000;
  // Photos from a telephone on a bad line.
  const GIVE_UP_FILES_AFTER = 300000;
  const MOST_MARKS = 20;
  const SVG = "http://www.w3.org/2000/svg";
  let isTyped = false;
  let isSending = false;
  let isWaiting = false;
  let isLeaving = false;
  let keepTimer = 0;
  let sendTimer = 0;

  function form() { return document.querySelector("form[data-filing]"); }

  function line(kind, words) {
    const made = document.createElement(kind);
    made.textContent = words;
    return made;
  }

  // ---- What the page says ------------------------------------------------------------------------
  // The same words once more are no news: nothing is read out twice.
  function say(words) {
    const place = document.getElementById("draft-state");
    if (place && words && place.textContent !== words) { place.textContent = words; }
  }

  function notSent(words, signIn) {
    const place = document.getElementById("not-sent");
    const parts = [line("p", "NOT SENT"), line("p", words)];
    if (signIn) {
      const link = line("a", "Sign in in another tab");
      link.href = form().dataset.signIn;
      link.target = "_blank";
      link.rel = "noopener";
      parts.push(link);
    }
    place.replaceChildren.apply(place, parts);
    place.hidden = false;
    place.focus();
    say("NOT SENT. Everything you wrote is still on this page.");
  }

  function sent() {
    const place = document.getElementById("not-sent");
    place.hidden = true;
    place.replaceChildren();
  }

  // The concern is received, and its files did not come through: they stay chosen on this page.
  function filesNotSent(address, words) {
    const place = document.getElementById("not-sent");
    const link = line("a", "See what was received");
    link.href = address;
    place.replaceChildren(
      line("p", "The concern is RECEIVED. Its files are NOT SENT."),
      line("p", words),
      link
    );
    place.hidden = false;
    place.focus();
    say("The concern is RECEIVED. Its files are NOT SENT: press \"Log this concern\" to send them again.");
  }

  // ---- Files -------------------------------------------------------------------------------------
  function picker() { return form().querySelector("[name=chosen_files]"); }

  function hasFiles() { return picker().files.length > 0; }

  // A file that was moved or changed since it was chosen cannot be sent, however often one tries.
  async function areReadable() {
    try {
      await Promise.all(Array.from(picker().files).map(function (file) {
        return file.slice(0, 1).arrayBuffer();
      }));
      return true;
    } catch (fault) {
      return false;
    }
  }

  // ---- Asking the school -------------------------------------------------------------------------
  // What is written goes alone and first: no file on a bad line holds it up.
  function body(withFiles) {
    const data = new FormData(form());
    if (!withFiles) { data.delete("chosen_files"); }
    return data;
  }

  function token() { return form().querySelector("[name=csrfmiddlewaretoken]").value; }

  async function ask(address, data, isLast) {
    const limit = new AbortController();
    const patience = data && data.has("chosen_files") ? GIVE_UP_FILES_AFTER : GIVE_UP_AFTER;
    const clock = window.setTimeout(function () { limit.abort(); }, patience);
    try {
      const answer = await window.fetch(address, {
        method: data ? "POST" : "GET",
        body: data || undefined,
        headers: data ? { "X-CSRFToken": token() } : {},
        keepalive: Boolean(isLast),
        signal: limit.signal,
      });
      return { status: answer.status, path: new URL(answer.url).pathname, url: answer.url, text: await answer.text() };
    } catch (fault) {
      return { status: 0, path: "", url: "", text: "" };
    } finally {
      window.clearTimeout(clock);
    }
  }

  function page(text) { return new DOMParser().parseFromString(text, "text/html"); }

  // Who has signed in again has another token: the form takes it, whatever page it came with.
  async function renew() {
    const own = new URL(form().action).pathname;
    const answer = await ask(own);
    const fresh = page(answer.text).querySelector("form[data-filing] [name=csrfmiddlewaretoken]");
    if (answer.status === 0) { return 0; }
    if (answer.status !== 200 || answer.path !== own || !fresh) { return 401; }
    form().querySelector("[name=csrfmiddlewaretoken]").value = fresh.value;
    document.body.setAttribute("hx-headers", JSON.stringify({ "X-CSRFToken": fresh.value }));
    return 200;
  }

  async function post(address, data, isLast) {
    const answer = await ask(address, data, isLast);
    if (answer.status !== 403 || isLast) { return answer; }
    const state = await renew();
    if (state !== 200) { return { status: state, path: "", url: "", text: "" }; }
    data.set("csrfmiddlewaretoken", token());
    return ask(address, data);
  }

  // ---- Drafts ------------------------------------------------------------------------------------
  async function keep(isLast) {
    window.clearTimeout(keepTimer);
    if (!isTyped || isSending || isLeaving || !form()) { return; }
    isTyped = false;
    const address = new URL(form().dataset.keep, window.location.href);
    const data = body();
    // What a browser lets go with a page that closes is small; the rest was kept before.
    const answer = await post(address.href, data, isLast);
    if (answer.status === 200 && answer.path === address.pathname) {
      if (!isWaiting) { say(answer.text); }
    } else {
      isTyped = true;
      say(answer.status === 0
        ? "NOT SENT, and not kept: there is no connection. Leave this page open."
        : "NOT SENT: you are not signed in any more. Sign in again in another tab.");
      keepTimer = window.setTimeout(keep, TRY_AGAIN_AFTER);
    }
  }

  function typed(event) {
    if (!event.target.closest("form[data-filing]") || event.target.name === "find_words") { return; }
    isTyped = true;
    window.clearTimeout(keepTimer);
    keepTimer = window.setTimeout(keep, KEEP_AFTER);
  }

  // ---- Sending -----------------------------------------------------------------------------------
  function release() {
    isSending = false;
    form().querySelectorAll("[aria-disabled]").forEach(function (button) {
      button.removeAttribute("aria-disabled");
    });
  }

  // A form that comes back with something to look at takes the place of the one on the page.
  function show(text) {
    const main = document.querySelector("main");
    const held = picker().files;
    main.replaceChildren.apply(main, Array.from(page(text).querySelector("main").childNodes));
    if (window.htmx) { window.htmx.process(main); }
    if (held.length) { picker().files = held; }
    prepare();
    const summary = main.querySelector("[data-focus]");
    if (summary) { summary.focus(); }
  }

  // What waits for a connection goes by itself then: perhaps nobody is there to be asked about whom it is.
  function askNothing() {
    const said = document.createElement("input");
    said.type = "hidden";
    said.name = "asked_whom";
    said.value = "1";
    if (!form().querySelector("[name=asked_whom]")) { form().append(said); }
  }

  function wait(words) {
    isWaiting = true;
    askNothing();
    notSent(words, false);
    window.clearTimeout(sendTimer);
    sendTimer = window.setTimeout(send, TRY_AGAIN_AFTER);
  }

  function isReceived(answer) { return answer.status === 200 && /\/received\/$/.test(answer.path); }

  function leave(address) {
    isLeaving = true;
    sent();
    window.location.assign(address);
  }

  // The concern is received; its files follow with the same form, which logs nothing a second time.
  async function sendFiles(address) {
    isWaiting = false;
    sent();
    say("The concern is RECEIVED. Sending its files: leave this page open.");
    const answer = await post(form().action, body(true));
    if (isReceived(answer)) {
      leave(address);
    } else if (!await areReadable()) {
      picker().value = "";
      filesNotSent(address, "A file cannot be read any more. Choose the files once more and press again.");
    } else {
      filesNotSent(address, "They did not come through. They are still chosen here: press \"Log this concern\" to send them again, or keep them where they are.");
    }
  }

  function take(answer) {
    if (isReceived(answer)) {
      leave(answer.url);
    } else if (answer.status === 422) {
      isWaiting = false;
      show(answer.text);
      say("NOT SENT. Please look at it again.");
    } else if (answer.status === 0) {
      wait("There is no connection to the school. Everything you wrote is still here. Leave this page open: it is sent by itself as soon as there is a connection, or press again.");
    } else if (answer.status >= 500) {
      wait("The school's computer did not take it. Everything you wrote is still here. It is tried again by itself; if it cannot wait, telephone.");
    } else {
      isWaiting = false;
      refuse(answer);
    }
  }

  function refuse(answer) {
    const words = answer.status === 403 && page(answer.text).querySelector("main p");
    notSent(words
      ? words.textContent.trim()
      : "You are not signed in any more. Everything you wrote is still here. Sign in in another tab, come back and press again.", !words);
  }

  async function send() {
    window.clearTimeout(sendTimer);
    if (isSending || isLeaving) { return; }
    isSending = true;
    const answer = await post(form().action, body());
    if (isReceived(answer) && hasFiles()) { await sendFiles(answer.url); } else { take(answer); }
    release();
  }

  // Before the page's own script sees it: what goes on with the form is sent as every form is.
  document.addEventListener("submit", function (event) {
    if (!event.target.matches("form[data-filing]")) { return; }
    const pressed = event.submitter ? event.submitter.name : "";
    if (pressed === "more") {
      event.preventDefault();
      event.stopImmediatePropagation();
      const row = spare();
      if (row) { reveal(row).querySelector("select").focus(); }
      return;
    }
    if (pressed === "keep") {
      event.preventDefault();
      event.stopImmediatePropagation();
      isTyped = true;
      keep();
      return;
    }
    if (pressed) {
      isLeaving = true;
      return;
    }
    event.preventDefault();
    event.stopImmediatePropagation();
    if (event.submitter) { event.submitter.setAttribute("aria-disabled", "true"); }
    send();
  }, true);

  document.addEventListener("input", typed);
  document.addEventListener("change", typed);
  document.addEventListener("visibilitychange", function () {
    if (document.visibilityState === "hidden") { keep(true); }
  });
  window.addEventListener("online", function () {
    if (isWaiting) { send(); } else { keep(); }
  });
  window.addEventListener("beforeunload", function (event) {
    if (isWaiting && !isLeaving) { event.preventDefault(); }
  });
  window.addEventListener("pageshow", function () { isLeaving = false; });

  // ---- Marks on the body -------------------------------------------------------------------------
  function rows() { return Array.from(document.querySelectorAll("#marks .body-row")); }

  function part(row, name) { return row.querySelector("[name$=_" + name + "]"); }

  function isFree(row) { return !part(row, "place").value && !part(row, "words").value; }

  // The first free place, or a new one below the last.
  function spare() {
    const all = rows();
    const free = all.find(isFree);
    const last = all[all.length - 1];
    const number = Number(last.dataset.mark) + 1;
    if (free || number > MOST_MARKS) { return free; }
    const made = last.cloneNode(true);
    const was = "mark_" + last.dataset.mark + "_";
    made.dataset.mark = String(number);
    made.querySelectorAll("[name], [for], [id], [aria-describedby]").forEach(function (one) {
      ["name", "for", "id", "aria-describedby"].forEach(function (name) {
        const value = one.getAttribute(name);
        if (value) { one.setAttribute(name, value.split(was).join("mark_" + number + "_")); }
      });
    });
    made.querySelectorAll("label, legend").forEach(function (label) {
      label.textContent = label.textContent.replace("Mark " + last.dataset.mark, "Mark " + number);
    });
    made.querySelectorAll("select, textarea, input").forEach(function (field) { field.value = ""; });
    last.after(made);
    return made;
  }

  function reveal(row) {
    row.classList.add("is-shown");
    return row;
  }

  function place(shape, x, y) {
    const row = spare();
    if (!row) { return; }
    const svg = shape.ownerSVGElement;
    part(row, "place").value = svg.dataset.side + "-" + shape.dataset.region;
    part(row, "x").value = String(x);
    part(row, "y").value = String(y);
    draw();
    part(row, "words").focus();
    part(row, "words").dispatchEvent(new Event("input", { bubbles: true }));
  }

  function dot(svg, x, y, number) {
    const circle = document.createElementNS(SVG, "circle");
    const text = document.createElementNS(SVG, "text");
    circle.setAttribute("class", "body-mark");
    circle.setAttribute("cx", x);
    circle.setAttribute("cy", y);
    circle.setAttribute("r", "32");
    text.setAttribute("class", "body-number");
    text.setAttribute("x", x);
    text.setAttribute("y", y);
    text.textContent = number;
    svg.append(circle, text);
  }

  function draw() {
    document.querySelectorAll(".can-press .body-mark, .can-press .body-number").forEach(function (old) { old.remove(); });
    rows().forEach(function (row) {
      const where = part(row, "place").value.split("-");
      const svg = document.querySelector(".can-press svg[data-side='" + where[0] + "']");
      const shape = svg && svg.querySelector("[data-region='" + where[1] + "']");
      if (!shape) { return; }
      const x = part(row, "x").value;
      const y = part(row, "y").value;
      const box = shape.getBBox();
      const isExact = x !== "" && y !== "";
      dot(svg, isExact ? x / 2 : box.x + box.width / 2, isExact ? Number(y) : box.y + box.height / 2, row.dataset.mark);
    });
  }

  document.addEventListener("click", function (event) {
    const shape = event.target.closest(".can-press [data-region]");
    if (!shape) { return; }
    const svg = shape.ownerSVGElement;
    const box = svg.getBoundingClientRect();
    place(shape,
      Math.round((event.clientX - box.left) / box.width * 1000),
      Math.round((event.clientY - box.top) / box.height * 1000));
  });

  // Another place from the list is not where one pressed before.
  document.addEventListener("change", function (event) {
    const row = event.target.closest("#marks .body-row");
    if (!row || event.target !== part(row, "place")) { return; }
    part(row, "x").value = "";
    part(row, "y").value = "";
    draw();
  });

  function prepare() {
    const map = form() && form().querySelector(".body-map");
    if (!map) { return; }
    map.classList.add("can-press");
    form().querySelector(".press-hint").hidden = false;
    draw();
  }

  prepare();
}());
