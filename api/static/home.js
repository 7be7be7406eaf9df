"use strict";
// POST the URL, poll the job, show its page. Everything is set as text: nothing of a fetched page becomes markup here.
const $ = (id) => document.getElementById(id);
const SHOWN = { text: "", markdown: "code", html: "code", removed: "", job: "code" };
const VERDICTS = {
  thin: "There is hardly any text in what the site sent. Perhaps it shows more where JavaScript runs.",
  consent_wall: "The site sent a request for consent instead of the page.",
  paywall: "The site shows only the beginning to those who have not paid.",
  bot_wall: "The site sent a check for robots instead of the page.",
  error_page: "What the site sent looks like an error page.",
  index_page: "This is a page of links to other pages.",
};
const POLL_MS = 700;
let current = null; // {job, removed}
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
  const answer = await fetch(path, { method, headers, body: body && JSON.stringify(body) })
    .catch(() => { throw new Error("Pith does not answer. Is it running?"); });
  const json = await answer.json().catch(() => ({}));
  if (answer.ok) {
    if ($("key").value) sessionStorage.setItem("key", $("key").value);
    return json;
  }
  if (answer.status === 401) {
    $("door").hidden = false;
    $("key").focus();
    throw new Error("This service wants its API key: one of PITH_API_KEYS, the one in the file that it named when it started, or a named one (python -m api keys).");
  }
  const fault = new Error(json.code ? `${json.detail} ${json.what_to_do}` : `The answer was HTTP ${answer.status}, and not Pith's.`);
  fault.seconds = Number(answer.headers.get("Retry-After"));
  throw fault;
}

// A look at a job waits as long as it is told to: the job goes on meanwhile.
async function look(id, mine) {
  while (mine === turn) {
    try {
      return await call("GET", `v1/jobs/${encodeURIComponent(id)}`);
    } catch (fault) {
      if (!fault.seconds) throw fault;
      say(fault.message, true);
      await sleep(fault.seconds * 1000);
    }
  }
}

const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

async function follow(id, mine) {
  const started = Date.now();
  $("result").hidden = true;
  while (mine === turn) {
    const job = await look(id, mine);
    if (mine !== turn) return;
    if (!$("url").value) $("url").value = job.url || ""; // what is typed stays
    if (job.status === "done") return show(job, mine);
    if (job.error || job.status === "cancelled") {
      return say(job.error ? `${job.error.message} (${job.error.code})` : "The job was cancelled.", true);
    }
    say(`${state(job)} ${Math.round((Date.now() - started) / 1000)} s`);
    await sleep(POLL_MS);
  }
}

function state(job) {
  if (job.status === "running") return "Fetching and cleaning…";
  if (!job.waiting_for) return "Waiting for a worker…";
  const until = job.not_before ? ` (until ${new Date(job.not_before).toLocaleTimeString()} at least)` : "";
  return `Waiting${until}: ${job.waiting_for.message}`;
}

async function show(job, mine) {
  const removed = await call("GET", `v1/jobs/${encodeURIComponent(job.id)}/removed`);
  if (mine !== turn) return;
  current = { job, removed };
  const page = job.page;
  const words = Object.values(page.removed || {}).reduce((sum, kind) => sum + kind.words, 0);
  $("title").textContent = page.title || page.url || "Untitled";
  const theirs = [page.site, (page.authors || []).join(", "), page.published, page.language].filter(Boolean);
  const ours = [`${page.word_count} words`, `${words} words removed`, page.verdict === "ok" ? "" : `verdict: ${page.verdict}`];
  $("facts").replaceChildren(...theirs.flatMap((fact) => [apart(fact), " · "]), ours.filter(Boolean).join(" · "));
  say(VERDICTS[page.verdict] || "");
  $("result").hidden = false;
  paint(shown);
}

// What a page says of itself may turn the direction of writing: of its own words, not of ours behind them.
function apart(fact) {
  const element = document.createElement("bdi");
  element.textContent = fact;
  return element;
}

function paint(name) {
  shown = name;
  for (const tab of document.querySelectorAll("[data-show]")) {
    tab.setAttribute("aria-pressed", String(tab.dataset.show === name));
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
  const mine = ++turn;
  try {
    await work(mine);
  } catch (fault) {
    if (mine === turn) say(fault.message, true);
  }
}

$("ask").addEventListener("submit", (event) => {
  event.preventDefault();
  const typed = $("url").value.trim();
  const body = { url: /^[a-z][a-z0-9+.-]*:\/\//i.test(typed) ? typed : `https://${typed}` };
  for (const box of document.querySelectorAll(".choices input")) body[box.name] = box.checked;
  guarded(async (mine) => {
    say("Sending…");
    $("result").hidden = true;
    $("go").disabled = true;
    const job = await call("POST", "v1/jobs", body).finally(() => { $("go").disabled = false; });
    history.replaceState(null, "", `#job=${job.id}`);
    await follow(job.id, mine);
  });
});

for (const tab of document.querySelectorAll("[data-show]")) tab.addEventListener("click", () => paint(tab.dataset.show));
$("copy").hidden = !navigator.clipboard; // browsers have none where a page came by plain HTTP from another machine
$("copy").addEventListener("click", async () => {
  await navigator.clipboard.writeText(words(shown));
  $("copy").textContent = "Copied";
  setTimeout(() => { $("copy").textContent = "Copy"; }, 1200);
});

const given = new URLSearchParams(location.hash.slice(1)).get("job");
if (given) guarded((mine) => follow(given, mine));
