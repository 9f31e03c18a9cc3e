// A map of the council's own parishes. The pin can be set by click, by keyboard and by button; the parish is said in text.
const map = document.getElementById("map");
const said = map.dataset;
const latitude = document.getElementById("lat");
const longitude = document.getElementById("lon");
const selected = document.getElementById("selected");
const colour = getComputedStyle(document.documentElement).getPropertyValue("--govuk-brand-colour") || "#1d4f5c";

map.hidden = false;
document.getElementById("map-buttons").hidden = false;
map.setAttribute("role", "application");
map.setAttribute("aria-label", said.label);

const view = L.map(map, { zoomControl: false, attributionControl: Boolean(said.tiles) });
L.control.zoom({ zoomInTitle: said.zoomIn, zoomOutTitle: said.zoomOut }).addTo(view);
if (said.tiles) {
  view.attributionControl.setPrefix(false);
  L.tileLayer(said.tiles, { attribution: said.attribution, maxZoom: 19 }).addTo(view);
}
const icon = L.icon({
  iconUrl: said.pin, iconRetinaUrl: said.pinLarge, shadowUrl: said.shadow,
  iconSize: [25, 41], iconAnchor: [12, 41], shadowSize: [41, 41],
});
let pin = null;
let asked = 0;

async function areaOf(point) {
  try {
    const answer = await fetch(`${said.place}?lat=${point.lat.toFixed(6)}&lon=${point.lng.toFixed(6)}`);
    return answer.ok ? (await answer.json()).area : said.unknown;
  } catch {
    return said.unknown;
  }
}

async function choose(point) {
  const number = ++asked;
  latitude.value = point.lat.toFixed(6);
  longitude.value = point.lng.toFixed(6);
  pin = pin || L.marker(point, { icon, keyboard: false, alt: "" }).addTo(view);
  pin.setLatLng(point);
  const area = await areaOf(point);
  if (number === asked) { // a later pin has another answer
    selected.textContent = said.selected.replace("{area}", area);
  }
}

view.on("click", (event) => choose(event.latlng));
map.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target === map) { // and not one of the buttons on it
    event.preventDefault();
    choose(view.getCenter());
  }
});
document.getElementById("centre").addEventListener("click", () => choose(view.getCenter()));
document.getElementById("locate").addEventListener("click", () => {
  const refused = () => { selected.textContent = said.refused; };
  if (!navigator.geolocation) { refused(); return; }
  navigator.geolocation.getCurrentPosition((found) => {
    const point = L.latLng(found.coords.latitude, found.coords.longitude);
    view.setView(point, 16);
    choose(point);
  }, refused);
});

async function outlines() {
  try {
    return await (await fetch(said.parishes)).json();
  } catch {
    return { type: "FeatureCollection", features: [] };
  }
}

const layer = L.geoJSON(await outlines(), {
  style: { color: colour, weight: 1.5, fillOpacity: 0.06 },
  onEachFeature: (feature, shape) => {
    const name = document.createElement("span");
    name.textContent = feature.properties.name; // a name from outside is text, never HTML
    shape.bindTooltip(name, { permanent: false, sticky: true });
  },
}).addTo(view);
if (said.extent) { // of a long road, of which a part is asked for
  const corners = JSON.parse(said.extent).map(([longitude, latitude]) => [latitude, longitude]);
  view.fitBounds(corners, { padding: [24, 24] });
  L.rectangle(corners, { color: colour, weight: 2, dashArray: "6 6", fill: false, interactive: false }).addTo(view);
} else {
  const bounds = layer.getBounds();
  view.fitBounds(bounds.isValid() ? bounds : [[49.9, -6.4], [55.8, 1.8]]); // or all of England
}
const typed = [Number(latitude.value || NaN), Number(longitude.value || NaN)];
if (typed.every(Number.isFinite)) {
  view.setView(typed, 15);
  choose(L.latLng(typed));
} else {
  selected.textContent = said.nothing;
}
for (const field of [latitude, longitude]) { // the pin follows what is typed
  field.addEventListener("change", () => {
    const point = [latitude.value, longitude.value].map((text) => text.trim() ? Number(text) : NaN);
    if (point.every(Number.isFinite) && Math.abs(point[0]) <= 90 && Math.abs(point[1]) <= 180) {
      view.setView(point, 16);
      choose(L.latLng(point));
    }
  });
}
map.dataset.ready = "yes";
