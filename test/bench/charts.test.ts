import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { render } from "../../bench/charts/page";
import { chartOf } from "../../bench/charts/svg";
import { tableOf } from "../../bench/charts/table";
import { verdictText } from "../../bench/charts/words";
import { resultOf, type Results } from "../../bench/report";

const peers = { nginx: 12, HAProxy: 10, Envoy: 40 };
const RESULTS: Results = {
    bench: "one",
    machine: "two <cores>",
    rows: [
        resultOf({
            work: "a request & its answer",
            unit: "µs",
            gatehouse: 12,
            peers,
            targets: [
                { times: 1.1, of: ["nginx", "HAProxy"] },
                { times: 0.35, of: ["Envoy"] },
            ],
        }),
        resultOf({ work: "memory", unit: "MiB", gatehouse: 1230, peers: { Envoy: 2000 }, targets: [{ atMost: 1500 }] }),
        resultOf({ work: "by itself", unit: "ms", gatehouse: 0.5, peers: {} }),
    ],
};

describe("results in words", () => {
    it("say of each row whether each of its targets is met", () => {
        assert.deepEqual(RESULTS.rows.map(verdictText), [
            "wanted is 1.1 × the better of nginx and HAProxy, 0.35 × Envoy, Gatehouse has 1.20 × the better of nginx and HAProxy, 0.30 × Envoy: missed",
            "wanted is at most 1,500, Gatehouse has 1,230: met",
            "nothing is asked",
        ]);
    });

    it("ask nothing of a peer that was not there", () => {
        const row = resultOf({ work: "a", unit: "µs", gatehouse: 5, peers: { nginx: 4 }, targets: [{ times: 0.5, of: ["Envoy"] }] });
        assert.equal(verdictText(row), "nothing is asked");
    });
});

describe("results as a table", () => {
    it("have a column for each peer, and are bold where they miss", () => {
        const lines = tableOf(RESULTS).split("\n");
        assert.equal(lines[0], "| work | unit | Gatehouse | nginx | HAProxy | Envoy | target | as measured |");
        assert.match(lines[2]!, /\| 12 \| 12 \| 10 \| 40 \| .* \| \*\*1\.20 × the better of nginx and HAProxy\*\*, 0\.30 × Envoy \|$/);
        assert.match(lines[3]!, /^\| memory \| MiB \| 1,230 \|  \|  \| 2,000 \| at most 1,500 \| 1,230 \|$/);
    });
});

describe("results as a picture", () => {
    const svg = chartOf("What it costs", RESULTS);

    it("are told to those who do not see them: a title, and each figure in the description", () => {
        assert.match(svg, /role="img" aria-labelledby="one-title one-desc"/);
        assert.match(svg, /<title id="one-title">What it costs<\/title>/);
        const [, description = ""] = /<desc id="one-desc">([^<]*)<\/desc>/.exec(svg) ?? [];
        for (const { gatehouse, peers: others } of RESULTS.rows)
            for (const figure of [gatehouse, ...Object.values(others)])
                assert.ok(description.includes(figure.toLocaleString("en")), String(figure));
    });

    it("have a bar for each figure, none longer than its row's scale, and a mark for each target", () => {
        const widths = [...svg.matchAll(/class="(?:own|peer)" [^>]*width="(\d+)"/g)].map(([, width]) => Number(width));
        assert.deepEqual([widths.length, Math.max(...widths) <= 500, [...svg.matchAll(/class="mark"/g)].length], [7, true, 2]);
    });

    it("have colours for dark surroundings, and no text that is markup", () => {
        assert.match(svg, /prefers-color-scheme: dark/);
        assert.match(svg, /a request &amp; its answer/);
        assert.match(svg, /two &lt;cores&gt;/);
    });
});

describe("the page of results", () => {
    it("gets table and picture where its marks stand, and keeps what is written by hand", () => {
        const page = "before\n<!-- results of one -->\nthe last time\n<!-- end of one -->\nbehind\n";
        const { page: made, pictures } = render(page, [RESULTS]);
        assert.match(made, /^before\n<!-- results of one -->\n\n!\[[^\]]+\]\(performance\/one\.svg\)\n\n\| work /);
        assert.match(made, /<!-- end of one -->\nbehind\n$/);
        assert.ok(!made.includes("the last time"));
        assert.equal(render(made, [RESULTS]).page, made);
        assert.deepEqual([...pictures.keys()], ["one.svg"]);
    });

    it("says where it has no place for a benchmark", () => {
        assert.throws(() => render("nothing", [RESULTS]), /no place for one: it wants a line <!-- results of one -->/);
    });
});
