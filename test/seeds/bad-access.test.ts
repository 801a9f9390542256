/**
 * Wrong input around who may pass, from clients, issuers and objects: each is named once, keeps out whom it could be about, and
 * what nothing forbids is served on.
 */
import assert from "node:assert/strict";
import { createServer as createHttpServer } from "node:http";
import { createServer } from "node:https";
import { after, before, describe, it } from "mocha";
import { makeAuthority } from "../support/certificates";
import { eventually } from "../support/eventually";
import { rawAnswer } from "../support/raw-answer";
import { backendOf, denyYaml, edgeYaml, httpBackend, play, serviceYaml, type Backend, type Scenario } from "../support/scenario";
import { unsigned } from "../support/tokens";

const ISSUERS = ["huge", "hanging", "untrusted", "garbage", "gone"] as const;
/** One is told by that it takes too long; the others have all the time that a busy machine takes. */
const TIMEOUTS: Readonly<Record<string, string>> = { hanging: "1s" };

const authentication = (name: string, jwksUri: string): string => `
apiVersion: security.istio.io/v1
kind: RequestAuthentication
metadata: { name: ${name}, namespace: istio-system }
spec:
  selector: { matchLabels: { istio: ingressgateway } }
  jwtRules: [{ issuer: "https://${name}.test", jwksUri: "${jwksUri}", timeout: ${TIMEOUTS[name] ?? "60s"}, fromHeaders: [{ name: Authorization, prefix: "Bearer " }], fromCookies: [session] }]
`;
const policy = (name: string, rule: string): string => denyYaml(name, `[${rule}]`);
const GOOD = policy("admin", `{ to: [{ operation: { paths: ["/admin*"] } }] }`);

