// The page: what the buttons, keys and filters do.

/** A text of more characters or suggestions than this gets a note; both draw in under a second, but printing and searching take longer. */
const HUGE = { characters: 500_000, suggestions: 20_000 };
/** Milliseconds that the pointer rests on a mark before its card shows. */
const REST = 250;
/** Below this width, in pixels, the card lies at the foot of the window and the text starts inline; page.css has the same number. */
const NARROW = 800;
const SVG = "http://www.w3.org/2000/svg";
/** The keys of `restore review`; only Tab is the browser's own here, so J and K go to the undecided ones. */
const KEYS = {
  y: () => answer("accept"), n: () => answer("reject"), e: () => current() && card.type(), x: () => current() && takeBack(view.current),
  a: () => answerAll("accept"), d: () => answerAll("reject"), u: () => history("undo"), r: () => history("redo"),
  j: () => step(1), k: () => step(-1), ArrowRight: () => step(1), ArrowLeft: () => step(-1),
  J: () => step(1, undecided), K: () => step(-1, undecided), l: () => leastCertain(),
  "=": () => current() && showOnly(current().pair), "/": () => byId("by-pair").focus(), "?": () => byId("help").showModal(),
};

const byId = (id) => document.getElementById(id);
const articles = JSON.parse(byId("data").textContent).files.map((file) => new Article(file));
const filter = new Filter();
const view = new TextView(byId("text"), filter);
const card = new Card(byId("card"), {
  take: (words) => takeWords(pinned(), words, false),
  clear: () => takeBack(pinned()),
  all: (choice) => putAll(article.suggestions[pinned()].pair, choice),
  close: () => closeCard(),
});
const table = new PairTable(byId("table"), { all: (pair, choice) => putAll(pair, choice), only: (pair) => showOnly(pair) });
let article = articles[0];
let layout = "";

// Deciding

/** Give answers and show what came of it. */
function put(changes) {
  settle(article.decide(changes));
}

function settle(indexes) {
  if (!indexes.length) return;
  view.refresh(indexes);
  if (layout === "table") table.refresh(article, new Set(indexes.map((index) => article.suggestions[index].pair)));
  if (card.shown >= 0 && indexes.includes(card.shown)) renewCard();
  count();
  say(indexes.length === 1 ? describe(article.suggestions[indexes[0]], article.answers[indexes[0]], article.shown(indexes[0])) : `${indexes.length} changed`);
}

function takeWords(index, words, onwards) {
  if (index < 0) return;
  if (onwards) card.hide(); // the next one's card comes in its place, so this one need not be made anew
  put([[index, article.answerFor(index, words)]]);
  if (onwards) step(1, undecided);
  else if (view.current === index) view.markOf(index).focus({ preventScroll: true });
}

function takeBack(index) {
  put([[index, null]]);
  view.markOf(index).focus({ preventScroll: true });
}

/** The suggestion of the card, which becomes the current one if only the pointer had called it. */
function pinned() {
  if (card.shown !== view.current) view.select(card.shown);
  return card.shown;
}

function answer(choice) {
  const s = current();
  if (s) takeWords(s.index, choice === "accept" ? s.replacement : s.before, true);
}

function answerAll(choice) {
  const s = current();
  if (s) putAll(s.pair, choice);
}

function putAll(pair, choice) {
  putChoice(article.pairs.get(pair), choice);
}

function putChoice(indexes, choice) {
  put(indexes.map((index) => {
    const s = article.suggestions[index];
    return [index, article.answerFor(index, choice === "accept" ? s.replacement : s.before)];
  }));
}

function history(way) {
  const indexes = article[way]();
  settle(indexes);
  if (indexes.length && layout !== "table") goTo(indexes[0]);
}

// Moving

function current() {
  return article.suggestions[view.current];
}

function undecided(s) {
  return article.answers[s.index] === null;
}

/** The next suggestion in this direction that is shown and that ``wanted`` takes, going round at the ends. */
function step(way, wanted = () => true) {
  const all = article.suggestions;
  const from = view.current < 0 ? (way > 0 ? -1 : all.length) : view.current;
  for (let k = 1; k <= all.length; k++) {
    const s = all[(((from + way * k) % all.length) + all.length) % all.length];
    if (filter.passes(article, s) && wanted(s)) return goTo(s.index);
  }
  if (current()) goTo(view.current);
  return say("Nothing left");
}

function leastCertain() {
  let least = null;
  for (const s of article.suggestions) {
    if (undecided(s) && filter.passes(article, s) && (!least || s.probability < least.probability)) least = s;
  }
  if (least) goTo(least.index);
}

function goTo(index) {
  if (layout === "table") lay("side");
  const mark = view.select(index);
  bringIntoView(mark);
  mark.focus({ preventScroll: true });
  card.show(article, index, mark);
}

