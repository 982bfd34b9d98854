// A field for each column: a choice where it holds categories, else a number.

import { showNothing } from "./answers.js";

const byId = (id) => document.getElementById(id);
const MOST_FIELDS = 200; // more columns than that are typed into one field
const PAUSE = 250; // milliseconds without a key, after which the row is asked about

function labelled(name, control) {
  const label = document.createElement("label");
  const text = document.createElement("span");
  label.className = "field";
  text.textContent = name;
  label.append(text, control);
  return label;
}

function choice(column, missing) {
  const select = document.createElement("select");
  if (missing) select.add(new Option("(missing)", ""));
  for (const category of column.categories) select.add(new Option(category, category));
  return select;
}

function number(column, missing) {
  const input = document.createElement("input");
  input.type = "text";
  input.inputMode = "decimal";
  input.placeholder = missing ? "missing" : "a number";
  return input;
}

// Cells of the first line that is not empty, as spreadsheets and CSV files part them.
function cellsOf(text) {
  const line = text.split(/\r?\n/).find((l) => l.trim()) ?? "";
  const mark = ["\t", ";", ","].find((m) => line.includes(m));
  const cells = mark ? line.split(mark) : line.trim().split(/\s+/);
  return cells.map((cell) => cell.trim().replace(/^"(.*)"$/, "$1"));
}

export function askForRow(network, ask) {
  const { columns, missing } = network;
  const place = byId("columns");
  let controls = [];
  let area = null;
  let timer = 0;

  if (columns.length > MOST_FIELDS) {
    area = document.createElement("textarea");
    area.rows = 10;
    place.className = "long";
    place.append(labelled(`${columns.length} values, parted by commas`, area));
  } else {
    for (const column of columns) {
      const control = column.categories.length ? choice(column, missing) : number(column, missing);
      control.name = column.name;
      controls.push(control);
      place.append(labelled(column.name, control));
    }
  }

  function values() {
    return area ? cellsOf(area.value.replace(/\n/g, " ")) : controls.map((c) => c.value);
  }

  function send() {
    clearTimeout(timer);
    const row = JSON.stringify({ values: values() });
    ask({ body: () => row, type: "application/json" });
  }

  function later() {
    clearTimeout(timer);
    const complete = missing || area || controls.every((control) => control.value.trim());
    if (complete) timer = setTimeout(send, PAUSE);
  }

  function usual() {
    const means = columns.map((column) => column.usual ?? "");
    if (area) area.value = means.join(", ");
    else {
      columns.forEach((column, i) => {
        if (!column.categories.length) controls[i].value = means[i];
      });
    }
    send();
  }

  place.addEventListener("input", later);
  place.addEventListener("paste", (event) => {
    const cells = cellsOf(event.clipboardData.getData("text"));
    const from = controls.indexOf(event.target);
    if (from < 0 || cells.length < 2) return;
    event.preventDefault();
    cells.slice(0, controls.length - from).forEach((cell, i) => {
      controls[from + i].value = cell;
    });
    later();
  });
  byId("row").addEventListener("submit", (event) => {
    event.preventDefault();
    send();
  });
  byId("reset").addEventListener("click", usual);

  byId("table").hidden = false;
  if (columns.some((column) => column.usual !== null)) {
    byId("reset").hidden = false;
    usual();
  } else showNothing("Fill in the row.");
}
