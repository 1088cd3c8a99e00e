// SPDX-License-Identifier: MIT
// Figures as text, and text as elements: never as markup.
"use strict";
const text = (() => {
  const number = (value, digits = 3) => {
    if (value === null || value === undefined) return "–";
    const size = Math.abs(value);
    if (size >= 1000) return Math.round(value).toLocaleString("en-US");
    return String(Number(value.toPrecision(digits)));
  };
  const time = (us) => us === null || us === undefined ? "–"
    : us >= 1e6 ? `${number(us / 1e6)}\u00a0s`
      : us >= 1000 ? `${number(us / 1000)}\u00a0ms` : `${number(us)}\u00a0µs`;
  const percent = (share, digits = 3) =>
    share === null || share === undefined ? "–" : `${number(100 * share, digits)}\u00a0%`;
  const bytes = (count) => `${number(count / 1e6)}\u00a0MB`;
  /// As a sentence of its own.
  const sentence = (words) =>
    words && words[0].toUpperCase() + words.slice(1) + (words.endsWith(".") ? "" : ".");

  /// As base/text.hpp has it: what cannot be seen, or turns its neighbours round, as an escape.
  const kUnseen = /[\p{Cc}\p{Default_Ignorable_Code_Point}\u2028\u2029\ufff9-\ufffb]/gu;
  const visible = (words) =>
    words.replace(kUnseen, (one) => `\\u{${one.codePointAt(0).toString(16)}}`);
  /// JSON, all of its texts made visible.
  const parse = (json) =>
    JSON.parse(json, (_, value) => (typeof value === "string" ? visible(value) : value));

  const element = (name, content, className) => {
    const made = document.createElement(name);
    if (content !== undefined) made.textContent = content;
    if (className) made.className = className;
    return made;
  };
  const table = (heads, rows) => {
    const scroll = element("div", undefined, "scroll");
    const made = element("table");
    const addRow = (kind, cells) => {
      const row = element("tr");
      cells.forEach((cell) => row.append(element(kind, cell)));
      made.append(row);
    };
    addRow("th", heads);
    rows.forEach((cells) => addRow("td", cells));
    scroll.append(made);
    return scroll;
  };
  const asTable = (heads, rows) => {
    const details = element("details");
    details.append(element("summary", "the same as a table"), table(heads, rows));
    return details;
  };

  return { number, time, percent, bytes, sentence, visible, parse, element, table, asTable };
})();
