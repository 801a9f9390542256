/** The harness for tests of components: it settles, it isolates, and it tells what went wrong. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import { EngineError, evaluate, secretsInClear } from "../../engine/testing";
import { engineFailure } from "./support";

/** A map with its text, as inputs take it. */
const map = (name: string, data: pulumi.Input<Record<string, pulumi.Input<string>>>, options?: pulumi.CustomResourceOptions) =>
    new k8s.core.v1.ConfigMap(name, { metadata: { name }, data }, options);

async function failure(program: () => unknown, options = {}): Promise<string> {
    const error = await evaluate(program, options).then(
        () => assert.fail("evaluated"),
        (thrown: unknown) => thrown,
    );
    assert.ok(error instanceof EngineError, String(error));
    return error.message;
}

describe("evaluating a program in a test", () => {
    it("waits for resources that are made inside an apply", async () => {
        const { resources } = await evaluate(() => {
            const outer = map("outer", { a: "1" });
            outer.metadata.name.apply((name) =>
                map("inner", { from: name }).metadata.name.apply((inner) => map("innermost", { from: inner })),
            );
        });
        assert.deepEqual(
            resources.filter((one) => one.type.endsWith("ConfigMap")).map(({ name, inputs }) => [name, inputs.data]),
            [
                ["outer", { a: "1" }],
                ["inner", { from: "outer" }],
                ["innermost", { from: "inner" }],
            ],
        );
    });

    it("leaves alone the program that comes after one that was given up and ends later", async () => {
        let release = (): void => {};
        const held = new Promise<void>((resolve) => {
            release = resolve;
        });
        await assert.rejects(
            evaluate(() => held, { timeoutMs: 20 }),
            /GH0303/,
        );
        const { resources } = await evaluate(async () => {
            map("first", { a: "1" });
            release();
            // Longer than a program goes on after its first fault.
            await new Promise((resolve) => setTimeout(resolve, 1_200));
            map("second", { a: "2" });
        });
        assert.deepEqual(
            resources.filter((one) => one.type.endsWith("ConfigMap")).map(({ name }) => name),
            ["first", "second"],
        );
    });

    it("gives a program its outputs, and names those that are secret", async () => {
        const { outputs, secretOutputs } = await evaluate(() => ({
            plain: 1,
            password: pulumi.secret("hunter2"),
            nested: { deep: pulumi.secret("x") },
        }));
        assert.deepEqual(
            { outputs, secretOutputs },
            { outputs: { plain: 1, password: "hunter2", nested: { deep: "x" } }, secretOutputs: ["nested", "password"] },
        );
    });

    it("reads configuration, secret and plain", async () => {
        const { outputs, secretOutputs } = await evaluate(
            () => {
                const config = new pulumi.Config();
                return { size: config.requireNumber("size"), token: config.requireSecret("token") };
            },
            { config: { size: "3", token: "abc" }, secretConfig: ["token"] },
        );
        assert.deepEqual({ outputs, secretOutputs }, { outputs: { size: 3, token: "abc" }, secretOutputs: ["token"] });
    });

    it("answers a StackReference from another evaluation, secrets still secret", async () => {
        const platform = await evaluate(() => ({ host: "a.test", key: pulumi.secret("k") }), { project: "platform" });
        const apps = await evaluate(
            () => {
                const reference = new pulumi.StackReference("organization/platform/dev");
                return { host: reference.requireOutput("host"), key: reference.requireOutput("key") };
            },
            { project: "apps", stacks: [platform] },
        );
        assert.deepEqual(
            { outputs: apps.outputs, secretOutputs: apps.secretOutputs },
            { outputs: { host: "a.test", key: "k" }, secretOutputs: ["key"] },
        );
    });

    it("runs programs one after another without one knowing of the other", async () => {
        const names = await Promise.all(
            ["one", "two", "three"].map(async (project) => {
                const { resources } = await evaluate(() => void map("same", { project }), { project });
                return resources.map((one) => one.urn).find((urn) => urn.endsWith("::same"));
            }),
        );
        assert.deepEqual(
            names,
            ["one", "two", "three"].map((project) => `urn:pulumi:dev::${project}::kubernetes:core/v1:ConfigMap::same`),
        );
    });

    it("keeps one program's transforms from the next", async () => {
        const add = pulumi.runtime.registerResourceTransform;
        const data = async (program: () => void) => (await evaluate(program)).resources.find((one) => one.name === "m")?.inputs.data;
        const first = await data(() => {
            add(({ props, opts, type }) =>
                type.endsWith("ConfigMap") ? { props: { ...props, data: { changed: "yes" } }, opts } : undefined,
            );
            map("m", { a: "1" });
        });
        assert.deepEqual([first, await data(() => void map("m", { a: "1" }))], [{ changed: "yes" }, { a: "1" }]);
    });

    const THROWING: readonly (readonly [what: string, program: () => unknown, message: RegExp])[] = [
        [
            "the stack",
            () => {
                pulumi.runtime.registerResourceTransform(({ type }) => {
                    if (type.endsWith("ConfigMap")) throw new Error("not today");
                    return undefined;
                });
                map("m", {});
            },
            /GH0312: A transform of kubernetes:core\/v1:ConfigMap m threw: not today/,
        ],
        [
            "a resource",
            () =>
                void map(
                    "m",
                    {},
                    {
                        transforms: [
                            () => {
                                throw new TypeError("no such\nlabel");
                            },
                        ],
                    },
                ),
            /GH0312: A transform of kubernetes:core\/v1:ConfigMap m threw: TypeError: no such\nlabel/,
        ],
        [
            "a component, late",
            () => {
                const parent = new pulumi.ComponentResource(
                    "my:index:Thing",
                    "thing",
                    {},
                    { transforms: [({ custom }) => (custom ? Promise.reject(new Error("later")) : undefined)] },
                );
                map("m", {}, { parent });
            },
            /GH0312: A transform of kubernetes:core\/v1:ConfigMap m threw: later/,
        ],
        [
            "the stack's invokes",
            async () => {
                pulumi.runtime.registerInvokeTransform(() => {
                    throw new Error("ask no more");
                });
                await pulumi.runtime.invoke("tls:index/getPublicKey:getPublicKey", { privateKeyPem: "x" });
            },
            /GH0312: A transform of tls:index\/getPublicKey:getPublicKey threw: ask no more/,
        ],
    ];
    for (const [what, program, message] of THROWING) {
        it(`names a transform of ${what} that throws, in its own words`, async () => {
            const { findings, message: text } = await engineFailure(() => evaluate(program));
            assert.match(text, message);
            assert.doesNotMatch(text, /rpc error|UNKNOWN/);
            assert.equal(findings.length, 1, text);
        });
    }

    it("names what a program threw and where", async () => {
        assert.match(
            await failure(() => {
                throw new Error("no such luck");
            }),
            /^Error GH0301: no such luck \(.*testing\.test\.ts:\d+\)/,
        );
    });

    it("tells what a program refuses to do as Pulumi does, without a place", async () => {
        const { findings } = await engineFailure(() =>
            evaluate(() => {
                throw new pulumi.RunError("no such environment");
            }),
        );
        assert.deepEqual(
            findings.map(({ message, place }) => [message, place]),
            [["no such environment", undefined]],
        );
    });

    it("reports an apply that fails, though nobody waits for it", async () => {
        assert.match(
            await failure(
                () =>
                    void map("m", {
                        a: pulumi.output("x").apply((): string => {
                            throw new Error("boom");
                        }),
                    }),
            ),
            /GH0301.*boom/,
        );
    });

    it("names the resource that still waits when an output never resolves", async () => {
        const program = (): void => void map("m", { a: new Promise<string>(() => undefined) });
        assert.match(
            await failure(program, { timeoutMs: 300 }),
            /GH0303.*"m" \[kubernetes:core\/v1:ConfigMap\] was waiting for the value of its input property "data"/,
        );
    });

    it("refuses the same URN twice", async () => {
        assert.match(
            await failure(() => {
                map("m", {});
                map("m", {});
            }),
            /GH0311.*Duplicate resource URN 'urn:pulumi:dev::project::kubernetes:core\/v1:ConfigMap::m'/,
        );
    });

    it("goes on after a program that failed", async () => {
        await failure(() => {
            map("m", {});
            throw new Error("first");
        });
        const { resources } = await evaluate(() => void map("m", {}));
        assert.equal(resources.at(-1)?.name, "m");
    });
});

