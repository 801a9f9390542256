/** A program that fails says why, and shows no value that is secret: of its configuration, or of what it had registered. */
import assert from "node:assert/strict";
import { before, describe, it } from "mocha";
import { EngineError, evaluateStack, type LogLine } from "../../../engine";
import { findingText } from "../../../istio";
import { engineFailure, programFolder, projectYaml } from "../../engine/support";
import { evaluate } from "../../../engine/testing";
import * as pulumi from "@pulumi/pulumi";

const PROGRAM = `import * as pulumi from "@pulumi/pulumi";
import * as k8s from "@pulumi/kubernetes";
import * as tls from "@pulumi/tls";
const config = new pulumi.Config();
const token = config.get("token") ?? "";
const own = pulumi.secret("zqmark.Own-Value");
const map = new k8s.core.v1.ConfigMap("map", { metadata: { name: "map" }, data: { host: own, list: pulumi.secret(["zqmark one", "zqmark two"]).apply((l) => l.join()) } });
const pair = new k8s.core.v1.Secret("pair", { metadata: { name: "pair" }, stringData: { password: "zqmark-unmarked" } });
const faults: Record<string, () => void> = {
    throwing: () => { throw new Error("the token is " + token + ", in JSON " + JSON.stringify({ token })); },
    rejecting: () => { void Promise.reject(new Error("cannot take " + token)); },
    registered: () => { map.data.apply((data) => { throw new Error("bad host " + data["host"] + " and zqmark.own-value in " + data["list"]); }); },
    contents: () => { pair.id.apply(() => { throw new Error("password zqmark-unmarked"); }); },
    logging: () => { void pulumi.log.error("bad " + token); throw new Error("over"); },
    leaving: () => { console.error("bad " + token); process.exit(3); },
    provider: () => { new tls.SelfSignedCert("cert", { privateKeyPem: pulumi.secret("zqmark-key"), allowedUses: [], validityPeriodHours: 1 }); },
    kind: () => { new k8s.core.v1.ConfigMap("bad", { metadata: { name: pulumi.secret("zqmark bad name") }, data: { a: pulumi.secret({ "zqmark": 1 }) as never } }); },
    twice: () => { for (const one of [1, 2]) new k8s.core.v1.ConfigMap("twice", { metadata: { name: own }, data: { one: String(one) } }); },
    transforming: () => { new k8s.core.v1.ConfigMap("t", { data: { a: own } }, { transforms: [({ props }) => { throw new Error("no " + JSON.stringify(props) + token); }] }); },
    hooking: () => { new k8s.core.v1.ConfigMap("h", { data: { a: own } }, { hooks: { beforeCreate: [new pulumi.ResourceHook("refuse", ({ newInputs }) => { throw new Error("no " + JSON.stringify(newInputs) + token); })] } }); },
    stack: () => { new pulumi.StackReference("organization/" + token + "/dev"); },
    said: () => { console.log("the token is " + token); void pulumi.log.warn("a token: " + token); },
};
faults[config.require("fault")]?.();
`;
const FAULTS = [
    "throwing",
    "rejecting",
    "registered",
    "contents",
    "logging",
    "leaving",
    "provider",
    "kind",
    "twice",
    "transforming",
    "hooking",
    "stack",
];
const AT_ONCE = 3;

describe("what is said of a program's secrets", function () {
    this.timeout(300_000);
    let dir: string;
    before(() => {
        dir = programFolder({ "Pulumi.yaml": projectYaml("p", "config:\n  token: {type: string, secret: true}\n"), "index.ts": PROGRAM });
    });
    const run = async (fault: string): Promise<string> => {
        const lines: LogLine[] = [];
        const said = (error?: unknown): string =>
            [...lines.map(({ message }) => message), ...(error instanceof EngineError ? error.findings.map(findingText) : [])].join("\n");
        return evaluateStack({
            dir,
            env: "dev",
            typecheck: false,
            config: { token: 'zqmark "token"', fault },
            stateDir: `${dir}/.state-${fault}`,
            onLog: (line) => lines.push(line),
        }).then(() => said(), said);
    };

    it("is no value of them, however it fails", async () => {
        const left = [...FAULTS, "said"];
        const said = new Map<string, string>();
        const next = async (): Promise<void> => {
            for (let fault = left.shift(); fault !== undefined; fault = left.shift()) said.set(fault, await run(fault));
        };
        await Promise.all(Array.from({ length: AT_ONCE }, next));
        assert.deepEqual(
            [...said].filter(([, text]) => /zqmark/i.test(text)),
            [],
        );
        assert.deepEqual(
            FAULTS.filter((fault) => !/^Error GH03/m.test(said.get(fault) ?? "") && fault !== "kind"),
            [],
        );
        assert.match(said.get("throwing") ?? "", /the token is \(not shown\), in JSON \{"token":"\(not shown\)"\}/);
        assert.match(said.get("said") ?? "", /the token is \(not shown\)\n.*a token: \(not shown\)/);
    });

    it("is no value of them in a test of components either", async () => {
        const error = await engineFailure(() =>
            evaluate(
                async () => {
                    const { urn } = new pulumi.ComponentResource("a:b:C", "c", { host: pulumi.secret("zqmark.value") });
                    await new Promise((resolve) => {
                        urn.apply(resolve);
                    });
                    throw new Error(`bad ${new pulumi.Config().require("token")} and zqmark.value`);
                },
                { config: { token: "zqmark-config" }, secretConfig: ["token"] },
            ),
        );
        assert.match(error.message, /bad \(not shown\) and \(not shown\)/);
    });
});
