/** The page at /: one file without anything from elsewhere. It learns from /health which model answers. */

const STYLE = `
:root {
  color-scheme: light dark;
  --page: #f7f3ec; --card: #fffdf9; --field: #fff; --ink: #2b2320; --muted: #6b5f57; --line: #dfd6c9;
  --accent: #9b1c2e; --on-accent: #fff; --bar: #006a60; --grid: #ece5da; --alarm: #fbe9e7;
  --serif: "Iowan Old Style", "Palatino Linotype", Palatino, "Book Antiqua", Georgia, serif;
  --mono: ui-monospace, "SF Mono", Menlo, Consolas, monospace;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #161312; --card: #201c1a; --field: #2a2522; --ink: #efe8e1; --muted: #b3a79d; --line: #433b36;
    --accent: #f0919b; --on-accent: #2b0a10; --bar: #62cbbd; --grid: #332d29; --alarm: #3d1f20;
  }
}
* { box-sizing: border-box; }
[hidden] { display: none !important; }
body {
  margin: 0 auto; max-width: 66rem; padding: 1.75rem 1.25rem 3rem; background: var(--page); color: var(--ink);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
}
h1 { margin: 0 0 .3rem; font: 700 2.2rem/1.15 var(--serif); color: var(--accent); }
h2 { margin: 0 0 .1rem; font-size: 1.1rem; line-height: 1.3; }
header { margin-bottom: 1.3rem; }
header p { margin: 0; color: var(--muted); max-width: 46rem; text-wrap: balance; }
main { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 1rem; align-items: start; }
section {
  min-width: 0; padding: 1.05rem 1.2rem 1.2rem; background: var(--card); border: 1px solid var(--line); border-radius: .6rem;
}
.wide { grid-column: 1 / -1; }
.hint { margin: 0 0 .7rem; color: var(--muted); font-size: .88rem; }
textarea, input {
  width: 100%; padding: .5rem .65rem; border: 1px solid var(--line); border-radius: .4rem; background: var(--field);
  color: inherit; font: inherit;
}
textarea { display: block; resize: vertical; min-height: 4.6rem; }
textarea:focus-visible, input:focus-visible, button:focus-visible { outline: 2px solid var(--accent); outline-offset: 1px; }
.chips { display: flex; flex-wrap: wrap; gap: .35rem; margin: .55rem 0 .8rem; }
.chips button {
  max-width: 100%; padding: .15rem .65rem; border: 1px solid var(--line); border-radius: 1rem; background: none;
  color: var(--muted); font: inherit; font-size: .84rem; text-align: left; cursor: pointer;
}
.chips button:hover { border-color: var(--accent); color: var(--ink); }
.row { display: flex; flex-wrap: wrap; align-items: end; gap: .7rem; }
.row label { flex: 1 1 6rem; color: var(--muted); font-size: .84rem; }
button.go {
  padding: .5rem 1.3rem; border: 0; border-radius: .4rem; background: var(--accent); color: var(--on-accent);
  font: 700 1rem/1.5 inherit; font-family: inherit; cursor: pointer;
}
button.go:disabled { opacity: .55; cursor: default; }
.answer { margin-top: 1rem; padding-top: .9rem; border-top: 1px solid var(--line); }
.verdict { margin: 0 0 .5rem; font: 700 1.45rem/1.25 var(--serif); overflow-wrap: anywhere; white-space: pre-wrap; }
.bars { display: grid; grid-template-columns: fit-content(45%) minmax(3rem, 1fr) auto; gap: .35rem .7rem; align-items: center; }
.bars span { overflow-wrap: anywhere; white-space: pre-wrap; }
.bars b { font-weight: 400; font-variant-numeric: tabular-nums; }
.bars i { height: .6rem; border-radius: 1rem; background: var(--grid); overflow: hidden; }
.bars i::before { content: ""; display: block; height: 100%; width: var(--share); background: var(--bar); border-radius: 1rem; }
.written { margin: 0; font: 1.1rem/1.55 var(--serif); white-space: pre-wrap; overflow-wrap: anywhere; }
.written mark { background: none; color: var(--accent); }
.facts { margin: .6rem 0 0; color: var(--muted); font-size: .86rem; }
.error { margin: 1rem 0 0; padding: .55rem .8rem; border-radius: .4rem; background: var(--alarm); }
pre {
  margin: .5rem 0 0; padding: .65rem .8rem; border: 1px solid var(--line); border-radius: .4rem; background: var(--field);
  font: .84rem/1.5 var(--mono); white-space: pre-wrap; overflow-wrap: anywhere;
}
dl { display: flex; flex-wrap: wrap; gap: .7rem 2.2rem; margin: .7rem 0 0; }
dt { color: var(--muted); font-size: .84rem; }
dd { margin: 0; font-size: 1.2rem; font-weight: 700; font-variant-numeric: tabular-nums; }
@media (max-width: 46rem) { main { grid-template-columns: minmax(0, 1fr); } h1 { font-size: 1.8rem; } }
`;

