// SPDX-License-Identifier: MIT
// What a run of narrows cluster shows: what its clients asked and saw, and the faults meanwhile.
"use strict";
const cluster = (() => {
  const { number, time, element, table, asTable } = text;
  const ms = (value) => time(value === null || value === undefined ? value : 1000 * value);
  const seconds = (value) => value / 1000;

  /// "Valid: …", and a sentence about what was found.
  const verdict = (run) => {
    const said = run.problem ? `Not valid: ${run.problem}.`
      : run.partial ? `${run.workload} on ${number(run.nodes)} nodes was broken off.`
      : run.valid ? `${run.workload} on ${number(run.nodes)} nodes is valid.`
        : `${run.workload} on ${number(run.nodes)} nodes is not valid.`;
    const faults = run.faults.length + run.more_faults;
    const found = run.faults.length > 0
      ? `${number(faults)} ${faults === 1 ? "fault" : "faults"}, the first: ${run.faults[0]}`
      : `${number(run.messages.per_operation)} messages a request between nodes, half of the `
        + `answers within ${ms((run.latency_ms.all || {}).p50)}`;
    return [said, found];
  };

  /// Faults as bands behind a chart.
  const behind = (bands, colour) => ({
    id: "bands",
    beforeDatasetsDraw: ({ ctx, chartArea, scales }) => {
      ctx.save();
      ctx.fillStyle = colour;
      ctx.globalAlpha = 0.14;
      bands.forEach((band) => {
        const left = Math.max(scales.x.getPixelForValue(seconds(band.begin_ms)), chartArea.left);
        const right = Math.min(scales.x.getPixelForValue(seconds(band.end_ms)), chartArea.right);
        if (right > left) ctx.fillRect(left, chartArea.top, right - left, chartArea.bottom - chartArea.top);
      });
      ctx.restore();
    },
  });

  const show = (run, { section, chart, line, axis, options, colour }) => {
    const figures = () => {
      const card = section(`${run.file}: ${run.workload}`, "wide");
      const heads = ["", "answered", "p50", "p90", "p99", "max"];
      card.append(table(heads, Object.entries(run.latency_ms).filter(([, one]) => one).map(
        ([name, one]) => [name, number(one.count), ...["p50", "p90", "p99", "max"].map((share) => ms(one[share]))])));
      card.append(table(["nodes", "answered", "refused", "open", "a second", "messages a request",
        "cut off", "lost", "twice", "with services"],
      [[number(run.nodes), number(run.operations.ok), number(run.operations.failed),
        number(run.operations.unknown), number(run.operations.per_sec),
        number(run.messages.per_operation), number(run.messages.cut), number(run.messages.lost),
        number(run.messages.duplicated), number(run.messages.services)]]));
      const found = Object.entries(run.figures);
      if (found.length > 0) {
        card.append(table(found.map(([name]) => name.replace(/_ms$/, "").replace(/_/g, " ")),
          [found.map(([name, value]) => (name.endsWith("_ms") ? ms(value) : number(value)))]));
      }
      run.faults.forEach((fault) => card.append(element("p", fault, "note")));
      if (run.more_faults > 0) card.append(element("p", `and ${number(run.more_faults)} more`, "note"));
      card.append(element("p", `again: ${run.again}`, "note"));
    };
    const last = () => Math.max(...run.series.map((bin) => seconds(bin.t_ms)), 0);
    const overTime = (title, unit, datasets, kind = "line", more = {}) => {
      const card = section(title);
      const peaks = datasets.map(([name, points]) => `${name} at most ${unit(
        points.reduce((most, point) => Math.max(most, point.y || 0), 0))}`).join("; ");
      chart(card, `${title} over time: ${peaks}`, () => ({
        type: kind,
        data: { datasets: datasets.map(([name, points], i) => line(name, i, points, more)) },
        options: options(axis("seconds", { type: "linear", min: 0, max: last() }),
          axis("", { beginAtZero: true, ticks: { callback: unit } })),
        plugins: [behind(run.bands, colour("--doubt"))],
      }));
      card.append(element("p", run.bands.length > 0 ? "Shaded: a fault lasted." : "No fault came.", "note"));
    };
    const points = (value) => run.series.map((bin) => ({ x: seconds(bin.t_ms), y: value(bin) }));
    const width = (at) => seconds((run.series[at + 1] || {}).t_ms - run.series[at].t_ms) || 1;
    const perSecond = (name) => run.series.map((bin, i) =>
      ({ x: seconds(bin.t_ms), y: bin[name] / width(i) }));

    figures();
    overTime("Requests a second", (value) => number(value),
      [["answered", perSecond("ok")], ["refused", perSecond("failed")], ["open", perSecond("unknown")]]);
    overTime("Latency of answers", ms,
      [["p50", points((bin) => bin.p50_ms)], ["max", points((bin) => bin.max_ms)]]);
    overTime("Messages between nodes, a second", (value) => number(value),
      [["messages", perSecond("messages")]]);
    if (run.settled.length > 0) {
      overTime("Convergence: until a value was everywhere", ms,
        [["by when it was known", run.settled.map(([known, latency]) => ({ x: seconds(known), y: latency }))]],
        "scatter", { pointRadius: 2, showLine: false });
    }
    if (run.bands.length > 0) {
      const card = section("Faults", "wide");
      card.append(asTable(["from", "to", "what", "who"], run.bands.map((band) =>
        [ms(band.begin_ms), ms(band.end_ms), band.fault, band.who])));
      card.querySelector("details").open = run.bands.length <= 12;
    }
  };

  /// Nodes that know bench_stats, as the page shows any run's.
  const nodes = (run) => run.cluster.map((node) => ({ label: `${run.file}, ${node.name}`, bench_stats: node.bench_stats }));

  return { verdict, show, nodes };
})();
