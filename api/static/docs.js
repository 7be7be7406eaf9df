"use strict";
// Each form sends its own example and shows what came back, headers that matter included.
const SHOWN_HEADERS = ["Location", "Retry-After", "ETag", "Link", "Pith-Cursor", "Preference-Applied", "Content-Type"];

function target(form) {
  let path = form.dataset.path.replace(/^\//, "");
  const query = new URLSearchParams();
  for (const input of form.querySelectorAll("[data-in]")) {
    if (input.dataset.in === "path") path = path.replace(`{${input.name}}`, encodeURIComponent(input.value));
    if (input.dataset.in === "query" && input.value) query.set(input.name, input.value);
  }
  return String(query) ? `${path}?${query}` : path;
}

async function send(form) {
  const headers = {};
  const key = document.getElementById("key").value;
  if (key) headers.Authorization = `Bearer ${key}`;
  const body = form.elements.body?.value;
  if (body) headers["Content-Type"] = "application/json";
  for (const input of form.querySelectorAll('[data-in="header"]')) if (input.value) headers[input.name] = input.value;
  const answer = await fetch(target(form), { method: form.dataset.method, headers, body });
  const shown = SHOWN_HEADERS.filter((name) => answer.headers.has(name)).map((name) => `${name}: ${answer.headers.get(name)}`);
  const text = await answer.text();
  let pretty = text;
  try { pretty = JSON.stringify(JSON.parse(text), null, 2); } catch { /* text, Markdown, HTML and NDJSON stay as they are */ }
  remember(text);
  return `${answer.status}\n${shown.join("\n")}\n\n${pretty}`;
}

// What was just made can be looked at: its id goes into the forms that want one.
function remember(text) {
  let made = null;
  try { made = JSON.parse(text); } catch { return; }
  const name = { jobs: "job_id", batches: "batch_id" }[made.links?.self?.split("/").at(-2)];
  for (const input of document.querySelectorAll(`input[name="${name}"]`)) input.value = made.id;
}

for (const form of document.querySelectorAll("form[data-method]")) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const answer = form.querySelector(".answer");
    answer.hidden = false;
    answer.textContent = "…";
    try {
      answer.textContent = await send(form);
    } catch (fault) {
      answer.textContent = String(fault);
    }
  });
}
