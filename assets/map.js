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

async function choose(point) {
  latitude.value = point.lat.toFixed(6);
  longitude.value = point.lng.toFixed(6);
  pin = pin || L.marker(point, { icon, keyboard: false, alt: "" }).addTo(view);
  pin.setLatLng(point);
  const answer = await fetch(`${said.place}?lat=${latitude.value}&lon=${longitude.value}`);
  const area = answer.ok ? (await answer.json()).area : "?";
  selected.textContent = said.selected.replace("{area}", area);
}

view.on("click", (event) => choose(event.latlng));
map.addEventListener("keydown", (event) => {
  if (event.key === "Enter") {
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

const parishes = await (await fetch(said.parishes)).json();
const layer = L.geoJSON(parishes, {
  style: { color: colour, weight: 1.5, fillOpacity: 0.06 },
  onEachFeature: (feature, shape) => shape.bindTooltip(feature.properties.name, { permanent: false, sticky: true }),
}).addTo(view);
view.fitBounds(layer.getBounds());
if (latitude.value && longitude.value) {
  const point = L.latLng(latitude.value, longitude.value);
  view.setView(point, 15);
  choose(point);
} else {
  selected.textContent = said.nothing;
}
map.dataset.ready = "yes";
