// The substitutions: one line for each pair of words, with what was decided about it.

const COLUMNS = [
  ["Spun", (row) => row.before],
  ["Restored", (row) => row.replacement],
  ["Times", (row) => -row.indexes.length],
  ["Probability", (row) => -row.probability],
  ["Decided", (row) => -row.decided],
];

class PairTable {
  /** ``acts``: all(pair, choice) and only(pair). */
  constructor(place, acts) {
    this.place = place;
    this.acts = acts;
    this.column = 2;
  }

  show(article) {
    const rows = [...article.pairs.values()].map((indexes) => summarize(article, indexes));
    const by = COLUMNS[this.column][1];
    rows.sort((a, b) => (by(a) < by(b) ? -1 : by(a) > by(b) ? 1 : b.probability - a.probability));
    const table = element("table");
    table.append(element("caption", "unseen", "Substitutions"), this.#head(article));
    const body = element("tbody");
    body.append(...rows.map((row) => this.#line(row)));
    table.append(body);
    this.place.replaceChildren(rows.length ? table : element("p", "none", "No suggestions in this text."));
  }

  #head(article) {
    const line = element("tr");
    for (const [number, [name]] of COLUMNS.entries()) {
      const cell = element("th", number > 1 ? "number" : "");
      cell.scope = "col";
      if (number === this.column) cell.setAttribute("aria-sort", number > 1 ? "descending" : "ascending");
      cell.append(button("sort", name, () => this.#sort(article, number)));
      line.append(cell);
    }
    const last = element("th");
    last.scope = "col";
    last.append(element("span", "unseen", "Actions"));
    line.append(last);
    const head = element("thead");
    head.append(line);
    return head;
  }

  #sort(article, number) {
    this.column = number;
    this.show(article);
    this.place.querySelectorAll(".sort")[number].focus();
  }

  #line(row) {
    const line = element("tr");
    line.dataset.pair = row.pair;
    const where = element("td");
    where.append(button("link", row.before, () => this.acts.only(row.pair)));
    const actions = element("td", "acts");
    for (const [choice, name] of [["accept", "Accept all"], ["reject", "Reject all"]]) {
      const act = button("", name, () => this.acts.all(row.pair, choice));
      act.setAttribute("aria-label", `${name}: ${row.pair}`);
      actions.append(act);
    }
    const decided = element("td", "number", `${row.decided} of ${row.indexes.length}`);
    line.append(where, element("td", "", row.replacement || "∅"), element("td", "number", String(row.indexes.length)));
    line.append(element("td", "number", share(row.probability)), decided, actions);
    return line;
  }

  /** Bring the counts of these pairs up to date, in place. */
  refresh(article, pairs) {
    for (const line of this.place.querySelectorAll("tbody tr")) {
      if (pairs.has(line.dataset.pair)) {
        const row = summarize(article, article.pairs.get(line.dataset.pair));
        line.children[4].textContent = `${row.decided} of ${row.indexes.length}`;
      }
    }
  }
}

function summarize(article, indexes) {
  const { before, replacement, pair } = article.suggestions[indexes[0]];
  const probability = indexes.reduce((sum, index) => sum + article.suggestions[index].probability, 0) / indexes.length;
  return { before, replacement, pair, indexes, probability, decided: indexes.filter((index) => article.answers[index]).length };
}
