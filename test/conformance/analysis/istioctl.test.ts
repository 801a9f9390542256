import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, describe, it } from "mocha";
import { analyze, refText, type KubeObject } from "../../../istio";
import { startControlPlane, type ControlPlane } from "../../support/control-plane";
import { run } from "../../support/gatehouse";
import { needTools } from "../../support/tools";
import { CORPUS } from "../../istio/analysis/corpus";
import { ANALYZERS, filled, makeCredentials, RECORD, type Credentials, type Said } from "../../istio/analysis/record";
import { Cluster } from "./cluster";
import { istioctl } from "./istioctl";

/** Validation's sentences and those of values of annotations are ours, and one finding here names all the Gateways of a certificate, not two. */
const OWN_WORDS: readonly string[] = ["IST0106", "IST0125", "IST0133", "IST0138"];

/** What both report of one object with one code, and not in the same words. */
function wordsThatDiffer(theirs: readonly Said[], objects: readonly KubeObject[]): string[] {
    const ours = analyze(
        objects.map((object) => ({ object })),
        { now: Date.now() },
    );
    return theirs
        .filter(({ code }) => !OWN_WORDS.includes(code))
        .flatMap(({ code, object, message }) => {
            const own = ours.filter((one) => one.code === code && one.object && refText(one.object) === object).map((one) => one.message);
            return own.length === 0 || own.includes(message) ? [] : [`${code} ${object}: ${message} / ${own.join(" / ")}`];
        });
}

describe("analysis beside istioctl", function () {
    this.timeout(900_000);
    let tool: string;
    let plane: ControlPlane;
    let cluster: Cluster;
    let credentials: Credentials;
    const folder = mkdtempSync(path.join(os.tmpdir(), "gatehouse-analysis-"));

    before(async function () {
        tool = needTools(this, "the comparison with istioctl analyze", "istioctl").istioctl;
        plane = await startControlPlane(this);
        cluster = new Cluster(plane);
        credentials = await makeCredentials();
    });
    after(async () => {
        cluster?.close();
        await plane?.stop();
        rmSync(folder, { recursive: true, force: true });
    });

    it("knows every analyzer that istioctl has", async () => {
        const { stdout } = await run(tool, ["analyze", "-L"], { env: { HOME: folder }, timeoutMs: 60_000 });
        const names = [...stdout.matchAll(/^\* (.+):$/gm)].map(([, name]) => name);
        if (process.env["UPDATE"]) writeFileSync(ANALYZERS, `${JSON.stringify(names, null, 1)}\n`);
        assert.deepEqual(names, JSON.parse(readFileSync(ANALYZERS, "utf8")));
    });

    it("finds what istioctl finds in a cluster that holds the same objects, and says it in its words", async () => {
        const said: Record<string, readonly string[]> = {};
        const otherWords: string[] = [];
        for (const { title, objects } of CORPUS) {
            const own = objects.map((object) => filled(object, credentials));
            const refused = await cluster.load(own);
            const theirs = await istioctl(tool, plane, folder, refused);
            said[title] = [...new Set(theirs.map(({ code, object }) => `${code} ${object}`))].sort();
            otherWords.push(...wordsThatDiffer(theirs, own).map((words) => `${title}: ${words}`));
            await cluster.clear(own);
        }
        if (process.env["UPDATE"]) writeFileSync(RECORD, `${JSON.stringify(said, null, 1)}\n`);
        assert.deepEqual(said, JSON.parse(readFileSync(RECORD, "utf8")));
        assert.deepEqual(otherWords, []);
    });
});
