import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { validateObject } from "../../istio";
import { CORPUS, MILDER, objectOf, STRICTER } from "./corpus";
import { needTools } from "../support/tools";

/** The numbers of the cases that istioctl refuses. It lists warnings first, then `N errors occurred:`. */
function refusedByIstioctl(istioctl: string): Set<number> {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "gatehouse-istioctl-"));
    const file = path.join(folder, "corpus.yaml");
    try {
        fs.writeFileSync(file, CORPUS.map((item, index) => JSON.stringify(objectOf(item, index))).join("\n---\n"));
        const errors = outputOf(istioctl, file).replace(/^[^]*?\d+ errors? occurred:/, "");
        return new Set([...errors.matchAll(/^\s*\* \w+\/n(\d+)\//gm)].map(([, index]) => Number(index)));
    } finally {
        fs.rmSync(folder, { recursive: true });
    }
}

function outputOf(istioctl: string, file: string): string {
    try {
        return execFileSync(istioctl, ["validate", "-f", file], { encoding: "utf8", stdio: "pipe", maxBuffer: 64 * 1024 * 1024 });
    } catch (error) {
        const { stdout, stderr } = error as { stdout: string; stderr: string };
        return `${stdout}\n${stderr}`;
    }
}

describe("validation beside istioctl", function () {
    this.timeout(600_000);

    it("lets nothing through that istioctl refuses, and refuses more only with a reason", function () {
        const { istioctl } = needTools(this, "the comparison with istioctl", "istioctl");
        const refused = refusedByIstioctl(istioctl);
        assert.ok(refused.size > 300, `istioctl refused only ${refused.size}`);
        const differences = CORPUS.flatMap((item, index) => {
            const ours = validateObject(objectOf(item, index)).findings.filter(({ level }) => level === "Error");
            const theirs = refused.has(index);
            const title = `${item.kind}: ${item.title}`;
            const expected = title in STRICTER ? true : title in MILDER ? false : theirs;
            if ((ours.length > 0) !== expected) {
                return [`${title}: istioctl ${theirs ? "refuses" : "accepts"} it; ours: ${ours.map((one) => `${one.field} ${one.message}`).join("; ") || "nothing"}`];
            }
            const needless = (title in STRICTER && theirs) || (title in MILDER && !theirs);
            return needless ? [`${title}: is marked as different and is not`] : [];
        });
        assert.deepEqual(differences, []);
    });

    it("names its differences by cases that are there", () => {
        const titles = new Set(CORPUS.map((item) => `${item.kind}: ${item.title}`));
        assert.deepEqual([...Object.keys(STRICTER), ...Object.keys(MILDER)].filter((title) => !titles.has(title)), []);
    });
});
