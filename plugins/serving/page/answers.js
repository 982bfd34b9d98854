// What the network says. All names are a stranger's: they become text, never markup.

const byId = (id) => document.getElementById(id);
const FEW = 12; // outputs that are all shown
const SOME = 10;
let everything = false;
let last = null;

export function showNothing(hint) {
  last = null;
  byId("decision").textContent = hint;
  byId("decision").className = "none";
  byId("outputs").replaceChildren();
  for (const id of ["all", "problem", "seen", "inside"]) byId(id).hidden = true;
}

export function showProblem(line) {
  byId("problem").textContent = line;
  byId("problem").hidden = false;
}

export function showAnswer(said) {
  last = said;
  byId("problem").hidden = true;
  showDecision(said);
  showOutputs(said);
  if (said.seen) showSeen(said.seen);
  showLayers(said.layers);
}

function showDecision(said) {
  const place = byId("decision");
  const chosen = said.outputs.filter((output) => output.chosen).map((output) => output.name);
  place.className = said.targets === "values" ? "none" : "";
  if (said.targets === "labels") place.textContent = said.decision;
  else if (said.targets === "sets") place.textContent = chosen.join(", ") || "none of them";
  else place.textContent = said.outputs.length > 1 ? "Its values" : "Its value";
}

function showOutputs(said) {
  const list = byId("outputs");
  let outputs = said.outputs;
  const many = outputs.length > FEW && said.targets !== "values";
  if (many) {
    outputs = [...outputs].sort((a, b) => b.probability - a.probability);
    if (!everything) outputs = outputs.slice(0, SOME);
  }
  list.className = said.targets === "values" ? "values" : "";
  if (outputs.some((output) => output.name.length > 2)) list.classList.add("named");
  while (list.children.length > outputs.length) list.lastChild.remove();
  outputs.forEach((output, i) => fill(list.children[i] ?? list.appendChild(line()), output));
  byId("all").hidden = !many;
  const more = said.left_out ? ` (${said.left_out.toLocaleString("en")} more have less)` : "";
  byId("all").textContent = everything
    ? `Only the first ${SOME}${more}`
    : `All ${said.outputs.length.toLocaleString("en")}${more}`;
}

function line() {
  const made = document.createElement("li");
  const [name, track, bar] = ["span", "div", "div"].map((tag) => document.createElement(tag));
  name.className = "name";
  track.className = "track";
  bar.className = "bar";
  track.append(bar);
  made.append(name, track, document.createElement("data"));
  return made;
}

function fill(item, output) {
  const [name, track, figure] = item.children;
  const share = output.probability;
  name.textContent = name.title = output.name;
  item.className = output.chosen ? "chosen" : "";
  track.hidden = share === undefined;
  track.firstChild.style.width = `${100 * (share ?? 0)}%`;
  figure.value = String(share ?? output.value);
  figure.textContent = share === undefined ? shown(output.value) : `${(100 * share).toFixed(1)} %`;
}

function shown(value, digits = 5) {
  if (value === null) return "not finite";
  return value.toLocaleString("en", { maximumSignificantDigits: digits });
}

function showSeen({ height, width, colours, bytes }) {
  const canvas = byId("sample");
  const pixels = Uint8Array.from(atob(bytes), (letter) => letter.charCodeAt(0));
  canvas.width = width;
  canvas.height = height;
  const image = new ImageData(width, height);
  for (let i = 0; i < height * width; i += 1) {
    const at = i * colours;
    const rgb = colours === 3 ? pixels.slice(at, at + 3) : [pixels[i], pixels[i], pixels[i]];
    image.data.set([...rgb, 255], 4 * i);
  }
  canvas.getContext("2d").putImageData(image, 0, 0);
  byId("sample-size").textContent = `${width} × ${height} pixels`;
  byId("seen").hidden = false;
}

function showLayers(layers) {
  const place = byId("layers");
  while (place.children.length > layers.length) place.lastChild.remove();
  layers.forEach((layer, i) => showLayer(place.children[i] ?? place.appendChild(tile()), layer));
  byId("inside").hidden = false;
}

function tile() {
  const made = document.createElement("figure");
  const [caption, name, about, canvas] = ["figcaption", "strong", "span", "canvas"].map((tag) =>
    document.createElement(tag),
  );
  caption.append(name, about);
  canvas.setAttribute("role", "img");
  made.append(caption, canvas);
  return made;
}

function showLayer(figure, layer) {
  const [caption, canvas] = figure.children;
  const [name, about] = caption.children;
  const count = layer.values.length;
  const square = count > 16 ? Math.ceil(Math.sqrt(1.6 * count)) : count;
  const columns = Math.min(count, layer.columns ?? square);
  const size = Math.min(Math.max(Math.floor(260 / columns), 2), 18);
  const cut = layer.units > count ? `, the first ${count.toLocaleString("en")} shown` : "";
  const units = layer.units.toLocaleString("en");
  const range = `${shown(layer.lowest, 3)} to ${shown(layer.largest, 3)}`;
  const text = `${layer.type}, ${units} ${layer.units === 1 ? "unit" : "units"}${cut}; ${range}`;
  name.textContent = layer.label;
  about.textContent = text;
  canvas.setAttribute("aria-label", `${layer.label}: ${text}; ${layer.active} above 0`);
  canvas.width = columns;
  canvas.height = Math.ceil(count / columns);
  canvas.style.width = `${columns * size}px`;
  paint(canvas, layer.values);
  canvas.onpointermove = (event) => {
    const box = canvas.getBoundingClientRect();
    const x = Math.floor(((event.clientX - box.left) * columns) / box.width);
    const y = Math.floor(((event.clientY - box.top) * canvas.height) / box.height);
    const i = y * columns + Math.min(Math.max(x, 0), columns - 1);
    if (i in layer.values) about.textContent = `unit ${i}: ${shown(layer.values[i])}`;
  };
  canvas.onpointerleave = () => {
    about.textContent = text;
  };
}

// Colour says the sign, its strength the size: what is nothing has the page's own ground.
function paint(canvas, values) {
  const style = getComputedStyle(document.body);
  const colours = ["--negative", "--positive"].map((name) =>
    style.getPropertyValue(name).split(",").map(Number),
  );
  const largest = Math.max(...values.map((v) => Math.abs(v ?? 0))) || 1;
  const image = new ImageData(canvas.width, canvas.height);
  values.forEach((v, i) => {
    const strength = Math.abs(v ?? 0) / largest;
    image.data.set([...colours[v > 0 ? 1 : 0], Math.round(255 * strength)], 4 * i);
  });
  canvas.getContext("2d").putImageData(image, 0, 0);
}

byId("all").addEventListener("click", () => {
  everything = !everything;
  if (last) showOutputs(last);
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  if (last) showLayers(last.layers);
});