const SCRIPT = `
const $ = (id) => document.getElementById(id);
const number = (value, digits = 0) => value.toLocaleString("fr-FR", { minimumFractionDigits: digits, maximumFractionDigits: digits });
const quoted = (text) => JSON.stringify({ text }).replaceAll("'", "'\\\\''");
const visible = (text) => (/^\\s+$/.test(text) ? { " ": "␣", "\\n": "⏎" }[text] ?? "␣" : text);

function chips(id, texts, field) {
  $(id).replaceChildren(...texts.map((text) => {
    const chip = document.createElement("button");
    chip.type = "button";
    chip.textContent = text;
    chip.onclick = () => { field.value = text; field.dispatchEvent(new Event("input")); field.form.requestSubmit(); };
    return chip;
  }));
}

function showCurl() {
  const head = 'curl -X POST ' + location.origin;
  const json = ' -H "Content-Type: application/json" -d ';
  $("curl-predict").textContent = head + "/predict" + json + "'" + quoted($("predict-text").value) + "'";
  const asked = JSON.stringify(question()).replaceAll("'", "'\\\\''");
  $("curl-generate").textContent = head.replace("curl", "curl -N") + "/generate" + json + "'" + asked + "'";
}

function question() {
  const value = (id) => Number($(id).value.replace(",", "."));
  return { text: $("generate-text").value, max_tokens: value("tokens"), temperature: value("temperature"), stream: true };
}

async function post(path, body, signal) {
  const response = await fetch(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body), signal });
  if (!response.ok) throw new Error((await response.json()).error + " (" + response.status + ")");
  return response;
}

function failed(id, error) {
  $(id).hidden = false;
  $(id).textContent = error.message;
}

let known;
async function health() {
  const first = known === undefined;
  try {
    known = await (await fetch("/health")).json();
  } catch {
    $("state").textContent = "ne répond plus";
    return;
  }
  const { predict, generate } = known;
  $("state").textContent = known.status === "ok" ? "en marche" : "s'arrête";
  $("uptime").textContent = number(known.uptime_seconds) + "\\u202fs";
  $("count").textContent = number(Object.values(known.answered).reduce((a, b) => a + b, 0));
  const { batches, rows, largest } = predict.batches;
  $("batches").textContent = batches === 0 ? "–" : number(rows / batches, 1) + " (au plus " + number(largest) + ")";
  $("device").textContent = predict.device;
  if (!first) return;
  const about = (lane) => lane.title + ", " + number(lane.parameters) + " paramètres.";
  $("predict-about").textContent = about(predict);
  $("predict-text").value = predict.examples[0];
  chips("predict-chips", predict.examples.slice(0, 5), $("predict-text"));
  if (generate) {
    $("generate-about").textContent = about(generate) + " Un jeton est un " + generate.unit + ".";
    $("generate-text").value = generate.beginnings[0];
    chips("generate-chips", generate.beginnings.slice(0, 6), $("generate-text"));
  }
  $("generate").hidden = !generate;
  $("curl-generate").hidden = !generate;
  showCurl();
}

for (const id of ["predict-text", "generate-text", "tokens", "temperature"]) $(id).addEventListener("input", showCurl);

$("predict-form").onsubmit = async (event) => {
  event.preventDefault();
  $("predict-error").hidden = true;
  const began = performance.now();
  try {
    const answer = await (await post("/predict", { text: $("predict-text").value })).json();
    $("predict-verdict").textContent = visible(answer.label);
    $("predict-bars").replaceChildren(...answer.probabilities.flatMap(({ label, probability }) => {
      const [name, bar, share] = ["span", "i", "b"].map((tag) => document.createElement(tag));
      name.textContent = visible(label);
      bar.style.setProperty("--share", probability * 100 + "%");
      share.textContent = number(probability * 100, 1) + "\\u202f%";
      return [name, bar, share];
    }));
    const unknown = answer.unknown_words ? " Mots inconnus du modèle\\u00a0: " + answer.unknown_words.join(", ") + "." : "";
    $("predict-facts").textContent = "Classe " + answer.predicted_class + ", en " + number(performance.now() - began) + "\\u202fms." + unknown;
    $("predict-answer").hidden = false;
  } catch (error) {
    $("predict-answer").hidden = true;
    failed("predict-error", error);
  }
  health();
};

let writing;
$("generate-form").onsubmit = async (event) => {
  event.preventDefault();
  if (writing) return writing.abort();
  $("generate-error").hidden = true;
  const asked = question();
  const began = performance.now();
  writing = new AbortController();
  $("write").textContent = "Arrêter";
  $("written").replaceChildren(Object.assign(document.createElement("mark"), { textContent: asked.text }));
  $("generate-answer").hidden = false;
  let count = 0;
  try {
    const reader = (await post("/generate", asked, writing.signal)).body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      const events = (rest + value).split("\\n\\n");
      rest = events.pop();
      for (const line of events.map((event) => JSON.parse(event.slice("data: ".length)))) {
        if (line.error) throw new Error(line.error);
        if (line.token !== undefined) { $("written").append(line.token); count++; }
      }
      const seconds = (performance.now() - began) / 1000;
      $("generate-facts").textContent = number(count) + " jetons, " + number(count / seconds) + " par seconde.";
    }
  } catch (error) {
    if (count === 0) $("generate-answer").hidden = error.name !== "AbortError";
    if (error.name !== "AbortError") failed("generate-error", error);
  }
  writing = undefined;
  $("write").textContent = "Écrire la suite";
  health();
};

health();
setInterval(health, 5000);
`;

