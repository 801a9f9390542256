/** `gatehouse analyze`: what it reads, how it writes, and how it ends. */
import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, describe, it } from "mocha";
import { parse } from "yaml";
import { analyzeTargets, type AnalyzeOptions } from "../../../cli/analyze";
import { CommandError, EXIT } from "../../../cli/exit";
import type { Terminal } from "../../../cli/terminal";
import { gatehouse } from "../../support/gatehouse";

const GATEWAY = `apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: web, namespace: shop }
spec:
  selector: { istio: gw }
  servers:
  - port: { number: 80, name: http, protocol: HTTP }
    hosts: [a.com]
`;
const SERVICE = `apiVersion: v1
kind: Service
metadata: { name: web }
spec: { ports: [{ port: 80, name: web }] }
`;

interface Ran {
    readonly code: number;
    readonly stdout: string;
    readonly stderr: string;
}

async function analyze(targets: readonly string[], options: Partial<AnalyzeOptions> = {}): Promise<Ran> {
    const out: string[] = [];
    const err: string[] = [];
    const terminal: Terminal = {
        print: (text) => {
            out.push(text);
        },
        progress: (text) => {
            err.push(text);
        },
        finding: () => assert.fail("findings are the result"),
        fault: (text) => {
            err.push(text);
        },
        style: (_, text) => text,
    };
    const code = await analyzeTargets(
        {
            targets,
            env: "dev",
            config: {},
            namespace: "default",
            output: "table",
            failureThreshold: "Error",
            suppressions: [],
            defaultGateway: false,
            ...options,
        },
        terminal,
    );
    return { code, stdout: out.join("\n"), stderr: err.join("\n") };
}

