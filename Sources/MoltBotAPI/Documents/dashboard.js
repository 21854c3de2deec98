"use strict";
// One page, no libraries: /status, /tasks, /models and /webhooks for what is, /events for what happens.
const byId = (id) => document.getElementById(id);
const storage = "moltbot-key";
let key = sessionStorage.getItem(storage) || "";
let pending = null;
// What the registry holds; asked for less often than what tasks do.
let registered = { models: [], webhooks: [] };

function headers() { return key ? { "Authorization": "Bearer " + key } : {}; }

async function get(path) {
  const response = await fetch(path, { headers: headers() });
  if (response.status === 401) throw new Error("unauthorized");
  if (!response.ok) throw new Error((await response.json().catch(() => ({}))).detail || response.statusText);
  return response.json();
}

function cell(row, content, name) {
  const td = row.insertCell();
  if (content instanceof Node) td.append(content); else td.textContent = content ?? "";
  if (name) td.className = name;
}

function fill(id, items, write, empty) {
  const body = byId(id);
  body.replaceChildren();
  for (const item of items) write(body.insertRow(), item);
  if (!items.length) { const td = body.insertRow().insertCell(); td.colSpan = 9; td.textContent = empty; }
}

const number = (value) => value == null ? "" : value.toLocaleString();
const dollars = (value) => value == null ? "unknown" : "$" + value.toLocaleString(undefined, { maximumFractionDigits: 6 });
// Of tasks or a model; a + stands for those whose cost is not known.
const costs = (sums) => dollars(sums.cost_usd) + (sums.cost_usd != null && sums.unpriced_tasks > 0 ? "+" : "");

function tiles(status) {
  const last = status.minutes.at(-1);
  const isCurrent = last && Date.now() - Date.parse(last.start) < 120000;
  const values = {
    "a minute": isCurrent ? last.completed + last.failed : 0, waiting: status.queues.reduce((sum, queue) => sum + queue.ready, 0),
    running: status.tasks.running, workers: status.workers, completed: status.tasks.completed, failed: status.tasks.failed,
    cost: costs(status), broker: status.broker,
  };
  byId("tiles").replaceChildren(...Object.entries(values).map(([name, value]) => {
    const div = document.createElement("div"), dt = document.createElement("dt"), dd = document.createElement("dd");
    dt.textContent = name;
    dd.textContent = typeof value === "number" ? number(value) : value;
    div.append(dt, dd);
    return div;
  }));
}

function chart(minutes) {
  const svg = byId("chart"), now = Math.floor(Date.now() / 60000);
  const most = Math.max(1, ...minutes.map((minute) => minute.completed + minute.failed));
  const bar = (minute, from, count, name) => {
    const rect = document.createElementNS("http://www.w3.org/2000/svg", "rect");
    const position = 59 - (now - Math.floor(Date.parse(minute.start) / 60000));
    rect.setAttribute("x", position * 10);
    rect.setAttribute("width", 8);
    rect.setAttribute("y", 120 - (from + count) / most * 120);
    rect.setAttribute("height", count / most * 120);
    rect.setAttribute("class", name);
    return rect;
  };
  svg.replaceChildren(...minutes.flatMap((minute) => [
    bar(minute, 0, minute.completed, "bar-completed"), bar(minute, minute.completed, minute.failed, "bar-failed")]));
}

function task(row, item) {
  const button = document.createElement("button");
  button.textContent = item.task_id;
  button.onclick = () => show(item.task_id);
  cell(row, button);
  cell(row, item.status, item.status);
  cell(row, item.model);
  cell(row, item.lane);
  cell(row, new Date(item.created_at).toLocaleTimeString());
  cell(row, item.completed_at ? number(Date.parse(item.completed_at) - Date.parse(item.created_at)) + " ms" : "");
  cell(row, item.completed_at ? dollars(item.cost_usd) : "");
}

async function show(id) {
  const history = byId("history");
  try {
    history.textContent = JSON.stringify(await get("/tasks/" + encodeURIComponent(id) + "/history"), null, 2);
  } catch (error) {
    history.textContent = error.message;
  }
  history.hidden = false;
  history.focus();
}

const lanes = ["critical", "high", "normal", "low"];

// One row a lane, and one for a queue that holds all of them.
function queues(status) {
  const rows = lanes.map((lane) => ({ lane, waiting: status.waiting[lane], queue: status.queues.find((queue) => queue.lane === lane) }));
  for (const queue of status.queues) if (!lanes.includes(queue.lane)) rows.push({ lane: queue.lane, queue });
  fill("queues", rows, (row, { lane, waiting, queue }) => {
    cell(row, lane); cell(row, number(waiting)); cell(row, number(queue?.ready)); cell(row, number(queue?.consumers));
  }, "no queue");
}