/** Only where it is out of sight: text that jumps at every step cannot be read. */
function bringIntoView(mark) {
  const at = mark.getBoundingClientRect();
  const top = Math.max(0, document.querySelector("header").getBoundingClientRect().bottom);
  const narrow = window.innerWidth < NARROW;
  const bottom = window.innerHeight * (narrow ? 0.35 : 0.7);
  if (at.top < top + 8 || at.bottom > bottom) mark.scrollIntoView({ block: narrow ? "start" : "center" });
}

function renewCard() {
  card.show(article, card.shown, view.markOf(card.shown));
}

/** A card that only the pointer called goes when the pointer does, unless that went into it. */
function endPreview() {
  if (card.shown !== view.current && !byId("card").matches(":hover, :focus-within")) card.hide();
}

function closeCard() {
  card.hide();
  if (view.current >= 0) view.markOf(view.current).focus({ preventScroll: true });
}

// Showing

function open(chosen) {
  article = chosen;
  card.hide();
  byId("name").textContent = article.path;
  const family = article.family ? `, family ${article.family}` : "";
  byId("summary").textContent = `${article.verdict}, spin rate ${article.spin_rate.toFixed(2)}${family}`;
  view.open(article);
  drawStrip(byId("strip"), article);
  for (const level of document.querySelectorAll("[data-level]")) {
    level.querySelector("output").textContent = article.suggestions.filter((s) => s.level === level.dataset.level).length;
  }
  const notes = [...notesOn(article)];
  byId("note").hidden = !notes.length;
  byId("note").textContent = notes.join(" ");
  for (const item of byId("files").querySelectorAll("button")) item.setAttribute("aria-current", String(articles[item.dataset.number] === article));
  if (layout === "table") table.show(article);
  count();
}

function* notesOn({ text, suggestions, others }) {
  if (text.length > HUGE.characters || suggestions.length > HUGE.suggestions) {
    yield `A long text (${text.length.toLocaleString("en")} characters, ${suggestions.length.toLocaleString("en")} suggestions): `
      + "its marks are drawn as you reach them, and printing takes a while.";
  }
  if (others.length) {
    yield `Earlier decisions about places where nothing is suggested now: ${others.length}. They stay in the download.`;
  }
}

function lay(name) {
  layout = name;
  document.body.dataset.view = name;
  for (const choice of document.querySelectorAll("[data-view][aria-pressed]")) choice.setAttribute("aria-pressed", String(choice.dataset.view === name));
  byId("text").hidden = name === "table";
  byId("table").hidden = name !== "table";
  card.hide();
  if (name === "table") table.show(article);
}

function showOnly(pair) {
  filter.pair = pair;
  byId("by-pair").value = pair;
  lay("side");
  refilter();
  step(1);
}

function refilter() {
  view.refreshAll();
  count();
}

/** The numbers on the page. */
function count() {
  const { decided, suggestions } = article;
  byId("bar").value = suggestions.length ? decided / suggestions.length : 0;
  byId("progress").textContent = `${decided} of ${suggestions.length} decided`;
  byId("undo").disabled = !article.done.length;
  byId("redo").disabled = !article.undone.length;
  const place = byId("files").querySelector(`[data-number="${articles.indexOf(article)}"] small`);
  if (place) place.textContent = progressOf(article);
}

function progressOf({ verdict, decided, suggestions }) {
  return suggestions.length ? `${verdict}, ${decided} of ${suggestions.length}` : verdict;
}

function say(words) {
  byId("status").textContent = `${words}. ${article.decided} of ${article.suggestions.length} decided.`;
}

/** A bar for each window, as high as its spin rate and as strong as its probability, over ticks where suggestions are. */
function drawStrip(strip, { windows, suggestions, text, spin_rate }) {
  const x = (offset) => (1000 * offset) / Math.max(1, text.length);
  const bars = windows.map((w) => shape("bar", x(w.from), 18 - 16 * w.spin_rate, x(w.to) - x(w.from), 16 * w.spin_rate, w.probability));
  const places = new Set(suggestions.map((s) => Math.round(x(s.from))));
  const ticks = document.createElementNS(SVG, "path");
  ticks.setAttribute("class", "ticks");
  ticks.setAttribute("d", [...places].map((place) => `M${place} 20h1v4h-1z`).join(""));
  strip.replaceChildren(...bars, ticks);
  strip.setAttribute("aria-label", `Spin rate along the text: ${spin_rate.toFixed(2)} on the whole, ${windows.length} stretches, ${suggestions.length} suggestions`);
}

function shape(name, x, y, width, height, opacity) {
  const made = document.createElementNS(SVG, "rect");
  for (const [key, value] of Object.entries({ class: name, x, y, width, height, opacity: Math.max(0.15, opacity) })) made.setAttribute(key, value);
  return made;
}

// Keeping

function download(chosen) {
  const name = `${chosen.path === "-" ? "stdin" : chosen.path.split(/[\\/]/).pop()}.restore.json`;
  const data = new Blob([`${JSON.stringify(chosen.sidecar(byId("who").value.trim()), null, 1)}\n`], { type: "application/json" });
  const link = element("a");
  link.href = URL.createObjectURL(data);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  chosen.saved = true;
  say(`${name} holds ${chosen.decided} decisions`);
}

