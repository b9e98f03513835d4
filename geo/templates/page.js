"use strict";
/* What every page shares: its data, its words in both languages, numbers, and elements. Every text goes into the page as
   text, never as markup. */
const openPage = () => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const byId = (id) => document.getElementById(id);
  let lang = document.documentElement.dataset.lang;

  const say = (texts) => texts[lang];
  const word = (key, values = {}) => say(data.words[key]).replace(/\{(\w+)\}/g, (_, name) => values[name]);
  const number = (value, decimals = 0) =>
    new Intl.NumberFormat(lang === "zh" ? "zh-CN" : "en-GB", {
      minimumFractionDigits: decimals, maximumFractionDigits: decimals,
    }).format(value);
  const stateName = (state) => (data.states[state] ? say(data.states[state]) : state);
  const officeName = (id) => {
    const area = data.areas.find((a) => a.properties.office_id === id);
    if (!area) return id;
    return (lang === "en" && area.properties.office_name_en) || area.properties.office_name;
  };
  const make = (tag, text, className) => {
    const element = document.createElement(tag);
    if (text !== undefined && text !== null) element.textContent = text;
    if (className) element.className = className;
    return element;
  };
  const styled = (element, style) => { Object.assign(element.style, style); return element; };
  const swatch = (className, style = {}) => styled(make("i", null, `swatch ${className}`), style);
  /* Rows without a value are left out: what is not known is not shown as if it were. */
  const card = (heading, rows) => {
    const box = make("div", null, "card");
    box.append(make("h2", heading));
    const list = make("dl");
    for (const [term, value] of rows)
      if (value !== null && value !== undefined && value !== "") list.append(make("dt", term), make("dd", value));
    box.append(list);
    return box;
  };
  const scale = ({ key, classes }) => {
    const box = make("div", null, "scale");
    for (const { colour } of classes) box.append(styled(make("i"), { background: colour }));
    for (const { floor } of classes) box.append(make("span", `${floor}`.replace("-", "−")));
    for (const end of word(`${key}_ends`).split("|")) box.append(make("b", end));
    return box;
  };
  const speak = () => {
    document.documentElement.lang = lang === "zh" ? "zh-CN" : "en";
    document.title = say(data.title);
    byId("title").textContent = say(data.title);
    byId("note").textContent = say(data.note);
    byId("language").textContent = lang === "zh" ? "English" : "中文";
    for (const element of document.querySelectorAll("[data-word]")) element.textContent = word(element.dataset.word);
  };
  const turn = () => { lang = lang === "zh" ? "en" : "zh"; };
  const siteColours = (state) => {
    if (state === "in_service" || state === "restored") return { fillColor: "#1f2b37", color: "#fff" };
    if (state === "planned") return { fillColor: "#fff", color: "#1f2b37" };
    if (state === "retired") return { fillColor: "#9aa3ab", color: "#fff" };
    if (state === "on_battery" || state === "running") return { fillColor: "#f2b134", color: "#1f2b37" };
    return { fillColor: "#d3125b", color: "#fff" };
  };
  return { data, byId, say, word, number, stateName, officeName, make, styled, swatch, card, scale, speak, turn, siteColours };
};