const BODY = `
<header>
  <h1>Un modèle derrière une API</h1>
  <p>Cette page pose ses questions comme n'importe quel programme : par HTTP, en JSON. Les lignes curl sous chaque
  formulaire font la même chose depuis un terminal.</p>
</header>
<main>
  <section>
    <h2>POST /predict : classer</h2>
    <p class="hint" id="predict-about">…</p>
    <form id="predict-form">
      <textarea id="predict-text" rows="2" aria-label="Le texte à classer" required></textarea>
      <div class="chips" id="predict-chips"></div>
      <button class="go">Classer</button>
    </form>
    <p class="error" id="predict-error" role="alert" hidden></p>
    <div class="answer" id="predict-answer" aria-live="polite" hidden>
      <p class="verdict" id="predict-verdict"></p>
      <div class="bars" id="predict-bars"></div>
      <p class="facts" id="predict-facts"></p>
    </div>
    <pre id="curl-predict"></pre>
  </section>
  <section id="generate" hidden>
    <h2>POST /generate : écrire</h2>
    <p class="hint" id="generate-about">…</p>
    <form id="generate-form">
      <textarea id="generate-text" rows="2" aria-label="Le début du texte" required></textarea>
      <div class="chips" id="generate-chips"></div>
      <div class="row">
        <label>Jetons <input id="tokens" inputmode="numeric" value="120"></label>
        <label>Température <input id="temperature" inputmode="decimal" value="0,5"></label>
        <button class="go" id="write">Écrire la suite</button>
      </div>
    </form>
    <p class="error" id="generate-error" role="alert" hidden></p>
    <div class="answer" id="generate-answer" hidden>
      <p class="written" id="written"></p>
      <p class="facts" id="generate-facts"></p>
    </div>
    <pre id="curl-generate"></pre>
  </section>
  <section class="wide">
    <h2>GET /health : se porter bien</h2>
    <dl>
      <div><dt>État</dt><dd id="state">…</dd></div>
      <div><dt>En service depuis</dt><dd id="uptime">…</dd></div>
      <div><dt>Réponses</dt><dd id="count">…</dd></div>
      <div><dt>Textes par passe de /predict</dt><dd id="batches">…</dd></div>
      <div><dt>Appareil</dt><dd id="device">…</dd></div>
    </dl>
  </section>
</main>
`;

export const PAGE = `<!doctype html>
<html lang="fr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Un modèle derrière une API</title>
<link rel="icon" href="data:,">
<style>${STYLE}</style>
</head>
<body>${BODY}<script type="module">${SCRIPT}</script>
</body>
</html>
`;

/** The page may talk to its own server and to nobody else. */
export const PAGE_HEADERS = {
  "content-type": "text/html; charset=utf-8",
  "cache-control": "no-store",
  "x-content-type-options": "nosniff",
  "content-security-policy":
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; img-src data:; " +
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
};
