(function () {
  // On a phone a row of such a table is shown as a card, each value under the name of its column.
  document.querySelectorAll("table.stack").forEach(function (table) {
    var headers = table.tHead.rows[0].cells;
    table.setAttribute("role", "table");
    Array.prototype.forEach.call(table.tBodies, function (body) {
      Array.prototype.forEach.call(body.rows, function (row) {
        row.setAttribute("role", "row");
        Array.prototype.forEach.call(row.cells, function (cell, place) {
          // Cards are no table to a browser, so that it is said what they are.
          cell.setAttribute("role", cell.tagName === "TH" ? "rowheader" : "cell");
          if (cell.tagName === "TH" || !headers[place]) { return; }
          var name = document.createElement("span");
          name.className = "of";
          Array.prototype.forEach.call((headers[place].querySelector("button") || headers[place]).childNodes, function (node) {
            name.appendChild(node.cloneNode(true));
          });
          cell.insertBefore(name, cell.firstChild);
        });
      });
    });
  });
})();
