// Volume by sentiment as stacked bars, and below it, on the same time axis, the mean score.

import { svg } from "./dom.js";
import { bucketName, count, score } from "./formatting.js";
import { SENTIMENTS } from "./messages.js";

const LEFT = 48;
const RIGHT = 8;
const TOP = 12;
const BARS = 190;
const GAP = 34;
const LINE = 84;
const AXIS = 26;

/** The height of the chart in pixels: less for one sentiment, which has no mean score. */
export const height = (sentiment) => TOP + BARS + (sentiment ? 0 : GAP + LINE) + AXIS;

/**
 * The chart as children of an SVG of `width` pixels. `sentiment` is one sentiment, or null for
 * all; the mean score is shown for all only. `marked` is the bucket under the pointer, or -1.
 */
export function draw(buckets, { width, bucket, sentiment, marked }) {
  const x = horizontal(width, buckets.length);
  const shown = sentiment ? [sentiment] : SENTIMENTS;
  const top = ceiling(Math.max(...buckets.map((b) => sum(b, shown)), 0));
  return [
    ...grid(width, [0, top / 2, top], (v) => TOP + BARS * (1 - v / top), count),
    ...shown.map((name, layer) => bars(buckets, shown, layer, x, top, name)),
    ...(sentiment ? [] : means(width, buckets, x)),
    ...times(buckets, x, { width, bucket, sentiment }),
    marked >= 0 && marked < buckets.length ? mark(x, marked, height(sentiment) - TOP - AXIS) : null,
  ].filter((element) => element !== null);
}

/** The index of the bucket at a horizontal position; -1 if there is none. */
export function bucketAt(position, width, number) {
  const index = Math.floor((position - LEFT) / horizontal(width, number).step);
  return index >= 0 && index < number ? index : -1;
}

function horizontal(width, number) {
  const step = (width - LEFT - RIGHT) / Math.max(number, 1);
  const inset = step > 3 ? Math.min(step * 0.12, 4) : 0;
  return { step, inset, at: (index) => LEFT + index * step };
}

const sum = (bucket, names) => names.reduce((all, name) => all + bucket[name], 0);

/** The smallest round number from a value up whose half is whole, because the axis shows it too. */
export function ceiling(value) {
  for (let unit = 1; ; unit *= 10) {
    const round = [2, 2.5, 3, 4, 5, 6, 8, 10].map((times) => times * unit);
    const top = round.find((number) => number >= value && Number.isInteger(number / 2));
    if (top) return top;
  }
}

/** One sentiment's share of every bar, as one path. */
function bars(buckets, shown, layer, x, top, name) {
  const below = shown.slice(layer + 1);
  const scale = (value) => TOP + BARS * (1 - value / top);
  const path = buckets.map((bucket, index) => {
    if (!bucket[name]) return "";
    const base = sum(bucket, below);
    const [low, high] = [scale(base), scale(base + bucket[name])];
    const left = x.at(index) + x.inset;
    const wide = x.step - 2 * x.inset;
    return `M${num(left)} ${num(low)}V${num(high)}h${num(wide)}V${num(low)}z`;
  });
  return svg("path", { class: `bar ${name}`, d: path.join("") });
}

function means(width, buckets, x) {
  const scale = (value) => TOP + BARS + GAP + (LINE * (1 - value)) / 2;
  let isLine = false;
  const path = buckets.map(({ mean }, index) => {
    if (mean === null) {
      isLine = false;
      return "";
    }
    const point = `${num(x.at(index) + x.step / 2)} ${num(scale(mean))}`;
    const step = isLine ? `L${point}` : `M${point}h0`;
    isLine = true;
    return step;
  });
  return [
    svg("text", { class: "label", x: LEFT, y: TOP + BARS + GAP - 10 }, "Mean score, -1 to +1"),
    ...grid(width, [-1, 0, 1], scale, (value) => (value ? score(value) : "0")),
    svg("path", { class: "mean", d: path.join("") }),
  ];
}

function grid(width, values, scale, name) {
  return values.flatMap((value) => {
    const y = num(scale(value));
    return [
      svg("path", { class: value ? "grid" : "grid zero", d: `M${LEFT} ${y}H${width - RIGHT}` }),
      svg("text", { class: "tick", x: LEFT - 8, y, dy: "0.32em", "text-anchor": "end" }, name(value)),
    ];
  });
}

/** Labels of as many buckets as fit beside each other. */
function times(buckets, x, { width, bucket, sentiment }) {
  const room = bucket === "hour" ? 100 : 64;
  const every = Math.max(1, Math.ceil((buckets.length * room) / (width - LEFT - RIGHT)));
  const offset = Math.floor(every / 2);
  return buckets.flatMap(({ start }, index) => {
    const place = x.at(index) + x.step / 2;
    if (index % every !== offset || place < LEFT + 24 || place > width - 44) return [];
    const y = height(sentiment) - 8;
    const name = bucketName(start, bucket);
    return [svg("text", { class: "tick", x: num(place), y, "text-anchor": "middle" }, name)];
  });
}

function mark(x, index, high) {
  const place = { x: num(x.at(index)), y: TOP, width: num(x.step), height: high };
  return svg("rect", { class: "mark", ...place });
}

const num = (value) => Math.round(value * 10) / 10;
