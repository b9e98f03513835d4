(function () {
  function open(row, wanted) {
    var button = row.querySelector("button");
    button.setAttribute("aria-expanded", String(wanted));
    document.getElementById(button.getAttribute("aria-controls")).hidden = !wanted;
  }
  var rows = document.querySelectorAll("tr.kpi");
  rows.forEach(function (row) {
    row.querySelector("button").addEventListener("click", function () {
      open(row, this.getAttribute("aria-expanded") !== "true");
    });
  });
  document.getElementById("open-all").addEventListener("click", function () {
    var wanted = this.getAttribute("aria-pressed") !== "true";
    this.setAttribute("aria-pressed", String(wanted));
    rows.forEach(function (row) { open(row, wanted); });
  });
})();