describe("the findings of a test", function () {
    this.timeout(60_000);
    const gateway = (number: number, selector: object) =>
        new k8s.apiextensions.CustomResource("edge", {
            apiVersion: "networking.istio.io/v1",
            kind: "Gateway",
            metadata: { name: "edge", namespace: "shop" },
            spec: { selector, servers: [{ port: { number, name: "http", protocol: "HTTP" }, hosts: ["shop.example.com"] }] },
        });

    it("say what is wrong with an object, and where in the program it was made", async () => {
        const { findings } = await evaluate(() => gateway(70_000, {}), { timeoutMs: 60_000 });
        const found = findings.find(({ field }) => field === "spec.servers[0].port.number");
        assert.equal(found?.level, "Error");
        assert.equal(found?.object?.name, "edge");
        assert.match(found?.place?.file ?? "", /testing\.test\.ts$/);
    });

    it("say what is wrong between objects", async () => {
        const { findings } = await evaluate(() => gateway(80, { app: "nowhere" }), { timeoutMs: 60_000 });
        assert.deepEqual(
            findings.map(({ code, object }) => [code, object?.name]),
            [["IST0101", "edge"]],
        );
    });
});

describe("the search for secrets in clear", () => {
    const leaksOf = async (program: () => unknown) =>
        secretsInClear(await evaluate(program)).map(({ urn, side, path }) => [urn.split("::").at(-1), side, path]);

    it("finds nothing where every mark was kept", async () => {
        assert.deepEqual(
            await leaksOf(() => {
                const key = new tls.PrivateKey("key", { algorithm: "ECDSA", ecdsaCurve: "P256" });
                new k8s.core.v1.Secret("s", { stringData: { "tls.key": key.privateKeyPem, "tls.crt": key.publicKeyPem } });
                map("public", { key: key.publicKeyPem });
            }),
            [],
        );
    });

    it("finds a private key that lost its mark, as text and in base64", async () => {
        const found = await leaksOf(() => {
            const key = new tls.PrivateKey("key", { algorithm: "ED25519" });
            map("text", { key: pulumi.unsecret(key.privateKeyPem) });
            map("encoded", { key: pulumi.unsecret(key.privateKeyPem).apply((pem) => Buffer.from(pem).toString("base64")) });
        });
        assert.deepEqual(found.sort(), [
            ["encoded", "inputs", "data.key"],
            ["encoded", "outputs", "data.key"],
            ["text", "inputs", "data.key"],
            ["text", "outputs", "data.key"],
        ]);
    });

    it("finds a secret inside a longer text", async () => {
        const found = await leaksOf(() => {
            const password = pulumi.secret("correct horse");
            new k8s.core.v1.Secret("s", { stringData: { password } });
            map("url", { url: pulumi.unsecret(password).apply((text) => `postgres://me:${text}@db/`), safe: "y" });
            return { password };
        });
        assert.deepEqual(found, [
            ["url", "inputs", "data.url"],
            ["url", "outputs", "data.url"],
        ]);
    });
});
