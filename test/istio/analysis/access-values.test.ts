/** What covers what, and what has nothing in common: never said where an address or text shows otherwise. */
import assert from "node:assert/strict";
import { BlockList, isIP } from "node:net";
import fc from "fast-check";
import { describe, it } from "mocha";
import { analyze, parseDocuments } from "../../../istio";
import { coversValue, disjointValues, fitsText } from "../../../istio/analysis/access/values";
import { networkTest, textTest } from "../../../istio/semantics/authorization/values";
import type { TextTest, ValueTest } from "../../../istio/semantics/authorization";

const address = fc.oneof(
    fc.ipV4(),
    fc.ipV6().filter((one) => isIP(one) === 6),
    fc.constantFrom("10.0.0.1", "10.0.1.1", "::1", "::ffff:10.0.0.1", "fd00::1"),
);
const block = fc.tuple(address, fc.nat(128)).map(([text, length]) => `${text}/${isIP(text) === 4 ? length % 33 : length}`);
const pattern = fc.stringMatching(/^\*?[ab]{0,3}\*?$/).filter((text) => text !== "");

function network(text: string): ValueTest {
    const test = networkTest(text);
    assert.ok(test);
    return test;
}

function holds(outer: string, inner: string): boolean {
    const [[base = "", length], [own = ""]] = [outer.split("/"), inner.split("/")];
    if (isIP(base) !== isIP(own)) return false;
    const list = new BlockList();
    const family = isIP(base) === 4 ? "ipv4" : "ipv6";
    list.addSubnet(base, Number(length), family);
    return list.check(own, family);
}

describe("values of rules beside one another", () => {
    it("cover blocks of addresses as node's own lists do", () => {
        fc.assert(
            fc.property(block, block, (outer, inner) => {
                const isWider = Number(outer.split("/")[1]) <= Number(inner.split("/")[1]);
                assert.equal(coversValue(network(outer), network(inner)), isWider && holds(outer, inner));
                if (disjointValues(network(outer), network(inner))) assert.ok(!holds(outer, inner) && !holds(inner, outer));
            }),
        );
    });

    it("cover and exclude no text that shows otherwise", () => {
        fc.assert(
            fc.property(pattern, pattern, fc.stringMatching(/^[ab]{1,5}$/), fc.boolean(), (one, other, text, ignoreCase) => {
                const [a, b]: TextTest[] = [textTest(one, ignoreCase), textTest(other)];
                assert.ok(a && b);
                if (coversValue(a, b) && fitsText(b, text)) assert.ok(fitsText(a, text));
                if (disjointValues(a, b)) assert.ok(!(fitsText(a, text) && fitsText(b, text)));
            }),
        );
    });
});

describe("a thousand policies on one gateway", () => {
    const GATEWAY = `apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: edge, namespace: ingress }
spec: { selector: { app: gw }, servers: [{ port: { number: 80, name: http, protocol: HTTP }, hosts: ["*.example.com"] }] }
---
apiVersion: v1
kind: Pod
metadata: { name: gw, namespace: ingress, labels: { app: gw } }
spec: { containers: [{ name: p, image: x }] }
---
`;
    const policies = (spec: (at: number) => string): string =>
        Array.from(
            { length: 1000 },
            (_, at) =>
                `apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: { name: p${at}, namespace: ingress }\nspec: ${spec(at)}\n---\n`,
        ).join("");
    const adding = (text: string): string[] =>
        analyze(parseDocuments(GATEWAY + text, "a.yaml").documents, { now: Date.now() })
            .filter(({ code }) => code === "GH0712" || code === "GH0713")
            .map(({ code, object }) => `${code} ${object?.name}`);

    it("are told apart by their hosts, and the one that another covers is found", () => {
        const text = policies((at) => `{ action: DENY, rules: [{ to: [{ operation: { hosts: [h${at === 7 ? 8 : at}.example.com] } }] }] }`);
        assert.deepEqual(adding(text), ["GH0713 p8"]);
    });

    it("are told apart by their blocks of addresses", () => {
        const text = policies(
            (at) => `{ rules: [{ from: [{ source: { ipBlocks: [${at === 7 ? "10.0.9.4" : `10.${at >> 8}.${at & 255}.0/24`}] } }] }] }`,
        );
        assert.deepEqual(adding(text), ["GH0713 p7"]);
    });
});
