/**
 * Results as a picture: for each row bars beside one another, on a scale of their own, as rows are of different units. Pure. It is
 * read in light and in dark surroundings, and without eyes: what it shows stands in words in its description.
 */
import { OURSELVES, type Result, type Results } from "../report";
import { figureText, limitOf, verdictText } from "./words";

const WIDTH = 760;
const PADDING = 16;
const LABEL_WIDTH = 150;
const VALUE_WIDTH = 90;
const BAR_HEIGHT = 16;
const BAR_GAP = 4;
const HEAD_HEIGHT = 24;
const ROW_GAP = 18;
const TITLE_HEIGHT = 40;
/** Of a mark beyond the longest bar, at most. */
const SCALE_WIDTH = WIDTH - 2 * PADDING - LABEL_WIDTH - VALUE_WIDTH;

const STYLE = `
  .card { fill: #ffffff; stroke: #d0d7de; }
  text { font: 12px system-ui, sans-serif; fill: #24292f; }
  .title { font-size: 15px; font-weight: 600; }
  .work { font-weight: 600; }
  .peer { fill: #8c959f; }
  .own { fill: #0969da; }
  .mark { stroke: #bc4c00; stroke-width: 2; }
  .note { fill: #57606a; }
  @media (prefers-color-scheme: dark) {
    .card { fill: #0d1117; stroke: #30363d; }
    text { fill: #e6edf3; }
    .peer { fill: #6e7681; }
    .own { fill: #58a6ff; }
    .mark { stroke: #f0883e; }
    .note { fill: #9198a1; }
  }`;

export function chartOf(title: string, { bench, rows, machine }: Results): string {
    let y = PADDING + TITLE_HEIGHT;
    const parts: string[] = [];
    for (const row of rows) {
        parts.push(...rowAt(row, y));
        y += heightOf(row);
    }
    const height = y + PADDING;
    return `${[
        `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-labelledby="${bench}-title ${bench}-desc">`,
        `<title id="${bench}-title">${escaped(title)}</title>`,
        `<desc id="${bench}-desc">${escaped(descriptionOf(rows, machine))}</desc>`,
        `<style>${STYLE}`,
        `</style>`,
        `<rect class="card" x="0.5" y="0.5" width="${WIDTH - 1}" height="${height - 1}" rx="6"/>`,
        `<text class="title" x="${PADDING}" y="${PADDING + 14}">${escaped(title)}</text>`,
        `<text class="note" x="${PADDING}" y="${PADDING + 32}">Less is better; the mark is the target. ${escaped(machine)}</text>`,
        ...parts,
        `</svg>`,
    ].join("\n")}\n`;
}

const barsOf = ({ gatehouse, peers }: Result): [string, number][] => [[OURSELVES, gatehouse], ...Object.entries(peers)];

function heightOf(row: Result): number {
    return HEAD_HEIGHT + barsOf(row).length * (BAR_HEIGHT + BAR_GAP) + ROW_GAP;
}

function rowAt(row: Result, top: number): string[] {
    const bars = barsOf(row);
    const limit = limitOf(row);
    const most = Math.max(...bars.map(([, figure]) => figure), limit ?? 0, Number.MIN_VALUE);
    const lengthOf = (figure: number): number => Math.round((figure / most) * SCALE_WIDTH);
    const left = PADDING + LABEL_WIDTH;
    const first = top + HEAD_HEIGHT;
    const parts = [
        `<text class="work" x="${PADDING}" y="${top + 14}">${escaped(`${row.work}: ${row.unit}`)}</text>`,
        ...bars.flatMap(([name, figure], at) => {
            const y = first + at * (BAR_HEIGHT + BAR_GAP);
            return [
                `<text x="${PADDING}" y="${y + 12}">${escaped(name)}</text>`,
                `<rect class="${at === 0 ? "own" : "peer"}" x="${left}" y="${y}" width="${Math.max(1, lengthOf(figure))}" height="${BAR_HEIGHT}"/>`,
                `<text x="${left + lengthOf(figure) + 8}" y="${y + 12}">${figureText(figure)}</text>`,
            ];
        }),
    ];
    if (limit === undefined) return parts;
    const x = left + lengthOf(limit);
    return [...parts, `<line class="mark" x1="${x}" x2="${x}" y1="${first - 3}" y2="${first + BAR_HEIGHT + 3}"/>`];
}

function descriptionOf(rows: readonly Result[], machine: string): string {
    const said = rows.map((row) => {
        const figures = barsOf(row).map(([name, figure]) => `${name} ${figureText(figure)}`);
        return `${row.work}, ${row.unit}: ${figures.join(", ")}; ${verdictText(row)}.`;
    });
    return `${said.join(" ")} Measured on: ${machine}.`;
}

function escaped(text: string): string {
    return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
