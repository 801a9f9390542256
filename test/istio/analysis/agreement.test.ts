import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before, describe, it } from "mocha";
import { analyze, ISTIO_CODES, refText } from "../../../istio";
import { CORPUS, type Configuration } from "./corpus";
import { DIFFERENCES } from "./corpus/differences";
import { filled, makeCredentials, RECORD, type Credentials } from "./record";

const record = JSON.parse(readFileSync(RECORD, "utf8")) as Readonly<Record<string, readonly string[]>>;

describe("analysis and istioctl's", () => {
    let credentials: Credentials;
    before(async () => {
        credentials = await makeCredentials();
    });

    /** `CODE Kind namespace/name`, in order, of Istio's codes. */
    const ours = ({ objects }: Configuration): string[] => {
        const findings = analyze(
            objects.map((object) => ({ object: filled(object, credentials) })),
            { now: Date.now() },
        );
        return [
            ...new Set(
                findings.flatMap(({ code, object }) => (Object.hasOwn(ISTIO_CODES, code) && object ? [`${code} ${refText(object)}`] : [])),
            ),
        ].sort();
    };

    it("agree about every configuration but for the differences that are listed", () => {
        const faults = CORPUS.flatMap((configuration) => {
            const { title } = configuration;
            const theirs = record[title];
            const found = ours(configuration);
            const expected = DIFFERENCES[title]?.ours ?? theirs;
            return JSON.stringify(found) === JSON.stringify(expected) ? [] : [{ title, theirs, found }];
        });
        assert.deepEqual(faults, []);
    });

    it("differ where a difference is listed", () => {
        const needless = Object.entries(DIFFERENCES).filter(
            ([title, { ours: own }]) => record[title] === undefined || JSON.stringify(record[title]) === JSON.stringify(own),
        );
        assert.deepEqual(
            needless.map(([title]) => title),
            [],
        );
    });

    it("are compared for every configuration, of which there are enough", () => {
        assert.ok(CORPUS.length >= 80);
        assert.deepEqual(
            Object.keys(record),
            CORPUS.map(({ title }) => title),
        );
        assert.equal(new Set(CORPUS.map(({ title }) => title)).size, CORPUS.length);
    });

    it("speak of every code that a configuration of one cluster can have", () => {
        const codes = new Set(
            Object.values(record)
                .flat()
                .map((line) => line.split(" ")[0]),
        );
        assert.deepEqual(
            Object.keys(ISTIO_CODES).filter((code) => !codes.has(code)),
            ["IST0165"],
        );
    });
});
