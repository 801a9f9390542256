/**
 * docs/performance.md and its pictures, made of the results that are kept beside it in docs/performance/: `npm run bench:charts`
 * writes them anew, and with names of benchmarks takes over first what these have measured last. Between its marks the page has the
 * table and the picture of a benchmark; all else in it is written by hand.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { lastResults, type Results } from "../report";
import { chartOf } from "./svg";
import { tableOf } from "./table";

const root = path.join(__dirname, "..", "..");
const FOLDER = path.join(root, "docs", "performance");
const PAGE = path.join(root, "docs", "performance.md");

/** What a benchmark's picture is called, and what its first line says to a reader. */
const TITLES: Readonly<Record<string, string>> = {
    http1: "Processor time of a request on HTTP/1.1",
    hosts: "What ten thousand hosts add to a request",
    http2: "Processor time of a request on HTTP/2",
    grpc: "Processor time of gRPC, HTTP/2 to the backend",
    log: "What an access log adds to a request",
    metrics: "What metrics add to a request, and what a scrape costs",
    forward: "Processor time of tunnels through a forward proxy",
    tcp: "Processor time of TCP that is passed on",
    handshakes: "Processor time of a TLS handshake",
    websocket: "Processor time of a message in a WebSocket",
    bodies: "Processor time of a request with a body",
    idle: "What an idle connection holds",
    latency: "How long a request takes at half load",
    scale: "What ten thousand TLS hosts cost",
};

/** The files that there should be, by their names, and the page: all as text. */
export interface Rendered {
    readonly page: string;
    readonly pictures: ReadonlyMap<string, string>;
}

export function keptResults(): Results[] {
    const files = readdirSync(FOLDER).filter((name) => name.endsWith(".json"));
    return files.sort().map((name) => JSON.parse(readFileSync(path.join(FOLDER, name), "utf8")) as Results);
}

export function titleOf(bench: string): string {
    return TITLES[bench] ?? `The benchmark \`${bench}\``.replaceAll("`", "");
}

/** Benchmarks whose results have a place in the page. */
export const PLACED: readonly string[] = Object.keys(TITLES);

export const marks = (bench: string): readonly [string, string] => [`<!-- results of ${bench} -->`, `<!-- end of ${bench} -->`];

/** Throws where the page has no place for a benchmark's results. */
export function render(page: string, results: readonly Results[]): Rendered {
    const pictures = new Map<string, string>();
    for (const one of results) {
        const { bench } = one;
        const title = titleOf(bench);
        const [from, to] = marks(bench);
        const [start, end] = [page.indexOf(from), page.indexOf(to)];
        if (start === -1 || end < start)
            throw new Error(`docs/performance.md has no place for ${bench}: it wants a line ${from} and a line ${to}`);
        const block = `${from}\n\n![${title}](performance/${bench}.svg)\n\n${tableOf(one)}\n\n`;
        page = page.slice(0, start) + block + page.slice(end);
        pictures.set(`${bench}.svg`, chartOf(title, one));
    }
    return { page, pictures };
}

export function currentPage(): Rendered {
    return render(readFileSync(PAGE, "utf8"), keptResults());
}

export function writePage(): void {
    const { page, pictures } = currentPage();
    writeFileSync(PAGE, page);
    for (const [name, text] of pictures) writeFileSync(path.join(FOLDER, name), text);
}

/** Takes over what these have measured last. */
export function takeOver(benches: readonly string[]): void {
    mkdirSync(FOLDER, { recursive: true });
    for (const bench of benches) {
        const results = lastResults(bench);
        if (results === undefined) throw new Error(`${bench} has measured nothing here: npm run bench -- ${bench} does`);
        writeFileSync(path.join(FOLDER, `${bench}.json`), `${JSON.stringify(results, undefined, 2)}\n`);
    }
}
