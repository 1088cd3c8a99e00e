// SPDX-License-Identifier: MIT
// A node's own figures (bench_stats) and its verdict: which stage, how sure, and what makes the
// figures doubtful. The node may be anybody's: what is missing is left out, what is of another type
// counts as missing. verdict_text.cpp says the same in a terminal.
"use strict";
const verdict = (() => {
  const { number, percent, sentence, visible, element } = text;
  const kQuestions = [
    ["throughput", "Throughput", "the first limit"],
    ["latency", "Mean latency", "where less work helps most"],
    ["tail", "Tail", "what the slowest 1 % depend on"],
  ];
  const kSure = 0.95;

  const objectOf = (value) => (value !== null && typeof value === "object" ? value : {});
  const numberOf = (value) => (typeof value === "number" && Number.isFinite(value) ? value : undefined);
  const wordsOf = (value, most = 40) => typeof value !== "string" || value === "" ? undefined
    : value.length > most ? `${value.slice(0, most)}…` : value;
  const between = (value, low, high) => Math.min(Math.max(value, low), high);

  const stageOf = (value) => {
    const stage = objectOf(value);
    const figures = ["avg_us", "p50_us", "p99_us", "max_us", "share_of_mean", "share_of_tail",
      "utilization", "scv"].map((name) => [name, numberOf(stage[name])]);
    return { name: wordsOf(stage.name) || "–", kind: wordsOf(stage.kind) || "–",
      ...Object.fromEntries(figures) };
  };

  const answersOf = (bottleneck) => kQuestions.map(([name, label, meaning]) => ({
    label, meaning,
    stage: wordsOf(bottleneck[name]),
    tie: wordsOf(objectOf(bottleneck.tie)[name]),
    confidence: numberOf(objectOf(bottleneck.confidence)[name]),
  }));

  /// One sentence for each check that did not hold.
  const failuresOf = (stats) => {
    // What is beyond its limit is not rounded to it.
    const above = (share, least) => share === undefined ? "an unknown share"
      : `${between(100 * share, least, 999).toFixed(2)}\u00a0%`;
    const below = (share, most) => share === undefined ? "an unknown share"
      : `${between(100 * share, 0, most).toFixed(0)}\u00a0%`;
    const sentences = {
      time_accounting: (found) => `${above(found, 1.01)} of a stage's time is not accounted for (at most `
        + "1\u00a0% may be): how busy it is, and the verdict, may be off by as much",
      partition: (found) => `the parts of ${above(found, 0.01)} of the messages' times do not add up to their `
        + "latency (all must): the shares of mean and tail are not to be relied on",
      cpu: (found, cpus) => `a busy stage had a CPU for ${below(found, 89)} of the time (at least 90\u00a0% `
        + "are needed): its times are too long, as waiting for a CPU is in them"
        + (cpus > 0 && cpus < 1e6 ? `; the node may use ${number(cpus)} CPU${cpus === 1 ? "" : "s"}` : ""),
    };
    return Object.entries(objectOf(stats.checks)).slice(0, 8)
      .filter(([, check]) => objectOf(check).held === false)
      .map(([name, { value }]) => Object.hasOwn(sentences, name)
        ? sentences[name](numberOf(value), numberOf(stats.cpus))
        : `the check ${wordsOf(visible(name)) || "–"} did not hold`);
  };

  /// What a run's node says of itself; with no stages if it says nothing.
  const statsOf = (run) => {
    const stats = objectOf(run.bench_stats);
    const bottleneck = objectOf(stats.bottleneck);
    return {
      stages: (Array.isArray(stats.stages) ? stats.stages : []).slice(0, 32).map(stageOf),
      answers: answersOf(bottleneck),
      state: wordsOf(bottleneck.state),
      headroom: numberOf(bottleneck.headroom),
      explanation: wordsOf(bottleneck.explanation, 1000),
      failures: failuresOf(stats),
      sent: numberOf(stats.sent_unprompted),
    };
  };

  const named = ({ stage, tie }) => (stage && tie ? `${stage} or ${tie}` : stage);

  /// "parse dominates (headroom 12 %)"; nothing if no stage is named.
  const headline = ({ answers, state, headroom }) => {
    const stage = named(answers[0]);
    if (!stage) return undefined;
    const left = headroom === undefined ? ""
      : `headroom\u00a0${Math.round(100 * between(headroom, 0, 1))}\u00a0%`;
    const words = state === "cpu_limited" ? "CPU limited" : (state || "").replace(/_/g, " ");
    const more = [words === "headroom" && left ? "" : words, left].filter(Boolean).join(", ");
    return `${stage} dominates${more && ` (${more})`}`;
  };

  /// Never more than is known: 94.9 % are not 95, and nobody is 100 % sure.
  const sureness = (confidence) => {
    const hundredths = Math.floor(100 * between(confidence, 0, 1) + 1e-9);
    return hundredths > 99 ? "over 99\u00a0%" : `${hundredths}\u00a0%`;
  };

  /// A line as long as the confidence, with a mark where it is enough.
  const meter = (confidence) => {
    const made = element("div", undefined, "meter");
    const length = element("span");
    length.style.width = `${100 * between(confidence, 0, 1)}%`;
    made.append(length, element("i"));
    made.setAttribute("role", "img");
    made.setAttribute("aria-label", `confidence ${sureness(confidence)}, ${percent(kSure)} would do`);
    return made;
  };

  const card = ({ label, meaning, stage, tie, confidence }) => {
    const known = ["parse", "dispatch", "serialize"].includes(stage) && !tie ? stage : "other";
    const made = element("li", undefined, known);
    const about = element("p", label, "question");
    about.append(element("small", meaning));
    made.append(about, element("strong", named({ stage, tie }) || "not known"));
    if (stage && confidence !== undefined) made.append(meter(confidence));
    const sure = confidence === undefined ? "" : sureness(confidence);
    made.append(element("p", !stage ? "" : !tie ? sure && `${sure} sure`
      : `too close to call${sure && `: ${sure} for ${stage}`}`, "sure"));
    return made;
  };

  /// A note that cannot be overlooked.
  const doubts = (failures) => {
    const made = element("div", undefined, "doubts");
    const list = element("ul");
    list.append(...failures.map((words) => element("li", sentence(words))));
    made.setAttribute("role", "note");
    made.append(element("strong",
      `Read with care: ${failures.length > 1 ? "checks failed" : "a check failed"}`), list);
    return made;
  };

  /// The three answers, and a note of what did not hold: what there is of them.
  const panel = ({ answers, failures }) => {
    const made = document.createDocumentFragment();
    const [first, ...others] = answers;
    if (others.some(({ stage }) => stage) || (first.stage && (first.tie || first.confidence !== undefined))) {
      const list = element("ul", undefined, "answers");
      list.append(...answers.map(card));
      made.append(list);
    }
    if (failures.length > 0) made.append(doubts(failures));
    return made;
  };

  return { statsOf, named, headline, doubts, panel };
})();
