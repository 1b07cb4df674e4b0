"use strict";
// The texts, their suggestions, and what was decided. Nothing here knows of the page.

/** Lines longer than this many units are shown as several blocks, so that each is cheap to draw. */
const LONG_LINE = 4000;
/** A line of more than this is a paragraph, not one of the lines of a paragraph that was broken by hand. */
const PROSE_LINE = 160;
/** Characters of the text that a decision keeps on either side (restore/decisions.py has the same number). */
const CONTEXT = 40;
const LEVELS = [["sure", 0.9], ["likely", 0.6], ["unsure", 0]];

/** One text with its suggestions and the answers to them. */
class Article {
  constructor(data) {
    Object.assign(this, data);
    const units = unitOffsets(this.text);
    for (const [index, s] of this.suggestions.entries()) {
      Object.assign(s, { index, from: units(s.start), to: units(s.end), level: levelOf(s.probability), pair: pairOf(s) });
    }
    this.windows = data.windows.map((w) => ({ ...w, from: units(w.start), to: units(w.end) }));
    this.paragraphs = cutParagraphs(this.text, this.suggestions);
    this.pairs = new Map();
    for (const s of this.suggestions) {
      if (!this.pairs.has(s.pair)) this.pairs.set(s.pair, []);
      this.pairs.get(s.pair).push(s.index);
    }
    this.expected = new Map(data.telltales.map((t) => [t.word.toLowerCase(), t]));
    this.answers = new Array(this.suggestions.length).fill(null);
    this.others = this.#takeUp(data.decisions);
    this.decided = this.answers.filter(Boolean).length;
    this.done = [];
    this.undone = [];
    this.saved = true;
  }

  /** Put earlier decisions in; those about places where nothing is suggested any more, which are kept for the download. */
  #takeUp(decisions) {
    const at = new Map(this.suggestions.map((s) => [s.start, s]));
    return decisions.filter((d) => {
      const s = at.get(d.start);
      if (s?.end !== d.end) return true;
      this.answers[s.index] = { choice: d.choice, replacement: d.replacement, when: d.when, who: d.who };
      return false;
    });
  }

  /** The words that stand in the restored text: as decided, else as restore itself would have it. */
  shown(index) {
    const { before, replacement, action } = this.suggestions[index];
    const answer = this.answers[index];
    if (answer) return answer.choice === "reject" ? before : answer.replacement;
    return action === "apply" ? replacement : before;
  }

  /** The answer that puts these words there: they tell whether it is accepted, rejected or edited. */
  answerFor(index, words) {
    const { before, replacement } = this.suggestions[index];
    const choice = words === before ? "reject" : words === replacement ? "accept" : "edit";
    return { choice, replacement: choice === "reject" ? replacement : words, when: now() };
  }

  /** Give answers, ``[index, answer or null]`` each, as one step that can be undone; the indexes that changed. */
  decide(changes) {
    const step = changes.filter(([index, answer]) => !sameAnswer(answer, this.answers[index]))
      .map(([index, answer]) => ({ index, old: this.answers[index], answer }));
    if (!step.length) return [];
    this.done.push(step);
    this.undone = [];
    return this.#put(step, (change) => change.answer);
  }

  undo() {
    const step = this.done.pop();
    if (!step) return [];
    this.undone.push(step);
    return this.#put(step, (change) => change.old);
  }

  redo() {
    const step = this.undone.pop();
    if (!step) return [];
    this.done.push(step);
    return this.#put(step, (change) => change.answer);
  }

  #put(step, pick) {
    this.saved = false;
    for (const change of step) {
      const answer = pick(change);
      this.decided += (answer ? 1 : 0) - (this.answers[change.index] ? 1 : 0);
      this.answers[change.index] = answer;
    }
    return step.map((change) => change.index);
  }

  /** The decisions file, as `restore apply` reads it: offsets count code points, what is undecided is left out. */
  sidecar(who) {
    const rows = this.suggestions.flatMap((s) => {
      const answer = this.answers[s.index];
      if (!answer) return [];
      const [left, right] = this.around(s);
      return [{ start: s.start, end: s.end, before: s.before, choice: answer.choice, replacement: answer.replacement, left, right, who: answer.who ?? who, when: answer.when }];
    });
    const free = (d) => rows.every((row) => row.end <= d.start || d.end <= row.start);
    rows.push(...this.others.filter(free));
    rows.sort((a, b) => a.start - b.start);
    return { version: 1, kind: "restore-decisions", path: this.path, sha256: this.sha256, decisions: rows };
  }

  /** Up to 40 characters on either side. A character takes at most two units, so 80 units hold 40 of them. */
  around(s) {
    const left = Array.from(this.text.slice(Math.max(0, s.from - 2 * CONTEXT), s.from));
    const right = Array.from(this.text.slice(s.to, s.to + 2 * CONTEXT));
    return [left.slice(-CONTEXT).join(""), right.slice(0, CONTEXT).join("")];
  }
}

