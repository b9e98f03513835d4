"use strict";
(() => {
  const page = openPage();
  const { data, byId, word, number, stateName, officeName, make, styled, swatch, card } = page;
  const BANDS = ["#4477aa", "#ee6677", "#228833", "#ccbb44", "#66ccee", "#aa3377", "#bbbbbb"];
  const bandOf = ([, , technology, band]) => `${technology} ${band}`;
  const bands = [...new Set(data.cells.map(bandOf))].sort();
  const colours = {
    ...Object.fromEntries(data.scales.map(({ key, classes }) => [key, classes.map(({ colour }) => colour)])),
    band: bands.map((_, i) => BANDS[Math.min(i, BANDS.length - 1)]),
  };
  const chosen = { colour: "level", band: "", site: "" };

  /* Patches: numbers beside the shapes, so that 50,000 of them repeat no words. */
  const patches = data.patches.map(([cell, level, overlap, area]) => ({
    cell, level, overlap, area, band: bands.indexOf(bandOf(data.cells[cell])), site: data.cells[cell][1],
  }));
  const collection = (all) => ({ type: "FeatureCollection", features: all });
  const shapes = collection(data.rings.map((coordinates, id) => ({
    type: "Feature", id, geometry: { type: "Polygon", coordinates },
    properties: { id, level: patches[id].level, overlap: patches[id].overlap, band: patches[id].band, site: patches[id].site },
  })));
  const sites = collection(data.sites.map(([id, , , state, latitude, longitude], i) => ({
    type: "Feature", geometry: { type: "Point", coordinates: [longitude, latitude] },
    properties: { i, id, fill: page.siteColours(state).fillColor, line: page.siteColours(state).color },
  })));

  const wanted = () => {
    const conditions = [];
    if (chosen.band) conditions.push(["==", ["get", "band"], bands.indexOf(chosen.band)]);
    if (chosen.site !== "") conditions.push(["==", ["get", "site"], chosen.site]);
    return conditions.length ? ["all", ...conditions] : null;
  };
  const isWanted = (patch) =>
    (!chosen.band || bands[patch.band] === chosen.band) && (chosen.site === "" || patch.site === chosen.site);
  const paint = () => ["match", ["get", chosen.colour], ...colours[chosen.colour].flatMap((colour, i) => [i, colour]), "#0000"];

  let map = null;
  let ready = false;
  const start = () => {
    map = new maplibregl.Map({
      container: "map", bounds: data.bounds, fitBoundsOptions: { padding: 24 }, attributionControl: false, maxZoom: 17,
      canvasContextAttributes: { preserveDrawingBuffer: true }, fadeDuration: 0, dragRotate: false, pitchWithRotate: false,
      style: {
        version: 8,
        sources: {
          patches: { type: "geojson", data: shapes }, sites: { type: "geojson", data: sites },
          gaps: { type: "geojson", data: collection(data.gaps) }, offices: { type: "geojson", data: collection(data.areas) },
        },
        layers: [
          { id: "paper", type: "background", paint: { "background-color": "#f5f5f1" } },
          { id: "gaps", type: "fill", source: "gaps", paint: { "fill-color": "#c8500a2e", "fill-outline-color": "#c8500a" } },
          { id: "patches", type: "fill", source: "patches", paint: { "fill-color": paint(), "fill-outline-color": "#ffffff55" } },
          { id: "under_offices", type: "line", source: "offices", paint: { "line-color": "#ffffffa8", "line-width": 3.6 } },
          { id: "offices", type: "line", source: "offices", paint: { "line-color": "#3b4753", "line-width": 1.6 } },
          { id: "sites", type: "circle", source: "sites", paint: {
            "circle-color": ["get", "fill"], "circle-stroke-color": ["get", "line"], "circle-stroke-width": 1,
            "circle-radius": ["interpolate", ["linear"], ["zoom"], 7, 2.5, 12, 6],
          } },
        ],
      },
    });
    map.addControl(new maplibregl.NavigationControl({ showCompass: false }), "top-left");
    map.addControl(new maplibregl.ScaleControl({ maxWidth: 130 }), "bottom-left");
    map.once("style.load", () => { ready = true; refresh(); });
    map.on("click", (event) => {
      const [hit] = map.queryRenderedFeatures(event.point, { layers: ["sites", "patches", "gaps"] });
      if (hit) popup(event.lngLat, hit);
    });
  };

  /* Popups. */
  const classText = (key, index) => {
    const { classes } = data.scales.find((scale) => scale.key === key);
    const next = classes[index + 1];
    const from = `${classes[index].floor}`.replace("-", "−");
    if (!next) return `≥ ${from}`;
    const last = key === "overlap" ? next.floor - 1 : next.floor;
    return last === classes[index].floor ? from : `${from} … ${`${last}`.replace("-", "−")}`;
  };
  const patchCard = (patch) => {
    const [cell, site] = data.cells[patch.cell];
    return card(cell, [
      [word("site"), site < 0 ? null : data.sites[site][1]], [word("band"), bands[patch.band]],
      [word("level"), `${classText("level", patch.level)} dBm`], [word("overlap"), classText("overlap", patch.overlap)],
      [word("area"), `${number(patch.area, 2)} km²`],
    ]);
  };
  const siteCard = (i) => {
    const [id, name, office, state] = data.sites[i];
    const own = patches.filter(({ site }) => site === i);
    return card(name, [
      ["ID", id], [word("office"), officeName(office)], [word("state"), stateName(state)],
      [word("area_served"), `${number(own.reduce((sum, { area }) => sum + area, 0), 1)} km²`],
    ]);
  };
  const gapCard = (gap) => card(`${word("gap")} ${gap.gap_id}`, [
    [word("area"), `${number(gap.area_km2, 1)} km²`], [word("people_inside"), number(gap.people)],
  ]);
  let open = null;
  const contents = ({ layer, properties }) => {
    if (layer.id === "sites") return siteCard(properties.i);
    return layer.id === "gaps" ? gapCard(properties) : patchCard(patches[properties.id]);
  };
  const popup = (place, hit) => {
    if (open) open.shown.remove();
    open = { hit, shown: new maplibregl.Popup({ maxWidth: "320px" }).setLngLat(place).setDOMContent(contents(hit)).addTo(map) };
  };

  /* Figures of what is shown. */
  const figures = () => {
    const shown = patches.filter(isWanted);
    const pairs = [
      [word("patches"), number(shown.length)],
      [word("area_served"), `${number(shown.reduce((sum, { area }) => sum + area, 0))} km²`],
      [word("gaps"), number(data.gaps.length)], [word("sites"), number(data.sites.length)],
    ];
    byId("figures").replaceChildren(...pairs.map(([term, value]) => {
      const pair = make("div");
      pair.append(make("dt", term), make("dd", value));
      return pair;
    }));
  };
  const refresh = () => {
    figures();
    if (!ready) return;
    map.setPaintProperty("patches", "fill-color", paint());
    map.setFilter("patches", wanted());
  };

  /* Controls and legend. */
  const hidden = new Set();
  const choice = (key, options) => {
    const row = make("label", null, "row");
    const select = make("select");
    select.id = `by_${key}`;
    for (const [value, text] of options) select.append(Object.assign(make("option", text), { value }));
    select.value = chosen[key];
    select.addEventListener("change", () => { chosen[key] = select.value; speak(); });
    row.append(make("span", word(`by_${key}`)), select);
    return row;
  };
  const siteChoice = () => {
    const row = make("label", null, "row");
    const input = Object.assign(make("input"), { id: "by_site", type: "search", placeholder: word("search"), autocomplete: "off" });
    input.setAttribute("list", "site_names");
    if (chosen.site !== "") input.value = data.sites[chosen.site][1];
    const names = make("datalist");
    names.id = "site_names";
    for (const [id, name] of data.sites) names.append(Object.assign(make("option", id), { value: name }));
    input.addEventListener("change", () => {
      const asked = input.value.trim().toLowerCase();
      const found = data.sites.findIndex(([id, name]) => asked && `${name} ${id}`.toLowerCase().includes(asked));
      chosen.site = found < 0 ? "" : found;
      refresh();
      if (found >= 0 && map) map.jumpTo({ center: [data.sites[found][5], data.sites[found][4]], zoom: Math.max(map.getZoom(), 10) });
    });
    row.append(make("span", word("site")), input, names);
    return row;
  };
  const layerBox = (key, mark, note) => {
    const row = make("div", null, "layer");
    const label = make("label");
    const box = Object.assign(make("input"), { type: "checkbox", checked: !hidden.has(key) });
    box.dataset.layer = key;
    box.addEventListener("change", () => {
      if (box.checked) hidden.delete(key); else hidden.add(key);
      if (!ready) return;
      for (const id of map.getLayersOrder())
        if (map.getLayer(id).source === key) map.setLayoutProperty(id, "visibility", box.checked ? "visible" : "none");
    });
    label.append(box, ...(mark ? [mark] : []), make("span", word(key)), make("span", note, "note"));
    row.append(label);
    return row;
  };
  const legend = () => {
    const bandKeys = make("div", null, "bands");
    bands.forEach((band, i) => {
      const key = make("span");
      key.append(styled(swatch(""), { background: colours.band[i] }), make("span", band));
      bandKeys.append(key);
    });
    const scale = data.scales.find(({ key }) => key === chosen.colour);
    byId("layers").replaceChildren(
      choice("colour", ["level", "overlap", "band"].map((key) => [key, word(key)])),
      scale ? page.scale(scale) : bandKeys,
      choice("band", [["", word("all")], ...bands.map((band) => [band, band])]), siteChoice(),
      layerBox("patches", null, number(patches.length)), layerBox("gaps", swatch("outline"), number(data.gaps.length)),
      layerBox("sites", swatch("dot", { background: "#1f2b37" }), number(data.sites.length)),
      layerBox("offices", swatch("border"), number(data.areas.length)),
    );
  };

  const names = data.labels.map(() => make("span", null, "county"));
  const speak = () => {
    page.speak();
    names.forEach((text, i) => { text.textContent = officeName(data.areas[i].properties.office_id); });
    legend();
    refresh();
    if (open) open.shown.setDOMContent(contents(open.hit));
  };
  byId("language").addEventListener("click", () => { page.turn(); speak(); });
  const canDraw = () => Boolean(document.createElement("canvas").getContext("webgl2"));
  if (canDraw()) {
    start();
    data.labels.forEach(([latitude, longitude], i) =>
      new maplibregl.Marker({ element: names[i] }).setLngLat([longitude, latitude]).addTo(map));
  } else byId("trouble").hidden = false;
  byId("legend").open = window.innerWidth > 760;
  speak();
  window.analystMap = { map, patches, chosen };
})();
