"use strict";
// POST the URL, poll the job, show its page. Everything is set as text: nothing of a fetched page becomes markup here.
const $ = (id) => document.getElementById(id);
const SHOWN = { text: "", markdown: "code", html: "code", removed: "", job: "code" };
const POLL_MS = 700;
let current = null; // {job, receipts}
let shown = "text";
let turn = 0; // a newer question makes the polling of an older one stop

function say(words, bad = false) {
  $("status").textContent = words;
  $("status").classList.toggle("bad", bad);
}

async function call(method, path, body) {
  const headers = {};
  const key = $("key").value || sessionStorage.getItem("key");
  if (key) headers.Authorization = `Bearer ${key}`;
  if (body) headers["Content-Type"] = "application/json";
  const answer = await fetch(path, { method, headers, body: body && JSON.stringify(body) });
  const json = await answer.json();
  if (answer.ok) {
    if ($("key").value) sessionStorage.setItem("key", $("key").value);
    return json;
  }
  if (answer.status === 401) {
    $("door").hidden = false;
    $("key").focus();
    throw new Error("This service wants its API key: one of PITH_API_KEYS, the one in the file that it named when it started, or a named one (python -m api keys).");
  }
  const fault = new Error(`${json.detail} ${json.what_to_do}`);
  fault.seconds = answer.status === 503 ? Number(answer.headers.get("Retry-After")) : 0;
  throw fault;
}

const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

async function follow(id) {
  const mine = ++turn;
  const started = Date.now();
  $("result").hidden = true;
  while (mine === turn) {
    const job = await call("GET", `v1/jobs/${encodeURIComponent(id)}`);
    if (mine !== turn) return;
    if (job.status === "done") return show(job);
    if (job.error || job.status === "cancelled") {
      return say(job.error ? `${job.error.message} (${job.error.code})` : "The job was cancelled.", true);
    }
    say(`${job.status === "queued" ? "Waiting for a worker" : "Fetching and cleaning"}… ${Math.round((Date.now() - started) / 1000)} s`);
    await sleep(POLL_MS);
  }
}

async function show(job) {
  current = { job, removed: await call("GET", `v1/jobs/${encodeURIComponent(job.id)}/removed`) };
  const page = job.page;
  const words = Object.values(page.removed || {}).reduce((sum, kind) => sum + kind.words, 0);
  $("title").textContent = page.title || page.url || "Untitled";
  $("facts").textContent = [
    page.site, (page.authors || []).join(", "), page.published, page.language,
    `${page.word_count} words`, `${words} words removed`, page.verdict === "ok" ? "" : `verdict: ${page.verdict}`,
  ].filter(Boolean).join(" · ");
  if (page.url) $("url").value = page.url;
  say("");
  $("result").hidden = false;
  paint(shown);
}

function paint(name) {
  shown = name;
  for (const tab of document.querySelectorAll("[data-show]")) {
    tab.setAttribute("aria-selected", String(tab.dataset.show === name));
  }
  const panel = $("panel");
  panel.className = `panel ${SHOWN[name]}`;
  if (name === "removed") return panel.replaceChildren(receipts(current.removed.receipts));
  panel.textContent = words(name) || "(nothing)";
}

function words(name) {
  if (name === "job") return JSON.stringify(current.job, null, 2);
  if (name === "removed") return JSON.stringify(current.removed, null, 2);
  return current.job.page[name] || "";
}

function receipts(list) {
  if (!list.length) return document.createTextNode("Nothing was removed.");
  const table = document.createElement("table");
  const head = table.createTHead().insertRow();
  for (const name of ["kind", "words", "text", "rule"]) {
    const cell = document.createElement("th");
    cell.textContent = name;
    head.append(cell);
  }
  const body = table.createTBody();
  for (const receipt of list) {
    const row = body.insertRow();
    for (const name of ["kind", "words", "text", "rule"]) row.insertCell().textContent = receipt[name];
  }
  return table;
}

async function guarded(work) {
  $("go").disabled = true;
  try {
    await work();
  } catch (fault) {
    say(fault.message, true);
  } finally {
    $("go").disabled = false;
  }
}

$("ask").addEventListener("submit", (event) => {
  event.preventDefault();
  const typed = $("url").value.trim();
  const body = { url: /^[a-z][a-z0-9+.-]*:/i.test(typed) ? typed : `https://${typed}` };
  for (const box of document.querySelectorAll(".choices input")) body[box.name] = box.checked;
  guarded(async () => {
    say("Sending…");
    $("result").hidden = true;
    const job = await call("POST", "v1/jobs", body);
    history.replaceState(null, "", `#job=${job.id}`);
    await follow(job.id);
  });
});

for (const tab of document.querySelectorAll("[data-show]")) tab.addEventListener("click", () => paint(tab.dataset.show));
$("copy").addEventListener("click", async () => {
  await navigator.clipboard.writeText(words(shown));
  $("copy").textContent = "Copied";
  setTimeout(() => { $("copy").textContent = "Copy"; }, 1200);
});

const given = new URLSearchParams(location.hash.slice(1)).get("job");
if (given) guarded(() => follow(given));