/** What to show: the empty string and a full set of levels let everything pass. */
class Filter {
  constructor() {
    this.levels = new Set(LEVELS.map(([name]) => name));
    this.action = "";
    this.decision = "";
    this.words = "";
    this.pair = null;
  }

  passes(article, s) {
    if (!this.levels.has(s.level)) return false;
    if (this.action && s.action !== this.action) return false;
    if (this.decision && (article.answers[s.index]?.choice ?? "undecided") !== this.decision) return false;
    if (this.pair !== null) return s.pair === this.pair;
    return !this.words || s.before.toLowerCase().includes(this.words) || s.replacement.toLowerCase().includes(this.words);
  }
}

function levelOf(probability) {
  return LEVELS.find(([, least]) => probability >= least)[0];
}

/** The words of a pair, whatever their letter case. */
function pairOf(s) {
  return `${s.before.toLowerCase()} → ${s.replacement.toLowerCase()}`;
}

function sameAnswer(a, b) {
  return a === b || (a !== null && b !== null && a.choice === b.choice && a.replacement === b.replacement);
}

/** The time to the second, in UTC. */
function now() {
  return `${new Date().toISOString().slice(0, 19)}Z`;
}

/** A function from offsets in code points, as in the data, to offsets in UTF-16 units, as in strings here. */
function unitOffsets(text) {
  const wide = []; // offsets, in code points, of the characters that take two units
  for (const match of text.matchAll(/[\ud800-\udbff][\udc00-\udfff]/g)) wide.push(match.index - wide.length);
  return (offset) => offset + countBelow(wide, offset);
}

/** How many of these ascending numbers are below a limit. */
function countBelow(numbers, limit) {
  let low = 0;
  let high = numbers.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (numbers[middle] < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The blocks to draw: a line each, long ones in pieces, none ending inside a suggestion. ``gap``: a paragraph begins; ``joined``: goes on the same line. */
function cutParagraphs(text, suggestions) {
  const blocks = [];
  let [start, first, gap, joined] = [0, 0, false, false];
  while (start < text.length) {
    let end = blockEnd(text, start);
    let next = first;
    for (; next < suggestions.length && suggestions[next].from < end; next++) {
      const { from, to } = suggestions[next];
      if (to > end) end = text.slice(from, to).includes("\n") ? lineEnd(text, to) : to;
    }
    const empty = !text.slice(start, end).trim();
    if (!empty) blocks.push({ from: start, to: end, first, last: next, gap, joined });
    gap = empty || (text[end] === "\n" && end - start > PROSE_LINE);
    joined = end < text.length && text[end] !== "\n";
    start = joined ? end : end + 1;
    first = next;
  }
  return blocks;
}

function lineEnd(text, from) {
  const end = text.indexOf("\n", from);
  return end < 0 ? text.length : end;
}

function blockEnd(text, start) {
  const end = lineEnd(text, start);
  if (end - start <= LONG_LINE) return end;
  const stop = text.lastIndexOf(". ", start + LONG_LINE) + 2;
  const space = text.lastIndexOf(" ", start + LONG_LINE) + 1;
  return stop > start + LONG_LINE / 2 ? stop : space > start ? space : start + LONG_LINE;
}
