(function () {
  // What is not needed at first sight is folded: more of it on a phone, nothing of it on paper.
  var folds = document.querySelectorAll("details.fold, details.how"), everything = document.getElementById("open-everything");
  if (window.matchMedia("(max-width: 640px)").matches) {
    folds.forEach(function (fold) { fold.open = false; });
  }
  function show() {
    var target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) { return; }
    var inside = target.matches("details") ? target : target.querySelector(":scope > details");
    for (var one = inside || target; one; one = one.parentElement) {
      if (one.matches("details")) { one.open = true; }
    }
    target.scrollIntoView();
  }
  window.addEventListener("hashchange", show);
  document.addEventListener("click", function (event) {
    // A second click on the same address changes no hash.
    var link = event.target.closest("a[href^='#']");
    if (link && link.getAttribute("href") === location.hash) { show(); }
  });
  show();
  everything.addEventListener("click", function () {
    var wanted = everything.getAttribute("aria-pressed") !== "true";
    everything.setAttribute("aria-pressed", String(wanted));
    document.querySelectorAll("details").forEach(function (one) { one.open = wanted; });
  });
  var closed = [];
  window.addEventListener("beforeprint", function () {
    closed = Array.prototype.filter.call(folds, function (fold) { return !fold.open; });
    closed.forEach(function (fold) { fold.open = true; });
  });
  window.addEventListener("afterprint", function () { closed.forEach(function (fold) { fold.open = false; }); });
})();