// Wiring

function listFiles() {
  if (articles.length < 2) return;
  const list = element("ul");
  for (const [number, one] of articles.entries()) {
    const choose = button("", "", () => open(one));
    choose.dataset.number = number;
    choose.append(element("span", "", one.path), element("small", "", progressOf(one)));
    const item = element("li");
    item.append(choose);
    list.append(item);
  }
  byId("files").append(list);
  byId("files").hidden = byId("download-all").hidden = false;
  byId("body").className = "several";
}

function wireTools() {
  for (const choice of document.querySelectorAll("[data-view][aria-pressed]")) choice.addEventListener("click", () => lay(choice.dataset.view));
  for (const level of document.querySelectorAll("[data-level]")) {
    level.addEventListener("click", () => {
      const on = level.getAttribute("aria-pressed") !== "true";
      level.setAttribute("aria-pressed", String(on));
      filter.levels[on ? "add" : "delete"](level.dataset.level);
      refilter();
    });
  }
  byId("by-action").addEventListener("change", (event) => { filter.action = event.target.value; refilter(); });
  byId("by-decision").addEventListener("change", (event) => { filter.decision = event.target.value; refilter(); });
  byId("by-pair").addEventListener("input", (event) => { [filter.pair, filter.words] = [null, event.target.value.toLowerCase()]; refilter(); });
  const shown = () => article.suggestions.filter((s) => filter.passes(article, s)).map((s) => s.index);
  byId("accept-shown").addEventListener("click", () => putChoice(shown(), "accept"));
  byId("reject-shown").addEventListener("click", () => putChoice(shown(), "reject"));
  byId("undo").addEventListener("click", () => history("undo"));
  byId("redo").addEventListener("click", () => history("redo"));
  byId("help-button").addEventListener("click", () => byId("help").showModal());
  byId("download").addEventListener("click", () => download(article));
  byId("download-all").addEventListener("click", () => articles.filter((one) => one.decided).forEach(download));
  byId("strip").addEventListener("click", (event) => {
    const { left, width } = byId("strip").getBoundingClientRect();
    const offset = ((event.clientX - left) / width) * article.text.length;
    view.rows[Math.min(view.rows.length - 1, countBelow(article.paragraphs.map((block) => block.to), offset))]?.scrollIntoView({ block: "center" });
  });
}

function wireText() {
  const indexAt = (event) => Number(event.target.closest?.(".mark, .was")?.dataset.index ?? -1);
  let resting = 0;
  byId("text").addEventListener("click", (event) => {
    if (indexAt(event) >= 0) goTo(indexAt(event));
    else card.hide();
  });
  byId("text").addEventListener("focusin", (event) => {
    const index = indexAt(event);
    if (index >= 0 && index !== view.current) goTo(index);
  });
  byId("text").addEventListener("pointerover", (event) => {
    clearTimeout(resting);
    const index = indexAt(event);
    if (index < 0 || event.pointerType !== "mouse" || index === card.shown || byId("card").contains(document.activeElement)) return;
    resting = setTimeout(() => card.show(article, index, event.target.closest(".mark, .was")), REST);
  });
  byId("text").addEventListener("pointerout", () => {
    clearTimeout(resting);
    resting = setTimeout(endPreview, REST);
  });
}

function wireKeys() {
  document.addEventListener("keydown", (event) => {
    if (event.target.closest("input, select, textarea, dialog")) return;
    const command = event.ctrlKey || event.metaKey;
    if (command && !event.altKey && "zy".includes(event.key.toLowerCase())) {
      event.preventDefault();
      history(event.key.toLowerCase() === "y" || event.shiftKey ? "redo" : "undo");
    } else if (!command && !event.altKey) press(event);
  });
}

function press(event) {
  if (event.key === "Escape") return closeCard();
  if (event.key === "Enter" || event.key === " ") return enterCard(event);
  if (!byId("keys-on").checked) return undefined;
  const number = Number(event.key);
  const reading = number > 0 ? current()?.alternatives[number - 1] : undefined;
  const act = reading ? () => takeWords(view.current, reading.text, true) : Object.hasOwn(KEYS, event.key) ? KEYS[event.key] : null;
  if (!act) return undefined;
  event.preventDefault();
  return act();
}

/** Enter on a mark goes into its card, as Tab does. */
function enterCard(event) {
  if (!event.target.matches(".mark")) return;
  event.preventDefault();
  renewCard();
  byId("card").querySelector(".alternatives button, .actions button").focus();
}

listFiles();
wireTools();
wireText();
wireKeys();
window.addEventListener("beforeprint", () => view.drawAll());
window.addEventListener("beforeunload", (event) => articles.some((one) => !one.saved) && event.preventDefault());
lay(window.innerWidth < NARROW ? "inline" : "side");
open(article);
