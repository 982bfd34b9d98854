// What the network takes decides what is asked for: a drawing, or a row of a table.

import { showAnswer, showProblem } from "./answers.js";
import { askForDrawing } from "./drawing.js";
import { askForRow } from "./table.js";

const byId = (id) => document.getElementById(id);
let asking = false;
let next = null;

// The newest question is asked as soon as the one before is answered; those between are dropped.
async function ask(question) {
  next = question;
  if (asking) return;
  asking = true;
  document.body.dataset.state = "asking";
  while (next !== null) {
    const { body, type, preparation } = next;
    next = null;
    const query = preparation ? `?preparation=${encodeURIComponent(preparation)}` : "";
    try {
      const response = await fetch(`answer${query}`, {
        method: "POST",
        headers: { "Content-Type": type },
        body: await body(),
      });
      const said = await response.json();
      if (response.ok) showAnswer(said);
      else showProblem(said.error);
    } catch (error) {
      showProblem("The server does not answer. Is it still running?");
    }
  }
  asking = false;
  document.body.dataset.state = "answered";
}

async function begin() {
  const response = await fetch("network");
  const network = await response.json();
  if (!response.ok) throw new Error(network.error);
  byId("title").textContent = network.title;
  document.title = network.title;
  const count = network.parameters.toLocaleString("en");
  byId("about").textContent = `${count} parameters; nothing leaves this machine's server`;
  if (network.kind === "picture") askForDrawing(network, ask);
  else askForRow(network, ask);
  document.body.dataset.state = "ready";
}

begin().catch((error) => showProblem(String(error.message)));
