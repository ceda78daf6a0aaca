// The builder: after the rule was drawn anew, count again and go on where typing was. Without this file buttons do it.
(function () {
  "use strict";
  var kept = null;

  document.addEventListener("htmx:beforeRequest", function (event) {
    if (event.detail.target && event.detail.target.id === "rule") kept = document.activeElement && document.activeElement.id;
  });

  document.addEventListener("htmx:afterSettle", function (event) {
    if (event.detail.target.id !== "rule" && event.target.id !== "rule") return;
    var again = kept && document.getElementById(kept);
    if (again) again.focus();
    kept = null;
    document.body.dispatchEvent(new CustomEvent("rule-changed"));
  });
})();
