// The phone on this page: its light in the top bar, and a card in the corner when it rings here.
(function () {
  "use strict";
  var box = document.getElementById("phone"), light = document.getElementById("phone-light");
  if (!box || !window.EventSource || !window.fetch) return;
  var words = box.dataset, cards = box.querySelector(".phone-cards"), said = box.querySelector("[data-said]");
  var config = { active: new URL(words.active, location.href).href };
  var wanted = {}, dirty = false, opens = false, latest = null;

  function address(id, deed) { return words.card.replace("/0/card/", "/" + id + "/" + deed + "/"); }
  function remembered(what, id) { return sessionStorage.getItem("phone-" + what + "-" + id); }
  function remember(what, id) { sessionStorage.setItem("phone-" + what + "-" + id, "1"); }
  function token() { return JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"]; }
  function cardOf(id) { return cards.querySelector('[data-call="' + id + '"]'); }

  function receive(message) {
    latest = message;
    opens = message.opens;
    light.hidden = !message.line;
    light.dataset.state = message.state;
    light.title = words[message.state];
    light.querySelector("[data-words]").textContent = words[message.state];
    if (document.visibilityState === "visible") follow(message.calls);
  }

  function follow(calls) {
    var now = {};
    calls.forEach(function (call) { now[call.call] = call; });
    Object.keys(wanted).forEach(function (id) { if (!now[id]) delete wanted[id]; });
    cards.querySelectorAll("[data-call]").forEach(function (card) {
      var id = card.dataset.call;
      if (now[id] || card.dataset.over) return;
      if (card.dataset.state === "answered") { card.dataset.over = "1"; fetchCard({ call: id, state: "ended" }); }
      else { card.remove(); said.textContent = words.over; }
    });
    calls.forEach(function (call) {
      if (wanted[call.call] === call.state) return;
      if (remembered("closed", call.call + call.state)) return;
      wanted[call.call] = call.state;
      fetchCard(call);
    });
  }

  function fetchCard(call) {
    fetch(address(call.call, "card") + "?part=1", { credentials: "same-origin", headers: { "HX-Request": "true" } })
      .then(function (answer) { if (!answer.ok) throw new Error(String(answer.status)); return answer.text(); })
      .then(function (html) { show(call, html); })
      .catch(function () {
        delete wanted[call.call];
        setTimeout(function () { if (latest) follow(latest.calls); }, 1000);
      });
  }

  function show(call, html) {
    var now = latest.calls.find(function (one) { return one.call === call.call; });
    if (call.state !== "ended" && (!now || now.state !== call.state)) {
      // The call went on while its card was on the way.
      if (!now && call.state === "answered") fetchCard({ call: call.call, state: "ended" });
      return;
    }
    var holder = document.createElement("template");
    holder.innerHTML = html.trim();
    var card = holder.content.firstElementChild, old = cardOf(call.call);
    if (!card) return;
    if (call.state === "ended") card.dataset.over = "1";
    if (old) old.replaceWith(card); else cards.append(card);
    if (window.htmx) window.htmx.process(card);
    if (card.dataset.state !== "ringing" || remembered("shown", call.call)) return;
    remember("shown", call.call);
    said.textContent = words.rings + " " + call.hint;
    requestAnimationFrame(function () { requestAnimationFrame(function () { acknowledge(call.call); }); });
    maybeOpen(call.call, card);
  }

  function acknowledge(id) {
    fetch(address(id, "shown"), { method: "POST", credentials: "same-origin", keepalive: true, headers: { "X-CSRFToken": token() } }).catch(function () { return null; });
  }

  // Only where the agent asked for it, and never away from something half typed.
  function maybeOpen(id, card) {
    var link = card.querySelector("[data-phone-open]");
    if (!opens || dirty || !link || isOutgoing(id) || !document.hasFocus() || remembered("opened", id)) return;
    remember("opened", id);
    location.assign(link.href);
  }

  function isOutgoing(id) {
    return latest && latest.calls.some(function (call) { return String(call.call) === String(id) && call.way === "out"; });
  }

  cards.addEventListener("click", function (event) {
    if (!event.target.closest("[data-phone-close]")) return;
    var card = event.target.closest("[data-call]");
    remember("closed", card.dataset.call + card.dataset.state);
    card.remove();
  });
  document.addEventListener("keydown", function (event) {
    if (!event.altKey || event.ctrlKey || event.metaKey || event.code !== "KeyA") return;
    var links = cards.querySelectorAll("[data-phone-open]");
    if (!links.length) return;
    event.preventDefault();
    links[links.length - 1].click();
  });
  document.addEventListener("input", function (event) {
    var form = event.target.form;
    if (form && form.method === "post" && !box.contains(form)) dirty = true;
  });
  document.addEventListener("submit", function () { dirty = false; });
  document.addEventListener("visibilitychange", function () {
    if (document.visibilityState === "visible" && latest) follow(latest.calls);
  });

  function lead() {
    var name = "atrium-phone-" + words.user, channel = window.BroadcastChannel ? new BroadcastChannel(name) : null, link = null;
    function begin() {
      var script = document.createElement("script");
      script.src = words.worker;
      script.onload = function () {
        link = window.PhoneLink(config, function (message) { receive(message); if (channel) channel.postMessage(message); });
        link.hello();
      };
      document.head.append(script);
      return new Promise(function () { return null; });
    }
    if (channel) channel.onmessage = function (event) { if (event.data.hello) { if (link) link.hello(); } else receive(event.data); };
    if (channel && navigator.locks) { navigator.locks.request(name, begin); channel.postMessage({ hello: true }); } else begin();
  }

  if (window.SharedWorker) {
    var worker = new SharedWorker(words.worker, { name: "atrium-phone-" + words.user });
    worker.port.onmessage = function (event) { receive(event.data); };
    worker.port.start();
    worker.port.postMessage(config);
    window.addEventListener("pagehide", function () { worker.port.postMessage({ bye: true }); });
    window.addEventListener("pageshow", function (event) { if (event.persisted) worker.port.postMessage(config); });
  } else {
    lead();
  }
})();
