// The card beside the current suggestion: its alternatives, the evidence in words, and what can be done.

const REASONS = { litter: "litter that spinners leave", article: "a or an, as the next word asks", spelling: "a near spelling" };

class Card {
  /** ``acts``: take(words), clear(), all(choice), close() on the suggestion that the card shows. */
  constructor(place, acts) {
    this.place = place;
    this.acts = acts;
    this.shown = -1;
    place.addEventListener("keydown", (event) => event.key === "Escape" && this.#stop(event));
  }

  show(article, index, mark) {
    this.shown = index;
    const s = article.suggestions[index];
    const why = element("ul", "why");
    why.id = "why";
    why.append(...[...reasons(s, article)].map((reason) => element("li", "", reason)));
    this.place.replaceChildren(this.#head(s), this.#alternatives(article, s), this.#actions(article, s), this.#form(article, s), why);
    this.place.hidden = false;
    mark.setAttribute("aria-describedby", "why");
    this.#lay(mark);
  }

  hide() {
    this.shown = -1;
    this.place.hidden = true;
  }

  type() {
    const input = this.place.querySelector("input");
    input.focus();
    input.select();
  }

  #head(s) {
    const head = element("div", "pair-head");
    head.append(element("del", "", s.before), " → ", element("ins", "", s.replacement || "∅"), element("span", "level", `${s.level}, ${share(s.probability)}`));
    const close = button("close", "×", () => this.acts.close());
    close.setAttribute("aria-label", "Close");
    head.append(close);
    return head;
  }

  /** The readings, best first, each a button; the one that stands in the text is pressed. */
  #alternatives(article, s) {
    const list = element("ol", "alternatives");
    const answer = article.answers[s.index];
    for (const [number, reading] of s.alternatives.slice(0, 9).entries()) {
      const item = element("li");
      const take = button("", "", () => this.acts.take(reading.text));
      const kept = reading.text === s.before;
      take.append(element("kbd", "", String(number + 1)), element("span", "words", reading.text || "∅"), ...(kept ? [element("small", "", "as it is")] : []));
      take.append(gauge(reading.probability), element("span", "share", share(reading.probability)));
      take.setAttribute("aria-pressed", String(answer !== null && article.shown(s.index) === reading.text));
      item.append(take);
      list.append(item);
    }
    return list;
  }

  #form(article, s) {
    const form = element("form", "own");
    const label = element("label", "", "Your own words");
    const input = element("input");
    input.value = article.shown(s.index);
    label.append(input);
    const apply = element("button", "", "Put");
    apply.type = "submit";
    form.append(label, apply);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.acts.take(sameBreaks(input.value, s.before));
    });
    return form;
  }

  #actions(article, s) {
    const bar = element("div", "actions");
    const same = article.pairs.get(s.pair).length;
    bar.append(
      key(button("main", "Accept", () => this.acts.take(s.replacement)), "y"),
      key(button("", "Reject", () => this.acts.take(s.before)), "n"),
      key(button("", "Edit", () => this.type()), "e"),
    );
    if (article.answers[s.index]) bar.append(button("", "Take back", () => this.acts.clear()));
    if (same > 1) {
      bar.append(
        key(button("", `Accept all ${same}`, () => this.acts.all("accept")), "a"),
        key(button("", `Reject all ${same}`, () => this.acts.all("reject")), "d"),
      );
    }
    return bar;
  }

  /** Under the mark, or above it where there is more room; a narrow window has it at its foot (page.css). */
  #lay(mark) {
    if (!this.place.offsetParent) return;
    const at = mark.getBoundingClientRect();
    const { width, height } = this.place.getBoundingClientRect();
    const room = document.documentElement.clientWidth - width - 12;
    const above = at.bottom + height + 8 > window.innerHeight && at.top - height - 8 > document.querySelector("header").offsetHeight;
    const base = this.place.offsetParent.getBoundingClientRect();
    this.place.style.left = `${Math.max(12, Math.min(at.left, room)) - base.left}px`;
    this.place.style.top = `${(above ? at.top - height - 8 : at.bottom + 8) - base.top}px`;
  }

  #stop(event) {
    event.stopPropagation();
    this.acts.close();
  }
}

/** The evidence in words, the strongest kind first. */
function* reasons(s, article) {
  const { kind, row, family, gain, channel, count, name } = s.evidence;
  if (REASONS[kind]) yield REASONS[kind];
  if (name) yield `“${name}” is a known name or term`;
  if (gain) yield `“${s.replacement || "nothing"}” fits here ${Math.abs(gain).toFixed(1)} nats ${gain > 0 ? "better" : "worse"}`;
  const telltale = article.expected.get(s.before.toLowerCase());
  if (telltale) yield `“${telltale.word}” ${times(telltale.seen)} in this text, ${rounded(telltale.expected)} expected`;
  if (channel) yield `a spinner puts it for “${s.replacement}” with probability ${Math.exp(channel).toPrecision(2)}`;
  yield count === 1 ? "the pair occurs once in this text" : `the pair occurs ${count} times in this text`;
  if (row) yield `${kind === "name" ? "gazetteer" : "dictionary"} row ${row}${family ? `, family ${family}` : ""}`;
}

function gauge(probability) {
  const made = element("span", "gauge");
  const fill = element("span");
  fill.style.width = `${Math.round(probability * 100)}%`;
  made.append(fill);
  made.setAttribute("aria-hidden", "true");
  return made;
}

function key(made, letter) {
  made.append(" ", element("kbd", "", letter));
  made.setAttribute("aria-keyshortcuts", letter);
  return made;
}

/** The typed words with the line breaks that the spun ones have, at the end, as lines must stay. */
function sameBreaks(words, before) {
  return words + "\n".repeat(before.split("\n").length - 1);
}

function share(probability) {
  return probability >= 0.995 ? "> 0.99" : probability < 0.005 ? "< 0.01" : probability.toFixed(2);
}

function times(count) {
  return count === 1 ? "once" : `${count} times`;
}

function rounded(number) {
  return number < 0.05 ? "none" : number.toFixed(1).replace(/\.0$/, "");
}