// One key of several that is out leaves the others.
function health(deployment, unhealthy) {
  if (!deployment.available) return "off";
  const entry = unhealthy.find((entry) => entry.deployment === deployment.name && entry.key == null);
  return entry ? "unhealthy until " + new Date(entry.until).toLocaleTimeString() : "available";
}

// A row for each model that tasks named, or that somebody registered.
function models(status) {
  const rows = new Map(status.models.map((model) => [model.model, { ...model, deployments: [] }]));
  for (const deployment of registered.models) {
    const name = deployment.model ?? deployment.name;
    if (!rows.has(name)) rows.set(name, { model: name, tasks: { completed: 0, failed: 0 }, deployments: [] });
    rows.get(name).deployments.push(deployment);
  }
  fill("models", [...rows.values()], (row, model) => {
    const { completed, failed } = model.tasks;
    const states = model.deployments.map((deployment) => deployment.name + " (" + deployment.provider + "): " + health(deployment, status.unhealthy));
    cell(row, model.model ?? "(default)");
    cell(row, states.join(", "), states.length ? (states.every((state) => state.endsWith("available")) ? "completed" : "failed") : "");
    cell(row, number(completed)); cell(row, number(failed));
    cell(row, completed + failed ? Math.round(completed / (completed + failed) * 100) + " %" : "");
    cell(row, number(model.input_tokens)); cell(row, number(model.output_tokens));
    cell(row, model.cost_usd === undefined ? "" : costs(model));
  }, "no tasks yet");
}

async function refreshRegistered() {
  const [models, hooks] = await Promise.all([get("/models"), get("/webhooks")]);
  registered = { models: models.models, webhooks: hooks.webhooks };
}

async function refresh() {
  const [status, tasks] = await Promise.all([get("/status"), get("/tasks?limit=20")]);
  byId("workspace").textContent = status.workspace;
  tiles(status);
  chart(status.minutes);
  queues(status);
  models(status);
  fill("webhooks", registered.webhooks, (row, hook) => {
    cell(row, hook.url); cell(row, hook.events.join(", ")); cell(row, hook.enabled ? "enabled" : hook.disabled_reason, hook.enabled ? "completed" : "failed");
  }, "none registered");
  fill("tasks", tasks.tasks, task, "no tasks yet");
  byId("main").hidden = false;
  byId("login").hidden = true;
}

// However many events come, the page asks once a second at most.
function refreshSoon() {
  pending ??= setTimeout(() => { pending = null; refresh().catch(() => {}); }, 1000);
}

function refreshAll() { refreshRegistered().then(refreshSoon, () => {}); }

// The lines of one server-sent event.
function happened(lines) {
  const value = (name) => lines.find((line) => line.startsWith(name + ": "))?.slice(name.length + 2);
  const type = value("event");
  if (!type) return;
  if (type.startsWith("webhook.")) refreshAll(); else refreshSoon();
}

async function follow() {
  const response = await fetch("/events", { headers: headers() });
  if (!response.ok) throw new Error(response.status === 401 ? "unauthorized" : response.statusText);
  // What happened between the first look and now.
  refreshSoon();
  byId("state").textContent = "live";
  byId("state").className = "live";
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const blocks = (text + decoder.decode(value, { stream: true })).split("\n\n");
    text = blocks.pop();
    for (const block of blocks) happened(block.split("\n"));
  }
}

async function run() {
  byId("state").textContent = "connecting";
  byId("open").disabled = true;
  for (;;) {
    let problem = "";
    try {
      await refreshRegistered();
      await refresh();
      await follow();
    } catch (error) {
      if (error.message === "unauthorized") {
        byId("login").hidden = false;
        byId("open").disabled = false;
        byId("main").hidden = true;
        byId("state").textContent = "needs a key";
        byId("state").className = "";
        return;
      }
      problem = ": " + error.message;
    }
    byId("state").textContent = "connecting again" + problem;
    byId("state").className = "";
    await new Promise((resolve) => setTimeout(resolve, 2000));
  }
}

byId("login").addEventListener("submit", (event) => {
  event.preventDefault();
  key = byId("key").value.trim();
  sessionStorage.setItem(storage, key);
  run();
});
setInterval(() => { if (!byId("main").hidden) refreshAll(); }, 15000);
run();
