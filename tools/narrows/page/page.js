// SPDX-License-Identifier: MIT
// Draws a report from the runs in #data. All text goes in as text, never as markup.
"use strict";
(() => {
  const { number, time, percent, bytes, sentence, element, table, asTable } = text;
  const started = performance.now();
  const files = text.parse(document.getElementById("data").textContent);
  const runs = files.flatMap((file) =>
    file.kind !== undefined ? [] : file.series ? [{ ...file, label: file.file }] : []);
  const sweeps = files.filter((file) => file.kind === "sweep");
  const clusters = files.filter((file) => file.kind === "cluster");
  const main = document.getElementById("main");
  const charts = [];
  const dashes = [[], [6, 4], [2, 3], [10, 3, 2, 3]];

  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const seriesColour = (index) => colour(`--series-${(index % 4) + 1}`);

  const section = (title, className) => {
    const made = element("section", undefined, className);
    made.append(element("h2", title));
    main.append(made);
    return made;
  };

  // Charts

  const chart = (parent, description, build) => {
    const box = element("div", undefined, "chart");
    const canvas = element("canvas");
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", description);
    box.append(canvas);
    parent.append(box);
    charts.push({ canvas, build, drawn: null });
  };
  const axis = (text, more = {}) => ({
    title: { display: true, text, color: colour("--faint") },
    grid: { color: colour("--line") },
    ticks: { color: colour("--faint"), ...(more.ticks || {}) },
    ...Object.fromEntries(Object.entries(more).filter(([key]) => key !== "ticks")),
  });
  const line = (label, index, data, more = {}) => ({
    label, data, borderColor: seriesColour(index), backgroundColor: seriesColour(index),
    borderDash: dashes[index % dashes.length], borderWidth: 2, pointRadius: 0, ...more,
  });
  const options = (x, y, more = {}) => ({
    animation: false, responsive: true, maintainAspectRatio: false,
    interaction: { mode: "nearest", axis: "x", intersect: false },
    scales: { x, y },
    plugins: { legend: { labels: { color: colour("--ink"), usePointStyle: true, pointStyle: "line" } } },
    ...more,
  });
  const powersOfTen = (value) => Math.abs(Math.log10(value) % 1) < 1e-9;
  const timeTicks = { callback: (value) => (powersOfTen(value) ? time(value) : "") };

  const draw = () => {
    charts.forEach((one) => {
      if (one.drawn) one.drawn.destroy();
      one.drawn = new Chart(one.canvas, one.build());
    });
  };

  // What is shown

  /// Points of latency by percentile: x is 1 / (1 - share), so that each nine takes equal room.
  const percentiles = (buckets) => {
    const total = buckets.reduce((sum, [, count]) => sum + count, 0);
    const points = [];
    let seen = 0;
    let lastX = 0;
    buckets.forEach(([value, count], i) => {
      seen += count;
      const x = total / Math.max(total - seen, 0.5);
      if (x < lastX * 1.03 && i < buckets.length - 1) return;
      lastX = x;
      points.push({ x: Math.min(x, total), y: Math.max(value, 0.001) });
    });
    return points;
  };

  const showFigures = () => {
    const card = section("Figures", "wide");
    card.append(table(
      ["run", "offered/s", "reached/s", "p50", "p90", "p99", "p99.9", "max", "CPU a message", "memory"],
      runs.map((run) => [run.label, number(run.offered_per_sec), number(run.throughput_per_sec),
        ...["p50", "p90", "p99", "p999", "max"].map((name) => time(run.latency_us[name])),
        time(run.node.cpu_us_per_message), bytes(run.node.peak_rss_bytes)])));
    card.append(table(
      ["run", "answered", "missing", "duplicated", "out of order", "unsolicited", "wrong", "late by (p99)"],
      runs.map((run) => [run.label, ...["answered", "missing", "duplicated", "out_of_order",
        "unsolicited", "wrong"].map((name) => number(run.replies[name])), time(run.send_lag_us.p99)])));
    runs.forEach((run) => {
      [run.problem, run.generator_problem, ...run.remarks].filter(Boolean).forEach((text) =>
        card.append(element("p", runs.length > 1 ? `${run.label}: ${text}` : text, "note")));
      card.append(element("p", `${run.label}: ${run.node.command.join(" ")}`, "note"));
    });
  };

  const showPercentiles = () => {
    const card = section("Latency by percentile", "wide");
    const named = runs.flatMap((run) => {
      const name = runs.length > 1 ? `${run.label} ` : "";
      const both = [[`${name}latency`, run.histograms.latency_us]];
      if (run.load.pace === "rate") {
        both.push([`${name}uncorrected`, run.histograms.uncorrected_latency_us]);
      }
      return both;
    });
    chart(card, `Latency by percentile: ${runs.map((run) =>
      `${run.label}: median ${time(run.latency_us.p50)}, 99th ${time(run.latency_us.p99)}, `
      + `largest ${time(run.latency_us.max)}`).join("; ")}`, () => ({
      type: "line",
      data: { datasets: named.map(([label, buckets], i) => line(label, i, percentiles(buckets))) },
      options: options(
        axis("percentile", { type: "logarithmic", min: 1, max: 1e5, ticks: {
          callback: (value) => ({ 1: "0", 2: "50", 10: "90", 100: "99", 1000: "99.9",
            10000: "99.99", 100000: "99.999" })[value] || "", autoSkip: false, maxRotation: 0 } }),
        axis("latency", { type: "logarithmic", ticks: timeTicks })),
    }));
    const names = ["p50", "p90", "p99", "p999", "max"];
    card.append(asTable(["", ...names], runs.flatMap((run) => [
      [`${run.label}: latency`, ...names.map((name) => time(run.latency_us[name]))],
      [`${run.label}: uncorrected`, ...names.map((name) => time(run.uncorrected_latency_us[name]))],
    ])));
  };

  const showHistogram = () => {
    const card = section("How often which latency");
    const kBins = 60;
    const all = runs.flatMap((run) => run.histograms.latency_us.map(([value]) => Math.max(value, 0.1)));
    if (all.length === 0) return card.append(element("p", "nothing was measured", "note"));
    const low = Math.log(all.reduce((a, b) => Math.min(a, b)));
    const high = Math.log(all.reduce((a, b) => Math.max(a, b))) + 1e-9;
    const edge = (bin) => Math.exp(low + ((high - low) * bin) / kBins);
    const bins = runs.map((run) => {
      const counts = new Array(kBins).fill(0);
      run.histograms.latency_us.forEach(([value, count]) => {
        const at = Math.floor((kBins * (Math.log(Math.max(value, 0.1)) - low)) / (high - low));
        counts[Math.min(at, kBins - 1)] += count;
      });
      return counts;
    });
    chart(card, `Histogram of latencies from ${time(edge(0))} to ${time(edge(kBins))}`, () => ({
      type: "bar",
      data: {
        labels: Array.from({ length: kBins }, (_, bin) => time(edge(bin + 0.5))),
        datasets: bins.map((counts, i) => ({ label: runs[i].label, data: counts,
          backgroundColor: seriesColour(i), barPercentage: 1, categoryPercentage: 1 })),
      },
      options: options(axis("latency", { ticks: { maxTicksLimit: 6, maxRotation: 0 } }), axis("messages")),
    }));
  };

  /// Without a last bit of a second.
  const wholeSeconds = (run) =>
    run.series.filter((point) => point.seconds >= 0.25 || run.series.length < 3);

  const showSeries = (title, unit, lines) => {
    const card = section(title);
    const drawn = runs.flatMap((run) => lines.map(([name, value]) =>
      [runs.length > 1 ? `${run.label} ${name}` : name,
        wholeSeconds(run).map((point) => ({ x: point.end_s, y: value(point) }))]));
    const peaks = drawn.map(([name, points]) =>
      `${name} at most ${unit(points.reduce((most, point) => Math.max(most, point.y), 0))}`);
    chart(card, `${title} by second: ${peaks.join("; ")}`, () => ({
      type: "line",
      data: { datasets: drawn.map(([name, points], i) =>
        line(name, i, points, { pointRadius: points.length < 3 ? 3 : 0 })) },
      options: options(axis("seconds", { type: "linear" }),
        axis("", { beginAtZero: true, ticks: { callback: unit } })),
    }));
    card.append(element("p", "From the beginning of the warm-up on.", "note"));
  };

  /// The first run's verdict stands at the head of the page.
  const showBreakdown = (run, index) => {
    const stats = verdict.statsOf(run);
    const stages = stats.stages;
    if (stages.length === 0) return;
    const card = section(`${run.label}: where the node says that the time goes`, "wide");
    if (index > 0) {
      const words = [verdict.headline(stats), stats.explanation].filter(Boolean).map(sentence);
      card.append(element("p", words.join(" ")), verdict.panel(stats));
    }
    const kinds = [["of the mean", "share_of_mean"], ["of the slowest 1 %", "share_of_tail"]]
      .filter(([, name]) => stages.every((stage) => stage[name] !== undefined));
    if (kinds.length === 0) return card.append(element("p", "it gives no shares", "note"));
    kinds.forEach(([label, name]) => card.append(element("h3", `Shares ${label}`), stack(stages, name)));
    card.append(element("p", "Solid: work. Hatched: waiting.", "note"), element("h3", "The pipeline"),
      pipeline(stages, stats.answers[0]));
    if (stats.sent > 0) {
      card.append(element("p", `Beside its replies the node sent ${number(stats.sent)} messages of its own.`, "note"));
    }
    const columns = [["avg", "avg_us", time], ["p50", "p50_us", time], ["p99", "p99_us", time],
      ["max", "max_us", time], ["share of mean", "share_of_mean", percent],
      ["share of tail", "share_of_tail", percent], ["utilization", "utilization", percent],
      ["scv of service", "scv", number]]
      .filter(([, name]) => stages.some((stage) => stage[name] !== undefined));
    card.append(asTable(["", "kind", ...columns.map(([label]) => label)],
      stages.map((stage) => [stage.name, stage.kind, ...columns.map(([, name, unit]) =>
        stage[name] === undefined ? "" : unit(stage[name]))])));
  };

  /// A class for the colour of a component; hatched if it is a wait.
  const look = (stage) => {
    const known = { parse: "parse", dispatch: "dispatch", serialize: "serialize", input: "parse",
      dispatch_queue: "dispatch", serialize_queue: "serialize", output: "output" };
    return `${known[stage.name] || "other"} ${stage.kind === "service" ? "work" : "waiting"}`;
  };

  /// A bar of the shares, each named in it where there is room, and all of them below it.
  const stack = (stages, name) => {
    const made = element("div", undefined, "stack");
    const bar = element("div", undefined, "bar");
    const legend = element("ul");
    bar.setAttribute("role", "img");
    bar.setAttribute("aria-label",
      stages.map((stage) => `${stage.name} ${percent(stage[name])}`).join(", "));
    stages.forEach((stage) => {
      const part = element("span", undefined, look(stage));
      part.style.flexGrow = String(Math.max(stage[name], 0));
      if (stage[name] >= 0.03) part.append(element("b", stage.name));
      bar.append(part);
      const item = element("li", `${stage.name} ${percent(stage[name])}`);
      item.prepend(element("i", undefined, look(stage)));
      legend.append(item);
    });
    made.append(bar, legend);
    return made;
  };

  /// A box a service, filled as far as it is busy, and an arrow a wait.
  const pipeline = (stages, limit) => {
    const made = element("ol", undefined, "pipeline");
    stages.forEach((stage) => {
      const item = element("li", undefined, look(stage));
      if (stage.kind === "service") {
        const busy = Math.min(Math.max(stage.utilization || 0, 0), 1);
        item.style.setProperty("--busy", `${100 * busy}%`);
        if (stage.name === limit.stage || stage.name === limit.tie) {
          item.classList.add("tightest");
          item.append(element("em", limit.tie ? "a tie" : "the tightest"));
        }
        item.append(element("strong", stage.name), element("span", `${percent(busy)} busy`),
          element("span", `${time(stage.avg_us)} a message`));
      } else {
        item.append(element("span", stage.name.replace(/_/g, "_\u200b")), element("span", "", "arrow"),
          element("span", time(stage.avg_us)));
      }
      made.append(item);
    });
    return made;
  };

  const showSweep = (sweep) => {
    const card = section(`${sweep.file}: latency by rate`, "wide");
    const knee = sweep.knee_per_sec;
    const curve = (name) => sweep.runs.map((run) => ({ x: run.offered_per_sec, y: Math.max(run.latency_us[name], 0.1) }));
    const range = [0.1, 1].map((_, i) => sweep.runs.flatMap((run) => [run.latency_us.p50, run.latency_us.p99])
      .reduce((a, b) => (i === 0 ? Math.min(a, b) : Math.max(a, b))));
    chart(card, `Latency by offered rate, ${knee === null ? "no knee" : `knee at ${number(knee)} a second`}: `
      + sweep.runs.map((run) => `${number(run.offered_per_sec)}/s: p99 ${time(run.latency_us.p99)}`).join("; "), () => ({
      type: "line",
      data: { datasets: [
        line("p99", 0, curve("p99"), { pointRadius: 4, pointStyle: "rectRot" }),
        line("p50", 1, curve("p50"), { pointRadius: 4, pointStyle: "circle" }),
        ...(knee === null ? [] : [line(`knee: ${number(knee)} a second`, 2,
          range.map((y) => ({ x: knee, y: Math.max(y, 0.1) })))]),
      ] },
      options: options(axis("offered a second", { type: "logarithmic",
        ticks: { callback: (value) => (powersOfTen(value) ? number(value) : ""), maxRotation: 0 } }),
      axis("latency", { type: "logarithmic", ticks: timeTicks })),
    }));
    const busy = ({ stages }) => stages.filter((stage) => stage.utilization !== undefined)
      .map((stage) => `${stage.name} ${percent(Number(stage.utilization.toFixed(2)))}`).join(", ");
    card.append(table(["offered/s", "reached/s", "p50", "p99", "CPU a message", "tightest", "busy"],
      sweep.runs.map((run) => {
        const stats = verdict.statsOf(run);
        return [number(run.offered_per_sec), number(run.throughput_per_sec), time(run.latency_us.p50),
          time(run.latency_us.p99), time(run.node.cpu_us_per_message),
          verdict.named(stats.answers[0]) || "–", busy(stats) || "–"];
      })));
    const failures = sweep.runs.flatMap((run) => verdict.statsOf(run).failures.map((words) =>
      `at ${number(run.offered_per_sec)} a second: ${words}`));
    if (failures.length > 0) card.append(verdict.doubts(failures));
  };

  const showComparison = () => {
    const [a, b] = runs;
    const card = section(`${b.label} against ${a.label}`, "wide");
    const figures = [["throughput", (run) => run.throughput_per_sec, number, true],
      ["latency p50", (run) => run.latency_us.p50, time, false],
      ["latency p99", (run) => run.latency_us.p99, time, false],
      ["CPU a message", (run) => run.node.cpu_us_per_message, time, false],
      ["memory", (run) => run.node.peak_rss_bytes, bytes, false]];
    card.append(table(["", a.label, b.label, "difference"], figures.map(([name, value, unit]) => {
      const change = 100 * (value(b) / value(a) - 1);
      return [name, unit(value(a)), unit(value(b)),
        Number.isFinite(change) ? `${change >= 0 ? "+" : ""}${change.toFixed(1)} %` : "–"];
    })));
    card.append(element("p", "One run each: narrows compare says whether a difference is real.", "note"));
  };

  /// The run that tells what gave way: the first beyond the knee, or the last.
  const beyondKnee = (sweep) => sweep.runs.find((run) => sweep.knee_per_sec !== null
    && run.load.rate_per_sec > sweep.knee_per_sec) || sweep.runs[sweep.runs.length - 1];

  const showVerdict = () => {
    const title = document.getElementById("verdict");
    const explanation = document.getElementById("explanation");
    const run = runs[0] || (sweeps[0] && beyondKnee(sweeps[0]));
    if (!run) {
      const [said, found] = clusters.length > 0 ? cluster.verdict(clusters[0]) : ["Nothing was measured.", ""];
      title.textContent = said;
      explanation.textContent = sentence(found);
      document.title = `narrows: ${said}`;
      return;
    }
    const stats = verdict.statsOf(run);
    const sweep = runs.length === 0 && sweeps[0];
    if (run.problem) {
      title.textContent = `Not valid: ${run.problem}.`;
    } else if (sweep) {
      title.textContent = sweep.knee_per_sec === null ? "It kept up with none of these rates."
        : `${sweep.slo ? `${sweep.slo} holds` : "It keeps up"} to ${number(sweep.knee_per_sec)} messages a second.`;
    } else if (verdict.headline(stats)) {
      title.textContent = `${verdict.headline(stats)}.`;
    } else {
      title.textContent = `${number(run.throughput_per_sec)} messages a second, 99 % within ${time(run.latency_us.p99)}.`;
    }
    if (stats.explanation) {
      explanation.textContent = sentence(sweep
        ? `at ${number(run.offered_per_sec)} a second: ${stats.explanation}` : stats.explanation);
    } else if (run.generator_problem) {
      explanation.textContent = `Not valid: ${run.generator_problem}.`;
    } else {
      explanation.textContent = "The node says nothing of its stages: it does not answer bench_stats.";
    }
    document.querySelector("header").append(verdict.panel(stats));
    if (runs.length > 1) title.textContent = `${run.label}: ${title.textContent}`;
    document.title = `narrows: ${title.textContent}`;
  };

  showVerdict();
  sweeps.forEach(showSweep);
  if (runs.length > 0) {
    showFigures();
    if (runs.length === 2) showComparison();
    runs.forEach(showBreakdown);
    showPercentiles();
    showHistogram();
    showSeries("Rate", (value) => number(value), [
      ["sent", (point) => point.sent / point.seconds], ["answered", (point) => point.answered / point.seconds]]);
    showSeries("Latency", time, [["p50", (point) => point.p50_us], ["p99", (point) => point.p99_us]]);
    showSeries("CPU of the node", (value) => `${number(value)} %`, [
      ["user", (point) => (100 * point.cpu_user_s) / point.seconds],
      ["system", (point) => (100 * point.cpu_system_s) / point.seconds]]);
    showSeries("Memory of the node", bytes, [["resident", (point) => point.rss_bytes]]);
  }
  clusters.forEach((run) => {
    cluster.show(run, { section, chart, line, axis, options, colour });
    cluster.nodes(run).forEach((node) => showBreakdown(node, 1));
  });
  draw();
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  document.documentElement.dataset.charts = charts.length;
  document.documentElement.dataset.drawnMs = Math.round(performance.now() - started);
})();
