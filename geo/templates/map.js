"use strict";
(() => {
  const page = openPage();
  const { data, byId, word, number, stateName, officeName, make, swatch, card } = page;

  /* Rows of the page's data, by name. */
  const sites = data.sites.map(([id, name, office, state, latitude, longitude, without]) =>
    ({ id, name, office, state, at: [latitude, longitude], without, cells: [] }));
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

  /* Settlements are squares and candidates diamonds, so that they differ from sites without colour, too. */
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
  L.Canvas.include({
    _updateDiamond(layer) {
      if (!this._drawing || layer._empty()) return;
      const { _point: p, _radius: r, _renderer: { _ctx: pen } } = layer;
      pen.beginPath();
      pen.moveTo(p.x, p.y - r);
      for (const [x, y] of [[r, 0], [0, r], [-r, 0]]) pen.lineTo(p.x + x, p.y + y);
      pen.closePath();
      this._fillStroke(pen, layer);
    },
  });
  L.SVG.include({
    _updateDiamond(layer) {
      const { _point: p, _radius: r } = layer;
      this._setPath(layer, layer._empty() ? "M0 0" : `M${p.x} ${p.y - r}l${r} ${r}l${-r} ${r}l${-r} ${-r}z`);
    },
  });
  const Diamond = L.CircleMarker.extend({ _updatePath() { this._renderer._updateDiamond(this); } });
  const Square = L.CircleMarker.extend({ _updatePath() { this._renderer._updateSquare(this); } });

  const shortened = (names) => {
    const all = (names || "").split("、");
    return all.length > 5 ? `${all.slice(0, 5).join("、")} …` : names;
  };
  const siteCard = (site) => {
    const box = card(site.name, [
      ["ID", site.id], [word("office"), officeName(site.office)], [word("state"), stateName(site.state)],
      [word("cells"), number(site.cells.length)],
      [word(site.state === "down" ? "people_without_down" : "people_without"), site.without === null ? null : number(site.without)],
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
  const near = (id, km) => (id === null ? null : `${siteName[id] || id} · ${number(km, 1)} km`);
  const gapCard = (gap) => card(`${word("gap")} ${gap.gap_id}`, [
    [word("office"), officeName(gap.office_id)], [word("area"), `${number(gap.area_km2, 1)} km²`],
    [word("people_inside"), number(gap.people)],
    [word("villages"), [number(gap.settlements), shortened(gap.settlement_names)].filter(Boolean).join(" · ")],
    [word("nearest_site"), near(gap.nearest_site_id, gap.nearest_site_km)],
    [word("farthest"), gap.farthest_km === null ? null : `${number(gap.farthest_km, 1)} km`],
  ]);
  const candidateCard = (place) => card(`${word("candidate")} ${place.rank}`, [
    [word("office"), officeName(place.office_id)],
    [word("site_kind"), data.words[place.site_kind] ? word(place.site_kind) : place.site_kind],
    [word("people_gained"), number(place.people_gained)], [word("people_so_far"), number(place.people_so_far)],
    [word("holds_share"), place.holds_share === null ? null : `${number(100 * place.holds_share)} %`],
    [word("places_gained"), shortened(place.places_gained)],
    [word("nearest_site"), near(place.nearest_site_id, place.nearest_site_km)],
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
  const troubled = ({ state }) => !["in_service", "planned", "retired"].includes(state);
  const sitesIn = (renderer) => L.layerGroup([...sites].sort((a, b) => troubled(a) - troubled(b)).map((site) => {
    const marker = L.circleMarker(site.at, { renderer, ...page.siteColours(site.state), weight: 1, fillOpacity: 1 });
    if (renderer === screen) markers.set(site, marker);
    return withCard(marker, () => siteCard(site));
  }));
  const candidatesIn = (renderer) => L.layerGroup(data.candidates.map((place) => withCard(new Diamond(
    [place.latitude, place.longitude], { renderer, weight: 1.2, color: "#fff", fillColor: "#7a1fd1", fillOpacity: 1, rank: place.rank },
  ), () => candidateCard(place)).bindTooltip(`${place.rank}`, {
    permanent: true, direction: "center", className: "rank", interactive: false,
  })));
  /* A light line lies under the dark one, which could not be seen over strong levels. */
  const borders = L.svg({ pane: "borders", padding: 0.5 });
  const bordersIn = (color, weight) => L.geoJSON(data.areas, {
    pane: "borders", renderer: borders, interactive: false, style: { color, weight, fill: false },
  });
  const layers = {
    ...Object.fromEntries(data.pictures.map(({ key, uri }) => [key, L.imageOverlay(uri, data.bounds, { pane: "levels" })])),
    gaps: gapsIn(screen, hatch),
    offices: L.layerGroup([bordersIn("#ffffffa8", 3.6), bordersIn("#3b4753", 1.6)]),
    settlements: settlementsIn(screen),
    sites: sitesIn(screen),
    candidates: candidatesIn(screen),
  };
  const names = data.labels.map(([latitude, longitude]) => {
    const text = make("span");
    L.marker([latitude, longitude], { interactive: false, keyboard: false, icon: L.divIcon({ className: "county", html: text, iconSize: null }) })
      .addTo(layers.offices);
    return text;
  });
  const order = () => {
    for (const key of ["gaps", "settlements", "sites", "candidates"])
      if (map.hasLayer(layers[key])) layers[key].eachLayer((layer) => layer.bringToFront());
  };
  const resize = (which = layers) => {
    const closer = Math.max(0, map.getZoom() - home);
    const crowd = Math.max(0.6, Math.min(1, Math.sqrt(800 / sites.length)));
    const small = crowd * (map.getSize().x < 600 ? 0.75 : 1);
    which.sites.eachLayer((m) => m.setRadius(Math.min(8, small * (3 + 1.1 * closer))));
    which.settlements.eachLayer((m) =>
      m.setRadius(Math.min(8, small * ((m.options.covered ? 0.9 : 2.6) + Math.sqrt(m.options.people) / 45 + 0.8 * closer))));
    which.candidates.eachLayer((m) => m.setRadius(Math.min(14, small * (11 + 0.5 * closer))));
  };
  /* Pictures cover each other: of them only one is shown. */
  const pictures = new Set(data.pictures.map(({ key }) => key));
  for (const [key, layer] of Object.entries(layers)) if (!pictures.has(key) || key === "level") layer.addTo(map);
  resize();
  order();
  map.on("zoomend", () => resize());

  /* Legend: each row switches its layer. */
  const keys = (pairs) => {
    const box = make("div", null, "keys");
    for (const [mark, text] of pairs) {
      const key = make("span");
      key.append(...(mark ? [mark] : []), make("span", text));
      box.append(key);
    }
    return box;
  };
  const legend = () => {
    const gapArea = data.gaps.reduce((sum, gap) => sum + gap.properties.area_km2, 0);
    const rank = (state) => (data.states[state] ? Object.keys(data.states).indexOf(state) : Infinity);
    const states = [...new Set(sites.map((s) => s.state))].sort((a, b) => rank(a) - rank(b));
    const rows = [
      ...data.pictures.map((picture) => [picture.key, null, word(`${picture.key}_unit`), [page.scale(picture)]]),
      ["gaps", swatch("hatch"), word("gap_count", { count: number(data.gaps.length), area: number(gapArea) }),
        [keys([["", word("below", { threshold: `${data.threshold}`.replace("-", "−") })]])]],
      ["sites", null, number(sites.length), [keys(states.map((state) => {
        const style = page.siteColours(state);
        return [swatch("dot", { background: style.fillColor }), stateName(state)];
      })), make("p", page.say(data.asOf), "as-of")]],
      ["candidates", swatch("diamond"), number(data.candidates.length), []],
      ["settlements", null, number(settlements.length), [keys([
        [swatch("square"), word("covered")], [swatch("square", { background: "#f08020" }), word("uncovered")]])]],
      ["offices", swatch("border"), number(data.areas.length), []],
    ];
    byId("layers").replaceChildren(...rows.filter(([key]) => key !== "candidates" || data.candidates.length).map(([key, mark, note, more]) => {
      const row = make("div", null, "layer");
      const label = make("label");
      const box = make("input");
      box.type = "checkbox";
      box.checked = map.hasLayer(layers[key]);
      box.dataset.layer = key;
      row.classList.toggle("off", !box.checked);
      box.addEventListener("change", () => {
        if (box.checked) {
          if (pictures.has(key)) for (const other of pictures) layers[other].remove();
          layers[key].addTo(map);
          resize();
          order();
        } else layers[key].remove();
        legend();
        byId("layers").querySelector(`[data-layer=${key}]`).focus();
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
    page.speak();
    query.placeholder = word("search");
    query.setAttribute("aria-label", word("search"));
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
  byId("language").addEventListener("click", () => { page.turn(); speak(); });

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
    paperLayers = { gaps: gapsIn(svg, "url(#hatch)"), settlements: settlementsIn(svg), sites: sitesIn(svg), candidates: candidatesIn(svg) };
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
