"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const byId = (id) => document.getElementById(id);
  let lang = document.documentElement.dataset.lang;

  /* Words and numbers. Every text goes into the page as text, never as markup. */
  const word = (key, values = {}) =>
    data.words[key][lang].replace(/\{(\w+)\}/g, (_, name) => values[name]);
  const number = (value, decimals = 0) =>
    new Intl.NumberFormat(lang === "zh" ? "zh-CN" : "en-GB", {
      minimumFractionDigits: decimals, maximumFractionDigits: decimals,
    }).format(value);
  const stateName = (state) => (data.states[state] ? data.states[state][lang] : state);
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
  const card = (heading, rows) => {
    const box = make("div", null, "card");
    box.append(make("h2", heading));
    const list = make("dl");
    for (const [term, value] of rows) list.append(make("dt", term), make("dd", value));
    box.append(list);
    return box;
  };

  /* Rows of the page's data, by name. */
  const sites = data.sites.map(([id, name, office, state, latitude, longitude]) =>
    ({ id, name, office, state, at: [latitude, longitude], cells: [] }));
  for (const [id, technology, band, azimuth, tilt, height, site] of data.cells)
    if (site >= 0) sites[site].cells.push({ id, technology, band, azimuth, tilt, height });
  const siteName = Object.fromEntries(sites.map((s) => [s.id, s.name]));
  const settlements = data.settlements.map(([name, people, latitude, longitude, level, cell]) =>
    ({ name, people, at: [latitude, longitude], level, cell, covered: level !== null && level >= data.threshold }));

  /* Map. One canvas takes all the clicks; what cannot be clicked lies in panes of its own below it. */
  const whole = L.latLngBounds(data.outline.flat());
  const map = L.map("map", {
    attributionControl: false, zoomControl: false, zoomSnap: 0.25, zoomDelta: 1, wheelPxPerZoomLevel: 110, maxZoom: 16,
    maxBounds: whole.pad(0.6), renderer: L.canvas({ padding: 0.4, tolerance: 4 }),
  });
  const fit = () => map.fitBounds(whole, { padding: [16, 16], animate: false });
  fit();
  map.setMinZoom(map.getZoom() - 1);
  const home = map.getZoom();
  const zoom = L.control.zoom().addTo(map);
  const back = L.DomUtil.create("a", "back", zoom.getContainer());
  Object.assign(back, { href: "#", role: "button", textContent: "⤢" });
  L.DomEvent.disableClickPropagation(back).on(back, "click", (event) => { L.DomEvent.preventDefault(event); fit(); });
  L.control.scale({ imperial: false, maxWidth: 130 }).addTo(map);
  for (const [name, level] of [["levels", 210], ["outside", 220], ["borders", 230]]) {
    map.createPane(name).style.zIndex = level;
    map.getPane(name).style.pointerEvents = "none";
  }
  const paper = getComputedStyle(document.documentElement).getPropertyValue("--paper").trim();
  const far = whole.pad(6);
  const outside = L.polygon(
    [[far.getSouthWest(), far.getNorthWest(), far.getNorthEast(), far.getSouthEast()], ...data.outline],
    { pane: "outside", renderer: L.svg({ pane: "outside", padding: 1 }), interactive: false, stroke: false, fillColor: paper, fillOpacity: 1 },
  ).addTo(map);
  if (data.areas.length > 8) document.body.classList.add("many");

  const hatch = (() => {
    const tile = document.createElement("canvas");
    tile.width = tile.height = 7;
    const pen = tile.getContext("2d");
    pen.strokeStyle = "#c8500a";
    pen.lineWidth = 1.3;
    for (const shift of [-7, 0, 7]) { pen.moveTo(shift - 1, 8); pen.lineTo(shift + 8, -1); }
    pen.stroke();
    return pen.createPattern(tile, "repeat");
  })();

  /* Settlements are squares, so that they differ from sites without colour, too. */
  L.Canvas.include({
    _updateSquare(layer) {
      if (!this._drawing || layer._empty()) return;
      const { _point: p, _radius: r, _renderer: { _ctx: pen } } = layer;
      pen.beginPath();
      pen.rect(p.x - r, p.y - r, 2 * r, 2 * r);
      this._fillStroke(pen, layer);
    },
  });
  L.SVG.include({
    _updateSquare(layer) {
      const { _point: p, _radius: r } = layer;
      this._setPath(layer, layer._empty() ? "M0 0" : `M${p.x - r} ${p.y - r}h${2 * r}v${2 * r}h${-2 * r}z`);
    },
  });
  const Square = L.CircleMarker.extend({ _updatePath() { this._renderer._updateSquare(this); } });

  const siteStyle = (state) => {
    if (state === "in_service" || state === "restored") return { fillColor: "#1f2b37", color: "#fff" };
    if (state === "planned") return { fillColor: "#fff", color: "#1f2b37" };
    if (state === "retired") return { fillColor: "#9aa3ab", color: "#fff" };
    if (state === "on_battery" || state === "running") return { fillColor: "#f2b134", color: "#1f2b37" };
    return { fillColor: "#b3135a", color: "#fff" };
  };

  const siteCard = (site) => {
    const box = card(site.name, [
      ["ID", site.id], [word("office"), officeName(site.office)], [word("state"), stateName(site.state)],
      [word("cells"), number(site.cells.length)],
    ]);
    if (!site.cells.length) return box;
    const table = make("table");
    const head = table.createTHead().insertRow();
    for (const key of ["cell", "band", "azimuth", "tilt", "height"]) head.append(make("th", word(key)));
    const body = table.createTBody();
    for (const cell of site.cells) {
      const row = body.insertRow();
      const azimuth = cell.azimuth === null ? word("omni") : `${number(cell.azimuth)}°`;
      for (const text of [cell.id, `${cell.technology} ${cell.band}`, azimuth, `${number(cell.tilt)}°`, `${number(cell.height)} m`])
        row.append(make("td", text));
    }
    const frame = make("div", null, "table");
    frame.append(table);
    box.append(frame);
    return box;
  };
  const gapCard = (gap) => card(`${word("gap")} ${gap.gap_id}`, [
    [word("office"), officeName(gap.office_id)], [word("area"), `${number(gap.area_km2, 1)} km²`],
    [word("people_inside"), number(gap.people)],
    ...(gap.nearest_site_id === null ? [] : [[word("nearest_site"),
      `${siteName[gap.nearest_site_id] || gap.nearest_site_id} · ${number(gap.nearest_site_km, 1)} km`]]),
  ]);
  const settlementCard = (place) => card(place.name, [
    [word("people"), number(place.people)], [word("state"), word(place.covered ? "covered" : "uncovered")],
    [word("level"), place.level === null ? word("no_level") : `${number(place.level, 1)} dBm`],
    ...(place.cell === null ? [] : [[word("serving_cell"), place.cell]]),
  ]);
  const withCard = (layer, content) => layer.bindPopup(content, { maxWidth: 330, minWidth: 190, autoPanPadding: [14, 14] });

  /* On the screen one canvas draws all of these; on paper a canvas would lie as a white sheet over the levels, so there the
     same marks are drawn as SVG. */
  const screen = map.options.renderer;
  const gapsIn = (renderer, fillColor) => L.geoJSON(data.gaps, {
    renderer, style: { renderer, color: "#c8500a", weight: 1.4, fillColor, fillOpacity: 0.5 },
    onEachFeature: (feature, layer) => withCard(layer, () => gapCard(feature.properties)),
  });
  const settlementsIn = (renderer) => L.layerGroup(settlements.map((place) => withCard(new Square(place.at, {
    renderer, weight: place.covered ? 0.9 : 1.3, color: place.covered ? "#56646f" : "#1f2b37", fillOpacity: 1,
    fillColor: place.covered ? "#fff" : "#f08020", covered: place.covered, people: place.people,
  }), () => settlementCard(place))));
  const markers = new Map();
  const sitesIn = (renderer) => L.layerGroup(sites.map((site) => {
    const marker = L.circleMarker(site.at, { renderer, ...siteStyle(site.state), weight: 1, fillOpacity: 1 });
    if (renderer === screen) markers.set(site, marker);
    return withCard(marker, () => siteCard(site));
  }));
  const layers = {
    level: L.imageOverlay(data.raster.uri, data.raster.bounds, { pane: "levels" }),
    gaps: gapsIn(screen, hatch),
    offices: L.layerGroup([L.geoJSON(data.areas, {
      pane: "borders", renderer: L.svg({ pane: "borders", padding: 0.5 }), interactive: false,
      style: { color: "#4a5763", weight: 1.6, fill: false },
    })]),
    settlements: settlementsIn(screen),
    sites: sitesIn(screen),
  };
  const names = data.labels.map(([latitude, longitude]) => {
    const text = make("span");
    L.marker([latitude, longitude], { interactive: false, keyboard: false, icon: L.divIcon({ className: "county", html: text, iconSize: null }) })
      .addTo(layers.offices);
    return text;
  });
  const order = () => {
    for (const key of ["gaps", "settlements", "sites"])
      if (map.hasLayer(layers[key])) layers[key].eachLayer((layer) => layer.bringToFront());
  };
  const resize = (which = layers) => {
    const closer = Math.max(0, map.getZoom() - home);
    const crowd = Math.max(0.6, Math.min(1, Math.sqrt(800 / sites.length)));
    const small = crowd * (map.getSize().x < 600 ? 0.75 : 1);
    which.sites.eachLayer((m) => m.setRadius(Math.min(8, small * (3 + 1.1 * closer))));
    which.settlements.eachLayer((m) =>
      m.setRadius(Math.min(8, small * ((m.options.covered ? 0.9 : 2.6) + Math.sqrt(m.options.people) / 45 + 0.8 * closer))));
  };
  for (const layer of Object.values(layers)) layer.addTo(map);
  resize();
  order();
  map.on("zoomend", () => resize());

  /* Legend: each row switches its layer. */
  const styled = (element, style) => { Object.assign(element.style, style); return element; };
  const swatch = (className, style = {}) => styled(make("i", null, `swatch ${className}`), style);
  const keys = (pairs) => {
    const box = make("div", null, "keys");
    for (const [mark, text] of pairs) {
      const key = make("span");
      key.append(...(mark ? [mark] : []), make("span", text));
      box.append(key);
    }
    return box;
  };
  const scale = () => {
    const box = make("div", null, "scale");
    for (const { colour } of data.classes) box.append(styled(make("i"), { background: colour }));
    for (const { floor } of data.classes) box.append(make("span", `${floor}`.replace("-", "−")));
    box.append(make("b", word("weak")), make("b", word("strong")));
    return box;
  };
  const legend = () => {
    const gapArea = data.gaps.reduce((sum, gap) => sum + gap.properties.area_km2, 0);
    const states = [...new Set(sites.map((s) => s.state))];
    const rows = [
      ["level", null, word("dbm"), [scale()]],
      ["gaps", swatch("hatch"), word("gap_count", { count: number(data.gaps.length), area: number(gapArea) }),
        [keys([["", word("below", { threshold: `${data.threshold}`.replace("-", "−") })]])]],
      ["sites", null, number(sites.length), [keys(states.map((state) => {
        const style = siteStyle(state);
        return [swatch("dot", { background: style.fillColor }), stateName(state)];
      }))]],
      ["settlements", null, number(settlements.length), [keys([
        [swatch("square"), word("covered")], [swatch("square", { background: "#f08020" }), word("uncovered")]])]],
      ["offices", swatch("border"), number(data.areas.length), []],
    ];
    byId("layers").replaceChildren(...rows.map(([key, mark, note, more]) => {
      const row = make("div", null, "layer");
      const label = make("label");
      const box = make("input");
      box.type = "checkbox";
      box.checked = map.hasLayer(layers[key]);
      box.dataset.layer = key;
      row.classList.toggle("off", !box.checked);
      box.addEventListener("change", () => {
        row.classList.toggle("off", !box.checked);
        if (!box.checked) { layers[key].remove(); return; }
        layers[key].addTo(map);
        resize();
        order();
      });
      label.append(box, ...(mark ? [mark] : []), make("span", word(key)), make("span", note, "note"));
      row.append(label, ...more);
      return row;
    }));
  };

  const figures = () => {
    const { all, covered } = data.people;
    const pairs = [
      [word("people_covered"), all ? `${number((100 * covered) / all, 1)} %` : "–"],
      [word("gaps"), number(data.gaps.length)], [word("sites"), number(sites.length)], [word("cells"), number(data.cells.length)],
    ];
    byId("figures").replaceChildren(...pairs.map(([term, value]) => {
      const pair = make("div");
      pair.append(make("dt", term), make("dd", value));
      return pair;
    }));
  };

  /* Search. */
  const query = byId("query");
  const hits = byId("hits");
  let found = [];
  const show = (site) => {
    hits.hidden = true;
    query.value = site.name;
    query.blur();
    if (!map.hasLayer(layers.sites)) { layers.sites.addTo(map); legend(); resize(); order(); }
    map.setView(site.at, Math.max(map.getZoom(), Math.min(home + 3, 13)), { animate: false });
    markers.get(site).openPopup();
  };
  query.addEventListener("input", () => {
    const wanted = query.value.trim().toLowerCase();
    found = wanted ? sites.filter((s) => `${s.name} ${s.id}`.toLowerCase().includes(wanted)).slice(0, 8) : [];
    hits.replaceChildren(...found.map((site) => {
      const hit = make("li");
      hit.append(make("span", site.name), make("small", [officeName(site.office), site.id].filter(Boolean).join(" · ")));
      hit.addEventListener("mousedown", (event) => { event.preventDefault(); show(site); });
      return hit;
    }));
    if (wanted && !found.length) hits.append(make("li", word("nothing_found")));
    hits.hidden = !wanted;
  });
  query.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && found.length) show(found[0]);
    if (event.key === "Escape") hits.hidden = true;
  });
  query.addEventListener("blur", () => { hits.hidden = true; });

  /* Language. */
  let popup = null;
  map.on("popupopen", (event) => { popup = event.popup; });
  map.on("popupclose", () => { popup = null; });
  const speak = () => {
    document.documentElement.lang = lang === "zh" ? "zh-CN" : "en";
    document.title = data.title[lang];
    byId("title").textContent = data.title[lang];
    byId("note").textContent = data.note[lang];
    byId("language").textContent = lang === "zh" ? "English" : "中文";
    query.placeholder = word("search");
    query.setAttribute("aria-label", word("search"));
    for (const element of document.querySelectorAll("[data-word]")) element.textContent = word(element.dataset.word);
    for (const [button, key] of [[zoom._zoomInButton, "zoom_in"], [zoom._zoomOutButton, "zoom_out"], [back, "whole"]]) {
      button.title = word(key);
      button.setAttribute("aria-label", word(key));
    }
    names.forEach((text, i) => { text.textContent = officeName(data.areas[i].properties.office_id); });
    figures();
    legend();
    if (popup) popup.update();
    map.invalidateSize();
  };
  byId("language").addEventListener("click", () => { lang = lang === "zh" ? "en" : "zh"; speak(); });

  /* Paper: the whole branch on white, whatever the reader had zoomed to. */
  let paperLayers = null;
  const onPaper = (printing) => {
    outside.setStyle({ fillColor: printing ? "#fff" : paper });
    map.invalidateSize({ animate: false });
    fit();
    if (paperLayers) Object.values(paperLayers).forEach((layer) => layer.remove());
    paperLayers = null;
    if (!printing) return;
    const svg = L.svg({ padding: 0 });
    paperLayers = { gaps: gapsIn(svg, "url(#hatch)"), settlements: settlementsIn(svg), sites: sitesIn(svg) };
    resize(paperLayers);
    for (const [key, layer] of Object.entries(paperLayers)) if (map.hasLayer(layers[key])) layer.addTo(map);
  };
  const print = window.matchMedia("print");
  print.addEventListener("change", () => onPaper(print.matches));

  byId("legend").open = window.innerWidth > 760;
  speak();
  fit();
  window.branchMap = { map, layers, markers, sites };
})();
