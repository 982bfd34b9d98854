// Strokes on paper, by mouse, finger, pen or keyboard; or a picture from a file.

import { showNothing, showProblem } from "./answers.js";

const byId = (id) => document.getElementById(id);
const LONGEST = 280; // dots of the paper's longer side
const LARGEST = 16 * 1024 * 1024; // bytes of a file
const STEP = 6; // dots that an arrow key moves the pen
const SAID = {
  mnist: "as MNIST's digits are",
  none: "as it is, scaled",
  negative: "as a negative, scaled",
};

export function askForDrawing(network, ask) {
  const { height, width, preparations } = network.picture;
  const paper = byId("paper");
  const preparation = byId("preparation");
  const dot = LONGEST / Math.max(height, width);
  paper.width = Math.round(width * dot);
  paper.height = Math.round(height * dot);
  const pen = LONGEST * 0.075;
  const keys = { x: paper.width / 2, y: paper.height / 3, down: false, shown: false };
  let strokes = [];
  let file = null;
  let bitmap = null;

  for (const name of preparations) {
    preparation.add(new Option(SAID[name] ?? name, name, false, name === network.preparation));
  }

  function draw(context, ink) {
    context.lineCap = context.lineJoin = "round";
    context.lineWidth = pen;
    context.strokeStyle = ink;
    for (const points of strokes) {
      context.beginPath();
      context.moveTo(points[0].x + 0.01, points[0].y); // a point alone is a dot
      for (const { x, y } of points) context.lineTo(x, y);
      context.stroke();
    }
  }

  function show() {
    const context = paper.getContext("2d");
    const ink = getComputedStyle(document.body).color;
    context.clearRect(0, 0, paper.width, paper.height);
    if (bitmap) context.drawImage(bitmap, 0, 0, paper.width, paper.height);
    draw(context, ink);
    if (!keys.shown) return;
    context.lineWidth = 2;
    context.strokeStyle = getComputedStyle(document.body).getPropertyValue("--accent");
    context.beginPath();
    context.arc(keys.x, keys.y, keys.down ? pen / 2 : pen / 3, 0, 7);
    context.stroke();
  }

  // What is sent has bright ink on black, whatever the colours of the page.
  function drawn() {
    const copy = document.createElement("canvas");
    copy.width = paper.width;
    copy.height = paper.height;
    const context = copy.getContext("2d");
    context.fillStyle = "#000";
    context.fillRect(0, 0, copy.width, copy.height);
    draw(context, "#fff");
    return new Promise((resolve) => copy.toBlob(resolve, "image/png"));
  }

  function send() {
    if (file) ask({ body: () => file, type: file.type, preparation: preparation.value });
    else if (strokes.length) {
      ask({ body: drawn, type: "image/png", preparation: preparation.value });
    }
  }

  function clear() {
    strokes = [];
    file = bitmap = null;
    byId("file").value = "";
    keys.down = false;
    showNothing("Draw something.");
    show();
  }

  function point(event) {
    const box = paper.getBoundingClientRect();
    return {
      x: ((event.clientX - box.left) * paper.width) / box.width,
      y: ((event.clientY - box.top) * paper.height) / box.height,
    };
  }

  paper.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    if (file) clear();
    keys.shown = false;
    paper.setPointerCapture(event.pointerId);
    strokes.push([point(event)]);
    show();
  });
  paper.addEventListener("pointerup", send);
  paper.addEventListener("pointermove", (event) => {
    if (!paper.hasPointerCapture(event.pointerId) || !strokes.length) return;
    const between = event.getCoalescedEvents?.() ?? [];
    strokes.at(-1).push(...(between.length ? between : [event]).map(point));
    show();
    send();
  });
  paper.addEventListener("keydown", (event) => {
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const [x, y] = way[event.key] ?? [0, 0];
    if (event.key === "Delete" || event.key === "Backspace") clear();
    else if (event.key === " ") {
      if (file) clear();
      keys.down = !keys.down;
      if (keys.down) strokes.push([{ x: keys.x, y: keys.y }]);
    } else if (x || y) {
      keys.x = Math.min(Math.max(keys.x + STEP * x, 0), paper.width);
      keys.y = Math.min(Math.max(keys.y + STEP * y, 0), paper.height);
      if (keys.down) strokes.at(-1).push({ x: keys.x, y: keys.y });
    } else return;
    event.preventDefault();
    keys.shown = true;
    show();
    send();
  });
  paper.addEventListener("blur", () => {
    keys.shown = keys.down = false;
    show();
  });
  byId("clear").addEventListener("click", clear);
  preparation.addEventListener("change", send);
  byId("file").addEventListener("change", async (event) => {
    const chosen = event.target.files[0];
    if (!chosen) return;
    if (chosen.size > LARGEST) {
      showProblem(`${chosen.name} is larger than 16 MB.`);
      return;
    }
    strokes = [];
    file = chosen;
    send(); // whether it is a picture the server says
    bitmap = await createImageBitmap(chosen).catch(() => null);
    show();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", show);

  byId("picture").hidden = false;
  clear();
}