describe("gatehouse analyze", () => {
    let folder: string;
    before(() => {
        folder = mkdtempSync(path.join(os.tmpdir(), "gatehouse-analyze-"));
    });
    after(() => rmSync(folder, { recursive: true, force: true }));
    const write = (name: string, text: string): string => {
        const file = path.join(folder, name);
        mkdirSync(path.dirname(file), { recursive: true });
        writeFileSync(file, text);
        return file;
    };
    const rows = ({ stdout }: Ran): string[][] =>
        stdout
            .split("\n")
            .slice(1)
            .map((line) => line.split(/ {2,}/).slice(0, 3));

    it("takes a folder with all below it for one configuration, whose objects find each other", async () => {
        write("whole/a/gateway.yaml", GATEWAY);
        write("whole/b/c/pod.yml", "apiVersion: v1\nkind: Pod\nmetadata: { name: gw, namespace: ingress, labels: { istio: gw } }\n");
        write(
            "whole/b/service.json",
            JSON.stringify({
                apiVersion: "v1",
                kind: "Service",
                metadata: { name: "gw", namespace: "ingress" },
                spec: { selector: { istio: "gw" }, ports: [{ port: 80, name: "http" }] },
            }),
        );
        write("whole/b/notes.txt", "{{{");
        const clean = await analyze([path.join(folder, "whole")]);
        assert.deepEqual([clean.code, clean.stdout], [0, ""]);
        assert.match(clean.stderr, /3 objects: 0 errors/);
        const alone = await analyze([path.join(folder, "whole", "a", "gateway.yaml")]);
        assert.equal(alone.code, 1);
        assert.deepEqual(rows(alone), [["Error", "IST0101", "Gateway shop/web"]]);
    });

    it("names file and line, and what to do", async () => {
        const { stdout } = await analyze([write("place.yaml", `${SERVICE}---\n${GATEWAY}`)]);
        assert.match(
            stdout,
            /Error +IST0101 +Gateway shop\/web +\S*place\.yaml:10 +Referenced selector not found: "istio=gw"\. No pod and no pod template has these labels\./,
        );
        assert.match(stdout, /Info +IST0118 +Service default\/web +\S*place\.yaml:4 /);
    });

    it("writes JSON and YAML as istioctl does, each as one document", async () => {
        const file = write("json.yaml", GATEWAY);
        const wanted = [
            {
                code: "IST0101",
                documentationUrl: "https://istio.io/latest/docs/reference/config/analysis/ist0101/",
                level: "Error",
                message: 'Referenced selector not found: "istio=gw"',
                origin: "Gateway shop/web",
                reference: `${file}:5`,
            },
        ];
        assert.deepEqual(JSON.parse((await analyze([file], { output: "json" })).stdout), wanted);
        assert.deepEqual(parse((await analyze([file], { output: "yaml" })).stdout), wanted);
        assert.deepEqual(JSON.parse((await analyze([write("none.yaml", "")], { output: "json" })).stdout), []);
    });

    it("writes GitHub's workflow commands, escaped", async () => {
        const file = write("a,b:c/100%.yaml", GATEWAY);
        const { stdout } = await analyze([file], { output: "github" });
        assert.equal(
            stdout,
            `::error file=${file.replaceAll("%", "%25").replaceAll(":", "%3A").replaceAll(",", "%2C")},line=5,title=IST0101 Gateway shop/web::Referenced selector not found: "istio=gw". No pod and no pod template has these labels.`,
        );
    });

    it("decides the exit code by the threshold, whatever the format", async () => {
        const file = write("info.yaml", SERVICE);
        for (const output of ["table", "json", "yaml", "github"] as const) {
            assert.equal((await analyze([file], { output })).code, 0);
            assert.equal((await analyze([file], { output, failureThreshold: "Warning" })).code, 0);
            assert.equal((await analyze([file], { output, failureThreshold: "Info" })).code, 1);
        }
    });

    it("leaves out what is suppressed, by annotation or by option with wildcards", async () => {
        const file = write("suppressed.yaml", GATEWAY);
        const suppress = (code: string, object: string): Promise<Ran> => analyze([file], { suppressions: [{ code, object }] });
        assert.equal((await suppress("IST0101", "Gateway web.shop")).stdout, "");
        assert.equal((await suppress("IST0101", "Gateway *.shop")).stdout, "");
        assert.notEqual((await suppress("IST0101", "Gateway we.shop")).stdout, "");
        assert.notEqual((await suppress("IST0102", "Gateway *")).stdout, "");
        assert.match((await suppress("IST9999", "*")).stderr, /IST9999, which is no code/);
        const annotated = GATEWAY.replace(
            "namespace: shop",
            'namespace: shop, annotations: { galley.istio.io/analyze-suppress: "IST0102, IST0101" }',
        );
        assert.equal((await analyze([write("annotated.yaml", annotated)])).stdout, "");
        assert.equal((await analyze([write("annotated.yaml", annotated.replace("IST0102, IST0101", "*"))])).stdout, "");
    });

    it("takes Istio's own ingress gateway for granted unless told otherwise", async () => {
        const file = write("own.yaml", GATEWAY.replace("istio: gw", "istio: ingressgateway"));
        const assumed = await analyze([file], { defaultGateway: true });
        assert.deepEqual([assumed.code, assumed.stdout], [0, ""]);
        assert.match(assumed.stderr, /1 objects: 0 errors/);
        assert.deepEqual(rows(await analyze([file], { defaultGateway: false })), [["Error", "IST0101", "Gateway shop/web"]]);
    });

    it("puts objects without a namespace where -n says", async () => {
        const { stdout } = await analyze([write("named.yaml", SERVICE)], { namespace: "shop" });
        assert.match(stdout, /IST0118 +Service shop\/web/);
    });

    it("says once what it cannot read, with file and line, and analyses the rest", async () => {
        write("bad/broken.yaml", `${SERVICE}---\na: [b\n---\n${GATEWAY}`);
        write("bad/kind.yaml", "apiVersion: networking.istio.io/v1\nkind: Gatway\nmetadata: { name: x }\n");
        truncateSync(write("bad/large.yaml", ""), 50 * 1024 * 1024);
        chmodSync(write("bad/secret.yaml", GATEWAY), 0o000);
        write("bad/scalar.yaml", "just a text\n");
        const { code, stdout } = await analyze([path.join(folder, "bad")]);
        assert.equal(code, 1);
        const lines = stdout.split("\n");
        const about = (name: string): string[] => lines.filter((line) => line.includes(name));
        assert.match(about("broken.yaml:6")[0] ?? about("broken.yaml:7")[0] ?? "", /GH0114/);
        assert.match(about("kind.yaml:2").join(), /GH0107 .*Did you mean `Gateway`/);
        assert.match(about("large.yaml:1").join(), /GH0116 .*52428800 bytes/);
        assert.match(about("scalar.yaml:1").join(), /GH0117/);
        assert.equal(about("large.yaml").length, 1);
        // Root reads what nobody may.
        if (process.getuid?.() !== 0) assert.match(about("secret.yaml").join(), /GH0401 .*permission is denied/);
        assert.match(stdout, /IST0101 +Gateway shop\/web/);
        assert.match(stdout, /IST0118 +Service default\/web/);
    });

    it("could not run where there is nothing of that name", async () => {
        for (const target of [path.join(folder, "nowhere"), "nowhere.yaml", "no-such-stack"]) {
            await assert.rejects(
                analyze([target]),
                (error: unknown) =>
                    error instanceof CommandError &&
                    error.exitCode === EXIT.unable &&
                    error.message.includes(target.startsWith("/") ? "nowhere" : target),
            );
        }
    });

    it("keeps stdout for the result and takes wrong options for wrong usage", async function () {
        this.timeout(120_000);
        const file = write("process.yaml", GATEWAY);
        const [found, wrong] = await Promise.all([
            gatehouse(["analyze", file, "-o", "json"]),
            gatehouse(["analyze", file, "--suppress", "IST0101"]),
        ]);
        assert.deepEqual([found.code, (JSON.parse(found.stdout) as unknown[]).length], [1, 1]);
        assert.match(found.stderr, /1 objects: 1 errors/);
        assert.deepEqual([wrong.code, wrong.stdout], [2, ""]);
        assert.match(wrong.stderr, /CODE=Kind name\.namespace/);
    });
});
