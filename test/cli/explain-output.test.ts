/** What is printed of an explanation stays in its line, whatever objects are called and say. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { printExplanation } from "../../cli/explain/output";
import { refText } from "../../istio";
import type { Explanation } from "../../proxy/explain";

describe("an explanation", () => {
    it("can't move the cursor by what it says", () => {
        const lines: string[] = [];
        const origin = { group: "", kind: "Service", namespace: "ns", name: "a\u001b[2J", field: "spec\u009b2J" };
        const explanation = {
            action: "redirect",
            status: 301,
            grpcStatus: null,
            location: "http://a.test/\u001b[2J",
            destination: null,
            destinations: [],
            steps: [{ step: "route", text: "n\u001b[2J\nx\u202ey", matched: false, origin }],
        } as unknown as Explanation;
        printExplanation("g\u001b[2J", explanation, {
            print: (text) => void lines.push(text),
            progress: () => undefined,
            finding: () => undefined,
            fault: () => undefined,
            style: (_style, text) => text,
        });
        assert.deepEqual(lines, ["g?[2J: 301 to http://a.test/?[2J", "  route  n?[2J?x?y  Service ns/a?[2J spec?2J"]);
        assert.equal(refText(origin), "Service ns/a?[2J");
    });
});
