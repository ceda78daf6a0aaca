// One link to the phone for all windows of a browser: a stream of words, and the truth fetched whenever it may be stale.
// Runs as a shared worker; a browser without one loads it into the one window that leads.
(function (root) {
  "use strict";
  var POLL = 3000, CHECK = 60000, SILENT = 40000, RANK = { ringing: 1, answered: 2, ended: 3, missed: 3 };

  function PhoneLink(config, tell) {
    var calls = {}, line = false, opens = false, source = null, live = false, reached = 0, heard = 0, words = 0;
    var fetching = false, again = false, asleep = false, tries = 0, shown = "";

    function state() {
      if (live) return "live";
      return Date.now() - reached < 2.5 * POLL ? "polling" : "offline";
    }

    function report(always) {
      var message = { line: line, opens: opens, state: state(), calls: Object.keys(calls).map(function (id) { return calls[id]; }) };
      var text = JSON.stringify(message);
      if (always || text !== shown) { shown = text; tell(message); }
    }

    function close() {
      if (source) source.close();
      source = null; live = false;
    }

    // A word that comes while the truth is on its way is newer than the truth: ask once more.
    function truth() {
      if (fetching) { again = true; return; }
      fetching = true; again = false;
      var before = words;
      fetch(config.active, { credentials: "same-origin", redirect: "manual", headers: { Accept: "application/json" } })
        .then(function (answer) {
          if (answer.type === "opaqueredirect" || answer.status === 403) { asleep = true; line = false; calls = {}; close(); return null; }
          if (!answer.ok) throw new Error(String(answer.status));
          return answer.json();
        })
        .then(function (said) {
          if (!said) return;
          reached = Date.now();
          line = said.line; opens = said.opens;
          if (words !== before) again = true;
          else { calls = {}; said.calls.forEach(function (one) { calls[one.call] = one; }); }
          if (!line) close();
          else if (!source) listen(said);
        })
        .catch(function () { return null; })
        .then(function () { fetching = false; report(false); if (again) truth(); });
    }

    function listen(said) {
      heard = Date.now();
      source = new EventSource(said.push + "?ticket=" + encodeURIComponent(said.ticket));
      source.addEventListener("sync", function () { heard = Date.now(); live = true; tries = 0; truth(); report(false); });
      source.addEventListener("stale", function () { heard = Date.now(); live = false; truth(); });
      source.addEventListener("beat", function () { heard = Date.now(); });
      source.addEventListener("call", function (event) {
        heard = Date.now(); words += 1;
        take(JSON.parse(event.data));
      });
      source.onerror = function () {
        close(); report(false);
        tries += 1;
        setTimeout(truth, Math.min(5000, 250 * tries));
      };
    }

    function take(word) {
      var known = calls[word.call];
      if (known && RANK[word.state] < RANK[known.state]) return;
      if (RANK[word.state] === 3) delete calls[word.call]; else calls[word.call] = word;
      report(false);
    }

    setInterval(function () {
      if (asleep || !line) return;
      if (source && Date.now() - heard > SILENT) { close(); truth(); }
      else if (!live || Date.now() - reached > CHECK) truth();
      report(false);
    }, POLL);

    return {
      hello: function () { asleep = false; report(true); if (!live) truth(); }
    };
  }

  if (typeof SharedWorkerGlobalScope !== "undefined" && root instanceof SharedWorkerGlobalScope) {
    var ports = [], link = null;
    root.onconnect = function (event) {
      var port = event.ports[0];
      port.onmessage = function (message) {
        if (message.data.bye) { ports = ports.filter(function (one) { return one !== port; }); return; }
        if (!link) link = PhoneLink(message.data, function (said) { ports.forEach(function (one) { one.postMessage(said); }); });
        if (ports.indexOf(port) < 0) ports.push(port);
        link.hello();
      };
    };
  } else {
    root.PhoneLink = PhoneLink;
  }
})(self);
