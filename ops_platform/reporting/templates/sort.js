(function () {
  // A table sorts by a click on a header; numbers by their size, everything else as the language has it.
  function number(text) {
    var found = text.replace(/[,−]/g, function (sign) { return sign === "," ? "" : "-"; }).match(/-?\d+(\.\d+)?/);
    return found ? parseFloat(found[0]) : null;
  }
  function text(row, place) {
    var cell = row.cells[place];
    return cell ? cell.innerText.trim() : "";
  }
  document.querySelectorAll("table.sortable").forEach(function (table) {
    var body = table.tBodies[0];
    Array.prototype.forEach.call(table.tHead.rows[0].cells, function (header, place) {
      var button = document.createElement("button");
      button.type = "button";
      while (header.firstChild) { button.appendChild(header.firstChild); }
      header.appendChild(button);
      button.addEventListener("click", function () {
        var up = header.getAttribute("aria-sort") === "ascending" ? -1 : 1;
        Array.prototype.forEach.call(table.tHead.rows[0].cells, function (one) { one.removeAttribute("aria-sort"); });
        header.setAttribute("aria-sort", up === 1 ? "ascending" : "descending");
        var numeric = header.classList.contains("r");
        Array.prototype.slice.call(body.rows).sort(function (a, b) {
          var left = text(a, place), right = text(b, place);
          if (!numeric) { return up * left.localeCompare(right, document.documentElement.lang); }
          left = number(left); right = number(right);
          // What has no number stays at the end, whichever way the others go.
          if (left === null || right === null) { return (left === null) - (right === null); }
          return up * (left - right);
        }).forEach(function (row) { body.appendChild(row); });
      });
    });
  });
})();