describe("bad input around who may pass", function () {
    this.timeout(600_000);
    let backends: Backend[];
    let scenario: Scenario;

    before(async () => {
        const stranger = await (await makeAuthority("Somebody's own CA")).issue({ dns: ["localhost"] });
        const web = await backendOf(
            createHttpServer({ maxHeaderSize: 1 << 20 }, (_request, response) => {
                response.end("web");
            }),
        );
        const huge = await httpBackend((_request, response) => {
            response.setHeader("content-type", "application/json");
            response.end(`{"keys":[],"padding":"${"x".repeat(10 * 1024 * 1024)}"}`);
        });
        const hanging = await httpBackend(() => undefined);
        const untrusted = await backendOf(
            createServer({ key: stranger.key, cert: stranger.cert }, (_request, response) => {
                response.end('{"keys":[]}');
            }),
        );
        const garbage = await httpBackend((_request, response) => {
            response.end("<html>sign in</html>");
        });
        const gone = await httpBackend((_request, response) => {
            response.writeHead(404).end();
        });
        backends = [web, huge, hanging, untrusted, garbage, gone];
        const port = (at: number): number => backends[at]?.port ?? 0;
        scenario = await play({
            ports: [80],
            files: {
                "objects.yaml": edgeYaml("*.example.com"),
                "web.yaml": serviceYaml("web", 80, web.port, { namespace: "shop" }),
                "policy.yaml": GOOD,
                "authentications.yaml": ISSUERS.map((name, at) =>
                    authentication(name, `${name === "untrusted" ? "https" : "http"}://127.0.0.1:${port(at + 1)}/keys`),
                ).join("---"),
            },
        });
    });
    after(async () => {
        await scenario.stop();
        await Promise.all(backends.map((one) => one.stop()));
    });

    const status = (target: string, ...args: readonly string[]): Promise<number> => scenario.status("www.example.com", target, ...args);
    /** Written as it is; what comes back first. */
    const raw = async (head: string): Promise<number> =>
        Number(/^HTTP\/1\.1 (\d{3}) /.exec(await rawAnswer(scenario.port(80), head))?.[1] ?? 0);
    const everythingElseServes = async (): Promise<void> => {
        assert.deepEqual([await status("/"), await status("/admin/x")], [200, 403]);
    };
    const tokenOf = (issuer: string): string =>
        unsigned(
            { alg: "RS256", kid: "a" },
            { iss: `https://${issuer}.test`, exp: 4_000_000_000 },
            Buffer.alloc(256, 1).toString("base64url"),
        );

    describe("of clients", () => {
        const head = (...fields: string[]): string =>
            ["GET / HTTP/1.1", "host: www.example.com", "connection: close", ...fields, "", ""].join("\r\n");

        it("answers a token of 1 MB, in a header, a cookie and a parameter, and serves on", async () => {
            const huge = "a".repeat(1 << 20);
            assert.equal(await raw(head(`authorization: Bearer ${huge}`)), 431);
            assert.equal(await raw(head(`cookie: session=${huge}`)), 431);
            assert.ok([414, 431].includes(await raw(head().replace("GET /", `GET /?access_token=${huge}`))));
            await everythingElseServes();
        });

        it("answers the longest token that a head may have, and a token of many parts, as no token", async () => {
            for (const token of ["a".repeat(40_000), "a.".repeat(20_000), `${"e30.".repeat(9_000)}x`, "..", "."])
                assert.equal(await raw(head(`authorization: Bearer ${token}`)), 401, token.slice(0, 10));
            await everythingElseServes();
        });

        it("answers 10,000 cookies in no time, in one line and in many", async () => {
            const cookies = Array.from({ length: 10_000 }, (_, at) => `c${at}=1`);
            const began = performance.now();
            assert.equal(await raw(head(`cookie: ${cookies.join("; ")}`)), 431);
            assert.equal(await raw(head(...cookies.map((one) => `cookie: ${one}`))), 431);
            // As many as a head may have.
            assert.equal(await raw(head(`cookie: ${cookies.slice(0, 5_000).join("; ")}`)), 200);
            assert.equal(await raw(head(`cookie: ${cookies.slice(0, 5_000).join("; ")}; session=nonsense`)), 401);
            assert.ok(performance.now() - began < 5_000);
            await everythingElseServes();
        });
    });

    describe("of issuers", () => {
        const said: Readonly<Record<(typeof ISSUERS)[number], RegExp>> = {
            huge: /bytes|larger|longer|bigger/i,
            hanging: /within|time/i,
            untrusted: /certificate/i,
            garbage: /JSON|key set/i,
            gone: /404/,
        };
        for (const issuer of ISSUERS) {
            it(`names an issuer whose keys can't be had (${issuer}) once, takes no token of it, and serves on`, async () => {
                const line = await scenario.proxy.waitFor(
                    (one) => one["code"] !== undefined && JSON.stringify(one).includes(`istio-system/${issuer}`),
                );
                assert.match(JSON.stringify(line), said[issuer]);
                assert.match(JSON.stringify(line), /RequestAuthentication/);
                assert.equal(await status("/", "-H", `Authorization: Bearer ${tokenOf(issuer)}`), 401);
                await everythingElseServes();
                const lines = scenario.proxy.log.filter(
                    (one) => one["code"] === line["code"] && JSON.stringify(one).includes(`istio-system/${issuer}`),
                );
                assert.equal(lines.length, 1, JSON.stringify(lines));
            });
        }
    });

    describe("of objects", () => {
        const wrong: readonly (readonly [title: string, text: string, names: RegExp])[] = [
            [
                "an IP block that is none",
                policy("admin", "{ from: [{ source: { ipBlocks: [10.0.0.0/33] } }] }"),
                /ipBlocks.*10\.0\.0\.0\/33/,
            ],
            [
                "a template with {**} before another",
                policy("admin", '{ to: [{ operation: { paths: ["/a/{**}/b/{*}"] } }] }'),
                /paths.*\{\*\*\}/,
            ],
            [
                "a template that is part of a segment",
                policy("admin", '{ to: [{ operation: { paths: ["/a{**}b"] } }] }'),
                /paths.*\/a\{\*\*\}b/,
            ],
            ["an action that is none", GOOD.replace("DENY", "FORBID"), /spec\.action.*FORBID/],
        ];
        for (const [title, text, names] of wrong) {
            it(`names ${title}, and goes on with the last good version`, async () => {
                const seen = scenario.proxy.log.length;
                await scenario.write("policy.yaml", text);
                const line = await scenario.proxy.waitFor(
                    (one) =>
                        scenario.proxy.log.indexOf(one) >= seen &&
                        one["code"] !== undefined &&
                        JSON.stringify(one).includes("istio-system/admin"),
                );
                assert.match(JSON.stringify(line), names);
                await everythingElseServes();
                await scenario.write("policy.yaml", GOOD);
                await eventually(everythingElseServes);
            });

            it(`lets nobody in by ${title} that was never good`, async () => {
                await scenario.write("never.yaml", text.replace("name: admin", "name: never-good"));
                await eventually(async () => assert.equal(await status("/"), 403));
                await scenario.remove("never.yaml");
                await eventually(everythingElseServes);
            });
        }

        it("names two policies of one name, denies what either of them does, and lets all else in", async () => {
            await scenario.write("twice.yaml", policy("admin", `{ to: [{ operation: { paths: ["/other*"] } }] }`));
            const line = await scenario.proxy.waitFor(
                (one) =>
                    one["code"] !== undefined && /istio-system\/admin/.test(JSON.stringify(one)) && /twice\.yaml/.test(JSON.stringify(one)),
            );
            assert.match(JSON.stringify(line), /policy\.yaml/);
            await eventually(async () => assert.equal(await status("/admin"), 403));
            assert.deepEqual([await status("/other"), await status("/free")], [403, 200]);
            await scenario.remove("twice.yaml");
            await eventually(async () => assert.deepEqual([await status("/other"), await status("/admin")], [200, 403]));
        });
    });

    it("prints no stack trace, no token and no key in all of it", () => {
        const text = scenario.proxy.log.map((line) => JSON.stringify(line)).join("\n") + scenario.proxy.stdout();
        assert.doesNotMatch(text, /\n? +at .+:\d+:\d+|PRIVATE KEY|eyJhbGci|a{100}/);
    });
});
