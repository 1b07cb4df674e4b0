// The text on the page: a row for each block, drawn in full once it comes near the window.

/** How far beyond the window rows are drawn. */
const NEAR = "1200px";
const STATES = { accept: "accepted", reject: "rejected", edit: "edited" };

class TextView {
  constructor(place, filter) {
    this.place = place;
    this.filter = filter;
    this.current = -1;
    this.observer = new IntersectionObserver((seen) => this.#drawSeen(seen), { rootMargin: NEAR });
  }

  /** Show another text. */
  open(article) {
    this.observer.disconnect();
    this.article = article;
    this.current = -1;
    this.marks = new Map(); // by index, of the rows drawn so far: the restored words and the spun ones
    this.entry = this.#firstShown();
    this.lasts = article.paragraphs.map((block) => block.last);
    this.rows = article.paragraphs.map((block, number) => this.#outline(block, number));
    this.place.replaceChildren(...this.rows);
    this.rows.forEach((row) => this.observer.observe(row));
  }

  /** Draw the marks of these suggestions anew, where they are drawn at all. */
  refresh(indexes) {
    for (const index of indexes) {
      const drawn = this.marks.get(index);
      if (drawn) this.#fill(this.article.suggestions[index], drawn);
    }
  }

  refreshAll() {
    this.entry = this.#firstShown();
    this.refresh(this.marks.keys());
  }

  drawAll() {
    this.rows.forEach((row) => this.#draw(row));
  }

  /** Make a suggestion the current one, the only mark that Tab reaches; its mark. */
  select(index) {
    const old = this.current;
    this.current = index;
    this.refresh([old, index]);
    return this.markOf(index);
  }

  markOf(index) {
    if (index < 0) return null;
    const number = countBelow(this.lasts, index + 1);
    this.#draw(this.rows[number]);
    return this.marks.get(index).restored;
  }

  /** Plain text at first: it can be searched, printed and measured, and costs two nodes. */
  #outline(block, number) {
    const words = this.article.text.slice(block.from, block.to);
    const row = element("div", `row${block.gap ? " gap" : ""}${block.joined ? " joined" : ""}`);
    row.append(element("div", "spun", words), element("div", "restored", words));
    row.dataset.number = number;
    row.style.containIntrinsicSize = `auto ${Math.ceil((block.to - block.from) / 62) * 1.65}em`;
    return row;
  }

  #drawSeen(seen) {
    for (const entry of seen) if (entry.isIntersecting) this.#draw(entry.target);
  }

  #draw(row) {
    if (row.dataset.drawn) return;
    row.dataset.drawn = "yes";
    this.observer.unobserve(row);
    const { from, to, first, last } = this.article.paragraphs[row.dataset.number];
    const [spun, restored] = [[], []];
    let position = from;
    for (const s of this.article.suggestions.slice(first, last)) {
      const between = this.article.text.slice(position, s.from);
      const drawn = { spun: element("span", "", s.before), restored: element("span") };
      drawn.spun.dataset.index = drawn.restored.dataset.index = s.index;
      this.marks.set(s.index, drawn);
      this.#fill(s, drawn);
      spun.push(between, drawn.spun);
      restored.push(between, drawn.restored);
      position = s.to;
    }
    const rest = this.article.text.slice(position, to);
    row.firstChild.replaceChildren(...spun, rest);
    row.lastChild.replaceChildren(...restored, rest);
  }

  #fill(s, { spun, restored }) {
    const answer = this.article.answers[s.index];
    const shown = this.article.shown(s.index);
    const current = s.index === this.current;
    const changed = shown !== s.before;
    spun.className = restored.className = "";
    if (current || this.filter.passes(this.article, s)) {
      const state = `${s.level} ${answer ? STATES[answer.choice] : "undecided"}${current ? " current" : ""}${changed ? "" : " kept"}`;
      spun.className = `was ${state}`;
      restored.className = `mark ${state}`;
      restored.setAttribute("role", "button");
      restored.setAttribute("aria-label", describe(s, answer, shown));
      restored.tabIndex = current || (this.current < 0 && s.index === this.entry) ? 0 : -1;
    } else {
      for (const name of ["role", "aria-label", "tabindex"]) restored.removeAttribute(name);
    }
    if (changed) restored.replaceChildren(element("del", "", s.before), element("ins", "", shown || "∅"));
    else restored.replaceChildren(s.before, ...(answer || s.action === "leave" ? [] : [element("span", "hint", ` ${s.replacement || "∅"}?`)]));
  }

  /** Where Tab enters the text while no suggestion is the current one. */
  #firstShown() {
    return this.article.suggestions.findIndex((s) => this.filter.passes(this.article, s));
  }
}

/** What a screen reader says of a mark. */
function describe(s, answer, shown) {
  const percent = Math.round(s.probability * 100);
  if (!answer) return `${s.before}: ${s.replacement || "nothing"}? ${percent} percent, undecided`;
  return answer.choice === "reject" ? `${s.before}: kept` : `${s.before}: ${STATES[answer.choice]}, ${shown || "nothing"}`;
}

/** An element with a class and text; text never becomes markup. */
function element(tag, className = "", text = "") {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}

function button(className, text, act) {
  const made = element("button", className, text);
  made.type = "button";
  made.addEventListener("click", act);
  return made;
}
