// Small comforts; every page works without them.
(function () {
  "use strict";
  var find = document.getElementById("find");

  var room = document.querySelector(".tabs [aria-current]");
  if (room) room.parentNode.scrollLeft = room.offsetLeft + room.offsetWidth - room.parentNode.clientWidth;

  document.addEventListener("keydown", function (event) {
    var typing = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName) || event.target.isContentEditable;
    if (event.key === "/" && find && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      find.focus();
      find.select();
    }
    if (!typing && /^[0-9]$/.test(event.key) && !event.ctrlKey && !event.metaKey && !event.altKey) {
      var button = document.querySelector('[data-key="' + event.key + '"]');
      if (button) { event.preventDefault(); button.click(); }
    }
    if (event.key === "Escape") {
      document.querySelectorAll("details.menu[open]").forEach(function (menu) { menu.open = false; });
      if (document.activeElement === find) { find.value = ""; clearFound(); find.blur(); }
    }
    if ((event.key === "ArrowDown" || event.key === "ArrowUp") && find && find.form.contains(event.target)) {
      var links = Array.prototype.slice.call(find.form.querySelectorAll(".hits a"));
      if (!links.length) return;
      event.preventDefault();
      var at = links.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1);
      if (at < 0) find.focus(); else links[Math.min(at, links.length - 1)].focus();
    }
  });

  function clearFound() {
    var found = document.getElementById("found");
    if (found) found.replaceChildren();
  }

  document.addEventListener("click", function (event) {
    document.querySelectorAll("details.menu[open]").forEach(function (menu) {
      if (!menu.contains(event.target)) menu.open = false;
    });
    if (find && !find.form.contains(event.target)) clearFound();
  });

  // A form that was sent cannot be sent twice by an impatient hand.
  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (form.method !== "post" || form.hasAttribute("data-again")) return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "1";
    setTimeout(function () { delete form.dataset.sent; }, 4000);
  });
  window.addEventListener("pageshow", function () {
    document.querySelectorAll("form[data-sent]").forEach(function (form) { delete form.dataset.sent; });
  });

  // A table wider than the window scrolls; with nothing to focus inside, the keyboard takes hold of the table itself.
  function reach() {
    document.querySelectorAll(".table-wrap").forEach(function (box) {
      var scrolls = box.scrollWidth > box.clientWidth && !box.querySelector("a[href], button, input, select, summary");
      if (scrolls) box.tabIndex = 0; else box.removeAttribute("tabindex");
    });
  }
  reach();
  window.addEventListener("resize", reach);
  document.addEventListener("htmx:afterSettle", reach);

  function toast(text) {
    var box = document.getElementById("toasts");
    if (!box || !text) return;
    var note = document.createElement("div");
    note.className = "note note-error";
    note.textContent = text;
    box.replaceChildren(note);
    setTimeout(function () { note.remove(); }, 6000);
  }
  document.addEventListener("htmx:sendError", function () { toast(document.getElementById("toasts").dataset.offline); });
  document.addEventListener("htmx:timeout", function () { toast(document.getElementById("toasts").dataset.offline); });
  document.addEventListener("htmx:responseError", function (event) {
    var page = new DOMParser().parseFromString(event.detail.xhr.responseText, "text/html");
    var said = page.querySelector(".error-card p:not(.error-status)");
    toast(said ? said.textContent : document.getElementById("toasts").dataset.offline);
  });
})();
