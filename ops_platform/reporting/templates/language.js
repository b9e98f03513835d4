(function () {
  var root = document.documentElement;
  var titles = JSON.parse(document.getElementById("titles").textContent);
  function speak(language) {
    root.lang = language === "zh" ? "zh-CN" : "en";
    root.dataset.lang = language;
    document.title = titles[language];
    document.querySelectorAll("[data-speak]").forEach(function (button) {
      button.setAttribute("aria-pressed", String(button.dataset.speak === language));
    });
    try { localStorage.setItem("ops-language", language); } catch (error) { /* a file:// page may have no storage */ }
  }
  var kept = null;
  try { kept = localStorage.getItem("ops-language"); } catch (error) { /* as above */ }
  var asked = location.hash === "#en" || location.hash === "#zh" ? location.hash.slice(1) : kept;
  speak(asked === "zh" || asked === "en" ? asked : root.dataset.lang);
  document.querySelectorAll("[data-speak]").forEach(function (button) {
    button.addEventListener("click", function () { speak(button.dataset.speak); });
  });
  document.getElementById("print").addEventListener("click", function () { window.print(); });
})();
