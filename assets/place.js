// A small map of one place, to look at. The page says the same in text.
const map = document.getElementById("place");
const said = map.dataset;
const colour = getComputedStyle(document.documentElement).getPropertyValue("--govuk-brand-colour") || "#1d4f5c";
const at = [Number(said.lat), Number(said.lon)];

map.hidden = false;
map.setAttribute("role", "img");
map.setAttribute("aria-label", said.label);
const view = L.map(map, {
  attributionControl: Boolean(said.tiles), zoomControl: false, dragging: false, keyboard: false, scrollWheelZoom: false,
  doubleClickZoom: false, touchZoom: false, boxZoom: false,
}).setView(at, said.tiles ? 16 : 13);
if (said.tiles) {
  view.attributionControl.setPrefix(false);
  L.tileLayer(said.tiles, { attribution: said.attribution, maxZoom: 19 }).addTo(view);
}
const icon = L.icon({
  iconUrl: said.pin, iconRetinaUrl: said.pinLarge, shadowUrl: said.shadow,
  iconSize: [25, 41], iconAnchor: [12, 41], shadowSize: [41, 41],
});
L.marker(at, { icon, interactive: false, keyboard: false, alt: "" }).addTo(view);
try {
  const outlines = await (await fetch(said.parishes)).json();
  L.geoJSON(outlines, { interactive: false, style: { color: colour, weight: 1.5, fillOpacity: 0.06 } }).addTo(view);
} catch {
  // the pin stands without them
}
map.dataset.ready = "yes";
